/* checksum.c - TCP's checksum over pseudo-header, header and payload (RFC 9293 3.1)
 *
 * A one's complement sum is a sum modulo 2^16 - 1: 2^16, 2^32 and 2^64 are 1. So it does not care for byte
 * order or word size (RFC 1071 2), and memory is summed as it lies, 8 bytes at a time, with the carries put
 * back in.
 */
#include "decoder.h"

#include <endian.h>

enum { WORD = 8, STEP = 4 * WORD, LONG = 4 * STEP /* bytes for which steps pay */ };

/** Words that are added side by side. */
typedef uint64_t lanes __attribute__((vector_size(2 * WORD)));

/** add_carry() - One's complement addition of 64 bits. */
static uint64_t add_carry(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b;
    return sum + (sum < b);
}

/*
 * The first @length bytes, a multiple of STEP. No carry is looked for: from the words' sum S modulo 2^64 and
 * that of their upper halves H, which has room, follows that of the lower ones, which has room: S - 2^32 H.
 */
static uint64_t add_long(uint64_t sum, const uint8_t *data, uint32_t length)
{
    lanes whole = {0}, upper = {0}, whole_2 = {0}, upper_2 = {0}, word;
    for (const uint8_t *end = data + length; data < end; data += STEP) {
        memcpy(&word, data, sizeof word);
        whole += word;
        upper += word >> 32;
        memcpy(&word, data + sizeof word, sizeof word);
        whole_2 += word;
        upper_2 += word >> 32;
    }
    upper += upper_2;
    whole += whole_2 - (upper << 32);
    sum = add_carry(sum, upper[0] + upper[1]);
    return add_carry(add_carry(sum, whole[0]), whole[1]);
}

/** last_bytes() - The @length bytes before @end, 1 to 7, as a word with zeros behind them; 8 may be read. */
static uint64_t last_bytes(const uint8_t *end, uint32_t length)
{
    uint64_t word;
    memcpy(&word, end - WORD, WORD);
    return htole64(le64toh(word) >> (64 - 8 * length));
}

uint64_t checksum_add(uint64_t sum, const uint8_t *data, uint32_t length)
{
    uint64_t word = 0;
    if (length < WORD) {
        memcpy(&word, data, length);
        return add_carry(sum, word);
    }
    if (length >= LONG) {
        uint32_t whole = length / STEP * STEP;
        sum = add_long(sum, data, whole);
        data += whole;
        length -= whole;
    }
    for (; length >= WORD; length -= WORD, data += WORD) {
        memcpy(&word, data, WORD);
        sum = add_carry(sum, word);
    }
    return length > 0 ? add_carry(sum, last_bytes(data + length, length)) : sum;
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffffu) + (sum >> 32);
    sum = (sum & 0xffffffffu) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/** is_right() - Whether a sum over everything, the checksum and the pseudo-header too, is what it must be. */
static bool is_right(uint64_t sum)
{
    return sum % 0xffff == 0;
}

/** protocol_and_length() - The pseudo-header's other half. */
static uint64_t protocol_and_length(uint32_t tcp_length)
{
    return htobe32(tcp_length) + (uint64_t)htobe32(TCPTWIN_PROTOCOL_TCP);
}

/**
 * wrong() - What to note of a checksum that is wrong
 * @field: Where it is. It may be the sum that a sender leaves to its network card: of the pseudo-header only,
 *         with or without the length.
 * @addresses: Their sum.
 */
static uint16_t wrong(const uint8_t *field, uint64_t addresses, uint32_t tcp_length)
{
    uint16_t found;
    memcpy(&found, field, sizeof found); /* as it lies: so are the sums */
    if (found == checksum_fold(add_carry(addresses, protocol_and_length(tcp_length))) ||
        found == checksum_fold(add_carry(addresses, protocol_and_length(0))))
        return TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_CHECKSUM_PARTIAL;
    return TCPTWIN_NOTE_CHECKSUM_BAD;
}

/* IPv4's mapped form adds 0xffff, which is nothing, and zeros. */
static uint64_t sum_addresses(const struct ip_header *ip)
{
    return checksum_add(checksum_add(0, ip->src.bytes, sizeof ip->src), ip->dst.bytes, sizeof ip->dst);
}

uint16_t checksum_verify(const struct walk *w)
{
    enum { FIELD_AT = 16, FIELD_END = 18 };
    const struct cursor *c = &w->cursor;
    uint16_t uncertain = TCPTWIN_NOTE_IP_LENGTH_ZERO | TCPTWIN_NOTE_LENGTH_CLAMPED;
    uint64_t addresses, sum;
    if (w->ip.unverifiable || (w->notes & uncertain))
        return 0;
    if (w->payload_summed)
        sum = w->payload_sum;
    else if (c->captured == c->wire)
        sum = checksum_add(0, c->at, c->captured);
    else
        return 0;
    addresses = sum_addresses(&w->ip);
    if (is_right(add_carry(add_carry(sum, addresses), protocol_and_length(c->wire))))
        return TCPTWIN_NOTE_CHECKSUM_OK;
    if (c->captured < FIELD_END)
        return TCPTWIN_NOTE_CHECKSUM_BAD;
    return wrong(c->at + FIELD_AT, addresses, c->wire);
}

uint16_t checksum_verify_ipv4(const uint8_t *ip, uint32_t length)
{
    enum { HEADER = 20, ADDRESSES_AT = 12, ADDRESSES_BYTES = 8, FIELD_AT = HEADER + 16 };
    uint64_t rest = protocol_and_length(length - HEADER);
    if (is_right(checksum_add(rest, ip + ADDRESSES_AT, length - ADDRESSES_AT)))
        return TCPTWIN_NOTE_CHECKSUM_OK;
    return wrong(ip + FIELD_AT, checksum_add(0, ip + ADDRESSES_AT, ADDRESSES_BYTES), length - HEADER);
}

/* checksum.c - TCP's checksum over pseudo-header, header and payload (RFC 9293 3.1)
 *
 * A one's complement sum does not care for byte order or word size (RFC 1071 2), so memory is
 * summed as it lies, 8 bytes at a time, with the carries put back in.
 */
#include "decoder.h"

#include <endian.h>

enum { LONG = 32 /* bytes added in one step */ };

/** add_carry() - One's complement addition of 64 bits. */
static uint64_t add_carry(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b;
    return sum + (sum < b);
}

/* The first @length bytes, a multiple of LONG. Carries gather in the upper halves: nothing waits for them. */
static uint64_t add_long(uint64_t sum, const uint8_t *data, uint32_t length)
{
    __extension__ unsigned __int128 even = sum, odd = 0;
    uint64_t word[LONG / 8];
    for (const uint8_t *end = data + length; data < end; data += LONG) {
        memcpy(word, data, LONG);
        even += word[0];
        odd += word[1];
        even += word[2];
        odd += word[3];
    }
    even += odd;
    return add_carry((uint64_t)even, (uint64_t)(even >> 64));
}

uint64_t checksum_add(uint64_t sum, const uint8_t *data, uint32_t length)
{
    uint64_t word;
    if (length >= LONG) {
        uint32_t whole = length / LONG * LONG;
        sum = add_long(sum, data, whole);
        data += whole;
        length -= whole;
    }
    for (; length >= 8; length -= 8, data += 8) {
        memcpy(&word, data, 8);
        sum = add_carry(sum, word);
    }
    if (length > 0) {
        word = 0;
        memcpy(&word, data, length);
        sum = add_carry(sum, word);
    }
    return sum;
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffffu) + (sum >> 32);
    sum = (sum & 0xffffffffu) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The sum of an address. IPv4's mapped form adds 0xffff, which is nothing in one's complement, and zeros. */
static uint64_t add_address(uint64_t sum, const struct tcptwin_address *address)
{
    uint64_t word[2];
    memcpy(word, address, sizeof word);
    return add_carry(add_carry(sum, word[0]), word[1]);
}

/** pseudo_header() - Addresses, protocol and length; IPv4's as IPv6's. */
static uint64_t pseudo_header(const struct ip_header *ip, uint32_t tcp_length)
{
    uint64_t tail = htobe32(tcp_length) + (uint64_t)htobe32(TCPTWIN_PROTOCOL_TCP);
    return add_address(add_address(tail, &ip->src), &ip->dst);
}

/** is_partial() - Its field holds the sum that a sender leaves to its network card. */
static bool is_partial(const struct walk *w)
{
    enum { FIELD = 16 };
    const struct cursor *c = &w->cursor;
    uint16_t field;
    if (c->captured < FIELD + sizeof field)
        return false;
    memcpy(&field, c->at + FIELD, sizeof field); /* as it lies: so are the sums */
    return field == checksum_fold(pseudo_header(&w->ip, c->wire)) ||
           field == checksum_fold(pseudo_header(&w->ip, 0));
}

uint16_t checksum_verify(const struct walk *w)
{
    const struct cursor *c = &w->cursor;
    uint16_t uncertain = TCPTWIN_NOTE_IP_LENGTH_ZERO | TCPTWIN_NOTE_LENGTH_CLAMPED;
    uint64_t sum;
    if (w->ip.unverifiable || (w->notes & uncertain))
        return 0;
    if (w->payload_summed)
        sum = w->payload_sum;
    else if (c->captured == c->wire)
        sum = checksum_add(0, c->at, c->captured);
    else
        return 0;
    sum = add_carry(sum, pseudo_header(&w->ip, c->wire));
    if (checksum_fold(sum) == 0xffff)
        return TCPTWIN_NOTE_CHECKSUM_OK;
    return is_partial(w) ? TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_CHECKSUM_PARTIAL
                         : TCPTWIN_NOTE_CHECKSUM_BAD;
}

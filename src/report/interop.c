/* interop.c - the names other tools give to the same connection: Community ID, Zeek, Wireshark
 *
 * Zeek keeps seven states per endpoint, ours has twelve, so its conn_state is derived from what
 * decides it there: which flags each side sent (the history letters, upper case: originator).
 *
 *     endpoint is ...   when its history has
 *     RESET             R, unless it came after an orderly close of both (F before it, and the
 * other's F) CLOSED            F ESTABLISHED       both sides' SYNs (S and h) SYN_SENT          S,
 * or H without the other's S; the connection went no further INACTIVE          nothing, or only
 * segments of the middle (Zeek: PARTIAL)
 *
 * The order of the questions in conn_state matters and is Zeek's (base/protocols/conn/main.zeek).
 */
#include "interop.h"
#include "format.h"

#include <sha1.h>
#include <string.h>

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *put_group(char *at, uint32_t bits24)
{
    *at++ = base64[bits24 >> 18];
    *at++ = base64[bits24 >> 12 & 63];
    *at++ = base64[bits24 >> 6 & 63];
    *at++ = base64[bits24 & 63];
    return at;
}

/* The words of a digest: 20 bytes, so the last group has two. */
static char *put_digest(char *at, const uint32_t w[static 5])
{
    at = put_group(at, w[0] >> 8);
    at = put_group(at, (w[0] << 16 | w[1] >> 16) & 0xffffff);
    at = put_group(at, (w[1] << 8 | w[2] >> 24) & 0xffffff);
    at = put_group(at, w[2] & 0xffffff);
    at = put_group(at, w[3] >> 8);
    at = put_group(at, (w[3] << 16 | w[4] >> 16) & 0xffffff);
    at = put_group(at, (w[4] << 8) & 0xffffff);
    at[-1] = '=';
    return at;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

static uint8_t *put_short(uint8_t *at, unsigned number)
{
    *at++ = (uint8_t)(number >> 8);
    *at++ = (uint8_t)number;
    return at;
}

void interop_community_id(char out[static INTEROP_COMMUNITY_ID_SIZE], unsigned seed,
                          unsigned ip_version, const struct tcptwin_endpoint endpoint[static 2])
{
    size_t skip = ip_version == 4 ? 12 : 0, size = 16 - skip;
    int order = memcmp(endpoint[0].address.bytes + skip, endpoint[1].address.bytes + skip, size);
    bool swap = order > 0 || (order == 0 && endpoint[0].port > endpoint[1].port);
    const struct tcptwin_endpoint *low = &endpoint[swap], *high = &endpoint[!swap];
    uint8_t block[SHA1_BLOCK_LENGTH] = {0}, *at = block;
    SHA1_CTX context;

    at = put_short(at, seed);
    at = put_bytes(at, low->address.bytes + skip, size);
    at = put_bytes(at, high->address.bytes + skip, size);
    at = put_short(at, 6 << 8); /* protocol TCP, and one byte of padding */
    at = put_short(at, low->port);
    at = put_short(at, high->port);
    *at = 0x80; /* what SHA-1 ends a message with: it fits into one block, which need not be gathered */
    put_short(block + sizeof block - 2, (unsigned)(at - block) * 8);
    SHA1Init(&context);
    SHA1Transform(context.state, block);
    out[0] = '1';
    out[1] = ':';
    *put_digest(out + 2, context.state) = '\0';
}

enum zeek_endpoint { ZEEK_INACTIVE, ZEEK_SYN_SENT, ZEEK_ESTABLISHED, ZEEK_CLOSED, ZEEK_RESET };

/* A bit for each letter of it: letters of either case differ in their lowest six bits. */
static uint64_t letters_of(const char *history)
{
    uint64_t letters = 0;
    for (; *history; history++)
        letters |= 1ull << (*history & 63);
    return letters;
}

/* side: 0 for the originator (upper case), 0x20 for the responder */
static bool has_letter(uint64_t letters, char letter, int side)
{
    return letters >> ((letter | side) & 63) & 1;
}

static enum zeek_endpoint endpoint_of(const char *history, uint64_t letters, int side)
{
    int peer = side ^ 0x20;
    bool syn = has_letter(letters, 'S', side) || has_letter(letters, 'H', side);
    bool peer_syn = has_letter(letters, 'S', peer) || has_letter(letters, 'H', peer);
    bool fin = has_letter(letters, 'F', side), reset = has_letter(letters, 'R', side);
    bool orderly = fin && reset && has_letter(letters, 'F', peer) &&
                   strchr(history, 'F' | side) < strchr(history, 'R' | side);
    if (reset && !orderly)
        return ZEEK_RESET;
    if (fin)
        return ZEEK_CLOSED;
    if (syn && peer_syn)
        return ZEEK_ESTABLISHED;
    return syn ? ZEEK_SYN_SENT : ZEEK_INACTIVE;
}

/* "^?S" and before the first R none of the letters that show more than an attempt */
static bool only_syn_before_reset(const char *history)
{
    history += *history == '^';
    return *history == 'S' && strcspn(history, "R") <= strcspn(history, "HAFGIQ");
}

const char *interop_zeek_conn_state(const struct tcptwin_connection *connection)
{
    const char *history = connection->zeek_history;
    uint64_t letters = letters_of(history);
    enum zeek_endpoint orig = endpoint_of(history, letters, 0), resp = endpoint_of(history, letters, 0x20);
    bool no_bytes =
        !connection->endpoint[0].payload_bytes && !connection->endpoint[1].payload_bytes;
    bool orig_syn_only = has_letter(letters, 'S', 0) && !has_letter(letters, 'H', 0x20);

    if (resp == ZEEK_RESET) {
        if (orig == ZEEK_SYN_SENT || (orig == ZEEK_RESET && no_bytes && orig_syn_only))
            return "REJ";
        return orig == ZEEK_INACTIVE ? "RSTRH" : "RSTR";
    }
    if (orig == ZEEK_RESET) {
        if (resp == ZEEK_INACTIVE || resp == ZEEK_SYN_SENT)
            return only_syn_before_reset(history) ? "RSTOS0" : "OTH";
        return "RSTO";
    }
    if (orig == ZEEK_CLOSED && resp == ZEEK_CLOSED)
        return "SF";
    if (orig == ZEEK_CLOSED)
        return resp == ZEEK_INACTIVE ? "SH" : "S2";
    if (resp == ZEEK_CLOSED)
        return orig == ZEEK_INACTIVE ? "SHR" : "S3";
    if (orig == ZEEK_SYN_SENT && resp == ZEEK_INACTIVE)
        return "S0";
    return orig == ZEEK_ESTABLISHED && resp == ZEEK_ESTABLISHED ? "S1" : "OTH";
}

static char *put_end(char *at, const struct tcptwin_endpoint *endpoint, unsigned ip_version)
{
    at = put_string(at, ip_version == 4 ? "ip.addr==" : "ipv6.addr==");
    at = put_ip(at, &endpoint->address, ip_version);
    at = put_string(at, " && tcp.port==");
    return put_number(at, endpoint->port);
}

void interop_wireshark_filter(char out[static INTEROP_FILTER_SIZE],
                              const struct tcptwin_connection *connection)
{
    char *at = put_end(out, &connection->endpoint[connection->client], connection->ip_version);
    at = put_string(at, " && ");
    at = put_end(at, &connection->endpoint[!connection->client], connection->ip_version);
    at = put_string(at, " && frame.number>=");
    at = put_number(at, connection->first_frame);
    at = put_string(at, " && frame.number<=");
    *put_number(at, connection->last_frame) = '\0';
}

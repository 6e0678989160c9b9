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
#include <stdio.h>
#include <string.h>

static void put_base64(char *out, const uint8_t *bytes, size_t count)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *out = '\0';
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

static uint8_t *put_number(uint8_t *at, unsigned number)
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
    uint8_t message[2 + 16 + 16 + 2 + 2 + 2], digest[SHA1_DIGEST_LENGTH], *at = message;

    at = put_number(at, seed);
    at = put_bytes(at, low->address.bytes + skip, size);
    at = put_bytes(at, high->address.bytes + skip, size);
    at = put_number(at, 6 << 8); /* protocol TCP, and one byte of padding */
    at = put_number(at, low->port);
    at = put_number(at, high->port);

    SHA1_CTX context;
    SHA1Init(&context);
    SHA1Update(&context, message, (size_t)(at - message));
    SHA1Final(digest, &context);
    memcpy(out, "1:", 2);
    put_base64(out + 2, digest, sizeof(digest));
}

enum zeek_endpoint { ZEEK_INACTIVE, ZEEK_SYN_SENT, ZEEK_ESTABLISHED, ZEEK_CLOSED, ZEEK_RESET };

/* side: 0 for the originator (upper case), 0x20 for the responder */
static bool history_has(const char *history, char letter, int side)
{
    return strchr(history, letter | side) != NULL;
}

static enum zeek_endpoint endpoint_of(const char *history, int side)
{
    int peer = side ^ 0x20;
    bool syn = history_has(history, 'S', side) || history_has(history, 'H', side);
    bool peer_syn = history_has(history, 'S', peer) || history_has(history, 'H', peer);
    const char *fin = strchr(history, 'F' | side), *reset = strchr(history, 'R' | side);
    bool orderly = fin && fin < reset && history_has(history, 'F', peer);
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
    enum zeek_endpoint orig = endpoint_of(history, 0), resp = endpoint_of(history, 0x20);
    bool no_bytes =
        !connection->endpoint[0].payload_bytes && !connection->endpoint[1].payload_bytes;
    bool orig_syn_only = history_has(history, 'S', 0) && !history_has(history, 'H', 0x20);

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

void interop_wireshark_filter(char out[static INTEROP_FILTER_SIZE],
                              const struct tcptwin_connection *connection)
{
    const char *ip = connection->ip_version == 4 ? "ip" : "ipv6";
    const struct tcptwin_endpoint *client = &connection->endpoint[connection->client];
    const struct tcptwin_endpoint *server = &connection->endpoint[!connection->client];
    snprintf(out, INTEROP_FILTER_SIZE,
             "%s.addr==%s && tcp.port==%u && %s.addr==%s && tcp.port==%u && "
             "frame.number>=%llu && frame.number<=%llu",
             ip, format_ip(&client->address, connection->ip_version).s, client->port, ip,
             format_ip(&server->address, connection->ip_version).s, server->port,
             (unsigned long long)connection->first_frame,
             (unsigned long long)connection->last_frame);
}

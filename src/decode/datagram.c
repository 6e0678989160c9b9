/* datagram.c - what is said of UDP and ICMP, if anybody asked
 *
 * The walk goes its way as without it. Where it passes a UDP header, a ping or a quoted packet it leaves
 * a note, and goes on: behind the header there may be a tunnel. If nothing better is found, the note is
 * what the frame was (settle() in decode.c). The innermost one counts.
 */
#include "decoder.h"

/** begin() - A datagram with the fields that the walk already knows. */
static struct tcptwin_datagram *begin(struct walk *w, enum tcptwin_datagram_kind kind, uint8_t protocol)
{
    struct tcptwin_datagram *datagram = &w->out->datagram;
    *datagram = (struct tcptwin_datagram){.ts_ns = w->ts_ns,
                                          .frame = w->frame,
                                          .src = w->ip.src,
                                          .dst = w->ip.dst,
                                          .scope = w->scope,
                                          .ip_version = w->ip.version,
                                          .kind = (uint8_t)kind,
                                          .protocol = protocol};
    w->noted = true;
    w->guessed = false; /* the guess was right: here is a packet that makes sense */
    return datagram;
}

void datagram_udp(struct walk *w, uint16_t src_port, uint16_t dst_port)
{
    struct tcptwin_datagram *datagram = begin(w, TCPTWIN_DATAGRAM_UDP, TCPTWIN_PROTOCOL_UDP);
    datagram->src_port = src_port;
    datagram->dst_port = dst_port;
    datagram->payload_len = w->cursor.wire;
}

/** echo() - Of an ICMP message: the kind of ping that it is. Return: false if it is none. */
static bool echo(uint8_t ip_version, uint8_t type, enum tcptwin_datagram_kind *kind)
{
    enum { REPLY_4 = 0, REQUEST_4 = 8, REQUEST_6 = 128, REPLY_6 = 129 };
    *kind = type == (ip_version == 4 ? REQUEST_4 : REQUEST_6) ? TCPTWIN_DATAGRAM_ECHO_REQUEST
                                                              : TCPTWIN_DATAGRAM_ECHO_REPLY;
    return *kind == TCPTWIN_DATAGRAM_ECHO_REQUEST || type == (ip_version == 4 ? REPLY_4 : REPLY_6);
}

static uint8_t icmp_protocol(const struct walk *w)
{
    return w->ip.version == 4 ? TCPTWIN_PROTOCOL_ICMP : TCPTWIN_PROTOCOL_ICMPV6;
}

void datagram_echo(struct walk *w)
{
    const struct cursor *c = &w->cursor;
    enum tcptwin_datagram_kind kind;
    if (!cursor_has(c, 0, 8) || !echo(w->ip.version, cursor_u8(c, 0), &kind))
        return;
    struct tcptwin_datagram *datagram = begin(w, kind, icmp_protocol(w));
    datagram->echo_id = cursor_u16(c, 4);
    datagram->echo_sequence = cursor_u16(c, 6);
    datagram->payload_len = c->wire - 8;
}

void datagram_quoted(struct walk *w, uint8_t protocol)
{
    const struct cursor *c = &w->cursor;
    const struct tcptwin_icmp_error *error = &w->out->icmp;
    enum tcptwin_datagram_kind kind;
    if (w->ip.version != error->ip_version)
        return; /* about the inside of a tunnel */
    struct tcptwin_datagram *datagram = begin(w, TCPTWIN_DATAGRAM_ERROR, protocol);
    datagram->reporter = error->reporter;
    datagram->type = error->type;
    datagram->code = error->code;
    if (!cursor_has(c, 0, 8))
        return;
    if (protocol == TCPTWIN_PROTOCOL_UDP || protocol == TCPTWIN_PROTOCOL_TCP) {
        datagram->src_port = cursor_u16(c, 0);
        datagram->dst_port = cursor_u16(c, 2);
    } else if (protocol == icmp_protocol(w) && echo(w->ip.version, cursor_u8(c, 0), &kind)) {
        datagram->echo_id = cursor_u16(c, 4);
        datagram->echo_sequence = cursor_u16(c, 6);
    }
}

/** is_group_address() - Multicast (RFC 5771, RFC 4291 2.7), or IPv4's limited broadcast. */
static bool is_group_address(const struct tcptwin_address *address, uint8_t ip_version)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    const uint8_t *b = address->bytes;
    if (ip_version == 6)
        return b[0] == 0xff;
    return b[12] >> 4 == 14 || memcmp(b + 12, broadcast, sizeof broadcast) == 0;
}

/** is_group_frame() - A directed broadcast shows only in the link's address. */
static bool is_group_frame(const struct walk *w)
{
    enum layer link = w->decoder->link_layer;
    bool tells = link == LAYER_ETHERNET || link == LAYER_COOKED || link == LAYER_COOKED_V2;
    return tells && !(w->notes & TCPTWIN_NOTE_TUNNELED) && w->to_group;
}

void datagram_addressed(const struct walk *w)
{
    struct tcptwin_datagram *datagram = &w->out->datagram;
    if (datagram->kind != TCPTWIN_DATAGRAM_ERROR)
        datagram->to_group = is_group_address(&datagram->dst, datagram->ip_version) ||
                             is_group_frame(w);
}

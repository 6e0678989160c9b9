/* icmp.c - ICMP and ICMPv6 errors about a TCP segment; others are left to datagram.c
 *
 *     type | code | checksum | 4 bytes | the packet that caused it, as much of it as fits
 *
 * The quoted packet is walked like any other (walk.quoted), down to its first 8 bytes of TCP: ports and
 * sequence number (RFC 792; RFC 1812 4.3.2.3 and RFC 4443 2.4 quote more). A redirect is no error.
 */
#include "decoder.h"

static bool is_error(uint8_t ip_version, uint8_t type)
{
    if (ip_version == 6)
        return type >= 1 && type <= 4; /* unreachable, too big, time exceeded, parameter problem */
    return type == 3 || type == 4 || type == 11 || type == 12; /* 4: source quench */
}

enum layer icmp_error(struct walk *w)
{
    if (walk_lacks(w, 2, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    struct tcptwin_icmp_error *error = &w->out->icmp;
    error->type = cursor_u8(&w->cursor, 0);
    error->code = cursor_u8(&w->cursor, 1);
    if (!is_error(w->ip.version, error->type)) {
        if (w->decoder->options.datagrams)
            datagram_echo(w);
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    }
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    error->ip_version = w->ip.version;
    error->reporter = w->ip.src;
    cursor_skip(&w->cursor, 8);
    w->quoted = true;
    return w->ip.version == 4 ? LAYER_IPV4 : LAYER_IPV6;
}

enum layer icmp_quoted_tcp(struct walk *w)
{
    struct tcptwin_icmp_error *error = &w->out->icmp;
    if (walk_lacks(w, 8, TCPTWIN_DECODE_OTHER))
        return LAYER_END;
    error->ts_ns = w->ts_ns;
    error->frame = w->frame;
    error->src = w->ip.src;
    error->dst = w->ip.dst;
    error->src_port = cursor_u16(&w->cursor, 0);
    error->dst_port = cursor_u16(&w->cursor, 2);
    error->seq = cursor_u32(&w->cursor, 4);
    error->scope = w->scope;
    if (w->decoder->options.datagrams)
        datagram_quoted(w, TCPTWIN_PROTOCOL_TCP);
    return walk_end(w, TCPTWIN_DECODE_ICMP_ERROR);
}

/* tcp.h - what every way to a TCP segment reads of its header (RFC 9293 3.1)
 *
 *      0 ports 4 seq 8 ack 12 data offset 13 flags | 14 window 16 checksum 18 urgent 20 options
 */
#ifndef DECODE_TCP_H
#define DECODE_TCP_H

#include "walk.h"

enum { TCP_HEADER_BYTES = 20 /**< without options */ };

/** tcp_header_length() - Options included, as the header says it. */
static inline uint32_t tcp_header_length(const uint8_t *header)
{
    return (header[12] >> 4) * 4u;
}

/** tcp_header() - The fields of a header, TCP_HEADER_BYTES of which are there. */
static inline void tcp_header(const uint8_t *header, struct tcptwin_segment *s)
{
    s->src_port = load_u16(header);
    s->dst_port = load_u16(header + 2);
    s->seq = load_u32(header + 4);
    s->ack_raw = load_u32(header + 8);
    s->flags = header[13];
    s->ack = s->flags & TCPTWIN_ACK ? s->ack_raw : 0;
    s->window = load_u16(header + 14);
}

/**
 * tcp_options_of_syn() - MSS, SACK permitted, timestamps, no operation and window scale: the list of most SYNs, Linux's
 * Return: whether it is that, 20 bytes; then it is read.
 */
static inline bool tcp_options_of_syn(const uint8_t *list, struct tcptwin_segment *s)
{
    if (load_u16(list) != 0x0204 || load_u32(list + 4) != 0x0402080a || load_u32(list + 16) >> 8 != 0x010303)
        return false;
    s->options = TCPTWIN_OPT_MSS | TCPTWIN_OPT_SACK_PERMITTED | TCPTWIN_OPT_TIMESTAMPS | TCPTWIN_OPT_WSCALE;
    s->mss = load_u16(list + 2);
    s->tsval = load_u32(list + 8);
    s->tsecr = load_u32(list + 12);
    s->wscale = list[19];
    return true;
}

/**
 * tcp_option_list() - Of a header of @length bytes, @captured of which (or more) are there
 * RFC 7323 appendix A is the list of most segments of most captures; and many have none.
 */
static inline void tcp_option_list(const uint8_t *header, uint32_t length, uint32_t captured,
                                   struct tcptwin_segment *s)
{
    enum { USUAL_LENGTH = 32, USUAL_BYTES = 0x0101080a, SYN_LENGTH = 40 };
    const uint8_t *list = header + TCP_HEADER_BYTES;
    s->options = 0;
    s->sack_count = 0;
    s->tsval = s->tsecr = 0;
    if (length == TCP_HEADER_BYTES || (length == SYN_LENGTH && captured >= SYN_LENGTH && tcp_options_of_syn(list, s)))
        return;
    if (length != USUAL_LENGTH || captured < USUAL_LENGTH || load_u32(list) != USUAL_BYTES) {
        tcp_options(header, length, captured, s);
        return;
    }
    s->options = TCPTWIN_OPT_TIMESTAMPS;
    s->tsval = load_u32(list + 4);
    s->tsecr = load_u32(list + 8);
}

#endif

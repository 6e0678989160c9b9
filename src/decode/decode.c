/* decode.c - the walk through one frame, and the decoder's life
 *
 * See walk.h for the idea. The way of most frames of most captures, Ethernet - IPv4 - TCP, is one look
 * (usual_way()); all others, and what is odd about those, are steps of one switch.
 */
#include "decoder.h"
#include "tcp.h"

#ifndef TCPTWIN_SHORT_WAYS
#define TCPTWIN_SHORT_WAYS 1 /* 0: to hold them against the long ones (test/short_ways) */
#endif

/** step() - Read one header. */
static enum layer step(struct walk *w, enum layer layer)
{
    switch (layer) {
#define LAYER(id_, function_) \
    case LAYER_##id_:         \
        return function_(w);
#include "layers.def"
    case LAYER_END:
        break;
    }
    return walk_end(w, TCPTWIN_DECODE_OTHER);
}

/**
 * settle() - What it was, if it was no TCP
 * Nonsense behind a guess shows a wrong guess: it is a datagram and no tunnel. Inside a quote it is
 * nobody's packet.
 */
__attribute__((noinline)) static enum tcptwin_decode_result settle(const struct walk *w)
{
    bool malformed = w->result == TCPTWIN_DECODE_MALFORMED_LINK ||
                     w->result == TCPTWIN_DECODE_MALFORMED_IP ||
                     w->result == TCPTWIN_DECODE_MALFORMED_TCP;
    bool wrong_guess = w->guessed && malformed;
    bool other = w->result == TCPTWIN_DECODE_OTHER || wrong_guess || (w->quoted && malformed);
    if (w->noted && other && (wrong_guess || !w->guessed)) {
        datagram_addressed(w);
        return TCPTWIN_DECODE_DATAGRAM;
    }
    return other ? TCPTWIN_DECODE_OTHER : w->result;
}

/**
 * usual_way() - Ethernet, IPv4 without options, whole and not a fragment, and TCP with its header captured
 * Return: whether it is that; then link_ethernet(), ip_v4() and tcp_segment() would leave the same in @s.
 */
static inline bool usual_way(const struct tcptwin_decoder *decoder, const uint8_t *data, uint32_t caplen,
                             uint32_t wirelen, struct tcptwin_segment *s)
{
    enum { IP_AT = 14, IP_BYTES = 20, TCP_AT = IP_AT + IP_BYTES, FRAGMENTED = 0x3fff };
    const uint8_t *ip = data + IP_AT, *tcp = data + TCP_AT;
    if (caplen < TCP_AT + TCP_HEADER_BYTES || load_u16(data + 12) != TYPE_IPV4 || ip[0] != 0x45 ||
        ip[9] != TCPTWIN_PROTOCOL_TCP || (load_u16(ip + 6) & FRAGMENTED))
        return false;
    uint32_t packet = load_u16(ip + 2), header = tcp_header_length(tcp);
    if (header < TCP_HEADER_BYTES || IP_BYTES + header > packet || TCP_AT + header > caplen ||
        IP_AT + packet > (wirelen > caplen ? wirelen : caplen))
        return false;

    ip_v4_address(ip + 12, &s->src);
    ip_v4_address(ip + 16, &s->dst);
    s->wire_len = packet;
    s->scope = 0;
    s->vlan_id = 0;
    s->ip_id = load_u16(ip + 4);
    s->ip_version = 4;
    s->ttl = ip[8];
    s->notes = 0;
    tcp_header(tcp, s);
    s->payload_len = packet - IP_BYTES - header;
    tcp_option_list(tcp, header, header, s);
    if (decoder->options.verify_checksums && IP_AT + packet <= caplen)
        s->notes |= checksum_verify_ipv4(ip, packet);
    return true;
}

/** from_layer_to_layer() - The way of all other frames. The cursor stands on the frame. */
__attribute__((noinline)) static enum tcptwin_decode_result from_layer_to_layer(struct walk *w)
{
    enum layer layer = w->decoder->link_layer;
    w->scope = 0; /* ip, payload_sum and to_group are written before they are read */
    w->vlan_id = 0;
    w->notes = 0;
    w->payload_summed = false;
    w->quoted = false;
    w->guessed = false;
    w->noted = false;
    w->result = TCPTWIN_DECODE_OTHER;
    for (unsigned depth = 0; layer != LAYER_END; depth++) {
        if (depth == WALK_LAYERS_MAX)
            return TCPTWIN_DECODE_TOO_DEEP;
        layer = step(w, layer);
    }
    return w->result == TCPTWIN_DECODE_TCP ? TCPTWIN_DECODE_TCP : settle(w);
}

enum tcptwin_decode_result tcptwin_decode_to(struct tcptwin_decoder *decoder, const uint8_t *data,
                                             uint32_t caplen, uint32_t wirelen, uint64_t ts_ns, uint64_t frame,
                                             struct tcptwin_segment *segment, struct tcptwin_decoded *out)
{
    struct walk w;

    segment->ts_ns = ts_ns;
    segment->frame = frame;
    if (TCPTWIN_SHORT_WAYS && decoder->link_layer == LAYER_ETHERNET &&
        usual_way(decoder, data, caplen, wirelen, segment))
        return TCPTWIN_DECODE_TCP;
    w.cursor.at = data;
    w.cursor.captured = caplen;
    w.cursor.wire = wirelen > caplen ? wirelen : caplen;
    w.decoder = decoder;
    w.segment = segment;
    w.out = out;
    w.ts_ns = ts_ns;
    w.frame = frame;
    return from_layer_to_layer(&w);
}

enum tcptwin_decode_result tcptwin_decode(struct tcptwin_decoder *decoder, const uint8_t *data,
                                          uint32_t caplen, uint32_t wirelen, uint64_t ts_ns,
                                          uint64_t frame, struct tcptwin_decoded *out)
{
    return tcptwin_decode_to(decoder, data, caplen, wirelen, ts_ns, frame, &out->segment, out);
}

bool tcptwin_link_type_supported(int link_type)
{
    return link_layer(link_type) != LAYER_END;
}

static size_t pending_count(const struct tcptwin_decode_options *options)
{
    size_t count = options->fragment_bytes / sizeof(struct pending);
    return count < UINT32_MAX ? count : UINT32_MAX;
}

size_t tcptwin_decoder_size(const struct tcptwin_decode_options *options)
{
    return sizeof(struct tcptwin_decoder) + pending_count(options) * sizeof(struct pending);
}

struct tcptwin_decoder *tcptwin_decoder_init(void *memory,
                                             const struct tcptwin_decode_options *options)
{
    struct tcptwin_decoder *decoder = memory;
    size_t count = pending_count(options);

    memset(decoder, 0, sizeof *decoder);
    decoder->options = *options;
    decoder->pending_ways = count < FRAGMENT_WAYS_MAX ? (uint32_t)count : FRAGMENT_WAYS_MAX;
    decoder->pending_sets = count ? (uint32_t)(count / decoder->pending_ways) : 0;
    memset(decoder->pending, 0, count * sizeof(struct pending));
    tcptwin_decoder_link_type(decoder, options->link_type);
    return decoder;
}

void tcptwin_decoder_link_type(struct tcptwin_decoder *decoder, int link_type)
{
    decoder->options.link_type = link_type;
    decoder->link_layer = link_layer(link_type);
}

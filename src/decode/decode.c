/* decode.c - the walk through one frame, and the decoder's life
 *
 * See walk.h for the idea. The way of most frames of most captures, Ethernet - IPv4 - TCP, is one look
 * (usual_way()); all others, and what is odd about those, are steps of one switch.
 */
#include "decoder.h"

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
 * usual_way() - Ethernet and an IPv4 header without options, not a fragment, whole, with TCP behind it
 * Return: whether it is that; then the cursor stands on TCP, and link_ethernet() and ip_v4() would have left
 * the same in @w, but for what only datagrams are asked.
 */
static inline bool usual_way(struct walk *w)
{
    enum { IP_AT = 14, TCP_AT = 34, LEAST = 54, FRAGMENTED = 0x3fff };
    const uint8_t *at = w->cursor.at, *ip = at + IP_AT;
    if (w->cursor.captured < LEAST || load_u16(at + 12) != TYPE_IPV4 || ip[0] != 0x45 ||
        ip[9] != TCPTWIN_PROTOCOL_TCP || (load_u16(ip + 6) & FRAGMENTED))
        return false;
    uint32_t total = load_u16(ip + 2), captured = w->cursor.captured - IP_AT;
    if (total < LEAST - IP_AT || total > w->cursor.wire - IP_AT)
        return false;
    w->ip.id = load_u16(ip + 4);
    w->ip.length = total;
    w->ip.version = 4;
    w->ip.ttl = ip[8];
    w->ip.unverifiable = false;
    ip_v4_address(ip + 12, &w->ip.src);
    ip_v4_address(ip + 16, &w->ip.dst);
    w->cursor.at = at + TCP_AT;
    w->cursor.wire = total - (TCP_AT - IP_AT);
    w->cursor.captured = (captured < total ? captured : total) - (TCP_AT - IP_AT);
    return true;
}

enum tcptwin_decode_result tcptwin_decode_to(struct tcptwin_decoder *decoder, const uint8_t *data,
                                             uint32_t caplen, uint32_t wirelen, uint64_t ts_ns, uint64_t frame,
                                             struct tcptwin_segment *segment, struct tcptwin_decoded *out)
{
    struct walk w; /* no initialiser: ip, payload_sum and to_group are written before they are read */
    enum layer layer = decoder->link_layer;

    w.cursor.at = data;
    w.cursor.captured = caplen;
    w.cursor.wire = wirelen > caplen ? wirelen : caplen;
    w.decoder = decoder;
    w.segment = segment;
    w.out = out;
    w.ts_ns = ts_ns;
    w.frame = frame;
    w.scope = 0;
    w.vlan_id = 0;
    w.notes = 0;
    w.payload_summed = false;
    w.quoted = false;
    w.guessed = false;
    w.noted = false;
    w.result = TCPTWIN_DECODE_OTHER;

    if (TCPTWIN_SHORT_WAYS && layer == LAYER_ETHERNET && usual_way(&w))
        layer = tcp_segment(&w);
    for (unsigned depth = 0; layer != LAYER_END; depth++) {
        if (depth == WALK_LAYERS_MAX)
            return TCPTWIN_DECODE_TOO_DEEP;
        layer = step(&w, layer);
    }
    return w.result == TCPTWIN_DECODE_TCP ? TCPTWIN_DECODE_TCP : settle(&w);
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

/* fuzz_decode.c - any bytes as frames of any link type
 *
 *     input: link type (2 bytes) | options (1) | { length (2) | how (1) | bytes }...
 *     how:   bits 0-6: bytes that the snapshot cut, in eights; bit 7: a second later
 *
 * Frames share one decoder, so that fragments meet. Each lies in memory of exactly its captured
 * size. What comes out must be consistent, the same segment when more of it is captured, and the same
 * when an IPv4 packet comes without its Ethernet header, which is never decoded in one look.
 */
#include "tcptwin/decode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition_) \
    do {                    \
        if (!(condition_))  \
            abort();        \
    } while (0)

enum { FRAMES_MAX = 64 };

static void check_segment(const struct tcptwin_segment *s)
{
    uint16_t both = TCPTWIN_NOTE_CHECKSUM_OK | TCPTWIN_NOTE_CHECKSUM_BAD;
    REQUIRE(s->ip_version == 4 || s->ip_version == 6);
    REQUIRE((s->notes & both) != both);
    REQUIRE(s->ack == (s->flags & TCPTWIN_ACK ? s->ack_raw : 0));
    REQUIRE(s->payload_len <= s->wire_len);
    REQUIRE(s->sack_count <= TCPTWIN_SACK_MAX);
    REQUIRE((s->sack_count > 0) == ((s->options & TCPTWIN_OPT_SACK) != 0));
    REQUIRE((s->options & TCPTWIN_OPT_TIMESTAMPS) || (s->tsval == 0 && s->tsecr == 0));
    REQUIRE(s->options < 2 * TCPTWIN_OPT_USER_TIMEOUT);
    REQUIRE(s->notes < 2 * TCPTWIN_NOTE_CHECKSUM_PARTIAL);
    REQUIRE((s->notes & TCPTWIN_NOTE_CHECKSUM_BAD) || !(s->notes & TCPTWIN_NOTE_CHECKSUM_PARTIAL));
    REQUIRE(!(s->options & TCPTWIN_OPT_FAST_OPEN) || s->fast_open_len <= 16);
    REQUIRE(!(s->options & TCPTWIN_OPT_MPTCP) || s->mptcp_subtype <= 15);
}

/** check_same() - A cut frame (@cut) against the whole one. */
static void check_same(const struct tcptwin_segment *cut, const struct tcptwin_segment *whole)
{
    REQUIRE(memcmp(&cut->src, &whole->src, sizeof cut->src) == 0);
    REQUIRE(memcmp(&cut->dst, &whole->dst, sizeof cut->dst) == 0);
    REQUIRE(cut->src_port == whole->src_port && cut->dst_port == whole->dst_port);
    REQUIRE(cut->seq == whole->seq && cut->ack_raw == whole->ack_raw);
    REQUIRE(cut->flags == whole->flags && cut->payload_len == whole->payload_len);
    REQUIRE(cut->scope == whole->scope && (cut->options & ~whole->options) == 0);
}

/** decode_exactly() - With the first @caplen bytes in memory of their own. */
static enum tcptwin_decode_result decode_exactly(struct tcptwin_decoder *decoder, const uint8_t *data,
                                                 uint32_t caplen, uint32_t wirelen, uint64_t ts_ns,
                                                 struct tcptwin_decoded *out)
{
    uint8_t *frame = malloc(caplen > 0 ? caplen : 1);
    REQUIRE(frame != NULL);
    memcpy(frame, data, caplen);
    memset(out, 0xa5, sizeof *out); /* what must be set cannot be left over */
    enum tcptwin_decode_result result =
        tcptwin_decode(decoder, frame, caplen, wirelen, ts_ns, 1, out);
    free(frame);
    REQUIRE(result < TCPTWIN_DECODE_COUNT);
    if (result == TCPTWIN_DECODE_TCP)
        check_segment(&out->segment);
    if (result == TCPTWIN_DECODE_ICMP_ERROR)
        REQUIRE(out->icmp.ip_version == 4 || out->icmp.ip_version == 6);
    if (result == TCPTWIN_DECODE_DATAGRAM) {
        REQUIRE(out->datagram.ip_version == 4 || out->datagram.ip_version == 6);
        REQUIRE(out->datagram.kind <= TCPTWIN_DATAGRAM_ERROR);
        REQUIRE(out->datagram.reporter.bytes[0] == 0 || out->datagram.kind == TCPTWIN_DATAGRAM_ERROR);
    }
    return result;
}

/** check_way() - An Ethernet frame with IPv4 in it, which was decoded as @out. */
static void check_way(struct tcptwin_decoder *decoder, const uint8_t *data, uint32_t caplen, uint32_t wirelen,
                      enum tcptwin_decode_result result, const struct tcptwin_decoded *out)
{
    enum { ETHERNET = 1, IPV4 = 228, HEADER = 14 };
    struct tcptwin_decoded bare;
    if (caplen < HEADER || data[12] != 0x08 || data[13] != 0x00)
        return;
    tcptwin_decoder_link_type(decoder, IPV4);
    enum tcptwin_decode_result bare_result =
        decode_exactly(decoder, data + HEADER, caplen - HEADER, wirelen - HEADER, 1, &bare);
    tcptwin_decoder_link_type(decoder, ETHERNET);
    REQUIRE(bare_result == result);
    if (result == TCPTWIN_DECODE_TCP)
        REQUIRE(memcmp(&bare.segment, &out->segment, sizeof bare.segment) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct tcptwin_decode_options options = {.link_type = data[0] << 8 | data[1],
                                             .verify_checksums = data[2] & 1,
                                             .scope_vlan = data[2] & 2,
                                             .scope_tunnel = data[2] & 4,
                                             .datagrams = data[2] & 16,
                                             .fragment_bytes = data[2] & 8 ? 0 : 8192};
    struct tcptwin_decode_options plain = options; /* without memory: to compare cut and whole */
    plain.fragment_bytes = 0;
    size_t decoder_size = tcptwin_decoder_size(&options), plain_size = tcptwin_decoder_size(&plain);
    struct tcptwin_decoder *decoder = tcptwin_decoder_init(malloc(decoder_size), &options);
    struct tcptwin_decoder *memoryless = tcptwin_decoder_init(malloc(plain_size), &plain);
    uint64_t ts_ns = 0;
    data += 3;
    size -= 3;
    for (unsigned i = 0; i < FRAMES_MAX && size >= 3; i++) {
        struct tcptwin_decoded out, whole;
        uint32_t wire = (uint32_t)(data[0] << 8 | data[1]), how = data[2];
        data += 3;
        size -= 3;
        uint32_t length = wire < size ? wire : (uint32_t)size;
        uint32_t cut = (how & 0x7f) * 8, caplen = cut < length ? length - cut : 0;
        ts_ns += how & 0x80 ? 1000000000u : 1;
        decode_exactly(decoder, data, caplen, wire, ts_ns, &out);
        enum tcptwin_decode_result result = decode_exactly(memoryless, data, caplen, wire, 1, &out);
        bool is_cut = result == TCPTWIN_DECODE_TCP;
        if (options.link_type == 1)
            check_way(memoryless, data, caplen, wire, result, &out);
        bool is_whole = decode_exactly(memoryless, data, length, wire, 1, &whole) == TCPTWIN_DECODE_TCP;
        if (is_cut && is_whole)
            check_same(&out.segment, &whole.segment);
        data += length;
        size -= length;
    }
    free(decoder);
    free(memoryless);
    return 0;
}

/* seg_frame.c - from a parsed segment to the bytes of a frame, and to a capture file
 *
 *     [Ethernet [802.1Q]] [IPv4 | IPv6 [options]] [TCP options payload | ICMP [IP TCP]]
 *
 * Everything is written big-endian by hand and the pcap header little-endian, so that the same
 * script makes the same file on every machine. A payload byte depends only on its place in the
 * stream: retransmissions carry the same bytes.
 */
#include "seg.h"

#include <stdlib.h>
#include <string.h>

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/** Where the next byte goes. The frame buffer is larger than anything the parser lets through. */
struct out {
    uint8_t *start;
    size_t length;
};

static void put(struct out *out, uint64_t value, size_t bytes)
{
    while (bytes--)
        out->start[out->length++] = (uint8_t)(value >> (8 * bytes));
}

static void put_address(struct out *out, const struct tcptwin_address *address, unsigned version)
{
    size_t skip = version == 6 ? 0 : 12;

    memcpy(out->start + out->length, address->bytes + skip, 16 - skip);
    out->length += 16 - skip;
}

/** RFC 1071: the one's complement sum of 16-bit words, not yet inverted. */
static uint32_t sum(uint32_t start, const uint8_t *bytes, size_t length)
{
    uint64_t total = start;

    for (size_t i = 0; i + 1 < length; i += 2)
        total += (uint64_t)bytes[i] << 8 | bytes[i + 1];
    if (length % 2)
        total += (uint64_t)bytes[length - 1] << 8;
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint32_t)total;
}

static void store_checksum(uint8_t *at, uint32_t total)
{
    uint16_t checksum = (uint16_t)~total;

    at[0] = (uint8_t)(checksum >> 8);
    at[1] = (uint8_t)checksum;
}

static uint32_t pseudo_header(const struct tcptwin_address *src, const struct tcptwin_address *dst,
                              unsigned version, unsigned protocol, size_t length)
{
    size_t skip = version == 6 ? 0 : 12;
    uint32_t total = sum((uint32_t)(protocol + length), src->bytes + skip, 16 - skip);

    return sum(total, dst->bytes + skip, 16 - skip);
}

/** What an IP header says that is not in every packet. */
struct ip_extra {
    bool has_length, has_fragment;
    uint16_t length;
    uint32_t fragment_from;
    bool more_fragments;
    uint16_t extensions;
};

/** RFC 8200 4: a fragment header, or destination options that say nothing, one behind the other. */
static void put_ip6_extensions(struct out *out, unsigned protocol, uint32_t ip_id,
                               const struct ip_extra *extra)
{
    for (unsigned i = extra->extensions; i > 0; i--) {
        put(out, i > 1 ? 60 : extra->has_fragment ? 44 : protocol, 1);
        put(out, UINT64_C(0x00010400000000), 7); /* length 0; PadN */
    }
    if (extra->has_fragment) {
        put(out, protocol, 1);
        put(out, 0, 1);
        put(out, extra->fragment_from | extra->more_fragments, 2);
        put(out, ip_id, 4);
    }
}

static void put_ip(struct out *out, const struct tcptwin_address *src,
                   const struct tcptwin_address *dst, unsigned version, unsigned protocol,
                   uint8_t ttl, uint32_t ip_id, size_t payload_bytes, const struct ip_extra *extra)
{
    size_t begin = out->length;

    if (version == 6) {
        payload_bytes += 8u * ((size_t)extra->extensions + extra->has_fragment);
        put(out, 0x60000000, 4);
        put(out, extra->has_length ? extra->length : payload_bytes, 2);
        put(out, extra->extensions ? 60 : extra->has_fragment ? 44 : protocol, 1);
        put(out, ttl, 1);
    } else {
        unsigned fragment = extra->fragment_from / 8 | (extra->more_fragments ? 0x2000u : 0u);
        put(out, 0x4500, 2);
        put(out, extra->has_length ? extra->length : 20 + payload_bytes, 2);
        put(out, ip_id, 2);
        put(out, extra->has_fragment ? fragment : 0x4000, 2); /* else: do not fragment */
        put(out, ttl, 1);
        put(out, protocol, 1);
        put(out, 0, 2);
    }
    put_address(out, src, version);
    put_address(out, dst, version);
    if (version == 4)
        store_checksum(out->start + begin + 10, sum(0, out->start + begin, 20));
    else
        put_ip6_extensions(out, protocol, ip_id, extra);
}

static void put_tcp(struct out *out, const struct seg_packet *packet)
{
    const struct tcptwin_segment *segment = &packet->segment;
    size_t begin = out->length, header = 20 + packet->option_bytes;
    uint32_t total;

    put(out, segment->src_port, 2);
    put(out, segment->dst_port, 2);
    put(out, segment->seq, 4);
    put(out, segment->ack_raw, 4);
    put(out, packet->data_offset ? (packet->data_offset & 15u) << 4 : header / 4 << 4, 1);
    put(out, segment->flags, 1);
    put(out, segment->window, 2);
    put(out, 0, 2); /* checksum */
    put(out, packet->urgent, 2);
    memcpy(out->start + out->length, packet->options, packet->option_bytes);
    out->length += packet->option_bytes;
    for (uint32_t i = 0; i < segment->payload_len; i++)
        put(out, packet->fill ? (uint8_t)packet->fill : 'a' + (packet->relative_seq + i) % 26, 1);
    total = pseudo_header(&segment->src, &segment->dst, segment->ip_version, PROTOCOL_TCP,
                          out->length - begin);
    store_checksum(out->start + begin + 16, sum(total, out->start + begin, out->length - begin));
    if (packet->partial_checksum) /* not complemented: what a card completes */
        store_checksum(out->start + begin + 16, (uint16_t)~sum(total, out->start + begin, 0));
    if (packet->bad_checksum)
        out->start[begin + 16] ^= 0x55;
}

static void put_ip_tcp(struct out *out, const struct seg_packet *packet)
{
    const struct tcptwin_segment *segment = &packet->segment;
    static uint8_t whole[SEG_FRAME_MAX];
    struct out tcp = {whole, 0};
    struct ip_extra extra = {.has_length = packet->has_ip_length,
                             .has_fragment = packet->has_fragment,
                             .length = packet->ip_length,
                             .fragment_from = packet->fragment_from,
                             .extensions = packet->extensions};
    size_t from = 0, end;

    put_tcp(&tcp, packet);
    end = tcp.length;
    if (packet->has_fragment) {
        from = packet->fragment_from < tcp.length ? packet->fragment_from : tcp.length;
        end = packet->fragment_end < tcp.length ? packet->fragment_end : tcp.length;
        extra.more_fragments = end < tcp.length;
    }
    put_ip(out, &segment->src, &segment->dst, segment->ip_version, PROTOCOL_TCP, segment->ttl,
           segment->ip_id, end - from, &extra);
    memcpy(out->start + out->length, whole + from, end - from);
    out->length += end - from;
}

/** An ICMP error quotes the IP header and, as RFC 792 asks, the first eight bytes behind it. */
static void put_icmp(struct out *out, const struct seg_packet *packet)
{
    static uint8_t quoted[SEG_FRAME_MAX];
    const struct tcptwin_icmp_error *icmp = &packet->icmp;
    bool v6 = icmp->ip_version == 6;
    size_t quoted_bytes = (v6 ? 40u : 20u) + 8u, begin;
    const struct ip_extra plain = {.has_length = false};
    struct out inner = {quoted, 0};
    uint32_t total = 0;

    put_ip_tcp(&inner, packet);
    put_ip(out, &icmp->reporter, &packet->icmp_to, icmp->ip_version,
           v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP, 64, 0, 8 + quoted_bytes, &plain);
    begin = out->length;
    put(out, icmp->type, 1);
    put(out, icmp->code, 1);
    put(out, 0, 6);
    memcpy(out->start + out->length, quoted, quoted_bytes);
    out->length += quoted_bytes;
    if (v6)
        total =
            pseudo_header(&icmp->reporter, &packet->icmp_to, 6, PROTOCOL_ICMPV6, 8 + quoted_bytes);
    store_checksum(out->start + begin + 2, sum(total, out->start + begin, out->length - begin));
}

/** Locally administered addresses made from the last byte of the IP address. */
static void put_ethernet(struct out *out, uint16_t vlan, const struct tcptwin_address *src,
                         const struct tcptwin_address *dst, unsigned version)
{
    put(out, UINT64_C(0x020000000000) | dst->bytes[15], 6);
    put(out, UINT64_C(0x020000000000) | src->bytes[15], 6);
    if (vlan)
        put(out, 0x81000000u | vlan, 4);
    put(out, version == 6 ? 0x86dd : 0x0800, 2);
}

size_t seg_frame(const struct seg_script *script, const struct seg_packet *packet,
                 uint8_t frame[SEG_FRAME_MAX])
{
    struct out out = {frame, 0};
    enum seg_link link =
        script->interface_count ? script->interfaces[packet->interface].link : script->link;

    if (link == SEG_LINK_ETHERNET)
        put_ethernet(&out, packet->vlan ? packet->vlan : script->vlan,
                     packet->is_icmp ? &packet->icmp.reporter : &packet->segment.src,
                     packet->is_icmp ? &packet->icmp_to : &packet->segment.dst,
                     packet->segment.ip_version);
    if (packet->is_icmp)
        put_icmp(&out, packet);
    else
        put_ip_tcp(&out, packet);
    return out.length;
}

static uint32_t stored_bytes(const struct seg_script *script, const struct seg_packet *packet,
                             uint32_t length)
{
    uint32_t most = packet->captured && packet->captured < script->snaplen ? packet->captured
                                                                           : script->snaplen;

    return length < most ? length : most;
}

static bool write_le32(FILE *out, const uint32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned shift = 0; shift < 32; shift += 8)
            if (putc((int)(values[i] >> shift & 0xff), out) == EOF)
                return false;
    return true;
}
#define WRITE_LE32(out_, ...)                                                                      \
    write_le32(out_, (const uint32_t[]){__VA_ARGS__},                                              \
               sizeof(const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

/* -- pcapng: section header, interface description, enhanced packets ------------------------------ */

static bool write_interface(const struct seg_script *script, size_t index, FILE *out)
{
    const struct seg_interface *interface = &script->interfaces[index];
    const uint32_t if_tsresol = 1u << 16 | 9u;

    if (interface->section && !WRITE_LE32(out, 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff,
                                          0xffffffff, 28))
        return false;
    return WRITE_LE32(out, 1, 32, (uint32_t)interface->link, script->snaplen, if_tsresol,
                      interface->resolution, 0, 32);
}

/** Interfaces are numbered from 0 in each section. */
static uint32_t number_in_section(const struct seg_script *script, size_t index)
{
    size_t first = index;

    while (!script->interfaces[first].section)
        first--;
    return (uint32_t)(index - first);
}

static bool write_enhanced(const struct seg_script *script, const struct seg_packet *packet,
                           const uint8_t *frame, uint32_t length, FILE *out)
{
    uint32_t stored = stored_bytes(script, packet, length), padding = (4 - stored % 4) % 4;
    uint64_t ticks = packet->segment.ts_ns;

    for (unsigned digits = script->interfaces[packet->interface].resolution; digits < 9; digits++)
        ticks /= 10;
    return WRITE_LE32(out, 6, 32 + stored + padding, number_in_section(script, packet->interface),
                      (uint32_t)(ticks >> 32), (uint32_t)ticks, stored, length) &&
           fwrite(frame, 1, stored, out) == stored && fwrite("\0\0\0", 1, padding, out) == padding &&
           WRITE_LE32(out, 32 + stored + padding);
}

/* -- pcap --------------------------------------------------------------------------------------- */

static bool write_record(const struct seg_script *script, const struct seg_packet *packet,
                         const uint8_t *frame, uint32_t length, FILE *out)
{
    uint64_t ts_ns = packet->segment.ts_ns;
    uint32_t stored = stored_bytes(script, packet, length);

    return WRITE_LE32(out, (uint32_t)(ts_ns / 1000000000), (uint32_t)(ts_ns % 1000000000), stored,
                      length) &&
           fwrite(frame, 1, stored, out) == stored;
}

bool seg_write_pcap(const struct seg_script *script, FILE *out)
{
    static uint8_t frame[SEG_FRAME_MAX];
    size_t described = 0;
    bool ok = script->interface_count > 0 ||
              WRITE_LE32(out, 0xa1b23c4d, 4u << 16 | 2u, 0, 0, script->snaplen,
                         (uint32_t)script->link);

    for (size_t i = 0; ok && i < script->count; i++) {
        const struct seg_packet *packet = &script->packets[i];
        uint32_t length = (uint32_t)seg_frame(script, packet, frame);

        while (ok && script->interface_count && described <= packet->interface)
            ok = write_interface(script, described++, out);
        ok = ok && (script->interface_count ? write_enhanced(script, packet, frame, length, out)
                                            : write_record(script, packet, frame, length, out));
    }
    return ok && fflush(out) == 0;
}

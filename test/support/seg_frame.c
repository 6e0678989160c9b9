/* seg_frame.c - from a parsed segment to the bytes of a frame, and to a capture file
 *
 *     [Ethernet [802.1Q]] [IPv4 | IPv6] [TCP options payload | ICMP [IP TCP]]
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

static void put_ip(struct out *out, const struct tcptwin_address *src,
                   const struct tcptwin_address *dst, unsigned version, unsigned protocol,
                   uint8_t ttl, uint32_t ip_id, size_t payload_bytes, bool length_zero)
{
    size_t begin = out->length;

    if (version == 6) {
        put(out, 0x60000000, 4);
        put(out, length_zero ? 0 : payload_bytes, 2);
        put(out, protocol, 1);
        put(out, ttl, 1);
    } else {
        put(out, 0x4500, 2);
        put(out, length_zero ? 0 : 20 + payload_bytes, 2);
        put(out, ip_id, 2);
        put(out, 0x4000, 2); /* do not fragment */
        put(out, ttl, 1);
        put(out, protocol, 1);
        put(out, 0, 2);
    }
    put_address(out, src, version);
    put_address(out, dst, version);
    if (version == 4)
        store_checksum(out->start + begin + 10, sum(0, out->start + begin, 20));
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
    put(out, header / 4 << 4, 1);
    put(out, segment->flags, 1);
    put(out, segment->window, 2);
    put(out, 0, 4); /* checksum, urgent pointer */
    memcpy(out->start + out->length, packet->options, packet->option_bytes);
    out->length += packet->option_bytes;
    for (uint32_t i = 0; i < segment->payload_len; i++)
        put(out, 'a' + (packet->relative_seq + i) % 26, 1);
    total = pseudo_header(&segment->src, &segment->dst, segment->ip_version, PROTOCOL_TCP,
                          out->length - begin);
    store_checksum(out->start + begin + 16, sum(total, out->start + begin, out->length - begin));
    if (packet->bad_checksum)
        out->start[begin + 16] ^= 0x55;
}

static void put_ip_tcp(struct out *out, const struct seg_packet *packet)
{
    const struct tcptwin_segment *segment = &packet->segment;

    put_ip(out, &segment->src, &segment->dst, segment->ip_version, PROTOCOL_TCP, segment->ttl,
           segment->ip_id, 20 + packet->option_bytes + segment->payload_len,
           packet->ip_length_zero);
    put_tcp(out, packet);
}

/** An ICMP error quotes the IP header and, as RFC 792 asks, the first eight bytes behind it. */
static void put_icmp(struct out *out, const struct seg_packet *packet)
{
    static uint8_t quoted[SEG_FRAME_MAX];
    const struct tcptwin_icmp_error *icmp = &packet->icmp;
    bool v6 = icmp->ip_version == 6;
    size_t quoted_bytes = (v6 ? 40u : 20u) + 8u, begin;
    struct out inner = {quoted, 0};
    uint32_t total = 0;

    put_ip_tcp(&inner, packet);
    put_ip(out, &icmp->reporter, &packet->icmp_to, icmp->ip_version,
           v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP, 64, 0, 8 + quoted_bytes, false);
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
static void put_ethernet(struct out *out, const struct seg_script *script,
                         const struct tcptwin_address *src, const struct tcptwin_address *dst,
                         unsigned version)
{
    put(out, UINT64_C(0x020000000000) | dst->bytes[15], 6);
    put(out, UINT64_C(0x020000000000) | src->bytes[15], 6);
    if (script->vlan)
        put(out, 0x81000000u | script->vlan, 4);
    put(out, version == 6 ? 0x86dd : 0x0800, 2);
}

size_t seg_frame(const struct seg_script *script, const struct seg_packet *packet,
                 uint8_t frame[SEG_FRAME_MAX])
{
    struct out out = {frame, 0};

    if (script->link == SEG_LINK_ETHERNET)
        put_ethernet(&out, script, packet->is_icmp ? &packet->icmp.reporter : &packet->segment.src,
                     packet->is_icmp ? &packet->icmp_to : &packet->segment.dst,
                     packet->segment.ip_version);
    if (packet->is_icmp)
        put_icmp(&out, packet);
    else
        put_ip_tcp(&out, packet);
    return out.length;
}

static bool write_le32(FILE *out, const uint32_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned shift = 0; shift < 32; shift += 8)
            if (putc((int)(values[i] >> shift & 0xff), out) == EOF)
                return false;
    return true;
}

bool seg_write_pcap(const struct seg_script *script, FILE *out)
{
    static uint8_t frame[SEG_FRAME_MAX];
    const uint32_t header[] = {0xa1b23c4d, 4u << 16 | 2u,   0,
                               0,          script->snaplen, (uint32_t)script->link};
    bool ok = write_le32(out, header, sizeof header / sizeof *header);

    for (size_t i = 0; ok && i < script->count; i++) {
        const struct seg_packet *packet = &script->packets[i];
        uint64_t ts_ns = packet->segment.ts_ns;
        uint32_t length = (uint32_t)seg_frame(script, packet, frame);
        uint32_t stored = length < script->snaplen ? length : script->snaplen;
        const uint32_t record[] = {(uint32_t)(ts_ns / 1000000000), (uint32_t)(ts_ns % 1000000000),
                                   stored, length};

        ok = write_le32(out, record, sizeof record / sizeof *record) &&
             fwrite(frame, 1, stored, out) == stored;
    }
    return ok && fflush(out) == 0;
}

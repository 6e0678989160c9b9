/* opening.c - see opening.h */
#include "opening.h"
#include "conn.h"
#include "observe.h"

enum { CONTROL = TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK | TCPTWIN_PSH | TCPTWIN_URG };

bool opening_packs(const struct tcptwin_segment *segment, uint64_t frames_later)
{
    unsigned options = TCPTWIN_OPT_MSS | TCPTWIN_OPT_WSCALE | TCPTWIN_OPT_SACK_PERMITTED | TCPTWIN_OPT_TIMESTAMPS;
    unsigned odd_notes = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT | TCPTWIN_NOTE_OPTIONS_MALFORMED |
                         TCPTWIN_NOTE_IP_LENGTH_ZERO;
    return !segment->payload_len && !segment->sack_count && !(segment->options & ~options) &&
           !(segment->notes & odd_notes) && segment->ack == segment->ack_raw && segment->window && segment->ts_ns &&
           segment->wire_len <= UINT16_MAX && segment->ip_id <= UINT16_MAX && frames_later <= UINT32_MAX;
}

void opening_pack(struct packed_segment *packed, const struct tcptwin_segment *segment, uint32_t frames_later)
{
    *packed = (struct packed_segment){.ts_ns = segment->ts_ns,
                                      .frames_later = frames_later,
                                      .seq = segment->seq,
                                      .ack = segment->ack,
                                      .tsval = segment->tsval,
                                      .tsecr = segment->tsecr,
                                      .wire_len = (uint16_t)segment->wire_len,
                                      .window = segment->window,
                                      .ip_id = (uint16_t)segment->ip_id,
                                      .options = segment->options,
                                      .notes = segment->notes,
                                      .mss = segment->mss,
                                      .vlan_id = segment->vlan_id,
                                      .flags = segment->flags,
                                      .ttl = segment->ttl,
                                      .wscale = segment->wscale};
}

void opening_unpack(const struct opening *opening, const struct packed_segment *packed, unsigned dir,
                    struct tcptwin_segment *segment)
{
    *segment = (struct tcptwin_segment){.ts_ns = packed->ts_ns,
                                        .frame = opening->first_frame + packed->frames_later,
                                        .src = opening->address[dir],
                                        .dst = opening->address[!dir],
                                        .src_port = opening->port[dir],
                                        .dst_port = opening->port[!dir],
                                        .seq = packed->seq,
                                        .ack = packed->ack,
                                        .ack_raw = packed->ack,
                                        .wire_len = packed->wire_len,
                                        .scope = opening->scope,
                                        .tsval = packed->tsval,
                                        .tsecr = packed->tsecr,
                                        .ip_id = packed->ip_id,
                                        .window = packed->window,
                                        .options = packed->options,
                                        .notes = packed->notes,
                                        .mss = packed->mss,
                                        .vlan_id = packed->vlan_id,
                                        .flags = packed->flags,
                                        .ip_version = opening->ip_version,
                                        .ttl = packed->ttl,
                                        .wscale = packed->wscale};
}

void opening_show(const struct opening *opening, struct conn *conn, struct slab *slab)
{
    struct tcptwin_segment segment;
    for (unsigned i = 0; i < opening->count; i++) {
        unsigned dir = i == 1 ? !opening->sender : opening->sender;
        opening_unpack(opening, i ? &opening->rest[i - 1] : &opening->syn, dir, &segment);
        if (!i)
            conn_start(conn, opening->stream, 1, &segment, dir);
        observe_segment(conn, slab, &segment, dir);
    }
}

bool opening_begins(const struct tcptwin_segment *segment)
{
    return (segment->flags & CONTROL) == TCPTWIN_SYN && opening_packs(segment, 0);
}

bool opening_goes_on(const struct opening *opening, const struct packed_segment *last,
                     const struct tcptwin_segment *segment, unsigned dir)
{
    unsigned answer = opening->count == 1;
    unsigned flags = answer ? TCPTWIN_SYN | TCPTWIN_ACK : TCPTWIN_ACK;
    return opening->count < OPENING_MAX && (segment->flags & CONTROL) == flags &&
           (dir != opening->sender) == answer && segment->ack == last->seq + 1 &&
           (answer || segment->seq == last->ack) && segment->ts_ns >= last->ts_ns &&
           opening_packs(segment, segment->frame - opening->first_frame);
}

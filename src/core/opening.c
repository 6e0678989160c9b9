/* opening.c - see opening.h
 *
 * What openings are made of is so ordinary that what observing it comes to can be written down at once. Whatever
 * observe.c, or what it calls, notes of a SYN, a SYN-ACK and the ACK of that must be noted here, too
 * (unit.core.opening, and test/short_ways).
 */
#include "opening.h"
#include "conn.h"
#include "history.h"
#include "observe.h"

enum { CONTROL = TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK | TCPTWIN_PSH | TCPTWIN_URG };

bool opening_packs(const struct tcptwin_segment *segment, uint64_t frames_later)
{
    unsigned options = TCPTWIN_OPT_MSS | TCPTWIN_OPT_WSCALE | TCPTWIN_OPT_SACK_PERMITTED | TCPTWIN_OPT_TIMESTAMPS;
    unsigned odd_notes = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT | TCPTWIN_NOTE_OPTIONS_MALFORMED |
                         TCPTWIN_NOTE_IP_LENGTH_ZERO;
    return !segment->payload_len && !segment->sack_count && !(segment->options & ~options) &&
           !(segment->notes & odd_notes) && segment->wscale <= 14 && segment->ack == segment->ack_raw && segment->window && segment->ts_ns &&
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

/* -- shown to a connection ----------------------------------------------------------------------------- */

/* One by one, as any segments are. */
static void show_each(const struct opening *opening, struct conn *conn, struct slab *slab)
{
    struct tcptwin_segment segment;
    for (unsigned i = 0; i < opening->count; i++) {
        opening_unpack(opening, opening_segment(opening, i), opening_sender(opening, i), &segment);
        observe_segment(conn, slab, &segment, opening_sender(opening, i));
    }
}

/* What observe_segment() comes to for them is known: nothing is odd about them. But for an ACK without the timestamps
 * that were agreed upon, which is foreign. */
static bool is_plain(const struct opening *opening, bool timestamps_on)
{
    return opening->count < OPENING_MAX || !timestamps_on || (opening->rest[1].options & TCPTWIN_OPT_TIMESTAMPS);
}

static void count_packed(struct side *sender, const struct packed_segment *packed)
{
    sender->packets++;
    sender->bytes += packed->wire_len;
    sender->good_checksums += (packed->notes & TCPTWIN_NOTE_CHECKSUM_OK) != 0;
    sender->tcp_flags |= packed->flags;
}

/* Its SYN or SYN-ACK. */
static void begin_side(struct side *sender, const struct packed_segment *syn)
{
    bool answers = (syn->flags & TCPTWIN_ACK) != 0;
    count_packed(sender, syn);
    sender->isn = syn->seq;
    sender->snd_max = syn->seq + 1;
    sender->max_ack = syn->ack;
    sender->isn_known = sender->seq_known = true;
    sender->ack_known = sender->syn_ack_seen = answers;
    sender->syn_seen = !answers;
    sender->mss = syn->options & TCPTWIN_OPT_MSS ? syn->mss : 0;
    sender->wscale = syn->options & TCPTWIN_OPT_WSCALE ? (int8_t)syn->wscale : -1;
    sender->sack_permitted = (syn->options & TCPTWIN_OPT_SACK_PERMITTED) != 0;
    sender->timestamps_offered = sender->timestamps_always = (syn->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
}

/* The ACK that completes the handshake. */
static void complete_side(struct side *sender, const struct packed_segment *ack)
{
    count_packed(sender, ack);
    sender->max_ack = ack->ack;
    sender->ack_known = true;
    sender->timestamps_always &= (ack->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
}

static void write_record(struct record *record, const struct opening *opening, unsigned i)
{
    const struct packed_segment *packed = opening_segment(opening, i);
    bool timestamps = (packed->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
    *record = (struct record){.ts_ns = packed->ts_ns,
                              .frame = opening->first_frame + packed->frames_later,
                              .seq = packed->seq,
                              .ack = packed->ack,
                              .tsval = timestamps ? packed->tsval : 0,
                              .tsecr = timestamps ? packed->tsecr : 0,
                              .window = packed->window,
                              .ip_id = packed->ip_id,
                              .flags = packed->flags,
                              .dir = (uint8_t)opening_sender(opening, i),
                              .marks = timestamps ? MARK_PINNED | MARK_TIMESTAMPS : MARK_PINNED,
                              .ttl = packed->ttl};
}

/* The short way of show_each(). */
static void show_at_once(const struct opening *opening, struct conn *conn, struct record *records)
{
    const struct packed_segment *last = opening_newest(opening);
    unsigned asker = opening->sender;
    for (unsigned i = 0; i < opening->count; i++)
        write_record(&records[i], opening, i);
    begin_side(&conn->side[asker], &opening->syn);
    conn->syn_ts_ns = opening->syn.ts_ns;
    conn->has_first_syn = true;
    conn->first_syn_dir = (uint8_t)asker;
    conn->journal.latest[asker] = opening->count == OPENING_MAX ? OPENING_MAX : 1;
    if (opening->count > 1) {
        begin_side(&conn->side[!asker], &opening->rest[0]);
        conn->syn_ack_ts_ns = opening->rest[0].ts_ns;
        conn->timestamps_on = conn->side[asker].timestamps_offered && conn->side[!asker].timestamps_offered;
        conn->journal.latest[!asker] = 2;
    }
    if (opening->count == OPENING_MAX)
        complete_side(&conn->side[asker], &opening->rest[1]);
    history_begin(conn, asker, opening->count);
    conn->last_ts_ns = last->ts_ns;
    conn->last_frame = opening->first_frame + last->frames_later;
}

void opening_show(const struct opening *opening, struct conn *conn, struct slab *slab)
{
    bool agreed = opening->count > 1 && (opening->syn.options & opening->rest[0].options & TCPTWIN_OPT_TIMESTAMPS);
    const struct tcptwin_segment first = {.ts_ns = opening->syn.ts_ns, .frame = opening->first_frame,
                                          .vlan_id = opening->syn.vlan_id};
    conn_start(conn, opening->stream, 1, &first, opening->sender);
    struct record *records = is_plain(opening, agreed) ? journal_begin(&conn->journal, slab, opening->count) : NULL;
    if (records)
        show_at_once(opening, conn, records);
    else
        show_each(opening, conn, slab);
}

/* -- from segment to segment ----------------------------------------------------------------------------- */

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

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

enum {
    CONTROL = TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK | TCPTWIN_PSH | TCPTWIN_URG,
    OPTIONS = TCPTWIN_OPT_MSS | TCPTWIN_OPT_WSCALE | TCPTWIN_OPT_SACK_PERMITTED | TCPTWIN_OPT_TIMESTAMPS
};

/* -- packed --------------------------------------------------------------------------------------------- */

/* Three bits in a row, and one further up. */
static uint16_t pack_options(unsigned options)
{
    return (uint16_t)((options & 7) | (options & TCPTWIN_OPT_TIMESTAMPS) >> 1);
}

static uint16_t unpack_options(unsigned packed)
{
    return (uint16_t)((packed & 7) | (packed & 8) << 1);
}
_Static_assert(OPTIONS == (7 | TCPTWIN_OPT_TIMESTAMPS) && TCPTWIN_OPT_TIMESTAMPS == 8 << 1, "as they are packed");

/* Whether nothing about it is odd, and it fits. */
static bool packs(const struct tcptwin_segment *segment)
{
    unsigned odd_notes = TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_OPTIONS_CUT | TCPTWIN_NOTE_OPTIONS_MALFORMED |
                         TCPTWIN_NOTE_IP_LENGTH_ZERO;
    bool scales = segment->options & TCPTWIN_OPT_WSCALE; /* else the field has no value */
    return !segment->payload_len && !segment->sack_count && !(segment->options & ~OPTIONS) &&
           !(segment->notes & odd_notes) && segment->ack == segment->ack_raw && segment->window && segment->ts_ns &&
           (!scales || segment->wscale <= 14) && segment->wire_len <= UINT8_MAX && segment->ip_id <= UINT16_MAX &&
           segment->vlan_id < 1 << 12 && segment->notes < 1 << 9;
}

static struct packed_header pack_header(const struct tcptwin_segment *segment)
{
    return (struct packed_header){.window = segment->window,
                                  .ip_id = (uint16_t)segment->ip_id,
                                  .vlan_id = segment->vlan_id & 0xfffu,
                                  .wscale = segment->wscale & 0xfu,
                                  .notes = segment->notes & 0x1ffu,
                                  .options = pack_options(segment->options) & 0xfu,
                                  .echo_bits = segment->flags >> 6 & 3u,
                                  .wire_len = (uint8_t)segment->wire_len,
                                  .ttl = segment->ttl};
}

static void unpack_header(struct plain_segment *segment, const struct packed_header *header, unsigned flags)
{
    segment->window = header->window;
    segment->ip_id = header->ip_id;
    segment->vlan_id = header->vlan_id;
    segment->wscale = header->wscale;
    segment->notes = header->notes;
    segment->options = unpack_options(header->options);
    segment->flags = (uint8_t)(flags | (unsigned)header->echo_bits << 6);
    segment->wire_len = header->wire_len;
    segment->ttl = header->ttl;
}

static void unpack_answer(struct plain_segment *segment, const struct packed_answer *answer,
                          const struct plain_segment *before, uint64_t first_frame)
{
    segment->ts_ns = before->ts_ns + answer_later_ns(answer);
    segment->frame = first_frame + answer->frames_later;
    segment->ack = before->seq + 1;
    segment->tsval = answer->tsval;
    segment->tsecr = answer->tsecr;
}

void opening_read(const struct opening *opening, const struct opening_rest *rest, struct opened *opened)
{
    struct plain_segment *syn = &opened->segment[0], *answer = &opened->segment[1], *ack = &opened->segment[2];
    opened->stream = opening_stream(opening);
    opened->scope = opening->scope;
    opened->ip_version = opening->ip_version;
    opened->count = opening->count;
    opened->sender = opening->sender;
    for (unsigned x = 0; x < 2; x++) {
        opened->address[x] = opening_address(opening, x);
        opened->port[x] = opening->port[x];
    }
    *syn = (struct plain_segment){.ts_ns = opening->ts_ns, .frame = opening_first_frame(opening),
                                  .seq = opening->seq, .tsval = opening->tsval, .mss = opening->mss};
    unpack_header(syn, &opening->header, TCPTWIN_SYN);
    if (opening->count > 1) {
        unpack_answer(answer, &rest->answer, syn, syn->frame);
        unpack_header(answer, &rest->answer.header, TCPTWIN_SYN | TCPTWIN_ACK);
        answer->seq = rest->seq;
        answer->mss = rest->mss;
    }
    if (opening->count > 2) {
        unpack_answer(ack, &rest->ack, answer, syn->frame);
        unpack_header(ack, &rest->ack.header, TCPTWIN_ACK);
        ack->seq = answer->ack;
        ack->mss = 0;
    }
}

/* -- from segment to segment ----------------------------------------------------------------------------- */

bool opening_begins(const struct tcptwin_segment *segment)
{
    return (segment->flags & CONTROL) == TCPTWIN_SYN && packs(segment) && !segment->ack && !segment->tsecr &&
           !(segment->frame >> 48);
}

void opening_begin(struct opening *opening, const struct tcptwin_segment *segment, uint64_t stream, unsigned dir)
{
    opening->ts_ns = segment->ts_ns;
    opening->seq = segment->seq;
    opening->tsval = segment->tsval;
    opening->mss = segment->mss;
    opening->header = pack_header(segment);
    opening->stream = (uint32_t)stream;
    opening->stream_high = (uint8_t)(stream >> 32);
    opening->first_frame = (uint32_t)segment->frame;
    opening->frame_high = (uint16_t)(segment->frame >> 32);
    opening->sender = dir & 1u;
    opening->count = 1;
}

/* The numbers of the next of the handshake. */
static bool fits(const struct opening *opening, const struct opening_rest *rest, const struct tcptwin_segment *segment,
                 unsigned dir)
{
    unsigned kind = segment->flags & CONTROL;
    if (opening->count == 1)
        return dir != opening->sender && kind == (TCPTWIN_SYN | TCPTWIN_ACK) && segment->ack == opening->seq + 1;
    return opening->count == 2 && dir == opening->sender && kind == TCPTWIN_ACK && segment->ack == rest->seq + 1 &&
           segment->seq == opening->seq + 1 && !(segment->options & TCPTWIN_OPT_MSS);
}

bool opening_goes_on(const struct opening *opening, const struct opening_rest *rest,
                     const struct tcptwin_segment *segment, unsigned dir)
{
    uint64_t newest_ns = opening_newest_ns(opening, rest);
    return fits(opening, rest, segment, dir) && packs(segment) && segment->ts_ns >= newest_ns &&
           !((segment->ts_ns - newest_ns) >> 40) && !((segment->frame - opening_first_frame(opening)) >> 32);
}

void opening_go_on(struct opening *opening, struct opening_rest *rest, const struct tcptwin_segment *segment)
{
    uint64_t later_ns = segment->ts_ns - opening_newest_ns(opening, rest);
    struct packed_answer *answer = opening->count++ == 1 ? &rest->answer : &rest->ack;
    *answer = (struct packed_answer){.tsval = segment->tsval,
                                     .tsecr = segment->tsecr,
                                     .frames_later = (uint32_t)(segment->frame - opening_first_frame(opening)),
                                     .later_ns = (uint32_t)later_ns,
                                     .header = pack_header(segment),
                                     .later_high = (uint8_t)(later_ns >> 32)};
    if (opening->count > 2)
        return;
    rest->seq = segment->seq;
    rest->mss = segment->mss;
    rest->no_opening = 0;
}

/* -- shown to a connection ----------------------------------------------------------------------------- */

static void make_whole(const struct opened *opened, unsigned i, struct tcptwin_segment *segment)
{
    const struct plain_segment *plain = &opened->segment[i];
    unsigned dir = opened_sender(opened, i);
    *segment = (struct tcptwin_segment){.ts_ns = plain->ts_ns,
                                        .frame = plain->frame,
                                        .src = opened->address[dir],
                                        .dst = opened->address[!dir],
                                        .src_port = opened->port[dir],
                                        .dst_port = opened->port[!dir],
                                        .seq = plain->seq,
                                        .ack = plain->ack,
                                        .ack_raw = plain->ack,
                                        .wire_len = plain->wire_len,
                                        .scope = opened->scope,
                                        .tsval = plain->tsval,
                                        .tsecr = plain->tsecr,
                                        .ip_id = plain->ip_id,
                                        .window = plain->window,
                                        .options = plain->options,
                                        .notes = plain->notes,
                                        .mss = plain->mss,
                                        .vlan_id = plain->vlan_id,
                                        .flags = plain->flags,
                                        .ip_version = opened->ip_version,
                                        .ttl = plain->ttl,
                                        .wscale = plain->wscale};
}

/* One by one, as any segments are. */
static void show_each(const struct opened *opened, struct conn *conn, struct slab *slab)
{
    struct tcptwin_segment segment;
    for (unsigned i = 0; i < opened->count; i++) {
        make_whole(opened, i, &segment);
        observe_segment(conn, slab, &segment, opened_sender(opened, i));
    }
}

/* What observe_segment() comes to for them is known: nothing is odd about them. But for an ACK without the timestamps
 * that were agreed upon, which is foreign. */
static bool is_plain(const struct opened *opened)
{
    const struct plain_segment *segment = opened->segment;
    return opened->count < OPENING_MAX ||
           !(segment[0].options & segment[1].options & ~segment[2].options & TCPTWIN_OPT_TIMESTAMPS);
}

static void count_plain(struct side *sender, const struct plain_segment *plain)
{
    sender->packets++;
    sender->bytes += plain->wire_len;
    sender->good_checksums += (plain->notes & TCPTWIN_NOTE_CHECKSUM_OK) != 0;
    sender->tcp_flags |= plain->flags;
}

/* Its SYN or SYN-ACK. */
static void begin_side(struct side *sender, const struct plain_segment *syn)
{
    bool answers = (syn->flags & TCPTWIN_ACK) != 0;
    count_plain(sender, syn);
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
static void complete_side(struct side *sender, const struct plain_segment *ack)
{
    count_plain(sender, ack);
    sender->max_ack = ack->ack;
    sender->ack_known = true;
    sender->timestamps_always &= (ack->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
}

static void write_record(struct record *record, const struct opened *opened, unsigned i)
{
    const struct plain_segment *plain = &opened->segment[i];
    bool timestamps = (plain->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
    *record = (struct record){.ts_ns = plain->ts_ns,
                              .frame = plain->frame,
                              .seq = plain->seq,
                              .ack = plain->ack,
                              .tsval = timestamps ? plain->tsval : 0,
                              .tsecr = timestamps ? plain->tsecr : 0,
                              .window = plain->window,
                              .ip_id = plain->ip_id,
                              .flags = plain->flags,
                              .dir = (uint8_t)opened_sender(opened, i),
                              .marks = timestamps ? MARK_PINNED | MARK_TIMESTAMPS : MARK_PINNED,
                              .ttl = plain->ttl};
}

/* The short way of show_each(). */
static void show_at_once(const struct opened *opened, struct conn *conn, struct record *records)
{
    const struct plain_segment *last = &opened->segment[opened->count - 1];
    unsigned asker = opened->sender;
    for (unsigned i = 0; i < opened->count; i++)
        write_record(&records[i], opened, i);
    begin_side(&conn->side[asker], &opened->segment[0]);
    conn->syn_ts_ns = opened->segment[0].ts_ns;
    conn->has_first_syn = true;
    conn->first_syn_dir = (uint8_t)asker;
    conn->journal.latest[asker] = opened->count == OPENING_MAX ? OPENING_MAX : 1;
    if (opened->count > 1) {
        begin_side(&conn->side[!asker], &opened->segment[1]);
        conn->syn_ack_ts_ns = opened->segment[1].ts_ns;
        conn->timestamps_on = conn->side[asker].timestamps_offered && conn->side[!asker].timestamps_offered;
        conn->journal.latest[!asker] = 2;
    }
    if (opened->count == OPENING_MAX)
        complete_side(&conn->side[asker], &opened->segment[2]);
    history_begin(conn, asker, opened->count);
    conn->last_ts_ns = last->ts_ns;
    conn->last_frame = last->frame;
}

void opened_show(const struct opened *opened, struct conn *conn, struct slab *slab)
{
    const struct tcptwin_segment first = {.ts_ns = opened->segment[0].ts_ns, .frame = opened->segment[0].frame,
                                          .seq = opened->segment[0].seq, .flags = TCPTWIN_SYN,
                                          .vlan_id = opened->segment[0].vlan_id};
    conn_start(conn, opened->stream, 1, &first, opened->sender);
    struct record *records = is_plain(opened) ? journal_begin(&conn->journal, slab, opened->count) : NULL;
    if (records)
        show_at_once(opened, conn, records);
    else
        show_each(opened, conn, slab);
}

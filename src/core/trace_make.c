/* trace_make.c - the journal in order, and what it reveals
 *
 * Who sent what first is surveyed; then each file of its own looks for what was forged, never captured, held back on
 * its way, or lost, and how far the ends are. What each finds, the next builds on. Of most connections one look
 * (orderly.c) tells that there is nothing to be found.
 */
#include "trace_make.h"
#include "distance.h"
#include "forged.h"
#include "held.h"
#include "lost.h"
#include "orderly.h"
#include "seq.h"
#include "unseen.h"

#include <stddef.h>
#include <string.h>

/* -- who really sent what ------------------------------------------------------------------------ */

static void survey_record(struct trace *trace, struct survey *mine, unsigned i)
{
    const struct record *record = &trace->records[i];
    unsigned x = record->dir, flags = record->flags;
    if (flags & TCPTWIN_SYN) {
        int *first = flags & TCPTWIN_ACK ? &mine->syn_ack : &mine->syn;
        unsigned *count = flags & TCPTWIN_ACK ? &mine->syn_acks : &mine->syns;
        if (*first == NONE)
            *first = (int)i;
        *count += !trace->synthetic[i];
    }
    mine->resets |= (flags & TCPTWIN_RST) != 0;
    if (flags & TCPTWIN_RST)
        return;
    if ((flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == TCPTWIN_ACK && mine->ack == NONE)
        mine->ack = (int)i;
    mine->fin |= (flags & TCPTWIN_FIN) != 0;
    uint32_t end = record_end(record);
    if (!trace->sent_known[x] || seq_ahead(end, trace->sent_max[x]))
        trace->sent_max[x] = end;
    trace->sent_known[x] = true;
}

static void survey_sends(struct trace *trace, struct survey survey[2])
{
    for (unsigned x = 0; x < 2; x++)
        survey[x] = (struct survey){.syn = NONE, .syn_ack = NONE, .ack = NONE};
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (trace_is_send(trace, i, record->dir))
            survey_record(trace, &survey[record->dir], i);
    }
}

/* The first that a side says lies before its SYN, captured or accepted by a SYN-ACK. */
static bool begins_too_low(const struct trace *trace, const struct survey *mine, const struct survey *peers)
{
    if (mine->ack == NONE)
        return false;
    uint32_t said = trace->records[mine->ack].seq;
    if (mine->syn != NONE)
        return seq_lt(said, trace->records[mine->syn].seq);
    return peers->syn_ack != NONE && seq_lt(said, trace->records[peers->syn_ack].ack - 1);
}

static void survey_all(struct trace *trace, struct survey survey[2])
{
    forged_find(trace);
    survey_sends(trace, survey);
    for (unsigned x = 0; x < 2; x++)
        if (begins_too_low(trace, &survey[x], &survey[!x])) {
            forged_find_syn(trace, x);
            trace->sent_known[x] = false;
            survey_sends(trace, survey);
            survey[x].resets |= trace->disowned[x]; /* it says nothing that tells of a SYN */
        }
}

/* -- numbers ---------------------------------------------------------------------------------------- */

/* The initial number: of a SYN that was acknowledged, else of the first. */
static void find_isn(struct trace *trace, unsigned x)
{
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (!trace_is_send(trace, i, x) || !has(record, TCPTWIN_SYN))
            continue;
        bool acknowledged = trace_acknowledged(trace, x, record->seq + 1, i);
        if (!trace->isn_known[x] || acknowledged) {
            trace->isn_known[x] = true;
            trace->isn[x] = record->seq;
        }
        if (acknowledged)
            return;
    }
}

/* The FIN @fin has a number that x gave to data before, and nobody acknowledges it: no stack sends that. What was
 * damaged has a number by chance. */
static bool reuses_number(const struct trace *trace, unsigned x, unsigned fin)
{
    uint32_t end = record_end(&trace->records[fin]);
    for (unsigned i = 0; i < fin; i++) {
        const struct record *data = &trace->records[i];
        if (trace_is_send(trace, i, x) && data->len && !(data->flags & (TCPTWIN_FIN | TCPTWIN_RST)) &&
            !(data->marks & MARK_BAD_CHECKSUM) && seq_ge(record_end(data), end))
            return !trace_acknowledged(trace, x, end, fin);
    }
    return false;
}

/* The FIN's number: of a FIN that was acknowledged, else of the first. */
static void find_fin(struct trace *trace, unsigned x)
{
    bool settled = false;
    for (unsigned i = 0; i < trace->count && !settled; i++) {
        const struct record *record = &trace->records[i];
        if (!has(record, TCPTWIN_FIN) || (record->flags & TCPTWIN_RST) || !trace_is_send(trace, i, x))
            continue;
        uint32_t end = record_end(record);
        if (reuses_number(trace, x, i))
            continue;
        settled = trace_acknowledged(trace, x, end, 0);
        if (!trace->fin_known[x] || settled) {
            trace->fin_known[x] = true;
            trace->fin_seq[x] = end - 1;
        }
    }
}

/* -- the whole ------------------------------------------------------------------------------------- */

/* When each was at both ends: by their distances, and what held it back. And the streams of both. */
static void follow_all(struct trace *trace)
{
    const uint64_t distance[2] = {trace->distance[0], trace->distance[1]};
    unsigned *sends[SIDES], *receipts[SIDES]; /* where the next one goes */
    for (unsigned x = 0; x < SIDES; x++) {
        sends[x] = trace->sends[x];
        receipts[x] = trace->receipts[x];
    }
    for (unsigned i = 0, count = trace->count; i < count; i++) {
        const struct record *record = &trace->records[i];
        unsigned from = record->dir, to = from ^ !(record->marks & MARK_ICMP), by = trace->sent_by[i];
        uint64_t ts = record->ts_ns, back = distance[from] + trace->held_ns[i];
        trace->at_ns[i].left = ts > back ? ts - back : 0;
        trace->at_ns[i].arrived = ts + distance[to];
        *sends[by]++ = i;
        *receipts[trace_lost(trace, i) ? SENT_BY_NOBODY : to]++ = i;
    }
    for (unsigned x = 0; x < 2; x++) {
        trace->send_count[x] = (unsigned)(sends[x] - trace->sends[x]);
        trace->receipt_count[x] = (unsigned)(receipts[x] - trace->receipts[x]);
    }
}

/* The same of an orderly one, none of which was held back: what one side sent, the other gets. */
static void follow_orderly(struct trace *trace)
{
    const uint64_t distance[2] = {trace->distance[0], trace->distance[1]};
    unsigned count[2] = {0, 0};
    for (unsigned i = 0, end = trace->count; i < end; i++) {
        unsigned x = trace->records[i].dir;
        uint64_t ts = trace->records[i].ts_ns;
        trace->at_ns[i].left = ts > distance[x] ? ts - distance[x] : 0;
        trace->at_ns[i].arrived = ts + distance[!x];
        trace->sends[x][count[x]++] = i;
    }
    for (unsigned x = 0; x < 2; x++) {
        trace->send_count[x] = trace->receipt_count[!x] = count[x];
        memcpy(trace->receipts[!x], trace->sends[x], count[x] * sizeof trace->sends[x][0]);
    }
}

/* What was held back goes where it was sent. */
static void put_back_held(struct trace *trace, unsigned x)
{
    unsigned *sends = trace->sends[x];
    for (unsigned k = 1; k < trace->send_count[x]; k++)
        for (unsigned m = k; m > 0 && trace->held_ns[sends[m]] && trace_sent_before(trace, sends[m], sends[m - 1]); m--) {
            unsigned held = sends[m];
            sends[m] = sends[m - 1];
            sends[m - 1] = held;
        }
}

/* x spoke before the handshake's ACK can have come: it trusted a cookie (RFC 7413), in a SYN that was
 * not captured. */
static bool speaks_early(const struct trace *trace, const struct survey survey[2], unsigned x)
{
    int ack = survey[!x].ack;
    if (survey[x].syn_ack == NONE || ack == NONE || survey[!x].syn == NONE ||
        !trace->synthetic[survey[!x].syn])
        return false;
    unsigned syn_ack = (unsigned)survey[x].syn_ack;
    if (survey[x].syn_acks != 1 || trace->records[ack].ack != trace->records[syn_ack].seq + 1)
        return false;
    for (unsigned i = syn_ack; i < (unsigned)ack; i++)
        if (trace_is_send(trace, i, x) && !(trace->records[i].flags & (TCPTWIN_SYN | TCPTWIN_RST)) &&
            trace_send_ns(trace, i) + trace->slack[x] < trace_arrive_ns(trace, (unsigned)ack))
            return trace->records[i].len || has(&trace->records[i], TCPTWIN_FIN);
    return false;
}

/* Mid-stream: only y's FIN, acknowledged, and x silent but for that: x had closed before. */
static void find_closed_before(struct trace *trace, unsigned x)
{
    unsigned y = !x;
    if (trace->fin_known[x] || !trace->fin_known[y] || trace->payload[x])
        return;
    bool acknowledged = false;
    for (unsigned i = 0; i < trace->count; i++) {
        if (!trace_is_send(trace, i, x))
            continue;
        if (trace->records[i].flags & TCPTWIN_RST)
            return;
        acknowledged |= has(&trace->records[i], TCPTWIN_ACK) &&
                        seq_gt(trace->records[i].ack, trace->fin_seq[y]);
    }
    trace->closed_before[x] = acknowledged;
}

/* The SYN-ACK acknowledges data of the SYN. */
static void find_fast_open(struct trace *trace, const struct survey survey[2])
{
    for (unsigned x = 0; x < 2; x++) {
        if (survey[x].syn_ack == NONE || survey[!x].syn == NONE)
            continue;
        const struct record *syn = &trace->records[survey[!x].syn];
        uint32_t ack = trace->records[survey[x].syn_ack].ack;
        if (seq_gt(ack, syn->seq + 1) && seq_le(ack, record_end(syn))) {
            trace->fast_open = true;
            trace->fast_open_end = record_end(syn);
        }
    }
}

/* SYN and SYN-ACK were captured and did not both have timestamps: nobody looks at them (RFC 7323 3.2). */
static void drop_timestamps(struct trace *trace, const struct conn *conn)
{
    bool answered = conn->side[0].syn_ack_seen || conn->side[1].syn_ack_seen;
    for (unsigned i = 0; i < trace->count && conn->has_first_syn && answered && !conn->timestamps_on; i++)
        trace->records[i].marks &= (uint8_t)~MARK_TIMESTAMPS;
}

/* The first whose numbers are far from all before, and that was not forged. */
static void find_apart(struct trace *trace, const struct conn *conn)
{
    trace->apart_from = conn->apart ? 0 : trace->count;
    while (trace->apart_from < trace->count &&
           (!(trace->records[trace->apart_from].marks & MARK_APART) || trace->denied[trace->apart_from]))
        trace->apart_from++;
}

/* What its SYN offered; windows are scaled if both sides offered it (RFC 7323 2.2). */
static void take_options(struct trace *trace, const struct conn *conn, unsigned x)
{
    int shift = conn->side[!x].wscale >= 0 ? conn->side[x].wscale : 0;
    trace->mss[x] = conn->side[x].mss ? conn->side[x].mss : LEAST_MSS;
    trace->window_shift[x] = shift > 0 ? (uint8_t)shift : 0;
}

/* Who sent what, and the numbers with which both begin and end. */
static void find_sends(struct trace *trace, struct survey survey[2])
{
    survey_all(trace, survey);
    for (unsigned n = 0; n < 2 && !trace->own_peer; n++) { /* of each side something may have been missed */
        if (!unseen_handshake(trace, survey, 0) && !unseen_handshake(trace, survey, 1))
            break;
        survey_all(trace, survey);
    }
    find_fast_open(trace, survey);
    for (unsigned x = 0; x < 2; x++) {
        if (survey[x].syn != NONE || survey[x].syn_ack != NONE)
            find_isn(trace, x);
        if (survey[x].fin)
            find_fin(trace, x);
    }
    trace->midstream = !trace->isn_known[0] && !trace->isn_known[1];
}

/* What was never captured, now that the distances are known. */
static void find_unseen(struct trace *trace, const struct conn *conn, const struct survey survey[2])
{
    for (unsigned x = 0; x < 2; x++) {
        if (!speaks_early(trace, survey, x))
            continue;
        trace->fast_open = true;
        trace->fast_open_end = trace->isn[!x] + 1;
    }
    for (unsigned x = 0; x < 2; x++)
        unseen_answer(trace, survey, x);
    for (unsigned i = 0; i < trace->count; i++)
        if (trace->synthetic[i])
            unseen_date(trace, i);
    unseen_fins(trace, conn);
    for (unsigned x = 0; x < 2; x++)
        if (trace->fin_known[x])
            unseen_fin_copy(trace, x);
}

void trace_open(struct trace *trace, const struct conn *conn, uint64_t end_ts_ns)
{
    /* the arrays are filled up to count only: clearing them whole would cost more than the rest */
    memset(&trace->count, 0, sizeof *trace - offsetof(struct trace, count));
    trace->count = journal_sorted(&conn->journal, trace->records);
    memset(trace->synthetic, 0, trace->count);
    memset(trace->held_ns, 0, trace->count * sizeof trace->held_ns[0]);
    drop_timestamps(trace, conn);
    trace->end_ts_ns = end_ts_ns;
    trace->ip_version = conn->ip_version;
    trace->own_peer = conn->port[0] == conn->port[1] &&
                      !memcmp(&conn->address[0], &conn->address[1], sizeof conn->address[0]);
    for (unsigned x = 0; x < 2; x++) {
        take_options(trace, conn, x);
        trace->payload[x] = conn->side[x].payload_bytes;
        bool asks_anew = conn->reused && conn->reused_dir == x && !conn->reused_by_answer;
        trace->anew_ts_ns[x] = asks_anew ? conn->reused_ts_ns : 0;
    }
}

void trace_make(struct trace *trace, const struct conn *conn, const struct host_clock hosts[2],
                uint64_t end_ts_ns)
{
    struct survey survey[2];
    trace_open(trace, conn, end_ts_ns);
    if (!orderly_look(trace, conn, survey))
        find_sends(trace, survey);
    held_find(trace);
    if (trace->any_held) {
        trace->fin_from = 0;
        trace->in_turn = false;
    }
    distance_find(trace, survey, hosts);
    if (!trace->orderly) {
        follow_all(trace);
        find_unseen(trace, conn, survey);
    }
    for (unsigned x = 0; x < 2; x++)
        if (trace->fin_known[x])
            lost_fin(trace, conn, x);
    if (trace->orderly && !trace->any_held)
        follow_orderly(trace);
    else
        follow_all(trace);
    for (unsigned x = 0; x < 2 && trace->any_held; x++)
        put_back_held(trace, x);
    find_apart(trace, conn);
    for (unsigned x = 0; x < 2 && trace->midstream; x++) {
        find_closed_before(trace, x);
        trace->fin_may_hide[x] |= !trace->fin_known[x] && !trace->payload[x]; /* before the capture began */
    }
}

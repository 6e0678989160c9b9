/* symptoms.c - what one connection says about each kind of trouble
 *
 * One rule a finding, each over what the core says of a finished connection: outcome, states, transitions,
 * anomalies. A symptom is evidence, not a finding yet: judge.c looks at all of them together. Where a
 * rule must guess, it asks for more: one SYN without answer, one repeated segment, a silence of seconds say
 * nothing.
 */
#include "socket_at.h"
#include "symptoms.h"

typedef const struct tcptwin_connection connection;

static const struct tcptwin_anomaly_record *find(connection *c, enum tcptwin_anomaly anomaly,
                                                 unsigned endpoint)
{
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        if (c->anomalies[i].anomaly == anomaly && c->anomalies[i].endpoint == endpoint)
            return &c->anomalies[i];
    return NULL;
}

static uint64_t times(connection *c, enum tcptwin_anomaly anomaly, unsigned endpoint)
{
    const struct tcptwin_anomaly_record *record = find(c, anomaly, endpoint);
    return record ? record->count : 0;
}

static const struct tcptwin_transition *step(connection *c, unsigned endpoint,
                                             enum tcptwin_machine_event event)
{
    for (uint32_t i = 0; i < c->transition_count; i++)
        if (c->transitions[i].endpoint == endpoint && c->transitions[i].event == event)
            return &c->transitions[i];
    return NULL;
}

static bool was_open(connection *c)
{
    return c->handshake == TCPTWIN_HANDSHAKE_COMPLETE || c->handshake == TCPTWIN_HANDSHAKE_UNSEEN;
}

static bool is_open_state(unsigned state)
{
    return state == TCPTWIN_STATE_ESTABLISHED || state == TCPTWIN_STATE_CLOSE_WAIT;
}

static bool is_attempt(connection *c)
{
    return c->role_basis == TCPTWIN_ROLE_SYN;
}

/* Most of its packets have a time before their predecessor's: how long anything took, nobody can say. */
static bool has_no_clock(connection *c)
{
    return 2 * c->reordered_packets > c->endpoint[0].packets + c->endpoint[1].packets;
}

/* -- the list being filled ------------------------------------------------------------------------ */

struct chart {
    connection *c;
    struct symptom *out;
    unsigned count;
};

static struct symptom *note(struct chart *chart, enum tcptwin_finding finding, unsigned endpoint,
                            unsigned confidence)
{
    static struct symptom surplus;
    struct symptom *symptom = chart->count < SYMPTOMS_MAX ? &chart->out[chart->count++] : &surplus;
    *symptom = (struct symptom){.finding = (uint8_t)finding,
                                .endpoint = (uint8_t)endpoint,
                                .confidence = (uint8_t)confidence,
                                .first_frame = chart->c->first_frame,
                                .last_frame = chart->c->last_frame};
    return symptom;
}

static void at_frames(struct symptom *symptom, uint64_t first, uint64_t last)
{
    symptom->first_frame = first;
    symptom->last_frame = last > first ? last : first;
}

/* -- closing ---------------------------------------------------------------------------------------- */

static void close_wait_leak(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    const struct tcptwin_anomaly_record *record = find(c, TCPTWIN_ANOMALY_CLOSE_WAIT_LONG, x);
    bool known = c->endpoint[x].state_basis <= TCPTWIN_BASIS_CONFIRMED;
    if (!record || record->confidence < LEAK_SURE || !known || c->one_direction || has_no_clock(c) ||
        c->end_reason != TCPTWIN_END_EOF)
        return; /* judge.c knows when the capture ended */
    struct symptom *symptom = note(chart, TCPTWIN_FINDING_CLOSE_WAIT_LEAK, x, record->confidence);
    symptom->time_ns = state_since(c, x);
    at_frames(symptom, record->first_frame, c->last_frame);
}

static void fin_wait_2_stuck(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    if (!(c->endpoint[x].tcp_flags & TCPTWIN_FIN) || c->one_direction || has_no_clock(c))
        return; /* its end was only inferred */
    const struct tcptwin_transition *late = step(c, x, TCPTWIN_EV_VANISHED);
    const struct tcptwin_transition *given_up = step(c, x, TCPTWIN_EV_T_FIN_WAIT_2);
    bool is_late = late && late->from == TCPTWIN_STATE_FIN_WAIT_2;
    bool peer_closed = c->endpoint[!x].tcp_flags & TCPTWIN_FIN;
    if ((!is_late && !given_up) || find(c, TCPTWIN_ANOMALY_CLOSE_WAIT_LONG, !x))
        return; /* the same trouble, and whose fault it is */
    if (!is_late && (peer_closed || c->capture_gap))
        return; /* the FIN came and could not be taken */
    const struct tcptwin_transition *end = is_late ? late : given_up;
    if (end->dwell_ns < FIN_WAIT_2_NS)
        return;
    struct symptom *symptom = note(chart, TCPTWIN_FINDING_FIN_WAIT_2_STUCK, x, is_late ? 85 : 65);
    symptom->detail = is_late ? DETAIL_TOO_LATE : DETAIL_TIMED_OUT;
    symptom->time_ns = end->dwell_ns;
}

static void write_after_close(struct chart *chart, unsigned x)
{
    const struct tcptwin_anomaly_record *record =
        find(chart->c, TCPTWIN_ANOMALY_DATA_AFTER_CLOSE, x);
    if (record)
        at_frames(note(chart, TCPTWIN_FINDING_WRITE_AFTER_CLOSE, x, record->confidence),
                  record->first_frame, record->last_frame);
}

/* -- opening ---------------------------------------------------------------------------------------- */

/* Of the same kind for a filter or for a missing route, whatever ICMP calls it; but not for a port. */
static bool is_no_route(unsigned app_error)
{
    return app_error == TCPTWIN_APP_EHOSTUNREACH || app_error == TCPTWIN_APP_ENETUNREACH ||
           app_error == TCPTWIN_APP_EHOSTDOWN || app_error == TCPTWIN_APP_ENONET ||
           app_error == TCPTWIN_APP_EACCES;
}

static void attempt_failed(struct chart *chart)
{
    connection *c = chart->c;
    unsigned server = !c->client, error = c->endpoint[c->client].app_error;
    const struct tcptwin_anomaly_record *icmp = find(c, TCPTWIN_ANOMALY_ICMP_ERROR, c->client);
    struct symptom *symptom;
    if (!is_attempt(c))
        return;
    if (icmp && (is_no_route(error) || c->outcome == TCPTWIN_OUTCOME_NO_ANSWER)) {
        symptom = note(chart, TCPTWIN_FINDING_UNREACHABLE, server, 85);
        symptom->detail = is_no_route(error) ? DETAIL_NO_ROUTE : DETAIL_NONE;
        symptom->error = error;
        at_frames(symptom, icmp->first_frame, icmp->last_frame);
    } else if (c->outcome == TCPTWIN_OUTCOME_REFUSED) {
        symptom = note(chart, TCPTWIN_FINDING_REFUSED, server, 90);
        symptom->detail = icmp ? DETAIL_NONE : DETAIL_BY_RST;
    } else if (c->outcome == TCPTWIN_OUTCOME_NO_ANSWER && c->last_ts_ns - c->first_ts_ns >= SYN_AGAIN_NS &&
               find(c, TCPTWIN_ANOMALY_SYN_RETRANSMITTED, c->client)) {
        symptom = note(chart, TCPTWIN_FINDING_HOST_SILENT, server, 80); /* or the service: judge.c */
        symptom->time_ns = c->last_ts_ns - c->first_ts_ns;
    }
}

/* A SYN or the last ACK had to be sent again, and then it worked. */
static void listen_overflow(struct chart *chart)
{
    connection *c = chart->c;
    if (c->reordered_packets || (c->endpoint[c->client].tcp_flags & TCPTWIN_RST) ||
        find(c, TCPTWIN_ANOMALY_FOREIGN_SEGMENT, !c->client))
        return; /* captured twice; or an older connection stood in the way */
    if (is_attempt(c) && c->handshake == TCPTWIN_HANDSHAKE_COMPLETE &&
        (find(c, TCPTWIN_ANOMALY_SYN_RETRANSMITTED, c->client) ||
         find(c, TCPTWIN_ANOMALY_HANDSHAKE_ACK_LOST, c->client)))
        note(chart, TCPTWIN_FINDING_LISTEN_OVERFLOW, !c->client, 60);
}

static void syn_flood(struct chart *chart)
{
    connection *c = chart->c;
    if (is_attempt(c) && c->handshake == TCPTWIN_HANDSHAKE_NO_FINAL_ACK &&
        c->endpoint[c->client].packets == 1 && c->endpoint[!c->client].packets != 0 &&
        !(c->endpoint[!c->client].tcp_flags & TCPTWIN_RST))
        note(chart, TCPTWIN_FINDING_SYN_FLOOD, !c->client, 80);
}

/* -- while open --------------------------------------------------------------------------------------- */

/* What @x's peer asked again and again at the end, data, FIN or keep-alive, was never answered. A single segment
 * without answer tells nothing: the capture may end with it. */
static bool is_unanswered(connection *c, unsigned x, enum tcptwin_anomaly anomaly, bool timed_out)
{
    const struct tcptwin_anomaly_record *copies = find(c, anomaly, !x);
    uint64_t heard = c->endpoint[x].last_ts_ns;
    if (!copies || !heard || copies->count < SILENT_COPIES)
        return false;
    if (heard < copies->first_ts_ns) /* none of them */
        return copies->last_ts_ns - copies->first_ts_ns >= (copies->count > SILENT_COPIES ? HICCUP_NS : SILENT_NS);
    if (copies->last_ts_ns < heard + SILENT_NS)
        return false;
    return timed_out && (anomaly == TCPTWIN_ANOMALY_KEEP_ALIVE ||
                         copies->last_ts_ns >= heard + IDLE_CUT_NS);
}

/* @x: no longer knew the connection (a RST that is no application's has no window), or fell silent. */
static void dead_peer(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    const struct tcptwin_transition *gone = step(c, x, TCPTWIN_EV_VANISHED);
    bool spoke = c->endpoint[x].tcp_flags & TCPTWIN_ACK; /* else it may never have known it */
    bool forgot = gone && is_open_state(gone->from) && spoke && !gone->segment.window;
    bool timed_out = c->endpoint[!x].app_error == TCPTWIN_APP_ETIMEDOUT && c->endpoint[x].packets != 0;
    bool silent = !has_no_clock(c) && (is_unanswered(c, x, TCPTWIN_ANOMALY_RETRANSMISSION, timed_out) ||
                                       is_unanswered(c, x, TCPTWIN_ANOMALY_FIN_RETRANSMITTED, timed_out) ||
                                       (timed_out && is_unanswered(c, x, TCPTWIN_ANOMALY_KEEP_ALIVE, true)));
    if (c->one_direction || c->silence_ns >= STALE_NS ||
        (!forgot && (!silent || (c->endpoint[x].tcp_flags & TCPTWIN_FIN))))
        return;
    bool idle = c->silence_ns >= IDLE_CUT_NS;
    enum tcptwin_finding finding = idle     ? TCPTWIN_FINDING_IDLE_CUT
                                   : forgot ? TCPTWIN_FINDING_PEER_FORGOT
                                            : TCPTWIN_FINDING_PEER_SILENT;
    bool brief = c->last_ts_ns < c->endpoint[x].last_ts_ns + SILENT_NS;
    struct symptom *symptom = note(chart, finding, x, idle ? 70 : forgot || timed_out ? 75 : brief ? 50 : 65);
    symptom->detail = forgot ? DETAIL_BY_RST
                      : idle ? DETAIL_UNANSWERED
                             : timed_out ? DETAIL_GAVE_UP : DETAIL_NONE;
    symptom->time_ns = c->silence_ns;
    if (forgot)
        at_frames(symptom, gone->segment.frame, gone->segment.frame);
}

static void rst_forged(struct chart *chart, unsigned x)
{
    const struct tcptwin_anomaly_record *record = find(chart->c, TCPTWIN_ANOMALY_RST_INJECTED, x);
    if (record && chart->c->outcome != TCPTWIN_OUTCOME_CLOSED_FIN) /* or it came too late to matter */
        at_frames(note(chart, TCPTWIN_FINDING_RST_FORGED, x, record->confidence), record->first_frame,
                  record->last_frame);
}

static void rst_unread(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    const struct tcptwin_endpoint *e = &c->endpoint[x], *peer = &c->endpoint[!x];
    const struct tcptwin_transition *reset = e->tcp_flags & TCPTWIN_RST ? step(c, x, TCPTWIN_EV_SND_RST) : NULL;
    if (!reset || !is_open_state(reset->from) || e->app_error == TCPTWIN_APP_ETIMEDOUT)
        return;
    const struct tcptwin_anomaly_record *closed = find(c, TCPTWIN_ANOMALY_ZERO_WINDOW, x);
    bool full = closed && peer->payload_bytes != 0 &&
                reset->segment.ts_ns < closed->last_ts_ns + FULL_NS;
    bool mute = c->handshake == TCPTWIN_HANDSHAKE_COMPLETE && e->payload_bytes == 0 &&
                peer->payload_bytes != 0 && !c->capture_gap;
    if (!full && !mute)
        return;
    struct symptom *symptom = note(chart, TCPTWIN_FINDING_RST_UNREAD, x, full ? 80 : 55);
    symptom->detail = full ? DETAIL_WINDOW_CLOSED : DETAIL_NEVER_SENT;
    at_frames(symptom, reset->segment.frame, reset->segment.frame);
}

static void slow_reader(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    const struct tcptwin_anomaly_record *closed = find(c, TCPTWIN_ANOMALY_ZERO_WINDOW, x);
    const struct tcptwin_anomaly_record *probe =
        closed ? find(c, TCPTWIN_ANOMALY_ZERO_WINDOW_PROBE, !x) : NULL;
    if (!probe || probe->last_ts_ns < closed->first_ts_ns + STALL_NS)
        return;
    struct symptom *symptom = note(chart, TCPTWIN_FINDING_SLOW_READER, x, 85);
    symptom->count = c->endpoint[x].zero_windows;
    symptom->time_ns = probe->last_ts_ns - closed->first_ts_ns;
    at_frames(symptom, closed->first_frame,
              closed->last_frame > probe->last_frame ? closed->last_frame : probe->last_frame);
}

static bool is_lossy(uint64_t lost, uint64_t packets)
{
    return lost >= LOSS_SEGMENTS && lost * 100 >= packets * LOSS_PERCENT;
}

/* Somebody was there after the first copy, so that it was a loss and not the end. */
static bool was_repaired(connection *c, unsigned x)
{
    const struct tcptwin_anomaly_record *data = find(c, TCPTWIN_ANOMALY_RETRANSMISSION, x);
    const struct tcptwin_anomaly_record *fin = find(c, TCPTWIN_ANOMALY_FIN_RETRANSMITTED, x);
    const struct tcptwin_anomaly_record *first = data ? data : fin;
    return !first || c->endpoint[!x].last_ts_ns > first->first_ts_ns;
}

/* Not what nobody was there to answer: SYNs, and the last words to a dead peer. */
static void losses(struct chart *chart, unsigned x)
{
    connection *c = chart->c;
    const struct tcptwin_endpoint *e = &c->endpoint[x];
    if (e->lost_before_tap < LOSS_SEGMENTS && e->lost_after_tap < LOSS_SEGMENTS)
        return;
    uint64_t opening = times(c, TCPTWIN_ANOMALY_SYN_RETRANSMITTED, x) +
                       times(c, TCPTWIN_ANOMALY_SYN_ACK_RETRANSMITTED, x);
    uint64_t behind = e->lost_after_tap > opening ? e->lost_after_tap - opening : 0;
    struct symptom *symptom;
    if (c->outcome == TCPTWIN_OUTCOME_TIMED_OUT || c->outcome == TCPTWIN_OUTCOME_STRAY ||
        c->one_direction || c->reordered_packets || e->app_error == TCPTWIN_APP_ETIMEDOUT ||
        c->endpoint[!x].app_error == TCPTWIN_APP_ETIMEDOUT || !was_repaired(c, x))
        return;
    if (is_lossy(e->lost_before_tap, e->packets)) {
        symptom = note(chart, TCPTWIN_FINDING_LOSS_BEFORE_TAP, x, 85);
        symptom->count = e->lost_before_tap;
        symptom->of = e->packets;
    }
    if (is_lossy(behind, e->packets)) {
        symptom = note(chart, TCPTWIN_FINDING_LOSS_BEHIND_TAP, x, 75);
        symptom->count = behind;
        symptom->of = e->packets;
    }
}

static void ports_exhausted(struct chart *chart)
{
    connection *c = chart->c;
    const struct tcptwin_anomaly_record *reuse = find(c, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, c->client);
    if (reuse)
        at_frames(note(chart, TCPTWIN_FINDING_PORTS_EXHAUSTED, c->client, 65), reuse->first_frame,
                  reuse->last_frame);
}

/* What never opened has none of these but a forged RST: of a flood there are many. */
static void while_open(struct chart *chart, unsigned x)
{
    rst_forged(chart, x);
    if (!was_open(chart->c))
        return;
    close_wait_leak(chart, x);
    fin_wait_2_stuck(chart, x);
    write_after_close(chart, x);
    dead_peer(chart, x);
    rst_unread(chart, x);
    slow_reader(chart, x);
    losses(chart, x);
}

unsigned symptoms_of(connection *c, struct symptom out[static SYMPTOMS_MAX])
{
    struct chart chart = {c, out, 0};
    for (unsigned x = 0; x < 2; x++)
        while_open(&chart, x);
    attempt_failed(&chart);
    listen_overflow(&chart);
    syn_flood(&chart);
    ports_exhausted(&chart);
    return chart.count;
}

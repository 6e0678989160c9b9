/* conclude.c - from the two twins' steps to everything that is said of a connection
 *
 *     journal -> trace -> two twins -> transitions in order of time
 *                                   -> roles, handshake, outcome, who closed and who reset
 *                                   -> what each application was told
 *                                   -> anomalies that only the whole shows (conclude_anomalies.c)
 *
 * Everything here is a pure function of the connection and its surroundings.
 */
#include "conclude.h"
#include "conclude_anomalies.h"
#include "trace_make.h"
#include "twin_steps.h"
#include "seq.h"

#include <string.h>

static bool was_open(const struct twin *twin)
{
    return reached(twin, TCPTWIN_STATE_ESTABLISHED) || reached(twin, TCPTWIN_STATE_FIN_WAIT_1) ||
           reached(twin, TCPTWIN_STATE_CLOSE_WAIT);
}

/* -- roles -------------------------------------------------------------------------------------------- */

static void find_roles(struct tcptwin_connection *out, const struct conn *conn)
{
    const struct side *side = conn->side;
    if (conn->has_first_syn) {
        out->client = conn->first_syn_dir;
        out->role_basis = TCPTWIN_ROLE_SYN;
    } else if (side[0].syn_ack_seen != side[1].syn_ack_seen) {
        out->client = side[0].syn_ack_seen;
        out->role_basis = TCPTWIN_ROLE_SYN_ACK;
    } else if (conn->port[0] != conn->port[1] && (conn->port[0] < 1024 || conn->port[1] < 1024)) {
        out->client = conn->port[0] < conn->port[1];
        out->role_basis = TCPTWIN_ROLE_PORT;
    } else {
        out->client = conn->first_sender;
        out->role_basis = TCPTWIN_ROLE_FIRST_PACKET;
    }
}

static enum tcptwin_party party_of(const struct tcptwin_connection *out, unsigned endpoint)
{
    return endpoint == out->client ? TCPTWIN_PARTY_CLIENT : TCPTWIN_PARTY_SERVER;
}

/* -- verdicts ------------------------------------------------------------------------------------------- */

static enum tcptwin_handshake handshake_of(const struct conclusion *c, const struct conn *conn)
{
    const struct twin *client = &c->twins[c->connection.client];
    const struct twin *server = c->trace.own_peer ? client : &c->twins[!c->connection.client];
    if (!conn->has_first_syn && !conn->side[0].syn_ack_seen && !conn->side[1].syn_ack_seen)
        return TCPTWIN_HANDSHAKE_UNSEEN;
    if (was_open(client) && was_open(server))
        return TCPTWIN_HANDSHAKE_COMPLETE;
    if (!was_open(client) && !reached(server, TCPTWIN_STATE_SYN_RECEIVED))
        return step_by(client, TCPTWIN_EV_RCV_RST) || step_by(client, TCPTWIN_EV_RCV_ICMP)
                   ? TCPTWIN_HANDSHAKE_REFUSED
                   : TCPTWIN_HANDSHAKE_NO_REPLY;
    return TCPTWIN_HANDSHAKE_NO_FINAL_ACK;
}

/* The step by which a RST ended this side while it was open; NULL if none did. */
static const struct tcptwin_transition *reset_step(const struct twin *twin)
{
    static const uint32_t by_rst = 1u << TCPTWIN_EV_SND_RST | 1u << TCPTWIN_EV_RCV_RST |
                                   1u << TCPTWIN_EV_RCV_RST_PASSIVE | 1u << TCPTWIN_EV_VANISHED;
    for (unsigned i = 0; (twin->events & by_rst) && i < twin->step_count; i++)
        if ((by_rst >> twin->steps[i].event & 1) &&
            twin->steps[i].from != TCPTWIN_STATE_TIME_WAIT)
            return &twin->steps[i];
    return NULL;
}

static bool closed_in_order(const struct conclusion *c, unsigned x)
{
    const struct twin *twin = &c->twins[x];
    return c->trace.fin_known[x] && !reset_step(twin) &&
           (is_ended(twin->state) || twin->state == TCPTWIN_STATE_LAST_ACK ||
            twin->state == TCPTWIN_STATE_CLOSING);
}

static enum tcptwin_outcome outcome_before_open(const struct conclusion *c)
{
    const struct twin *client = &c->twins[c->connection.client];
    const struct twin *server = &c->twins[!c->connection.client];
    switch ((enum tcptwin_handshake)c->connection.handshake) {
    case TCPTWIN_HANDSHAKE_REFUSED:
        return TCPTWIN_OUTCOME_REFUSED;
    case TCPTWIN_HANDSHAKE_NO_REPLY:
        return reset_step(client) ? TCPTWIN_OUTCOME_ABORTED_HANDSHAKE : TCPTWIN_OUTCOME_NO_ANSWER;
    default:
        return reset_step(client) || reset_step(server) ? TCPTWIN_OUTCOME_ABORTED_HANDSHAKE
                                                        : TCPTWIN_OUTCOME_HALF_OPEN;
    }
}

/* RSTs and nothing else, and none that a socket must have sent (with timestamps). */
static bool is_lone_reset(const struct trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++)
        if (!(trace->records[i].flags & TCPTWIN_RST) || (trace->records[i].marks & MARK_TIMESTAMPS))
            return false;
    return true;
}

/* Of one side alone something was captured, and it is closed. */
static bool is_alone_and_ended(const struct conclusion *c, const struct conn *conn)
{
    return c->connection.one_direction && is_ended(c->twins[conn->side[1].packets != 0].state);
}

static enum tcptwin_outcome outcome_of(const struct conclusion *c, const struct conn *conn)
{
    const struct twin *a = &c->twins[0], *b = &c->twins[1];
    bool reset = reset_step(a) || reset_step(b);
    if (conclusion_is_backscatter(c, conn) || is_lone_reset(&c->trace))
        return TCPTWIN_OUTCOME_STRAY;
    if (!a->step_count && !b->step_count && c->connection.handshake == TCPTWIN_HANDSHAKE_UNSEEN)
        return TCPTWIN_OUTCOME_STRAY;
    if (c->connection.handshake != TCPTWIN_HANDSHAKE_UNSEEN &&
        c->connection.handshake != TCPTWIN_HANDSHAKE_COMPLETE)
        return outcome_before_open(c);
    if (step_by(a, TCPTWIN_EV_T_USER) || step_by(b, TCPTWIN_EV_T_USER))
        return TCPTWIN_OUTCOME_TIMED_OUT;
    if ((closed_in_order(c, 0) || c->trace.closed_before[0]) &&
        (closed_in_order(c, 1) || c->trace.closed_before[1] || c->trace.own_peer) && !reset)
        return TCPTWIN_OUTCOME_CLOSED_FIN;
    if (reset)
        return is_ended(a->state) == is_ended(b->state) || is_alone_and_ended(c, conn) || c->trace.own_peer
                   ? TCPTWIN_OUTCOME_CLOSED_RST
                   : TCPTWIN_OUTCOME_HALF_OPEN;
    if (c->trace.fin_known[0] || c->trace.fin_known[1] || reached(a, TCPTWIN_STATE_CLOSE_WAIT) ||
        reached(b, TCPTWIN_STATE_CLOSE_WAIT))
        return TCPTWIN_OUTCOME_HALF_CLOSED;
    return c->connection.handshake == TCPTWIN_HANDSHAKE_UNSEEN ? TCPTWIN_OUTCOME_MIDSTREAM
                                                               : TCPTWIN_OUTCOME_OPEN;
}

static const struct tcptwin_transition *step_by_received_rst(const struct twin *twin)
{
    return earlier(step_by(twin, TCPTWIN_EV_RCV_RST), step_by(twin, TCPTWIN_EV_RCV_RST_PASSIVE));
}

/* A RST that ended one side, of a sender that made no step by it: it had no socket, or it was forged.
 * If a RST ended each side, the first. */
static enum tcptwin_party sender_of_received_rst(const struct conclusion *c)
{
    const struct tcptwin_transition *step = earlier(step_by_received_rst(&c->twins[0]),
                                                    step_by_received_rst(&c->twins[1]));
    if (!step)
        return TCPTWIN_PARTY_NONE;
    unsigned sender = !step->endpoint;
    for (unsigned i = 0; i < c->trace.count; i++)
        if ((c->trace.records[i].flags & TCPTWIN_RST) && trace_is_send(&c->trace, i, sender))
            return party_of(&c->connection, sender);
    return TCPTWIN_PARTY_UNKNOWN; /* it went on: forged */
}

/* Who took the step first; both if neither had the other's by then. */
static void find_closers(struct conclusion *c)
{
    struct tcptwin_connection *out = &c->connection;
    const struct tcptwin_transition *reset[2] = {reset_step(&c->twins[0]), reset_step(&c->twins[1])};
    bool first[2];
    for (unsigned x = 0; x < 2; x++) {
        first[x] = (reached(&c->twins[x], TCPTWIN_STATE_FIN_WAIT_1) || c->trace.closed_before[x]) &&
                   !c->trace.closed_before[!x];
        if (reset[x] && reset[x]->event != TCPTWIN_EV_SND_RST &&
            reset[x]->event != TCPTWIN_EV_VANISHED)
            reset[x] = NULL;
    }
    out->closed_by = out->reset_by = TCPTWIN_PARTY_NONE;
    if (first[0] && first[1])
        out->closed_by = TCPTWIN_PARTY_BOTH;
    else if (first[0] || first[1])
        out->closed_by = (uint8_t)party_of(out, first[1]);
    out->first_fin_by = out->closed_by;
    const struct tcptwin_transition *reset_first = earlier(reset[0], reset[1]);
    out->reset_by = (uint8_t)(reset_first ? party_of(out, reset_first->endpoint) : sender_of_received_rst(c));
}

/* States in which the application has not closed: it is there to be told. */
static bool holds_socket(enum tcptwin_state state)
{
    return state == TCPTWIN_STATE_SYN_SENT || state == TCPTWIN_STATE_ESTABLISHED ||
           state == TCPTWIN_STATE_CLOSE_WAIT;
}

/* Who gives up after ICMP errors names the last of them. */
static enum tcptwin_app_error error_of_silence(const struct twin *twin, const struct tcptwin_transition *step)
{
    if (!holds_socket(step->from))
        return TCPTWIN_APP_NONE;
    return twin->soft_icmp != TCPTWIN_APP_NONE ? (enum tcptwin_app_error)twin->soft_icmp : TCPTWIN_APP_ETIMEDOUT;
}

/* A RST ends x: whoever has closed is told nothing, who has only shut down his side is. A socket that is gone, and
 * most that had closed, answer by a RST without an ACK; one with an ACK is sent by who still had the socket. */
static enum tcptwin_app_error error_of_reset(const struct tcptwin_transition *step)
{
    switch ((enum tcptwin_state)step->from) {
    case TCPTWIN_STATE_SYN_SENT:
        return TCPTWIN_APP_ECONNREFUSED;
    case TCPTWIN_STATE_TIME_WAIT:
    case TCPTWIN_STATE_LAST_ACK:
        return TCPTWIN_APP_NONE; /* most applications have let go of the socket by then */
    case TCPTWIN_STATE_CLOSING:
    case TCPTWIN_STATE_FIN_WAIT_1: /* without: the answer to its FIN, and nobody is left to read from */
        return step->segment.flags & TCPTWIN_ACK ? TCPTWIN_APP_ECONNRESET : TCPTWIN_APP_NONE;
    case TCPTWIN_STATE_CLOSE_WAIT:
        return TCPTWIN_APP_EPIPE;
    default:
        return TCPTWIN_APP_ECONNRESET;
    }
}

/* Linux tcp_reset, tcp_write_err, tcp_v4_err: the error follows from the state and the event. */
static enum tcptwin_app_error error_of_step(const struct conclusion *c, const struct twin *twin,
                                            const struct tcptwin_transition *step)
{
    switch (step->event) {
    case TCPTWIN_EV_RCV_ICMP:
        return (enum tcptwin_app_error)twin->icmp;
    case TCPTWIN_EV_RCV_RST:
        return error_of_reset(step);
    case TCPTWIN_EV_RCV_RST_PASSIVE: /* by fast open there is a socket to be accepted, before the handshake is over */
        return c->trace.fast_open ? TCPTWIN_APP_ECONNRESET : TCPTWIN_APP_NONE;
    case TCPTWIN_EV_T_USER:
        return error_of_silence(twin, step);
    case TCPTWIN_EV_SND_RST:
    case TCPTWIN_EV_VANISHED:
        return twin->timed_out ? error_of_silence(twin, step) : TCPTWIN_APP_NONE;
    case TCPTWIN_EV_RCV_FIN:
        return TCPTWIN_APP_EOF;
    default:
        return TCPTWIN_APP_NONE;
    }
}

/* Who had closed may have let go of its socket; and that its own RST, or its going, was a time-out is inferred. */
static enum tcptwin_basis basis_of_error(const struct tcptwin_transition *step)
{
    bool inferred = step->event == TCPTWIN_EV_SND_RST || step->event == TCPTWIN_EV_VANISHED;
    return inferred || !holds_socket(step->from) ? TCPTWIN_BASIS_ASSUMED : step->basis;
}

/* -- endpoints ---------------------------------------------------------------------------------------------- */

static void fill_counters(struct tcptwin_endpoint *out, const struct side *side,
                          const struct side_rest *rest)
{
    out->tcp_flags = side->tcp_flags;
    out->wscale = side->wscale;
    out->sack_permitted = side->sack_permitted;
    out->timestamps = side->timestamps_offered;
    out->mss = side->mss;
    out->syn_seen = side->isn_known;
    out->isn = side->isn;
    out->packets = side->packets;
    out->bytes = side->bytes;
    out->payload_bytes = side->payload_bytes;
    out->retrans_packets = rest->retrans_packets;
    out->lost_before_tap = rest->lost_before;
    out->lost_after_tap = rest->lost_after;
    out->retrans_bytes = rest->retrans_bytes;
    out->out_of_order = rest->out_of_order;
    out->dup_acks = rest->dup_acks;
    out->zero_windows = rest->zero_windows;
    out->keepalives = rest->keepalives;
    out->gap_bytes = rest->gap_bytes;
    out->truncated = rest->truncated;
    out->duplicates = rest->duplicates;
    out->offload = rest->oversize || (rest->bad_checksums && rest->bad_checksums >= side->good_checksums);
    out->bad_checksums = rest->bad_checksums;
}

static void fill_states(struct conclusion *c, unsigned x)
{
    struct tcptwin_endpoint *out = &c->connection.endpoint[x];
    const struct twin *twin = &c->twins[x];
    uint64_t last_ts_ns = c->connection.last_ts_ns;
    out->state = twin->state;
    out->state_basis = TCPTWIN_BASIS_ASSUMED;
    out->timer_due_ns = twin->timer_due_ns;
    for (unsigned i = 0; i < twin->step_count; i++) {
        const struct tcptwin_transition *step = &twin->steps[i];
        enum tcptwin_app_error error = error_of_step(c, twin, step);
        out->dwell_ns[step->from] += step->dwell_ns;
        if (error != TCPTWIN_APP_NONE) {
            out->app_error = (uint8_t)error;
            out->app_error_basis = (uint8_t)basis_of_error(step);
            out->app_error_ts_ns = step->endpoint_ts_ns;
        }
    }
    if (!twin->step_count)
        return;
    const struct tcptwin_transition *last = &twin->steps[twin->step_count - 1];
    out->state_basis = last->basis;
    out->state_since_ns = last->ts_ns;
    if (last_ts_ns > last->endpoint_ts_ns)
        out->dwell_ns[twin->state] += last_ts_ns - last->endpoint_ts_ns;
}

/* Whether the segment that tells of the step was never captured: its frame is that of another, of the
 * other side, which reveals it. */
static bool is_revealed(const struct trace *trace, const struct tcptwin_transition *step)
{
    for (unsigned i = 0; i < trace->count; i++)
        if (trace->records[i].frame == step->segment.frame &&
            trace->records[i].dir == step->segment.sender)
            return trace->synthetic[i] && !trace_lost(trace, i);
    return false;
}

/* At the same time: the one that was told first. By one frame: what it reveals, then itself; and the
 * sender's step before the receiver's. */
static bool comes_first(const struct trace *trace, const struct tcptwin_transition *step,
                        const struct tcptwin_transition *other)
{
    if (step->endpoint_ts_ns != other->endpoint_ts_ns)
        return step->endpoint_ts_ns < other->endpoint_ts_ns;
    if (step->segment.frame != other->segment.frame)
        return step->segment.frame < other->segment.frame;
    if (step->segment.sender != other->segment.sender)
        return is_revealed(trace, step);
    return step->segment.sender == step->endpoint;
}

/* Both twins' steps in order of time; each twin's own order is kept. */
static void merge_transitions(struct conclusion *c)
{
    const struct tcptwin_transition *a = c->twins[0].steps, *a_end = a + c->twins[0].step_count;
    const struct tcptwin_transition *b = c->twins[1].steps, *b_end = b + c->twins[1].step_count;
    struct tcptwin_transition *out = c->transitions;
    while (a < a_end && b < b_end)
        *out++ = comes_first(&c->trace, a, b) ? *a++ : *b++;
    while (a < a_end)
        *out++ = *a++;
    while (b < b_end)
        *out++ = *b++;
    c->connection.transitions = c->transitions;
    c->connection.transition_count = (uint32_t)(out - c->transitions);
}

/* -- the whole ---------------------------------------------------------------------------------------------------- */

/* At the tap, where nothing of it was repeated. */
static void time_handshake(struct tcptwin_connection *out, const struct trace *trace)
{
    unsigned server = !out->client;
    const struct record *syn = NULL, *syn_ack = NULL, *ack = NULL;
    unsigned syns = 0, syn_acks = 0;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        unsigned kind = record->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST);
        if (trace->synthetic[i] || trace->denied[i])
            continue;
        if (record->dir == out->client && kind == TCPTWIN_SYN)
            syns++, syn = record;
        else if (record->dir == server && kind == (TCPTWIN_SYN | TCPTWIN_ACK))
            syn_acks++, syn_ack = syn_ack ? syn_ack : record;
        else if (record->dir == out->client && kind == TCPTWIN_ACK && syn_ack && !ack)
            ack = record;
    }
    if (syns == 1 && syn_acks == 1 && syn_ack->ts_ns >= syn->ts_ns)
        out->syn_to_synack_ns = syn_ack->ts_ns - syn->ts_ns;
    if (syn_acks == 1 && ack && ack->ts_ns >= syn_ack->ts_ns)
        out->synack_to_ack_ns = ack->ts_ns - syn_ack->ts_ns;
}

static void fill_timing(struct tcptwin_connection *out, const struct conn *conn,
                        const struct trace *trace)
{
    const struct record *first = trace->records;
    if (trace->orderly && first->dir == out->client) {
        out->syn_to_synack_ns = first[1].ts_ns - first[0].ts_ns;
        out->synack_to_ack_ns = first[2].ts_ns - first[1].ts_ns;
    } else {
        time_handshake(out, trace);
    }
    if (conn->first_data_ts_ns > conn->first_ts_ns)
        out->first_data_ns = conn->first_data_ts_ns - conn->first_ts_ns;
    if (conn->first_response_ts_ns > conn->first_ts_ns)
        out->first_response_ns = conn->first_response_ts_ns - conn->first_ts_ns;
    out->rtt_min_ns = conn->rtt_min_us * UINT64_C(1000);
    out->rtt_max_ns = conn->rtt_max_us * UINT64_C(1000);
    out->rtt_sum_ns = conn->rtt_sum_us * 1000;
    out->rtt_p50_ns = median_of(&conn->rtt_median, conn->rtt_samples) * UINT64_C(1000);
    out->rtt_samples = conn->rtt_samples;
}

/* The segment that went unanswered, or was answered by a RST at @end, may have been sent several times; of
 * more copies than are kept, at growing intervals, the first left no earlier than one interval before. */
static uint64_t silence_before(const struct trace *trace, unsigned asker, unsigned end)
{
    unsigned i = end, copies = 0;
    uint32_t asked = 0;
    uint64_t first_ns = 0, second_ns = 0;
    while (i-- > 0) {
        const struct record *record = &trace->records[i];
        if (!trace_is_send(trace, i, asker) || trace->synthetic[i]) {
            if (trace_is_send(trace, i, !asker) && !(record->flags & TCPTWIN_RST))
                break;
            continue;
        }
        if (record->flags & TCPTWIN_RST)
            continue;
        if (copies && record_end(record) != asked)
            break;
        asked = record_end(record);
        second_ns = first_ns;
        first_ns = record->ts_ns;
        copies++;
    }
    uint64_t early_ns = copies >= JOURNAL_TAIL ? second_ns - first_ns : 0;
    if (!copies || i >= trace->count || first_ns < trace->records[i].ts_ns + early_ns)
        return 0;
    return first_ns - early_ns - trace->records[i].ts_ns;
}

static bool ended_by_silence(const struct twin *twin)
{
    return (twin->events & (1u << TCPTWIN_EV_VANISHED | 1u << TCPTWIN_EV_T_USER)) || twin->timed_out;
}

static uint64_t silence_of(const struct conclusion *c)
{
    const struct trace *trace = &c->trace;
    for (unsigned x = 0; x < 2; x++) {
        const struct twin *twin = &c->twins[x];
        unsigned end = trace->count;
        if (!ended_by_silence(twin))
            continue;
        const struct tcptwin_transition *gone = step_by(twin, TCPTWIN_EV_VANISHED);
        while (gone && end-- > 0)
            if (trace->records[end].frame == gone->segment.frame)
                return silence_before(trace, !x, end);
        return silence_before(trace, x, trace->count);
    }
    return 0;
}

/* Letters are upper case for side 0 while they are collected, and for the client when told. */
static void fill_history(struct tcptwin_connection *out, const struct conn *conn)
{
    for (unsigned i = 0; i < conn->history_length; i++)
        out->zeek_history[i] = (char)(out->client ? conn->history[i] ^ 0x20 : conn->history[i]);
}

static unsigned confidence_of(const struct tcptwin_connection *out, const struct conn *conn)
{
    int confidence = CONFIDENCE_MAX;
    confidence -= out->midstream ? 30 : 0;
    confidence -= out->one_direction ? 30 : 0;
    confidence -= out->capture_gap ? 15 : 0;
    confidence -= conn->journal.dropped ? 10 : 0;
    confidence -= !conn->has_first_syn && !out->midstream ? 10 : 0; /* it began before the capture */
    for (unsigned x = 0; x < 2; x++)
        confidence -= out->endpoint[x].state_basis == TCPTWIN_BASIS_ASSUMED ? CONFIDENCE_ASSUMED : 0;
    return confidence < 10 ? 10u : (unsigned)confidence;
}

void conclusion_fill_identity(struct tcptwin_connection *out, const struct conn *conn)
{
    memset(out, 0, sizeof *out);
    for (unsigned x = 0; x < 2; x++) {
        out->endpoint[x].address = conn->address[x];
        out->endpoint[x].port = conn->port[x];
        fill_counters(&out->endpoint[x], &conn->side[x], conn_rest(conn, x));
        const struct record *last = journal_latest(&conn->journal, x);
        out->endpoint[x].last_ts_ns = last ? last->ts_ns : 0;
    }
    find_roles(out, conn);
    out->stream = conn->stream;
    out->incarnation = conn->incarnation;
    out->scope = conn->scope;
    out->vlan_id = conn->vlan_id;
    out->ip_version = conn->ip_version;
    out->first_ts_ns = conn->first_ts_ns;
    out->reused_ts_ns = conn->reused ? conn->reused_ts_ns : 0;
    out->last_ts_ns = conn->last_ts_ns;
    out->first_frame = conn->first_frame;
    out->last_frame = conn->last_frame;
    out->reordered_packets = conn->reordered;
    out->wireshark_completeness = conn->completeness;
    out->evidence_dropped = conn->journal.dropped;
    out->began = conn->began_by_syn ? conn->began : conn->first_ts_ns;
    fill_history(out, conn);
}

void conclude(struct conclusion *c, const struct conn *conn, const struct surroundings *surroundings)
{
    struct tcptwin_connection *out = &c->connection;
    trace_make(&c->trace, conn, surroundings->hosts, surroundings->end_ts_ns);
    conclusion_fill_identity(out, conn);
    out->origin_ns = surroundings->origin_ns;
    for (unsigned x = 0; x < 2; x++) {
        twin_run(&c->twins[x], &c->trace, x);
        if (conn->reused)
            twin_reused(&c->twins[x], &c->trace, x, conn);
        twin_timers(&c->twins[x], &c->trace, x, &surroundings->timers);
        fill_states(c, x);
    }
    merge_transitions(c);
    out->evidence_dropped += c->twins[0].steps_lost + c->twins[1].steps_lost;
    out->midstream = c->trace.midstream;
    out->one_direction = (!conn->side[0].packets || !conn->side[1].packets) && !c->trace.own_peer;
    out->capture_gap = conn_rest(conn, 0)->gap_bytes || conn_rest(conn, 1)->gap_bytes;
    out->final = surroundings->final;
    out->syn_isn_validated = conn->side[out->client].isn_known &&
                             conn->side[!out->client].ack_known;
    out->ack_isn_validated = conn->side[!out->client].isn_known && was_open(&c->twins[!out->client]);
    out->handshake = (uint8_t)handshake_of(c, conn);
    if (out->handshake == TCPTWIN_HANDSHAKE_NO_REPLY || out->handshake == TCPTWIN_HANDSHAKE_REFUSED)
        out->one_direction = false; /* nobody to hear */
    out->outcome = (uint8_t)outcome_of(c, conn);
    find_closers(c);
    out->end_reason = (uint8_t)surroundings->end_reason;
    if (out->end_reason == TCPTWIN_END_EOF && is_ended(c->twins[out->client].state) &&
        (is_ended(c->twins[!out->client].state) || out->outcome == TCPTWIN_OUTCOME_REFUSED))
        out->end_reason = TCPTWIN_END_DETECTED;
    fill_timing(out, conn, &c->trace);
    if (ended_by_silence(&c->twins[0]) || ended_by_silence(&c->twins[1]))
        out->silence_ns = silence_of(c);
    out->confidence = (uint8_t)confidence_of(out, conn);
    conclusion_collect_anomalies(c, conn, surroundings->end_ts_ns);
}

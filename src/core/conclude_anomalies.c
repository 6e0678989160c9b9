/* conclude_anomalies.c - see conclude_anomalies.h
 *
 * Segments tell some anomalies by themselves (segment_anomalies.c); here are those that need both twins,
 * the trace and the outcome: what was forged, the fate of RSTs, states that last too long, and what is
 * odd about both sides together. One kind on one endpoint is one record, however often it is told.
 */
#include "conclude_anomalies.h"
#include "twin_steps.h"

/* Return: its record. */
static struct tcptwin_anomaly_record *add_anomaly(struct conclusion *c, enum tcptwin_anomaly anomaly,
                                                  unsigned endpoint, unsigned confidence, uint32_t count,
                                                  uint64_t frame, uint64_t ts_ns)
{
    struct tcptwin_connection *out = &c->connection;
    for (uint32_t i = 0; i < out->anomaly_count; i++)
        if (c->anomalies[i].anomaly == anomaly && c->anomalies[i].endpoint == endpoint) {
            c->anomalies[i].count += count;
            anomaly_seen_at(&c->anomalies[i], frame, ts_ns);
            return &c->anomalies[i];
        }
    struct tcptwin_anomaly_record *said = &c->anomalies[out->anomaly_count++];
    *said = (struct tcptwin_anomaly_record){
        .anomaly = (uint8_t)anomaly, .endpoint = (uint8_t)endpoint,
        .confidence = (uint8_t)confidence, .count = count, .first_frame = frame,
        .last_frame = frame, .first_ts_ns = ts_ns, .last_ts_ns = ts_ns};
    return said;
}

static void anomaly_at_step(struct conclusion *c, enum tcptwin_anomaly anomaly, unsigned endpoint,
                            unsigned confidence, const struct tcptwin_transition *step)
{
    if (step)
        add_anomaly(c, anomaly, endpoint, confidence, 1, step->segment.frame, step->ts_ns);
}

bool conclusion_is_backscatter(const struct conclusion *c, const struct conn *conn)
{
    const struct side *client = &conn->side[c->connection.client];
    return !c->twins[c->connection.client].step_count && !client->syn_seen && client->rst_seen &&
           !conn->has_first_syn;
}

/* What was forged in side @x's name, as its other segments show; facts.c saw what shows at once. */
static void forged_anomalies(struct conclusion *c, const struct conn *conn, unsigned x)
{
    struct tcptwin_connection *out = &c->connection;
    const struct twin *peer = &c->twins[!x];
    bool fin = false;
    for (unsigned i = 0; c->trace.any_denied && i < c->trace.count; i++) {
        const struct record *record = &c->trace.records[i];
        bool rst = record->flags & TCPTWIN_RST;
        if (record->dir != x || !c->trace.denied[i] ||
            (record->marks & (MARK_FOREIGN | MARK_ODD_FLAGS | MARK_ICMP | MARK_BAD_CHECKSUM)))
            continue;
        fin |= (record->flags & TCPTWIN_FIN) != 0;
        if (c->trace.refused[i] == REFUSED_OLDER) { /* what it answers is odd */
            add_anomaly(c, TCPTWIN_ANOMALY_SYN_INSIDE, !x, 90, 1, record->frame, record->ts_ns);
            continue;
        }
        if (c->trace.injected[i]) {
            add_anomaly(c, TCPTWIN_ANOMALY_RST_INJECTED, x, 70, 1, record->frame, record->ts_ns);
            continue;
        }
        if (c->trace.refused[i] == REFUSED_ACK || /* told as ack_of_unsent */
            (rst && (!peer->rst_count[RST_ACCEPTED] || peer->rst_record[RST_ACCEPTED] != i)))
            continue;
        add_anomaly(c, TCPTWIN_ANOMALY_FOREIGN_SEGMENT, x, 80, 1, record->frame, record->ts_ns);
    }
    bool other = !c->trace.fin_known[x] || c->trace.fin_seq[x] != conn->side[x].fin_seq;
    for (uint32_t i = 0; fin && other && i < out->anomaly_count;) { /* measured by the forged one */
        const struct tcptwin_anomaly_record *said = &c->anomalies[i];
        if (said->endpoint == x && (said->anomaly == TCPTWIN_ANOMALY_DATA_AFTER_FIN ||
                                    said->anomaly == TCPTWIN_ANOMALY_FIN_RETRANSMITTED ||
                                    said->anomaly == TCPTWIN_ANOMALY_FIN_MOVED))
            c->anomalies[i] = c->anomalies[--out->anomaly_count];
        else
            i++;
    }
}

/* Whatever became of the RST: who sent one sends no data, unless it opened anew. */
static void data_after_rst(struct conclusion *c, unsigned x)
{
    const struct trace *trace = &c->trace;
    const struct record *rst = NULL;
    for (unsigned i = 0; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        if (record->dir != x || trace->synthetic[i] ||
            (record->marks & (MARK_ICMP | MARK_FOREIGN | MARK_ODD_FLAGS | MARK_BAD_CHECKSUM)))
            continue;
        if (record->flags & (TCPTWIN_RST | TCPTWIN_SYN))
            rst = record->flags & TCPTWIN_RST ? record : NULL;
        else if (rst && record->len && record->ts_ns > rst->ts_ns + AT_ONCE_NS)
            add_anomaly(c, TCPTWIN_ANOMALY_DATA_AFTER_RST, x, 80, 1, record->frame, record->ts_ns);
    }
}

static void rst_anomalies(struct conclusion *c, unsigned x)
{
    static const struct {
        uint8_t fate, anomaly, confidence;
    } table[] = {{RST_CHALLENGED, TCPTWIN_ANOMALY_RST_CHALLENGED, 80},
                 {RST_OUTSIDE, TCPTWIN_ANOMALY_RST_OUT_OF_WINDOW, 80},
                 {RST_STALE, TCPTWIN_ANOMALY_RST_BAD_TIMESTAMP, 90},
                 {RST_REFUTED, TCPTWIN_ANOMALY_RST_REFUTED, 90}};
    const struct twin *twin = &c->twins[x];
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        unsigned fate = table[i].fate;
        if (!twin->rst_count[fate])
            continue;
        const struct record *first = &c->trace.records[twin->rst_record[fate]];
        const struct record *last = &c->trace.records[twin->rst_last[fate]];
        struct tcptwin_anomaly_record *said = add_anomaly(c, table[i].anomaly, !x, table[i].confidence,
                                                          twin->rst_count[fate], first->frame, first->ts_ns);
        anomaly_seen_at(said, last->frame, last->ts_ns);
    }
    if (twin->no_socket_reply)
        add_anomaly(c, TCPTWIN_ANOMALY_RST_NO_SOCKET, x, 80, 1,
                    c->trace.records[twin->no_socket_record].frame,
                    c->trace.records[twin->no_socket_record].ts_ns);
    if (twin->data_after_close)
        anomaly_at_step(c, TCPTWIN_ANOMALY_DATA_AFTER_CLOSE, !x, 90,
                        step_by(twin, TCPTWIN_EV_SND_RST));
}

/* Since when it has had nothing to say: its last new data, if it sent some in its last state. */
static uint64_t idle_since(const struct trace *trace, unsigned x, uint64_t since_ns)
{
    for (unsigned i = trace->count; i-- > 0;)
        if (trace_is_send(trace, i, x) && trace->records[i].len)
            return trace->records[i].ts_ns > since_ns ? trace->records[i].ts_ns : since_ns;
    return since_ns;
}

/* A state that only the application (CLOSE-WAIT) or the peer (FIN-WAIT-2) can end, and did not. */
static void waiting_anomalies(struct conclusion *c, unsigned x, uint64_t end_ts_ns)
{
    const struct twin *twin = &c->twins[x];
    if (!twin->step_count ||
        (twin->state != TCPTWIN_STATE_CLOSE_WAIT && twin->state != TCPTWIN_STATE_FIN_WAIT_2))
        return;
    const struct tcptwin_transition *last = &twin->steps[twin->step_count - 1];
    bool sends = twin->state == TCPTWIN_STATE_CLOSE_WAIT; /* the peer may have half-closed only */
    uint64_t since = idle_since(&c->trace, sends ? x : !x, last->ts_ns);
    uint64_t dwell = end_ts_ns > since ? end_ts_ns - since : 0;
    unsigned confidence = dwell >= 60 * SECOND_NS ? 95 : dwell >= 10 * SECOND_NS ? 80 : 50;
    if (dwell < SECOND_NS)
        return;
    if (twin->state == TCPTWIN_STATE_CLOSE_WAIT)
        anomaly_at_step(c, TCPTWIN_ANOMALY_CLOSE_WAIT_LONG, x, confidence, last);
    if (twin->state == TCPTWIN_STATE_FIN_WAIT_2)
        anomaly_at_step(c, TCPTWIN_ANOMALY_FIN_WAIT_2_LONG, x, confidence, last);
}

static void side_anomalies(struct conclusion *c, const struct conn *conn, unsigned x)
{
    const struct twin *twin = &c->twins[x];
    const struct side *side = &conn->side[x];
    const struct tcptwin_transition *killed = step_by(twin, TCPTWIN_EV_RCV_RST);
    if (killed && killed->from == TCPTWIN_STATE_TIME_WAIT)
        anomaly_at_step(c, TCPTWIN_ANOMALY_TIME_WAIT_ASSASSINATION, x, 80, killed);
    anomaly_at_step(c, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, x, 90, step_by(twin, TCPTWIN_EV_REUSED));
    if (twin->handshake_ack_lost)
        add_anomaly(c, TCPTWIN_ANOMALY_HANDSHAKE_ACK_LOST, !x, 90, 1, conn->first_frame,
                    conn->first_ts_ns);
    for (unsigned i = 0; i < side->hole_count; i++)
        add_anomaly(c, TCPTWIN_ANOMALY_SEQUENCE_GAP, x, 60, 1, conn->last_frame, conn->last_ts_ns);
    if (c->connection.endpoint[x].offload)
        add_anomaly(c, TCPTWIN_ANOMALY_OFFLOAD, x, 80, conn_rest(conn, x)->bad_checksums + conn_rest(conn, x)->oversize,
                    conn->first_frame, conn->first_ts_ns);
}

static void whole_anomalies(struct conclusion *c, const struct conn *conn)
{
    const struct twin *a = &c->twins[0], *b = &c->twins[1];
    if (conn->side[0].syn_seen && conn->side[1].syn_seen && a->active && b->active)
        anomaly_at_step(c,
                        reached(a, TCPTWIN_STATE_SYN_RECEIVED) == reached(b, TCPTWIN_STATE_SYN_RECEIVED)
                            ? TCPTWIN_ANOMALY_SIMULTANEOUS_OPEN
                            : TCPTWIN_ANOMALY_SPLIT_HANDSHAKE,
                        2, 95,
                        earlier(step_by(a, TCPTWIN_EV_RCV_SYN), step_by(b, TCPTWIN_EV_RCV_SYN)));
    if (reached(a, TCPTWIN_STATE_CLOSING) && reached(b, TCPTWIN_STATE_CLOSING))
        anomaly_at_step(c, TCPTWIN_ANOMALY_SIMULTANEOUS_CLOSE, 2, 90,
                        earlier(step_by(a, TCPTWIN_EV_RCV_FIN), step_by(b, TCPTWIN_EV_RCV_FIN)));
    const struct trace *trace = &c->trace;
    for (unsigned i = 0; i < trace->count && !trace->orderly; i++) {
        const struct record *syn = &trace->records[i];
        if (!asks(syn) || !syn->len ||
            !trace->isn_known[!syn->dir])
            continue;
        add_anomaly(c, trace->fast_open ? TCPTWIN_ANOMALY_TFO_ACCEPTED : TCPTWIN_ANOMALY_TFO_REJECTED,
                    syn->dir, 90, 1, syn->frame, syn->ts_ns);
        break;
    }
    bool stray = c->connection.outcome == TCPTWIN_OUTCOME_STRAY; /* of nothing that could have begun */
    if (stray && conclusion_is_backscatter(c, conn))
        add_anomaly(c, TCPTWIN_ANOMALY_SYN_ACK_BAD_ACK, !c->connection.client, 80, 1,
                    conn->first_frame, conn->first_ts_ns);
    if (c->connection.midstream && !stray)
        add_anomaly(c, TCPTWIN_ANOMALY_MIDSTREAM, 2, 100, 1, conn->first_frame, conn->first_ts_ns);
    if (c->connection.one_direction && !stray)
        add_anomaly(c, TCPTWIN_ANOMALY_ONE_DIRECTION, conn->side[1].packets != 0, 90, 1,
                    conn->first_frame, conn->first_ts_ns);
    if (conn->reordered)
        add_anomaly(c, TCPTWIN_ANOMALY_TIME_REGRESSION, 2, 100, conn->reordered, conn->first_frame,
                    conn->first_ts_ns);
}

/* The gravest first; then by frame and kind; the client's before the server's, before what is nobody's. */
static int by_severity(const struct tcptwin_anomaly_record *a, const struct tcptwin_anomaly_record *b,
                       unsigned client)
{
    int order = (int)tcptwin_anomaly_severity(b->anomaly) - (int)tcptwin_anomaly_severity(a->anomaly);
    if (order)
        return order;
    if (a->first_frame != b->first_frame)
        return a->first_frame < b->first_frame ? -1 : 1;
    if (a->anomaly != b->anomaly)
        return a->anomaly - b->anomaly;
    return (a->endpoint ^ (int)client) - (b->endpoint ^ (int)client);
}

static void sort_anomalies(struct conclusion *c)
{
    for (unsigned i = 1; i < c->connection.anomaly_count; i++) { /* few: insertion sort */
        struct tcptwin_anomaly_record moved = c->anomalies[i];
        unsigned k = i;
        for (; k > 0 && by_severity(&c->anomalies[k - 1], &moved, c->connection.client) > 0; k--)
            c->anomalies[k] = c->anomalies[k - 1];
        c->anomalies[k] = moved;
    }
}

void conclusion_collect_anomalies(struct conclusion *c, const struct conn *conn, uint64_t end_ts_ns)
{
    struct tcptwin_connection *out = &c->connection;
    for (const struct anomaly_node *node = conn->anomalies; node; node = node->next)
        c->anomalies[out->anomaly_count++] = node->record;
    for (unsigned x = 0; x < 2; x++) {
        forged_anomalies(c, conn, x);
        if (conn->side[x].rst_seen)
            data_after_rst(c, x);
        rst_anomalies(c, x);
        waiting_anomalies(c, x, end_ts_ns);
        side_anomalies(c, conn, x);
    }
    whole_anomalies(c, conn);
    sort_anomalies(c);
    out->anomalies = c->anomalies;
}

void conclusion_add_reuse(struct conclusion *c, const struct conn *conn, unsigned x)
{
    add_anomaly(c, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, x, 90, 1, conn->first_frame, conn->first_ts_ns);
    sort_anomalies(c);
}

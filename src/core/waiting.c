/* waiting.c - connections that wait for quiet, and what becomes of them then
 *
 * Queues in packet time, each first in, first out (queue.h). A connection has at most one entry that
 * counts; one whose connection is gone, waits elsewhere by now, or has a later one, is passed over, and
 * one that was not quiet goes back to the end.
 *
 *     ENDED        both FINs acknowledged, or a RST: judged after QUIET_S of quiet. If both ends have
 *                  ended it is concluded, or held while few enough are held, if one is in TIME-WAIT,
 *                  or a RST ended an open connection: it may have been lost, and its receiver speak yet.
 *                  Where none is held (more than HOLD_MAX), what is plain is not judged twice, and departs early.
 *                  It is looked at a little later than that: its last word comes after the second FIN
 *     TIME_WAIT    held for as long as TIME-WAIT lasts, so that what comes late is still its own
 *     UNANSWERED   a SYN and no answer: concluded when its give-up time has passed
 *
 * Nothing is due before t->alarm_ns, so a segment pays one comparison.
 */
#include "context.h"
#include "seq.h"

enum {
    QUIET_S = 5,  /* both ended, and nothing came for so long: concluded, but for TIME-WAIT */
    LAST_WORD_NS = 500000000, /* what ended may say so much later its last word, and is looked at once all the same */
    HOLD_MAX = 1 << 16, /* connections held: with more, and then until half are left, TIME-WAIT is not waited for, */
    CROWDED_S = 2,      /* and what plainly ended departs after so long */
    LINGER_S = 15 /* after the last SYN's give-up time */
};

void set_waits(struct tcptwin *t)
{
    t->wait_ns[QUEUE_ENDED] = QUIET_S * SECOND_NS + LAST_WORD_NS;
    t->wait_ns[QUEUE_TIME_WAIT] = (t->timers.time_wait_s + 1) * SECOND_NS;
    t->wait_ns[QUEUE_UNANSWERED] = (t->timers.syn_give_up_s + LINGER_S) * SECOND_NS;
}

/* A crowd that came has gone when half are left: at the edge connections would be judged and held by turns. */
static bool is_crowded(struct tcptwin *t)
{
    t->crowded = t->table.used > (t->crowded ? HOLD_MAX / 2 : HOLD_MAX);
    return t->crowded;
}

/* By how much entries of that queue are looked at before they are due. */
static uint64_t early_ns(struct tcptwin *t, unsigned which)
{
    return which == QUEUE_ENDED && is_crowded(t) ? (QUIET_S - CROWDED_S) * SECOND_NS : 0;
}

static void heed(struct tcptwin *t, unsigned which, const struct queue_entry *entry)
{
    uint64_t due_ns = entry->due_ns - early_ns(t, which);
    if (due_ns < t->alarm_ns)
        t->alarm_ns = due_ns;
}

static void heed_first(struct tcptwin *t, unsigned which)
{
    const struct queue_entry *first = queue_peek(&t->queues[which], 0);
    if (first)
        heed(t, which, first);
}

static uint32_t held_until(const struct queue_entry *entry)
{
    return (uint32_t)(entry->due_ns >> 20);
}

void enqueue_conn(struct tcptwin *t, unsigned which, struct conn *conn)
{
    struct queue_entry entry = {t->now_ns + t->wait_ns[which], (uint32_t)conn->stream, conn->index};
    bool was_crowded = t->crowded;
    conn->queue = queue_put(&t->queues[which], &t->budget, entry) ? (uint8_t)which : QUEUE_NONE;
    if (which == QUEUE_TIME_WAIT)
        conn->held_until = held_until(&entry);
    heed(t, which, &entry);
    if (t->crowded && !was_crowded)
        heed_first(t, which); /* for a crowd it may be due */
}

void enqueue_opening(struct tcptwin *t, const struct opening *opening)
{
    struct queue_entry entry = {t->now_ns + t->wait_ns[QUEUE_UNANSWERED], opening->stream,
                                opening->index};
    (void)queue_put(&t->queues[QUEUE_UNANSWERED], &t->budget, entry);
    heed(t, QUEUE_UNANSWERED, &entry);
}

/* Each side's FIN acknowledged by the other, and no RST: both ends have ended, whoever is in TIME-WAIT. */
static bool closed_in_order(const struct conn *conn)
{
    const struct side *a = &conn->side[0], *b = &conn->side[1];
    return a->fin_seen && b->fin_seen && !a->rst_seen && !b->rst_seen && a->ack_known && b->ack_known &&
           seq_gt(a->max_ack, b->fin_seq) && seq_gt(b->max_ack, a->fin_seq);
}

/* Its newest segment is a RST with the very number that its receiver expects, and no FIN came before. */
static bool plainly_reset(const struct conn *conn)
{
    const struct record *a = journal_latest(&conn->journal, 0), *b = journal_latest(&conn->journal, 1);
    if (!a || !b || !conn->has_first_syn || conn->side[0].fin_seen || conn->side[1].fin_seen)
        return false;
    const struct record *rst = a->frame > b->frame ? a : b;
    const struct side *receiver = &conn->side[!rst->dir];
    if (!(rst->flags & TCPTWIN_RST) || rst->marks & ~(MARK_PINNED | MARK_TIMESTAMPS))
        return false;
    if (receiver->ack_known)
        return rst->seq == receiver->max_ack;
    return (rst->flags & TCPTWIN_ACK) && rst->ack == receiver->snd_max; /* it refuses a SYN */
}

/* It had ended when it was judged, and nothing came since. */
static bool was_judged(const struct tcptwin *t, const struct conn *conn, unsigned which)
{
    return which == QUEUE_TIME_WAIT && conn->held && conn->last_ts_ns + t->wait_ns[QUEUE_TIME_WAIT] <= t->now_ns;
}

/* A connection that seems over is held while it is in TIME-WAIT, then it departs. False: it is not
 * over, a RST was not believed by its receiver. */
static bool retire_if_ended(struct tcptwin *t, struct conn *conn, unsigned which)
{
    bool waits = true, crowded = is_crowded(t);
    if (!closed_in_order(conn) && !(crowded && plainly_reset(conn)) && !was_judged(t, conn, which)) {
        judge_conn(t, conn, TCPTWIN_END_DETECTED, true);
        const struct tcptwin_endpoint *end = t->conclusion.connection.endpoint;
        if (!is_ended(end[0].state) || !is_ended(end[1].state)) {
            conn->held = false;
            return false;
        }
        waits = end[0].state == TCPTWIN_STATE_TIME_WAIT || end[1].state == TCPTWIN_STATE_TIME_WAIT ||
                t->conclusion.connection.outcome == TCPTWIN_OUTCOME_CLOSED_RST;
    }
    bool is_held = which == QUEUE_TIME_WAIT || crowded ||
                   conn->last_ts_ns + t->wait_ns[QUEUE_TIME_WAIT] <= t->now_ns;
    if (waits && !is_held) {
        conn->held = true;
        enqueue_conn(t, QUEUE_TIME_WAIT, conn);
        return true;
    }
    retire_conn(t, conn, TCPTWIN_END_DETECTED);
    return true;
}

/* A connection that seems over, and is not when it is judged, is judged again when it has been quiet for twice as
 * long: what time alone changes (somebody gives up) takes long. @then_ns: when it was put into its queue. */
static bool is_worth_judging(const struct tcptwin *t, const struct conn *conn, uint64_t then_ns)
{
    uint64_t unit = t->wait_ns[QUEUE_ENDED], last_ns = conn->last_ts_ns;
    uint64_t quiet = (t->now_ns + LAST_WORD_NS - last_ns) / unit;
    uint64_t before = then_ns > last_ns ? (then_ns + LAST_WORD_NS - last_ns) / unit : 0;
    return (quiet ^ before) > before; /* another power of two */
}

static void enqueue_doubted(struct tcptwin *t, struct conn *conn)
{
    bool long_quiet = t->now_ns - conn->last_ts_ns > 2 * t->wait_ns[QUEUE_TIME_WAIT];
    enqueue_conn(t, long_quiet ? QUEUE_TIME_WAIT : QUEUE_ENDED, conn);
}

/* The connection that an entry names, if it still waits there. One that was an opening then is found by that;
 * what is one yet, and unanswered, ends. */
static struct conn *waiting_conn(struct tcptwin *t, const struct queue_entry *entry, unsigned which)
{
    struct opening *opening = flow_opening_at(&t->table, entry->index);
    uint32_t index = entry->index;
    if (opening) {
        if (opening->stream != entry->stream || opening->count > 1)
            return NULL; /* it became a connection that was answered, or it is answered itself */
        if (opening->count == 1) {
            retire_opening(t, opening, TCPTWIN_END_IDLE_TIMEOUT);
            return NULL;
        }
        index = opening->link;
        flow_opening_free(&t->table, opening);
    }
    struct conn *conn = flow_at(&t->table, index);
    if (!conn || (uint32_t)conn->stream != entry->stream || conn->queue != which)
        return NULL;
    if (which == QUEUE_TIME_WAIT && conn->held_until != held_until(entry))
        return NULL; /* it was seen to end once more, and is held since then */
    return conn;
}

/* It is looked at soon: what it leaves if it departs, and where its grave will be; or what it is judged by. One that
 * has been quiet for long was judged before, and is passed over most times. */
static void prefetch_departure(const struct tcptwin *t, const struct conn *conn)
{
    uint64_t quiet_ns = t->now_ns - conn->last_ts_ns;
    if (quiet_ns < CROWDED_S * SECOND_NS || (quiet_ns >= 2 * t->wait_ns[QUEUE_ENDED] && !conn->held))
        return;
    if (!closed_in_order(conn)) {
        conn_prefetch_evidence(conn);
        return;
    }
    for (unsigned x = 0; x < 2; x++)
        hosts_prefetch(&t->hosts, &conn->address[x]);
    graves_prefetch(&t->graves, conn->hash);
    flow_prefetch_slot(&t->table, conn->hash);
}

static void run_queue(struct tcptwin *t, unsigned which)
{
    struct queue *queue = &t->queues[which];
    struct queue_entry entry;
    while (queue_due(queue, t->now_ns + early_ns(t, which), &entry)) {
        const struct queue_entry *far = queue_peek(queue, PREFETCH_FAR);
        const struct queue_entry *near = queue_peek(queue, PREFETCH_NEAR);
        if (far)
            flow_prefetch(&t->table, far->index);
        const struct conn *soon = near ? flow_at(&t->table, near->index) : NULL;
        if (soon)
            prefetch_departure(t, soon);
        struct conn *conn = waiting_conn(t, &entry, which);
        if (!conn)
            continue; /* it ended otherwise, or moved to the other queue */
        conn->queue = QUEUE_NONE;
        if (which == QUEUE_UNANSWERED ? !is_unanswered(conn) : !conn->over)
            continue;
        bool early = entry.due_ns > t->now_ns && (closed_in_order(conn) || plainly_reset(conn));
        uint64_t quiet_ns = which == QUEUE_UNANSWERED ? t->wait_ns[which] : (early ? CROWDED_S : QUIET_S) * SECOND_NS;
        if (conn->last_ts_ns + quiet_ns > t->now_ns)
            enqueue_conn(t, which, conn);
        else if (which == QUEUE_UNANSWERED)
            retire_conn(t, conn, TCPTWIN_END_IDLE_TIMEOUT);
        else if ((!early && !is_worth_judging(t, conn, entry.due_ns - t->wait_ns[which])) ||
                 !retire_if_ended(t, conn, which))
            enqueue_doubted(t, conn);
    }
}

/* When the next queue wants attention. */
static void set_alarm(struct tcptwin *t)
{
    t->alarm_ns = UINT64_MAX;
    for (unsigned which = 0; which < QUEUE_COUNT; which++)
        heed_first(t, which);
}

void run_queues(struct tcptwin *t)
{
    for (unsigned which = 0; which < QUEUE_COUNT; which++)
        run_queue(t, which);
    set_alarm(t);
}

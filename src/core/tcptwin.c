/* tcptwin.c - the context: which connection a segment belongs to, and when one has ended
 *
 * A segment finds its connection by its tuple. One tuple can carry several connections one after
 * another (incarnations). A SYN with a new number begins one at once where the old one is over
 * (both FINs acknowledged, or a RST); where it looks alive the SYN waits aside: a SYN-ACK or RST
 * that answers it, or its repetition, shows that it was real; else it moved nobody.
 *
 * Queues in packet time, each first in, first out: what seems over is judged after some seconds of
 * quiet; if both ends have ended it is concluded (a grave remains for stragglers, graves.h), or held
 * until its TIME-WAIT is over as long as not too many are held; what was never answered is concluded
 * when its give-up time has passed. At the memory limit connections are evicted:
 * ended ones first, then those never answered, then the least recently seen of a few. All of it is
 * said: end_reason and the evicted counter.
 */
#include "tcptwin/tcptwin.h"

#include "conclude.h"
#include "flow_table.h"
#include "graves.h"
#include "hosts.h"
#include "observe.h"
#include "queue.h"
#include "seq.h"

#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

enum {
    EVICT_LOOK = 16, /* connections, or EVICT_LONG as long as none but open ones are met */
    EVICT_LONG = 256,
    EVICT_TRIES = 64,
    QUIET_S = 5,  /* both ended, and nothing came for so long: concluded, but for TIME-WAIT */
    HOLD_MAX = 1 << 16, /* connections held: with more, the end of TIME-WAIT is not waited for */
    LINGER_S = 15 /* after the last SYN's give-up time */
};

enum { QUEUE_ENDED, QUEUE_UNANSWERED, QUEUE_TIME_WAIT, QUEUE_COUNT };

struct tcptwin {
    uint64_t secret[2]; /* never changes: tcptwin_find_place() reads it on another thread */
    struct tcptwin_options options;
    struct tcptwin_stats stats;
    struct slab_budget budget;
    struct slab slab;
    struct flow_table table;
    struct hosts hosts;
    struct graves graves;
    struct queue queues[QUEUE_COUNT];
    uint64_t wait_ns[QUEUE_COUNT];
    uint64_t alarm_ns;       /**< nothing is due before */
    struct tcptwin_timers timers;
    uint64_t now_ns;
    uint32_t evict_hand;
    struct conclusion conclusion;
};

void tcptwin_options_init(struct tcptwin_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    options->profile = TCPTWIN_PROFILE_LINUX;
    options->memory_limit = (size_t)8 << 30;
}

const char *tcptwin_version(void)
{
    return "0.1.0";
}

static void set_piece_sizes(struct slab *slab)
{
    for (unsigned class = 0; class < JOURNAL_CLASSES; class++)
        slab->piece[class] = (8u << class) * sizeof(struct record);
    slab->piece[CLASS_ANOMALY] = sizeof(struct anomaly_node);
    slab->piece[CLASS_PENDING] = sizeof(struct pending_syn);
    slab->piece[CLASS_SAID] = SAID_MAX * sizeof(struct said);
}

struct tcptwin *tcptwin_create(const struct tcptwin_options *options)
{
    if (options->struct_size != sizeof *options || !options->allocator.allocate ||
        !options->allocator.release || !options->sink)
        return NULL;
    struct tcptwin *t = options->allocator.allocate(options->allocator.user, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->options = *options;
    memcpy(t->secret, options->hash_key, sizeof t->secret);
    t->budget = (struct slab_budget){options->allocator, options->memory_limit, 0};
    slab_init(&t->slab, &t->budget);
    set_piece_sizes(&t->slab);
    t->alarm_ns = UINT64_MAX;
    t->timers = tcptwin_profile_timers(options->profile);
    t->wait_ns[QUEUE_ENDED] = QUIET_S * SECOND_NS;
    t->wait_ns[QUEUE_TIME_WAIT] = (t->timers.time_wait_s + 1) * SECOND_NS;
    t->wait_ns[QUEUE_UNANSWERED] = (t->timers.syn_give_up_s + LINGER_S) * SECOND_NS;
    if (!flow_table_init(&t->table, &t->budget) ||
        !hosts_init(&t->hosts, &t->budget)) {
        tcptwin_destroy(t);
        return NULL;
    }
    return t;
}

void tcptwin_destroy(struct tcptwin *t)
{
    if (!t)
        return;
    for (unsigned which = 0; which < QUEUE_COUNT; which++)
        queue_release(&t->queues[which], &t->budget);
    graves_release(&t->graves, &t->budget);
    hosts_release(&t->hosts, &t->budget);
    flow_table_release(&t->table);
    slab_release(&t->slab);
    t->options.allocator.release(t->options.allocator.user, t, sizeof *t);
}

void tcptwin_get_stats(const struct tcptwin *t, struct tcptwin_stats *stats)
{
    *stats = t->stats;
    stats->open_connections = t->table.used;
    stats->memory_bytes = t->budget.used;
}

/* -- saying ------------------------------------------------------------------------------------------- */

static void judge(struct tcptwin *t, const struct conn *conn, enum tcptwin_end_reason reason, bool final)
{
    struct surroundings surroundings = {.end_ts_ns = t->now_ns, .timers = t->timers,
                                        .end_reason = reason, .final = final};
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = hosts_clock(&t->hosts, &conn->address[x]);
    conclude(&t->conclusion, conn, &surroundings);
}

static void say(struct tcptwin *t, enum tcptwin_event_kind kind,
                const struct tcptwin_transition *transition, const struct tcptwin_transition *revised)
{
    struct tcptwin_event event = {kind, &t->conclusion.connection, transition, revised};
    t->options.sink(t->options.sink_user, &event);
}

static bool same_step(const struct said *said, const struct tcptwin_transition *step)
{
    return said->from == step->from && said->to == step->to;
}

static struct said said_of(const struct tcptwin_transition *step)
{
    return (struct said){.ts_ns = step->ts_ns, .frame = step->segment.frame,
                         .endpoint = step->endpoint, .from = step->from, .to = step->to,
                         .event = step->event, .basis = step->basis};
}

/* The n-th thing said of endpoint @x; NULL past the last. */
static struct said *said_at(const struct conn *conn, unsigned x, unsigned n)
{
    for (uint32_t i = 0; i < conn->said_count; i++)
        if (conn->said[i].endpoint == x && n-- == 0)
            return &conn->said[i];
    return NULL;
}

static void withdraw(struct tcptwin *t, struct conn *conn, struct said *said,
                     const struct tcptwin_transition *instead)
{
    struct tcptwin_transition before = {.endpoint = said->endpoint, .from = said->from,
                                        .to = said->to, .event = said->event, .basis = said->basis,
                                        .ts_ns = said->ts_ns, .segment = {.frame = said->frame}};
    if (instead) {
        *said = said_of(instead);
    } else {
        uint32_t at = (uint32_t)(said - conn->said);
        memmove(said, said + 1, (conn->said_count - at - 1) * sizeof *said);
        conn->said_count--;
    }
    say(t, TCPTWIN_EVENT_REVISION, instead, &before);
}

/* How many of the things said of endpoint @x still hold. */
static unsigned still_true(const struct conn *conn, const struct tcptwin_connection *out, unsigned x)
{
    unsigned same = 0;
    for (uint32_t i = 0; i < out->transition_count; i++) {
        const struct said *said;
        if (out->transitions[i].endpoint != x)
            continue;
        said = said_at(conn, x, same);
        if (!said || !same_step(said, &out->transitions[i]))
            break;
        same++;
    }
    return same;
}

static unsigned said_of_endpoint(const struct conn *conn, unsigned x)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < conn->said_count; i++)
        count += conn->said[i].endpoint == x;
    return count;
}

/* Live: take back what turned out otherwise, the newest first; then say what is new. The first thing
 * of an endpoint that is taken back is revised: what holds instead is said with it. */
static void say_changes(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason, bool final)
{
    if (!conn->said && !(conn->said = slab_take(&t->slab, CLASS_SAID)))
        return;
    judge(t, conn, reason, final);
    const struct tcptwin_connection *out = &t->conclusion.connection;
    unsigned told[2] = {0, 0}, keep[2];
    for (unsigned x = 0; x < 2; x++) {
        keep[x] = still_true(conn, out, x);
        for (unsigned n = said_of_endpoint(conn, x); n-- > keep[x] + 1;)
            withdraw(t, conn, said_at(conn, x, n), NULL);
    }
    for (uint32_t i = 0; i < out->transition_count; i++) {
        const struct tcptwin_transition *step = &out->transitions[i];
        struct said *said = said_at(conn, step->endpoint, told[step->endpoint]);
        if (told[step->endpoint]++ < keep[step->endpoint])
            continue;
        if (said) {
            withdraw(t, conn, said, step);
        } else if (conn->said_count < SAID_MAX) {
            conn->said[conn->said_count++] = said_of(step);
            say(t, TCPTWIN_EVENT_TRANSITION, step, NULL);
        }
    }
    for (unsigned x = 0; x < 2; x++)
        if (said_at(conn, x, told[x]))
            withdraw(t, conn, said_at(conn, x, told[x]), NULL);
}

/* -- queues --------------------------------------------------------------------------------------------- */

/* Without memory for the entry the connection stays until the end, or is evicted. */
static void enqueue(struct tcptwin *t, unsigned which, struct conn *conn)
{
    struct queue_entry entry = {t->now_ns + t->wait_ns[which], conn->stream, conn->index};
    conn->queued = queue_put(&t->queues[which], &t->budget, entry);
    if (entry.due_ns < t->alarm_ns)
        t->alarm_ns = entry.due_ns;
    conn->queue = (uint8_t)which;
}

static void retire(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
static void bury(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);

static bool is_unanswered(const struct conn *conn)
{
    return !conn->side[0].packets || !conn->side[1].packets;
}

static bool is_ended(unsigned state)
{
    return state == TCPTWIN_STATE_CLOSED || state == TCPTWIN_STATE_LISTEN ||
           state == TCPTWIN_STATE_TIME_WAIT;
}

/* Conclude a connection that seems over, or hold it while it is in TIME-WAIT. False: it is not over, a
 * RST was not believed by its receiver. */
static bool retire_if_ended(struct tcptwin *t, struct conn *conn)
{
    judge(t, conn, TCPTWIN_END_DETECTED, true);
    const struct tcptwin_endpoint *end = t->conclusion.connection.endpoint;
    if (!is_ended(end[0].state) || !is_ended(end[1].state))
        return false;
    bool waits = end[0].state == TCPTWIN_STATE_TIME_WAIT || end[1].state == TCPTWIN_STATE_TIME_WAIT;
    if (waits && conn->queue == QUEUE_ENDED && t->table.used < HOLD_MAX) {
        enqueue(t, QUEUE_TIME_WAIT, conn);
        return true;
    }
    if (t->options.live || conn->pending)
        retire(t, conn, TCPTWIN_END_DETECTED); /* there is more to say */
    else
        bury(t, conn, TCPTWIN_END_DETECTED);
    return true;
}

enum { PREFETCH_FAR = 8, PREFETCH_NEAR = 4 };

static void run_queue(struct tcptwin *t, unsigned which)
{
    struct queue *queue = &t->queues[which];
    struct queue_entry entry;
    while (queue_due(queue, t->now_ns, &entry)) {
        const struct queue_entry *far = queue_peek(queue, PREFETCH_FAR);
        const struct queue_entry *near = queue_peek(queue, PREFETCH_NEAR);
        struct conn *conn = flow_at(&t->table, entry.index);
        if (far)
            flow_prefetch(&t->table, far->index);
        if (near && flow_at(&t->table, near->index))
            conn_prefetch_evidence(flow_at(&t->table, near->index));
        if (!conn || conn->stream != entry.stream || conn->queue != which)
            continue; /* it ended otherwise, or moved to the other queue */
        conn->queued = false;
        if (which == QUEUE_UNANSWERED ? !is_unanswered(conn) : !conn->over)
            continue;
        if (conn->last_ts_ns + t->wait_ns[which == QUEUE_TIME_WAIT ? QUEUE_ENDED : which] > t->now_ns)
            enqueue(t, which, conn);
        else if (which == QUEUE_UNANSWERED)
            retire(t, conn, TCPTWIN_END_IDLE_TIMEOUT);
        else if (!retire_if_ended(t, conn))
            enqueue(t, QUEUE_ENDED, conn);
    }
}

/* When the next queue wants attention. */
static void set_alarm(struct tcptwin *t)
{
    t->alarm_ns = UINT64_MAX;
    for (unsigned which = 0; which < QUEUE_COUNT; which++) {
        const struct queue_entry *head = queue_peek(&t->queues[which], 0);
        if (head && head->due_ns < t->alarm_ns)
            t->alarm_ns = head->due_ns;
    }
}

static void run_queues(struct tcptwin *t)
{
    for (unsigned which = 0; which < QUEUE_COUNT; which++)
        run_queue(t, which);
    set_alarm(t);
}

static inline void pass_time(struct tcptwin *t, uint64_t now_ns)
{
    if (now_ns <= t->now_ns)
        return;
    t->now_ns = now_ns;
    if (now_ns >= t->alarm_ns)
        run_queues(t);
}

/* -- ending ------------------------------------------------------------------------------------------------ */

static void forget(struct tcptwin *t, struct conn *conn)
{
    journal_release(&conn->journal, &t->slab);
    while (conn->anomalies) {
        struct anomaly_node *node = conn->anomalies;
        conn->anomalies = node->next;
        slab_give(&t->slab, CLASS_ANOMALY, node);
    }
    slab_give(&t->slab, CLASS_PENDING, conn->pending);
    slab_give(&t->slab, CLASS_SAID, conn->said);
    flow_remove(&t->table, conn);
}

static struct conn *begin(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                          const struct tcptwin_segment *segment, unsigned dir, uint32_t incarnation);

/* An unanswered attempt followed by another: the second SYN is a connection of its own. */
static bool pending_stands_alone(const struct conn *conn)
{
    return conn->pending && is_unanswered(conn);
}

static void conclude_and_say(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    if (t->options.live)
        say_changes(t, conn, reason, true);
    judge(t, conn, reason, true);
    say(t, TCPTWIN_EVENT_CONNECTION, NULL, NULL);
}

static void dig_grave(struct tcptwin *t, const struct conn *conn);

/* Say the conclusion at hand and free the connection. */
static void bury(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    say(t, TCPTWIN_EVENT_CONNECTION, NULL, NULL);
    if (reason != TCPTWIN_END_EOF)
        dig_grave(t, conn);
    forget(t, conn);
}

static struct flow_key key_of_conn(const struct conn *conn)
{
    struct flow_key key = {.scope = conn->scope, .ip_version = conn->ip_version};
    memcpy(key.address, conn->address, sizeof key.address);
    memcpy(key.port, conn->port, sizeof key.port);
    return key;
}

static uint32_t second_of(const struct tcptwin *t, uint64_t ts_ns)
{
    return ts_ns > t->stats.first_ts_ns ? (uint32_t)((ts_ns - t->stats.first_ts_ns) / SECOND_NS) + 1 : 1;
}

/* From the conclusion at hand. */
static void dig_grave(struct tcptwin *t, const struct conn *conn)
{
    struct grave grave = {.hash = conn->hash, .incarnation = conn->incarnation,
                          .since_s = second_of(t, conn->last_ts_ns)};
    for (unsigned x = 0; x < 2; x++) {
        const struct tcptwin_endpoint *end = &t->conclusion.connection.endpoint[x];
        if (end->state != TCPTWIN_STATE_TIME_WAIT)
            continue;
        grave.time_wait_s = second_of(t, end->state_since_ns) + t->timers.time_wait_s;
        grave.time_wait_end = x;
    }
    graves_dig(&t->graves, &t->budget, &grave);
}

static void retire(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    struct tcptwin_segment next;
    bool has_next = pending_stands_alone(conn);
    struct flow_key key = key_of_conn(conn);
    uint64_t hash = conn->hash;
    uint32_t incarnation = conn->incarnation;
    if (conn->pending) {
        next = conn->pending->segment;
        if (!has_next)
            observe_aside(conn, &next, conn_direction(&next));
    }
    if (t->options.live)
        say_changes(t, conn, reason, true);
    judge(t, conn, reason, true);
    bury(t, conn, reason);
    if (!has_next)
        return;
    struct conn *alone = begin(t, &key, hash, &next, conn_direction(&next), incarnation + 1);
    if (alone)
        retire(t, alone, reason);
}

static int eviction_rank(const struct conn *conn)
{
    return conn->over ? 2 : is_unanswered(conn) ? 1 : 0;
}

/* Make room: the worst of a few connections from a place that hops through the table. */
static bool evict_one(struct tcptwin *t, const struct conn *except)
{
    struct conn *victim = NULL;
    uint32_t room = flow_room(&t->table);
    t->evict_hand = t->evict_hand * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    for (uint32_t seen = 0, step = 0; step < room; step++) {
        struct conn *conn = flow_at(&t->table, (t->evict_hand + step) % room);
        if (!conn || conn == except)
            continue;
        int order = victim ? eviction_rank(conn) - eviction_rank(victim) : 1;
        if (order > 0 || (order == 0 && conn->last_ts_ns < victim->last_ts_ns))
            victim = conn;
        seen++;
        if (seen >= (eviction_rank(victim) ? EVICT_LOOK : EVICT_LONG))
            break;
    }
    if (!victim)
        return false;
    t->stats.evicted++;
    if (victim->pending)
        observe_aside(victim, &victim->pending->segment,
                      conn_direction(&victim->pending->segment));
    slab_give(&t->slab, CLASS_PENDING, victim->pending);
    victim->pending = NULL;
    conclude_and_say(t, victim, TCPTWIN_END_RESOURCES);
    forget(t, victim);
    return true;
}

/* -- beginning ----------------------------------------------------------------------------------------------- */

static void after_observation(struct tcptwin *t, struct conn *conn, bool control)
{
    if (!control)
        return;
    if (conn->over && !(conn->queued && conn->queue == QUEUE_ENDED))
        enqueue(t, QUEUE_ENDED, conn);
    if (t->options.live)
        say_changes(t, conn, TCPTWIN_END_EOF, false);
}

/* A connection without evidence would be a claim without ground: there must be memory for a journal. */
static bool have_evidence_room(struct tcptwin *t)
{
    void *piece = NULL;
    unsigned class = 0;
    for (unsigned tries = 0; !piece && tries < EVICT_TRIES; tries++) {
        for (class = 0; class < JOURNAL_CLASSES && !(piece = slab_take(&t->slab, class)); class++)
            ;
        if (!piece && !evict_one(t, NULL))
            return false;
    }
    slab_give(&t->slab, class, piece);
    return piece != NULL;
}

/* Undisturbed: SYN, SYN-ACK, ACK, each once. */
static void learn_distances(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                            unsigned dir)
{
    if (conn->handshake_disturbed || !conn->has_first_syn || !conn->syn_ack_ts_ns ||
        conn->side[0].syn_seen == conn->side[1].syn_seen)
        return;
    bool answer = segment->flags & TCPTWIN_SYN;
    if (answer && dir != conn->first_syn_dir && segment->ts_ns >= conn->syn_ts_ns)
        hosts_learn(&t->hosts, &conn->address[dir], (segment->ts_ns - conn->syn_ts_ns) / 2);
    if (!answer && dir == conn->first_syn_dir && conn->side[dir].packets == 2 &&
        segment->ts_ns >= conn->syn_ack_ts_ns)
        hosts_learn(&t->hosts, &conn->address[dir], (segment->ts_ns - conn->syn_ack_ts_ns) / 2);
}

static void observe(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                    unsigned dir)
{
    bool control = observe_segment(conn, &t->slab, segment, dir);
    if (conn->side[dir].packets <= 2)
        learn_distances(t, conn, segment, dir);
    if (conn->journal.starved) { /* make room for what comes next */
        conn->journal.starved = false;
        evict_one(t, conn);
    }
    after_observation(t, conn, control);
}

static struct conn *begin(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                          const struct tcptwin_segment *segment, unsigned dir, uint32_t incarnation)
{
    bool room = have_evidence_room(t);
    struct conn *conn = room ? flow_insert(&t->table, key, hash) : NULL;
    for (unsigned tries = 0; room && !conn && tries < EVICT_TRIES && evict_one(t, NULL); tries++)
        conn = flow_insert(&t->table, key, hash);
    if (!conn) {
        t->stats.refused_segments++;
        return NULL;
    }
    conn->incarnation = incarnation;
    conn->first_sender = (uint8_t)dir;
    conn->stream = t->stats.connections++;
    conn->first_ts_ns = conn->last_ts_ns = segment->ts_ns;
    conn->first_frame = segment->frame;
    conn->side[0].wscale = conn->side[1].wscale = -1;
    if (t->table.used > t->stats.peak_connections)
        t->stats.peak_connections = t->table.used;
    if ((segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == TCPTWIN_SYN)
        enqueue(t, QUEUE_UNANSWERED, conn);
    observe(t, conn, segment, dir);
    return conn;
}

/* The old incarnation ends where the SYN @first begins the new one. */
static struct conn *begin_anew(struct tcptwin *t, struct conn *old, const struct tcptwin_segment *first)
{
    struct flow_key key = key_of_conn(old);
    struct tcptwin_segment syn = *first; /* may lie in old */
    uint64_t hash = old->hash;
    uint32_t incarnation = old->incarnation + 1;
    unsigned dir = conn_direction(&syn);
    old->reused = true;
    old->reused_frame = syn.frame;
    old->reused_ts_ns = syn.ts_ns;
    old->reused_dir = (uint8_t)dir;
    if (old->pending && first != &old->pending->segment)
        observe_aside(old, &old->pending->segment, conn_direction(&old->pending->segment));
    slab_give(&t->slab, CLASS_PENDING, old->pending);
    old->pending = NULL;
    conclude_and_say(t, old, old->over ? TCPTWIN_END_DETECTED : TCPTWIN_END_TUPLE_REUSE);
    forget(t, old);
    return begin(t, &key, hash, &syn, dir, incarnation);
}

/* -- incarnations -------------------------------------------------------------------------------------------- */

static bool is_plain_syn(const struct tcptwin_segment *segment)
{
    return (segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST | TCPTWIN_FIN)) == TCPTWIN_SYN;
}

/* A SYN captured this little after the segments that follow it is theirs. */
#define LATE_SYN_NS (SECOND_NS / 2)
enum { LATE_SYN_BYTES = 1 << 20 };

/* A SYN that this connection does not know. */
static bool is_new_syn(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    if (!is_plain_syn(segment))
        return false;
    if (sender->isn_known)
        return sender->isn != segment->seq;
    /* simultaneous open, or a SYN captured after the segments that follow it */
    bool opening = peer->syn_seen && !peer->fin_seen && !peer->rst_seen && !sender->seq_known;
    int32_t ahead = seq_diff(sender->snd_max, segment->seq);
    bool late = sender->seq_known && ahead > 0 && ahead < LATE_SYN_BYTES &&
                segment->ts_ns - conn->first_ts_ns < LATE_SYN_NS;
    return !opening && !late && (sender->packets || peer->packets);
}

/* Whether the segment answers the SYN that waits aside: then that one was real. */
static bool answers_pending(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct tcptwin_segment *syn = &conn->pending->segment;
    if (dir == conn_direction(syn))
        return is_plain_syn(segment) && segment->seq == syn->seq &&
               segment->ts_ns - syn->ts_ns >= SECOND_NS / 2;
    return (segment->flags & TCPTWIN_ACK) && (segment->flags & (TCPTWIN_SYN | TCPTWIN_RST)) &&
           seq_gt(segment->ack, syn->seq) && seq_le(segment->ack, syn->seq + 1 + syn->payload_len);
}

/* A SYN-ACK for a SYN that was not captured, on a connection that is over. */
static bool is_new_syn_ack(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    bool is_syn_ack = (segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST)) ==
                      (TCPTWIN_SYN | TCPTWIN_ACK);
    bool repeated = sender->isn_known && sender->isn == segment->seq;
    bool answers = peer->syn_seen && segment->ack == peer->isn + 1;
    return is_syn_ack && conn->over && sender->seq_known && !repeated && !answers;
}

/* A new SYN on a connection that looks alive waits aside. */
static void put_aside(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                      unsigned dir)
{
    if (conn->pending && conn->pending->segment.seq == segment->seq) {
        observe_aside(conn, segment, dir);
        return;
    }
    if (conn->pending)
        observe_aside(conn, &conn->pending->segment, conn_direction(&conn->pending->segment));
    else
        conn->pending = slab_take(&t->slab, CLASS_PENDING);
    if (!is_unanswered(conn))
        conn_anomaly(conn, &t->slab, TCPTWIN_ANOMALY_SYN_INSIDE, dir, 90, segment->frame,
                     segment->ts_ns);
    if (conn->pending)
        conn->pending->segment = *segment;
    conn->last_frame = segment->frame;
    if (segment->ts_ns > conn->last_ts_ns)
        conn->last_ts_ns = segment->ts_ns;
}

static void take_up(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                    unsigned dir)
{
    if (conn->pending && answers_pending(conn, segment, dir)) {
        conn = begin_anew(t, conn, &conn->pending->segment);
        if (conn)
            observe(t, conn, segment, dir);
        return;
    }
    if (is_new_syn(conn, segment, dir)) {
        if (conn->over) {
            begin_anew(t, conn, segment);
            return;
        }
        if (conn->pending && is_unanswered(conn) && conn->pending->segment.seq != segment->seq) {
            conn = begin_anew(t, conn, &conn->pending->segment); /* a third attempt */
            if (!conn)
                return;
        }
        put_aside(t, conn, segment, dir);
        return;
    }
    if (is_new_syn_ack(conn, segment, dir)) {
        begin_anew(t, conn, segment);
        return;
    }
    observe(t, conn, segment, dir);
}

/* -- public ------------------------------------------------------------------------------------------------------ */

static void make_key(struct flow_key *key, const struct tcptwin_address *src,
                     const struct tcptwin_address *dst, uint16_t src_port, uint16_t dst_port,
                     unsigned dir, uint32_t scope, uint8_t ip_version)
{
    key->address[dir] = *src;
    key->address[!dir] = *dst;
    key->port[dir] = src_port;
    key->port[!dir] = dst_port;
    key->scope = scope;
    key->ip_version = ip_version;
}

static void take_time(struct tcptwin *t, uint64_t ts_ns)
{
    if (!t->stats.first_ts_ns)
        t->stats.first_ts_ns = ts_ns;
    if (ts_ns < t->stats.last_ts_ns)
        t->stats.time_regressions++;
    else
        t->stats.last_ts_ns = ts_ns;
    pass_time(t, ts_ns);
}

static void key_of_segment(struct flow_key *key, const struct tcptwin_segment *segment, unsigned dir)
{
    make_key(key, &segment->src, &segment->dst, segment->src_port, segment->dst_port, dir,
             segment->scope, segment->ip_version);
}

struct tcptwin_place tcptwin_find_place(const struct tcptwin *t, const struct tcptwin_segment *segment)
{
    struct flow_key key;
    unsigned dir = conn_direction(segment);
    key_of_segment(&key, segment, dir);
    return (struct tcptwin_place){flow_hash(t->secret, &key), dir};
}

/* No connection of that tuple: the first, or the next after a concluded one, or a straggler of it. */
static void begin_first(struct tcptwin *t, const struct tcptwin_segment *segment,
                        const struct tcptwin_place *place, const struct flow_key *key)
{
    uint32_t now_s = second_of(t, t->now_ns);
    const struct grave *grave = graves_find(&t->graves, place->hash, now_s);
    if (grave && !(segment->flags & TCPTWIN_SYN)) {
        t->stats.late_segments++;
        return;
    }
    uint32_t incarnation = grave ? grave->incarnation + 1 : 1;
    bool reuse = grave && grave->time_wait_s > now_s;
    unsigned end = grave ? grave->time_wait_end : 0;
    struct conn *conn = begin(t, key, place->hash, segment, place->sender, incarnation);
    if (conn && reuse)
        conn_anomaly(conn, &t->slab, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, end, 90, segment->frame,
                     segment->ts_ns);
}

static void feed_placed(struct tcptwin *t, const struct tcptwin_segment *segment,
                        const struct tcptwin_place *place)
{
    struct flow_key key;
    t->stats.segments++;
    take_time(t, segment->ts_ns);
    key_of_segment(&key, segment, place->sender);
    struct conn *conn = flow_find(&t->table, &key, place->hash);
    if (conn)
        take_up(t, conn, segment, place->sender);
    else
        begin_first(t, segment, place, &key);
}

void tcptwin_feed(struct tcptwin *t, const struct tcptwin_segment *segment)
{
    struct tcptwin_place place = tcptwin_find_place(t, segment);
    feed_placed(t, segment, &place);
}

/* Memory is asked for in three rounds, each one hop further, before the first segment is taken up:
 * slot of the table, connection, end of its journal. A round's misses overlap. */
static void feed_chunk(struct tcptwin *t, const struct tcptwin_segment *segments,
                       const struct tcptwin_place *places, size_t count)
{
    struct conn *guess[TCPTWIN_BATCH];
    for (size_t i = 0; i < count; i++)
        flow_prefetch_slot(&t->table, places[i].hash);
    for (size_t i = 0; i < count; i++) {
        guess[i] = flow_guess(&t->table, places[i].hash);
        if (guess[i])
            conn_prefetch(guess[i], places[i].sender);
    }
    for (size_t i = 0; i < count; i++)
        if (guess[i])
            journal_prefetch(&guess[i]->journal);
    for (size_t i = 0; i < count; i++)
        feed_placed(t, &segments[i], &places[i]);
}

void tcptwin_feed_batch(struct tcptwin *t, const struct tcptwin_segment *segments,
                        const struct tcptwin_place *places, size_t count)
{
    struct tcptwin_place found[TCPTWIN_BATCH];
    for (size_t done = 0; done < count; done += TCPTWIN_BATCH) {
        size_t part = count - done < TCPTWIN_BATCH ? count - done : TCPTWIN_BATCH;
        for (size_t i = 0; i < part && !places; i++)
            found[i] = tcptwin_find_place(t, &segments[done + i]);
        feed_chunk(t, segments + done, places ? places + done : found, part);
    }
}

void tcptwin_feed_icmp(struct tcptwin *t, const struct tcptwin_icmp_error *icmp)
{
    t->stats.icmp_errors++;
    take_time(t, icmp->ts_ns);
    struct tcptwin_segment quoted = {.src = icmp->src, .dst = icmp->dst,
                                     .src_port = icmp->src_port, .dst_port = icmp->dst_port};
    unsigned dir = conn_direction(&quoted);
    struct flow_key key;
    make_key(&key, &icmp->src, &icmp->dst, icmp->src_port, icmp->dst_port, dir, icmp->scope,
             icmp->ip_version);
    struct conn *conn = flow_find(&t->table, &key, flow_hash(t->secret, &key));
    if (conn && observe_icmp(conn, &t->slab, icmp, dir))
        after_observation(t, conn, true);
    else
        t->stats.icmp_unmatched++;
}

void tcptwin_advance(struct tcptwin *t, uint64_t now_ns)
{
    if (t->stats.segments)
        pass_time(t, now_ns);
}

/* Heap sort by order of first packet: no recursion, no more memory. */
static void sift(struct conn **all, uint32_t root, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && all[child + 1]->stream > all[child]->stream)
            child++;
        if (all[root]->stream >= all[child]->stream)
            return;
        struct conn *swap = all[root];
        all[root] = all[child];
        all[child] = swap;
        root = child;
    }
}

static void sort_by_stream(struct conn **all, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift(all, i, count);
    for (uint32_t end = count; end-- > 1;) {
        struct conn *swap = all[0];
        all[0] = all[end];
        all[end] = swap;
        sift(all, 0, end);
    }
}

void tcptwin_finish(struct tcptwin *t)
{
    uint32_t count = 0, room = flow_room(&t->table);
    size_t bytes = t->table.used * sizeof(struct conn *);
    struct tcptwin_allocator *allocator = &t->budget.allocator;
    struct conn **all = bytes ? allocator->allocate(allocator->user, bytes) : NULL;
    for (uint32_t i = 0; i < room; i++) {
        struct conn *conn = flow_at(&t->table, i);
        if (!conn)
            continue;
        if (all)
            all[count++] = conn;
        else
            retire(t, conn, TCPTWIN_END_EOF); /* no memory for the order: in any order */
    }
    sort_by_stream(all, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i + PREFETCH_FAR < count)
            conn_prefetch_all(all[i + PREFETCH_FAR]);
        if (i + PREFETCH_NEAR < count)
            conn_prefetch_evidence(all[i + PREFETCH_NEAR]);
        retire(t, all[i], TCPTWIN_END_EOF);
    }
    if (all)
        allocator->release(allocator->user, all, bytes);
}

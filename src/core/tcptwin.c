/* tcptwin.c - the public functions: the context's life, look-up, and what comes in
 *
 * A segment finds its connection by its tuple. The tuple's hash and direction (its place) can be
 * computed on another thread; batches overlap the memory accesses of their segments. Packet time is
 * the only clock: each segment moves it on, and what waits for its time is looked at then
 * (waiting.c), before the segment is taken up (incarnation.c).
 */
#include "context.h"
#include "observe.h"

/* -- the context's life -------------------------------------------------------------------------------- */

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

struct tcptwin *tcptwin_create(const struct tcptwin_options *options)
{
    if (options->struct_size != sizeof *options || !options->allocator.allocate ||
        !options->allocator.release || !options->sink || (options->live && options->pipeline))
        return NULL;
    struct tcptwin *t = options->allocator.allocate(options->allocator.user, sizeof *t);
    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    t->options = *options;
    uint64_t seed[2];
    memcpy(seed, options->hash_key, sizeof seed);
    tuple_secret_init(&t->secret, seed);
    t->budget = (struct slab_budget){options->allocator, options->memory_limit, 0};
    slab_init(&t->slab, &t->budget);
    conn_piece_sizes(&t->slab);
    t->alarm_ns = UINT64_MAX;
    t->timers = tcptwin_profile_timers(options->profile);
    concluding_init(t);
    set_waits(t);
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
    graves_release(&t->graves);
    concluding_release(t);
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

/* -- time ---------------------------------------------------------------------------------------------- */

static inline void pass_time(struct tcptwin *t, uint64_t now_ns)
{
    if (now_ns <= t->now_ns)
        return;
    t->now_ns = now_ns;
    if (now_ns >= t->alarm_ns)
        run_queues(t);
}

static void take_time(struct tcptwin *t, uint64_t ts_ns)
{
    if (!t->stats.first_ts_ns && t->stats.segments + t->stats.icmp_errors == 1) /* it may be 0 */
        t->stats.first_ts_ns = t->origin_ns = ts_ns;
    if (ts_ns < t->stats.last_ts_ns)
        t->stats.time_regressions++;
    else
        t->stats.last_ts_ns = ts_ns;
    pass_time(t, ts_ns);
}

void tcptwin_advance(struct tcptwin *t, uint64_t now_ns)
{
    if (t->stats.segments)
        pass_time(t, now_ns);
}

/* -- look-up ------------------------------------------------------------------------------------------- */

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

static void key_of_segment(struct flow_key *key, const struct tcptwin_segment *segment, unsigned dir)
{
    make_key(key, &segment->src, &segment->dst, segment->src_port, segment->dst_port, dir,
             segment->scope, segment->ip_version);
}

struct tcptwin_place tcptwin_find_place(const struct tcptwin *t, const struct tcptwin_segment *segment)
{
    const struct tcptwin_segment *s = segment;
    unsigned dir = conn_direction(s); /* no branch may depend on it: it is chance */
    const struct tcptwin_address *end[2] = {&s->src, &s->dst};
    const uint16_t port[2] = {s->src_port, s->dst_port};
    uint64_t hash = flow_hash_of(&t->secret, end[dir], end[!dir], port[dir], port[!dir], s->scope, s->ip_version);
    return (struct tcptwin_place){hash, dir};
}

/* -- feeding ------------------------------------------------------------------------------------------- */

/* Not where it was guessed. */
static void find_and_feed(struct tcptwin *t, const struct tcptwin_segment *segment,
                          const struct tcptwin_place *place)
{
    struct flow_key key;
    key_of_segment(&key, segment, place->sender);
    struct opening *opening;
    struct conn *conn = flow_look(&t->table, &key, place->hash, &opening);
    if (conn)
        take_up(t, conn, segment, place->sender);
    else if (opening)
        take_up_opening(t, opening, segment, place);
    else
        begin_first(t, segment, place, &key);
}

/** Of one segment: its connection or opening, perhaps; or NULL. */
struct guess {
    struct conn *conn;
    struct opening *opening;
};

static inline void feed_placed(struct tcptwin *t, const struct tcptwin_segment *segment,
                               const struct tcptwin_place *place, const struct guess *guess)
{
    t->stats.segments++;
    take_time(t, segment->ts_ns);
    if (guess->conn && flow_is(guess->conn, segment, place->sender))
        take_up(t, guess->conn, segment, place->sender);
    else if (guess->opening && flow_opening_is(guess->opening, segment, place->sender))
        take_up_opening(t, guess->opening, segment, place);
    else
        find_and_feed(t, segment, place);
}

void tcptwin_feed(struct tcptwin *t, const struct tcptwin_segment *segment)
{
    struct tcptwin_place place = tcptwin_find_place(t, segment);
    feed_placed(t, segment, &place, &(struct guess){0});
}

/* A segment's memory is asked for in three steps, each one hop further and STEP segments before the next:
 * slot of the table, connection, end of its journal and what else it will touch. So the misses of
 * many segments overlap, and with the work on others. A guess may be outdated when it is used: then
 * the connection is looked for (flow_is()). Connections stay where they are. */
enum { STEP = 8, PART = 128 };

static inline void fetch_conn(const struct tcptwin *t, struct guess *guess, const struct tcptwin_place *place)
{
    guess->conn = flow_guess(&t->table, place->hash, &guess->opening);
    if (guess->conn)
        conn_prefetch(guess->conn, place->sender);
}

static inline void fetch_evidence(const struct tcptwin *t, const struct guess *guess,
                                  const struct tcptwin_place *place, const struct tcptwin_segment *segment)
{
    unsigned sender = place->sender;
    if (guess->conn) {
        journal_prefetch(&guess->conn->journal, sender, segment->flags & (TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST),
                         !guess->conn->steady);
        conn_prefetch_times(guess->conn, sender, segment->flags);
    } else if (guess->opening) {
        flow_prefetch_rest(&t->table, guess->opening);
        hosts_prefetch(&t->hosts, &segment->src);
    } else {
        graves_prefetch(&t->graves, place->hash);
        flow_prefetch_part(&t->table, place->hash);
    }
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of PART segments at most, STEP by STEP: each step goes to where the one before it had come. */
static void feed_part(struct tcptwin *t, const struct tcptwin_segment *segments, const struct tcptwin_place *places,
                      size_t count)
{
    struct guess guesses[PART];
    size_t slots = 0, conns = 0, evidence = 0, fed = 0; /* up to where each step has come */
    while (fed < count) {
        const size_t to_slots = least(slots + STEP, count), to_conns = slots, to_evidence = conns, to_fed = evidence;
        for (; slots < to_slots; slots++)
            flow_prefetch_slot(&t->table, places[slots].hash);
        for (; conns < to_conns; conns++)
            fetch_conn(t, &guesses[conns], &places[conns]);
        for (; evidence < to_evidence; evidence++)
            fetch_evidence(t, &guesses[evidence], &places[evidence], &segments[evidence]);
        for (; fed < to_fed; fed++)
            feed_placed(t, &segments[fed], &places[fed], &guesses[fed]);
    }
}

void tcptwin_feed_batch(struct tcptwin *t, const struct tcptwin_segment *segments,
                        const struct tcptwin_place *places, size_t count)
{
    struct tcptwin_place found[PART];
    for (size_t done = 0; done < count; done += PART) {
        size_t part = least(count - done, PART);
        for (size_t i = 0; i < part && !places; i++)
            found[i] = tcptwin_find_place(t, &segments[done + i]);
        feed_part(t, segments + done, places ? places + done : found, part);
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
    struct opening *opening;
    uint64_t hash = flow_hash(&t->secret, &key);
    struct conn *conn = flow_look(&t->table, &key, hash, &opening);
    if (opening)
        conn = promote(t, opening, hash, false);
    if (conn && observe_icmp(conn, &t->slab, icmp, dir)) {
        after_observation(t, conn, true);
        return;
    }
    t->stats.icmp_unmatched++;
    early_icmp_keep(&t->early, icmp);
}

/* -- the end of the capture ---------------------------------------------------------------------------- */

/* Where it is, and its number beside that, or sorting would fetch each connection many times. */
struct leftover {
    uint32_t stream; /* its last 32 bits */
    uint32_t index;
};

enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, FEW = 32 };

static void sort_few(struct leftover *all, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct leftover moved = all[i];
        uint32_t k = i;
        for (; k > 0 && all[k - 1].stream > moved.stream; k--)
            all[k] = all[k - 1];
        all[k] = moved;
    }
}

/* By order of first packet, in place: each goes to the part of its digit, then each part by the next digit
 * (McIlroy, Bostic and McIlroy, "Engineering radix sort", 1993). */
static void sort_by_stream(struct leftover *all, uint32_t count, unsigned shift)
{
    uint32_t next[DIGITS], end[DIGITS] = {0};
    for (uint32_t i = 0; i < count; i++)
        end[(all[i].stream >> shift) % DIGITS]++;
    for (uint32_t digit = 0, at = 0; digit < DIGITS; digit++) {
        next[digit] = at;
        end[digit] = at += end[digit];
    }
    for (uint32_t digit = 0, start = 0; digit < DIGITS; start = end[digit++]) {
        while (next[digit] < end[digit]) {
            struct leftover moved = all[next[digit]];
            uint32_t home = (moved.stream >> shift) % DIGITS;
            all[next[digit]] = all[next[home]];
            all[next[home]++] = moved;
        }
        if (end[digit] - start < FEW)
            sort_few(all + start, end[digit] - start);
        else if (shift)
            sort_by_stream(all + start, end[digit] - start, shift - DIGIT_BITS);
    }
}

/* It departs soon: its evidence, and what is known of its hosts. */
static void prefetch_leftover(const struct tcptwin *t, uint32_t index)
{
    const struct conn *conn = flow_at(&t->table, index);
    const struct opening *opening = flow_opening_at(&t->table, index);
    if (conn)
        conn_prefetch_evidence(conn);
    if (opening)
        flow_prefetch_rest(&t->table, opening);
    for (unsigned x = 0; x < 2 && (conn || opening); x++) {
        struct tcptwin_address address = conn ? conn->address[x] : opening_address(opening, x);
        hosts_prefetch(&t->hosts, &address);
    }
}

static void retire_all(struct tcptwin *t, const struct leftover *all, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i + PREFETCH_FAR < count)
            flow_prefetch(&t->table, all[i + PREFETCH_FAR].index);
        if (i + PREFETCH_NEAR < count)
            prefetch_leftover(t, all[i + PREFETCH_NEAR].index);
        struct opening *opening = flow_opening_at(&t->table, all[i].index);
        struct conn *conn = flow_at(&t->table, all[i].index);
        if (opening)
            retire_opening(t, opening, TCPTWIN_END_EOF);
        else if (conn)
            retire_conn(t, conn, TCPTWIN_END_EOF);
    }
}

/* All that is held: connections, then openings. @ordered: whether that is their order. Return: how many there are. */
static uint32_t list_all(struct tcptwin *t, struct leftover *all, bool *ordered)
{
    uint32_t count = 0, room = flow_room(&t->table), openings = flow_opening_room(&t->table);
    for (uint32_t i = 0; i < room; i++) {
        flow_prefetch(&t->table, i + PREFETCH_FAR);
        const struct conn *conn = flow_at(&t->table, i);
        if (!conn)
            continue;
        learn_conn(t, conn);
        all[count++] = (struct leftover){(uint32_t)conn->stream, i};
    }
    for (uint32_t i = FLOW_OPENING; i < FLOW_OPENING + openings; i++) {
        const struct opening *opening = flow_opening_at(&t->table, i);
        if (opening && opening->count)
            all[count++] = (struct leftover){opening->stream, i};
    }
    *ordered = true;
    for (uint32_t i = 1; i < count && *ordered; i++)
        *ordered = all[i - 1].stream < all[i].stream;
    return count;
}

/* Without memory for the order: in any. */
static void retire_unordered(struct tcptwin *t)
{
    for (uint32_t i = 0; i < flow_opening_room(&t->table); i++) {
        struct opening *opening = flow_opening_at(&t->table, FLOW_OPENING + i);
        if (opening && opening->count)
            retire_opening(t, opening, TCPTWIN_END_EOF);
    }
    for (uint32_t i = 0; i < flow_room(&t->table); i++) {
        struct conn *conn = flow_at(&t->table, i);
        if (!conn)
            continue;
        learn_conn(t, conn);
        retire_conn(t, conn, TCPTWIN_END_EOF);
    }
}

void tcptwin_finish(struct tcptwin *t)
{
    size_t bytes = t->table.used * sizeof(struct leftover);
    struct tcptwin_allocator *allocator = &t->budget.allocator;
    struct leftover *all = bytes ? allocator->allocate(allocator->user, bytes) : NULL;
    if (all) {
        bool ordered;
        uint32_t count = list_all(t, all, &ordered);
        if (!ordered) /* as after a flood they are */
            sort_by_stream(all, count, 32 - DIGIT_BITS);
        retire_all(t, all, count);
        allocator->release(allocator->user, all, bytes);
    } else {
        retire_unordered(t);
    }
    send_off(t);
}

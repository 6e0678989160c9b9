/* fuzz_sequence.c - any sequence of segments, and what must hold whatever they are
 *
 * The input is a little program: each step is one segment between one of a few pairs of addresses, an
 * ICMP error, or time passing. Sequence numbers are drawn near what the two sides have sent, so that
 * most segments mean something to the machines; any number can be had, too.
 *
 * The same steps run three times: offline, offline again, and live. Asserted are
 *
 *     chain        an endpoint's transitions join up, each is a row of the table, the last one is its state
 *     once         every connection is reported once, and no more connections than were counted
 *     sane         enumerations in range, times within the capture's, no segment lost or counted twice
 *     memory       within the limit, and all of it given back
 *     determinism  two runs say the same
 *     brief        what is said of a connection in brief is said of the whole
 *     live         with revisions applied, what was said at once is what is said at the end, and the
 *                  end is the offline run's
 *
 * FUZZ_VERBOSE=1 in the environment prints the segments.
 */
#include "brief_is_whole.h"

#include "tcptwin/tcptwin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TUPLES = 4,
    STEPS_MAX = 600,
    STREAMS_MAX = 2 * STEPS_MAX,
    SAID_MAX = 128,
    OVERHEAD_BYTES = 4 << 20 /* of the context, beside what the limit is for */
};

#define SECOND_NS UINT64_C(1000000000)
#define START_NS (UINT64_C(1767225600) * SECOND_NS)

#define MUST(condition_)                                                                           \
    do {                                                                                           \
        if (!(condition_)) {                                                                       \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition_);            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/** What the live run has said of one endpoint so far. */
struct said {
    uint64_t ts_ns[SAID_MAX];
    uint8_t to[SAID_MAX];
    unsigned count;
    bool overflow;
};

struct observer {
    uint64_t digest; /* of everything in CONNECTION events */
    uint64_t connections, packets, first_ns, last_ns;
    bool live, reported[STREAMS_MAX];
    struct tcptwin_connection brief; /* with brief.brief: of the next that is said */
    bool starved; /* memory was too short for some evidence */
    struct said *said; /* live: [STREAMS_MAX][2] */
    size_t bytes, bytes_max;
};

/* ------------------------------------------------------------------ allocator */

static void *allocate(void *user, size_t bytes)
{
    struct observer *observer = user;

    observer->bytes += bytes;
    if (observer->bytes > observer->bytes_max)
        observer->bytes_max = observer->bytes;
    return malloc(bytes);
}

static void release(void *user, void *memory, size_t bytes)
{
    struct observer *observer = user;

    MUST(bytes <= observer->bytes);
    observer->bytes -= bytes;
    free(memory);
}

/* ------------------------------------------------------------------ what is said */

static void digest(struct observer *observer, uint64_t value)
{
    observer->digest = (observer->digest ^ value) * UINT64_C(0x100000001b3);
    observer->digest ^= observer->digest >> 29;
}

static void check_transition(struct observer *observer, const struct tcptwin_transition *transition)
{
    const struct tcptwin_row *row;

    MUST(transition->endpoint < 2);
    MUST(transition->from < TCPTWIN_STATE_COUNT && transition->to < TCPTWIN_STATE_COUNT);
    MUST(transition->event < TCPTWIN_EV_COUNT && transition->basis < TCPTWIN_BASIS_COUNT);
    row = tcptwin_row(transition->from, transition->event);
    MUST(row && row->to == transition->to);
    MUST(transition->ts_ns >= observer->first_ns);
    MUST(transition->basis == TCPTWIN_BASIS_TIMER || transition->ts_ns <= observer->last_ns);
    MUST(!transition->segment.frame || transition->segment.sender < 2);
    /* dwell counts by the endpoint's own clock, which may reach beyond the capture at both ends */
    MUST(transition->dwell_ns <= 3 * (observer->last_ns - observer->first_ns));
}

/** Each endpoint's transitions join up and lead to its state. */
static void check_chain(struct observer *observer, const struct tcptwin_connection *connection)
{
    bool moved[2] = {false, false};
    uint8_t at[2] = {TCPTWIN_STATE_UNKNOWN, TCPTWIN_STATE_UNKNOWN};

    for (uint32_t i = 0; i < connection->transition_count; i++) {
        const struct tcptwin_transition *transition = &connection->transitions[i];
        unsigned who = transition->endpoint;
        check_transition(observer, transition);
        if (moved[who])
            MUST(transition->from == at[who]);
        else
            MUST(transition->from == TCPTWIN_STATE_CLOSED || transition->from == TCPTWIN_STATE_LISTEN ||
                 transition->from == TCPTWIN_STATE_UNKNOWN);
        moved[who] = true;
        at[who] = transition->to;
        digest(observer, (uint64_t)transition->to << 24 | (uint64_t)transition->event << 16 |
                             (uint64_t)transition->basis << 8 | who);
        digest(observer, transition->ts_ns);
        digest(observer, transition->segment.frame);
    }
    for (unsigned who = 0; who < 2; who++)
        if (moved[who])
            MUST(connection->endpoint[who].state == at[who]);
}

static void check_endpoint(struct observer *observer, const struct tcptwin_endpoint *endpoint,
                           uint64_t lifetime_ns)
{
    MUST(endpoint->state < TCPTWIN_STATE_COUNT && endpoint->state_basis < TCPTWIN_BASIS_COUNT);
    MUST(endpoint->app_error < TCPTWIN_APP_COUNT && endpoint->app_error_basis < TCPTWIN_BASIS_COUNT);
    MUST(endpoint->payload_bytes <= endpoint->bytes);
    MUST(endpoint->retrans_packets <= endpoint->packets && endpoint->out_of_order <= endpoint->packets);
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++)
        MUST(endpoint->dwell_ns[state] <= 3 * lifetime_ns);
    observer->packets += endpoint->packets;
    digest(observer, (uint64_t)endpoint->state << 8 | endpoint->app_error);
    digest(observer, endpoint->packets);
    digest(observer, endpoint->payload_bytes);
    digest(observer, endpoint->retrans_packets);
}

static void check_anomalies(struct observer *observer, const struct tcptwin_connection *connection)
{
    bool had[TCPTWIN_ANOMALY_COUNT][3] = {{false}};

    for (uint32_t i = 0; i < connection->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *anomaly = &connection->anomalies[i];
        MUST(anomaly->anomaly < TCPTWIN_ANOMALY_COUNT && anomaly->endpoint <= 2);
        MUST(!had[anomaly->anomaly][anomaly->endpoint]);
        had[anomaly->anomaly][anomaly->endpoint] = true;
        MUST(anomaly->count > 0 && anomaly->confidence <= 100);
        MUST(anomaly->first_frame <= anomaly->last_frame);
        digest(observer, (uint64_t)anomaly->anomaly << 40 | (uint64_t)anomaly->endpoint << 32 | anomaly->count);
    }
}

/** With the revisions applied, what was said live is what holds at the end. */
static void check_said(const struct observer *observer, const struct tcptwin_connection *connection)
{
    unsigned seen[2] = {0, 0};

    for (uint32_t i = 0; i < connection->transition_count; i++) {
        const struct tcptwin_transition *transition = &connection->transitions[i];
        const struct said *said = &observer->said[2 * connection->stream + transition->endpoint];
        unsigned at = seen[transition->endpoint]++;
        if (said->overflow)
            continue;
        MUST(at < said->count && said->to[at] == transition->to);
    }
    for (unsigned who = 0; who < 2; who++)
        MUST(observer->said[2 * connection->stream + who].overflow ||
             seen[who] == observer->said[2 * connection->stream + who].count);
}

static bool never_enough(void *user, const struct tcptwin_connection *brief)
{
    memcpy(&((struct observer *)user)->brief, brief, sizeof *brief);
    return false;
}

static void on_connection(struct observer *observer, const struct tcptwin_connection *connection)
{
    uint64_t lifetime_ns = observer->last_ns - observer->first_ns;

    MUST(!observer->brief.brief || brief_is_whole(&observer->brief, connection));
    observer->brief.brief = false;
    MUST(connection->stream < STREAMS_MAX && !observer->reported[connection->stream]);
    observer->reported[connection->stream] = true;
    observer->connections++;
    MUST(connection->client < 2 && connection->role_basis < TCPTWIN_ROLE_COUNT);
    MUST(connection->outcome < TCPTWIN_OUTCOME_COUNT && connection->handshake < TCPTWIN_HANDSHAKE_COUNT);
    MUST(connection->end_reason < TCPTWIN_END_COUNT && connection->confidence <= 100);
    MUST(connection->closed_by < TCPTWIN_PARTY_COUNT && connection->reset_by < TCPTWIN_PARTY_COUNT);
    MUST(connection->first_fin_by < TCPTWIN_PARTY_COUNT && connection->incarnation > 0);
    MUST(connection->first_ts_ns >= observer->first_ns && connection->last_ts_ns <= observer->last_ns);
    MUST(connection->first_frame <= connection->last_frame);
    MUST(memchr(connection->zeek_history, 0, sizeof connection->zeek_history) != NULL);
    observer->starved |= connection->evidence_dropped != 0;
    digest(observer, tcptwin_connection_id(connection));
    digest(observer, connection->stream);
    digest(observer, (uint64_t)connection->outcome << 32 | (uint64_t)connection->handshake << 16 |
                         (uint64_t)connection->closed_by << 8 | connection->reset_by);
    check_chain(observer, connection);
    check_endpoint(observer, &connection->endpoint[0], lifetime_ns);
    check_endpoint(observer, &connection->endpoint[1], lifetime_ns);
    check_anomalies(observer, connection);
    if (observer->live)
        check_said(observer, connection);
}

/** Where the transition that is taken back stands; it must have been said. */
static unsigned find_said(const struct said *said, const struct tcptwin_transition *transition)
{
    unsigned at = said->count;

    while (at > 0 && !(said->to[at - 1] == transition->to && said->ts_ns[at - 1] == transition->ts_ns))
        at--;
    MUST(at > 0);
    return at - 1;
}

static void insert_said(struct said *said, unsigned at, const struct tcptwin_transition *transition)
{
    if (said->count == SAID_MAX) {
        said->overflow = true;
        return;
    }
    memmove(said->to + at + 1, said->to + at, said->count - at);
    memmove(said->ts_ns + at + 1, said->ts_ns + at, (said->count - at) * sizeof *said->ts_ns);
    said->to[at] = transition->to;
    said->ts_ns[at] = transition->ts_ns;
    said->count++;
}

static void on_live(struct observer *observer, const struct tcptwin_event *event)
{
    const struct tcptwin_transition *now = event->transition, *before = event->revised;
    bool revision = event->kind == TCPTWIN_EVENT_REVISION;
    struct said *said;
    unsigned at;

    MUST(observer->live && event->connection->stream < STREAMS_MAX);
    MUST(!observer->reported[event->connection->stream]);
    MUST(now || before);
    MUST(revision || (now && !before));
    said = &observer->said[2 * event->connection->stream + (now ? now->endpoint : before->endpoint)];
    if (now)
        check_transition(observer, now);
    if (said->overflow)
        return;
    at = said->count;
    if (before) {
        at = find_said(said, before);
        memmove(said->to + at, said->to + at + 1, said->count - at - 1);
        memmove(said->ts_ns + at, said->ts_ns + at + 1, (said->count - at - 1) * sizeof *said->ts_ns);
        said->count--;
    }
    if (now)
        insert_said(said, at, now);
}

static void sink(void *user, const struct tcptwin_event *event)
{
    struct observer *observer = user;

    MUST(event->connection);
    if (event->kind == TCPTWIN_EVENT_CONNECTION)
        on_connection(observer, event->connection);
    else
        on_live(observer, event);
}

/* ------------------------------------------------------------------ the input's program */

struct input {
    const uint8_t *data;
    size_t size;
};

static uint32_t take(struct input *input, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--) {
        value = value << 8 | (input->size ? *input->data : 0);
        if (input->size) {
            input->data++;
            input->size--;
        }
    }
    return value;
}

/** One side of a pair: where its numbers are. */
struct side {
    uint32_t isn, next;
    uint16_t ip_id;
};

struct script {
    struct side side[TUPLES][2];
    uint64_t now_ns, frame, segments;
    bool verbose;
};

/** A number near what the sender has sent (or, for an ack, what its peer has), or any at all. */
static uint32_t take_number(struct input *input, const struct side *side)
{
    uint32_t choice = take(input, 1);

    switch (choice % 8) {
    case 0:
        return side->isn;
    case 1:
        return side->next - 1;
    case 2:
        return side->next + 1;
    case 3:
        return side->next - choice / 8 * 100;
    case 4:
        return side->next + choice / 8 * 1000;
    case 5:
        return choice & 0x80 ? take(input, 4) : side->isn + 1;
    default:
        return side->next;
    }
}

static void pass_time(struct input *input, struct script *script)
{
    static const uint64_t spans_ns[] = {0, 1000, 10 * 1000 * 1000, 200 * 1000 * 1000, SECOND_NS,
                                        3 * SECOND_NS, 61 * SECOND_NS, 200 * SECOND_NS};

    script->now_ns += spans_ns[take(input, 1) % 8];
}

static struct tcptwin_address address_of(unsigned tuple, unsigned side)
{
    struct tcptwin_address address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}};

    if (tuple == 1)
        memset(address.bytes, 0x20, sizeof address.bytes); /* IPv6 */
    address.bytes[15] = (uint8_t)(1 + side);
    if (tuple == 3)
        address.bytes[15] = 9; /* a host that talks to itself: only the ports differ */
    return address;
}

static void take_options(struct input *input, struct tcptwin_segment *segment)
{
    uint32_t choice = take(input, 1);

    if (choice & 1) {
        segment->options |= TCPTWIN_OPT_TIMESTAMPS;
        segment->tsval = take(input, 1);
        segment->tsecr = take(input, 1);
    }
    if (choice & 2) {
        segment->options |= TCPTWIN_OPT_SACK;
        segment->sack_count = 1;
        segment->sack[0].left = segment->ack + 10;
        segment->sack[0].right = segment->ack + 20;
    }
    if (choice & 4 && segment->flags & TCPTWIN_SYN) {
        segment->options |= TCPTWIN_OPT_MSS | TCPTWIN_OPT_WSCALE | TCPTWIN_OPT_SACK_PERMITTED;
        segment->mss = 1460;
        segment->wscale = (uint8_t)take(input, 1);
    }
    if (choice & 8 && segment->flags & TCPTWIN_SYN)
        segment->options |= TCPTWIN_OPT_FAST_OPEN;
    segment->notes = choice & 16    ? TCPTWIN_NOTE_CHECKSUM_BAD
                     : choice & 32  ? TCPTWIN_NOTE_CHECKSUM_OK
                     : choice & 64  ? TCPTWIN_NOTE_OPTIONS_CUT
                     : choice & 128 ? TCPTWIN_NOTE_IP_LENGTH_ZERO
                                    : 0;
}

static void step_segment(struct tcptwin *tcptwin, struct input *input, struct script *script, uint32_t op)
{
    static const uint8_t usual_flags[] = {
        TCPTWIN_SYN,  TCPTWIN_SYN | TCPTWIN_ACK, TCPTWIN_ACK, TCPTWIN_ACK | TCPTWIN_PSH,
        TCPTWIN_RST,  TCPTWIN_RST | TCPTWIN_ACK, TCPTWIN_FIN | TCPTWIN_ACK};
    static const uint16_t lengths[] = {0, 0, 0, 1, 100, 1460, 65000, 0};
    unsigned tuple = op >> 4 & 3, dir = op >> 6 & 1;
    struct side *from = &script->side[tuple][dir], *to = &script->side[tuple][!dir];
    uint32_t choice = take(input, 1), flags = choice & 7, length = choice >> 3 & 7;
    struct tcptwin_segment segment = {.ts_ns = script->now_ns, .frame = ++script->frame, .ttl = 64};

    segment.src = address_of(tuple, dir);
    segment.dst = address_of(tuple, !dir);
    segment.src_port = (uint16_t)(dir ? 80 : 40000 + tuple);
    segment.dst_port = (uint16_t)(dir ? 40000 + tuple : 80);
    segment.flags = flags < 7 ? usual_flags[flags] : (uint8_t)take(input, 1);
    segment.payload_len = lengths[length];
    segment.seq = choice & 0x40 ? take_number(input, from) : from->next;
    if (segment.flags & TCPTWIN_SYN && choice & 0x80)
        from->isn = segment.seq = take(input, 2) * 65537;
    segment.ack_raw = choice & 0x80 ? take_number(input, to) : to->next;
    segment.ack = segment.flags & TCPTWIN_ACK ? segment.ack_raw : 0;
    segment.window = (uint16_t)(op & 0x80 ? take(input, 1) : 64240);
    segment.ip_version = tuple == 1 ? 6 : 4;
    segment.wire_len = 40 + segment.payload_len;
    segment.ip_id = tuple == 1 ? 0 : op & 8 ? from->ip_id : ++from->ip_id;
    if (op & 4)
        take_options(input, &segment);
    from->next = segment.seq + segment.payload_len + !!(segment.flags & TCPTWIN_SYN) +
                 !!(segment.flags & TCPTWIN_FIN);
    if (op & 2)
        pass_time(input, script);
    if (script->verbose)
        fprintf(stderr, "%.6f tuple %u dir %u flags %02x seq %u len %u ack %u ip_id %u options %x notes %x\n",
                (double)(segment.ts_ns - START_NS) / 1e9, tuple, dir, segment.flags, segment.seq,
                segment.payload_len, segment.ack_raw, segment.ip_id, segment.options, segment.notes);
    tcptwin_feed(tcptwin, &segment);
    script->segments++;
}

static void step_icmp(struct tcptwin *tcptwin, struct input *input, struct script *script, uint32_t op)
{
    unsigned tuple = op >> 4 & 3, dir = op >> 6 & 1;
    struct tcptwin_icmp_error icmp = {.ts_ns = script->now_ns, .frame = ++script->frame};
    uint32_t kind = take(input, 1);

    icmp.src = address_of(tuple, dir);
    icmp.dst = address_of(tuple, !dir);
    icmp.reporter = icmp.dst;
    icmp.src_port = (uint16_t)(dir ? 80 : 40000 + tuple);
    icmp.dst_port = (uint16_t)(dir ? 40000 + tuple : 80);
    icmp.seq = take_number(input, &script->side[tuple][dir]);
    icmp.ip_version = tuple == 1 ? 6 : 4;
    icmp.type = kind & 0x80 ? (uint8_t)take(input, 1) : tuple == 1 ? 1 : 3;
    icmp.code = (uint8_t)(kind % 16);
    tcptwin_feed_icmp(tcptwin, &icmp);
}

/** Run the whole input. The clock of the observer is set to what the capture's will have been. */
static uint64_t play(struct tcptwin *tcptwin, struct input input, struct observer *observer)
{
    struct script script = {.now_ns = START_NS, .verbose = getenv("FUZZ_VERBOSE") != NULL};

    for (unsigned tuple = 0; tuple < TUPLES; tuple++) {
        script.side[tuple][0].isn = script.side[tuple][0].next = 1000 + tuple;
        script.side[tuple][1].isn = script.side[tuple][1].next = UINT32_MAX - 500 - tuple;
    }
    for (unsigned step = 0; step < STEPS_MAX && input.size; step++) {
        uint32_t op = take(&input, 1);
        observer->last_ns = script.now_ns > observer->last_ns ? script.now_ns : observer->last_ns;
        if (op & 1 || op % 16 == 0) {
            step_segment(tcptwin, &input, &script, op);
        } else if (op % 16 == 2) {
            step_icmp(tcptwin, &input, &script, op);
        } else if (op % 16 == 4 && script.now_ns > START_NS + SECOND_NS) {
            script.now_ns -= SECOND_NS / 100; /* badly merged queues */
        } else {
            pass_time(&input, &script);
            observer->last_ns = script.now_ns > observer->last_ns ? script.now_ns : observer->last_ns;
            if (op & 0x80)
                tcptwin_advance(tcptwin, script.now_ns);
        }
    }
    return script.segments;
}

/** One run of the input over a fresh context. Return: whether memory was enough for all. */
static bool run(const struct input *input, struct observer *observer, size_t memory_limit,
                enum tcptwin_profile profile)
{
    struct tcptwin_options options;
    struct tcptwin_stats stats;
    struct tcptwin *tcptwin;
    uint64_t segments;

    tcptwin_options_init(&options);
    options.profile = profile;
    options.live = observer->live;
    options.memory_limit = memory_limit;
    options.allocator = (struct tcptwin_allocator){allocate, release, observer};
    options.sink = sink;
    options.sink_user = observer;
    options.enough = never_enough;
    observer->first_ns = observer->last_ns = START_NS;
    tcptwin = tcptwin_create(&options);
    if (!tcptwin) {
        MUST(observer->bytes == 0);
        return false;
    }
    segments = play(tcptwin, *input, observer);
    tcptwin_finish(tcptwin);
    tcptwin_get_stats(tcptwin, &stats);
    MUST(stats.segments == segments);
    MUST(stats.connections == observer->connections && stats.open_connections == 0);
    MUST(observer->packets + stats.refused_segments + stats.late_segments == segments);
    MUST(observer->bytes_max <= memory_limit + OVERHEAD_BYTES);
    tcptwin_destroy(tcptwin);
    MUST(observer->bytes == 0);
    return stats.evicted == 0 && stats.refused_segments == 0 && !observer->starved;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct said said[2 * STREAMS_MAX];
    static struct observer first, second, live;
    struct input input = {data, size};
    uint32_t setting = take(&input, 1);
    size_t memory_limit = setting & 1 ? (size_t)1 << (16 + (setting >> 1 & 3)) : (size_t)64 << 20;
    enum tcptwin_profile profile = (enum tcptwin_profile)((setting >> 3) % TCPTWIN_PROFILE_COUNT);
    bool complete;

    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    memset(&live, 0, sizeof live);
    complete = run(&input, &first, memory_limit, profile);
    MUST(run(&input, &second, memory_limit, profile) == complete && second.digest == first.digest);
    live.live = true;
    live.said = said;
    if (run(&input, &live, memory_limit, profile) && complete)
        MUST(live.digest == first.digest);
    memset(said, 0, 2 * live.connections * sizeof *said); /* streams are numbered from 0 */
    return 0;
}

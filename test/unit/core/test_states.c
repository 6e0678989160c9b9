/* test_states.c - what is said of whole connections: every outcome, every state, every row
 *
 * Each scenario is played plainly first, then again in all the ways that must make no difference:
 * live, in batches, each packet twice, with numbers that wrap, over IPv6, with the sides' addresses
 * the other way round.
 */
#include "rig.h"
#include "scenarios.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))
enum { PORT = 40000 }; /* of side A; the connection z, which only lets time pass, has the next */

/* The one that the scenario is about. */
static const struct tcptwin_connection *subject(const struct rig *rig)
{
    for (size_t i = rig->connection_count; i-- > 0;) {
        const struct tcptwin_connection *c = &rig->connections[i].said;
        if (c->endpoint[0].port == PORT || c->endpoint[1].port == PORT)
            return c;
    }
    fail_msg("nothing was said of the connection");
    return NULL;
}

static void check_text(const char *scenario, const char *how, const char *have, const char *want)
{
    if (strcmp(have, want) != 0)
        fail_msg("%s (%s):\n  have %s\n  want %s", scenario, how, have, want);
}

/* @first: endpoint of side A. */
static void check_scenario(const struct rig *rig, const struct scenario *s, const char *how,
                           unsigned first)
{
    char text[RIG_TEXT], verdict[RIG_TEXT];
    const struct tcptwin_connection *c = subject(rig);
    check_text(s->name, how, rig_path(c, first, text), s->a);
    check_text(s->name, how, rig_path(c, !first, text), s->b);
    check_text(s->name, how, rig_verdict(c, first, verdict), s->verdict);
}

static void play_prefixed(struct rig *rig, const char *prefix, const struct scenario *s)
{
    char text[8 * 1024];
    assert_true((size_t)snprintf(text, sizeof text, "%s%s", prefix, s->text) < sizeof text);
    assert_true(rig_open(rig));
    rig_play(rig, text);
    rig_finish(rig);
}

static void each_scenario(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig rig;
        rig_init(&rig);
        play_prefixed(&rig, "", &scenarios[i]);
        if (getenv("RIG_SHOW")) { /* to write a new one: name, verdict, A, B */
            char text[3][RIG_TEXT];
            const struct tcptwin_connection *c = subject(&rig);
            fprintf(stderr, "%s\t%s\t%s\t%s\n", scenarios[i].name, rig_verdict(c, 0, text[0]),
                    rig_path(c, 0, text[1]), rig_path(c, 1, text[2]));
        } else {
            check_scenario(&rig, &scenarios[i], "plain", 0);
        }
        rig_close(&rig);
    }
}

/* -- coverage
 * -------------------------------------------------------------------------------------- */

static void every_outcome_state_and_row(void **unused)
{
    static unsigned rows[TCPTWIN_STATE_COUNT][TCPTWIN_EV_COUNT];
    unsigned outcomes[TCPTWIN_OUTCOME_COUNT] = {0}, states[TCPTWIN_STATE_COUNT] = {0}, missing = 0;
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig rig;
        rig_init(&rig);
        play_prefixed(&rig, "", &scenarios[i]);
        for (size_t k = 0; k < rig.connection_count; k++) {
            const struct tcptwin_connection *c = &rig.connections[k].said;
            outcomes[c->outcome]++;
            states[c->endpoint[0].state]++;
            states[c->endpoint[1].state]++;
            for (uint32_t t = 0; t < c->transition_count; t++)
                rows[c->transitions[t].from][c->transitions[t].event]++;
        }
        rig_close(&rig);
    }
    for (unsigned o = 0; o < TCPTWIN_OUTCOME_COUNT; o++)
        if (!outcomes[o])
            fail_msg("no scenario ends as %s", tcptwin_outcome_word((enum tcptwin_outcome)o)->name);
    for (unsigned s = 0; s < TCPTWIN_STATE_COUNT; s++)
        if (!states[s])
            fail_msg("no scenario ends in %s", tcptwin_state_word((enum tcptwin_state)s)->label);
    const struct tcptwin_row *row;
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
        if (rows[row->from][row->event])
            continue;
        missing++;
        print_message("%s (%s): no scenario makes it\n", tcptwin_state_word(row->from)->label,
                      tcptwin_trigger_word(row->event)->name);
    }
    assert_int_equal(missing, 0);
}

/* -- what makes no difference
 * ---------------------------------------------------------------------- */

static void numbers_that_wrap(void **unused)
{
    static const char *const prefixes[] = {
        "isn A 4294967295\nisn B 4294967295\n", /* the first byte wraps */
        "isn A 4294967250\nisn B 4294967290\n", /* in the middle of the data */
        "isn A 2147483640\nisn B 2147483647\n", /* over the sign */
        "isn A 0\nisn B 0\n",
        "isn A 1000000\nisn B 3000000000\n", /* each side's numbers above the other's */
        "isn A 3000000000\nisn B 1000000\n",
    };
    (void)unused;
    for (size_t p = 0; p < COUNT(prefixes); p++)
        for (size_t i = 0; i < scenario_count; i++) {
            struct rig rig;
            rig_init(&rig);
            play_prefixed(&rig, prefixes[p], &scenarios[i]);
            check_scenario(&rig, &scenarios[i], prefixes[p], 0);
            rig_close(&rig);
        }
}

static void the_other_ip_version(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig rig;
        if (strstr(scenarios[i].text, "icmp"))
            continue; /* other types and codes */
        rig_init(&rig);
        play_prefixed(&rig, "ipv6\n", &scenarios[i]);
        check_scenario(&rig, &scenarios[i], "IPv6", 0);
        rig_close(&rig);
    }
}

/* Direction is an index: what is said of A is the same when A is endpoint 1. */
static void addresses_the_other_way_round(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig rig;
        rig_init(&rig);
        play_prefixed(&rig, "addr A 192.0.2.77:40000\n", &scenarios[i]);
        check_scenario(&rig, &scenarios[i], "addresses exchanged", 1);
        rig_close(&rig);
    }
}

/* A mirror port that shows every packet twice moves nobody. */
static void every_packet_twice(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig rig;
        struct seg_script script = rig_parse(scenarios[i].text);
        rig_init(&rig);
        assert_true(rig_open(&rig));
        for (size_t k = 0; k < script.count; k++)
            for (unsigned copy = 0; copy < 2; copy++) {
                struct seg_packet packet = script.packets[k];
                packet.segment.ts_ns += copy * 20000;
                packet.icmp.ts_ns += copy * 20000;
                packet.segment.frame = packet.icmp.frame = 2 * k + copy + 1;
                rig_feed(&rig, &packet);
            }
        rig_finish(&rig);
        check_scenario(&rig, &scenarios[i], "every packet twice", 0);
        seg_free(&script);
        rig_close(&rig);
    }
}

/* @placed: with the places found beforehand. */
static void give(struct rig *rig, const struct tcptwin_segment *segments, size_t count, bool placed)
{
    struct tcptwin_place places[1000];
    assert_true(count <= COUNT(places));
    for (size_t i = 0; placed && i < count; i++)
        places[i] = tcptwin_find_place(rig->tcptwin, &segments[i]);
    tcptwin_feed_batch(rig->tcptwin, segments, placed ? places : NULL, count);
}

/* All scenarios in one capture, overlapping, on ports of their own. */
static struct tcptwin_segment *one_capture(size_t *count)
{
    struct tcptwin_segment *all = NULL;
    *count = 0;
    for (size_t i = 0; i < scenario_count; i++) {
        struct seg_script script = rig_parse(scenarios[i].text);
        all = realloc(all, (*count + script.count) * sizeof *all);
        assert_non_null(all);
        for (size_t k = 0; k < script.count; k++) {
            struct tcptwin_segment *segment = &all[*count];
            if (script.packets[k].is_icmp)
                continue;
            *segment = script.packets[k].segment;
            segment->ts_ns += i * 300000000;
            segment->frame = ++*count;
            *(segment->src_port >= PORT ? &segment->src_port : &segment->dst_port) =
                (uint16_t)((segment->src_port >= PORT ? segment->src_port : segment->dst_port) +
                           2 * i);
        }
        seg_free(&script);
    }
    return all;
}

static void play_one_by_one(struct rig *rig, const struct tcptwin_segment *all, size_t count)
{
    rig_init(rig);
    assert_true(rig_open(rig));
    for (size_t i = 0; i < count; i++)
        tcptwin_feed(rig->tcptwin, &all[i]);
    rig_finish(rig);
}

static void check_same_log(const struct rig *rig, const struct rig *single)
{
    assert_int_equal(rig->log_bytes, single->log_bytes);
    assert_string_equal(rig->log, single->log);
}

static void in_batches(void **unused)
{
    static const size_t sizes[] = {1,   2, 3, TCPTWIN_BATCH - 1, TCPTWIN_BATCH, TCPTWIN_BATCH + 1,
                                   1000};
    struct rig single;
    size_t count;
    struct tcptwin_segment *all = one_capture(&count);
    (void)unused;
    play_one_by_one(&single, all, count);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        struct rig rig;
        rig_init(&rig);
        assert_true(rig_open(&rig));
        for (size_t i = 0; i < count; i += sizes[s])
            give(&rig, all + i, count - i < sizes[s] ? count - i : sizes[s], s & 1);
        rig_finish(&rig);
        check_same_log(&rig, &single);
        rig_close(&rig);
    }
    rig_close(&single);
    free(all);
}

/* -- concluded later
 * ---------------------------------------------------------------------------------- */

enum { DESKS = 3 };

/* Lists are concluded `late` lists after they were handed over, and reclaimed as late again. */
struct late {
    struct tcptwin_pipeline pipeline;
    struct rig *rig;
    struct tcptwin_departures lists[256];
    struct tcptwin_desk *desks[DESKS]; /* NULL: none */
    size_t late, handed, settled, reclaimed, drains;
};

static const struct tcptwin_departures *list_at(const struct late *late, size_t at)
{
    return &late->lists[at % COUNT(late->lists)];
}

/* The next is concluded and said; up to DESKS after it were prepared before, the last one first. */
static void settle_some(struct late *late, size_t left)
{
    size_t more = late->handed - late->settled - left - 1;
    size_t prepared = !late->desks[0] ? 0 : more < DESKS ? more : DESKS;
    for (size_t i = prepared; i > 0; i--)
        tcptwin_prepare(late->rig->tcptwin, late->desks[i - 1], list_at(late, late->settled + i));
    tcptwin_conclude(late->rig->tcptwin, list_at(late, late->settled));
    for (size_t i = 0; i < prepared; i++)
        tcptwin_say(late->rig->tcptwin, late->desks[i]);
    late->settled += 1 + prepared;
}

static void settle_but(struct late *late, size_t left)
{
    while (late->handed - late->settled > left)
        settle_some(late, left);
    while (late->settled - late->reclaimed > left)
        tcptwin_reclaim(late->rig->tcptwin, &late->lists[late->reclaimed++ % COUNT(late->lists)]);
}

static void late_hand_over(void *user, const struct tcptwin_departures *departures)
{
    struct late *late = user;
    assert_true(departures->count && departures->count <= TCPTWIN_DEPARTURES);
    assert_true(late->handed - late->reclaimed < COUNT(late->lists));
    late->lists[late->handed++ % COUNT(late->lists)] = *departures;
    settle_but(late, late->late);
}

static void late_drain(void *user)
{
    struct late *late = user;
    late->drains++;
    settle_but(late, 0);
}

static void play_late(struct late *late, struct rig *rig, size_t limit,
                      const struct tcptwin_segment *all, size_t count)
{
    late->pipeline = (struct tcptwin_pipeline){late_hand_over, late_drain, late};
    late->rig = rig;
    rig_init(rig);
    rig->options.pipeline = &late->pipeline;
    if (limit)
        rig->options.memory_limit = limit;
    assert_true(rig_open(rig));
    tcptwin_feed_batch(rig->tcptwin, all, NULL, count);
    rig_finish(rig);
    settle_but(late, 0);
}

/* When it is concluded makes no difference to what is said. */
static void concluded_later(void **unused)
{
    static const size_t lates[] = {0, 1, 2, 200};
    struct rig single, rig;
    size_t count;
    struct tcptwin_segment *all = one_capture(&count);
    (void)unused;
    play_one_by_one(&single, all, count);
    for (size_t i = 0; i < COUNT(lates); i++) {
        struct late late = {.late = lates[i]};
        play_late(&late, &rig, 0, all, count);
        assert_true(late.handed > 1);
        check_same_log(&rig, &single);
        rig_close(&rig);
    }
    rig_close(&single);
    free(all);
}

/* Many that are all alike, and whose conclusions are too long for a desk. */
static struct tcptwin_segment *many_crossing(size_t *count)
{
    struct seg_script script = rig_parse("0.000 A S 0:0\n0.001 B S 0:0\n0.011 A SA 0:0 1\n0.012 B SA 0:0 1\n"
                                         "0.022 A A 1:1 1\n0.023 B A 1:1 1\n0.024 A PA 1:11 1\n0.030 B A 1:1 11\n"
                                         "0.040 A FA 11:11 1\n0.041 B FA 1:1 11\n0.050 A A 12:12 2\n"
                                         "0.051 B A 2:2 12\n");
    enum { MANY = 400 };
    struct tcptwin_segment *all = calloc(MANY * script.count, sizeof *all);
    assert_non_null(all);
    *count = 0;
    for (size_t k = 0; k < script.count; k++)
        for (size_t n = 0; n < MANY; n++) {
            struct tcptwin_segment *segment = &all[*count];
            *segment = script.packets[k].segment;
            segment->ts_ns += n * 1000;
            segment->frame = ++*count;
            segment->src_port = (uint16_t)(segment->src_port + 2 * n);
            segment->dst_port = (uint16_t)(segment->dst_port + 2 * n);
        }
    seg_free(&script);
    return all;
}

static void check_prepared(const struct tcptwin_segment *all, size_t count)
{
    static const size_t lates[] = {0, 1, DESKS, 200};
    struct rig single, rig;
    play_one_by_one(&single, all, count);
    for (size_t i = 0; i < COUNT(lates); i++) {
        struct late late = {.late = lates[i]};
        for (size_t d = 0; d < DESKS; d++) {
            void *memory = malloc(tcptwin_desk_size());
            assert_non_null(memory);
            late.desks[d] = tcptwin_desk_init(memory);
        }
        play_late(&late, &rig, 0, all, count);
        assert_true(late.handed > 1);
        check_same_log(&rig, &single);
        rig_close(&rig);
        for (size_t d = 0; d < DESKS; d++)
            free(late.desks[d]);
    }
    rig_close(&single);
}

/* Prepared before its turn, it is said in its turn. */
static void prepared_at_desks(void **unused)
{
    size_t count;
    struct tcptwin_segment *all = one_capture(&count);
    (void)unused;
    check_prepared(all, count);
    free(all);
    all = many_crossing(&count);
    check_prepared(all, count);
    free(all);
}

/* Short of memory, what departed is asked for before anybody is refused. */
static void concluded_later_with_little_memory(void **unused)
{
    enum { LITTLE = 1 << 20, FLOOD = 10000 };
    struct late late = {.late = 200};
    struct rig rig;
    struct tcptwin_segment *flood = calloc(FLOOD, sizeof *flood);
    (void)unused;
    assert_non_null(flood);
    for (size_t i = 0; i < FLOOD; i++) {
        struct seg_script script = rig_parse("0.000 A S 0:0\n");
        flood[i] = script.packets[0].segment;
        flood[i].frame = i + 1;
        flood[i].src_port = (uint16_t)(1024 + i);
        seg_free(&script);
    }
    play_late(&late, &rig, LITTLE, flood, FLOOD);
    assert_true(late.drains > 0);
    assert_true(rig_stats(&rig).evicted >= late.drains);
    assert_int_equal(rig_stats(&rig).refused_segments, 0);
    assert_int_equal(rig.connection_count, FLOOD);
    rig_close(&rig);
    free(flood);
}

/* The two stages cannot be separated where things are said as they happen. */
static void no_pipeline_live(void **unused)
{
    struct late late = {.late = 0};
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    rig.options.pipeline = &late.pipeline;
    rig.options.live = true;
    assert_false(rig_open(&rig));
    rig_close(&rig);
}

/* -- live
 * ------------------------------------------------------------------------------------------ */

/* Transitions and revisions as a reader of live output keeps them: what is left at the end. */
struct reader {
    struct step {
        uint64_t stream, id, ts_ns, frame;
        uint8_t endpoint, from, to, event;
    } steps[512];
    size_t count;
    unsigned revisions, connections;
};

static bool is_step(const struct step *step, uint64_t stream, const struct tcptwin_transition *t)
{
    return step->stream == stream && step->endpoint == t->endpoint && step->from == t->from &&
           step->to == t->to && step->event == t->event && step->ts_ns == t->ts_ns &&
           step->frame == t->segment.frame;
}

static struct step step_of(const struct tcptwin_connection *c, const struct tcptwin_transition *t)
{
    return (struct step){c->stream, tcptwin_connection_id(c), t->ts_ns, t->segment.frame,
                         t->endpoint, t->from, t->to, t->event};
}

static void check_reader(struct reader *reader, const struct tcptwin_connection *c)
{
    uint32_t next[2] = {0, 0};
    for (size_t i = 0; i < reader->count; i++) {
        const struct step *step = &reader->steps[i];
        if (step->stream != c->stream)
            continue;
        unsigned x = step->endpoint;
        while (next[x] < c->transition_count && c->transitions[next[x]].endpoint != x)
            next[x]++;
        assert_true(next[x] < c->transition_count);
        assert_int_equal(step->from, c->transitions[next[x]].from);
        assert_int_equal(step->to, c->transitions[next[x]].to);
        assert_true(step->id == tcptwin_connection_id(c));
        next[x]++;
    }
    for (unsigned x = 0; x < 2; x++)
        for (; next[x] < c->transition_count; next[x]++)
            assert_int_not_equal(c->transitions[next[x]].endpoint, x); /* all were said */
}

static void read_event(void *user, const struct tcptwin_event *event)
{
    struct reader *reader = user;
    uint64_t stream = event->connection->stream;
    size_t at = 0;
    if (event->kind == TCPTWIN_EVENT_CONNECTION) {
        check_reader(reader, event->connection);
        reader->connections++;
        return;
    }
    if (event->kind == TCPTWIN_EVENT_TRANSITION) {
        assert_true(reader->count < COUNT(reader->steps));
        reader->steps[reader->count++] = step_of(event->connection, event->transition);
        return;
    }
    reader->revisions++;
    while (at < reader->count && !is_step(&reader->steps[at], stream, event->revised))
        at++;
    assert_true(at < reader->count); /* only what was said is taken back */
    if (event->transition) {
        assert_int_equal(event->transition->endpoint, event->revised->endpoint);
        reader->steps[at] = step_of(event->connection, event->transition);
    } else {
        memmove(&reader->steps[at], &reader->steps[at + 1],
                (reader->count - at - 1) * sizeof reader->steps[0]);
        reader->count--;
    }
}

/* The same connections in the end, and what was said on the way adds up to them. */
static void live_comes_out_as_offline(void **unused)
{
    unsigned revisions = 0;
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct rig offline, live, read;
        struct reader reader = {.count = 0};
        rig_init(&offline);
        play_prefixed(&offline, "", &scenarios[i]);
        rig_init(&live);
        live.options.live = live.conclusions_only = true;
        play_prefixed(&live, "", &scenarios[i]);
        check_scenario(&live, &scenarios[i], "live", 0);
        assert_int_equal(live.connection_count, offline.connection_count);
        assert_string_equal(live.log, offline.log);
        rig_init(&read);
        read.options.live = true;
        read.options.sink = read_event;
        read.options.sink_user = &reader;
        play_prefixed(&read, "", &scenarios[i]);
        assert_int_equal(reader.connections, offline.connection_count);
        revisions += reader.revisions;
        rig_close(&read);
        rig_close(&live);
        rig_close(&offline);
    }
    assert_true(revisions > 0);
}

/* The handshake's ACK was captured and lost behind the tap: ESTABLISHED is said, and taken back. */
static void a_revision(void **unused)
{
    static const char text[] = "0.000 A S 0:0\n"
                               "0.010 B SA 0:0 1\n"
                               "0.020 A A 1:1 1\n";
    static const char refuted[] = "isn A 1000000\n"
                                  "1.010 B SA 0:0 1\n";
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    rig.options.live = true;
    assert_true(rig_open(&rig));
    rig_play(&rig, text);
    assert_int_equal(rig.transition_events, 5 - 1); /* A: two, B: two */
    assert_int_equal(rig.revision_events, 0);
    rig_play(&rig, refuted);
    assert_int_equal(rig.revision_events, 1);
    assert_non_null(strstr(rig.log, "was 1 SYN-RECEIVED>ESTABLISHED"));
    rig_play(&rig, "1.020 A A 1:1 1\n");
    rig_finish(&rig);
    char path[RIG_TEXT];
    assert_string_equal(rig_path(subject(&rig), 1, path),
                        "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED");
    rig_close(&rig);
}

/* -- how each step of an ordinary connection is known
 * ---------------------------------------------- */

static void basis_proof_and_times(void **unused)
{
    static const char text[] = "0.000 A S 0:0\n"        /* frame 1 */
                               "0.010 B SA 0:0 1\n"     /* 2 */
                               "0.020 A A 1:1 1\n"      /* 3 */
                               "0.030 A PA 1:101 1\n"   /* 4 */
                               "0.040 B A 1:1 101\n"    /* 5 */
                               "1.000 A FA 101:101 1\n" /* 6 */
                               "1.010 B A 1:1 102\n"    /* 7 */
                               "2.000 B FA 1:1 102\n"   /* 8 */
                               "2.010 A A 102:102 2\n"; /* 9 */
    static const struct {
        unsigned endpoint;
        enum tcptwin_machine_event event;
        enum tcptwin_basis basis;
        uint64_t frame, proof;
        int64_t at_endpoint_us; /* both are 5 ms from the tap */
    } want[] = {
        {0, TCPTWIN_EV_SND_SYN, TCPTWIN_BASIS_OBSERVED, 1, 0, -5000},
        {1, TCPTWIN_EV_RCV_SYN, TCPTWIN_BASIS_CONFIRMED, 2, 0, 5000},
        {0, TCPTWIN_EV_RCV_SYN_ACK, TCPTWIN_BASIS_CONFIRMED, 2, 3, 15000},
        {1, TCPTWIN_EV_RCV_ACK_OF_SYN, TCPTWIN_BASIS_CONFIRMED, 3, 5, 25000},
        {0, TCPTWIN_EV_SND_FIN, TCPTWIN_BASIS_OBSERVED, 6, 0, 995000},
        {1, TCPTWIN_EV_RCV_FIN, TCPTWIN_BASIS_CONFIRMED, 6, 7, 1005000},
        {0, TCPTWIN_EV_RCV_ACK_OF_FIN, TCPTWIN_BASIS_ASSUMED, 7, 0, 1015000},
        {1, TCPTWIN_EV_SND_FIN, TCPTWIN_BASIS_OBSERVED, 8, 0, 1995000},
        {0, TCPTWIN_EV_RCV_FIN, TCPTWIN_BASIS_CONFIRMED, 8, 9, 2005000},
        {1, TCPTWIN_EV_RCV_ACK_OF_FIN, TCPTWIN_BASIS_ASSUMED, 9, 0, 2015000},
    };
    struct rig rig;
    (void)unused;
    rig_begin(&rig, text);
    rig_finish(&rig);
    const struct tcptwin_connection *c = subject(&rig);
    assert_int_equal(c->transition_count, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        int64_t at = (int64_t)(step->endpoint_ts_ns - c->first_ts_ns) / 1000;
        if (step->endpoint != want[i].endpoint || step->event != want[i].event ||
            step->basis != want[i].basis || step->segment.frame != want[i].frame ||
            step->proof_frame != want[i].proof || !step->has_endpoint_ts ||
            at != want[i].at_endpoint_us)
            fail_msg("step %zu: endpoint %u event %u basis %u frame %u proof %u at %lld us", i,
                     step->endpoint, step->event, step->basis, (unsigned)step->segment.frame,
                     (unsigned)step->proof_frame, (long long)at);
    }
    /* a dwell time is the time between two steps at the endpoint */
    assert_int_equal(c->transitions[2].dwell_ns, 20000000);
    assert_int_equal(c->endpoint[0].dwell_ns[TCPTWIN_STATE_ESTABLISHED], 980000000);
    assert_int_equal(c->endpoint[1].dwell_ns[TCPTWIN_STATE_CLOSE_WAIT], 990000000);
    assert_int_equal(c->syn_to_synack_ns, 10000000);
    assert_int_equal(c->synack_to_ack_ns, 10000000);
    rig_close(&rig);
}

/* The end that a new SYN names has left TIME-WAIT if the SYN is its own; the other, if it gets it. */
static void a_new_syn_in_time_wait(void **unused)
{
    static const struct {
        const char *closes_first, *path;
        unsigned endpoint;
    } cases[] = {
        {"0.100 A FA 1:1 1\n0.110 B FA 1:1 2\n0.120 A A 2:2 2\n", "(reused?) CLOSED", 0},
        {"0.100 B FA 1:1 1\n0.110 A FA 1:1 2\n0.120 B A 2:2 2\n", "(reused?) CLOSED", 1},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        char path[RIG_TEXT];
        rig_begin(&rig, "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n");
        rig_play(&rig, cases[i].closes_first);
        rig_play(&rig, "isn A 9000000\n2.000 A S 0:0\n");
        rig_finish(&rig);
        assert_int_equal(rig.connection_count, 2);
        rig_path(&rig.connections[0].said, cases[i].endpoint, path);
        assert_non_null(strstr(path, cases[i].path));
        rig_close(&rig);
    }
}

#define STAMPED_TWICE                                                                               \
    "isn A 7000000\nisn B 8000000\n1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 510 100\n"            \
    "1.020 A A 1:1 1 ts 120 510\n1.030 A PA 1:101 1 ts 130 510\n1.031 A PA 101:201 1 ts 131 510\n"   \
    "1.240 A PA 1:101 1 ts 340 510\n1.245 A PA 101:201 1 ts 345 510\n"

/* What had to be sent again, by where it was lost: in front of the tap, behind it, in the capture. */
static void where_it_was_lost(void **unused)
{
    static const struct {
        const char *name, *text;
        uint64_t before, after, capture;
    } cases[] = {
        {"nothing", "0.100 A PA 1:101 1\n0.110 B A 1:1 101\n", 0, 0, 0},
        {"in front of the tap",
         "0.100 A PA 101:201 1\n0.110 B A 1:1 1\n0.300 A PA 1:101 1\n0.310 B A 1:1 201\n", 1, 0, 0},
        {"of a hole of two the second",
         "0.100 A PA 201:301 1\n0.300 A PA 101:201 1\n0.500 A PA 1:101 1\n0.510 B A 1:1 301\n", 2, 0, 0},
        {"behind the tap", "0.100 A PA 1:101 1\n0.300 A PA 1:101 1\n0.310 B A 1:1 101\n", 0, 1, 0},
        {"beside a hole, not in it",
         "0.100 A PA 1:101 1\n0.101 A PA 201:301 1\n0.300 A PA 1:101 1\n0.310 B A 1:1 101\n", 0, 1, 0},
        {"a FIN behind the tap", "0.100 A FA 1:1 1\n0.300 A FA 1:1 1\n0.310 B A 1:1 2\n", 0, 1, 0},
        {"in the capture", "0.100 A PA 101:201 1\n0.110 B A 1:1 201\n", 0, 0, 100},
        {"needlessly: it was acknowledged",
         "0.100 A PA 1:101 1\n0.110 B A 1:1 101\n0.300 A PA 1:101 1\n0.310 B A 1:1 101\n", 0, 0, 0},
        {"its ACK comes late, and has the timestamp of the first copies: nothing was lost",
         STAMPED_TWICE "1.250 B A 1:1 201 ts 750 131\n", 0, 0, 0},
        {"one ACK after the other comes late",
         STAMPED_TWICE "1.250 B A 1:1 101 ts 750 130\n1.251 B A 1:1 201 ts 750 131\n", 0, 0, 0},
        {"... has that of the second copies: they were needed",
         STAMPED_TWICE "1.250 B A 1:1 201 ts 750 340\n", 0, 2, 0},
        {"... and the second copies are acknowledged again, later",
         STAMPED_TWICE "1.250 B A 1:1 201 ts 750 340\n1.260 B A 1:1 201 ts 751 131\n", 0, 2, 0},
        {"... has none", STAMPED_TWICE "1.250 B A 1:1 201\n", 0, 2, 0},
        {"what is acknowledged then is not all of it", STAMPED_TWICE "1.250 B A 1:1 200 ts 750 131\n", 0, 2, 0},
        {"too early, and then lost indeed",
         STAMPED_TWICE "1.250 B A 1:1 201 ts 750 131\n2.000 A PA 201:301 1 ts 1100 750\n"
                       "2.300 A PA 201:301 1 ts 1400 750\n2.310 B A 1:1 301 ts 1810 1400\n", 0, 1, 0},
        {"out of order, not lost",
         "0.100 A PA 101:201 1\n0.101 A PA 1:101 1\n0.110 B A 1:1 201\n", 0, 0, 0},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        rig_begin(&rig, "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n");
        rig_play(&rig, cases[i].text);
        rig_finish(&rig);
        const struct tcptwin_endpoint *a = &subject(&rig)->endpoint[0], *b = a + 1;
        if (a->lost_before_tap != cases[i].before || a->lost_after_tap != cases[i].after ||
            a->gap_bytes != cases[i].capture)
            fail_msg("%s: %u before, %u behind, %u bytes in the capture", cases[i].name,
                     (unsigned)a->lost_before_tap, (unsigned)a->lost_after_tap, (unsigned)a->gap_bytes);
        assert_int_equal(b->lost_before_tap + b->lost_after_tap + b->gap_bytes, 0);
        rig_close(&rig);
    }
}

/* -- waiting for the core
 * ------------------------------------------------------------------------------ */

/* What is said now is wrong; @want holds what must be said. Each is off (skip) until it is. */
static void must_be(const char *text, const char *outcome, const char *a, const char *b)
{
    const struct scenario s = {"waiting", text, NULL, a, b};
    struct rig rig;
    char path[RIG_TEXT];
    rig_init(&rig);
    play_prefixed(&rig, "", &s);
    const struct tcptwin_connection *c = subject(&rig);
    check_text(text, "outcome", tcptwin_outcome_word((enum tcptwin_outcome)c->outcome)->name,
               outcome);
    if (a)
        check_text(text, "A", rig_path(c, 0, path), a);
    if (b)
        check_text(text, "B", rig_path(c, 1, path), b);
    rig_close(&rig);
}

/* The server acknowledges data of the client, which was therefore open: not SYN-SENT, not half
 * open. */
static void the_servers_side_only(void **unused)
{
    (void)unused;
    must_be("0.010 B SA 0:0 1\n0.040 B A 1:1 201\n0.050 B PA 1:1001 201\n", "open",
            "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED", NULL);
}

/* A FIN behind data that was not taken is not taken either. */
static void a_fin_behind_data_that_is_ignored(void **unused)
{
    (void)unused;
    must_be("0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A PA 1:101 1\n"
            "0.230 A PA 1:101 1\n0.630 A PA 1:101 1\n0.640 A FA 101:101 1\n",
            "half_open", NULL, "LISTEN (rcv SYN+) SYN-RECEIVED");
}

/* Only the FIN demands an answer: an ACK that was sent before it is not a second demand. */
static void a_fin_then_a_rst_without_an_answer(void **unused)
{
    (void)unused;
    must_be(
        "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.100 A FA 1:1 1\n0.500 A RA 2:2 1\n",
        "closed_rst", NULL,
        "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT "
        "(rcv RST?) CLOSED");
}

/* What is said of a connection does not depend on when others send. */
static void time_wait_whatever_others_do(void **unused)
{
    char paths[2][RIG_TEXT];
    (void)unused;
    for (unsigned k = 0; k < 2; k++) {
        const struct scenario s = {"",
                                   k ? "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"
                                       "0.100 A FA 1:1 1\n0.110 B FA 1:1 2\n0.120 A A 2:2 2\n"
                                       "conn z 20.000 A S 0:0\n200.000 A S 0:0\n"
                                     : "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"
                                       "0.100 A FA 1:1 1\n0.110 B FA 1:1 2\n0.120 A A 2:2 2\n"
                                       "conn z 200.000 A S 0:0\n",
                                   NULL, NULL, NULL};
        struct rig rig;
        rig_init(&rig);
        play_prefixed(&rig, "", &s);
        rig_path(subject(&rig), 0, paths[k]);
        rig_close(&rig);
    }
    assert_string_equal(paths[0], paths[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_scenario),
        cmocka_unit_test(every_outcome_state_and_row),
        cmocka_unit_test(numbers_that_wrap),
        cmocka_unit_test(the_other_ip_version),
        cmocka_unit_test(addresses_the_other_way_round),
        cmocka_unit_test(every_packet_twice),
        cmocka_unit_test(in_batches),
        cmocka_unit_test(concluded_later),
        cmocka_unit_test(prepared_at_desks),
        cmocka_unit_test(concluded_later_with_little_memory),
        cmocka_unit_test(no_pipeline_live),
        cmocka_unit_test(live_comes_out_as_offline),
        cmocka_unit_test(a_revision),
        cmocka_unit_test(basis_proof_and_times),
        cmocka_unit_test(a_new_syn_in_time_wait),
        cmocka_unit_test(where_it_was_lost),
        cmocka_unit_test(the_servers_side_only),
        cmocka_unit_test(a_fin_behind_data_that_is_ignored),
        cmocka_unit_test(a_fin_then_a_rst_without_an_answer),
        cmocka_unit_test(time_wait_whatever_others_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

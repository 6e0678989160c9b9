/* test_context.c - which connection a segment belongs to, when one ends, and what happens without
 * memory */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))
#define SECOND_NS     UINT64_C(1000000000)
#define EPOCH_NS      (UINT64_C(1767225600) * SECOND_NS)

#define OPEN                                                                                       \
    "0.000 A S 0:0\n"                                                                              \
    "0.010 B SA 0:0 1\n"                                                                           \
    "0.020 A A 1:1 1\n"
#define DATA                                                                                       \
    OPEN "0.030 A PA 1:101 1\n"                                                                    \
         "0.040 B A 1:1 101\n"
#define CLOSED                                                                                     \
    OPEN "0.100 A FA 1:1 1\n"                                                                      \
         "0.110 B FA 1:1 2\n"                                                                      \
         "0.120 A A 2:2 2\n"
#define NEW_NUMBERS "isn A 5000000\nisn B 6000000\n"

/* -- incarnations
 * ---------------------------------------------------------------------------------- */

static void incarnations(void **unused)
{
    static const struct {
        const char *name, *text;
        const char *verdicts[3]; /**< of each connection, in the order in which they end */
        int anomaly;             /**< of the first connection, or -1 */
    } cases[] = {
        {"a SYN after the close",
         CLOSED NEW_NUMBERS "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n",
         {"closed_fin complete client none end_detected EOF/EOF",
          "open complete none none eof -/-"},
         TCPTWIN_ANOMALY_TIME_WAIT_REUSE},
        {"a SYN after a reset",
         DATA "0.100 A RA 101:101 1\n" NEW_NUMBERS
              "0.200 A S 0:0\n0.210 B SA 0:0 1\n0.220 A A 1:1 1\n",
         {"closed_rst complete none client end_detected -/ECONNRESET",
          "open complete none none eof -/-"},
         -1},
        {"a SYN after it was refused",
         "0.000 A S 0:0\n0.010 B RA 0:0 1\nisn A 5000000\n1.000 A S 0:0\n1.010 B RA 0:0 1\n",
         {"refused refused none server end_detected ECONNREFUSED/-",
          "refused refused none server end_detected ECONNREFUSED/-"},
         -1},
        {"a SYN inside, answered by a challenge ACK",
         DATA NEW_NUMBERS "1.000 A S 0:0\n"
                          "isn A 1000000\nisn B 2000000\n"
                          "1.010 B A 1:1 101\n1.020 A PA 101:111 1\n1.030 B A 1:1 111\n",
         {"open complete none none eof -/-"},
         TCPTWIN_ANOMALY_SYN_INSIDE},
        {"a SYN inside, answered by a SYN-ACK",
         DATA NEW_NUMBERS "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n",
         {"open complete none none tuple_reuse -/-", "open complete none none eof -/-"},
         TCPTWIN_ANOMALY_SYN_INSIDE},
        {"a SYN inside, answered by a RST",
         DATA NEW_NUMBERS "1.000 A S 0:0\n1.010 B RA 0:0 1\n",
         {"open complete none none tuple_reuse -/-",
          "refused refused none server end_detected ECONNREFUSED/-"},
         TCPTWIN_ANOMALY_SYN_INSIDE},
        {"a SYN inside, not answered and repeated",
         DATA NEW_NUMBERS "1.000 A S 0:0\n2.000 A S 0:0\n",
         {"open complete none none tuple_reuse -/-", "no_answer no_reply none none eof -/-"},
         TCPTWIN_ANOMALY_SYN_INSIDE},
        {"a SYN inside, not answered",
         DATA NEW_NUMBERS "1.000 A S 0:0\n",
         {"open complete none none eof -/-"},
         TCPTWIN_ANOMALY_SYN_INSIDE},
        {"the same SYN again is no other connection",
         "0.000 A S 0:0\n1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n",
         {"open complete none none eof -/-"},
         TCPTWIN_ANOMALY_SYN_RETRANSMITTED},
        {"another SYN, the first was never answered",
         "0.000 A S 0:0\n" NEW_NUMBERS "10.000 A S 0:0\n",
         {"no_answer no_reply none none eof -/-", "no_answer no_reply none none eof -/-"},
         -1},
        {"three SYNs, none answered",
         "0.000 A S 0:0\nisn A 3000000\n10.000 A S 0:0\nisn A 4000000\n20.000 A S 0:0\n",
         {"no_answer no_reply none none tuple_reuse -/-", "no_answer no_reply none none eof -/-",
          "no_answer no_reply none none eof -/-"},
         -1},
        {"a SYN-ACK of a SYN that was not captured, after the close",
         CLOSED NEW_NUMBERS
         "1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.030 A PA 1:11 1\n1.040 B A 1:1 11\n",
         {"closed_fin complete client none end_detected EOF/EOF",
          "open complete none none eof -/-"},
         TCPTWIN_ANOMALY_TIME_WAIT_REUSE},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int live = 0; live < 2; live++) {
            struct rig rig;
            char verdict[RIG_TEXT];
            rig_init(&rig);
            rig.options.live = live;
            assert_true(rig_open(&rig));
            rig_play(&rig, cases[i].text);
            rig_finish(&rig);
            size_t want = 0;
            while (want < COUNT(cases[i].verdicts) && cases[i].verdicts[want])
                want++;
            if (rig.connection_count != want)
                fail_msg("%s: %zu connections\n%s", cases[i].name, rig.connection_count, rig.log);
            for (size_t k = 0; k < want; k++) {
                const struct tcptwin_connection *c = &rig.connections[k].said;
                if (strcmp(rig_verdict(c, 0, verdict), cases[i].verdicts[k]) != 0)
                    fail_msg("%s, %zu:\n  have %s\n  want %s", cases[i].name, k, verdict,
                             cases[i].verdicts[k]);
                assert_int_equal(c->incarnation, k + 1);
                assert_int_equal(c->stream, k);
                for (size_t other = 0; other < k; other++)
                    assert_true(tcptwin_connection_id(c) != tcptwin_connection_id(&rig.connections[other].said));
            }
            if (cases[i].anomaly >= 0 &&
                !rig_has_anomaly(&rig.connections[0].said, (enum tcptwin_anomaly)cases[i].anomaly,
                                 -1))
                fail_msg("%s: anomaly %d is missing", cases[i].name, cases[i].anomaly);
            assert_int_equal(rig_stats(&rig).connections, want);
            rig_close(&rig);
        }
}

/* After some quiet an ended connection is concluded: what comes then is late, but a SYN. */
static void the_same_port_at_both_ends(void **unused)
{
    struct rig rig;
    char path[RIG_TEXT];
    (void)unused;
    rig_begin(&rig, "addr A 192.0.2.1:179\naddr B 192.0.2.2:179\n0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n");
    rig_finish(&rig);
    assert_string_equal(rig_path(&rig.connections[0].said, 1, path),
                        "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED");
    rig_close(&rig);
}

static void stragglers_after_the_conclusion(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, CLOSED);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 5.0); /* the last segment was at 0.120 */
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 11.0); /* it has ended, and is held while A is in TIME-WAIT */
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 80.0);
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(rig_stats(&rig).open_connections, 0);
    rig_play(&rig, "82.000 B FA 1:1 2\n82.010 A A 2:2 2\n82.020 B R 2:2\n");
    assert_int_equal(rig_stats(&rig).late_segments, 3);
    assert_int_equal(rig_stats(&rig).open_connections, 0);
    rig_play(&rig, NEW_NUMBERS "90.000 A S 0:0\n90.010 B SA 0:0 1\n90.020 A A 1:1 1\n");
    assert_int_equal(rig_stats(&rig).late_segments, 3);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 2);
    assert_int_equal(rig.connections[1].said.incarnation, 2);
    assert_false(rig_has_anomaly(&rig.connections[1].said, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, 0));
    assert_int_equal(rig_stats(&rig).segments, 12);
    rig_close(&rig);
}

/* ... and minutes later the tuple is as good as new. */
static void the_past_is_forgotten(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, CLOSED);
    rig_advance(&rig, 11.0);
    rig_play(&rig, "300.000 A PA 5001:5101 9001\n300.010 B A 9001:9001 5101\n");
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 2);
    assert_int_equal(rig.connections[1].said.incarnation, 1);
    assert_int_equal(rig.connections[1].said.outcome, TCPTWIN_OUTCOME_MIDSTREAM);
    assert_int_equal(rig_stats(&rig).late_segments, 0);
    rig_close(&rig);
}

/* A connection is open for as long as the capture is, however quiet; an unanswered SYN is not. */
static void time_ends_only_what_it_may(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, DATA "conn q addr A 192.0.2.1:41000\n0.500 A S 0:0\n");
    rig_advance(&rig, 120.0);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 60.0); /* back: nothing happens */
    rig_advance(&rig, 200.0);
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(rig.connections[0].said.outcome, TCPTWIN_OUTCOME_NO_ANSWER);
    assert_int_equal(rig.connections[0].said.end_reason, TCPTWIN_END_IDLE_TIMEOUT);
    rig_advance(&rig, 1e6);
    assert_int_equal(rig.connection_count, 1);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 2);
    assert_int_equal(rig.connections[1].said.outcome, TCPTWIN_OUTCOME_OPEN);
    assert_true(rig.connections[1].said.final);
    rig_close(&rig);
}

/* -- odd times, ICMP, options
 * ------------------------------------------------------------------------ */

static void times_that_go_back(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, "unordered\n"
                    "10.000 A S 0:0\n10.010 B SA 0:0 1\n10.020 A A 1:1 1\n"
                    "2.000 A PA 1:101 1\n2.010 B A 1:1 101\n"
                    "20.000 A FA 101:101 1\n0.000 B FA 1:1 102\n20.010 A A 102:102 2\n");
    struct tcptwin_stats stats = rig_stats(&rig);
    assert_int_equal(stats.time_regressions,
                     3); /* 2.000, 2.010 and 0.000 are before 10.020 and 20.000 */
    assert_int_equal(stats.last_ts_ns, EPOCH_NS + 20 * SECOND_NS + 10000000);
    rig_finish(&rig);
    const struct tcptwin_connection *c = &rig.connections[0].said;
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(c->outcome, TCPTWIN_OUTCOME_CLOSED_FIN);
    assert_true(rig_has_anomaly(c, TCPTWIN_ANOMALY_TIME_REGRESSION, -1));
    assert_int_equal(c->reordered_packets, 3);
    rig_close(&rig);
}

static void icmp_errors_that_fit_nothing(void **unused)
{
    static const struct {
        const char *text;
        uint64_t unmatched;
    } cases[] = {
        {"0.000 A S 0:0\n0.010 R icmp 3 3 quotes A S 0:0\n", 0},
        {"0.000 A S 0:0\n0.010 R icmp 3 3 quotes A S 5000:5000\n", 1},
        {"0.000 A S 0:0\n0.010 R icmp 3 3 quotes A S -1:-1\n", 1},
        {"0.000 A S 0:0\n0.010 R icmp 3 3 quotes B SA 0:0 1\n", 1}, /* B sent nothing */
        {"0.010 R icmp 3 3 quotes A S 0:0\n", 1},
        {DATA "1.000 R icmp 3 1 quotes A PA 101:201 1\n", 0},
        {DATA "1.000 R icmp 3 1 quotes A PA 50:100 1\n", 1}, /* acknowledged before */
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        rig_begin(&rig, cases[i].text);
        struct tcptwin_stats stats = rig_stats(&rig);
        assert_int_equal(stats.icmp_errors, 1);
        if (stats.icmp_unmatched != cases[i].unmatched)
            fail_msg("case %zu: %s", i, cases[i].text);
        rig_finish(&rig);
        rig_close(&rig);
    }
}

/* An ICMP error does not end a connection that is open. */
static void icmp_on_an_open_connection(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, DATA "1.000 A PA 101:201 1\n1.010 R icmp 3 1 quotes A PA 101:201 1\n");
    rig_finish(&rig);
    assert_int_equal(rig.connections[0].said.outcome, TCPTWIN_OUTCOME_OPEN);
    assert_true(rig_has_anomaly(&rig.connections[0].said, TCPTWIN_ANOMALY_ICMP_ERROR, 0));
    rig_close(&rig);
}

static void incomplete_options(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    struct tcptwin_options good = rig.options;
    good.allocator = heap_allocator(&rig.heap);
    for (unsigned what = 0; what < 5; what++) {
        struct tcptwin_options options = good;
        if (what == 0)
            options.struct_size--;
        else if (what == 1)
            options.allocator.allocate = NULL;
        else if (what == 2)
            options.allocator.release = NULL;
        else if (what == 3)
            options.sink = NULL;
        else
            options.memory_limit = 1000;
        assert_null(tcptwin_create(&options));
        assert_int_equal(rig.heap.blocks, 0);
    }
    tcptwin_destroy(NULL);
    struct tcptwin *tcptwin = tcptwin_create(&good);
    assert_non_null(tcptwin);
    tcptwin_advance(tcptwin, EPOCH_NS); /* nothing was fed: nothing to do */
    tcptwin_finish(tcptwin);
    tcptwin_finish(tcptwin);
    tcptwin_destroy(tcptwin);
    assert_int_equal(rig.heap.blocks, 0);
    assert_true(strlen(tcptwin_version()) >= 5);
}

/* -- many connections
 * -------------------------------------------------------------------------------- */

/* Connection @n of many: its own client address and port. */
static struct tcptwin_segment segment_of(const struct tcptwin_segment *like, uint32_t n)
{
    struct tcptwin_segment segment = *like;
    bool from_client = like->src_port >= 40000;
    struct tcptwin_address *client = from_client ? &segment.src : &segment.dst;
    client->bytes[12] = 10;
    client->bytes[13] = (uint8_t)(n >> 16);
    client->bytes[14] = (uint8_t)(n >> 8);
    client->bytes[15] = (uint8_t)n;
    return segment;
}

static uint64_t many_frame;
static void feed_many(struct rig *rig, const struct seg_script *script, uint32_t n, uint64_t ts_ns)
{
    for (size_t i = 0; i < script->count; i++) {
        struct tcptwin_segment segment = segment_of(&script->packets[i].segment, n);
        segment.ts_ns = ts_ns + i * 1000000;
        segment.frame = ++many_frame;
        tcptwin_feed(rig->tcptwin, &segment);
    }
}

/* Bytes a connection, of @script a hundred thousand times. */
static uint64_t bytes_each(const char *text)
{
    enum { MANY = 100000 };
    struct rig rig;
    struct seg_script script = rig_parse(text);
    rig_init(&rig);
    assert_true(rig_open(&rig));
    for (uint32_t n = 0; n < MANY; n++)
        feed_many(&rig, &script, n, EPOCH_NS + n);
    assert_int_equal(rig_stats(&rig).open_connections, MANY);
    uint64_t bytes = rig_stats(&rig).memory_bytes / MANY;
    seg_free(&script);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, MANY);
    rig_close(&rig);
    return bytes;
}

static void openings_are_small(void **unused)
{
    (void)unused;
    assert_in_range(bytes_each("0.000 A S 0:0\n"), 64, 128);
    assert_in_range(bytes_each("0.000 A S 0:0\n0.001 B SA 0:0 1\n"), 128, 192);
    assert_in_range(bytes_each("0.000 A S 0:0\n0.001 B SA 0:0 1\n0.002 A A 1:1 1\n"), 128, 192);
    assert_in_range(bytes_each("0.000 A S 0:0\n0.001 B SA 0:0 1\n0.002 A A 1:1 1\n0.003 A PA 1:2 1\n"), 512, 1024);
}

/* What is no more than an opening ends as a connection does, also when it became one while nobody had answered. */
static void openings_end_in_time(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, "0.000 A S 0:0\n"
                    "conn b addr A 192.0.2.1:41000\n0.100 A S 0:0\n1.100 A S 0:0\n3.100 A S 0:0\n"
                    "conn c addr A 192.0.2.1:41001\n4.000 A S 0:0\n4.010 B SA 0:0 1\n"
                    "conn d addr A 192.0.2.1:41002\n5.000 A S 0:0\n5.010 R icmp 3 1 quotes A S 0:0\n");
    rig_advance(&rig, 141.0);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 143.0); /* Linux gives up after 127 s, and 15 more are waited */
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(rig.connections[0].said.endpoint[0].packets, 1);
    rig_advance(&rig, 1000.0);
    assert_int_equal(rig.connection_count, 3);
    rig_advance(&rig, 1e6);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 4);
    static const uint8_t outcomes[] = {TCPTWIN_OUTCOME_NO_ANSWER, TCPTWIN_OUTCOME_REFUSED,
                                       TCPTWIN_OUTCOME_NO_ANSWER, TCPTWIN_OUTCOME_HALF_OPEN};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rig.connections[i].said.outcome, outcomes[i]);
        assert_int_equal(rig.connections[i].said.end_reason == TCPTWIN_END_IDLE_TIMEOUT, i < 3);
    }
    assert_int_equal(rig.connections[2].said.endpoint[0].retrans_packets, 2);
    rig_close(&rig);
}

/* With more connections than are held, what plainly ended departs after 2 s of quiet, and else after 5: each half a
 * second later, so that its last word was waited for. */
static void a_crowd_departs_early(void **unused)
{
    enum { HELD = 1 << 16 };
    struct seg_script open = rig_parse("0.000 A S 0:0\n"), closed = rig_parse(CLOSED),
                      reset = rig_parse("0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A R 1:1\n"),
                      doubtful = rig_parse("0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A R 3:3\n");
    (void)unused;
    for (uint32_t others = HELD - 3; others <= HELD; others += 3) { /* a crowd until two departed, or none */
        struct rig rig;
        bool crowd = others + 3 > HELD;
        rig_init(&rig);
        assert_true(rig_open(&rig));
        for (uint32_t n = 0; n < others; n++)
            feed_many(&rig, &open, n, EPOCH_NS);
        feed_many(&rig, &closed, others, EPOCH_NS);
        feed_many(&rig, &reset, others + 1, EPOCH_NS);
        feed_many(&rig, &doubtful, others + 2, EPOCH_NS);
        rig_advance(&rig, 2.4);
        assert_int_equal(rig.connection_count, 0);
        rig_advance(&rig, 2.7);
        assert_int_equal(rig.connection_count, crowd ? 2 : 0);
        for (size_t i = 0; i < rig.connection_count; i++)
            assert_int_equal(rig.connections[i].said.outcome,
                             i ? TCPTWIN_OUTCOME_CLOSED_RST : TCPTWIN_OUTCOME_CLOSED_FIN);
        rig_finish(&rig);
        rig_close(&rig);
    }
    seg_free(&open);
    seg_free(&closed);
    seg_free(&reset);
    seg_free(&doubtful);
}

/* Of a crowd that ended as many depart early as are more than half of what may be held. */
static void a_crowd_has_gone_when_half_are_left(void **unused)
{
    enum { HELD = 1 << 16 };
    struct seg_script closed = rig_parse(CLOSED);
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    assert_true(rig_open(&rig));
    for (uint32_t n = 0; n <= HELD; n++)
        feed_many(&rig, &closed, n, EPOCH_NS);
    rig_advance(&rig, 2.7);
    assert_int_equal(rig.connection_count, HELD / 2 + 1);
    rig_advance(&rig, 11.0);
    assert_int_equal(rig.connection_count, HELD / 2 + 1);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, HELD + 1);
    seg_free(&closed);
    rig_close(&rig);
}

/* What ended longer ago than a crowd waits departs when the crowd gathers; and its last word half a second after the
 * second FIN keeps nobody waiting for longer. */
static void a_crowd_is_noticed_at_once(void **unused)
{
    enum { HELD = 1 << 16, EARLY = HELD / 2 };
    struct seg_script closed = rig_parse(CLOSED);
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    assert_true(rig_open(&rig));
    for (uint32_t n = 0; n < EARLY; n++)
        feed_many(&rig, &closed, n, EPOCH_NS);
    for (uint32_t n = EARLY; n < HELD; n++)
        feed_many(&rig, &closed, n, EPOCH_NS + 2800 * UINT64_C(1000000));
    rig_advance(&rig, 2.9);
    assert_int_equal(rig.connection_count, 0);
    feed_many(&rig, &closed, HELD, EPOCH_NS + 3000 * UINT64_C(1000000));
    rig_advance(&rig, 3.1);
    assert_int_equal(rig.connection_count, EARLY);
    rig_finish(&rig);
    seg_free(&closed);
    rig_close(&rig);
}

static void the_last_word_is_waited_for_once(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A FA 1:1 1\n0.040 B FA 1:1 2\n"
                    "0.500 A A 2:2 2\n");
    rig_advance(&rig, 5.1);
    rig_advance(&rig, 5.6); /* quiet for 5 s; from here on TIME-WAIT is waited for, and a second */
    rig_advance(&rig, 66.5);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 66.7);
    assert_int_equal(rig.connection_count, 1);
    rig_finish(&rig);
    rig_close(&rig);
}

/* With one connection more than are held, the end of TIME-WAIT is not waited for; that it was is remembered. */
static void time_wait_is_remembered(void **unused)
{
    enum { HELD = 1 << 16 };
    struct seg_script closed = rig_parse(CLOSED), open = rig_parse("0.000 A S 0:0\n"),
                      again = rig_parse(NEW_NUMBERS DATA);
    (void)unused;
    for (uint32_t others = HELD - 1; others <= HELD; others++) {
        struct rig rig;
        bool waits = others < HELD;
        rig_init(&rig);
        assert_true(rig_open(&rig));
        feed_many(&rig, &closed, 0, EPOCH_NS);
        for (uint32_t n = 1; n <= others; n++)
            feed_many(&rig, &open, n, EPOCH_NS + SECOND_NS);
        rig_advance(&rig, 11.0);
        assert_int_equal(rig.connection_count, waits ? 0 : 1);
        feed_many(&rig, &again, 0, EPOCH_NS + 30 * SECOND_NS);
        rig_finish(&rig);
        assert_int_equal(rig.connection_count, others + 2);
        const struct tcptwin_connection *first = &rig.connections[0].said, *second = &rig.connections[others + 1].said;
        assert_int_equal(first->endpoint[0].state, waits ? TCPTWIN_STATE_CLOSED : TCPTWIN_STATE_TIME_WAIT);
        assert_int_equal(second->incarnation, 2);
        assert_true(rig_has_anomaly(waits ? first : second, TCPTWIN_ANOMALY_TIME_WAIT_REUSE, 0));
        rig_close(&rig);
    }
    seg_free(&closed);
    seg_free(&open);
    seg_free(&again);
}

/* However long a half-closed connection goes on, and whether its FIN is acknowledged or not: what is no evidence any
 * more makes room. */
static void a_long_transfer_after_a_fin(void **unused)
{
    (void)unused;
    for (unsigned ack = 101; ack <= 102; ack++) {
        struct rig rig;
        rig_begin(&rig, DATA "0.060 A FA 101:101 1\n");
        for (unsigned i = 0; i < 200; i++) {
            char text[128];
            snprintf(text, sizeof text, "%u.000 B PA %u:%u %u\n%u.010 A A 102:102 %u\n", i + 1, i * 10 + 1,
                     i * 10 + 11, ack, i + 1, i * 10 + 11);
            rig_play(&rig, text);
        }
        rig_finish(&rig);
        assert_int_equal(rig.connections[0].said.evidence_dropped, 0);
        assert_int_equal(rig.connections[0].said.outcome, TCPTWIN_OUTCOME_HALF_CLOSED);
        rig_close(&rig);
    }
}

/* The end of the capture: in order of first packet, each once; few of them are sorted otherwise than many. */
static void finish_in_order(void **unused)
{
    static const uint32_t counts[] = {0, 1, 31, 32, 33, 1500};
    struct seg_script script = rig_parse(DATA);
    (void)unused;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        struct rig rig;
        rig_init(&rig);
        assert_true(rig_open(&rig));
        for (uint32_t n = 0; n < counts[c]; n++)
            feed_many(&rig, &script, n * 7919 % 1500, EPOCH_NS + n * SECOND_NS / 100);
        assert_int_equal(rig_stats(&rig).open_connections, counts[c]);
        assert_int_equal(rig_stats(&rig).peak_connections, counts[c]);
        rig_finish(&rig);
        assert_int_equal(rig.connection_count, counts[c]);
        for (size_t i = 0; i < counts[c]; i++) {
            assert_int_equal(rig.connections[i].said.stream, i);
            assert_int_equal(rig.connections[i].said.outcome, TCPTWIN_OUTCOME_OPEN);
        }
        assert_int_equal(rig_stats(&rig).open_connections, 0);
        rig_close(&rig);
    }
    seg_free(&script);
}

/* @every: one established connection among so many SYNs; 0: all of them before the flood. */
static void flood(unsigned every, unsigned least_survivors)
{
    enum { OPENED = 64, SYNS = 40000, LIMIT = 2 << 20 };
    struct rig rig;
    struct seg_script open = rig_parse(DATA), syn = rig_parse("0.000 A S 0:0\n");
    uint64_t ts = EPOCH_NS;
    unsigned opened = 0, survivors = 0;
    rig_init(&rig);
    rig.options.memory_limit = LIMIT;
    assert_true(rig_open(&rig));
    for (uint32_t n = 0; n < SYNS; n++, ts += 100000) {
        while (opened < OPENED && (every == 0 || n >= opened * every))
            feed_many(&rig, &open, 1u << 20 | opened++, ts);
        feed_many(&rig, &syn, n, ts);
    }
    struct tcptwin_stats stats = rig_stats(&rig);
    assert_int_equal(stats.connections, SYNS + OPENED);
    assert_int_equal(stats.connections, rig.connection_count + stats.open_connections);
    assert_int_equal(stats.evicted, rig.connection_count);
    assert_int_equal(stats.refused_segments, 0);
    assert_true(stats.evicted > SYNS / 2);
    assert_true(stats.memory_bytes <= LIMIT);
    rig_finish(&rig);
    stats = rig_stats(&rig);
    assert_int_equal(stats.connections, rig.connection_count);
    for (size_t i = 0; i < rig.connection_count; i++) {
        const struct tcptwin_connection *c = &rig.connections[i].said;
        bool established = c->endpoint[0].packets + c->endpoint[1].packets > 1;
        assert_true(c->end_reason == TCPTWIN_END_RESOURCES || c->end_reason == TCPTWIN_END_EOF);
        survivors +=
            established && c->end_reason == TCPTWIN_END_EOF && c->outcome == TCPTWIN_OUTCOME_OPEN;
    }
    print_message("%u of %u established connections survived\n", survivors, OPENED);
    assert_true(survivors >= least_survivors);
    /* the two parts of a context's memory: itself, and what the limit is for */
    assert_true(rig.heap.peak_bytes <= LIMIT + (64 << 10) + 8 * stats.peak_connections);
    seg_free(&open);
    seg_free(&syn);
    rig_close(&rig);
}

static void established_survive_a_flood(void **unused)
{
    (void)unused;
    flood(20, 64);
}

/* The hand looks at sixteen: where all of those are established, one of them goes. */
static void a_flood_after_many_were_opened(void **unused)
{
    (void)unused;
    flood(0, 64 - 64 / 16);
}

/* Ended connections go first, and what is said of them is what was captured. */
static void at_the_memory_limit(unsigned *evicted_open, unsigned *without_evidence)
{
    struct rig rig;
    struct seg_script open = rig_parse(DATA), closed = rig_parse(CLOSED);
    *evicted_open = *without_evidence = 0;
    rig_init(&rig);
    rig.options.memory_limit = 2 << 20;
    assert_true(rig_open(&rig));
    for (uint32_t n = 0; n < 4000; n++) /* within the quiet that an ended one is given */
        feed_many(&rig, (n * 2654435761u) >> 29 ? &closed : &open, n,
                  EPOCH_NS + n * SECOND_NS / 2000);
    assert_true(rig_stats(&rig).evicted > 0);
    for (size_t i = 0; i < rig.connection_count; i++) {
        assert_int_equal(rig.connections[i].said.end_reason, TCPTWIN_END_RESOURCES);
        *evicted_open += rig.connections[i].said.outcome == TCPTWIN_OUTCOME_OPEN;
    }
    rig_finish(&rig);
    assert_int_equal(rig_stats(&rig).connections, rig.connection_count);
    for (size_t i = 0; i < rig.connection_count; i++)
        *without_evidence += rig.connections[i].said.outcome != TCPTWIN_OUTCOME_OPEN &&
                             rig.connections[i].said.outcome != TCPTWIN_OUTCOME_CLOSED_FIN;
    seg_free(&open);
    seg_free(&closed);
    rig_close(&rig);
}

static void ended_connections_go_first(void **unused)
{
    unsigned evicted_open, without_evidence;
    (void)unused;
    at_the_memory_limit(&evicted_open, &without_evidence);
    assert_int_equal(evicted_open, 0);
}

static void nobody_is_followed_without_evidence(void **unused)
{
    unsigned evicted_open, without_evidence;
    (void)unused;
    at_the_memory_limit(&evicted_open, &without_evidence);
    assert_int_equal(without_evidence, 0);
}

/* -- failing allocations
 * ------------------------------------------------------------------------------ */

static void feed_a_bit_of_all(struct rig *rig)
{
    static const char text[] = CLOSED NEW_NUMBERS
        "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n" /* reuse */
        "isn A 7000000\n2.000 A S 0:0\n"                     /* put aside */
        "conn b addr A 192.0.2.1:41000\n3.000 A S 0:0\n3.010 B RA 0:0 1\n"
        "conn c addr A 192.0.2.1:41001\n4.000 A S 0:0\n4.010 R icmp 3 1 quotes A S 0:0\n"
        "conn d addr A 192.0.2.1:41002\n5.000 A PA 1:101 1\n5.100 A PA 1:101 1\n"
        "conn e addr A 192.0.2.1:41003\n50.000 A S 0:0\n51.000 A S 0:0\n";
    rig_play(rig, text);
    struct seg_script open = rig_parse(DATA);
    for (uint32_t n = 0; n < 700; n++)
        feed_many(rig, &open, n, EPOCH_NS + 60 * SECOND_NS + n * 1000000);
    seg_free(&open);
    rig_advance(rig, 400.0);
    rig_finish(rig);
}

/* The k-th allocation fails, or it and all later ones: no crash, no leak, and the sums are right.
 */
static void failing_allocations(void **unused)
{
    (void)unused;
    for (unsigned live = 0; live < 2; live++) {
        struct rig rig;
        rig_init(&rig);
        rig.options.live = live;
        assert_true(rig_open(&rig));
        size_t calls_of_create = rig.heap.calls;
        feed_a_bit_of_all(&rig);
        size_t calls = rig.heap.calls, connections = rig.connection_count;
        rig_close(&rig);
        assert_true(connections > 700 && calls > calls_of_create + 5);
        for (size_t fail_at = 1; fail_at <= calls; fail_at++)
            for (unsigned ever = 0; ever < 2; ever++) {
                rig_init(&rig);
                rig.options.live = live;
                rig.heap.fail_at = fail_at;
                rig.heap.fail_ever_after = ever;
                bool made = rig_open(&rig);
                assert_int_equal(made, fail_at > calls_of_create);
                if (made) {
                    feed_a_bit_of_all(&rig);
                    struct tcptwin_stats stats = rig_stats(&rig);
                    assert_int_equal(stats.connections, rig.connection_count);
                    assert_int_equal(stats.open_connections, 0);
                    assert_true(stats.refused_segments > 0 || rig.connection_count >= connections);
                }
                rig_close(&rig);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incarnations),
        cmocka_unit_test(the_same_port_at_both_ends),
        cmocka_unit_test(stragglers_after_the_conclusion),
        cmocka_unit_test(the_past_is_forgotten),
        cmocka_unit_test(time_ends_only_what_it_may),
        cmocka_unit_test(times_that_go_back),
        cmocka_unit_test(icmp_errors_that_fit_nothing),
        cmocka_unit_test(icmp_on_an_open_connection),
        cmocka_unit_test(incomplete_options),
        cmocka_unit_test(openings_are_small),
        cmocka_unit_test(openings_end_in_time),
        cmocka_unit_test(a_crowd_departs_early),
        cmocka_unit_test(a_crowd_has_gone_when_half_are_left),
        cmocka_unit_test(a_crowd_is_noticed_at_once),
        cmocka_unit_test(the_last_word_is_waited_for_once),
        cmocka_unit_test(time_wait_is_remembered),
        cmocka_unit_test(a_long_transfer_after_a_fin),
        cmocka_unit_test(finish_in_order),
        cmocka_unit_test(established_survive_a_flood),
        cmocka_unit_test(a_flood_after_many_were_opened),
        cmocka_unit_test(ended_connections_go_first),
        cmocka_unit_test(nobody_is_followed_without_evidence),
        cmocka_unit_test(failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

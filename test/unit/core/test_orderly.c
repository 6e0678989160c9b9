/* test_orderly.c - which connections one look finds orderly, and what it says of them
 *
 * That the long way says the same is test/short_ways' affair. Here: that the short one is taken where it should be, and
 * each of its conditions, by one change to a connection that fulfils them all.
 */
#include "observe.h"
#include "orderly_talk.h"
#include "rig.h"
#include "survey.h"
#include "trace_make.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

struct fixture {
    struct heap heap;
    struct slab_budget budget;
    struct slab slab;
    struct conn conn;
    struct trace trace;
};

static void take(struct fixture *f, const struct tcptwin_segment *segment)
{
    unsigned dir = conn_direction(segment);
    if (!f->conn.side[0].packets && !f->conn.side[1].packets) {
        f->conn.address[dir] = segment->src;
        f->conn.address[!dir] = segment->dst;
        f->conn.port[dir] = segment->src_port;
        f->conn.port[!dir] = segment->dst_port;
        conn_start(&f->conn, 0, 1, segment, dir);
    }
    observe_segment(&f->conn, &f->slab, segment, dir);
}

static void set_up(struct fixture *f, const char *text)
{
    static const struct host_clock nobody[2];
    memset(f, 0, sizeof *f);
    f->budget = (struct slab_budget){.allocator = heap_allocator(&f->heap), .limit = 1 << 24};
    slab_init(&f->slab, &f->budget);
    conn_piece_sizes(&f->slab);
    struct seg_script script = rig_parse(text);
    for (size_t i = 0; i < script.count; i++) {
        script.packets[i].segment.frame = i + 1;
        take(f, &script.packets[i].segment);
    }
    uint64_t end_ts_ns = script.packets[script.count - 1].segment.ts_ns + SECOND_NS;
    seg_free(&script);
    trace_make(&f->trace, &f->conn, nobody, end_ts_ns);
}

static void tear_down(struct fixture *f)
{
    conn_release(&f->conn, &f->slab);
    slab_release(&f->slab);
    assert_int_equal(f->heap.bytes, 0);
}

static bool looks_orderly(const char *text)
{
    struct fixture f;
    set_up(&f, text);
    bool orderly = f.trace.orderly;
    tear_down(&f);
    return orderly;
}

static void orderly_ones(void **unused)
{
    static const char *const cases[] = {
        CLOSED,
        TALK,
        OPEN,
        TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n", /* half closed */
        TALK FIN_A "0.060 B PA 501:601 102 ts 70 60 ipid 7\n0.070 A A 102:102 601 ts 80 70 ipid 8\n"
                   "0.080 B FA 601:601 102 ts 90 80 ipid 9\n0.090 A A 102:102 602 ts 100 90 ipid 10\n",
        OPEN "0.030 A FPA 1:101 1 ts 40 20 ipid 4\n0.040 B FA 1:1 102 ts 50 40 ipid 5\n"
             "0.050 A A 102:102 2 ts 60 50 ipid 6\n", /* data in the FIN */
        /* no timestamps; nor where only one side offers them */
        "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A FA 1:1 1\n0.040 B FA 1:1 2\n0.050 A A 2:2 2\n",
        "0.000 A S 0:0 ts 10 0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n",
        /* what is echoed matters for a FIN alone, and what acknowledges one; and a tick may pass without */
        OPEN "0.030 A PA 1:101 1 ts 30 9 ipid 4\n", OPEN "0.030 A PA 1:101 1 ts 40 99 ipid 4\n",
        TALK "0.050 A FA 101:101 501 ts 60 20 ipid 6\n0.060 B FA 501:501 102 ts 70 60 ipid 7\n" LAST,
        /* the same time twice */
        SYN "0.000 B SA 0:0 1 mss 1460 sackok ts 20 10 ipid 2\n0.000 A A 1:1 1 ts 30 20 ipid 3\n",
        /* more data between two that are kept than is compared: no GiB */
        OPEN "0.030 A A 1:1461 1 ts 40 20 ipid 4\n0.031 A A 1461:2921 1 ts 40 20 ipid 5\n"
             "0.032 A A 2921:4381 1 ts 40 20 ipid 6\n0.033 A A 4381:5841 1 ts 40 20 ipid 7\n"
             "0.034 A A 5841:7301 1 ts 40 20 ipid 8\n0.035 A A 7301:8761 1 ts 40 20 ipid 9\n"
             "0.036 A A 8761:10221 1 ts 40 20 ipid 10\n0.037 A A 10221:11681 1 ts 40 20 ipid 11\n",
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!looks_orderly(cases[i]))
            fail_msg("not orderly: %zu\n%s", i, cases[i]);
}

static void others(void **unused)
{
    static const char *const cases[] = {
        /* the handshake is not whole, or not the first */
        SYN, SYN SYN_ACK, SYN_ACK ACK REQUEST, SYN ACK REQUEST, ACK REQUEST RESPONSE,
        SYN SYN_ACK "0.015 B PA 1:501 1 ts 50 10 ipid 5\n" ACK,
        SYN "0.005 A A 1:1 1 ts 30 20 ipid 3\n" SYN_ACK,
        SYN "0.010 B S 0:0 mss 1460 ts 20 0 ipid 2\n0.020 A SA 0:0 1 ts 30 20 ipid 3\n",
        SYN "0.010 B SA 0:0 0 ts 20 10 ipid 2\n" ACK, SYN "0.010 B SA 0:0 2 ts 20 10 ipid 2\n" ACK,
        "0.000 A S 0:10 ts 10 0 ipid 1\n" SYN_ACK ACK,
        "0.000 A S 0:10 ts 10 0 ipid 1\n0.010 B SA 0:0 11 ts 20 10\n" ACK,
        SYN "0.010 B SA 0:10 1 ts 20 10 ipid 2\n" ACK,
        "unordered\n0.020 A S 0:0 mss 1460 sackok ts 10 0 ipid 1\n0.010 B SA 0:0 1 sackok ts 20 10 ipid 2\n" ACK,
        /* something of it twice */
        SYN "1.000 A S 0:0 mss 1460 sackok ts 1010 0 ipid 9\n1.010 B SA 0:0 1 sackok ts 1020 1010\n"
            "1.020 A A 1:1 1 ts 1030 1020\n",
        OPEN "1.000 B SA 0:0 1 mss 1460 sackok ts 1000 10 ipid 9\n",
        CLOSED "0.500 B FA 501:501 102 ts 500 60 ipid 9\n",
        TALK FIN_A "0.300 A FA 101:101 501 ts 300 50 ipid 9\n0.310 B A 501:501 102 ts 310 300 ipid 7\n",
        /* a RST, and what no stack sends */
        TALK "0.050 A RA 101:101 501 ts 60 50 ipid 6\n", TALK "0.050 A F 101:101 ts 60 50 ipid 6\n",
        TALK "0.050 A SA 101:101 501 ts 60 50 ipid 6\n", TALK "0.050 A PA 101:101 501 ipid 6\n",
        /* numbers run back, or acknowledge what was not sent yet, or selectively */
        TALK "0.050 A A 100:100 501 ts 60 50 ipid 6\n",
        TALK "0.050 A A 101:101 501 ts 60 50 ipid 6\n0.060 A A 101:101 500 ts 70 50 ipid 7\n",
        OPEN "0.030 B A 1:1 101 ts 40 30 ipid 4\n0.040 A PA 1:101 1 ts 50 40 ipid 5\n",
        OPEN "0.030 B A 1:1 1 ts 40 30 sack 201-301 ipid 4\n",
        TALK "0.045 A A 101:101 501 ts 39 50 ipid 6\n", /* and timestamps */
        "unordered\n" TALK "0.039 A A 101:101 501 ts 60 50 ipid 6\n", /* and the capture's clock */
        SYN SYN_ACK "0.020 A A 0:0 1 ts 30 20 ipid 3\n", SYN SYN_ACK "0.020 A A 1:1 0 ts 30 20 ipid 3\n",
        OPEN "0.030 B A 1:1 0 ts 40 30 ipid 4\n",
        /* further than is compared */
        OPEN "0.030 A PA 1073741825:1073741826 1 ts 40 20 ipid 4\n",
        /* a FIN that is not behind all, or has something behind it, or none that acknowledges just it */
        TALK "0.050 A FA 102:102 501 ts 60 50 ipid 6\n0.060 B FA 501:501 103 ts 70 60 ipid 7\n",
        TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n0.070 A A 103:103 501 ts 80 70 ipid 8\n",
        TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n0.070 A PA 102:112 501 ts 80 70 ipid 8\n",
        TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n0.070 A FA 102:102 501 ts 80 70 ipid 8\n",
        TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n0.070 A FA 102:102 501 ts 80 70 ipid 8\n"
                   "0.080 B A 501:501 103 ts 90 80 ipid 9\n",
        TALK FIN_A, TALK FIN_A FIN_B, TALK FIN_A "0.060 B FA 501:501 101 ts 70 60 ipid 7\n",
        TALK FIN_A "0.060 B FA 501:501 103 ts 70 60 ipid 7\n" LAST,
        /* perhaps a FIN that was not captured: a number that only an acknowledgment has */
        TALK "0.050 A A 101:101 502 ts 60 50 ipid 6\n",
        /* a FIN with the echo of what its peer did not say; an ACK of one that echoes what is yet to be said */
        TALK "0.050 A FA 101:101 501 ts 60 19 ipid 6\n" FIN_B LAST,
        TALK FIN_A "0.060 B FA 501:501 102 ts 70 61 ipid 7\n" LAST,
        TALK FIN_A FIN_B "0.070 A A 102:102 502 ts 80 71 ipid 8\n",
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (looks_orderly(cases[i]))
            fail_msg("orderly: %zu\n%s", i, cases[i]);
}

/* One whose first FIN was lost in front of the tap, as its packets' numbers tell: it looked orderly. */
static void until_something_is_missing(void **unused)
{
    (void)unused;
    assert_false(looks_orderly(TALK "0.050 A A 101:101 501 ts 60 50 ipid 5\n"
                                    "0.320 A FA 101:101 501 ts 330 50 ipid 7\n"
                                    "0.330 B FA 501:501 102 ts 340 330 ipid 9\n"
                                    "0.340 A A 102:102 502 ts 350 340 ipid 8\n"));
}

static void what_it_says(void **unused)
{
    struct fixture f;
    (void)unused;
    set_up(&f, CLOSED);
    const struct trace *trace = &f.trace;
    assert_true(trace->orderly);
    assert_int_equal(trace->count, 8);
    for (unsigned x = 0; x < 2; x++) {
        assert_true(trace->isn_known[x] && trace->fin_known[x] && trace->sent_known[x]);
        assert_int_equal(trace->isn[x], trace->records[x].seq);
        assert_int_equal(trace->fin_seq[x] - trace->isn[x], x ? 501 : 101);
        assert_int_equal(trace->sent_max[x] - trace->isn[x], x ? 502 : 102);
        assert_true(trace->distance_known[x]);
        assert_int_equal(trace->distance[x], 5000000);
    }
    for (unsigned i = 0; i < trace->count; i++) {
        assert_true(trace_is_send(trace, i, trace->records[i].dir));
        assert_false(trace->denied[i] || trace->injected[i] || trace->refused[i] || trace->synthetic[i]);
    }
    assert_false(trace->midstream || trace->any_denied || trace->any_held || trace->fast_open);
    tear_down(&f);
}

/* Up to its first FIN a twin passes over it, unless something was held back: then times do not run with the records. */
static void until_its_first_fin(void **unused)
{
    static const struct {
        const char *text;
        unsigned fin_from;
        bool held;
    } cases[] = {
        {CLOSED, 5, false},
        {TALK, 5, false},
        {OPEN "0.030 A FA 1:1 1 ts 40 20 ipid 4\n0.040 B FA 1:1 2 ts 50 40 ipid 5\n0.050 A A 2:2 2 ts 60 50 ipid 6\n", 3,
         false},
        {OPEN "0.036 A PA 1:101 1 ts 40 20 ipid 4\n" RESPONSE FIN_A FIN_B LAST, 0, true}, /* 6 ms by its clock */
        {CLOSED "1.000 A S 9:9 ts 1010 0 ipid 8\n", 0, false}, /* not orderly */
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        set_up(&f, cases[i].text);
        assert_int_equal(f.trace.fin_from, cases[i].fin_from);
        assert_int_equal(f.trace.any_held, cases[i].held);
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orderly_ones),
        cmocka_unit_test(others),
        cmocka_unit_test(until_something_is_missing),
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(until_its_first_fin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

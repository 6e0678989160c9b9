/* test_bounds.c - what is bounded, at none, one, as many as there may be, and one more
 *
 * Bounds that whole connections show. Those of a container by itself stand in its own test: journal (test_journal.c),
 * holes (test_holes.c), graves, hosts, queue and early ICMP errors (test_memory.c), parts (test_flow_table.c);
 * who makes room at the memory limit: test_room.c.
 */
#include "conn.h"
#include "lost.h"
#include "rig.h"
#include "twin.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))
#define EPOCH_NS (UINT64_C(1767225600) * 1000000000)
#define OPEN "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"

__attribute__((format(printf, 2, 3))) static void play(struct rig *rig, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    assert_in_range(vsnprintf(text, sizeof text, format, list), 1, sizeof text - 1);
    va_end(list);
    rig_play(rig, text);
}

static void begin(struct rig *rig, bool live)
{
    rig_init(rig);
    rig->options.live = live;
    assert_true(rig_open(rig));
}

/* The last connection that was said. */
static const struct tcptwin_connection *end(struct rig *rig)
{
    rig_finish(rig);
    assert_true(rig->connection_count > 0);
    return &rig->connections[rig->connection_count - 1].said;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* RSTs with different numbers write a letter each, and a segment without flags none. */
static void letters_of_history(void **unused)
{
    static const unsigned counts[] = {0, 1, TCPTWIN_HISTORY_MAX, TCPTWIN_HISTORY_MAX + 1};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct rig rig;
        begin(&rig, false);
        play(&rig, "0.000 A . 1:1\n");
        for (unsigned k = 1; k <= counts[i]; k++)
            play(&rig, "0.%03u A R %u:%u\n", k, k, k);
        const struct tcptwin_connection *said = end(&rig);
        assert_int_equal(strlen(said->zeek_history), smaller(counts[i], TCPTWIN_HISTORY_MAX));
        assert_int_equal(said->endpoint[0].packets, counts[i] + 1);
        rig_close(&rig);
    }
}

/* A client that takes back its SYN again and again, so quickly that no SYN-ACK shows that a RST did not come: its
 * server goes from LISTEN to SYN-RECEIVED and back. */
static void steps_of_an_end(void **unused)
{
    enum { ROUNDS = TWIN_STEPS_MAX / 2 };
    static const unsigned counts[] = {0, 1, ROUNDS, ROUNDS + 1};
    (void)unused;
    for (size_t i = 0; i < 2 * COUNT(counts); i++) {
        unsigned rounds = counts[i / 2], steps[2] = {0, 0};
        struct rig rig;
        begin(&rig, i % 2);
        play(&rig, "0.000 A S 0:0\n");
        for (unsigned k = 0; k < rounds; k++)
            play(&rig, "0.%06u B SA 0:0 1 ipid %u\n0.%06u A R 1:1\n0.%06u A S 0:0\n", 3 * k, k + 1, 3 * k + 1,
                 3 * k + 2);
        const struct tcptwin_connection *said = end(&rig);
        for (uint32_t k = 0; k < said->transition_count; k++)
            steps[said->transitions[k].endpoint]++;
        assert_int_equal(rig.connection_count, 1);
        assert_int_equal(steps[1], smaller(2 * rounds, TWIN_STEPS_MAX));
        assert_int_equal(said->evidence_dropped > 0, rounds > ROUNDS); /* that a step found no room is told */
        assert_true(!(i % 2) || rig.transition_events >= said->transition_count);
        rig_close(&rig);
    }
}

/* Evidence up to what a journal holds, and beyond; and what was never captured still finds room beside it. */
static void evidence_and_what_it_reveals(void **unused)
{
    static const unsigned counts[] = {0, 1, JOURNAL_MAX - 1, JOURNAL_MAX, JOURNAL_MAX + 1, 3 * JOURNAL_MAX};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct rig rig;
        char path[RIG_TEXT];
        begin(&rig, false);
        play(&rig, "0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A PA 1:11 1\n");
        for (unsigned k = 0; k < counts[i]; k++)
            play(&rig, "1.%03u R icmp 3 1 quotes A PA 1:11 1\n", k);
        play(&rig, "2.000 A A 11:11 2\n2.010 A FA 11:11 2\n2.020 B A 2:2 12\n");
        const struct tcptwin_connection *said = end(&rig);
        assert_string_equal(rig_path(said, 0, path),
                            "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED (rcv FIN?) CLOSE-WAIT "
                            "(snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED");
        assert_int_equal(said->evidence_dropped > 0, counts[i] + 8 > JOURNAL_MAX);
        rig_close(&rig);
    }
}

/* FINs that were lost in front of the tap, each twice as long after the one before. */
static void fins_lost_before_the_one_captured(void **unused)
{
    static const unsigned counts[] = {0, 1, LOST_MAX, LOST_MAX + 1};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        unsigned missing = counts[i];
        struct rig rig;
        begin(&rig, false);
        play(&rig, "0.000 A S 0:0 ipid 1\n0.010 B SA 0:0 1\n0.020 A A 1:1 1 ipid 2\n0.100 A PA 1:101 1 ipid 3\n"
                   "0.120 B A 1:1 101\n20.000 A FA 101:101 1 ipid %u\n20.010 B A 1:1 102\n", 4 + missing);
        const struct tcptwin_connection *said = end(&rig);
        for (uint32_t k = 0; k < said->transition_count; k++) {
            const struct tcptwin_transition *step = &said->transitions[k];
            uint64_t round_trip = 20000000, wait = 200000000 + round_trip + round_trip / 4;
            uint64_t earlier = missing && missing <= LOST_MAX ? wait << (missing - 1) : 0;
            if (step->endpoint == 0 && step->to == TCPTWIN_STATE_FIN_WAIT_1)
                assert_int_equal(step->endpoint_ts_ns - EPOCH_NS, 19995000000 - earlier);
        }
        assert_int_equal(said->endpoint[0].state, TCPTWIN_STATE_FIN_WAIT_2);
        rig_close(&rig);
    }
}

/* A handshake of which each packet was captured many times: how far its client is, is learnt as long as the ACK is
 * among its first packets. Another connection of that host, of which only data is seen, is dated by that. */
static void packets_among_which_a_handshake_is(void **unused)
{
    static const unsigned counts[] = {1, CONN_EARLY - 1, CONN_EARLY};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct rig rig;
        begin(&rig, false);
        for (unsigned k = 0; k < counts[i]; k++)
            play(&rig, "0.00000%u A S 0:0\n", k);
        play(&rig, "0.010 B SA 0:0 1\n0.020 A A 1:1 1\n");
        play(&rig, "conn m addr A 192.0.2.1:41000\n1.000 A PA 50:60 70\n");
        const struct tcptwin_connection *said = end(&rig);
        assert_int_equal(said->transitions[0].endpoint, 0);
        assert_int_equal(said->transitions[0].has_endpoint_ts, counts[i] < CONN_EARLY);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_history),
        cmocka_unit_test(steps_of_an_end),
        cmocka_unit_test(evidence_and_what_it_reveals),
        cmocka_unit_test(fins_lost_before_the_one_captured),
        cmocka_unit_test(packets_among_which_a_handshake_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

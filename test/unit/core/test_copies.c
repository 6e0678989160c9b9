/* test_copies.c - one packet captured twice: told from two packets, counted, and nothing else
 *
 * A mirror port shows packets twice. What tells a copy is in facts.c; here each of its conditions stands
 * as a pair of lines, once just within and once just outside.
 */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* clang-format off */
#define OPEN                                                                                       \
    "0.000 A S 0:0 ipid 100\n"                                                                     \
    "0.010 B SA 0:0 1 ipid 200\n"                                                                  \
    "0.020 A A 1:1 1 ipid 101\n"
#define OPEN_TIMESTAMPS                                                                            \
    "0.000 A S 0:0 sackok ts 10 0 ipid 100\n"                                                      \
    "0.010 B SA 0:0 1 sackok ts 20 10 ipid 200\n"                                                  \
    "0.020 A A 1:1 1 ts 30 20 ipid 101\n"
/* clang-format on */

static void play(struct rig *rig, const char *text)
{
    rig_init(rig);
    assert_true(rig_open(rig));
    rig_play(rig, text);
    rig_finish(rig);
    assert_int_equal(rig->connection_count, 1);
}

static void what_is_a_copy(void **unused)
{
    static const struct {
        const char *text;
        unsigned copies; /* of A's */
    } cases[] = {
        /* the IP identification tells, within 20 ms */
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.019999999 A PA 1:101 1 ipid 7\n", 1},
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.020 A PA 1:101 1 ipid 7\n", 0},
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.000 A PA 1:101 1 ipid 8\n", 0},
        {OPEN "1.000 A A 1:1 1 ipid 7\n1.000 A A 1:1 1 ipid 7\n", 1},
        {OPEN "1.000 A R 1:1 ipid 7\n1.000 A R 1:1 ipid 7\n", 1},
        {"0.000 B S 0:0\n0.010 A RA 0:0 1 ipid 7\n0.010 A RA 0:0 1 ipid 7\n", 1},
        /* any other number tells two packets apart */
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.000 A PA 2:102 1 ipid 7\n", 0},
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.000 A PA 1:100 1 ipid 7\n", 0},
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.000 A A 1:101 1 ipid 7\n", 0},
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.000 A PA 1:101 0 ipid 7\n", 0},
        {OPEN "1.000 A PA 1:101 1 ipid 7 win 9\n1.000 A PA 1:101 1 ipid 7 win 8\n", 0},
        /* without it: a SYN is never repeated within 20 ms */
        {"0.000 A S 0:0 ipid 0\n0.019999999 A S 0:0 ipid 0\n", 1},
        {"0.000 A S 0:0 ipid 0\n0.020 A S 0:0 ipid 0\n", 0},
        /* the timestamp tells, within 20 ms */
        {OPEN_TIMESTAMPS "1.000 A PA 1:101 1 ts 9 20 ipid 0\n1.019999999 A PA 1:101 1 ts 9 20 ipid 0\n", 1},
        {OPEN_TIMESTAMPS "1.000 A PA 1:101 1 ts 9 20 ipid 0\n1.020 A PA 1:101 1 ts 9 20 ipid 0\n", 0},
        {OPEN_TIMESTAMPS "1.000 A PA 1:101 1 ts 9 20 ipid 0\n1.000 A PA 1:101 1 ts 8 20 ipid 0\n", 0},
        {OPEN_TIMESTAMPS "1.000 A FA 1:1 1 ts 9 20 ipid 0\n1.019 A FA 1:1 1 ts 9 20 ipid 0\n", 1},
        /* without both: only at once */
        {OPEN "1.000 A PA 1:101 1 ipid 0\n1.000999999 A PA 1:101 1 ipid 0\n", 1},
        {OPEN "1.000 A PA 1:101 1 ipid 0\n1.001 A PA 1:101 1 ipid 0\n", 0},
        /* ACKs and RSTs without it may be two */
        {OPEN_TIMESTAMPS "1.000 A A 1:1 1 ts 9 20 ipid 0\n1.000 A A 1:1 1 ts 9 20 ipid 0\n", 0},
        {OPEN "1.000 A R 1:1 ipid 0\n1.000 A R 1:1 ipid 0\n", 0},
        /* the same numbers, but not one after the other */
        {OPEN "1.000 A PA 1:101 1 ipid 7\n1.001 A PA 101:201 1 ipid 8\n1.002 A PA 1:101 1 ipid 7\n", 0},
        /* the first of all is no copy, whatever its numbers */
        {"1.000 A . -1000000:-1000000 ipid 0 win 0\n", 0},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        play(&rig, cases[i].text);
        const struct tcptwin_connection *c = &rig.connections[0].said;
        if (c->endpoint[0].duplicates != cases[i].copies ||
            rig_has_anomaly(c, TCPTWIN_ANOMALY_DUPLICATE_CAPTURE, 0) != (cases[i].copies != 0))
            fail_msg("%u copies, not %u, in:\n%s", (unsigned)c->endpoint[0].duplicates,
                     cases[i].copies, cases[i].text);
        assert_int_equal(c->endpoint[1].duplicates, 0);
        rig_close(&rig);
    }
}

/* Every packet twice, 0.1 ms apart; B's SYN-ACK without an IP identification, as Linux sends it. */
static const char twice[] =
    "0.0000 A S 0:0 ipid 100\n0.0001 A S 0:0 ipid 100\n"
    "0.0100 B SA 0:0 1 ipid 0\n0.0101 B SA 0:0 1 ipid 0\n"
    "0.0200 A A 1:1 1 ipid 101\n0.0201 A A 1:1 1 ipid 101\n"
    "0.0300 A PA 1:101 1 ipid 102 win 0\n0.0301 A PA 1:101 1 ipid 102 win 0\n"
    "0.0500 B A 1:1 101 ipid 300\n0.0501 B A 1:1 101 ipid 300\n"
    "0.1000 A FA 101:101 1 ipid 103\n0.1001 A FA 101:101 1 ipid 103\n"
    "0.1100 B FA 1:1 102 ipid 301\n0.1101 B FA 1:1 102 ipid 301\n"
    "0.1200 A A 102:102 2 ipid 104\n0.1201 A A 102:102 2 ipid 104\n";

static void a_copy_is_nothing_else(void **unused)
{
    struct rig rig;
    (void)unused;
    play(&rig, twice);
    const struct tcptwin_connection *c = &rig.connections[0].said;
    assert_int_equal(c->endpoint[0].packets, 10);
    assert_int_equal(c->endpoint[0].duplicates, 5);
    assert_int_equal(c->endpoint[1].duplicates, 3);
    assert_int_equal(c->endpoint[0].retrans_packets + c->endpoint[1].retrans_packets, 0);
    assert_int_equal(c->endpoint[0].zero_windows, 1);
    assert_string_equal(c->zeek_history, "ShAWDaFf"); /* no letter twice, no T */
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        assert_true(c->anomalies[i].anomaly == TCPTWIN_ANOMALY_DUPLICATE_CAPTURE ||
                    c->anomalies[i].anomaly == TCPTWIN_ANOMALY_ZERO_WINDOW ||
                    c->anomalies[i].anomaly == TCPTWIN_ANOMALY_WINDOW_SHRUNK);
    assert_int_equal(c->syn_to_synack_ns, 10000000);
    assert_int_equal(c->synack_to_ack_ns, 10000000);
    assert_int_equal(c->rtt_samples, 1);
    assert_int_equal(c->rtt_min_ns, 20000000);
    rig_close(&rig);
}

/* The distance of a host is learnt from a handshake that was captured twice, and from the first copies. */
static void distances_from_copies(void **unused)
{
    char text[4096];
    struct rig rig;
    (void)unused;
    /* the second connection's own handshake says nothing: the SYN is repeated */
    assert_true((size_t)snprintf(text, sizeof text,
                                 "%s"
                                 "addr A 192.0.2.1:50000\n"
                                 "conn second 1.000 A S 0:0\n"
                                 "3.000 A S 0:0\n"
                                 "3.300 B SA 0:0 1\n"
                                 "3.900 B SA 0:0 1\n"
                                 "4.000 A A 1:1 1\n",
                                 twice) < sizeof text);
    rig_begin(&rig, text);
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 2);
    const struct tcptwin_connection *c = &rig.connections[1].said;
    assert_int_equal(c->transitions[0].event, TCPTWIN_EV_SND_SYN);
    assert_true(c->transitions[0].has_endpoint_ts);
    assert_int_equal(c->transitions[0].ts_ns - c->transitions[0].endpoint_ts_ns, 5000000);
    rig_close(&rig);
}

/* Copies of copies do not push what matters out of the journal's tail. */
static void copies_are_no_evidence(void **unused)
{
    char text[2048] = "0.000 A PA 1:101 1 ipid 1\n0.010 B A 1:1 101 ipid 1\n";
    struct rig rig;
    char path[RIG_TEXT];
    (void)unused;
    for (unsigned i = 1; i <= 9; i++) {
        char line[64];
        snprintf(line, sizeof line, "0.020%u A PA 101:201 1 ipid 2\n", i);
        assert_true(strlen(text) + strlen(line) < sizeof text);
        strcat(text, line);
    }
    play(&rig, text);
    const struct tcptwin_connection *c = &rig.connections[0].said;
    assert_int_equal(c->transitions[0].segment.frame, 1);
    assert_string_equal(rig_path(c, 0, path), "? (seen open?) ESTABLISHED");
    rig_close(&rig);
}

/* One lost acknowledgment that was captured twice (bare, without IP identification) is one: the second
 * is not thought lost because two were before it. */
static void one_loss_captured_twice(void **unused)
{
    static const char text[] = OPEN "0.100 B FA 1:1 1\n"
                                    "0.110 A FA 1:1 2\n"
                                    "0.130 B A 2:2 2 ipid 0\n"
                                    "0.130 B A 2:2 2 ipid 0\n"
                                    "0.400 A FA 1:1 2\n"
                                    "0.420 B A 2:2 2 ipid 0\n";
    static const char twice_lost[] = OPEN "0.100 B FA 1:1 1\n"
                                          "0.110 A FA 1:1 2\n"
                                          "0.130 B A 2:2 2 ipid 0\n"
                                          "0.400 A FA 1:1 2\n"
                                          "0.420 B A 2:2 2 ipid 0\n"
                                          "1.000 A FA 1:1 2\n"
                                          "1.020 B A 2:2 2 ipid 0\n";
    struct rig rig;
    (void)unused;
    play(&rig, text);
    assert_int_equal(rig.connections[0].said.endpoint[0].state, TCPTWIN_STATE_CLOSED);
    rig_close(&rig);
    play(&rig, twice_lost);
    assert_int_equal(rig.connections[0].said.endpoint[0].state, TCPTWIN_STATE_LAST_ACK);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_copy),        cmocka_unit_test(a_copy_is_nothing_else),
        cmocka_unit_test(distances_from_copies), cmocka_unit_test(copies_are_no_evidence),
        cmocka_unit_test(one_loss_captured_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

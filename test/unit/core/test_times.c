/* test_times.c - when something was at an endpoint, and what the distances are taken from
 *
 * A is 5 ms from the tap and so is B, in all of these. A path is written as milliseconds and the
 * state entered, by the endpoint's own clock.
 */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))
#define EPOCH_NS (UINT64_C(1767225600) * 1000000000)
enum { PORT = 40000 };

/* "0.0 SYN-SENT 20.0 ESTABLISHED", in ms since the epoch; "-" where the time is not known. */
static const char *times_of(const struct tcptwin_connection *c, unsigned endpoint, char out[RIG_TEXT])
{
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        const char *label = tcptwin_state_word((enum tcptwin_state)step->to)->label;
        char at[32] = "-";
        if (step->endpoint != endpoint)
            continue;
        if (step->has_endpoint_ts)
            snprintf(at, sizeof at, "%.1f", (double)(int64_t)(step->endpoint_ts_ns - EPOCH_NS) / 1e6);
        length += (size_t)snprintf(out + length, RIG_TEXT - length, "%s%s %s", length ? " " : "", at,
                                   label);
        assert_true(length < RIG_TEXT);
    }
    return out;
}

struct timed {
    const char *name, *before, *text, *a, *b;
};

/* Four other connections of both hosts, with nothing odd. */
#define AGREED                                                                                     \
    "conn k addr A 192.0.2.1:50001\n0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"            \
    "conn l addr A 192.0.2.1:50002\n0.020 A S 0:0\n0.030 B SA 0:0 1\n0.040 A A 1:1 1\n"            \
    "conn m addr A 192.0.2.1:50003\n0.040 A S 0:0\n0.050 B SA 0:0 1\n0.060 A A 1:1 1\n"            \
    "conn n addr A 192.0.2.1:50004\n0.060 A S 0:0\n0.070 B SA 0:0 1\n0.080 A A 1:1 1\n"            \
    "conn s addr A 192.0.2.1:40000\n"

static const struct timed table[] = {
    {"by the handshake", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED", "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED"},
    {"the first SYN-ACK was not captured: alone, one cannot tell", "",
     "1.000 A S 0:0\n2.010 B SA 0:0 1\n2.020 A A 1:1 1\n",
     "995.0 SYN-SENT 2015.0 ESTABLISHED", "1505.0 SYN-RECEIVED 2525.0 ESTABLISHED"},
    {"an answer in the same instant: its sender is no farther away than that, whatever others say", AGREED,
     "1.000 A S 0:0\n2.000 A S 0:0\n2.010 B SA 0:0 1\n3.010 B SA 0:0 1\n3.020 A A 1:1 1\n3.030 A PA 1:11 1\n"
     "3.030 B A 1:1 11\n",
     "995.0 SYN-SENT 2015.0 ESTABLISHED", "2010.0 SYN-RECEIVED 3020.0 ESTABLISHED"},
    {"the hosts' other handshakes agree, and bound it", AGREED,
     "1.000 A S 0:0\n2.010 B SA 0:0 1\n2.020 A A 1:1 1\n",
     "995.0 SYN-SENT 2015.0 ESTABLISHED", "1005.0 SYN-RECEIVED 2025.0 ESTABLISHED"},
    {"a late SYN-ACK echoes the first SYN: in SYN-RECEIVED since then", AGREED,
     "1.000 A S 0:0 ts 1000 0\n2.000 A S 0:0 ts 2000 0\n2.010 B SA 0:0 1 ts 7 1000\n2.020 A A 1:1 1 ts 2020 7\n",
     "995.0 SYN-SENT 2015.0 ESTABLISHED", "1005.0 SYN-RECEIVED 2025.0 ESTABLISHED"},
    {"it echoes the second: the first was lost", AGREED,
     "1.000 A S 0:0 ts 1000 0\n2.000 A S 0:0 ts 2000 0\n2.010 B SA 0:0 1 ts 7 2000\n2.020 A A 1:1 1 ts 2020 7\n",
     "995.0 SYN-SENT 2015.0 ESTABLISHED", "2005.0 SYN-RECEIVED 2025.0 ESTABLISHED"},
    {"nearer than the others: its own counts", AGREED,
     "1.000 A S 0:0\n1.002 B SA 0:0 1\n1.012 A A 1:1 1\n",
     "995.0 SYN-SENT 1007.0 ESTABLISHED", "1001.0 SYN-RECEIVED 1013.0 ESTABLISHED"},
    {"a little farther than the others: it met a delay", AGREED,
     "1.000 A S 0:0\n1.012 B SA 0:0 1\n1.022 A A 1:1 1\n",
     "995.0 SYN-SENT 1017.0 ESTABLISHED", "1007.0 SYN-RECEIVED 1027.0 ESTABLISHED"},
    {"refused, and nothing else of A", "",
     "1.000 A S 0:0\n1.010 B RA 0:0 1\n", "- SYN-SENT - CLOSED", ""},
    {"refused, and A has refused B", "conn r addr A 192.0.2.1:60000\n"
     "0.000 B S 0:0\n0.010 A RA 0:0 1\nconn s addr A 192.0.2.1:40000\n",
     "1.000 A S 0:0\n1.010 B RA 0:0 1\n", "995.0 SYN-SENT 1015.0 CLOSED", ""},
    {"from the middle on: the quickest answer; both were open when the capture began", "",
     "1.000 A PA 1:101 1\n1.010 B A 1:1 101\n1.030 B FA 1:1 101\n1.040 A A 101:101 2\n",
     "995.0 ESTABLISHED 1035.0 CLOSE-WAIT", "1000.0 ESTABLISHED 1025.0 FIN-WAIT-1 1045.0 FIN-WAIT-2"},
    {"from the middle on: a later connection of the same hosts tells", "",
     "1.000 A PA 1:101 1\n1.010 B RA 1:1 101\n"
     "conn k addr A 192.0.2.1:50001\n"
     "1.100 A FA 1:1 1\n1.110 B A 1:1 2\n1.200 B FA 1:1 2\n1.210 A A 2:2 2\n",
     "995.0 ESTABLISHED 1015.0 CLOSED", "1000.0 ESTABLISHED 1005.0 CLOSED"},
    {"an unseen SYN was a round trip to B before its SYN-ACK", AGREED,
     "1.010 B SA 0:0 1\n1.020 A A 1:1 1\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED", "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED"},
    {"an unseen SYN-ACK was a round trip to A before its ACK", AGREED,
     "1.000 A S 0:0\n1.020 A A 1:1 1\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED", "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED"},
    {"an unseen FIN was a round trip to B before its ACK", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.110 B A 1:1 2\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1095.0 FIN-WAIT-1 1115.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1105.0 CLOSE-WAIT"},
    {"but no earlier than what its sender sent before", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.106 A PA 1:101 1\n1.110 B A 1:1 102\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1101.0 FIN-WAIT-1 1115.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1105.0 CLOSE-WAIT"},
    {"all at one moment: in the order of the capture", "",
     "1.000 A S 0:0\n1.000 B SA 0:0 1\n1.000 A A 1:1 1\n",
     "1000.0 SYN-SENT 1000.0 ESTABLISHED", "1000.0 SYN-RECEIVED 1000.0 ESTABLISHED"},
    {"held back in front of the tap: its timestamp tells", "",
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.020 A A 1:1 1 ts 120 500\n"
     "1.040 A PA 1:11 1 ts 140 500\n1.050 B A 1:1 11 ts 540 140\n"
     "1.068 A FA 11:11 1 ts 160 540\n1.078 B A 1:1 12 ts 568 160\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1055.5 FIN-WAIT-1 1083.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1073.0 CLOSE-WAIT"},
    {"the same, and at the end its host is gone: the bare RST has no timestamp that would tell", "",
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.020 A A 1:1 1 ts 120 500\n"
     "1.040 A PA 1:11 1 ts 140 500\n1.050 B A 1:1 11 ts 540 140\n"
     "1.068 A FA 11:11 1 ts 160 540\n1.078 B FA 1:1 12 ts 568 160\n1.088 A R 12:12\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1055.5 FIN-WAIT-1 1083.0 CLOSED",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1073.0 CLOSE-WAIT 1073.0 LAST-ACK 1093.0 CLOSED"},
    {"the same with a clock of another pace: it tells nothing", "",
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.020 A A 1:1 1 ts 102 500\n"
     "1.040 A PA 1:11 1 ts 104 500\n1.050 B A 1:1 11 ts 504 104\n"
     "1.068 A FA 11:11 1 ts 106 504\n1.078 B A 1:1 12 ts 507 106\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1063.0 FIN-WAIT-1 1083.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1073.0 CLOSE-WAIT"},
    {"a SYN-ACK's timestamp is a cookie, and half of all numbers from what its host's clock counts past: no time to count "
     "from", "",
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.020 A A 1:1 1 ts 120 500\n"
     "1.030 B PA 1:11 1 ts 2147484088 120\n1.050 B PA 11:21 1 ts 2147484108 120\n"
     "1.070 B PA 21:31 1 ts 2147484128 120\n1.110 B FA 31:31 1 ts 2147484168 120\n1.120 A A 1:1 32 ts 220 2147484168\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1115.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1105.0 FIN-WAIT-1 1125.0 FIN-WAIT-2"},
    {"the same of a timestamp that somebody on the path made up", "",
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.020 A A 1:1 1 ts 120 500\n"
     "1.025 B R 1:1 ts 2147484228 120 ttl 51\n"
     "1.030 B PA 1:11 1 ts 520 120\n1.050 B PA 11:21 1 ts 540 120\n"
     "1.070 B PA 21:31 1 ts 560 120\n1.110 B FA 31:31 1 ts 600 120\n1.120 A A 1:1 32 ts 220 600\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1115.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1105.0 FIN-WAIT-1 1125.0 FIN-WAIT-2"},
    {"a SYN-ACK held back behind the tap is answered as it comes", AGREED,
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.028 A A 1:1 1\n",
     "995.0 SYN-SENT 1023.0 ESTABLISHED",
     "1005.0 SYN-RECEIVED 1033.0 ESTABLISHED"},
    {"the same, but by its timestamp the answer was held back", AGREED,
     "1.000 A S 0:0 ts 100 0\n1.010 B SA 0:0 1 ts 500 100\n1.028 A A 1:1 1 ts 120 500\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED",
     "1005.0 SYN-RECEIVED 1033.0 ESTABLISHED"},
    {"a FIN is missing before the FIN, by its host's count", "",
     "1.000 A S 0:0 ipid 100\n1.010 B SA 0:0 1 ipid 500\n1.020 A A 1:1 1 ipid 101\n1.030 A PA 1:11 1\n"
     "1.040 B A 1:1 11 ipid 501\n1.300 A FA 11:11 1 ipid 104\n1.310 B A 1:1 12 ipid 502\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1070.0 FIN-WAIT-1 1315.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1305.0 CLOSE-WAIT"},
    {"two are missing, and there was no time for a third", "",
     "1.000 A S 0:0 ipid 100\n1.010 B SA 0:0 1 ipid 500\n1.020 A A 1:1 1 ipid 101\n1.030 A PA 1:11 1\n"
     "1.040 B A 1:1 11 ipid 501\n1.600 A FA 11:11 1 ipid 106\n1.610 B A 1:1 12 ipid 502\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1145.0 FIN-WAIT-1 1615.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1605.0 CLOSE-WAIT"},
    {"one is missing, but the peer had asked for an acknowledgment", "",
     "1.000 A S 0:0 ipid 100\n1.010 B SA 0:0 1 ipid 500\n1.020 A A 1:1 1 ipid 101\n1.030 A PA 1:11 1\n"
     "1.040 B A 1:1 11 ipid 501\n1.050 B PA 1:21 11\n1.600 A FA 11:11 21 ipid 104\n1.610 B A 21:21 12 ipid 503\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1595.0 FIN-WAIT-1 1615.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1605.0 CLOSE-WAIT"},
    {"it may be the prompt answer to the peer's FIN", "",
     "1.000 A S 0:0 ipid 100\n1.010 B SA 0:0 1 ipid 500\n1.020 A A 1:1 1 ipid 101\n1.030 A PA 1:11 1\n"
     "1.040 B A 1:1 11 ipid 501\n1.050 B FA 1:1 11\n1.275 B FA 1:1 11\n1.300 A FA 11:11 2 ipid 105\n"
     "1.310 B A 2:2 12 ipid 504\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1055.0 CLOSE-WAIT 1070.0 LAST-ACK 1315.0 CLOSED",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1045.0 FIN-WAIT-1 1305.0 FIN-WAIT-2 1305.0 TIME-WAIT"},
    {"no host counts like that", "",
     "1.000 A S 0:0 ipid 100\n1.010 B SA 0:0 1 ipid 500\n1.020 A A 1:1 1 ipid 4711\n1.030 A PA 1:11 1 ipid 102\n"
     "1.040 B A 1:1 11 ipid 501\n1.300 A FA 11:11 1 ipid 104\n1.310 B A 1:1 12 ipid 502\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1295.0 FIN-WAIT-1 1315.0 FIN-WAIT-2",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1305.0 CLOSE-WAIT"},
    {"a FIN overtakes the data before it: it counts when that has come", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.100 B FA 21:21 1\n1.104 B PA 11:21 1\n1.108 B PA 1:11 1\n"
     "1.118 A A 1:1 22\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1113.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1095.0 FIN-WAIT-1 1123.0 FIN-WAIT-2"},
    {"the data had been captured, but A says that it has not come", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.090 B PA 1:11 1\n1.100 B FA 11:11 1\n1.110 A A 1:1 1\n"
     "1.300 B PA 1:11 1\n1.310 A A 1:1 12\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1305.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1095.0 FIN-WAIT-1 1315.0 FIN-WAIT-2"},
    {"A says nothing, so it may have come", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.090 B PA 1:11 1\n1.100 B FA 11:11 1\n"
     "1.300 B PA 1:11 1\n1.310 A A 1:1 12\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1105.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1095.0 FIN-WAIT-1 1315.0 FIN-WAIT-2"},
    {"A says that it came twice, so both came before", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.090 B PA 1:11 1\n1.100 B FA 11:11 1\n1.110 A A 1:1 1\n"
     "1.300 B PA 1:11 1\n1.310 A A 1:1 12 sack 1-11\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1105.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1095.0 FIN-WAIT-1 1315.0 FIN-WAIT-2"},
    {"A had acknowledged the data when it came again: the FIN was not behind a hole", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.090 B PA 1:11 1\n1.100 B FA 11:11 1\n1.101 A A 1:1 11\n"
     "1.102 B PA 1:11 1\n1.110 A A 1:1 12\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1105.0 CLOSE-WAIT",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1095.0 FIN-WAIT-1 1115.0 FIN-WAIT-2"},
    {"a FIN whose sender had shown it before was repeated", "",
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.030 A PA 1:11 1\n1.040 B A 1:1 11\n"
     "1.050 B FA 1:1 11\n1.260 B FA 1:1 11\n1.270 A A 12:12 2 sack 1-2\n1.300 A FA 11:11 2\n1.310 B A 2:2 12\n",
     "995.0 SYN-SENT 1015.0 ESTABLISHED 1055.0 CLOSE-WAIT 1070.0 LAST-ACK 1315.0 CLOSED",
     "1005.0 SYN-RECEIVED 1025.0 ESTABLISHED 1045.0 FIN-WAIT-1 1275.0 FIN-WAIT-2 1305.0 TIME-WAIT"},
};

static const struct tcptwin_connection *subject(const struct rig *rig)
{
    for (size_t i = rig->connection_count; i-- > 0;)
        if (rig->connections[i].said.endpoint[0].port == PORT)
            return &rig->connections[i].said;
    fail_msg("nothing was said of the connection");
    return NULL;
}

static void endpoint_times(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(table); i++) {
        char text[4096], a[RIG_TEXT], b[RIG_TEXT];
        struct rig rig;
        rig_init(&rig);
        assert_true(rig_open(&rig));
        snprintf(text, sizeof text, "%s%s", table[i].before, table[i].text);
        rig_play(&rig, text);
        rig_finish(&rig);
        times_of(subject(&rig), 0, a);
        times_of(subject(&rig), 1, b);
        if (strcmp(a, table[i].a) != 0 || strcmp(b, table[i].b) != 0)
            print_message("%s:\n  A    %s\n  want %s\n  B    %s\n  want %s\n", table[i].name, a,
                          table[i].a, b, table[i].b);
        assert_string_equal(a, table[i].a);
        assert_string_equal(b, table[i].b);
        rig_close(&rig);
    }
}

/* After the capture: the second at which a timer of the profile ends the state; 0 where none runs. */
static void timers_that_have_not_fired(void **unused)
{
    static const struct {
        const char *name, *text;
        double a_s, b_s;
    } cases[] = {
        {"open: none", "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n", 0, 0},
        {"nobody answers", "0.000 A S 0:0\n1.000 A S 0:0\n", 127, 0},
        {"the last ACK is missing", "0.000 A S 0:0\n0.010 B SA 0:0 1\n1.010 B SA 0:0 1\n", 0, 63.005},
        {"TIME-WAIT", "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n1.000 A FA 1:1 1\n1.010 B FA 1:1 2\n"
         "1.020 A A 2:2 2\n", 61.015, 0},
        {"TIME-WAIT, begun again by a FIN that came again",
         "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n1.000 A FA 1:1 1\n1.010 B FA 1:1 2\n"
         "1.020 A A 2:2 2\n2.010 B FA 1:1 2\n2.020 A A 2:2 2\n", 62.015, 0},
        {"TIME-WAIT that is over", "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n1.000 A FA 1:1 1\n"
         "1.010 B FA 1:1 2\n1.020 A A 2:2 2\nconn z addr A 192.0.2.1:50000\n62.000 A S 0:0\n", 0, 0},
        {"FIN-WAIT-2", "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n1.000 A FA 1:1 1\n1.010 B A 1:1 2\n",
         61.005, 0},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        rig_begin(&rig, cases[i].text);
        rig_finish(&rig);
        const struct tcptwin_connection *c = subject(&rig);
        const double want[2] = {cases[i].a_s, cases[i].b_s};
        assert_true(c->origin_ns == EPOCH_NS);
        for (unsigned x = 0; x < 2; x++) {
            uint64_t due = c->endpoint[x].timer_due_ns;
            double got = due ? (double)(int64_t)(due - EPOCH_NS) / 1e9 : 0;
            if (got < want[x] - 1e-6 || got > want[x] + 1e-6)
                fail_msg("%s: %c at %f, want %f", cases[i].name, 'A' + (int)x, got, want[x]);
        }
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(endpoint_times),
                                       cmocka_unit_test(timers_that_have_not_fired)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

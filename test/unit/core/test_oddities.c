/* test_oddities.c - segments that no state depends on, and what is just not odd */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* A's window is 200, and 200 << 7 for those who saw the scale. */
#define OPEN  "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 B PA 1:101 1\n0.040 A A 1:1 101 win 200\n"
#define SCALED                                                                                     \
    "0.000 A S 0:0 ws 7\n0.010 B SA 0:0 1 ws 7\n0.020 A A 1:1 1\n0.030 B PA 1:101 1\n0.040 A A 1:1 101 win 200\n"
#define RESET OPEN "0.100 A R 1:1\n"

static const struct {
    enum tcptwin_anomaly anomaly;
    uint32_t count; /* said of A; 0: it is not said */
    const char *text;
} cases[] = {
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 1, OPEN "0.050 A A 1:1 101 win 199\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 2, OPEN "0.050 A A 1:1 101 win 199\n0.060 A A 1:1 101 win 9\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 1, OPEN "0.050 A A 1:1 101 win 0\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 1, OPEN "0.050 B PA 101:201 1\n0.060 A A 1:1 201 win 0\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 1, SCALED "0.050 B PA 101:1101 1\n0.060 A A 1:1 1101 win 0\n"},
    /* the buffer is full: nothing is taken back */
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 B PA 101:301 1\n0.060 A A 1:1 301 win 0\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 B PA 101:1101 1\n0.060 A A 1:1 1101 win 0\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 A A 1:1 101 win 200\n0.060 A A 1:1 101 win 201\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 B PA 101:201 1\n0.060 A A 1:1 201 win 100\n"},
    /* two that changed places on the way */
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.0429 A A 1:1 101 win 150\n"},
    /* a SYN's is not scaled, a RST's means nothing, and who closes gives his buffer back */
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1 win 5\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 A RA 1:1 101 win 0\n"},
    {TCPTWIN_ANOMALY_WINDOW_SHRUNK, 0, OPEN "0.050 A FA 1:1 101 win 0\n"},

    {TCPTWIN_ANOMALY_URGENT_DATA, 1, OPEN "0.050 A PAU 1:11 101 urg 4\n"},
    {TCPTWIN_ANOMALY_URGENT_DATA, 1, "0.000 A SU 0:0\n"},
    {TCPTWIN_ANOMALY_URGENT_DATA, 0, OPEN "0.050 A PA 1:11 101 urg 4\n"},

    {TCPTWIN_ANOMALY_ACK_WITHOUT_FLAG, 1, "0.000 A S 0:0 77\n"},
    {TCPTWIN_ANOMALY_ACK_WITHOUT_FLAG, 1, OPEN "0.050 A P 1:11 101\n"},
    {TCPTWIN_ANOMALY_ACK_WITHOUT_FLAG, 0, OPEN "0.050 A R 1:1 101\n"},
    {TCPTWIN_ANOMALY_ACK_WITHOUT_FLAG, 0, OPEN "0.050 A PA 1:11 101\n"},

    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 1, RESET "0.102 A PA 1:11 101\n"},
    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 2, RESET "0.200 A PA 1:11 101\n0.300 A PA 11:21 101\n"},
    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 0, RESET "0.101 A PA 1:11 101\n"}, /* sent before, captured after */
    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 0, RESET "0.200 A A 1:1 101\n"},
    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 0, RESET "0.200 B PA 101:111 1\n"}, /* the peer's may be on its way */
    {TCPTWIN_ANOMALY_DATA_AFTER_RST, 0,
     "0.000 A S 0:0\n0.010 B RA 0:0 1\n0.020 A R 1:1\n"
     "1.000 A S 0:0\n1.010 B SA 0:0 1\n1.020 A A 1:1 1\n1.030 A PA 1:9 1\n"},
};

static uint32_t count_of(const struct tcptwin_connection *c, enum tcptwin_anomaly anomaly)
{
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        if (c->anomalies[i].anomaly == anomaly && c->anomalies[i].endpoint == 0)
            return c->anomalies[i].count;
    return 0;
}

static void oddities_are_told_and_nothing_else_is(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        uint32_t count = 0;
        rig_begin(&rig, cases[i].text);
        rig_finish(&rig);
        for (size_t k = 0; k < rig.connection_count; k++)
            count += count_of(&rig.connections[k].said, cases[i].anomaly);
        if (count != cases[i].count)
            fail_msg("%s: %u times, not %u, in:\n%s", tcptwin_anomaly_word(cases[i].anomaly)->name, count,
                     cases[i].count, cases[i].text);
        rig_close(&rig);
    }
}

/* Linux 6.18: icmp_err_convert, icmpv6_err_convert, icmpv6_notify; while a SYN is under way each of them ends it. */
static void what_icmp_tells_an_application(void **unused)
{
    static const struct {
        const char *text;
        enum tcptwin_app_error error;
    } told[] = {
        {"0.000 A S 0:0\n0.010 R icmp 3 0 quotes A S 0:0\n", TCPTWIN_APP_ENETUNREACH},
        {"0.000 A S 0:0\n0.010 R icmp 3 3 quotes A S 0:0\n", TCPTWIN_APP_ECONNREFUSED},
        {"0.000 A S 0:0\n0.010 R icmp 3 5 quotes A S 0:0\n", TCPTWIN_APP_EOPNOTSUPP},
        {"0.000 A S 0:0\n0.010 R icmp 3 8 quotes A S 0:0\n", TCPTWIN_APP_ENONET},
        {"0.000 A S 0:0\n0.010 R icmp 3 15 quotes A S 0:0\n", TCPTWIN_APP_EHOSTUNREACH},
        {"0.000 A S 0:0\n0.010 R icmp 11 0 quotes A S 0:0\n", TCPTWIN_APP_EHOSTUNREACH},
        {"0.000 A S 0:0\n0.010 R icmp 12 0 quotes A S 0:0\n", TCPTWIN_APP_EPROTO},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 1 0 quotes A S 0:0\n", TCPTWIN_APP_ENETUNREACH},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 1 1 quotes A S 0:0\n", TCPTWIN_APP_EACCES},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 1 4 quotes A S 0:0\n", TCPTWIN_APP_ECONNREFUSED},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 1 6 quotes A S 0:0\n", TCPTWIN_APP_EACCES},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 1 7 quotes A S 0:0\n", TCPTWIN_APP_EPROTO},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 3 0 quotes A S 0:0\n", TCPTWIN_APP_EHOSTUNREACH},
        {"ipv6\n0.000 A S 0:0\n0.010 R icmp 4 0 quotes A S 0:0\n", TCPTWIN_APP_EPROTO},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(told); i++) {
        struct rig rig;
        rig_begin(&rig, told[i].text);
        rig_finish(&rig);
        assert_int_equal(rig.connections[0].said.endpoint[0].app_error, told[i].error);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oddities_are_told_and_nothing_else_is),
        cmocka_unit_test(what_icmp_tells_an_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

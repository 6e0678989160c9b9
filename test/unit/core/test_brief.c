/* test_brief.c - which connections can be said in brief, and that the whole says the same */
#include "brief_is_whole.h"
#include "orderly_talk.h"
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

#define BY_SERVER TALK "0.050 B FA 501:501 101 ts 60 50 ipid 6\n0.060 A FA 101:101 502 ts 70 60 ipid 7\n" \
                       "0.070 B A 502:502 102 ts 80 70 ipid 8\n"

/* What the sink was asked about, and what it answers. */
static struct {
    unsigned count;
    bool enough;
    struct tcptwin_connection brief; /* the last */
} asked;

static bool is_enough(void *user, const struct tcptwin_connection *brief)
{
    (void)user;
    asked.count++;
    memcpy(&asked.brief, brief, sizeof *brief);
    return asked.enough;
}

/* Plays the text, and ends @seconds after the epoch of the notation, or with the text: 0. */
static const struct tcptwin_connection *play(struct rig *rig, const char *text, double seconds, bool enough)
{
    asked.count = 0;
    asked.enough = enough;
    rig_init(rig);
    rig->options.enough = is_enough;
    assert_true(rig_open(rig));
    rig_play(rig, text);
    if (seconds > 0)
        rig_advance(rig, seconds);
    rig_finish(rig);
    assert_true(rig->connection_count > 0);
    return &rig->connections[0].said;
}

/* The whole is asked for. Return: whether there was one in brief. */
static bool can_be_brief(const char *text, double seconds)
{
    struct rig rig;
    const struct tcptwin_connection *whole = play(&rig, text, seconds, false);
    bool brief = asked.count != 0;
    assert_false(whole->brief);
    if (brief && !brief_is_whole(&asked.brief, whole))
        fail_msg("the whole is another:\n%s", text);
    rig_close(&rig);
    return brief;
}

static void brief_ones(void **unused)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        {CLOSED, 0},
        {BY_SERVER, 0},
        {CLOSED, 59.9},
        {CLOSED, 62.2},
        {CLOSED, 500},
        {OPEN "0.030 A FPA 1:101 1 ts 40 20 ipid 4\n0.040 B FA 1:1 102 ts 50 40 ipid 5\n"
              "0.050 A A 102:102 2 ts 60 50 ipid 6\n", 0},
        /* the FIN is acknowledged first, and data come behind it; 19 s later the other */
        {TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n0.070 B PA 501:601 102 ts 80 60 ipid 8\n"
                    "0.080 A A 102:102 601 ts 90 80 ipid 9\n19.000 B FA 601:601 102 ts 19000 90 ipid 10\n"
                    "19.010 A A 102:102 602 ts 19010 19000 ipid 11\n", 0},
        {"0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n0.030 A FA 1:1 1\n0.040 B FA 1:1 2\n0.050 A A 2:2 2\n", 0},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!can_be_brief(cases[i].text, cases[i].seconds))
            fail_msg("not in brief: %zu\n%s", i, cases[i].text);
}

static void others(void **unused)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        {OPEN, 0},
        {TALK, 0},
        {TALK FIN_A, 0},
        {TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n", 0},
        {TALK FIN_A FIN_B, 0},
        /* when TIME-WAIT ends the tap does not know to the millisecond */
        {CLOSED, 60.1},
        {CLOSED, 62.0},
        /* the FINs cross */
        {TALK FIN_A "0.060 B FA 501:501 101 ts 70 50 ipid 7\n0.065 B A 502:502 102 ts 75 60 ipid 8\n"
                    "0.070 A A 102:102 502 ts 80 70 ipid 9\n", 0},
        /* the second comes late */
        {TALK FIN_A "0.060 B A 501:501 102 ts 70 60 ipid 7\n20.100 B FA 501:501 102 ts 20100 60 ipid 8\n"
                    "20.110 A A 102:102 502 ts 20110 20100 ipid 9\n", 0},
        /* something was sent twice, missed, or odd; or the ports are used again */
        {TALK "0.045 B PA 1:501 101 ts 55 40 ipid 9\n" FIN_A FIN_B LAST, 0},
        {CLOSED "0.500 B FA 501:501 102 ts 500 60 ipid 9\n", 0},
        {OPEN "0.030 A PA 11:101 1 ts 40 20 ipid 4\n" RESPONSE FIN_A FIN_B LAST, 0},
        {OPEN REQUEST "0.040 B PA 1:501 101 win 0 ts 50 40 ipid 5\n" FIN_A FIN_B LAST, 0},
        {"1.000 A S 0:0 ts 9 0 ipid 1\n2.000 A S 0:0 ts 1009 0 ipid 2\n2.010 B SA 0:0 1 ts 20 1009 ipid 2\n"
         "2.020 A A 1:1 1 ts 1030 20 ipid 3\n2.030 A FA 1:1 1 ts 1040 20 ipid 4\n2.040 B FA 1:1 2 ts 50 1040 ipid 5\n"
         "2.050 A A 2:2 2 ts 1060 50 ipid 6\n", 0},
        {CLOSED "0.080 A R 102:102 ipid 9\n", 0},
        {CLOSED "0.900 A S 900000:900000 ts 900 0 ipid 9\n0.910 B SA 900000:900000 900001 ts 910 900\n", 0},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (can_be_brief(cases[i].text, cases[i].seconds))
            fail_msg("in brief: %zu\n%s", i, cases[i].text);
}

static void what_it_says(void **unused)
{
    struct rig rig;
    (void)unused;
    const struct tcptwin_connection *said = play(&rig, BY_SERVER, 0, true);
    assert_true(said->brief && said->final);
    assert_int_equal(said->outcome, TCPTWIN_OUTCOME_CLOSED_FIN);
    assert_int_equal(said->closed_by, TCPTWIN_PARTY_SERVER);
    assert_int_equal(said->first_fin_by, TCPTWIN_PARTY_SERVER);
    assert_int_equal(said->handshake, TCPTWIN_HANDSHAKE_COMPLETE);
    assert_int_equal(said->end_reason, TCPTWIN_END_DETECTED);
    assert_int_equal(said->endpoint[1].state, TCPTWIN_STATE_TIME_WAIT);
    assert_int_equal(said->endpoint[0].state, TCPTWIN_STATE_CLOSED);
    assert_int_equal(said->transition_count, 0);
    assert_int_equal(said->confidence, 95);
    assert_int_equal(said->endpoint[0].payload_bytes, 100);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brief_ones),
        cmocka_unit_test(others),
        cmocka_unit_test(what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

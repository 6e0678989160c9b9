/* test_waiting.c - when a connection that ended departs, alone and in a crowd, and what it leaves behind */
#include "context.h"
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* of waiting.c */
enum { CROWD = 1 << 16 };

#define OPEN            "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"
#define DATA            OPEN "0.030 A PA 1:11 1\n0.040 B PA 1:11 11\n0.050 A A 11:11 11\n"
#define AND_FINS        "0.030 A FA 1:1 1\n0.040 B FA 1:1 2\n"
#define AND_FINS_BY_B   "0.030 B FA 1:1 1\n0.040 A FA 1:1 2\n"
#define AND_CLOSED      AND_FINS "0.050 A A 2:2 2\n"
#define AND_CLOSED_BY_B AND_FINS_BY_B "0.050 B A 2:2 2\n"
#define FINS            OPEN AND_FINS
#define FINS_BY_B       OPEN AND_FINS_BY_B
#define CLOSED          OPEN AND_CLOSED
#define CLOSED_BY_B     OPEN AND_CLOSED_BY_B
#define ELSEWHERE(side_) "0.025 " side_ " R 900000:900000\n"

/* A crowd that has nobody in it: only the number of connections counts. */
static void begin_crowd(struct rig *rig)
{
    rig->tcptwin->table.used += CROWD;
}

static void end_crowd(struct rig *rig)
{
    rig->tcptwin->table.used -= CROWD;
}

/* When it is looked at: after 5 s, and when TIME-WAIT is over. */
static const struct {
    double before, after;
    unsigned seconds;
} looks[] = {{5.4, 5.9, 5}, {66.5, 67.0, 66}};

/* Return: seconds of the look at which it departs; 0: it stays. */
static unsigned departs_after(const char *text)
{
    struct rig rig;
    unsigned after = 0;
    rig_begin(&rig, text);
    for (size_t i = 0; i < COUNT(looks) && !after; i++) {
        rig_advance(&rig, looks[i].before);
        assert_int_equal(rig.connection_count, 0);
        rig_advance(&rig, looks[i].after);
        after = rig.connection_count ? looks[i].seconds : 0;
    }
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 1);
    rig_close(&rig);
    return after;
}

/* It stands in a crowd; leave_crowd() when it has been looked at. */
static void play_in_crowd(struct rig *rig, const char *text)
{
    rig_init(rig);
    assert_true(rig_open(rig));
    begin_crowd(rig);
    rig_play(rig, text);
}

static void leave_crowd(struct rig *rig)
{
    end_crowd(rig);
    rig_finish(rig);
    assert_int_equal(rig->connection_count, 1);
    rig_close(rig);
}

/* In a crowd, after 2 s. */
static bool departs_early(const char *text)
{
    struct rig rig;
    play_in_crowd(&rig, text);
    rig_advance(&rig, 2.4);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 2.9);
    bool early = rig.connection_count;
    leave_crowd(&rig);
    return early;
}

/* In a crowd that lasts, looked at again and again: by then what seems over departs, or is held no more. */
static bool departs_in_lasting_crowd(const char *text)
{
    struct rig rig;
    play_in_crowd(&rig, text);
    for (unsigned tenth = 10; tenth < 90; tenth++)
        rig_advance(&rig, tenth / 10.0);
    bool departed = rig.connection_count;
    leave_crowd(&rig);
    return departed;
}

static const struct {
    const char *name, *text;
    unsigned after; /**< alone, departs_after() */
    bool early;     /**< departs_early() */
} cases[] = {
    {"closed in order", CLOSED, 66, true},
    {"closed in order by the other", CLOSED_BY_B, 66, true},
    {"closed, and the last ACK got lost", CLOSED "0.060 B FA 1:1 2\n0.160 B FA 1:1 2\n", 66, true},
    {"the last ACK is missing", FINS, 0, false},
    {"the last ACK is missing, closed by the other", FINS_BY_B, 0, false},
    {"a FIN that is answered by a RST", OPEN "0.030 A FA 1:1 1\n0.040 B R 1:1\n", 5, false},
    {"two FINs on their way, and a RST", OPEN "0.030 A FA 1:1 1\n0.031 B FA 1:1 1\n0.050 A R 2:2\n", 66, false},
    {"closed, and somebody forged a RST", OPEN ELSEWHERE("B") AND_CLOSED, 66, false},
    {"closed by the other, and somebody forged a RST", OPEN ELSEWHERE("A") AND_CLOSED_BY_B, 66, false},
    {"reset", DATA "0.070 A R 11:11\n", 66, true},
    {"reset by the other", DATA "0.070 B R 11:11\n", 66, true},
    {"a RST with another number", DATA "0.070 A R 13:13\n", 0, false},
    {"a RST, and its receiver speaks yet", DATA "0.070 A R 11:11\n0.100 B PA 11:21 11\n", 0, false},
    {"a RST, and then a damaged one", DATA "0.070 A R 11:11\n0.080 A R 11:11 badsum\n", 66, false},
    {"a RST after one FIN", OPEN "0.030 A FA 1:1 1\n0.040 B A 1:1 2\n0.050 A R 2:2\n", 66, false},
    {"a RST after the other's FIN", OPEN "0.030 B FA 1:1 1\n0.040 A A 1:1 2\n0.050 B R 2:2\n", 66, false},
    {"a RST, and nobody saw the beginning", "0.000 A PA 1:11 1\n0.010 B A 1:1 11\n0.020 A R 11:11\n", 66, false},
    {"a RST, and the other was never heard", "0.000 A S 0:0\n0.010 A R 1:1\n", 5, false},
    {"refused", "0.000 A S 0:0\n0.010 B RA 0:0 1\n", 5, true},
    {"refused, but something else", "0.000 A S 0:0\n0.010 B RA 0:0 5\n", 0, false},
    {"refused without ACK", "0.000 A S 0:0\n0.010 B R 0:0 1\n", 0, false},
};

static void who_ended_departs(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned after = departs_after(cases[i].text);
        bool early = departs_early(cases[i].text);
        if (after != cases[i].after || early != cases[i].early)
            fail_msg("%s: it departs after %u s, in a crowd %s", cases[i].name, after, early ? "early" : "not early");
    }
}

/* Nobody is put off for as long as there is a crowd. */
static void who_ended_departs_in_a_lasting_crowd(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (departs_in_lasting_crowd(cases[i].text) != (cases[i].after != 0))
            fail_msg("%s: in a crowd that lasts it %s", cases[i].name, cases[i].after ? "stays" : "departs");
}

/* Who seems over and is not is judged again: B waits for the last ACK, and at last gives up. */
static void who_is_doubted_is_judged_again(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, FINS);
    rig_advance(&rig, 6);
    for (unsigned second = 7; second < 3600; second++) {
        rig_advance(&rig, second);
        assert_true(second > 924 || !rig.connection_count); /* Linux: 15 retransmissions */
    }
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(rig.connections[0].said.end_reason, TCPTWIN_END_DETECTED);
    rig_finish(&rig);
    rig_close(&rig);
}

/* Time leaps: TIME-WAIT is over when it is looked at. */
static void who_is_looked_at_late_is_not_held(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, CLOSED);
    rig_advance(&rig, 61.1); /* Linux: 60 s, and a second more */
    assert_int_equal(rig.connection_count, 1);
    rig_finish(&rig);
    rig_close(&rig);
}

/* What comes meanwhile, and tells nothing new, does not make it longer. */
static void who_is_held_is_not_held_again(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, CLOSED "0.060 A A 2:2 2\n0.070 A A 2:2 2\n0.080 A A 2:2 2\n0.090 A A 2:2 2\n");
    rig_advance(&rig, 5.9);
    rig_play(&rig, "40.000 A A 2:2 2\n");
    rig_advance(&rig, 66.5);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 67.0);
    assert_int_equal(rig.connection_count, 1);
    rig_finish(&rig);
    rig_close(&rig);
}

/* A FIN that comes again, and its answer: TIME-WAIT begins again, and so does the time that it is held. */
static void who_is_held_anew_is_held_as_long(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, CLOSED);
    rig_advance(&rig, 5.9);
    rig_play(&rig, "40.000 B FA 1:1 2\n40.010 A A 2:2 2\n");
    rig_advance(&rig, 45.9);
    rig_advance(&rig, 67.0);
    rig_advance(&rig, 106.5);
    assert_int_equal(rig.connection_count, 0);
    rig_advance(&rig, 107.0);
    assert_int_equal(rig.connection_count, 1);
    rig_finish(&rig);
    rig_close(&rig);
}

/* -- what remains ------------------------------------------------------------------------------------- */

/* Found ended by a RST and held for that; then its sender talks on, so it was not the sender's. However long it is
 * quiet then, it is open. */
static void who_is_held_and_talks_on_stays(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_begin(&rig, DATA "0.060 B RA 11:11 11\n");
    rig_advance(&rig, 6);
    rig_play(&rig, "20.000 A PA 11:21 11\n20.010 B PA 11:21 21\n20.020 A A 21:21 21\n");
    for (unsigned seconds = 30; seconds <= 900; seconds += 5)
        rig_advance(&rig, seconds);
    assert_int_equal(rig.connection_count, 0);
    rig_play(&rig, "900.000 A PA 21:31 21\n900.010 B A 21:21 31\n");
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 1);
    assert_int_equal(rig_stats(&rig).late_segments, 0);
    rig_close(&rig);
}

/* Whoever gives up sooner than graves are forgotten. */
static void an_opening_has_a_grave(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_init(&rig);
    rig.options.profile = TCPTWIN_PROFILE_WINDOWS;
    assert_true(rig_open(&rig));
    rig_play(&rig, "0.000 A S 0:0\n");
    rig_advance(&rig, 37.0); /* 21 s, and 15 more */
    assert_int_equal(rig.connection_count, 1);
    rig_play(&rig, "40.000 A PA 1:11 1\n");
    assert_int_equal(rig_stats(&rig).late_segments, 1);
    rig_play(&rig, "isn A 5000000\n41.000 A S 0:0\n");
    rig_finish(&rig);
    assert_int_equal(rig.connection_count, 2);
    assert_int_equal(rig.connections[1].said.incarnation, 2);
    rig_close(&rig);
}

/* Takes what departs, and gives it back at once. */
struct witness {
    struct rig rig;
    unsigned count;
    uint64_t distance_ns;
};

static void hand_over(void *user, const struct tcptwin_departures *departures)
{
    struct witness *witness = user;
    witness->count += departures->count;
    witness->distance_ns = departures->list[0].distance_ns[1];
    tcptwin_conclude(witness->rig.tcptwin, departures);
    tcptwin_reclaim(witness->rig.tcptwin, departures);
}

static void drain(void *user)
{
    (void)user;
}

/* Nobody saw it begin: the answer to its data tells how far B is, as soon as it departs. */
static void answers_tell_of_the_host(void **unused)
{
    struct witness witness = {.count = 0};
    const struct tcptwin_pipeline pipeline = {hand_over, drain, &witness};
    (void)unused;
    rig_init(&witness.rig);
    witness.rig.options.pipeline = &pipeline;
    assert_true(rig_open(&witness.rig));
    rig_play(&witness.rig, "0.000 A PA 1:11 1\n0.020 B A 1:1 11\n0.030 A R 11:11\n");
    rig_advance(&witness.rig, 5.9);
    rig_advance(&witness.rig, 67.0);
    recover_departed(witness.rig.tcptwin);
    assert_int_equal(witness.count, 1);
    assert_int_equal(witness.distance_ns, 10000000);
    rig_finish(&witness.rig);
    rig_close(&witness.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_ended_departs),
        cmocka_unit_test(who_ended_departs_in_a_lasting_crowd),
        cmocka_unit_test(who_is_doubted_is_judged_again),
        cmocka_unit_test(who_is_looked_at_late_is_not_held),
        cmocka_unit_test(who_is_held_is_not_held_again),
        cmocka_unit_test(who_is_held_anew_is_held_as_long),
        cmocka_unit_test(who_is_held_and_talks_on_stays),
        cmocka_unit_test(an_opening_has_a_grave),
        cmocka_unit_test(answers_tell_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

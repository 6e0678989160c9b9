/* test_sockets.c - moments, the socket at one, ports that listen, numbers over time, and bounded
 * tables */
#include "format.h"
#include "listeners.h"
#include "over_time.h"
#include "samples.h"
#include "socket_at.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))
#define MS            UINT64_C(1000000)
#define S             UINT64_C(1000000000)
#define START         (UINT64_C(1767225600) * S) /* 2026-01-01T00:00:00Z */

/* -- moments -------------------------------------------------------------------------------------- */

static void moments_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        uint64_t start_ns; /* after START */
        const char *want;
    } cases[] = {
        {"end", 0, "2026-01-02T00:00:00.000000000Z"},
        {"+0", 5, "2026-01-01T00:00:00.000000005Z"},
        {"+90", 0, "2026-01-01T00:01:30.000000000Z"},
        {"+1.5", 0, "2026-01-01T00:00:01.500000000Z"},
        {"+0.1234567891", 0, "2026-01-01T00:00:00.123456789Z"},
        {"+2m", 0, "2026-01-01T00:02:00.000000000Z"},
        {"+1d", 0, "2026-01-02T00:00:00.000000000Z"},
        {"12:03", 0, "2026-01-01T12:03:00.000000000Z"},
        {"12:03:10.5", 0, "2026-01-01T12:03:10.500000000Z"},
        {"0:00:05", 10 * S, "2026-01-02T00:00:05.000000000Z"}, /* the day after: first such time */
        {"00:00:10", 10 * S, "2026-01-01T00:00:10.000000000Z"},
        {"2024-02-29T23:59:59Z", 0, "2024-02-29T23:59:59.000000000Z"},
        {"2026-03-01 00:00", 0, "2026-03-01T00:00:00.000000000Z"},
        {"1999-12-31T01:02:03.25", 0, "1999-12-31T01:02:03.250000000Z"},
        {"1767225600", 0, "2026-01-01T00:00:00.000000000Z"},
        {"1767225600.000000001", 0, "2026-01-01T00:00:00.000000001Z"},
        {"0", 0, "1970-01-01T00:00:00.000000000Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct moment moment;
        if (!moment_parse(cases[i].text, &moment))
            fail_msg("%s is refused", cases[i].text);
        uint64_t ns = moment_resolve(&moment, START + cases[i].start_ns, START + 86400 * S);
        assert_string_equal(format_time(ns).s, cases[i].want);
    }
}

static void every_day_has_its_date(void **state)
{
    struct moment moment;
    (void)state;
    for (uint64_t day = 0; day < 80000; day++) {
        char text[32];
        struct text want = format_time(day * 86400 * S);
        snprintf(text, sizeof text, "%.19s", want.s);
        assert_true(moment_parse(text, &moment));
        assert_true(moment_resolve(&moment, 0, 0) == day * 86400 * S);
    }
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const cases[] = {"",
                                        "+",
                                        "now",
                                        "12",
                                        "24:00:",
                                        "24:00",
                                        "12:60",
                                        "12:3:60",
                                        "12:03x",
                                        "+5x",
                                        "+-5",
                                        "-5",
                                        "1.",
                                        "1.5.",
                                        "2026-13-01T00:00",
                                        "2026-01-32T00:00",
                                        "2026-01-01",
                                        "2026-01-01T00:00+01:00",
                                        "20260101000000000",
                                        "+999999999999d",
                                        "9999999999999",
                                        "1969-12-31T23:59"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct moment moment;
        bool taken = moment_parse(cases[i], &moment);
        if (taken && strcmp(cases[i], "12") != 0) /* seconds since the epoch */
            fail_msg("%s is taken", cases[i]);
    }
}

static void states_by_any_name(void **state)
{
    static const struct {
        const char *text;
        uint32_t want;
    } cases[] = {
        {"TIME-WAIT", 1u << TCPTWIN_STATE_TIME_WAIT},
        {"time_wait,estab", 1u << TCPTWIN_STATE_TIME_WAIT | 1u << TCPTWIN_STATE_ESTABLISHED},
        {"syn-recv", 1u << TCPTWIN_STATE_SYN_RECEIVED},
        {"listening", 1u << TCPTWIN_STATE_LISTEN},
        {"unknown", 1u << TCPTWIN_STATE_UNKNOWN},
        {"time", 0},
        {"", 0},
        {"estab,", 0},
        {",estab", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct selection selection = {.summary = false};
        bool good = selection_states(&selection, cases[i].text);
        assert_int_equal(good, cases[i].want != 0);
        if (good)
            assert_int_equal(selection.states, cases[i].want);
    }
}

/* -- one endpoint at a moment --------------------------------------------------------------------- */

static const char *state_at(const struct tcptwin_connection *c, unsigned x, uint64_t ts_ns)
{
    struct socket_at socket;
    return socket_at(c, x, ts_ns, &socket) ? state_label(socket.state) : "";
}

static void a_closed_connection_from_moment_to_moment(void **state)
{
    static const struct {
        uint64_t ms;
        const char *client, *server;
    } cases[] = {
        {0, "SYN-SENT", "SYN-RECEIVED"},
        {19, "SYN-SENT", "SYN-RECEIVED"},
        {20, "ESTABLISHED", "SYN-RECEIVED"},
        {40, "ESTABLISHED", "ESTABLISHED"},
        {1240, "FIN-WAIT-1", "CLOSE-WAIT"},
        {1260, "TIME-WAIT", "LAST-ACK"},
        {1279, "TIME-WAIT", "LAST-ACK"},
        {1280, "TIME-WAIT", ""},
        {62279, "TIME-WAIT", ""},
        {62280, "", ""}, /* due at 61280, and late as Linux is */
        {86400000, "", ""},
    };
    const struct tcptwin_connection *c = sample_closed();
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(state_at(c, c->client, START + cases[i].ms * MS), cases[i].client);
        assert_string_equal(state_at(c, !c->client, START + cases[i].ms * MS), cases[i].server);
    }
    assert_string_equal(state_at(c, c->client, START - 1), "");
}

static void it_is_the_time_at_the_endpoint_that_counts(void **state)
{
    struct tcptwin_connection c = *sample_closed();
    struct tcptwin_transition *copy = test_malloc(c.transition_count * sizeof *copy);
    (void)state;
    memcpy(copy, c.transitions, c.transition_count * sizeof *copy);
    copy[0].has_endpoint_ts = true;
    copy[0].endpoint_ts_ns = START - 5 * MS;
    c.transitions = copy;
    assert_string_equal(state_at(&c, copy[0].endpoint, START - 6 * MS), "");
    assert_string_equal(state_at(&c, copy[0].endpoint, START - 5 * MS), "SYN-SENT");
    test_free(copy);
}

static void timers_and_reuse_end_what_nothing_else_does(void **state)
{
    struct tcptwin_connection c = *sample_no_answer();
    struct socket_at socket;
    (void)state;
    c.transition_count = 1; /* the SYN, and no timer has fired yet */
    c.endpoint[c.client].state = TCPTWIN_STATE_SYN_SENT;
    c.endpoint[c.client].timer_due_ns = c.first_ts_ns + 127 * S;
    assert_true(socket_at_end(&c, c.client, &socket));
    assert_true(socket.until_ns == c.first_ts_ns + 127 * S);
    assert_string_equal(state_at(&c, c.client, c.first_ts_ns + 127 * S - 1), "SYN-SENT");
    assert_string_equal(state_at(&c, c.client, c.first_ts_ns + 127 * S), "");
    c.reused_ts_ns = c.first_ts_ns + 3 * S;
    assert_string_equal(state_at(&c, c.client, c.first_ts_ns + 3 * S), "");
    c.reused_ts_ns = c.endpoint[c.client].timer_due_ns = 0;
    assert_string_equal(state_at(&c, c.client, UINT64_MAX - 1), "SYN-SENT");
}

static void what_nobody_saw_is_unknown_and_not_invented(void **state)
{
    const struct tcptwin_connection *midstream = sample_midstream(), *stray = sample_stray();
    struct tcptwin_connection silent = *sample_no_answer();
    struct socket_at socket;
    (void)state;
    for (unsigned x = 0; x < 2; x++) {
        assert_true(socket_at(midstream, x, midstream->origin_ns, &socket));
        assert_int_equal(socket.state, TCPTWIN_STATE_UNKNOWN);
        assert_true(socket.older);
        assert_false(socket_at(stray, x, stray->last_ts_ns, &socket));
    }
    silent.endpoint[!silent.client].state = TCPTWIN_STATE_UNKNOWN;
    silent.endpoint[!silent.client].packets = 0;
    assert_false(socket_at(&silent, !silent.client, silent.first_ts_ns, &socket));
}

/* -- ports that listen ---------------------------------------------------------------------------- */

static void a_port_listens_from_an_answer_to_a_refusal(void **state)
{
    struct tcptwin_connection answer = *sample_closed(), refusal = *sample_refused();
    struct tcptwin_connection *c[] = {&answer, &refusal};
    (void)state;
    refusal.ip_version = answer.ip_version; /* of one and the same port */
    refusal.endpoint[!refusal.client] = answer.endpoint[!answer.client];
    for (unsigned first = 0; first < 2; first++) { /* whichever is told first */
        struct places listeners;
        listeners_begin(&listeners);
        listeners_learn(&listeners, c[first], UINT64_MAX);
        listeners_learn(&listeners, c[!first], UINT64_MAX);
        assert_int_equal(listeners.count, 1);
        const struct listener *listener = places_at(&listeners, 0);
        assert_true(listener->refused_ns > listener->last_ns);
        assert_false(listens(listener));
        places_free(&listeners);
        listeners_begin(&listeners);
        listeners_learn(&listeners, c[first],
                        answer.last_ts_ns - 500 * MS); /* before the refusal */
        listeners_learn(&listeners, c[!first], answer.last_ts_ns - 500 * MS);
        assert_true(listens(places_at(&listeners, 0)));
        places_free(&listeners);
    }
}

/* -- bounded tables ------------------------------------------------------------------------------- */

struct counted {
    struct place place;
    uint64_t count;
};

static uint64_t counted_weight(const void *entry)
{
    return ((const struct counted *)entry)->count;
}

static void counted_drop(void *user, void *entry)
{
    *(uint64_t *)user += ((struct counted *)entry)->count;
}

static struct place place_number(uint64_t number)
{
    struct place place = {.ip_version = 6, .port = 80};
    memcpy(place.address.bytes, &number, sizeof number);
    return place;
}

static void a_scan_costs_no_memory_and_no_host_that_matters(void **state)
{
    enum { LIMIT = 1000, SCAN = 300000, BUSY = 10 };
    uint64_t rest = 0, sum = 0;
    struct places places;
    (void)state;
    places_begin(&places, &(struct places){.entry_size = sizeof(struct counted),
                                           .limit = LIMIT,
                                           .weight = counted_weight,
                                           .drop = counted_drop,
                                           .user = &rest});
    for (uint64_t i = 0; i < SCAN; i++) {
        struct place busy = place_number(i % BUSY), once = place_number(BUSY + i);
        ((struct counted *)places_find(&places, &busy))->count++;
        ((struct counted *)places_find(&places, &once))->count++;
        assert_true(places.count <= LIMIT);
    }
    for (uint64_t i = 0; i < BUSY; i++) {
        struct place busy = place_number(i);
        const struct counted *entry = places_find(&places, &busy);
        assert_true(entry->count == SCAN / BUSY);
        assert_false(entry->place.late);
    }
    for (size_t i = 0; i < places.count; i++)
        sum += ((const struct counted *)places_at(&places, i))->count;
    assert_true(sum + rest == 2 * SCAN); /* nothing is lost, nothing is counted twice */
    assert_true(places.dropped + places.count == BUSY + SCAN);
    places_free(&places);
}

/* -- over time ------------------------------------------------------------------------------------ */

static void numbers_over_time_are_those_of_each_moment(void **state)
{
    enum { STAYS = 3000, MOMENTS = 50, HOSTS = 3 };
    static struct {
        struct socket_at stay;
        unsigned host;
    } stays[STAYS];
    struct over_time over_time;
    uint32_t random = 1;
    (void)state;
    over_time_begin(&over_time, S);
    over_time.origin_ns = START;
    for (size_t i = 0; i < STAYS; i++) {
        random = random * 1664525u + 1013904223u;
        uint64_t since = random % (MOMENTS * 1000) * MS, length = (random >> 16) % 5000 * MS;
        stays[i].host = random >> 8 & 1 ? 1 : 2;
        stays[i].stay = (struct socket_at){
            .state = random >> 12 & 1 ? TCPTWIN_STATE_TIME_WAIT : TCPTWIN_STATE_SYN_SENT,
            .since_ns = START + since,
            .until_ns = i % 7 == 0 ? SOCKET_FOR_EVER : START + since + length};
        struct tcptwin_address address = {
            .bytes = {
                [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = (uint8_t)stays[i].host}};
        over_time_add(&over_time, &address, 4, &stays[i].stay);
    }
    char *text = NULL;
    size_t size = 0;
    struct report_options options = {.out = open_memstream(&text, &size), .width = 80};
    over_time_write(&over_time, &options, START + (MOMENTS - 1) * S + 999 * MS);
    fclose(options.out);
    const char *line = strchr(text, '\n') + 1;
    for (uint64_t moment = 0; moment < MOMENTS; moment++)
        for (unsigned host = 1; host < HOSTS; host++) {
            unsigned long long now = 0, time_wait = 0, all = 0, syn_sent = 0;
            unsigned number = 0, at = 0;
            for (size_t i = 0; i < STAYS; i++)
                if (stays[i].host == host && stays[i].stay.since_ns <= START + moment * S &&
                    stays[i].stay.until_ns > START + moment * S) {
                    now++;
                    time_wait += stays[i].stay.state == TCPTWIN_STATE_TIME_WAIT;
                }
            if (!now)
                continue;
            char cells[3][16];
            assert_int_equal(sscanf(line, " +%u 192.0.2.%u %15s %15s %15s", &at, &number, cells[0],
                                    cells[1], cells[2]),
                             5);
            for (unsigned i = 0; i < 3; i++) /* "1,234" */
                for (char *comma; (comma = strchr(cells[i], ',')) != NULL;)
                    memmove(comma, comma + 1, strlen(comma));
            all = strtoull(cells[0], NULL, 10);
            syn_sent = strtoull(cells[1], NULL, 10);
            assert_int_equal(at, moment);
            assert_int_equal(number, host);
            assert_int_equal(all, now);
            assert_int_equal(strtoull(cells[2], NULL, 10), time_wait);
            assert_int_equal(syn_sent, now - time_wait);
            line = strchr(line, '\n') + 1;
        }
    assert_string_equal(line, "");
    free(text);
    over_time_free(&over_time);
}

/* Brief titles then, and what they mean. */
static void all_states_fit_a_line(void **state)
{
    struct over_time over_time;
    struct tcptwin_address address = {.bytes = {[10] = 255, [11] = 255, [12] = 203, [14] = 113, [15] = 200}};
    char *text = NULL;
    size_t size = 0;
    struct report_options options = {.out = open_memstream(&text, &size), .width = 80};
    (void)state;
    over_time_begin(&over_time, S);
    over_time.origin_ns = START;
    for (unsigned x = 0; x < TCPTWIN_STATE_COUNT; x++)
        over_time_add(&over_time, &address, 4,
                      &(struct socket_at){.state = (uint8_t)x, .since_ns = START, .until_ns = START + S});
    over_time_write(&over_time, &options, START);
    fclose(options.out);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    assert_non_null(strstr(text, " LIS SS SR EST FW1 FW2 CW CLO LA TW ?\n"));
    assert_non_null(strstr(text, "LIS: LISTEN, SS: SYN-SENT, SR: SYN-RECEIVED, "));
    assert_non_null(strstr(text, "unknown\n"));
    free(text);
    over_time_free(&over_time);
}

static void absurd_times_end(void **state)
{
    struct over_time over_time;
    struct tcptwin_address address = {.bytes = {[15] = 1}};
    char *text = NULL;
    size_t size = 0;
    struct report_options options = {.out = open_memstream(&text, &size), .width = 80};
    (void)state;
    over_time_begin(&over_time, 1);
    over_time_add(&over_time, &address, 6,
                  &(struct socket_at){.state = TCPTWIN_STATE_ESTABLISHED,
                                      .since_ns = START,
                                      .until_ns = START + 3});
    over_time_write(&over_time, &options, UINT64_MAX);
    fclose(options.out);
    assert_non_null(strstr(text, "Cut after 131,072 moments"));
    free(text);
    over_time_free(&over_time);
}

/* -- the report ----------------------------------------------------------------------------------- */

static char *report_at(const char *at, const char *states)
{
    const struct tcptwin_connection *all[SAMPLE_COUNT];
    struct report_summary summary = sample_summary();
    struct report_options options = {.width = 80};
    assert_true(moment_parse(at, &options.selection.at));
    if (states)
        assert_true(selection_states(&options.selection, states));
    for (int i = 0; i < SAMPLE_COUNT; i++)
        all[i] = sample_at(i);
    summary.core.first_ts_ns = START;
    return sample_run("sockets", &options, all, SAMPLE_COUNT, &summary);
}

static void a_listing_as_of_ss(void **state)
{
    (void)state;
    char *text = report_at("+1.25", "fin-wait-1,close-wait,listen");
    assert_string_equal(
        text, "State        Local Address:Port Peer Address:Port      Age Basis\n"
              "FIN-WAIT-1   192.0.2.1:40000    192.0.2.2:80         10 ms observed\n"
              "LISTEN       192.0.2.2:80       *:*               >1.250 s answered 1 SYN\n"
              "CLOSE-WAIT   192.0.2.2:80       192.0.2.1:40000      10 ms confirmed\n"
              "\n"
              "2026-01-01 00:00:01.250 UTC, 1.250 s after the start: 3 sockets on 2 hosts.\n");
    free(text);
}

static void an_end_that_is_presumed_is_counted(void **state)
{
    struct tcptwin_connection c = *sample_reset();
    const struct tcptwin_connection *all[] = {&c};
    struct report_summary summary = sample_summary();
    struct report_options options = {.width = 80};
    (void)state;
    char *text = sample_run("sockets", &options, all, 1, &summary);
    assert_non_null(strstr(text, "Not listed: 1 that a RST ended, if it arrived"));
    free(text);
    c.reused_ts_ns = c.last_ts_ns; /* somebody else has the ports: it is gone */
    text = sample_run("sockets", &options, all, 1, &summary);
    assert_null(strstr(text, "Not listed"));
    free(text);
}

static void the_newest_connection_has_the_tuple(void **state)
{
    struct tcptwin_connection again = *sample_closed();
    const struct tcptwin_connection *all[2] = {NULL, &again};
    struct report_summary summary = sample_summary();
    struct report_options options = {.width = 80};
    static struct tcptwin_connection first;
    (void)state;
    first = *sample_closed();
    first.transition_count -= 1; /* in TIME-WAIT, and concluded before that was over */
    first.endpoint[first.client].state = TCPTWIN_STATE_TIME_WAIT;
    again.first_ts_ns += 1;
    all[0] = &first;
    assert_true(moment_parse("+1", &options.selection.at));
    assert_true(selection_states(&options.selection, "estab"));
    char *text = sample_run("sockets", &options, all, 2, &summary);
    assert_non_null(strstr(text, "2 sockets on 2 hosts."));
    free(text);
}

/* What stands at the end of very many connections in TIME-WAIT is what is printed, and all that is kept. */
static void sockets_that_are_over_are_not_kept(void **state)
{
    enum { COUNT = 300000, MS_APART = 10, STANDING = 60 * 1000 / MS_APART };
    struct report_options options = {.width = 80};
    struct report_summary summary = sample_summary();
    struct sample_report run;
    struct tcptwin_connection c = *sample_closed();
    struct tcptwin_transition entered = {.endpoint = c.client,
                                         .from = TCPTWIN_STATE_FIN_WAIT_2,
                                         .to = TCPTWIN_STATE_TIME_WAIT,
                                         .event = TCPTWIN_EV_RCV_FIN};
    char want[128];
    (void)state;
    sample_open(&run, "sockets", &options);
    c.endpoint[!c.client].state = TCPTWIN_STATE_CLOSED;
    c.endpoint[c.client].state = TCPTWIN_STATE_TIME_WAIT;
    c.transitions = &entered;
    c.transition_count = 1;
    for (uint64_t i = 0; i < COUNT; i++) {
        entered.ts_ns = c.last_ts_ns = START + i * MS_APART * MS;
        c.endpoint[c.client].timer_due_ns = entered.ts_ns + 59 * S; /* and a second late */
        c.endpoint[c.client].port = (uint16_t)i;
        c.endpoint[!c.client].port = (uint16_t)(i >> 16);
        sample_say_connection(&run, &c);
    }
    summary.core.last_ts_ns = c.last_ts_ns;
    char *text = sample_close(&run, &summary);
    snprintf(want, sizeof want, "%s sockets on 1 host.", format_count(STANDING).s);
    assert_non_null(strstr(text, want));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_as_people_write_them),
        cmocka_unit_test(every_day_has_its_date),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(states_by_any_name),
        cmocka_unit_test(a_closed_connection_from_moment_to_moment),
        cmocka_unit_test(it_is_the_time_at_the_endpoint_that_counts),
        cmocka_unit_test(timers_and_reuse_end_what_nothing_else_does),
        cmocka_unit_test(what_nobody_saw_is_unknown_and_not_invented),
        cmocka_unit_test(a_port_listens_from_an_answer_to_a_refusal),
        cmocka_unit_test(a_scan_costs_no_memory_and_no_host_that_matters),
        cmocka_unit_test(numbers_over_time_are_those_of_each_moment),
        cmocka_unit_test(all_states_fit_a_line),
        cmocka_unit_test(absurd_times_end),
        cmocka_unit_test(a_listing_as_of_ss),
        cmocka_unit_test(an_end_that_is_presumed_is_counted),
        cmocka_unit_test(the_newest_connection_has_the_tuple),
        cmocka_unit_test(sockets_that_are_over_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

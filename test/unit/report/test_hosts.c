/* test_hosts.c - what is added up per host and service, and what is said of it */
#include "host_tally.h"
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define MS    UINT64_C(1000000)
#define S     UINT64_C(1000000000)
#define START (UINT64_C(1767225600) * S) /* 2026-01-01T00:00:00Z */

/* -- TIME-WAIT over time ----------------------------------------------------------------------- */

static void the_load_is_the_mean_of_each_span(void **state)
{
    enum { SOCKETS = 2000 };
    static uint64_t since[SOCKETS], until[SOCKETS];
    struct wait_load load = {.count = 0};
    uint32_t random = 7;
    (void)state;
    for (unsigned i = 0; i < SOCKETS; i++) {
        random = random * 1664525u + 1013904223u;
        since[i] = START + (uint64_t)(random >> 8) % 600000 * MS; /* ten minutes */
        until[i] = since[i] + (i % 5 ? 60 * S : (uint64_t)(random >> 4) % 1000 * MS);
        wait_load_add(&load, START, since[i], until[i]);
    }
    struct wait_peak peak = wait_load_peak(&load);
    assert_true(peak.span_ns > 5 * S && peak.span_ns < 10 * S); /* 660 s in at most 127 spans */
    uint64_t most = 0, most_at = 0;
    for (uint64_t span = START; span < START + 700 * S; span += peak.span_ns) {
        uint64_t inside = 0;
        for (unsigned i = 0; i < SOCKETS; i++) {
            uint64_t from = since[i] > span ? since[i] : span;
            uint64_t to = until[i] < span + peak.span_ns ? until[i] : span + peak.span_ns;
            inside += to > from ? to - from : 0;
        }
        inside = (inside + peak.span_ns / 2) / peak.span_ns;
        if (inside > most) {
            most = inside;
            most_at = span;
        }
    }
    assert_int_equal(peak.sockets, most);
    assert_true(peak.ts_ns == most_at);
    wait_load_free(&load);
}

static void absurd_times_do_no_harm(void **state)
{
    struct wait_load load = {.count = 0};
    (void)state;
    for (unsigned more = 0; more <= WAIT_LOAD_FEW; more++) {
        wait_load_add(&load, START, START + 5, START + 5);
        wait_load_add(&load, START, START + 9, START + 5);
        wait_load_add(&load, START, 0, START - 1);
        wait_load_add(&load, START, START, UINT64_MAX);
        assert_int_equal(wait_load_peak(&load).sockets, 0);
    }
    wait_load_free(&load);
    load = (struct wait_load){.count = 0};
    wait_load_add(&load, 0, START, START + 60 * S); /* a capture that begins in 1970 */
    assert_true(wait_load_peak(&load).span_ns * WAIT_LOAD_SPANS > START);
}

/* One more than are kept as they are tells the same as each by itself. */
static void few_and_many_are_told_alike(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= WAIT_LOAD_FEW + 2; count++) {
        struct wait_load load = {.count = 0};
        for (unsigned i = 0; i < count; i++)
            wait_load_add(&load, START, START + i * S, START + (60 + i) * S);
        struct wait_peak peak = wait_load_peak(&load);
        assert_int_equal(peak.sockets, count);
        assert_true(peak.span_ns > S / 2 && peak.span_ns < S);
        assert_true(peak.ts_ns + peak.span_ns > START + (count - 1) * S && peak.ts_ns <= START + count * S);
        wait_load_free(&load);
    }
}

/* -- tallies ----------------------------------------------------------------------------------- */

static struct host_tally learned(const struct tcptwin_connection *c, bool server)
{
    struct host_tally tally = {.opened = 0};
    struct socket_at last;
    host_tally_learn(&tally, NULL, c, server ? !c->client : c->client, &last);
    host_tally_end(&tally, START + 3600 * S);
    return tally;
}

static void who_closes_first_pays(void **state)
{
    const struct tcptwin_connection *c = sample_closed();
    struct tcptwin_connection copy = *c;
    (void)state;
    copy.first_fin_by = TCPTWIN_PARTY_CLIENT;
    struct host_tally client = learned(&copy, false), server = learned(&copy, true);
    assert_int_equal(client.opened, 1);
    assert_int_equal(client.closed_first, 1);
    assert_int_equal(client.time_waits, 1);
    assert_int_equal(client.close_waits, 0);
    assert_true(client.wait_since_ns == START + 1260 * MS);
    assert_true(client.wait_until_ns ==
                START + 62280 * MS); /* due at 61280, and late as Linux is */
    assert_int_equal(host_tally_peak(&client).sockets, 1);
    assert_true(host_tally_peak(&client).ts_ns >= client.wait_since_ns);
    assert_int_equal(server.called, 1);
    assert_int_equal(server.closed_second, 1);
    assert_int_equal(server.time_waits, 0);
    assert_int_equal(server.close_waits, 1);
    assert_true(server.close_wait[0] && !server.close_wait[0]->open);
    assert_true(server.close_wait[0]->dwell_ns == 20 * MS);
    assert_int_equal(host_tally_sockets(&client) + host_tally_sockets(&server),
                     0); /* its time was over */
    host_tally_free(&client);
    host_tally_free(&server);
}

static void the_longest_is_the_longest_whether_it_ended_or_not(void **state)
{
    const struct tcptwin_connection *ended = sample_closed(), *open = sample_close_wait();
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct host_tally tally = {.opened = 0};
        struct socket_at last;
        host_tally_learn(&tally, NULL, order ? open : ended, !(order ? open : ended)->client, &last);
        host_tally_learn(NULL, &tally, order ? ended : open, !(order ? ended : open)->client, &last);
        assert_int_equal(tally.at_end[TCPTWIN_STATE_CLOSE_WAIT], 1);
        host_tally_end(&tally,
                       tally.close_wait[1]->since_ns + 10 * MS); /* the other one took 20 ms */
        assert_false(tally.close_wait[0]->open);
        host_tally_end(&tally, tally.close_wait[1]->since_ns + 30 * S);
        assert_true(tally.close_wait[0]->open);
        assert_true(tally.close_wait[0]->dwell_ns == 30 * S);
        assert_int_equal(tally.close_wait[0]->stream, open->stream);
        assert_int_equal(tally.close_waits, 2);
        host_tally_free(&tally);
    }
}

static void a_guess_who_called_is_no_call(void **state)
{
    struct tcptwin_connection c = *sample_midstream();
    (void)state;
    c.role_basis = TCPTWIN_ROLE_FIRST_PACKET;
    struct host_tally tally = learned(&c, false);
    assert_int_equal(tally.opened + tally.called, 0);
    assert_int_equal(tally.unclear, 1);
    host_tally_free(&tally);
}

static void disturbed_handshakes_are_not_measured(void **state)
{
    struct tcptwin_connection c = *sample_closed();
    struct host_tally tally = {.opened = 0};
    (void)state;
    c.syn_to_synack_ns = 30 * MS;
    c.synack_to_ack_ns = 5 * MS;
    host_tally_learn_handshake(&tally, &c);
    c.syn_to_synack_ns = 10 * MS;
    host_tally_learn_handshake(&tally, &c);
    c.syn_to_synack_ns = 0;
    host_tally_learn_handshake(&tally, &c);
    assert_int_equal(tally.legs->server.count, 2);
    assert_true(tally.legs->server.min_ns == 10 * MS && tally.legs->server.max_ns == 30 * MS);
    assert_true(measured_mean(&tally.legs->server) == 20 * MS);
    assert_true(measured_mean(&tally.legs->client) == 5 * MS);
    host_tally_free(&tally);
}

/* -- the report -------------------------------------------------------------------------------- */

static char *report(const struct report_options *options,
                    const struct tcptwin_connection *const *all, size_t count)
{
    struct report_summary summary = sample_summary();
    summary.core.first_ts_ns = START;
    return sample_run("hosts", options, all, count, &summary);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (; *text; text += strcspn(text, "\n") + 1) {
        size_t length = strcspn(text, "\n");
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void it_fits_its_width(void **state)
{
    const struct tcptwin_connection *all[SAMPLE_COUNT];
    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++)
        all[i] = sample_at(i);
    for (unsigned width = 80; width <= 140; width += 30) {
        struct report_options options = {.width = width};
        char *text = report(&options, all, SAMPLE_COUNT);
        assert_true(longest_line(text) <= width);
        free(text);
    }
}

/* A scan of more hosts than are kept: what is left out is counted, the server stays. */
static void a_scan_is_counted_and_not_kept(void **state)
{
    enum { SCAN = 100000 };
    struct report_options options = {.width = 80, .max_rows = 1};
    struct report_summary summary = sample_summary();
    struct sample_report run;
    struct tcptwin_connection c = *sample_refused();
    (void)state;
    sample_open(&run, "hosts", &options);
    for (uint32_t i = 0; i < SCAN; i++) {
        memcpy(c.endpoint[c.client].address.bytes + 4, &i, sizeof i);
        sample_say_connection(&run, &c);
    }
    char *text = sample_close(&run, &summary);
    assert_non_null(strstr(text, "called 100,000 times"));
    assert_non_null(strstr(text, "100,000 refused"));
    unsigned long long more = 0, dropped = 0;
    const char *at = strstr(text, "\nand ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\nand %llu,", &more), 1);
    assert_true(more < 33);
    at = strstr(text, "Not listed for want of memory: ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "Not listed for want of memory: %llu,", &dropped), 1);
    assert_true(dropped > 30);
    free(text);
}

/* Concluded in TIME-WAIT because memory was short: at the end most of them are over. */
static void what_a_timer_ended_does_not_stand_at_the_end(void **state)
{
    enum {
        COUNT = 5000,
        STANDING = 59
    }; /* one a second, TIME-WAIT of 60 s, one of them for lateness */
    struct report_options options = {.width = 80, .selection = {.json = true}};
    struct report_summary summary = sample_summary();
    struct sample_report run;
    struct tcptwin_connection c = *sample_closed();
    (void)state;
    sample_open(&run, "hosts", &options);
    c.transition_count = 0;
    c.endpoint[!c.client].state = TCPTWIN_STATE_CLOSED;
    c.endpoint[c.client].state = TCPTWIN_STATE_TIME_WAIT;
    struct tcptwin_transition entered = {.endpoint = c.client,
                                         .from = TCPTWIN_STATE_FIN_WAIT_2,
                                         .to = TCPTWIN_STATE_TIME_WAIT,
                                         .event = TCPTWIN_EV_RCV_FIN};
    for (uint64_t i = 0; i < COUNT; i++) {
        entered.ts_ns = c.last_ts_ns = START + i * S;
        c.endpoint[c.client].timer_due_ns = entered.ts_ns + 59 * S - S / 2;
        c.transitions = &entered;
        c.transition_count = 1;
        sample_say_connection(&run, &c);
    }
    summary.core.last_ts_ns = START + (COUNT - 1) * S;
    char *text = sample_close(&run, &summary);
    char want[64];
    snprintf(want, sizeof want, "\"state_time_wait\":%d", STANDING + 1);
    assert_non_null(strstr(text, "\"time_wait_sockets\":5000,\"time_wait_peak\":60,"));
    assert_non_null(strstr(text, want));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_load_is_the_mean_of_each_span),
        cmocka_unit_test(few_and_many_are_told_alike),
        cmocka_unit_test(absurd_times_do_no_harm),
        cmocka_unit_test(who_closes_first_pays),
        cmocka_unit_test(the_longest_is_the_longest_whether_it_ended_or_not),
        cmocka_unit_test(a_guess_who_called_is_no_call),
        cmocka_unit_test(disturbed_handshakes_are_not_measured),
        cmocka_unit_test(it_fits_its_width),
        cmocka_unit_test(a_scan_is_counted_and_not_kept),
        cmocka_unit_test(what_a_timer_ended_does_not_stand_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

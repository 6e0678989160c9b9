/* test_findings.c - diagnoses at their thresholds, and within their bounds whatever comes */
#include "findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define S UINT64_C(1000000000)
static const uint64_t start_ns = 1767225600 * S;

/* The n-th connection of a client to a server, in order and closed by the client. */
static struct tcptwin_connection connection(unsigned n, unsigned client, unsigned server, uint16_t port)
{
    struct tcptwin_connection c = {.id = n, .stream = n, .ip_version = 4, .role_basis = TCPTWIN_ROLE_SYN,
                                   .outcome = TCPTWIN_OUTCOME_CLOSED_FIN, .closed_by = TCPTWIN_PARTY_CLIENT,
                                   .handshake = TCPTWIN_HANDSHAKE_COMPLETE, .confidence = 100,
                                   .end_reason = TCPTWIN_END_DETECTED};
    c.first_frame = 1 + 10 * n;
    c.last_frame = 9 + 10 * n;
    c.first_ts_ns = start_ns + n * (S / 100);
    c.last_ts_ns = c.first_ts_ns + S;
    for (unsigned x = 0; x < 2; x++) {
        unsigned host = x ? server : client;
        memset(c.endpoint[x].address.bytes + 10, 0xff, 2);
        c.endpoint[x].address.bytes[12] = 10;
        c.endpoint[x].address.bytes[13] = (uint8_t)(host >> 16);
        c.endpoint[x].address.bytes[14] = (uint8_t)(host >> 8);
        c.endpoint[x].address.bytes[15] = (uint8_t)host;
        c.endpoint[x].packets = 5;
        c.endpoint[x].tcp_flags = TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN;
    }
    c.endpoint[0].port = (uint16_t)(1024 + n);
    c.endpoint[1].port = port;
    return c;
}

static struct tcptwin_connection refused(unsigned n, unsigned client, unsigned server, uint16_t port)
{
    struct tcptwin_connection c = connection(n, client, server, port);
    c.outcome = TCPTWIN_OUTCOME_REFUSED;
    c.handshake = TCPTWIN_HANDSHAKE_REFUSED;
    c.closed_by = TCPTWIN_PARTY_NONE;
    return c;
}

/* SYN, SYN-ACKs, and no more. */
static struct tcptwin_connection unfinished(unsigned n, unsigned client, unsigned server, uint16_t port)
{
    struct tcptwin_connection c = connection(n, client, server, port);
    c.outcome = TCPTWIN_OUTCOME_HALF_OPEN;
    c.handshake = TCPTWIN_HANDSHAKE_NO_FINAL_ACK;
    c.closed_by = TCPTWIN_PARTY_NONE;
    c.endpoint[0].packets = 1;
    c.endpoint[0].tcp_flags = TCPTWIN_SYN;
    c.endpoint[1].tcp_flags = TCPTWIN_SYN | TCPTWIN_ACK;
    return c;
}

static struct tcptwin_connection closed_by_server(unsigned n, unsigned client, unsigned server, uint16_t port)
{
    struct tcptwin_connection c = connection(n, client, server, port);
    c.closed_by = TCPTWIN_PARTY_SERVER;
    return c;
}

/* -- one world a call -------------------------------------------------------------------------------- */

static struct findings findings;
static struct totals totals;

static void begin(void)
{
    findings_init(&findings);
    totals = (struct totals){.connections = 0};
}

static void add(struct tcptwin_connection c)
{
    totals_add(&totals, &c);
    findings_add(&findings, &c);
}

/* How many findings of that code; lets everything go. */
static unsigned judged(enum tcptwin_finding code)
{
    struct report_summary summary = {.core = {.first_ts_ns = start_ns, .last_ts_ns = start_ns + 1000 * S}};
    unsigned count = 0;
    char sentence[FINDING_SENTENCE_SIZE];
    findings_judge(&findings, &summary, &totals);
    for (size_t i = 0; i < findings.count; i++) {
        sentence_write(sentence, &findings.list[i]);
        assert_null(strpbrk(sentence, "{}"));
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
        count += findings.list[i].code == code;
    }
    findings_free(&findings);
    return count;
}

static void nothing_is_wrong_with_what_is_in_order(void **state)
{
    (void)state;
    begin();
    assert_int_equal(judged(TCPTWIN_FINDING_CAPTURE_UNFIT), 0);
    begin();
    for (unsigned n = 0; n < 1000; n++)
        add(connection(n, n, 1, 80));
    struct report_summary summary = {.live = false};
    findings_judge(&findings, &summary, &totals);
    assert_int_equal(findings.count, 0);
    findings_free(&findings);
}

static void a_server_that_closes_first_is_told_from_twenty_and_a_half_on(void **state)
{
    (void)state;
    for (unsigned count = TIME_WAIT_MIN - 1; count <= TIME_WAIT_MIN; count++) {
        begin();
        for (unsigned n = 0; n < count; n++)
            add(closed_by_server(n, n, 1, 80));
        assert_int_equal(judged(TCPTWIN_FINDING_SERVER_TIME_WAIT), count == TIME_WAIT_MIN);
    }
    for (unsigned others = TIME_WAIT_MIN; others <= TIME_WAIT_MIN + 1; others++) {
        begin();
        for (unsigned n = 0; n < TIME_WAIT_MIN + others; n++)
            add(n < others ? connection(n, n, 1, 80) : closed_by_server(n, n, 1, 80));
        assert_int_equal(judged(TCPTWIN_FINDING_SERVER_TIME_WAIT), others == TIME_WAIT_MIN);
    }
}

static void a_flood_needs_its_number_and_a_proof(void **state)
{
    (void)state;
    for (unsigned count = FLOOD_MIN - 1; count <= FLOOD_MIN; count++) {
        begin();
        for (unsigned n = 0; n < count; n++)
            add(unfinished(n, n, 1, 80));
        assert_int_equal(judged(TCPTWIN_FINDING_SYN_FLOOD), count == FLOOD_MIN);
    }
    begin(); /* a filter that lets SYN and SYN-ACK pass shows the same, but for their repetition */
    for (unsigned n = 0; n < 2 * FLOOD_MIN; n++) {
        struct tcptwin_connection c = unfinished(n, n, 1, 80);
        c.endpoint[1].packets = 1;
        add(c);
    }
    assert_int_equal(judged(TCPTWIN_FINDING_SYN_FLOOD), 0);
}

static void a_scan_is_told_once_and_not_port_by_port(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < SCAN_TARGETS - 1; n++)
        add(refused(n, 7, 1, (uint16_t)(n + 1)));
    assert_int_equal(judged(TCPTWIN_FINDING_REFUSED), SCAN_TARGETS - 1);
    begin();
    for (unsigned n = 0; n < 500; n++)
        add(refused(n, 7, 1, (uint16_t)(n + 1)));
    add(refused(500, 8, 1, 9)); /* somebody else's attempt at one of them is his own */
    struct report_summary summary = {.live = false};
    findings_judge(&findings, &summary, &totals);
    assert_int_equal(findings.count, 2);
    assert_int_equal(findings.list[0].code, TCPTWIN_FINDING_REFUSED); /* 90 % sure, the scan 85 */
    assert_int_equal(findings.list[1].code, TCPTWIN_FINDING_PORT_SCAN);
    assert_int_equal(findings.list[1].count, 500);
    findings_free(&findings);
}

static void a_client_with_many_successes_does_not_scan(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 10 * SCAN_TARGETS; n++)
        add(n % 2 ? connection(n, 7, 1 + n, 80) : refused(n, 7, 1 + n, 80));
    assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), 0);
}

static void memory_is_bounded_and_the_rest_counted(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 20000; n++)
        add(refused(n, 100000 + n, n, 80)); /* each its own client, its own server */
    assert_true(findings.services.count <= findings.services.limit);
    assert_true(findings.cases.count <= findings.cases.limit);
    assert_true(findings.sources.count <= findings.sources.limit);
    assert_int_equal(findings.cases.count + findings.unplaced[TCPTWIN_FINDING_REFUSED], 20000);
    assert_true(findings_unplaced(&findings) > 0);
    assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wrong_with_what_is_in_order),
        cmocka_unit_test(a_server_that_closes_first_is_told_from_twenty_and_a_half_on),
        cmocka_unit_test(a_flood_needs_its_number_and_a_proof),
        cmocka_unit_test(a_scan_is_told_once_and_not_port_by_port),
        cmocka_unit_test(a_client_with_many_successes_does_not_scan),
        cmocka_unit_test(memory_is_bounded_and_the_rest_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

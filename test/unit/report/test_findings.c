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
    struct tcptwin_connection c = {.began = n, .stream = n, .ip_version = 4, .role_basis = TCPTWIN_ROLE_SYN,
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

static void begin(void)
{
    findings_init(&findings);
}

static void add(struct tcptwin_connection c)
{
    findings_add(&findings, &c);
}

/* How many findings of that code; lets everything go. */
static unsigned judged(enum tcptwin_finding code)
{
    struct report_summary summary = {.core = {.first_ts_ns = start_ns, .last_ts_ns = start_ns + 1000 * S}};
    unsigned count = 0;
    char sentence[FINDING_SENTENCE_SIZE];
    findings_judge(&findings, &summary);
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
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, 0);
    findings_free(&findings);
}

/* A server that leaves a connection in CLOSE-WAIT is told, unless most packets have times that run back. */
static void times_that_run_back_prove_no_leak(void **state)
{
    (void)state;
    for (unsigned reordered = 5; reordered <= 6; reordered++) { /* of ten packets */
        struct tcptwin_connection c = connection(0, 1, 2, 80);
        struct tcptwin_anomaly_record leak = {.anomaly = TCPTWIN_ANOMALY_CLOSE_WAIT_LONG, .endpoint = 1,
                                              .confidence = 95, .count = 1, .first_frame = 6, .last_frame = 6};
        c.outcome = TCPTWIN_OUTCOME_HALF_CLOSED;
        c.end_reason = TCPTWIN_END_EOF;
        c.endpoint[1].state = TCPTWIN_STATE_CLOSE_WAIT;
        c.endpoint[1].state_basis = TCPTWIN_BASIS_OBSERVED;
        c.endpoint[1].state_since_ns = c.last_ts_ns;
        c.anomalies = &leak;
        c.anomaly_count = 1;
        c.reordered_packets = reordered;
        begin();
        add(c);
        assert_int_equal(judged(TCPTWIN_FINDING_CLOSE_WAIT_LEAK), reordered == 5);
    }
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
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, 2);
    assert_int_equal(findings.list[0].code, TCPTWIN_FINDING_REFUSED); /* 90 % sure, the scan 85 */
    assert_int_equal(findings.list[0].evidence.connections, 1);
    assert_int_equal(findings.list[0].count, 2); /* the scan's as well: both were refused */
    assert_int_equal(findings.list[0].of, 2);
    assert_int_equal(findings.list[1].code, TCPTWIN_FINDING_PORT_SCAN);
    assert_int_equal(findings.list[1].count, 500);
    findings_free(&findings);
}

static void a_client_with_many_successes_does_not_scan(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 3 * SCAN_TARGETS; n++)
        add(n % 2 ? connection(n, 7, 1 + n, 80) : refused(n, 7, 1 + n, 80));
    assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), 0);
    for (unsigned targets = CROWD_MAX; targets <= CROWD_MAX + 1; targets++) { /* of so many a quarter will do */
        begin();
        for (unsigned n = 0; n < 4 * targets; n++)
            add(n % 4 ? connection(n, 7, 1, 80) : refused(n, 7, 1 + n, 80));
        assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), targets > CROWD_MAX);
    }
    begin();
    for (unsigned n = 0; n < 4 * (CROWD_MAX + 1); n++)
        add(n % 4 ? connection(n, 7, 1, 80) : refused(n, 7, 1 + n, 80));
    add(connection(1000, 7, 1, 80));
    assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), 0);
}

static void memory_is_bounded_and_the_rest_counted(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 20000; n++)
        add(refused(n, 100000 + n, n, 80)); /* each its own client, its own server */
    assert_true(findings.services.count <= findings.services.limit);
    assert_true(findings.cases[TCPTWIN_FINDING_REFUSED].count <= findings.cases[TCPTWIN_FINDING_REFUSED].limit);
    assert_true(findings.sources.count <= findings.sources.limit);
    assert_int_equal(findings.cases[TCPTWIN_FINDING_REFUSED].count + findings.unplaced[TCPTWIN_FINDING_REFUSED],
                     20000 - findings.sources.count); /* each of those holds its own */
    assert_true(findings_unplaced(&findings) > 0);
    assert_int_equal(judged(TCPTWIN_FINDING_PORT_SCAN), 0);
}

static struct tcptwin_connection with(struct tcptwin_connection c, const struct tcptwin_anomaly_record *anomaly)
{
    c.anomalies = anomaly;
    c.anomaly_count = 1;
    return c;
}

static struct tcptwin_connection unanswered(struct tcptwin_connection c)
{
    static const struct tcptwin_anomaly_record again = {.anomaly = TCPTWIN_ANOMALY_SYN_RETRANSMITTED, .count = 2};
    c.outcome = TCPTWIN_OUTCOME_NO_ANSWER;
    c.handshake = TCPTWIN_HANDSHAKE_NO_REPLY;
    c.endpoint[1].packets = 0;
    return with(c, &again);
}

static struct tcptwin_connection unreachable(struct tcptwin_connection c, enum tcptwin_app_error error)
{
    static const struct tcptwin_anomaly_record icmp = {.anomaly = TCPTWIN_ANOMALY_ICMP_ERROR, .count = 1,
                                                       .first_frame = 7, .last_frame = 8};
    c.outcome = TCPTWIN_OUTCOME_REFUSED;
    c.endpoint[0].app_error = (uint8_t)error;
    return with(c, &icmp);
}

static struct tcptwin_connection lossy(struct tcptwin_connection c, unsigned x, unsigned lost)
{
    static const struct tcptwin_anomaly_record copies[2] = {
        {.anomaly = TCPTWIN_ANOMALY_RETRANSMISSION, .count = 3, .endpoint = 0},
        {.anomaly = TCPTWIN_ANOMALY_RETRANSMISSION, .count = 3, .endpoint = 1}};
    c.endpoint[x].lost_after_tap = lost;
    c.endpoint[!x].last_ts_ns = c.last_ts_ns;
    return with(c, &copies[x]);
}

static void what_found_no_room_is_not_taken_for_nothing(void **state)
{
    unsigned n = 0;
    (void)state;
    begin(); /* attempts of the scanning client that did not fail are not known */
    while (!findings.others.full)
        add(connection(n, 1000 + n, 1, 80)), n++;
    for (unsigned port = 1; port <= SCAN_TARGETS; port++)
        add(refused(n++, 7, 1, (uint16_t)port));
    assert_int_equal(findings_unplaced(&findings), 0);
    struct report_summary summary = {.live = false};
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, SCAN_TARGETS); /* so each is told by itself */
    assert_int_equal(findings.list[0].code, TCPTWIN_FINDING_REFUSED);
    assert_int_equal(findings.unplaced[TCPTWIN_FINDING_PORT_SCAN], SCAN_TARGETS);
    findings_free(&findings);

    begin(); /* of how many attempts is not known */
    for (n = 0; findings.services.count < findings.services.limit; n++)
        add(connection(n, 7, 1000 + n, 80));
    add(refused(n, 7, 1, 80));
    add(refused(n + 1, 7, 1, 80));
    add(unanswered(connection(n + 2, 7, 1, 443)));
    for (unsigned i = 0; i < TIME_WAIT_MIN; i++)
        add(closed_by_server(n + 3 + i, 7, 1, 80));
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, 1);
    char sentence[FINDING_SENTENCE_SIZE];
    sentence_write(sentence, &findings.list[0]);
    assert_string_equal(sentence, "Server 10.0.0.1:80 refused 2 attempts: whether it took others is not known.");
    assert_int_equal(findings.unplaced[TCPTWIN_FINDING_SERVER_TIME_WAIT], TIME_WAIT_MIN);
    assert_int_equal(findings.unplaced[TCPTWIN_FINDING_HOST_SILENT], 1);
    findings_free(&findings);
}

/* An attempt at 443 in vain from second 20 on. @ended: when port @port of that host was last heard, in ms. */
static void silent_beside(char *sentence, uint16_t port, uint64_t ended)
{
    struct tcptwin_connection heard = connection(0, 7, 1, port), silent = connection(1, 7, 1, 443);
    struct report_summary summary = {.live = false};
    heard.endpoint[1].last_ts_ns = heard.last_ts_ns = start_ns + ended * (S / 1000);
    silent.first_ts_ns = start_ns + 20 * S;
    silent.last_ts_ns = start_ns + 27 * S;
    begin();
    add(heard);
    add(unanswered(silent));
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, 1);
    sentence_write(sentence, &findings.list[0]);
    findings_free(&findings);
}

static void who_is_heard_while_an_attempt_is_in_vain_is_not_down(void **state)
{
    char sentence[FINDING_SENTENCE_SIZE];
    (void)state;
    silent_beside(sentence, 443, 20100); /* an answer on its way when it died */
    assert_non_null(strstr(sentence, "443 left 1 of 2 attempts without any answer, though it had answered before: "
                                     "the host is"));
    silent_beside(sentence, 443, 20101);
    assert_non_null(strstr(sentence, "443 let 1 of 2 attempts wait or fail while it took others: "));
    silent_beside(sentence, 80, 10000);
    assert_non_null(strstr(sentence, "the only attempt without any answer, while its host answered on other ports: "));
    silent_beside(sentence, 80, 9999);
    assert_non_null(strstr(sentence, ", while its host answered on other ports before, not since (it may be down): "));
}

/* Copies of the client's data or FIN, from a tenth of a second on, and the server was last heard before them. */
static struct tcptwin_connection unheard(enum tcptwin_anomaly of, unsigned copies, uint64_t span_ms)
{
    static struct tcptwin_anomaly_record again;
    struct tcptwin_connection c = connection(0, 7, 1, 80);
    c.outcome = of == TCPTWIN_ANOMALY_FIN_RETRANSMITTED ? TCPTWIN_OUTCOME_HALF_CLOSED : TCPTWIN_OUTCOME_OPEN;
    c.endpoint[1].tcp_flags = TCPTWIN_SYN | TCPTWIN_ACK;
    c.endpoint[1].last_ts_ns = c.first_ts_ns;
    again = (struct tcptwin_anomaly_record){.anomaly = (uint8_t)of, .count = copies,
                                            .first_ts_ns = c.first_ts_ns + S / 10,
                                            .last_ts_ns = c.first_ts_ns + S / 10 + span_ms * (S / 1000)};
    c.last_ts_ns = again.last_ts_ns;
    return with(c, &again);
}

static unsigned silent_peers(struct tcptwin_connection c)
{
    begin();
    add(c);
    return judged(TCPTWIN_FINDING_PEER_SILENT);
}

static void a_peer_is_silent_after_copies_enough_of_data_or_fin(void **state)
{
    static const enum tcptwin_anomaly kinds[] = {TCPTWIN_ANOMALY_RETRANSMISSION, TCPTWIN_ANOMALY_FIN_RETRANSMITTED};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(silent_peers(unheard(kinds[k], SILENT_COPIES + 1, 1000)), 1);
        assert_int_equal(silent_peers(unheard(kinds[k], SILENT_COPIES + 1, 999)), 0);
        assert_int_equal(silent_peers(unheard(kinds[k], SILENT_COPIES, 3000)), 1);
        assert_int_equal(silent_peers(unheard(kinds[k], SILENT_COPIES, 2999)), 0);
        assert_int_equal(silent_peers(unheard(kinds[k], SILENT_COPIES - 1, 9000)), 0);
    }
    struct tcptwin_connection disordered = unheard(TCPTWIN_ANOMALY_RETRANSMISSION, 9, 9000);
    disordered.reordered_packets = 6; /* of ten */
    assert_int_equal(silent_peers(disordered), 0);
}

static void both_ends_of_a_connection_are_one_connection(void **state)
{
    (void)state;
    struct tcptwin_anomaly_record copies[2] = {
        {.anomaly = TCPTWIN_ANOMALY_RETRANSMISSION, .count = 3, .endpoint = 0},
        {.anomaly = TCPTWIN_ANOMALY_RETRANSMISSION, .count = 3, .endpoint = 1}};
    struct tcptwin_connection c = lossy(lossy(connection(0, 1, 1, 80), 0, 3), 1, 4);
    c.anomalies = copies;
    c.anomaly_count = 2;
    c.endpoint[0].last_ts_ns = c.endpoint[1].last_ts_ns = c.last_ts_ns;
    begin();
    add(c);
    struct report_summary summary = {.live = false};
    findings_judge(&findings, &summary);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].evidence.connections, 1);
    char sentence[FINDING_SENTENCE_SIZE];
    sentence_write(sentence, &findings.list[0]);
    assert_string_equal(sentence, "Host 10.0.0.1 sent 7 of 10 packets on 1 connection again though they had passed: "
                                  "they, or their acknowledgments, were lost behind the capture point.");
    findings_free(&findings);
}

/* -- in any order ------------------------------------------------------------------------------------ */

enum { CROWDED = 3000 };

/* Clients 1 to 3 scan, 4 tries as many in vain but has its successes first, 5 last; 6 works and fails elsewhere
 * than they do; others share some of the services that 1 and 4 tried. */
static struct tcptwin_connection one_of_many(unsigned n, unsigned dice)
{
    unsigned client = dice % 7, port = 1 + dice / 7 % 30, kind = dice / 210 % 10;
    bool early = n < CROWDED / 2;
    if (client == 0)
        return kind < 5 ? closed_by_server(n, 50 + port, 900, 80)
                        : lossy(connection(n, 60, 61 + kind, 80), kind & 1, 3);
    if (client <= 3)
        return kind == 0 ? connection(n, client, 900, 80) : kind & 1 ? refused(n, client, 901, (uint16_t)port)
                                                          : unanswered(connection(n, client, 902, (uint16_t)port));
    if (client <= 5)
        return early == (client == 4) ? connection(n, client, 903, 80)
               : kind < 6 ? unanswered(connection(n, client, 902, (uint16_t)port))
                          : refused(n, client, 901, (uint16_t)port);
    if (kind < 3)
        return unreachable(connection(n, 6, 904 + (port & 1), 80),
                           port & 1 || kind ? TCPTWIN_APP_EHOSTUNREACH : TCPTWIN_APP_ENETUNREACH);
    return kind < 6 ? unfinished(n, 100 + port, 905, 443) : lossy(connection(n, 61, 60, 80), kind & 1, 4);
}

/* What is to be said, without the pointer. */
static void copy_list(struct finding *list, char (*sentences)[FINDING_SENTENCE_SIZE], size_t *count)
{
    struct report_summary summary = {.core = {.first_ts_ns = start_ns, .last_ts_ns = start_ns + 1000 * S}};
    findings_judge(&findings, &summary);
    assert_true(findings.count <= 400);
    *count = findings.count;
    memset(list, 0, 400 * sizeof *list);
    for (size_t i = 0; i < findings.count; i++) {
        list[i] = findings.list[i];
        list[i].crowd = NULL;
        sentence_write(sentences[i], &findings.list[i]);
    }
    assert_int_equal(findings_unplaced(&findings), 0);
    findings_free(&findings);
}

static void the_order_of_connections_does_not_matter(void **state)
{
    static struct finding first[400], again[400];
    static char said[2][400][FINDING_SENTENCE_SIZE];
    static unsigned dice[CROWDED], order[CROWDED];
    size_t count, count_again, scans = 0;
    uint32_t random = 1;
    (void)state;
    for (unsigned n = 0; n < CROWDED; n++) {
        dice[n] = (random = random * 1664525u + 1013904223u) >> 8;
        order[n] = n;
    }
    for (unsigned round = 0; round < 20; round++) {
        begin();
        for (unsigned i = 0; i < CROWDED; i++)
            add(one_of_many(order[i], dice[order[i]]));
        copy_list(round ? again : first, said[round != 0], round ? &count_again : &count);
        for (unsigned i = CROWDED - 1; i > 0; i--) {
            unsigned other = ((random = random * 1664525u + 1013904223u) >> 8) % (i + 1), spare = order[i];
            order[i] = order[other];
            order[other] = spare;
        }
        for (size_t i = 0; round && i < count; i++) {
            assert_int_equal(count_again, count);
            assert_string_equal(said[1][i], said[0][i]);
            assert_memory_equal(&again[i], &first[i], sizeof again[i]);
        }
    }
    for (size_t i = 0; i < count; i++)
        scans += first[i].code == TCPTWIN_FINDING_PORT_SCAN;
    assert_int_equal(scans, 3);
    assert_true(count > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wrong_with_what_is_in_order),
        cmocka_unit_test(times_that_run_back_prove_no_leak),
        cmocka_unit_test(a_server_that_closes_first_is_told_from_twenty_and_a_half_on),
        cmocka_unit_test(a_flood_needs_its_number_and_a_proof),
        cmocka_unit_test(a_scan_is_told_once_and_not_port_by_port),
        cmocka_unit_test(a_client_with_many_successes_does_not_scan),
        cmocka_unit_test(what_found_no_room_is_not_taken_for_nothing),
        cmocka_unit_test(who_is_heard_while_an_attempt_is_in_vain_is_not_down),
        cmocka_unit_test(a_peer_is_silent_after_copies_enough_of_data_or_fin),
        cmocka_unit_test(both_ends_of_a_connection_are_one_connection),
        cmocka_unit_test(the_order_of_connections_does_not_matter),
        cmocka_unit_test(memory_is_bounded_and_the_rest_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

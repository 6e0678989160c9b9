/* test_text.c - the reports for people: whole where it matters, and their promises everywhere */
#include "layout.h"
#include "samples.h"
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct report_options options_80 = {.width = 80, .max_rows = 40};

static const char closed_timeline[] =
    "#0  client 192.0.2.1:40000  server 192.0.2.2:80\n"
    "    2026-01-01 00:00:00.000 UTC, lasted 1.280 s; roles: the client sent the SYN\n"
    "    closed_fin: Closed in order, the client first.\n"
    "     time  client        segment                     server\n"
    "           CLOSED                                    LISTEN\n"
    " 0.000000  SYN-SENT      SYN seq=0 ----------------> SYN-RECEIVED+\n"
    "             client: It began to open the connection.\n"
    "             server: Its SYN-ACK shows that it listened and took the SYN.\n"
    " 0.020000  ESTABLISHED+  <------ SYN,ACK seq=0 ack=1\n"
    "             client: The SYN-ACK completed its side of the handshake. (20 ms in\n"
    "               SYN-SENT)\n"
    " 0.040000                ACK seq=1 ack=1 ----------> ESTABLISHED+\n"
    "             server: The ACK completed its side of the handshake. (40 ms in\n"
    "               SYN-RECEIVED)\n"
    " 1.240000  FIN-WAIT-1    FIN,ACK seq=101 ack=901 --> CLOSE-WAIT+\n"
    "             client: This side closed first. (1.220 s in ESTABLISHED)\n"
    "             server: The peer closed; now it is this application's turn. (1.200\n"
    "               s in ESTABLISHED)\n"
    " 1.260000  FIN-WAIT-2+   <-- FIN,ACK seq=901 ack=102 LAST-ACK\n"
    "           TIME-WAIT+\n"
    "             client: Its FIN was acknowledged; the peer has not closed yet. (20\n"
    "               ms in FIN-WAIT-1)\n"
    "             client: The peer closed too; this side waits 2 MSL.\n"
    "             server: Its application closed as well. (20 ms in CLOSE-WAIT)\n"
    " 1.280000                ACK seq=102 ack=902 ------> CLOSED?\n"
    "             server: Its FIN was acknowledged: done. (20 ms in LAST-ACK)\n"
    "61.280000  CLOSED~       (no segment)\n"
    "             client: The quarantine of the port pair is over. (1m00s in\n"
    "               TIME-WAIT)\n";

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        longest = length > longest ? length : longest;
        text += length + (text[length] == '\n');
    }
    return longest;
}

static void check_plain(const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
        assert_false(text[i] == '\n' && i && text[i - 1] == ' '); /* nothing padded at the end */
    }
}

static void a_closed_connection_as_in_the_textbook(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_closed();
    struct report_summary summary = sample_summary();
    char *text = sample_run("timeline", &options_80, &c, 1, &summary);
    const char *table = strstr(text, "#0 ");
    assert_non_null(table);
    assert_int_equal(strncmp(table, closed_timeline, strlen(closed_timeline)), 0);
    free(text);
}

static void every_report_fits_its_width(void **state)
{
    static const char *const kinds[] = {"report", "timeline", "anomalies"};
    static const unsigned widths[] = {80, 100, 140};
    const struct tcptwin_connection *all[SAMPLE_COUNT];
    struct report_summary summary = sample_summary();
    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++)
        all[i] = sample_at(i);
    for (size_t k = 0; k < 3; k++)
        for (size_t w = 0; w < 3; w++) {
            struct report_options options = options_80;
            options.width = widths[w];
            char *text = sample_run(kinds[k], &options, all, SAMPLE_COUNT, &summary);
            check_plain(text);
            assert_true(longest_line(text) <= widths[w]);
            options.colour = true;
            char *coloured = sample_run(kinds[k], &options, all, SAMPLE_COUNT, &summary);
            assert_non_null(strchr(coloured, '\x1b'));
            free(coloured);
            free(text);
        }
}

static void an_endpoint_row_names_its_state_and_basis(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_close_wait();
    struct report_summary summary = sample_summary();
    char *text = sample_run("report", &options_80, &c, 1, &summary);
    assert_non_null(strstr(text, "192.0.2.1:40003  FIN-WAIT-2?"));
    assert_non_null(strstr(text, "> 192.0.2.2:80   CLOSE-WAIT+"));
    assert_non_null(strstr(text, "The client closed and the server did not"));
    assert_non_null(strstr(text, "close_wait_long"));
    free(text);
}

static void live_transitions_are_lines_of_their_own(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_closed();
    struct report_summary summary = sample_summary();
    struct report_options options = options_80;
    struct sample_report run;
    options.live = true;
    struct tcptwin_event events[] = {
        {TCPTWIN_EVENT_TRANSITION, c, &c->transitions[0], NULL},
        {TCPTWIN_EVENT_REVISION, c, &c->transitions[2], &c->transitions[3]},
        {TCPTWIN_EVENT_REVISION, c, NULL, &c->transitions[3]},
        {TCPTWIN_EVENT_REVISION, c, NULL, NULL},
    };
    sample_open(&run, "timeline", &options);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        sample_say(&run, &events[i]);
    char *text = sample_close(&run, &summary);
    assert_string_equal(
        text,
        "00:00:00.000000 192.0.2.1:40000 > 192.0.2.2:80  client CLOSED -> SYN-SENT  SYN seq=0\n"
        "00:00:00.020000 192.0.2.1:40000 > 192.0.2.2:80  client (revised) SYN-SENT -> "
        "ESTABLISHED+  SYN,ACK seq=0 ack=1\n"
        "00:00:00.040000 192.0.2.1:40000 > 192.0.2.2:80  server (withdrawn) SYN-RECEIVED -> "
        "ESTABLISHED+  ACK seq=1 ack=1\n"
        "0 connections, 100 TCP packets.\n");
    free(text);
}

enum { COPIES_MAX = 500 };
static struct tcptwin_connection copies[COPIES_MAX];
static const struct tcptwin_connection *all[COPIES_MAX];

/* Connection @i of the capture is like @sample. */
static void put_copy(unsigned i, const struct tcptwin_connection *sample)
{
    copies[i] = *sample;
    copies[i].stream = i;
    all[i] = &copies[i];
}

static void what_is_cut_is_said_and_the_worst_stays(void **state)
{
    enum { COUNT = COPIES_MAX };
    struct report_summary summary = sample_summary();
    struct report_options options = options_80;
    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        put_copy(i, i == 333 ? sample_no_answer() : sample_closed());
    options.max_rows = 3;
    char *text = sample_run("report", &options, all, COUNT, &summary);
    assert_non_null(strstr(text, "\n333 192.0.2.1:40002"));
    assert_non_null(strstr(text, "3 of 500 connections shown; --rows 0 shows all."));
    free(text);
    text = sample_run("anomalies", &options, all, COUNT, &summary);
    assert_non_null(strstr(text, "syn_retransmitted: 3 times on 1 connection"));
    free(text);
    options.max_rows = 0;
    text = sample_run("report", &options, all, COUNT, &summary);
    assert_null(strstr(text, "shows all"));
    assert_non_null(strstr(text, "\n499 192.0.2.1:40000"));
    free(text);
}

static void anomalies_cut_are_counted(void **state)
{
    enum { COUNT = 50 };
    struct report_summary summary = sample_summary();
    struct report_options options = options_80;
    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        put_copy(i, sample_close_wait());
    options.max_rows = 4;
    char *text = sample_run("anomalies", &options, all, COUNT, &summary);
    assert_non_null(strstr(text, "close_wait_long: 50 times on 50 connections"));
    assert_non_null(strstr(text, "and 46 more (--rows 0 shows all)"));
    assert_non_null(strstr(text, "retransmission: 600 times on 50 connections"));
    assert_non_null(strstr(text, "\n  50 more (--rows 0 shows all)"));
    free(text);
}

static void an_empty_capture_is_not_silent(void **state)
{
    static const char *const kinds[] = {"report", "timeline", "anomalies", "sockets"};
    struct report_summary summary = sample_summary();
    (void)state;
    summary.tcp_packets = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        char *text = sample_run(kinds[k], &options_80, NULL, 0, &summary);
        assert_non_null(strstr(text, "0 TCP packets of 120; link type EN10MB"));
        free(text);
    }
}

static void names_from_outside_are_escaped(void **state)
{
    static const struct report_input input = {.name = "a\x1b]0;x.pcap",
                                              .format = "pcap",
                                              .link_type = "EN10MB",
                                              .message = "cut\n",
                                              .damaged = true};
    struct report_summary summary = sample_summary();
    const struct tcptwin_connection *c = sample_closed();
    (void)state;
    summary.inputs = &input;
    char *text = sample_run("report", &options_80, &c, 1, &summary);
    check_plain(text);
    assert_non_null(strstr(text, "a\\x1b]0;x.pcap"));
    assert_non_null(strstr(text, "verdict   truncated"));
    free(text);
}

static void every_sample_has_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        char text[VERDICT_SIZE];
        struct tcptwin_connection c = *sample_at(i);
        for (int outcome = 0; outcome <= TCPTWIN_OUTCOME_COUNT; outcome++) {
            c.outcome = (uint8_t)outcome;
            verdict_write(text, &c);
            assert_true(strlen(text) > 10 && text[strlen(text) - 1] == '.');
        }
    }
}

static char *explain(const char *word)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool known = report_explain(out, word, 80, false);
    fclose(out);
    if (known)
        return text;
    free(text);
    return NULL;
}

static void every_word_is_explained(void **state)
{
    (void)state;
    const struct tcptwin_word *word;
    char *list = explain(NULL);
    assert_true(longest_line(list) <= 80);
    for (size_t i = 0; (word = tcptwin_word_at(i)); i++) {
        if (!*word->name)
            continue;
        char *text = explain(word->name);
        assert_non_null(text);
        check_plain(text);
        assert_true(longest_line(text) <= 80);
        assert_true(strlen(text) > strlen(word->text));
        assert_non_null(strstr(list, word->name));
        free(text);
    }
    free(list);
    assert_null(explain("no_such_word"));
    assert_null(explain(""));
}

static void a_state_is_found_however_it_is_written(void **state)
{
    static const char *const ways[] = {"CLOSE-WAIT", "close_wait", "CLOSE_WAIT", "Close-Wait"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char *text = explain(ways[i]);
        assert_non_null(text);
        assert_non_null(strstr(text, "CLOSE-WAIT -> LAST-ACK, snd FIN"));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_connection_as_in_the_textbook),
        cmocka_unit_test(every_report_fits_its_width),
        cmocka_unit_test(an_endpoint_row_names_its_state_and_basis),
        cmocka_unit_test(live_transitions_are_lines_of_their_own),
        cmocka_unit_test(what_is_cut_is_said_and_the_worst_stays),
        cmocka_unit_test(anomalies_cut_are_counted),
        cmocka_unit_test(an_empty_capture_is_not_silent),
        cmocka_unit_test(names_from_outside_are_escaped),
        cmocka_unit_test(every_sample_has_a_sentence),
        cmocka_unit_test(every_word_is_explained),
        cmocka_unit_test(a_state_is_found_however_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

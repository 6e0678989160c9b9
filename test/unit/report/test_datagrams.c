/* test_datagrams.c - what is said of UDP and ICMP, case by case, and within which bounds */
#include "datagrams.h"
#include "json_describe.h"
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS    UINT64_C(1000000)
#define S     UINT64_C(1000000000)
#define START (UINT64_C(1767225600) * S) /* 2026-01-01T00:00:00Z */

/* 192.0.2.N */
static struct tcptwin_address host(unsigned last)
{
    return (struct tcptwin_address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, (uint8_t)last}};
}

/* -- a report that is fed by hand ----------------------------------------------------------------- */

struct rig {
    const struct report_kind *kind;
    struct report *report;
    struct report_options options;
    char *text;
    size_t size;
    uint64_t frame, now_ns;
    const char *filter;
};

static struct rig begin(bool json)
{
    struct rig rig = {.kind = report_kind_find("datagrams"), .now_ns = START};
    rig.options = (struct report_options){.width = 80, .max_rows = 20, .selection = {.json = json}};
    return rig;
}

static void feed(struct rig *rig, struct tcptwin_datagram d)
{
    if (!rig->report) {
        rig->options.out = open_memstream(&rig->text, &rig->size);
        rig->report = rig->kind->open(&rig->options);
    }
    d.frame = ++rig->frame;
    d.ts_ns = rig->now_ns;
    d.ip_version = 4;
    rig->kind->datagram(rig->report, &d);
}

static struct tcptwin_datagram udp(unsigned from, uint16_t from_port, unsigned to, uint16_t to_port)
{
    return (struct tcptwin_datagram){.src = host(from), .dst = host(to), .src_port = from_port, .dst_port = to_port,
                                     .payload_len = 100, .kind = TCPTWIN_DATAGRAM_UDP,
                                     .protocol = TCPTWIN_PROTOCOL_UDP};
}

static struct tcptwin_datagram ping(unsigned from, unsigned to, uint16_t sequence, bool reply)
{
    return (struct tcptwin_datagram){.src = host(from), .dst = host(to), .echo_id = 9, .echo_sequence = sequence,
                                     .kind = reply ? TCPTWIN_DATAGRAM_ECHO_REPLY : TCPTWIN_DATAGRAM_ECHO_REQUEST,
                                     .protocol = TCPTWIN_PROTOCOL_ICMP};
}

/* @quoted met an error of @reporter. */
static struct tcptwin_datagram error(struct tcptwin_datagram quoted, unsigned reporter, unsigned type, unsigned code)
{
    quoted.kind = TCPTWIN_DATAGRAM_ERROR;
    quoted.payload_len = 0;
    quoted.reporter = host(reporter);
    quoted.type = (uint8_t)type;
    quoted.code = (uint8_t)code;
    return quoted;
}

/* The report's text; the caller frees it. */
static char *finish(struct rig *rig)
{
    struct report_summary summary = sample_summary();
    summary.filter = rig->filter;
    if (!rig->report) {
        rig->options.out = open_memstream(&rig->text, &rig->size);
        rig->report = rig->kind->open(&rig->options);
    }
    rig->kind->finish(rig->report, &summary);
    rig->kind->close(rig->report);
    fclose(rig->options.out);
    return rig->text;
}

/* Every key is documented, with its type. */
static void check_keys(json_t *event)
{
    const char *key, *type = json_string_value(json_object_get(event, "event_type"));
    json_t *value;
    json_object_foreach(event, key, value) {
        struct json_field field;
        if (strncmp(key, "errors_", 7) == 0)
            continue;
        if (!json_field_find(type, key, &field))
            fail_msg("%s: %s is not documented", type, key);
    }
}

enum { CHECKED = 1000 }; /* events: those of tens of thousands that are alike take too long */

/* The events, in order; json_decref() them. */
static json_t *finish_json(struct rig *rig)
{
    char *text = finish(rig), *rest = text;
    json_t *events = json_array();
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line;) {
        json_t *event = json_loads(line, 0, NULL);
        assert_non_null(event);
        if (json_array_size(events) < CHECKED)
            check_keys(event);
        json_array_append_new(events, event);
    }
    free(text);
    return events;
}

static const char *string_of(const json_t *events, size_t index, const char *key)
{
    const char *value = json_string_value(json_object_get(json_array_get(events, index), key));
    return value ? value : "";
}

static json_int_t number_of(const json_t *events, size_t index, const char *key)
{
    json_t *value = json_object_get(json_array_get(events, index), key);
    return value ? json_integer_value(value) : -1;
}

static void says(json_t *events, size_t index, const char *fate, const char *sentence)
{
    assert_string_equal(string_of(events, index, "fate"), fate);
    assert_string_equal(string_of(events, index, "sentence"), sentence);
}

/* -- fates ------------------------------------------------------------------------------------------ */

static void an_answer_binds_the_port(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 40000, 2, 53));
    rig.now_ns += 5 * S;
    feed(&rig, udp(1, 40000, 2, 53));
    rig.now_ns += 20 * MS;
    feed(&rig, udp(2, 53, 1, 40000));
    json_t *events = finish_json(&rig);
    assert_int_equal(json_array_size(events), 1);
    says(events, 0, "answered", "Answered after 5.020 s, when 2 had been sent: port 53 is bound.");
    assert_true(json_is_true(json_object_get(json_array_get(events, 0), "server_bound")));
    assert_int_equal(number_of(events, 0, "client_packets"), 2);
    assert_int_equal(number_of(events, 0, "client_bytes"), 200);
    assert_int_equal(number_of(events, 0, "server_packets"), 1);
    assert_int_equal(number_of(events, 0, "answer_ns"), 5020 * (json_int_t)MS);
    assert_string_equal(string_of(events, 0, "client_ip"), "192.0.2.1");
    assert_int_equal(number_of(events, 0, "client_port"), 40000);
    json_decref(events);
}

static void silence_is_told_from_a_stream(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 40000, 2, 53));
    for (unsigned i = 0; i < 9; i++)
        feed(&rig, udp(1, 40001, 2, 6343));
    for (unsigned i = 0; i < 10; i++)
        feed(&rig, udp(1, 40002, 2, 6343));
    for (unsigned i = 0; i < 20; i++, rig.now_ns += S)
        feed(&rig, udp(1, 40003, 2, 51820));
    json_t *events = finish_json(&rig);
    says(events, 0, "unanswered", "Nothing came back.");
    says(events, 1, "unanswered", "Sent 9 times within 0, and nothing came back.");
    says(events, 2, "one_way", "A stream one way: 10 datagrams in 0, and nothing came back.");
    says(events, 3, "unanswered", "Sent 20 times within 19.000 s, and nothing came back.");
    json_decref(events);
}

static void an_end_that_falls_silent_is_said(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    for (unsigned x = 0; x < 2; x++) {
        feed(&rig, udp(1, 40000, 2, 53));
        feed(&rig, udp(2, 53, 1, 40000));
    }
    for (unsigned i = 0; i < 3; i++, rig.now_ns += 3 * S)
        feed(&rig, udp(1, 40000, 2, 53));
    json_t *events = finish_json(&rig);
    says(events, 0, "answered", "Answered after 0: port 53 is bound; the last 3, for 6.000 s, brought nothing back.");
    json_decref(events);
}

static void errors_say_why(void **state)
{
    static const struct {
        unsigned type, code;
        const char *fate, *name;
    } cases[] = {
        {3, 3, "port_unreachable", "port unreachable"},     {3, 1, "host_unreachable", "host unreachable"},
        {3, 13, "prohibited", "communication prohibited"},  {3, 4, "too_big", "fragmentation needed"},
        {11, 0, "ttl_exceeded", "time to live exceeded"},   {12, 0, "other_error", "header wrong"},
        {3, 99, "other_error", "type 3, code 99"},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct rig rig = begin(true);
    (void)state;
    for (unsigned i = 0; i < CASES; i++) {
        feed(&rig, udp(1, (uint16_t)(40000 + i), 2, 53));
        rig.now_ns += 3 * MS;
        feed(&rig, error(udp(1, (uint16_t)(40000 + i), 2, 53), 254, cases[i].type, cases[i].code));
    }
    json_t *events = finish_json(&rig);
    for (unsigned i = 0; i < CASES; i++) {
        assert_string_equal(string_of(events, i, "fate"), cases[i].fate);
        assert_string_equal(string_of(events, i, "icmp_error"), cases[i].name);
        assert_string_equal(string_of(events, i, "icmp_from_ip"), "192.0.2.254");
        assert_int_equal(number_of(events, i, "icmp_frame"), 2 * i + 2);
        assert_int_equal(number_of(events, i, "icmp_type"), cases[i].type);
        assert_int_equal(number_of(events, i, "icmp_code"), cases[i].code);
    }
    says(events, 0, "port_unreachable",
         "192.0.2.254 said port unreachable (ICMP type 3 code 3, frame 2, after 3 ms), not the host of port 53 "
         "itself: a filter rejects.");
    says(events, 1, "host_unreachable", "192.0.2.254 said host unreachable (ICMP type 3 code 1, frame 4, after 3 ms).");
    /* one more event: the errors of that router */
    assert_int_equal(json_array_size(events), CASES + 1);
    assert_string_equal(string_of(events, CASES, "event_type"), "icmp");
    assert_int_equal(number_of(events, CASES, "errors"), CASES);
    assert_int_equal(number_of(events, CASES, "about_udp"), CASES);
    assert_int_equal(number_of(events, CASES, "errors_other_error"), 2);
    json_decref(events);
}

static void the_gravest_error_is_named(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 40000, 2, 33434));
    feed(&rig, error(udp(1, 40000, 2, 33434), 254, 11, 0));
    feed(&rig, error(udp(1, 40000, 2, 33434), 2, 3, 3));
    feed(&rig, error(udp(1, 40000, 2, 33434), 253, 11, 0));
    json_t *events = finish_json(&rig);
    says(events, 0, "port_unreachable",
         "192.0.2.2 said port unreachable 3 times (ICMP type 3 code 3, frame 3): nothing is bound to port 33434 "
         "there.");
    json_decref(events);
}

static void an_answer_may_come_too_late(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 40000, 2, 53));
    feed(&rig, udp(2, 53, 1, 40000));
    feed(&rig, error(udp(2, 53, 1, 40000), 1, 3, 3));
    feed(&rig, udp(1, 40001, 2, 53)); /* here only the second of two */
    feed(&rig, udp(2, 53, 1, 40001));
    feed(&rig, udp(2, 53, 1, 40001));
    feed(&rig, error(udp(2, 53, 1, 40001), 1, 3, 3));
    feed(&rig, udp(1, 40002, 2, 53)); /* and here the server is gone after its answer */
    feed(&rig, udp(2, 53, 1, 40002));
    feed(&rig, udp(1, 40002, 2, 53));
    feed(&rig, error(udp(1, 40002, 2, 53), 2, 3, 3));
    json_t *events = finish_json(&rig);
    says(events, 0, "late_answer", "Answered, but the asker's port was closed by then: 192.0.2.1 said port unreachable "
                                   "(ICMP type 3 code 3, frame 3).");
    says(events, 1, "answered", "Answered after 0: port 53 is bound. Of the answers, 192.0.2.1 said port unreachable "
                                "(ICMP type 3 code 3, frame 7).");
    says(events, 2, "answered", "Answered after 0: port 53 is bound. 192.0.2.2 said port unreachable "
                                "(ICMP type 3 code 3, frame 11): by then nothing was bound to port 53.");
    json_decref(events);
}

static void an_error_alone_tells_of_a_datagram(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, error(udp(1, 40000, 2, 53), 2, 3, 3));
    json_t *events = finish_json(&rig);
    says(events, 0, "port_unreachable", "Quoted by an ICMP error, and not captured itself: "
                                        "192.0.2.2 said port unreachable (ICMP type 3 code 3, frame 1): nothing is bound to port 53 there.");
    assert_int_equal(number_of(events, 0, "client_packets"), 0);
    json_decref(events);
}

/* -- answers from elsewhere ------------------------------------------------------------------------- */

static void members_of_a_group_answer(void **state)
{
    struct rig rig = begin(true);
    struct tcptwin_datagram search = udp(1, 40000, 250, 1900);
    (void)state;
    search.to_group = true;
    feed(&rig, search);
    rig.now_ns += 100 * MS;
    feed(&rig, udp(2, 1900, 1, 40000));
    rig.now_ns += 11 * S;
    feed(&rig, udp(3, 1900, 1, 40000)); /* too late to be one */
    feed(&rig, search);
    feed(&rig, udp(4, 1900, 1, 40000)); /* asked again */
    json_t *events = finish_json(&rig);
    says(events, 0, "group", "Sent to a group: who has it cannot be seen.");
    says(events, 1, "answer", "It answers what was sent to a group.");
    says(events, 2, "unanswered", "Nothing came back.");
    says(events, 3, "answer", "It answers what was sent to a group.");
    json_decref(events);
}

static void an_answer_from_another_port_is_one(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 40000, 2, 69));
    rig.now_ns += 10 * MS;
    feed(&rig, udp(2, 50000, 1, 40000));
    feed(&rig, udp(3, 50000, 1, 40000)); /* another host's is none */
    json_t *events = finish_json(&rig);
    says(events, 0, "answered", "Answered after 10 ms, from port 50000.");
    assert_int_equal(number_of(events, 0, "answering_port"), 50000);
    says(events, 1, "answer", "It answers what was sent to port 69.");
    says(events, 2, "unanswered", "Nothing came back.");
    json_decref(events);
}

static void who_was_answered_is_asked_by_others(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 123, 2, 123));
    feed(&rig, udp(2, 123, 1, 123));
    feed(&rig, udp(2, 40000, 1, 123)); /* a question of its own */
    json_t *events = finish_json(&rig);
    says(events, 1, "unanswered", "Nothing came back.");
    json_decref(events);
}

/* -- ICMP ------------------------------------------------------------------------------------------- */

static void pings_are_counted_by_who_asks(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    for (uint16_t i = 0; i < 20; i++) { /* more on their way than are remembered */
        feed(&rig, ping(1, 2, i, false));
        rig.now_ns += MS;
    }
    for (uint16_t i = 0; i < 19; i++)
        feed(&rig, ping(2, 1, i, true));
    feed(&rig, ping(2, 1, 18, true));
    feed(&rig, ping(2, 1, 1, false));
    feed(&rig, error(ping(2, 3, 2, false), 254, 3, 1));
    json_t *events = finish_json(&rig);
    assert_string_equal(string_of(events, 0, "protocol"), "icmp");
    assert_int_equal(number_of(events, 0, "client_packets"), 20);
    assert_int_equal(number_of(events, 0, "pings_answered"), 19);
    says(events, 0, "answered", "19 of 20 pings answered, after 5 ms (2 ms to 8 ms); 1 answer came twice.");
    says(events, 1, "unanswered", "0 of 1 ping answered.");
    says(events, 2, "host_unreachable", "0 of 0 pings answered. 192.0.2.254 said host unreachable (ICMP type 3 code 1, "
                                        "frame 42).");
    assert_int_equal(number_of(events, 3, "about_icmp"), 1);
    json_decref(events);
}

static void errors_about_tcp_are_counted_only(void **state)
{
    struct rig rig = begin(true);
    struct tcptwin_datagram quoted = udp(1, 40000, 2, 80);
    (void)state;
    quoted.protocol = TCPTWIN_PROTOCOL_TCP;
    feed(&rig, error(quoted, 2, 3, 3));
    quoted.protocol = 132;
    feed(&rig, error(quoted, 2, 3, 2));
    json_t *events = finish_json(&rig);
    assert_int_equal(json_array_size(events), 1);
    assert_int_equal(number_of(events, 0, "about_tcp"), 1);
    assert_int_equal(number_of(events, 0, "about_other"), 1);
    assert_string_equal(string_of(events, 0, "sentence"),
                        "1 port_unreachable, 1 other_error; about TCP, other protocols.");
    json_decref(events);
}

/* -- what is asked for -------------------------------------------------------------------------------- */

static void only_the_wanted_host(void **state)
{
    struct rig rig = begin(true);
    (void)state;
    assert_true(selection_host(&rig.options.selection, "192.0.2.3"));
    feed(&rig, udp(1, 40000, 2, 53));
    feed(&rig, udp(1, 40000, 3, 53));
    feed(&rig, udp(3, 40000, 1, 53));
    json_t *events = finish_json(&rig);
    assert_int_equal(json_array_size(events), 2);
    json_decref(events);
}

static void rows_are_cut_with_a_word(void **state)
{
    struct rig rig = begin(false);
    (void)state;
    rig.options.max_rows = 2;
    for (uint16_t i = 0; i < 5; i++)
        feed(&rig, udp(1, (uint16_t)(40000 + i), 2, (uint16_t)(53 + i)));
    feed(&rig, udp(2, 57, 1, 40004));
    char *text = finish(&rig);
    assert_non_null(strstr(text, "6 UDP in 5 conversations, 0 of pings, 0 ICMP errors"));
    assert_non_null(strstr(text, "and 3 more conversations (--rows 0 shows all)"));
    assert_non_null(strstr(text, "and 3 more ports (--rows 0 shows all)"));
    assert_null(strstr(text, "Answered after")); /* the least telling goes */
    free(text);
}

static void a_filter_may_hide_the_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct rig rig = begin(false);
        rig.filter = i & 1 ? "port 53" : NULL;
        feed(&rig, udp(1, 40000, 2, 53));
        if (i & 2)
            feed(&rig, error(udp(1, 40000, 2, 53), 2, 3, 3));
        char *text = finish(&rig);
        assert_int_equal(strstr(text, "Mind the filter") != NULL, i == 1);
        free(text);
    }
}

static void nothing_is_said_to_be_nothing(void **state)
{
    struct rig rig = begin(false);
    (void)state;
    char *text = finish(&rig);
    assert_non_null(strstr(text, "No UDP, ping or ICMP error among"));
    free(text);
}

/* -- bounds ------------------------------------------------------------------------------------------- */

static void memory_is_bounded_and_what_goes_is_told(void **state)
{
    enum { MANY = (1 << 17) + 1000 };
    struct rig rig = begin(true);
    (void)state;
    feed(&rig, udp(1, 1, 2, 2));
    for (unsigned i = 0; i < MANY; i++) {
        struct tcptwin_datagram d = udp(3, (uint16_t)i, 4, (uint16_t)(i >> 16));
        feed(&rig, d);
        if (i % 1000 == 0)
            feed(&rig, udp(2, 2, 1, 1)); /* what is seen now and then stays */
    }
    json_t *events = finish_json(&rig);
    assert_int_equal(json_array_size(events), MANY + 1);
    assert_int_equal(number_of(events, 0, "client_port"), 0); /* the first to go */
    bool found = false;
    for (size_t i = 0; i < json_array_size(events); i++)
        if (strcmp(string_of(events, i, "client_ip"), "192.0.2.1") == 0) {
            found = true;
            assert_int_equal(number_of(events, i, "server_packets"), MANY / 1000 + 1);
            assert_true(json_is_false(json_object_get(json_array_get(events, i), "partial")));
        }
    assert_true(found);
    assert_true(json_is_true(json_object_get(json_array_get(events, MANY), "partial")));
    json_decref(events);
}

static int dropped[4];
static unsigned drops;

static void note_drop(void *user, void *entry)
{
    (void)user;
    dropped[drops++] = ((struct pair *)entry)->end[0].port;
}

static void the_least_recent_pair_gives_way(void **state)
{
    struct pairs pairs;
    struct place to = {.port = 9, .ip_version = 4};
    unsigned x;
    (void)state;
    pairs_begin(&pairs, &(struct pairs){.entry_size = sizeof(struct pair), .limit = 3, .drop = note_drop});
    for (uint16_t port = 1; port <= 3; port++)
        assert_non_null(pairs_find(&pairs, &(struct place){.port = port, .ip_version = 4}, &to, 17, &x));
    struct place first = {.port = 1, .ip_version = 4}, fourth = {.port = 4, .ip_version = 4};
    assert_non_null(pairs_find(&pairs, &to, &first, 17, &x)); /* from the other end */
    assert_int_equal(x, 1);
    assert_null(pairs_look(&pairs, &to, &first, 1, &x)); /* of another kind */
    struct pair *pair = pairs_find(&pairs, &fourth, &to, 17, &x);
    assert_true(pair->late);
    assert_int_equal(drops, 1);
    assert_int_equal(dropped[0], 2);
    assert_null(pairs_look(&pairs, &(struct place){.port = 2, .ip_version = 4}, &to, 17, &x));
    pairs_drop_all(&pairs);
    assert_int_equal(drops, 4);
    assert_int_equal(dropped[1], 1);
    assert_int_equal(dropped[2], 3);
    assert_int_equal(dropped[3], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_binds_the_port),
        cmocka_unit_test(silence_is_told_from_a_stream),
        cmocka_unit_test(an_end_that_falls_silent_is_said),
        cmocka_unit_test(errors_say_why),
        cmocka_unit_test(the_gravest_error_is_named),
        cmocka_unit_test(an_answer_may_come_too_late),
        cmocka_unit_test(an_error_alone_tells_of_a_datagram),
        cmocka_unit_test(members_of_a_group_answer),
        cmocka_unit_test(an_answer_from_another_port_is_one),
        cmocka_unit_test(who_was_answered_is_asked_by_others),
        cmocka_unit_test(pings_are_counted_by_who_asks),
        cmocka_unit_test(errors_about_tcp_are_counted_only),
        cmocka_unit_test(only_the_wanted_host),
        cmocka_unit_test(rows_are_cut_with_a_word),
        cmocka_unit_test(a_filter_may_hide_the_reason),
        cmocka_unit_test(nothing_is_said_to_be_nothing),
        cmocka_unit_test(memory_is_bounded_and_what_goes_is_told),
        cmocka_unit_test(the_least_recent_pair_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

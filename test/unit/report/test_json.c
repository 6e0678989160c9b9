/* test_json.c - every line of the JSON report parses and holds to the field list */
#include "format.h"
#include "interop.h"
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

static const struct report_options offline = {.width = 80};

/* "2026-01-01T00:00:00.000000000Z" */
static void check_time(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
    assert_int_equal(strlen(text), strlen(shape));
    for (size_t i = 0; shape[i]; i++)
        assert_true(shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i]);
}

static void check_value(const struct json_field *field, const json_t *value)
{
    switch (field->type) {
    case JSON_FIELD_STRING:
        assert_true(json_is_string(value));
        break;
    case JSON_FIELD_INTEGER:
        assert_true(json_is_integer(value) && json_integer_value(value) >= 0);
        break;
    case JSON_FIELD_NUMBER:
        assert_true(json_is_real(value));
        break;
    case JSON_FIELD_BOOLEAN:
        assert_true(json_is_boolean(value));
        break;
    case JSON_FIELD_TIME:
        assert_true(json_is_string(value));
        check_time(json_string_value(value));
        break;
    }
}

static bool is_count(const char *event_type, const char *key)
{
    return (strcmp(event_type, "summary") == 0 &&
           (strncmp(key, "outcome_", 8) == 0 || strncmp(key, "anomaly_", 8) == 0 ||
            strncmp(key, "decode_", 7) == 0)) ||
           (strcmp(event_type, "interval") == 0 && strncmp(key, "state_", 6) == 0) ||
           (strcmp(event_type, "host") == 0 && (strncmp(key, "state_", 6) == 0 || strncmp(key, "opened_", 7) == 0 ||
                                                strncmp(key, "called_", 7) == 0));
}

/* Parses one line, holds it against the field list, returns the object. */
static json_t *check_line(const char *line, size_t length)
{
    json_error_t error;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error), *value;
    assert_non_null(object);
    const char *event_type = json_string_value(json_object_get(object, "event_type")), *key;
    assert_non_null(event_type);
    struct json_field field;
    json_object_foreach(object, key, value)
    {
        if (!json_field_find(event_type, key, &field)) {
            if (!is_count(event_type, key))
                fail_msg("%s: field %s is not in the list", event_type, key);
            assert_true(json_is_integer(value));
            continue;
        }
        check_value(&field, value);
    }
    for (size_t i = 0; json_field_at(i, &field); i++) {
        char name[64];
        struct json_field found;
        snprintf(name, sizeof(name), "%s%s", field.prefix, field.key);
        if (!field.optional && json_field_find(event_type, name, &found) &&
            strcmp(found.event, field.event) == 0 && !json_object_get(object, name))
            fail_msg("%s: field %s is missing", event_type, name);
    }
    return object;
}

/* The event_types of the lines, as letters: t r a c f s. */
static void check_all(const char *text, char *sequence, size_t size)
{
    size_t used = 0;
    while (*text) {
        const char *end = strchr(text, '\n');
        assert_non_null(end);
        json_t *object = check_line(text, (size_t)(end - text));
        assert_true(used + 1 < size);
        sequence[used++] = json_string_value(json_object_get(object, "event_type"))[0];
        json_decref(object);
        text = end + 1;
    }
    sequence[used] = '\0';
}

static void every_sample_holds_to_the_list(void **state)
{
    (void)state;
    struct report_summary summary = sample_summary();
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        char sequence[32], want[32] = "";
        const struct tcptwin_connection *c = sample_at(i);
        char *text = sample_run("json", &offline, &c, 1, &summary);
        check_all(text, sequence, sizeof(sequence));
        memset(want, 't', c->transition_count);
        memset(want + c->transition_count, 'a', c->anomaly_count);
        strcpy(want + c->transition_count + c->anomaly_count, "c");
        assert_int_equal(strncmp(sequence, want, strlen(want)), 0);
        const char *rest = sequence + strlen(want);
        assert_string_equal(rest + strspn(rest, "f"), "s");
        free(text);
    }
}

static void sockets_and_intervals_hold_to_the_list(void **state)
{
    static const struct {
        bool summary;
        uint64_t step_ns;
        char letter;
    } forms[] = {{false, 0, 's'}, {true, 0, 'i'}, {false, 60000000000, 'i'}};
    struct report_summary summary = sample_summary();
    (void)state;
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++)
        for (int i = 0; i < SAMPLE_COUNT; i++) {
            char sequence[8192];
            const struct tcptwin_connection *c = sample_at(i);
            struct report_options options = offline;
            options.selection = (struct selection){.json = true, .summary = forms[form].summary,
                                                   .step_ns = forms[form].step_ns};
            char *text = sample_run("sockets", &options, &c, 1, &summary);
            check_all(text, sequence, sizeof(sequence));
            for (const char *letter = sequence; *letter; letter++)
                assert_true(*letter == forms[form].letter);
            free(text);
        }
}

static void hosts_hold_to_the_list(void **state)
{
    const struct tcptwin_connection *all[SAMPLE_COUNT];
    struct report_summary summary = sample_summary();
    struct report_options options = offline;
    char sequence[64];
    (void)state;
    options.selection.json = true;
    for (int i = 0; i < SAMPLE_COUNT; i++)
        all[i] = sample_at(i);
    char *text = sample_run("hosts", &options, all, SAMPLE_COUNT, &summary);
    check_all(text, sequence, sizeof(sequence));
    assert_true(strlen(sequence) >= 4 && strspn(sequence, "h") == strlen(sequence));
    free(text);
}

static json_t *last_of(const char *text, const char *event_type)
{
    json_t *found = NULL;
    while (*text) {
        const char *end = strchr(text, '\n');
        json_t *object = check_line(text, (size_t)(end - text));
        if (strcmp(json_string_value(json_object_get(object, "event_type")), event_type) == 0) {
            json_decref(found);
            found = object;
        } else {
            json_decref(object);
        }
        text = end + 1;
    }
    assert_non_null(found);
    return found;
}

static void assert_field(const json_t *object, const char *key, const char *want)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("no field %s", key);
    assert_string_equal(json_string_value(value), want);
}

static void a_refused_connection_over_ipv6(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_refused();
    struct report_summary summary = sample_summary();
    char *text = sample_run("json", &offline, &c, 1, &summary);
    json_t *object = last_of(text, "connection");
    assert_field(object, "schema", "tcptwin/1");
    assert_field(object, "conn_id", "5dafa228f7e71020");
    assert_field(object, "client_ip", "2001:db8::1");
    assert_field(object, "outcome", "refused");
    assert_field(object, "client_state", "closed");
    assert_field(object, "client_state_basis", "assumed");
    assert_field(object, "client_app_error", "ECONNREFUSED");
    assert_field(object, "client_app_error_basis", "assumed");
    assert_field(object, "client_app_error_ts", "2026-01-01T00:00:01.001000000Z");
    assert_field(object, "zeek_conn_state", "REJ");
    assert_field(object, "verdict_text", "The server refused: it answered the SYN with a RST. "
                                         "The client's application got ECONNREFUSED.");
    assert_field(object, "wireshark_filter",
                 "ipv6.addr==2001:db8::1 && tcp.port==40001 && ipv6.addr==2001:db8::2 && "
                 "tcp.port==8080 && frame.number>=11 && frame.number<=19");
    assert_null(json_object_get(object, "server_app_error"));
    json_decref(object);
    free(text);
}

static void roles_follow_the_client_and_not_the_number(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_simultaneous(); /* the client is endpoint 1 */
    struct report_summary summary = sample_summary();
    char *text = sample_run("json", &offline, &c, 1, &summary);
    json_t *object = last_of(text, "transition");
    assert_field(object, "client_ip", "192.0.2.1");
    assert_field(object, "endpoint", "client");
    assert_field(object, "endpoint_ip", "192.0.2.1");
    assert_field(object, "segment_sent_by", "server");
    assert_field(object, "to_state", "time_wait");
    json_decref(object);
    free(text);
}

static void live_transitions_are_not_printed_twice(void **state)
{
    (void)state;
    const struct tcptwin_connection *c = sample_closed();
    struct report_summary summary = sample_summary();
    struct report_options options = offline;
    struct sample_report run;
    char sequence[32];
    options.live = true;
    struct tcptwin_event events[] = {
        {TCPTWIN_EVENT_TRANSITION, c, &c->transitions[0], NULL},
        {TCPTWIN_EVENT_TRANSITION, c, &c->transitions[1], NULL},
        {TCPTWIN_EVENT_REVISION, c, &c->transitions[2], &c->transitions[3]},
        {TCPTWIN_EVENT_REVISION, c, NULL, &c->transitions[3]},
        {TCPTWIN_EVENT_CONNECTION, c, NULL, NULL},
    };
    sample_open(&run, "json", &options);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        sample_say(&run, &events[i]);
    char *text = sample_close(&run, &summary);
    check_all(text, sequence, sizeof(sequence));
    assert_string_equal(sequence, "ttrrcs");
    json_t *object = last_of(text, "revision");
    assert_true(json_is_true(json_object_get(object, "withdrawn")));
    assert_field(object, "to_state", "syn_received");
    assert_field(object, "revised_to_state", "established");
    json_decref(object);
    free(text);
}

static void an_empty_capture_still_has_its_summary(void **state)
{
    (void)state;
    struct report_summary summary = {.profile = "linux", .filter = "port \xff"};
    char sequence[8];
    char *text = sample_run("json", &offline, NULL, 0, &summary);
    check_all(text, sequence, sizeof(sequence));
    assert_string_equal(sequence, "s");
    json_t *object = last_of(text, "summary");
    assert_field(object, "ts", "1970-01-01T00:00:00.000000000Z");
    assert_field(object, "capture_verdict", "good");
    assert_null(json_object_get(object, "filter")); /* not UTF-8: absent, and the line is sound */
    json_decref(object);
    free(text);
}

static void a_field_name_has_one_type(void **state)
{
    (void)state;
    struct json_field a, b;
    for (size_t i = 0; json_field_at(i, &a); i++)
        for (size_t j = i + 1; json_field_at(j, &b); j++)
            if (strcmp(a.key, b.key) == 0 && strcmp(a.prefix, b.prefix) == 0)
                assert_int_equal(a.type, b.type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_holds_to_the_list),
        cmocka_unit_test(sockets_and_intervals_hold_to_the_list),
        cmocka_unit_test(hosts_hold_to_the_list),
        cmocka_unit_test(a_refused_connection_over_ipv6),
        cmocka_unit_test(roles_follow_the_client_and_not_the_number),
        cmocka_unit_test(live_transitions_are_not_printed_twice),
        cmocka_unit_test(an_empty_capture_still_has_its_summary),
        cmocka_unit_test(a_field_name_has_one_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_json_rows.c - rows are written by hand: jansson, given the same list and record, means the same
 *
 * The field list is expanded a second time here, with jansson's functions. What it builds is compared
 * with what jansson reads in the line, so a wrong escape, number or comma cannot hide.
 */
#include "json_line.h"
#include "json_values.h"
#include "samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -- the list, by jansson -------------------------------------------------------------------------- */

static void put_STRING(json_t *object, const char *key, const char *value)
{
    assert_int_equal(json_object_set_new(object, key, json_string(value)), 0);
}
#define put_PLAIN put_STRING
static void put_INTEGER(json_t *object, const char *key, uint64_t value)
{
    assert_int_equal(json_object_set_new(object, key, json_integer((json_int_t)value)), 0);
}
static void put_NUMBER(json_t *object, const char *key, unsigned hundredths)
{
    assert_int_equal(json_object_set_new(object, key, json_real(hundredths / 100.0)), 0);
}
static void put_BOOLEAN(json_t *object, const char *key, bool value)
{
    assert_int_equal(json_object_set_new(object, key, json_boolean(value)), 0);
}
static void put_TIME(json_t *object, const char *key, uint64_t ts_ns)
{
    put_STRING(object, key, format_time(ts_ns).s);
}

#define PUT(key_, type_, when_, value_, text_)                                                     \
    if (when_)                                                                                     \
        put_##type_(object, key_, value_);

static json_t *new_event(const char *event_type, uint64_t ts_ns, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
    json_t *object = json_object();
#define EVERY_FIELD PUT
#define PEER_FIELD  PUT
#include "json_fields.def"
    return object;
}

static void put_transition(json_t *object, const struct tcptwin_connection *c,
                           const struct tcptwin_transition *t)
{
    const struct tcptwin_row *row =
        tcptwin_row((enum tcptwin_state)t->from, (enum tcptwin_machine_event)t->event);
    const struct tcptwin_endpoint *e = &c->endpoint[t->endpoint];
    int role = t->endpoint != c->client;
#define TRANSITION_FIELD PUT
#include "json_fields.def"
}

static void put_anomaly(json_t *object, const struct tcptwin_connection *c,
                        const struct tcptwin_anomaly_record *a, const struct tcptwin_word *word)
{
#define ANOMALY_FIELD PUT
#include "json_fields.def"
}

static void put_connection(json_t *object, const struct tcptwin_connection *c, const struct derived *v)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
#define CONNECTION_FIELD PUT
#include "json_fields.def"
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_endpoint *e = role ? server : client;
#define SIDE_FIELD(key_, type_, when_, value_, text_)                                              \
    if (when_)                                                                                     \
        put_##type_(object, role ? "server_" key_ : "client_" key_, value_);
#include "json_fields.def"
    }
}

/* -- compared ---------------------------------------------------------------------------------------- */

static void check_member(const char *key, const json_t *have, const json_t *want)
{
    if (!have)
        fail_msg("%s is missing", key);
    if (json_is_real(want)) { /* three digits are written */
        assert_true(json_is_real(have));
        assert_true(fabs(json_real_value(have) - json_real_value(want)) <=
                    fabs(json_real_value(want)) * 0.005);
    } else if (!json_equal(have, want)) {
        fail_msg("%s differs", key);
    }
}

/* Takes the line off @text; lets go of @want. */
static void check_row(const char **text, json_t *want)
{
    json_error_t error;
    const char *end = strchr(*text, '\n'), *key;
    json_t *value;
    assert_non_null(end);
    json_t *have = json_loadb(*text, (size_t)(end - *text), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(have);
    assert_int_equal(json_object_size(have), json_object_size(want));
    json_object_foreach(want, key, value)
        check_member(key, json_object_get(have, key), value);
    json_decref(have);
    json_decref(want);
    *text = end + 1;
}

static void rows_mean_what_jansson_means(void **state)
{
    static const struct report_options options = {.width = 80};
    struct report_summary summary = sample_summary();
    (void)state;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        const struct tcptwin_connection *c = sample_at(i);
        char *text = sample_run("json", &options, &c, 1, &summary);
        const char *at = text;
        for (uint32_t n = 0; n < c->transition_count; n++) {
            json_t *want = new_event("transition", c->transitions[n].ts_ns, c);
            put_transition(want, c, &c->transitions[n]);
            check_row(&at, want);
        }
        for (uint32_t n = 0; n < c->anomaly_count; n++) {
            const struct tcptwin_anomaly_record *a = &c->anomalies[n];
            json_t *want = new_event("anomaly", a->first_ts_ns, c);
            put_anomaly(want, c, a, tcptwin_anomaly_word((enum tcptwin_anomaly)a->anomaly));
            check_row(&at, want);
        }
        struct derived derived;
        derive(&derived, c);
        json_t *want = new_event("connection", c->last_ts_ns, c);
        put_connection(want, c, &derived);
        check_row(&at, want);
        free(text);
    }
}

/* -- the writer ---------------------------------------------------------------------------------------- */

#define KEY(name_) "\"" name_ "\":", sizeof("\"" name_ "\":") - 1

/* Ends it, and takes it away. */
static json_t *read_line(struct json_line *line)
{
    json_error_t error;
    assert_true(json_line_end(line));
    assert_int_equal(line->at[-1], '\n');
    json_t *object = json_loadb(line->text, (size_t)(line->at - line->text), JSON_REJECT_DUPLICATES, &error);
    assert_non_null(object);
    json_line_clear(line);
    return object;
}

static void every_character_survives(void **state)
{
    struct json_line line = {0};
    (void)state;
    for (unsigned c = 1; c < 0x110000; c += c < 0x300 ? 1 : 997) {
        char utf8[8] = "", text[32];
        size_t length = 0;
        if (c >= 0xd800 && c < 0xe000)
            continue;
        if (c < 0x80) {
            utf8[length++] = (char)c;
        } else if (c < 0x800) {
            utf8[length++] = (char)(0xc0 | c >> 6);
        } else if (c < 0x10000) {
            utf8[length++] = (char)(0xe0 | c >> 12);
            utf8[length++] = (char)(0x80 | (c >> 6 & 63));
        } else {
            utf8[length++] = (char)(0xf0 | c >> 18);
            utf8[length++] = (char)(0x80 | (c >> 12 & 63));
            utf8[length++] = (char)(0x80 | (c >> 6 & 63));
        }
        if (c >= 0x80)
            utf8[length++] = (char)(0x80 | (c & 63));
        snprintf(text, sizeof text, "a%s\"%s\\", utf8, utf8);
        json_line_begin(&line);
        json_line_string(&line, KEY("s"), text);
        json_t *object = read_line(&line);
        assert_string_equal(json_string_value(json_object_get(object, "s")), text);
        json_decref(object);
    }
    json_line_free(&line);
}

static void check_line(struct json_line *line, const char *want)
{
    assert_true(json_line_end(line));
    assert_int_equal(line->at - line->text, strlen(want));
    assert_memory_equal(line->text, want, strlen(want));
    json_line_clear(line);
}

static void numbers_as_jansson_writes_them(void **state)
{
    struct json_line line = {0};
    char written[64];
    (void)state;
    for (unsigned hundredths = 0; hundredths < 1000; hundredths++) {
        json_t *number = json_pack("{s:f}", "n", hundredths / 100.0);
        char *want = json_dumps(number, JSON_COMPACT | JSON_REAL_PRECISION(3));
        json_line_begin(&line);
        json_line_number(&line, KEY("n"), hundredths);
        snprintf(written, sizeof written, "%s\n", want);
        check_line(&line, written);
        free(want);
        json_decref(number);
    }
    static const uint64_t integers[] = {0, 9, 10, 12345678901234567890u, UINT64_MAX};
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        json_line_begin(&line);
        json_line_integer(&line, KEY("i"), integers[i]);
        snprintf(written, sizeof written, "{\"i\":%llu}\n", (unsigned long long)integers[i]);
        check_line(&line, written);
    }
    json_line_begin(&line);
    check_line(&line, "{}\n");
    json_line_free(&line);
}

/* What must be escaped, at each place of strings of each length around those that are copied as words. */
static void every_place_is_looked_at(void **state)
{
    static const unsigned char odd[] = {1, 0x1f, '"', '\\', 0x20, 0x7f, 0x80, 0xa2, 0xff};
    struct json_line line = {0};
    (void)state;
    for (size_t length = 0; length < 40; length++)
        for (size_t at = 0; at < length; at++)
            for (size_t i = 0; i < sizeof odd; i++) {
                char text[64] = "", escaped[8] = {(char)odd[i]}, want[128];
                memset(text, 'x', length);
                text[at] = (char)odd[i];
                if (odd[i] < 0x20)
                    snprintf(escaped, sizeof escaped, "\\u%04X", odd[i]);
                else if (odd[i] == '"' || odd[i] == '\\')
                    snprintf(escaped, sizeof escaped, "\\%c", odd[i]);
                snprintf(want, sizeof want, "{\"s\":\"%.*s%s%s\"}\n", (int)at, text, escaped, text + at + 1);
                json_line_begin(&line);
                json_line_string(&line, KEY("s"), text);
                check_line(&line, want);
            }
    json_line_free(&line);
}

static void lines_stand_one_behind_the_other(void **state)
{
    struct json_line line = {0}, members = {0};
    (void)state;
    json_line_begin(&members);
    json_line_integer(&members, KEY("a"), 1);
    json_line_string(&members, KEY("b"), "x");
    json_line_begin(&line);
    json_line_members(&line, &members);
    assert_true(json_line_end(&line));
    json_line_begin(&line);
    json_line_boolean(&line, KEY("c"), true);
    json_line_members(&line, &members);
    check_line(&line, "{\"a\":1,\"b\":\"x\"}\n{\"c\":true,\"a\":1,\"b\":\"x\"}\n");
    json_line_free(&members);
    json_line_free(&line);
}

static void assert_plain(const char *text)
{
    for (; *text; text++)
        assert_true((unsigned char)*text >= 0x20 && *text != '"' && *text != '\\');
}

/* Of the vocabulary, what stands in rows as it is. */
static void words_need_no_escape(void **state)
{
    const struct tcptwin_word *word;
    const struct tcptwin_row *row;
    (void)state;
    for (size_t i = 0; (word = tcptwin_word_at(i)); i++) {
        assert_plain(word->name);
        assert_plain(word->text);
        assert_plain(word->reference);
    }
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
        assert_plain(row->sentence);
        assert_plain(row->reference);
    }
}

/* A member without memory takes its whole line with it, and nothing else. */
static void a_line_is_dropped_whole(void **state)
{
    struct json_line line = {0};
    (void)state;
    json_line_begin(&line);
    json_line_integer(&line, KEY("a"), 1);
    assert_true(json_line_end(&line));
    json_line_begin(&line);
    json_line_integer(&line, KEY("b"), 2);
    line.failed = true; /* as realloc() would have it */
    json_line_integer(&line, KEY("c"), 3);
    assert_false(json_line_end(&line));
    json_line_begin(&line);
    json_line_integer(&line, KEY("d"), 4);
    check_line(&line, "{\"a\":1}\n{\"d\":4}\n");
    json_line_free(&line);
}

/* Longer than any room that was there; and the same line is used again. */
static void a_line_grows(void **state)
{
    struct json_line line = {0};
    (void)state;
    for (size_t length = 1; length < 200000; length *= 7) {
        char *text = malloc(length + 1);
        assert_non_null(text);
        memset(text, '\n', length); /* each takes two characters */
        text[length] = '\0';
        json_line_begin(&line);
        json_line_boolean(&line, KEY("t"), true);
        json_line_string(&line, KEY("s"), text);
        json_line_boolean(&line, KEY("f"), false);
        json_t *object = read_line(&line);
        assert_string_equal(json_string_value(json_object_get(object, "s")), text);
        assert_true(json_is_true(json_object_get(object, "t")));
        assert_true(json_is_false(json_object_get(object, "f")));
        json_decref(object);
        free(text);
    }
    json_line_free(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_mean_what_jansson_means),
        cmocka_unit_test(every_character_survives),
        cmocka_unit_test(numbers_as_jansson_writes_them),
        cmocka_unit_test(every_place_is_looked_at),
        cmocka_unit_test(lines_stand_one_behind_the_other),
        cmocka_unit_test(words_need_no_escape),
        cmocka_unit_test(a_line_is_dropped_whole),
        cmocka_unit_test(a_line_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

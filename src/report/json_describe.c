/* json_describe.c - the field list of the JSON report as data, for docs and tests
 *
 * The same list that prints the objects, expanded into rows: what the documentation says cannot
 * differ from what is printed. docs/json.md is this file's output; a test compares them.
 */
#include "json_describe.h"

#include "tcptwin/vocabulary.h"

#include <string.h>

struct row {
    const char *event, *prefix, *key;
    enum json_field_type type;
    const char *when, *text;
};

static const struct row rows[] = {
#define ROW(event_, key_, type_, when_, text_)                                                     \
    {event_, "", key_, JSON_FIELD_##type_, #when_, text_},
#define EVERY_FIELD(key_, type_, when_, value_, text_) ROW("every", key_, type_, when_, text_)
#define PEER_FIELD(key_, type_, when_, value_, text_)  ROW("peer", key_, type_, when_, text_)
#define TRANSITION_FIELD(key_, type_, when_, value_, text_)                                        \
    ROW("transition", key_, type_, when_, text_)
#define REVISION_FIELD(key_, type_, when_, value_, text_) ROW("revision", key_, type_, when_, text_)
#define ANOMALY_FIELD(key_, type_, when_, value_, text_)  ROW("anomaly", key_, type_, when_, text_)
#define CONNECTION_FIELD(key_, type_, when_, value_, text_)                                        \
    ROW("connection", key_, type_, when_, text_)
#define SIDE_FIELD(key_, type_, when_, value_, text_)                                              \
    {"connection", "client_", key_, JSON_FIELD_##type_, #when_, text_},                            \
        {"connection", "server_", key_, JSON_FIELD_##type_, #when_, text_},
#define FINDING_FIELD(key_, type_, when_, value_, text_) ROW("finding", key_, type_, when_, text_)
#define SUMMARY_FIELD(key_, type_, when_, value_, text_) ROW("summary", key_, type_, when_, text_)
#define SOCKET_FIELD(key_, type_, when_, value_, text_) ROW("socket", key_, type_, when_, text_)
#define INTERVAL_FIELD(key_, type_, when_, value_, text_) ROW("interval", key_, type_, when_, text_)
#define HOST_FIELD(key_, type_, when_, value_, text_)     ROW("host", key_, type_, when_, text_)
#define DATAGRAM_FIELD(key_, type_, when_, value_, text_) ROW("datagram", key_, type_, when_, text_)
#define ICMP_FIELD(key_, type_, when_, value_, text_)     ROW("icmp", key_, type_, when_, text_)
#include "json_fields.def"
};
static const char *const type_names[] = {"string", "integer", "number", "boolean", "string (time)"};

bool json_field_at(size_t index, struct json_field *field)
{
    if (index >= sizeof(rows) / sizeof(rows[0]))
        return false;
    const struct row *row = &rows[index];
    *field = (struct json_field){
        row->event, row->prefix, row->key, row->type, strcmp(row->when, "ALWAYS") != 0, row->text};
    return true;
}

static bool is_of_connection(const char *event_type)
{
    static const char *const others[] = {"finding", "summary", "socket", "interval", "host", "datagram", "icmp"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strcmp(event_type, others[i]) == 0)
            return false;
    return true;
}

static bool belongs(const char *section, const char *event_type)
{
    if (strcmp(section, "every") == 0 || strcmp(section, event_type) == 0)
        return true;
    if (strcmp(section, "peer") == 0)
        return is_of_connection(event_type);
    return strcmp(section, "transition") == 0 && strcmp(event_type, "revision") == 0;
}

bool json_field_find(const char *event_type, const char *key, struct json_field *field)
{
    for (size_t i = 0; json_field_at(i, field); i++) {
        size_t prefix = strlen(field->prefix);
        if (belongs(field->event, event_type) && strncmp(key, field->prefix, prefix) == 0 &&
            strcmp(key + prefix, field->key) == 0)
            return true;
    }
    return false;
}

static void describe_section(FILE *out, const char *section, const char *heading)
{
    struct json_field field;
    fprintf(out, "\n## %s\n\n| field | type | | meaning |\n|---|---|---|---|\n", heading);
    for (size_t i = 0; json_field_at(i, &field); i++) {
        if (strcmp(field.event, section) != 0 || strcmp(field.prefix, "server_") == 0)
            continue;
        fprintf(out, "| `%s%s` | %s | %s | %s |\n", field.prefix, field.key, type_names[field.type],
                field.optional ? "optional" : "", field.text);
    }
}

static void describe_names(FILE *out, const char *prefix, const char *kind)
{
    const struct tcptwin_word *word;
    fprintf(out, "\n`%sX`, integer, for X one of: ", prefix);
    bool first = true;
    for (size_t i = 0; (word = tcptwin_word_at(i)); i++) {
        if (strcmp(word->kind, kind) != 0)
            continue;
        fprintf(out, "%s%s", first ? "" : ", ", word->name);
        first = false;
    }
    fprintf(out, ".\n");
}

void json_describe(FILE *out)
{
    fprintf(
        out,
        "# JSON output\n\n"
        "Generated from `src/report/json_fields.def`; a test keeps the two in step.\n\n"
        "`tcptwin json FILE` prints one flat JSON object per line (NDJSON), in this order:\n\n"
        "- from files: for each connection its `transition` events, its `anomaly` events, then "
        "its\n"
        "  `connection` event;\n"
        "- live (`-i`, `--live-order`): `transition` and `revision` events as they happen; when a connection ends "
        "its\n"
        "  `anomaly` events and its `connection` event, without the transitions again;\n"
        "- then the `finding` events, the gravest first;\n"
        "- last, one `summary`.\n\n"
        "With `--events TYPES` there are only events of these types: `--events connection` is one line a connection, as\n"
        "a table of flows has it.\n\n"
        "`tcptwin sockets --json FILE` prints `socket` events, one a socket, or `interval` events, one a host and "
        "moment;\n`tcptwin hosts --json FILE` prints `host` events, of hosts and of services;\n"
        "`tcptwin datagrams --json FILE` prints `datagram` events, one a conversation of UDP or pings, and `icmp` "
        "events, one a\npair of hosts with errors: first those that were let go for want of room, the rest in order "
        "of first packet.\n\n"
        "Rules: a field keeps one type for ever; times are UTC strings with nine decimals and a "
        "`Z`;\n"
        "durations are integers whose names end in `_ns`; addresses are numeric. A field marked\n"
        "*optional* is absent where nothing is known; no field is ever null. New fields and new "
        "values\n"
        "of enumerations may come within `tcptwin/1`; nothing is renamed or changes its type.\n");
    describe_section(out, "every", "Every event");
    describe_section(out, "peer", "Every event of a connection");
    describe_section(out, "transition", "transition");
    describe_section(out, "revision", "revision (`-i`, `--live-order`)");
    fprintf(out, "\nBefore these: every field of `transition`, saying what holds now.\n");
    describe_section(out, "anomaly", "anomaly");
    describe_section(out, "connection", "connection");
    fprintf(out, "\nEvery field `client_X` from `client_app_error` on has a twin `server_X`.\n");
    describe_section(out, "finding", "finding");
    describe_section(out, "summary", "summary");
    fprintf(out, "\nAnd these counts:\n");
    describe_names(out, "decode_", "decode");
    describe_names(out, "outcome_", "outcome");
    describe_names(out, "anomaly_", "anomaly");
    fprintf(out, "\nAn `anomaly_X` that is 0 is absent.\n");
    describe_section(out, "socket", "socket (`sockets --json`)");
    describe_section(out, "interval", "interval (`sockets --json` with `--summary` or `--over-time`)");
    fprintf(out, "\nAnd these counts, but for `closed`, which is no socket:\n");
    describe_names(out, "state_", "state");
    describe_section(out, "host", "host (`hosts --json`)");
    fprintf(out, "\nAnd `state_X` as above, of sockets at the end of the capture; and, where they are not 0:\n");
    describe_names(out, "opened_", "outcome");
    describe_names(out, "called_", "outcome");
    describe_section(out, "datagram", "datagram (`datagrams --json`)");
    describe_section(out, "icmp", "icmp (`datagrams --json`)");
    fprintf(out, "\nAnd, where they are not 0:\n");
    describe_names(out, "errors_", "fate");
}

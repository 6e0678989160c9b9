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

static const char introduction[] =
    "# JSON output\n\n"
    "Generated from `src/report/json_fields.def`; a test keeps the two in step.\n\n"
    "`tcptwin json FILE` prints one flat JSON object per line (NDJSON), in this order:\n\n"
    "- from files: for each connection its `transition` events, its `anomaly` events, then its\n"
    "  `connection` event;\n"
    "- live (`-i`, `--live-order`): `transition` and `revision` events as they happen; when a\n"
    "  connection ends its `anomaly` events and its `connection` event, without the transitions\n"
    "  again;\n"
    "- then the `finding` events, the gravest first;\n"
    "- last, one `summary`.\n\n"
    "With `--events TYPES` there are only events of these types: `--events connection` is one line a\n"
    "connection, as a table of flows has it.\n\n"
    "Three reports write such objects with `--json`:\n\n"
    "- `tcptwin sockets --json FILE`: `socket` events, one a socket, or `interval` events, one a host\n"
    "  and moment;\n"
    "- `tcptwin hosts --json FILE`: `host` events, of hosts and of services;\n"
    "- `tcptwin datagrams --json FILE`: `datagram` events, one a conversation of UDP or pings, and\n"
    "  `icmp` events, one a pair of hosts with errors: first those that were let go for want of room,\n"
    "  the rest in order of first packet.\n\n"
    "Rules: a field keeps one type for ever; times are UTC strings with nine decimals and a `Z`;\n"
    "durations are integers whose names end in `_ns`; addresses are numeric. A field marked\n"
    "*optional* is absent where nothing is known; no field is ever null. New fields and new values\n"
    "of enumerations may come within `tcptwin/1`; nothing is renamed or changes its type.\n";

/* What stands in docs/json.md, from top to bottom. */
static const struct {
    const char *section, *heading;
    const char *then; /* below its fields */
    struct {
        const char *prefix, *kind;
    } names[3];
    const char *last;
} chapters[] = {
    {.section = "every", .heading = "Every event"},
    {.section = "peer", .heading = "Every event of a connection"},
    {.section = "transition", .heading = "transition"},
    {.section = "revision",
     .heading = "revision (`-i`, `--live-order`)",
     .then = "Before these: every field of `transition`, saying what holds now."},
    {.section = "anomaly", .heading = "anomaly"},
    {.section = "connection",
     .heading = "connection",
     .then = "Every field `client_X` from `client_app_error` on has a twin `server_X`."},
    {.section = "finding", .heading = "finding"},
    {.section = "summary",
     .heading = "summary",
     .then = "And these counts:",
     .names = {{"decode_", "decode"}, {"outcome_", "outcome"}, {"anomaly_", "anomaly"}},
     .last = "An `anomaly_X` that is 0 is absent."},
    {.section = "socket", .heading = "socket (`sockets --json`)"},
    {.section = "interval",
     .heading = "interval (`sockets --json` with `--summary` or `--over-time`)",
     .then = "And these counts, but for `closed`, which is no socket:",
     .names = {{"state_", "state"}}},
    {.section = "host",
     .heading = "host (`hosts --json`)",
     .then = "And `state_X` as above, of sockets at the end of the capture; and, where they are not 0:",
     .names = {{"opened_", "outcome"}, {"called_", "outcome"}}},
    {.section = "datagram", .heading = "datagram (`datagrams --json`)"},
    {.section = "icmp",
     .heading = "icmp (`datagrams --json`)",
     .then = "And, where they are not 0:",
     .names = {{"errors_", "fate"}}},
};

static void describe_note(FILE *out, const char *note)
{
    if (note)
        fprintf(out, "\n%s\n", note);
}

void json_describe(FILE *out)
{
    fputs(introduction, out);
    for (size_t i = 0; i < sizeof(chapters) / sizeof(chapters[0]); i++) {
        describe_section(out, chapters[i].section, chapters[i].heading);
        describe_note(out, chapters[i].then);
        for (size_t n = 0; n < 3 && chapters[i].names[n].prefix; n++)
            describe_names(out, chapters[i].names[n].prefix, chapters[i].names[n].kind);
        describe_note(out, chapters[i].last);
    }
}

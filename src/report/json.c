/* json.c - the report `json`: one flat object per line
 *
 *     offline, per connection    transition* anomaly* connection
 *     live                       transition and revision as they come; at the end anomaly*
 * connection last line                  summary
 *
 * What stands in an object is the list json_fields.def and nothing else: each put_xxx() below is
 * that list's section, expanded. Objects live for one line; nothing grows with the capture. The
 * only user of jansson. Output errors are left to ferror() at the end.
 */
#include "format.h"
#include "interop.h"
#include "kinds.h"
#include "totals.h"
#include "verdict.h"

#include <jansson.h>
#include <stdlib.h>

#define JSON_SCHEMA_NAME "tcptwin/1"
#define ALWAYS           true

struct report {
    struct report_options options;
    struct totals totals;
    char *buffer; /* one line, grown as needed */
    size_t buffer_size;
};

/* strings that are derived from a connection */
struct derived {
    char community_id[INTEROP_COMMUNITY_ID_SIZE];
    char filter[INTEROP_FILTER_SIZE];
    char verdict[VERDICT_SIZE];
};

#define NAME_OF(function_, type_, accessor_)                                                       \
    static const char *function_(unsigned value)                                                   \
    {                                                                                              \
        const struct tcptwin_word *word = accessor_((type_)value);                                 \
        return word ? word->name : "";                                                             \
    }
NAME_OF(state_name, enum tcptwin_state, tcptwin_state_word)
NAME_OF(basis_name, enum tcptwin_basis, tcptwin_basis_word)
NAME_OF(trigger_name, enum tcptwin_machine_event, tcptwin_trigger_word)
NAME_OF(outcome_name, enum tcptwin_outcome, tcptwin_outcome_word)
NAME_OF(app_error_name, enum tcptwin_app_error, tcptwin_app_error_word)

static const char *role_name(int role)
{
    return role ? "server" : "client";
}

static uint64_t duration_ns(uint64_t first_ns, uint64_t last_ns)
{
    return last_ns > first_ns ? last_ns - first_ns : 0;
}

static void put_STRING(json_t *object, const char *key, const char *value)
{
    json_t *string = json_string(value); /* NULL, so absent, if not UTF-8 */
    if (string)
        json_object_set_new_nocheck(object, key, string);
}

static void put_INTEGER(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new_nocheck(object, key, json_integer((json_int_t)value));
}

static void put_NUMBER(json_t *object, const char *key, double value)
{
    json_object_set_new_nocheck(object, key, json_real(value));
}

static void put_BOOLEAN(json_t *object, const char *key, bool value)
{
    json_object_set_new_nocheck(object, key, json_boolean(value));
}

static void put_TIME(json_t *object, const char *key, uint64_t ts_ns)
{
    json_object_set_new_nocheck(object, key, json_string_nocheck(format_time(ts_ns).s));
}

#define PUT(key_, type_, when_, value_, text_)                                                     \
    if (when_)                                                                                     \
        put_##type_(object, key_, value_);

static json_t *new_event(const char *event_type, uint64_t ts_ns)
{
    json_t *object = json_object();
#define EVERY_FIELD PUT
#include "json_fields.def"
    return object;
}

static json_t *new_peer_event(const char *event_type, uint64_t ts_ns,
                              const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
    json_t *object = new_event(event_type, ts_ns);
#define PEER_FIELD PUT
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

static void put_revision(json_t *object, const struct tcptwin_transition *r, bool withdrawn)
{
#define REVISION_FIELD PUT
#include "json_fields.def"
}

static void put_anomaly(json_t *object, const struct tcptwin_connection *c,
                        const struct tcptwin_anomaly_record *a, const struct tcptwin_word *word)
{
#define ANOMALY_FIELD PUT
#include "json_fields.def"
}

static void put_connection(json_t *object, const struct tcptwin_connection *c,
                           const struct derived *v)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
#define CONNECTION_FIELD PUT
#include "json_fields.def"
}

static void put_sides(json_t *object, const struct tcptwin_connection *c)
{
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_endpoint *e = &c->endpoint[role ? !c->client : c->client];
#define SIDE_FIELD(key_, type_, when_, value_, text_)                                              \
    if (when_)                                                                                     \
        put_##type_(object, role ? "server_" key_ : "client_" key_, value_);
#include "json_fields.def"
    }
}

static void put_summary(json_t *object, const struct report_summary *s, const struct totals *totals)
{
#define SUMMARY_FIELD PUT
#include "json_fields.def"
    for (int i = 0; i < TCPTWIN_DECODE_COUNT; i++)
        put_INTEGER(
            object,
            format_printf("decode_%s", tcptwin_decode_word((enum tcptwin_decode_result)i)->name).s,
            s->decode_counts[i]);
    for (int i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        put_INTEGER(object, format_printf("outcome_%s", outcome_name((unsigned)i)).s,
                    totals->outcome[i]);
    for (int i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        if (totals->anomaly[i])
            put_INTEGER(
                object,
                format_printf("anomaly_%s", tcptwin_anomaly_word((enum tcptwin_anomaly)i)->name).s,
                totals->anomaly[i]);
}

/* Prints the object as a line and lets go of it. */
static void write_line(struct report *report, json_t *object)
{
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(3);
    size_t size = json_dumpb(object, report->buffer, report->buffer_size, flags);
    if (size > report->buffer_size) {
        char *larger = realloc(report->buffer, 2 * size);
        if (larger) {
            report->buffer = larger;
            report->buffer_size = 2 * size;
            size = json_dumpb(object, report->buffer, report->buffer_size, flags);
        } else {
            size = 0; /* no memory: the line is left out; only the summary has unbounded strings */
        }
    }
    if (size) {
        fwrite(report->buffer, 1, size, report->options.out);
        putc('\n', report->options.out);
    }
    json_decref(object);
}

static void write_transition(struct report *report, const struct tcptwin_connection *c,
                             const struct tcptwin_transition *t)
{
    json_t *object = new_peer_event("transition", t->ts_ns, c);
    put_transition(object, c, t);
    write_line(report, object);
}

static void write_revision(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    const struct tcptwin_transition *revised = event->revised;
    struct tcptwin_transition now;
    if (!event->transition && !revised)
        return;
    if (event->transition) {
        now = *event->transition;
    } else { /* withdrawn: it never left the state */
        now = *revised;
        now.to = revised->from;
    }
    json_t *object = new_peer_event("revision", c->last_ts_ns, c);
    put_transition(object, c, &now);
    put_revision(object, revised, !event->transition);
    write_line(report, object);
}

static void write_connection(struct report *report, const struct tcptwin_connection *c)
{
    struct derived derived;
    interop_community_id(derived.community_id, 0, c->ip_version, c->endpoint);
    interop_wireshark_filter(derived.filter, c);
    verdict_write(derived.verdict, c);

    json_t *object = new_peer_event("connection", c->last_ts_ns, c);
    put_connection(object, c, &derived);
    put_sides(object, c);
    write_line(report, object);
}

static void write_anomalies(struct report *report, const struct tcptwin_connection *c)
{
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *a = &c->anomalies[i];
        const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)a->anomaly);
        if (!word)
            continue;
        json_t *object = new_peer_event("anomaly", a->first_ts_ns, c);
        put_anomaly(object, c, a, word);
        write_line(report, object);
    }
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    switch (event->kind) {
    case TCPTWIN_EVENT_TRANSITION:
        write_transition(report, c, event->transition);
        break;
    case TCPTWIN_EVENT_REVISION:
        write_revision(report, event);
        break;
    case TCPTWIN_EVENT_CONNECTION:
        totals_add(&report->totals, c);
        for (uint32_t i = 0; i < c->transition_count && !report->options.live; i++)
            write_transition(report, c, &c->transitions[i]);
        write_anomalies(report, c);
        write_connection(report, c);
        break;
    }
    if (report->options.live)
        fflush(report->options.out);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    json_t *object = new_event("summary", summary->core.last_ts_ns);
    put_summary(object, summary, &report->totals);
    write_line(report, object);
    fflush(report->options.out);
}

static struct report *open_json(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    report->buffer_size = 16384;
    report->buffer = malloc(report->buffer_size);
    if (!report->buffer) {
        free(report);
        return NULL;
    }
    return report;
}

static void close_json(struct report *report)
{
    free(report->buffer);
    free(report);
}

const struct report_kind report_json = {
    .name = "json",
    .help = "every transition, anomaly and connection as one JSON object per line",
    .open = open_json,
    .event = event,
    .finish = finish,
    .close = close_json,
};

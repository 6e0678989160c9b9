/* json.c - the report `json`: one flat object per line
 *
 *     offline, per connection    transition* anomaly* connection
 *     live, per connection       transition and revision as they come; then anomaly* connection
 *     last                       finding* summary
 *
 * What stands in an object is the list json_fields.def and nothing else: each put_xxx() below is
 * that list's section, expanded; whether its type is wanted (--events) is asked before. What all rows of a
 * connection have in common is written once and copied.
 * Nothing grows with the capture, beyond the bounds of findings.h. Output errors are left to ferror() at the end.
 */
#include "json_put.h"
#include "json_summary.h"
#include "kinds.h"

#include <stdlib.h>

struct report {
    struct report_options options;
    struct findings findings;
    struct json_line line;
    struct json_line peers; /* the two ends of the connection at hand: members for every row of it */
};

static void put_peers(struct json_line *line, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
#define PEER_FIELD PUT
#include "json_fields.def"
}

static void put_transition(struct json_line *line, const struct tcptwin_connection *c,
                           const struct tcptwin_transition *t)
{
    const struct tcptwin_row *row =
        tcptwin_row((enum tcptwin_state)t->from, (enum tcptwin_machine_event)t->event);
    const struct tcptwin_endpoint *e = &c->endpoint[t->endpoint];
    int role = t->endpoint != c->client;
#define TRANSITION_FIELD PUT
#include "json_fields.def"
}

static void put_revision(struct json_line *line, const struct tcptwin_transition *t,
                         const struct tcptwin_transition *r, bool withdrawn)
{
#define REVISION_FIELD PUT
#include "json_fields.def"
}

static void put_anomaly(struct json_line *line, const struct tcptwin_connection *c,
                        const struct tcptwin_anomaly_record *a, const struct tcptwin_word *word)
{
#define ANOMALY_FIELD PUT
#include "json_fields.def"
}

static void put_finding(struct json_line *line, const struct finding *f, const struct tcptwin_word *word,
                        const char *sentence, const char *ids)
{
#define FINDING_FIELD PUT
#include "json_fields.def"
}

static void put_connection(struct json_line *line, const struct tcptwin_connection *c,
                           const struct derived *v)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    const struct tcptwin_endpoint *server = &c->endpoint[!c->client];
#define CONNECTION_FIELD PUT
#include "json_fields.def"
}

static void put_sides(struct json_line *line, const struct tcptwin_connection *c)
{
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_endpoint *e = &c->endpoint[role ? !c->client : c->client];
#define SIDE_FIELD(key_, type_, when_, value_, text_)                                              \
    if (when_) {                                                                                   \
        if (role)                                                                                  \
            MEMBER("server_" key_, type_, value_);                                                 \
        else                                                                                       \
            MEMBER("client_" key_, type_, value_);                                                 \
    }
#include "json_fields.def"
    }
}

/* -- rows ----------------------------------------------------------------------------------------- */

/* What the rows of this connection have in common; before the first of them. */
static void begin_connection(struct report *report, const struct tcptwin_connection *c)
{
    json_line_clear(&report->peers);
    json_line_begin(&report->peers);
    put_peers(&report->peers, c);
}

static bool wants(const struct report *report, enum json_event type)
{
    return selection_has_event(&report->options.selection, type);
}

static struct json_line *begin_row(struct report *report, enum json_event type, uint64_t ts_ns)
{
    struct json_line *line = &report->line;
    json_line_begin(line);
    put_every(line, json_event_name(type), ts_ns);
    json_line_members(line, &report->peers);
    return line;
}

static void write_transition(struct report *report, const struct tcptwin_connection *c,
                             const struct tcptwin_transition *t)
{
    put_transition(begin_row(report, JSON_EVENT_TRANSITION, t->ts_ns), c, t);
    json_line_end(&report->line);
}

static void write_revision(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    const struct tcptwin_transition *revised = event->revised;
    struct tcptwin_transition now;
    if ((!event->transition && !revised) || !wants(report, JSON_EVENT_REVISION))
        return;
    if (event->transition) {
        now = *event->transition;
    } else { /* withdrawn: it never left the state */
        now = *revised;
        now.to = revised->from;
    }
    struct json_line *line = begin_row(report, JSON_EVENT_REVISION, c->last_ts_ns);
    put_transition(line, c, &now);
    put_revision(line, &now, revised, !event->transition);
    json_line_end(&report->line);
}

static void write_connection(struct report *report, const struct tcptwin_connection *c)
{
    struct derived derived;
    if (!wants(report, JSON_EVENT_CONNECTION))
        return;
    derive(&derived, c);
    struct json_line *line = begin_row(report, JSON_EVENT_CONNECTION, c->last_ts_ns);
    put_connection(line, c, &derived);
    put_sides(line, c);
    json_line_end(&report->line);
}

static void write_anomalies(struct report *report, const struct tcptwin_connection *c)
{
    for (uint32_t i = 0; i < c->anomaly_count && wants(report, JSON_EVENT_ANOMALY); i++) {
        const struct tcptwin_anomaly_record *a = &c->anomalies[i];
        const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)a->anomaly);
        if (!word)
            continue;
        put_anomaly(begin_row(report, JSON_EVENT_ANOMALY, a->first_ts_ns), c, a, word);
        json_line_end(&report->line);
    }
}

static void write_finding(struct report *report, const struct finding *f)
{
    char sentence[FINDING_SENTENCE_SIZE], ids[FINDING_EXAMPLES * 20] = "";
    size_t used = 0;
    for (unsigned i = 0; i < evidence_examples(&f->evidence); i++)
        used += (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%s", i ? " " : "",
                                 format_id(f->evidence.id[i]).s);
    sentence_write(sentence, f);
    json_line_begin(&report->line);
    put_every(&report->line, json_event_name(JSON_EVENT_FINDING), f->evidence.first_ts_ns);
    put_finding(&report->line, f, tcptwin_finding_word((enum tcptwin_finding)f->code), sentence, ids);
    json_line_end(&report->line);
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    begin_connection(report, c);
    switch (event->kind) {
    case TCPTWIN_EVENT_TRANSITION:
        if (wants(report, JSON_EVENT_TRANSITION))
            write_transition(report, c, event->transition);
        break;
    case TCPTWIN_EVENT_REVISION:
        write_revision(report, event);
        break;
    case TCPTWIN_EVENT_CONNECTION:
        findings_add(&report->findings, c);
        if (!report->options.live && wants(report, JSON_EVENT_TRANSITION))
            for (uint32_t i = 0; i < c->transition_count; i++)
                write_transition(report, c, &c->transitions[i]);
        write_anomalies(report, c);
        write_connection(report, c);
        break;
    }
    json_line_write(&report->line, report->options.out);
    if (report->options.live)
        fflush(report->options.out);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    findings_judge(&report->findings, summary);
    for (size_t i = 0; i < report->findings.count && wants(report, JSON_EVENT_FINDING); i++)
        write_finding(report, &report->findings.list[i]);
    json_line_write(&report->line, report->options.out);
    if (wants(report, JSON_EVENT_SUMMARY))
        json_summary_write(report->options.out, summary, &report->findings);
    fflush(report->options.out);
}

static struct report *open_json(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    findings_init(&report->findings);
    return report;
}

static void close_json(struct report *report)
{
    json_line_free(&report->line);
    json_line_free(&report->peers);
    findings_free(&report->findings);
    free(report);
}

const struct report_kind report_json = {
    .name = "json",
    .help = "every transition, anomaly, connection and finding as one JSON object per line",
    .open = open_json,
    .event = event,
    .finish = finish,
    .close = close_json,
};

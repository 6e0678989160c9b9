/* timeline.c - the textbook table of each connection: client | segment | server
 *
 * Rows are ordered by the time at the capture point, as far as each endpoint's own order allows.
 * A segment that moved both endpoints is one row, unless segments crossed on the way: then it has
 * two, one where it is sent and one ("arrives") where it moves its receiver.
 *
 *     head[e]   the next transition of endpoint e that is not printed yet
 *     opener    the earlier of both heads; it opens a row, and what the same segment did joins it
 *
 * An endpoint that moves twice by one segment (FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT) gets two lines.
 * What does not fit beside the row (`why` below about 110 columns) stands under it.
 */
#include "format.h"
#include "kinds.h"
#include "layout.h"
#include "quality.h"
#include "timeline_row.h"
#include "totals.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

struct report {
    struct report_options options;
    struct totals totals;
};

static const char *role_basis_text(unsigned basis)
{
    static const char *const texts[TCPTWIN_ROLE_COUNT] = {
        [TCPTWIN_ROLE_FIRST_PACKET] = "a guess: the client sent the first packet",
        [TCPTWIN_ROLE_PORT] = "the server has the lower or well-known port",
        [TCPTWIN_ROLE_SYN_ACK] = "the server sent a SYN-ACK",
        [TCPTWIN_ROLE_SYN] = "the client sent the SYN",
    };
    return basis < TCPTWIN_ROLE_COUNT ? texts[basis] : "";
}

static void write_heading(const struct report_options *options, const struct tcptwin_connection *c)
{
    FILE *out = options->out;
    char verdict[VERDICT_SIZE];
    const struct tcptwin_word *outcome = tcptwin_outcome_word((enum tcptwin_outcome)c->outcome);
    uint64_t lasted = c->last_ts_ns > c->first_ts_ns ? c->last_ts_ns - c->first_ts_ns : 0;
    struct text number = format_printf("#%llu", (unsigned long long)c->stream);

    ink_write(out, options->colour, INK_BOLD, number.s);
    fprintf(out, "  client ");
    pair_write(out, (unsigned)strlen(number.s) + 9,
               format_endpoint(&c->endpoint[c->client], c->ip_version).s, "  server ",
               format_endpoint(&c->endpoint[!c->client], c->ip_version).s, 4, options->width);
    fprintf(out, "    %s, lasted %s; roles: ", format_time_short(c->first_ts_ns).s,
            format_duration(lasted).s);
    wrap_write(out, role_basis_text(c->role_basis),
               49 + (unsigned)strlen(format_duration(lasted).s), 8, options->width);
    indent_write(out, 4);
    if (outcome)
        ink_write(out, options->colour, outcome_ink(c->outcome), outcome->name);
    fprintf(out, ": ");
    verdict_write(verdict, c);
    wrap_write(out, verdict, 6 + (outcome ? (unsigned)strlen(outcome->name) : 0), 4,
               options->width);
}

static void write_anomalies(const struct report_options *options,
                            const struct tcptwin_connection *c)
{
    FILE *out = options->out;
    unsigned at = 14;
    if (c->anomaly_count == 0)
        return;
    fprintf(out, "    anomalies:");
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *a = &c->anomalies[i];
        const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)a->anomaly);
        struct text who =
            a->endpoint > 1
                ? format_copy("")
                : format_printf(" (%s)", a->endpoint == c->client ? "client" : "server");
        struct text item = format_printf("%s x%u%s%s", word ? word->name : "?", a->count, who.s,
                                         i + 1 < c->anomaly_count ? "," : "");
        unsigned length = (unsigned)strlen(item.s);
        if (at + 1 + length > options->width && i > 0) {
            fprintf(out, "\n              ");
            at = 14;
        }
        putc(' ', out);
        ink_write(out, options->colour,
                  severity_ink(tcptwin_anomaly_severity((enum tcptwin_anomaly)a->anomaly)), item.s);
        at += 1 + length;
    }
    putc('\n', out);
}

struct walk {
    const struct tcptwin_connection *connection;
    uint32_t head[2]; /* by endpoint; transition_count: none left */
};

/* The first transition from @from on that is by @endpoint. */
static uint32_t next_of(const struct tcptwin_connection *c, uint32_t from, unsigned endpoint)
{
    while (from < c->transition_count && c->transitions[from].endpoint != endpoint)
        from++;
    return from;
}

/* The endpoint whose head comes first; at the same time the segment's sender, then the core's
 * order. */
static unsigned opener_of(const struct walk *walk)
{
    const struct tcptwin_connection *c = walk->connection;
    if (walk->head[0] >= c->transition_count || walk->head[1] >= c->transition_count)
        return walk->head[0] >= c->transition_count;
    const struct tcptwin_transition *a = &c->transitions[walk->head[0]];
    const struct tcptwin_transition *b = &c->transitions[walk->head[1]];
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns > b->ts_ns;
    bool a_sent = a->segment.frame && a->segment.sender == 0;
    bool b_sent = b->segment.frame && b->segment.sender == 1;
    return a_sent != b_sent ? b_sent : walk->head[0] > walk->head[1];
}

/* Whether a transition that this frame tells has been printed. */
static bool frame_was_shown(const struct walk *walk, uint64_t frame)
{
    const struct tcptwin_connection *c = walk->connection;
    for (uint32_t i = 0; frame && i < c->transition_count; i++)
        if (c->transitions[i].segment.frame == frame && i < walk->head[c->transitions[i].endpoint])
            return true;
    return false;
}

/* Collect what one segment or timer did, and step over it. */
static void gather(struct walk *walk, struct timeline_row *row)
{
    const struct tcptwin_connection *c = walk->connection;
    unsigned opening = opener_of(walk);
    const struct tcptwin_transition *opener = &c->transitions[walk->head[opening]];
    memset(row, 0, sizeof(*row));
    row->segment = &opener->segment;
    row->again = frame_was_shown(walk, opener->segment.frame);
    row->ts_ns = row->again && opener->has_endpoint_ts ? opener->endpoint_ts_ns : opener->ts_ns;
    for (unsigned endpoint = 0; endpoint < 2; endpoint++) {
        int role = endpoint != c->client;
        uint32_t *head = &walk->head[endpoint];
        while (*head < c->transition_count && row->moves[role] < TIMELINE_MOVES_MAX) {
            const struct tcptwin_transition *t = &c->transitions[*head];
            if (t != opener && (!t->segment.frame || t->segment.frame != opener->segment.frame))
                break;
            row->move[role][row->moves[role]++] = t;
            *head = next_of(c, *head + 1, endpoint);
        }
    }
}

static void write_rows(const struct report_options *options, const struct tcptwin_connection *c)
{
    struct timeline_layout layout = timeline_layout(options, c);
    struct timeline_row row;
    struct walk walk = {c, {next_of(c, 0, 0), next_of(c, 0, 1)}};
    timeline_write_titles(&layout);
    timeline_write_first(&layout, c);
    while (walk.head[0] < c->transition_count || walk.head[1] < c->transition_count) {
        gather(&walk, &row);
        timeline_write_row(&layout, c, &row);
    }
    timeline_write_last(&layout, c);
}

/* Live: one line per transition as it happens. */
static void write_live(const struct report_options *options, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    const struct tcptwin_transition *t = event->transition ? event->transition : event->revised;
    if (!t)
        return;
    bool withdrawn = !event->transition, revision = event->kind == TCPTWIN_EVENT_REVISION;
    const char *role = t->endpoint == c->client ? "client" : "server";
    fprintf(options->out, "%s %s > %s  %s %s%s -> %s  %s\n", format_clock(t->ts_ns).s,
            format_endpoint(&c->endpoint[c->client], c->ip_version).s,
            format_endpoint(&c->endpoint[!c->client], c->ip_version).s, role,
            revision ? (withdrawn ? "(withdrawn) " : "(revised) ") : "", state_label(t->from),
            format_state(t->to, t->basis).s, timeline_segment(c, &t->segment).s);
    fflush(options->out);
}

static void write_legend(const struct report_options *options)
{
    char legend[400];
    snprintf(legend, sizeof legend,
             "States: + confirmed by what the endpoint sent later, ? assumed: the segment is presumed delivered, "
             "~ by a timer, no mark: observed. Sequence numbers are relative; times are those of the capture "
             "point, %s. A stay in a state is measured at the endpoint, where that can be estimated.",
             options->utc ? "in UTC" : "from the connection's first packet");
    wrap_write(options->out, legend, 0, 0, options->width);
    putc('\n', options->out);
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    if (event->kind != TCPTWIN_EVENT_CONNECTION) {
        write_live(&report->options, event);
        return;
    }
    if (report->totals.connections == 0)
        write_legend(&report->options);
    totals_add(&report->totals, c);
    write_heading(&report->options, c);
    write_anomalies(&report->options, c);
    write_rows(&report->options, c);
    putc('\n', report->options.out);
    if (report->options.live)
        fflush(report->options.out);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    FILE *out = report->options.out;
    enum capture_verdict verdict = totals_verdict(&report->totals, summary);
    if (!nothing_write(&report->options, summary)) {
        fprintf(out, "%s connection%s, %s TCP packet%s.\n", format_count(report->totals.connections).s,
                plural(report->totals.connections), format_count(summary->tcp_packets).s,
                plural(summary->tcp_packets));
        if (verdict != CAPTURE_GOOD)
            fprintf(out, "Mind the capture: %s (see tcptwin report).\n",
                    capture_verdict_name(verdict));
    }
    fflush(out);
}

static struct report *open_timeline(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (report)
        report->options = *options;
    return report;
}

static void close_timeline(struct report *report)
{
    free(report);
}

const struct report_kind report_timeline = {
    .name = "timeline",
    .help = "per connection: time, client state, segment, server state, and why",
    .open = open_timeline,
    .event = event,
    .finish = finish,
    .close = close_timeline,
};

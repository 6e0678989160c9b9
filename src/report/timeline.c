/* timeline.c - the textbook table of each connection: client | segment | server
 *
 * The core gives transitions in the order of the endpoints' own time. Rows keep that order for
 * each endpoint, and a segment that moved both is one row where that is possible. Where segments
 * crossed on the way it is not: then a segment has two rows, one where it is sent and one
 * ("arrives") where it moves its receiver.
 *
 *     i   the next transition not yet shown; it opens a row
 *     j   a later one of the other endpoint that the same frame tells; it joins the row unless
 *         another of its endpoint stands before it
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
    bool *shown; /* which transitions of the present connection have been printed */
    size_t shown_capacity;
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
    fprintf(out, "  client %s  server %s\n", format_endpoint(&c->endpoint[c->client], c->ip_version).s,
            format_endpoint(&c->endpoint[!c->client], c->ip_version).s);
    fprintf(out, "    %s, lasted %s; roles: ", format_time_short(c->first_ts_ns).s,
            format_duration(lasted).s);
    wrap_write(out, role_basis_text(c->role_basis),
               49 + (unsigned)strlen(format_duration(lasted).s), 8, options->width);
    indent_write(out, 4);
    if (outcome)
        ink_write(out, options->colour, outcome_ink(c->outcome), outcome->name);
    fprintf(out, ": ");
    verdict_write(verdict, c);
    wrap_write(out, verdict, 6 + (outcome ? (unsigned)strlen(outcome->name) : 0), 4, options->width);
}

static void write_anomalies(const struct report_options *options, const struct tcptwin_connection *c)
{
    FILE *out = options->out;
    unsigned at = 15;
    if (c->anomaly_count == 0)
        return;
    fprintf(out, "    anomalies: ");
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *a = &c->anomalies[i];
        const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)a->anomaly);
        struct text who = a->endpoint > 1 ? format_copy("")
                                          : format_printf(" (%s)", a->endpoint == c->client ? "client" : "server");
        struct text item = format_printf("%s x%u%s%s", word ? word->name : "?", a->count, who.s,
                                         i + 1 < c->anomaly_count ? ", " : "");
        unsigned length = (unsigned)strlen(item.s);
        if (at + length > options->width && i > 0) {
            fprintf(out, "\n               ");
            at = 15;
        }
        ink_write(out, options->colour,
                  severity_ink(tcptwin_anomaly_severity((enum tcptwin_anomaly)a->anomaly)), item.s);
        at += length;
    }
    putc('\n', out);
}

/* All transitions not shown yet; NULL if there is no memory. */
static bool *clear_shown(struct report *report, size_t count)
{
    if (count > report->shown_capacity) {
        bool *larger = realloc(report->shown, 2 * count * sizeof(bool));
        if (!larger)
            return NULL;
        report->shown = larger;
        report->shown_capacity = 2 * count;
    }
    if (report->shown)
        memset(report->shown, 0, count * sizeof(bool));
    return report->shown;
}

/* The first transition not shown from @from on that is by @endpoint; the count if there is none. */
static uint32_t next_of(const struct tcptwin_connection *c, const bool *shown, uint32_t from,
                        unsigned endpoint)
{
    while (from < c->transition_count && (shown[from] || c->transitions[from].endpoint != endpoint))
        from++;
    return from;
}

/* Collect what one segment did: the transition @i and all that may join it. */
static void gather(const struct tcptwin_connection *c, bool *shown, uint32_t i,
                   struct timeline_row *row)
{
    const struct tcptwin_transition *opener = &c->transitions[i];
    memset(row, 0, sizeof(*row));
    row->segment = &opener->segment;
    row->ts_ns = opener->ts_ns;
    for (unsigned endpoint = 0; endpoint < 2; endpoint++) {
        int role = endpoint != c->client;
        uint32_t at = next_of(c, shown, i, endpoint);
        while (at < c->transition_count && row->moves[role] < TIMELINE_MOVES_MAX) {
            const struct tcptwin_transition *t = &c->transitions[at];
            bool same = opener->segment.frame ? t->segment.frame == opener->segment.frame : at == i;
            if (!same)
                break;
            shown[at] = true;
            row->move[role][row->moves[role]++] = t;
            at = next_of(c, shown, at, endpoint);
        }
    }
}

static bool frame_was_shown(const struct tcptwin_connection *c, const bool *shown, uint64_t frame,
                            uint32_t before)
{
    for (uint32_t i = 0; frame && i < before; i++)
        if (shown[i] && c->transitions[i].segment.frame == frame)
            return true;
    return false;
}

static void write_rows(struct report *report, const struct tcptwin_connection *c)
{
    struct timeline_layout layout = timeline_layout(&report->options, c);
    struct timeline_row row;
    bool *shown = clear_shown(report, c->transition_count + 1);
    if (!shown)
        return;
    timeline_write_titles(&layout);
    timeline_write_first(&layout, c);
    for (uint32_t i = 0; i < c->transition_count; i++) {
        if (shown[i])
            continue;
        bool again = frame_was_shown(c, shown, c->transitions[i].segment.frame, i);
        gather(c, shown, i, &row);
        row.again = again;
        if (again && c->transitions[i].has_endpoint_ts)
            row.ts_ns = c->transitions[i].endpoint_ts_ns;
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
    fprintf(options->out, "%s %s > %s  %s %s%s -> %s%c %s\n", format_clock(t->ts_ns).s,
            format_endpoint(&c->endpoint[c->client], c->ip_version).s,
            format_endpoint(&c->endpoint[!c->client], c->ip_version).s, role,
            revision ? (withdrawn ? "(withdrawn) " : "(revised) ") : "", state_label(t->from),
            state_label(t->to), tcptwin_basis_mark((enum tcptwin_basis)t->basis),
            format_segment(&t->segment).s);
    fflush(options->out);
}

static void write_legend(const struct report_options *options)
{
    wrap_write(options->out,
               "States: + confirmed by what the endpoint sent later, ? assumed: the segment is "
               "presumed delivered, ~ by a timer, no mark: observed. Sequence numbers are relative; "
               "times are those of the capture point, from the connection's first packet.",
               0, 0, options->width);
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
    write_rows(report, c);
    putc('\n', report->options.out);
    if (report->options.live)
        fflush(report->options.out);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    FILE *out = report->options.out;
    enum capture_verdict verdict = totals_verdict(&report->totals, summary);
    if (!nothing_write(&report->options, summary)) {
        fprintf(out, "%s connection%s, %s TCP packets.", format_count(report->totals.connections).s,
                report->totals.connections == 1 ? "" : "s", format_count(summary->tcp_packets).s);
        if (verdict != CAPTURE_GOOD)
            fprintf(out, " Mind the capture: %s (see tcptwin report).", capture_verdict_name(verdict));
        putc('\n', out);
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
    free(report->shown);
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

/* anomalies.c - what went wrong, by kind, and on which connections
 *
 * One block per anomaly, the gravest first: what it is, what to do, and the connections that have
 * it, most often first. A bounded heap holds copies of the rows; what does not fit is counted per
 * kind, so that every kind appears with its totals even if all its connections were cut.
 */
#include "format.h"
#include "kinds.h"
#include "layout.h"
#include "quality.h"
#include "topk.h"
#include "totals.h"

#include <stdlib.h>
#include <string.h>

struct row {
    uint8_t anomaly, severity, confidence, outcome;
    char who[8];
    uint32_t count;
    uint64_t first_ts_ns, first_frame, last_frame, stream;
    struct text client, server;
};

struct report {
    struct report_options options;
    struct totals totals;
    struct topk rows;
};

/* What is kept and printed first: severity, then count, then time. */
static int compare_rows(const void *a_, const void *b_)
{
    const struct row *a = a_, *b = b_;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->first_ts_ns != b->first_ts_ns)
        return a->first_ts_ns < b->first_ts_ns ? -1 : 1;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return a->anomaly != b->anomaly ? (a->anomaly < b->anomaly ? -1 : 1) : strcmp(a->who, b->who);
}

static void offer(struct report *report, const struct tcptwin_connection *c,
                  const struct tcptwin_anomaly_record *a)
{
    struct row row = {
        .anomaly = a->anomaly,
        .severity = (uint8_t)tcptwin_anomaly_severity((enum tcptwin_anomaly)a->anomaly),
        .confidence = a->confidence,
        .outcome = c->outcome,
        .count = a->count,
        .first_ts_ns = a->first_ts_ns,
        .first_frame = a->first_frame,
        .last_frame = a->last_frame,
        .stream = c->stream,
    };
    strcpy(row.who, a->endpoint > 1 ? "both" : a->endpoint == c->client ? "client" : "server");
    if (topk_wants(&report->rows, &row)) {
        row.client = format_endpoint(&c->endpoint[c->client], c->ip_version);
        row.server = format_endpoint(&c->endpoint[!c->client], c->ip_version);
    }
    topk_offer(&report->rows, &row);
}

/* It has no anomaly. */
static bool enough(const struct report *report, const struct tcptwin_connection *brief)
{
    (void)report, (void)brief;
    return true;
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    if (event->kind != TCPTWIN_EVENT_CONNECTION)
        return;
    totals_add(&report->totals, c);
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        if (c->anomalies[i].anomaly < TCPTWIN_ANOMALY_COUNT)
            offer(report, c, &c->anomalies[i]);
}

static void labelled(const struct report *report, const char *label, const char *text)
{
    if (!*text)
        return;
    fprintf(report->options.out, "  %-8s ", label);
    wrap_write(report->options.out, text, 11, 11, report->options.width);
}

static void write_kind(const struct report *report, unsigned anomaly)
{
    FILE *out = report->options.out;
    const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)anomaly);
    enum tcptwin_severity severity = tcptwin_anomaly_severity((enum tcptwin_anomaly)anomaly);
    uint64_t connections = report->totals.anomaly_connections[anomaly];
    putc('\n', out);
    ink_write(out, report->options.colour, severity_ink(severity),
              format_printf("%-8s", tcptwin_severity_name(severity)).s);
    ink_write(out, report->options.colour, INK_BOLD, word->name);
    fprintf(out, ": %s time%s on %s connection%s\n",
            format_count(report->totals.anomaly[anomaly]).s,
            plural(report->totals.anomaly[anomaly]), format_count(connections).s,
            plural(connections));
    labelled(report, "what", word->text);
    labelled(report, "to do", word->advice);
    labelled(report, "see", word->reference);
}

struct line {
    struct text times, sure, frames, connection;
};

static void make_cells(const struct row *row, struct line *line, struct cell *cells)
{
    line->times = format_printf("%ux", row->count);
    line->sure = format_printf("%u%%", row->confidence);
    line->frames = row->first_frame == row->last_frame
                       ? format_printf("%llu", (unsigned long long)row->first_frame)
                       : format_printf("%llu-%llu", (unsigned long long)row->first_frame,
                                       (unsigned long long)row->last_frame);
    line->connection = format_printf("#%llu", (unsigned long long)row->stream);
    cells[0] = (struct cell){line->times.s, INK_PLAIN};
    cells[1] = (struct cell){line->sure.s, INK_PLAIN};
    cells[2] = (struct cell){row->who, INK_PLAIN};
    cells[3] = (struct cell){line->frames.s, INK_PLAIN};
    cells[4] = (struct cell){line->connection.s, INK_PLAIN};
    cells[5] = (struct cell){row->client.s, INK_PLAIN};
    cells[6] = (struct cell){row->server.s, INK_PLAIN};
}

static const struct table row_table = {
    .indent = 2,
    .columns = 7,
    .column = {{"times", true, 5},
               {"sure", true, 4},
               {"by", false, 6},
               {"frames", false, 6},
               {"conn", false, 4},
               {"client", false, 6},
               {"server", false, 6}},
};

/* The connections with this anomaly that were kept. */
static void write_rows(const struct report *report, unsigned anomaly)
{
    struct table table = row_table;
    struct cell cells[TABLE_COLUMNS_MAX];
    struct line line;
    const struct row *row;
    uint64_t shown = 0;
    table.out = report->options.out;
    table.colour = report->options.colour;
    for (size_t i = 0; (row = topk_at(&report->rows, i)); i++)
        if (row->anomaly == anomaly) {
            make_cells(row, &line, cells);
            table_measure(&table, cells);
        }
    unsigned used = table.indent;
    for (size_t i = 0; i < table.columns; i++)
        used += table.column[i].width + 1;
    bool wide = used > report->options.width + 1; /* IPv6: addresses on their own lines */
    if (wide)
        table.columns = 5;
    for (size_t i = 0; (row = topk_at(&report->rows, i)); i++) {
        if (row->anomaly != anomaly)
            continue;
        if (shown++ == 0)
            table_heading(&table);
        make_cells(row, &line, cells);
        table_row(&table, cells);
        if (wide) {
            indent_write(table.out, 8);
            pair_write(table.out, 8, row->client.s, " > ", row->server.s, 8, report->options.width);
        }
    }
    uint64_t all = report->totals.anomaly_records[anomaly];
    if (shown < all)
        fprintf(table.out, "  %s%s more (--rows 0 shows all)\n", shown ? "and " : "",
                format_count(all - shown).s);
}

static void write_all(const struct report *report)
{
    for (int severity = TCPTWIN_SEVERITY_COUNT - 1; severity >= 0; severity--)
        for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
            if (report->totals.anomaly[i] &&
                (int)tcptwin_anomaly_severity((enum tcptwin_anomaly)i) == severity) {
                write_kind(report, i);
                write_rows(report, i);
            }
}

/* "18 anomalies in 8 connections: high 1, medium 0, low 15, info 2"; at most 200 characters */
static void write_total(const struct report *report)
{
    FILE *out = report->options.out;
    uint64_t by_severity[TCPTWIN_SEVERITY_COUNT] = {0};
    for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        by_severity[tcptwin_anomaly_severity((enum tcptwin_anomaly)i)] += report->totals.anomaly[i];
    char line[WRAP_SIZE];
    size_t used = (size_t)snprintf(line, sizeof(line), "%s anomal%s in %s connection%s:",
                                   format_count(totals_anomalies(&report->totals)).s,
                                   totals_anomalies(&report->totals) == 1 ? "y" : "ies",
                                   format_count(report->totals.connections).s,
                                   plural(report->totals.connections));
    for (int severity = TCPTWIN_SEVERITY_COUNT - 1; severity >= 0; severity--)
        used += (size_t)snprintf(line + used, sizeof(line) - used, " %s %s%s",
                                 tcptwin_severity_name((enum tcptwin_severity)severity),
                                 format_count(by_severity[severity]).s, severity ? "," : "");
    wrap_write(out, line, 0, 4, report->options.width);
}

static void write_totals_by_code(const struct report *report)
{
    FILE *out = report->options.out;
    heading_write(out, report->options.colour, "TOTALS");
    fprintf(out, "%12s %12s  %-8s code\n", "times", "connections", "severity");
    for (int severity = TCPTWIN_SEVERITY_COUNT - 1; severity >= 0; severity--)
        for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
            if (report->totals.anomaly[i] &&
                (int)tcptwin_anomaly_severity((enum tcptwin_anomaly)i) == severity)
                fprintf(out, "%12s %12s  %-8s %s\n", format_count(report->totals.anomaly[i]).s,
                        format_count(report->totals.anomaly_connections[i]).s,
                        tcptwin_severity_name((enum tcptwin_severity)severity),
                        tcptwin_anomaly_word((enum tcptwin_anomaly)i)->name);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    const struct report_options *options = &report->options;
    enum capture_verdict verdict = totals_verdict(&report->totals, summary);
    if (!nothing_write(options, summary)) {
        topk_sort(&report->rows);
        write_total(report);
        if (verdict != CAPTURE_GOOD)
            fprintf(options->out, "Mind the capture: %s (see tcptwin report).\n",
                    capture_verdict_name(verdict));
        write_all(report);
        if (totals_anomalies(&report->totals))
            write_totals_by_code(report);
    }
    fflush(options->out);
}

static struct report *open_anomalies(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    report->rows.row_size = sizeof(struct row);
    report->rows.limit = options->max_rows;
    report->rows.compare = compare_rows;
    return report;
}

static void close_anomalies(struct report *report)
{
    topk_free(&report->rows);
    free(report);
}

const struct report_kind report_anomalies = {
    .name = "anomalies",
    .help = "what went wrong, the gravest first, on which connections, and what to do",
    .open = open_anomalies,
    .event = event,
    .enough = enough,
    .finish = finish,
    .close = close_anomalies,
};

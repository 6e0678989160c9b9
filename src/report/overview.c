/* overview.c - the default report: the capture, its connections, its anomalies
 *
 * The order is that of the questions of somebody who was called at night: can I trust the capture?
 * what is wrong? how many connections went wrong, and how? which ones? what happened to them? what else is odd?
 *
 * A connection takes two lines, one per endpoint, the client's first, so that 80 columns suffice.
 * Connections are not kept: a bounded heap holds copies of the most telling ones (outcome first,
 * then the gravest anomaly, then time), and everything else is counts.
 */
#include "finding_rows.h"
#include "format.h"
#include "kinds.h"
#include "layout.h"
#include "quality.h"
#include "topk.h"
#include "totals.h"
#include "verdict.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    SENTENCE_SIZE = 200,
    SENTENCES_MAX = 40,
    FINDINGS_SHOWN = 5,
    RANK_INTERESTING = 60, /**< outcomes of this rank and above get a sentence */
};

struct side {
    struct text name;
    uint8_t state, basis;
    uint64_t payload_bytes, retrans_packets;
};

struct row {
    unsigned interest; /* outcome's rank, then severity */
    uint64_t first_ts_ns, stream, duration_ns;
    uint8_t outcome, closed_by, reset_by;
    struct side side[2]; /* client, server */
    char sentence[SENTENCE_SIZE];
};

struct report {
    struct report_options options;
    struct findings findings;
    struct topk rows;
};

static int compare_rows(const void *a_, const void *b_)
{
    const struct row *a = a_, *b = b_;
    if (a->interest != b->interest)
        return a->interest > b->interest ? -1 : 1;
    if (a->first_ts_ns != b->first_ts_ns)
        return a->first_ts_ns < b->first_ts_ns ? -1 : 1;
    return a->stream < b->stream ? -1 : a->stream > b->stream;
}

static unsigned interest(const struct tcptwin_connection *c)
{
    unsigned worst = 0;
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        unsigned severity = tcptwin_anomaly_severity((enum tcptwin_anomaly)c->anomalies[i].anomaly);
        worst = severity > worst ? severity : worst;
    }
    return (unsigned)tcptwin_outcome_rank((enum tcptwin_outcome)c->outcome) * 8 + worst;
}

static void fill_row(struct row *row, const struct tcptwin_connection *c)
{
    char verdict[VERDICT_SIZE];
    verdict_write(verdict, c);
    snprintf(row->sentence, sizeof(row->sentence), "%.199s", verdict);
    row->duration_ns = c->last_ts_ns > c->first_ts_ns ? c->last_ts_ns - c->first_ts_ns : 0;
    row->outcome = c->outcome;
    row->closed_by = c->closed_by;
    row->reset_by = c->reset_by;
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_endpoint *e = &c->endpoint[role ? !c->client : c->client];
        row->side[role] = (struct side){format_endpoint(e, c->ip_version), e->state, e->state_basis,
                                        e->payload_bytes, e->retrans_packets};
    }
}

/* Where it stands among the rows; nothing else. */
static void rank(struct row *row, const struct tcptwin_connection *c)
{
    row->interest = interest(c);
    row->first_ts_ns = c->first_ts_ns;
    row->stream = c->stream;
}

/* For whatever is not shown, counting is all. */
static bool enough(const struct report *report, const struct tcptwin_connection *brief)
{
    struct row row;
    rank(&row, brief);
    return !topk_wants(&report->rows, &row);
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    if (event->kind != TCPTWIN_EVENT_CONNECTION)
        return;
    findings_add(&report->findings, c);
    struct row row;
    rank(&row, c);
    if (topk_wants(&report->rows, &row))
        fill_row(&row, c);
    topk_offer(&report->rows, &row);
}

static void write_outcomes(const struct report *report)
{
    const struct totals *totals = &report->findings.totals;
    FILE *out = report->options.out;
    heading_write(out, report->options.colour, "OUTCOMES");
    for (int rank = 100; rank >= 0; rank--) { /* ranks are few and below 100 */
        for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++) {
            const struct tcptwin_word *word = tcptwin_outcome_word((enum tcptwin_outcome)i);
            if (!totals->outcome[i] || tcptwin_outcome_rank((enum tcptwin_outcome)i) != rank)
                continue;
            fprintf(out, "%10s  ", format_count(totals->outcome[i]).s);
            ink_write(out, report->options.colour, outcome_ink(i),
                      format_printf("%-17s", word->name).s);
            fprintf(out, "  ");
            wrap_write(out, word->text, 31, 31, report->options.width);
        }
    }
}

/* Who ended it, for the line below the outcome. */
static struct text who_ended(const struct row *row)
{
    if (row->reset_by != TCPTWIN_PARTY_NONE && row->outcome != TCPTWIN_OUTCOME_REFUSED)
        return format_printf("reset by %s", tcptwin_party_name((enum tcptwin_party)row->reset_by));
    if (row->closed_by != TCPTWIN_PARTY_NONE)
        return format_printf("closed by %s",
                             tcptwin_party_name((enum tcptwin_party)row->closed_by));
    return format_copy("");
}

/* The texts that the cells of one line point to. */
struct line {
    struct text stream, name, state, payload, retrans, outcome, duration;
};

static void make_cells(const struct row *row, int role, struct line *line, struct cell *cells)
{
    const struct side *side = &row->side[role];
    line->stream = role ? format_copy("") : format_printf("%llu", (unsigned long long)row->stream);
    line->name = format_printf("%s%.60s", role ? "> " : "", side->name.s);
    line->state = format_state(side->state, side->basis);
    line->payload = format_bytes(side->payload_bytes);
    line->retrans = format_bytes(side->retrans_packets);
    line->outcome =
        role ? who_ended(row)
             : format_copy(tcptwin_outcome_word((enum tcptwin_outcome)row->outcome)->name);
    line->duration = role ? format_copy("") : format_duration(row->duration_ns);
    cells[0] = (struct cell){line->stream.s, INK_PLAIN};
    cells[1] = (struct cell){line->name.s, INK_PLAIN};
    cells[2] = (struct cell){line->state.s, INK_PLAIN};
    cells[3] = (struct cell){line->payload.s, INK_PLAIN};
    cells[4] = (struct cell){line->retrans.s, side->retrans_packets ? INK_YELLOW : INK_PLAIN};
    cells[5] = (struct cell){line->outcome.s, role ? INK_DIM : outcome_ink(row->outcome)};
    cells[6] = (struct cell){line->duration.s, INK_PLAIN};
}

static const struct table connection_table = {
    .columns = 7,
    .column = {{"#", true, 3},
               {"client, > server", false, 16},
               {"end state", false, 12},
               {"data", true, 4},
               {"retr", true, 4},
               {"outcome", false, 16},
               {"lasted", true, 7}},
};

static void write_connections(const struct report *report)
{
    FILE *out = report->options.out;
    struct table table = connection_table;
    struct cell cells[TABLE_COLUMNS_MAX];
    struct line line;
    const struct row *row;
    table.out = out;
    table.colour = report->options.colour;
    for (size_t i = 0; (row = topk_at(&report->rows, i)); i++)
        for (int role = 0; role < 2; role++) {
            make_cells(row, role, &line, cells);
            table_measure(&table, cells);
        }
    /* IPv6 addresses too wide for the terminal get a line of their own */
    unsigned others = 3 + 12 + 4 + 4 + 17 + 7 + 6;
    unsigned most = report->options.width > others + 23 ? report->options.width - others : 23;
    if (table.column[1].width > most)
        table.column[1].width = most;

    heading_write(out, report->options.colour, "CONNECTIONS, the most telling first");
    table_heading(&table);
    for (size_t i = 0; (row = topk_at(&report->rows, i)); i++)
        for (int role = 0; role < 2; role++) {
            make_cells(row, role, &line, cells);
            table_row(&table, cells);
        }
    wrap_write(
        out,
        "# is tcp.stream in Wireshark; data: payload bytes sent; retr: segments sent again. "
        "End state: + confirmed by what it sent later, ? assumed, ~ by a timer, else observed.",
        0, 0, report->options.width);
    if (report->rows.offered > report->rows.count)
        fprintf(out, "%s of %s connections shown; --rows 0 shows all.\n",
                format_count(report->rows.count).s, format_count(report->rows.offered).s);
}

static bool is_figure(const char *word, size_t length)
{
    static const char *const units[] = {"s", "ms", "us", "ns"};
    length -= length > 0 && strchr(".,:", word[length - 1]);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (length == strlen(units[i]) && strncmp(word, units[i], length) == 0)
            return true;
    return isdigit((unsigned char)*word);
}

/* The next word that is neither a number nor its unit; its length, 0 at the end. */
static size_t next_word(const char **at)
{
    size_t length = 0;
    do {
        *at += length + strspn(*at + length, " ");
        length = strcspn(*at, " ");
    } while (length && is_figure(*at, length));
    return length;
}

static bool same_words(const char *a, const char *b)
{
    for (;;) {
        size_t length = next_word(&a);
        if (next_word(&b) != length || strncmp(a, b, length) != 0)
            return false;
        if (!length)
            return true;
        a += length;
        b += length;
    }
}

/* Rows that say the same of the same server, but for the figures, share a sentence. */
static bool same_story(const struct row *a, const struct row *b)
{
    return same_words(a->sentence, b->sentence) && strcmp(a->side[1].name.s, b->side[1].name.s) == 0;
}

static void write_sentences(const struct report *report)
{
    FILE *out = report->options.out;
    size_t rows = report->rows.count < SENTENCES_MAX ? report->rows.count : SENTENCES_MAX;
    bool first = true;
    for (size_t i = 0; i < rows; i++) {
        const struct row *row = topk_at(&report->rows, i);
        size_t before = 0, alike = 1;
        if (tcptwin_outcome_rank((enum tcptwin_outcome)row->outcome) < RANK_INTERESTING)
            break;
        while (before < i && !same_story(topk_at(&report->rows, before), row))
            before++;
        if (before < i)
            continue;
        for (size_t j = i + 1; j < rows; j++)
            alike += same_story(topk_at(&report->rows, j), row);
        if (first)
            heading_write(out, report->options.colour, "WHAT HAPPENED");
        first = false;
        struct text number = format_printf("%3llu ", (unsigned long long)row->stream);
        struct text more =
            alike > 1 ? format_printf(", and %zu more of its kind", alike - 1) : format_copy("");
        char server[2 * sizeof(struct text)];
        snprintf(server, sizeof(server), "%s%s", row->side[1].name.s, more.s);
        fputs(number.s, out);
        pair_write(out, (unsigned)strlen(number.s), row->side[0].name.s, " > ", server, 4,
                   report->options.width);
        indent_write(out, 4);
        wrap_write(out, row->sentence, 4, 4, report->options.width);
    }
}

static void write_anomaly(const struct report *report, unsigned anomaly)
{
    const struct totals *totals = &report->findings.totals;
    FILE *out = report->options.out;
    bool colour = report->options.colour;
    const struct tcptwin_word *word = tcptwin_anomaly_word((enum tcptwin_anomaly)anomaly);
    enum tcptwin_severity severity = tcptwin_anomaly_severity((enum tcptwin_anomaly)anomaly);
    uint64_t connections = totals->anomaly_connections[anomaly];
    fprintf(out, "  ");
    ink_write(out, colour, severity_ink(severity),
              format_printf("%-6s", tcptwin_severity_name(severity)).s);
    fprintf(out, " %9sx on %s connection%s  ", format_count(totals->anomaly[anomaly]).s,
            format_count(connections).s, plural(connections));
    ink_write(out, colour, INK_BOLD, word->name);
    fprintf(out, "\n         ");
    wrap_write(out, word->text, 9, 9, report->options.width);
}

/* Anomalies of one severity, the most frequent first. */
static void write_severity(const struct report *report, enum tcptwin_severity severity)
{
    const struct totals *totals = &report->findings.totals;
    bool done[TCPTWIN_ANOMALY_COUNT] = {false};
    for (;;) {
        int best = -1;
        for (int i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
            if (!done[i] && totals->anomaly[i] &&
                tcptwin_anomaly_severity((enum tcptwin_anomaly)i) == severity &&
                (best < 0 || totals->anomaly[i] > totals->anomaly[best]))
                best = i;
        if (best < 0)
            return;
        done[best] = true;
        write_anomaly(report, (unsigned)best);
    }
}

static void write_anomalies(const struct report *report)
{
    FILE *out = report->options.out;
    heading_write(out, report->options.colour, "ANOMALIES, the gravest first");
    if (totals_anomalies(&report->findings.totals) == 0) {
        fprintf(out, "  none\n");
        return;
    }
    for (int severity = TCPTWIN_SEVERITY_COUNT - 1; severity >= 0; severity--)
        write_severity(report, (enum tcptwin_severity)severity);
    wrap_write(out,
               "`tcptwin explain CODE` says what to do; `tcptwin anomalies` says on which "
               "connections; `tcptwin timeline` shows every state.",
               0, 0, report->options.width);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    quality_write(&report->options, summary, &report->findings.totals);
    if (report->findings.totals.connections) {
        topk_sort(&report->rows);
        findings_judge(&report->findings, summary);
        finding_rows_write(&report->options, &report->findings, FINDINGS_SHOWN);
        write_outcomes(report);
        write_connections(report);
        write_sentences(report);
        write_anomalies(report);
    } else {
        nothing_write(&report->options, summary);
    }
    fflush(report->options.out);
}

static struct report *open_overview(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    findings_init(&report->findings);
    report->rows.row_size = sizeof(struct row);
    report->rows.limit = options->max_rows;
    report->rows.compare = compare_rows;
    return report;
}

static void close_overview(struct report *report)
{
    topk_free(&report->rows);
    findings_free(&report->findings);
    free(report);
}

const struct report_kind report_overview = {
    .name = "report",
    .help = "the capture's quality, connections with both end states, anomalies (default)",
    .open = open_overview,
    .event = event,
    .enough = enough,
    .finish = finish,
    .close = close_overview,
};

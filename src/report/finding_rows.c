/* finding_rows.c - findings on paper: the report `findings`, and the section on top of `report`
 *
 * A finding is a line with severity, confidence and code, and a sentence. The report adds the evidence,
 * what to do, and what would show that it is not so.
 */
#include "finding_rows.h"
#include "kinds.h"
#include "layout.h"
#include "quality.h"

#include <stdlib.h>

struct report {
    struct report_options options;
    struct findings findings;
};

static void write_head(const struct report_options *options, const struct finding *finding,
                       unsigned indent)
{
    char sentence[FINDING_SENTENCE_SIZE];
    enum tcptwin_severity severity = tcptwin_finding_severity((enum tcptwin_finding)finding->code);
    indent_write(options->out, indent);
    ink_write(options->out, options->colour, severity_ink(severity),
              format_printf("%-6s", tcptwin_severity_name(severity)).s);
    fprintf(options->out, " %3u%% sure  ", finding->confidence);
    ink_write(options->out, options->colour, INK_BOLD,
              tcptwin_finding_word((enum tcptwin_finding)finding->code)->name);
    putc('\n', options->out);
    sentence_write(sentence, finding);
    indent_write(options->out, indent + 7);
    wrap_write(options->out, sentence, indent + 7, indent + 7, options->width);
}

void finding_rows_write(const struct report_options *options, const struct findings *findings,
                        size_t most)
{
    if (!findings->count)
        return;
    heading_write(options->out, options->colour, "FINDINGS, the gravest first");
    for (size_t i = 0; i < findings->count && i < most; i++)
        write_head(options, &findings->list[i], 2);
    if (findings->count > most)
        fprintf(options->out, "  and %s more.\n", format_count(findings->count - most).s);
    fprintf(options->out, "`tcptwin findings` has the evidence, and says what to do.\n");
}

static void labelled(const struct report_options *options, const char *label, const char *text)
{
    fprintf(options->out, "  %-9s", label);
    wrap_write(options->out, text, 11, 11, options->width);
}

static void write_evidence(const struct report_options *options, const struct finding *finding)
{
    const struct evidence *evidence = &finding->evidence;
    unsigned examples = evidence_examples(evidence);
    char line[WRAP_SIZE];
    size_t used = 0;
    if (!evidence->connections)
        return;
    for (unsigned i = 0; i < examples; i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s#%llu",
                                 i ? ", " : evidence->connections == 1 ? "connection " : "connections ",
                                 (unsigned long long)evidence->stream[i]);
    if (evidence->connections > examples)
        used += (size_t)snprintf(line + used, sizeof(line) - used, " and %s more",
                                 format_count(evidence->connections - examples).s);
    if (evidence->last_frame > evidence->first_frame)
        snprintf(line + used, sizeof(line) - used, "; frames %llu to %llu",
                 (unsigned long long)evidence->first_frame, (unsigned long long)evidence->last_frame);
    else
        snprintf(line + used, sizeof(line) - used, "; frame %llu",
                 (unsigned long long)evidence->first_frame);
    labelled(options, "evidence", line);
}

static void write_finding(const struct report_options *options, const struct finding *finding)
{
    enum tcptwin_finding code = (enum tcptwin_finding)finding->code;
    putc('\n', options->out);
    write_head(options, finding, 0);
    write_evidence(options, finding);
    labelled(options, "to do", tcptwin_finding_word(code)->advice);
    labelled(options, "unless", tcptwin_finding_unless(code));
}

/* What is counted, but found no room to be looked at. */
static void write_unplaced(const struct report *report)
{
    FILE *out = report->options.out;
    for (unsigned i = 0; i < TCPTWIN_FINDING_COUNT; i++)
        if (report->findings.unplaced[i])
            fprintf(out, "\nNot looked at for want of room: %s connection%s with signs of %s.\n",
                    format_count(report->findings.unplaced[i]).s, plural(report->findings.unplaced[i]),
                    tcptwin_finding_word((enum tcptwin_finding)i)->name);
}

/* It is counted, and shows nothing. */
static bool enough(const struct report *report, const struct tcptwin_connection *brief)
{
    (void)report, (void)brief;
    return true;
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    if (event->kind == TCPTWIN_EVENT_CONNECTION)
        findings_add(&report->findings, event->connection);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    const struct report_options *options = &report->options;
    const struct findings *findings = &report->findings;
    findings_judge(&report->findings, summary);
    if (!nothing_write(options, summary)) {
        size_t shown = options->max_rows && options->max_rows < findings->count
                           ? (size_t)options->max_rows
                           : findings->count;
        fprintf(options->out, "%s finding%s in %s connection%s%s\n", format_count(findings->count).s,
                plural(findings->count), format_count(findings->totals.connections).s,
                plural(findings->totals.connections), findings->count ? ", the gravest first" : "");
        for (size_t i = 0; i < shown; i++)
            write_finding(options, &findings->list[i]);
        if (shown < findings->count)
            putc('\n', options->out);
        cut_write(options->out, findings->count - shown, "finding", "");
        write_unplaced(report);
    }
    fflush(options->out);
}

static struct report *open_findings(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    findings_init(&report->findings);
    return report;
}

static void close_findings(struct report *report)
{
    findings_free(&report->findings);
    free(report);
}

const struct report_kind report_findings = {
    .name = "findings",
    .help = "diagnoses: what is wrong, on which side, with the evidence, and what to do",
    .open = open_findings,
    .event = event,
    .enough = enough,
    .finish = finish,
    .close = close_findings,
};

/* quality.c - the first block of the text reports: what was read, and how good it is
 *
 * Whatever is wrong with the capture is said before anything that depends on it. Each oddity is a
 * row: what, and how many; rows with 0 are not printed.
 */
#include "quality.h"
#include "format.h"
#include "layout.h"

#include <string.h>

enum { INPUTS_SHOWN = 5 };

static void label(const struct report_options *options, const char *text)
{
    fprintf(options->out, "  %-10s", text);
}

/* The link types of all inputs, each once, in the order met. */
static void write_link_types(FILE *out, const struct report_summary *summary)
{
    for (size_t i = 0; i < summary->input_count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = strcmp(summary->inputs[j].link_type, summary->inputs[i].link_type) == 0;
        if (seen)
            continue;
        fputs(i ? ", " : "", out);
        safe_write(out, summary->inputs[i].link_type);
        if (i >= 64)
            break; /* thousands of files: the comparison above must not take for ever */
    }
}

static void write_inputs(const struct report_options *options, const struct report_summary *summary)
{
    FILE *out = options->out;
    size_t shown = 0, damaged_left = 0;
    char message[1024];
    for (size_t i = 0; i < summary->input_count; i++) {
        const struct report_input *input = &summary->inputs[i];
        if (shown >= INPUTS_SHOWN && (!input->damaged || shown >= 4 * INPUTS_SHOWN)) {
            damaged_left += input->damaged;
            continue;
        }
        label(options, shown++ ? "" : "input");
        char details[128];
        safe_copy(message, sizeof(message), input->name);
        snprintf(details, sizeof(details), "(%.40s%s%.60s)", input->format,
                 *input->format && *input->link_type ? ", " : "", format_copy(input->link_type).s);
        pair_write(out, 12, message, " ", details, 14, options->width);
        if (input->damaged && *input->message) {
            label(options, "");
            ink_write(out, options->colour, INK_RED, "damaged: ");
            safe_copy(message, sizeof(message), input->message);
            wrap_write(out, message, 21, 14, options->width);
        }
    }
    if (shown < summary->input_count) {
        label(options, "");
        fprintf(out, "and %zu more", summary->input_count - shown);
        if (damaged_left)
            fprintf(out, ", %zu of them damaged", damaged_left);
        putc('\n', out);
    }
    if (summary->filter) {
        label(options, "filter");
        safe_write(out, summary->filter);
        putc('\n', out);
    }
}

static void write_packets(const struct report_options *options,
                          const struct report_summary *summary, const struct totals *totals)
{
    FILE *out = options->out;
    label(options, "packets");
    fprintf(out, "%s", format_count(summary->packets).s);
    if (summary->packets_matched != summary->packets)
        fprintf(out, ", %s match the filter", format_count(summary->packets_matched).s);
    fprintf(out, ", %s TCP, %s connection%s\n", format_count(summary->tcp_packets).s,
            format_count(totals->connections).s, plural(totals->connections));
    if (!summary->core.segments && !summary->core.icmp_errors)
        return;
    uint64_t first = summary->core.first_ts_ns, last = summary->core.last_ts_ns;
    label(options, "time");
    fprintf(out, "%s, for %s\n", format_time_short(first).s,
            format_duration(last > first ? last - first : 0).s);
}

static void odd(const struct report_options *options, bool *first, uint64_t count, const char *text)
{
    char line[256];
    if (!count)
        return;
    snprintf(line, sizeof(line), "%s: %s", text, format_count(count).s);
    label(options, *first ? "odd" : "");
    wrap_write(options->out, line, 12, 14, options->width);
    *first = false;
}

static void write_odd(const struct report_options *options, const struct report_summary *s,
                      const struct totals *totals)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {s->dropped_kernel, "packets dropped by the kernel, its buffer being too small (-B)"},
        {s->dropped_interface, "packets dropped by the interface"},
        {totals->with_gap, "connections with bytes acknowledged that were never captured"},
        {totals->lost_before_tap, "segments sent again that were lost on the way to the capture point"},
        {totals->lost_after_tap,
         "segments sent again that were lost behind the capture point, or their acknowledgment was"},
        {totals->one_direction, "connections of which only one direction was captured"},
        {totals->midstream, "connections that were open before the capture began"},
        {s->notes_truncated, "segments cut within the TCP header (capture with -s 96 or more)"},
        {s->decode_counts[TCPTWIN_DECODE_TRUNCATED],
         "packets cut before the TCP flags, so not usable"},
        {s->notes_bad_checksum, "segments with a wrong checksum"},
        {totals->offload, "connections captured on the sending host itself (offload), where wrong "
                          "checksums and oversized segments are normal"},
        {totals->duplicates, "packets captured twice"},
        {s->core.time_regressions, "packets with a time before their predecessor's"},
        {s->decode_counts[TCPTWIN_DECODE_FRAGMENT], "IP fragments"},
        {s->decode_counts[TCPTWIN_DECODE_MALFORMED_LINK] +
             s->decode_counts[TCPTWIN_DECODE_MALFORMED_IP] +
             s->decode_counts[TCPTWIN_DECODE_MALFORMED_TCP] +
             s->decode_counts[TCPTWIN_DECODE_TOO_DEEP],
         "packets whose headers make no sense"},
        {s->core.evicted, "connections ended early because the memory limit was reached"},
        {s->core.refused_segments, "segments not followed for want of memory"},
    };
    bool first = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        odd(options, &first, rows[i].count, rows[i].text);
}

void quality_write(const struct report_options *options, const struct report_summary *summary,
                   const struct totals *totals)
{
    static const struct {
        const char *text;
        enum ink ink;
    } verdicts[] = {
        [CAPTURE_GOOD] = {"good", INK_GREEN},
        [CAPTURE_TRUNCATED] = {"truncated: what was cut off is missing below", INK_YELLOW},
        [CAPTURE_LOSSY] = {"lossy: the capture missed packets; counts are lower bounds", INK_RED},
        [CAPTURE_ONE_WAY] = {"one way: the other side's states are inferred from acknowledgments",
                             INK_YELLOW},
        [CAPTURE_DISORDERED] = {"disordered: times run back by ", INK_RED},
    };
    enum capture_verdict verdict = totals_verdict(totals, summary);
    ink_write(options->out, options->colour, INK_BOLD, "CAPTURE");
    putc('\n', options->out);
    write_inputs(options, summary);
    write_packets(options, summary, totals);
    if (summary->tcp_packets) {
        label(options, "verdict");
        ink_write(options->out, options->colour, verdicts[verdict].ink, verdicts[verdict].text);
        if (verdict == CAPTURE_DISORDERED)
            fprintf(options->out, "%s; files that overlap?", format_duration(summary->back_ns).s);
        putc('\n', options->out);
    }
    write_odd(options, summary, totals);
    if (summary->interrupted) {
        label(options, "");
        fprintf(options->out, "interrupted: connections still open then are shown as they stood\n");
    }
}

bool nothing_write(const struct report_options *options, const struct report_summary *summary)
{
    FILE *out = options->out;
    if (summary->tcp_packets)
        return false;
    fprintf(out, "0 TCP packets of %s", format_count(summary->packets_matched).s);
    if (summary->packets_matched != summary->packets)
        fprintf(out, " that match the filter (%s in all)", format_count(summary->packets).s);
    if (summary->input_count) {
        fprintf(out, "; link type ");
        write_link_types(out, summary);
    }
    putc('\n', out);
    return true;
}

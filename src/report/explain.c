/* explain.c - the verb `explain`: any word of the reports in plain words
 *
 * A word may stand in several sets ("midstream" is an outcome and an anomaly): all are printed.
 * States come with the transitions that lead there and away, straight from the machine's table.
 */
#include "format.h"
#include "layout.h"
#include "report.h"

#include <string.h>

struct page {
    FILE *out;
    unsigned width;
    bool colour;
};

static void paragraph(const struct page *page, const char *label, const char *text)
{
    if (!*text)
        return;
    fprintf(page->out, "  %-9s", label);
    wrap_write(page->out, text, 11, 11, page->width);
}

static const char *kind_text(const char *kind)
{
    static const char *const kinds[][2] = {{"state", "state of an endpoint"},
                                           {"basis", "how a claim is known"},
                                           {"trigger", "what moves an endpoint"},
                                           {"outcome", "outcome of a connection"},
                                           {"anomaly", "anomaly"},
                                           {"finding", "diagnosis"},
                                           {"app_error", "what an application was told"},
                                           {"profile", "profile of an operating system"},
                                           {"decode", "what a frame turned out to be"},
                                           {"fate", "what became of datagrams"}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i][0], kind) == 0)
            return kinds[i][1];
    return kind;
}

static void write_rule(const struct page *page, const struct tcptwin_row *row)
{
    struct text head = format_printf("    %s -> %s, %s: ", state_label(row->from),
                                     state_label(row->to), tcptwin_trigger_word(row->event)->name);
    fputs(head.s, page->out);
    wrap_write(page->out, row->sentence, (unsigned)strlen(head.s), 8, page->width);
}

enum rule_side { RULE_FROM, RULE_TO, RULE_EVENT };

static void write_rules(const struct page *page, const char *title, enum rule_side side,
                        unsigned value)
{
    const struct tcptwin_row *row;
    bool first = true;
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
        unsigned own[] = {row->from, row->to, row->event};
        if (own[side] != value)
            continue;
        if (first)
            fprintf(page->out, "  %s\n", title);
        first = false;
        write_rule(page, row);
    }
}

static void write_anomaly(const struct page *page, const struct tcptwin_word *word)
{
    for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        if (tcptwin_anomaly_word((enum tcptwin_anomaly)i) == word) {
            paragraph(page, "category",
                      tcptwin_category_name(tcptwin_anomaly_category((enum tcptwin_anomaly)i)));
            paragraph(page, "severity",
                      tcptwin_severity_name(tcptwin_anomaly_severity((enum tcptwin_anomaly)i)));
        }
}

static void write_finding(const struct page *page, const struct tcptwin_word *word)
{
    for (unsigned i = 0; i < TCPTWIN_FINDING_COUNT; i++)
        if (tcptwin_finding_word((enum tcptwin_finding)i) == word) {
            paragraph(page, "unless", tcptwin_finding_unless((enum tcptwin_finding)i));
            paragraph(page, "severity",
                      tcptwin_severity_name(tcptwin_finding_severity((enum tcptwin_finding)i)));
        }
}

static void write_mark(const struct page *page, const struct tcptwin_word *word)
{
    for (unsigned i = 0; i < TCPTWIN_BASIS_COUNT; i++)
        if (tcptwin_basis_word((enum tcptwin_basis)i) == word) {
            char mark[] = {tcptwin_basis_mark((enum tcptwin_basis)i), '\0'};
            paragraph(page, "mark", mark[0] == ' ' ? "none" : mark);
        }
}

static void write_timers(const struct page *page, const struct tcptwin_word *word)
{
    for (unsigned i = 0; i < TCPTWIN_PROFILE_COUNT; i++)
        if (tcptwin_profile_word((enum tcptwin_profile)i) == word) {
            struct tcptwin_timers t = tcptwin_profile_timers((enum tcptwin_profile)i);
            const struct {
                const char *label;
                unsigned seconds;
            } rows[] = {{"TIME-WAIT ends", t.time_wait_s},
                        {"FIN-WAIT-2 of a closed socket ends", t.fin_wait_2_s},
                        {"SYN-SENT gives up", t.syn_give_up_s},
                        {"SYN-RECEIVED gives up", t.syn_received_give_up_s},
                        {"Unanswered data or FIN gives up", t.retransmit_give_up_s}};
            for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
                paragraph(page, j ? "" : "timers",
                          rows[j].seconds
                              ? format_printf("%s after %u s", rows[j].label, rows[j].seconds).s
                              : format_printf("%s: never", rows[j].label).s);
        }
}

static void write_machine(const struct page *page, const struct tcptwin_word *word)
{
    for (unsigned i = 0; i < TCPTWIN_STATE_COUNT; i++)
        if (tcptwin_state_word((enum tcptwin_state)i) == word) {
            write_rules(page, "how it is reached:", RULE_TO, i);
            write_rules(page, "how it is left:", RULE_FROM, i);
        }
    for (unsigned i = 0; i < TCPTWIN_EV_COUNT; i++)
        if (tcptwin_trigger_word((enum tcptwin_machine_event)i) == word)
            write_rules(page, "what it moves:", RULE_EVENT, i);
}

static void write_word(const struct page *page, const struct tcptwin_word *word)
{
    bool other_label = strcmp(word->label, word->name) != 0 && strcmp(word->label, "?") != 0;
    ink_write(page->out, page->colour, INK_BOLD, other_label ? word->label : word->name);
    if (other_label)
        fprintf(page->out, " (%s)", word->name);
    fprintf(page->out, ": %s\n", kind_text(word->kind));
    paragraph(page, "what", word->text);
    paragraph(page, "to do", word->advice);
    paragraph(page, "see", word->reference);
    write_anomaly(page, word);
    write_finding(page, word);
    write_mark(page, word);
    write_timers(page, word);
    write_machine(page, word);
}

static void write_list(const struct page *page)
{
    const struct tcptwin_word *word;
    const char *kind = "";
    for (size_t i = 0; (word = tcptwin_word_at(i)); i++) {
        if (!*word->name)
            continue;
        if (strcmp(kind, word->kind) != 0) {
            fputs(*kind ? "\n" : "", page->out);
            ink_write(page->out, page->colour, INK_BOLD,
                      format_printf("%s:", kind_text(word->kind)).s);
            putc('\n', page->out);
            kind = word->kind;
        }
        struct text head = format_printf("  %-22s ", word->name);
        fputs(head.s, page->out);
        wrap_write(page->out, word->text, (unsigned)strlen(head.s), 25, page->width);
    }
}

bool report_explain(FILE *out, const char *word, unsigned width, bool colour)
{
    struct page page = {out, width, colour};
    bool found = false;
    if (!word) {
        write_list(&page);
        return true;
    }
    for (size_t i = tcptwin_word_find(word, 0); i != (size_t)-1;
         i = tcptwin_word_find(word, i + 1)) {
        fputs(found ? "\n" : "", out);
        write_word(&page, tcptwin_word_at(i));
        found = true;
    }
    return found;
}

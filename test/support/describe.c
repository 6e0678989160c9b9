/* describe.c - the lists of words as docs/vocabulary.md
 *
 * Usage: describe > docs/vocabulary.md   write it
 *        describe docs/vocabulary.md     compare: exit code 1 if the file is stale
 */
#define _POSIX_C_SOURCE 200809L
#include "tcptwin/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_cell(FILE *out, const char *text)
{
    fputc(' ', out);
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputs(" |", out);
}

static void put_code(FILE *out, const char *text)
{
    fprintf(out, text[0] ? " `%s` |" : " |", text);
}

/* A row of a table: '`' cells are code, ' ' cells are text; ends with a NULL. */
struct cell {
    char kind;
    const char *text;
};
static void put_row(FILE *out, const struct cell *cells, size_t count)
{
    fputc('|', out);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].kind == '`')
            put_code(out, cells[i].text);
        else
            put_cell(out, cells[i].text);
    }
    fputc('\n', out);
}
#define ROW(out_, ...)                                                                             \
    put_row(out_, (const struct cell[]){__VA_ARGS__},                                              \
            sizeof(const struct cell[]){__VA_ARGS__} / sizeof(struct cell))

static void put_head(FILE *out, const char *title, const char *text, const char *columns)
{
    fprintf(out, "\n## %s\n\n%s\n\n|", title, text);
    const char *rest = columns;
    for (; *rest; rest++)
        fputc(*rest, out);
    fputs("|\n|", out);
    for (rest = columns; *rest; rest++)
        if (*rest == '|')
            fputs("---|", out);
    fputs("---|\n", out);
}

static void put_states(FILE *out)
{
    put_head(out, "States",
             "Of one endpoint. JSON has the name (OpenTelemetry's `network.connection.state`, and "
             "`unknown`), tables the label.",
             " name | label | reference | meaning | if it lasts ");
    for (unsigned i = 0; i < TCPTWIN_STATE_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_state_word((enum tcptwin_state)i);
        ROW(out, {'`', word->name}, {' ', word->label}, {' ', word->reference}, {' ', word->text},
            {' ', word->advice});
    }
}

static void put_bases(FILE *out)
{
    put_head(out, "Basis",
             "How a transition is known, from the strongest to the weakest. The mark stands beside "
             "a state in narrow tables.",
             " name | mark | meaning ");
    for (unsigned i = 0; i < TCPTWIN_BASIS_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_basis_word((enum tcptwin_basis)i);
        char mark[2] = {tcptwin_basis_mark((enum tcptwin_basis)i), '\0'};
        ROW(out, {'`', word->name}, {'`', mark[0] == ' ' ? "" : mark}, {' ', word->text});
    }
}

static void put_triggers(FILE *out)
{
    put_head(out, "Triggers", "What happens to one endpoint.", " trigger | meaning ");
    for (unsigned i = 0; i < TCPTWIN_EV_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_trigger_word((enum tcptwin_machine_event)i);
        ROW(out, {'`', word->name}, {' ', word->text});
    }
}

static void put_transitions(FILE *out)
{
    put_head(out, "Transitions",
             "The state machine of one endpoint. What is not listed moves nobody. `assumed` "
             "becomes `confirmed`\n"
             "when what the endpoint sends later proves it.",
             " from | trigger | to | basis | reference | why ");
    const struct tcptwin_row *row;
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++)
        ROW(out, {' ', tcptwin_state_word(row->from)->label},
            {'`', tcptwin_trigger_word(row->event)->name},
            {' ', tcptwin_state_word(row->to)->label}, {'`', tcptwin_basis_word(row->basis)->name},
            {' ', row->reference}, {' ', row->sentence});
}

static void put_outcomes(FILE *out)
{
    put_head(
        out, "Outcomes",
        "How a connection stood at its end. A report that must cut shows the higher rank first.",
        " name | rank | meaning | what to do ");
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_outcome_word((enum tcptwin_outcome)i);
        char rank[16];
        snprintf(rank, sizeof rank, "%d", tcptwin_outcome_rank((enum tcptwin_outcome)i));
        ROW(out, {'`', word->name}, {' ', rank}, {' ', word->text}, {' ', word->advice});
    }
}

static void put_anomalies(FILE *out)
{
    put_head(out, "Anomalies", "Everything odd that is reported; a code is stable for ever.",
             " code | category | severity | reference | meaning | what to do ");
    for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++) {
        enum tcptwin_anomaly anomaly = (enum tcptwin_anomaly)i;
        const struct tcptwin_word *word = tcptwin_anomaly_word(anomaly);
        ROW(out, {'`', word->name}, {' ', tcptwin_category_name(tcptwin_anomaly_category(anomaly))},
            {' ', tcptwin_severity_name(tcptwin_anomaly_severity(anomaly))}, {' ', word->reference},
            {' ', word->text}, {' ', word->advice});
    }
}

static void put_findings(FILE *out)
{
    put_head(out, "Findings",
             "Diagnoses, of one connection or of many. The words in braces are filled in.",
             " code | severity | sentence | what to do | unless ");
    for (unsigned i = 0; i < TCPTWIN_FINDING_COUNT; i++) {
        enum tcptwin_finding finding = (enum tcptwin_finding)i;
        const struct tcptwin_word *word = tcptwin_finding_word(finding);
        ROW(out, {'`', word->name}, {' ', tcptwin_severity_name(tcptwin_finding_severity(finding))},
            {' ', tcptwin_finding_sentence(finding)}, {' ', word->advice},
            {' ', tcptwin_finding_unless(finding)});
    }
}

/* Names of other tools, from elsewhere.def. */
static void put_elsewhere(FILE *out)
{
    static const struct {
        const char *tool, *names;
        int ours; /* enum tcptwin_anomaly; below 0: none */
        const char *kind, *text;
    } rows[] = {
#define SAME(tool_, names_, id_) {tool_, names_, TCPTWIN_ANOMALY_##id_, "", ""},
#define COUNTED(tool_, names_, where_) {tool_, names_, -1, "counted: ", where_},
#define LEFT_OUT(tool_, names_, why_) {tool_, names_, -1, "left out: ", why_},
#include "elsewhere.def"
    };
    put_head(out, "What others call it",
             "The nearest anomaly here; rules differ in detail, as here both endpoints' states decide.",
             " tool | its name | here ");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char here[256];
        if (rows[i].ours >= 0)
            snprintf(here, sizeof here, "`%s`",
                     tcptwin_anomaly_word((enum tcptwin_anomaly)rows[i].ours)->name);
        else
            snprintf(here, sizeof here, "%s%s", rows[i].kind, rows[i].text);
        ROW(out, {' ', rows[i].tool}, {' ', rows[i].names}, {' ', here});
    }
}

static void put_app_errors(FILE *out)
{
    put_head(out, "Application errors", "What the application on one side was told at the end.",
             " name | meaning ");
    for (unsigned i = 0; i < TCPTWIN_APP_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_app_error_word((enum tcptwin_app_error)i);
        ROW(out, {'`', word->name}, {' ', word->text});
    }
}

static void put_profiles(FILE *out)
{
    put_head(out, "Profiles",
             "Timers of operating systems, seconds; 0: no such timer. A profile only ever makes "
             "transitions with basis `timer`.",
             " name | TIME-WAIT | FIN-WAIT-2 | SYN-SENT | SYN-RECEIVED | data, FIN | meaning ");
    for (unsigned i = 0; i < TCPTWIN_PROFILE_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_profile_word((enum tcptwin_profile)i);
        struct tcptwin_timers timers = tcptwin_profile_timers((enum tcptwin_profile)i);
        unsigned seconds[] = {timers.time_wait_s, timers.fin_wait_2_s, timers.syn_give_up_s,
                              timers.syn_received_give_up_s, timers.retransmit_give_up_s};
        char text[5][16];
        for (unsigned k = 0; k < 5; k++)
            snprintf(text[k], sizeof text[k], "%u", seconds[k]);
        ROW(out, {'`', word->name}, {' ', text[0]}, {' ', text[1]}, {' ', text[2]}, {' ', text[3]}, {' ', text[4]},
            {' ', word->text});
    }
}

static void put_decode_results(FILE *out)
{
    put_head(
        out, "Decode results",
        "What one captured frame turned out to be. Every frame gets exactly one, and is counted.",
        " name | meaning ");
    for (unsigned i = 0; i < TCPTWIN_DECODE_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_decode_word((enum tcptwin_decode_result)i);
        ROW(out, {'`', word->name}, {' ', word->text});
    }
}

static void put_fates(FILE *out)
{
    put_head(out, "Fates of datagrams",
             "What became of a conversation of UDP, or of pings (`tcptwin datagrams`), the most telling "
             "first by rank.",
             " name | rank | meaning | what to do ");
    for (unsigned i = 0; i < TCPTWIN_FATE_COUNT; i++) {
        const struct tcptwin_word *word = tcptwin_fate_word((enum tcptwin_fate)i);
        char rank[16];
        snprintf(rank, sizeof rank, "%d", tcptwin_fate_rank((enum tcptwin_fate)i));
        ROW(out, {'`', word->name}, {' ', rank}, {' ', word->text}, {' ', word->advice});
    }
}

static void describe(FILE *out)
{
    fputs("<!-- made from include/tcptwin/*.def by the target docs-update; do not edit -->\n"
          "# Vocabulary\n\n"
          "Every closed set of words that reports use. `tcptwin explain WORD` says the same of "
          "one.\n",
          out);
    put_states(out);
    put_bases(out);
    put_triggers(out);
    put_transitions(out);
    put_outcomes(out);
    put_anomalies(out);
    put_findings(out);
    put_app_errors(out);
    put_profiles(out);
    put_decode_results(out);
    put_fates(out);
    put_elsewhere(out);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        describe(stdout);
        return fflush(stdout) || ferror(stdout) ? 1 : 0;
    }
    char *want = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&want, &size), *file = fopen(argv[1], "r");
    if (!memory)
        return 2;
    describe(memory);
    fclose(memory);
    char *have = calloc(1, size + 2);
    size_t length = have && file ? fread(have, 1, size + 1, file) : 0;
    bool same = have && length == size && memcmp(have, want, size) == 0;
    if (!same)
        fprintf(stderr, "%s is not what include/tcptwin/*.def says: build the target docs-update\n",
                argv[1]);
    if (file)
        fclose(file);
    free(have);
    free(want);
    return same ? 0 : 1;
}

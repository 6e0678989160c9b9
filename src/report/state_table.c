/* state_table.c - see state_table.h */
#include "state_table.h"
#include "json_put.h"

#include <string.h>

/* In the order of a socket's life; the titles are short, for ten of them stand side by side, and there is a
 * shorter one where they do not fit. */
static const struct {
    uint8_t state;
    const char *title, *brief;
} columns[] = {
    {TCPTWIN_STATE_LISTEN, "LISTEN", "LIS"},      {TCPTWIN_STATE_SYN_SENT, "SYN-S", "SS"},
    {TCPTWIN_STATE_SYN_RECEIVED, "SYN-R", "SR"},  {TCPTWIN_STATE_ESTABLISHED, "ESTAB", "EST"},
    {TCPTWIN_STATE_FIN_WAIT_1, "FIN-1", "FW1"},   {TCPTWIN_STATE_FIN_WAIT_2, "FIN-2", "FW2"},
    {TCPTWIN_STATE_CLOSE_WAIT, "CLOSE-W", "CW"},  {TCPTWIN_STATE_CLOSING, "CLOSING", "CLO"},
    {TCPTWIN_STATE_LAST_ACK, "LAST-A", "LA"},     {TCPTWIN_STATE_TIME_WAIT, "TIME-W", "TW"},
    {TCPTWIN_STATE_UNKNOWN, "unknown", "?"},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], HOST_WIDTH_LEAST = 15 };

uint64_t state_counts_sum(const struct state_counts *counts)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TCPTWIN_STATE_COUNT; i++)
        sum += counts->of[i];
    return sum;
}

void state_counts_add(struct state_counts *sum, const struct state_counts *counts)
{
    for (unsigned i = 0; i < TCPTWIN_STATE_COUNT; i++)
        sum->of[i] += counts->of[i];
}

static void widen(unsigned *width, const char *text)
{
    unsigned length = (unsigned)strlen(text);
    *width = length > *width ? length : *width;
}

void state_table_measure(struct state_table *table, const struct state_line *line)
{
    widen(&table->time_width, line->time);
    widen(&table->host_width, line->host);
    widen(&table->all_width, format_count(state_counts_sum(line->counts)).s);
    for (unsigned i = 0; i < TCPTWIN_STATE_COUNT; i++)
        if (line->counts->of[i])
            widen(&table->width[i], format_count(line->counts->of[i]).s);
}

/* With long titles, or with brief ones. Return: how wide a line is. */
static unsigned make_table(const struct state_table *states, bool brief, struct table *table)
{
    unsigned used = 0;
    *table = (struct table){.out = states->options->out, .colour = states->options->colour};
    if (states->time_width)
        table->column[table->columns++] =
            (struct table_column){"Time", true, states->time_width < 4 ? 4 : states->time_width};
    table->column[table->columns++] = (struct table_column){"Host", false, states->host_width};
    table->column[table->columns++] = (struct table_column){"all", true, states->all_width};
    for (unsigned i = 0; i < COLUMNS; i++)
        if (states->width[columns[i].state])
            table->column[table->columns++] = (struct table_column){brief ? columns[i].brief : columns[i].title, true,
                                                                    states->width[columns[i].state]};
    for (size_t i = 0; i < table->columns; i++) {
        widen(&table->column[i].width, table->column[i].title);
        used += table->column[i].width + (i > 0);
    }
    return used;
}

/* Return: whether its titles are brief. Longer addresses get a line of their own. */
static bool begin_table(const struct state_table *states, struct table *table)
{
    unsigned width = states->options->width, used = make_table(states, false, table);
    size_t host = states->time_width != 0;
    unsigned spare = table->column[host].width > HOST_WIDTH_LEAST ? table->column[host].width - HOST_WIDTH_LEAST : 0;
    bool brief = used - spare > width;
    if (brief)
        make_table(states, true, table);
    table_fit(table, width, host, HOST_WIDTH_LEAST);
    return brief;
}

void state_table_heading(const struct state_table *states)
{
    struct table table;
    begin_table(states, &table);
    table_heading(&table);
}

void state_table_legend(const struct state_table *states)
{
    struct table table;
    char legend[256] = "";
    size_t length = 0;
    if (!begin_table(states, &table))
        return;
    for (unsigned i = 0; i < COLUMNS && length < sizeof legend; i++) {
        enum tcptwin_state state = (enum tcptwin_state)columns[i].state;
        const char *name = state == TCPTWIN_STATE_UNKNOWN ? columns[i].title : tcptwin_state_word(state)->label;
        if (states->width[state])
            length += (size_t)snprintf(legend + length, sizeof legend - length, "%s%s: %s", length ? ", " : "",
                                       columns[i].brief, name);
    }
    wrap_write(states->options->out, legend, 0, 0, states->options->width);
}

void state_table_line(const struct state_table *states, const struct state_line *line)
{
    struct table table;
    struct cell cells[TABLE_COLUMNS_MAX];
    struct text numbers[COLUMNS + 1];
    unsigned n = 0, used = 1;
    begin_table(states, &table);
    if (states->time_width)
        cells[n++] = (struct cell){line->time, INK_PLAIN};
    cells[n++] = (struct cell){line->host, INK_PLAIN};
    numbers[0] = format_count(state_counts_sum(line->counts));
    cells[n++] = (struct cell){numbers[0].s, INK_PLAIN};
    for (unsigned i = 0; i < COLUMNS; i++)
        if (states->width[columns[i].state]) {
            uint64_t count = line->counts->of[columns[i].state];
            numbers[used] = count ? format_count(count) : format_copy("-");
            cells[n++] = (struct cell){numbers[used++].s, count ? INK_PLAIN : INK_DIM};
        }
    table_row(&table, cells);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_interval(struct json_line *line, const struct interval *i)
{
#define INTERVAL_FIELD PUT
#include "json_fields.def"
}

void interval_write(FILE *out, struct json_line *line, const struct interval *interval)
{
    json_line_begin(line);
    put_every(line, "interval", interval->ts_ns);
    put_interval(line, interval);
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++) {
        struct text key = format_printf("\"state_%s\":", state_name(state));
        if (state != TCPTWIN_STATE_CLOSED)
            json_line_integer(line, key.s, strlen(key.s), interval->counts->of[state]);
    }
    json_line_end(line);
    json_line_write(line, out);
}

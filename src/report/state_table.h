/* state_table.h - sockets counted by state, as a table and as `interval` events
 *
 * A column for each state that occurs, so that the usual few fit beside an address; more have brief titles.
 */
#ifndef REPORT_STATE_TABLE_H
#define REPORT_STATE_TABLE_H

#include "json_line.h"
#include "layout.h"

struct state_counts {
    uint64_t of[TCPTWIN_STATE_COUNT];
};

uint64_t state_counts_sum(const struct state_counts *counts);
void state_counts_add(struct state_counts *sum, const struct state_counts *counts);

/** What a line is about. */
struct state_line {
    const char *time, *host; /**< cells; time "" where there is no such column */
    const struct state_counts *counts;
};

struct state_table {
    const struct report_options *options;
    unsigned time_width, host_width, all_width;  /**< found by state_table_measure(); 0: no such column */
    unsigned width[TCPTWIN_STATE_COUNT];         /**< 0: the state does not occur */
};

/** state_table_measure() - Before the heading, for every line that may come. */
void state_table_measure(struct state_table *table, const struct state_line *line);
void state_table_heading(const struct state_table *table);
void state_table_line(const struct state_table *table, const struct state_line *line);
/** state_table_legend() - What brief titles mean, if the others did not fit. */
void state_table_legend(const struct state_table *table);

/** One `interval` event; what its fields are made of is in json_fields.def. */
struct interval {
    uint64_t ts_ns, step_ns; /**< step_ns 0: one moment */
    const char *host;        /**< "": all others together */
    uint64_t others;         /**< how many these are */
    const struct state_counts *counts;
};
/** interval_write() - One line of JSON. @line: the caller's, empty or used before. */
void interval_write(FILE *out, struct json_line *line, const struct interval *interval);

#endif

/* layout.h - columns, wrapped text and colour on a terminal or in a pipe
 *
 * Everything is ASCII and works without colour; colour only repeats what the words say.
 */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_RED, INK_YELLOW, INK_GREEN };

enum { TABLE_COLUMNS_MAX = 14, WRAP_SIZE = 256 };

struct table_column {
    const char *title;
    bool right;     /**< aligned to the right */
    unsigned width; /**< grown by table_measure(); cells may be longer */
};

struct table {
    FILE *out;
    bool colour;
    unsigned indent;
    size_t columns;
    struct table_column column[TABLE_COLUMNS_MAX];
};

struct cell {
    const char *text;
    enum ink ink;
};

/** ink_write() - Write text in a colour, if @colour. */
void ink_write(FILE *out, bool colour, enum ink ink, const char *text);
/** heading_write() - A section's title, after an empty line. */
void heading_write(FILE *out, bool colour, const char *title);
enum ink outcome_ink(unsigned outcome);
enum ink severity_ink(enum tcptwin_severity severity);

/** table_measure() - Make the columns wide enough for these cells. */
void table_measure(struct table *table, const struct cell *cells);
/** table_fit() - Narrow a column until a line fits @width, but not below @least: what is longer has a line
 * of its own. */
void table_fit(struct table *table, unsigned width, size_t column, unsigned least);
/** table_heading() - The titles. */
void table_heading(const struct table *table);
/** table_row() - One line; a cell too long for its column pushes the next ones to a new line. */
void table_row(const struct table *table, const struct cell *cells);

/** cut_write() - "and 12 more pairs of hosts (--rows 0 shows all)": @one "pair", @of " of hosts". Nothing of 0. */
void cut_write(FILE *out, uint64_t more, const char *one, const char *of);

/** wrap_take() - Cut the next line of at most @width columns off *text, at a space if there is one.
 * False at the end. */
bool wrap_take(const char **text, char line[static WRAP_SIZE], unsigned width);
/** wrap_write() - Text in lines of at most @width columns; all but the first begin with @indent
 * spaces, the first stands at column @at. */
void wrap_write(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width);
/** pair_write() - "@a@between@b" and a line's end; @b goes to a line of its own if both do not fit
 * behind column @at. */
void pair_write(FILE *out, unsigned at, const char *a, const char *between, const char *b,
                unsigned indent, unsigned width);
/** indent_write() - @count spaces. */
void indent_write(FILE *out, unsigned count);
/** safe_copy() - As safe_write(), into a buffer; cut at its size. */
void safe_copy(char *out, size_t size, const char *text);
/** safe_write() - Text from outside: control characters and bytes beyond ASCII as \xNN. */
void safe_write(FILE *out, const char *text);

#endif

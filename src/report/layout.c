/* layout.c - columns, wrapped text and colour on a terminal or in a pipe */
#include "layout.h"
#include "format.h"

#include <string.h>

void ink_write(FILE *out, bool colour, enum ink ink, const char *text)
{
    static const char *const codes[] = {"", "1", "2", "31", "33", "32"};
    if (colour && ink != INK_PLAIN && *text)
        fprintf(out, "\x1b[%sm%s\x1b[0m", codes[ink], text);
    else
        fputs(text, out);
}

void heading_write(FILE *out, bool colour, const char *title)
{
    putc('\n', out);
    ink_write(out, colour, INK_BOLD, title);
    putc('\n', out);
}

enum ink outcome_ink(unsigned outcome)
{
    int rank = tcptwin_outcome_rank((enum tcptwin_outcome)outcome);
    if (rank >= 75)
        return INK_RED;
    if (rank >= 30)
        return INK_YELLOW;
    return rank == 0 ? INK_GREEN : INK_PLAIN;
}

enum ink severity_ink(enum tcptwin_severity severity)
{
    static const enum ink inks[TCPTWIN_SEVERITY_COUNT] = {INK_DIM, INK_PLAIN, INK_YELLOW, INK_RED};
    return severity < TCPTWIN_SEVERITY_COUNT ? inks[severity] : INK_PLAIN;
}

/* Tables are mostly blanks, and printf() takes several times as long for them. */
void indent_write(FILE *out, unsigned count)
{
    static const char blanks[] = "                                ";
    enum { BLANKS = sizeof blanks - 1 };
    for (; count > BLANKS; count -= BLANKS)
        fwrite(blanks, 1, BLANKS, out);
    fwrite(blanks, 1, count, out);
}

void safe_write(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text >= ' ' && *text <= '~')
            putc(*text, out);
        else
            fprintf(out, "\\x%02x", (unsigned char)*text);
    }
}

void safe_copy(char *out, size_t size, const char *text)
{
    size_t used = 0;
    for (; *text && used + 5 < size; text++) {
        if (*text >= ' ' && *text <= '~')
            out[used++] = *text;
        else
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", (unsigned char)*text);
    }
    out[used] = '\0';
}

void table_measure(struct table *table, const struct cell *cells)
{
    for (size_t i = 0; i < table->columns; i++) {
        size_t length = strlen(cells[i].text);
        if (length > table->column[i].width)
            table->column[i].width = (unsigned)length;
    }
}

static bool all_empty(const struct cell *cells, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++)
        if (cells[i].text[0])
            return false;
    return true;
}

/* One space between columns; nothing is written behind the last cell that has text. */
void table_row(const struct table *table, const struct cell *cells)
{
    unsigned at = 0, start = table->indent;
    for (size_t i = 0; i < table->columns && !all_empty(cells, i, table->columns); i++) {
        const struct table_column *column = &table->column[i];
        unsigned length = (unsigned)strlen(cells[i].text);
        unsigned pad = column->right && length < column->width ? column->width - length : 0;
        if (at > start) { /* the cell before was too long */
            putc('\n', table->out);
            at = 0;
        }
        if (length) {
            indent_write(table->out, start - at + pad);
            ink_write(table->out, table->colour, cells[i].ink, cells[i].text);
            at = start + pad + length;
        }
        start += column->width + 1;
    }
    putc('\n', table->out);
}

void table_fit(struct table *table, unsigned width, size_t column, unsigned least)
{
    unsigned used = table->indent, *wide = &table->column[column].width;
    for (size_t i = 0; i < table->columns; i++)
        used += table->column[i].width + (i > 0);
    if (used > width)
        *wide = *wide > least + used - width ? *wide - (used - width) : least;
}

void table_heading(const struct table *table)
{
    struct cell cells[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->columns; i++)
        cells[i] = (struct cell){table->column[i].title, INK_DIM};
    table_row(table, cells);
}

void cut_write(FILE *out, uint64_t more, const char *one, const char *of)
{
    if (more)
        fprintf(out, "and %s more %s%s%s (--rows 0 shows all)\n", format_count(more).s, one, plural(more), of);
}

bool wrap_take(const char **text, char line[static WRAP_SIZE], unsigned width)
{
    const char *start = *text + strspn(*text, " ");
    size_t length = strlen(start), cut = width < WRAP_SIZE - 1 ? width : WRAP_SIZE - 1;
    if (length == 0 || cut == 0)
        return false;
    if (length > cut) {
        size_t space = cut;
        while (space > 0 && start[space] != ' ')
            space--;
        length = space > 0 ? space : cut;
    }
    *text = start + length;
    while (length > 0 && start[length - 1] == ' ')
        length--;
    memcpy(line, start, length);
    line[length] = '\0';
    return true;
}

void wrap_write(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
    char line[WRAP_SIZE];
    unsigned left = width > at + 20 ? width - at : 20;
    for (bool first = true; wrap_take(&text, line, left); first = false) {
        if (!first)
            indent_write(out, indent);
        fprintf(out, "%s\n", line);
        left = width > indent + 20 ? width - indent : 20;
    }
}

void pair_write(FILE *out, unsigned at, const char *a, const char *between, const char *b,
                unsigned indent, unsigned width)
{
    fputs(a, out);
    if (at + strlen(a) + strlen(between) + strlen(b) > width) {
        putc('\n', out);
        indent_write(out, indent);
        between += strspn(between, " ");
    }
    fprintf(out, "%s%s\n", between, b);
}

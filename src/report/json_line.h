/* json_line.h - writes one flat JSON object as one line of text
 *
 *     json_line_begin() -> json_line_xxx()* -> json_line_end()
 *
 * For rows, of which there are millions; documents go through jansson (json_summary.c), which takes
 * ten times as long. Strings are escaped as RFC 8259 7 demands; bytes beyond ASCII are taken for the UTF-8
 * that they are. The buffer grows as needed and is kept for the next line; without memory the line
 * is dropped, never torn.
 */
#ifndef REPORT_JSON_LINE_H
#define REPORT_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_line {
    char *text;
    size_t used, room;
    bool failed; /**< no memory: nothing more is written to this line */
};

/** json_line_free() - A line of zeros is an empty one. */
void json_line_free(struct json_line *line);
void json_line_begin(struct json_line *line);
/** json_line_end() - Return: false if the line was dropped. Else text[0 .. used) is the line, with its newline. */
bool json_line_end(struct json_line *line);

/* @key is written as it is: `"name":`, of @length bytes. */
void json_line_string(struct json_line *line, const char *key, size_t length, const char *value);
void json_line_integer(struct json_line *line, const char *key, size_t length, uint64_t value);
/** json_line_number() - With three significant digits, as jansson's JSON_REAL_PRECISION(3). */
void json_line_number(struct json_line *line, const char *key, size_t length, double value);
void json_line_boolean(struct json_line *line, const char *key, size_t length, bool value);
void json_line_time(struct json_line *line, const char *key, size_t length, uint64_t ts_ns);
/** json_line_members() - Members that were written before: what another line holds between its braces. */
void json_line_members(struct json_line *line, const char *text, size_t length);

#endif

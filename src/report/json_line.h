/* json_line.h - writes flat JSON objects, one a line of text
 *
 *     { json_line_begin() -> json_line_xxx()* -> json_line_end() }* -> json_line_write()
 *
 * For rows, of which there are millions; documents go through jansson (json_summary.c), which takes
 * many times as long. Strings are escaped as RFC 8259 7 demands; bytes beyond ASCII are taken for the UTF-8
 * that they are. The buffer grows as needed and is kept for the next lines; without memory a line
 * is dropped, never torn.
 *
 * Members are written by inline functions: a name whose length is known costs a few moves then. Each has its
 * comma behind it; the last one's becomes the brace.
 */
#ifndef REPORT_JSON_LINE_H
#define REPORT_JSON_LINE_H

#include "format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct json_line {
    char *text, *at, *end; /**< the buffer, how far it is written, and where it ends */
    size_t begun;          /**< where in it the line begins; what stands before it has ended */
    bool failed;           /**< no memory: nothing more is written to this line */
    struct format_day day;
};

/** json_line_free() - A line of zeros is an empty one. */
void json_line_free(struct json_line *line);
/** json_line_begin() - A line, behind those that have ended. */
void json_line_begin(struct json_line *line);
/** json_line_end() - Return: false if the line was dropped. */
bool json_line_end(struct json_line *line);
/** json_line_write() - All lines that have ended; then there are none. */
void json_line_write(struct json_line *line, FILE *out);
/** json_line_clear() - Then there are none, and none has begun. */
static inline void json_line_clear(struct json_line *line)
{
    line->at = line->text;
}

/** json_line_grow() - Make room for so many bytes more. Return: where they go, or NULL. */
char *json_line_grow(struct json_line *line, size_t bytes);
static inline char *json_line_room(struct json_line *line, size_t bytes)
{
    if (__builtin_expect((size_t)(line->end - line->at) < bytes, 0))
        return json_line_grow(line, bytes);
    return line->at;
}

/** json_line_member() - Begin one with room for a value of @bytes. Return: where that goes, or NULL.
 * @name is written as it is: `"name":`, of @length bytes. The same holds for those below. */
static inline char *json_line_member(struct json_line *line, const char *name, size_t length, size_t bytes)
{
    char *at = json_line_room(line, length + bytes + 1);
    if (!at)
        return NULL;
    memcpy(at, name, length);
    return at + length;
}
/** json_line_commit() - That was it: the value ends at @at. */
static inline void json_line_commit(struct json_line *line, char *at)
{
    *at = ',';
    line->at = at + 1;
}

/** json_line_value() - A string, behind its name. */
void json_line_value(struct json_line *line, const char *value);

static inline void json_line_string(struct json_line *line, const char *name, size_t length,
                                    const char *value)
{
    char *at = json_line_member(line, name, length, 0);
    if (!at)
        return;
    line->at = at;
    json_line_value(line, value);
}

/** json_line_plain() - A string in which nothing needs an escape: of letters, digits and most signs. */
static inline void json_line_plain(struct json_line *line, const char *name, size_t length, const char *value)
{
    size_t bytes = strlen(value);
    char *at = json_line_member(line, name, length, bytes + 2);
    if (!at)
        return;
    *at++ = '"';
    memcpy(at, value, bytes);
    at += bytes;
    *at++ = '"';
    json_line_commit(line, at);
}

static inline void json_line_integer(struct json_line *line, const char *name, size_t length, uint64_t value)
{
    char *at = json_line_member(line, name, length, FORMAT_NUMBER_MAX);
    if (at)
        json_line_commit(line, put_number(at, value));
}

/** json_line_number() - In hundredths, as jansson's JSON_REAL_PRECISION(3) writes it. */
static inline void json_line_number(struct json_line *line, const char *name, size_t length,
                                    unsigned hundredths)
{
    char *at = json_line_member(line, name, length, FORMAT_NUMBER_MAX);
    if (at)
        json_line_commit(line, put_hundredths(at, hundredths));
}

static inline void json_line_boolean(struct json_line *line, const char *name, size_t length, bool value)
{
    char *at = json_line_member(line, name, length, sizeof "false");
    if (at)
        json_line_commit(line, put_string(at, value ? "true" : "false"));
}

static inline void json_line_time(struct json_line *line, const char *name, size_t length, uint64_t ts_ns)
{
    char *at = json_line_member(line, name, length, FORMAT_TIME_MAX + 2);
    if (!at)
        return;
    *at++ = '"';
    at = put_time(at, ts_ns, &line->day);
    *at++ = '"';
    json_line_commit(line, at);
}

/** json_line_members() - Those of a line that has begun and not ended. */
void json_line_members(struct json_line *line, const struct json_line *from);

#endif

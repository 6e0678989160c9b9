/* json_line.c - see json_line.h */
#include "json_line.h"
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096, ESCAPED_MAX = 6 /* \u001f */, DIGITS_MAX = 20 };

/* Room for so many bytes more. Return: where they go, or NULL. */
static char *reserve(struct json_line *line, size_t bytes)
{
    if (line->failed)
        return NULL;
    if (line->room - line->used < bytes) {
        size_t room = 2 * (line->room + bytes) + FIRST_ROOM;
        char *larger = realloc(line->text, room);
        if (!larger) {
            line->failed = true;
            return NULL;
        }
        line->text = larger;
        line->room = room;
    }
    return line->text + line->used;
}

static void commit(struct json_line *line, const char *end)
{
    line->used = (size_t)(end - line->text);
}

static char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

/* The key and room for a value of so many bytes. */
static char *begin_member(struct json_line *line, const char *key, size_t length, size_t bytes)
{
    char *at = reserve(line, 1 + length + bytes);
    if (!at)
        return NULL;
    if (line->used > 1)
        *at++ = ',';
    return put(at, key, length);
}

void json_line_free(struct json_line *line)
{
    free(line->text);
    *line = (struct json_line){0};
}

void json_line_begin(struct json_line *line)
{
    line->used = 0;
    line->failed = false;
    char *at = reserve(line, 1);
    if (at)
        commit(line, put(at, "{", 1));
}

bool json_line_end(struct json_line *line)
{
    char *at = reserve(line, 2);
    if (at)
        commit(line, put(at, "}\n", 2));
    return at != NULL;
}

static char *put_escaped(char *at, unsigned char c)
{
    static const char letters[] = "btn?fr"; /* of 8 to 13 */
    *at++ = '\\';
    if (c == '"' || c == '\\') {
        *at++ = (char)c;
    } else if (c >= 8 && c <= 13 && c != 11) {
        *at++ = letters[c - 8];
    } else {
        static const char hex[] = "0123456789ABCDEF";
        at = put(at, "u00", 3);
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    return at;
}

void json_line_string(struct json_line *line, const char *key, size_t length, const char *value)
{
    size_t bytes = strlen(value);
    char *at = begin_member(line, key, length, ESCAPED_MAX * bytes + 2);
    if (!at)
        return;
    *at++ = '"';
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c < 0x20 || c == '"' || c == '\\')
            at = put_escaped(at, c);
        else
            *at++ = (char)c;
    }
    *at++ = '"';
    commit(line, at);
}

void json_line_integer(struct json_line *line, const char *key, size_t length, uint64_t value)
{
    char digits[DIGITS_MAX], *first = digits + DIGITS_MAX;
    char *at = begin_member(line, key, length, DIGITS_MAX);
    if (!at)
        return;
    do
        *--first = (char)('0' + value % 10);
    while (value /= 10);
    commit(line, put(at, first, (size_t)(digits + DIGITS_MAX - first)));
}

void json_line_number(struct json_line *line, const char *key, size_t length, double value)
{
    struct text text = format_printf("%.3g", value);
    if (!strpbrk(text.s, ".e"))
        text = format_printf("%.3g.0", value);
    char *at = begin_member(line, key, length, sizeof text.s);
    if (at)
        commit(line, put(at, text.s, strlen(text.s)));
}

void json_line_boolean(struct json_line *line, const char *key, size_t length, bool value)
{
    const char *word = value ? "true" : "false";
    char *at = begin_member(line, key, length, sizeof "false");
    if (at)
        commit(line, put(at, word, strlen(word)));
}

void json_line_time(struct json_line *line, const char *key, size_t length, uint64_t ts_ns)
{
    json_line_string(line, key, length, format_time(ts_ns).s);
}

void json_line_members(struct json_line *line, const char *text, size_t length)
{
    char *at = begin_member(line, text, length, 0);
    if (at)
        commit(line, at);
}

/* json_line.c - see json_line.h */
#include "json_line.h"

#include <stdlib.h>

enum { FIRST_ROOM = 4096, ESCAPED_MAX = 6 /* \u001f */, WORD = sizeof(uint64_t) };

char *json_line_grow(struct json_line *line, size_t bytes)
{
    if (line->failed)
        return NULL;
    size_t used = (size_t)(line->at - line->text);
    size_t room = 2 * ((size_t)(line->end - line->text) + bytes) + FIRST_ROOM;
    char *larger = realloc(line->text, room);
    if (!larger) {
        line->failed = true;
        return NULL;
    }
    line->text = larger;
    line->end = larger + room;
    return line->at = larger + used;
}

void json_line_free(struct json_line *line)
{
    free(line->text);
    *line = (struct json_line){0};
}

void json_line_begin(struct json_line *line)
{
    line->begun = (size_t)(line->at - line->text);
    line->failed = false;
    if (json_line_room(line, 1))
        *line->at++ = '{';
}

bool json_line_end(struct json_line *line)
{
    char *at = json_line_room(line, 2);
    if (!at || line->failed) {
        line->at = line->text + line->begun;
        return false;
    }
    at -= at[-1] == ',';
    *at++ = '}';
    *at++ = '\n';
    line->at = at;
    return true;
}

void json_line_write(struct json_line *line, FILE *out)
{
    if (line->at != line->text)
        fwrite(line->text, 1, (size_t)(line->at - line->text), out);
    json_line_clear(line);
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
        at = put_string(at, "u00");
        *at++ = hex[c >> 4];
        *at++ = hex[c & 15];
    }
    return at;
}

static inline char *put_bytes(char *at, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == '"' || c == '\\')
            at = put_escaped(at, c);
        else
            *at++ = (char)c;
    }
    return at;
}

/* Whether any of these eight bytes is. A borrow reaches only the bytes above one that is. */
static inline bool has_special(uint64_t bytes)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
    uint64_t found = ((bytes - ones * 0x20) & ~bytes) | ((quote - ones) & ~quote) |
                     ((backslash - ones) & ~backslash);
    return found & ones << 7;
}

void json_line_value(struct json_line *line, const char *value)
{
    size_t bytes = strlen(value);
    char *at = json_line_room(line, ESCAPED_MAX * bytes + WORD + 3);
    if (!at)
        return;
    *at++ = '"';
    for (; bytes >= WORD; bytes -= WORD, value += WORD) {
        uint64_t word;
        memcpy(&word, value, WORD);
        if (has_special(word)) {
            at = put_bytes(at, value, WORD);
            continue;
        }
        memcpy(at, &word, WORD);
        at += WORD;
    }
    at = put_bytes(at, value, bytes);
    *at++ = '"';
    json_line_commit(line, at);
}

void json_line_members(struct json_line *line, const struct json_line *from)
{
    line->failed |= from->failed;
    if (line->failed)
        return;
    const char *first = from->text + from->begun + 1; /* behind the brace */
    size_t bytes = (size_t)(from->at - first);
    char *at = json_line_room(line, bytes);
    if (!at)
        return;
    memcpy(at, first, bytes);
    line->at += bytes;
}

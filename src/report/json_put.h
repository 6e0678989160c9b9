/* json_put.h - how a section of json_fields.def becomes members of a struct json_line
 *
 *     static void put_xxx(struct json_line *line, ...)
 *     {
 *     #define XXX_FIELD PUT
 *     #include "json_fields.def"
 *     }
 */
#ifndef REPORT_JSON_PUT_H
#define REPORT_JSON_PUT_H

#include "json_line.h"
#include "json_values.h"

#define put_STRING  json_line_string
#define put_PLAIN   json_line_plain
#define put_INTEGER json_line_integer
#define put_NUMBER  json_line_number
#define put_BOOLEAN json_line_boolean
#define put_TIME    json_line_time

/* A member whose name is a literal. */
#define MEMBER(key_, type_, value_)                                                                \
    put_##type_(line, "\"" key_ "\":", sizeof("\"" key_ "\":") - 1, value_)
#define PUT(key_, type_, when_, value_, text_)                                                     \
    if (when_)                                                                                     \
        MEMBER(key_, type_, value_);

/** put_every() - What every event begins with. */
static inline void put_every(struct json_line *line, const char *event_type, uint64_t ts_ns)
{
#define EVERY_FIELD PUT
#include "json_fields.def"
}

#endif

/* json_describe.h - the field list of the JSON report as data, for docs and tests */
#ifndef REPORT_JSON_DESCRIBE_H
#define REPORT_JSON_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum json_field_type {
    JSON_FIELD_STRING,
    JSON_FIELD_INTEGER,
    JSON_FIELD_NUMBER,
    JSON_FIELD_BOOLEAN,
    JSON_FIELD_TIME,
    JSON_FIELD_PLAIN = JSON_FIELD_STRING /**< the same to who reads it */
};

struct json_field {
    const char *event;  /**< "every", "peer" (every event of a connection), or an event_type */
    const char *prefix; /**< "client_" or "server_", or "" */
    const char *key;
    enum json_field_type type;
    bool optional;
    const char *text;
};

/** json_field_at() - False past the end. */
bool json_field_at(size_t index, struct json_field *field);
/** json_field_find() - The field of an event_type, whether its own, a connection's or every
 * event's. */
bool json_field_find(const char *event_type, const char *key, struct json_field *field);
/** json_describe() - Write docs/json.md. */
void json_describe(FILE *out);

#endif

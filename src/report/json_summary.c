/* json_summary.c - the last line of the JSON report: a document, written with jansson
 *
 * What stands in it is the sections EVERY and SUMMARY of json_fields.def, then a count for each decode
 * result, outcome and anomaly.
 */
#include "json_summary.h"
#include "json_values.h"

#include <jansson.h>

static void put_STRING(json_t *object, const char *key, const char *value)
{
    json_t *string = json_string(value); /* NULL, so absent, if not UTF-8 */
    if (string)
        json_object_set_new_nocheck(object, key, string);
}

#define put_PLAIN put_STRING

static void put_INTEGER(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new_nocheck(object, key, json_integer((json_int_t)value));
}

static void put_NUMBER(json_t *object, const char *key, unsigned hundredths)
{
    json_object_set_new_nocheck(object, key, json_real(hundredths / 100.0));
}

static void put_BOOLEAN(json_t *object, const char *key, bool value)
{
    json_object_set_new_nocheck(object, key, json_boolean(value));
}

static void put_TIME(json_t *object, const char *key, uint64_t ts_ns)
{
    put_STRING(object, key, format_time(ts_ns).s);
}

#define PUT(key_, type_, when_, value_, text_)                                                     \
    if (when_)                                                                                     \
        put_##type_(object, key_, value_);

static void put_every(json_t *object, const char *event_type, uint64_t ts_ns)
{
#define EVERY_FIELD PUT
#include "json_fields.def"
}

static void put_summary(json_t *object, const struct report_summary *s, const struct findings *findings)
{
    const struct totals *totals = &findings->totals;
#define SUMMARY_FIELD PUT
#include "json_fields.def"
}

static void put_count(json_t *object, const char *kind, const char *name, uint64_t count)
{
    put_INTEGER(object, format_printf("%s_%s", kind, name).s, count);
}

static void put_counts(json_t *object, const struct report_summary *s, const struct totals *totals)
{
    for (int i = 0; i < TCPTWIN_DECODE_COUNT; i++)
        put_count(object, "decode", tcptwin_decode_word((enum tcptwin_decode_result)i)->name,
                  s->decode_counts[i]);
    for (int i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        put_count(object, "outcome", outcome_name((unsigned)i), totals->outcome[i]);
    for (int i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        if (totals->anomaly[i])
            put_count(object, "anomaly", tcptwin_anomaly_word((enum tcptwin_anomaly)i)->name,
                      totals->anomaly[i]);
}

void json_summary_write(FILE *out, const struct report_summary *summary, const struct findings *findings)
{
    json_t *object = json_object();
    put_every(object, "summary", summary->core.last_ts_ns);
    put_summary(object, summary, findings);
    put_counts(object, summary, &findings->totals);
    if (json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(3)) == 0)
        putc('\n', out);
    json_decref(object);
}

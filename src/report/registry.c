/* registry.c - the reports there are: the dispatcher and the help text come from this table */
#include "kinds.h"

#include <string.h>

static const struct report_kind *const kinds[] = {
    &report_overview,
    &report_timeline,
    &report_findings,
    &report_anomalies,
    &report_sockets,
    &report_hosts,
    &report_datagrams,
    &report_json,
};

const struct report_kind *report_kind_at(size_t index)
{
    return index < sizeof(kinds) / sizeof(kinds[0]) ? kinds[index] : NULL;
}

const struct report_kind *report_kind_find(const char *name)
{
    const struct report_kind *kind;
    for (size_t i = 0; (kind = report_kind_at(i)); i++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

/* json_values.h - what the values in json_fields.def are made with
 *
 * For whoever expands that list: the rows (json.c), the summary (json_summary.c), and the test that holds
 * the rows against jansson's own writing of the same list.
 */
#ifndef REPORT_JSON_VALUES_H
#define REPORT_JSON_VALUES_H

#include "datagrams.h"
#include "findings.h"
#include "format.h"
#include "interop.h"
#include "totals.h"
#include "verdict.h"

#define JSON_SCHEMA_NAME "tcptwin/1"
#define ALWAYS           true

/** Strings that are derived from a connection. */
struct derived {
    char community_id[INTEROP_COMMUNITY_ID_SIZE];
    char filter[INTEROP_FILTER_SIZE];
    char verdict[VERDICT_SIZE];
};

static inline void derive(struct derived *derived, const struct tcptwin_connection *c)
{
    interop_community_id(derived->community_id, 0, c->ip_version, c->endpoint);
    interop_wireshark_filter(derived->filter, c);
    verdict_write(derived->verdict, c);
}

#define NAME_OF(function_, type_, accessor_)                                                       \
    static inline const char *function_(unsigned value)                                            \
    {                                                                                              \
        const struct tcptwin_word *word = accessor_((type_)value);                                 \
        return word ? word->name : "";                                                             \
    }
NAME_OF(state_name, enum tcptwin_state, tcptwin_state_word)
NAME_OF(basis_name, enum tcptwin_basis, tcptwin_basis_word)
NAME_OF(trigger_name, enum tcptwin_machine_event, tcptwin_trigger_word)
NAME_OF(outcome_name, enum tcptwin_outcome, tcptwin_outcome_word)
NAME_OF(fate_name, enum tcptwin_fate, tcptwin_fate_word)
NAME_OF(app_error_name, enum tcptwin_app_error, tcptwin_app_error_word)
#undef NAME_OF

static inline const char *finding_side_name(unsigned side)
{
    static const char *const names[] = {"client", "server", "capture", "host"};
    return side < sizeof names / sizeof names[0] ? names[side] : "";
}

static inline const char *role_name(int role)
{
    return role ? "server" : "client";
}

static inline uint64_t duration_ns(uint64_t first_ns, uint64_t last_ns)
{
    return last_ns > first_ns ? last_ns - first_ns : 0;
}

#endif

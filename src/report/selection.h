/* selection.h - what --at, --host, --state, --events and the like ask for
 *
 * A selection of zeros is every socket at the end of the capture, and every event.
 */
#ifndef REPORT_SELECTION_H
#define REPORT_SELECTION_H

#include "moment.h"

#include "tcptwin/segment.h"
#include "tcptwin/vocabulary.h"

/** Types of events of the report json. */
enum json_event {
#define JSON_EVENT(id_, name_) JSON_EVENT_##id_,
#include "json_events.def"
    JSON_EVENT_COUNT
};

struct selection {
    struct moment at;
    uint64_t step_ns;             /**< --over-time; 0: not asked for */
    uint64_t max_sockets;         /**< of the listing; 0: all */
    uint32_t states;              /**< bit per enum tcptwin_state; 0: all */
    struct tcptwin_address host;  /**< with host_version */
    uint8_t host_version;         /**< 4 or 6; 0: every host */
    uint32_t events;              /**< bit per enum json_event; 0: all */
    bool summary;                 /**< counts instead of rows */
    bool json;                    /**< one JSON object a line instead of text */
};

/** selection_host() - A numeric address. Return: false if it is none. */
bool selection_host(struct selection *selection, const char *text);
/**
 * selection_states() - Names of states, separated by commas: ours (TIME-WAIT, time_wait), those of ss
 * (estab, syn-recv, listening), or its groups (connected, synchronized, bucket). Return: false if one is none.
 */
bool selection_states(struct selection *selection, const char *text);

/** selection_events() - Names of types of events, separated by commas. Return: false if one is none. */
bool selection_events(struct selection *selection, const char *text);
const char *json_event_name(enum json_event event);

static inline bool selection_has_event(const struct selection *selection, enum json_event event)
{
    return !selection->events || (selection->events >> event & 1);
}
static inline bool selection_has_state(const struct selection *selection, unsigned state)
{
    return !selection->states || (selection->states >> state & 1);
}

/** selection_has_host() - Is it the wanted one, or is none wanted? */
bool selection_has_host(const struct selection *selection, const struct tcptwin_address *address,
                        unsigned ip_version);

#endif

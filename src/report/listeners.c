/* listeners.c - see listeners.h */
#include "listeners.h"
#include "socket_at.h"

enum { LISTENERS_MAX = 1 << 16 };

static uint64_t weight(const void *entry)
{
    const struct listener *listener = entry;
    return listener->answered + listener->refused;
}

static void drop(void *user, void *entry)
{
    (void)user; /* places.dropped counts them */
    (void)entry;
}

void listeners_begin(struct places *listeners)
{
    places_begin(listeners, &(struct places){.entry_size = sizeof(struct listener),
                                             .limit = LISTENERS_MAX,
                                             .weight = weight,
                                             .drop = drop});
}

static struct listener *listener_of(struct places *listeners, const struct tcptwin_connection *c,
                                    unsigned x)
{
    struct place key = {c->endpoint[x].address, c->scope, c->endpoint[x].port, c->ip_version,
                        false};
    return places_find(listeners, &key);
}

static void learn_answer(struct listener *listener, uint64_t ts_ns)
{
    listener->answered++;
    if (!listener->first_ns || ts_ns < listener->first_ns)
        listener->first_ns = ts_ns;
    if (ts_ns > listener->last_ns)
        listener->last_ns = ts_ns;
    if (ts_ns > listener->refused_ns && (!listener->since_ns || ts_ns < listener->since_ns))
        listener->since_ns = ts_ns;
}

static void learn_refusal(struct listener *listener, uint64_t ts_ns)
{
    listener->refused++;
    if (ts_ns > listener->refused_ns)
        listener->refused_ns = ts_ns;
    if (listener->since_ns <= listener->refused_ns)
        listener->since_ns = listener->last_ns > listener->refused_ns ? listener->last_ns : 0;
}

/* Its SYN met a RST. An ICMP error comes from the path as often as from the host, and tells
 * nothing. */
static bool was_refused(const struct tcptwin_connection *c, const struct tcptwin_transition *t)
{
    return c->outcome == TCPTWIN_OUTCOME_REFUSED && t->from == TCPTWIN_STATE_SYN_SENT &&
           t->event == TCPTWIN_EV_RCV_RST;
}

void listeners_learn(struct places *listeners, const struct tcptwin_connection *c, uint64_t at_ns)
{
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *t = &c->transitions[i];
        struct listener *listener;
        if (t->from == TCPTWIN_STATE_LISTEN && transition_time(t) <= at_ns) {
            listener = listener_of(listeners, c, t->endpoint);
            if (listener)
                learn_answer(listener, transition_time(t));
        } else if (was_refused(c, t) && t->segment.ts_ns <= at_ns) {
            listener = listener_of(listeners, c, !t->endpoint);
            if (listener)
                learn_refusal(listener, t->segment.ts_ns);
        }
    }
}

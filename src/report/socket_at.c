/* socket_at.c - see socket_at.h
 *
 *     stay      begins                                ends
 *     start     unknown: with the capture, or the     with the first transition
 *               first packet of the connection
 *     others    with a transition                     with the next; the last one when its timer is
 * due, or another connection takes the ports
 *
 * Of an endpoint that never sent anything and of which nothing follows, there is no stay at all: it
 * may not exist.
 */
#include "socket_at.h"

uint64_t state_since(const struct tcptwin_connection *c, unsigned x)
{
    for (uint32_t i = c->transition_count; i-- > 0;)
        if (c->transitions[i].endpoint == x)
            return transition_time(&c->transitions[i]);
    return 0;
}

static const struct tcptwin_transition *next_transition(const struct tcptwin_connection *c,
                                                        unsigned x, uint32_t *index)
{
    while (*index < c->transition_count)
        if (c->transitions[(*index)++].endpoint == x)
            return &c->transitions[*index - 1];
    return NULL;
}

static bool is_socket(unsigned state)
{
    return state != TCPTWIN_STATE_CLOSED && state != TCPTWIN_STATE_LISTEN;
}

/* It was there when it was first seen, and nothing tells in what state. */
static bool was_there(const struct tcptwin_connection *c, unsigned x)
{
    return c->outcome != TCPTWIN_OUTCOME_STRAY && c->endpoint[x].packets;
}

/* Linux keeps timers in wheels, and lets one of a minute fire up to 2 s late (with 250 ticks a
 * second; 4 s with 1000, 5 s with 100). On average a socket is gone so much after it was due: */
#define LATE_NS UINT64_C(1000000000)

static bool is_long_timer(unsigned state)
{
    return state == TCPTWIN_STATE_TIME_WAIT || state == TCPTWIN_STATE_FIN_WAIT_2;
}

/* When the end state ends, beyond what the transitions tell. */
static uint64_t end_of_end(const struct tcptwin_connection *c, unsigned x)
{
    const struct tcptwin_endpoint *end = &c->endpoint[x];
    uint64_t due = end->timer_due_ns ? end->timer_due_ns : SOCKET_FOR_EVER;
    if (end->timer_due_ns && is_long_timer(end->state))
        due += LATE_NS;
    return c->reused_ts_ns && c->reused_ts_ns < due ? c->reused_ts_ns : due;
}

static uint64_t end_of_stay(const struct tcptwin_transition *left)
{
    bool late = left->basis == TCPTWIN_BASIS_TIMER && is_long_timer(left->from);
    return transition_time(left) + (late ? LATE_NS : 0);
}

static void start_stay(const struct tcptwin_connection *c, unsigned x,
                       const struct tcptwin_transition *first, struct socket_at *stay)
{
    stay->state = stay->candidate = first ? first->from : c->endpoint[x].state;
    stay->basis = TCPTWIN_BASIS_ASSUMED;
    stay->since_ns = c->midstream ? c->origin_ns : c->first_ts_ns;
    stay->older = true;
}

static void later_stay(const struct tcptwin_transition *entered, struct socket_at *stay)
{
    stay->state = entered->to;
    stay->basis = entered->basis;
    bool two = entered->basis == TCPTWIN_BASIS_ASSUMED && entered->from != TCPTWIN_STATE_UNKNOWN;
    stay->candidate = two ? entered->from : entered->to;
    stay->since_ns = transition_time(entered);
    stay->older = entered->from == TCPTWIN_STATE_UNKNOWN;
}

/* @index: 0 before the start; then one more than that of the transition that ended the stay, if one did. */
static bool next_stay(const struct tcptwin_connection *c, unsigned x, uint32_t *index,
                      struct socket_at *stay)
{
    uint32_t ahead = *index;
    if (ahead > c->transition_count)
        return false;
    const struct tcptwin_transition *left = next_transition(c, x, &ahead);
    if (*index == 0)
        start_stay(c, x, left, stay);
    else
        later_stay(&c->transitions[*index - 1], stay);
    *index = left ? ahead : UINT32_MAX;
    stay->left_by = left ? left->event : TCPTWIN_EV_COUNT;
    stay->until_ns = left ? end_of_stay(left) : end_of_end(c, x);
    return true;
}

bool socket_stays(const struct tcptwin_connection *c, unsigned x, uint32_t *index,
                  struct socket_at *stay)
{
    while (next_stay(c, x, index, stay))
        if (is_socket(stay->state) && (stay->state != TCPTWIN_STATE_UNKNOWN || was_there(c, x)))
            return true;
    return false;
}

bool socket_at(const struct tcptwin_connection *c, unsigned x, uint64_t ts_ns,
               struct socket_at *socket)
{
    uint32_t index = 0;
    while (socket_stays(c, x, &index, socket))
        if (ts_ns < socket->until_ns)
            return socket->since_ns <= ts_ns;
    return false;
}

bool socket_at_end(const struct tcptwin_connection *c, unsigned x, struct socket_at *socket)
{
    uint32_t index = 0;
    if (!is_socket(c->endpoint[x].state))
        return false;
    bool found = false;
    for (struct socket_at stay; socket_stays(c, x, &index, &stay); found = true)
        *socket = stay;
    return found;
}

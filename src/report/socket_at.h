/* socket_at.h - the socket of one endpoint at a moment
 *
 * A connection's transitions are a function of time; this evaluates it. The time that counts is the
 * endpoint's own where it is estimated, else that of the capture point.
 */
#ifndef REPORT_SOCKET_AT_H
#define REPORT_SOCKET_AT_H

#include "tcptwin/event.h"

struct socket_at {
    uint8_t state;     /**< neither CLOSED nor LISTEN: those are no sockets of a connection */
    uint8_t basis;     /**< of the transition that led there */
    uint8_t candidate; /**< basis assumed: the state it is in if the segment was lost; else = state */
    uint8_t left_by;   /**< enum tcptwin_machine_event that ended it; TCPTWIN_EV_COUNT: none has been seen */
    bool older;        /**< it was in the state before since_ns: that is when it was first seen */
    uint64_t since_ns;
    uint64_t until_ns; /**< when it left the state, or a timer is to end it; SOCKET_FOR_EVER: nothing tells */
};

#define SOCKET_FOR_EVER UINT64_MAX

/** transition_time() - At the endpoint, as far as that is known. */
static inline uint64_t transition_time(const struct tcptwin_transition *transition)
{
    return transition->has_endpoint_ts ? transition->endpoint_ts_ns : transition->ts_ns;
}

/** state_since() - Since when endpoint @x is in its last state; 0: unknown. */
uint64_t state_since(const struct tcptwin_connection *connection, unsigned x);
/**
 * socket_stays() - Every stay of endpoint @x in a state, in order: what it was in, from when to when
 * @index: 0 for the first; the caller's own, changed by the call.
 * Return: false past the last. CLOSED, and LISTEN before a connection, are stays of no socket and left out.
 */
bool socket_stays(const struct tcptwin_connection *connection, unsigned x, uint32_t *index,
                  struct socket_at *stay);
/** socket_at() - Return: false if there is no socket at @ts_ns. */
bool socket_at(const struct tcptwin_connection *connection, unsigned x, uint64_t ts_ns,
               struct socket_at *socket);
/** socket_at_end() - The same when all that was seen has happened; until_ns may still lie ahead. */
bool socket_at_end(const struct tcptwin_connection *connection, unsigned x, struct socket_at *socket);

#endif

/* host_tally.h - what is added up for a host, and for each of its services
 *
 * A host is an address; a service is an address and the port that was called there. Both have the
 * same tally: a host's is over all of its sockets, a service's over the sockets on that port.
 */
#ifndef REPORT_HOST_TALLY_H
#define REPORT_HOST_TALLY_H

#include "places.h"
#include "socket_at.h"
#include "wait_load.h"

/** The longest stay in a state, and on which connection. */
struct longest {
    uint64_t since_ns, dwell_ns;
    uint64_t id, stream;
    struct tcptwin_address peer;
    uint16_t local_port, peer_port;
    bool open; /**< it was in the state at the end of the capture */
};

/** Times that were measured. */
struct measured {
    uint64_t count, sum_ns, min_ns, max_ns;
};

/** The two legs of undisturbed handshakes, at the tap. */
struct handshake_legs {
    struct measured server, client;
};

/** There are tens of thousands: what many have none of is beside it. Of one kind no host has four billion. */
struct host_tally {
    struct place place;
    uint64_t opened;  /**< connections that it began */
    uint64_t called;  /**< connections that others began to it */
    uint64_t unclear; /**< connections of which nothing tells who began them */
    uint32_t outcome[2][TCPTWIN_OUTCOME_COUNT]; /**< of those opened, of those called */
    uint32_t at_end[TCPTWIN_STATE_COUNT];       /**< sockets by state at the end of the capture */
    uint32_t closed_first, closed_second, closed_at_once;
    uint32_t reset_sent, reset_received;
    uint32_t time_waits, close_waits; /**< sockets that ever were in the state */
    uint32_t fin_wait_2_timeouts;
    uint32_t waits_of_services;  /**< a host's: of those at the end, the ones on ports of its services */
    uint32_t wait_timestamps;    /**< of those: both ends had timestamps */
    uint64_t wait_since_ns, wait_until_ns; /**< the first TIME-WAIT begins, the last ends; 0: none */
    struct wait_load wait_load;
    struct longest *close_wait[2], *fin_wait_2[2]; /**< NULL: none; host_tally_end() puts the longest of all first */
    struct handshake_legs *legs; /**< a service's; NULL: none */
};

/** host_tally_free() - What the entry holds beside itself. */
void host_tally_free(struct host_tally *tally);
/**
 * host_tally_learn() - One connection, of which endpoint @x is that host's, and if it was called that service's
 * Either may be NULL. Not for stray segments. @last: set to the last stay. Return: false if there is none.
 */
bool host_tally_learn(struct host_tally *host, struct host_tally *service,
                      const struct tcptwin_connection *connection, unsigned x, struct socket_at *last);
/** host_tally_learn_handshake() - A service's: how long the two legs took. */
void host_tally_learn_handshake(struct host_tally *tally,
                                const struct tcptwin_connection *connection);
/** host_tally_stands() - Whether the stay is the last, and only a timer can have ended it since. */
bool host_tally_stands(const struct tcptwin_connection *connection, unsigned x,
                       const struct socket_at *stay);
/** host_tally_sockets() - How many stood at the end, listeners as well. */
uint64_t host_tally_sockets(const struct host_tally *tally);
/** host_tally_peak() - The most sockets in TIME-WAIT at a time; span 0: not known. */
struct wait_peak host_tally_peak(const struct host_tally *tally);
/** host_tally_end() - The capture ended then: what is still open has lasted till then. */
void host_tally_end(struct host_tally *tally, uint64_t end_ns);

/** measured_add(), measured_mean() - Mean 0 of nothing. */
void measured_add(struct measured *measured, uint64_t ns);
uint64_t measured_mean(const struct measured *measured);

#endif

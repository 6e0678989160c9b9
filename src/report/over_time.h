/* over_time.h - how many sockets of each host were in each state, every STEP of the capture
 *
 * Moments are STEP apart, the first is the capture's start. Connections come in any order and their
 * number is unknown, so what is kept is changes: "from moment 7 on one more in TIME-WAIT".
 */
#ifndef REPORT_OVER_TIME_H
#define REPORT_OVER_TIME_H

#include "places.h"
#include "report.h"
#include "socket_at.h"

struct over_time {
    uint64_t step_ns, origin_ns; /**< origin_ns: set before the first stay */
    struct places hosts;
    struct change *changes;      /* hash table by moment, host and state */
    size_t count, room;
    uint64_t lost;               /**< changes that found no room: numbers are too low or high from there on */
};

void over_time_begin(struct over_time *over_time, uint64_t step_ns);
void over_time_free(struct over_time *over_time);
/** over_time_add() - A socket of this host stays in a state. */
void over_time_add(struct over_time *over_time, const struct tcptwin_address *host, unsigned ip_version,
                   const struct socket_at *stay);
/** over_time_write() - All moments up to @end_ns, as a table or as `interval` events. Call once. */
void over_time_write(struct over_time *over_time, const struct report_options *options, uint64_t end_ns);

#endif

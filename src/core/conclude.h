/* conclude.h - from the two twins' steps to everything that is said of a connection */
#ifndef CORE_CONCLUDE_H
#define CORE_CONCLUDE_H

#include "twin.h"

/** One of each kind of each end, and of both together. */
enum { CONCLUSION_ANOMALIES_MAX = 3 * TCPTWIN_ANOMALY_COUNT };

/** Room for one connection's conclusion; reused from connection to connection. */
struct conclusion {
    struct trace trace;
    struct twin twins[2];
    struct tcptwin_transition transitions[2 * TWIN_STEPS_MAX];
    struct tcptwin_anomaly_record anomalies[CONCLUSION_ANOMALIES_MAX];
    struct tcptwin_connection connection;
};

/** What the connection does not know itself. */
struct surroundings {
    struct host_clock hosts[2];
    uint64_t origin_ns;             /**< where the capture begins */
    uint64_t end_ts_ns;             /**< how far it goes */
    struct tcptwin_timers timers;
    enum tcptwin_end_reason end_reason; /**< why it is concluded; END_EOF becomes END_DETECTED where both ended */
    bool final;
};

/** conclude() - Compute the states and say all: fills @conclusion, whose connection points into it. */
void conclude(struct conclusion *conclusion, const struct conn *conn,
              const struct surroundings *surroundings);

enum { /* percent */
    CONFIDENCE_MAX = 100,
    CONFIDENCE_ASSUMED = 5, /**< less for each end whose last step is presumed */
    CONFIDENCE_OF_ORDERLY = CONFIDENCE_MAX - CONFIDENCE_ASSUMED /**< the last ACK is */
};
/** conclusion_fill_identity() - What the connection itself knows: whose it is, and its counters. Clears all else. */
void conclusion_fill_identity(struct tcptwin_connection *out, const struct conn *conn);
/** conclusion_add_reuse() - The connection began while end @x was in TIME-WAIT from the one before. */
void conclusion_add_reuse(struct conclusion *conclusion, const struct conn *conn, unsigned x);

#endif

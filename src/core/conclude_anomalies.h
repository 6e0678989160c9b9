/* conclude_anomalies.h - what is odd about a connection as a whole */
#ifndef CORE_CONCLUDE_ANOMALIES_H
#define CORE_CONCLUDE_ANOMALIES_H

#include "conclude.h"

/** conclusion_is_backscatter() - A SYN-ACK for a SYN that nobody saw, answered by RSTs only: its sender was lied to. */
bool conclusion_is_backscatter(const struct conclusion *conclusion, const struct conn *conn);
/**
 * conclusion_collect_anomalies() - Those of its segments, and those that only the whole shows, the gravest first
 * Last: the conclusion's outcome, roles and endpoints are read.
 */
void conclusion_collect_anomalies(struct conclusion *conclusion, const struct conn *conn, uint64_t end_ts_ns);

#endif

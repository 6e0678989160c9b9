/* totals.h - what reports add up over all connections, and the verdict on the capture */
#ifndef REPORT_TOTALS_H
#define REPORT_TOTALS_H

#include "report.h"

struct totals {
    uint64_t connections;
    uint64_t outcome[TCPTWIN_OUTCOME_COUNT];
    uint64_t anomaly[TCPTWIN_ANOMALY_COUNT];             /**< how often */
    uint64_t anomaly_connections[TCPTWIN_ANOMALY_COUNT]; /**< on how many connections */
    uint64_t anomaly_records[TCPTWIN_ANOMALY_COUNT];      /**< on how many sides, or both */
    uint64_t one_direction, midstream, with_gap, offload, evidence_dropped;
    uint64_t duplicates, reordered, gap_bytes, bad_checksums;
    uint64_t lost_before_tap, lost_after_tap;
    uint64_t confidence; /**< sum of the connections', each 0 to 100 */
};

enum capture_verdict { CAPTURE_GOOD, CAPTURE_TRUNCATED, CAPTURE_LOSSY, CAPTURE_ONE_WAY, CAPTURE_DISORDERED };

/** totals_add() - Count one finished connection. */
void totals_add(struct totals *totals, const struct tcptwin_connection *connection);
/** totals_verdict() - The gravest thing that is wrong with the capture as a whole. */
enum capture_verdict totals_verdict(const struct totals *totals,
                                    const struct report_summary *summary);
/** capture_verdict_name() - "good", "truncated", "lossy", "one_way", "disordered" */
const char *capture_verdict_name(enum capture_verdict verdict);
/** totals_anomalies() - Of all kinds together. */
uint64_t totals_anomalies(const struct totals *totals);
uint64_t summary_damaged_inputs(const struct report_summary *summary);

#endif

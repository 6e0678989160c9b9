/* totals.c - what reports add up over all connections, and the verdict on the capture
 *
 * One bad connection among thousands does not spoil a capture, so each fault has a threshold. The
 * gravest one gives the name: where times run back (files that overlap are read one after the other), what
 * answers what is unsure; with one direction missing, states are inferred; with packets lost, counts are lower
 * bounds; cut packets merely hide options.
 */
#include "totals.h"

#define DISORDER_NS UINT64_C(1000000000) /* less: packets of several processors, or a clock that is kept right */

/* Both sides of a connection may have the same anomaly: two records of one connection. */
static void add_anomalies(struct totals *totals, const struct tcptwin_connection *connection)
{
    bool has[TCPTWIN_ANOMALY_COUNT] = {false};
    for (uint32_t i = 0; i < connection->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *record = &connection->anomalies[i];
        if (record->anomaly >= TCPTWIN_ANOMALY_COUNT)
            continue;
        totals->anomaly[record->anomaly] += record->count;
        totals->anomaly_records[record->anomaly]++;
        totals->anomaly_connections[record->anomaly] += !has[record->anomaly];
        has[record->anomaly] = true;
    }
}

void totals_add(struct totals *totals, const struct tcptwin_connection *connection)
{
    totals->connections++;
    if (connection->outcome < TCPTWIN_OUTCOME_COUNT)
        totals->outcome[connection->outcome]++;
    totals->one_direction += connection->one_direction;
    totals->midstream += connection->midstream && connection->outcome != TCPTWIN_OUTCOME_STRAY;
    totals->with_gap += connection->capture_gap;
    totals->confidence += connection->confidence;
    totals->reordered += connection->reordered_packets;
    totals->evidence_dropped += connection->evidence_dropped;
    totals->offload += connection->endpoint[0].offload || connection->endpoint[1].offload;
    for (int i = 0; i < 2; i++) {
        totals->duplicates += connection->endpoint[i].duplicates;
        totals->lost_before_tap += connection->endpoint[i].lost_before_tap;
        totals->lost_after_tap += connection->endpoint[i].lost_after_tap;
        totals->gap_bytes += connection->endpoint[i].gap_bytes;
        totals->bad_checksums += connection->endpoint[i].bad_checksums;
    }
    add_anomalies(totals, connection);
}

uint64_t totals_anomalies(const struct totals *totals)
{
    uint64_t sum = 0;
    for (int i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        sum += totals->anomaly[i];
    return sum;
}

uint64_t summary_damaged_inputs(const struct report_summary *summary)
{
    uint64_t damaged = 0;
    for (size_t i = 0; i < summary->input_count; i++)
        damaged += summary->inputs[i].damaged;
    return damaged;
}

/* at least one, and at least one in a hundred */
static bool percent(uint64_t part, uint64_t whole)
{
    return part > 0 && part >= whole / 100;
}

enum capture_verdict totals_verdict(const struct totals *totals,
                                    const struct report_summary *summary)
{
    uint64_t cut = summary->notes_truncated + summary->decode_counts[TCPTWIN_DECODE_TRUNCATED];
    if (summary->back_ns >= DISORDER_NS)
        return CAPTURE_DISORDERED;
    if (totals->one_direction > totals->connections / 2)
        return CAPTURE_ONE_WAY;
    if (percent(summary->dropped_kernel + summary->dropped_interface, summary->received) ||
        percent(totals->with_gap, totals->connections))
        return CAPTURE_LOSSY;
    if (summary_damaged_inputs(summary) || percent(cut, summary->tcp_packets))
        return CAPTURE_TRUNCATED;
    return CAPTURE_GOOD;
}

const char *capture_verdict_name(enum capture_verdict verdict)
{
    static const char *const names[] = {"good", "truncated", "lossy", "one_way", "disordered"};
    return names[verdict];
}

/* conn.c - the two things that every user of a connection asks of it: directions and anomalies
 *
 * An anomaly is counted by kind and endpoint, with the first and the last frame that showed it; it is
 * not a list of its occurrences. So the memory of it is bounded by the number of kinds.
 */
#include "conn.h"

#include <endian.h>
#include <string.h>

unsigned conn_direction(const struct tcptwin_segment *segment)
{
    uint64_t src[2], dst[2];
    memcpy(src, &segment->src, sizeof src);
    memcpy(dst, &segment->dst, sizeof dst);
    if (src[0] != dst[0])
        return be64toh(src[0]) > be64toh(dst[0]);
    if (src[1] != dst[1])
        return be64toh(src[1]) > be64toh(dst[1]);
    return segment->src_port > segment->dst_port;
}

struct side_rest *conn_take_rest(struct conn *conn, struct slab *slab, unsigned dir)
{
    if (!conn->rest) {
        conn->rest = slab_take(slab, CLASS_REST);
        if (!conn->rest)
            return NULL;
        memset(conn->rest, 0, 2 * sizeof *conn->rest);
    }
    return &conn->rest[dir];
}

void conn_anomaly(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly,
                  unsigned endpoint, unsigned confidence, uint64_t frame, uint64_t ts_ns)
{
    struct anomaly_node *node = conn->anomalies;
    while (node && (node->record.anomaly != anomaly || node->record.endpoint != endpoint))
        node = node->next;
    if (!node) {
        node = slab_take(slab, CLASS_ANOMALY);
        if (!node)
            return;
        *node = (struct anomaly_node){.next = conn->anomalies};
        node->record.anomaly = (uint8_t)anomaly;
        node->record.endpoint = (uint8_t)endpoint;
        node->record.first_frame = node->record.last_frame = frame;
        node->record.first_ts_ns = node->record.last_ts_ns = ts_ns;
        conn->anomalies = node;
    }
    if (node->record.count < UINT32_MAX)
        node->record.count++;
    if (node->record.confidence < confidence)
        node->record.confidence = (uint8_t)confidence;
    anomaly_seen_at(&node->record, frame, ts_ns);
}

void conn_anomaly_withdraw(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly,
                           unsigned endpoint)
{
    struct anomaly_node **link = &conn->anomalies;
    while (*link && ((*link)->record.anomaly != anomaly || (*link)->record.endpoint != endpoint))
        link = &(*link)->next;
    struct anomaly_node *node = *link;
    if (!node || --node->record.count)
        return;
    *link = node->next;
    slab_give(slab, CLASS_ANOMALY, node);
}

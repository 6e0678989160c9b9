/* conn.c - a connection's beginning and end, and what every user of it asks: directions and anomalies
 *
 * An anomaly is counted by kind and endpoint, with the first and the last frame that showed it; it is
 * not a list of its occurrences. So the memory of it is bounded by the number of kinds.
 */
#include "conn.h"

#include <endian.h>
#include <string.h>

void conn_piece_sizes(struct slab *slab)
{
    for (unsigned class = 0; class < JOURNAL_CLASSES; class++)
        slab->piece[class] = journal_capacity(class) * sizeof(struct record);
    slab->piece[CLASS_ANOMALY] = sizeof(struct anomaly_node);
    slab->piece[CLASS_PENDING] = sizeof(struct pending_syn);
    slab->piece[CLASS_SAID] = sizeof(struct said_list);
    slab->piece[CLASS_REST] = 2 * sizeof(struct side_rest);
    slab->piece[CLASS_ENDS] = 2 * sizeof(struct tcptwin_address);
}

void conn_start(struct conn *conn, uint64_t stream, uint32_t incarnation, const struct tcptwin_segment *first,
                unsigned dir)
{
    conn->incarnation = incarnation;
    conn->first_sender = (uint8_t)dir;
    conn->stream = stream;
    conn->first_ts_ns = conn->last_ts_ns = first->ts_ns;
    conn->first_frame = first->frame;
    conn->vlan_id = first->vlan_id;
    conn->began_by_syn = (first->flags & TCPTWIN_SYN) != 0;
    conn->began = first->flags & TCPTWIN_ACK ? first->ack - 1 : first->seq;
    conn->side[0].wscale = conn->side[1].wscale = -1;
}

struct pending_syn conn_take_pending(struct conn *conn, struct slab *slab)
{
    struct pending_syn pending = *conn->pending;
    slab_give(slab, CLASS_PENDING, conn->pending);
    conn->pending = NULL;
    return pending;
}

void conn_release(struct conn *conn, struct slab *slab)
{
    journal_release(&conn->journal, slab);
    while (conn->anomalies) {
        struct anomaly_node *node = conn->anomalies;
        conn->anomalies = node->next;
        slab_give(slab, CLASS_ANOMALY, node);
    }
    slab_give(slab, CLASS_PENDING, conn->pending);
    slab_give(slab, CLASS_SAID, conn->said);
    slab_give(slab, CLASS_REST, conn->rest);
}

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

void conn_anomalies(struct conn *conn, struct slab *slab, enum tcptwin_anomaly anomaly, unsigned endpoint,
                    unsigned confidence, uint32_t count, uint64_t frame, uint64_t ts_ns)
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
    uint32_t room = UINT32_MAX - node->record.count;
    node->record.count += count < room ? count : room;
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

/* hosts_table.h - what the report `hosts` knows */
#ifndef REPORT_HOSTS_TABLE_H
#define REPORT_HOSTS_TABLE_H

#include "host_tally.h"

/** A socket that a timer ends: whether it stands at the end is not known yet. */
struct waiting_socket {
    struct tcptwin_address address;
    uint32_t scope;
    uint16_t port;
    uint8_t ip_version;
    uint8_t state : 7, is_service : 1;
    uint64_t until_ns;
};

struct hosts {
    struct places hosts, services; /* of struct host_tally */
    struct topk host_rows, service_rows; /* at the end: those that are told, most connections first */
    struct places listeners;             /* listeners.h */
    struct waiting_socket *waiting;
    size_t waiting_count, waiting_room;
    uint64_t seen_ns, origin_ns, end_ns; /* the last packet so far, the first; the last of all */
    uint64_t rest_connections;           /* of hosts that were let go */
    uint64_t stray;                      /* connections of stray segments: not counted */
};

/** hosts_row() - A tally by its rank; NULL past the last. */
static inline const struct host_tally *hosts_row(const struct topk *rows, size_t index)
{
    struct host_tally *const *row = topk_at(rows, index);
    return row ? *row : NULL;
}

#endif

/* socket_row.h - one line of the report `sockets`, and its `socket` event */
#ifndef REPORT_SOCKET_ROW_H
#define REPORT_SOCKET_ROW_H

#include "json_line.h"
#include "report.h"

struct socket_row {
    uint64_t rank;                     /**< the beginning of the order, by socket_row_rank() */
    struct tcptwin_address local, peer;
    uint64_t since_ns, until_ns;       /**< as struct socket_at has them */
    uint64_t id, stream, first_ts_ns;  /**< of the connection */
    uint64_t answered;                 /**< LISTEN: connections */
    uint32_t scope;
    uint16_t local_port, peer_port;
    uint8_t ip_version, state, basis, candidate, role; /**< role 0: client */
    bool older, evicted;
};

/** socket_row_rank() - Before rows are compared: most comparisons are decided by it. */
void socket_row_rank(struct socket_row *row);
/** socket_row_compare() - By host; its listeners first; then by ports; the newest connection of a tuple first. */
int socket_row_compare(const void *a, const void *b);
/** socket_row_same() - The same addresses and ports. */
bool socket_row_same(const struct socket_row *a, const struct socket_row *b);
/** socket_rows_write() - The table. */
void socket_rows_write(const struct report_options *options, const struct socket_row *rows, size_t count,
                       uint64_t at_ns);
/** socket_row_write_json() - One line of JSON. @line: the caller's, empty or used before. */
void socket_row_write_json(FILE *out, struct json_line *line, const struct socket_row *row, uint64_t at_ns);

#endif

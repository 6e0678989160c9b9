/* socket_row.c - see socket_row.h
 *
 * The table is that of `ss -tan`, without the queues, which no packet tells. It is never folded: a socket is
 * a line, for grep, awk and wc.
 */
#include "socket_row.h"
#include "json_put.h"
#include "layout.h"
#include "socket_at.h"

#include <string.h>

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_tuples(const struct socket_row *a, const struct socket_row *b)
{
    int order = compare_numbers(a->ip_version, b->ip_version);
    if (!order)
        order = memcmp(&a->local, &b->local, sizeof a->local);
    if (!order)
        order = compare_numbers(a->state != TCPTWIN_STATE_LISTEN, b->state != TCPTWIN_STATE_LISTEN);
    if (!order)
        order = compare_numbers(a->local_port, b->local_port);
    if (!order)
        order = memcmp(&a->peer, &b->peer, sizeof a->peer);
    if (!order)
        order = compare_numbers(a->peer_port, b->peer_port);
    return order ? order : compare_numbers(a->scope, b->scope);
}

int socket_row_compare(const void *a_, const void *b_)
{
    const struct socket_row *a = a_, *b = b_;
    int order = compare_tuples(a, b);
    return order ? order : compare_numbers(b->first_ts_ns, a->first_ts_ns);
}

bool socket_row_same(const struct socket_row *a, const struct socket_row *b)
{
    return compare_tuples(a, b) == 0;
}

/* -- text ------------------------------------------------------------------------------------------------ */

struct line {
    struct text local, peer, age, basis;
};

static struct text address_and_port(const struct tcptwin_address *address, unsigned port, unsigned ip_version)
{
    struct tcptwin_endpoint endpoint = {.address = *address, .port = (uint16_t)port};
    return format_endpoint(&endpoint, ip_version);
}

static struct text basis_text(const struct socket_row *row)
{
    if (row->state == TCPTWIN_STATE_LISTEN)
        return format_printf("answered %s SYN%s", format_count(row->answered).s, row->answered == 1 ? "" : "s");
    const char *evicted = row->evicted ? ", let go then" : "";
    if (row->state == TCPTWIN_STATE_UNKNOWN)
        return format_printf("nothing tells%s", evicted);
    if (row->candidate != row->state)
        return format_printf("%s, or %s%s", basis_name(row->basis), state_label(row->candidate), evicted);
    return format_printf("%s%s", basis_name(row->basis), evicted);
}

static void make_cells(const struct socket_row *row, uint64_t at_ns, struct line *line, struct cell *cells)
{
    bool listener = row->state == TCPTWIN_STATE_LISTEN;
    line->local = address_and_port(&row->local, row->local_port, row->ip_version);
    line->peer = listener ? format_copy("*:*") : address_and_port(&row->peer, row->peer_port, row->ip_version);
    line->age = format_printf("%s%s", row->older ? ">" : "", format_duration(duration_ns(row->since_ns, at_ns)).s);
    line->basis = basis_text(row);
    cells[0] = (struct cell){state_label(row->state), listener ? INK_DIM : INK_PLAIN};
    cells[1] = (struct cell){line->local.s, INK_PLAIN};
    cells[2] = (struct cell){line->peer.s, INK_PLAIN};
    cells[3] = (struct cell){line->age.s, INK_PLAIN};
    cells[4] = (struct cell){line->basis.s, row->candidate != row->state ? INK_YELLOW : INK_PLAIN};
}

void socket_rows_write(const struct report_options *options, const struct socket_row *rows, size_t count,
                       uint64_t at_ns)
{
    struct table table = {.out = options->out,
                          .colour = options->colour,
                          .columns = 5,
                          .column = {{"State", false, 12},
                                     {"Local Address:Port", false, 18},
                                     {"Peer Address:Port", false, 17},
                                     {"Age", true, 7},
                                     {"Basis", false, 8}}};
    struct cell cells[TABLE_COLUMNS_MAX];
    struct line line;
    for (size_t i = 0; i < count; i++) {
        make_cells(&rows[i], at_ns, &line, cells);
        table_measure(&table, cells);
    }
    table_heading(&table);
    for (size_t i = 0; i < count; i++) {
        make_cells(&rows[i], at_ns, &line, cells);
        table_row(&table, cells);
    }
}

/* -- JSON ------------------------------------------------------------------------------------------------ */

static void put_socket(struct json_line *line, const struct socket_row *r, bool is_listener, uint64_t at_ns)
{
#define SOCKET_FIELD PUT
#include "json_fields.def"
}

void socket_row_write_json(FILE *out, struct json_line *line, const struct socket_row *row, uint64_t at_ns)
{
    json_line_begin(line);
    put_every(line, "socket", at_ns);
    put_socket(line, row, row->state == TCPTWIN_STATE_LISTEN, at_ns);
    if (json_line_end(line))
        fwrite(line->text, 1, line->used, out);
}

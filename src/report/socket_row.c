/* socket_row.c - see socket_row.h
 *
 * The table is that of `ss -tan`, without the queues, which no packet tells. It is never folded: a
 * socket is a line, for grep, awk and wc.
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

/* IPv4: address, listener or not, port. IPv6: as much of the address as there is room for. */
void socket_row_rank(struct socket_row *row)
{
    const uint8_t *bytes = row->local.bytes + (row->ip_version == 4 ? 12 : 0);
    uint64_t rank = 0;
    for (unsigned i = 0; i < (row->ip_version == 4 ? 4 : 8); i++)
        rank = rank << 8 | bytes[i];
    if (row->ip_version == 4)
        row->rank =
            rank << 17 | (uint64_t)(row->state != TCPTWIN_STATE_LISTEN) << 16 | row->local_port;
    else
        row->rank = UINT64_C(1) << 63 | rank >> 1;
}

int socket_row_compare(const void *a_, const void *b_)
{
    const struct socket_row *a = a_, *b = b_;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int order = compare_tuples(a, b);
    return order ? order : compare_numbers(b->first_ts_ns, a->first_ts_ns);
}

bool socket_row_same(const struct socket_row *a, const struct socket_row *b)
{
    return a->rank == b->rank && compare_tuples(a, b) == 0;
}

/* -- text ----------------------------------------------------------------------------------------- */

enum {
    COLUMNS = 5,
    LINE_MAX_BYTES = 512,
    MEASURED = 2000 /* rows; of more, so many here and there */
};
static const char *const titles[COLUMNS] = {"State", "Local Address:Port", "Peer Address:Port",
                                            "Age", "Basis"};

/* The cells of a row. There may be a million: nothing here goes through printf(). */
struct line {
    const char *cell[COLUMNS];
    struct text local, peer, age, basis;
    enum ink ink[COLUMNS];
};

static void append(struct text *text, const char *more)
{
    size_t used = strlen(text->s), length = strlen(more);
    if (used + length < sizeof text->s)
        memcpy(text->s + used, more, length + 1);
}

static const char *basis_cell(const struct socket_row *row, struct text *room)
{
    bool two = row->candidate != row->state;
    if (row->state == TCPTWIN_STATE_LISTEN) {
        *room = (struct text){"answered "};
        append(room, format_count(row->answered).s);
        append(room, row->answered == 1 ? " SYN" : " SYNs");
        return room->s;
    }
    const char *basis =
        row->state == TCPTWIN_STATE_UNKNOWN ? "nothing tells" : basis_name(row->basis);
    if (!two && !row->evicted)
        return basis;
    room->s[0] = '\0'; /* "assumed, or FIN-WAIT-1" does not fit 80 columns */
    append(room, two ? "or " : basis);
    append(room, two ? state_label(row->candidate) : "");
    append(room, row->evicted ? ", let go then" : "");
    return room->s;
}

static void make_line(const struct socket_row *row, uint64_t at_ns, struct line *line)
{
    bool listener = row->state == TCPTWIN_STATE_LISTEN;
    struct text age = format_duration(duration_ns(row->since_ns, at_ns));
    line->local = format_end(&row->local, row->local_port, row->ip_version);
    if (!listener)
        line->peer = format_end(&row->peer, row->peer_port, row->ip_version);
    line->age.s[0] = '\0';
    append(&line->age, row->older ? ">" : "");
    append(&line->age, age.s);
    line->cell[0] = state_label(row->state);
    line->cell[1] = line->local.s;
    line->cell[2] = listener ? "*:*" : line->peer.s;
    line->cell[3] = line->age.s;
    line->cell[4] = basis_cell(row, &line->basis);
    memset(line->ink, INK_PLAIN, sizeof line->ink);
    line->ink[0] = listener ? INK_DIM : INK_PLAIN;
    line->ink[4] = row->candidate != row->state ? INK_YELLOW : INK_PLAIN;
}

static void measure(const char *const cell[COLUMNS], unsigned width[COLUMNS])
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        unsigned length = (unsigned)strlen(cell[i]);
        width[i] = length > width[i] ? length : width[i];
    }
}

/* Age is aligned to the right; nothing is padded behind the last cell. */
static void write_line(const struct report_options *options, const char *const cell[COLUMNS],
                       const enum ink ink[COLUMNS], const unsigned width[COLUMNS])
{
    char text[LINE_MAX_BYTES];
    size_t used = 0;
    for (unsigned i = 0; i < COLUMNS; i++) {
        size_t length = strlen(cell[i]), pad = width[i] > length ? width[i] - length : 0;
        size_t before = i == 3 ? pad : 0, after = i == 3 ? 1 : i < COLUMNS - 1 ? pad + 1 : 0;
        memset(text + used, ' ', before);
        used += before;
        if (options->colour && ink[i] != INK_PLAIN) {
            fwrite(text, 1, used, options->out);
            used = 0;
            ink_write(options->out, true, ink[i], cell[i]);
        } else {
            memcpy(text + used, cell[i], length);
            used += length;
        }
        memset(text + used, ' ', after);
        used += after;
    }
    text[used++] = '\n';
    fwrite(text, 1, used, options->out);
}

void socket_rows_write(const struct report_options *options, const struct socket_row *rows,
                       size_t count, uint64_t at_ns)
{
    static const enum ink dim[COLUMNS] = {INK_DIM, INK_DIM, INK_DIM, INK_DIM, INK_DIM};
    unsigned width[COLUMNS] = {12, 0, 0, 7, 0};
    struct line line;
    measure(titles, width);
    for (size_t i = 0; i < count; i += 1 + count / MEASURED) {
        make_line(&rows[i], at_ns, &line);
        measure(line.cell, width);
    }
    write_line(options, titles, dim, width);
    for (size_t i = 0; i < count; i++) {
        make_line(&rows[i], at_ns, &line);
        write_line(options, line.cell, line.ink, width);
    }
}

/* -- JSON ----------------------------------------------------------------------------------------- */

static void put_socket(struct json_line *line, const struct socket_row *r, bool is_listener,
                       uint64_t at_ns)
{
#define SOCKET_FIELD PUT
#include "json_fields.def"
}

void socket_row_write_json(FILE *out, struct json_line *line, const struct socket_row *row,
                           uint64_t at_ns)
{
    json_line_begin(line);
    put_every(line, "socket", at_ns);
    put_socket(line, row, row->state == TCPTWIN_STATE_LISTEN, at_ns);
    json_line_end(line);
    json_line_write(line, out);
}

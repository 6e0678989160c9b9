/* sockets.c - what `ss -tan` would have printed on every host seen, at one moment
 *
 * Of each connection the state of both ends at the moment is asked for (socket_at.h), and what
 * stands is kept as a row; nothing else is. While the moment is the end, which is not known yet,
 * what ends by a timer is kept until that has passed. Ports that listen follow from all connections
 * (listeners.h).
 *
 *     sockets                rows, or with --summary numbers by host and state
 *     sockets --over-time    numbers by host and state every STEP (over_time.h)
 */
#include "format.h"
#include "kinds.h"
#include "layout.h"
#include "listeners.h"
#include "over_time.h"
#include "quality.h"
#include "socket_at.h"
#include "socket_row.h"
#include "state_table.h"
#include "totals.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1 << 22, FIRST_ROOM = 256 };

struct report {
    struct report_options options;
    const struct selection *selection; /* of the options */
    struct totals totals;
    struct socket_row *rows;
    size_t count, room;
    uint64_t no_room;            /* sockets that found no memory */
    uint64_t seen_ns, origin_ns; /* the last packet so far; the first of the capture */
    uint64_t perhaps_open;       /* sockets that a RST ended, and nothing proves that it arrived */
    struct places listeners;
    struct over_time over_time;
};

/* -- taking in --------------------------------------------------------------------------------- */

/* Rows whose timer has fired by now make room. */
static void forget_ended(struct report *report, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->count; i++)
        if (report->rows[i].until_ns > now_ns)
            report->rows[kept++] = report->rows[i];
    report->count = kept;
}

static bool make_room(struct report *report)
{
    if (report->count < report->room)
        return true;
    if (report->selection->at.kind == MOMENT_END)
        forget_ended(report, report->seen_ns);
    if (report->count < report->room / 2 ||
        (report->count < report->room && report->room >= ROWS_MAX))
        return true;
    size_t room = report->room ? 2 * report->room : FIRST_ROOM;
    struct socket_row *rows = room <= ROWS_MAX ? realloc(report->rows, room * sizeof *rows) : NULL;
    if (!rows)
        return report->count < report->room;
    report->rows = rows;
    report->room = room;
    return true;
}

static void keep_row(struct report *report, const struct socket_row *row)
{
    if (make_room(report))
        report->rows[report->count++] = *row;
    else
        report->no_room++;
}

static void take_socket(struct report *report, const struct tcptwin_connection *c, unsigned x,
                        uint64_t at_ns)
{
    struct socket_at socket;
    bool is_end = report->selection->at.kind == MOMENT_END;
    if (!(is_end ? socket_at_end(c, x, &socket) : socket_at(c, x, at_ns, &socket)))
        return;
    const struct tcptwin_endpoint *local = &c->endpoint[x], *peer = &c->endpoint[!x];
    struct socket_row row = {
        .local = local->address,
        .peer = peer->address,
        .local_port = local->port,
        .peer_port = peer->port,
        .ip_version = c->ip_version,
        .scope = c->scope,
        .id = tcptwin_connection_id(c),
        .stream = c->stream,
        .first_ts_ns = c->first_ts_ns,
        .since_ns = socket.since_ns,
        .until_ns = socket.until_ns,
        .state = socket.state,
        .basis = socket.basis,
        .candidate = socket.candidate,
        .older = socket.older,
        .role = x != c->client,
        .evicted = c->end_reason == TCPTWIN_END_RESOURCES && socket.until_ns == SOCKET_FOR_EVER &&
                   (is_end || at_ns > c->last_ts_ns),
    };
    keep_row(report, &row);
}

/* Its end is presumed: a RST that is lost leaves a socket behind, and in these states it says
 * nothing. */
static bool is_perhaps_open(const struct tcptwin_connection *c, unsigned x, uint64_t at_ns)
{
    static const uint32_t silent = 1u << TCPTWIN_STATE_ESTABLISHED |
                                   1u << TCPTWIN_STATE_FIN_WAIT_2 | 1u << TCPTWIN_STATE_CLOSE_WAIT;
    const struct tcptwin_transition *last = NULL;
    for (uint32_t i = 0; i < c->transition_count; i++)
        if (c->transitions[i].endpoint == x)
            last = &c->transitions[i];
    return last && last->event == TCPTWIN_EV_RCV_RST && last->basis == TCPTWIN_BASIS_ASSUMED &&
           last->to == TCPTWIN_STATE_CLOSED && (silent >> last->from & 1) &&
           transition_time(last) <= at_ns && !c->reused_ts_ns;
}

static void take_stays(struct report *report, const struct tcptwin_connection *c, unsigned x)
{
    struct socket_at stay;
    uint32_t index = 0;
    report->over_time.origin_ns = c->origin_ns;
    while (socket_stays(c, x, &index, &stay)) {
        if (c->end_reason == TCPTWIN_END_RESOURCES && stay.until_ns == SOCKET_FOR_EVER)
            stay.until_ns = c->last_ts_ns;
        if (selection_has_state(report->selection, stay.state))
            over_time_add(&report->over_time, &c->endpoint[x].address, c->ip_version, &stay);
    }
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    const struct selection *selection = report->selection;
    if (event->kind != TCPTWIN_EVENT_CONNECTION)
        return;
    totals_add(&report->totals, c);
    report->origin_ns = c->origin_ns;
    report->seen_ns = c->last_ts_ns > report->seen_ns ? c->last_ts_ns : report->seen_ns;
    uint64_t at_ns =
        selection->step_ns ? UINT64_MAX : moment_resolve(&selection->at, c->origin_ns, UINT64_MAX);
    for (unsigned x = 0; x < 2; x++) {
        if (!selection_has_host(selection, &c->endpoint[x].address, c->ip_version))
            continue;
        if (selection->step_ns)
            take_stays(report, c, x);
        else
            take_socket(report, c, x, at_ns);
        report->perhaps_open += is_perhaps_open(c, x, at_ns);
    }
    listeners_learn(&report->listeners, c, at_ns);
}

/* -- the end ----------------------------------------------------------------------------------- */

static void add_listener(struct report *report, const struct listener *listener)
{
    const struct place *place = &listener->place;
    if (!listens(listener) ||
        !selection_has_host(report->selection, &place->address, place->ip_version))
        return;
    struct socket_row row = {
        .local = place->address,
        .local_port = place->port,
        .ip_version = place->ip_version,
        .scope = place->scope,
        .since_ns = listener->since_ns,
        .until_ns = SOCKET_FOR_EVER,
        .answered = listener->answered,
        .state = TCPTWIN_STATE_LISTEN,
        .candidate = TCPTWIN_STATE_LISTEN,
        .basis = TCPTWIN_BASIS_CONFIRMED,
        .older = true,
    };
    keep_row(report, &row);
}

/* A tuple has one socket: of several connections the newest has it. */
static void keep_newest(struct report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->count; i++)
        if (kept == 0 || !socket_row_same(&report->rows[kept - 1], &report->rows[i]))
            report->rows[kept++] = report->rows[i];
    report->count = kept;
}

static void keep_wanted(struct report *report)
{
    size_t kept = 0;
    for (size_t i = 0; i < report->count; i++)
        if (selection_has_state(report->selection, report->rows[i].state))
            report->rows[kept++] = report->rows[i];
    report->count = kept;
}

static void finish_rows(struct report *report, uint64_t at_ns)
{
    forget_ended(report, at_ns);
    for (size_t i = 0; i < report->listeners.count; i++)
        add_listener(report, places_at(&report->listeners, i));
    for (size_t i = 0; i < report->count; i++)
        socket_row_rank(&report->rows[i]);
    if (report->count)
        qsort(report->rows, report->count, sizeof *report->rows, socket_row_compare);
    keep_newest(report);
    keep_wanted(report);
}

static bool same_host(const struct socket_row *a, const struct socket_row *b)
{
    return a->ip_version == b->ip_version && memcmp(&a->local, &b->local, sizeof a->local) == 0;
}

/* The numbers of one host. Return: the first row of the next. */
static size_t count_host(const struct report *report, size_t first, struct state_counts *counts)
{
    size_t i = first;
    *counts = (struct state_counts){{0}};
    for (; i < report->count && same_host(&report->rows[i], &report->rows[first]); i++)
        counts->of[report->rows[i].state]++;
    return i;
}

static size_t count_hosts(const struct report *report, struct state_counts *all)
{
    size_t hosts = 0;
    struct state_counts counts;
    *all = (struct state_counts){{0}};
    for (size_t i = 0; i < report->count; hosts++) {
        i = count_host(report, i, &counts);
        state_counts_add(all, &counts);
    }
    return hosts;
}

static void write_summary(const struct report *report)
{
    struct state_table table = {.options = &report->options};
    struct state_counts counts, all;
    size_t hosts = count_hosts(report, &all), next;
    struct state_line sum = {"", hosts == 1 ? "" : "all", &all};
    state_table_measure(&table, &sum);
    for (size_t i = 0; i < report->count; i = next) {
        next = count_host(report, i, &counts);
        struct text host = format_ip(&report->rows[i].local, report->rows[i].ip_version);
        state_table_measure(&table, &(struct state_line){"", host.s, &counts});
    }
    state_table_heading(&table);
    for (size_t i = 0; i < report->count; i = next) {
        next = count_host(report, i, &counts);
        struct text host = format_ip(&report->rows[i].local, report->rows[i].ip_version);
        state_table_line(&table, &(struct state_line){"", host.s, &counts});
    }
    if (hosts != 1)
        state_table_line(&table, &sum);
    state_table_legend(&table);
}

static void write_json(const struct report *report, uint64_t at_ns)
{
    struct json_line line = {0};
    struct state_counts counts;
    size_t next;
    for (size_t i = 0; i < report->count && !report->selection->summary; i++)
        socket_row_write_json(report->options.out, &line, &report->rows[i], at_ns);
    for (size_t i = 0; i < report->count && report->selection->summary; i = next) {
        next = count_host(report, i, &counts);
        struct text host = format_ip(&report->rows[i].local, report->rows[i].ip_version);
        interval_write(report->options.out, &line,
                       &(struct interval){at_ns, 0, host.s, 0, &counts});
    }
    json_line_free(&line);
}

static struct text after_start(const struct report *report, uint64_t at_ns)
{
    if (at_ns < report->origin_ns)
        return format_printf("%s before the start", format_duration(report->origin_ns - at_ns).s);
    return format_printf("%s after the start", format_duration(at_ns - report->origin_ns).s);
}

static void write_remarks(const struct report *report, const struct report_summary *summary,
                          uint64_t at_ns)
{
    const struct report_options *options = &report->options;
    enum capture_verdict verdict = totals_verdict(&report->totals, summary);
    struct state_counts all;
    size_t hosts = count_hosts(report, &all);
    char line[512];
    snprintf(line, sizeof line, "%s, %s: %s socket%s on %s host%s.", format_time_short(at_ns).s,
             after_start(report, at_ns).s, format_count(report->count).s,
             plural(report->count), format_count(hosts).s, plural(hosts));
    putc('\n', options->out);
    wrap_write(options->out, line, 0, 0, options->width);
    for (size_t i = 0; i < report->count && !report->selection->summary; i++)
        if (report->rows[i].candidate != report->rows[i].state) {
            wrap_write(options->out,
                       "or X: assumed, since nothing proves that the last segment arrived; if it was "
                       "lost, the socket is in X.",
                       0, 0, options->width);
            break;
        }
    if (report->perhaps_open && !report->selection->states)
        fprintf(options->out,
                "Not listed: %s that a RST ended, if it arrived, which nothing proves.\n",
                format_count(report->perhaps_open).s);
    if (at_ns > summary->core.last_ts_ns) {
        snprintf(line, sizeof line,
                 "The capture ended %s before that: only timers have gone on since.",
                 format_duration(at_ns - summary->core.last_ts_ns).s);
        wrap_write(options->out, line, 0, 0, options->width);
    }
    if (report->no_room)
        fprintf(options->out, "Memory ran out: %s sockets are missing.\n",
                format_count(report->no_room).s);
    if (report->listeners.dropped)
        fprintf(options->out, "Memory ran out: %s ports that may listen are missing.\n",
                format_count(report->listeners.dropped).s);
    if (verdict != CAPTURE_GOOD)
        fprintf(options->out, "Mind the capture: %s (see tcptwin report).\n",
                capture_verdict_name(verdict));
}

static void write_text(const struct report *report, const struct report_summary *summary,
                       uint64_t at_ns)
{
    uint64_t most = report->selection->max_sockets;
    size_t shown = most && most < report->count ? (size_t)most : report->count;
    if (report->selection->summary)
        write_summary(report);
    else
        socket_rows_write(&report->options, report->rows, shown, at_ns);
    if (!report->selection->summary)
        cut_write(report->options.out, report->count - shown, "socket", "");
    write_remarks(report, summary, at_ns);
}

/* From the first SYN-ACK on, to a refusal after the last. */
static void add_listeners_over_time(struct report *report)
{
    const struct listener *listener;
    for (size_t i = 0; (listener = places_at(&report->listeners, i)); i++) {
        struct socket_at stay = {.state = TCPTWIN_STATE_LISTEN,
                                 .since_ns = listener->first_ns,
                                 .until_ns =
                                     listens(listener) ? SOCKET_FOR_EVER : listener->refused_ns};
        if (listener->answered && selection_has_state(report->selection, TCPTWIN_STATE_LISTEN) &&
            selection_has_host(report->selection, &listener->place.address,
                               listener->place.ip_version))
            over_time_add(&report->over_time, &listener->place.address, listener->place.ip_version,
                          &stay);
    }
}

static void finish(struct report *report, const struct report_summary *summary)
{
    const struct selection *selection = report->selection;
    uint64_t end_ns = summary->core.last_ts_ns;
    uint64_t at_ns = moment_resolve(&selection->at, summary->core.first_ts_ns, end_ns);
    if (selection->json ? summary->tcp_packets != 0 : !nothing_write(&report->options, summary)) {
        if (selection->step_ns) {
            add_listeners_over_time(report);
            over_time_write(&report->over_time, &report->options, end_ns);
        } else {
            finish_rows(report, at_ns);
            if (selection->json)
                write_json(report, at_ns);
            else
                write_text(report, summary, at_ns);
        }
    }
    fflush(report->options.out);
}

static void close_sockets(struct report *report)
{
    places_free(&report->listeners);
    over_time_free(&report->over_time);
    free(report->rows);
    free(report);
}

static struct report *open_sockets(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    report->selection = &report->options.selection;
    listeners_begin(&report->listeners);
    if (options->selection.step_ns)
        over_time_begin(&report->over_time, options->selection.step_ns);
    return report;
}

const struct report_kind report_sockets = {
    .name = "sockets",
    .takes_selection = true,
    .help = "what ss -tan would have printed on every host seen, at a moment (--at) or over time",
    .open = open_sockets,
    .event = event,
    .finish = finish,
    .close = close_sockets,
};

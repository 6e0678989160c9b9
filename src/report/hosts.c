/* hosts.c - the report `hosts`: for each host and each service what its sockets went through
 *
 * Every connection is added to the tallies of its two hosts and of the service that was called
 * (host_tally.h). Tables are bounded (places.h): what was let go is counted. Sockets that a timer
 * is to end are kept aside until it has: only then is it known whether they stand at the end.
 */
#include "hosts_write.h"
#include "kinds.h"
#include "listeners.h"
#include "quality.h"
#include "totals.h"

#include <stdlib.h>

enum { HOSTS_MAX = 1 << 15, SERVICES_MAX = 1 << 15, WAITING_MAX = 1 << 22, FIRST_ROOM = 256 };

struct report {
    struct report_options options;
    struct totals totals;
    struct hosts hosts;
};

static uint64_t weight(const void *entry)
{
    const struct host_tally *tally = entry;
    return tally->opened + tally->called + tally->unclear;
}

static void drop_service(void *user, void *entry)
{
    (void)user; /* places.dropped counts them */
    host_tally_free(entry);
}

static void drop_host(void *user, void *entry)
{
    struct hosts *hosts = user;
    hosts->rest_connections += weight(entry);
    host_tally_free(entry);
}

static int compare_rows(const void *a_, const void *b_)
{
    const struct host_tally *a = *(struct host_tally *const *)a_, *b = *(struct host_tally *const *)b_;
    uint64_t more = weight(a), less = weight(b);
    return more != less ? (more > less ? -1 : 1) : place_compare(&a->place, &b->place);
}

/* -- taking in ------------------------------------------------------------------------------------ */

static struct place host_of(const struct place *place)
{
    return (struct place){.address = place->address, .ip_version = place->ip_version};
}

static void count_ended(const struct places *places, const struct place *place, unsigned state)
{
    struct host_tally *tally = places_look(places, place);
    if (tally && tally->at_end[state])
        tally->at_end[state]--;
}

static void end_socket(const struct hosts *hosts, const struct waiting_socket *socket)
{
    struct place place = {socket->address, socket->scope, socket->port, socket->ip_version, false};
    struct place host = host_of(&place);
    count_ended(&hosts->hosts, &host, socket->state);
    if (socket->is_service)
        count_ended(&hosts->services, &place, socket->state);
}

/* Sockets whose timer has fired by now do not stand at the end. */
static void end_waiting(struct hosts *hosts, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < hosts->waiting_count; i++) {
        const struct waiting_socket *socket = &hosts->waiting[i];
        if (socket->until_ns > now_ns)
            hosts->waiting[kept++] = *socket;
        else
            end_socket(hosts, socket);
    }
    hosts->waiting_count = kept;
}

static bool make_room(struct hosts *hosts)
{
    if (hosts->waiting_count < hosts->waiting_room)
        return true;
    end_waiting(hosts, hosts->seen_ns);
    if (hosts->waiting_count < hosts->waiting_room / 2)
        return true;
    size_t room = hosts->waiting_room ? 2 * hosts->waiting_room : FIRST_ROOM;
    struct waiting_socket *waiting =
        room <= WAITING_MAX ? realloc(hosts->waiting, room * sizeof *waiting) : NULL;
    if (!waiting)
        return hosts->waiting_count < hosts->waiting_room;
    hosts->waiting = waiting;
    hosts->waiting_room = room;
    return true;
}

static void wait_for_timer(struct hosts *hosts, const struct socket_at *stay, const struct place *place,
                           bool is_service)
{
    struct waiting_socket socket = {.address = place->address, .scope = place->scope, .port = place->port,
                                    .ip_version = place->ip_version, .is_service = is_service,
                                    .state = stay->state & 0x7fu, .until_ns = stay->until_ns};
    if (make_room(hosts))
        hosts->waiting[hosts->waiting_count++] = socket;
}

static void learn_end(struct hosts *hosts, const struct tcptwin_connection *c, unsigned x)
{
    const struct tcptwin_endpoint *end = &c->endpoint[x];
    struct place place = {end->address, c->scope, end->port, c->ip_version, false};
    struct place host = host_of(&place);
    bool is_service = x != c->client && c->role_basis != TCPTWIN_ROLE_FIRST_PACKET;
    bool is_host = end->packets || end->state != TCPTWIN_STATE_UNKNOWN;
    struct host_tally *of_host = is_host ? places_find(&hosts->hosts, &host) : NULL;
    struct host_tally *of_service = is_service ? places_find(&hosts->services, &place) : NULL;
    struct socket_at last;
    if (of_service)
        host_tally_learn_handshake(of_service, c);
    if (host_tally_learn(of_host, of_service, c, x, &last) && last.until_ns != SOCKET_FOR_EVER &&
        host_tally_stands(c, x, &last))
        wait_for_timer(hosts, &last, &place, is_service);
}

static void event(struct report *report, const struct tcptwin_event *event)
{
    const struct tcptwin_connection *c = event->connection;
    struct hosts *hosts = &report->hosts;
    if (event->kind != TCPTWIN_EVENT_CONNECTION)
        return;
    totals_add(&report->totals, c);
    hosts->origin_ns = c->origin_ns;
    hosts->seen_ns = c->last_ts_ns > hosts->seen_ns ? c->last_ts_ns : hosts->seen_ns;
    if (c->outcome == TCPTWIN_OUTCOME_STRAY) {
        hosts->stray++;
        return;
    }
    for (unsigned x = 0; x < 2; x++)
        if (selection_has_host(&report->options.selection, &c->endpoint[x].address, c->ip_version))
            learn_end(hosts, c, x);
    listeners_learn(&hosts->listeners, c, UINT64_MAX);
}

/* -- the end -------------------------------------------------------------------------------------- */

static void count_listeners(struct hosts *hosts)
{
    const struct listener *listener;
    for (size_t i = 0; (listener = places_at(&hosts->listeners, i)); i++) {
        struct place host = host_of(&listener->place);
        struct host_tally *tally = listens(listener) ? places_look(&hosts->hosts, &host) : NULL;
        if (tally)
            tally->at_end[TCPTWIN_STATE_LISTEN]++;
        tally = tally ? places_look(&hosts->services, &listener->place) : NULL;
        if (tally)
            tally->at_end[TCPTWIN_STATE_LISTEN]++;
    }
}

static void count_waits_of_services(struct hosts *hosts)
{
    const struct host_tally *service;
    for (size_t i = 0; (service = places_at(&hosts->services, i)); i++) {
        struct place place = host_of(&service->place);
        struct host_tally *host = places_look(&hosts->hosts, &place);
        if (host)
            host->waits_of_services += service->at_end[TCPTWIN_STATE_TIME_WAIT];
    }
}

static void rank(const struct places *places, uint64_t limit, uint64_t end_ns, struct topk *rows)
{
    struct host_tally *const *row;
    places_rank(places, limit, compare_rows, rows);
    for (size_t i = 0; (row = topk_at(rows, i)); i++)
        host_tally_end(*row, end_ns);
}

static void finish(struct report *report, const struct report_summary *summary)
{
    struct hosts *hosts = &report->hosts;
    const struct report_options *options = &report->options;
    enum capture_verdict verdict = totals_verdict(&report->totals, summary);
    hosts->end_ns = summary->core.last_ts_ns;
    if (options->selection.json ? summary->tcp_packets != 0 : !nothing_write(options, summary)) {
        end_waiting(hosts, hosts->end_ns);
        count_listeners(hosts);
        count_waits_of_services(hosts);
        uint64_t limit = options->selection.json ? 0 : options->max_rows;
        rank(&hosts->hosts, limit, hosts->end_ns, &hosts->host_rows);
        rank(&hosts->services, limit, hosts->end_ns, &hosts->service_rows);
        if (options->selection.json) {
            hosts_write_json(hosts, options);
        } else {
            hosts_write_text(hosts, options);
            if (verdict != CAPTURE_GOOD)
                fprintf(options->out, "Mind the capture: %s (see tcptwin report).\n",
                        capture_verdict_name(verdict));
        }
    }
    fflush(options->out);
}

static void free_tallies(struct places *places)
{
    struct host_tally *tally;
    for (size_t i = 0; (tally = places_at(places, i)); i++)
        host_tally_free(tally);
    places_free(places);
}

static void close_hosts(struct report *report)
{
    free_tallies(&report->hosts.hosts);
    free_tallies(&report->hosts.services);
    topk_free(&report->hosts.host_rows);
    topk_free(&report->hosts.service_rows);
    places_free(&report->hosts.listeners);
    free(report->hosts.waiting);
    free(report);
}

static struct report *open_hosts(const struct report_options *options)
{
    struct report *report = calloc(1, sizeof(*report));
    if (!report)
        return NULL;
    report->options = *options;
    struct hosts *hosts = &report->hosts;
    struct places settings = {
        .entry_size = sizeof(struct host_tally), .weight = weight, .user = hosts};
    settings.limit = HOSTS_MAX;
    settings.drop = drop_host;
    places_begin(&hosts->hosts, &settings);
    settings.limit = SERVICES_MAX;
    settings.drop = drop_service;
    places_begin(&hosts->services, &settings);
    listeners_begin(&hosts->listeners);
    return report;
}

const struct report_kind report_hosts = {
    .name = "hosts",
    .takes_selection = true,
    .help =
        "per host and service: sockets by state, who closes and pays, leaks, refusals, ports held",
    .open = open_hosts,
    .event = event,
    .finish = finish,
    .close = close_hosts,
};

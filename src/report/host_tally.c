/* host_tally.c - see host_tally.h */
#include "host_tally.h"

#include <stdlib.h>

void measured_add(struct measured *measured, uint64_t ns)
{
    if (!measured->count++ || ns < measured->min_ns)
        measured->min_ns = ns;
    if (ns > measured->max_ns)
        measured->max_ns = ns;
    measured->sum_ns += ns;
}

uint64_t measured_mean(const struct measured *measured)
{
    return measured->count ? measured->sum_ns / measured->count : 0;
}

void host_tally_free(struct host_tally *tally)
{
    for (unsigned i = 0; i < 2; i++) {
        free(tally->close_wait[i]);
        free(tally->fin_wait_2[i]);
    }
    free(tally->legs);
    wait_load_free(&tally->wait_load);
}

bool host_tally_stands(const struct tcptwin_connection *c, unsigned x, const struct socket_at *stay)
{
    return stay->state == c->endpoint[x].state && c->end_reason != TCPTWIN_END_RESOURCES &&
           (stay->until_ns == SOCKET_FOR_EVER ||
            (c->endpoint[x].timer_due_ns && stay->until_ns >= c->endpoint[x].timer_due_ns &&
             stay->until_ns != c->reused_ts_ns));
}

/* Of the open ones the earliest, of the others the longest. */
static void learn_longest(struct longest *longest[2], const struct tcptwin_connection *c, unsigned x,
                          const struct socket_at *stay, bool open)
{
    uint64_t until_ns = stay->until_ns == SOCKET_FOR_EVER ? c->last_ts_ns : stay->until_ns;
    uint64_t dwell_ns = until_ns > stay->since_ns ? until_ns - stay->since_ns : 0;
    struct longest *so_far = longest[open];
    if (so_far ? (open ? stay->since_ns >= so_far->since_ns : dwell_ns <= so_far->dwell_ns)
               : !(so_far = longest[open] = malloc(sizeof *so_far)))
        return;
    *so_far = (struct longest){.open = open,
                               .since_ns = stay->since_ns,
                               .dwell_ns = dwell_ns,
                               .id = tcptwin_connection_id(c),
                               .stream = c->stream,
                               .peer = c->endpoint[!x].address,
                               .local_port = c->endpoint[x].port,
                               .peer_port = c->endpoint[!x].port};
}

static void learn_time_wait(struct host_tally *tally, const struct tcptwin_connection *c,
                            const struct socket_at *stay)
{
    if (stay->until_ns == SOCKET_FOR_EVER)
        return; /* a profile without an end to it; there is none */
    tally->time_waits++;
    tally->wait_timestamps += c->endpoint[0].timestamps && c->endpoint[1].timestamps;
    if (tally->time_waits == 1 || stay->since_ns < tally->wait_since_ns)
        tally->wait_since_ns = stay->since_ns;
    if (stay->until_ns > tally->wait_until_ns)
        tally->wait_until_ns = stay->until_ns;
    wait_load_add(&tally->wait_load, c->origin_ns, stay->since_ns, stay->until_ns);
}

static void learn_stay(struct host_tally *tally, const struct tcptwin_connection *c, unsigned x,
                       const struct socket_at *stay, bool stands)
{
    if (stay->state == TCPTWIN_STATE_TIME_WAIT) {
        learn_time_wait(tally, c, stay);
    } else if (stay->state == TCPTWIN_STATE_FIN_WAIT_2) {
        learn_longest(tally->fin_wait_2, c, x, stay, stands);
        tally->fin_wait_2_timeouts += stay->left_by == TCPTWIN_EV_T_FIN_WAIT_2;
    } else if (stay->state == TCPTWIN_STATE_CLOSE_WAIT) {
        learn_longest(tally->close_wait, c, x, stay, stands);
        tally->close_waits++;
    }
    tally->at_end[stay->state] += stands;
}

static void learn_closing(struct host_tally *tally, const struct tcptwin_connection *c, unsigned x)
{
    bool is_server = x != c->client;
    unsigned state = c->endpoint[x].state;
    bool gone = state == TCPTWIN_STATE_CLOSED || state == TCPTWIN_STATE_LISTEN;
    enum tcptwin_party me = is_server ? TCPTWIN_PARTY_SERVER : TCPTWIN_PARTY_CLIENT;
    enum tcptwin_party peer = is_server ? TCPTWIN_PARTY_CLIENT : TCPTWIN_PARTY_SERVER;
    tally->closed_first += c->first_fin_by == me;
    tally->closed_second += c->first_fin_by == peer;
    tally->closed_at_once += c->first_fin_by == TCPTWIN_PARTY_BOTH;
    if (c->outcome != TCPTWIN_OUTCOME_REFUSED) {
        tally->reset_sent += c->reset_by == me;
        tally->reset_received += c->reset_by == peer && gone; /* or the RST never arrived */
    }
}

static void learn_outcome(struct host_tally *tally, const struct tcptwin_connection *c, unsigned x)
{
    bool is_server = x != c->client;
    if (c->role_basis == TCPTWIN_ROLE_FIRST_PACKET) {
        tally->unclear++;
    } else {
        tally->opened += !is_server;
        tally->called += is_server;
        tally->outcome[is_server][c->outcome]++;
    }
    learn_closing(tally, c, x);
}

bool host_tally_learn(struct host_tally *host, struct host_tally *service,
                      const struct tcptwin_connection *c, unsigned x, struct socket_at *last)
{
    uint32_t index = 0;
    bool any = false;
    if (host)
        learn_outcome(host, c, x);
    if (service)
        learn_outcome(service, c, x);
    for (struct socket_at stay; socket_stays(c, x, &index, &stay); any = true) {
        bool stands = host_tally_stands(c, x, &stay);
        if (host)
            learn_stay(host, c, x, &stay, stands);
        if (service)
            learn_stay(service, c, x, &stay, stands);
        *last = stay;
    }
    return any;
}

void host_tally_learn_handshake(struct host_tally *tally, const struct tcptwin_connection *c)
{
    if (!c->syn_to_synack_ns || !c->synack_to_ack_ns)
        return; /* not seen, or disturbed: then they tell of the loss */
    if (!tally->legs && !(tally->legs = calloc(1, sizeof *tally->legs)))
        return;
    measured_add(&tally->legs->server, c->syn_to_synack_ns);
    measured_add(&tally->legs->client, c->synack_to_ack_ns);
}

uint64_t host_tally_sockets(const struct host_tally *tally)
{
    uint64_t sum = 0;
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++)
        sum += tally->at_end[state];
    return sum;
}

struct wait_peak host_tally_peak(const struct host_tally *tally)
{
    struct wait_peak peak = wait_load_peak(&tally->wait_load);
    if (peak.ts_ns < tally->wait_since_ns) /* the span begins earlier */
        peak.ts_ns = tally->wait_since_ns;
    return peak;
}

/* The longest of all goes to the first place. */
static void end_longest(struct longest *longest[2], uint64_t end_ns)
{
    struct longest *open = longest[1];
    if (!open)
        return;
    open->dwell_ns = end_ns > open->since_ns ? end_ns - open->since_ns : 0;
    if (!longest[0] || open->dwell_ns > longest[0]->dwell_ns) {
        longest[1] = longest[0];
        longest[0] = open;
    }
}

void host_tally_end(struct host_tally *tally, uint64_t end_ns)
{
    end_longest(tally->close_wait, end_ns);
    end_longest(tally->fin_wait_2, end_ns);
}

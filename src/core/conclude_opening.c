/* conclude_opening.c - what nearly every opening comes to
 *
 * A flood or a scan is SYNs that nobody answers, or nobody goes on from; an idle server's connections opened and did
 * nothing more. Of these there are many, and what conclude() comes to is known:
 *
 *                         who asked                                      who was asked
 *     SYN                 CLOSED -> SYN-SENT, presumed if it was         unknown
 *                         not repeated when that was due
 *     SYN, SYN-ACK        the same, if an ACK was due; else it is in     LISTEN -> SYN-RECEIVED
 *                         ESTABLISHED, presumably
 *     SYN, SYN-ACK, ACK   CLOSED -> SYN-SENT -> ESTABLISHED,             LISTEN -> SYN-RECEIVED -> ESTABLISHED,
 *                         as its ACK shows                               presumably
 *
 * and whoever waits gives up when the profile's time for that is over. Nothing was repeated, held back, forged or
 * missed; what has times or timestamps that make conclude() look closer, it gets. Whatever it says of an opening
 * must be said here, too (unit.core.opening, test/short_ways).
 */
#include "conclude_opening.h"
#include "distance.h"
#include "hindsight.h"
#include "seq.h"

#include <string.h>

/* The conclusion that is being written, and what each end went through. */
struct work {
    struct conclusion *c;
    const struct opened *opened;
    const struct surroundings *surroundings;
    uint64_t way_ns[2]; /* to the tap */
    struct path {
        bool way_known;
        unsigned count;
        struct tcptwin_transition step[2];
    } path[2];
};

static uint64_t before(uint64_t ts_ns, uint64_t way_ns)
{
    return ts_ns > way_ns ? ts_ns - way_ns : 0;
}

/* Of one that was answered. */
static bool both_have_timestamps(const struct opened *opened)
{
    return opened->segment[0].options & opened->segment[1].options & TCPTWIN_OPT_TIMESTAMPS;
}

/* -- steps ------------------------------------------------------------------------------------------------- */

/* Through the one table; at that end it was @at_ns, where times never run back. */
static struct tcptwin_transition *take_step(struct work *work, unsigned x, enum tcptwin_state from,
                                            enum tcptwin_machine_event event, uint64_t ts_ns, uint64_t at_ns)
{
    const struct tcptwin_row *row = tcptwin_row(from, event);
    struct path *path = &work->path[x];
    struct tcptwin_transition *step = &path->step[path->count];
    *step = (struct tcptwin_transition){.endpoint = (uint8_t)x, .from = (uint8_t)from, .to = (uint8_t)row->to,
                                        .event = (uint8_t)event, .basis = (uint8_t)row->basis, .ts_ns = ts_ns,
                                        .has_endpoint_ts = path->way_known, .endpoint_ts_ns = at_ns};
    if (path->count++) {
        if (step->endpoint_ts_ns < step[-1].endpoint_ts_ns)
            step->endpoint_ts_ns = step[-1].endpoint_ts_ns;
        step->dwell_ns = step->endpoint_ts_ns - step[-1].endpoint_ts_ns;
    }
    return step;
}

/* ... told by its segment @i. */
static struct tcptwin_transition *step_by(struct work *work, unsigned x, enum tcptwin_state from,
                                          enum tcptwin_machine_event event, unsigned i, uint64_t at_ns)
{
    const struct plain_segment *plain = &work->opened->segment[i];
    struct tcptwin_transition *step = take_step(work, x, from, event, plain->ts_ns, at_ns);
    step->segment = (struct tcptwin_brief){.frame = plain->frame,
                                           .ts_ns = plain->ts_ns, .seq = i == 2, .ack = i > 0,
                                           .window = plain->window, .flags = plain->flags,
                                           .sender = (uint8_t)opened_sender(work->opened, i), .has_ack = i > 0};
    return step;
}

/* What it sent at @asked_ns was never answered. */
static void give_up(struct work *work, unsigned x, enum tcptwin_state from, uint64_t asked_ns, unsigned limit_s)
{
    struct tcptwin_endpoint *out = &work->c->connection.endpoint[x];
    uint64_t due_ns = asked_ns + limit_s * SECOND_NS, here_ns = before(due_ns, work->way_ns[x]);
    if (!limit_s)
        return;
    if (due_ns > work->surroundings->end_ts_ns) {
        out->timer_due_ns = here_ns;
        return;
    }
    const struct tcptwin_transition *step = take_step(work, x, from, TCPTWIN_EV_T_USER, due_ns, here_ns);
    if (from != TCPTWIN_STATE_SYN_SENT)
        return; /* no application holds it yet */
    out->app_error = TCPTWIN_APP_ETIMEDOUT;
    out->app_error_basis = step->basis;
    out->app_error_ts_ns = step->endpoint_ts_ns;
}

static bool gave_up(const struct work *work, unsigned x)
{
    const struct path *path = &work->path[x];
    return path->count && path->step[path->count - 1].event == TCPTWIN_EV_T_USER;
}

/* By one segment: its sender's step before the receiver's. */
static bool comes_first(const struct tcptwin_transition *step, const struct tcptwin_transition *other)
{
    if (step->endpoint_ts_ns != other->endpoint_ts_ns)
        return step->endpoint_ts_ns < other->endpoint_ts_ns;
    if (step->segment.frame != other->segment.frame)
        return step->segment.frame < other->segment.frame;
    return step->segment.sender == step->endpoint;
}

/* Both ends' steps in order of time. */
static void merge(const struct work *work)
{
    struct conclusion *c = work->c;
    const struct path *a = &work->path[0], *b = &work->path[1];
    unsigned i = 0, k = 0;
    while (i < a->count || k < b->count) {
        bool take_a = k == b->count || (i < a->count && comes_first(&a->step[i], &b->step[k]));
        c->transitions[i + k] = take_a ? a->step[i] : b->step[k];
        i += take_a;
        k += !take_a;
    }
    c->connection.transitions = c->transitions;
    c->connection.transition_count = i + k;
}

/* -- when it was there ------------------------------------------------------------------------------------- */

/* Nothing was held back on its way to the tap, nor forged. */
static bool is_smooth(const struct opened *opened)
{
    for (unsigned i = 1; i < opened->count; i++)
        if (opened->segment[i].frame <= opened->segment[i - 1].frame)
            return false;
    return opened->count < OPENING_MAX || !both_have_timestamps(opened) ||
           ((opened->segment[2].options & TCPTWIN_OPT_TIMESTAMPS) &&
            seq_ge(opened->segment[2].tsval, opened->segment[0].tsval));
}

/* From the segment before @i to that one, which answers it, the way to x twice: half of it, unless most of the host's
 * others were quicker. Without that answer, what these tell. */
static void find_way(struct work *work, unsigned x, unsigned i)
{
    const struct opened *opened = work->opened;
    const struct host_clock *host = &work->surroundings->hosts[x];
    uint64_t half_ns = FARTHEST_NS + 1;
    if (i < opened->count) {
        const struct plain_segment *question = &opened->segment[i - 1], *answer = &opened->segment[i];
        if (!both_have_timestamps(opened) || seq_ge(answer->tsecr, question->tsval))
            half_ns = (answer->ts_ns - question->ts_ns) / 2;
    }
    bool own = half_ns <= FARTHEST_NS;
    work->way_ns[x] = own && (!host->steady || half_ns <= host->distance_ns) ? half_ns : host->distance_ns;
    work->path[x].way_known = own || host->distance_ns;
}

/* The SYN-ACK, by its way, or by when its ACK left. */
static uint64_t answer_came_ns(const struct work *work)
{
    const struct plain_segment *syn = &work->opened->segment[0], *answer = &work->opened->segment[1];
    const struct plain_segment *ack = &work->opened->segment[2];
    uint64_t way_ns = work->way_ns[work->opened->sender], at = answer->ts_ns + way_ns;
    if (work->opened->count < 3)
        return at;
    uint64_t left = before(ack->ts_ns, way_ns), ticks_ns = (uint64_t)(ack->tsval - syn->tsval) * 1000000;
    bool held = both_have_timestamps(work->opened) && ticks_ns &&
                ack->ts_ns - syn->ts_ns > ticks_ns + 2 * AT_ONCE_NS;
    bool late = left > at + way_ns / 16 + 50000 && left < at + PROMPT_NS;
    return left < at || (late && !held) ? left : at;
}

/* The SYN: when its answer left, unless that was late. */
static uint64_t question_came_ns(const struct work *work)
{
    const struct plain_segment *syn = &work->opened->segment[0], *answer = &work->opened->segment[1];
    uint64_t way_ns = work->way_ns[!work->opened->sender];
    uint64_t left = before(answer->ts_ns, way_ns), came = syn->ts_ns + way_ns;
    bool other = both_have_timestamps(work->opened) && syn->tsval != answer->tsecr;
    return !other && came <= left && left - came > SECOND_NS / 2 ? came : left;
}

/* What should have followed was not captured: its repetition, or the ACK. */
static bool is_overdue(const struct work *work)
{
    const struct opened *opened = work->opened;
    uint64_t end_ns = work->surroundings->end_ts_ns;
    if (opened->count == 1)
        return end_ns > opened->segment[0].ts_ns + SECOND_NS + SECOND_NS / 8;
    uint64_t came = answer_came_ns(work);
    return opened->count == 2 && end_ns > came + work->way_ns[opened->sender] + SECOND_NS / 4;
}

/* -- the two ends -------------------------------------------------------------------------------------------- */

static void conclude_asker(struct work *work)
{
    const struct opened *opened = work->opened;
    unsigned x = opened->sender;
    bool overdue = is_overdue(work);
    struct tcptwin_transition *step = step_by(work, x, TCPTWIN_STATE_CLOSED, TCPTWIN_EV_SND_SYN, 0,
                                              before(opened->segment[0].ts_ns, work->way_ns[x]));
    if (overdue)
        step->basis = TCPTWIN_BASIS_ASSUMED;
    if (opened->count == 1 || overdue) {
        give_up(work, x, TCPTWIN_STATE_SYN_SENT, opened->segment[0].ts_ns, work->surroundings->timers.syn_give_up_s);
        return;
    }
    step = step_by(work, x, TCPTWIN_STATE_SYN_SENT, TCPTWIN_EV_RCV_SYN_ACK, 1, answer_came_ns(work));
    if (opened->count < OPENING_MAX)
        return;
    step->basis = TCPTWIN_BASIS_CONFIRMED;
    step->proof_frame = opened->segment[2].frame;
}

static void conclude_asked(struct work *work)
{
    const struct opened *opened = work->opened;
    unsigned x = !opened->sender;
    if (opened->count == 1)
        return;
    step_by(work, x, TCPTWIN_STATE_LISTEN, TCPTWIN_EV_RCV_SYN, 1, question_came_ns(work));
    if (opened->count == OPENING_MAX)
        step_by(work, x, TCPTWIN_STATE_SYN_RECEIVED, TCPTWIN_EV_RCV_ACK_OF_SYN, 2,
                opened->segment[2].ts_ns + work->way_ns[x]);
    else
        give_up(work, x, TCPTWIN_STATE_SYN_RECEIVED, opened->segment[1].ts_ns,
                work->surroundings->timers.syn_received_give_up_s);
}

/* -- the whole ------------------------------------------------------------------------------------------------- */

static void fill_identity(struct tcptwin_connection *out, const struct opened *opened)
{
    const struct plain_segment *last = &opened->segment[opened->count - 1];
    out->began = opened->segment[0].seq;
    out->stream = opened->stream;
    out->incarnation = 1;
    out->scope = opened->scope;
    out->vlan_id = opened->segment[0].vlan_id;
    out->ip_version = opened->ip_version;
    out->client = opened->sender;
    out->role_basis = TCPTWIN_ROLE_SYN;
    out->first_ts_ns = opened->segment[0].ts_ns;
    out->last_ts_ns = last->ts_ns;
    out->first_frame = opened->segment[0].frame;
    out->last_frame = last->frame;
    out->wireshark_completeness = (uint8_t)((1u << opened->count) - 1);
    for (unsigned i = 0; i < opened->count; i++)
        out->zeek_history[i] = "ShA"[i];
    if (opened->count > 1)
        out->syn_to_synack_ns = opened->segment[1].ts_ns - opened->segment[0].ts_ns;
    if (opened->count > 2)
        out->synack_to_ack_ns = opened->segment[2].ts_ns - opened->segment[1].ts_ns;
}

static void count_plain(struct tcptwin_endpoint *out, const struct plain_segment *plain)
{
    out->packets++;
    out->bytes += plain->wire_len;
    out->tcp_flags |= plain->flags;
    out->last_ts_ns = plain->ts_ns;
}

/* @syn: its SYN or SYN-ACK. */
static void fill_options(struct tcptwin_endpoint *out, const struct plain_segment *syn)
{
    out->syn_seen = true;
    out->isn = syn->seq;
    out->mss = syn->options & TCPTWIN_OPT_MSS ? syn->mss : 0;
    out->wscale = syn->options & TCPTWIN_OPT_WSCALE ? (int8_t)syn->wscale : -1;
    out->sack_permitted = (syn->options & TCPTWIN_OPT_SACK_PERMITTED) != 0;
    out->timestamps = (syn->options & TCPTWIN_OPT_TIMESTAMPS) != 0;
}

static void fill_end(const struct work *work, unsigned x)
{
    const struct opened *opened = work->opened;
    const struct path *path = &work->path[x];
    struct tcptwin_endpoint *out = &work->c->connection.endpoint[x];
    out->address = opened->address[x];
    out->port = opened->port[x];
    out->wscale = -1;
    out->state = TCPTWIN_STATE_UNKNOWN;
    out->state_basis = TCPTWIN_BASIS_ASSUMED;
    for (unsigned i = x != opened->sender; i < opened->count; i += 2)
        count_plain(out, &opened->segment[i]);
    if (!path->count)
        return;
    fill_options(out, x == opened->sender ? &opened->segment[0] : &opened->segment[1]);
    const struct tcptwin_transition *last = &path->step[path->count - 1];
    for (unsigned i = 0; i < path->count; i++)
        out->dwell_ns[path->step[i].from] += path->step[i].dwell_ns;
    if (work->c->connection.last_ts_ns > last->endpoint_ts_ns)
        out->dwell_ns[last->to] += work->c->connection.last_ts_ns - last->endpoint_ts_ns;
    out->state = last->to;
    out->state_basis = last->basis;
    out->state_since_ns = last->ts_ns;
}

static void fill_verdict(const struct work *work)
{
    static const uint8_t handshakes[] = {TCPTWIN_HANDSHAKE_NO_REPLY, TCPTWIN_HANDSHAKE_NO_FINAL_ACK,
                                         TCPTWIN_HANDSHAKE_COMPLETE};
    static const uint8_t outcomes[] = {TCPTWIN_OUTCOME_NO_ANSWER, TCPTWIN_OUTCOME_HALF_OPEN, TCPTWIN_OUTCOME_OPEN};
    struct tcptwin_connection *out = &work->c->connection;
    unsigned asker = work->opened->sender, count = work->opened->count;
    out->handshake = handshakes[count - 1];
    out->outcome = outcomes[count - 1];
    out->closed_by = out->reset_by = out->first_fin_by = TCPTWIN_PARTY_NONE;
    out->syn_isn_validated = count > 1;
    out->ack_isn_validated = count == OPENING_MAX;
    out->end_reason = (uint8_t)work->surroundings->end_reason;
    if (out->end_reason == TCPTWIN_END_EOF && gave_up(work, 0) && gave_up(work, 1))
        out->end_reason = TCPTWIN_END_DETECTED;
    if (gave_up(work, !asker) && (asker || !gave_up(work, asker))) /* the first of both that did */
        out->silence_ns = out->syn_to_synack_ns;
    out->confidence = 100;
    for (unsigned x = 0; x < 2; x++)
        if (out->endpoint[x].state_basis == TCPTWIN_BASIS_ASSUMED)
            out->confidence = (uint8_t)(out->confidence - 5);
}

bool conclude_opening(struct conclusion *c, const struct opened *opened, const struct surroundings *surroundings)
{
    struct work work;
    bool own_peer = opened->port[0] == opened->port[1] &&
                    !memcmp(&opened->address[0], &opened->address[1], sizeof opened->address[0]);
    if (own_peer || !is_smooth(opened))
        return false;
    work.c = c;
    work.opened = opened;
    work.surroundings = surroundings;
    work.path[0].count = work.path[1].count = 0; /* the steps are filled up to that */
    memset(&c->connection, 0, sizeof c->connection);
    c->connection.origin_ns = surroundings->origin_ns;
    c->connection.final = surroundings->final;
    c->connection.anomalies = c->anomalies;
    fill_identity(&c->connection, opened);
    find_way(&work, opened->sender, 2);
    find_way(&work, !opened->sender, 1);
    conclude_asker(&work);
    conclude_asked(&work);
    for (unsigned x = 0; x < 2; x++)
        fill_end(&work, x);
    fill_verdict(&work);
    merge(&work);
    return true;
}

/* saying.c - live: what is said of a connection before its end, and what is taken back
 *
 * The states are computed from the evidence whenever they are asked for (conclude.h); the answer
 * lies in t->conclusion until the next question.
 *
 * Each transition is said as soon as it is known. conn->said remembers them; after more
 * evidence the new answer is compared with it, for each endpoint on its own:
 *
 *     said   SYN-SENT   ESTABLISHED   CLOSE-WAIT   LAST-ACK
 *     now    SYN-SENT   ESTABLISHED   FIN-WAIT-1   FIN-WAIT-2
 *            `---- still true ----'   `- revised   `- LAST-ACK withdrawn before, FIN-WAIT-2 said after
 */
#include "context.h"

_Static_assert((int)SAID_MAX == 2 * (int)TWIN_STEPS_MAX, "all that can hold at a time");

void judge_conn(struct tcptwin *t, const struct conn *conn, enum tcptwin_end_reason reason, bool final)
{
    struct surroundings surroundings = {.origin_ns = t->origin_ns, .end_ts_ns = t->now_ns,
                                        .timers = t->timers, .end_reason = reason, .final = final};
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = hosts_clock(&t->hosts, &conn->address[x]);
    conclude(&t->conclusion, conn, &surroundings);
}

static void say(struct tcptwin *t, enum tcptwin_event_kind kind,
                const struct tcptwin_transition *transition, const struct tcptwin_transition *revised)
{
    struct tcptwin_event event = {kind, &t->conclusion.connection, transition, revised};
    t->options.sink(t->options.sink_user, &event);
}

static struct said said_of(const struct tcptwin_transition *step)
{
    return (struct said){.ts_ns = step->ts_ns, .frame = step->segment.frame,
                         .endpoint = step->endpoint, .from = step->from, .to = step->to,
                         .event = step->event, .basis = step->basis};
}

/* The n-th thing said of endpoint @x; NULL past the last. */
static struct said *said_at(const struct conn *conn, unsigned x, unsigned n)
{
    for (uint32_t i = 0; i < conn->said->count; i++)
        if (conn->said->item[i].endpoint == x && n-- == 0)
            return &conn->said->item[i];
    return NULL;
}

static void withdraw(struct tcptwin *t, struct conn *conn, struct said *said,
                     const struct tcptwin_transition *instead)
{
    struct tcptwin_transition before = {.endpoint = said->endpoint, .from = said->from,
                                        .to = said->to, .event = said->event, .basis = said->basis,
                                        .ts_ns = said->ts_ns, .segment = {.frame = said->frame}};
    if (instead) {
        *said = said_of(instead);
    } else {
        uint32_t at = (uint32_t)(said - conn->said->item);
        memmove(said, said + 1, (conn->said->count - at - 1) * sizeof *said);
        conn->said->count--;
    }
    say(t, TCPTWIN_EVENT_REVISION, instead, &before);
}

/* How many of the things said of endpoint @x still hold. As all before it are the same, the event tells from which
 * state a step leads, and to which (transitions.def). */
static unsigned still_true(const struct conn *conn, const struct tcptwin_connection *out, unsigned x)
{
    unsigned same = 0;
    for (uint32_t i = 0; i < out->transition_count; i++) {
        const struct said *said;
        if (out->transitions[i].endpoint != x)
            continue;
        said = said_at(conn, x, same);
        if (!said || said->event != out->transitions[i].event)
            break;
        same++;
    }
    return same;
}

static unsigned said_of_endpoint(const struct conn *conn, unsigned x)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < conn->said->count; i++)
        count += conn->said->item[i].endpoint == x;
    return count;
}

/* Live: take back what turned out otherwise, the newest first; then say what is new. The first thing
 * of an endpoint that is taken back is revised: what holds instead is said with it. */
void say_changes(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason, bool final)
{
    if (!conn->said) {
        conn->said = slab_take(&t->slab, CLASS_SAID);
        if (!conn->said)
            return;
        conn->said->count = 0;
    }
    judge_conn(t, conn, reason, final);
    const struct tcptwin_connection *out = &t->conclusion.connection;
    unsigned told[2] = {0, 0}, keep[2];
    for (unsigned x = 0; x < 2; x++) {
        keep[x] = still_true(conn, out, x);
        for (unsigned n = said_of_endpoint(conn, x); n-- > keep[x] + 1;)
            withdraw(t, conn, said_at(conn, x, n), NULL);
    }
    for (uint32_t i = 0; i < out->transition_count; i++) {
        const struct tcptwin_transition *step = &out->transitions[i];
        struct said *said = said_at(conn, step->endpoint, told[step->endpoint]);
        if (told[step->endpoint]++ < keep[step->endpoint])
            continue;
        if (said) {
            withdraw(t, conn, said, step);
        } else if (conn->said->count < SAID_MAX) {
            conn->said->item[conn->said->count++] = said_of(step);
            say(t, TCPTWIN_EVENT_TRANSITION, step, NULL);
        }
    }
    for (unsigned x = 0; x < 2; x++)
        if (said_at(conn, x, told[x]))
            withdraw(t, conn, said_at(conn, x, told[x]), NULL);
}

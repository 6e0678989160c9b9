/* orderly.c - one look at a connection of which all was captured, once and in order
 *
 * Most connections are undisturbed, and then each of the files that make a trace looks for something that is not there.
 * One look tells:
 *
 *     SYN   SYN-ACK   ACK   ...                the handshake, each once; no RST, and no ICMP error
 *     seq, ack, tsval                          of each side never run back, nor the times of the capture
 *     seq >= the peer's ack                    nobody acknowledges what was not sent yet
 *     FIN                                      the number behind what its sender sent last, nothing above it, and
 *                                              acknowledged, by just its number; and tsecr is one that the peer said
 *
 * So nothing was forged (forged.c), never captured (unseen.c), or overtaken (held.c); and where hindsight asks whether
 * something was sent again, it was not. This is a short way: what it says, the long ones find out, too.
 */
#include "orderly.h"

#include <string.h>

enum { FAR = 1 << 30 /* numbers that are further apart are not compared */ };

/* How far one side is. */
struct course {
    uint32_t snd_nxt, ack, tsval, first_tsval;
    bool closed; /* its FIN was sent: with the number before snd_nxt */
};

/* Neither below nor far above. */
static bool is_at_or_above(uint32_t number, uint32_t bound)
{
    return number - bound < FAR;
}

/* What a FIN echoes, and what acknowledges one, tells which copy was meant. The rest echo what they like. */
static bool echoes_in_order(const struct record *record, const struct course *mine, const struct course *peers)
{
    return is_at_or_above(record->tsval, mine->tsval) &&
           (!(record->flags & TCPTWIN_FIN) || is_at_or_above(record->tsecr, peers->first_tsval)) &&
           (!peers->closed || is_at_or_above(peers->tsval, record->tsecr));
}

/* It goes on where its sender was, after the handshake's first two. @marks: that it must have. */
static bool goes_on(struct course course[2], const struct record *record, unsigned marks)
{
    struct course *mine = &course[record->dir];
    const struct course *peers = &course[!record->dir];
    bool fin = record->flags & TCPTWIN_FIN;
    if ((record->flags & (TCPTWIN_SYN | TCPTWIN_RST | TCPTWIN_ACK)) != TCPTWIN_ACK || record->sack_right ||
        (record->marks & ~MARK_PINNED) != marks || !is_at_or_above(record->seq, mine->snd_nxt) ||
        !is_at_or_above(record->seq, peers->ack) || !is_at_or_above(record->ack, mine->ack))
        return false;
    if ((fin || mine->closed) && (record->seq != mine->snd_nxt || (mine->closed && (fin || record->len))))
        return false;
    if (marks && !echoes_in_order(record, mine, peers))
        return false;
    mine->snd_nxt = record->seq + record->len + fin;
    mine->ack = record->ack;
    mine->tsval = record->tsval;
    mine->closed |= fin;
    return true;
}

/* A SYN, and the SYN-ACK that answers just that. */
static bool is_handshake(const struct record *syn, const struct record *syn_ack)
{
    unsigned flags = TCPTWIN_SYN | TCPTWIN_FIN | TCPTWIN_RST | TCPTWIN_ACK;
    return (syn->flags & flags) == TCPTWIN_SYN && (syn_ack->flags & flags) == (TCPTWIN_SYN | TCPTWIN_ACK) &&
           !((syn->marks | syn_ack->marks) & ~(MARK_PINNED | MARK_TIMESTAMPS)) &&
           !((syn->marks ^ syn_ack->marks) & MARK_TIMESTAMPS) && syn->dir != syn_ack->dir && !syn->len &&
           !syn_ack->len && syn_ack->ack == syn->seq + 1 && syn_ack->ts_ns >= syn->ts_ns;
}

/* All the records, from the SYN on: each is sent by whom it names. */
static bool follow(struct trace *trace, struct course course[2], struct survey survey[2])
{
    const struct record *syn = &trace->records[0], *syn_ack = &trace->records[1];
    unsigned client = syn->dir, marks = syn_ack->marks & MARK_TIMESTAMPS;
    course[client] = (struct course){.snd_nxt = syn_ack->ack, .ack = syn_ack->seq + 1, .tsval = syn->tsval,
                                     .first_tsval = syn->tsval};
    course[!client] = (struct course){.snd_nxt = syn_ack->seq + 1, .ack = syn_ack->ack, .tsval = syn_ack->tsval,
                                      .first_tsval = syn_ack->tsval};
    survey[client] = (struct survey){.syn = 0, .syn_ack = NONE, .ack = NONE, .syns = 1};
    survey[!client] = (struct survey){.syn = NONE, .syn_ack = 1, .ack = NONE, .syn_acks = 1};
    trace->sent_by[0] = syn->dir;
    trace->sent_by[1] = syn_ack->dir;
    for (unsigned i = 2; i < trace->count; i++) {
        const struct record *record = &trace->records[i];
        trace->sent_by[i] = record->dir;
        if (record->ts_ns < record[-1].ts_ns || !goes_on(course, record, marks))
            return false;
    }
    return trace->records[2].dir == client;
}

/* From the first FIN on: its answers, each of which acknowledges it, up to the other FIN; and the last ACK. */
static bool closes_in_turn(const struct trace *trace)
{
    unsigned fin = trace->fin_from, last = trace->count - 1;
    if (fin < HANDSHAKE || fin + 2 > last || !has(&trace->records[last - 1], TCPTWIN_FIN))
        return false;
    unsigned x = trace->records[fin].dir;
    for (unsigned i = fin + 1; i < last; i++)
        if (trace->records[i].dir == x || trace->records[i].ack != trace->fin_seq[x] + 1)
            return false;
    return trace->records[last].dir == x;
}

static void fill(struct trace *trace, const struct course course[2])
{
    memset(trace->denied, 0, trace->count);
    memset(trace->injected, 0, trace->count);
    memset(trace->refused, 0, trace->count);
    for (unsigned i = 0; i < 2; i++) {
        unsigned x = trace->records[i].dir;
        trace->isn_known[x] = trace->sent_known[x] = true;
        trace->isn[x] = trace->records[i].seq;
        trace->sent_max[x] = course[x].snd_nxt;
        trace->fin_known[x] = course[x].closed;
        trace->fin_seq[x] = course[x].closed ? course[x].snd_nxt - 1 : 0;
    }
    trace->fin_from = HANDSHAKE - 1;
    while (trace->fin_from < trace->count && !has(&trace->records[trace->fin_from], TCPTWIN_FIN))
        trace->fin_from++;
    trace->in_turn = closes_in_turn(trace);
}

bool orderly_look(struct trace *trace, const struct conn *conn, struct survey survey[2])
{
    struct course course[2];
    if (!TCPTWIN_SHORT_WAYS || trace->count < HANDSHAKE || trace->own_peer ||
        !is_handshake(&trace->records[0], &trace->records[1]) || !follow(trace, course, survey))
        return false;
    for (unsigned x = 0; x < 2; x++) {
        const struct hole *unseen = &conn_rest(conn, x)->unseen; /* may be a FIN */
        if (course[x].closed ? course[!x].ack != course[x].snd_nxt : unseen->start != unseen->end)
            return false;
    }
    fill(trace, course);
    trace->orderly = true;
    return true;
}

/* incarnation.c - which connection of its tuple a segment belongs to; when the next one begins, or one retires
 *
 * One tuple can carry several connections one after another (incarnations). A SYN with a new number
 * begins one at once where the old one is over (both FINs acknowledged, or a RST). Where the old one
 * looks alive the SYN waits aside: a SYN-ACK or RST that answers it, or its repetition, shows that
 * it was real; else it moved nobody.
 *
 *     segment --> answers the SYN aside, or goes on from it? --> that SYN begins anew, then the segment is its second
 *             --> a SYN not known here?  --> nobody is left to refuse it: begins anew; else waits aside
 *             --> a SYN-ACK not known here, and over: begins anew, its SYN was not captured; else it waits aside
 *                 if both its numbers are far from all
 *             --> numbers far from all, after a RST: begins anew, neither was captured
 *             --> else it is the connection's own
 *
 * A SYN that waits aside until the connection retires moved nobody, and is only counted, unless but one end
 * of the connection was ever heard: then it was another attempt, a connection of its own, which ends for the
 * same reason.
 */
#include "context.h"
#include "facts.h"
#include "observe.h"
#include "segment_anomalies.h"
#include "seq.h"

/* -- the connection's own ------------------------------------------------------------------------- */

void after_observation(struct tcptwin *t, struct conn *conn, bool control)
{
    if (!control)
        return;
    if (conn->over && conn->queue != QUEUE_ENDED)
        enqueue_conn(t, QUEUE_ENDED, conn);
    if (t->options.live)
        say_changes(t, conn, TCPTWIN_END_EOF, false);
}

static uint32_t originals(const struct conn *conn, unsigned dir)
{
    return conn->side[dir].packets - conn_rest(conn, dir)->duplicates;
}

/* Both opened at once: a SYN-ACK answers the peer's SYN, each sent once. */
static void learn_crossing(struct tcptwin *t, const struct conn *conn, const struct tcptwin_segment *segment,
                           unsigned dir)
{
    const struct record *question = NULL;
    unsigned kind = segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_FIN | TCPTWIN_RST);
    if (kind != (TCPTWIN_SYN | TCPTWIN_ACK) || originals(conn, dir) != 2 || originals(conn, !dir) > 2)
        return;
    for (unsigned i = conn->journal.count; i-- > 0;)
        if (conn->journal.records[i].dir != dir)
            question = &conn->journal.records[i];
    if (question && question->seq + 1 == segment->ack && segment->ts_ns >= question->ts_ns)
        hosts_learn(&t->hosts, &conn->address[dir], (segment->ts_ns - question->ts_ns) / 2);
}

/* Undisturbed: SYN, SYN-ACK, ACK, each once (captured up to four times, perhaps). A RST that answers the SYN is
 * worth less: a middlebox on the way may send it. */
static void learn_distances(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                            unsigned dir)
{
    if (conn->side[0].syn_seen && conn->side[1].syn_seen)
        learn_crossing(t, conn, segment, dir);
    if (conn->handshake_disturbed || !conn->has_first_syn)
        return;
    const struct tcptwin_address *address = &conn->address[dir];
    bool first = originals(conn, dir) == 1;
    if (dir != conn->first_syn_dir && segment->ts_ns >= conn->syn_ts_ns) {
        uint64_t half = (segment->ts_ns - conn->syn_ts_ns) / 2;
        if (conn->syn_ack_ts_ns && (segment->flags & TCPTWIN_SYN))
            hosts_learn(&t->hosts, address, half);
        else if (first && (segment->flags & TCPTWIN_RST))
            hosts_learn_answer(&t->hosts, address, half);
    }
    if (dir == conn->first_syn_dir && conn->syn_ack_ts_ns && !(segment->flags & TCPTWIN_SYN) &&
        originals(conn, dir) == 2 && segment->ts_ns >= conn->syn_ack_ts_ns)
        hosts_learn(&t->hosts, address, (segment->ts_ns - conn->syn_ack_ts_ns) / 2);
}

static void make_up_room(struct tcptwin *t, struct conn *conn)
{
    conn->journal.starved = false;
    evict_some(t, conn);
}

static void observe(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                    unsigned dir)
{
    uint32_t before = conn->side[dir].packets < CONN_EARLY ? originals(conn, dir) : CONN_EARLY;
    bool early = before < 2 || (before < CONN_EARLY && (segment->flags & TCPTWIN_SYN));
    bool control = observe_segment(conn, &t->slab, segment, dir);
    if (early && originals(conn, dir) != before)
        learn_distances(t, conn, segment, dir);
    if (conn->journal.starved)
        make_up_room(t, conn); /* for what comes next */
    after_observation(t, conn, control);
}

/* -- beginning --------------------------------------------------------------------------------------- */

struct conn *begin_conn(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                        const struct tcptwin_segment *segment, unsigned dir, uint32_t incarnation)
{
    bool room = have_evidence_room(t, NULL);
    struct conn *conn = room ? flow_insert(&t->table, key, hash) : NULL;
    for (unsigned tries = 0; room && !conn && tries < EVICT_TRIES && evict_some(t, NULL); tries++)
        conn = flow_insert(&t->table, key, hash);
    if (!conn) {
        t->stats.refused_segments++;
        return NULL;
    }
    conn_start(conn, t->stats.connections++, incarnation, segment, dir);
    if (t->table.used > t->stats.peak_connections)
        t->stats.peak_connections = t->table.used;
    if ((segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == TCPTWIN_SYN)
        enqueue_conn(t, QUEUE_UNANSWERED, conn);
    observe(t, conn, segment, dir);
    struct tcptwin_icmp_error icmp;
    if (t->early.count && early_icmp_take(&t->early, segment, &icmp) &&
        observe_icmp(conn, &t->slab, &icmp, dir)) {
        t->stats.icmp_unmatched--;
        after_observation(t, conn, true);
    }
    return conn;
}

/* The old incarnation ends where @first begins the new one. */
static struct conn *begin_anew(struct tcptwin *t, struct conn *old, const struct tcptwin_segment *first)
{
    struct flow_key key = key_of_conn(old);
    uint64_t hash = old->hash;
    uint32_t incarnation = old->incarnation + 1;
    unsigned dir = conn_direction(first);
    old->reused = true;
    old->reused_frame = first->frame;
    old->reused_ts_ns = first->ts_ns;
    old->reused_dir = (uint8_t)dir;
    old->reused_by_answer = (first->flags & TCPTWIN_ACK) != 0;
    observe_aside(old, &t->slab);
    depart(t, old, old->over ? TCPTWIN_END_DETECTED : TCPTWIN_END_TUPLE_REUSE);
    return begin_conn(t, &key, hash, first, dir, incarnation);
}

/* The old incarnation ends where the SYN that waits aside begins the new one. */
static struct conn *begin_pending(struct tcptwin *t, struct conn *old)
{
    struct pending_syn pending = conn_take_pending(old, &t->slab);
    struct conn *conn = begin_anew(t, old, &pending.segment);
    if (conn)
        observe_copies(conn, &t->slab, &pending);
    return conn;
}

/* -- retiring --------------------------------------------------------------------------------------- */

/* Of an end that was never heard, or of one that was never answered: the SYN is a connection of its own. But not
 * where its sender goes on with the numbers that it had. */
static bool pending_stands_alone(const struct conn *conn)
{
    if (!conn->pending || !is_unanswered(conn))
        return false;
    const struct record *last = journal_latest(&conn->journal, conn_direction(&conn->pending->segment));
    return !last || (last->flags & TCPTWIN_SYN) || last->frame < conn->pending->segment.frame;
}

void retire_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason)
{
    if (!pending_stands_alone(conn)) {
        observe_aside(conn, &t->slab);
        bury_conn(t, conn, reason);
        return;
    }
    struct pending_syn next = conn_take_pending(conn, &t->slab);
    struct flow_key key = key_of_conn(conn);
    uint64_t hash = conn->hash;
    uint32_t incarnation = conn->incarnation + 1;
    bury_conn(t, conn, reason);
    struct conn *alone = begin_conn(t, &key, hash, &next.segment, conn_direction(&next.segment), incarnation);
    if (!alone)
        return;
    observe_copies(alone, &t->slab, &next);
    retire_conn(t, alone, reason);
}

/* -- whose is it? ------------------------------------------------------------------------------------- */

static bool is_plain_syn(const struct tcptwin_segment *segment)
{
    return (segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST | TCPTWIN_FIN)) == TCPTWIN_SYN;
}

/* A SYN captured this little after the segments that follow it is theirs. */
#define LATE_SYN_NS (SECOND_NS / 2)
enum { LATE_SYN_BYTES = 1 << 20 };
/* A copy made by the capture is not later than this. */
#define COPY_NS (SECOND_NS / 50)
/* Two SYNs that differ, and nothing between them, are one attempt if they are no further apart. */
#define ATTEMPT_NS SECOND_NS
/* The way to a host of which nothing is known is presumed to be no longer. */
#define FAR_NS UINT64_C(5000000)
/* A connection that is closed and silent for so long is no more in LAST-ACK. */
#define QUIET_NS (5 * SECOND_NS)

/* A socket that acknowledged something and is gone does not repeat its SYN: another one has its number. */
static bool same_number_again(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    return (conn->side[0].rst_seen || conn->side[1].rst_seen) && conn->side[dir].ack_known &&
           segment->ts_ns > conn->last_ts_ns + COPY_NS;
}

/* Who refused the peer's SYN had sent none. Its own meets the peer's attempt only if it left before the RST came
 * there. How far that is the peer's other connections tell; else it counts for as far as its refuser, or FAR_NS. */
static bool refused_before(const struct tcptwin *t, const struct conn *conn,
                           const struct tcptwin_segment *syn, unsigned dir)
{
    const struct record *rst = journal_latest(&conn->journal, dir);
    if (!conn->side[dir].rst_seen || !rst)
        return false;
    uint64_t mine = (rst->ts_ns - conn->first_ts_ns) / 2;
    uint64_t peers = hosts_clock(&t->hosts, &conn->address[!dir]).distance_ns;
    if (!peers)
        peers = mine > FAR_NS ? mine : FAR_NS;
    return syn->ts_ns > rst->ts_ns + mine + peers;
}

/* Above @before, and not far. */
static bool is_soon_after(uint32_t number, uint32_t before)
{
    return seq_gt(number, before) && !is_elsewhere(&(struct side){.snd_max = before}, number);
}

/* A SYN that this connection does not know. */
static bool is_new_syn(const struct tcptwin *t, const struct conn *conn, const struct tcptwin_segment *segment,
                       unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    if (!is_plain_syn(segment))
        return false;
    if (sender->isn_known)
        return sender->isn != segment->seq || same_number_again(conn, segment, dir);
    /* simultaneous open, or a SYN captured after the segments that follow it */
    bool answered = peer->syn_ack_seen && !sender->seq_known && peer->ack_known &&
                    peer->max_ack == segment->seq + 1; /* its first copy was not captured */
    bool knows_other = peer->ack_known && !is_soon_after(peer->max_ack, segment->seq);
    bool opening = peer->syn_seen && !peer->fin_seen && !peer->rst_seen && !sender->seq_known && !knows_other &&
                   !refused_before(t, conn, segment, dir);
    int32_t ahead = seq_diff(sender->snd_max, segment->seq);
    bool late = sender->seq_known && ahead > 0 && ahead < LATE_SYN_BYTES &&
                segment->ts_ns - conn->first_ts_ns < LATE_SYN_NS;
    return !answered && !opening && !late && (sender->packets || peer->packets);
}

/* Whether the segment has the numbers of the SYN or SYN-ACK that waits aside, far from all that the connection has
 * used: what passed between them was not captured. Of the one who sent that SYN it proves nothing if the peer was
 * heard meanwhile: a forger may go on, too. */
static bool goes_on_aside(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct tcptwin_segment *aside = &conn->pending->segment;
    unsigned asker = conn_direction(aside);
    const struct record *peers = journal_latest(&conn->journal, !asker);
    if ((segment->flags & (TCPTWIN_SYN | TCPTWIN_RST | TCPTWIN_ACK)) != TCPTWIN_ACK || !is_apart(conn, segment, dir))
        return false;
    uint32_t own = dir == asker ? segment->seq : segment->ack, others = dir == asker ? segment->ack : segment->seq;
    if ((aside->flags & TCPTWIN_ACK) && !is_soon_after(others, aside->ack - 1))
        return false;
    return is_soon_after(own, aside->seq) && (dir != asker || !peers || peers->frame < aside->frame);
}

/* Whether the segment answers the SYN that waits aside: then that one was real. */
static bool answers_pending(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct tcptwin_segment *syn = &conn->pending->segment;
    if (goes_on_aside(conn, segment, dir))
        return true;
    if (syn->flags & TCPTWIN_ACK)
        return false;
    if (dir == conn_direction(syn))
        return is_plain_syn(segment) && segment->seq == syn->seq &&
               segment->ts_ns - syn->ts_ns >= SECOND_NS / 2;
    const struct record *last = journal_latest(&conn->journal, !dir);
    bool its_sender_went_on = last && last->ts_ns > syn->ts_ns;
    if ((segment->flags & TCPTWIN_RST) && its_sender_went_on)
        return false; /* a forged SYN, and the server gives the true one's request up */
    return (segment->flags & TCPTWIN_ACK) && (segment->flags & (TCPTWIN_SYN | TCPTWIN_RST)) &&
           seq_gt(segment->ack, syn->seq) && seq_le(segment->ack, syn->seq + 1 + syn->payload_len);
}

static bool is_syn_ack(const struct tcptwin_segment *segment)
{
    return (segment->flags & (TCPTWIN_SYN | TCPTWIN_ACK | TCPTWIN_RST | TCPTWIN_FIN)) == (TCPTWIN_SYN | TCPTWIN_ACK);
}

/* A SYN-ACK for a SYN that was not captured, on a connection that is over. */
static bool is_new_syn_ack(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    bool repeated = sender->isn_known && sender->isn == segment->seq;
    bool answers = peer->syn_seen && segment->ack == peer->isn + 1;
    if (!is_syn_ack(segment) || !conn->over || !sender->seq_known || repeated || answers)
        return false;
    const struct record *last = journal_latest(&conn->journal, !dir);
    bool asks = last && (last->flags & (TCPTWIN_SYN | TCPTWIN_ACK)) == TCPTWIN_SYN;
    return !asks || last->frame == conn->first_frame; /* who repeats its SYN waits for another answer */
}

/* Behind both FINs, and one of its numbers is far from all that was used. */
static bool is_behind_both_fins(const struct side *sender, const struct side *peer,
                                const struct tcptwin_segment *segment)
{
    return sender->fin_seen && peer->fin_seen && seq_gt(segment->seq, sender->fin_seq + 1) &&
           seq_gt(segment->ack, peer->fin_seq + 1) &&
           (is_elsewhere(sender, segment->seq) || is_elsewhere(peer, segment->ack));
}

/* After a RST both its numbers are far from all that was used, or after FINs behind them: of another connection, whose
 * SYN and SYN-ACK were not captured. Unless its sender only repeats what drew the RST. */
static bool is_of_another(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    if (!conn->over || !sender->seq_known || !peer->seq_known ||
        (segment->flags & (TCPTWIN_SYN | TCPTWIN_RST | TCPTWIN_ACK)) != TCPTWIN_ACK)
        return false;
    const struct record *last = journal_latest(&conn->journal, dir);
    if (last && last->seq == segment->seq && last->ack == segment->ack)
        return false;
    if (conn->timestamps_on && !(segment->options & TCPTWIN_OPT_TIMESTAMPS))
        return false;
    if (sender->rst_seen || peer->rst_seen)
        return is_apart(conn, segment, dir);
    return is_behind_both_fins(sender, peer, segment);
}

/* ... nor shows the sender that it was answered unseen. */
static bool is_same_attempt(const struct conn *conn, const struct tcptwin_segment *syn)
{
    return is_unanswered(conn) && !conn->side[conn_direction(syn)].ack_known &&
           syn->ts_ns - conn->first_ts_ns < ATTEMPT_NS;
}

/* The SYN that was answered is the one aside: the first never arrived. The connection starts over. */
static void start_over(struct tcptwin *t, struct conn *conn)
{
    struct pending_syn pending = conn_take_pending(conn, &t->slab);
    unsigned dir = conn_direction(&pending.segment);
    struct side before = conn->side[dir];
    journal_release(&conn->journal, &t->slab);
    conn->side[dir] = (struct side){.wscale = -1};
    if (conn->rest)
        conn->rest[dir] = (struct side_rest){0};
    conn->has_first_syn = conn->has_first_data = conn->handshake_disturbed = false;
    conn->syn_ts_ns = 0;
    observe(t, conn, &pending.segment, dir);
    conn->side[dir].packets += before.packets;
    conn->side[dir].bytes += before.bytes;
    conn->side[dir].payload_bytes += before.payload_bytes;
    observe_copies(conn, &t->slab, &pending);
}

/* Nobody is left who would refuse the SYN: no LAST-ACK, and in TIME-WAIT it is newer (RFC 6191). */
static bool meets_nobody(const struct conn *conn, const struct tcptwin_segment *syn, unsigned dir)
{
    const struct side *sender = &conn->side[dir], *peer = &conn->side[!dir];
    if (!conn->over || sender->rst_seen || peer->rst_seen)
        return conn->over;
    if (syn->ts_ns > conn->last_ts_ns + QUIET_NS)
        return true;
    bool acknowledged = sender->ack_known && seq_gt(sender->max_ack, peer->fin_seq);
    return acknowledged && seq_ge(syn->seq, sender->snd_max);
}

/* The SYN that waits aside once more. */
static void count_again(struct pending_syn *pending, const struct tcptwin_segment *segment)
{
    pending->again_packets++;
    pending->again_bytes += segment->wire_len;
    pending->again_payload_bytes += segment->payload_len;
    pending->again_flags |= segment->flags;
    if (segment->ip_id != pending->segment.ip_id || segment->flags != pending->segment.flags ||
        segment->ts_ns - pending->segment.ts_ns >= COPY_NS || pending->copies++)
        return;
    pending->copy_ts_ns = segment->ts_ns;
    pending->copy_frame = segment->frame;
}

/* A new SYN, or SYN-ACK, on a connection that looks alive waits aside. */
static void put_aside(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                      unsigned dir)
{
    struct pending_syn *pending = conn->pending;
    if (pending && conn_direction(&pending->segment) == dir && pending->segment.seq == segment->seq) {
        count_again(pending, segment);
        return;
    }
    observe_aside(conn, &t->slab);
    conn->pending = slab_take(&t->slab, CLASS_PENDING);
    if (segment->flags & TCPTWIN_ACK)
        anomalies_of_syn(conn, &t->slab, segment, dir);
    else if (!is_unanswered(conn) || conn->side[dir].ack_known || is_same_attempt(conn, segment))
        conn_anomaly(conn, &t->slab,
                     conn->side[dir].ack_known ? TCPTWIN_ANOMALY_SYN_INSIDE
                                               : TCPTWIN_ANOMALY_SYN_ISN_CONFLICT,
                     dir, 90, segment->frame, segment->ts_ns);
    if (conn->pending)
        *conn->pending = (struct pending_syn){.segment = *segment};
    conn->steady = false;
    conn->last_frame = segment->frame;
    if (segment->ts_ns > conn->last_ts_ns)
        conn->last_ts_ns = segment->ts_ns;
}

/* A SYN, or the connection is over, or a SYN waits aside. */
static void take_up_closely(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment,
                            unsigned dir)
{
    if (conn->pending && answers_pending(conn, segment, dir)) {
        if (is_same_attempt(conn, &conn->pending->segment) && (segment->flags & TCPTWIN_ACK))
            start_over(t, conn);
        else
            conn = begin_pending(t, conn);
        if (conn)
            observe(t, conn, segment, dir);
        return;
    }
    if (is_new_syn(t, conn, segment, dir)) {
        if (meets_nobody(conn, segment, dir)) {
            begin_anew(t, conn, segment);
            return;
        }
        if (conn->pending && is_unanswered(conn) && conn->pending->segment.seq != segment->seq) {
            conn = begin_pending(t, conn); /* a third attempt, or it meets that one */
            if (conn)
                take_up_closely(t, conn, segment, dir);
            return;
        }
        put_aside(t, conn, segment, dir);
        return;
    }
    if (is_new_syn_ack(conn, segment, dir) || is_of_another(conn, segment, dir)) {
        begin_anew(t, conn, segment);
        return;
    }
    if (is_syn_ack(segment) && is_apart(conn, segment, dir)) {
        put_aside(t, conn, segment, dir);
        return;
    }
    observe(t, conn, segment, dir);
}

void take_up_any(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    if (conn->pending || conn->over || (segment->flags & TCPTWIN_SYN))
        take_up_closely(t, conn, segment, dir);
    else
        observe(t, conn, segment, dir);
}

void take_up_steady(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    if (!observe_steady(conn, &t->slab, segment, dir))
        take_up_any(t, conn, segment, dir);
    else if (conn->journal.starved)
        make_up_room(t, conn);
}

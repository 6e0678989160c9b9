/* fragment.c - IP packets that come in pieces
 *
 * Of a packet we need its headers and its length, not its bytes. So a pending packet keeps the
 * first FRAGMENT_HEAD_BYTES, which ranges have arrived, and the one's complement sum of all of
 * them (which is the same in any order, since fragments begin at multiples of 8). That makes a
 * pending packet some 400 bytes, however long it is.
 *
 *     pending[set][way]   set by hash of (addresses, id, protocol, scope); at most
 *                         FRAGMENT_WAYS_MAX ways: a new packet takes a free one or evicts the
 *                         oldest of its set
 *
 * Policy, that of Linux (4.19 and later): a fragment inside what has already arrived is a duplicate
 * and changes nothing; any other overlap, or two different ends, makes the packet ambiguous: it is
 * given up (RFC 5722 asks that for IPv6). A packet whose first fragment is older than
 * LIFETIME_NS starts anew. A packet done or given up swallows late copies for SETTLED_NS.
 * IPv4 fragments belong together by protocol too, IPv6 ones do not (RFC 8200 4.5).
 */
#include "decoder.h"

enum pending_state { PENDING_FREE, PENDING_OPEN, PENDING_DONE, PENDING_GIVEN_UP };

#define LIFETIME_NS 60000000000u /* RFC 8200 4.5; Linux 30 s */
#define SETTLED_NS 1000000000u
enum { PACKET_BYTES_MAX = 65535 };

static bool same_packet(const struct pending *p, const struct walk *w, const struct fragment *f)
{
    return p->state != PENDING_FREE && p->id == f->id && p->version == w->ip.version &&
           p->scope == w->scope && (p->version == 6 || p->protocol == f->protocol) &&
           memcmp(&p->src, &w->ip.src, sizeof p->src) == 0 &&
           memcmp(&p->dst, &w->ip.dst, sizeof p->dst) == 0;
}

static uint64_t packet_hash(const struct walk *w, const struct fragment *f)
{
    uint64_t part[4], hash = f->id + ((uint64_t)w->ip.version << 32);
    memcpy(part, &w->ip.src, 16);
    memcpy(part + 2, &w->ip.dst, 16);
    for (unsigned i = 0; i < 4; i++) {
        hash = (hash ^ part[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

static void pending_open(struct pending *p, struct walk *w, const struct fragment *f)
{
    p->src = w->ip.src;
    p->dst = w->ip.dst;
    p->first_ts_ns = p->last_ts_ns = w->ts_ns;
    p->age = ++w->decoder->pending_age;
    p->sum = 0;
    p->id = f->id;
    p->scope = w->scope;
    p->total = 0;
    p->head_units = 0;
    p->state = PENDING_OPEN;
    p->version = w->ip.version;
    p->protocol = f->protocol;
    p->range_count = 0;
    p->summed = w->decoder->options.verify_checksums;
}

/** expired() - Whether a pending packet has nothing to do with a fragment of now. */
static bool expired(const struct pending *p, uint64_t now_ns, uint64_t end)
{
    if (p->state == PENDING_OPEN)
        return now_ns > p->first_ts_ns && now_ns - p->first_ts_ns > LIFETIME_NS;
    bool beyond = p->state == PENDING_DONE && end > p->total;
    return beyond || (now_ns > p->last_ts_ns && now_ns - p->last_ts_ns > SETTLED_NS);
}

/** pending_find() - The packet that a fragment belongs to, or a fresh one. */
static struct pending *pending_find(struct walk *w, const struct fragment *f)
{
    struct tcptwin_decoder *d = w->decoder;
    struct pending *set = d->pending + packet_hash(w, f) % d->pending_sets * d->pending_ways;
    struct pending *victim = set;
    for (uint32_t i = 0; i < d->pending_ways; i++) {
        struct pending *p = set + i;
        if (same_packet(p, w, f)) {
            if (expired(p, w->ts_ns, f->offset + w->cursor.wire))
                pending_open(p, w, f);
            return p;
        }
        if (victim->state != PENDING_FREE && (p->state == PENDING_FREE || p->age < victim->age))
            victim = p;
    }
    pending_open(victim, w, f);
    return victim;
}

/** range_add() - Note that [from, to) arrived. Return: false if that gives the packet up. */
static bool range_add(struct pending *p, uint32_t from, uint32_t to)
{
    unsigned at = 0; /* the first range that ends at or behind `from` */
    while (at < p->range_count && p->range[at].to < from)
        at++;
    bool joins_left = at < p->range_count && p->range[at].to == from;
    unsigned right = joins_left ? at + 1 : at;
    if (right < p->range_count && p->range[right].from < to)
        return false;
    bool joins_right = right < p->range_count && p->range[right].from == to;

    if (joins_left && joins_right) {
        p->range[at].to = p->range[right].to;
        p->range_count--;
        memmove(p->range + right, p->range + right + 1,
                (p->range_count - right) * sizeof p->range[0]);
    } else if (joins_left) {
        p->range[at].to = (uint16_t)to;
    } else if (joins_right) {
        p->range[right].from = (uint16_t)from;
    } else {
        if (p->range_count == FRAGMENT_RANGES_MAX)
            return false;
        memmove(p->range + at + 1, p->range + at, (p->range_count - at) * sizeof p->range[0]);
        p->range_count++;
        p->range[at].from = (uint16_t)from;
        p->range[at].to = (uint16_t)to;
    }
    return true;
}

static bool range_contains(const struct pending *p, uint32_t from, uint32_t to)
{
    for (unsigned i = 0; i < p->range_count; i++)
        if (p->range[i].from <= from && to <= p->range[i].to)
            return true;
    return false;
}

/** keep_head() - Copy what belongs into the head, and note which units of it were captured. */
static void keep_head(struct pending *p, const struct cursor *c, uint32_t offset)
{
    if (offset >= FRAGMENT_HEAD_BYTES)
        return;
    uint32_t room = FRAGMENT_HEAD_BYTES - offset;
    uint32_t length = c->captured < room ? c->captured : room;
    cursor_copy(c, 0, p->head + offset, length);
    bool whole = length == c->wire; /* then the last unit may be shorter */
    uint32_t units = (length + (whole ? 7u : 0u)) / 8u;
    for (uint32_t i = 0; i < units; i++)
        p->head_units |= 1u << (offset / 8u + i);
}

/** take() - One fragment into its packet. Return: false if that gives the packet up. */
static bool take(struct walk *w, struct pending *p, const struct fragment *f)
{
    uint32_t end = f->offset + w->cursor.wire;
    if (!f->more && p->total != 0 && p->total != end)
        return false;
    if (p->total != 0 && end > p->total)
        return false;
    if (!f->more && p->range_count > 0 && p->range[p->range_count - 1].to > end)
        return false;
    if (range_contains(p, f->offset, end))
        return true;
    if (!range_add(p, f->offset, end))
        return false;
    if (!f->more)
        p->total = end;
    if (f->offset == 0)
        p->protocol = f->protocol;
    keep_head(p, &w->cursor, f->offset);
    p->summed = p->summed && w->cursor.captured == w->cursor.wire;
    if (p->summed)
        p->sum = checksum_add(p->sum, w->cursor.at, w->cursor.captured);
    return true;
}

/** head_captured() - How many of the packet's first bytes we have without a gap. */
static uint32_t head_captured(const struct pending *p)
{
    uint32_t units = 0;
    while (units < FRAGMENT_HEAD_BYTES / 8 && (p->head_units >> units & 1))
        units++;
    return units * 8 < p->total ? units * 8 : p->total;
}

/** deliver() - The packet is complete: put the cursor on it. */
static void deliver(struct walk *w, struct pending *p, struct fragment *f)
{
    struct tcptwin_decoder *d = w->decoder;
    uint32_t captured = head_captured(p);
    memcpy(d->assembled, p->head, captured);
    w->ip.length += p->total - w->cursor.wire;
    w->cursor.at = d->assembled;
    w->cursor.captured = captured;
    w->cursor.wire = p->total;
    w->notes |= TCPTWIN_NOTE_REASSEMBLED;
    w->payload_summed = p->summed;
    w->payload_sum = p->sum;
    f->protocol = p->protocol;
}

bool fragment_add(struct walk *w, struct fragment *f)
{
    uint32_t length = w->cursor.wire;
    if (w->quoted) { /* only the first one holds the ports */
        w->result = TCPTWIN_DECODE_OTHER;
        return f->offset == 0;
    }
    w->result = TCPTWIN_DECODE_MALFORMED_IP;
    if (length == 0 || f->offset + length > PACKET_BYTES_MAX)
        return false;
    bool length_known =
        !(w->notes & (TCPTWIN_NOTE_IP_LENGTH_ZERO | TCPTWIN_NOTE_LENGTH_CLAMPED));
    if (length_known && f->more && length % 8 != 0)
        return false;
    w->result = TCPTWIN_DECODE_FRAGMENT;
    if (!length_known || w->decoder->pending_sets == 0)
        return false;

    struct pending *p = pending_find(w, f);
    if (p->state != PENDING_OPEN)
        return false; /* a late copy */
    p->last_ts_ns = w->ts_ns;
    if (!take(w, p, f)) {
        p->state = PENDING_GIVEN_UP;
        return false;
    }
    bool complete = p->total != 0 && p->range_count == 1 && p->range[0].from == 0 &&
                    p->range[0].to == p->total;
    if (!complete)
        return false;
    p->state = PENDING_DONE;
    deliver(w, p, f);
    return true;
}

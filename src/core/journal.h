/* journal.h - the evidence of one connection: a bounded list of its telling segments
 *
 * A connection is its evidence; the states are computed from it (conclude.h), again whenever there
 * is more of it. What must be kept for that is little:
 *
 *   control    segments with SYN, FIN or RST, and ICMP errors
 *   answers    the first few segments of each direction after a control segment
 *   context    the last few of each direction before one
 *   tail       the last few of each direction at any time (an open connection holds only these
 *              and its handshake)
 *
 * The first three are pinned. Tail entries are overwritten in place until something pins them.
 * At most JOURNAL_MAX entries are kept: beyond that the middle is thinned out and counted, so that
 * the beginning and the end remain.
 */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include "prefetch.h"
#include "slab.h"
#include "tcptwin/segment.h"

enum {
    JOURNAL_MAX = 128,     /**< entries a connection can hold */
    JOURNAL_TAIL = 3,      /**< tail entries per direction */
    JOURNAL_ANSWERS = 3,   /**< pinned segments per direction after a control segment */
    JOURNAL_CLASSES = 7    /**< see journal_capacity() */
};

enum { /* record.marks */
    MARK_PINNED = 0x01,
    MARK_ICMP = 0x02,      /**< an ICMP error about a segment of `dir`; len is type << 8 | code */
    MARK_TIMESTAMPS = 0x04,
    MARK_BAD_CHECKSUM = 0x08, /**< damaged: sent, and dropped by its receiver */
    MARK_FOREIGN = 0x10,   /**< not its sender's: forged, or of another connection */
    MARK_DSACK = 0x20,
    MARK_ODD_FLAGS = 0x40, /**< flags that no receiver takes (FIN without ACK, SYN with FIN, ...) */
    MARK_APART = 0x80      /**< both numbers far from all before: perhaps of another connection (facts.h) */
};

/** One segment as evidence. */
struct record {
    uint64_t ts_ns, frame;
    uint32_t seq, ack, len;
    uint32_t tsval, tsecr;
    uint32_t sack_right; /**< highest right edge of its SACK blocks; 0: none */
    uint16_t window, ip_id;
    uint8_t flags, dir, marks, ttl;
};
_Static_assert(sizeof(struct record) == 48, "there are many of them");

struct journal {
    struct record *records;
    uint8_t capacity_class; /**< of records, which is NULL while count is 0 */
    uint8_t capacity;       /**< how many there is room for */
    uint8_t count;
    uint8_t pinned;         /**< records[0 .. pinned) are pinned, in capture order; the rest is tail */
    bool starved;           /**< something was dropped because there was no memory */
    uint8_t answers[2];     /**< how many more segments of each direction are to be pinned */
    uint8_t latest[2];      /**< where the newest segment of each direction is, plus 1; 0: nowhere */
    uint8_t tail_count[2];
    uint8_t tail_next[2];   /**< which of the direction's tail entries is overwritten next */
    uint8_t tail_at[2][JOURNAL_TAIL]; /**< where they are */
    uint32_t dropped;
};
_Static_assert(sizeof(struct journal) == 32, "half a cache line");

/** journal_capacity() - Entries of a piece of that class: close together where most journals end. */
static inline unsigned journal_capacity(unsigned capacity_class)
{
    static const uint8_t capacity[JOURNAL_CLASSES] = {6, 12, 16, 24, 32, 64, JOURNAL_MAX};
    return capacity[capacity_class];
}

/**
 * journal_place() - Where the next segment of side @dir is to be written; the caller fills it in
 * @control: A control segment: pin it, the tail before it, and the answers after it.
 * @marks: To be among its marks: MARK_PINNED, or nothing. An ICMP error is given with MARK_ICMP.
 * Return: NULL if there was no memory for it (then it is counted as dropped).
 */
struct record *journal_place(struct journal *journal, struct slab *slab, unsigned dir, bool control,
                             unsigned *marks);
/** journal_place_tail() - journal_place() of a segment that is not pinned. */
struct record *journal_place_tail(struct journal *journal, struct slab *slab, unsigned dir);
/**
 * journal_begin() - Where the first @count segments are to be written, all of them control evidence
 * In place of as many calls of journal_place(); which is the newest of each side is the caller's to say, too.
 * @count: At most as many as the smallest piece holds.
 * Return: NULL if there was no memory.
 */
struct record *journal_begin(struct journal *journal, struct slab *slab, unsigned count);
/** journal_sorted() - Copy all entries in capture order to @out[JOURNAL_MAX]. Return: how many. */
unsigned journal_sorted(const struct journal *journal, struct record *out);
/** journal_latest() - The newest segment of that direction; NULL: there was none, or it was thinned out. */
static inline const struct record *journal_latest(const struct journal *journal, unsigned dir)
{
    return journal->latest[dir] ? &journal->records[journal->latest[dir] - 1] : NULL;
}
/** journal_prefetch() - A segment of that direction comes soon. @control: and pins the tail. @latest: and is held
 * against the newest. */
static inline void journal_prefetch(const struct journal *journal, unsigned dir, bool control, bool latest)
{
    bool overwrites = journal->tail_count[dir] == JOURNAL_TAIL && !journal->answers[dir];
    unsigned at = overwrites ? journal->tail_at[dir][journal->tail_next[dir]] : journal->count;
    const char *from = (const char *)&journal->records[at], *last = from + sizeof(struct record) - 1;
    prefetch_to_write(from);
    prefetch_to_write(last);
    if (control)
        for (from = (const char *)&journal->records[journal->pinned]; from < last; from += 64)
            prefetch_to_write(from);
    if (latest && journal->latest[dir])
        prefetch(&journal->records[journal->latest[dir] - 1].window);
}
void journal_release(struct journal *journal, struct slab *slab);

#endif

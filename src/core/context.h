/* context.h - the context as the files see it that work on it
 *
 *     tcptwin.c      public functions: the context's life, look-up, batches, the end of the capture
 *     openings.c     a tuple's first segment; connections while nothing but their opening is seen
 *     incarnation.c  which connection of its tuple a segment belongs to; a connection begins, or retires
 *     waiting.c      queues in packet time: what is looked at again after some quiet
 *     room.c         memory: who makes room at the limit
 *     departing.c    a connection ends and leaves the table; what remains of it
 *     concluding.c   what departed is concluded and said; may be a thread of its own
 *     saying.c       judgments before the end: what is said live
 *
 * These files only, and each calls none above it (lint.core_order), but that what waited retires:
 * incarnation.c and waiting.c call each other. A segment comes down from the first to the third; time passes
 * from the first to the fourth; whatever ends goes through departing.c, and to those after it.
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include "conclude.h"
#include "early_icmp.h"
#include "flow_table.h"
#include "graves.h"
#include "hosts.h"
#include "queue.h"
#include "tcptwin/tcptwin.h"

#include <string.h>

enum {
    EVICT_TRIES = 64, /* evictions for one piece of memory; then the segment is refused */
    PREFETCH_FAR = 8, /* of connections that depart one after another: the connection, */
    PREFETCH_NEAR = 4, /* and then its evidence */
    OPENING_ANOMALIES_MAX = 16, /* kinds that its three segments can show, and more */
    LINES = 128       /* bytes between what two threads write: neighbouring lines are fetched in pairs */
};

/** To conclude one departure after the other. */
struct bench {
    struct conclusion conclusion;
    struct conn *made; /**< of an opening: in its room, at the start of a cache line; and its pieces */
    uint8_t made_room[sizeof(struct conn) + _Alignof(struct conn)];
    struct slab slab;
    struct slab_budget nothing_more;
    struct record evidence[OPENING_MAX + 1];
    struct anomaly_node anomalies[OPENING_ANOMALIES_MAX];
};

/** What only concluding.c touches while a pipeline runs. */
struct concluding {
    struct slab_budget budget;
    struct graves time_waits;
    struct bench bench;
};

/** What a connection waits for: see waiting.c. */
enum { QUEUE_NONE, QUEUE_ENDED, QUEUE_UNANSWERED, QUEUE_TIME_WAIT, QUEUE_COUNT };

struct tcptwin {
    struct tuple_secret secret; /* never changes: tcptwin_find_place() reads it on another thread */
    struct tcptwin_options options;
    struct tcptwin_timers timers;
    uint64_t origin_ns;      /**< time of the first segment; like all above constant from then on */
    char apart[LINES];       /**< from here on the feeding thread writes */
    struct tcptwin_stats stats;
    struct slab_budget budget;
    struct slab slab;
    struct flow_table table;
    struct hosts hosts;
    struct graves graves;
    struct queue queues[QUEUE_COUNT];
    uint64_t wait_ns[QUEUE_COUNT];
    uint64_t alarm_ns;       /**< nothing is due before */
    uint64_t now_ns;
    uint32_t evict_hand;
    bool crowded;            /**< more are held than should be (waiting.c) */
    struct early_icmp early;
    struct tcptwin_departures departures; /**< not handed over yet */
    struct conclusion conclusion; /**< of judge_conn() */
    char apart_too[LINES];
    struct concluding concluding;
};

/* -- openings.c -- */

/** begin_first() - A segment of a tuple that has no connection: the first of one, or a straggler. */
void begin_first(struct tcptwin *t, const struct tcptwin_segment *segment,
                 const struct tcptwin_place *place, const struct flow_key *key);
/** take_up_opening() - A segment of an opening's tuple. */
void take_up_opening(struct tcptwin *t, struct opening *opening, const struct tcptwin_segment *segment,
                     const struct tcptwin_place *place);
/**
 * promote() - Make a connection of an opening, which is gone then
 * @answered: The peer's answer is at hand, or nothing comes any more: it need not be found by its queue.
 * Return: NULL if there is no memory; then it stays an opening.
 */
struct conn *promote(struct tcptwin *t, struct opening *opening, uint64_t hash, bool answered);

/* -- incarnation.c -- */

/** take_up() - A segment of this tuple, sent by side @dir: of this connection, or of the next. */
void take_up_any(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);
/** ... of a steady connection: most likely its next in order. */
void take_up_steady(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);
static inline void take_up(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    if (conn->steady)
        take_up_steady(t, conn, segment, dir);
    else
        take_up_any(t, conn, segment, dir);
}
/** begin_conn() - A new connection, with its first segment. NULL: no memory; the segment is refused. */
struct conn *begin_conn(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                        const struct tcptwin_segment *segment, unsigned dir, uint32_t incarnation);
/** retire_conn() - Bury it; a SYN that waits aside may be a connection of its own, which retires, too. */
void retire_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
/** after_observation() - It has new evidence. @control: its states may have changed. */
void after_observation(struct tcptwin *t, struct conn *conn, bool control);

/* -- waiting.c -- */

/** set_waits() - How long each queue waits, by t->timers. */
void set_waits(struct tcptwin *t);
/** enqueue_conn() - Without memory for the entry it stays until the end, or is evicted. */
void enqueue_conn(struct tcptwin *t, unsigned which, struct conn *conn);
/** enqueue_opening() - The same for an opening that is unanswered. */
void enqueue_opening(struct tcptwin *t, const struct opening *opening);
/** run_queues() - Look at all that is due, and set t->alarm_ns. */
void run_queues(struct tcptwin *t);

/* -- room.c -- */

/** recover_departed() - Have the memory back of all that departed. */
void recover_departed(struct tcptwin *t);
/**
 * evict_some() - Evict a few, and have their memory back
 * @except: A connection or an opening that is spared, or NULL.
 * Return: false if there is none to evict.
 */
bool evict_some(struct tcptwin *t, const void *except);
/** have_evidence_room() - Whether a new connection can have a journal; evicts for it, but not @except. */
bool have_evidence_room(struct tcptwin *t, const void *except);

/* -- departing.c -- */

/** learn_conn() - If its opening was not captured: what it tells of its hosts' distances. */
void learn_conn(struct tcptwin *t, const struct conn *conn);
/** depart() - It has ended, and leaves the table: to be concluded and said, then freed. No grave is dug. */
void depart(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
/** bury_conn() - The same with a grave, unless the capture is over. */
void bury_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
/** depart_opening(), retire_opening() - The same of an opening, which departs as it is. */
void depart_opening(struct tcptwin *t, struct opening *opening, enum tcptwin_end_reason reason);
void retire_opening(struct tcptwin *t, struct opening *opening, enum tcptwin_end_reason reason);
/** free_opening() - It is out of the table, and its memory may be used again. */
void free_opening(struct tcptwin *t, struct opening *opening);
/** send_off() - Hand over all that departed. */
void send_off(struct tcptwin *t);

/* -- concluding.c -- */

void concluding_init(struct tcptwin *t);
void concluding_release(struct tcptwin *t);

/* -- saying.c -- */

/** judge_conn() - Compute what is known of it now: fills t->conclusion. @final: nothing more will come. */
void judge_conn(struct tcptwin *t, const struct conn *conn, enum tcptwin_end_reason reason, bool final);
/** say_changes() - Live: what turned out otherwise since the last time, and what is new. */
void say_changes(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason, bool final);

static inline bool is_unanswered(const struct conn *conn)
{
    return !conn->side[0].packets || !conn->side[1].packets;
}

static inline uint64_t hash_of_opening(const struct tcptwin *t, const struct opening *opening)
{
    struct flow_key key = key_of_opening(opening);
    return flow_hash(&t->secret, &key);
}

/** Seconds of packet time since the first segment, plus 1. */
static inline uint32_t second_of(const struct tcptwin *t, uint64_t ts_ns)
{
    return ts_ns > t->origin_ns ? (uint32_t)((ts_ns - t->origin_ns) / SECOND_NS) + 1 : 1;
}

#endif

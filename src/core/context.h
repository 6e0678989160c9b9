/* context.h - the context as the files see it that work on it
 *
 *     tcptwin.c      public functions: the context's life, look-up, batches, the end of the capture
 *     incarnation.c  which connection of its tuple a segment belongs to, and beginning a connection
 *     waiting.c      queues in packet time: what is looked at again after some quiet
 *     ending.c       concluding a connection, saying so and freeing it; what remains of it
 *     room.c         memory: who makes room at the limit
 *     saying.c       judgments and events
 *
 * These files only. A segment comes down from the first to the second; time passes from the first
 * to the third; whatever ends goes through the fourth, and all that is said through the last.
 */
#ifndef CORE_CONTEXT_H
#define CORE_CONTEXT_H

#include "conclude.h"
#include "flow_table.h"
#include "graves.h"
#include "hosts.h"
#include "queue.h"
#include "tcptwin/tcptwin.h"

#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

enum {
    EVICT_TRIES = 64, /* evictions for one piece of memory; then the segment is refused */
    PREFETCH_FAR = 8, /* of connections that are concluded one after another: the connection, */
    PREFETCH_NEAR = 4 /* and then its evidence */
};

/** What a connection waits for: see waiting.c. */
enum { QUEUE_ENDED, QUEUE_UNANSWERED, QUEUE_TIME_WAIT, QUEUE_COUNT };

struct tcptwin {
    uint64_t secret[2]; /* never changes: tcptwin_find_place() reads it on another thread */
    struct tcptwin_options options;
    struct tcptwin_stats stats;
    struct slab_budget budget;
    struct slab slab;
    struct flow_table table;
    struct hosts hosts;
    struct graves graves;
    struct queue queues[QUEUE_COUNT];
    uint64_t wait_ns[QUEUE_COUNT];
    uint64_t alarm_ns;       /**< nothing is due before */
    struct tcptwin_timers timers;
    uint64_t now_ns;
    uint32_t evict_hand;
    struct conclusion conclusion;
};

/* -- saying.c -- */

/** learn_conn() - One whose opening was not captured: what it tells of its hosts' distances. */
void learn_conn(struct tcptwin *t, const struct conn *conn);
/** judge_conn() - Compute what is known of it now: fills t->conclusion. @final: nothing more will come. */
void judge_conn(struct tcptwin *t, const struct conn *conn, enum tcptwin_end_reason reason, bool final);
/** say_conclusion() - The event of a connection that has ended, from the conclusion at hand. */
void say_conclusion(struct tcptwin *t);
/** say_changes() - Live: what turned out otherwise since the last time, and what is new. */
void say_changes(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason, bool final);
/** conclude_and_say() - All that remains to be said of it; it is not freed. */
void conclude_and_say(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);

/* -- waiting.c -- */

/** set_waits() - How long each queue waits, by t->timers. */
void set_waits(struct tcptwin *t);
/** enqueue_conn() - Without memory for the entry it stays until the end, or is evicted. */
void enqueue_conn(struct tcptwin *t, unsigned which, struct conn *conn);
/** run_queues() - Look at all that is due, and set t->alarm_ns. */
void run_queues(struct tcptwin *t);

/* -- ending.c: each of these frees the connection -- */

/** retire_conn() - Judge it, say so, leave a grave; a SYN that waits aside may be the next. */
void retire_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
/** bury_conn() - The same from the conclusion at hand, for one of which there is no more to say. */
void bury_conn(struct tcptwin *t, struct conn *conn, enum tcptwin_end_reason reason);
/** forget_conn() - Only free it. */
void forget_conn(struct tcptwin *t, struct conn *conn);

/* -- room.c -- */

/** evict_one() - Conclude one other than @except for its memory. Return: false if there is none. */
bool evict_one(struct tcptwin *t, const struct conn *except);
/** have_evidence_room() - Whether a new connection can have a journal; evicts for it. */
bool have_evidence_room(struct tcptwin *t);

/* -- incarnation.c -- */

/** take_up() - A segment of this tuple, sent by side @dir: of this connection, or of the next. */
void take_up(struct tcptwin *t, struct conn *conn, const struct tcptwin_segment *segment, unsigned dir);
/** begin_first() - A segment of a tuple that has no connection. */
void begin_first(struct tcptwin *t, const struct tcptwin_segment *segment,
                 const struct tcptwin_place *place, const struct flow_key *key);
/** begin_conn() - A new connection, with its first segment. NULL: no memory; the segment is refused. */
struct conn *begin_conn(struct tcptwin *t, const struct flow_key *key, uint64_t hash,
                        const struct tcptwin_segment *segment, unsigned dir, uint32_t incarnation);
/** after_observation() - It has new evidence. @control: its states may have changed. */
void after_observation(struct tcptwin *t, struct conn *conn, bool control);

static inline bool is_unanswered(const struct conn *conn)
{
    return !conn->side[0].packets || !conn->side[1].packets;
}

static inline struct flow_key key_of_conn(const struct conn *conn)
{
    struct flow_key key = {.scope = conn->scope, .ip_version = conn->ip_version};
    memcpy(key.address, conn->address, sizeof key.address);
    memcpy(key.port, conn->port, sizeof key.port);
    return key;
}

/** Seconds of packet time since the first segment, plus 1. */
static inline uint32_t second_of(const struct tcptwin *t, uint64_t ts_ns)
{
    return ts_ns > t->stats.first_ts_ns ? (uint32_t)((ts_ns - t->stats.first_ts_ns) / SECOND_NS) + 1 : 1;
}

#endif

/* tcptwin.h - the reconstruction engine: segments in, connections out
 *
 * Sans I/O: no clock, no files, no globals; packet time is the only clock and memory comes from
 * the caller's allocator. One context per thread (or two: struct tcptwin_pipeline); contexts share
 * nothing.
 *
 *     create -> { feed | feed_icmp | advance }* -> finish -> destroy
 *
 * Times are nanoseconds since the Unix epoch, as the segments have them. What is passed in is read during the
 * call and not kept, but for what a comment says. Functions that return nothing cannot fail.
 */
#ifndef TCPTWIN_TCPTWIN_H
#define TCPTWIN_TCPTWIN_H

#include "tcptwin/event.h"
#include "tcptwin/segment.h"
#include "tcptwin/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

struct tcptwin;

enum { TCPTWIN_DEPARTURES = 64 };

/** What has ended and is still to be concluded, with what was known then. The context's own. */
struct tcptwin_departure {
    struct conn *conn;       /**< NULL: nothing but its opening was seen, */
    struct opening *opening; /**< which is this; else NULL */
    struct opening_rest *opening_rest; /**< and the rest of it, if there is one */
    uint64_t end_ts_ns;      /**< how far the capture went then */
    uint32_t distance_ns[2]; /**< of the two hosts, as far as other connections tell */
    bool steady[2];          /**< and whether most of those agree */
    uint8_t reason;          /**< enum tcptwin_end_reason */
};
/** Departures in order. Copy it freely; touch nothing. */
struct tcptwin_departures {
    uint32_t count; /**< from 1 to TCPTWIN_DEPARTURES */
    struct tcptwin_departure list[TCPTWIN_DEPARTURES];
};

/**
 * For callers with more threads: what is said of connections is computed there
 *
 *     feeding thread                           any other                              one at a time, in order
 *     tcptwin_feed_batch() ... hand_over() -----------------------------------------> tcptwin_conclude() -> sink
 *                                         \-> tcptwin_prepare(), of a later list ---> tcptwin_say()      -> sink
 *     tcptwin_reclaim()  <-----------------------------------------------------------'
 *
 * The answers do not depend on who concludes when; the memory of what departed comes back with
 * tcptwin_reclaim(), so under the memory limit they depend on when that is called: do it at points
 * that the input determines. Not for live contexts. With it, the allocator is called by both threads.
 */
struct tcptwin_pipeline {
    /**
     * Called on the feeding thread, in order. Each list is said in that order, then goes to
     * tcptwin_reclaim(). @departures is valid during the call: copy it.
     */
    void (*hand_over)(void *user, const struct tcptwin_departures *departures);
    /** Called on the feeding thread when memory is short: conclude and reclaim all, then return. */
    void (*drain)(void *user);
    void *user;
};

enum { TCPTWIN_BATCH = 32 }; /**< a good number of segments for tcptwin_feed_batch() */

/** Where memory comes from. Neither function may call back into the context. */
struct tcptwin_allocator {
    void *(*allocate)(void *user, size_t bytes); /**< as malloc(), aligned alike; NULL when there is none */
    void (*release)(void *user, void *memory, size_t bytes); /**< as free(), with the size once asked for */
    void *user;
};

struct tcptwin_options {
    size_t struct_size;          /**< set by tcptwin_options_init(); tcptwin_create() takes no other */
    enum tcptwin_profile profile; /**< whose timers, and rules where systems differ */
    bool live;                   /**< say transitions at once, and revisions later */
    size_t memory_limit;         /**< bytes for connections and their tables; reaching it evicts, ended ones
                                      first. On top of it come the context itself, a 32nd for who is in
                                      TIME-WAIT, and in tcptwin_finish() 8 bytes a connection */
    uint8_t hash_key[16];        /**< secret of the flow table's hash: random live, fixed in tests */
    struct tcptwin_allocator allocator;
    /** Takes what is said, on the thread that feeds or concludes. Must not call back into the context. */
    void (*sink)(void *user, const struct tcptwin_event *event);
    void *sink_user;
    /**
     * Whether the sink needs no more of a connection than it has in brief (tcptwin_connection.brief); else it is
     * concluded as a whole. Called just before it is said, where that would be. NULL: no connection is said in brief.
     */
    bool (*enough)(void *user, const struct tcptwin_connection *brief);
    const struct tcptwin_pipeline *pipeline; /**< NULL: everything on the feeding thread. Must outlive the context */
};

/** Counted since tcptwin_create(). */
struct tcptwin_stats {
    uint64_t segments;           /**< fed */
    uint64_t icmp_errors;        /**< fed */
    uint64_t icmp_unmatched;     /**< of these: about no connection that was held, or not with its numbers */
    uint64_t connections;        /**< created so far */
    uint64_t open_connections;   /**< held now */
    uint64_t peak_connections;   /**< most held at a time */
    uint64_t evicted;            /**< concluded early, because the memory limit was reached */
    uint64_t refused_segments;   /**< segments that found no memory and were not followed */
    uint64_t late_segments;      /**< of connections that had been concluded: they moved nobody */
    uint64_t time_regressions;   /**< segments and errors with a time before the latest until then */
    uint64_t memory_bytes;       /**< taken now, of memory_limit */
    uint64_t first_ts_ns;        /**< of the first segment or error; 0: none yet, or it was at the epoch */
    uint64_t last_ts_ns;         /**< the latest; 0: none yet */
};

/** tcptwin_options_init() - Defaults: profile linux, offline, 8 GiB, key 0; the caller sets allocator and sink. */
void tcptwin_options_init(struct tcptwin_options *options);
/**
 * tcptwin_create() - Make a context. @options are copied.
 * Return: NULL if the allocator gave nothing, memory_limit is too small to begin with (below some 260 KiB),
 * or the options are not sound: no sink or allocator, another struct_size, both live and with a pipeline.
 */
struct tcptwin *tcptwin_create(const struct tcptwin_options *options);
/** tcptwin_destroy() - Give all memory back. Says nothing: call tcptwin_finish() first for the rest.
 * With a pipeline nobody may conclude any more. NULL is allowed. */
void tcptwin_destroy(struct tcptwin *tcptwin);

/** tcptwin_feed() - One segment, in capture order. Without a pipeline events reach the sink before it
 * returns. Its time may lie before its predecessor's: that is counted, and packet time does not run back. */
void tcptwin_feed(struct tcptwin *tcptwin, const struct tcptwin_segment *segment);
/** Where the connection of a segment must be: its tuple's keyed hash, and which end sent it. */
struct tcptwin_place {
    uint64_t hash;
    unsigned sender; /**< endpoint 0 or 1 */
};
/**
 * tcptwin_find_place() - The part of tcptwin_feed() that needs only the segment and the secret key
 * The one function that another thread may call while the context is being fed: a reader can spare
 * the feeding thread this work.
 */
struct tcptwin_place tcptwin_find_place(const struct tcptwin *tcptwin,
                                        const struct tcptwin_segment *segment);
/**
 * tcptwin_feed_batch() - The same as feeding them one by one, and faster: their memory is fetched together
 * @places: From tcptwin_find_place() of this context, one a segment; or NULL.
 * @count:  Any; TCPTWIN_BATCH and more are worth it.
 */
void tcptwin_feed_batch(struct tcptwin *tcptwin, const struct tcptwin_segment *segments,
                        const struct tcptwin_place *places, size_t count);
/** tcptwin_feed_icmp() - One ICMP error. Tied to a connection only if the quoted number fits (Linux tcp_v4_err). */
void tcptwin_feed_icmp(struct tcptwin *tcptwin, const struct tcptwin_icmp_error *icmp);
/** tcptwin_advance() - Let packet time pass without a packet (live). Earlier times are ignored, and all
 * before the first segment. */
void tcptwin_advance(struct tcptwin *tcptwin, uint64_t now_ns);
/** tcptwin_conclude() - Say all of these connections. One list at a time, in the order of hand_over(). */
void tcptwin_conclude(struct tcptwin *tcptwin, const struct tcptwin_departures *departures);

/** What a thread needs to conclude a list before its turn comes, and what it concluded: some 160 KiB. */
struct tcptwin_desk;
size_t tcptwin_desk_size(void);
/** tcptwin_desk_init() - In memory of that size, aligned as malloc() aligns. It needs no release. */
struct tcptwin_desk *tcptwin_desk_init(void *memory);
/**
 * tcptwin_prepare() - Conclude a list, as far as the desk has room, and say nothing yet
 * On any thread, one at a time for each desk; others may feed, conclude and prepare meanwhile. The list must stay
 * until it was said.
 */
void tcptwin_prepare(const struct tcptwin *tcptwin, struct tcptwin_desk *desk,
                     const struct tcptwin_departures *departures);
/** tcptwin_say() - In place of tcptwin_conclude(), in its turn: say what was prepared on the desk. */
void tcptwin_say(struct tcptwin *tcptwin, struct tcptwin_desk *desk);
/** tcptwin_reclaim() - Take back the memory of connections that were concluded. On the feeding thread. */
void tcptwin_reclaim(struct tcptwin *tcptwin, const struct tcptwin_departures *departures);
/** tcptwin_finish() - The capture is over: every connection still held is concluded, in order of first packet
 * (in any, if the allocator has no room for a list of them). */
void tcptwin_finish(struct tcptwin *tcptwin);

/** tcptwin_get_stats() - At any time, on the feeding thread. */
void tcptwin_get_stats(const struct tcptwin *tcptwin, struct tcptwin_stats *stats);
/** tcptwin_version() - "0.1.0" */
const char *tcptwin_version(void);

#endif

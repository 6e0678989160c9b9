/* feeder.h - reading and decoding, in batches, and a few of them ahead of the core
 *
 * For files: capture_next() and tcptwin_decode() fill batches of decoded segments in order, on a thread
 * of their own or on the caller's when it asks for the next; the caller feeds them to the core. The
 * batches are the same. What comes live or through a pipe must not wait for a batch: see
 * read_frames() in run.c.
 */
#ifndef CLI_FEEDER_H
#define CLI_FEEDER_H

#include "capture/capture.h"
#include "report/report.h"
#include "tcptwin/decode.h"
#include "tcptwin/tcptwin.h"

/** Decoding and counting, one frame at a time; used by one thread at a time. */
struct intake {
    struct capture *capture;
    const struct capture_frame *frames; /**< read and not decoded yet: @at_hand of them */
    unsigned at_hand;
    struct tcptwin_decoder *decoder;
    int link_type;                  /**< of the decoder now */
    const struct tcptwin *core;     /**< for tcptwin_find_place() */
    struct report_summary *summary; /**< decode_counts, tcp_packets, notes_* and back_ns are counted there */
    /** For what is no TCP, if the decoder was asked for it; else NULL. */
    void (*datagram)(void *user, const struct tcptwin_datagram *datagram);
    void *datagram_user;
};
/** intake_frame() - tcptwin_decode_to(), and count what it was. */
enum tcptwin_decode_result intake_frame(struct intake *intake, const struct capture_frame *frame,
                                        struct tcptwin_segment *segment, struct tcptwin_decoded *decoded);

enum { FEEDER_SEGMENTS = 128 };

/** Segments in order, then at most one ICMP error. */
struct feeder_batch {
    _Alignas(64) struct tcptwin_segment segments[FEEDER_SEGMENTS];
    struct tcptwin_place places[FEEDER_SEGMENTS];
    size_t count;
    struct tcptwin_icmp_error icmp;
    bool has_icmp;
    uint64_t packets; /**< read so far */
    struct capture_stats stats;  /**< now and then, for progress and statistics */
};

struct feeder;

/** What the reading thread does while it is far enough ahead: a little at a time. Return: false if there is
 * nothing to do. */
struct feeder_pastime {
    bool (*step)(void *user); /**< NULL: sleep */
    void *user;
};
/** feeder_start() - Begin to read; on a thread if @ahead, and there is one. Return: NULL if there is no memory. */
struct feeder *feeder_start(struct intake *intake, bool ahead, struct feeder_pastime pastime);
/** feeder_next() - The next batch, valid until the next call; NULL at the end. */
const struct feeder_batch *feeder_next(struct feeder *feeder);
/** feeder_stop() - Wait for the thread and free everything; after it the intake is the caller's again. */
void feeder_stop(struct feeder *feeder);

#endif

/* source.h - where frames come from, as the capture sequence sees it
 *
 *     capture.c (the sequence: numbers, filter, limit)
 *         |
 *     struct source: next, more, bytes_read, drops, interrupt, close
 *         |
 *     file.c (our readers, or libpcap over a FILE)   live.c (libpcap on an interface)
 *
 * A source delivers frames with data, lengths, time, and sets its link type to the frame's; the
 * sequence adds the number. A source that ends because of damage says so in its report before it returns
 * CAPTURE_END; it is then closed by the sequence.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture.h"

#include <pcap/pcap.h>
#include <signal.h>

struct source;

struct source_operations {
    enum capture_status (*next)(struct source *source, struct capture_frame *frame);
    /** After a frame: up to @room further ones of its link type that cost no waiting, and leave the bytes
     * of those before where they are. Return: how many; 0 says nothing of what next() will. */
    unsigned (*more)(struct source *source, struct capture_frame *frames, unsigned room);
    uint64_t (*bytes_read)(const struct source *source); /**< as stored; for progress */
    void (*drops)(struct source *source, struct capture_stats *stats);
    void (*interrupt)(struct source *source); /**< async-signal-safe; may be NULL */
    void (*close)(struct source *source);
};

struct source {
    const struct source_operations *operations;
    struct capture_input_report *report;
    int link_type; /**< of the frame delivered last; at first of the input's first interface */
};

enum { SOURCE_IDLE_MS = 100 /**< how long a quiet source is waited for */ };

/**
 * source_time_ns() - libpcap's time (in nanosecond precision) as nanoseconds since the epoch
 *
 * Classic files hold 32 unsigned bits of seconds, which libpcap hands out sign-extended; pcapng
 * can hold anything. Times before the epoch become 0 and times past the year 2262 its last
 * moment, so that a reader may add years to any time without overflow.
 */
static inline uint64_t source_time_ns(const struct timeval *time, bool seconds_are_32_bits)
{
    const int64_t second_ns = 1000000000;
    const int64_t last_second = INT64_MAX / second_ns - 1;
    int64_t seconds = time->tv_sec, fraction = time->tv_usec;

    if (seconds_are_32_bits)
        seconds = (int64_t)(uint32_t)seconds;
    if (fraction < 0)
        fraction = 0;
    if (seconds < 0)
        return 0;
    if (seconds > last_second || fraction / second_ns > last_second - seconds)
        return INT64_MAX;
    return (uint64_t)(seconds * second_ns + fraction);
}

#endif

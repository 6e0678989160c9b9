/* report.h - what every report is
 *
 * A report gets the core's events one by one and a summary at the end, and writes to one stream.
 * It keeps what it needs itself, bounded. registry.c lists them all: the list is the dispatcher,
 * the help text and the man page's table.
 */
#ifndef REPORT_H
#define REPORT_H

#include "selection.h"

#include "tcptwin/datagram.h"
#include "tcptwin/event.h"
#include "tcptwin/tcptwin.h"
#include "tcptwin/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** One input, as far as reports are concerned. */
struct report_input {
    const char *name, *format, *link_type, *message; /**< message: "" if it is sound */
    uint64_t frames;
    bool damaged;
};

/** Everything about the capture as a whole; complete at finish(), partly filled before. */
struct report_summary {
    const struct report_input *inputs;
    size_t input_count;
    uint64_t packets;              /**< frames read, before the filter */
    uint64_t packets_matched;      /**< after the filter */
    uint64_t tcp_packets;
    uint64_t decode_counts[TCPTWIN_DECODE_COUNT];
    uint64_t notes_truncated, notes_bad_checksum, notes_ip_length_zero; /**< segments with that note */
    uint64_t latest_ns;            /**< of segments: the latest time */
    uint64_t back_ns;              /**< ... and how far one lay before the latest until then, at most */
    struct tcptwin_stats core;
    bool live, has_drops, interrupted;
    uint64_t received, dropped_kernel, dropped_interface;
    const char *filter;            /**< or NULL */
    const char *profile;
};

struct report_options {
    FILE *out;
    bool colour;
    bool live;          /**< flush after every event */
    unsigned width;     /**< columns to fit, e.g. 80 */
    uint64_t max_rows;  /**< of a table before it is cut; 0: all */
    bool utc;           /**< absolute times in UTC; else relative to the capture's start */
    struct selection selection; /**< what reports on sockets and hosts are asked for */
};

struct report; /**< each report's own */

struct report_kind {
    const char *name; /**< verb, and the left side of -o */
    const char *help; /**< one line */
    bool takes_selection; /**< obeys selection.host and selection.json */
    /** Return: NULL when out of memory. */
    struct report *(*open)(const struct report_options *options);
    void (*event)(struct report *report, const struct tcptwin_event *event);
    /** As tcptwin_options.enough; NULL: each connection is wanted as a whole. */
    bool (*enough)(const struct report *report, const struct tcptwin_connection *brief);
    /**
     * NULL: not wanted; if no report wants them, none are decoded. Called on the thread that reads, in
     * capture order, while event() may be called on another: a report that has both shares nothing between them.
     */
    void (*datagram)(struct report *report, const struct tcptwin_datagram *datagram);
    /** Writes what is left. Called once, also after damage or interruption. */
    void (*finish)(struct report *report, const struct report_summary *summary);
    void (*close)(struct report *report);
};

/** report_kind_at() - The i-th kind; NULL past the last. */
const struct report_kind *report_kind_at(size_t index);
const struct report_kind *report_kind_find(const char *name);

/** report_explain() - The verb `explain`: @word NULL lists everything. Return: false if unknown. */
bool report_explain(FILE *out, const char *word, unsigned width, bool colour);

#endif

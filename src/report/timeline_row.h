/* timeline_row.h - the lines of one table of the timeline; for timeline.c only */
#ifndef REPORT_TIMELINE_ROW_H
#define REPORT_TIMELINE_ROW_H

#include "format.h"
#include "report.h"

enum { TIMELINE_MOVES_MAX = 4 };

/** What one segment or timer did. Index: 0 client, 1 server. */
struct timeline_row {
    uint64_t ts_ns;
    const struct tcptwin_brief *segment;
    bool again; /**< the segment has a row already: here it arrives */
    const struct tcptwin_transition *move[2][TIMELINE_MOVES_MAX];
    unsigned moves[2];
};

/** Where the columns stand. */
struct timeline_layout {
    const struct report_options *options;
    uint64_t origin_ns;
    unsigned time_width, segment_width;
    unsigned why_at; /**< column of `why`; 0: it stands under the row */
};

/** timeline_segment() - "SYN,ACK seq=0 ack=1", "ICMP port unreachable", "" if there is none */
struct text timeline_segment(const struct tcptwin_connection *connection, const struct tcptwin_brief *segment);
struct timeline_layout timeline_layout(const struct report_options *options,
                                       const struct tcptwin_connection *connection);
void timeline_write_titles(const struct timeline_layout *layout);
/** timeline_write_first() - The states in which both began. */
void timeline_write_first(const struct timeline_layout *layout,
                          const struct tcptwin_connection *connection);
void timeline_write_row(const struct timeline_layout *layout,
                        const struct tcptwin_connection *connection,
                        const struct timeline_row *row);
/** timeline_write_last() - The states at the end, and since when. */
void timeline_write_last(const struct timeline_layout *layout,
                         const struct tcptwin_connection *connection);

#endif

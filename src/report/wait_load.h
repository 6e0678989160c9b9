/* wait_load.h - how many sockets were in TIME-WAIT at a time, and when most: in bounded memory
 *
 * A row of equal spans from the start of the capture on, which are made twice as long whenever time
 * has gone beyond the last. In each the mean number is known; TIME-WAIT lasts a minute, so that a
 * mean over less than that is close to what was there.
 */
#ifndef REPORT_WAIT_LOAD_H
#define REPORT_WAIT_LOAD_H

#include <stdint.h>

enum { WAIT_LOAD_SPANS = 128 };

struct wait_load {
    uint64_t origin_ns, span_ns;
    uint64_t inside_ns[WAIT_LOAD_SPANS]; /* sum over sockets: how long each was in TIME-WAIT in the
                                            span */
    int32_t
        change[WAIT_LOAD_SPANS]; /* from this span on so many more are in it for the whole span */
};

struct wait_peak {
    uint64_t sockets;        /**< the mean over the span, rounded */
    uint64_t ts_ns, span_ns; /**< when the span began, and how long it was */
};

/** wait_load_begin() - An empty load; spans begin at @origin_ns. */
void wait_load_begin(struct wait_load *load, uint64_t origin_ns);
/** wait_load_add() - One socket is in TIME-WAIT from then till then. */
void wait_load_add(struct wait_load *load, uint64_t since_ns, uint64_t until_ns);
/** wait_load_peak() - The span with most; the first of equals. Nothing may be added afterwards. */
struct wait_peak wait_load_peak(struct wait_load *load);

#endif

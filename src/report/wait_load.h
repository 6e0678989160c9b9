/* wait_load.h - how many sockets were in TIME-WAIT at a time, and when most: in bounded memory
 *
 * A row of equal spans from the start of the capture on, which are made longer whenever time has gone
 * beyond the last. In each the mean number is known; TIME-WAIT lasts a minute, so that a mean over
 * less than that is close to what was there. Most hosts have few such sockets: these are kept as they are.
 */
#ifndef REPORT_WAIT_LOAD_H
#define REPORT_WAIT_LOAD_H

#include <stdint.h>

enum { WAIT_LOAD_SPANS = 128, WAIT_LOAD_FEW = 3 };

struct wait_spans;

/** All zero: none. */
struct wait_load {
    uint64_t origin_ns, count;
    struct {
        uint64_t since_ns, until_ns;
    } few[WAIT_LOAD_FEW];
    struct wait_spans *spans; /**< of more; NULL then: there was no memory */
};

struct wait_peak {
    uint64_t sockets;        /**< the mean over the span, rounded */
    uint64_t ts_ns, span_ns; /**< when the span began, and how long it was; 0: not known */
};

/** wait_load_add() - One socket is in TIME-WAIT from then till then. @origin_ns: of the capture. */
void wait_load_add(struct wait_load *load, uint64_t origin_ns, uint64_t since_ns, uint64_t until_ns);
/** wait_load_peak() - The span with most; the first of equals. Nothing may be added afterwards. */
struct wait_peak wait_load_peak(const struct wait_load *load);
void wait_load_free(struct wait_load *load);

#endif

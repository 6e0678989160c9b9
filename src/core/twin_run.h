/* twin_run.h - the run of one twin over its two streams, while it goes on
 *
 * Shared by the files that make a twin: twin.c moves the two streams on, receipt.c and reset.c judge
 * what they bring, hindsight.c, fin_copy.c and fin_waits.c look ahead in them, step.c writes down what
 * happened. Nobody else includes it; from outside a twin is twin.h.
 */
#ifndef CORE_TWIN_RUN_H
#define CORE_TWIN_RUN_H

#include "twin.h"

#define NONE (-1) /* no record */

/** The run of one twin: who, and how far the two streams are. Streams are indices of records. */
struct run {
    struct twin *twin;
    const struct trace *trace;
    unsigned x;            /**< the endpoint; its peer is y = !x */
    const unsigned *sends, *receipts; /**< of the trace; or the latter @moved */
    unsigned send_count, send_at, receipt_count, receipt_at;
    unsigned moved[TRACE_MAX];
    bool fin_sent, fin_received, syn_acked;
    int last_receipt;      /**< newest receipt before the send at hand */
    uint32_t last_ack;     /**< highest acknowledgment X has sent so far, with acked */
    bool acked;
    int fin_copy;          /**< the copy of Y's FIN that arrived, or NONE */
    bool fin_ahead;        /**< X told that Y's FIN came, with a hole before it (SACK) */
    bool fin_refuted;      /**< X spoke on without it: it had not come */
    bool fin_doubted;      /**< a copy of it before fin_copy may have come, too: X spoke on without it only at once */
    int fin_unheard;       /**< the first copy of Y's FIN, where none of several was ever answered, or NONE */
    unsigned fin_place;    /**< where fin_copy is among the receipts */
    uint64_t fin_at_ns;    /**< when it came, by its distance or by what X answers it */
    int fin_proof;         /**< X's first send that acknowledges Y's FIN, or NONE */
};

static inline const struct record *record_at(const struct run *run, unsigned i)
{
    return &run->trace->records[i];
}

#endif

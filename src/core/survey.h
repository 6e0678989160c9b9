/* survey.h - one pass over a trace: who sent what first, and how often
 *
 * Only the files that make a trace (trace_make.c, distance.c) include it.
 */
#ifndef CORE_SURVEY_H
#define CORE_SURVEY_H

#include <stdbool.h>

#define NONE (-1) /* no record */

/** What one side sent: indices of records, or NONE. */
struct survey {
    int syn, syn_ack, ack; /**< the first of each; ack: with ACK, without SYN and RST */
    unsigned syns, syn_acks; /**< captured ones */
    bool fin, resets;
};

#endif

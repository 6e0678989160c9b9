/* distance.h - how far each end of one connection is from the tap */
#ifndef CORE_DISTANCE_H
#define CORE_DISTANCE_H

#include "survey.h"
#include "trace.h"

/** What takes longer than this was no answer. */
#define FARTHEST_NS UINT64_C(5000000000)

/** distance_find() - Fill the trace's distances. */
void distance_find(struct trace *trace, const struct survey survey[2],
                   const struct host_clock hosts[2]);
/**
 * distance_by_answers() - Half of the quickest answer of @x to data, FIN or SYN of its peer
 *
 * Return: false if there is none.
 */
bool distance_by_answers(const struct trace *trace, unsigned x, uint64_t *distance_ns);

#endif

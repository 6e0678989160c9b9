/* median.h - the middle of many numbers, from a few of them
 *
 * Up to MEDIAN_SAMPLES numbers are kept as they are. Then every second one is let go and from there
 * on every second number is taken, then every fourth, ...: what is kept is spread evenly over all that
 * came. Exact for few numbers, an estimate for many; the same numbers give the same answer. How many came
 * says how many are kept, so the caller's count of them is all that is needed besides.
 */
#ifndef CORE_MEDIAN_H
#define CORE_MEDIAN_H

#include <stdint.h>

enum { MEDIAN_SAMPLES = 8 };

struct median {
    uint32_t sample[MEDIAN_SAMPLES];
};

/** median_add() - Take up the number @value, after @count others. */
void median_add(struct median *median, uint32_t count, uint32_t value);
/** median_of() - The lower middle of what is kept of @count numbers; 0 of none. */
uint32_t median_of(const struct median *median, uint32_t count);

#endif

/* topk.h - the best rows of a stream, in bounded memory */
#ifndef REPORT_TOPK_H
#define REPORT_TOPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** At most `limit` rows are kept (0: all); the worst gives way to a better one. */
struct topk {
    unsigned char *rows;
    size_t row_size, count, capacity;
    uint64_t limit, offered;
    /** Below 0 if a stands before b in the final order; never 0 for different rows of a fair test.
     */
    int (*compare)(const void *a, const void *b);
};

/** topk_wants() - Whether a row would be kept: ask before filling in what is dear. */
bool topk_wants(const struct topk *topk, const void *row);
/** topk_offer() - Copy the row if it is good enough (and memory allows). Counts it either way. */
void topk_offer(struct topk *topk, const void *row);
/** topk_sort() - Final order; afterwards only topk_at() may be called. */
void topk_sort(struct topk *topk);
const void *topk_at(const struct topk *topk, size_t index);
/** topk_free() - Let the rows go. */
void topk_free(struct topk *topk);

#endif

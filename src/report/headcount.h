/* headcount.h - how often each address came, in half a MiB
 *
 * Addresses are told apart by 48 bits of a hash with a secret: of 49,152 addresses, the most there is room for, two
 * are taken for one with a probability below 1 in 10,000; then both have the sum.
 */
#ifndef REPORT_HEADCOUNT_H
#define REPORT_HEADCOUNT_H

#include "places.h"

struct headcount_row {
    uint32_t hash, count; /* count 0: free */
};

struct headcount {
    uint64_t secret;
    struct headcount_row *rows; /* NULL: nobody came yet */
    uint32_t taken;
    bool full; /**< some found no room */
};

/** headcount_begin() - Memory is taken when the first comes. */
void headcount_begin(struct headcount *headcount, uint64_t secret);
void headcount_free(struct headcount *headcount);
void headcount_add(struct headcount *headcount, const struct tcptwin_address *address);
/** headcount_prefetch() - It will be added soon. */
void headcount_prefetch(const struct headcount *headcount, const struct tcptwin_address *address);
/** headcount_of() - Return: false if it is not known, for there was no room. */
bool headcount_of(const struct headcount *headcount, const struct tcptwin_address *address, uint64_t *count);

#endif

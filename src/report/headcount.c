/* headcount.c - see headcount.h */
#include "headcount.h"

#include "prefetch.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 1 << 16, ROWS_TAKEN = ROWS / 4 * 3 };

void headcount_begin(struct headcount *headcount, uint64_t secret)
{
    *headcount = (struct headcount){.secret = secret};
}

void headcount_free(struct headcount *headcount)
{
    free(headcount->rows);
    headcount->rows = NULL;
}

static uint64_t hash_of(const struct headcount *headcount, const struct tcptwin_address *address)
{
    struct place key = {.address = *address};
    return place_hash(&key, headcount->secret);
}

void headcount_prefetch(const struct headcount *headcount, const struct tcptwin_address *address)
{
    if (headcount->rows)
        prefetch_to_write(&headcount->rows[hash_of(headcount, address) >> 32 & (ROWS - 1)]);
}

/* Its row, or the free one where it belongs. A quarter of them is free. */
static struct headcount_row *row_of(const struct headcount *headcount, const struct tcptwin_address *address,
                                    uint32_t *hash)
{
    uint64_t whole = hash_of(headcount, address);
    size_t at = whole >> 32;
    *hash = (uint32_t)whole;
    for (;; at++) {
        struct headcount_row *row = &headcount->rows[at & (ROWS - 1)];
        if (!row->count || row->hash == *hash)
            return row;
    }
}

void headcount_add(struct headcount *headcount, const struct tcptwin_address *address)
{
    uint32_t hash;
    if (!headcount->rows && !(headcount->rows = calloc(ROWS, sizeof *headcount->rows))) {
        headcount->full = true;
        return;
    }
    struct headcount_row *row = row_of(headcount, address, &hash);
    if (!row->count && headcount->taken == ROWS_TAKEN) {
        headcount->full = true;
        return;
    }
    headcount->taken += !row->count;
    row->hash = hash;
    row->count += row->count != UINT32_MAX;
}

bool headcount_of(const struct headcount *headcount, const struct tcptwin_address *address, uint64_t *count)
{
    uint32_t hash;
    *count = headcount->rows ? row_of(headcount, address, &hash)->count : 0;
    return *count || !headcount->full;
}

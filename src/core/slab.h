/* slab.h - memory in pieces of a few fixed sizes, taken from the caller's allocator in large blocks
 *
 * Pieces of one size class are carved from blocks (the first of a class is a small one) and kept on a
 * free list when given back; blocks go back to the allocator only with the slab. So memory grows to the
 * peak and is bounded by the limit; nothing is ever moved. Block bookkeeping stands at the head of each block.
 */
#ifndef CORE_SLAB_H
#define CORE_SLAB_H

#include "tcptwin/tcptwin.h"

enum { SLAB_CLASSES = 13, SLAB_BLOCK_BYTES = 256 * 1024, SLAB_FIRST_BYTES = 32 * 1024 };

struct slab_block;

/** What all slabs of one context share: the allocator, and how much it gave. */
struct slab_budget {
    struct tcptwin_allocator allocator;
    size_t limit, used; /**< bytes */
};

struct slab {
    struct slab_budget *budget;
    struct slab_block *blocks;
    size_t piece[SLAB_CLASSES]; /**< bytes of a piece; 0: class not in use */
    void *free_list[SLAB_CLASSES];
    uint8_t *next[SLAB_CLASSES], *end[SLAB_CLASSES]; /**< the uncarved rest of the newest block */
};

void slab_init(struct slab *slab, struct slab_budget *budget);
/** slab_lend() - The first pieces of a class lie in memory of the caller's, which must outlive the slab. */
static inline void slab_lend(struct slab *slab, unsigned class, void *memory, size_t bytes)
{
    slab->next[class] = memory;
    slab->end[class] = slab->next[class] + bytes;
}
/** slab_take() - A piece of class @class (contents undefined), or NULL at the limit. */
void *slab_take(struct slab *slab, unsigned class);
/** slab_has() - Whether there is a piece without asking for more memory. */
static inline bool slab_has(const struct slab *slab, unsigned class)
{
    return slab->free_list[class] || (size_t)(slab->end[class] - slab->next[class]) >= slab->piece[class];
}
void slab_give(struct slab *slab, unsigned class, void *piece);
void slab_release(struct slab *slab);

/** budget_take() - Large memory outside the classes; NULL at the limit. */
void *budget_take(struct slab_budget *budget, size_t bytes);
void budget_give(struct slab_budget *budget, void *memory, size_t bytes);

#endif

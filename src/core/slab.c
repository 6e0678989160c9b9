/* slab.c - see slab.h */
#include "slab.h"

#include "prefetch.h"

enum { LINE = 64, PREFETCHED = 8 * LINE };

struct slab_block {
    struct slab_block *next;
    size_t bytes;
};

void *budget_take(struct slab_budget *budget, size_t bytes)
{
    if (bytes > budget->limit - budget->used)
        return NULL;
    void *memory = budget->allocator.allocate(budget->allocator.user, bytes);
    if (memory)
        budget->used += bytes;
    return memory;
}

void budget_give(struct slab_budget *budget, void *memory, size_t bytes)
{
    if (!memory)
        return;
    budget->used -= bytes;
    budget->allocator.release(budget->allocator.user, memory, bytes);
}

void slab_init(struct slab *slab, struct slab_budget *budget)
{
    *slab = (struct slab){.budget = budget};
}

static bool slab_grow(struct slab *slab, unsigned class)
{
    size_t bytes = slab->end[class] ? SLAB_BLOCK_BYTES : SLAB_FIRST_BYTES;
    struct slab_block *block = budget_take(slab->budget, bytes);
    if (!block)
        return false;
    block->next = slab->blocks;
    block->bytes = bytes;
    slab->blocks = block;
    slab->next[class] = (uint8_t *)(((uintptr_t)(block + 1) + LINE - 1) & ~(uintptr_t)(LINE - 1));
    slab->end[class] = (uint8_t *)block + bytes;
    return true;
}

static void prefetch_piece(const void *piece, size_t bytes)
{
    for (size_t line = 0; piece && line < bytes && line < PREFETCHED; line += LINE)
        prefetch_to_write((const uint8_t *)piece + line);
}

void *slab_take(struct slab *slab, unsigned class)
{
    void **piece = slab->free_list[class];
    if (piece) {
        slab->free_list[class] = *piece;
        prefetch_piece(*piece, slab->piece[class]); /* for who takes the next */
        return piece;
    }
    if ((size_t)(slab->end[class] - slab->next[class]) < slab->piece[class] &&
        !slab_grow(slab, class))
        return NULL;
    piece = (void **)(void *)slab->next[class];
    slab->next[class] += slab->piece[class];
    return piece;
}

void slab_give(struct slab *slab, unsigned class, void *piece)
{
    if (!piece)
        return;
    *(void **)piece = slab->free_list[class];
    slab->free_list[class] = piece;
}

void slab_release(struct slab *slab)
{
    struct slab_block *block = slab->blocks;
    while (block) {
        struct slab_block *next = block->next;
        budget_give(slab->budget, block, block->bytes);
        block = next;
    }
    slab->blocks = NULL;
}

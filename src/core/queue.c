/* queue.c - see queue.h */
#include "queue.h"

/* A block more at the end. */
static bool grow(struct queue *queue, struct slab_budget *budget)
{
    struct queue_block *block = queue->spare;
    if (block)
        queue->spare = block->next;
    else
        block = budget_take(budget, sizeof *block);
    if (!block)
        return false;
    block->next = NULL;
    if (queue->last)
        queue->last->next = block;
    else
        queue->first = block;
    queue->last = block;
    queue->room += QUEUE_BLOCK;
    return true;
}

bool queue_put(struct queue *queue, struct slab_budget *budget, struct queue_entry entry)
{
    if (queue->head + queue->count == queue->room && !grow(queue, budget))
        return false;
    queue->last->entries[(queue->head + queue->count++) % QUEUE_BLOCK] = entry;
    return true;
}

/* The first block is empty. */
static void pass_block(struct queue *queue)
{
    struct queue_block *block = queue->first;
    queue->first = block->next;
    if (!queue->first)
        queue->last = NULL;
    block->next = queue->spare;
    queue->spare = block;
    queue->room -= QUEUE_BLOCK;
    queue->head = 0;
}

bool queue_due(struct queue *queue, uint64_t now_ns, struct queue_entry *entry)
{
    if (!queue->count || queue->first->entries[queue->head].due_ns > now_ns)
        return false;
    *entry = queue->first->entries[queue->head++];
    queue->count--;
    if (queue->head == QUEUE_BLOCK)
        pass_block(queue);
    return true;
}

const struct queue_entry *queue_peek(const struct queue *queue, uint32_t ahead)
{
    const struct queue_block *block = queue->first;
    if (ahead >= queue->count)
        return NULL;
    uint32_t at = queue->head + ahead;
    for (; at >= QUEUE_BLOCK; at -= QUEUE_BLOCK)
        block = block->next;
    return &block->entries[at];
}

static void release_all(struct queue_block *block, struct slab_budget *budget)
{
    while (block) {
        struct queue_block *next = block->next;
        budget_give(budget, block, sizeof *block);
        block = next;
    }
}

void queue_release(struct queue *queue, struct slab_budget *budget)
{
    release_all(queue->first, budget);
    release_all(queue->spare, budget);
    *queue = (struct queue){0};
}

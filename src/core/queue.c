/* queue.c - see queue.h */
#include "queue.h"

enum { FIRST_ROOM = 256 };

static bool grow(struct queue *queue, struct slab_budget *budget)
{
    uint32_t larger = queue->room ? queue->room * 2 : FIRST_ROOM;
    struct queue_entry *entries = budget_take(budget, larger * sizeof *entries);
    if (!entries)
        return false;
    for (uint32_t i = 0; i < queue->count; i++)
        entries[i] = queue->entries[(queue->head + i) & (queue->room - 1)];
    budget_give(budget, queue->entries, queue->room * sizeof *entries);
    queue->entries = entries;
    queue->room = larger;
    queue->head = 0;
    return true;
}

bool queue_put(struct queue *queue, struct slab_budget *budget, struct queue_entry entry)
{
    if (queue->count == queue->room && !grow(queue, budget))
        return false;
    queue->entries[(queue->head + queue->count++) & (queue->room - 1)] = entry;
    return true;
}

bool queue_due(struct queue *queue, uint64_t now_ns, struct queue_entry *entry)
{
    if (!queue->count || queue->entries[queue->head].due_ns > now_ns)
        return false;
    *entry = queue->entries[queue->head];
    queue->head = (queue->head + 1) & (queue->room - 1);
    queue->count--;
    return true;
}

void queue_release(struct queue *queue, struct slab_budget *budget)
{
    budget_give(budget, queue->entries, queue->room * sizeof *queue->entries);
    *queue = (struct queue){0};
}

/* queue.h - connections that wait for their time, in order of when they were put there
 *
 * A ring of entries; nothing is taken out of the middle. Who takes an entry checks that the
 * connection of that index is still the one that was put there.
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "slab.h"

#include <stdint.h>

struct queue_entry {
    uint64_t due_ns;
    uint64_t stream; /**< of the connection that was put there */
    uint32_t index;
};
struct queue {
    struct queue_entry *entries;
    uint32_t room;   /**< a power of two, or 0 */
    uint32_t head, count;
};

/** queue_put() - Return: false if there is no memory. */
bool queue_put(struct queue *queue, struct slab_budget *budget, struct queue_entry entry);
/** queue_due() - Take the first entry if it is due; false if none is. */
bool queue_due(struct queue *queue, uint64_t now_ns, struct queue_entry *entry);
/** queue_peek() - The entry @ahead places behind the head; NULL if there is none. */
static inline const struct queue_entry *queue_peek(const struct queue *queue, uint32_t ahead)
{
    return ahead < queue->count ? &queue->entries[(queue->head + ahead) & (queue->room - 1)] : NULL;
}
void queue_release(struct queue *queue, struct slab_budget *budget);

#endif

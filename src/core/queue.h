/* queue.h - connections that wait for their time, in order of when they were put there
 *
 * A list of blocks, so that it grows without a copy; nothing is taken out of the middle. Who takes an
 * entry checks that the connection of that index is still the one that was put there.
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "slab.h"

#include <stdint.h>

struct queue_entry {
    uint64_t due_ns;
    uint32_t stream; /**< of the connection that was put there: the last 32 bits, since 2^32 later none of them waits */
    uint32_t index;
};
enum { QUEUE_BLOCK = 1024 /**< entries: 16 KiB */ };
struct queue_block {
    struct queue_block *next;
    struct queue_entry entries[QUEUE_BLOCK];
};
struct queue {
    struct queue_block *first, *last, *spare;
    uint32_t room;  /**< entries that the blocks from first to last hold */
    uint32_t head;  /**< of the first block's entries */
    uint32_t count;
};

/** queue_put() - Return: false if there is no memory. */
bool queue_put(struct queue *queue, struct slab_budget *budget, struct queue_entry entry);
/** queue_due() - Take the first entry if it is due; false if none is. */
bool queue_due(struct queue *queue, uint64_t now_ns, struct queue_entry *entry);
/** queue_peek() - The entry @ahead places behind the head; NULL if there is none. For a few places. */
const struct queue_entry *queue_peek(const struct queue *queue, uint32_t ahead);
void queue_release(struct queue *queue, struct slab_budget *budget);

#endif

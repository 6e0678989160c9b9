/* graves.h - what is remembered of connections that departed a while ago: one number each
 *
 * A connection that has ended departs after some quiet. What remains is a grave of 16 bytes. There are
 * two graveyards: the one of those who feed holds incarnations (a late segment of the same tuple is
 * counted and moves nobody, and a SYN is the next incarnation), the one of those who conclude
 * holds who is in TIME-WAIT until when (a connection that begins before that reuses its ports).
 * Graves are forgotten after GRAVE_S seconds of packet time, or when their bucket is needed for
 * younger ones. A 64-bit keyed hash stands for the tuple.
 */
#ifndef CORE_GRAVES_H
#define CORE_GRAVES_H

#include "directory.h"
#include "prefetch.h"

enum { GRAVE_S = 120, GRAVE_BUCKET = 4, GRAVE_SLOTS = 1024 /**< of a part: 16 KiB */ };

struct grave {
    uint64_t hash; /**< 0: empty */
    uint32_t since_s; /**< the connection's last segment, seconds of packet time since the first, plus 1 */
    uint32_t value;   /**< what its graveyard keeps */
};
struct graves {
    struct directory directory; /**< of parts with GRAVE_SLOTS graves; their use: dug since they were split */
};

/** graves_prefetch() - The place of that hash is wanted soon. */
static inline void graves_prefetch(const struct graves *graves, uint64_t hash)
{
    if (!graves->directory.parts)
        return;
    const struct part *part = directory_part(&graves->directory, (uint32_t)hash);
    prefetch_to_write(part);
    prefetch_to_write((const struct grave *)(part + 1) + (uint32_t)hash % GRAVE_SLOTS / GRAVE_BUCKET * GRAVE_BUCKET);
}
/** graves_dig() - Without memory the grave is left out. */
void graves_dig(struct graves *graves, struct slab_budget *budget, const struct grave *grave);
/** graves_find() - NULL if there is none that is young enough. */
const struct grave *graves_find(const struct graves *graves, uint64_t hash, uint32_t now_s);
void graves_release(struct graves *graves);

#endif

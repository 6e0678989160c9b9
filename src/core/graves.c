/* graves.c - see graves.h */
#include "graves.h"

enum { DEPTH_MAX = 10 /* 2^20 graves in all */ };

static struct grave *bucket_of(const struct graves *graves, uint64_t hash)
{
    struct grave *all = (struct grave *)(directory_part(&graves->directory, (uint32_t)hash) + 1);
    return &all[(uint32_t)hash % GRAVE_SLOTS & ~(uint32_t)(GRAVE_BUCKET - 1)];
}

static void put(struct graves *graves, const struct grave *grave)
{
    struct grave *bucket = bucket_of(graves, grave->hash), *place = bucket;
    for (unsigned i = 0; i < GRAVE_BUCKET; i++) {
        if (bucket[i].hash == grave->hash) {
            place = &bucket[i];
            break;
        }
        if (bucket[i].since_s < place->since_s)
            place = &bucket[i];
    }
    *place = *grave;
    directory_part(&graves->directory, (uint32_t)grave->hash)->used++;
}

/* The part of that hash gets as much room again. */
static void make_room(struct graves *graves, uint32_t hash)
{
    const struct part *full = directory_part(&graves->directory, hash);
    struct part *old = full->depth < DEPTH_MAX ? directory_split(&graves->directory, hash) : NULL;
    if (!old)
        return;
    const struct grave *all = (const struct grave *)(old + 1);
    for (uint32_t i = 0; i < GRAVE_SLOTS; i++)
        if (all[i].hash)
            put(graves, &all[i]);
    directory_drop(&graves->directory, old);
}

void graves_dig(struct graves *graves, struct slab_budget *budget, const struct grave *grave)
{
    if (!graves->directory.parts && !directory_init(&graves->directory, budget, GRAVE_SLOTS * sizeof *grave)) {
        directory_release(&graves->directory);
        return;
    }
    if (directory_part(&graves->directory, (uint32_t)grave->hash)->used >= GRAVE_SLOTS / 2)
        make_room(graves, (uint32_t)grave->hash);
    put(graves, grave);
}

const struct grave *graves_find(const struct graves *graves, uint64_t hash, uint32_t now_s)
{
    if (!graves->directory.parts)
        return NULL;
    const struct grave *bucket = bucket_of(graves, hash);
    for (unsigned i = 0; i < GRAVE_BUCKET; i++)
        if (bucket[i].hash == hash && bucket[i].since_s + GRAVE_S >= now_s)
            return &bucket[i];
    return NULL;
}

void graves_release(struct graves *graves)
{
    if (graves->directory.parts)
        directory_release(&graves->directory);
}

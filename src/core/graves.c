/* graves.c - see graves.h */
#include "graves.h"

#include <string.h>

enum { FIRST_GRAVES = 1024, MOST_GRAVES = 1 << 20 };

static struct grave *bucket_of(const struct graves *graves, uint64_t hash)
{
    return &graves->graves[(uint32_t)hash & (graves->count - 1) & ~(uint32_t)(GRAVE_BUCKET - 1)];
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
}

static void grow(struct graves *graves, struct slab_budget *budget)
{
    struct graves larger = {.count = graves->count ? graves->count * 2 : FIRST_GRAVES};
    size_t bytes = larger.count * sizeof *larger.graves;
    if (larger.count > MOST_GRAVES || !(larger.graves = budget_take(budget, bytes)))
        return;
    memset(larger.graves, 0, bytes);
    for (uint32_t i = 0; i < graves->count; i++)
        if (graves->graves[i].hash)
            put(&larger, &graves->graves[i]);
    budget_give(budget, graves->graves, graves->count * sizeof *graves->graves);
    larger.used = graves->used;
    *graves = larger;
}

void graves_dig(struct graves *graves, struct slab_budget *budget, const struct grave *grave)
{
    if (graves->used >= graves->count / 2)
        grow(graves, budget);
    if (!graves->count)
        return;
    graves->used++;
    put(graves, grave);
}

const struct grave *graves_find(const struct graves *graves, uint64_t hash, uint32_t now_s)
{
    if (!graves->count)
        return NULL;
    const struct grave *bucket = bucket_of(graves, hash);
    for (unsigned i = 0; i < GRAVE_BUCKET; i++)
        if (bucket[i].hash == hash && bucket[i].since_s + GRAVE_S >= now_s)
            return &bucket[i];
    return NULL;
}

void graves_release(struct graves *graves, struct slab_budget *budget)
{
    budget_give(budget, graves->graves, graves->count * sizeof *graves->graves);
    *graves = (struct graves){0};
}

/* places.c - see places.h */
#include "places.h"

#include "prefetch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FIRST_ROOM = 64, PREFETCHED = 192 /* bytes */ };

uint64_t places_secret(void)
{
    uint64_t secret;
    if (getrandom(&secret, sizeof secret, 0) != sizeof secret)
        secret = (uint64_t)(uintptr_t)&secret; /* where it lies is no secret, but not known either */
    return secret;
}

void places_begin(struct places *places, const struct places *settings)
{
    *places = *settings;
    places->secret = places_secret();
}

void places_free(struct places *places)
{
    free(places->entries);
    free(places->slots);
    places->entries = NULL;
    places->slots = NULL;
    places->count = places->room = places->slot_count = 0;
}

static struct place *entry_at(const struct places *places, size_t index)
{
    return (struct place *)(void *)(places->entries + index * places->entry_size);
}

void *places_at(const struct places *places, size_t index)
{
    return index < places->count ? entry_at(places, index) : NULL;
}

static uint32_t hash_of(const struct places *places, const struct place *key)
{
    return (uint32_t)place_hash(key, places->secret);
}

/* The slot that has the key, or the free one where it belongs. */
static struct place_slot *slot_of(const struct places *places, const struct place *key, uint32_t hash)
{
    size_t at = hash & (places->slot_count - 1);
    while (places->slots[at].number && (places->slots[at].hash != hash ||
                                        !place_same(entry_at(places, places->slots[at].number - 1), key)))
        at = (at + 1) & (places->slot_count - 1);
    return &places->slots[at];
}

static void fill_slot(struct places *places, struct place_slot slot)
{
    size_t at = slot.hash & (places->slot_count - 1);
    while (places->slots[at].number)
        at = (at + 1) & (places->slot_count - 1);
    places->slots[at] = slot;
}

/* A quarter to a half of the slots is taken. Where an entry belongs is known without looking at it. */
static bool grow(struct places *places)
{
    struct place_slot *old = places->slots;
    size_t old_count = places->slot_count, room = places->room ? 2 * places->room : FIRST_ROOM;
    unsigned char *entries = realloc(places->entries, room * places->entry_size);
    if (!entries)
        return false;
    places->entries = entries;
    struct place_slot *slots = calloc(2 * room, sizeof *slots);
    if (!slots)
        return false;
    places->slots = slots;
    places->slot_count = 2 * room;
    places->room = room;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].number)
            fill_slot(places, old[i]);
    free(old);
    return true;
}

static int compare_weights(const void *a_, const void *b_)
{
    const uint64_t *a = a_, *b = b_;
    return *a < *b ? -1 : *a > *b;
}

/* The weight that half of the entries do not exceed. */
static uint64_t middle_weight(const struct places *places)
{
    uint64_t *weights = malloc(places->count * sizeof *weights);
    if (!weights)
        return 0;
    for (size_t i = 0; i < places->count; i++)
        weights[i] = places->weight(entry_at(places, i));
    qsort(weights, places->count, sizeof *weights, compare_weights);
    uint64_t middle = weights[places->count / 2];
    free(weights);
    return middle;
}

/* Of equal weight the later ones go, until half of them have gone. */
static void let_go(struct places *places)
{
    uint64_t middle = middle_weight(places);
    size_t kept = 0, most = places->count / 2, heavier = 0;
    for (size_t i = 0; i < places->count; i++)
        heavier += places->weight(entry_at(places, i)) > middle;
    size_t equal_ones = most > heavier ? most - heavier : 0;
    for (size_t i = 0; i < places->count; i++) {
        struct place *entry = entry_at(places, i);
        uint64_t weight = places->weight(entry);
        bool keep = weight > middle || (weight == middle && equal_ones > 0);
        equal_ones -= keep && weight == middle;
        if (!keep)
            places->drop(places->user, entry);
        else
            memmove(entry_at(places, kept++), entry, places->entry_size);
    }
    places->dropped += places->count - kept;
    places->count = kept;
    memset(places->slots, 0, places->slot_count * sizeof *places->slots);
    for (size_t i = 0; i < kept; i++)
        fill_slot(places, (struct place_slot){hash_of(places, entry_at(places, i)), (uint32_t)i + 1});
}

void places_prefetch_slot(const struct places *places, const struct place *key)
{
    if (places->slot_count)
        prefetch(&places->slots[hash_of(places, key) & (places->slot_count - 1)]);
}

void places_prefetch_entry(const struct places *places, const struct place *key)
{
    const struct place_slot *slot =
        places->slot_count ? &places->slots[hash_of(places, key) & (places->slot_count - 1)] : NULL;
    if (!slot || !slot->number)
        return;
    const char *entry = (const char *)entry_at(places, slot->number - 1);
    for (size_t line = 0; line < places->entry_size && line < PREFETCHED; line += 64)
        prefetch_to_write(entry + line);
}

void *places_look(const struct places *places, const struct place *key)
{
    const struct place_slot *slot =
        places->slot_count ? slot_of(places, key, hash_of(places, key)) : NULL;
    return slot && slot->number ? entry_at(places, slot->number - 1) : NULL;
}

void *places_find(struct places *places, const struct place *key)
{
    uint32_t hash = hash_of(places, key);
    if (!places->slot_count && !grow(places))
        return NULL;
    struct place_slot *slot = slot_of(places, key, hash);
    if (slot->number)
        return entry_at(places, slot->number - 1);
    if (places->count >= places->limit) {
        if (!places->drop)
            return NULL;
        let_go(places);
    }
    if (places->count == places->room && !grow(places))
        return NULL;
    struct place *entry = entry_at(places, places->count);
    memset(entry, 0, places->entry_size);
    *entry = *key;
    entry->late = places->dropped != 0;
    fill_slot(places, (struct place_slot){hash, (uint32_t)++places->count});
    return entry;
}

void places_rank(const struct places *places, uint64_t limit, int (*compare)(const void *a, const void *b),
                 struct topk *rows)
{
    *rows = (struct topk){.row_size = sizeof(void *), .limit = limit, .compare = compare};
    for (size_t i = 0; i < places->count; i++) {
        void *entry = entry_at(places, i);
        topk_offer(rows, &entry);
    }
    topk_sort(rows);
}

int place_compare(const struct place *a, const struct place *b)
{
    if (a->ip_version != b->ip_version)
        return a->ip_version < b->ip_version ? -1 : 1;
    int order = memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes);
    if (order)
        return order;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return a->scope < b->scope ? -1 : a->scope > b->scope;
}

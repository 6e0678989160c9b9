/* places.c - see places.h */
#include "places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FIRST_ROOM = 64 };

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

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

uint64_t place_hash(const struct place *key, uint64_t secret)
{
    uint64_t words[2];
    memcpy(words, key->address.bytes, sizeof words);
    uint64_t hash = mix(mix(secret, words[0]), words[1] ^ secret << 1);
    hash = mix(hash, (uint64_t)key->scope << 32 | (uint64_t)key->port << 8 | key->ip_version);
    return mix(hash, secret >> 7);
}

bool place_same(const struct place *a, const struct place *b)
{
    return a->port == b->port && a->ip_version == b->ip_version && a->scope == b->scope &&
           memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes) == 0;
}

/* The slot that has the key, or the free one where it belongs. */
static uint32_t *slot_of(const struct places *places, const struct place *key)
{
    size_t at = (size_t)place_hash(key, places->secret) & (places->slot_count - 1);
    while (places->slots[at] && !place_same(entry_at(places, places->slots[at] - 1), key))
        at = (at + 1) & (places->slot_count - 1);
    return &places->slots[at];
}

static void fill_slots(struct places *places)
{
    memset(places->slots, 0, places->slot_count * sizeof *places->slots);
    for (size_t i = 0; i < places->count; i++)
        *slot_of(places, entry_at(places, i)) = (uint32_t)i + 1;
}

static bool grow(struct places *places)
{
    size_t room = places->room ? 2 * places->room : FIRST_ROOM;
    unsigned char *entries = realloc(places->entries, room * places->entry_size);
    if (!entries)
        return false;
    places->entries = entries;
    uint32_t *slots = realloc(places->slots, 2 * room * sizeof *slots);
    if (!slots)
        return false;
    places->slots = slots;
    places->slot_count = 2 * room;
    places->room = room;
    fill_slots(places);
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
    fill_slots(places);
}

void *places_look(const struct places *places, const struct place *key)
{
    const uint32_t *slot = places->slot_count ? slot_of(places, key) : NULL;
    return slot && *slot ? entry_at(places, *slot - 1) : NULL;
}

void *places_find(struct places *places, const struct place *key)
{
    if (!places->slot_count && !grow(places))
        return NULL;
    uint32_t *slot = slot_of(places, key);
    if (*slot)
        return entry_at(places, *slot - 1);
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
    *slot_of(places, key) = (uint32_t)++places->count;
    return entry;
}

void places_sort(struct places *places, int (*compare)(const void *a, const void *b))
{
    if (places->count)
        qsort(places->entries, places->count, places->entry_size, compare);
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

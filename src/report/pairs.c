/* pairs.c - see pairs.h
 *
 * The hash of a pair is the sum of its ends', so that it does not know their order. Entries are linked
 * twice: in the chain of their slot, and from the least recently found to the last.
 */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

void pairs_begin(struct pairs *pairs, const struct pairs *settings)
{
    *pairs = *settings;
    pairs->secret = places_secret();
}

void pairs_free(struct pairs *pairs)
{
    free(pairs->entries);
    free(pairs->slots);
    pairs->entries = NULL;
    pairs->slots = NULL;
    pairs->count = pairs->room = 0;
}

/* @number: index + 1, as links have it. */
static struct pair *entry_at(const struct pairs *pairs, uint32_t number)
{
    return (struct pair *)(void *)(pairs->entries + (size_t)(number - 1) * pairs->entry_size);
}

static uint32_t *slot_of(const struct pairs *pairs, const struct place *a, const struct place *b)
{
    uint64_t hash = place_hash(a, pairs->secret) + place_hash(b, pairs->secret);
    return &pairs->slots[hash & (2 * pairs->room - 1)];
}

static bool is_pair(const struct pair *pair, const struct place *from, const struct place *to,
                    unsigned kind, unsigned *x)
{
    if (pair->kind != kind)
        return false;
    for (*x = 0; *x < 2; ++*x)
        if (place_same(&pair->end[*x], from) && place_same(&pair->end[!*x], to))
            return true;
    return false;
}

void *pairs_look(const struct pairs *pairs, const struct place *from, const struct place *to,
                 unsigned kind, unsigned *x)
{
    if (!pairs->room)
        return NULL;
    for (uint32_t at = *slot_of(pairs, from, to); at; at = entry_at(pairs, at)->chain)
        if (is_pair(entry_at(pairs, at), from, to, kind, x))
            return entry_at(pairs, at);
    return NULL;
}

static uint32_t number_of(const struct pairs *pairs, const struct pair *pair)
{
    size_t offset = (size_t)((const unsigned char *)pair - pairs->entries);
    return (uint32_t)(offset / pairs->entry_size) + 1;
}

static void chain(struct pairs *pairs, struct pair *pair)
{
    uint32_t *slot = slot_of(pairs, &pair->end[0], &pair->end[1]);
    pair->chain = *slot;
    *slot = number_of(pairs, pair);
}

static void unchain(struct pairs *pairs, const struct pair *pair)
{
    uint32_t *link = slot_of(pairs, &pair->end[0], &pair->end[1]), number = number_of(pairs, pair);
    while (*link != number)
        link = &entry_at(pairs, *link)->chain;
    *link = pair->chain;
}

static void make_newest(struct pairs *pairs, struct pair *pair)
{
    uint32_t number = number_of(pairs, pair);
    pair->older = pairs->newest;
    pair->newer = 0;
    if (pairs->newest)
        entry_at(pairs, pairs->newest)->newer = number;
    else
        pairs->oldest = number;
    pairs->newest = number;
}

static void unlink_age(struct pairs *pairs, const struct pair *pair)
{
    if (pair->older)
        entry_at(pairs, pair->older)->newer = pair->newer;
    else
        pairs->oldest = pair->newer;
    if (pair->newer)
        entry_at(pairs, pair->newer)->older = pair->older;
    else
        pairs->newest = pair->older;
}

static bool grow(struct pairs *pairs)
{
    size_t room = pairs->room ? 2 * pairs->room : FIRST_ROOM;
    unsigned char *entries = realloc(pairs->entries, room * pairs->entry_size);
    if (!entries)
        return false;
    pairs->entries = entries;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (!slots)
        return false;
    free(pairs->slots);
    pairs->slots = slots;
    pairs->room = room;
    for (uint32_t i = 1; i <= pairs->count; i++)
        chain(pairs, entry_at(pairs, i));
    return true;
}

/* A place for a new entry: behind the others, or the oldest one's. */
static struct pair *take_place(struct pairs *pairs)
{
    if (pairs->count < pairs->limit) {
        if (pairs->count == pairs->room && !grow(pairs))
            return NULL;
        return entry_at(pairs, (uint32_t)++pairs->count);
    }
    struct pair *oldest = entry_at(pairs, pairs->oldest);
    pairs->dropped++;
    pairs->drop(pairs->user, oldest);
    unchain(pairs, oldest);
    unlink_age(pairs, oldest);
    return oldest;
}

void *pairs_find(struct pairs *pairs, const struct place *from, const struct place *to, unsigned kind,
                 unsigned *x)
{
    struct pair *pair = pairs_look(pairs, from, to, kind, x);
    if (pair) {
        unlink_age(pairs, pair);
        make_newest(pairs, pair);
        return pair;
    }
    pair = take_place(pairs);
    if (!pair)
        return NULL;
    memset(pair, 0, pairs->entry_size);
    pair->end[0] = *from;
    pair->end[1] = *to;
    pair->kind = (uint8_t)kind;
    pair->late = pairs->dropped != 0;
    pair->order = pairs->made++;
    chain(pairs, pair);
    make_newest(pairs, pair);
    *x = 0;
    return pair;
}

static int compare_order(const void *a_, const void *b_)
{
    const struct pair *a = a_, *b = b_;
    return a->order < b->order ? -1 : a->order > b->order;
}

void pairs_drop_all(struct pairs *pairs)
{
    if (pairs->count)
        qsort(pairs->entries, pairs->count, pairs->entry_size, compare_order);
    for (uint32_t i = 1; i <= pairs->count; i++)
        pairs->drop(pairs->user, entry_at(pairs, i));
    pairs_free(pairs);
}

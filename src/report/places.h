/* places.h - what is kept per host, or per host and port, in bounded memory
 *
 * A hash table of entries of the caller's type. At most `limit` are kept; when they are all there, the
 * half that weighs least is let go, through `drop`, which adds it to whatever stands for the rest. So a
 * scan of a million addresses costs neither memory nor the hosts that matter, and each offer costs a
 * constant time on average. Keys come from the wire: the hash has a secret of its own.
 */
#ifndef REPORT_PLACES_H
#define REPORT_PLACES_H

#include "topk.h"

#include "tcptwin/segment.h"

#include <stddef.h>
#include <string.h>

/** Every entry begins with it. */
struct place {
    struct tcptwin_address address;
    uint32_t scope;
    uint16_t port;       /**< 0: the host as a whole */
    uint8_t ip_version;
    bool late;           /**< begun after entries were let go: perhaps it is one of them, come again */
};

/** Its own: a part of the hash with the index, so that a search looks at no entry but the one it is for. */
struct place_slot {
    uint32_t hash, number; /* number: index + 1; 0: free */
};

struct places {
    size_t entry_size, limit;
    uint64_t (*weight)(const void *entry);
    /** NULL: none is let go, and places_find() gives NULL for what has no room. */
    void (*drop)(void *user, void *entry);
    void *user;
    uint64_t dropped;    /**< entries let go */
    /* the rest is its own */
    unsigned char *entries;
    size_t count, room;
    struct place_slot *slots;
    size_t slot_count;   /* a power of two */
    uint64_t secret;
};

/** places_begin() - Settings from a literal of the first members. */
void places_begin(struct places *places, const struct places *settings);
void places_free(struct places *places);
/**
 * places_find() - The entry of a key
 * Return: new ones are all zero but for the key; NULL without memory. Valid until the next call.
 */
void *places_find(struct places *places, const struct place *key);
/** places_prefetch_slot(), places_prefetch_entry() - In this order, some time apart: that key is wanted soon. */
void places_prefetch_slot(const struct places *places, const struct place *key);
void places_prefetch_entry(const struct places *places, const struct place *key);
/** places_look() - Return: the entry, or NULL if there is none. */
void *places_look(const struct places *places, const struct place *key);
/** places_at() - Entries in no order that means anything; NULL past the last. */
void *places_at(const struct places *places, size_t index);
/**
 * places_rank() - The first @limit entries in an order, 0: all of them
 * @rows: set to pointers to entries; topk_at() has pointers to these, and topk_free() lets them go. @compare compares
 * such rows. Entries may change, but none may be added.
 */
void places_rank(const struct places *places, uint64_t limit, int (*compare)(const void *a, const void *b),
                 struct topk *rows);
/** place_hash() - Keyed with a secret of the caller's. */
static inline uint64_t place_hash(const struct place *place, uint64_t secret)
{
    uint64_t half[2], rest = (uint64_t)place->scope << 32 | (uint64_t)place->port << 8 | place->ip_version;
    memcpy(half, place->address.bytes, sizeof half);
    uint64_t sum = (half[0] ^ secret) * UINT64_C(0x9e3779b97f4a7c15);
    sum = ((sum ^ sum >> 32) + half[1]) * UINT64_C(0xc4ceb9fe1a85ec53);
    sum = ((sum ^ sum >> 32) + rest) * UINT64_C(0xff51afd7ed558ccd);
    return sum ^ sum >> 32;
}
static inline bool place_same(const struct place *a, const struct place *b)
{
    uint64_t x[2], y[2];
    memcpy(x, a->address.bytes, sizeof x);
    memcpy(y, b->address.bytes, sizeof y);
    return x[0] == y[0] && x[1] == y[1] && a->port == b->port && a->ip_version == b->ip_version &&
           a->scope == b->scope;
}
/** places_secret() - Random, for the keys of a table come from the wire. */
uint64_t places_secret(void);
/** place_compare() - By version, address, port, scope. */
int place_compare(const struct place *a, const struct place *b);

#endif

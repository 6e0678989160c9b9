/* pairs.h - what is kept per pair of ends, in bounded memory
 *
 * A hash table of entries of the caller's type, found from either end. At most `limit` are kept; when
 * they are all there, the one that was least recently found is handed to `drop`, and its place taken. So
 * every operation takes a constant time on average. Keys come from the wire: the hash has a secret.
 */
#ifndef REPORT_PAIRS_H
#define REPORT_PAIRS_H

#include "places.h"

/** Every entry begins with it. */
struct pair {
    struct place end[2];          /**< end[0]: whom the entry was made for */
    uint8_t kind;                 /**< the caller's; part of the key */
    bool late;                    /**< made after entries were dropped: perhaps it is one of them, come again */
    uint32_t chain, older, newer; /**< its own */
    uint64_t order;
};

struct pairs {
    size_t entry_size, limit;
    void (*drop)(void *user, void *entry);
    void *user;
    uint64_t dropped; /**< entries that had to give way */
    /* the rest is its own */
    unsigned char *entries;
    size_t count, room;
    uint32_t *slots; /* index + 1; 0: none. The next is in `chain`, in the same way */
    uint32_t oldest, newest;
    uint64_t secret, made;
};

/** pairs_begin() - Settings from a literal of the first members. */
void pairs_begin(struct pairs *pairs, const struct pairs *settings);
void pairs_free(struct pairs *pairs);
/** pairs_look() - The entry; NULL if there is none. @x: which of its ends @from is. */
void *pairs_look(const struct pairs *pairs, const struct place *from, const struct place *to,
                 unsigned kind, unsigned *x);
/**
 * pairs_find() - The same, and made if it is not there: all zero but for the pair
 * Return: NULL without memory. Valid until the next call.
 */
void *pairs_find(struct pairs *pairs, const struct place *from, const struct place *to, unsigned kind,
                 unsigned *x);
/** pairs_drop_all() - Hand every entry to `drop`, in the order in which they were made. */
void pairs_drop_all(struct pairs *pairs);

#endif

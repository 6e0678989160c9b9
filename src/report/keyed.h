/* keyed.h - rows found by address and port, in bounded memory
 *
 * An open-addressed table that grows up to a limit. Beyond it, or where a hostile choice of addresses
 * makes the search too long, a new key is refused: the caller counts it.
 */
#ifndef REPORT_KEYED_H
#define REPORT_KEYED_H

#include "tcptwin/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** First member of every row. Padding is zero: keys are compared as bytes. */
struct keyed_key {
    struct tcptwin_address address;
    uint16_t port;
    uint8_t kind; /**< the caller's */
    bool used;
};

struct keyed {
    unsigned char *rows;
    size_t row_size, capacity, count, limit; /**< row_size and limit (a power of two) are set by the caller */
};

enum { KEYED_PROBES = 64 }; /**< how far a search goes */

/** keyed_key() - A key, ready for comparison. */
static inline struct keyed_key keyed_key(const struct tcptwin_address *address, uint16_t port,
                                         unsigned kind)
{
    return (struct keyed_key){.address = *address, .port = port, .kind = (uint8_t)kind, .used = true};
}
/** keyed_look() - The row with that key, or the free place for it; NULL: not among the first @most. */
static inline void *keyed_look(const struct keyed *table, const struct keyed_key *key, size_t most)
{
    uint64_t half[2];
    memcpy(half, &key->address, sizeof half);
    uint64_t mixed = (half[0] ^ (half[1] << 29 | half[1] >> 35)) + key->port + ((uint64_t)key->kind << 16);
    size_t place = (size_t)(mixed * UINT64_C(0x9e3779b97f4a7c15) >> 32);
    for (size_t i = 0; i < table->capacity && i < most; i++, place++) {
        unsigned char *row = table->rows + (place & (table->capacity - 1)) * table->row_size;
        if (!((struct keyed_key *)row)->used || memcmp(row, key, sizeof *key) == 0)
            return row;
    }
    return NULL;
}
/** keyed_find() - The row; NULL if there is none. It moves when a row is added. */
static inline void *keyed_find(const struct keyed *table, const struct keyed_key *key)
{
    struct keyed_key *row = keyed_look(table, key, KEYED_PROBES);
    return row && row->used ? row : NULL;
}
/** keyed_take() - The row, a new one all zero but for its key; NULL if there is no room. */
void *keyed_take(struct keyed *table, const struct keyed_key *key);
/** keyed_at() - The row in that place; NULL if the place is free. Places go up to capacity. */
static inline void *keyed_at(const struct keyed *table, size_t place)
{
    unsigned char *row = table->rows + place * table->row_size;
    return ((struct keyed_key *)row)->used ? row : NULL;
}
void keyed_free(struct keyed *table);

#endif

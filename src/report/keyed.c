/* keyed.c - see keyed.h */
#include "keyed.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

/* Half of it stays free, so that searches are short. */
static bool make_room(struct keyed *table)
{
    struct keyed larger = *table;
    if (2 * (table->count + 1) <= table->capacity)
        return true;
    if (table->count >= table->limit)
        return false;
    larger.capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY;
    larger.rows = calloc(larger.capacity, table->row_size);
    if (!larger.rows)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const void *row = keyed_at(table, i);
        if (row)
            memcpy(keyed_look(&larger, row, larger.capacity), row, table->row_size);
    }
    free(table->rows);
    *table = larger;
    return true;
}

void *keyed_take(struct keyed *table, const struct keyed_key *key)
{
    struct keyed_key *row = keyed_look(table, key, KEYED_PROBES);
    if (row && row->used)
        return row;
    if (!make_room(table))
        return NULL;
    row = keyed_look(table, key, KEYED_PROBES); /* elsewhere, if it grew */
    if (row) {
        *row = *key;
        table->count++;
    }
    return row;
}

void keyed_free(struct keyed *table)
{
    free(table->rows);
    table->rows = NULL;
    table->capacity = table->count = 0;
}

/* flow_table.c - see flow_table.h */
#include "flow_table.h"

#include <string.h>

enum { FIRST_CHUNKS = 16, LINE = 64 };
#define CHUNK_BYTES (FLOW_CHUNK * sizeof(struct conn) + LINE)
#define BLOCK_BYTES (FLOW_BLOCK * sizeof(struct opening) + LINE)

static void *line_in(void *block)
{
    return (void *)(((uintptr_t)block + LINE - 1) & ~(uintptr_t)(LINE - 1));
}

bool flow_table_init(struct flow_table *table, struct slab_budget *budget)
{
    *table = (struct flow_table){.budget = budget, .chunk_room = FIRST_CHUNKS};
    table->chunks = budget_take(budget, FIRST_CHUNKS * sizeof *table->chunks);
    return directory_init(&table->directory, budget, FLOW_SLOTS * sizeof(struct flow_slot)) && table->chunks;
}

void flow_table_release(struct flow_table *table)
{
    for (uint32_t i = 0; i < table->chunk_count; i++)
        budget_give(table->budget, table->chunks[i].block, CHUNK_BYTES);
    budget_give(table->budget, table->chunks, table->chunk_room * sizeof *table->chunks);
    for (uint32_t i = 0; i < table->block_count; i++)
        budget_give(table->budget, table->blocks[i].block, BLOCK_BYTES);
    budget_give(table->budget, table->blocks, table->block_room * sizeof *table->blocks);
    directory_release(&table->directory);
    *table = (struct flow_table){0};
}

uint64_t flow_hash(const struct tuple_secret *secret, const struct flow_key *key)
{
    const struct tcptwin_address *end = key->address;
    return flow_hash_of(secret, &end[0], &end[1], key->port[0], key->port[1], key->scope, key->ip_version);
}

static struct conn *conn_of(const struct flow_table *table, uint32_t index)
{
    return &table->chunks[index / FLOW_CHUNK].conns[index % FLOW_CHUNK];
}

struct conn *flow_at(const struct flow_table *table, uint32_t index)
{
    if (index / FLOW_CHUNK >= table->chunk_count)
        return NULL;
    struct conn *conn = conn_of(table, index);
    return conn->ip_version && !conn->departed ? conn : NULL;
}


uint32_t flow_room(const struct flow_table *table)
{
    return table->chunk_count * FLOW_CHUNK;
}

static struct opening *opening_of(const struct flow_table *table, uint32_t number)
{
    return &table->blocks[number / FLOW_BLOCK].cells[number % FLOW_BLOCK];
}

void flow_prefetch(const struct flow_table *table, uint32_t index)
{
    if (index / FLOW_CHUNK < table->chunk_count)
        conn_prefetch_waiting(conn_of(table, index));
    else if (index - FLOW_OPENING < flow_opening_room(table))
        opening_prefetch(opening_of(table, index - FLOW_OPENING));
}

struct opening *flow_opening_at(const struct flow_table *table, uint32_t index)
{
    uint32_t number = index - FLOW_OPENING;
    if (!(index & FLOW_OPENING) || number >= flow_opening_room(table))
        return NULL;
    struct opening *opening = opening_of(table, number);
    return opening->ip_version && !opening->departed ? opening : NULL;
}

static bool is_conn_of(const struct conn *conn, const struct flow_key *key)
{
    return conn->port[0] == key->port[0] && conn->port[1] == key->port[1] && conn->scope == key->scope &&
           conn->ip_version == key->ip_version && address_is(&conn->address[0], &key->address[0]) &&
           address_is(&conn->address[1], &key->address[1]);
}

static bool is_opening_of(const struct opening *opening, const struct flow_key *key)
{
    if (opening->port[0] != key->port[0] || opening->port[1] != key->port[1] || opening->scope != key->scope ||
        opening->ip_version != key->ip_version)
        return false;
    for (unsigned x = 0; x < 2; x++) {
        struct tcptwin_address address = opening_address(opening, x);
        if (!address_is(&address, &key->address[x]))
            return false;
    }
    return true;
}

/* The first slot from @i on that has that hash, or none: a free one. */
static uint32_t next_slot(const struct flow_slot *slots, uint32_t hash, uint32_t i)
{
    while (slots[i].index && slots[i].hash != hash)
        i = (i + 1) % FLOW_SLOTS;
    return i;
}

struct conn *flow_look(const struct flow_table *table, const struct flow_key *key, uint64_t hash64,
                       struct opening **opening)
{
    uint32_t hash = (uint32_t)hash64;
    const struct flow_slot *slots = flow_slots(table, hash);
    *opening = NULL;
    for (uint32_t i = next_slot(slots, hash, hash % FLOW_SLOTS); slots[i].index;
         i = next_slot(slots, hash, (i + 1) % FLOW_SLOTS)) {
        uint32_t index = slots[i].index - 1;
        if (index & FLOW_OPENING) {
            struct opening *found = opening_of(table, index - FLOW_OPENING);
            if (is_opening_of(found, key)) {
                *opening = found;
                return NULL;
            }
        } else if (is_conn_of(conn_of(table, index), key)) {
            return conn_of(table, index);
        }
    }
    return NULL;
}

struct conn *flow_find(const struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
    struct opening *opening;
    return flow_look(table, key, hash, &opening);
}

struct conn *flow_guess(const struct flow_table *table, uint64_t hash64, struct opening **opening)
{
    uint32_t hash = (uint32_t)hash64;
    const struct flow_slot *slots = flow_slots(table, hash);
    uint32_t index = slots[next_slot(slots, hash, hash % FLOW_SLOTS)].index;
    *opening = NULL;
    if (!index)
        return NULL;
    if (!(--index & FLOW_OPENING))
        return conn_of(table, index);
    *opening = opening_of(table, index - FLOW_OPENING);
    opening_prefetch(*opening);
    return NULL;
}

/* By now the cell may be free, or have another opening. */
void flow_prefetch_rest(const struct flow_table *table, const struct opening *opening)
{
    if (opening->count > 1 && opening->link < flow_opening_room(table))
        prefetch_to_write(opening_of(table, opening->link));
}

static void put_slot(struct flow_table *table, struct flow_slot slot)
{
    struct flow_slot *slots = flow_slots(table, slot.hash);
    uint32_t i = slot.hash % FLOW_SLOTS;
    while (slots[i].index)
        i = (i + 1) % FLOW_SLOTS;
    slots[i] = slot;
    directory_part(&table->directory, slot.hash)->used++;
}

/* Room for one more slot in the part of that hash. Where it cannot be split it may become nearly full. */
static bool have_slot(struct flow_table *table, uint32_t hash)
{
    uint32_t used = directory_part(&table->directory, hash)->used;
    struct part *old = used < FLOW_SLOTS / 8 * 5 ? NULL : directory_split(&table->directory, hash);
    if (!old)
        return used + 1 < FLOW_SLOTS;
    const struct flow_slot *slots = flow_part_slots(old);
    for (uint32_t i = 0; i < FLOW_SLOTS; i++)
        if (slots[i].index)
            put_slot(table, slots[i]);
    directory_drop(&table->directory, old);
    return true;
}

static bool grow_chunk_list(struct flow_table *table)
{
    uint32_t larger = table->chunk_room * 2;
    if (larger > FLOW_CHUNK_SLOTS_MAX)
        return false;
    struct flow_chunk *chunks = budget_take(table->budget, larger * sizeof *chunks);
    if (!chunks)
        return false;
    memcpy(chunks, table->chunks, table->chunk_count * sizeof *chunks);
    budget_give(table->budget, table->chunks, table->chunk_room * sizeof *chunks);
    table->chunks = chunks;
    table->chunk_room = larger;
    return true;
}

/* A new chunk's connections go to the free list, the first one first. */
static bool grow_chunks(struct flow_table *table)
{
    if (table->chunk_count == table->chunk_room && !grow_chunk_list(table))
        return false;
    void *block = budget_take(table->budget, CHUNK_BYTES);
    if (!block)
        return false;
    struct conn *chunk = line_in(block);
    uint32_t base = table->chunk_count * FLOW_CHUNK;
    table->chunks[table->chunk_count++] = (struct flow_chunk){block, chunk};
    for (uint32_t i = FLOW_CHUNK; i-- > 0;) {
        chunk[i].ip_version = 0;
        chunk[i].free_next = table->free_list;
        table->free_list = base + i + 1;
    }
    return true;
}

/* A connection from the free list, with that key. Its place in the slots is the caller's. */
static struct conn *take_conn(struct flow_table *table, const struct flow_key *key)
{
    if (!table->free_list && !grow_chunks(table))
        return NULL;
    uint32_t index = table->free_list - 1;
    struct conn *conn = conn_of(table, index);
    table->free_list = conn->free_next;
    if (table->free_list)
        conn_prefetch_all(conn_of(table, table->free_list - 1)); /* the next one's */
    conn_of_key(conn, key);
    conn->index = index;
    return conn;
}

struct conn *flow_insert(struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
    struct conn *conn = have_slot(table, (uint32_t)hash) ? take_conn(table, key) : NULL;
    if (!conn)
        return NULL;
    conn->hash = hash;
    put_slot(table, (struct flow_slot){(uint32_t)hash, conn->index + 1});
    table->used++;
    return conn;
}

static uint32_t slot_of(const struct flow_table *table, uint32_t hash, uint32_t index)
{
    const struct flow_slot *slots = flow_slots(table, hash);
    uint32_t i = hash % FLOW_SLOTS;
    while (slots[i].index != index + 1)
        i = (i + 1) % FLOW_SLOTS;
    return i;
}

/* Linear probing without tombstones: what follows is shifted back over the hole. */
static void remove_slot(struct flow_table *table, uint32_t hash, uint32_t index)
{
    struct flow_slot *slots = flow_slots(table, hash);
    uint32_t i = slot_of(table, hash, index);
    for (uint32_t k = (i + 1) % FLOW_SLOTS; slots[k].index; k = (k + 1) % FLOW_SLOTS) {
        uint32_t home = slots[k].hash % FLOW_SLOTS;
        if ((k - home) % FLOW_SLOTS >= (k - i) % FLOW_SLOTS) {
            slots[i] = slots[k];
            i = k;
        }
    }
    slots[i].index = 0;
    directory_part(&table->directory, hash)->used--;
}

void flow_remove(struct flow_table *table, struct conn *conn)
{
    remove_slot(table, (uint32_t)conn->hash, conn->index);
    conn->departed = true;
    table->used--;
}

void flow_reclaim(struct flow_table *table, struct conn *conn)
{
    conn->ip_version = 0;
    conn->free_next = table->free_list;
    table->free_list = conn->index + 1;
}

/* -- openings ------------------------------------------------------------------------------------------ */

static bool grow_block_list(struct flow_table *table)
{
    uint32_t larger = table->block_room ? 2 * table->block_room : FIRST_CHUNKS;
    struct flow_block *blocks = budget_take(table->budget, larger * sizeof *blocks);
    if (!blocks)
        return false;
    if (table->block_count)
        memcpy(blocks, table->blocks, table->block_count * sizeof *blocks);
    budget_give(table->budget, table->blocks, table->block_room * sizeof *blocks);
    table->blocks = blocks;
    table->block_room = larger;
    return true;
}

static void free_cell(struct flow_table *table, struct opening *cell, uint32_t number)
{
    cell->ip_version = 0;
    cell->link = table->free_cells;
    table->free_cells = number + 1;
}

/* A new block's cells go to the free list, the first one first. */
static bool grow_blocks(struct flow_table *table)
{
    if (flow_opening_room(table) >= FLOW_OPENING - FLOW_BLOCK ||
        (table->block_count == table->block_room && !grow_block_list(table)))
        return false;
    void *block = budget_take(table->budget, BLOCK_BYTES);
    if (!block)
        return false;
    uint32_t base = flow_opening_room(table);
    struct opening *cells = line_in(block);
    table->blocks[table->block_count++] = (struct flow_block){block, cells};
    for (uint32_t i = FLOW_BLOCK; i-- > 0;)
        free_cell(table, &cells[i], base + i);
    return true;
}

/* Return: NULL if there is no memory. */
static struct opening *take_cell(struct flow_table *table, uint32_t *number)
{
    if (!table->free_cells && !grow_blocks(table))
        return NULL;
    *number = table->free_cells - 1;
    struct opening *cell = opening_of(table, *number);
    table->free_cells = cell->link;
    return cell;
}

struct opening *flow_open(struct flow_table *table, const struct flow_key *key, uint64_t hash,
                          struct tcptwin_address *v6)
{
    uint32_t number;
    bool promotable = table->chunk_count || grow_chunks(table); /* into the first connections, one by one */
    struct opening *opening = promotable && have_slot(table, (uint32_t)hash) ? take_cell(table, &number) : NULL;
    if (!opening)
        return NULL;
    *opening = (struct opening){.port = {key->port[0], key->port[1]}, .scope = key->scope,
                                .ip_version = key->ip_version & 7u, .index = FLOW_OPENING + number};
    for (unsigned x = 0; x < 2 && !v6; x++)
        memcpy(opening->ends.v4[x], &key->address[x].bytes[12], sizeof opening->ends.v4[x]);
    if (v6) {
        opening->ends.v6 = v6;
        memcpy(v6, key->address, sizeof key->address);
    }
    put_slot(table, (struct flow_slot){(uint32_t)hash, opening->index + 1});
    table->used++;
    table->openings++;
    return opening;
}

struct opening_rest *flow_take_rest(struct flow_table *table, struct opening *opening)
{
    uint32_t number;
    struct opening *cell = take_cell(table, &number);
    if (cell)
        opening->link = number;
    return (struct opening_rest *)(void *)cell;
}

struct opening_rest *flow_rest(const struct flow_table *table, const struct opening *opening)
{
    return opening->count > 1 ? (struct opening_rest *)(void *)opening_of(table, opening->link) : NULL;
}

struct conn *flow_promote(struct flow_table *table, const struct opening *opening, uint64_t hash)
{
    struct flow_key key = key_of_opening(opening);
    struct conn *conn = take_conn(table, &key);
    if (!conn)
        return NULL;
    conn->hash = hash;
    flow_slots(table, (uint32_t)hash)[slot_of(table, (uint32_t)hash, opening->index)].index = conn->index + 1;
    table->openings--;
    return conn;
}

void flow_opening_leave(struct flow_table *table, struct opening *opening)
{
    opening->departed = true;
    table->openings--;
    table->used--;
}

void flow_opening_remove(struct flow_table *table, struct opening *opening, uint64_t hash)
{
    remove_slot(table, (uint32_t)hash, opening->index);
    flow_opening_leave(table, opening);
}

void flow_opening_free(struct flow_table *table, struct opening *opening)
{
    if (opening->count > 1)
        free_cell(table, opening_of(table, opening->link), opening->link);
    free_cell(table, opening, opening->index - FLOW_OPENING);
}

/* flow_table.h - from the four-tuple of a segment to its connection
 *
 * Open addressing over 8-byte slots that hold part of the hash and the number of the connection, in parts
 * that are split one by one (directory.h); connections lie in chunks and never move. A connection of which
 * nothing but its opening was seen is an opening, which lies elsewhere and is smaller. The hash is keyed
 * (tuple_hash.h). The table knows nothing of TCP: it finds, inserts and removes. One connection per tuple: an
 * older incarnation leaves the table before the newer enters.
 */
#ifndef CORE_FLOW_TABLE_H
#define CORE_FLOW_TABLE_H

#include "conn.h"
#include "directory.h"
#include "opening.h"
#include "tuple_hash.h"

#include <string.h>

#define FLOW_OPENING UINT32_C(0x80000000) /**< in an index: of an opening, not of a connection */
enum { FLOW_BLOCK = 2048 /**< cells of openings: 128 KiB */ };
enum { FLOW_CHUNK = 512, FLOW_CHUNK_SLOTS_MAX = 1 << 17, FLOW_SLOTS = 4096 /**< of a part: 32 KiB */ };

struct flow_slot {
    uint32_t hash;  /**< low 32 bits */
    uint32_t index; /**< of the connection or opening, plus 1; 0: empty */
};

/** FLOW_CHUNK connections, each at the start of a cache line. */
struct flow_chunk {
    void *block; /**< as the allocator gave it */
    struct conn *conns;
};

/** FLOW_BLOCK cells, each a cache line: an opening, the rest of one, or free. They never move. */
struct flow_block {
    void *block;
    struct opening *cells;
};

struct flow_table {
    struct slab_budget *budget;
    struct directory directory; /**< of parts with FLOW_SLOTS slots */
    uint32_t used, openings; /**< connections and openings; the latter */
    struct flow_chunk *chunks;
    uint32_t chunk_count, chunk_room;
    uint32_t free_list;      /**< index + 1 of a free connection (linked by free_next); 0: none */
    struct flow_block *blocks;
    uint32_t block_count, block_room;
    uint32_t free_cells;     /**< number + 1 of a free one (linked by link); 0: none */
};

/** What identifies a connection, in canonical order of its ends. */
struct flow_key {
    struct tcptwin_address address[2];
    uint16_t port[2];
    uint32_t scope;
    uint8_t ip_version;
};

static inline struct flow_key key_of_conn(const struct conn *conn)
{
    struct flow_key key = {.scope = conn->scope, .ip_version = conn->ip_version};
    memcpy(key.address, conn->address, sizeof key.address);
    memcpy(key.port, conn->port, sizeof key.port);
    return key;
}

static inline struct flow_key key_of_opening(const struct opening *opening)
{
    return (struct flow_key){.address = {opening_address(opening, 0), opening_address(opening, 1)},
                             .port = {opening->port[0], opening->port[1]},
                             .scope = opening->scope,
                             .ip_version = opening->ip_version};
}

/** conn_of_key() - Make of @conn a connection that has only its key. */
static inline void conn_of_key(struct conn *conn, const struct flow_key *key)
{
    memset(conn, 0, sizeof *conn);
    memcpy(conn->address, key->address, sizeof conn->address);
    memcpy(conn->port, key->port, sizeof conn->port);
    conn->scope = key->scope;
    conn->ip_version = key->ip_version;
}

static inline bool address_is(const struct tcptwin_address *address, const struct tcptwin_address *other)
{
    uint64_t a[2], b[2];
    memcpy(a, address, sizeof a);
    memcpy(b, other, sizeof b);
    return a[0] == b[0] && a[1] == b[1];
}

static inline struct flow_slot *flow_part_slots(struct part *part)
{
    return (struct flow_slot *)(part + 1);
}
static inline struct flow_slot *flow_slots(const struct flow_table *table, uint32_t hash)
{
    return flow_part_slots(directory_part(&table->directory, hash));
}

bool flow_table_init(struct flow_table *table, struct slab_budget *budget);
void flow_table_release(struct flow_table *table);

/** flow_hash_of() - Of two ends in canonical order. IPv4 addresses count 4 bytes; all else of them is constant. */
static inline uint64_t flow_hash_of(const struct tuple_secret *secret, const struct tcptwin_address *first,
                                    const struct tcptwin_address *second, uint16_t first_port, uint16_t second_port,
                                    uint32_t scope, uint8_t ip_version)
{
    uint32_t characters[TUPLE_HASH_KEYS];
    characters[0] = scope;
    characters[1] = (uint32_t)first_port << 16 | second_port;
    if (ip_version == 4) {
        memcpy(&characters[2], &first->bytes[12], 4);
        memcpy(&characters[3], &second->bytes[12], 4);
        return tuple_hash(secret, characters, 4);
    }
    memcpy(&characters[2], first, sizeof *first);
    memcpy(&characters[6], second, sizeof *second);
    return tuple_hash(secret, characters, TUPLE_HASH_KEYS);
}
uint64_t flow_hash(const struct tuple_secret *secret, const struct flow_key *key);
struct conn *flow_find(const struct flow_table *table, const struct flow_key *key, uint64_t hash);
/** flow_look() - The same, or NULL and @opening, which is NULL if there is neither. */
struct conn *flow_look(const struct flow_table *table, const struct flow_key *key, uint64_t hash,
                       struct opening **opening);

/**
 * flow_open() - An opening under that key, with nothing but that and its index
 * @v6: With IPv6, where its addresses are to be kept: the caller's, as long as the opening is there.
 * Return: NULL if there is no memory.
 */
struct opening *flow_open(struct flow_table *table, const struct flow_key *key, uint64_t hash,
                          struct tcptwin_address *v6);
/** flow_take_rest() - The other cell of an opening with one segment; NULL if there is no memory. */
struct opening_rest *flow_take_rest(struct flow_table *table, struct opening *opening);
/** flow_rest() - The other cell; NULL if it has none. */
struct opening_rest *flow_rest(const struct flow_table *table, const struct opening *opening);
/** flow_promote() - A zeroed connection in its place; the opening is out of the table. NULL if there is no memory. */
struct conn *flow_promote(struct flow_table *table, const struct opening *opening, uint64_t hash);
/** flow_opening_remove() - It is not found any more, as flow_remove() does with connections. */
void flow_opening_remove(struct flow_table *table, struct opening *opening, uint64_t hash);
/** flow_opening_leave() - The same at the end of the capture, when nobody looks for it: its slot stays as it is. */
void flow_opening_leave(struct flow_table *table, struct opening *opening);
/** flow_opening_free() - The cells of an opening that is out of the table may be used again. */
void flow_opening_free(struct flow_table *table, struct opening *opening);
/** flow_opening_at() - The opening of that index, or NULL if that departed, is free, or none, or past the end. */
struct opening *flow_opening_at(const struct flow_table *table, uint32_t index);
/** flow_opening_room() - Indices of openings are FLOW_OPENING + 0 to so many. */
static inline uint32_t flow_opening_room(const struct flow_table *table)
{
    return table->block_count * FLOW_BLOCK;
}

/** flow_is() - Whether that connection, or what it was before, is the table's for a segment from side @dir. */
static inline bool flow_is(const struct conn *conn, const struct tcptwin_segment *segment, unsigned dir)
{
    return !conn->departed && conn->ip_version == segment->ip_version && conn->scope == segment->scope &&
           conn->port[dir] == segment->src_port && conn->port[!dir] == segment->dst_port &&
           address_is(&conn->address[dir], &segment->src) && address_is(&conn->address[!dir], &segment->dst);
}
/** flow_opening_is() - The same of what is, or was, an opening. */
static inline bool flow_opening_is(const struct opening *opening, const struct tcptwin_segment *segment, unsigned dir)
{
    if (opening->departed || !opening->count || opening->ip_version != segment->ip_version ||
        opening->scope != segment->scope || opening->port[dir] != segment->src_port ||
        opening->port[!dir] != segment->dst_port)
        return false;
    if (opening->ip_version != 4)
        return address_is(&opening->ends.v6[dir], &segment->src) && address_is(&opening->ends.v6[!dir], &segment->dst);
    return !memcmp(opening->ends.v4[dir], &segment->src.bytes[12], 4) &&
           !memcmp(opening->ends.v4[!dir], &segment->dst.bytes[12], 4);
}
/** flow_insert() - A zeroed connection under that key; NULL if there is no memory. The key must not be there. */
struct conn *flow_insert(struct flow_table *table, const struct flow_key *key, uint64_t hash);
/** flow_remove() - It is not found any more; its memory stays as it is until flow_reclaim(). */
void flow_remove(struct flow_table *table, struct conn *conn);
/** flow_reclaim() - The memory of a removed connection may be used again. */
void flow_reclaim(struct flow_table *table, struct conn *conn);
/** flow_at() - The connection of that index, or NULL if it was removed, is free or past the end. */
struct conn *flow_at(const struct flow_table *table, uint32_t index);
/** flow_prefetch_slot(), flow_guess() - First and second step of a look-up whose memory is wanted soon. The second
 * guesses a connection, or @opening, and else NULL. */
static inline void flow_prefetch_slot(const struct flow_table *table, uint64_t hash)
{
    prefetch(&flow_slots(table, (uint32_t)hash)[(uint32_t)hash % FLOW_SLOTS]);
}
/** flow_prefetch_part() - Something may be inserted under that hash. */
static inline void flow_prefetch_part(const struct flow_table *table, uint64_t hash)
{
    prefetch_to_write(directory_part(&table->directory, (uint32_t)hash));
}
struct conn *flow_guess(const struct flow_table *table, uint64_t hash, struct opening **opening);
/** flow_prefetch_rest() - Third step, of a guessed opening: its other cell. */
void flow_prefetch_rest(const struct flow_table *table, const struct opening *opening);
/** flow_prefetch() - The connection of that index is wanted soon; it need not exist. */
void flow_prefetch(const struct flow_table *table, uint32_t index);
uint32_t flow_room(const struct flow_table *table);

#endif

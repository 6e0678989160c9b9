/* directory.h - hash tables that grow part by part, so that no insertion waits for the whole
 *
 * Extendible hashing (Fagin, Nievergelt, Pippenger and Strong 1979). The first bits of a 32-bit hash choose
 * a part by way of the directory; inside it its owner finds the place by the last bits. A part that is
 * full is replaced by two, one bit deeper, and only its entries are moved:
 *
 *     directory, depth 2      00   01   10   11
 *                              \   /    |     |
 *     parts, their depths        1      2     2        splitting the first moves a third of the entries, and
 *                                                      doubles nothing; splitting another doubles the directory
 *
 * The directory holds a pointer for some thousand entries, so doubling it is a small copy.
 */
#ifndef CORE_DIRECTORY_H
#define CORE_DIRECTORY_H

#include "slab.h"

#include <stdbool.h>
#include <stdint.h>

enum { DIRECTORY_DEPTH_MAX = 20 };

/** The owner's table of a part follows it, zeroed at first, and begins where a cache line does if the part does. */
struct part {
    uint32_t used;  /**< the owner's count of entries */
    uint32_t depth; /**< bits that all its hashes have in common */
    uint32_t unused[14];
};
_Static_assert(sizeof(struct part) == 64, "a cache line");
struct directory {
    struct slab_budget *budget;
    struct part **parts; /**< 2^depth pointers; several to one part that is less deep */
    uint32_t depth;
    size_t part_bytes;   /**< struct part included */
};

/** directory_init() - With one part of @bytes for its owner. Return: false without memory; then release it. */
bool directory_init(struct directory *directory, struct slab_budget *budget, size_t bytes);
void directory_release(struct directory *directory);

static inline uint32_t directory_index(const struct directory *directory, uint32_t hash)
{
    return (uint32_t)((uint64_t)hash << directory->depth >> 32);
}
static inline struct part *directory_part(const struct directory *directory, uint32_t hash)
{
    return directory->parts[directory_index(directory, hash)];
}
/**
 * directory_split() - Put two empty parts in the place of the one that holds @hash
 * Return: the old one, whose entries the owner inserts anew and which it gives to directory_drop(); NULL: it
 * stays, as there is no memory, or it is as deep as can be.
 */
struct part *directory_split(struct directory *directory, uint32_t hash);
void directory_drop(struct directory *directory, struct part *part);

#endif

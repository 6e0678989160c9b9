/* directory.c - see directory.h */
#include "directory.h"

#include <string.h>

static struct part *new_part(struct directory *directory, uint32_t depth)
{
    struct part *part = budget_take(directory->budget, directory->part_bytes);
    if (!part)
        return NULL;
    memset(part, 0, directory->part_bytes);
    part->depth = depth;
    return part;
}

void directory_drop(struct directory *directory, struct part *part)
{
    budget_give(directory->budget, part, directory->part_bytes);
}

static size_t pointers(uint32_t depth)
{
    return ((size_t)1 << depth) * sizeof(struct part *);
}

bool directory_init(struct directory *directory, struct slab_budget *budget, size_t bytes)
{
    *directory = (struct directory){.budget = budget, .part_bytes = sizeof(struct part) + bytes};
    directory->parts = budget_take(budget, pointers(0));
    if (directory->parts)
        directory->parts[0] = new_part(directory, 0);
    return directory->parts && directory->parts[0];
}

void directory_release(struct directory *directory)
{
    for (uint32_t i = 0; directory->parts && i < 1u << directory->depth;) {
        struct part *part = directory->parts[i];
        i += part ? 1u << (directory->depth - part->depth) : 1;
        directory_drop(directory, part);
    }
    budget_give(directory->budget, directory->parts, pointers(directory->depth));
    *directory = (struct directory){0};
}

static bool deepen(struct directory *directory)
{
    uint32_t depth = directory->depth;
    struct part **parts = depth < DIRECTORY_DEPTH_MAX ? budget_take(directory->budget, pointers(depth + 1)) : NULL;
    if (!parts)
        return false;
    for (uint32_t i = 0; i < 2u << depth; i++)
        parts[i] = directory->parts[i / 2];
    budget_give(directory->budget, directory->parts, pointers(depth));
    directory->parts = parts;
    directory->depth++;
    return true;
}

struct part *directory_split(struct directory *directory, uint32_t hash)
{
    struct part *old = directory_part(directory, hash);
    if (old->depth == directory->depth && !deepen(directory))
        return NULL;
    struct part *low = new_part(directory, old->depth + 1), *high = new_part(directory, old->depth + 1);
    if (!low || !high) {
        directory_drop(directory, low);
        directory_drop(directory, high);
        return NULL;
    }
    uint32_t half = 1u << (directory->depth - old->depth - 1);
    uint32_t from = directory_index(directory, hash) & ~(2 * half - 1);
    for (uint32_t i = 0; i < 2 * half; i++)
        directory->parts[from + i] = i < half ? low : high;
    return old;
}

/* topk.c - the best rows of a stream, in bounded memory
 *
 * A binary heap with the worst row on top: a newcomer costs one comparison as long as it is no
 * better than that one. With limit 0 it is a plain growing array.
 */
#include "topk.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_SIZE_MAX = 1024 };

static unsigned char *row_at(const struct topk *topk, size_t index)
{
    return topk->rows + index * topk->row_size;
}

static bool full(const struct topk *topk)
{
    return topk->limit && topk->count >= topk->limit;
}

static bool worse(const struct topk *topk, size_t a, size_t b)
{
    return topk->compare(row_at(topk, a), row_at(topk, b)) > 0;
}

static void swap(struct topk *topk, size_t a, size_t b)
{
    unsigned char spare[ROW_SIZE_MAX];
    memcpy(spare, row_at(topk, a), topk->row_size);
    memcpy(row_at(topk, a), row_at(topk, b), topk->row_size);
    memcpy(row_at(topk, b), spare, topk->row_size);
}

static void sift_up(struct topk *topk, size_t at)
{
    for (; at > 0 && worse(topk, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(topk, at, (at - 1) / 2);
}

static void sift_down(struct topk *topk, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < topk->count && worse(topk, child + 1, child))
            child++;
        if (child >= topk->count || !worse(topk, child, at))
            return;
        swap(topk, at, child);
        at = child;
    }
}

static bool make_room(struct topk *topk)
{
    if (topk->count < topk->capacity)
        return true;
    size_t capacity = topk->capacity ? 2 * topk->capacity : 64;
    unsigned char *rows = realloc(topk->rows, capacity * topk->row_size);
    if (!rows)
        return false;
    topk->rows = rows;
    topk->capacity = capacity;
    return true;
}

bool topk_wants(const struct topk *topk, const void *row)
{
    return !full(topk) || topk->compare(row, topk->rows) < 0;
}

void topk_offer(struct topk *topk, const void *row)
{
    topk->offered++;
    if (topk->row_size > ROW_SIZE_MAX || !topk_wants(topk, row))
        return;
    if (full(topk)) {
        memcpy(topk->rows, row, topk->row_size);
        sift_down(topk, 0);
    } else if (make_room(topk)) {
        memcpy(row_at(topk, topk->count++), row, topk->row_size);
        if (topk->limit)
            sift_up(topk, topk->count - 1);
    }
}

void topk_sort(struct topk *topk)
{
    if (topk->count)
        qsort(topk->rows, topk->count, topk->row_size, topk->compare);
}

const void *topk_at(const struct topk *topk, size_t index)
{
    return index < topk->count ? row_at(topk, index) : NULL;
}

void topk_free(struct topk *topk)
{
    free(topk->rows);
    topk->rows = NULL;
    topk->count = topk->capacity = 0;
}

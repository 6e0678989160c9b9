/* memory.c - see memory.h
 *
 * Medium blocks are the core's chunks of connections, evidence and queues: they are carved from regions that are given
 * back with the process. What the core gives back of them waits for the next of its size, and there are few sizes. The
 * first region is small; the later ones may have large pages. Everything else comes from the C library. Two threads
 * may ask (struct tcptwin_pipeline), seldom.
 */
#include "memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    LINES = 128, /* two cache lines: neighbours are fetched in pairs */
    MEDIUM = 16 << 10,
    REGION = 32 << 20,
    LARGE_PAGE = 2 << 20,
    FIRST_REGION = 8 << 20,
    SIZES = 16
};

/* A block that was given back. */
struct spare {
    struct spare *next;
};

struct arena {
    pthread_mutex_t lock;
    uint8_t *next, *end; /* of the region at hand */
    bool started;
    struct {
        size_t bytes; /* 0: not in use */
        struct spare *first;
    } spares[SIZES];
};

static bool is_carved(size_t bytes)
{
    return bytes >= MEDIUM && bytes <= FIRST_REGION / 2;
}

/* A region at the start of a large page. Return: false if there is none to be had. */
static bool new_region(struct arena *arena)
{
    size_t bytes = arena->started ? REGION : FIRST_REGION;
    void *map = mmap(NULL, bytes + LARGE_PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (map == MAP_FAILED)
        return false;
    arena->next = (uint8_t *)(((uintptr_t)map + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1));
    arena->end = arena->next + bytes;
    if (arena->started)
        (void)madvise(arena->next, bytes, MADV_HUGEPAGE); /* a wish */
    arena->started = true;
    return true;
}

/* Where blocks of that size wait; NULL if there are too many sizes: then they wait for the end. */
static struct spare **spares_of(struct arena *arena, size_t bytes)
{
    for (unsigned i = 0; i < SIZES; i++) {
        if (!arena->spares[i].bytes)
            arena->spares[i].bytes = bytes;
        if (arena->spares[i].bytes == bytes)
            return &arena->spares[i].first;
    }
    return NULL;
}

static void *carve(struct arena *arena, size_t bytes)
{
    void *memory = NULL;

    pthread_mutex_lock(&arena->lock);
    struct spare **spares = spares_of(arena, bytes);
    if (spares && *spares) {
        memory = *spares;
        *spares = (*spares)->next;
    } else if ((size_t)(arena->end - arena->next) >= bytes || new_region(arena)) {
        memory = arena->next;
        arena->next += bytes;
    }
    pthread_mutex_unlock(&arena->lock);
    return memory;
}

static void put_by(struct arena *arena, struct spare *spare, size_t bytes)
{
    pthread_mutex_lock(&arena->lock);
    struct spare **spares = spares_of(arena, bytes);
    if (spares) {
        spare->next = *spares;
        *spares = spare;
    }
    pthread_mutex_unlock(&arena->lock);
}

static size_t rounded(size_t bytes)
{
    return (bytes + LINES - 1) / LINES * LINES;
}

static void *allocate(void *user, size_t bytes)
{
    return is_carved(bytes) ? carve(user, rounded(bytes)) : aligned_alloc(LINES, rounded(bytes));
}

static void release(void *user, void *memory, size_t bytes)
{
    if (!is_carved(bytes))
        free(memory);
    else if (memory)
        put_by(user, memory, rounded(bytes));
}

struct tcptwin_allocator memory_allocator(void)
{
    static struct arena arena = {.lock = PTHREAD_MUTEX_INITIALIZER}; /* one core a process; it lives as long */

    return (struct tcptwin_allocator){allocate, release, &arena};
}

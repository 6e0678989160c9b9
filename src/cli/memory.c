/* memory.c - see memory.h */
#include "memory.h"

#include <stdlib.h>

enum { LINES = 128 }; /* two cache lines: neighbours are fetched in pairs */

static void *allocate(void *user, size_t bytes)
{
    (void)user;
    return aligned_alloc(LINES, (bytes + LINES - 1) / LINES * LINES);
}

static void release(void *user, void *memory, size_t bytes)
{
    (void)user;
    (void)bytes;
    free(memory);
}

struct tcptwin_allocator memory_allocator(void)
{
    return (struct tcptwin_allocator){allocate, release, NULL};
}

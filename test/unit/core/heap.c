/* heap.c - see heap.h */
#include "heap.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 64, RUBBISH = 0xa5 };

static void *heap_allocate(void *user, size_t bytes)
{
    struct heap *heap = user;
    heap->calls++;
    if (heap->fail_at &&
        (heap->calls == heap->fail_at || (heap->fail_ever_after && heap->calls > heap->fail_at)))
        return NULL;
    uint8_t *memory = malloc(HEAD + bytes);
    assert_non_null(memory);
    memcpy(memory, &bytes, sizeof bytes);
    memset(memory + HEAD, RUBBISH, bytes < 4096 ? bytes : 4096);
    heap->bytes += bytes;
    heap->blocks++;
    if (bytes > heap->largest)
        heap->largest = bytes;
    if (heap->bytes > heap->peak_bytes)
        heap->peak_bytes = heap->bytes;
    return memory + HEAD;
}

static void heap_release(void *user, void *memory, size_t bytes)
{
    struct heap *heap = user;
    size_t given;
    assert_non_null(memory);
    memcpy(&given, (uint8_t *)memory - HEAD, sizeof given);
    assert_int_equal(given, bytes);
    assert_true(heap->blocks > 0 && heap->bytes >= bytes);
    heap->bytes -= bytes;
    heap->blocks--;
    free((uint8_t *)memory - HEAD);
}

struct tcptwin_allocator heap_allocator(struct heap *heap)
{
    return (struct tcptwin_allocator){heap_allocate, heap_release, heap};
}

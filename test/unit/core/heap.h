/* heap.h - an allocator that counts, and fails when it is told to */
#ifndef TEST_HEAP_H
#define TEST_HEAP_H

#include "tcptwin/tcptwin.h"

#include <stdlib.h>

/** not_yet() - Skip a test that the core does not pass yet; TEST_WAITING=1 runs it all the same. */
#define not_yet()                                                                                  \
    do {                                                                                           \
        if (!getenv("TEST_WAITING"))                                                               \
            skip();                                                                                \
    } while (0)

struct heap {
    size_t bytes, blocks; /**< given out now */
    size_t peak_bytes, largest; /**< at once; of one block */
    size_t calls;         /**< of allocate, so far */
    size_t fail_at;       /**< this call fails, counted from 1; 0: none */
    bool fail_ever_after; /**< and so do all later ones */
};

/** heap_allocator() - Memory comes filled with rubbish; wrong sizes at release are a test failure.
 */
struct tcptwin_allocator heap_allocator(struct heap *heap);

#endif

/* memory.h - where the core's memory comes from: the C library, on cache lines of its own
 *
 * The core and the reader run on different threads: a line that both write would travel between the
 * processors with every packet.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include "tcptwin/tcptwin.h"

/** memory_allocator() - For one core a process, fed by one thread. */
struct tcptwin_allocator memory_allocator(void);

#endif

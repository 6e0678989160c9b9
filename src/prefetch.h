/* prefetch.h - memory that is wanted soon is asked for now
 *
 * A line that is in none of the processor's caches costs as much as some hundred instructions; asked for early
 * enough it costs one. GCC takes a function that does nothing but __builtin_prefetch() for one without effects,
 * and drops calls of it unless it was inlined first: most of them were dropped once. So the empty statement here,
 * which the compiler may not move nor drop, and which makes no instruction.
 */
#ifndef TCPTWIN_PREFETCH_H
#define TCPTWIN_PREFETCH_H

/** prefetch() - That line will be read. @address: any, also one that is not mapped. */
static inline void prefetch(const void *address)
{
    __builtin_prefetch(address);
    __asm__ volatile("");
}
/** prefetch_to_write() - It will be written, too. */
static inline void prefetch_to_write(const void *address)
{
    __builtin_prefetch(address, 1);
    __asm__ volatile("");
}

#endif

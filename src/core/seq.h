/* seq.h - arithmetic on sequence numbers; nothing else compares them (RFC 9293 3.4) */
#ifndef CORE_SEQ_H
#define CORE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}
static inline bool seq_lt(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) < 0;
}
static inline bool seq_le(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) <= 0;
}
static inline bool seq_gt(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) > 0;
}
static inline bool seq_ge(uint32_t a, uint32_t b)
{
    return seq_diff(a, b) >= 0;
}
/** seq_ahead() - Greater, or more than 1 GiB lower: no window reaches back so far, so a gap was not seen. */
static inline bool seq_ahead(uint32_t a, uint32_t b)
{
    return a - b - 1 < UINT32_C(0xbfffffff);
}

#endif

/* cursor.h - the only code that reads bytes of a packet
 *
 * A cursor is a window on one frame. It knows two lengths:
 *
 *     at
 *     |<---- captured ---->|            bytes that may be read
 *     |<--------------- wire ------->|  bytes that were sent, by the innermost header that tells
 *
 * captured <= wire always holds; captured < wire where the snapshot length cut the frame. Every
 * read is checked: what lies beyond the captured bytes reads as 0. A caller that must tell "0"
 * from "cut" asks first (walk_lacks() in walk.h); after that check the compiler drops the others.
 */
#ifndef DECODE_CURSOR_H
#define DECODE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const uint8_t *at;
    uint32_t captured, wire;
};

/** cursor_has() - Whether bytes [offset, offset + length) were captured. */
static inline bool cursor_has(const struct cursor *c, uint32_t offset, uint32_t length)
{
    return (uint64_t)offset + length <= c->captured;
}

static inline uint8_t cursor_u8(const struct cursor *c, uint32_t offset)
{
    return cursor_has(c, offset, 1) ? c->at[offset] : 0;
}

/** load_u16(), load_u32() - Of bytes that were checked to be there. */
static inline uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t cursor_u16(const struct cursor *c, uint32_t offset)
{
    return cursor_has(c, offset, 2) ? load_u16(c->at + offset) : 0;
}

static inline uint32_t cursor_u24(const struct cursor *c, uint32_t offset)
{
    return (uint32_t)cursor_u8(c, offset) << 16 | cursor_u16(c, offset + 1);
}

static inline uint32_t cursor_u32(const struct cursor *c, uint32_t offset)
{
    return cursor_has(c, offset, 4) ? load_u32(c->at + offset) : 0;
}

/** cursor_le16(), cursor_le32() - For the few headers in little-endian order. */
static inline uint16_t cursor_le16(const struct cursor *c, uint32_t offset)
{
    return __builtin_bswap16(cursor_u16(c, offset));
}

static inline uint32_t cursor_le32(const struct cursor *c, uint32_t offset)
{
    return __builtin_bswap32(cursor_u32(c, offset));
}

/** cursor_copy() - Copy out [offset, offset + length); zeros if not all of it was captured. */
static inline void cursor_copy(const struct cursor *c, uint32_t offset, void *to, uint32_t length)
{
    if (cursor_has(c, offset, length))
        memcpy(to, c->at + offset, length);
    else
        memset(to, 0, length);
}

/** cursor_skip() - Move on; beyond the end it stays at the end. */
static inline void cursor_skip(struct cursor *c, uint32_t length)
{
    uint32_t captured = length < c->captured ? length : c->captured;
    c->at += captured;
    c->captured -= captured;
    c->wire -= length < c->wire ? length : c->wire;
}

/** cursor_trim() - Forget what lies behind the first @length bytes (padding, trailers). */
static inline void cursor_trim(struct cursor *c, uint32_t length)
{
    if (length < c->wire)
        c->wire = length;
    if (length < c->captured)
        c->captured = length;
}

#endif

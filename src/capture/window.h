/* window.h - the bytes of a regular file, a stretch at a time */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct window {
    int fd;
    uint8_t *buffer;
    size_t room, from, to; /* buffer[from..to) is read and not passed yet */
    size_t step;           /* how much is read at once */
    uint64_t end;          /* offset of buffer[to] in the file */
    int error;             /* errno of a read that failed; 0: none did */
};

/**
 * window_open() - Look at the file from @offset on
 * @fd: of a regular file; stays the caller's, and is read without moving its position.
 * Return: false if there is no memory.
 */
bool window_open(struct window *window, int fd, uint64_t offset, size_t step);
void window_close(struct window *window);
/** window_fill() - The slow half of window_look(). */
uint8_t *window_fill(struct window *window, size_t size);

/**
 * window_look() - The next @size bytes
 * Return: NULL if the file has less (or a read failed: window->error). What was returned before is
 * moved or overwritten.
 */
static inline uint8_t *window_look(struct window *window, size_t size)
{
    if (__builtin_expect(window->to - window->from >= size, 1))
        return window->buffer + window->from;
    return window_fill(window, size);
}

/** window_pass() - Go on behind @size bytes that were looked at; they stay until the next look. */
static inline void window_pass(struct window *window, size_t size)
{
    window->from += size;
}

/** window_have() - Bytes at hand: after a failed look, all that the file still has. */
static inline size_t window_have(const struct window *window)
{
    return window->to - window->from;
}

/** window_offset() - Of the next byte in the file. */
static inline uint64_t window_offset(const struct window *window)
{
    return window->end - window_have(window);
}

#endif

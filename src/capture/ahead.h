/* ahead.h - a producer of bytes that runs ahead of its reader, on a thread of its own
 *
 *     produce() ... thread --- blocks, a few --- ahead_read()
 *
 * What was produced before an end or an error is read first; then the reader gets just that. Only the
 * thread calls produce() from ahead_start() to ahead_stop().
 */
#ifndef CAPTURE_AHEAD_H
#define CAPTURE_AHEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ahead;

struct ahead_producer {
    ssize_t (*produce)(void *user, uint8_t *out, size_t size); /**< bytes; 0: the end; -1: an error */
    uint64_t (*progress)(const void *user); /**< asked after each block, for ahead_progress() */
    void *user;
};
/** ahead_start() - Return: NULL if there is no memory or no thread. */
struct ahead *ahead_start(const struct ahead_producer *producer);
/** ahead_read() - As produce(), but for when. */
ssize_t ahead_read(struct ahead *ahead, uint8_t *out, size_t size);
/** ahead_progress() - The producer's progress when it had made what is being read. */
uint64_t ahead_progress(const struct ahead *ahead);
/** ahead_over() - Whether the reader was given the end or the error. */
bool ahead_over(const struct ahead *ahead);
/** ahead_stop() - Wait for the thread to finish its block, and free everything. NULL is allowed. */
void ahead_stop(struct ahead *ahead);

#endif

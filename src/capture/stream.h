/* stream.h - the uncompressed bytes of an open file, as a FILE that libpcap can read */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct stream;

/**
 * stream_open() - Take over @fd
 * @stop: when this becomes true, waiting for a pipe ends with an error; NULL: never.
 * Return: NULL with @message if there is no memory or the first bytes cannot be read; @fd is
 * closed then, too.
 */
struct stream *stream_open(int fd, const volatile sig_atomic_t *stop, char *message,
                           size_t message_size);
/** stream_close() - To be called after fclose() of the FILE, if stream_file() was called. */
void stream_close(struct stream *stream);

/**
 * stream_file() - The FILE; whoever asks owns it. NULL if there is no memory.
 * @buffer_bytes: large for reading a whole file, small for a look at its beginning.
 */
FILE *stream_file(struct stream *stream, size_t buffer_bytes);
/** stream_run_ahead() - Before reading the FILE: a large compressed file may have a thread. */
void stream_run_ahead(struct stream *stream);
/** stream_head() - The first uncompressed bytes, without consuming them. Before stream_file(). */
size_t stream_head(struct stream *stream, uint8_t *head, size_t size);
/** stream_suffix() - How it is compressed: "", ".gz", ".zst", ".lz4". */
const char *stream_suffix(const struct stream *stream);
/** stream_error() - What is wrong with the compressed data, or the reason of a failed read; "" if
 * nothing. */
const char *stream_error(const struct stream *stream);
/** stream_offset() - Uncompressed bytes that the FILE's reader has consumed. */
uint64_t stream_offset(const struct stream *stream);
/** stream_bytes_read() - Bytes of the file as stored that have been used so far. */
uint64_t stream_bytes_read(const struct stream *stream);
/** stream_plain_fd() - A descriptor to look back with pread(), or -1 if offsets mean nothing there.
 */
int stream_plain_fd(const struct stream *stream);
/** stream_is_quiet() - A pipe, and nothing came of it for @milliseconds. */
bool stream_is_quiet(const struct stream *stream, int milliseconds);

#endif

/* decompress.h - gzip, zstd and lz4 behind one face
 *
 * A pure transformer: bytes in, bytes out; no file, bounded memory.
 */
#ifndef CAPTURE_DECOMPRESS_H
#define CAPTURE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decompressor;

enum { DECOMPRESS_MAGIC_BYTES = 4 };

/** decompress_suffix() - ".gz", ".zst", ".lz4" for what begins so, or "" if it is not compressed.
 */
const char *decompress_suffix(const uint8_t *head, size_t size);
/** decompressor_create() - For one of the suffixes. Return: NULL if there is no memory. */
struct decompressor *decompressor_create(const char *suffix);
void decompressor_destroy(struct decompressor *decompressor);

/**
 * decompressor_step() - Turn some input into some output
 * @used, @made: how much was consumed and produced; both 0: it needs more input.
 * Return: NULL, or what is wrong with the input; what was made before is right.
 */
const char *decompressor_step(struct decompressor *decompressor, const uint8_t *in, size_t in_size,
                              size_t *used, uint8_t *out, size_t out_size, size_t *made);
/** decompressor_at_end() - Whether the input may end here: between two compressed frames. */
bool decompressor_at_end(const struct decompressor *decompressor);

#endif

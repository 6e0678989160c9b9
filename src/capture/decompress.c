/* decompress.c - gzip, zstd and lz4 behind one face
 *
 * All three formats are sequences of independent frames (gzip calls them members), and each
 * library stops at the end of one. The next byte starts another, or is damage. Padding with
 * zeros after the last gzip member is usual (tapes, dd) and allowed. zstd's window is limited to
 * the library's default of 128 MiB, so a hostile header cannot ask for more.
 */
#include "decompress.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum format { FORMAT_NONE, FORMAT_GZIP, FORMAT_ZSTD, FORMAT_LZ4 };

static const char *const suffixes[] = {"", ".gz", ".zst", ".lz4"};

struct decompressor {
    enum format format;
    bool at_end;
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        LZ4F_dctx *lz4;
    } u;
};

static uint32_t little_endian_32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

const char *decompress_suffix(const uint8_t *head, size_t size)
{
    enum format format = FORMAT_NONE;

    if (size >= 2 && head[0] == 0x1f && head[1] == 0x8b) {
        format = FORMAT_GZIP;
    } else if (size >= 4) {
        uint32_t magic = little_endian_32(head);
        if (magic == 0xfd2fb528u || (magic & 0xfffffff0u) == 0x184d2a50u) /* frame, skippable */
            format = FORMAT_ZSTD;
        else if (magic == 0x184d2204u)
            format = FORMAT_LZ4;
    }
    return suffixes[format];
}

struct decompressor *decompressor_create(const char *suffix)
{
    struct decompressor *d = calloc(1, sizeof *d);
    bool ready = false;

    if (d == NULL)
        return NULL;
    if (strcmp(suffix, ".gz") == 0) {
        d->format = FORMAT_GZIP;
        ready = inflateInit2(&d->u.gzip, 15 + 16) == Z_OK; /* 32 KiB window, gzip wrapping */
    } else if (strcmp(suffix, ".zst") == 0) {
        d->format = FORMAT_ZSTD;
        ready = (d->u.zstd = ZSTD_createDStream()) != NULL;
    } else if (strcmp(suffix, ".lz4") == 0) {
        d->format = FORMAT_LZ4;
        ready = !LZ4F_isError(LZ4F_createDecompressionContext(&d->u.lz4, LZ4F_VERSION));
    }
    if (ready)
        return d;
    free(d);
    return NULL;
}

void decompressor_destroy(struct decompressor *d)
{
    if (d == NULL)
        return;
    if (d->format == FORMAT_GZIP)
        inflateEnd(&d->u.gzip);
    else if (d->format == FORMAT_ZSTD)
        ZSTD_freeDStream(d->u.zstd);
    else
        LZ4F_freeDecompressionContext(d->u.lz4);
    free(d);
}

static const char *gzip_step(struct decompressor *d, const uint8_t *in, size_t in_size,
                             size_t *used, uint8_t *out, size_t out_size, size_t *made)
{
    z_stream *z = &d->u.gzip;
    size_t padding = 0;
    uInt in_now, out_now;
    int result;

    if (d->at_end) {
        while (padding < in_size && in[padding] == 0)
            padding++;
        *used = padding;
        if (padding == in_size)
            return NULL;
        if (in[padding] != 0x1f)
            return "other data follows the compressed data";
        inflateReset(z);
        d->at_end = false;
    }
    in_now = (uInt)(in_size - padding);
    out_now = (uInt)out_size;
    z->next_in = (Bytef *)(uintptr_t)(in + padding); /* zlib's pointer lacks const; it only reads */
    z->avail_in = in_now;
    z->next_out = out;
    z->avail_out = out_now;
    result = inflate(z, Z_NO_FLUSH);
    *used = padding + (in_now - z->avail_in);
    *made = out_now - z->avail_out;
    d->at_end = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return NULL;
    return z->msg != NULL ? z->msg : zError(result);
}

static const char *zstd_step(struct decompressor *d, const uint8_t *in, size_t in_size,
                             size_t *used, uint8_t *out, size_t out_size, size_t *made)
{
    ZSTD_inBuffer input = {in, in_size, 0};
    ZSTD_outBuffer output = {out, out_size, 0};
    size_t result = ZSTD_decompressStream(d->u.zstd, &output, &input);

    *used = input.pos;
    *made = output.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorName(result);
    if (*used > 0 || *made > 0)
        d->at_end = result == 0;
    return NULL;
}

static const char *lz4_step(struct decompressor *d, const uint8_t *in, size_t in_size, size_t *used,
                            uint8_t *out, size_t out_size, size_t *made)
{
    size_t in_now = in_size, out_now = out_size;
    size_t result = LZ4F_decompress(d->u.lz4, out, &out_now, in, &in_now, NULL);

    if (LZ4F_isError(result))
        return LZ4F_getErrorName(result);
    *used = in_now;
    *made = out_now;
    if (*used > 0 || *made > 0)
        d->at_end = result == 0;
    return NULL;
}

const char *decompressor_step(struct decompressor *d, const uint8_t *in, size_t in_size,
                              size_t *used, uint8_t *out, size_t out_size, size_t *made)
{
    *used = 0;
    *made = 0;
    if (d->format == FORMAT_GZIP)
        return gzip_step(d, in, in_size, used, out, out_size, made);
    if (d->format == FORMAT_ZSTD)
        return zstd_step(d, in, in_size, used, out, out_size, made);
    return lz4_step(d, in, in_size, used, out, out_size, made);
}

bool decompressor_at_end(const struct decompressor *d)
{
    return d->at_end;
}

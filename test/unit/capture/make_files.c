/* make_files.c - small captures for the tests, made in memory and in a temporary directory */
#include "make_files.h"

#include <dirent.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

struct bytes *bytes_new(bool big_endian)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);

    assert_non_null(bytes);
    bytes->data = malloc(BYTES_MAX);
    assert_non_null(bytes->data);
    bytes->big_endian = big_endian;
    return bytes;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    free(bytes);
}

void put(struct bytes *bytes, const void *data, size_t size)
{
    assert_true(bytes->size + size <= BYTES_MAX);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void put_16(struct bytes *bytes, uint16_t value)
{
    uint8_t low = (uint8_t)value, high = (uint8_t)(value >> 8);

    put(bytes, bytes->big_endian ? &high : &low, 1);
    put(bytes, bytes->big_endian ? &low : &high, 1);
}

void put_32(struct bytes *bytes, uint32_t value)
{
    put_16(bytes, (uint16_t)(bytes->big_endian ? value >> 16 : value));
    put_16(bytes, (uint16_t)(bytes->big_endian ? value : value >> 16));
}

static void begin(struct bytes *bytes)
{
    assert_true(bytes->offset_count < OFFSETS_MAX);
    bytes->offsets[bytes->offset_count++] = bytes->size;
}

void pcap_header(struct bytes *bytes, uint32_t magic, uint32_t link_type)
{
    put_32(bytes, magic);
    put_16(bytes, 2);
    put_16(bytes, 4);
    put_32(bytes, 0);
    put_32(bytes, 0);
    put_32(bytes, 65535);
    put_32(bytes, link_type);
}

void pcap_record(struct bytes *bytes, uint32_t seconds, uint32_t fraction, const void *data,
                 uint32_t size)
{
    begin(bytes);
    put_32(bytes, seconds);
    put_32(bytes, fraction);
    put_32(bytes, size);
    put_32(bytes, size);
    put(bytes, data, size);
}

void pcapng_section(struct bytes *bytes)
{
    begin(bytes);
    put_32(bytes, 0x0a0d0d0a);
    put_32(bytes, 28);
    put_32(bytes, 0x1a2b3c4d);
    put_16(bytes, 1);
    put_16(bytes, 0);
    put_32(bytes, 0xffffffff); /* section length: unknown */
    put_32(bytes, 0xffffffff);
    put_32(bytes, 28);
}

void pcapng_interface(struct bytes *bytes, uint16_t link_type, uint8_t resolution)
{
    const uint8_t option[4] = {resolution, 0, 0, 0};

    begin(bytes);
    put_32(bytes, 1);
    put_32(bytes, 32);
    put_16(bytes, link_type);
    put_16(bytes, 0);
    put_32(bytes, 65535);
    put_16(bytes, 9); /* if_tsresol */
    put_16(bytes, 1);
    put(bytes, option, sizeof option);
    put_32(bytes, 0); /* opt_endofopt */
    put_32(bytes, 32);
}

void pcapng_packet(struct bytes *bytes, uint32_t interface, uint64_t ticks, const void *data,
                   uint32_t size)
{
    const uint8_t zeros[4] = {0};
    uint32_t padding = (4 - size % 4) % 4, total = 32 + size + padding;

    begin(bytes);
    put_32(bytes, 6);
    put_32(bytes, total);
    put_32(bytes, interface);
    put_32(bytes, (uint32_t)(ticks >> 32));
    put_32(bytes, (uint32_t)ticks);
    put_32(bytes, size);
    put_32(bytes, size);
    put(bytes, data, size);
    put(bytes, zeros, padding);
    put_32(bytes, total);
}

void pcapng_custom(struct bytes *bytes, uint32_t size)
{
    begin(bytes);
    put_32(bytes, 0x80000001); /* a type for local use */
    put_32(bytes, 12 + size);
    for (uint32_t i = 0; i < size; i++)
        put(bytes, "x", 1);
    put_32(bytes, 12 + size);
}

static void compress_part(struct bytes *out, const char *suffix, const uint8_t *in, size_t size)
{
    uint8_t *to = out->data + out->size;
    size_t room = BYTES_MAX - out->size;

    if (strcmp(suffix, ".gz") == 0) {
        z_stream z = {0};
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (Bytef *)(uintptr_t)in;
        z.avail_in = (uInt)size;
        z.next_out = to;
        z.avail_out = (uInt)room;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        out->size += z.total_out;
        deflateEnd(&z);
    } else if (strcmp(suffix, ".zst") == 0) {
        size_t made = ZSTD_compress(to, room, in, size, 1);
        assert_false(ZSTD_isError(made));
        out->size += made;
    } else if (strcmp(suffix, ".lz4") == 0) {
        size_t made = LZ4F_compressFrame(to, room, in, size, NULL);
        assert_false(LZ4F_isError(made));
        out->size += made;
    } else {
        put(out, in, size);
    }
}

struct bytes *compressed(const struct bytes *bytes, const char *suffix, bool split)
{
    struct bytes *out = bytes_new(false);
    size_t half = split ? bytes->size / 2 : 0;

    if (split)
        compress_part(out, suffix, bytes->data, half);
    compress_part(out, suffix, bytes->data + half, bytes->size - half);
    return out;
}

const uint8_t *tcp_frame(uint16_t port)
{
    static uint8_t frame[TCP_FRAME_BYTES] = {
        [12] = 8, [14] = 0x45, [17] = 40, [22] = 64,   [23] = 6, [26] = 10,
        [29] = 1, [30] = 10,   [33] = 2,  [46] = 0x50, [47] = 2};
    frame[36] = (uint8_t)(port >> 8);
    frame[37] = (uint8_t)port;
    return frame;
}

static char directory[64];

const char *file_path(const char *name)
{
    static char paths[1024][192]; /* all that one program asks for stay valid */
    static unsigned used;
    char *path = paths[used++ % 1024];

    if (directory[0] == '\0') {
        snprintf(directory, sizeof directory, "%s/tcptwin-test-XXXXXX", P_tmpdir);
        assert_non_null(mkdtemp(directory));
    }
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

const char *write_file(const char *name, const struct bytes *bytes, size_t size)
{
    const char *path = file_path(name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void remove_tree(const char *path)
{
    DIR *open = opendir(path);
    const struct dirent *entry;
    char inner[512];

    while (open != NULL && (entry = readdir(open)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
    }
    if (open != NULL)
        closedir(open);
    rmdir(path);
}

int remove_files(void **state)
{
    (void)state;
    if (directory[0] != '\0')
        remove_tree(directory);
    directory[0] = '\0';
    return 0;
}

struct capture *open_capture(const struct capture_options *options)
{
    enum capture_error error;
    char message[512];
    struct capture *capture = capture_open(options, &error, message, sizeof message);

    if (capture == NULL)
        fail_msg("capture_open: %s", message);
    assert_int_equal(error, CAPTURE_OK);
    return capture;
}

struct capture *open_one(const char *path)
{
    return open_capture(&(struct capture_options){.inputs = &path, .input_count = 1});
}

uint64_t read_all(struct capture *capture)
{
    struct capture_frame frame;
    uint64_t frames = 0;

    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        frames++;
    return frames;
}

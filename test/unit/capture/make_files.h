/* make_files.h - small captures for the tests, made in memory and in a temporary directory */
#ifndef TEST_CAPTURE_MAKE_FILES_H
#define TEST_CAPTURE_MAKE_FILES_H

#include "capture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

enum { BYTES_MAX = 1 << 22, OFFSETS_MAX = 64 };

/** Bytes under construction; offsets[i]: where record or block i began. */
struct bytes {
    uint8_t *data;
    size_t size;
    bool big_endian;
    size_t offsets[OFFSETS_MAX];
    size_t offset_count;
};

struct bytes *bytes_new(bool big_endian);
void bytes_free(struct bytes *bytes);
void put(struct bytes *bytes, const void *data, size_t size);
void put_16(struct bytes *bytes, uint16_t value);
void put_32(struct bytes *bytes, uint32_t value);

/** Classic: magic 0xa1b2c3d4 (us) or 0xa1b23c4d (ns), 65535 bytes of snapshot length. */
void pcap_header(struct bytes *bytes, uint32_t magic, uint32_t link_type);
void pcap_record(struct bytes *bytes, uint32_t seconds, uint32_t fraction, const void *data,
                 uint32_t size);
void pcapng_section(struct bytes *bytes);
void pcapng_interface(struct bytes *bytes, uint16_t link_type, uint8_t resolution);
void pcapng_packet(struct bytes *bytes, uint32_t interface, uint64_t ticks, const void *data,
                   uint32_t size);
/** A block that holds no frame. */
void pcapng_custom(struct bytes *bytes, uint32_t size);

/** The bytes as ".gz", ".zst", ".lz4" or "" would store them, in several frames if @split. */
struct bytes *compressed(const struct bytes *bytes, const char *suffix, bool split);

/** An Ethernet frame with an IPv4 TCP segment (54 bytes) to @port. */
extern const uint8_t *tcp_frame(uint16_t port);
enum { TCP_FRAME_BYTES = 54 };

/** The test's own directory: made on first use, removed by remove_files(). */
const char *file_path(const char *name);
const char *write_file(const char *name, const struct bytes *bytes, size_t size);
int remove_files(void **state);

/** Open, or fail the test. */
struct capture *open_capture(const struct capture_options *options);
/** One input with default options. */
struct capture *open_one(const char *path);
/** Read to the end. Return: frames delivered. */
uint64_t read_all(struct capture *capture);

#endif

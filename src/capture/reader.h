/* reader.h - a reader of our own for regular files, in place of libpcap's
 *
 *     file.c --- libpcap reads the header of every file: what it refuses is refused
 *       |
 *       +-- struct reader: pcap_reader.c, pcapng_reader.c --- window.c --- the file
 *       +-- libpcap: pipes, compressed files, and the rare formats that have no reader here
 *
 * The readers give the frames that libpcap gives and refuse what it refuses, with its words, in
 * its order of checks; where they go further is in docs/differences-capture.md. The frames' bytes
 * are in the window: valid until the next call.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include "capture.h"
#include "window.h"

#include <byteswap.h>
#include <string.h>

enum reader_result { READER_FRAME, READER_END, READER_BROKEN /**< reader->error says why */ };

struct reader {
    enum reader_result (*next)(struct reader *reader, struct capture_frame *frame);
    /** Up to @room further frames that are at hand, so that those before stay. NULL: never any. */
    unsigned (*more)(struct reader *reader, struct capture_frame *frames, unsigned room);
    void (*close)(struct reader *reader);
    struct window window; /**< window_offset(): where the next record or block begins */
    bool swapped;         /**< the file is in the other byte order */
    int link_type;        /**< DLT_ of the frame returned last */
    char error[160];
};

/** pcap_reader_open() - For a file of version 2.4. Return: NULL if there is no memory. */
struct reader *pcap_reader_open(int fd, size_t step, bool swapped, bool nanoseconds, int link_type,
                                uint32_t snapshot);
/** pcapng_reader_open() - @swapped: the first section. Return: NULL if there is no memory. */
struct reader *pcapng_reader_open(int fd, size_t step, bool swapped);

/** load_32() - Of a file that is in the other byte order if @swapped. */
static inline uint32_t load_32(const uint8_t *bytes, bool swapped)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return swapped ? bswap_32(value) : value;
}

static inline uint16_t reader_16(const struct reader *reader, const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return reader->swapped ? bswap_16(value) : value;
}

static inline uint32_t reader_32(const struct reader *reader, const uint8_t *bytes)
{
    return load_32(bytes, reader->swapped);
}

static inline uint64_t reader_64(const struct reader *reader, const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return reader->swapped ? bswap_64(value) : value;
}

/** reader_broken() - Say why reading ends. @format: as libpcap words it. */
enum reader_result reader_broken(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/**
 * reader_cut_short() - The file ends (or cannot be read) in the middle of something
 * @kind: of dump file: "" or "pcapng "; @what: there would be @wanted of and there are @got.
 */
enum reader_result reader_cut_short(struct reader *reader, const char *kind, const char *what,
                                    size_t wanted, size_t got);

#endif

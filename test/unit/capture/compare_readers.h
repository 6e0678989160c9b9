/* compare_readers.h - our readers of regular files against libpcap's */
#ifndef TEST_COMPARE_READERS_H
#define TEST_COMPARE_READERS_H

#include <stddef.h>
#include <stdint.h>

enum comparison {
    READERS_AGREE,
    READERS_FURTHER, /**< ours reads on where libpcap stops, as docs/differences-capture.md says */
    READERS_DIFFER
};

struct compared {
    uint64_t frames, libpcaps; /**< that ours gave, and libpcap */
    char why[1400];            /**< what differs, or why ours goes further */
};

/** compare_readers() - Both over one file, frame by frame: bytes, lengths, times, messages. */
enum comparison compare_readers(const char *path, struct compared *compared);

#endif

/* test_damage.c - files cut at every byte, and changed: what came before is kept, the place is
 * right */
#include "make_files.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 4, LONG_BYTES = 70001, LARGE_FRAMES = 48 };

static struct bytes *make_pcap(bool big_endian)
{
    struct bytes *bytes = bytes_new(big_endian);

    pcap_header(bytes, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < FRAMES; i++)
        pcap_record(bytes, 100 + i, i, tcp_frame(80), TCP_FRAME_BYTES - i);
    return bytes;
}

/* Blocks without frames stand between the frames: two in a row, and one at the end. */
static struct bytes *make_pcapng(bool big_endian)
{
    struct bytes *bytes = bytes_new(big_endian);

    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 6);
    pcapng_packet(bytes, 0, 1000000, tcp_frame(80), TCP_FRAME_BYTES);
    pcapng_custom(bytes, 8);
    pcapng_interface(bytes, 1, 9);
    pcapng_packet(bytes, 0, 2000000, tcp_frame(80), TCP_FRAME_BYTES);
    pcapng_packet(bytes, 1, 3000000, tcp_frame(80), TCP_FRAME_BYTES);
    pcapng_custom(bytes, 16);
    return bytes;
}

/* Frames whose records end at or before @size, and where the one that does not begins. */
static unsigned whole_frames(const struct bytes *bytes, bool pcapng, size_t size, size_t *broken)
{
    unsigned frames = 0;

    *broken = 0;
    for (size_t i = 0; i < bytes->offset_count; i++) {
        size_t from = bytes->offsets[i];
        size_t to = i + 1 < bytes->offset_count ? bytes->offsets[i + 1] : bytes->size;
        bool is_frame = !pcapng || bytes->data[from + (bytes->big_endian ? 3 : 0)] == 6;

        if (from <= size)
            *broken = from;
        if (to <= size)
            frames += is_frame;
    }
    return frames;
}

static bool on_boundary(const struct bytes *bytes, size_t size)
{
    for (size_t i = 0; i < bytes->offset_count; i++)
        if (bytes->offsets[i] == size)
            return true;
    return size == bytes->size;
}

static void expect_cut(const struct bytes *bytes, bool pcapng, size_t size)
{
    const char *path = write_file("cut", bytes, size);
    struct capture_options options = {.inputs = &path, .input_count = 1};
    size_t header = pcapng ? bytes->offsets[2] : 24, broken;
    unsigned frames = whole_frames(bytes, pcapng, size, &broken);
    char message[512], want[64];
    enum capture_error error;
    struct capture *capture = capture_open(&options, &error, message, sizeof message);

    if (size < header) {
        assert_null(capture);
        assert_int_equal(error, CAPTURE_ERROR_DAMAGED);
        snprintf(want, sizeof want, "byte offset %zu)", pcapng ? broken : 0);
        if (size >= 4)
            assert_non_null(strstr(message, want));
        return;
    }
    assert_non_null(capture);
    assert_int_equal(read_all(capture), frames);
    assert_int_equal(capture_report(capture, 0)->damaged, !on_boundary(bytes, size));
    if (on_boundary(bytes, size)) {
        assert_string_equal(capture_report(capture, 0)->message, "");
    } else {
        snprintf(want, sizeof want, "(record %u, byte offset %zu)", frames + 1, broken);
        assert_non_null(strstr(capture_report(capture, 0)->message, path));
        if (strstr(capture_report(capture, 0)->message, want) == NULL)
            fail_msg("cut at %zu: \"%s\" lacks \"%s\"", size, capture_report(capture, 0)->message,
                     want);
    }
    capture_close(capture);
}

static void cut_at_every_byte(void **unused)
{
    (void)unused;
    for (int i = 0; i < 4; i++) {
        bool pcapng = i & 1, big_endian = i & 2;
        struct bytes *bytes = pcapng ? make_pcapng(big_endian) : make_pcap(big_endian);

        for (size_t size = 0; size <= bytes->size; size++)
            expect_cut(bytes, pcapng, size);
        bytes_free(bytes);
    }
}

/* A compressed file cut anywhere is damaged, and never gives a frame that was not there. */
static void compressed_and_cut(void **unused)
{
    static const char *const suffixes[] = {".gz", ".zst", ".lz4"};

    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        struct bytes *plain = make_pcap(false), *stored = compressed(plain, suffixes[i], false);
        uint64_t most = 0;

        for (size_t size = 4; size < stored->size; size++) {
            const char *path = write_file("cut", stored, size);
            enum capture_error error;
            char message[512];
            struct capture *capture =
                capture_open(&(struct capture_options){.inputs = &path, .input_count = 1}, &error,
                             message, sizeof message);
            if (capture == NULL) {
                assert_int_equal(error, CAPTURE_ERROR_DAMAGED);
                assert_non_null(strstr(message, "cut short"));
                continue;
            }
            most = read_all(capture);
            assert_true(most <= FRAMES);
            assert_true(capture_report(capture, 0)->damaged);
            assert_non_null(strstr(capture_report(capture, 0)->message, "cut short (record "));
            assert_non_null(strstr(capture_report(capture, 0)->message, " uncompressed)"));
            capture_close(capture);
        }
        if (strcmp(suffixes[i], ".zst") != 0) /* which has no end mark: its only block is cut */
            assert_int_equal(most, FRAMES);
        bytes_free(stored);
        bytes_free(plain);
    }
}

/* Some MiB that hardly shrink. */
static struct bytes *make_large(void)
{
    struct bytes *bytes = bytes_new(false);
    static uint8_t data[60000];
    uint32_t state = 1;

    pcap_header(bytes, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < LARGE_FRAMES; i++) {
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
        pcap_record(bytes, i, 0, data, sizeof data);
    }
    return bytes;
}

/* What was read of it, and what was said. */
struct heard {
    uint64_t frames, sum, bytes_read;
    char message[512];
};

static struct heard hear(const char *path, bool ahead, uint64_t frames)
{
    struct capture_options options = {
        .inputs = &path, .input_count = 1, .decompress_ahead = ahead, .max_frames = frames};
    struct capture *capture = open_capture(&options);
    struct heard heard = {0};
    struct capture_frame frame;
    struct capture_stats stats;

    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        heard.frames++;
        for (uint32_t i = 0; i < frame.caplen; i++)
            heard.sum = heard.sum * 31 + frame.data[i];
    }
    capture_get_stats(capture, &stats);
    heard.bytes_read = stats.bytes_read;
    snprintf(heard.message, sizeof heard.message, "%s", capture_report(capture, 0)->message);
    capture_close(capture);
    return heard;
}

/* A thread that decompresses makes no difference: whole, cut, damaged, or left early. */
static void decompressed_ahead(void **unused)
{
    static const char *const suffixes[] = {".gz", ".zst", ".lz4"};
    struct bytes *plain = make_large();

    (void)unused;
    for (size_t i = 0; i < 3; i++) {
        struct bytes *stored = compressed(plain, suffixes[i], false);
        for (unsigned how = 0; how < 6; how++) {
            size_t size = how == 1 ? stored->size - 1 : how == 2 ? stored->size / 2 : stored->size;
            uint8_t *hit = how == 5 ? &stored->data[stored->size * 9 / 10] : NULL;
            uint64_t frames = how == 3 ? LARGE_FRAMES - 1 : how == 4 ? LARGE_FRAMES / 2 : 0;
            if (hit != NULL)
                memset(hit, 0xff, 64);
            const char *path = write_file("large", stored, size);
            struct heard one = hear(path, false, frames), other = hear(path, true, frames);
            assert_int_equal(one.frames, other.frames);
            assert_true(one.frames >= LARGE_FRAMES / 4);
            assert_true(one.sum == other.sum);
            assert_string_equal(one.message, other.message);
            assert_true((one.message[0] != '\0') == (how == 1 || how == 2) || how == 5);
            assert_true(frames != 0 || how == 5 || other.bytes_read == size);
        }
        bytes_free(stored);
    }
    bytes_free(plain);
}

static void compressed_with_more_behind(void **unused)
{
    struct bytes *plain = make_pcap(false), *stored = compressed(plain, ".gz", false);
    struct capture *capture;

    (void)unused;
    put(stored, "\0\0\0", 3); /* padding is allowed */
    capture = open_one(write_file("padded.gz", stored, stored->size));
    assert_int_equal(read_all(capture), FRAMES);
    assert_false(capture_report(capture, 0)->damaged);
    capture_close(capture);
    put(stored, "rubbish", 7);
    capture = open_one(write_file("more.gz", stored, stored->size));
    assert_int_equal(read_all(capture), FRAMES);
    assert_true(capture_report(capture, 0)->damaged);
    assert_non_null(strstr(capture_report(capture, 0)->message, "other data follows"));
    capture_close(capture);
    bytes_free(stored);
    bytes_free(plain);
}

static void every_byte_changed(void **unused)
{
    (void)unused;
    for (int i = 0; i < 4; i++) {
        struct bytes *bytes = i & 1 ? make_pcapng(false) : make_pcap(false);
        struct bytes *stored = compressed(bytes, i & 2 ? ".zst" : "", false);

        for (size_t at = 0; at < stored->size; at++) {
            const char *path;
            enum capture_error error;
            char message[512];
            struct capture *capture;

            stored->data[at] ^= 0xff;
            path = write_file("changed", stored, stored->size);
            capture = capture_open(&(struct capture_options){.inputs = &path, .input_count = 1},
                                   &error, message, sizeof message);
            if (capture != NULL)
                read_all(capture);
            else
                assert_int_not_equal(message[0], '\0');
            capture_close(capture);
            stored->data[at] ^= 0xff;
        }
        bytes_free(stored);
        bytes_free(bytes);
    }
}

/* A record longer than the file's snapshot length is cut by libpcap: the sum must not drift. */
static void offset_after_a_long_record(void **unused)
{
    static uint8_t data[LONG_BYTES];
    struct bytes *bytes = bytes_new(false);
    struct capture *capture;
    char want[64];

    (void)unused;
    pcap_header(bytes, 0xa1b2c3d4, 1);
    bytes->data[16] = 100; /* snapshot length 100 */
    bytes->data[17] = 0;
    pcap_record(bytes, 1, 0, data, 99);
    pcap_record(bytes, 2, 0, data, 100);
    pcap_record(bytes, 3, 0, data, LONG_BYTES);
    pcap_record(bytes, 4, 0, data, 50);
    pcap_record(bytes, 5, 0, data, 50);
    capture = open_one(write_file("long", bytes, bytes->size - 1));
    if (read_all(capture) == 4) {
        snprintf(want, sizeof want, "(record 5, byte offset %zu)", bytes->offsets[4]);
        assert_non_null(strstr(capture_report(capture, 0)->message, want));
    } else { /* some versions of libpcap refuse such a record */
        snprintf(want, sizeof want, "(record 3, byte offset %zu)", bytes->offsets[2]);
        assert_non_null(strstr(capture_report(capture, 0)->message, want));
    }
    capture_close(capture);
    bytes_free(bytes);
}

/* What libpcap reads, since it is compressed, ends there (test_readers.c has what is not). */
static void another_link_type_in_pcapng(void **unused)
{
    struct bytes *bytes = bytes_new(false), *stored;
    struct capture *capture;
    char want[64];

    (void)unused;
    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 6);
    pcapng_packet(bytes, 0, 1, tcp_frame(1), TCP_FRAME_BYTES);
    pcapng_custom(bytes, 4);
    pcapng_interface(bytes, 101, 6);
    pcapng_packet(bytes, 1, 2, tcp_frame(1), TCP_FRAME_BYTES);
    stored = compressed(bytes, ".gz", false);
    capture = open_one(write_file("mixed", stored, stored->size));
    assert_int_equal(read_all(capture), 1);
    assert_true(capture_report(capture, 0)->damaged);
    assert_non_null(
        strstr(capture_report(capture, 0)->message, "with another link type cannot be read"));
    snprintf(want, sizeof want, "byte offset %zu uncompressed)", bytes->offsets[3]);
    assert_non_null(strstr(capture_report(capture, 0)->message, want));
    capture_close(capture);
    bytes_free(stored);
    bytes_free(bytes);
}

/* A second section of a version to come: the place is its header's. */
static void another_version_in_pcapng(void **unused)
{
    struct bytes *bytes = make_pcapng(false);
    struct capture *capture;
    char want[64];

    (void)unused;
    pcapng_section(bytes);
    bytes->data[bytes->size - 16] = 9; /* major version */
    pcapng_interface(bytes, 1, 6);
    capture = open_one(write_file("version", bytes, bytes->size));
    assert_int_equal(read_all(capture), 3);
    snprintf(want, sizeof want, "(record 4, byte offset %zu)",
             bytes->offsets[bytes->offset_count - 2]);
    assert_non_null(strstr(capture_report(capture, 0)->message, want));
    capture_close(capture);
    bytes_free(bytes);
}

/* Options of the first interface that make no sense (of another length; longer than the block; a resolution that no
 * clock has): the place is that block, not the packet behind it. */
static void damaged_interface_options(void **unused)
{
    static const struct { size_t at; uint8_t value; } damages[] = {{18, 2}, {18, 200}, {20, 77}};

    (void)unused;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct bytes *bytes = make_pcapng(false);
        size_t block = bytes->offsets[1];
        char message[512], want[64];
        enum capture_error error;

        bytes->data[block + damages[i].at] = damages[i].value;
        const char *path = write_file("options", bytes, bytes->size);
        struct capture_options options = {.inputs = &path, .input_count = 1};
        assert_null(capture_open(&options, &error, message, sizeof message));
        assert_int_equal(error, CAPTURE_ERROR_DAMAGED);
        snprintf(want, sizeof want, "byte offset %zu)", block);
        if (strstr(message, want) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", message, want);
        bytes_free(bytes);
    }
}

/* The next file is still read after a damaged one, and the numbers go on. */
static void the_next_file_is_read(void **unused)
{
    struct bytes *bytes = make_pcap(false);
    const char *inputs[2];
    struct capture_frame frame;
    struct capture *capture;

    (void)unused;
    inputs[0] = write_file("1", bytes, bytes->size - 1);
    inputs[1] = write_file("2", bytes, bytes->size);
    capture = open_capture(&(struct capture_options){.inputs = inputs, .input_count = 2});
    for (uint64_t number = 1; number <= 2 * FRAMES - 1; number++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, number);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_true(capture_report(capture, 0)->damaged);
    assert_false(capture_report(capture, 1)->damaged);
    capture_close(capture);
    bytes_free(bytes);
}

/* A file that is cut while it is read ends as a damaged one; one that grows just ends later. */
static void shrinks_while_read(void **unused)
{
    static uint8_t data[1000];
    struct bytes *bytes = bytes_new(false);
    FILE *file = fopen(file_path("shrinking"), "wb");
    struct capture_frame frame;
    struct capture *capture;

    (void)unused;
    assert_non_null(file);
    pcap_header(bytes, 0xa1b2c3d4, 1);
    pcap_record(bytes, 1, 0, data, sizeof data);
    fwrite(bytes->data, 1, bytes->size, file);
    for (int i = 0; i < 5000; i++)
        fwrite(bytes->data + 24, 1, bytes->size - 24, file);
    fclose(file);
    capture = open_one(file_path("shrinking"));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(truncate(file_path("shrinking"), 3000000), 0);
    read_all(capture);
    assert_true(capture_report(capture, 0)->damaged);
    assert_int_equal(capture_report(capture, 0)->frames, (3000000 - 24) / 1016);
    capture_close(capture);
    bytes_free(bytes);
}

/* In a child, since it cannot come back: after the drop nothing can be opened as root. */
static void privileges_are_dropped(void **unused)
{
    struct bytes *bytes = make_pcap(false);
    const char *inputs[2];
    int status = 0;

    (void)unused;
    if (getuid() != 0)
        skip();
    inputs[0] = write_file("root1", bytes, bytes->size);
    inputs[1] = write_file("root2", bytes, bytes->size);
    chmod(inputs[0], 0600);
    chmod(inputs[1], 0600);
    if (fork() == 0) {
        enum capture_error error;
        char message[512];
        struct capture *capture = capture_open(
            &(struct capture_options){.inputs = inputs, .input_count = 2, .drop_user = "nobody"},
            &error, message, sizeof message);
        bool ok = capture != NULL && getuid() != 0 && geteuid() != 0 && getgid() != 0 &&
                  setuid(0) != 0 && access(inputs[0], R_OK) != 0 && read_all(capture) == 2 * FRAMES;
        capture_close(capture);
        _exit(!ok);
    }
    wait(&status);
    assert_int_equal(status, 0);
    bytes_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(compressed_and_cut),
        cmocka_unit_test(decompressed_ahead),
        cmocka_unit_test(compressed_with_more_behind),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(offset_after_a_long_record),
        cmocka_unit_test(another_link_type_in_pcapng),
        cmocka_unit_test(another_version_in_pcapng),
        cmocka_unit_test(damaged_interface_options),
        cmocka_unit_test(the_next_file_is_read),
        cmocka_unit_test(shrinks_while_read),
        cmocka_unit_test(privileges_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

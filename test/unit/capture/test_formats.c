/* test_formats.c - every format, byte order, precision and compression; files and pipes */
#include "make_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 20, FIRST_SECOND = 1700000000 };

static const char *const suffixes[] = {"", ".gz", ".zst", ".lz4"};

/* Frame i: i + 40 bytes of value i, at FIRST_SECOND + i s + i us (+ 7 ns where there are any). */
static struct bytes *make(bool pcapng, bool big_endian, bool nanoseconds)
{
    struct bytes *bytes = bytes_new(big_endian);

    if (pcapng) {
        pcapng_section(bytes);
        pcapng_interface(bytes, 1, nanoseconds ? 9 : 6);
    } else {
        pcap_header(bytes, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 1);
    }
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint8_t data[FRAMES + 40];
        uint32_t fraction = nanoseconds ? i * 1000 + 7 : i;

        memset(data, (int)i, sizeof data);
        if (pcapng)
            pcapng_packet(bytes, 0,
                          (uint64_t)(FIRST_SECOND + i) * (nanoseconds ? 1000000000 : 1000000) +
                              fraction,
                          data, i + 40);
        else
            pcap_record(bytes, FIRST_SECOND + i, fraction, data, i + 40);
    }
    return bytes;
}

static void check(struct capture *capture, bool nanoseconds)
{
    struct capture_frame frame;

    for (uint32_t i = 0; i < FRAMES; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, i + 1);
        assert_int_equal(frame.link_type, 1);
        assert_int_equal(frame.caplen, i + 40);
        assert_int_equal(frame.wirelen, i + 40);
        assert_int_equal(frame.ts_ns, (FIRST_SECOND + i) * UINT64_C(1000000000) + i * 1000 +
                                          (nanoseconds ? 7 : 0));
        for (uint32_t j = 0; j < frame.caplen; j++)
            assert_int_equal(frame.data[j], i);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_false(capture_report(capture, 0)->damaged);
    assert_string_equal(capture_report(capture, 0)->message, "");
    assert_int_equal(capture_report(capture, 0)->frames, FRAMES);
    assert_null(capture_report(capture, 1));
}

static void every_format(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 64; i++) {
        bool pcapng = i & 1, big_endian = i & 2, nanoseconds = i & 4, split = i & 32;
        const char *suffix = suffixes[i >> 3 & 3];
        struct bytes *plain = make(pcapng, big_endian, nanoseconds);
        struct bytes *stored = compressed(plain, suffix, split);
        struct capture *capture = open_one(write_file("a", stored, stored->size));
        char format[32];
        struct capture_stats stats;

        snprintf(format, sizeof format, "%s%s", pcapng ? "pcapng" : "pcap", suffix);
        assert_string_equal(capture_report(capture, 0)->format, format);
        assert_int_equal(capture_report(capture, 0)->bytes, stored->size);
        check(capture, nanoseconds);
        capture_get_stats(capture, &stats);
        assert_int_equal(stats.bytes_read, stored->size);
        assert_int_equal(stats.bytes_total, stored->size);
        assert_int_equal(stats.frames_read, FRAMES);
        capture_close(capture);
        bytes_free(stored);
        bytes_free(plain);
    }
}

/* Run @body with @stored coming out of a pipe at descriptor 0, byte by byte at first. */
static void with_pipe(const struct bytes *stored, void (*body)(void))
{
    int ends[2], saved = dup(STDIN_FILENO);
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool ok = true;
        for (size_t i = 0; ok && i < 10 && i < stored->size; i++)
            ok = write(ends[1], stored->data + i, 1) == 1;
        if (ok && stored->size > 10)
            ok = write(ends[1], stored->data + 10, stored->size - 10) == (ssize_t)stored->size - 10;
        _exit(!ok);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    body();
    dup2(saved, STDIN_FILENO);
    close(saved);
    waitpid(child, NULL, 0);
}

static void check_standard_input(void)
{
    struct capture *capture = open_one("-");
    struct capture_stats stats;

    check(capture, true);
    assert_string_equal(capture_report(capture, 0)->name, "standard input");
    capture_get_stats(capture, &stats);
    assert_int_equal(stats.bytes_total, 0);
    capture_close(capture);
}

static void standard_input_is_a_pipe(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 8; i++) {
        struct bytes *plain = make(i & 4, false, true);
        struct bytes *stored = compressed(plain, suffixes[i & 3], false);

        with_pipe(stored, check_standard_input);
        bytes_free(stored);
        bytes_free(plain);
    }
}

static void standard_input_is_a_file(void **unused)
{
    int saved = dup(STDIN_FILENO), fd;
    struct bytes *plain = make(false, false, true);

    (void)unused;
    fd = open(write_file("in", plain, plain->size), O_RDONLY);
    dup2(fd, STDIN_FILENO);
    struct capture *capture = open_one("-");
    check(capture, true);
    capture_close(capture);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(fd);
    bytes_free(plain);
}

static struct capture *to_stop;

static void stop(int signal_number)
{
    (void)signal_number;
    capture_stop(to_stop);
}

/* A pipe that stays open: the frames come, then idleness, and a signal ends it. */
static void a_quiet_pipe_can_be_stopped(void **unused)
{
    for (int idle = 0; idle < 2; idle++) {
        int ends[2], saved = dup(STDIN_FILENO);
        struct bytes *plain = make(false, false, true);
        const char *input = "-";
        struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
        struct capture_frame frame;

        (void)unused;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], plain->data, plain->size), plain->size);
        dup2(ends[0], STDIN_FILENO);
        to_stop = open_capture(
            &(struct capture_options){.inputs = &input, .input_count = 1, .idle_on_pipes = idle});
        for (int i = 0; i < FRAMES; i++)
            assert_int_equal(capture_next(to_stop, &frame), CAPTURE_FRAME);
        if (idle)
            assert_int_equal(capture_next(to_stop, &frame), CAPTURE_IDLE);
        sigaction(SIGALRM, &action, NULL);
        alarm(1);
        while (capture_next(to_stop, &frame) == CAPTURE_IDLE)
            ;
        assert_int_equal(capture_next(to_stop, &frame), CAPTURE_END);
        assert_false(capture_report(to_stop, 0)->damaged);
        capture_close(to_stop);
        dup2(saved, STDIN_FILENO);
        close(saved);
        close(ends[0]);
        close(ends[1]);
        bytes_free(plain);
    }
}

/* Seconds of classic files are unsigned; pcapng times can be anything: nothing may overflow. */
static void absurd_times(void **unused)
{
    static const struct {
        uint32_t seconds, fraction;
        uint64_t want;
    } classic[] = {
        {0, 0, 0},
        {0x80000000u, 5, 0x80000000u * UINT64_C(1000000000) + 5},
        {0xffffffffu, 999999999, 0xffffffffu * UINT64_C(1000000000) + 999999999},
        {10, 1500000000, UINT64_C(11500000000)},
        {10, 0xffffffffu, UINT64_C(10000000000)}, /* libpcap hands out a negative fraction */
    };
    struct bytes *bytes = bytes_new(false);
    struct capture *capture;
    struct capture_frame frame;

    (void)unused;
    pcap_header(bytes, 0xa1b23c4d, 1);
    for (size_t i = 0; i < sizeof classic / sizeof classic[0]; i++)
        pcap_record(bytes, classic[i].seconds, classic[i].fraction, "abcd", 4);
    capture = open_one(write_file("times", bytes, bytes->size));
    for (size_t i = 0; i < sizeof classic / sizeof classic[0]; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.ts_ns, classic[i].want);
    }
    capture_close(capture);
    bytes->size = 0;
    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 0); /* whole seconds */
    pcapng_packet(bytes, 0, UINT64_MAX, "abcd", 4);
    pcapng_packet(bytes, 0, UINT64_C(1) << 63, "abcd", 4); /* as far before 1970 as can be */
    pcapng_packet(bytes, 0, INT64_MAX, "abcd", 4);
    pcapng_packet(bytes, 0, UINT64_C(9223372037), "abcd", 4);
    capture = open_one(write_file("times", bytes, bytes->size));
    while (capture_next(capture, &frame) == CAPTURE_FRAME)
        assert_true(frame.ts_ns <= INT64_MAX);
    assert_int_equal(frame.ts_ns, INT64_MAX);
    assert_int_equal(capture_report(capture, 0)->frames, 4);
    capture_close(capture);
    bytes_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),
        cmocka_unit_test(standard_input_is_a_pipe),
        cmocka_unit_test(standard_input_is_a_file),
        cmocka_unit_test(a_quiet_pipe_can_be_stopped),
        cmocka_unit_test(absurd_times),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

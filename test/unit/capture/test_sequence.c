/* test_sequence.c - several inputs are one capture: order, numbers, filter, limit, errors */
#include "make_files.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A capture of @frames frames to @port, the first at @second. */
static const char *make(const char *name, uint32_t link_type, uint32_t second, unsigned frames,
                        uint16_t port)
{
    struct bytes *bytes = bytes_new(false);
    const char *path;

    pcap_header(bytes, 0xa1b2c3d4, link_type);
    for (unsigned i = 0; i < frames; i++)
        pcap_record(bytes, second + i, 0, tcp_frame(port), TCP_FRAME_BYTES);
    path = write_file(name, bytes, bytes->size);
    bytes_free(bytes);
    return path;
}

static uint16_t port_of(const struct capture_frame *frame)
{
    return (uint16_t)(frame->data[36] << 8 | frame->data[37]);
}

static void expect_ports(struct capture *capture, const uint16_t *ports, size_t count)
{
    struct capture_frame frame;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(port_of(&frame), ports[i]);
        assert_int_equal(frame.number, i + 1);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
}

static void by_time_of_first_frame_and_stable(void **unused)
{
    static const uint16_t ports[] = {1, 1, 2, 3, 4, 4};
    const char *inputs[6];
    struct capture *capture;

    (void)unused;
    inputs[0] = make("z", 1, 400, 2, 4);
    inputs[1] = make("b", 1, 200, 1, 2);
    inputs[2] = make("a", 1, 200, 1, 3); /* as early as b, named later */
    inputs[3] = make("none", 1, 0, 0, 9);
    inputs[4] = make("y", 1, 100, 2, 1);
    capture = open_capture(&(struct capture_options){.inputs = inputs, .input_count = 5});
    expect_ports(capture, ports, 6);
    assert_string_equal(capture_report(capture, 0)->name, inputs[4]);
    assert_string_equal(capture_report(capture, 3)->name, inputs[0]);
    assert_int_equal(capture_report(capture, 3)->frames, 2);
    assert_true(capture_report(capture, 4)->opened);
    capture_close(capture);
}

static void directories(void **unused)
{
    static const uint16_t ports[] = {1, 2, 3};
    struct bytes *text = bytes_new(false);
    const char *directory = file_path("d"), *inputs[3];
    enum capture_error error;
    char message[512];
    struct capture *capture;

    (void)unused;
    mkdir(directory, 0700);
    mkdir(file_path("d/inner"), 0700);
    mkdir(file_path("e"), 0700);
    put(text, "no capture", 10);
    make("d/2", 1, 100, 1, 1);
    make("d/1", 1, 300, 1, 3);
    make("d/inner/x", 1, 1, 1, 9);
    make("outside", 1, 200, 1, 2);
    write_file("d/readme", text, text->size);
    write_file("d/empty", text, 0);
    write_file("e/readme", text, text->size);
    inputs[0] = directory;
    inputs[1] = file_path("outside");
    capture = open_capture(&(struct capture_options){.inputs = inputs, .input_count = 2});
    expect_ports(capture, ports, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(capture_report(capture, i)->message, "");
    assert_null(capture_report(capture, 3));
    capture_close(capture);

    inputs[0] = file_path("e");
    assert_null(capture_open(&(struct capture_options){.inputs = inputs, .input_count = 1}, &error,
                             message, sizeof message));
    assert_int_equal(error, CAPTURE_ERROR_DAMAGED);
    assert_non_null(strstr(message, "no capture file in this directory"));

    capture = open_capture(&(struct capture_options){.inputs = inputs, .input_count = 2});
    assert_int_equal(read_all(capture), 1);
    assert_true(capture_report(capture, 1)->damaged);
    assert_non_null(
        strstr(capture_report(capture, 1)->message, "no capture file in this directory"));
    capture_close(capture);
    bytes_free(text);
}

static void one_file_at_a_time(void **unused)
{
    enum { FILES = 200 };
    const char *directory = file_path("many");
    struct rlimit before, few;
    struct capture *capture;
    uint16_t ports[FILES];

    (void)unused;
    mkdir(directory, 0700);
    for (unsigned i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/%u", i);
        make(name, 1, 10000 - i, 1, (uint16_t)(FILES - i));
        ports[i] = (uint16_t)(i + 1);
    }
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = 32;
    setrlimit(RLIMIT_NOFILE, &few);
    capture = open_one(file_path("many"));
    expect_ports(capture, ports, FILES);
    capture_close(capture);
    setrlimit(RLIMIT_NOFILE, &before);
}

static void filter_and_limit(void **unused)
{
    const char *inputs[2];
    struct capture_options options = {
        .inputs = inputs, .input_count = 2, .filter = "tcp dst port 2"};
    struct capture_frame frame;
    struct capture_stats stats;
    struct capture *capture;

    (void)unused;
    inputs[0] = make("one", 1, 100, 3, 1);
    inputs[1] = make("two", 1, 200, 3, 2);
    options.max_frames = 2;
    capture = open_capture(&options);
    for (uint64_t number = 4; number < 6; number++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, number);
        assert_int_equal(port_of(&frame), 2);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_get_stats(capture, &stats);
    assert_int_equal(stats.frames_read, 5);
    assert_int_equal(stats.frames_delivered, 2);
    assert_false(stats.has_drops);
    capture_close(capture);
}

/* The second file is raw IP: the filter is compiled anew for it. */
static void link_type_changes(void **unused)
{
    struct bytes *bytes = bytes_new(false);
    const char *inputs[2];
    struct capture_options options = {
        .inputs = inputs, .input_count = 2, .filter = "tcp dst port 7"};
    struct capture_frame frame;
    struct capture *capture;

    (void)unused;
    inputs[0] = make("ethernet", 1, 100, 1, 7);
    pcap_header(bytes, 0xa1b2c3d4, 101);
    pcap_record(bytes, 200, 0, tcp_frame(7) + 14, TCP_FRAME_BYTES - 14);
    inputs[1] = write_file("raw", bytes, bytes->size);
    capture = open_capture(&options);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.link_type, 1);
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.link_type, 12); /* DLT_RAW */
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    capture_close(capture);
    options.filter = "ether host 1:2:3:4:5:6"; /* makes no sense for raw IP */
    capture = open_capture(&options);
    assert_int_equal(read_all(capture), 0);
    assert_true(capture_report(capture, 0)->opened);
    assert_false(capture_report(capture, 1)->opened);
    assert_non_null(strstr(capture_report(capture, 1)->message, "does not compile"));
    capture_close(capture);
    bytes_free(bytes);
}

static bool only_ethernet(int link_type)
{
    return link_type == 1;
}

static void error_classes(void **unused)
{
    struct bytes *text = bytes_new(false);
    struct capture_options options = {.input_count = 1};
    const char *good, *inputs[2];
    enum capture_error error;
    char message[512];

    (void)unused;
    put(text, "this is not a capture file", 26);
    good = make("good", 1, 100, 1, 1);
    options.inputs = inputs;
#define FAILS(path_, error_, text_)                                                                \
    do {                                                                                           \
        inputs[0] = path_;                                                                         \
        assert_null(capture_open(&options, &error, message, sizeof message));                      \
        assert_int_equal(error, error_);                                                           \
        assert_non_null(strstr(message, text_));                                                   \
    } while (0)
    FAILS(file_path("missing"), CAPTURE_ERROR_OPEN, "missing: No such file");
    FAILS(write_file("empty", text, 0), CAPTURE_ERROR_DAMAGED, "empty: the file is empty");
    FAILS("/dev/null", CAPTURE_ERROR_DAMAGED, "/dev/null: the file is empty");
    FAILS(write_file("text", text, text->size), CAPTURE_ERROR_DAMAGED, "not a capture");
    FAILS(write_file("short", text, 3), CAPTURE_ERROR_DAMAGED, "not a capture");
    options.filter = "tcp porrt 5";
    FAILS(good, CAPTURE_ERROR_USAGE, "filter \"tcp porrt 5\" does not compile");
    options.filter = NULL;
    options.link_type_supported = only_ethernet;
    FAILS(make("usb", 189, 100, 1, 1), CAPTURE_ERROR_DAMAGED,
          "link type USB_LINUX (189) is not supported");
    options.input_count = 0;
    FAILS(NULL, CAPTURE_ERROR_USAGE, "nothing to read");
    options.interface = "no-such-interface";
    FAILS(NULL, CAPTURE_ERROR_OPEN, "no-such-interface: ");
    options.interface = NULL;
    options.input_count = 1;
    if (getuid() == 0) {
        options.drop_user = "no-such-user";
        FAILS(good, CAPTURE_ERROR_USAGE, "no such user");
        options.drop_user = NULL;
    }
    /* A missing file beside a good one is said, and the good one read. */
    inputs[0] = file_path("missing");
    inputs[1] = good;
    options.input_count = 2;
    struct capture *capture = capture_open(&options, &error, message, sizeof message);
    assert_non_null(capture);
    assert_non_null(strstr(message, "missing: No such file"));
    assert_int_equal(read_all(capture), 1);
    assert_false(capture_report(capture, 1)->opened);
    assert_false(capture_report(capture, 1)->damaged);
    capture_close(capture);
    bytes_free(text);
}

/* What vanishes between the first look and the reading is said, too. */
static void a_file_vanishes(void **unused)
{
    const char *inputs[2];
    struct capture *capture;

    (void)unused;
    inputs[0] = make("early", 1, 100, 1, 1);
    inputs[1] = make("late", 1, 200, 1, 1);
    capture = open_capture(&(struct capture_options){.inputs = inputs, .input_count = 2});
    unlink(inputs[1]);
    assert_int_equal(read_all(capture), 1);
    assert_false(capture_report(capture, 1)->opened);
    assert_non_null(strstr(capture_report(capture, 1)->message, "No such file"));
    capture_close(capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_time_of_first_frame_and_stable),
        cmocka_unit_test(directories),
        cmocka_unit_test(one_file_at_a_time),
        cmocka_unit_test(filter_and_limit),
        cmocka_unit_test(link_type_changes),
        cmocka_unit_test(error_classes),
        cmocka_unit_test(a_file_vanishes),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

/* test_readers.c - our readers of regular files: as libpcap, and where they go further */
#include "compare_readers.h"
#include "linktype.h"
#include "make_files.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static void expect_agreement(const char *path, const char *what)
{
    struct compared compared;

    if (compare_readers(path, &compared) != READERS_AGREE)
        fail_msg("%s: frame %ju: %s", what, (uintmax_t)compared.frames, compared.why);
}

static void expect_further(const char *path, uint64_t frames, uint64_t libpcaps)
{
    struct compared compared;

    assert_int_equal(compare_readers(path, &compared), READERS_FURTHER);
    assert_int_equal(compared.frames, frames);
    assert_int_equal(compared.libpcaps, libpcaps);
}

/* The same file again and again, where it costs little. */
static const char *in_memory(const struct bytes *bytes, size_t size)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        assert_true(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, bytes->data, size, 0), size);
    return path;
}

/* What libpcap makes of a link type and a snapshot length, asked by a file of 24 bytes. */
static void ask_libpcap(uint32_t linktype, uint32_t snapshot, int *dlt, uint32_t *adjusted)
{
    uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, snapshot, linktype};
    char error[PCAP_ERRBUF_SIZE];
    FILE *file = fmemopen(header, sizeof header, "rb");
    pcap_t *pcap = pcap_fopen_offline(file, error);

    assert_non_null(pcap);
    *dlt = pcap_datalink(pcap);
    *adjusted = (uint32_t)pcap_snapshot(pcap);
    pcap_close(pcap);
}

static void every_link_type(void **unused)
{
    (void)unused;
    for (uint32_t linktype = 0; linktype <= UINT16_MAX; linktype++) {
        static const uint32_t snapshots[] = {0, 96, 0x7fffffff, 0x80000000};
        uint32_t snapshot = snapshots[linktype % 4], adjusted;
        int dlt;

        ask_libpcap(linktype, snapshot, &dlt, &adjusted);
        assert_int_equal(linktype_to_dlt((uint16_t)linktype), dlt);
        assert_int_equal(linktype_snapshot(dlt, snapshot), adjusted);
        ask_libpcap(linktype, 0, &dlt, &adjusted);
        assert_int_equal(linktype_longest(dlt), adjusted);
    }
}

static void put_obsolete_packet(struct bytes *bytes, uint16_t interface, uint32_t size)
{
    uint32_t total = 32 + (size + 3) / 4 * 4;

    put_32(bytes, 2);
    put_32(bytes, total);
    put_16(bytes, interface);
    put_16(bytes, 3); /* drops */
    put_32(bytes, 5);
    put_32(bytes, 6);
    put_32(bytes, size);
    put_32(bytes, size + 10);
    put(bytes, tcp_frame(9), (size + 3) / 4 * 4);
    put_32(bytes, total);
}

static void put_simple_packet(struct bytes *bytes, uint32_t wirelen, uint32_t stored)
{
    put_32(bytes, 3);
    put_32(bytes, 16 + stored);
    put_32(bytes, wirelen);
    put(bytes, tcp_frame(9), stored);
    put_32(bytes, 16 + stored);
}

/* An interface with the options that matter for times. */
static void put_clock(struct bytes *bytes, uint32_t snapshot, uint8_t resolution, uint32_t seconds)
{
    const uint8_t option[4] = {resolution, 0, 0, 0};

    put_32(bytes, 1);
    put_32(bytes, 20 + 8 + 12 + 4);
    put_16(bytes, 1);
    put_16(bytes, 0);
    put_32(bytes, snapshot);
    put_16(bytes, 9); /* if_tsresol */
    put_16(bytes, 1);
    put(bytes, option, sizeof option);
    put_16(bytes, 14); /* if_tsoffset */
    put_16(bytes, 8);
    put_32(bytes, bytes->big_endian ? 0 : seconds);
    put_32(bytes, bytes->big_endian ? seconds : 0);
    put_32(bytes, 0); /* opt_endofopt */
    put_32(bytes, 20 + 8 + 12 + 4);
}

/* Every kind of block that holds a frame or says something about frames. */
static struct bytes *make_pcapng(bool big_endian)
{
    struct bytes *bytes = bytes_new(big_endian);

    pcapng_section(bytes);
    pcapng_custom(bytes, 8);
    put_clock(bytes, 0, 6, 0);
    put_clock(bytes, 0, 0x80 | 10, 7);
    put_clock(bytes, 262144, 12, 1);
    pcapng_packet(bytes, 0, 1000001, tcp_frame(80), TCP_FRAME_BYTES);
    pcapng_packet(bytes, 1, 1000001, tcp_frame(80), TCP_FRAME_BYTES - 1);
    put_obsolete_packet(bytes, 2, 45);
    put_simple_packet(bytes, 44, 44);
    pcapng_custom(bytes, 400);
    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 9);
    bytes->data[bytes->size - 20] = bytes->data[bytes->size - 19] = 0; /* snapshot length 0 */
    bytes->data[bytes->size - 18] = bytes->data[bytes->size - 17] = 0;
    pcapng_packet(bytes, 0, 2000000, tcp_frame(80), 40);
    return bytes;
}

static struct bytes *make_pcap(bool big_endian)
{
    struct bytes *bytes = bytes_new(big_endian);

    pcap_header(bytes, big_endian ? 0xa1b23c4d : 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 4; i++)
        pcap_record(bytes, 100 + i, i, tcp_frame(80), TCP_FRAME_BYTES - i);
    return bytes;
}

static struct bytes *make(unsigned kind)
{
    return kind & 1 ? make_pcapng(kind & 2) : make_pcap(kind & 2);
}

static void whole_and_cut(void **unused)
{
    (void)unused;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct bytes *bytes = make(kind);
        struct compared compared;
        char what[64];

        for (size_t size = 0; size <= bytes->size; size++) {
            snprintf(what, sizeof what, "kind %u cut at %zu", kind, size);
            expect_agreement(in_memory(bytes, size), what);
        }
        assert_int_equal(compare_readers(in_memory(bytes, bytes->size), &compared), READERS_AGREE);
        assert_int_equal(compared.frames, kind & 1 ? 5 : 4);
        bytes_free(bytes);
    }
}

/* Each byte takes values that matter to some field. */
static void every_byte_changed(void **unused)
{
    static const uint8_t values[] = {0, 1, 2, 3, 6, 0x14, 0x7f, 0x80, 0x8a, 0xc0, 0xff};
    unsigned further = 0;

    (void)unused;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct bytes *bytes = make(kind);

        for (size_t at = 0; at < bytes->size; at++) {
            uint8_t before = bytes->data[at];
            for (size_t i = 0; i < sizeof values; i++) {
                struct compared compared;
                enum comparison result;

                bytes->data[at] = values[i];
                result = compare_readers(in_memory(bytes, bytes->size), &compared);
                if (result == READERS_DIFFER)
                    fail_msg("kind %u, byte %zu is %02x, frame %ju: %s", kind, at, values[i],
                             (uintmax_t)compared.frames, compared.why);
                further += result == READERS_FURTHER;
            }
            bytes->data[at] = before;
        }
        bytes_free(bytes);
    }
    assert_in_range(further, 10, 500); /* a link type or a snapshot length was changed */
}

/* Records longer than the snapshot length, than a stretch of the window, and than is sane. */
static void long_records(void **unused)
{
    static uint8_t data[300000];
    static const uint32_t sizes[] = {99, 100, 101, 4096, 70001, 262144, 5};

    (void)unused;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    for (uint32_t snapshot = 100; snapshot <= 1000000; snapshot *= 100) {
        for (int insane = 0; insane < 2; insane++) {
            struct bytes *bytes = bytes_new(false);
            pcap_header(bytes, 0xa1b2c3d4, 1);
            memcpy(bytes->data + 16, &snapshot, sizeof snapshot);
            for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
                pcap_record(bytes, 1, 0, data + i, sizes[i]);
            if (insane)
                pcap_record(bytes, 1, 0, data, 262145);
            expect_agreement(write_file("long", bytes, bytes->size), "long records");
            expect_agreement(write_file("long", bytes, bytes->offsets[4] + 16 + 50), "cut early");
            expect_agreement(write_file("long", bytes, bytes->offsets[5]), "cut on a boundary");
            expect_agreement(write_file("long", bytes, bytes->offsets[5] - 1), "cut late");
            bytes_free(bytes);
        }
    }
}

/* A block of a type that nobody knows may be long, but not longer than 16 MiB (D-Bus: 128 MiB). */
static void long_blocks(void **unused)
{
    static const uint32_t sizes[] = {4096, 1 << 20, 16 << 20, (16 << 20) + 4};

    (void)unused;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        struct bytes *bytes = bytes_new(false);
        uint32_t size = sizes[i / 2];
        const char *path;
        FILE *file;

        pcapng_section(bytes);
        pcapng_interface(bytes, i & 1 ? 231 : 1, 6);
        pcapng_packet(bytes, 0, 1, tcp_frame(80), TCP_FRAME_BYTES);
        put_32(bytes, 0x80000001);
        put_32(bytes, size);
        path = write_file("block", bytes, bytes->size);
        file = fopen(path, "r+b");
        assert_non_null(file);
        fseek(file, (long)(bytes->size - 8 + size - 4), SEEK_SET); /* a hole */
        fwrite(&size, 4, 1, file);
        bytes->size = 0;
        pcapng_packet(bytes, 0, 2, tcp_frame(80), TCP_FRAME_BYTES);
        fwrite(bytes->data, 1, bytes->size, file);
        fclose(file);
        expect_agreement(path, "long block");
        bytes_free(bytes);
    }
}

/* Versions before 2.3 have the lengths the other way round; 2.3 may have. */
static void old_versions(void **unused)
{
    (void)unused;
    for (uint8_t minor = 0; minor < 6; minor++) {
        struct bytes *bytes = bytes_new(false);

        pcap_header(bytes, 0xa1b2c3d4, 1);
        bytes->data[6] = minor;
        pcap_record(bytes, 1, 2, tcp_frame(1), 40);
        bytes->data[24 + (minor < 3 ? 8 : 12)] = 50; /* the length on the wire */
        pcap_record(bytes, 1, 2, tcp_frame(1), 40);
        expect_agreement(in_memory(bytes, bytes->size), "old version");
        bytes_free(bytes);
    }
}

/* Until there is an interface, libpcap passes over sections, whatever is in them. */
static void sections_before_the_first_interface(void **unused)
{
    static const struct {
        unsigned back; /* from the end of the section */
        uint8_t value;
    } changes[] = {{20, 0}, {16, 9}, {17, 1}};

    (void)unused;
    for (size_t i = 0; i < 4; i++) {
        struct bytes *bytes = bytes_new(false);
        struct compared compared;

        pcapng_section(bytes);
        pcapng_section(bytes);
        if (i < 3)
            bytes->data[bytes->size - changes[i].back] = changes[i].value;
        else
            memcpy(bytes->data + bytes->size - 20, "\x1a\x2b\x3c\x4d", 4); /* the other order */
        pcapng_interface(bytes, 1, 6);
        pcapng_packet(bytes, 0, 1, tcp_frame(1), 40);
        assert_int_equal(compare_readers(in_memory(bytes, bytes->size), &compared), READERS_AGREE);
        assert_int_equal(compared.frames, 1);
        bytes_free(bytes);
    }
}

/* Pseudo-headers that libpcap turns into our byte order stay with it. */
static void pseudo_headers_in_the_other_order(void **unused)
{
    static const uint32_t linktypes[] = {117, 113, 276, 189, 220, 239};

    (void)unused;
    for (unsigned i = 0; i < 12; i++) {
        struct bytes *bytes = bytes_new(i & 1);
        uint8_t data[200];

        for (unsigned k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)(k < 6 ? 0 : k * 5); /* NFLOG: version 0, then TLVs */
        pcap_header(bytes, 0xa1b2c3d4, linktypes[i / 2]);
        pcap_record(bytes, 1, 2, data, sizeof data);
        expect_agreement(write_file("pseudo", bytes, bytes->size), "pseudo-header");
        bytes_free(bytes);
        bytes = bytes_new(i & 1);
        pcapng_section(bytes);
        pcapng_interface(bytes, (uint16_t)linktypes[i / 2], 6);
        pcapng_packet(bytes, 0, 1, data, sizeof data);
        expect_agreement(write_file("pseudo", bytes, bytes->size), "pseudo-header");
        bytes_free(bytes);
    }
}

static void times_at_their_limits(void **unused)
{
    static const uint64_t ticks[] = {
        0,         1,         999999999, 1000000000, 9223372035999999999u, 9223372036000000000u,
        INT64_MAX, UINT64_MAX};

    (void)unused;
    for (unsigned code = 0; code < 256; code++) {
        struct bytes *bytes = bytes_new(code & 1);

        pcapng_section(bytes);
        put_clock(bytes, 0, (uint8_t)code, code & 2 ? 0xfffffff0 : 0);
        put_clock(bytes, 0, (uint8_t)code, 0);
        for (size_t i = 0; i < 2 * sizeof ticks / sizeof ticks[0]; i++)
            pcapng_packet(bytes, i & 1, ticks[i / 2], "abcd", 4);
        expect_agreement(in_memory(bytes, bytes->size), "clock");
        bytes_free(bytes);
    }
}

/* A tick of 2^-40 s: libpcap's product of fraction and 10^9 overflows. */
static void a_fine_clock_is_right(void **unused)
{
    struct bytes *bytes = bytes_new(false);
    struct capture_frame frame;
    struct capture *capture;

    (void)unused;
    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 0x80 | 40);
    pcapng_packet(bytes, 0, (UINT64_C(5) << 40) + (UINT64_C(3) << 38), "abcd", 4);
    capture = open_one(write_file("fine", bytes, bytes->size));
    assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    assert_int_equal(frame.ts_ns, UINT64_C(5750000000));
    capture_close(capture);
    bytes_free(bytes);
}

/* Interface 0 is Ethernet, 1 raw IP; interface 2, USB, cannot be decoded. */
static const char *mixed_interfaces(void)
{
    struct bytes *bytes = bytes_new(false);
    const char *path;

    pcapng_section(bytes);
    pcapng_interface(bytes, 1, 6);
    pcapng_interface(bytes, 101, 6);
    pcapng_interface(bytes, 189, 6);
    for (uint32_t i = 0; i < 6; i++)
        pcapng_packet(bytes, i % 3, i, tcp_frame((uint16_t)(i < 3 ? 7 : 8)) + (i % 3 == 1 ? 14 : 0),
                      TCP_FRAME_BYTES - (i % 3 == 1 ? 14 : 0));
    path = write_file("mixed", bytes, bytes->size);
    bytes_free(bytes);
    return path;
}

static bool all_but_usb(int link_type)
{
    return link_type != 189;
}

static void expect_mixed(const char *filter, const uint64_t *numbers, size_t count,
                         const char *message)
{
    const char *path = file_path("mixed");
    struct capture *capture = open_capture(&(struct capture_options){
        .inputs = &path, .input_count = 1, .filter = filter, .link_type_supported = all_but_usb});
    struct capture_frame frame;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
        assert_int_equal(frame.number, numbers[i]);
        assert_int_equal(frame.link_type, numbers[i] % 3 == 1 ? 1 : 12 /* DLT_RAW */);
        assert_int_equal(frame.ts_ns, (numbers[i] - 1) * 1000);
    }
    assert_int_equal(capture_next(capture, &frame), CAPTURE_END);
    assert_int_equal(capture_report(capture, 0)->frames, 6);
    assert_true(capture_report(capture, 0)->damaged);
    assert_non_null(strstr(capture_report(capture, 0)->message, message));
    capture_close(capture);
}

static void interfaces_of_several_link_types(void **unused)
{
    (void)unused;
    expect_further(mixed_interfaces(), 6, 0);
    expect_mixed(NULL, (const uint64_t[]){1, 2, 4, 5}, 4,
                 "link type USB_LINUX (189) is not supported: the frames of an interface are left "
                 "out, from record 3 on");
    expect_mixed("dst port 8", (const uint64_t[]){4, 5}, 2, "(189) is not supported");
    expect_mixed("ether dst 0:0:0:0:0:0", (const uint64_t[]){1, 4}, 2,
                 "does not compile for link type RAW");
}

/* In the other byte order libpcap would turn such a pseudo-header: it is not handed out as it is.
 */
static void a_later_interface_that_is_libpcaps(void **unused)
{
    (void)unused;
    for (int swapped = 0; swapped < 2; swapped++) {
        uint16_t host_order = 1;
        bool big_endian = (*(uint8_t *)&host_order == 0) != swapped;
        struct bytes *bytes = bytes_new(big_endian);
        struct capture *capture;

        pcapng_section(bytes);
        pcapng_interface(bytes, 1, 6);
        pcapng_packet(bytes, 0, 1, tcp_frame(1), 40);
        pcapng_interface(bytes, 239 /* NFLOG */, 6);
        pcapng_packet(bytes, 1, 1, "\0\0\0\0\0\0\0\0", 8);
        capture = open_one(in_memory(bytes, bytes->size));
        assert_int_equal(read_all(capture), swapped ? 1 : 2);
        assert_int_equal(capture_report(capture, 0)->damaged, swapped);
        assert_int_equal(strstr(capture_report(capture, 0)->message, "link type NFLOG") != NULL,
                         swapped);
        capture_close(capture);
        bytes_free(bytes);
    }
}

static void interfaces_of_several_snapshot_lengths(void **unused)
{
    struct bytes *bytes = bytes_new(true);

    (void)unused;
    pcapng_section(bytes);
    put_clock(bytes, 40, 6, 0);
    pcapng_packet(bytes, 0, 1, tcp_frame(1), 40);
    put_simple_packet(bytes, 1000, 40);
    put_clock(bytes, 54, 6, 0);
    pcapng_packet(bytes, 1, 2, tcp_frame(1), TCP_FRAME_BYTES);
    put_simple_packet(bytes, 1000, 40); /* the first interface cut it */
    pcapng_packet(bytes, 0, 3, tcp_frame(1), 41);
    expect_further(write_file("lengths", bytes, bytes->size), 4, 2);
    bytes_free(bytes);
}

static void a_section_in_the_other_byte_order(void **unused)
{
    (void)unused;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct bytes *bytes = bytes_new(big_endian);
        struct capture *capture;

        pcapng_section(bytes);
        pcapng_interface(bytes, 1, 6);
        pcapng_packet(bytes, 0, 1, tcp_frame(1), TCP_FRAME_BYTES);
        for (int i = 0; i < 2; i++) { /* there, and back */
            bytes->big_endian = !bytes->big_endian;
            pcapng_section(bytes);
            pcapng_interface(bytes, 1, 9);
            pcapng_packet(bytes, 0, 2000, tcp_frame(1), TCP_FRAME_BYTES);
        }
        expect_further(write_file("orders", bytes, bytes->size), 3, 1);
        capture = open_one(file_path("orders"));
        assert_int_equal(read_all(capture), 3);
        assert_string_equal(capture_report(capture, 0)->message, "");
        capture_close(capture);
        bytes_free(bytes);
    }
}

/* Memory does not grow with the file: a hole of 64 MiB is 4 million empty records. */
static void memory_stays_flat(void **unused)
{
    enum { HOLE_BYTES = 64 << 20 };
    struct bytes *bytes = bytes_new(false);
    struct rusage before, after;
    struct capture_frame frame;
    struct capture *capture;
    const char *path;

    (void)unused;
    pcap_header(bytes, 0xa1b2c3d4, 1);
    path = write_file("large", bytes, bytes->size);
    assert_int_equal(truncate(path, (off_t)bytes->size + HOLE_BYTES), 0);
    capture = open_one(path);
    for (int i = 0; i < 10; i++)
        assert_int_equal(capture_next(capture, &frame), CAPTURE_FRAME);
    getrusage(RUSAGE_SELF, &before);
    assert_int_equal(read_all(capture), HOLE_BYTES / 16 - 10);
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 4096); /* KiB */
    capture_close(capture);
    bytes_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_type),
        cmocka_unit_test(whole_and_cut),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(long_records),
        cmocka_unit_test(long_blocks),
        cmocka_unit_test(old_versions),
        cmocka_unit_test(sections_before_the_first_interface),
        cmocka_unit_test(pseudo_headers_in_the_other_order),
        cmocka_unit_test(times_at_their_limits),
        cmocka_unit_test(a_fine_clock_is_right),
        cmocka_unit_test(interfaces_of_several_link_types),
        cmocka_unit_test(a_later_interface_that_is_libpcaps),
        cmocka_unit_test(interfaces_of_several_snapshot_lengths),
        cmocka_unit_test(a_section_in_the_other_byte_order),
        cmocka_unit_test(memory_stays_flat),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}

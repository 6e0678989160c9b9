/* file.c - one capture file or pipe as a source
 *
 * libpcap reads the header, out of the FILE that stream.c makes. The frames of regular files that
 * are not compressed are then read by a reader of our own (reader.h), all others by libpcap, too.
 *
 * Ours is to say exactly where a file breaks. Our readers know; for libpcap it is found out:
 *
 *     classic pcap   24-byte header, then records of 16 (or 24) + caplen bytes; the offset of the
 *                    next record is a running sum, so that a frame costs no call. libpcap hides
 *                    the length of a record that it cut to the file's snapshot length: only for
 *                    frames of that very length the stream is asked where it is.
 *     pcapng         blocks with options of any length, and blocks without frames: the stream is
 *                    asked before each frame; where the file breaks some blocks later, they are
 *                    walked with pread() to the one that is broken (not in pipes or compressed
 *                    files: there it is the first block after the last frame).
 *
 * Frames before the damage are delivered; nothing is read after it.
 */
#include "file.h"

#include "linktype.h"
#include "reader.h"
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_BUFFER_BYTES = 4096 /* where libpcap reads no more than the header */ };

enum format { FORMAT_PCAP, FORMAT_PCAP_KUZNETZOV, FORMAT_PCAPNG, FORMAT_UNKNOWN };

struct file_source {
    struct source source;
    struct stream *stream;
    struct reader *reader; /* NULL: libpcap reads the frames */
    pcap_t *pcap;
    uint64_t offset;        /* of the next record */
    uint32_t record_header; /* bytes; 0: ask the stream where each record begins */
    uint32_t snapshot;
    bool idle_on_pipes;
    const volatile sig_atomic_t *stop;
    bool big_endian; /* of a pcapng's first section */
    bool peeked;
    enum capture_status peeked_status;
    struct capture_frame peeked_frame;
};

static uint32_t read_32(const uint8_t *bytes, bool big_endian)
{
    if (big_endian)
        return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
               bytes[3];
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static enum format recognise(const uint8_t *head, size_t size)
{
    if (size < 4)
        return FORMAT_UNKNOWN;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        switch (read_32(head, big_endian)) {
        case 0xa1b2c3d4: /* microseconds */
        case 0xa1b23c4d: /* nanoseconds */
            return FORMAT_PCAP;
        case 0xa1b2cd34: /* Alexey Kuznetzov's, with longer record headers */
            return FORMAT_PCAP_KUZNETZOV;
        case 0x0a0d0d0a:
            return FORMAT_PCAPNG;
        default:
            break;
        }
    }
    return FORMAT_UNKNOWN;
}

static bool has_nanoseconds(const uint8_t *head)
{
    return read_32(head, false) == 0xa1b23c4d || read_32(head, true) == 0xa1b23c4d;
}

static const char *format_name(enum format format, const char *suffix)
{
    static const char *const names[2][4] = {{"pcap", "pcap.gz", "pcap.zst", "pcap.lz4"},
                                            {"pcapng", "pcapng.gz", "pcapng.zst", "pcapng.lz4"}};
    const char *const *row = names[format == FORMAT_PCAPNG];
    size_t column = 0;

    while (column < 3 && strcmp(strchr(row[column], '\0') - strlen(suffix), suffix) != 0)
        column++;
    if (suffix[0] == '\0')
        column = 0;
    return row[column];
}

/* Whether libpcap's words @what may be about a block of that type. */
static bool is_refused(uint32_t type, const char *what)
{
    static const char *const of_interface[] = {"an interface", "Interface Description Block"};
    unsigned too_short;

    if (strstr(what, "truncated") != NULL)
        return false; /* a whole block is not it */
    if (strstr(what, "version") != NULL)
        return type == 0x0a0d0d0a; /* section header */
    if (sscanf(what, "block of type %u", &too_short) == 1)
        return type == too_short;
    for (size_t i = 0; i < sizeof of_interface / sizeof of_interface[0]; i++)
        if (strncmp(what, of_interface[i], strlen(of_interface[i])) == 0)
            return type == 1;
    return type == 2 || type == 3 || type == 6; /* packet, simple packet, enhanced packet */
}

/*
 * Walk pcapng blocks from @offset to the first that is not whole, not a block, or of the kind
 * that libpcap complains about. Bounded: block lengths are at least 12, so the offset grows until
 * it leaves the file.
 */
static uint64_t find_broken_block(int fd, uint64_t offset, bool big_endian, const char *what)
{
    uint8_t head[12], trailer[4];

    while (pread(fd, head, sizeof head, (off_t)offset) == (ssize_t)sizeof head) {
        uint32_t length;

        if (read_32(head, false) == 0x0a0d0d0a) /* a section may change the byte order */
            big_endian = read_32(head + 8, true) == 0x1a2b3c4d;
        length = read_32(head + 4, big_endian);
        if (length < sizeof head || length % 4 != 0)
            break;
        if (pread(fd, trailer, sizeof trailer, (off_t)(offset + length - 4)) !=
                (ssize_t)sizeof trailer ||
            read_32(trailer, big_endian) != length)
            break;
        if (is_refused(read_32(head, big_endian), what))
            break;
        offset += length;
    }
    return offset;
}

static void describe_damage(struct file_source *file, const char *what, uint64_t offset)
{
    struct capture_input_report *report = file->source.report;
    const char *suffix = stream_suffix(file->stream);

    report->damaged = true;
    if (file->pcap == NULL)
        snprintf(report->message, sizeof report->message,
                 "%s: %s (in its header, byte offset %" PRIu64 "%s)", report->name, what, offset,
                 suffix[0] != '\0' ? " uncompressed" : "");
    else
        snprintf(report->message, sizeof report->message,
                 "%s: %s (record %" PRIu64 ", byte offset %" PRIu64 "%s)", report->name, what,
                 report->frames + 1, offset, suffix[0] != '\0' ? " uncompressed" : "");
}

/* Say what libpcap (or the decompressor, which knows better) found wrong. */
static void libpcap_refuses(struct file_source *file, const char *what)
{
    int fd = stream_plain_fd(file->stream);
    uint64_t offset = file->offset;

    if (file->record_header == 0 && fd >= 0)
        offset = find_broken_block(fd, offset, file->big_endian, what);
    if (stream_error(file->stream)[0] != '\0')
        what = stream_error(file->stream);
    else if (strstr(what, "different from the type of the first interface") != NULL)
        what = "frames of interfaces with another link type cannot be read";
    else if (strstr(what, "different from the snapshot length of the first interface") != NULL)
        what = "frames of interfaces with another snapshot length cannot be read; editcap -F pcap "
               "converts them";
    describe_damage(file, what, offset);
}

static enum capture_status libpcap_next(struct file_source *file, struct capture_frame *frame)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int result;

    if (file->record_header == 0)
        file->offset = stream_offset(file->stream);
    result = pcap_next_ex(file->pcap, &header, &data);
    if (result == 1) {
        frame->data = data;
        frame->caplen = header->caplen;
        frame->wirelen = header->len > header->caplen ? header->len : header->caplen;
        frame->ts_ns = source_time_ns(&header->ts, file->record_header != 0);
        if (header->caplen < file->snapshot || file->record_header == 0)
            file->offset += file->record_header + header->caplen;
        else
            file->offset = stream_offset(file->stream);
        file->source.report->frames++;
        return CAPTURE_FRAME;
    }
    if (result == PCAP_ERROR && !(file->stop != NULL && *file->stop))
        libpcap_refuses(file, pcap_geterr(file->pcap));
    return CAPTURE_END;
}

static enum capture_status read_frame(struct file_source *file, struct capture_frame *frame)
{
    struct reader *reader = file->reader;
    enum reader_result result;

    if (reader == NULL)
        return libpcap_next(file, frame);
    result = reader->next(reader, frame);
    if (result == READER_FRAME) {
        file->source.link_type = reader->link_type;
        file->source.report->frames++;
        return CAPTURE_FRAME;
    }
    if (result == READER_BROKEN)
        describe_damage(file, reader->error, window_offset(&reader->window));
    return CAPTURE_END;
}

static enum capture_status file_next(struct source *source, struct capture_frame *frame)
{
    struct file_source *file = (struct file_source *)source;

    if (file->peeked) {
        file->peeked = false;
        *frame = file->peeked_frame;
        return file->peeked_status;
    }
    if (file->idle_on_pipes && stream_is_quiet(file->stream, SOURCE_IDLE_MS))
        return CAPTURE_IDLE;
    return read_frame(file, frame);
}

static unsigned file_more(struct source *source, struct capture_frame *frames, unsigned room)
{
    struct file_source *file = (struct file_source *)source;
    unsigned count = 0;

    if (file->reader != NULL && file->reader->more != NULL)
        count = file->reader->more(file->reader, frames, room);
    source->report->frames += count;
    return count;
}

uint64_t file_peek_time(struct source *source)
{
    struct file_source *file = (struct file_source *)source;

    if (!file->peeked) {
        file->peeked_status = read_frame(file, &file->peeked_frame);
        file->peeked = true;
    }
    return file->peeked_status == CAPTURE_FRAME ? file->peeked_frame.ts_ns : UINT64_MAX;
}

static uint64_t file_bytes_read(const struct source *source)
{
    const struct file_source *file = (const struct file_source *)source;

    return file->reader != NULL ? window_offset(&file->reader->window)
                                : stream_bytes_read(file->stream);
}

static void file_close(struct source *source)
{
    struct file_source *file = (struct file_source *)source;

    if (file->reader != NULL)
        file->reader->close(file->reader);
    if (file->pcap != NULL)
        pcap_close(file->pcap); /* closes the FILE */
    stream_close(file->stream);
    free(file);
}

static const struct source_operations file_operations = {
    .next = file_next, .more = file_more, .bytes_read = file_bytes_read, .close = file_close};

static bool out_of_memory(struct file_source *file)
{
    snprintf(file->source.report->message, sizeof file->source.report->message, "%s: out of memory",
             file->source.report->name);
    return false;
}

/* Hand the stream to libpcap, which reads the capture's header. */
static bool start_libpcap(struct file_source *file, enum format format, size_t buffer_bytes)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    FILE *stdio = stream_file(file->stream, buffer_bytes);

    if (stdio == NULL)
        return out_of_memory(file);
    file->pcap = pcap_fopen_offline_with_tstamp_precision(stdio, PCAP_TSTAMP_PRECISION_NANO, error);
    if (file->pcap == NULL) {
        libpcap_refuses(file, error);
        fclose(stdio);
        return false;
    }
    file->source.link_type = pcap_datalink(file->pcap);
    file->source.report->link_type = file->source.link_type;
    file->snapshot = (uint32_t)pcap_snapshot(file->pcap);
    file->offset = format == FORMAT_PCAPNG ? stream_offset(file->stream) : 24;
    return true;
}

/* Whether a reader of ours can take over after libpcap has read the header. */
static bool is_ours(const struct file_source *file, enum format format)
{
    bool swapped = pcap_is_swapped(file->pcap) != 0;

    if (linktype_needs_libpcap(file->source.link_type, swapped))
        return false;
    return format == FORMAT_PCAPNG ||
           (pcap_major_version(file->pcap) == 2 && pcap_minor_version(file->pcap) == 4);
}

static bool start_reader(struct file_source *file, enum format format, bool nanoseconds,
                         size_t buffer_bytes)
{
    int fd = stream_plain_fd(file->stream);
    bool swapped = pcap_is_swapped(file->pcap) != 0;

    if (format == FORMAT_PCAPNG)
        file->reader = pcapng_reader_open(fd, buffer_bytes, swapped);
    else
        file->reader = pcap_reader_open(fd, buffer_bytes, swapped, nanoseconds,
                                        file->source.link_type, file->snapshot);
    return file->reader != NULL || out_of_memory(file);
}

/* libpcap first; then our reader, where there is one for this file. */
static bool start(struct file_source *file, enum format format, bool nanoseconds,
                  const struct file_options *options)
{
    bool ours = !options->libpcap_only && stream_plain_fd(file->stream) >= 0 &&
                format != FORMAT_PCAP_KUZNETZOV;

    if (!start_libpcap(file, format, ours ? HEADER_BUFFER_BYTES : options->buffer_bytes))
        return false;
    return !ours || !is_ours(file, format) ||
           start_reader(file, format, nanoseconds, options->buffer_bytes);
}

struct source *file_open(int fd, const struct file_options *options,
                         struct capture_input_report *report, bool *no_capture)
{
    struct file_source *file = calloc(1, sizeof *file);
    char error[256] = "out of memory";
    uint8_t head[12];
    size_t head_bytes;
    enum format format;

    *no_capture = false;
    if (file == NULL)
        close(fd);
    else
        file->stream = stream_open(fd, options->stop, error, sizeof error);
    if (file == NULL || file->stream == NULL) {
        snprintf(report->message, sizeof report->message, "%s: %s", report->name, error);
        free(file);
        return NULL;
    }
    if (options->decompress_ahead)
        stream_run_ahead(file->stream);
    file->source = (struct source){&file_operations, report, 0};
    file->stop = options->stop;
    file->idle_on_pipes = options->idle_on_pipes;
    head_bytes = stream_head(file->stream, head, sizeof head);
    format = recognise(head, head_bytes);
    file->big_endian = head_bytes >= 12 && read_32(head + 8, true) == 0x1a2b3c4d;
    file->record_header = format == FORMAT_PCAP ? 16 : format == FORMAT_PCAP_KUZNETZOV ? 24 : 0;
    report->format = format_name(format, stream_suffix(file->stream));
    if (format == FORMAT_UNKNOWN) {
        *no_capture = true;
        report->damaged = true;
        report->format = "";
        if (stream_error(file->stream)[0] != '\0')
            snprintf(report->message, sizeof report->message, "%s: %s (at the beginning)",
                     report->name, stream_error(file->stream));
        else
            snprintf(report->message, sizeof report->message, "%s: %s", report->name,
                     head_bytes == 0 ? "the file is empty"
                                     : "not a capture (neither pcap nor pcapng)");
    } else if (start(file, format, has_nanoseconds(head), options)) {
        return &file->source;
    }
    file_close(&file->source);
    return NULL;
}

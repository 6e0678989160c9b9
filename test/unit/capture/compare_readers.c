/* compare_readers.c - our readers of regular files against libpcap's
 *
 * Three things are allowed to differ, and only they (docs/differences-capture.md):
 *
 *     - libpcap stops at an interface with another link type or snapshot length;
 *     - it stops at a section in the other byte order;
 *     - its fractions of a second overflow where a tick is shorter than 2^-34 s.
 *
 * The offset in messages about pcapng files is not compared: for libpcap it is guessed.
 */
#include "compare_readers.h"

#include "file.h"

#include <byteswap.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AHEAD = 3 };

struct side {
    struct capture_frame ahead[AHEAD];
    unsigned at, count;
    struct capture_input_report report;
    struct source *source;
    bool no_capture;
    enum capture_status status;
    struct capture_frame frame;
};

static bool start(struct side *side, const char *path, bool libpcap_only)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    memset(side, 0, sizeof *side);
    if (fd < 0)
        return false;
    side->report.name = path;
    side->report.format = "";
    side->source =
        file_open(fd, &(struct file_options){.buffer_bytes = 4096, .libpcap_only = libpcap_only},
                  &side->report, &side->no_capture);
    return true;
}

static void finish(struct side *side)
{
    if (side->source != NULL)
        side->source->operations->close(side->source);
}

/* What can be seen of the file as a whole. */
struct traits {
    bool fine_clock;  /* a tick may be 2^-35 s or less */
    bool both_orders; /* a section may have another byte order than the first */
};

static uint32_t word(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static struct traits look_at(const char *path)
{
    struct traits traits = {false, false};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = NULL;
    size_t size = 0;

    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 12) {
        size = (size_t)status.st_size;
        bytes = malloc(size);
        if (bytes != NULL && pread(fd, bytes, size, 0) != (ssize_t)size)
            size = 0;
    }
    for (size_t at = 0; bytes != NULL && at + 12 <= size; at += 4) {
        static const uint8_t option[2][4] = {{9, 0, 1, 0}, {0, 9, 0, 1}};
        if ((memcmp(bytes + at, option[0], 4) == 0 || memcmp(bytes + at, option[1], 4) == 0) &&
            bytes[at + 4] > 0x80 + 34)
            traits.fine_clock = true;
        if (word(bytes + at) == 0x0a0d0d0a && word(bytes + at + 8) == bswap_32(word(bytes + 8)))
            traits.both_orders = true;
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return traits;
}

static enum comparison differ(struct compared *compared, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum comparison differ(struct compared *compared, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(compared->why, sizeof compared->why, format, arguments);
    va_end(arguments);
    return READERS_DIFFER;
}

static bool same_time(uint64_t ours, uint64_t libpcaps, const struct traits *traits)
{
    const uint64_t second = 1000000000;

    return ours == libpcaps || (traits->fine_clock && ours / second == libpcaps / second);
}

static enum comparison compare_frame(const struct side *ours, const struct side *libpcap,
                                     const struct traits *traits, struct compared *compared)
{
    const struct capture_frame *a = &ours->frame, *b = &libpcap->frame;

    if (a->caplen != b->caplen || a->wirelen != b->wirelen)
        return differ(compared, "lengths %u of %u, libpcap's %u of %u", a->caplen, a->wirelen,
                      b->caplen, b->wirelen);
    if (!same_time(a->ts_ns, b->ts_ns, traits))
        return differ(compared, "time %ju, libpcap's %ju", (uintmax_t)a->ts_ns,
                      (uintmax_t)b->ts_ns);
    if (memcmp(a->data, b->data, a->caplen) != 0)
        return differ(compared, "bytes differ");
    if (ours->source->link_type != libpcap->source->link_type)
        return differ(compared, "link type %d, libpcap's %d", ours->source->link_type,
                      libpcap->source->link_type);
    return READERS_AGREE;
}

static void next(struct side *side)
{
    if (side->at == side->count) {
        side->status = side->source->operations->next(side->source, &side->ahead[0]);
        side->at = 0;
        side->count = 1;
        if (side->status == CAPTURE_FRAME)
            side->count += side->source->operations->more(side->source, &side->ahead[1], AHEAD - 1);
    }
    side->frame = side->ahead[side->at++];
}

static bool same_message(const struct side *ours, const struct side *libpcap)
{
    const char *a = ours->report.message, *b = libpcap->report.message, *end = NULL;

    if (strcmp(ours->report.format, "pcapng") == 0 && ours->source != NULL)
        end = strstr(a, ", byte offset ");
    return end == NULL ? strcmp(a, b) == 0 : strncmp(a, b, (size_t)(end - a)) == 0;
}

static enum comparison compare_ends(const struct side *ours, const struct side *libpcap,
                                    const struct traits *traits, struct compared *compared)
{
    const char *message = libpcap->report.message;

    if (strcmp(ours->report.format, libpcap->report.format) != 0 ||
        ours->report.link_type != libpcap->report.link_type ||
        ours->no_capture != libpcap->no_capture)
        return differ(compared, "format, link type or kind of file");
    if (libpcap->source != NULL && libpcap->report.damaged &&
        (ours->status == CAPTURE_FRAME || strcmp(ours->report.message, message) != 0) &&
        (strstr(message, "frames of interfaces with another") != NULL || traits->both_orders)) {
        snprintf(compared->why, sizeof compared->why, "%s", message);
        return READERS_FURTHER;
    }
    if (ours->status != libpcap->status || ours->report.frames != libpcap->report.frames)
        return differ(compared, "%ju frames, libpcap %ju; \"%s\", libpcap's \"%s\"",
                      (uintmax_t)ours->report.frames, (uintmax_t)libpcap->report.frames,
                      ours->report.message, message);
    if (ours->report.damaged != libpcap->report.damaged || !same_message(ours, libpcap))
        return differ(compared, "\"%s\", libpcap's \"%s\"", ours->report.message, message);
    return READERS_AGREE;
}

static enum comparison compare(struct side *ours, struct side *libpcap, const struct traits *traits,
                               struct compared *compared)
{
    enum comparison result = READERS_AGREE;

    if ((ours->source == NULL) != (libpcap->source == NULL))
        return differ(compared, "one is not opened: \"%s\", libpcap's \"%s\"", ours->report.message,
                      libpcap->report.message);
    while (ours->source != NULL) {
        next(ours);
        next(libpcap);
        if (ours->status != CAPTURE_FRAME || libpcap->status != CAPTURE_FRAME)
            break;
        result = compare_frame(ours, libpcap, traits, compared);
        if (result != READERS_AGREE)
            return result;
    }
    result = compare_ends(ours, libpcap, traits, compared);
    while (ours->status == CAPTURE_FRAME)
        next(ours);
    return result;
}

enum comparison compare_readers(const char *path, struct compared *compared)
{
    struct traits traits = look_at(path);
    struct side ours, libpcap;
    enum comparison result;

    memset(compared, 0, sizeof *compared);
    if (!start(&ours, path, false))
        return differ(compared, "cannot be opened");
    if (!start(&libpcap, path, true)) {
        finish(&ours);
        return differ(compared, "cannot be opened a second time");
    }
    ours.status = libpcap.status = CAPTURE_END;
    result = compare(&ours, &libpcap, &traits, compared);
    compared->frames = ours.report.frames;
    compared->libpcaps = libpcap.report.frames;
    finish(&ours);
    finish(&libpcap);
    return result;
}

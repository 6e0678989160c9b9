/* stream.c - the uncompressed bytes of an open file, as a FILE that libpcap can read
 *
 * Two ways, so that the usual one costs nothing:
 *
 *     plain regular file:      fd -> stdio with a large buffer
 *     compressed, or a pipe:   fd -> raw[] -> decompressor -> cookie_read() -> stdio (fopencookie)
 *
 * A large compressed file is read and decompressed on a thread of its own (ahead.h), if that is allowed.
 * Memory is bounded by the buffers and the decompressor's window. The first bytes decide: they
 * are read ahead into raw[] (compression) and head[] (format of the capture), and then served
 * again. Damage of the compressed data is an error of cookie_read() after all bytes before it
 * were served; the text is kept, since errno cannot carry it. Waiting for a pipe ends when *stop
 * becomes true: poll() with a timeout, so that a signal just before the wait is not lost.
 */
#include "stream.h"

#include "ahead.h"
#include "decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RAW_BYTES = 256 * 1024, HEAD_BYTES = 64, WAIT_MS = 100, LARGE_BYTES = 1 << 20 };

struct stream {
    int fd;
    bool regular;
    bool plain; /* stdio reads the descriptor itself */
    const char *suffix;
    struct decompressor *decompressor; /* NULL: not compressed */
    const volatile sig_atomic_t *stop;
    FILE *file;
    char *buffer; /* stdio's */
    uint8_t *raw; /* bytes as stored */
    size_t raw_from, raw_to;
    bool raw_ended;
    uint8_t head[HEAD_BYTES];
    size_t head_from, head_to;
    uint64_t stored;    /* bytes read of fd */
    uint64_t delivered; /* bytes given to stdio */
    char error[160];
    bool may_run_ahead;
    struct ahead *ahead; /* from then on it reads and decompresses; the fields for that are its own */
};

static ssize_t fail(struct stream *stream, const char *text)
{
    snprintf(stream->error, sizeof stream->error, "%s", text);
    errno = EIO;
    return -1;
}

/* Read at most @size bytes more of the file into raw[]. Return: bytes, 0 at the end, -1. */
static ssize_t fill_raw(struct stream *stream, size_t size)
{
    ssize_t got;

    for (;;) {
        if (stream->stop != NULL && *stream->stop)
            return fail(stream, "interrupted");
        if (!stream->regular) {
            struct pollfd wait = {.fd = stream->fd, .events = POLLIN};
            int ready = poll(&wait, 1, WAIT_MS);
            if (ready == 0 || (ready < 0 && errno == EINTR))
                continue;
        }
        got = read(stream->fd, stream->raw + stream->raw_to, size);
        if (got >= 0)
            break;
        if (errno != EINTR && errno != EAGAIN)
            return fail(stream, strerror(errno));
    }
    stream->raw_ended = got == 0;
    stream->raw_to += (size_t)got;
    stream->stored += (uint64_t)got;
    return got;
}

static ssize_t copy_raw(struct stream *stream, uint8_t *out, size_t size)
{
    size_t have = stream->raw_to - stream->raw_from;

    if (have > size)
        have = size;
    memcpy(out, stream->raw + stream->raw_from, have);
    stream->raw_from += have;
    return (ssize_t)have;
}

/* Some uncompressed bytes. Return: how many, 0 at the end, -1. Loops while input makes no output.
 */
static ssize_t produce(struct stream *stream, uint8_t *out, size_t size)
{
    if (stream->error[0] != '\0') {
        errno = EIO;
        return -1;
    }
    for (;;) {
        size_t used, made;
        const char *wrong;

        if (stream->raw_from == stream->raw_to && !stream->raw_ended) {
            stream->raw_from = stream->raw_to = 0;
            if (fill_raw(stream, RAW_BYTES) < 0)
                return -1;
        }
        if (stream->decompressor == NULL)
            return copy_raw(stream, out, size);
        wrong = decompressor_step(stream->decompressor, stream->raw + stream->raw_from,
                                  stream->raw_to - stream->raw_from, &used, out, size, &made);
        stream->raw_from += used;
        if (wrong != NULL) {
            fail(stream, wrong);
            return made > 0 ? (ssize_t)made : -1;
        }
        if (made > 0)
            return (ssize_t)made;
        if (used == 0 && stream->raw_ended) {
            if (decompressor_at_end(stream->decompressor))
                return 0;
            return fail(stream, "the compressed data is cut short");
        }
        if (used == 0 && stream->raw_from < stream->raw_to)
            return fail(stream, "the compressed data makes no progress");
    }
}

static ssize_t produce_ahead(void *user, uint8_t *out, size_t size)
{
    return produce(user, out, size);
}

static uint64_t used_so_far(const void *user)
{
    const struct stream *stream = user;

    return stream->stored - (stream->raw_to - stream->raw_from);
}

/* Once it is worth a thread. Without one it goes on as it is. */
static void run_ahead(struct stream *stream)
{
    const struct ahead_producer producer = {produce_ahead, used_so_far, stream};

    stream->ahead = ahead_start(&producer);
    stream->may_run_ahead = false;
}

static ssize_t cookie_read(void *cookie, char *out, size_t size)
{
    struct stream *stream = cookie;
    size_t have = stream->head_to - stream->head_from;
    ssize_t got;

    if (have > 0) {
        if (have > size)
            have = size;
        memcpy(out, stream->head + stream->head_from, have);
        stream->head_from += have;
        stream->delivered += have;
        return (ssize_t)have;
    }
    if (stream->may_run_ahead && stream->delivered >= LARGE_BYTES)
        run_ahead(stream);
    got = stream->ahead != NULL ? ahead_read(stream->ahead, (uint8_t *)out, size)
                                : produce(stream, (uint8_t *)out, size);
    if (got < 0)
        errno = EIO;
    if (got > 0)
        stream->delivered += (uint64_t)got;
    return got;
}

/* Only answers ftello(). */
static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
    const struct stream *stream = cookie;

    if (whence != SEEK_CUR || *offset != 0)
        return -1;
    *offset = (off64_t)stream->delivered;
    return 0;
}

static ssize_t read_start(struct stream *stream)
{
    ssize_t got = 1;

    while (stream->raw_to < DECOMPRESS_MAGIC_BYTES && got > 0)
        got = fill_raw(stream, HEAD_BYTES - stream->raw_to);
    return got;
}

/* Look at the first bytes and choose the way. */
static bool choose_way(struct stream *stream)
{
    struct stat status;

    if (fstat(stream->fd, &status) != 0) {
        fail(stream, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        fail(stream, strerror(EISDIR));
        return false;
    }
    stream->regular = S_ISREG(status.st_mode);
    if (read_start(stream) < 0)
        return false;
    stream->suffix = decompress_suffix(stream->raw, stream->raw_to);
    if (stream->suffix[0] != '\0') {
        stream->decompressor = decompressor_create(stream->suffix);
        if (stream->decompressor == NULL) {
            fail(stream, "out of memory");
            return false;
        }
    } else if (stream->regular &&
               lseek(stream->fd, -(off_t)stream->raw_to, SEEK_CUR) != (off_t)-1) {
        stream->plain = true;
    }
    if (stream->regular)
        (void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

struct stream *stream_open(int fd, const volatile sig_atomic_t *stop, char *message,
                           size_t message_size)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL || (stream->raw = malloc(RAW_BYTES)) == NULL) {
        snprintf(message, message_size, "out of memory");
        free(stream);
        close(fd);
        return NULL;
    }
    stream->fd = fd;
    stream->suffix = "";
    stream->stop = stop;
    if (choose_way(stream))
        return stream;
    snprintf(message, message_size, "%s", stream->error);
    stream_close(stream);
    return NULL;
}

void stream_close(struct stream *stream)
{
    if (stream == NULL)
        return;
    ahead_stop(stream->ahead);
    if (!stream->plain || stream->file == NULL) /* else fclose() has done it */
        close(stream->fd);
    decompressor_destroy(stream->decompressor);
    free(stream->buffer);
    free(stream->raw);
    free(stream);
}

void stream_run_ahead(struct stream *stream)
{
    stream->may_run_ahead = stream->decompressor != NULL && stream->regular;
}

FILE *stream_file(struct stream *stream, size_t buffer_bytes)
{
    const cookie_io_functions_t functions = {.read = cookie_read, .seek = cookie_seek};

    stream->file = stream->plain ? fdopen(stream->fd, "rb") : fopencookie(stream, "rb", functions);
    if (stream->file == NULL)
        return NULL;
    __fsetlocking(stream->file, FSETLOCKING_BYCALLER); /* one thread reads it: no locks */
    stream->buffer = malloc(buffer_bytes);
    if (stream->buffer != NULL)
        setvbuf(stream->file, stream->buffer, _IOFBF, buffer_bytes);
    /* Once stdio knows where it is, ftello() is an addition; until then it is a system call. */
    if (stream->plain)
        (void)fseeko(stream->file, lseek(stream->fd, 0, SEEK_CUR), SEEK_SET);
    return stream->file;
}

size_t stream_head(struct stream *stream, uint8_t *head, size_t size)
{
    if (stream->plain) {
        size_t have = stream->raw_to < size ? stream->raw_to : size;
        memcpy(head, stream->raw, have);
        return have;
    }
    while (stream->head_to < size && stream->head_to < HEAD_BYTES) {
        ssize_t got = produce(stream, stream->head + stream->head_to, HEAD_BYTES - stream->head_to);
        if (got <= 0)
            break;
        stream->head_to += (size_t)got;
    }
    if (size > stream->head_to)
        size = stream->head_to;
    memcpy(head, stream->head, size);
    return size;
}

const char *stream_suffix(const struct stream *stream)
{
    return stream->suffix;
}

const char *stream_error(const struct stream *stream)
{
    return stream->ahead == NULL || ahead_over(stream->ahead) ? stream->error : "";
}

uint64_t stream_offset(const struct stream *stream)
{
    off_t offset = ftello(stream->file);

    return offset < 0 ? 0 : (uint64_t)offset;
}

uint64_t stream_bytes_read(const struct stream *stream)
{
    if (stream->plain)
        return stream->file != NULL ? stream_offset(stream) : 0;
    return stream->ahead != NULL ? ahead_progress(stream->ahead) : used_so_far(stream);
}

int stream_plain_fd(const struct stream *stream)
{
    return stream->plain ? stream->fd : -1;
}

bool stream_is_quiet(const struct stream *stream, int milliseconds)
{
    struct pollfd wait = {.fd = stream->fd, .events = POLLIN};

    if (stream->regular || stream->raw_ended || stream->raw_from < stream->raw_to ||
        stream->head_from < stream->head_to || stream_offset(stream) < stream->delivered)
        return false;
    return poll(&wait, 1, milliseconds) <= 0;
}

/* outputs.c - the reports of one pass, each with its stream
 *
 * A write fails late: stdio keeps the bytes, and the disk says no when they are flushed. So every
 * stream is looked at after every event (ferror_unlocked() is a load and a test), and again when it is flushed
 * and closed. The first failure is said once and that output is dropped; the others go on. A reader
 * that went away (EPIPE, "| head") is no failure: that output just ends. SIGPIPE is ignored for it,
 * since it would kill the other outputs too.
 */
#include "outputs.h"

#include "messages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16, WIDTH_DEFAULT = 80, WIDTH_MIN = 40, WIDTH_MAX = 400 };

struct output {
    const struct report_kind *kind;
    const char *path;
    FILE *file;
    struct report *report;
    bool ended;  /* nothing more is written to it */
    bool failed; /* and that is an error */
};

struct outputs {
    struct output *output;
    size_t count, ended;
    bool live;
};

static const char *stream_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard output" : path;
}

/* Return: whether the error counts; a missing reader does not. */
static bool complain(const char *path, int error)
{
    if (error == EPIPE)
        return false;
    message_error("%s: %s", stream_name(path), error != 0 ? strerror(error) : "writing failed");
    return true;
}

static void end(struct outputs *outputs, struct output *output, int error)
{
    output->ended = true;
    output->failed = complain(output->path, error);
    outputs->ended++;
}

/* Colour: on a terminal, unless the user's environment or --color says otherwise (no-color.org). */
bool output_stream_colour(enum cli_color color, FILE *file)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (color != CLI_COLOR_AUTO)
        return color == CLI_COLOR_ALWAYS;
    return isatty(fileno(file)) && (no_color == NULL || *no_color == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

unsigned output_stream_width(FILE *file)
{
    struct winsize size;

    if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_DEFAULT;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

static FILE *create(const char *path)
{
    int descriptor;
    FILE *file;

    if (strcmp(path, "-") == 0)
        return stdout;
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL && descriptor >= 0)
        close(descriptor);
    return file;
}

struct outputs *outputs_open(const struct cli_options *options)
{
    struct outputs *outputs = calloc(1, sizeof *outputs);

    if (outputs != NULL)
        outputs->output = calloc(options->output_count, sizeof *outputs->output);
    if (outputs == NULL || outputs->output == NULL) {
        message_error("out of memory");
        free(outputs);
        return NULL;
    }
    outputs->live = options->interface != NULL || options->live_order;
    for (size_t i = 0; i < options->output_count; i++) {
        struct output *output = &outputs->output[i];
        *output = (struct output){.kind = options->outputs[i].kind, .path = options->outputs[i].path};
        output->file = create(output->path);
        if (output->file == NULL) {
            message_error("%s: %s", output->path, strerror(errno));
            outputs_close(outputs);
            return NULL;
        }
        outputs->count++;
    }
    return outputs;
}

/* Is this stream a file that is read, or one that another output writes? */
static bool clashes(const struct outputs *outputs, size_t index, const struct cli_options *options)
{
    const struct output *output = &outputs->output[index];
    struct stat ours, other;

    if (fstat(fileno(output->file), &ours) != 0 || !S_ISREG(ours.st_mode))
        return false;
    for (size_t i = 0; i < options->input_count; i++)
        if (stat(options->inputs[i], &other) == 0 && other.st_dev == ours.st_dev &&
            other.st_ino == ours.st_ino) {
            message_error("%s: is an input, and would be overwritten", stream_name(output->path));
            return true;
        }
    for (size_t i = 0; i < index; i++)
        if (fstat(fileno(outputs->output[i].file), &other) == 0 && other.st_dev == ours.st_dev &&
            other.st_ino == ours.st_ino) {
            message_error("%s: two reports to the same file", stream_name(output->path));
            return true;
        }
    return false;
}

bool outputs_begin(struct outputs *outputs, const struct cli_options *options)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (clashes(outputs, i, options))
            return false;
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->output[i];
        struct report_options report = {.out = output->file,
                                        .colour = output_stream_colour(options->color, output->file),
                                        .live = outputs->live,
                                        .width = output_stream_width(output->file),
                                        .max_rows = options->max_rows,
                                        .utc = options->utc,
                                        .selection = options->selection};
        /* shell redirections have done this for standard output; not for devices and pipes */
        if (output->file != stdout && ftruncate(fileno(output->file), 0) != 0 && errno != EINVAL) {
            message_error("%s: %s", output->path, strerror(errno));
            return false;
        }
        if (!isatty(fileno(output->file)))
            setvbuf(output->file, NULL, _IOFBF, BUFFER_BYTES);
        output->report = output->kind->open(&report);
        if (output->report == NULL) {
            message_error("out of memory");
            return false;
        }
    }
    return true;
}

void outputs_event(struct outputs *outputs, const struct tcptwin_event *event)
{
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->output[i];
        if (output->ended)
            continue;
        errno = 0;
        output->kind->event(output->report, event);
        if (outputs->live)
            fflush(output->file);
        if (ferror_unlocked(output->file))
            end(outputs, output, errno);
    }
}

bool outputs_take_brief(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->output[i].kind->enough == NULL)
            return false;
    return true;
}

bool outputs_enough(const struct outputs *outputs, const struct tcptwin_connection *brief)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (!outputs->output[i].ended && !outputs->output[i].kind->enough(outputs->output[i].report, brief))
            return false;
    return true;
}

bool outputs_want_datagrams(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->output[i].kind->datagram != NULL)
            return true;
    return false;
}

bool outputs_want_connections(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->output[i].kind->datagram == NULL)
            return true;
    return false;
}

/* Whether the output has ended is another thread's; its report writes into a stream that nobody reads, then. */
void outputs_datagram(struct outputs *outputs, const struct tcptwin_datagram *datagram)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (outputs->output[i].kind->datagram != NULL)
            outputs->output[i].kind->datagram(outputs->output[i].report, datagram);
}

bool outputs_dead(const struct outputs *outputs)
{
    return outputs->ended == outputs->count;
}

void outputs_finish(struct outputs *outputs, const struct report_summary *summary)
{
    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->output[i];
        if (output->ended)
            continue;
        errno = 0;
        output->kind->finish(output->report, summary);
        if (fflush(output->file) != 0 || ferror(output->file))
            end(outputs, output, errno);
    }
}

bool outputs_close(struct outputs *outputs)
{
    bool good = true;

    for (size_t i = 0; i < outputs->count; i++) {
        struct output *output = &outputs->output[i];
        if (output->report != NULL)
            output->kind->close(output->report);
        errno = 0;
        if (fclose(output->file) != 0 && !output->ended)
            end(outputs, output, errno);
        good &= !output->failed;
    }
    free(outputs->output);
    free(outputs);
    return good;
}

bool output_stream_close(FILE *file)
{
    bool failed;

    errno = 0;
    failed = fflush(file) != 0 || ferror(file);
    if (failed && !complain("-", errno))
        failed = false;
    errno = 0;
    if (fclose(file) != 0 && !failed)
        failed = complain("-", errno);
    return !failed;
}

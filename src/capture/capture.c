/* capture.c - the sequence of inputs as one capture
 *
 *     inputs.c  what was named, in order        one open at a time
 *     file.c    frames of one file  \
 *     live.c    frames of a wire    /  struct source -> number, filter, limit -> the caller
 *
 * Opening looks at every input once: its header (can we read it, does the filter compile for its
 * link type) and, where there are several, its first frame's time. Where root is to be dropped,
 * descriptors are opened first, and not a byte of any file is read before root is gone.
 */
#include "capture.h"

#include "filter.h"
#include "inputs.h"
#include "interfaces.h"
#include "live.h"
#include "privileges.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BUFFER_BYTES = 256 * 1024 /* window.c */, LOOK_BUFFER_BYTES = 16 * 1024, AHEAD = 32 /* frames */ };

struct capture {
    volatile sig_atomic_t stopped;
    struct source *source; /* being read; NULL between two inputs */
    bool filtering;        /* by us; a live filter is the kernel's */
    struct filter filter;
    int link_type;       /* of the frames being read, and compiled into the filter */
    bool link_type_used; /* false: its frames are left out */
    uint64_t max_frames;
    uint64_t frames_read, frames_delivered;
    struct capture_frame ahead[AHEAD]; /* taken from the source, [ahead_at..ahead_count) not handed out yet */
    unsigned ahead_at, ahead_count;
    struct inputs inputs;
    size_t next_input;
    uint64_t bytes_total, bytes_done;
    bool (*link_type_supported)(int link_type);
    struct file_options file_options;
    struct source *live; /* owned; equals source all the time */
    struct capture_input_report live_report;
    char *live_name, *filter_text;
};

static struct capture *create(const struct capture_options *options)
{
    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL)
        return NULL;
    if (options->filter != NULL && options->filter[0] != '\0') {
        capture->filter_text = strdup(options->filter);
        capture->filtering = true;
    }
    if (options->interface != NULL) {
        char name[128];
        bool numbered = interface_by_number(options->interface, name, sizeof name);
        capture->live_name = strdup(numbered ? name : options->interface);
    }
    if ((capture->filtering && capture->filter_text == NULL) ||
        (options->interface != NULL && capture->live_name == NULL)) {
        capture_close(capture);
        return NULL;
    }
    capture->filter.expression = capture->filter_text;
    capture->max_frames = options->max_frames;
    capture->link_type_supported = options->link_type_supported;
    capture->file_options = (struct file_options){.buffer_bytes = READ_BUFFER_BYTES,
                                                  .idle_on_pipes = options->idle_on_pipes,
                                                  .decompress_ahead = options->decompress_ahead,
                                                  .stop = &capture->stopped};
    return capture;
}

/* Whether a link type can be used at all, and with the filter. */
static enum capture_error check_link_type(struct capture *capture, int link_type, char *message,
                                          size_t message_size)
{
    const char *name = capture_link_type_name(link_type);

    if (capture->link_type_supported != NULL && !capture->link_type_supported(link_type)) {
        snprintf(message, message_size, "link type %s (%d) is not supported",
                 name != NULL ? name : "unknown", link_type);
        return CAPTURE_ERROR_DAMAGED;
    }
    if (capture->filtering && !filter_prepare(&capture->filter, link_type, message, message_size))
        return CAPTURE_ERROR_USAGE;
    return CAPTURE_OK;
}

/* Open an input and see that it can be used. Return: CAPTURE_OK, or why it is closed again. */
static enum capture_error start_input(struct capture *capture, struct input *input)
{
    struct capture_input_report *report = &input->report;
    char text[sizeof report->message / 2];
    enum capture_error error;

    if (input->is_directory)
        return report->damaged ? CAPTURE_ERROR_DAMAGED : CAPTURE_ERROR_OPEN;
    if (input->source == NULL && !input_open(input, &capture->file_options)) {
        input_close(input);
        return report->damaged ? CAPTURE_ERROR_DAMAGED : CAPTURE_ERROR_OPEN;
    }
    error = check_link_type(capture, input->source->link_type, text, sizeof text);
    if (error != CAPTURE_OK) {
        snprintf(report->message, sizeof report->message, "%s: %s", report->name, text);
        report->damaged = true;
        report->opened = false;
        input_close(input);
    }
    capture->link_type = error == CAPTURE_OK ? input->source->link_type : -1;
    capture->link_type_used = true;
    return error;
}

/* The first of several problems is said, the others are counted; each is in its report. */
struct problems {
    size_t count, filters;
    enum capture_error first;
    const char *text;
};

static void note_problem(struct problems *problems, const struct input *input,
                         enum capture_error error)
{
    if (problems->count++ == 0) {
        problems->first = error;
        problems->text = input->report.message;
    }
    problems->filters += error == CAPTURE_ERROR_USAGE;
}

static void say_problems(const struct problems *problems, char *message, size_t message_size)
{
    if (problems->count == 1)
        snprintf(message, message_size, "%s", problems->text);
    else if (problems->count > 1)
        snprintf(message, message_size, "%s (and %zu more inputs with problems)", problems->text,
                 problems->count - 1);
}

/* Look at each input once and put them in order. */
static enum capture_error look_at_inputs(struct capture *capture, char *message,
                                         size_t message_size)
{
    struct inputs *inputs = &capture->inputs;
    struct problems problems = {0};
    bool several = inputs->count > 1, sizes_known = true;
    size_t usable = 0;

    capture->file_options.buffer_bytes = several ? LOOK_BUFFER_BYTES : READ_BUFFER_BYTES;
    for (size_t i = 0; i < inputs->count; i++) {
        struct input *input = inputs->list[i];
        enum capture_error error = start_input(capture, input);

        if (error != CAPTURE_OK) {
            if (!input->left_out && !input->is_directory)
                note_problem(&problems, input, error);
            continue;
        }
        usable++;
        sizes_known = sizes_known && input->regular;
        capture->bytes_total += input->report.bytes;
        if (several)
            input->first_ns = file_peek_time(input->source);
        if (several && input->regular)
            input_close(input);
    }
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = inputs->list[i];
        if (input->is_directory && !input->left_out)
            note_problem(&problems, input,
                         input->report.damaged ? CAPTURE_ERROR_DAMAGED : CAPTURE_ERROR_OPEN);
    }
    capture->file_options.buffer_bytes = READ_BUFFER_BYTES;
    if (!sizes_known)
        capture->bytes_total = 0;
    say_problems(&problems, message, message_size);
    inputs_sort(inputs);
    if (usable > 0)
        return CAPTURE_OK;
    return problems.filters > 0 ? CAPTURE_ERROR_USAGE : problems.first;
}

static enum capture_error open_files(struct capture *capture, const struct capture_options *options,
                                     char *message, size_t message_size)
{
    enum capture_error error;

    if (options->input_count == 0) {
        snprintf(message, message_size,
                 "nothing to read: name a file, a directory, - or an interface");
        return CAPTURE_ERROR_USAGE;
    }
    if (!inputs_expand(&capture->inputs, options, privileges_to_drop(options->drop_user))) {
        snprintf(message, message_size, "out of memory");
        return CAPTURE_ERROR_OPEN;
    }
    error = privileges_drop(options->drop_user, message, message_size);
    if (error != CAPTURE_OK)
        return error;
    return look_at_inputs(capture, message, message_size);
}

static enum capture_error open_live(struct capture *capture, const struct capture_options *options,
                                    char *message, size_t message_size)
{
    struct capture_options with_filter = *options;
    enum capture_error error;

    with_filter.filter = capture->filter_text;
    capture->filtering = false;
    capture->live_report.name = capture->live_name;
    capture->live = live_open(&with_filter, &capture->live_report, &capture->stopped, &error,
                              message, message_size);
    if (capture->live == NULL)
        return error;
    capture->live_report.opened = true;
    capture->source = capture->live;
    error = privileges_drop(options->drop_user, message, message_size);
    if (error == CAPTURE_OK)
        error = check_link_type(capture, capture->live->link_type, message, message_size);
    capture->link_type = capture->live->link_type;
    capture->link_type_used = true;
    if (error == CAPTURE_OK && capture->live_report.message[0] != '\0')
        snprintf(message, message_size, "%s", capture->live_report.message);
    return error;
}

struct capture *capture_open(const struct capture_options *options, enum capture_error *error,
                             char *message, size_t message_size)
{
    struct capture *capture = create(options);

    if (message_size > 0)
        message[0] = '\0';
    *error = CAPTURE_ERROR_OPEN;
    if (capture == NULL) {
        snprintf(message, message_size, "out of memory");
        return NULL;
    }
    *error = options->interface != NULL ? open_live(capture, options, message, message_size)
                                        : open_files(capture, options, message, message_size);
    if (*error == CAPTURE_OK)
        return capture;
    capture_close(capture);
    return NULL;
}

/* Go on to the next input that can be read. Return: false if there is none. */
static bool next_source(struct capture *capture)
{
    while (capture->next_input < capture->inputs.count) {
        struct input *input = capture->inputs.list[capture->next_input++];
        bool was_usable = input->source != NULL || input->report.opened;

        if (was_usable && start_input(capture, input) == CAPTURE_OK) {
            capture->source = input->source;
            return true;
        }
    }
    return false;
}

static void end_source(struct capture *capture)
{
    if (capture->source == capture->live)
        return;
    capture->bytes_done += capture->source->operations->bytes_read(capture->source);
    capture->source = NULL;
    input_close(capture->inputs.list[capture->next_input - 1]);
}

/*
 * The frame comes from another interface of a pcapng file than the last one. Frames of a link type
 * that cannot be used are left out; the first of them is said, as the file's is at its beginning.
 */
static void change_link_type(struct capture *capture, const struct source *source)
{
    struct capture_input_report *report = source->report;
    char text[sizeof report->message / 2];

    capture->link_type = source->link_type;
    capture->link_type_used =
        check_link_type(capture, source->link_type, text, sizeof text) == CAPTURE_OK;
    if (!capture->link_type_used && !report->damaged) {
        snprintf(report->message, sizeof report->message,
                 "%s: %s: the frames of an interface are left out, from record %" PRIu64 " on",
                 report->name, text, report->frames);
        report->damaged = true;
    }
}

/* Whether a frame is wanted, of a capture some of whose frames are not. */
static bool is_wanted(const struct capture *capture, const struct capture_frame *frame)
{
    return capture->link_type_used && (!capture->filtering || filter_passes(&capture->filter, frame));
}

/* Number the @count frames that were taken and keep those that are wanted. Behind the last one that the limit
 * allows, none counts as read. */
static void choose(struct capture *capture, unsigned count)
{
    bool all = capture->link_type_used && !capture->filtering;
    uint64_t room = capture->max_frames != 0 ? capture->max_frames - capture->frames_delivered : UINT64_MAX;
    uint64_t number = capture->frames_read;
    int link_type = capture->link_type;
    unsigned seen = 0, kept = 0;

    for (; seen < count && kept < room; seen++) {
        struct capture_frame *frame = &capture->ahead[seen];

        frame->number = ++number;
        frame->link_type = link_type;
        if (all)
            kept++;
        else if (is_wanted(capture, frame))
            capture->ahead[kept++] = *frame;
    }
    capture->frames_read = number;
    capture->source->report->frames -= count - seen;
    capture->frames_delivered += kept;
    capture->ahead_at = 0;
    capture->ahead_count = kept;
}

/* Take frames from the sources: one, and all that come with it. CAPTURE_FRAME: perhaps none was wanted. */
static enum capture_status look_ahead(struct capture *capture)
{
    if (capture->max_frames != 0 && capture->frames_delivered >= capture->max_frames)
        return CAPTURE_END;
    while (!capture->stopped) {
        struct source *source = capture->source;
        enum capture_status status;

        if (source == NULL) {
            if (!next_source(capture))
                return CAPTURE_END;
            source = capture->source;
        }
        status = source->operations->next(source, &capture->ahead[0]);
        if (status == CAPTURE_FRAME) {
            if (source->link_type != capture->link_type)
                change_link_type(capture, source);
            choose(capture, 1 + source->operations->more(source, &capture->ahead[1], AHEAD - 1));
            return CAPTURE_FRAME;
        }
        if (status == CAPTURE_IDLE)
            return CAPTURE_IDLE;
        if (source == capture->live)
            return CAPTURE_END;
        end_source(capture);
    }
    return CAPTURE_END;
}

/* See that there are frames to hand out. Return: CAPTURE_FRAME, or why there are none. */
static inline enum capture_status refill(struct capture *capture)
{
    enum capture_status status = CAPTURE_FRAME;

    while (capture->ahead_at == capture->ahead_count && status == CAPTURE_FRAME)
        status = look_ahead(capture);
    return status;
}

enum capture_status capture_next(struct capture *capture, struct capture_frame *frame)
{
    enum capture_status status = refill(capture);

    if (status == CAPTURE_FRAME)
        *frame = capture->ahead[capture->ahead_at++];
    return status;
}

enum capture_status capture_next_run(struct capture *capture, const struct capture_frame **frames,
                                     unsigned *count)
{
    enum capture_status status = refill(capture);

    *frames = &capture->ahead[capture->ahead_at];
    *count = capture->ahead_count - capture->ahead_at;
    capture->ahead_at = capture->ahead_count;
    return status;
}

void capture_stop(struct capture *capture)
{
    capture->stopped = 1;
    if (capture->live != NULL && capture->live->operations->interrupt != NULL)
        capture->live->operations->interrupt(capture->live);
}

void capture_get_stats(struct capture *capture, struct capture_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    stats->frames_read = capture->frames_read;
    stats->frames_delivered = capture->frames_delivered;
    stats->bytes_total = capture->bytes_total;
    stats->bytes_read = capture->bytes_done;
    if (capture->source != NULL)
        stats->bytes_read += capture->source->operations->bytes_read(capture->source);
    if (capture->live != NULL)
        capture->live->operations->drops(capture->live, stats);
}

const struct capture_input_report *capture_report(const struct capture *capture, size_t index)
{
    if (capture->live != NULL)
        return index == 0 ? &capture->live_report : NULL;
    return index < capture->inputs.count ? &capture->inputs.list[index]->report : NULL;
}

bool capture_is_live(const struct capture *capture)
{
    return capture->live != NULL;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    if (capture->live != NULL)
        capture->live->operations->close(capture->live);
    inputs_free(&capture->inputs);
    filter_free(&capture->filter);
    free(capture->filter_text);
    free(capture->live_name);
    free(capture);
}

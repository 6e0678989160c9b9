/* inputs.c - what was named, as a list of files in the order in which they are read
 *
 * Rotated captures come as many files, whose names need not sort by time. Each file is opened
 * once to see when its first frame was captured and closed again, so that a thousand of them need
 * one descriptor. Two kinds stay open from the start: pipes, which cannot be opened twice, and,
 * where root is given up, every file, since it may be unreadable afterwards (and nothing of it
 * may be parsed before). A file with several names (latest.pcap beside trace-7.pcap) is one.
 */
#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct input *append(struct inputs *inputs, const char *path)
{
    struct input *input;

    if (inputs->count == inputs->room) {
        size_t room = inputs->room * 2 + 16;
        struct input **list = realloc(inputs->list, room * sizeof *list);
        if (list == NULL)
            return NULL;
        inputs->list = list;
        inputs->room = room;
    }
    input = calloc(1, sizeof *input);
    if (input == NULL || (input->path = strdup(path)) == NULL) {
        free(input);
        return NULL;
    }
    input->fd = -1;
    input->first_ns = UINT64_MAX;
    input->report.name = input->path;
    input->report.format = "";
    input->report.link_type = -1;
    input->report.names = 1;
    inputs->list[inputs->count++] = input;
    return input;
}

static void identify(struct input *input, const struct stat *status)
{
    input->id = (struct file_id){S_ISREG(status->st_mode), status->st_dev, status->st_ino};
}

static void say(struct input *input, const char *text)
{
    snprintf(input->report.message, sizeof input->report.message, "%s: %s", input->report.name,
             text);
}

/* Open the descriptor and learn what kind of file it is. */
static bool open_descriptor(struct input *input)
{
    struct stat status;
    int fd = input->standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                   : open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || fstat(fd, &status) != 0) {
        say(input, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (isatty(fd)) {
        say(input, "is a terminal; give a file, or send a capture into a pipe");
        close(fd);
        return false;
    }
    input->regular = S_ISREG(status.st_mode);
    input->report.bytes = input->regular ? (uint64_t)status.st_size : 0;
    input->fd = fd;
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(struct input *const *)a)->path, (*(struct input *const *)b)->path);
}

static bool expand_directory(struct inputs *inputs, const char *path)
{
    size_t first, length = strlen(path);
    struct input *self = append(inputs, path);
    DIR *directory;
    const struct dirent *entry;
    bool ok = true;

    if (self == NULL)
        return false;
    self->is_directory = true;
    directory = opendir(path);
    if (directory == NULL) {
        say(self, strerror(errno));
        return true;
    }
    say(self, "no capture file in this directory"); /* until one is found */
    self->report.damaged = true;
    first = inputs->count;
    while (ok && (entry = readdir(directory)) != NULL) {
        struct stat status;
        char *name;
        struct input *input;

        if (fstatat(dirfd(directory), entry->d_name, &status, 0) != 0 || !S_ISREG(status.st_mode))
            continue;
        ok = asprintf(&name, "%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/",
                      entry->d_name) >= 0;
        if (!ok)
            break;
        input = append(inputs, name);
        free(name);
        ok = input != NULL;
        if (ok) {
            input->directory = self;
            identify(input, &status);
        }
    }
    closedir(directory);
    if (inputs->count > first)
        qsort(inputs->list + first, inputs->count - first, sizeof inputs->list[0], by_path);
    return ok;
}

void input_close(struct input *input)
{
    if (input->source != NULL)
        input->source->operations->close(input->source);
    input->source = NULL;
    if (input->fd >= 0 && !input->hold) {
        close(input->fd);
        input->fd = -1;
    }
}

static void input_free(struct input *input)
{
    input->hold = false;
    input_close(input);
    free(input->path);
    free(input);
}

/* What was named by itself comes before what a directory has: it is not left out without a word. */
static int by_file(const void *a_, const void *b_)
{
    const struct input *a = *(struct input *const *)a_, *b = *(struct input *const *)b_;
    if (a->id.device != b->id.device)
        return a->id.device < b->id.device ? -1 : 1;
    if (a->id.number != b->id.number)
        return a->id.number < b->id.number ? -1 : 1;
    if ((a->directory == NULL) != (b->directory == NULL))
        return a->directory == NULL ? -1 : 1;
    return a->position < b->position ? -1 : 1;
}

static bool is_same_file(const struct input *a, const struct input *b)
{
    return a->id.known && b->id.known && a->id.device == b->id.device && a->id.number == b->id.number;
}

static void take_out(struct inputs *inputs)
{
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->list[i]->report.names == 0)
            input_free(inputs->list[i]);
        else
            inputs->list[kept++] = inputs->list[i];
    }
    inputs->count = kept;
}

/* Each file once. Return: false if there is no memory. */
static bool unite(struct inputs *inputs)
{
    struct input **files = malloc((inputs->count + 1) * sizeof *files), *kept = NULL;

    if (files == NULL)
        return false;
    for (size_t i = 0; i < inputs->count; i++) {
        files[i] = inputs->list[i];
        files[i]->position = i;
    }
    qsort(files, inputs->count, sizeof *files, by_file);
    for (size_t i = 0; i < inputs->count; i++) {
        if (kept == NULL || !is_same_file(kept, files[i])) {
            kept = files[i];
            continue;
        }
        kept->report.names++;
        files[i]->report.names = 0;
        if (files[i]->directory != NULL && files[i]->directory != kept->directory)
            files[i]->directory->left_out = true; /* it has a file: it need not say that it has none */
    }
    free(files);
    take_out(inputs);
    return true;
}

/* Files are held open while privileges are dropped: allow as many as we may. */
static void allow_many_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool inputs_expand(struct inputs *inputs, const struct capture_options *options, bool open_now)
{
    for (size_t i = 0; i < options->input_count; i++) {
        const char *name = options->inputs[i];
        bool standard_input = strcmp(name, "-") == 0;
        struct stat status;
        struct input *input;
        bool found = (standard_input ? fstat(STDIN_FILENO, &status) : stat(name, &status)) == 0;

        if (!standard_input && found && S_ISDIR(status.st_mode)) {
            if (!expand_directory(inputs, name))
                return false;
            continue;
        }
        input = append(inputs, standard_input ? "standard input" : name);
        if (input == NULL)
            return false;
        input->standard_input = standard_input;
        if (found)
            identify(input, &status);
    }
    if (!unite(inputs))
        return false;
    if (open_now)
        allow_many_descriptors();
    for (size_t i = 0; open_now && i < inputs->count; i++) {
        struct input *input = inputs->list[i];
        input->hold = true;
        if (!input->is_directory)
            (void)open_descriptor(input); /* an error is found again by input_open() */
    }
    return true;
}

bool input_open(struct input *input, const struct file_options *options)
{
    bool no_capture;
    int fd;

    input->report.opened = false;
    if (input->fd < 0 && !open_descriptor(input))
        return false;
    input->report.message[0] = '\0';
    input->report.damaged = false;
    input->report.frames = 0;
    fd = input->regular ? fcntl(input->fd, F_DUPFD_CLOEXEC, 3) : input->fd;
    if (fd < 0 || (input->regular && lseek(fd, 0, SEEK_SET) < 0)) {
        say(input, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (!input->regular)
        input->fd = -1; /* the source owns it */
    input->source = file_open(fd, options, &input->report, &no_capture);
    input->report.opened = input->source != NULL;
    input->left_out = no_capture && input->directory != NULL;
    if (input->directory != NULL && !input->left_out)
        input->directory->left_out = true;
    return input->source != NULL;
}

/* Merge sort: stable, and the C library's qsort() is not promised to be. */
static void sort(struct input **list, struct input **spare, size_t count)
{
    size_t half = count / 2, left = 0, right = half, to = 0;

    if (count < 2)
        return;
    sort(list, spare, half);
    sort(list + half, spare, count - half);
    while (left < half && right < count)
        spare[to++] = list[right]->first_ns < list[left]->first_ns ? list[right++] : list[left++];
    while (left < half)
        spare[to++] = list[left++];
    memcpy(list, spare, to * sizeof *list); /* what is left on the right is in its place */
}

void inputs_sort(struct inputs *inputs)
{
    struct input **spare;
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        struct input *input = inputs->list[i];
        if (input->left_out) {
            input_free(input);
            continue;
        }
        input->directory = NULL; /* from now on it speaks for itself */
        inputs->list[kept++] = input;
    }
    inputs->count = kept;
    spare = malloc((kept + 1) * sizeof *spare);
    if (spare != NULL) /* without memory for it they stay as named */
        sort(inputs->list, spare, kept);
    free(spare);
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        input_free(inputs->list[i]);
    free(inputs->list);
}

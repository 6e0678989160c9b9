/* inputs.h - what was named, as a list of files in the order in which they are read */
#ifndef CAPTURE_INPUTS_H
#define CAPTURE_INPUTS_H

#include "file.h"

struct file_id {
    bool known; /* a regular file */
    uint64_t device, number;
};

struct input {
    struct capture_input_report report; /* name points to path */
    char *path;
    bool standard_input;
    struct input *directory; /* that it was found in: it is left out silently if it is no capture */
    bool is_directory; /* stands for all files in it, and is left out if one of them is a capture */
    bool left_out;
    bool regular;          /* can be opened (or rewound) a second time */
    struct file_id id;     /* which file it is, whatever its name */
    size_t position;       /* as named */
    bool hold;             /* keep fd: it could not be opened again */
    int fd;                /* -1: open it when needed */
    struct source *source; /* NULL: not open */
    uint64_t first_ns;     /* time of its first frame; UINT64_MAX: has none */
};

struct inputs {
    struct input **list; /* pointers: reports must not move */
    size_t count, room;
};

/**
 * inputs_expand() - Fill the list: files as named, the regular files of directories by name, each file once
 * @open_now: open every file at once (before privileges are dropped); nothing is read.
 * Return: false if there is no memory.
 */
bool inputs_expand(struct inputs *inputs, const struct capture_options *options, bool open_now);
/**
 * input_open() - Open (again) and read the header
 * Return: false with report->message, damaged set where it is no readable capture.
 */
bool input_open(struct input *input, const struct file_options *options);
void input_close(struct input *input);
/** inputs_sort() - By first_ns; equal times stay as named. What is left out disappears. */
void inputs_sort(struct inputs *inputs);
void inputs_free(struct inputs *inputs);

#endif

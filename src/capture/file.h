/* file.h - one capture file or pipe as a source */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include "source.h"

struct file_options {
    size_t buffer_bytes; /**< how much is read at once */
    bool idle_on_pipes;
    bool decompress_ahead; /**< on a thread */
    bool libpcap_only; /**< read with libpcap what our own readers could read, too: for tests */
    const volatile sig_atomic_t *stop;
};

/**
 * file_open() - Take over @fd and read the header of the capture in it
 * @report:     name is set; format, link_type, damaged and message are filled in.
 * @no_capture: set if the file is something else (or empty), and not a damaged capture.
 * Return: a source, or NULL with report->message.
 */
struct source *file_open(int fd, const struct file_options *options,
                         struct capture_input_report *report, bool *no_capture);
/**
 * file_peek_time() - Time of the first frame, which stays to be read
 * Return: UINT64_MAX if there is none.
 */
uint64_t file_peek_time(struct source *source);

#endif

/* live.h - an interface as a source */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "source.h"

/**
 * live_open() - Open the interface, set the filter and lock it; nothing is read yet
 * @report: name is the interface's, and must not be a number of the list of -D.
 * Warnings of libpcap go to report->message. Return: NULL with @error and @message.
 */
struct source *live_open(const struct capture_options *options, struct capture_input_report *report,
                         const volatile sig_atomic_t *stop, enum capture_error *error,
                         char *message, size_t message_size);

#endif

/* filter.h - one BPF expression, compiled for each link type */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "capture.h"

#include <pcap/pcap.h>

enum { FILTER_PROGRAMS = 8 };

struct filter_program {
    int link_type;
    bool compiles;
    struct bpf_program program; /**< if it does */
    char error[256];            /**< why it does not */
};

struct filter {
    const char *expression; /**< NULL: everything passes */
    struct filter_program programs[FILTER_PROGRAMS];
    size_t made;                       /**< so far: the newest replace the oldest */
    const struct bpf_program *program; /**< the one prepared last */
};

/** filter_prepare() - For frames of @link_type. Return: false with @message, if it is wrong. */
bool filter_prepare(struct filter *filter, int link_type, char *message, size_t message_size);
void filter_free(struct filter *filter);

static inline bool filter_passes(const struct filter *filter, const struct capture_frame *frame)
{
    return bpf_filter(filter->program->bf_insns, frame->data, frame->wirelen, frame->caplen) != 0;
}

#endif

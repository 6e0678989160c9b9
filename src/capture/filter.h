/* filter.h - one BPF expression, compiled anew when the link type changes */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include "capture.h"

#include <pcap/pcap.h>

struct filter {
    const char *expression; /**< NULL: everything passes */
    bool compiled;
    int link_type; /**< that it is compiled for */
    struct bpf_program program;
};

/** filter_prepare() - Compile for @link_type unless it is already. Return: false with @message. */
bool filter_prepare(struct filter *filter, int link_type, char *message, size_t message_size);
void filter_free(struct filter *filter);

static inline bool filter_passes(const struct filter *filter, const struct capture_frame *frame)
{
    return bpf_filter(filter->program.bf_insns, frame->data, frame->wirelen, frame->caplen) != 0;
}

#endif

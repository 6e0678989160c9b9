/* live.c - an interface as a source
 *
 * The handle is non-blocking and we wait for it ourselves, so that a quiet wire, a signal or a
 * stop is noticed within 100 ms whatever the kernel's ring does. The filter runs in the kernel,
 * and is then locked: no code that we might be made to run later can widen it.
 *
 * libpcap counts in 32 bits; the differences between two looks are right modulo 2^32, so their
 * 64-bit sum is right as long as somebody looks before 2^32 packets have passed.
 */
#include "live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { DEFAULT_SNAPLEN = 262144, TIMEOUT_MS = 100, LOOK_EVERY_FRAMES = 1 << 20 };

struct counter {
    uint32_t last;
    uint64_t sum;
};

struct live_source {
    struct source source;
    pcap_t *pcap;
    int fd;
    const volatile sig_atomic_t *stop;
    bool has_drops;
    struct counter received, dropped_kernel, dropped_interface;
};

static void count_on(struct counter *counter, uint32_t now)
{
    counter->sum += now - counter->last; /* modulo 2^32 */
    counter->last = now;
}

static void look_at_drops(struct live_source *live)
{
    struct pcap_stat now;

    if (pcap_stats(live->pcap, &now) != 0)
        return;
    live->has_drops = true;
    count_on(&live->received, now.ps_recv);
    count_on(&live->dropped_kernel, now.ps_drop);
    count_on(&live->dropped_interface, now.ps_ifdrop);
}

static void live_drops(struct source *source, struct capture_stats *stats)
{
    struct live_source *live = (struct live_source *)source;

    look_at_drops(live);
    stats->has_drops = live->has_drops;
    stats->received = live->received.sum;
    stats->dropped_kernel = live->dropped_kernel.sum;
    stats->dropped_interface = live->dropped_interface.sum;
}

static enum capture_status deliver(struct live_source *live, const struct pcap_pkthdr *header,
                                   const u_char *data, struct capture_frame *frame)
{
    struct timeval time = header->ts;

    if (pcap_get_tstamp_precision(live->pcap) != PCAP_TSTAMP_PRECISION_NANO)
        time.tv_usec *= 1000;
    frame->data = data;
    frame->caplen = header->caplen;
    frame->wirelen = header->len > header->caplen ? header->len : header->caplen;
    frame->ts_ns = source_time_ns(&time, false);
    if (++live->source.report->frames % LOOK_EVERY_FRAMES == 0)
        look_at_drops(live);
    return CAPTURE_FRAME;
}

static enum capture_status live_next(struct source *source, struct capture_frame *frame)
{
    struct live_source *live = (struct live_source *)source;
    struct capture_input_report *report = source->report;

    for (int waited = 0; waited < 2; waited++) {
        struct pcap_pkthdr *header;
        const u_char *data;
        int result = pcap_next_ex(live->pcap, &header, &data);

        if (result == 1)
            return deliver(live, header, data, frame);
        if (result < 0) {
            if (result == PCAP_ERROR && !*live->stop) {
                report->damaged = true;
                snprintf(report->message, sizeof report->message, "%s: %s (after %llu frames)",
                         report->name, pcap_geterr(live->pcap), (unsigned long long)report->frames);
            }
            return CAPTURE_END;
        }
        if (waited == 0) {
            struct pollfd wait = {.fd = live->fd, .events = POLLIN};
            if (poll(&wait, 1, SOURCE_IDLE_MS) <= 0)
                break;
        }
    }
    return CAPTURE_IDLE;
}

/* Frames of a wire are handed on one by one. */
static unsigned live_more(struct source *source, struct capture_frame *frames, unsigned room)
{
    (void)source, (void)frames, (void)room;
    return 0;
}

static uint64_t live_bytes_read(const struct source *source)
{
    (void)source;
    return 0;
}

static void live_interrupt(struct source *source)
{
    pcap_breakloop(((struct live_source *)source)->pcap);
}

static void live_close(struct source *source)
{
    struct live_source *live = (struct live_source *)source;

    if (live->pcap != NULL)
        pcap_close(live->pcap);
    free(live);
}

static const struct source_operations live_operations = {.next = live_next,
                                                         .more = live_more,
                                                         .bytes_read = live_bytes_read,
                                                         .drops = live_drops,
                                                         .interrupt = live_interrupt,
                                                         .close = live_close};

/* Options that libpcap wants between create and activate. A platform without one does without. */
static void configure(pcap_t *pcap, const struct capture_options *options)
{
    (void)pcap_set_snaplen(pcap, options->snaplen > 0 ? options->snaplen : DEFAULT_SNAPLEN);
    (void)pcap_set_promisc(pcap, options->promiscuous);
    (void)pcap_set_timeout(pcap, TIMEOUT_MS);
    (void)pcap_set_immediate_mode(pcap, options->immediate);
    (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    if (options->buffer_kib > 0)
        (void)pcap_set_buffer_size(
            pcap, options->buffer_kib > INT32_MAX / 1024 ? INT32_MAX : options->buffer_kib * 1024);
}

/* Set the filter and forbid another. */
static bool set_filter(pcap_t *pcap, const char *expression)
{
    struct bpf_program program;
    int result;

    if (expression != NULL) {
        if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
            return false;
        result = pcap_setfilter(pcap, &program);
        pcap_freecode(&program);
        if (result != 0)
            return false;
    }
#ifdef SO_LOCK_FILTER
    {
        int yes = 1;
        (void)setsockopt(pcap_fileno(pcap), SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof yes);
    }
#endif
    return true;
}

static bool activate(struct live_source *live, char *message, size_t message_size)
{
    struct capture_input_report *report = live->source.report;
    char error[PCAP_ERRBUF_SIZE] = "";
    int result = pcap_activate(live->pcap);
    const char *detail = pcap_geterr(live->pcap);

    if (result < 0) {
        const char *status = pcap_statustostr(result);
        if (detail[0] != '\0' && result != PCAP_ERROR && strstr(detail, status) == NULL)
            snprintf(message, message_size, "%s: %s: %s", report->name, status, detail);
        else
            snprintf(message, message_size, "%s: %s", report->name,
                     detail[0] != '\0' ? detail : status);
        return false;
    }
    if (result > 0)
        snprintf(report->message, sizeof report->message, "%s: %s", report->name,
                 result == PCAP_WARNING ? detail : pcap_statustostr(result));
    if (pcap_setnonblock(live->pcap, 1, error) != 0) {
        snprintf(message, message_size, "%s: %s", report->name, error);
        return false;
    }
    live->fd = pcap_get_selectable_fd(live->pcap); /* -1: poll() then only waits */
    return true;
}

struct source *live_open(const struct capture_options *options, struct capture_input_report *report,
                         const volatile sig_atomic_t *stop, enum capture_error *error,
                         char *message, size_t message_size)
{
    struct live_source *live = calloc(1, sizeof *live);
    char pcap_error[PCAP_ERRBUF_SIZE] = "";

    *error = CAPTURE_ERROR_OPEN;
    if (live == NULL) {
        snprintf(message, message_size, "out of memory");
        return NULL;
    }
    live->source = (struct source){&live_operations, report, 0};
    live->stop = stop;
    report->format = "live";
    live->pcap = pcap_create(report->name, pcap_error);
    if (live->pcap == NULL) {
        snprintf(message, message_size, "%s: %s", report->name, pcap_error);
        goto failed;
    }
    configure(live->pcap, options);
    if (!activate(live, message, message_size))
        goto failed;
    live->source.link_type = report->link_type = pcap_datalink(live->pcap);
    if (!set_filter(live->pcap, options->filter)) {
        *error = CAPTURE_ERROR_USAGE;
        snprintf(message, message_size, "filter \"%s\" does not compile: %s", options->filter,
                 pcap_geterr(live->pcap));
        goto failed;
    }
    *error = CAPTURE_OK;
    return &live->source;
failed:
    live_close(&live->source);
    return NULL;
}

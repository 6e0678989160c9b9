/* run.c - one pass over the inputs
 *
 *     capture_next() -> tcptwin_decode() -> tcptwin_feed() -> (sink) -> outputs_event()
 *
 * The loop is all there is; the rest of this file sets it up and says afterwards what it found. Files
 * are read and decoded ahead on a second thread (feeder.h). What has ended is concluded (concluder.h) on more
 * threads where there are more processors; where there are two, by the reader while it is far enough ahead. Who
 * waits for it helps, and at the end, when there is nothing to read, there is one more. What comes live or
 * through a pipe is taken frame by frame on one thread, so that nothing waits for a batch to fill. Packet
 * time is the only clock of the core. Live and quiet, it is moved on by as much monotonic time as has passed
 * since the last packet, so that timers fire without packets.
 *
 * Whatever goes wrong, what was read is reported, and nothing ends silently: an input that cannot be
 * read, a link type that cannot be decoded, no TCP at all are said on standard error.
 */
#include "run.h"

#include "concluder.h"
#include "feeder.h"
#include "memory.h"
#include "messages.h"
#include "outputs.h"
#include "progress.h"
#include "signals.h"

#include "capture/capture.h"
#include "report/gate.h"
#include "report/report.h"
#include "tcptwin/decode.h"
#include "tcptwin/tcptwin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { FRAGMENT_BYTES = 1 << 20, MESSAGE_BYTES = 512 };

struct run {
    const struct cli_options *options;
    struct capture *capture;
    struct outputs *outputs;
    struct intake intake;
    struct tcptwin *core;
    struct concluder *concluder; /* NULL: all on one thread */
    struct progress progress;
    struct gate *gate;          /* NULL: nobody asked */
    uint64_t seen_ns, seen_at;  /* packet time of the last packet, and monotonic time then; live */
    struct report_summary summary;
    struct report_input *inputs;
};

static void sink(void *user, const struct tcptwin_event *event)
{
    struct run *run = user;

    outputs_event(run->outputs, event);
    if (run->gate != NULL)
        gate_event(run->gate, event);
    if (outputs_dead(run->outputs))
        capture_stop(run->capture);
}

static bool enough(void *user, const struct tcptwin_connection *brief)
{
    const struct run *run = user;

    return outputs_enough(run->outputs, brief);
}

static void take_datagram(void *user, const struct tcptwin_datagram *datagram)
{
    outputs_datagram(user, datagram);
}

static const char *link_type_name(int link_type)
{
    const char *name = capture_link_type_name(link_type);

    return name != NULL ? name : "unknown";
}

/* Files only: nobody waits for what has been read of them. */
static bool is_fed_ahead(const struct cli_options *options)
{
    for (size_t i = 0; i < options->input_count; i++)
        if (strcmp(options->inputs[i], "-") == 0)
            return false;
    return options->interface == NULL;
}

static uint64_t jobs_of(const struct cli_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return options->jobs != 0 ? options->jobs : processors > 0 ? (uint64_t)processors : 1;
}

/* How the core is wanted. Return: false when a message was printed. */
static bool choose_core(struct run *run, struct tcptwin_options *core)
{
    const struct cli_options *options = run->options;

    tcptwin_options_init(core);
    core->profile = options->profile;
    core->live = options->interface != NULL || options->live_order;
    if (options->memory_bytes != 0)
        core->memory_limit = (size_t)options->memory_bytes;
    core->allocator = memory_allocator();
    core->sink = sink;
    core->sink_user = run;
    core->enough = !core->live && outputs_take_brief(run->outputs) ? enough : NULL;
    run->concluder = is_fed_ahead(options) && !core->live ? concluder_create() : NULL;
    if (run->concluder != NULL)
        core->pipeline = concluder_pipeline(run->concluder);
    /* whoever is on the wire must not be able to aim at one bucket; a file gives the same bytes twice */
    if (options->interface != NULL &&
        getrandom(core->hash_key, sizeof core->hash_key, 0) != sizeof core->hash_key) {
        message_error("no random numbers for the flow table: %s", strerror(errno));
        return false;
    }
    return true;
}

/* Where connections live: the decoder and the core, in memory that is ours. */
static bool make_engine(struct run *run)
{
    const struct cli_options *options = run->options;
    const struct capture_input_report *first = capture_report(run->capture, 0);
    struct tcptwin_decode_options decode = {.link_type = first != NULL ? first->link_type : 0,
                                            .verify_checksums = options->verify_checksums,
                                            .scope_vlan = options->scope_vlan,
                                            .scope_tunnel = options->scope_tunnel,
                                            .datagrams = outputs_want_datagrams(run->outputs),
                                            .fragment_bytes = FRAGMENT_BYTES};
    struct tcptwin_options core;
    void *memory;

    if (!choose_core(run, &core))
        return false;
    memory = malloc(tcptwin_decoder_size(&decode));
    if (memory != NULL) {
        run->intake = (struct intake){.capture = run->capture,
                                      .decoder = tcptwin_decoder_init(memory, &decode),
                                      .link_type = decode.link_type,
                                      .summary = &run->summary,
                                      .datagram = decode.datagrams ? take_datagram : NULL,
                                      .datagram_user = run->outputs};
        run->core = tcptwin_create(&core);
        run->intake.core = run->core;
    }
    if (run->core == NULL) {
        message_error(options->memory_bytes != 0 ? "out of memory: --memory is too little to begin with"
                                                 : "out of memory");
        return false;
    }
    if (run->concluder != NULL)
        concluder_start(run->concluder, run->core, jobs_of(options));
    return true;
}

static void print_statistics(struct run *run, const struct capture_stats *capture)
{
    struct tcptwin_stats core;

    tcptwin_get_stats(run->core, &core);
    message_error("%llu packets, %llu TCP, %llu connections, %llu open, %llu evicted, %.1f MB, %llu dropped",
                  (unsigned long long)capture->frames_read, (unsigned long long)core.segments,
                  (unsigned long long)core.connections, (unsigned long long)core.open_connections,
                  (unsigned long long)core.evicted, (double)core.memory_bytes / 1e6,
                  (unsigned long long)(capture->dropped_kernel + capture->dropped_interface));
}

/* What a person may ask or want to see meanwhile. */
static void look_around(struct run *run, const struct capture_stats *stats)
{
    progress_step(&run->progress, stats, stats->frames_read);
    if (signal_statistics) {
        signal_statistics = 0;
        print_statistics(run, stats);
    }
}

static void read_frames(struct run *run)
{
    struct capture_frame frame;
    struct tcptwin_decoded decoded;
    struct capture_stats stats;
    enum capture_status status;
    uint64_t packets = 0;

    while ((status = capture_next(run->capture, &frame)) != CAPTURE_END) {
        if (status == CAPTURE_FRAME) {
            enum tcptwin_decode_result result = intake_frame(&run->intake, &frame, &decoded.segment, &decoded);
            if (result == TCPTWIN_DECODE_TCP)
                tcptwin_feed(run->core, &decoded.segment);
            else if (result == TCPTWIN_DECODE_ICMP_ERROR)
                tcptwin_feed_icmp(run->core, &decoded.icmp);
            run->seen_ns = frame.ts_ns;
            run->seen_at = run->options->interface != NULL ? monotonic_ns() : 0;
        } else if (run->seen_ns != 0 && run->options->interface != NULL) {
            tcptwin_advance(run->core, run->seen_ns + (monotonic_ns() - run->seen_at));
        }
        if (signal_statistics || ++packets % PROGRESS_STRIDE == 0) {
            capture_get_stats(run->capture, &stats);
            look_around(run, &stats);
        }
    }
}

static void read_batches(struct run *run, struct feeder *feeder)
{
    const struct feeder_batch *batch;
    uint64_t shown = 0;

    while ((batch = feeder_next(feeder)) != NULL) {
        tcptwin_feed_batch(run->core, batch->segments, batch->places, batch->count);
        if (batch->has_icmp)
            tcptwin_feed_icmp(run->core, &batch->icmp);
        if (signal_statistics || batch->packets >= shown + PROGRESS_STRIDE) {
            shown = batch->packets;
            look_around(run, &batch->stats);
        }
    }
}

static void read_all(struct run *run)
{
    struct feeder *feeder = NULL;
    uint64_t jobs = jobs_of(run->options);
    struct feeder_pastime pastime = {NULL, NULL};

    if (jobs == 2 && run->concluder != NULL) /* the reader has time to conclude as well */
        pastime = (struct feeder_pastime){concluder_step, run->concluder};
    if (is_fed_ahead(run->options))
        feeder = feeder_start(&run->intake, jobs > 1, pastime);
    if (feeder != NULL)
        read_batches(run, feeder);
    else
        read_frames(run);
    feeder_stop(feeder);
    progress_end(&run->progress);
}

static void summarise(struct run *run)
{
    struct report_summary *summary = &run->summary;
    const struct capture_input_report *input;
    struct capture_stats stats;
    size_t count = 0;

    capture_get_stats(run->capture, &stats);
    summary->packets = stats.frames_read;
    summary->packets_matched = stats.frames_delivered;
    summary->has_drops = stats.has_drops;
    summary->received = stats.received;
    summary->dropped_kernel = stats.dropped_kernel;
    summary->dropped_interface = stats.dropped_interface;
    summary->live = capture_is_live(run->capture);
    summary->interrupted = signal_stop != 0 && !summary->live;
    summary->filter = run->options->filter;
    summary->profile = tcptwin_profile_word(run->options->profile)->name;
    tcptwin_get_stats(run->core, &summary->core);

    while (capture_report(run->capture, count) != NULL)
        count++;
    run->inputs = calloc(count + 1, sizeof *run->inputs);
    if (run->inputs == NULL)
        return; /* the summary then names no inputs */
    for (size_t i = 0; (input = capture_report(run->capture, i)) != NULL; i++)
        run->inputs[i] = (struct report_input){.name = input->name,
                                               .format = input->format,
                                               .link_type = link_type_name(input->link_type),
                                               .message = input->message,
                                               .frames = input->frames,
                                               .damaged = input->damaged};
    summary->inputs = run->inputs;
    summary->input_count = count;
}

/* What is to be said of the inputs. Return: the worst exit code. */
static enum cli_exit judge_inputs(const struct run *run)
{
    const struct capture_input_report *input;
    enum cli_exit status = CLI_EXIT_DONE;

    for (size_t i = 0; (input = capture_report(run->capture, i)) != NULL; i++) {
        if (input->message[0] != '\0')
            message_error("%s", input->message);
        if (input->names > 1 && input->opened)
            message_note("%s: named %u times, read once", input->name, input->names);
        if (input->damaged && status == CLI_EXIT_DONE)
            status = CLI_EXIT_DAMAGED;
        else if (!input->opened && !input->damaged)
            status = CLI_EXIT_OPEN;
    }
    return status;
}

/* An empty result is said to be one, with what could explain it. */
static void judge_result(const struct run *run)
{
    const struct report_summary *summary = &run->summary;

    if (summary->tcp_packets == 0 && outputs_want_connections(run->outputs))
        message_note("0 TCP packets of %llu%s; link type %s", (unsigned long long)summary->packets_matched,
                     summary->filter != NULL ? " that pass the filter" : "", link_type_name(run->intake.link_type));
    if (summary->interrupted)
        message_error("interrupted after %llu packets", (unsigned long long)summary->packets);
    if (summary->has_drops)
        message_note("%llu packets received, %llu dropped by the kernel, %llu by the interface",
                     (unsigned long long)summary->received, (unsigned long long)summary->dropped_kernel,
                     (unsigned long long)summary->dropped_interface);
}

static bool open_gate(struct run *run)
{
    if (run->options->fail_on == NULL)
        return true;
    run->gate = calloc(1, sizeof *run->gate);
    if (run->gate == NULL) {
        message_error("out of memory");
        return false;
    }
    findings_init(&run->gate->findings);
    gate_name(run->gate, run->options->fail_on);
    return true;
}

/* Return: MATCHED if what must not happen did. */
static enum cli_exit judge_gate(struct run *run)
{
    char found[MESSAGE_BYTES];

    if (run->gate == NULL)
        return CLI_EXIT_DONE;
    gate_close(run->gate, &run->summary, found, sizeof found);
    if (found[0] != '\0')
        message_error("--fail-on %s: found %s", run->options->fail_on, found);
    return found[0] != '\0' ? CLI_EXIT_MATCHED : CLI_EXIT_DONE;
}

static enum cli_exit run_pass(struct run *run)
{
    enum cli_exit status, gate;

    if (!open_gate(run))
        return CLI_EXIT_OPEN;
    if (!outputs_begin(run->outputs, run->options))
        return CLI_EXIT_OUTPUT;
    if (!make_engine(run))
        return CLI_EXIT_OPEN;
    progress_begin(&run->progress, run->options->interface == NULL && !run->options->quiet);
    signals_begin(run->capture);
    if (run->options->interface != NULL)
        message_note("watching %s, link type %s; SIGINT ends it with the summary", run->options->interface,
                     link_type_name(run->intake.link_type));
    read_all(run);
    if (run->concluder != NULL && jobs_of(run->options) > 1) /* the reader has gone */
        concluder_hire(run->concluder);
    tcptwin_finish(run->core);
    if (run->concluder != NULL)
        concluder_stop(run->concluder);
    summarise(run);
    outputs_finish(run->outputs, &run->summary);
    gate = judge_gate(run);
    status = judge_inputs(run);
    if (status == CLI_EXIT_DONE)
        status = gate;
    judge_result(run);
    signals_end();
    return run->summary.interrupted ? CLI_EXIT_INTERRUPTED : status;
}

static enum cli_exit open_failed(enum capture_error error)
{
    switch (error) {
    case CAPTURE_ERROR_USAGE:
        return CLI_EXIT_USAGE;
    case CAPTURE_ERROR_DAMAGED:
        return CLI_EXIT_DAMAGED;
    case CAPTURE_OK:
    case CAPTURE_ERROR_OPEN:
        break;
    }
    return CLI_EXIT_OPEN;
}

enum cli_exit run(const struct cli_options *options)
{
    struct capture_options capture = {.inputs = options->interface == NULL ? options->inputs : NULL,
                                      .input_count = options->input_count,
                                      .interface = options->interface,
                                      .filter = options->filter,
                                      .max_frames = options->max_packets,
                                      .snaplen = options->snaplen,
                                      .buffer_kib = options->buffer_kib,
                                      .promiscuous = options->promiscuous,
                                      .drop_user = options->drop_user,
                                      .decompress_ahead = jobs_of(options) > 1,
                                      .link_type_supported = tcptwin_link_type_supported};
    struct run run = {.options = options};
    enum capture_error error = CAPTURE_OK;
    enum cli_exit status;
    char message[MESSAGE_BYTES] = "";

    run.outputs = outputs_open(options);
    if (run.outputs == NULL)
        return CLI_EXIT_OUTPUT;
    run.capture = capture_open(&capture, &error, message, sizeof message);
    if (run.capture == NULL) {
        message_error("%s", message);
        status = open_failed(error);
    } else {
        status = run_pass(&run);
    }
    if (!outputs_close(run.outputs))
        status = CLI_EXIT_OUTPUT;
    tcptwin_destroy(run.core);
    concluder_free(run.concluder);
    free(run.intake.decoder);
    free(run.inputs);
    free(run.gate);
    if (run.capture != NULL)
        capture_close(run.capture);
    return status;
}

/* feeder.c - see feeder.h
 *
 * A ring of batches between two threads: the reader fills the batch at `filled`, the caller empties
 * the one at `taken`. One lock and two conditions, touched once a batch. Waking a thread costs more
 * than a batch, so a reader that found the ring full sleeps until half of it is empty, and a caller that found
 * it empty gives way a while before it sleeps.
 */
#include "feeder.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 16, STATS_STRIDE = 64 /* batches */, PATIENCE = 100 /* yields: some batches' time */ };

struct feeder {
    struct intake *intake;
    bool threaded;
    struct feeder_pastime pastime;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    atomic_uint filled; /* batches so far; changed with the lock held */
    unsigned taken;     /* the same; their difference is what is in the ring */
    bool done, holding;     /* holding: the caller still looks at the batch at `taken` */
    bool reader_sleeps, caller_sleeps;
    uint64_t packets; /* the reader's own, as the next */
    struct capture_stats stats;
    struct feeder_batch ring[RING];
};

/* Inlined where frames are taken by the dozen. */
static inline enum tcptwin_decode_result take_frame(struct intake *intake, const struct capture_frame *frame,
                                                    struct tcptwin_segment *segment, struct tcptwin_decoded *decoded)
{
    struct report_summary *summary = intake->summary;
    enum tcptwin_decode_result result;

    if (frame->link_type != intake->link_type) {
        intake->link_type = frame->link_type;
        tcptwin_decoder_link_type(intake->decoder, frame->link_type);
    }
    result = tcptwin_decode_to(intake->decoder, frame->data, frame->caplen, frame->wirelen, frame->ts_ns,
                               frame->number, segment, decoded);
    summary->decode_counts[result]++;
    if (result == TCPTWIN_DECODE_TCP) {
        unsigned notes = segment->notes;
        summary->tcp_packets++;
        if (frame->ts_ns >= summary->latest_ns)
            summary->latest_ns = frame->ts_ns;
        else if (summary->latest_ns - frame->ts_ns > summary->back_ns)
            summary->back_ns = summary->latest_ns - frame->ts_ns;
        if (notes & ~(unsigned)TCPTWIN_NOTE_CHECKSUM_OK) {
            summary->notes_truncated += (notes & TCPTWIN_NOTE_OPTIONS_CUT) != 0;
            summary->notes_bad_checksum += (notes & TCPTWIN_NOTE_CHECKSUM_BAD) != 0;
            summary->notes_ip_length_zero += (notes & TCPTWIN_NOTE_IP_LENGTH_ZERO) != 0;
        }
    } else if (intake->datagram != NULL &&
               (result == TCPTWIN_DECODE_DATAGRAM || result == TCPTWIN_DECODE_ICMP_ERROR)) {
        intake->datagram(intake->datagram_user, &decoded->datagram);
    }
    return result;
}

enum tcptwin_decode_result intake_frame(struct intake *intake, const struct capture_frame *frame,
                                        struct tcptwin_segment *segment, struct tcptwin_decoded *decoded)
{
    return take_frame(intake, frame, segment, decoded);
}

/* Fill one batch. Return: false at the end of the capture. */
static bool fill(struct intake *intake, struct feeder_batch *batch)
{
    struct tcptwin_segment *segment = batch->segments, *const end = segment + FEEDER_SEGMENTS;
    struct tcptwin_place *place = batch->places;
    struct tcptwin_decoded decoded;
    bool more = true;

    batch->has_icmp = false;
    while (segment < end && !batch->has_icmp && more) {
        if (intake->at_hand == 0) {
            more = capture_next_run(intake->capture, &intake->frames, &intake->at_hand) != CAPTURE_END;
            continue;
        }
        intake->at_hand--;
        batch->packets++;
        switch (take_frame(intake, intake->frames++, segment, &decoded)) {
        case TCPTWIN_DECODE_TCP:
            *place++ = tcptwin_find_place(intake->core, segment++);
            break;
        case TCPTWIN_DECODE_ICMP_ERROR:
            batch->icmp = decoded.icmp;
            batch->has_icmp = true;
            break;
        default:
            break;
        }
    }
    batch->count = (size_t)(segment - batch->segments);
    return more;
}

/* Fill the batch at `filled`. Return: false at the end of the capture. */
static bool fill_next(struct feeder *feeder)
{
    struct feeder_batch *batch = &feeder->ring[feeder->filled % RING];
    bool more;

    batch->packets = feeder->packets;
    more = fill(feeder->intake, batch);
    feeder->packets = batch->packets;
    if (feeder->filled % STATS_STRIDE == 0 || !more)
        capture_get_stats(feeder->intake->capture, &feeder->stats);
    batch->stats = feeder->stats;
    return more;
}

/* With the lock, which is let go meanwhile. */
static void wait_usefully(struct feeder *feeder)
{
    bool busy = false;

    if (feeder->pastime.step != NULL) {
        pthread_mutex_unlock(&feeder->lock);
        busy = feeder->pastime.step(feeder->pastime.user);
        pthread_mutex_lock(&feeder->lock);
    }
    if (!busy && feeder->filled - feeder->taken > RING / 2)
        pthread_cond_wait(&feeder->not_full, &feeder->lock);
}

static void *read_ahead(void *user)
{
    struct feeder *feeder = user;
    bool more = true;

    while (more) {
        more = fill_next(feeder);
        pthread_mutex_lock(&feeder->lock);
        feeder->filled++;
        feeder->done = !more;
        if (feeder->caller_sleeps)
            pthread_cond_signal(&feeder->not_empty);
        if (more && feeder->filled - feeder->taken == RING) {
            feeder->reader_sleeps = true;
            while (feeder->filled - feeder->taken > RING / 2)
                wait_usefully(feeder);
            feeder->reader_sleeps = false;
        }
        pthread_mutex_unlock(&feeder->lock);
    }
    return NULL;
}

struct feeder *feeder_start(struct intake *intake, bool ahead, struct feeder_pastime pastime)
{
    struct feeder *feeder = aligned_alloc(64, sizeof *feeder);
    sigset_t all, before;

    if (feeder == NULL)
        return NULL;
    memset(feeder, 0, offsetof(struct feeder, ring)); /* batches are filled before they are read */
    feeder->intake = intake;
    feeder->pastime = pastime;
    pthread_mutex_init(&feeder->lock, NULL);
    pthread_cond_init(&feeder->not_empty, NULL);
    pthread_cond_init(&feeder->not_full, NULL);
    sigfillset(&all); /* signals are the caller's: neither reads nor writes here are interrupted */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    feeder->threaded = ahead && pthread_create(&feeder->thread, NULL, read_ahead, feeder) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return feeder;
}

/* Without a thread: fill the one batch there is now. */
static const struct feeder_batch *read_next(struct feeder *feeder)
{
    if (feeder->done)
        return NULL;
    feeder->done = !fill_next(feeder);
    return &feeder->ring[feeder->filled % RING];
}

/* With the lock, which is let go meanwhile. */
static void await_batch(struct feeder *feeder)
{
    const unsigned taken = feeder->taken;

    pthread_mutex_unlock(&feeder->lock);
    for (unsigned i = 0; i < PATIENCE && feeder->filled == taken; i++)
        sched_yield();
    pthread_mutex_lock(&feeder->lock);
    feeder->caller_sleeps = true;
    while (feeder->filled == feeder->taken && !feeder->done)
        pthread_cond_wait(&feeder->not_empty, &feeder->lock);
    feeder->caller_sleeps = false;
}

const struct feeder_batch *feeder_next(struct feeder *feeder)
{
    const struct feeder_batch *batch = NULL;

    if (!feeder->threaded)
        return read_next(feeder);
    pthread_mutex_lock(&feeder->lock);
    if (feeder->holding) {
        feeder->taken++;
        feeder->holding = false;
        if (feeder->reader_sleeps && feeder->filled - feeder->taken <= RING / 2)
            pthread_cond_signal(&feeder->not_full);
    }
    if (feeder->filled == feeder->taken && !feeder->done)
        await_batch(feeder);
    if (feeder->filled != feeder->taken) {
        batch = &feeder->ring[feeder->taken % RING];
        feeder->holding = true;
    }
    pthread_mutex_unlock(&feeder->lock);
    return batch;
}

void feeder_stop(struct feeder *feeder)
{
    if (feeder == NULL)
        return;
    while (feeder_next(feeder) != NULL)
        ;
    if (feeder->threaded)
        pthread_join(feeder->thread, NULL);
    pthread_cond_destroy(&feeder->not_full);
    pthread_cond_destroy(&feeder->not_empty);
    pthread_mutex_destroy(&feeder->lock);
    free(feeder);
}

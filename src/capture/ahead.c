/* ahead.c - see ahead.h
 *
 * A ring of blocks. The thread fills the one at `made`, the reader empties the one at `taken`; the lock is
 * touched twice a block. The last block may be short, or empty: it bears the result.
 */
#include "ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 4, BLOCK_BYTES = 256 * 1024 };

struct block {
    size_t size;
    ssize_t result; /* what came after it: more, the end, an error */
    uint64_t progress;
    uint8_t bytes[BLOCK_BYTES];
};

struct ahead {
    struct ahead_producer producer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned made, taken; /* blocks so far */
    bool stopping;
    bool over;            /* the reader's own, as the next */
    size_t at;            /* in the block at `taken` */
    uint64_t progress;
    struct block ring[RING];
};

static void fill(const struct ahead_producer *producer, struct block *block)
{
    block->size = 0;
    do {
        block->result = producer->produce(producer->user, block->bytes + block->size, BLOCK_BYTES - block->size);
        if (block->result > 0)
            block->size += (size_t)block->result;
    } while (block->result > 0 && block->size < BLOCK_BYTES);
    block->progress = producer->progress(producer->user);
}

static void *run(void *user)
{
    struct ahead *ahead = user;
    bool more = true;

    while (more) {
        struct block *block = &ahead->ring[ahead->made % RING];
        fill(&ahead->producer, block);
        more = block->result > 0;
        pthread_mutex_lock(&ahead->lock);
        ahead->made++;
        pthread_cond_signal(&ahead->changed);
        while (ahead->made - ahead->taken == RING && !ahead->stopping)
            pthread_cond_wait(&ahead->changed, &ahead->lock);
        more = more && !ahead->stopping;
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

struct ahead *ahead_start(const struct ahead_producer *producer)
{
    struct ahead *ahead = malloc(sizeof *ahead);
    sigset_t all, before;
    bool started;

    if (ahead == NULL)
        return NULL;
    memset(ahead, 0, offsetof(struct ahead, ring));
    ahead->producer = *producer;
    ahead->progress = producer->progress(producer->user);
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    sigfillset(&all); /* signals are the caller's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&ahead->thread, NULL, run, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        return ahead;
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
    return NULL;
}

/* The block at `taken`, when it is made. */
static const struct block *await(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->made == ahead->taken)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    return &ahead->ring[ahead->taken % RING];
}

static void pass(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->taken++;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    ahead->at = 0;
}

ssize_t ahead_read(struct ahead *ahead, uint8_t *out, size_t size)
{
    for (;;) {
        const struct block *block = await(ahead);
        size_t have = block->size - ahead->at;

        ahead->progress = block->progress;
        if (have > 0) {
            have = have < size ? have : size;
            memcpy(out, block->bytes + ahead->at, have);
            ahead->at += have;
            return (ssize_t)have;
        }
        if (block->result <= 0) {
            ahead->over = true;
            return block->result;
        }
        pass(ahead);
    }
}

uint64_t ahead_progress(const struct ahead *ahead)
{
    return ahead->progress;
}

bool ahead_over(const struct ahead *ahead)
{
    return ahead->over;
}

void ahead_stop(struct ahead *ahead)
{
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopping = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

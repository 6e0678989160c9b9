/* concluder.c - see concluder.h
 *
 * A ring of lists that go round between two threads:
 *
 *     reclaimed <= settled <= handed <= reclaimed + RING
 *
 * The list at `handed` is put in by the feeding thread, the one at `settled` is concluded next, the one
 * at `reclaimed` is freed next: when the ring is full, one for each that comes. So it is the
 * input that determines when memory comes back, not the pace of the threads. Waking a thread costs more
 * than a list, so a sleeper is woken only when there is work for a while.
 */
#include "concluder.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { RING = 32, WAKE = 8 /* lists */ };

struct concluder {
    struct tcptwin_pipeline pipeline;
    struct tcptwin *core;
    pthread_t thread;
    bool threaded;
    struct tcptwin_departures ring[RING];
    uint64_t reclaimed; /* the feeding thread's own */
    pthread_mutex_t at_work; /* held by whoever concludes: lists go one by one, in order */
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t work, progress;
    uint64_t handed, settled, awaited; /* awaited: the feeding thread sleeps until so many are settled */
    bool sleeps, stopping;
};

static bool has_work(const struct concluder *concluder)
{
    return concluder->handed != concluder->settled;
}

/* With at_work: conclude the next list. Return: false if there is none. */
static bool settle_one(struct concluder *concluder)
{
    pthread_mutex_lock(&concluder->lock);
    bool found = has_work(concluder);
    pthread_mutex_unlock(&concluder->lock);
    if (!found)
        return false;
    tcptwin_conclude(concluder->core, &concluder->ring[concluder->settled % RING]);
    pthread_mutex_lock(&concluder->lock);
    concluder->settled++;
    pthread_mutex_unlock(&concluder->lock);
    return true;
}

bool concluder_step(void *user)
{
    struct concluder *concluder = user;
    bool found = false;

    if (pthread_mutex_trylock(&concluder->at_work) == 0) {
        found = settle_one(concluder);
        pthread_mutex_unlock(&concluder->at_work);
    }
    return found;
}

static void *settle(void *user)
{
    struct concluder *concluder = user;

    pthread_mutex_lock(&concluder->lock);
    for (;;) {
        concluder->sleeps = true;
        while (!has_work(concluder) && !concluder->stopping)
            pthread_cond_wait(&concluder->work, &concluder->lock);
        concluder->sleeps = false;
        if (!has_work(concluder))
            break;
        const struct tcptwin_departures *departures = &concluder->ring[concluder->settled % RING];
        pthread_mutex_unlock(&concluder->lock);
        tcptwin_conclude(concluder->core, departures);
        pthread_mutex_lock(&concluder->lock);
        concluder->settled++;
        if (concluder->awaited && concluder->settled == concluder->awaited)
            pthread_cond_signal(&concluder->progress);
    }
    pthread_mutex_unlock(&concluder->lock);
    return NULL;
}

/* Without a thread of its own: whoever waits helps himself. */
static void help(struct concluder *concluder, uint64_t count)
{
    pthread_mutex_lock(&concluder->at_work);
    while (concluder->settled < count && settle_one(concluder))
        ;
    pthread_mutex_unlock(&concluder->at_work);
}

/* Until `count` lists are settled. */
static void await(struct concluder *concluder, uint64_t count)
{
    if (!concluder->threaded) {
        help(concluder, count);
        return;
    }
    pthread_mutex_lock(&concluder->lock);
    if (concluder->sleeps && has_work(concluder))
        pthread_cond_signal(&concluder->work);
    concluder->awaited = count;
    while (concluder->settled < count)
        pthread_cond_wait(&concluder->progress, &concluder->lock);
    concluder->awaited = 0;
    pthread_mutex_unlock(&concluder->lock);
}

static void reclaim_oldest(struct concluder *concluder)
{
    tcptwin_reclaim(concluder->core, &concluder->ring[concluder->reclaimed++ % RING]);
}

static void hand_over(void *user, const struct tcptwin_departures *departures)
{
    struct concluder *concluder = user;

    if (concluder->handed - concluder->reclaimed == RING) {
        pthread_mutex_lock(&concluder->lock);
        bool is_settled = concluder->settled != concluder->reclaimed;
        pthread_mutex_unlock(&concluder->lock);
        if (!is_settled)
            await(concluder, concluder->reclaimed + (concluder->threaded ? RING / 2 : 1));
        reclaim_oldest(concluder);
    }
    concluder->ring[concluder->handed % RING] = *departures; /* nobody looks there yet */
    pthread_mutex_lock(&concluder->lock);
    concluder->handed++;
    if (concluder->sleeps && concluder->handed - concluder->settled >= WAKE)
        pthread_cond_signal(&concluder->work);
    pthread_mutex_unlock(&concluder->lock);
}

static void drain(void *user)
{
    struct concluder *concluder = user;

    await(concluder, concluder->handed);
    while (concluder->reclaimed != concluder->handed)
        reclaim_oldest(concluder);
}

struct concluder *concluder_create(void)
{
    struct concluder *concluder = calloc(1, sizeof *concluder);

    if (concluder == NULL)
        return NULL;
    concluder->pipeline = (struct tcptwin_pipeline){hand_over, drain, concluder};
    pthread_mutex_init(&concluder->at_work, NULL);
    pthread_mutex_init(&concluder->lock, NULL);
    pthread_cond_init(&concluder->work, NULL);
    pthread_cond_init(&concluder->progress, NULL);
    return concluder;
}

const struct tcptwin_pipeline *concluder_pipeline(const struct concluder *concluder)
{
    return &concluder->pipeline;
}

void concluder_start(struct concluder *concluder, struct tcptwin *core, bool aside)
{
    sigset_t all, before;

    concluder->core = core;
    if (!aside)
        return;
    sigfillset(&all); /* outputs are written on that thread: no write is to be interrupted */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    concluder->threaded = pthread_create(&concluder->thread, NULL, settle, concluder) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void concluder_stop(struct concluder *concluder)
{
    drain(concluder);
    if (!concluder->threaded)
        return;
    pthread_mutex_lock(&concluder->lock);
    concluder->stopping = true;
    pthread_cond_signal(&concluder->work);
    pthread_mutex_unlock(&concluder->lock);
    pthread_join(concluder->thread, NULL);
    concluder->threaded = false;
}

void concluder_free(struct concluder *concluder)
{
    if (concluder == NULL)
        return;
    pthread_cond_destroy(&concluder->progress);
    pthread_cond_destroy(&concluder->work);
    pthread_mutex_destroy(&concluder->lock);
    pthread_mutex_destroy(&concluder->at_work);
    free(concluder);
}

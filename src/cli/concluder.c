/* concluder.c - see concluder.h
 *
 * A ring of lists that go round:
 *
 *     reclaimed <= settled <= claimed <= handed <= reclaimed + RING
 *
 * The list at `handed` is put in by the feeding thread, the one at `claimed` is concluded next, by whoever
 * comes; the one at `settled` is said next. Who claims the very one that is said next says it as it goes.
 * Others conclude theirs at a desk, and leave it there for whoever settles the one before. The list at
 * `reclaimed` is freed next: when the ring is full, one for each that comes. So it is the input that determines when
 * memory comes back, not the pace of the threads. Waking a thread costs more than a list, so a sleeper is
 * woken only when there is work for a while.
 */
#include "concluder.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    RING = 32, WAKE = 8, /* lists */
    HANDS = 8,           /* threads, at most, of its own */
    DESKS = 2 * HANDS
};

struct concluder {
    struct tcptwin_pipeline pipeline;
    struct tcptwin *core;
    pthread_t hand[HANDS];
    unsigned hands;
    struct tcptwin_departures ring[RING];
    uint64_t reclaimed; /* the feeding thread's own */
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t work, progress;
    uint64_t handed, claimed, settled;
    struct tcptwin_desk *ready[RING]; /* at which desk a list is that was concluded before its turn */
    struct tcptwin_desk *desk[DESKS]; /* free ones */
    unsigned desks, sleepers;
    bool saying; /* somebody says the list at `settled` */
    bool awaited; /* the feeding thread sleeps until some are settled */
    bool stopping;
};

/* The next three are called, and return, with the lock. */

static bool can_claim(const struct concluder *concluder)
{
    return concluder->claimed != concluder->handed &&
           (concluder->claimed == concluder->settled || concluder->desks != 0);
}

static void say_ready(struct concluder *concluder)
{
    while (!concluder->saying && concluder->ready[concluder->settled % RING] != NULL) {
        struct tcptwin_desk *desk = concluder->ready[concluder->settled % RING];
        concluder->ready[concluder->settled % RING] = NULL;
        concluder->saying = true;
        pthread_mutex_unlock(&concluder->lock);
        tcptwin_say(concluder->core, desk);
        pthread_mutex_lock(&concluder->lock);
        concluder->saying = false;
        concluder->desk[concluder->desks++] = desk;
        concluder->settled++;
    }
    if (concluder->awaited)
        pthread_cond_signal(&concluder->progress);
}

static void conclude_claimed(struct concluder *concluder)
{
    uint64_t list = concluder->claimed++;
    const struct tcptwin_departures *departures = &concluder->ring[list % RING];
    bool in_turn = list == concluder->settled;
    struct tcptwin_desk *desk = in_turn ? NULL : concluder->desk[--concluder->desks];

    concluder->saying |= in_turn;
    pthread_mutex_unlock(&concluder->lock);
    if (in_turn)
        tcptwin_conclude(concluder->core, departures);
    else
        tcptwin_prepare(concluder->core, desk, departures);
    pthread_mutex_lock(&concluder->lock);
    if (in_turn) {
        concluder->saying = false;
        concluder->settled++;
    }
    concluder->ready[list % RING] = desk;
    say_ready(concluder);
}

bool concluder_step(void *user)
{
    struct concluder *concluder = user;

    pthread_mutex_lock(&concluder->lock);
    bool found = can_claim(concluder);
    if (found)
        conclude_claimed(concluder);
    pthread_mutex_unlock(&concluder->lock);
    return found;
}

static void *work(void *user)
{
    struct concluder *concluder = user;

    pthread_mutex_lock(&concluder->lock);
    for (;;) {
        concluder->sleepers++;
        while (!can_claim(concluder) && !concluder->stopping)
            pthread_cond_wait(&concluder->work, &concluder->lock);
        concluder->sleepers--;
        if (!can_claim(concluder))
            break;
        conclude_claimed(concluder);
    }
    pthread_mutex_unlock(&concluder->lock);
    return NULL;
}

/* Until `count` lists are settled: who waits helps. */
static void await(struct concluder *concluder, uint64_t count)
{
    pthread_mutex_lock(&concluder->lock);
    while (concluder->settled < count) {
        if (can_claim(concluder)) {
            conclude_claimed(concluder);
            continue;
        }
        concluder->awaited = true;
        pthread_cond_wait(&concluder->progress, &concluder->lock);
        concluder->awaited = false;
    }
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
        await(concluder, concluder->reclaimed + 1);
        reclaim_oldest(concluder);
    }
    concluder->ring[concluder->handed % RING] = *departures; /* nobody looks there yet */
    pthread_mutex_lock(&concluder->lock);
    concluder->handed++;
    if (concluder->sleepers && concluder->handed - concluder->claimed >= WAKE)
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
    pthread_mutex_init(&concluder->lock, NULL);
    pthread_cond_init(&concluder->work, NULL);
    pthread_cond_init(&concluder->progress, NULL);
    return concluder;
}

const struct tcptwin_pipeline *concluder_pipeline(const struct concluder *concluder)
{
    return &concluder->pipeline;
}

void concluder_start(struct concluder *concluder, struct tcptwin *core, uint64_t jobs)
{
    uint64_t hands = jobs < 3 ? 0 : jobs - 2; /* one reads, one feeds */

    concluder->core = core;
    while (jobs > 1 && concluder->desks < DESKS && concluder->desks < 2 * jobs) {
        void *memory = malloc(tcptwin_desk_size());
        if (memory == NULL)
            break;
        concluder->desk[concluder->desks++] = tcptwin_desk_init(memory);
    }
    for (uint64_t i = 0; i < hands; i++)
        concluder_hire(concluder);
}

void concluder_hire(struct concluder *concluder)
{
    sigset_t all, before;

    if (concluder->hands == HANDS)
        return;
    sigfillset(&all); /* outputs are written on that thread: no write is to be interrupted */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    concluder->hands += pthread_create(&concluder->hand[concluder->hands], NULL, work, concluder) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void concluder_stop(struct concluder *concluder)
{
    drain(concluder);
    pthread_mutex_lock(&concluder->lock);
    concluder->stopping = true;
    pthread_cond_broadcast(&concluder->work);
    pthread_mutex_unlock(&concluder->lock);
    while (concluder->hands > 0)
        pthread_join(concluder->hand[--concluder->hands], NULL);
}

void concluder_free(struct concluder *concluder)
{
    if (concluder == NULL)
        return;
    while (concluder->desks > 0)
        free(concluder->desk[--concluder->desks]);
    pthread_cond_destroy(&concluder->progress);
    pthread_cond_destroy(&concluder->work);
    pthread_mutex_destroy(&concluder->lock);
    free(concluder);
}

/* signals.c - what a person or a supervisor asks of a running tcptwin
 *
 * Handlers set a flag and call capture_stop(), which is async-signal-safe; everything else happens in
 * the loop. No SA_RESTART: a read that blocks returns, and the loop sees the flag.
 */
#include "signals.h"

#include <string.h>
#include <unistd.h>

volatile sig_atomic_t signal_stop, signal_statistics;

static struct capture *volatile running;

static void on_stop(int number)
{
    if (signal_stop != 0 && number == SIGINT)
        _exit(128 + SIGINT);
    signal_stop = number;
    if (running != NULL)
        capture_stop(running);
}

static void on_statistics(int number)
{
    (void)number;
    signal_statistics = 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void signals_begin(struct capture *capture)
{
    running = capture;
    handle(SIGINT, on_stop);
    handle(SIGTERM, on_stop);
    handle(SIGUSR1, on_statistics);
}

void signals_end(void)
{
    running = NULL;
}

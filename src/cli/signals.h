/* signals.h - what a person or a supervisor asks of a running tcptwin
 *
 * Included only inside src/cli. One process, one capture: the flags are the process's.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "capture/capture.h"

#include <signal.h>
#include <stdbool.h>

/** The signal that asked to stop, 0 if none; set asynchronously. */
extern volatile sig_atomic_t signal_stop;
/** SIGUSR1 came: clear it, print a line of statistics. */
extern volatile sig_atomic_t signal_statistics;

/**
 * signals_begin() - SIGINT, SIGTERM: capture_stop(), the second SIGINT ends the process at once;
 * SIGUSR1: statistics. SIGPIPE is ignored: see outputs.c. SIGHUP is left alone, for a daemon to come.
 */
void signals_begin(struct capture *capture);
/** signals_end() - The capture is about to be closed: do not touch it any more. */
void signals_end(void);

#endif

/* progress.h - how far a long read has come, for a person who waits
 *
 * Included only inside src/cli.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "capture/capture.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROGRESS_STRIDE = 1 << 16 }; /**< packets between two calls of progress_step() */

struct progress {
    bool wanted;
    uint64_t start_ns, shown_ns; /**< monotonic */
};

/** progress_begin() - Shown only if standard error is a terminal and @wanted. */
void progress_begin(struct progress *progress, bool wanted);
/** progress_step() - Call about every PROGRESS_STRIDE packets; prints at most five times a second. */
void progress_step(struct progress *progress, const struct capture_stats *stats, uint64_t packets);
/** progress_end() - Wipe the line. */
void progress_end(struct progress *progress);

/** monotonic_ns() - A clock that only runs forward; for waiting and showing, never for packets. */
uint64_t monotonic_ns(void);

#endif

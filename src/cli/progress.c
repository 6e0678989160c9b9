/* progress.c - how far a long read has come, for a person who waits
 *
 *      45 %  123.4 of 270.0 MB   95.1 MB/s   1.20 M packets/s   0:03 left
 *
 * One line on standard error, overwritten in place, wiped at the end. A read that is done within
 * the first half second shows nothing. From a pipe the size is unknown: only what was read is shown.
 */
#include "progress.h"

#include "messages.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ull
enum { SHOWS_PER_SECOND = 5 };

uint64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, bool wanted)
{
    *progress = (struct progress){.wanted = wanted && isatty(STDERR_FILENO)};
    if (progress->wanted) {
        progress->start_ns = monotonic_ns();
        progress->shown_ns = progress->start_ns + SECOND_NS / 2 - SECOND_NS / SHOWS_PER_SECOND;
    }
}

void progress_step(struct progress *progress, const struct capture_stats *stats, uint64_t packets)
{
    char line[96];
    uint64_t now;
    double seconds, rate, megabytes;

    if (!progress->wanted)
        return;
    now = monotonic_ns();
    if (now < progress->shown_ns + SECOND_NS / SHOWS_PER_SECOND)
        return;
    progress->shown_ns = now;
    seconds = (double)(now - progress->start_ns) / 1e9;
    megabytes = (double)stats->bytes_read / 1e6;
    rate = megabytes / seconds;
    if (stats->bytes_total == 0) {
        snprintf(line, sizeof line, "%.1f MB   %.1f MB/s   %.2f M packets/s", megabytes, rate,
                 (double)packets / 1e6 / seconds);
    } else {
        double total = (double)stats->bytes_total / 1e6;
        double left = rate > 0 && total > megabytes ? (total - megabytes) / rate : 0;
        snprintf(line, sizeof line, "%3.0f %%  %.1f of %.1f MB   %.1f MB/s   %.2f M packets/s   %.0f:%02.0f left",
                 megabytes < total ? 100 * megabytes / total : 100, megabytes, total, rate,
                 (double)packets / 1e6 / seconds, (double)((long)left / 60), (double)((long)left % 60));
    }
    message_progress(line);
}

void progress_end(struct progress *progress)
{
    message_progress(NULL);
    progress->wanted = false;
}

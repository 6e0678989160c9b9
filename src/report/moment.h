/* moment.h - a moment of the capture, as a person writes it
 *
 *     end            the last segment of the capture (also the value of zeros)
 *     +90  +1.5  +2m after its start; s, m, h, d may follow the number
 *     12:03  12:03:10.5          UTC, the first such time from the capture's start on
 *     2026-01-31T12:03:10Z       UTC; a blank instead of T, no Z, no seconds will do
 *     1767225600.25              seconds since the epoch
 */
#ifndef REPORT_MOMENT_H
#define REPORT_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum moment_kind { MOMENT_END, MOMENT_AFTER_START, MOMENT_CLOCK, MOMENT_ABSOLUTE };

struct moment {
    enum moment_kind kind;
    uint64_t ns; /**< since the start, since midnight, since the epoch; with MOMENT_END nothing */
};

/** moment_parse() - Return: false if it is none of the forms above. */
bool moment_parse(const char *text, struct moment *moment);
/** moment_resolve() - Return: nanoseconds since the epoch; of MOMENT_END @end_ns. */
uint64_t moment_resolve(const struct moment *moment, uint64_t start_ns, uint64_t end_ns);
/** duration_parse() - "10", "0.5", "90s", "5m", "1h", "2d": a number of seconds, or with its unit. */
bool duration_parse(const char *text, uint64_t *ns);

#endif

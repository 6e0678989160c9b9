/* format.h - how numbers, addresses and times look in every report
 *
 * Each format_xxx() returns a small value with the text inside, so that a call can stand in a printf
 * argument list: printf("%s", format_time(ts).s). Nothing allocates, nothing depends on the locale
 * or the time zone. Included by the reports only.
 */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "tcptwin/event.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Pieces, for rows, of which there are millions: put_xxx() writes at @at, without an end, where printf()
 * would take ten times as long. Return: where the next may stand. At most so many bytes are written,
 * some of them behind that place: */
enum { FORMAT_NUMBER_MAX = 20, FORMAT_TIME_MAX = 30, FORMAT_IP_MAX = 45 };

char *put_long_number(char *at, uint64_t value);
/** put_number() - Decimal. */
static inline char *put_number(char *at, uint64_t value)
{
    if (value >= 10)
        return put_long_number(at, value);
    *at = (char)('0' + value);
    return at + 1;
}
/** put_hundredths() - "0.85", "0.9", "1.0": of a number in hundredths; up to 9.99 as "%.3g", with a point. */
char *put_hundredths(char *at, unsigned value);
/** The day of the time that was put last; zeros: none. Most are of one day. */
struct format_day {
    uint64_t end; /**< s */
    char text[11];
};
/** put_time() - As format_time(). */
char *put_time(char *at, uint64_t ts_ns, struct format_day *day);
/** put_ip() - As format_ip(). */
char *put_ip(char *at, const struct tcptwin_address *address, unsigned ip_version);
static inline char *put_string(char *at, const char *s)
{
    size_t length = strlen(s);
    memcpy(at, s, length);
    return at + length;
}

struct text {
    char s[72];
};

/** format_copy() - At most 71 bytes of @s; control and non-ASCII bytes become '?'. */
struct text format_copy(const char *s);
/** format_printf() - As printf, cut at 71 bytes. */
struct text format_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** format_id() - "0123456789abcdef" */
struct text format_id(uint64_t id);
/** format_ip() - "192.0.2.1", "2001:db8::1"; an IPv6 address keeps its form even if v4-mapped. */
struct text format_ip(const struct tcptwin_address *address, unsigned ip_version);
/** format_end(), format_endpoint() - "192.0.2.1:80", "[2001:db8::1]:80" */
struct text format_end(const struct tcptwin_address *address, uint16_t port, unsigned ip_version);
static inline struct text format_endpoint(const struct tcptwin_endpoint *endpoint, unsigned ip_version)
{
    return format_end(&endpoint->address, endpoint->port, ip_version);
}

/** format_time() - "2026-01-31T23:59:59.000000001Z" */
struct text format_time(uint64_t ts_ns);
/** format_time_short() - "2026-01-31 23:59:59.123 UTC" */
struct text format_time_short(uint64_t ts_ns);
/** format_clock() - "23:59:59.123456", the time of day in UTC */
struct text format_clock(uint64_t ts_ns);
/** format_seconds() - "12.345678": seconds from @origin_ns; negative if before it */
struct text format_seconds(uint64_t ts_ns, uint64_t origin_ns);
/** format_duration() - "0", "210 us", "35 ms", "1.204 s", "2m05s", "3h10m", "4d02h" */
struct text format_duration(uint64_t ns);
/** format_bytes() - "0", "999", "1.2K", "34M": powers of 1000, at most 4 characters */
struct text format_bytes(uint64_t bytes);
/** format_count() - "1,234,567" */
struct text format_count(uint64_t count);
/** plural() - The ending of a noun. */
static inline const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
/** format_state() - "FIN-WAIT-1?": a state and the mark of its basis; "unknown" has none. */
struct text format_state(unsigned state, unsigned basis);
/** state_label() - "FIN-WAIT-1"; "unknown" where the vocabulary's label is "?". */
const char *state_label(unsigned state);
/** format_flags() - "SYN,ACK"; "none" if no flag */
struct text format_flags(unsigned flags);
/** format_segment() - "SYN,ACK seq=0 ack=1 len=5"; "" for no segment */
struct text format_segment(const struct tcptwin_brief *segment);

#endif

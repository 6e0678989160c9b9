/* format.c - how numbers, addresses and times look in every report
 *
 * Dates are computed here and not by gmtime(), which takes a lock and reads the environment. The
 * civil calendar is cut into eras of 400 years (146,097 days) that begin on March 1st, so that the
 * leap day is the last of its year.
 */
#include "format.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

struct text format_printf(const char *format, ...)
{
    struct text text;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text.s, sizeof(text.s), format, arguments);
    va_end(arguments);
    return text;
}

struct text format_copy(const char *s)
{
    struct text text;
    size_t i;
    for (i = 0; i < sizeof(text.s) - 1 && s[i]; i++)
        text.s[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
    text.s[i] = '\0';
    return text;
}

/* With leading zeros up to @width. printf() takes ten times as long, and rows have many of these. */
static char *put_digits(char *at, unsigned value, unsigned width)
{
    for (unsigned i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + width;
}

struct text format_id(uint64_t id)
{
    struct text text;
    for (unsigned i = 16; i-- > 0; id >>= 4)
        text.s[i] = "0123456789abcdef"[id & 15];
    text.s[16] = '\0';
    return text;
}

static char *put_byte(char *at, uint8_t value)
{
    return put_digits(at, value, value < 10 ? 1 : value < 100 ? 2 : 3);
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20], *first = digits + sizeof(digits);
    do
        *--first = (char)('0' + value % 10);
    while (value /= 10);
    size_t length = (size_t)(digits + sizeof(digits) - first);
    memcpy(at, first, length);
    return at + length;
}

static void put_string(char *at, const char *s)
{
    memcpy(at, s, strlen(s) + 1);
}

static struct text format_ipv4(const uint8_t bytes[4])
{
    struct text text;
    char *at = text.s;
    for (int i = 0; i < 4; i++) {
        at = put_byte(at, bytes[i]);
        *at++ = '.';
    }
    at[-1] = '\0';
    return text;
}

struct text format_ip(const struct tcptwin_address *address, unsigned ip_version)
{
    struct text text;
    const uint8_t *b = address->bytes;
    if (ip_version == 4)
        return format_ipv4(b + 12);
    if (!inet_ntop(AF_INET6, b, text.s, sizeof(text.s)))
        text.s[0] = '\0';
    return text;
}

struct text format_end(const struct tcptwin_address *address, uint16_t port, unsigned ip_version)
{
    struct text text, ip = format_ip(address, ip_version);
    char *at = text.s;
    size_t length = strlen(ip.s);
    if (ip_version != 4)
        *at++ = '[';
    memcpy(at, ip.s, length);
    at += length;
    if (ip_version != 4)
        *at++ = ']';
    *at++ = ':';
    *put_number(at, port) = '\0';
    return text;
}

struct civil {
    unsigned year, month, day, hour, minute, second, ns;
};

static struct civil civil_from_ns(uint64_t ts_ns)
{
    uint64_t seconds = ts_ns / NS_PER_S;
    unsigned in_day = (unsigned)(seconds % 86400);
    unsigned days = (unsigned)(seconds / 86400) + 719468; /* since 0000-03-01 */
    unsigned era = days / 146097, in_era = days % 146097;
    unsigned year_of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * in_year + 2) / 153;
    struct civil civil = {
        .day = in_year - (153 * month_from_march + 2) / 5 + 1,
        .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
        .hour = in_day / 3600,
        .minute = in_day / 60 % 60,
        .second = in_day % 60,
        .ns = (unsigned)(ts_ns % NS_PER_S),
    };
    civil.year = year_of_era + era * 400 + (civil.month <= 2);
    return civil;
}

struct text format_time(uint64_t ts_ns)
{
    static const char marks[] = "--T::.Z";
    struct civil c = civil_from_ns(ts_ns);
    const struct {
        unsigned value, width;
    } parts[] = {{c.year, 4},   {c.month, 2},  {c.day, 2}, {c.hour, 2},
                 {c.minute, 2}, {c.second, 2}, {c.ns, 9}};
    struct text text;
    char *at = text.s;
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        at = put_digits(at, parts[i].value, parts[i].width);
        *at++ = marks[i];
    }
    *at = '\0';
    return text;
}

struct text format_time_short(uint64_t ts_ns)
{
    struct civil c = civil_from_ns(ts_ns);
    return format_printf("%04u-%02u-%02u %02u:%02u:%02u.%03u UTC", c.year, c.month, c.day, c.hour,
                         c.minute, c.second, c.ns / NS_PER_MS);
}

struct text format_clock(uint64_t ts_ns)
{
    struct civil c = civil_from_ns(ts_ns);
    return format_printf("%02u:%02u:%02u.%06u", c.hour, c.minute, c.second, c.ns / NS_PER_US);
}

struct text format_seconds(uint64_t ts_ns, uint64_t origin_ns)
{
    bool before = ts_ns < origin_ns;
    uint64_t ns = before ? origin_ns - ts_ns : ts_ns - origin_ns;
    return format_printf("%s%llu.%06u", before ? "-" : "", (unsigned long long)(ns / NS_PER_S),
                         (unsigned)(ns % NS_PER_S / NS_PER_US));
}

/* "2m05s": so many units, and the rest in two digits */
static struct text two_units(uint64_t whole, char unit, uint64_t rest, char smaller)
{
    struct text text;
    char *at = put_number(text.s, whole);
    *at++ = unit;
    at = put_digits(at, (unsigned)rest, 2);
    *at++ = smaller;
    *at = '\0';
    return text;
}

static struct text one_unit(uint64_t number, const char *unit)
{
    struct text text;
    put_string(put_number(text.s, number), unit);
    return text;
}

struct text format_duration(uint64_t ns)
{
    uint64_t s = ns / NS_PER_S;
    if (ns == 0)
        return one_unit(0, "");
    if (ns < NS_PER_US)
        return one_unit(ns, " ns");
    if (ns < NS_PER_MS)
        return one_unit(ns / NS_PER_US, " us");
    if (s == 0)
        return one_unit(ns / NS_PER_MS, " ms");
    if (s < 60) {
        struct text text;
        char *at = put_number(text.s, s);
        *at++ = '.';
        put_string(put_digits(at, (unsigned)(ns % NS_PER_S / NS_PER_MS), 3), " s");
        return text;
    }
    if (s < 3600)
        return two_units(s / 60, 'm', s % 60, 's');
    if (s < 86400)
        return two_units(s / 3600, 'h', s / 60 % 60, 'm');
    return two_units(s / 86400, 'd', s / 3600 % 24, 'h');
}

struct text format_bytes(uint64_t bytes)
{
    static const char units[] = " KMGTPE";
    unsigned unit = 0;
    uint64_t whole = bytes, tenth = 0;
    while (whole >= 1000) {
        tenth = whole % 1000 / 100;
        whole /= 1000;
        unit++;
    }
    if (unit == 0)
        return format_printf("%u", (unsigned)whole);
    if (whole < 10)
        return format_printf("%u.%u%c", (unsigned)whole, (unsigned)tenth, units[unit]);
    return format_printf("%u%c", (unsigned)whole, units[unit]);
}

struct text format_count(uint64_t count)
{
    char digits[20];
    struct text text;
    size_t length = (size_t)(put_number(digits, count) - digits), out = 0;
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text.s[out++] = ',';
        text.s[out++] = digits[i];
    }
    text.s[out] = '\0';
    return text;
}

const char *state_label(unsigned state)
{
    if (state == TCPTWIN_STATE_UNKNOWN)
        return "unknown";
    const struct tcptwin_word *word = tcptwin_state_word((enum tcptwin_state)state);
    return word ? word->label : "unknown";
}

struct text format_state(unsigned state, unsigned basis)
{
    char mark[2] = {tcptwin_basis_mark((enum tcptwin_basis)basis), '\0'};
    bool marked = mark[0] != ' ' && state != TCPTWIN_STATE_UNKNOWN;
    return format_printf("%.60s%s", state_label(state), marked ? mark : "");
}

struct text format_flags(unsigned flags)
{
    static const struct {
        unsigned bit;
        char name[4];
    } names[] = {{TCPTWIN_SYN, "SYN"}, {TCPTWIN_FIN, "FIN"}, {TCPTWIN_RST, "RST"},
                 {TCPTWIN_PSH, "PSH"}, {TCPTWIN_ACK, "ACK"}, {TCPTWIN_URG, "URG"},
                 {TCPTWIN_ECE, "ECE"}, {TCPTWIN_CWR, "CWR"}};
    struct text text = {""};
    size_t used = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags & names[i].bit)
            used += (size_t)snprintf(text.s + used, sizeof(text.s) - used, "%s%s", used ? "," : "",
                                     names[i].name);
    return used ? text : format_copy("none");
}

struct text format_segment(const struct tcptwin_brief *segment)
{
    struct text text, flags = format_flags(segment->flags & ~(unsigned)TCPTWIN_PSH);
    if (segment->frame == 0)
        return format_copy("");
    size_t used = (size_t)snprintf(text.s, sizeof(text.s), "%.31s seq=%u", flags.s, segment->seq);
    if (segment->has_ack)
        used += (size_t)snprintf(text.s + used, sizeof(text.s) - used, " ack=%u", segment->ack);
    if (segment->len && used < sizeof(text.s))
        snprintf(text.s + used, sizeof(text.s) - used, " len=%u", segment->len);
    return text;
}

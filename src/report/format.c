/* format.c - how numbers, addresses and times look in every report
 *
 * Dates are computed here and not by gmtime(), which takes a lock and reads the environment. The
 * civil calendar is cut into eras of 400 years (146,097 days) that begin on March 1st, so that the
 * leap day is the last of its year.
 */
#include "format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000, DAY = 86400 /* s */ };

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

/* -- pieces ---------------------------------------------------------------------------------------- */

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

static inline char *put_pair(char *at, unsigned value)
{
    memcpy(at, pairs + 2 * value, 2);
    return at + 2;
}

/* With leading zeros up to @width. */
static char *put_digits(char *at, unsigned value, unsigned width)
{
    for (unsigned i = width; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + width;
}

/* The digits of a number below 10^8, the first in the lowest byte: two fours, then four pairs, then eight. */
static inline uint64_t eight_digits(unsigned value)
{
    uint64_t x = value / 10000 | (uint64_t)(value % 10000) << 32;
    uint64_t tens = x * 10486 >> 20 & 0x0000007f0000007f; /* a hundredth of each */
    x = tens | (x - 100 * tens) << 16;
    tens = x * 103 >> 10 & 0x000f000f000f000f; /* a tenth */
    return tens | (x - 10 * tens) << 8;
}

/* The lowest byte first. */
static inline void put_eight(char *at, uint64_t digits)
{
    digits += 0x3030303030303030;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    digits = __builtin_bswap64(digits);
#endif
    memcpy(at, &digits, sizeof digits);
}

char *put_long_number(char *at, uint64_t value)
{
    enum { EIGHT = 100000000 };
    if (value >= EIGHT) {
        at = put_number(at, value / EIGHT);
        put_eight(at, eight_digits((unsigned)(value % EIGHT)));
        return at + 8;
    }
    uint64_t digits = eight_digits((unsigned)value);
    unsigned zeros = (unsigned)__builtin_ctzll(digits) / 8; /* it is not 0 */
    put_eight(at, digits >> 8 * zeros);
    return at + 8 - zeros;
}

char *put_hundredths(char *at, unsigned value)
{
    at = put_number(at, value / 100);
    *at++ = '.';
    at = put_pair(at, value % 100);
    return at - (value % 10 == 0);
}

static inline char *put_byte(char *at, unsigned value)
{
    if (value < 10) {
        *at = (char)('0' + value);
        return at + 1;
    }
    if (value >= 100)
        *at++ = (char)('0' + value / 100);
    return put_pair(at, value % 100);
}

static char *put_ipv4(char *at, const uint8_t bytes[static 4])
{
    for (int i = 0; i < 4; i++) {
        at = put_byte(at, bytes[i]);
        *at++ = '.';
    }
    return at - 1;
}

static char *put_hex(char *at, unsigned value)
{
    unsigned shift = value < 0x10 ? 0 : value < 0x100 ? 4 : value < 0x1000 ? 8 : 12;
    for (;; shift -= 4) {
        *at++ = "0123456789abcdef"[value >> shift & 15];
        if (!shift)
            return at;
    }
}

/* The longest run of zeros, and the first of these, if it is two or more; else begins at 8. */
static void find_zeros(const unsigned word[static 8], unsigned *begin, unsigned *end)
{
    *begin = *end = 8;
    for (unsigned i = 0, length = 0; i < 8; i++) {
        length = word[i] ? 0 : length + 1;
        if (length > 1 && length > *end - *begin) {
            *begin = i + 1 - length;
            *end = i + 1;
        }
    }
}

/* As inet_ntop() writes it, and RFC 5952 4. */
static char *put_ipv6(char *at, const uint8_t bytes[static 16])
{
    unsigned word[8], begin, end;
    for (unsigned i = 0; i < 8; i++)
        word[i] = (unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    find_zeros(word, &begin, &end);
    bool has_ipv4 = begin == 0 && (end == 6 || (end == 5 && word[5] == 0xffff));
    for (unsigned i = 0; i < 8; i++) {
        if (i == begin) {
            *at++ = ':';
            i = end;
        }
        if (i == 8) {
            *at++ = ':';
            break;
        }
        if (i)
            *at++ = ':';
        if (i == 6 && has_ipv4)
            return put_ipv4(at, bytes + 12);
        at = put_hex(at, word[i]);
    }
    return at;
}

char *put_ip(char *at, const struct tcptwin_address *address, unsigned ip_version)
{
    return ip_version == 4 ? put_ipv4(at, address->bytes + 12) : put_ipv6(at, address->bytes);
}

/* -- texts ------------------------------------------------------------------------------------------- */

struct text format_id(uint64_t id)
{
    struct text text;
    for (unsigned i = 16; i-- > 0; id >>= 4)
        text.s[i] = "0123456789abcdef"[id & 15];
    text.s[16] = '\0';
    return text;
}

struct text format_ip(const struct tcptwin_address *address, unsigned ip_version)
{
    struct text text;
    *put_ip(text.s, address, ip_version) = '\0';
    return text;
}

struct text format_end(const struct tcptwin_address *address, uint16_t port, unsigned ip_version)
{
    struct text text;
    char *at = text.s;
    if (ip_version != 4)
        *at++ = '[';
    at = put_ip(at, address, ip_version);
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
    unsigned in_day = (unsigned)(seconds % DAY);
    unsigned days = (unsigned)(seconds / DAY) + 719468; /* since 0000-03-01 */
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

/* "2026-01-31T" */
static void name_day(struct format_day *day, uint64_t ts_ns)
{
    struct civil c = civil_from_ns(ts_ns);
    char *at = put_digits(day->text, c.year, 4);
    *at++ = '-';
    at = put_pair(at, c.month);
    *at++ = '-';
    *put_pair(at, c.day) = 'T';
}

char *put_time(char *at, uint64_t ts_ns, struct format_day *day)
{
    uint64_t seconds = ts_ns / NS_PER_S;
    unsigned ns = (unsigned)(ts_ns % NS_PER_S), in_day = (unsigned)(seconds % DAY);
    if (seconds - in_day + DAY != day->end) {
        name_day(day, ts_ns);
        day->end = seconds - in_day + DAY;
    }
    memcpy(at, day->text, sizeof day->text);
    at = put_pair(at + sizeof day->text, in_day / 3600);
    *at++ = ':';
    at = put_pair(at, in_day / 60 % 60);
    *at++ = ':';
    at = put_pair(at, in_day % 60);
    *at++ = '.';
    *at++ = (char)('0' + ns / 100000000);
    put_eight(at, eight_digits(ns % 100000000));
    at[8] = 'Z';
    return at + 9;
}

struct text format_time(uint64_t ts_ns)
{
    struct format_day day = {0};
    struct text text;
    *put_time(text.s, ts_ns, &day) = '\0';
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
    *put_string(put_number(text.s, number), unit) = '\0';
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
        *put_string(put_digits(at, (unsigned)(ns % NS_PER_S / NS_PER_MS), 3), " s") = '\0';
        return text;
    }
    if (s < 3600)
        return two_units(s / 60, 'm', s % 60, 's');
    if (s < DAY)
        return two_units(s / 3600, 'h', s / 60 % 60, 'm');
    return two_units(s / DAY, 'd', s / 3600 % 24, 'h');
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
        char name[8];
    } names[] = {{TCPTWIN_SYN, "SYN,"}, {TCPTWIN_FIN, "FIN,"}, {TCPTWIN_RST, "RST,"},
                 {TCPTWIN_PSH, "PSH,"}, {TCPTWIN_ACK, "ACK,"}, {TCPTWIN_URG, "URG,"},
                 {TCPTWIN_ECE, "ECE,"}, {TCPTWIN_CWR, "CWR,"}};
    struct text text;
    char *at = text.s;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags & names[i].bit)
            at = put_string(at, names[i].name);
    if (at == text.s)
        return format_copy("none");
    at[-1] = '\0';
    return text;
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

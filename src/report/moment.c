/* moment.c - see moment.h
 *
 * Numbers are read digit by digit: no locale, no sign, no rounding, at most nine decimals count.
 */
#include "moment.h"

#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define DAY_NS   (86400 * NS_PER_S)
#define MOST_S   (UINT64_MAX / NS_PER_S / 2) /* some 290 years: sums of two do not wrap */

/* Up to @digits digits, at least one. Return: what follows, or NULL. */
static const char *take_digits(const char *text, unsigned digits, uint64_t *value)
{
    const char *start = text;
    *value = 0;
    for (; *text >= '0' && *text <= '9' && digits > 0; text++, digits--)
        *value = 10 * *value + (uint64_t)(*text - '0');
    return text > start && (*text < '0' || *text > '9') ? text : NULL;
}

/* ".25", if there is one. Digits beyond the ninth are passed over. */
static const char *take_fraction(const char *text, uint64_t *ns)
{
    uint64_t unit = NS_PER_S;
    *ns = 0;
    if (*text != '.')
        return text;
    const char *start = ++text;
    for (; *text >= '0' && *text <= '9'; text++) {
        unit /= 10;
        *ns += unit * (uint64_t)(*text - '0');
    }
    return text > start ? text : NULL;
}

static const char *take_seconds(const char *text, uint64_t *ns)
{
    uint64_t seconds, fraction;
    text = take_digits(text, 12, &seconds);
    if (text)
        text = take_fraction(text, &fraction);
    if (!text || seconds >= MOST_S)
        return NULL;
    *ns = seconds * NS_PER_S + fraction;
    return text;
}

bool duration_parse(const char *text, uint64_t *ns)
{
    static const struct {
        char letter;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const char *rest = take_seconds(text, ns);
    if (!rest)
        return false;
    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
        if (*rest == units[i].letter && *ns <= MOST_S / units[i].seconds * NS_PER_S) {
            *ns *= units[i].seconds;
            rest++;
            break;
        }
    return *rest == '\0';
}

/* "12:03", "12:03:10.5" */
static const char *take_clock(const char *text, uint64_t *ns)
{
    uint64_t hour, minute, second = 0, fraction = 0;
    text = take_digits(text, 2, &hour);
    if (!text || *text != ':' || hour > 23)
        return NULL;
    text = take_digits(text + 1, 2, &minute);
    if (text && *text == ':') {
        text = take_digits(text + 1, 2, &second);
        if (text)
            text = take_fraction(text, &fraction);
    }
    if (!text || minute > 59 || second > 59)
        return NULL;
    *ns = (hour * 3600 + minute * 60 + second) * NS_PER_S + fraction;
    return text;
}

/* Days from 1970-01-01, of the proleptic Gregorian calendar. */
static uint64_t days_of(uint64_t year, uint64_t month, uint64_t day)
{
    uint64_t y = year - (month <= 2),
             in_year = (153 * (month + (month > 2 ? 0 : 12) - 3) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

/* "2026-01-31" */
static const char *take_date(const char *text, uint64_t *ns)
{
    uint64_t year, month = 0, day = 0;
    text = take_digits(text, 4, &year);
    if (text && *text == '-')
        text = take_digits(text + 1, 2, &month);
    if (text && *text == '-')
        text = take_digits(text + 1, 2, &day);
    if (!text || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return NULL;
    *ns = days_of(year, month, day) * DAY_NS;
    return text;
}

static bool parse_date_time(const char *text, uint64_t *ns)
{
    uint64_t clock = 0;
    text = take_date(text, ns);
    if (!text || (*text != 'T' && *text != ' ') || *ns >= MOST_S * NS_PER_S)
        return false;
    text = take_clock(text + 1, &clock);
    *ns += clock;
    return text && (*text == '\0' || strcmp(text, "Z") == 0);
}

bool moment_parse(const char *text, struct moment *moment)
{
    const char *rest;
    *moment = (struct moment){MOMENT_END, 0};
    if (strcmp(text, "end") == 0)
        return true;
    if (*text == '+') {
        moment->kind = MOMENT_AFTER_START;
        return duration_parse(text + 1, &moment->ns);
    }
    if ((rest = take_clock(text, &moment->ns)) != NULL) {
        moment->kind = MOMENT_CLOCK;
        return *rest == '\0';
    }
    moment->kind = MOMENT_ABSOLUTE;
    if (strchr(text, '-') != NULL)
        return parse_date_time(text, &moment->ns);
    rest = take_seconds(text, &moment->ns);
    return rest != NULL && *rest == '\0';
}

uint64_t moment_resolve(const struct moment *moment, uint64_t start_ns, uint64_t end_ns)
{
    uint64_t clock;
    switch (moment->kind) {
    case MOMENT_END:
        return end_ns;
    case MOMENT_AFTER_START:
        return start_ns + moment->ns;
    case MOMENT_CLOCK:
        clock = start_ns - start_ns % DAY_NS + moment->ns;
        return clock < start_ns ? clock + DAY_NS : clock;
    case MOMENT_ABSOLUTE:
        break;
    }
    return moment->ns;
}

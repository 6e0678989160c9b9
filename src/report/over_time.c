/* over_time.c - see over_time.h
 *
 *     stays     |---- ESTABLISHED ----|-- TIME-WAIT ...
 *     moments   0      1      2      3      4
 *     changes          ESTAB +1      ESTAB -1, TIME-WAIT +1
 *
 * Two changes for a stay that a moment falls into, none for the others; equal ones are added up. In
 * the end they are sorted and run through once. Hosts beyond the limit are counted together as one.
 */
#include "over_time.h"
#include "state_table.h"

#include "format.h"

#include <stdlib.h>
#include <string.h>

enum { HOSTS_MAX = 1 << 14, CHANGES_MAX = 1 << 22, FIRST_ROOM = 1 << 10, LAST_MOMENT = 1 << 17 };

struct host {
    struct place place;
    struct state_counts now;
    uint64_t peak; /* most sockets at a moment */
    bool chosen;   /* it has lines of its own */
};

struct change {
    uint64_t key; /* moment << 32 | host's number << 8 | state; UINT64_MAX: free */
    int64_t by;
};

void over_time_begin(struct over_time *o, uint64_t step_ns)
{
    *o = (struct over_time){.step_ns = step_ns};
    places_begin(&o->hosts,
                 &(struct places){.entry_size = sizeof(struct host), .limit = HOSTS_MAX});
    /* number 0 is all for whom there is no room: an address that no packet has */
    places_find(&o->hosts, &(struct place){.ip_version = 0});
}

void over_time_free(struct over_time *o)
{
    places_free(&o->hosts);
    free(o->changes);
}

static struct change *slot_of(const struct over_time *o, uint64_t key)
{
    uint64_t hash = (key ^ o->hosts.secret) * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(hash ^ hash >> 32) & (o->room - 1);
    while (o->changes[at].key != UINT64_MAX && o->changes[at].key != key)
        at = (at + 1) & (o->room - 1);
    return &o->changes[at];
}

static bool grow(struct over_time *o)
{
    struct change *before = o->changes;
    size_t room_before = o->room, room = o->room ? 2 * o->room : FIRST_ROOM;
    struct change *changes = room <= 2 * CHANGES_MAX ? malloc(room * sizeof *changes) : NULL;
    if (!changes)
        return false;
    for (size_t i = 0; i < room; i++)
        changes[i] = (struct change){UINT64_MAX, 0};
    o->changes = changes;
    o->room = room;
    for (size_t i = 0; i < room_before; i++)
        if (before[i].key != UINT64_MAX)
            *slot_of(o, before[i].key) = before[i];
    free(before);
    return true;
}

static void change(struct over_time *o, uint64_t moment, uint32_t host, unsigned state, int64_t by)
{
    if (o->count >= o->room / 2 && !grow(o)) {
        o->lost++;
        return;
    }
    uint64_t key = moment << 32 | (uint64_t)host << 8 | state;
    struct change *slot = slot_of(o, key);
    o->count += slot->key != key;
    slot->key = key;
    slot->by += by;
}

/* The first moment that is not before @ts_ns. */
static uint64_t moment_of(const struct over_time *o, uint64_t ts_ns)
{
    if (ts_ns <= o->origin_ns)
        return 0;
    uint64_t after = ts_ns - o->origin_ns, moment = after / o->step_ns + (after % o->step_ns != 0);
    return moment < LAST_MOMENT ? moment : LAST_MOMENT;
}

void over_time_add(struct over_time *o, const struct tcptwin_address *address, unsigned ip_version,
                   const struct socket_at *stay)
{
    uint64_t from = moment_of(o, stay->since_ns);
    uint64_t to = stay->until_ns == SOCKET_FOR_EVER ? UINT64_MAX : moment_of(o, stay->until_ns);
    if (from >= to || from == LAST_MOMENT || !o->hosts.count)
        return;
    struct host *host = places_find(
        &o->hosts, &(struct place){.address = *address, .ip_version = (uint8_t)ip_version});
    uint32_t number = host ? (uint32_t)(host - (struct host *)(void *)o->hosts.entries) : 0;
    change(o, from, number, stay->state, 1);
    if (to < LAST_MOMENT)
        change(o, to, number, stay->state, -1);
}

/* -- the end -------------------------------------------------------------------------------------- */

struct writing {
    struct over_time *o;
    const struct report_options *options;
    struct state_table table;
    struct json_line line;
    struct host **chosen; /* hosts that have lines of their own, in order; all others share one */
    size_t chosen_count;
    struct state_counts others;
    uint64_t other_hosts;
};

static int compare_changes(const void *a_, const void *b_)
{
    const struct change *a = a_, *b = b_;
    return a->key < b->key ? -1 : a->key > b->key;
}

static struct host *host_at(const struct over_time *o, size_t number)
{
    return places_at(&o->hosts, number);
}

static struct host *host_of(const struct over_time *o, const struct change *c)
{
    return host_at(o, c->key >> 8 & 0xffffff);
}

static void begin_sweep(struct writing *w)
{
    w->others = (struct state_counts){{0}};
    for (size_t i = 0; i < w->o->hosts.count; i++)
        memset(&host_at(w->o, i)->now, 0, sizeof(struct state_counts));
}

/* The changes of a moment, from number @next on. Return: the first of a later moment. */
static size_t apply(struct writing *w, size_t next, uint64_t moment)
{
    const struct over_time *o = w->o;
    for (; next < o->count && o->changes[next].key >> 32 == moment; next++) {
        const struct change *c = &o->changes[next];
        struct host *host = host_of(o, c);
        host->now.of[c->key & 0xff] += (uint64_t)c->by;
        if (!host->chosen)
            w->others.of[c->key & 0xff] += (uint64_t)c->by;
    }
    return next;
}

static void find_peaks(struct writing *w)
{
    const struct over_time *o = w->o;
    begin_sweep(w);
    for (size_t first = 0, next; first < o->count; first = next) {
        next = apply(w, first, o->changes[first].key >> 32);
        for (size_t i = first; i < next; i++) {
            struct host *host = host_of(o, &o->changes[i]);
            uint64_t sum = state_counts_sum(&host->now);
            host->peak = sum > host->peak ? sum : host->peak;
        }
    }
}

typedef void write_line(struct writing *w, uint64_t ts_ns, const char *host,
                        const struct state_counts *counts);

/* Every moment up to @last: a line for each chosen host that has sockets, and one for the others.
 */
static void sweep(struct writing *w, uint64_t last, write_line *line)
{
    const struct over_time *o = w->o;
    size_t next = 0;
    begin_sweep(w);
    for (uint64_t moment = 0; moment <= last; moment++) {
        uint64_t ts_ns = o->origin_ns + moment * o->step_ns;
        next = apply(w, next, moment);
        for (size_t i = 0; i < w->chosen_count; i++) {
            const struct host *host = w->chosen[i];
            if (state_counts_sum(&host->now))
                line(w, ts_ns, format_ip(&host->place.address, host->place.ip_version).s,
                     &host->now);
        }
        if (state_counts_sum(&w->others))
            line(w, ts_ns, "", &w->others);
    }
}

static struct text others_text(const struct writing *w)
{
    return format_printf("(%s others)", format_count(w->other_hosts).s);
}

static struct state_line text_line(const struct writing *w, uint64_t ts_ns, struct text *time,
                                   struct text *others, const char *host,
                                   const struct state_counts *counts)
{
    *time = w->options->utc ? format_clock(ts_ns)
                            : format_printf("+%s", format_seconds(ts_ns, w->o->origin_ns).s);
    *others = others_text(w);
    char *end = time->s + strlen(time->s); /* the decimals that say something */
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    return (struct state_line){time->s, *host ? host : others->s, counts};
}

static void measure_line(struct writing *w, uint64_t ts_ns, const char *host,
                         const struct state_counts *counts)
{
    struct text time, others;
    struct state_line line = text_line(w, ts_ns, &time, &others, host, counts);
    state_table_measure(&w->table, &line);
}

static void write_text_line(struct writing *w, uint64_t ts_ns, const char *host,
                            const struct state_counts *counts)
{
    struct text time, others;
    struct state_line line = text_line(w, ts_ns, &time, &others, host, counts);
    state_table_line(&w->table, &line);
}

static void write_json_line(struct writing *w, uint64_t ts_ns, const char *host,
                            const struct state_counts *counts)
{
    struct interval interval = {ts_ns, w->o->step_ns, host, w->other_hosts, counts};
    interval_write(w->options->out, &w->line, &interval);
}

static int compare_descending(const void *a_, const void *b_)
{
    const uint64_t *a = a_, *b = b_;
    return *a > *b ? -1 : *a < *b;
}

/* A host with fewer sockets at its peak shares the line of the others; equals share their fate. */
static uint64_t least_peak(const struct over_time *o, uint64_t max_rows)
{
    size_t count = o->hosts.count;
    uint64_t least = 1,
             *peaks = max_rows && count > max_rows + 1 ? malloc(count * sizeof *peaks) : NULL;
    if (peaks) {
        for (size_t i = 1; i < count; i++)
            peaks[i - 1] = host_at(o, i)->peak;
        qsort(peaks, count - 1, sizeof *peaks, compare_descending);
        least = peaks[max_rows] + 1;
        free(peaks);
    }
    return least;
}

static int compare_hosts(const void *a_, const void *b_)
{
    const struct host *const *a = a_, *const *b = b_;
    return place_compare(&(*a)->place, &(*b)->place);
}

static void choose_hosts(struct writing *w)
{
    const struct over_time *o = w->o;
    uint64_t least = least_peak(o, w->options->max_rows);
    w->chosen = malloc(o->hosts.count * sizeof *w->chosen);
    for (uint32_t i = 1; i < o->hosts.count; i++) {
        struct host *host = host_at(o, i);
        host->chosen = w->chosen && host->peak >= least;
        if (host->chosen)
            w->chosen[w->chosen_count++] = host;
        else
            w->other_hosts += host->peak != 0;
    }
    if (w->chosen_count)
        qsort(w->chosen, w->chosen_count, sizeof *w->chosen, compare_hosts);
}

static void pack_changes(struct over_time *o)
{
    size_t used = 0;
    for (size_t i = 0; i < o->room; i++)
        if (o->changes[i].key != UINT64_MAX)
            o->changes[used++] = o->changes[i];
    if (used)
        qsort(o->changes, used, sizeof *o->changes, compare_changes);
}

static void write_remarks(const struct over_time *o, FILE *out, bool cut)
{
    if (cut)
        fprintf(out, "Cut after %s moments: a longer STEP reaches the end.\n",
                format_count(LAST_MOMENT).s);
    if (o->lost)
        fprintf(out, "Memory for changes ran out: %s are missing.\n", format_count(o->lost).s);
}

void over_time_write(struct over_time *o, const struct report_options *options, uint64_t end_ns)
{
    struct writing w = {.o = o, .options = options, .table = {.options = options}};
    uint64_t last = end_ns > o->origin_ns ? (end_ns - o->origin_ns) / o->step_ns : 0;
    bool cut = last >= LAST_MOMENT;
    last = cut ? LAST_MOMENT - 1 : last;
    pack_changes(o);
    find_peaks(&w);
    choose_hosts(&w);
    if (options->selection.json) {
        sweep(&w, last, write_json_line);
    } else {
        sweep(&w, last, measure_line);
        state_table_heading(&w.table);
        sweep(&w, last, write_text_line);
        state_table_legend(&w.table);
        write_remarks(o, options->out, cut);
    }
    free(w.chosen);
    json_line_free(&w.line);
}

/* wait_load.c - see wait_load.h
 *
 *     spans         0        1        2        3        4
 *     TIME-WAIT         |---------------------------|
 *     inside_ns         part                         part
 *     change                 +1                -1 at 4
 */
#include "wait_load.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SPAN_NS = 1 << 20 }; /* a millisecond, but doubled without remainder */

struct wait_spans {
    uint64_t origin_ns, span_ns;
    uint64_t inside_ns[WAIT_LOAD_SPANS]; /* sum over sockets: how long each was in TIME-WAIT in the span */
    int32_t change[WAIT_LOAD_SPANS];     /* from this span on so many more are in it for the whole span */
};

/* What `change` says goes into inside_ns. */
static void settle(struct wait_spans *spans)
{
    int64_t level = 0;
    for (unsigned i = 0; i < WAIT_LOAD_SPANS; i++) {
        level += spans->change[i];
        spans->change[i] = 0;
        spans->inside_ns[i] += (uint64_t)level * spans->span_ns;
    }
}

/* By doubling, until @to is before the last of them. */
static void widen(struct wait_spans *spans, uint64_t to)
{
    unsigned shift = 0;
    settle(spans);
    for (; to >= (WAIT_LOAD_SPANS - 1) * spans->span_ns; shift++)
        spans->span_ns *= 2;
    for (unsigned i = 1; i < WAIT_LOAD_SPANS; i++) {
        uint64_t inside_ns = spans->inside_ns[i];
        spans->inside_ns[i] = 0;
        spans->inside_ns[shift < 32 ? i >> shift : 0] += inside_ns;
    }
}

static void add(struct wait_spans *spans, uint64_t since_ns, uint64_t until_ns)
{
    uint64_t from = since_ns > spans->origin_ns ? since_ns - spans->origin_ns : 0;
    uint64_t to = until_ns > spans->origin_ns ? until_ns - spans->origin_ns : 0;
    if (from >= to || to > UINT64_MAX / 4)
        return;
    if (to >= (WAIT_LOAD_SPANS - 1) * spans->span_ns)
        widen(spans, to);
    uint64_t first = from / spans->span_ns, last = to / spans->span_ns;
    if (first == last) {
        spans->inside_ns[first] += to - from;
        return;
    }
    spans->inside_ns[first] += (first + 1) * spans->span_ns - from;
    spans->inside_ns[last] += to - last * spans->span_ns;
    spans->change[first + 1]++;
    spans->change[last]--;
}

static void add_few(struct wait_spans *spans, const struct wait_load *load)
{
    memset(spans, 0, sizeof *spans);
    spans->origin_ns = load->origin_ns;
    spans->span_ns = FIRST_SPAN_NS;
    for (unsigned i = 0; i < WAIT_LOAD_FEW && i < load->count; i++)
        add(spans, load->few[i].since_ns, load->few[i].until_ns);
}

void wait_load_add(struct wait_load *load, uint64_t origin_ns, uint64_t since_ns, uint64_t until_ns)
{
    uint64_t count = load->count++;
    load->origin_ns = origin_ns;
    if (count < WAIT_LOAD_FEW) {
        load->few[count].since_ns = since_ns;
        load->few[count].until_ns = until_ns;
        return;
    }
    if (count == WAIT_LOAD_FEW && (load->spans = malloc(sizeof *load->spans)) != NULL)
        add_few(load->spans, load);
    if (load->spans)
        add(load->spans, since_ns, until_ns);
}

static struct wait_peak peak_of(struct wait_spans *spans)
{
    unsigned best = 0;
    settle(spans);
    for (unsigned i = 1; i < WAIT_LOAD_SPANS; i++)
        if ((spans->inside_ns[i] + spans->span_ns / 2) / spans->span_ns >
            (spans->inside_ns[best] + spans->span_ns / 2) / spans->span_ns)
            best = i;
    return (struct wait_peak){(spans->inside_ns[best] + spans->span_ns / 2) / spans->span_ns,
                              spans->origin_ns + best * spans->span_ns, spans->span_ns};
}

struct wait_peak wait_load_peak(const struct wait_load *load)
{
    struct wait_spans spans;
    if (!load->count || (load->count > WAIT_LOAD_FEW && !load->spans))
        return (struct wait_peak){0, 0, 0};
    if (load->spans)
        return peak_of(load->spans);
    add_few(&spans, load);
    return peak_of(&spans);
}

void wait_load_free(struct wait_load *load)
{
    free(load->spans);
    load->spans = NULL;
}

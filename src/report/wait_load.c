/* wait_load.c - see wait_load.h
 *
 *     spans         0        1        2        3        4
 *     TIME-WAIT         |---------------------------|
 *     inside_ns         part                         part
 *     change                 +1                -1 at 4
 */
#include "wait_load.h"

#include <string.h>

enum { FIRST_SPAN_NS = 1 << 20 }; /* a millisecond, but doubled without remainder */

void wait_load_begin(struct wait_load *load, uint64_t origin_ns)
{
    memset(load, 0, sizeof *load);
    load->origin_ns = origin_ns;
    load->span_ns = FIRST_SPAN_NS;
}

/* What `change` says goes into inside_ns. */
static void settle(struct wait_load *load)
{
    int64_t level = 0;
    for (unsigned i = 0; i < WAIT_LOAD_SPANS; i++) {
        level += load->change[i];
        load->change[i] = 0;
        load->inside_ns[i] += (uint64_t)level * load->span_ns;
    }
}

static void double_spans(struct wait_load *load)
{
    settle(load);
    for (unsigned i = 0; i < WAIT_LOAD_SPANS / 2; i++)
        load->inside_ns[i] = load->inside_ns[2 * i] + load->inside_ns[2 * i + 1];
    memset(load->inside_ns + WAIT_LOAD_SPANS / 2, 0, sizeof load->inside_ns / 2);
    load->span_ns *= 2;
}

void wait_load_add(struct wait_load *load, uint64_t since_ns, uint64_t until_ns)
{
    uint64_t from = since_ns > load->origin_ns ? since_ns - load->origin_ns : 0;
    uint64_t to = until_ns > load->origin_ns ? until_ns - load->origin_ns : 0;
    if (from >= to || to > UINT64_MAX / 4)
        return;
    while (to >= (WAIT_LOAD_SPANS - 1) * load->span_ns)
        double_spans(load);
    uint64_t first = from / load->span_ns, last = to / load->span_ns;
    if (first == last) {
        load->inside_ns[first] += to - from;
        return;
    }
    load->inside_ns[first] += (first + 1) * load->span_ns - from;
    load->inside_ns[last] += to - last * load->span_ns;
    load->change[first + 1]++;
    load->change[last]--;
}

struct wait_peak wait_load_peak(struct wait_load *load)
{
    unsigned best = 0;
    settle(load);
    for (unsigned i = 1; i < WAIT_LOAD_SPANS; i++)
        if ((load->inside_ns[i] + load->span_ns / 2) / load->span_ns >
            (load->inside_ns[best] + load->span_ns / 2) / load->span_ns)
            best = i;
    return (struct wait_peak){(load->inside_ns[best] + load->span_ns / 2) / load->span_ns,
                              load->origin_ns + best * load->span_ns, load->span_ns};
}

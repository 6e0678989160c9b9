/* median.c - see median.h */
#include "median.h"

enum { SHIFT_MAX = 31 };

static void thin_out(struct median *median)
{
    for (unsigned i = 0; i < MEDIAN_SAMPLES / 2; i++)
        median->sample[i] = median->sample[2 * i];
    median->count = MEDIAN_SAMPLES / 2;
    median->shift++;
}

void median_add(struct median *median, uint32_t nth, uint32_t value)
{
    if (nth & ((UINT32_C(1) << median->shift) - 1))
        return;
    if (median->count == MEDIAN_SAMPLES) {
        if (median->shift == SHIFT_MAX)
            return;
        thin_out(median);
        if (nth & ((UINT32_C(1) << median->shift) - 1))
            return;
    }
    median->sample[median->count++] = value;
}

uint32_t median_of(const struct median *median)
{
    uint32_t sorted[MEDIAN_SAMPLES];
    for (unsigned i = 0; i < median->count; i++) {
        unsigned k = i;
        for (; k > 0 && sorted[k - 1] > median->sample[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = median->sample[i];
    }
    return median->count ? sorted[(median->count - 1) / 2] : 0;
}

/* median.c - see median.h */
#include "median.h"

/* Of @count numbers every (1 << shift)-th is kept: the least shift that leaves MEDIAN_SAMPLES or fewer. */
static unsigned shift_of(uint32_t count)
{
    return count > MEDIAN_SAMPLES ? 32 - (unsigned)__builtin_clz((count - 1) / MEDIAN_SAMPLES) : 0;
}

void median_add(struct median *median, uint32_t count, uint32_t value)
{
    unsigned shift = shift_of(count);
    if (count & ((UINT32_C(1) << shift) - 1))
        return;
    unsigned kept = count >> shift;
    if (kept == MEDIAN_SAMPLES) {
        kept /= 2;
        for (unsigned i = 0; i < kept; i++)
            median->sample[i] = median->sample[2 * i];
    }
    median->sample[kept] = value;
}

uint32_t median_of(const struct median *median, uint32_t count)
{
    uint32_t sorted[MEDIAN_SAMPLES];
    unsigned kept = count ? ((count - 1) >> shift_of(count)) + 1 : 0;
    for (unsigned i = 0; i < kept; i++) {
        unsigned k = i;
        for (; k > 0 && sorted[k - 1] > median->sample[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = median->sample[i];
    }
    return kept ? sorted[(kept - 1) / 2] : 0;
}

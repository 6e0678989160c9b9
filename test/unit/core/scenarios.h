/* scenarios.h - small connections as text, with what must be said of them */
#ifndef TEST_SCENARIOS_H
#define TEST_SCENARIOS_H

#include <stddef.h>

struct scenario {
    const char *name, *text;
    const char *verdict, *a,
        *b; /**< of the last connection but those named z: rig.h has the forms */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif

/* twin_steps.h - questions to a twin that has run, for those who conclude from it */
#ifndef CORE_TWIN_STEPS_H
#define CORE_TWIN_STEPS_H

#include "twin.h"

static inline bool reached(const struct twin *twin, enum tcptwin_state state)
{
    return twin->states >> state & 1;
}

static inline const struct tcptwin_transition *step_by(const struct twin *twin,
                                                enum tcptwin_machine_event event)
{
    if (!(twin->events >> event & 1))
        return NULL;
    unsigned i = 0;
    while (twin->steps[i].event != event)
        i++;
    return &twin->steps[i];
}

/* Which of two steps was told first; NULL is none. */
static inline const struct tcptwin_transition *earlier(const struct tcptwin_transition *a,
                                                const struct tcptwin_transition *b)
{
    if (!a || !b)
        return a ? a : b;
    if (a->ts_ns != b->ts_ns)
        return a->ts_ns < b->ts_ns ? a : b;
    return a->segment.frame < b->segment.frame ? a : b;
}

#endif

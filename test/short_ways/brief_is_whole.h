/* brief_is_whole.h - what a connection is in brief it is as a whole, but for what brief ones do not have */
#ifndef TEST_BRIEF_IS_WHOLE_H
#define TEST_BRIEF_IS_WHOLE_H

#include "tcptwin/event.h"

#include <string.h>

/* As tcptwin_connection.brief says. */
static inline void brief_leave_out(struct tcptwin_connection *whole)
{
    whole->transitions = NULL;
    whole->transition_count = 0;
    whole->anomalies = NULL; /* none */
    whole->syn_to_synack_ns = whole->synack_to_ack_ns = whole->first_data_ns = whole->first_response_ns = 0;
    whole->rtt_samples = whole->rtt_min_ns = whole->rtt_max_ns = whole->rtt_sum_ns = whole->rtt_p50_ns = 0;
    whole->silence_ns = 0;
    whole->syn_isn_validated = whole->ack_isn_validated = false;
    for (unsigned x = 0; x < 2; x++) {
        struct tcptwin_endpoint *end = &whole->endpoint[x];
        end->state_basis = 0;
        end->timer_due_ns = 0;
        end->app_error = end->app_error_basis = 0;
        end->app_error_ts_ns = 0;
        memset(end->dwell_ns, 0, sizeof end->dwell_ns);
        if (end->state != TCPTWIN_STATE_TIME_WAIT)
            end->state_since_ns = 0;
    }
}

/** brief_is_whole() - @whole: the connection that was said in place of @brief. */
static inline bool brief_is_whole(const struct tcptwin_connection *brief, const struct tcptwin_connection *whole)
{
    struct tcptwin_connection of_brief, of_whole;

    memcpy(&of_brief, brief, sizeof of_brief); /* with what lies between the members: both began as zeros */
    memcpy(&of_whole, whole, sizeof of_whole);
    of_brief.brief = false;
    brief_leave_out(&of_whole);
    return whole->anomaly_count == 0 && memcmp(&of_brief, &of_whole, sizeof of_whole) == 0;
}

#endif

/* twin.h - the state machine of one endpoint, run over the evidence in that endpoint's own order */
#ifndef CORE_TWIN_H
#define CORE_TWIN_H

#include "trace.h"

enum { TWIN_STEPS_MAX = 24 };

/** How a RST met its receiver. */
enum rst_fate {
    RST_ACCEPTED,
    RST_CHALLENGED,
    RST_OUTSIDE,
    RST_REFUTED,
    RST_STALE,
    RST_IGNORED,
    RST_FATES
};

struct twin {
    uint8_t start, state;
    bool active;          /**< it sent a SYN of its own */
    uint32_t states;      /**< bit per enum tcptwin_state: it was in that state */
    uint32_t events;      /**< bit per enum tcptwin_machine_event: it made a step by that event */
    unsigned rst_count[RST_FATES];  /**< how many RSTs that were sent to it met which fate */
    unsigned rst_record[RST_FATES]; /**< the first of each, and the last */
    unsigned rst_last[RST_FATES];
    bool handshake_ack_lost, data_after_close, no_socket_reply;
    bool timed_out;       /**< the RST it sent ended, or came after, a series that nothing answered */
    unsigned no_socket_record;
    bool doubtful;        /**< nothing shows that it had a socket for the SYN in its name */
    bool presumed;        /**< a step rests on something unseen that was only presumed */
    uint8_t icmp;         /**< enum tcptwin_app_error: of the ICMP error that ended its attempt */
    uint8_t soft_icmp;    /**< the same of the last that came since its peer was heard */
    uint64_t timer_due_ns; /**< at the endpoint: the timer that has not fired by the end of the capture; 0: none runs */
    unsigned steps_lost;  /**< beyond TWIN_STEPS_MAX */
    unsigned step_count;
    struct tcptwin_transition steps[TWIN_STEPS_MAX];
};

/** is_ended() - No socket, or one that only waits: for @state, an enum tcptwin_state. */
static inline bool is_ended(unsigned state)
{
    return state == TCPTWIN_STATE_CLOSED || state == TCPTWIN_STATE_LISTEN ||
           state == TCPTWIN_STATE_TIME_WAIT;
}
/** twin_run() - What endpoint @x went through. */
void twin_run(struct twin *twin, const struct trace *trace, unsigned x);
/** twin_timers() - What its timers did after the last segment, in packet time. */
void twin_timers(struct twin *twin, const struct trace *trace, unsigned x,
                 const struct tcptwin_timers *timers);
/** twin_reused() - A new connection takes the ports of @conn, whose trace it is: TIME-WAIT ends. */
void twin_reused(struct twin *twin, const struct trace *trace, unsigned x, const struct conn *conn);

#endif

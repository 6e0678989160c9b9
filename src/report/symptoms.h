/* symptoms.h - what one connection says about each kind of trouble */
#ifndef REPORT_SYMPTOMS_H
#define REPORT_SYMPTOMS_H

#include "tcptwin/event.h"

/** When a connection has a symptom. Nanoseconds, packets, percent. */
#define SYN_AGAIN_NS     UINT64_C(900000000)    /**< no stack repeats a SYN sooner */
#define LEAK_SURE        80                     /**< confidence of close_wait_long: 10 s and more */
#define IDLE_CUT_NS      UINT64_C(30000000000)  /**< silences below are no middlebox's */
#define FIN_WAIT_2_NS    UINT64_C(1000000000)   /**< a FIN that comes sooner is not late */
#define STALE_NS         UINT64_C(86400000000000) /**< longer: files of different days */
#define FULL_NS          UINT64_C(5000000000)   /**< a window that closed before had time to open again */
#define SILENT_NS        UINT64_C(3000000000)   /**< of copies without answer: shorter may be a hiccup */
#define SILENT_COPIES    3
#define HICCUP_NS        UINT64_C(1000000000)   /**< of more copies than that: each waited twice as long as the last */
#define STALL_NS         UINT64_C(1000000000)   /**< a closed window that opens sooner hurts nobody */
#define LOSS_SEGMENTS    3                      /**< fewer are chance */
#define LOSS_PERCENT     1

enum symptom_detail { /* how, for the sentence */
    DETAIL_NONE,
    DETAIL_BY_RST,         /**< it was answered by a RST */
    DETAIL_UNANSWERED,     /**< nothing answered */
    DETAIL_GAVE_UP,        /**< nothing answered, and the other side gave up */
    DETAIL_WINDOW_CLOSED,
    DETAIL_NEVER_SENT,     /**< it sent no byte itself */
    DETAIL_TOO_LATE,       /**< what the peer sent came when the socket was gone */
    DETAIL_TIMED_OUT,      /**< its kernel gave the socket up */
    DETAIL_NO_ROUTE        /**< ICMP: host, network or policy */
};

/** One connection's contribution to a finding. */
struct symptom {
    uint8_t finding;    /**< enum tcptwin_finding */
    uint8_t endpoint;   /**< whom it is said of: 0 or 1 */
    uint8_t confidence; /**< percent */
    uint8_t detail;     /**< enum symptom_detail */
    uint32_t error;     /**< DETAIL_NO_ROUTE: enum tcptwin_app_error */
    uint64_t count, of; /**< packets or times, where it counts such */
    uint64_t time_ns;   /**< a duration; CLOSE_WAIT_LEAK: since when */
    uint64_t first_frame, last_frame;
};

enum { SYMPTOMS_MAX = 12 };

/** symptoms_of() - All of one finished connection. Return: how many. */
unsigned symptoms_of(const struct tcptwin_connection *connection, struct symptom out[static SYMPTOMS_MAX]);
/** connection_in_order() - It was closed in order or is open, and has no anomaly: then it has no symptom. */
static inline bool connection_in_order(const struct tcptwin_connection *c)
{
    return !c->anomaly_count && (c->outcome == TCPTWIN_OUTCOME_CLOSED_FIN || c->outcome == TCPTWIN_OUTCOME_OPEN);
}
/** connection_answered() - Whether the server answered the SYN, or must have. */
static inline bool connection_answered(const struct tcptwin_connection *c)
{
    return c->outcome != TCPTWIN_OUTCOME_STRAY && c->outcome != TCPTWIN_OUTCOME_NO_ANSWER &&
           c->outcome != TCPTWIN_OUTCOME_REFUSED && c->endpoint[!c->client].packets != 0;
}

#endif

/* vocabulary.h - every closed set of words that tcptwin uses, with its documentation
 *
 * Each set stands in one .def file beside this header; enum, names, explanations, generated docs
 * and the tests that walk them all come from there. Pure data: everything here is thread-safe,
 * allocates nothing and returns pointers to constants that live for ever.
 */
#ifndef TCPTWIN_VOCABULARY_H
#define TCPTWIN_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

/** State of one endpoint: RFC 9293 3.3.2, and `unknown`. */
enum tcptwin_state {
#define STATE(id_, name_, label_, ref_, text_, advice_) TCPTWIN_STATE_##id_,
#include "tcptwin/states.def"
    TCPTWIN_STATE_COUNT
};

/** How a claim is known. Ordered: a larger value is weaker. */
enum tcptwin_basis {
#define BASIS(id_, name_, mark_, text_) TCPTWIN_BASIS_##id_,
#include "tcptwin/basis.def"
    TCPTWIN_BASIS_COUNT
};

/** What happens to one endpoint's machine. */
enum tcptwin_machine_event {
#define EVENT(id_, trigger_, text_) TCPTWIN_EV_##id_,
#include "tcptwin/machine_events.def"
    TCPTWIN_EV_COUNT
};

/** How a connection stood at its end. */
enum tcptwin_outcome {
#define OUTCOME(id_, name_, rank_, text_, advice_) TCPTWIN_OUTCOME_##id_,
#include "tcptwin/outcomes.def"
    TCPTWIN_OUTCOME_COUNT
};

/** Something odd on one connection. */
enum tcptwin_anomaly {
#define ANOMALY(id_, code_, category_, severity_, ref_, text_, advice_) TCPTWIN_ANOMALY_##id_,
#include "tcptwin/anomalies.def"
    TCPTWIN_ANOMALY_COUNT
};

/** What became of datagrams: UDP, and pings. */
enum tcptwin_fate {
#define FATE(id_, name_, rank_, text_, advice_) TCPTWIN_FATE_##id_,
#include "tcptwin/datagram_fates.def"
    TCPTWIN_FATE_COUNT
};

/** A diagnosis: of one connection or of many. */
enum tcptwin_finding {
#define FINDING(id_, code_, severity_, text_, sentence_, remedy_, unless_) TCPTWIN_FINDING_##id_,
#include "tcptwin/findings.def"
    TCPTWIN_FINDING_COUNT
};

/** What an anomaly is about. */
enum tcptwin_category {
    TCPTWIN_CATEGORY_HANDSHAKE,
    TCPTWIN_CATEGORY_CLOSE,
    TCPTWIN_CATEGORY_RESET,
    TCPTWIN_CATEGORY_SEQUENCE,
    TCPTWIN_CATEGORY_WINDOW,
    TCPTWIN_CATEGORY_OPTIONS,
    TCPTWIN_CATEGORY_SECURITY,
    TCPTWIN_CATEGORY_CAPTURE,
    TCPTWIN_CATEGORY_COUNT
};

/** Of anomalies and findings; ordered: a larger value is graver. */
enum tcptwin_severity {
    TCPTWIN_SEVERITY_INFO, /**< normal, worth knowing */
    TCPTWIN_SEVERITY_LOW,
    TCPTWIN_SEVERITY_MEDIUM,
    TCPTWIN_SEVERITY_HIGH,
    TCPTWIN_SEVERITY_COUNT
};

/** What the application on one side was told at the end. */
enum tcptwin_app_error {
#define APP_ERROR(id_, name_, text_) TCPTWIN_APP_##id_,
#include "tcptwin/app_errors.def"
    TCPTWIN_APP_COUNT
};

/** What one captured frame turned out to be. */
enum tcptwin_decode_result {
#define RESULT(id_, name_, text_) TCPTWIN_DECODE_##id_,
#include "tcptwin/decode_results.def"
    TCPTWIN_DECODE_COUNT
};

/** Whose timers and rules apply where no packet tells. */
enum tcptwin_profile {
#define PROFILE(id_, name_, tw_, fw2_, syn_, synrcvd_, data_, text_) TCPTWIN_PROFILE_##id_,
#include "tcptwin/profiles.def"
    TCPTWIN_PROFILE_COUNT
};

/** How client and server were told apart. */
enum tcptwin_role_basis {
    TCPTWIN_ROLE_FIRST_PACKET, /**< a guess: the first packet's sender is called client */
    TCPTWIN_ROLE_PORT,         /**< the lower or well-known port is the server's */
    TCPTWIN_ROLE_SYN_ACK,      /**< the sender of a SYN-ACK is the server */
    TCPTWIN_ROLE_SYN,          /**< the sender of the first SYN is the client */
    TCPTWIN_ROLE_COUNT
};

/** Who did something: closed, reset. */
enum tcptwin_party {
    TCPTWIN_PARTY_NONE,
    TCPTWIN_PARTY_CLIENT,
    TCPTWIN_PARTY_SERVER,
    TCPTWIN_PARTY_BOTH,
    TCPTWIN_PARTY_UNKNOWN,
    TCPTWIN_PARTY_COUNT
};

/** How far the handshake was seen to go. */
enum tcptwin_handshake {
    TCPTWIN_HANDSHAKE_UNSEEN,       /**< the capture began later */
    TCPTWIN_HANDSHAKE_NO_REPLY,     /**< SYN, and nothing */
    TCPTWIN_HANDSHAKE_REFUSED,      /**< SYN, answered by RST or an ICMP error */
    TCPTWIN_HANDSHAKE_NO_FINAL_ACK, /**< SYN, SYN-ACK, and no more */
    TCPTWIN_HANDSHAKE_COMPLETE,
    TCPTWIN_HANDSHAKE_COUNT
};

/** Why the record of a connection ends. */
enum tcptwin_end_reason {
    TCPTWIN_END_DETECTED,     /**< closed or reset within the capture */
    TCPTWIN_END_IDLE_TIMEOUT, /**< a timer of the profile ended it */
    TCPTWIN_END_TUPLE_REUSE,  /**< a new connection took its ports */
    TCPTWIN_END_RESOURCES,    /**< evicted: the memory cap was reached */
    TCPTWIN_END_EOF,          /**< the capture ended first */
    TCPTWIN_END_COUNT
};

/** A word with its explanation, for `explain`, help, docs and tests. */
struct tcptwin_word {
    const char *name;      /**< as JSON says it */
    const char *label;     /**< as tables say it; equals name where there is no other */
    const char *kind;      /**< "state", "basis", "trigger", "outcome", "anomaly", ... */
    const char *reference; /**< RFC section or source; "" if none */
    const char *text;      /**< plain words */
    const char *advice;    /**< what to do; "" if nothing */
};

/** One row of the state machine (transitions.def). */
struct tcptwin_row {
    enum tcptwin_state from;
    enum tcptwin_machine_event event;
    enum tcptwin_state to;
    enum tcptwin_basis basis; /**< what the event is worth by itself; later evidence may confirm it */
    const char *reference;    /**< RFC section or source */
    const char *sentence;     /**< why, in one sentence about this endpoint */
};

/* Values outside of their set are allowed everywhere: they have no word (NULL), the name "", the mark ' ',
 * rank 0, category CAPTURE, severity INFO, the timers of LINUX. */

const struct tcptwin_word *tcptwin_state_word(enum tcptwin_state state);
const struct tcptwin_word *tcptwin_basis_word(enum tcptwin_basis basis);
const struct tcptwin_word *tcptwin_trigger_word(enum tcptwin_machine_event event);
const struct tcptwin_word *tcptwin_outcome_word(enum tcptwin_outcome outcome);
const struct tcptwin_word *tcptwin_anomaly_word(enum tcptwin_anomaly anomaly);
const struct tcptwin_word *tcptwin_finding_word(enum tcptwin_finding finding);
const struct tcptwin_word *tcptwin_app_error_word(enum tcptwin_app_error error);
const struct tcptwin_word *tcptwin_decode_word(enum tcptwin_decode_result result);
const struct tcptwin_word *tcptwin_profile_word(enum tcptwin_profile profile);
const struct tcptwin_word *tcptwin_fate_word(enum tcptwin_fate fate);

/** tcptwin_basis_mark() - One character for narrow tables: ' ' observed, '+', '?', '~'. */
char tcptwin_basis_mark(enum tcptwin_basis basis);
/** tcptwin_outcome_rank(), tcptwin_fate_rank() - 0 to 99: how much a reader wants to see it first. */
int tcptwin_outcome_rank(enum tcptwin_outcome outcome);
int tcptwin_fate_rank(enum tcptwin_fate fate);
enum tcptwin_category tcptwin_anomaly_category(enum tcptwin_anomaly anomaly);
enum tcptwin_severity tcptwin_anomaly_severity(enum tcptwin_anomaly anomaly);
enum tcptwin_severity tcptwin_finding_severity(enum tcptwin_finding finding);
/** tcptwin_finding_sentence() - What is said of one case, with {words} to be filled in. */
const char *tcptwin_finding_sentence(enum tcptwin_finding finding);
/** tcptwin_finding_unless() - What would show that it is not so. */
const char *tcptwin_finding_unless(enum tcptwin_finding finding);
const char *tcptwin_category_name(enum tcptwin_category category);
const char *tcptwin_severity_name(enum tcptwin_severity severity);
const char *tcptwin_role_basis_name(enum tcptwin_role_basis basis);
const char *tcptwin_party_name(enum tcptwin_party party);
const char *tcptwin_handshake_name(enum tcptwin_handshake handshake);
const char *tcptwin_end_reason_name(enum tcptwin_end_reason reason);

/** Timers of a profile, in seconds; 0 where it has no such timer. */
struct tcptwin_timers {
    unsigned time_wait_s;            /**< TIME-WAIT */
    unsigned fin_wait_2_s;           /**< FIN-WAIT-2 of a socket that was closed */
    unsigned syn_give_up_s;          /**< SYN-SENT, from the first SYN on */
    unsigned syn_received_give_up_s; /**< SYN-RECEIVED, from the first SYN-ACK on */
    unsigned retransmit_give_up_s;   /**< data or FIN, from its first copy on */
};
/** tcptwin_profile_timers() - By value. */
struct tcptwin_timers tcptwin_profile_timers(enum tcptwin_profile profile);

/** tcptwin_row() - The rule for (from, event); NULL if the event moves nobody in that state. */
const struct tcptwin_row *tcptwin_row(enum tcptwin_state from, enum tcptwin_machine_event event);
/** tcptwin_row_at() - Rows in the order of transitions.def; NULL past the end. */
const struct tcptwin_row *tcptwin_row_at(size_t index);

/** tcptwin_word_at() - Every word of every set, for `explain` without argument; NULL past the end. */
const struct tcptwin_word *tcptwin_word_at(size_t index);
/**
 * tcptwin_word_find() - Find words by name or label, ignoring case
 * @name: '-', ' ' and ',' count as '_'; "" is no word.
 * @from: Index to start at; call again with the returned index + 1 for the next one.
 * Return: index for tcptwin_word_at(), or (size_t)-1.
 */
size_t tcptwin_word_find(const char *name, size_t from);

#endif

/* findings.h - diagnoses: what is wrong, on which side, with the evidence, from all connections together
 *
 *     findings_init -> findings_add* -> findings_judge -> list, sentence_write -> findings_free
 *
 * What is said does not depend on the order in which connections are added. Memory is bounded; what found no
 * room is counted in `unplaced`. Only who finds room depends on who came first.
 */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "format.h"
#include "headcount.h"
#include "places.h"
#include "report.h"
#include "symptoms.h"
#include "totals.h"

/** When many connections make a finding (judge.c). */
#define TIME_WAIT_MIN    20 /**< fewer are no burden */
#define TIME_WAIT_SHARE  50 /**< percent of the service's connections that closed in order */
#define OVERFLOW_MIN     3
#define OVERFLOW_SHARE   10 /**< percent of the attempts */
#define HEARD_NS         UINT64_C(100000000) /**< who is heard so long after a SYN in vain had not died before it */
#define BEFORE_NS        UINT64_C(10000000000) /**< who was heard longer than that before it may have */
#define OVERFLOW_FACTOR  4  /**< and so many times the share of data that was lost on the way there */
#define FLOOD_MIN        64
#define FLOOD_SHARE      50 /**< percent of the attempts */
#define FLOOD_RATE       5  /**< a second */
#define SCAN_TARGETS     20 /**< different services tried in vain */
#define SCAN_SHARE       80 /**< percent of that host's attempts */
#define SCAN_SHARE_MANY  25 /**< the same where more than CROWD_MAX were tried in vain */
#define REUSE_MIN        10
#define REUSE_SHARE      50 /**< percent of the service's connections */
#define UNFIT_SHARE      10 /**< percent of the connections that the capture shows in part only */
#define LOSSY_PENALTY    15 /**< percent of confidence, in a capture that missed packets */

enum { FINDING_EXAMPLES = 3, CROWD_MAX = 64 };

/** Different things, told apart by a hash, up to a bound. */
struct crowd {
    uint32_t hash[CROWD_MAX];
    uint32_t count;
    bool more;
};

/** Connections that show something, and where they are in the capture. */
struct evidence {
    uint64_t connections;
    uint64_t first_frame, last_frame, first_ts_ns, last_ts_ns;
    uint64_t stream[FINDING_EXAMPLES], id[FINDING_EXAMPLES]; /**< of the first of them */
};

enum finding_side { FINDING_CLIENT, FINDING_SERVER, FINDING_CAPTURE, FINDING_HOST /**< client and server */ };

/** One diagnosis. */
struct finding {
    uint8_t code;       /**< enum tcptwin_finding */
    uint8_t confidence; /**< percent */
    uint8_t side;       /**< enum finding_side: what `address` is */
    uint8_t detail;     /**< enum symptom_detail; CAPTURE_UNFIT: enum capture_verdict */
    uint8_t ip_version;
    /** HOST_SILENT, SERVICE_SILENT: it, or its host, had answered others, and was not heard since. */
    bool answered_before;
    bool took_others;     /**< REFUSED: it accepted others */
    uint16_t port;      /**< 0: not one port */
    uint32_t error;     /**< UNREACHABLE: enum tcptwin_app_error, or 0 */
    struct tcptwin_address address;
    struct evidence evidence;
    uint64_t count, of; /**< what the sentence counts; of 0: of how many is not known */
    uint64_t time_ns;   /**< the longest, or over which time */
    struct crowd *crowd; /**< SYN_FLOOD: clients; PORT_SCAN: hosts. Owned by struct findings */
    uint64_t targets;    /**< PORT_SCAN: different services; SIZE: CROWD_MAX and more */
    bool more_targets;
};

enum failure { FAILED_REFUSED, FAILED_UNREACHABLE, FAILED_SILENT, FAILURE_COUNT }; /**< findings a scan makes many of */
enum { FINDINGS_AHEAD = 8 };

/** What one connection adds to its service and to its client's count: looked up when the memory is at hand. */
struct attempt {
    struct place service;
    struct tcptwin_address client; /**< with is_client_counted */
    uint64_t heard_ns;             /**< 0: not on this one */
    uint64_t packets, lost;
    bool answered, refused, closed, is_client_counted;
    uint8_t failed[FAILURE_COUNT];
    struct evidence closed_first;  /**< of no connection: its server did not close first */
};

struct findings {
    struct attempt attempts[FINDINGS_AHEAD]; /**< the newest; older ones are in the tables */
    uint64_t attempt_count;
    struct places services; /**< struct service: by address and port of the server */
    struct places cases[TCPTWIN_FINDING_COUNT]; /**< struct finding_case: by address and port */
    struct places sources;  /**< struct source: clients whose attempts fail, by address */
    size_t held;            /**< by all of these together */
    struct headcount others; /**< by client: attempts that do not fail */
    struct totals totals;   /**< of all connections */
    uint64_t completed;    /**< handshakes that were completed */
    uint64_t answers;      /**< attempts that were answered somehow */
    uint64_t gaps;         /**< connections of which the capture missed bytes, and not for a wrong checksum */
    uint64_t unplaced[TCPTWIN_FINDING_COUNT]; /**< connections that found no room */
    struct finding *list;  /**< after findings_judge(), the gravest first */
    size_t count;
};

void findings_init(struct findings *findings);
/** findings_add() - Take one finished connection into account, also in the totals. */
void findings_add(struct findings *findings, const struct tcptwin_connection *connection);
/** findings_judge() - The capture is over: make the list. Once. */
void findings_judge(struct findings *findings, const struct report_summary *summary);
void findings_free(struct findings *findings);

/** findings_unplaced() - Of all kinds together. */
uint64_t findings_unplaced(const struct findings *findings);

/** evidence_examples() - How many connections are named. */
unsigned evidence_examples(const struct evidence *evidence);

/** The rest is between findings.c and judge.c. */

struct service {
    struct place place;
    uint64_t attempts, answered, refused, closed;
    uint64_t heard_ns;       /**< when it was last heard, on connections that it took or refused */
    uint64_t packets, lost;  /**< of its clients: data lost on the way there, behind the tap */
    uint64_t failed[FAILURE_COUNT]; /**< attempts with these symptoms, whoever made them */
    struct evidence closed_first;   /**< connections that it closed first, in order */
};

struct finding_case {
    struct place place;
    struct finding finding;
    struct tcptwin_address peer; /**< of the first connection */
    bool several_peers;
    bool proven;                 /**< SYN_FLOOD: SYN-ACKs were sent again */
    uint64_t latest;             /**< 1 + the stream that was added last: it counts once */
};

/** A client whose attempts fail. Until all are known, these are held here: they may be a scan. */
struct source {
    struct place place;
    struct finding finding;
    struct crowd targets;
    uint32_t first_host;         /**< what the crowd of hosts begins with */
    uint64_t mute;               /**< failed attempts that are but one SYN */
    struct finding_case *held;   /**< by service and code */
    unsigned held_count;
    uint64_t unheld[FAILURE_COUNT]; /**< connections that found no room there */
};

/** findings_settle() - The last attempts, too. */
void findings_settle(struct findings *findings);
/** findings_release() - That source does not scan: what it holds are findings as anybody's. */
void findings_release(struct findings *findings, struct source *source);

enum { FINDING_SENTENCE_SIZE = 400 };
/** sentence_write() - The finding in one sentence, or two. */
void sentence_write(char out[static FINDING_SENTENCE_SIZE], const struct finding *finding);
/** finding_subject() - "server 192.0.2.1:80"; "" if it is about the capture. */
struct text finding_subject(const struct finding *finding);

#endif

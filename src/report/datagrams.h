/* datagrams.h - the report `datagrams`: what is kept of a conversation, and how it is written */
#ifndef REPORT_DATAGRAMS_H
#define REPORT_DATAGRAMS_H

#include "pairs.h"
#include "report.h"
#include "say.h"
#include "topk.h"

enum { PINGS_OPEN = 8 };

/** The ICMP errors about what one end sent: how many, and the gravest (the first of them). */
struct icmp_tally {
    uint64_t count, frame, ts_ns;
    struct tcptwin_address reporter;
    uint8_t type, code;
};

/** A request that waits for its reply. */
struct open_ping {
    uint64_t ts_ns;
    uint16_t id, sequence;
    bool waits, answered;
};

struct ping_tally {
    struct open_ping open[PINGS_OPEN]; /**< the last requests, round and round */
    unsigned next;
    uint64_t repeated; /**< replies to a request that had one already */
    uint64_t timed, sum_ns, min_ns, max_ns; /**< replies whose request was among the open ones */
};

/** UDP between two ports, or pings from one host to another. end[0] sent first. */
struct conversation {
    struct pair pair; /**< kind: the IP protocol; ICMPv6 counts as ICMP */
    bool to_group;    /**< end[1] is a multicast or broadcast address */
    bool answers;     /**< it began as an answer to what end[1] had sent elsewhere */
    uint16_t answers_port; /**< to that port of end[0]; 0: to a group */
    uint16_t answering_port; /**< the answer came from another port of end[1]; 0: it did not */
    uint64_t packets[2], bytes[2]; /**< by sender; UDP payload, or the data of pings */
    uint64_t first_ts_ns, last_ts_ns, first_frame, last_frame;
    uint64_t answer_ts_ns; /**< of the first answer; 0: none */
    uint64_t asked_first;  /**< sent by end[0] until then */
    uint64_t asked_since, answered_ts_ns; /**< the last answer, and sent by end[0] since */
    struct icmp_tally error[2]; /**< about what end[x] sent */
    struct ping_tally pings;
};

/** ICMP errors from one host (end[0]) to another. */
struct icmp_pair {
    struct pair pair;
    uint64_t count, first_ts_ns, last_ts_ns, first_frame, last_frame;
    uint64_t fate[TCPTWIN_FATE_COUNT];
    uint64_t about_udp, about_tcp, about_icmp, about_other;
};

/** A port to which datagrams were sent, of a host. Weighs what it was asked. */
struct asked_port {
    struct place place;
    uint64_t asked, answered, silent, closed; /**< conversations; closed: port unreachable, by the host itself */
    uint64_t answer_sum_ns, answer_min_ns;    /**< from the first datagram to the first answer */
};

struct datagrams {
    struct report_options options;
    struct pairs conversations; /* of struct conversation */
    struct pairs errors;        /* of struct icmp_pair */
    struct places ports;        /* of struct asked_port */
    struct places askers;       /* datagrams.c */
    struct topk udp, pings, icmp; /* of struct conversation, twice, and struct icmp_pair */
    uint64_t fate[TCPTWIN_FATE_COUNT]; /* of UDP conversations */
    uint64_t udp_packets, ping_packets, error_packets, unplaced;
    uint64_t first_ts_ns, last_ts_ns, origin_ns;
    struct json_line *line; /* NULL: text */
};

/** icmp_fate() - What an error means for what it quotes. */
enum tcptwin_fate icmp_fate(unsigned ip_version, unsigned type, unsigned code);
/** icmp_name() - "port unreachable"; "type 3, code 99" where it has no name. */
struct text icmp_name(unsigned ip_version, unsigned type, unsigned code);
/** conversation_fate() - What became of it, as far as it was seen. */
enum tcptwin_fate conversation_fate(const struct conversation *conversation);
/** conversation_pings() - Requests that were answered. */
uint64_t conversation_pings(const struct conversation *conversation);
/** conversation_say() - All of it in one sentence or two. */
void conversation_say(struct sentence *sentence, const struct conversation *conversation);
void icmp_pair_say(struct sentence *sentence, const struct icmp_pair *pair);
/** conversation_compare(), icmp_pair_compare() - The most telling first. */
int conversation_compare(const void *a, const void *b);
int icmp_pair_compare(const void *a, const void *b);

/** datagrams_write_text() - All of it, when everything is counted. */
void datagrams_write_text(struct datagrams *datagrams, const struct report_summary *summary);
/** datagrams_write_conversation(), datagrams_write_icmp() - A `datagram` or `icmp` event. */
void datagrams_write_conversation(struct datagrams *datagrams, const struct conversation *conversation);
void datagrams_write_icmp(struct datagrams *datagrams, const struct icmp_pair *pair);

#endif

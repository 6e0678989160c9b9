/* event.h - what the core says: connections, their endpoints, transitions and anomalies
 *
 * Plain structs, handed to the sink (tcptwin.h) and valid only during that call. Endpoints are
 * numbered 0 and 1 and unordered; `client` says which of them is called the client, and why.
 */
#ifndef TCPTWIN_EVENT_H
#define TCPTWIN_EVENT_H

#include "tcptwin/segment.h"
#include "tcptwin/vocabulary.h"

/** The segment or ICMP error that tells of a transition, in numbers relative to both sides' first. */
struct tcptwin_brief {
    uint64_t frame;  /**< 0: no segment (a timer, or something that was never captured) */
    uint64_t ts_ns;  /**< capture time of that segment */
    uint32_t seq, ack; /**< relative: the SYN has 0, as tcpdump and Wireshark print them */
    uint32_t len;    /**< payload bytes */
    uint16_t window; /**< as sent */
    uint8_t flags;   /**< TCPTWIN_SYN ...; 0 together with frame 0 */
    uint8_t sender;  /**< endpoint 0 or 1; of what an ICMP error quotes */
    bool has_ack;
    uint16_t icmp;   /**< type << 8 | code of an ICMP error to `sender`, with the quoted seq alone; 0: a segment */
};

/** One endpoint moved. */
struct tcptwin_transition {
    uint8_t endpoint; /**< 0 or 1 */
    uint8_t from, to; /**< enum tcptwin_state */
    uint8_t event;    /**< enum tcptwin_machine_event; the row is tcptwin_row(from, event) */
    uint8_t basis;    /**< enum tcptwin_basis */
    bool has_endpoint_ts;
    uint64_t ts_ns;          /**< time at the tap of what tells it; for a timer: when it fires */
    uint64_t endpoint_ts_ns; /**< estimate of the time at the endpoint, if has_endpoint_ts */
    uint64_t dwell_ns;       /**< how long it had been in `from`; 0 if unknown (the first one) */
    struct tcptwin_brief segment; /**< what told it */
    uint64_t proof_frame;    /**< basis confirmed: the frame of the endpoint's that proves it; else 0 */
};

/** One kind of anomaly on one connection, added up. */
struct tcptwin_anomaly_record {
    uint8_t anomaly;    /**< enum tcptwin_anomaly */
    uint8_t endpoint;   /**< whose doing: 0, 1, or 2 for both or neither */
    uint8_t confidence; /**< percent */
    uint32_t count;     /**< how often, from 1 */
    uint64_t first_frame, last_frame; /**< where it was seen first and last */
    uint64_t first_ts_ns, last_ts_ns; /**< and when, at the tap */
};

/** What is known of one side. */
struct tcptwin_endpoint {
    struct tcptwin_address address;
    uint16_t port;
    uint8_t state;       /**< enum tcptwin_state: at the end (or now, live) */
    uint8_t state_basis; /**< enum tcptwin_basis: of the transition that led there */
    uint8_t app_error;   /**< enum tcptwin_app_error: what its application was told; NONE: nothing is known */
    uint8_t app_error_basis; /**< enum tcptwin_basis, valid with app_error; assumed, too, where it may have
                                  let go of its socket by then */
    uint8_t tcp_flags;   /**< TCPTWIN_SYN ...: union of all flags sent */
    int8_t wscale;       /**< -1: not offered or not seen */
    bool sack_permitted, timestamps; /**< its SYN offered them (RFC 2018, RFC 7323) */
    uint16_t mss;        /**< bytes, as its SYN announced; 0: not seen */
    bool syn_seen;       /**< its SYN or SYN-ACK was captured */
    bool offload;        /**< captured before its network card finished the packets: checksums mean nothing */
    uint32_t isn;        /**< initial sequence number, valid if syn_seen */
    uint64_t state_since_ns, app_error_ts_ns; /**< when it came to its state, and was told; 0: unknown */
    uint64_t timer_due_ns; /**< when a timer of the profile ends `state`, at the endpoint, if nothing comes: beyond
                                what was seen. 0: no timer runs, or none is known to */
    uint64_t packets;       /**< segments that it sent, as captured */
    uint64_t bytes;         /**< of these, as IP packets */
    uint64_t payload_bytes; /**< TCP payload, repeated bytes included */
    uint64_t retrans_packets, retrans_bytes; /**< segments and payload bytes that were sent again */
    uint64_t out_of_order;  /**< segments captured after a later one */
    uint64_t dup_acks;      /**< duplicate acknowledgments that it sent */
    uint64_t zero_windows;  /**< times it closed its window */
    uint64_t keepalives;    /**< probes that it sent */
    uint64_t lost_before_tap; /**< segments sent again of which no copy was captured before */
    uint64_t lost_after_tap;  /**< segments sent again that were captured, and not acknowledged by then; but
                                   for those of which a timestamp shows that they came (RFC 3522) */
    uint64_t gap_bytes;  /**< bytes of this sender that were acknowledged but not captured */
    uint64_t bad_checksums; /**< segments with a wrong checksum */
    uint64_t truncated;     /**< segments whose TCP header was cut by the snapshot length */
    uint64_t duplicates;    /**< packets that were captured twice */
    uint64_t dwell_ns[TCPTWIN_STATE_COUNT]; /**< time spent per state, up to the last packet of the connection */
    uint64_t last_ts_ns; /**< when the last segment of it was captured; 0: none, or too much to keep */
};

enum { TCPTWIN_HISTORY_MAX = 32 };

/** One connection (one incarnation of a 4-tuple). */
struct tcptwin_connection {
    uint64_t began;       /**< tells it from others of its ends: number of the SYN that came first, or that the
                               first segment answers; else the first time */
    uint64_t stream;      /**< number of the connection in order of first packet, from 0 */
    uint32_t incarnation; /**< of this 4-tuple, from 1 */
    uint32_t scope;       /**< as struct tcptwin_segment has it */
    uint16_t vlan_id;     /**< outermost 802.1Q id of the first segment; 0: none */
    uint8_t ip_version;   /**< 4 or 6 */
    uint8_t client;       /**< 0 or 1: which endpoint is called the client */
    uint8_t role_basis;   /**< enum tcptwin_role_basis: why that one */
    uint8_t outcome;      /**< enum tcptwin_outcome */
    uint8_t handshake;    /**< enum tcptwin_handshake */
    uint8_t end_reason;   /**< enum tcptwin_end_reason: why the record ends */
    uint8_t closed_by, reset_by, first_fin_by; /**< enum tcptwin_party */
    uint8_t confidence;   /**< percent: how far the capture allows to say so */
    bool midstream;       /**< the capture began after the connection did */
    bool one_direction;   /**< only one side's segments were captured */
    bool capture_gap;     /**< bytes were acknowledged that the capture never showed */
    /** Only what was asked for (tcptwin_options.enough). All is as of the whole, but these are 0: transitions; between
     * handshake and data, round trips and silence, the times; whether ISNs were validated; of the endpoints basis,
     * timer, dwell and error, and since when a state holds that is not TIME-WAIT. */
    bool brief;
    bool final;           /**< nothing more will come about this connection */
    bool syn_isn_validated, ack_isn_validated; /**< the SYN's / SYN-ACK's number was acknowledged */
    uint64_t first_ts_ns, last_ts_ns; /**< of its first and last segment, at the tap */
    uint64_t first_frame, last_frame; /**< their numbers in the capture */
    uint64_t reused_ts_ns; /**< of the SYN that began the next connection of these ends; 0: none did */
    uint64_t origin_ns;    /**< time of the first segment of the whole capture */
    uint64_t syn_to_synack_ns; /**< at the tap; 0: unknown (or disturbed by retransmission) */
    uint64_t synack_to_ack_ns; /**< the same */
    uint64_t first_data_ns;     /**< from the first segment to the first data; 0: unknown */
    uint64_t first_response_ns; /**< ... and to the first data of the other side; 0: unknown */
    uint64_t rtt_samples;  /**< measured from data to ACK at the tap, both directions; repeated data not */
    uint64_t rtt_min_ns, rtt_max_ns, rtt_sum_ns; /**< of these; 0 without any */
    uint64_t rtt_p50_ns;   /**< the median of up to eight of them, spread evenly; 0: none */
    uint64_t silence_ns;   /**< how long it was quiet, at least, before what ended it: a RST for want of a
                                socket, or giving up; 0: neither, or unknown */
    uint64_t reordered_packets; /**< with a time before their predecessor's */
    uint8_t wireshark_completeness; /**< as tcp.completeness: 1 SYN 2 SYN-ACK 4 ACK 8 DATA 16 FIN 32 RST */
    char zeek_history[TCPTWIN_HISTORY_MAX + 1]; /**< Zeek's history letters, upper case: client */
    struct tcptwin_endpoint endpoint[2];
    const struct tcptwin_transition *transitions; /**< in order of endpoint time; per endpoint in order */
    uint32_t transition_count;
    uint32_t evidence_dropped; /**< control segments that the bounded journal could not keep */
    const struct tcptwin_anomaly_record *anomalies;
    uint32_t anomaly_count;
};

enum tcptwin_event_kind {
    TCPTWIN_EVENT_TRANSITION, /**< live only: an endpoint moved, just now */
    TCPTWIN_EVENT_REVISION,   /**< live only: an earlier transition turned out otherwise */
    TCPTWIN_EVENT_CONNECTION  /**< a connection ended (or the capture did): everything about it */
};

/**
 * tcptwin_connection_id() - conn_id: the same in every run over the same packets, and from the first segment on
 * A hash of the two ends, scope, began and incarnation: for who names the connection.
 */
uint64_t tcptwin_connection_id(const struct tcptwin_connection *connection);

/** What the sink gets. All that it points to is valid only during that call. */
struct tcptwin_event {
    enum tcptwin_event_kind kind;
    const struct tcptwin_connection *connection; /**< always set; as far as it is known then */
    /** TRANSITION: the new one. REVISION: what holds now, or NULL (withdrawn). CONNECTION: NULL. */
    const struct tcptwin_transition *transition;
    /** REVISION: what was said before: endpoint, from, to, event, basis, ts_ns and segment.frame, no more. */
    const struct tcptwin_transition *revised;
};

#endif

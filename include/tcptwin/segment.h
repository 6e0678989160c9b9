/* segment.h - one TCP segment, or one ICMP error about one, as plain numbers
 *
 * The only thing that flows from decode to core. Host byte order; no pointers into the packet.
 */
#ifndef TCPTWIN_SEGMENT_H
#define TCPTWIN_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/** IPv6 as it is; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
struct tcptwin_address {
    uint8_t bytes[16];
};

enum { /* tcptwin_segment.flags: as on the wire */
    TCPTWIN_FIN = 0x01,
    TCPTWIN_SYN = 0x02,
    TCPTWIN_RST = 0x04,
    TCPTWIN_PSH = 0x08,
    TCPTWIN_ACK = 0x10,
    TCPTWIN_URG = 0x20,
    TCPTWIN_ECE = 0x40,
    TCPTWIN_CWR = 0x80
};

enum { /* tcptwin_segment.options: which options were there */
    TCPTWIN_OPT_MSS = 0x0001,
    TCPTWIN_OPT_WSCALE = 0x0002,
    TCPTWIN_OPT_SACK_PERMITTED = 0x0004,
    TCPTWIN_OPT_SACK = 0x0008,
    TCPTWIN_OPT_TIMESTAMPS = 0x0010,
    TCPTWIN_OPT_FAST_OPEN = 0x0020,
    TCPTWIN_OPT_MPTCP = 0x0040,
    TCPTWIN_OPT_MD5 = 0x0080,
    TCPTWIN_OPT_AO = 0x0100,
    TCPTWIN_OPT_USER_TIMEOUT = 0x0200
};

enum { /* tcptwin_segment.notes: how good the evidence is */
    TCPTWIN_NOTE_CHECKSUM_OK = 0x0001,       /**< verified right */
    TCPTWIN_NOTE_CHECKSUM_BAD = 0x0002,      /**< verified wrong; neither bit: could not be verified */
    TCPTWIN_NOTE_OPTIONS_CUT = 0x0004,       /**< options (or window, ack ...) cut by the snapshot length */
    TCPTWIN_NOTE_OPTIONS_MALFORMED = 0x0008, /**< the option list makes no sense; options before it are kept */
    TCPTWIN_NOTE_IP_LENGTH_ZERO = 0x0010,    /**< IP total length 0 (segmentation offload): captured length used */
    TCPTWIN_NOTE_REASSEMBLED = 0x0020,       /**< from IP fragments */
    TCPTWIN_NOTE_TUNNELED = 0x0040,          /**< from inside a tunnel (GRE, VXLAN, 6in4, ...) */
    TCPTWIN_NOTE_LENGTH_CLAMPED = 0x0080,    /**< IP length beyond what the link carried: clamped */
    TCPTWIN_NOTE_CHECKSUM_PARTIAL = 0x0100   /**< with CHECKSUM_BAD: it is the pseudo-header's sum, with or without
                                                  the length. Captured on the sender, whose card completes it
                                                  (Linux: CHECKSUM_PARTIAL) */
};

enum { TCPTWIN_SACK_MAX = 4 };

struct tcptwin_segment {
    uint64_t ts_ns; /**< capture time, nanoseconds since the Unix epoch */
    uint64_t frame; /**< number of the frame in the capture, from 1 */
    struct tcptwin_address src, dst; /**< of the innermost IP header that was followed (decode.h) */
    uint16_t src_port, dst_port;
    uint32_t seq, ack;    /**< ack is 0 unless flags has TCPTWIN_ACK (raw value in ack_raw) */
    uint32_t ack_raw;     /**< the field as sent */
    uint32_t payload_len; /**< TCP payload, bytes, from the IP length (not from what was captured) */
    uint32_t wire_len;    /**< IP packet length, bytes */
    uint32_t scope;       /**< hash of VLAN and tunnel ids where the caller asked for them; else 0 */
    uint32_t tsval, tsecr; /**< RFC 7323, valid with TCPTWIN_OPT_TIMESTAMPS */
    uint32_t ip_id;        /**< IPv4 identification; 0 for IPv6 */
    uint16_t window;       /**< as sent, not scaled */
    uint16_t options;      /**< TCPTWIN_OPT_... */
    uint16_t notes;        /**< TCPTWIN_NOTE_... */
    uint16_t mss;          /**< valid with TCPTWIN_OPT_MSS */
    uint16_t vlan_id;      /**< outermost 802.1Q id, 1 to 4095; 0: none */
    uint16_t user_timeout; /**< RFC 5482 raw value, valid with TCPTWIN_OPT_USER_TIMEOUT */
    uint8_t flags;          /**< TCPTWIN_SYN ... */
    uint8_t ip_version;     /**< 4 or 6 */
    uint8_t ttl;            /**< or hop limit */
    uint8_t wscale;         /**< as sent (may exceed 14), valid with TCPTWIN_OPT_WSCALE */
    uint8_t sack_count;     /**< blocks in sack[] */
    uint8_t fast_open_len;  /**< cookie bytes, valid with TCPTWIN_OPT_FAST_OPEN; 0: request */
    uint8_t mptcp_subtype;  /**< RFC 8684, valid with TCPTWIN_OPT_MPTCP */
    struct {
        uint32_t left, right; /**< the first byte that was received, and the one behind the last */
    } sack[TCPTWIN_SACK_MAX];
    uint8_t unused[48]; /**< so that in an array that begins at a cache line each has its own three, and what most
                             segments have is in the first two */
};

/** An ICMP or ICMPv6 error with the segment it quotes. src is the quoted segment's sender. */
struct tcptwin_icmp_error {
    uint64_t ts_ns, frame; /**< of the error; as struct tcptwin_segment has them */
    struct tcptwin_address reporter; /**< who sent the error */
    struct tcptwin_address src, dst; /**< of the quoted segment */
    uint16_t src_port, dst_port;     /**< of the quoted segment */
    uint32_t seq;          /**< of the quoted segment */
    uint32_t scope;        /**< as struct tcptwin_segment has it */
    uint8_t ip_version;    /**< 4: ICMP, 6: ICMPv6 */
    uint8_t type, code;    /**< as in the ICMP or ICMPv6 header */
};

#endif

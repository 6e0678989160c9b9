/* datagram.h - one UDP datagram, or one ICMP message about hosts and datagrams, as plain numbers
 *
 * What decode says of frames that are no TCP, if it is asked to (struct tcptwin_decode_options). The core
 * takes none of it. Host byte order; no pointers into the packet.
 */
#ifndef TCPTWIN_DATAGRAM_H
#define TCPTWIN_DATAGRAM_H

#include "tcptwin/segment.h"

enum tcptwin_datagram_kind {
    TCPTWIN_DATAGRAM_UDP,
    TCPTWIN_DATAGRAM_ECHO_REQUEST, /**< ICMP and ICMPv6 echo: ping */
    TCPTWIN_DATAGRAM_ECHO_REPLY,
    TCPTWIN_DATAGRAM_ERROR         /**< an ICMP or ICMPv6 error, with what it quotes */
};

enum { /* tcptwin_datagram.protocol: IP protocol numbers */
    TCPTWIN_PROTOCOL_ICMP = 1,
    TCPTWIN_PROTOCOL_TCP = 6,
    TCPTWIN_PROTOCOL_UDP = 17,
    TCPTWIN_PROTOCOL_ICMPV6 = 58
};

struct tcptwin_datagram {
    uint64_t ts_ns; /**< capture time, nanoseconds since the Unix epoch */
    uint64_t frame; /**< number of the frame in the capture, from 1 */
    struct tcptwin_address src, dst; /**< of an error: of the packet that it quotes */
    struct tcptwin_address reporter; /**< ERROR: who sent it */
    uint32_t payload_len;       /**< UDP: payload; echo: data, bytes on the wire. ERROR: 0 */
    uint32_t scope;             /**< hash of VLAN and tunnel ids where the caller asked for them; else 0 */
    uint16_t src_port, dst_port; /**< UDP, and an error about UDP or TCP; else 0 */
    uint16_t echo_id, echo_sequence; /**< echo, and an error about a request or reply; else 0 */
    uint8_t ip_version;         /**< 4 or 6 */
    uint8_t kind;               /**< enum tcptwin_datagram_kind */
    uint8_t protocol;           /**< IP protocol: its own; of an error: of the packet that it quotes */
    uint8_t type, code;         /**< ERROR: as in the ICMP or ICMPv6 header */
    bool to_group;              /**< to a multicast or broadcast address, of IP or of the link */
};

#endif

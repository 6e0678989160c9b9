/* walk.h - one frame's way from the link layer inwards
 *
 * A frame is a list of headers. tcptwin_decode() steps from one to the next; each layer function
 * (layers.def) reads its header, moves the cursor behind it and names the next layer. What must
 * survive a step stands in struct walk: the cursor, the innermost IP header, notes, the scope.
 * There is no recursion and no function pointer; WALK_LAYERS_MAX bounds the steps.
 *
 * Only files of src/decode include this.
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "cursor.h"
#include "tcptwin/decode.h"

enum { WALK_LAYERS_MAX = 32 };
/** Ethernet types that more than one file asks for. */
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_BRIDGED = 0x6558 };

enum layer {
    LAYER_END, /**< walk->result says what the frame was */
#define LAYER(id_, function_) LAYER_##id_,
#include "layers.def"
};

/** The innermost IP header so far. */
struct ip_header {
    struct tcptwin_address src, dst; /**< dst: the final one where a route is given */
    uint32_t id;
    uint32_t length;  /**< of the packet, header included */
    uint8_t version, ttl;
    bool unverifiable; /**< the pseudo-header's addresses are not certain */
};

struct walk {
    struct cursor cursor;
    struct ip_header ip;
    struct tcptwin_decoder *decoder;
    struct tcptwin_segment *segment; /**< written by tcp.c alone */
    struct tcptwin_decoded *out;
    uint64_t ts_ns, frame;
    uint64_t payload_sum;   /**< sum over the IP payload, if payload_summed (reassembled) */
    uint32_t scope;
    uint16_t vlan_id; /**< the outermost; 0: none yet */
    uint16_t notes;         /**< TCPTWIN_NOTE_ */
    uint16_t ethertype;     /**< what LAYER_ETHERTYPE reads next */
    bool payload_summed;
    bool quoted;            /**< inside an ICMP error */
    bool guessed;           /**< inside a tunnel that only a UDP port suggests */
    bool noted;             /**< out->datagram is filled: it is that, if nothing better is found inside */
    bool to_group;          /**< a link header that tells was passed, and its frame went to a group */
    enum tcptwin_decode_result result;
};

#define LAYER(id_, function_) enum layer function_(struct walk *w);
#include "layers.def"

/** walk_end() - The way ends here: `return walk_end(w, TCPTWIN_DECODE_OTHER);` */
static inline enum layer walk_end(struct walk *w, enum tcptwin_decode_result result)
{
    w->result = result;
    return LAYER_END;
}

/**
 * walk_lacks() - Whether fewer than @length bytes are left to read
 * If so the result is set: TRUNCATED if they were on the wire, @malformed if they never were.
 * Where an IP length was clamped the frame was cut by somebody: TRUNCATED as well.
 */
static inline bool walk_lacks(struct walk *w, uint32_t length, enum tcptwin_decode_result malformed)
{
    if (length <= w->cursor.captured)
        return false;
    bool cut = length <= w->cursor.wire || (w->notes & TCPTWIN_NOTE_LENGTH_CLAMPED);
    w->result = cut ? TCPTWIN_DECODE_TRUNCATED : malformed;
    return true;
}

/** walk_scope_vlan(), walk_scope_tunnel() - Let an id distinguish connections, if the caller asked. */
void walk_scope_vlan(struct walk *w, uint16_t vlan);
void walk_scope_tunnel(struct walk *w, uint32_t id);
/** walk_enter_tunnel() - What follows is inside the IP packet seen last. */
void walk_enter_tunnel(struct walk *w);

/* ip.c */
/** ip_v4_address() - Of four bytes that were captured. */
static inline void ip_v4_address(const uint8_t *bytes, struct tcptwin_address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(address->bytes, mapped, sizeof mapped);
    memcpy(address->bytes + 12, bytes, 4);
}
/** ip_looks_sane() - Whether a plausible IPv4 or IPv6 packet begins at the cursor: for guesses. */
bool ip_looks_sane(const struct cursor *c);
enum layer ip_payload(struct walk *w, uint8_t protocol);

/* ip_extension.c */
enum { IP_NOT_AN_EXTENSION = -1, IP_EXTENSION_END = -2 };
/**
 * ip_extension() - Step over one extension header (IPv6's, or AH with either version)
 * Return: the protocol that follows, IP_NOT_AN_EXTENSION, or IP_EXTENSION_END with the result set.
 */
int ip_extension(struct walk *w, uint8_t protocol);
/** ip_v6_jumbo_length() - RFC 2675 payload length in the hop-by-hop header at the cursor; 0: none. */
uint32_t ip_v6_jumbo_length(const struct cursor *c);

/* ether.c */
/** ether_looks_sane() - Whether a plausible Ethernet frame with IP begins at the cursor. */
bool ether_looks_sane(const struct cursor *c);

/* link.c */
/** link_layer() - The layer that frames of this DLT_ begin with; LAYER_END if not supported. */
enum layer link_layer(int link_type);

/* checksum.c */
/** checksum_add() - Add @length bytes to a one's complement sum; the data begins at an even offset. */
uint64_t checksum_add(uint64_t sum, const uint8_t *data, uint32_t length);
/** checksum_fold() - The sum in 16 bits, carries included; 0xffff over data with a right checksum. */
uint16_t checksum_fold(uint64_t sum);
/** checksum_verify() - TCPTWIN_NOTE_CHECKSUM_OK, _BAD, or 0 if it cannot be said. */
uint16_t checksum_verify(const struct walk *w);
/**
 * checksum_verify_ipv4() - The same of a packet all of which is there, with a header of 20 bytes
 * @length: Of the packet. The addresses lie in front of the segment: they are summed as a part of it.
 */
uint16_t checksum_verify_ipv4(const uint8_t *ip, uint32_t length);

/* datagram.c: only where the option asks for them */
/** datagram_udp() - Note the datagram whose header was before the cursor. */
void datagram_udp(struct walk *w, uint16_t src_port, uint16_t dst_port);
/** datagram_echo() - An ICMP message that is no error: note it if it is a ping. The cursor stands on it. */
void datagram_echo(struct walk *w);
/** datagram_quoted() - Note the error in out->icmp; the cursor stands behind the IP header that it quotes. */
void datagram_quoted(struct walk *w, uint8_t protocol);
/** datagram_addressed() - Whether it went to a group. */
void datagram_addressed(const struct walk *w);

/* tcp_options.c */
/**
 * tcp_options() - Read the option list. Sets the fields of the options there are.
 * @length: Of the header, @captured bytes of which (or more) are there.
 */
void tcp_options(const uint8_t *header, uint32_t length, uint32_t captured, struct tcptwin_segment *s);

#endif

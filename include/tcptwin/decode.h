/* decode.h - bytes of one captured frame in, one segment out
 *
 * Pure but for the fragments it holds: no I/O, no clock, no allocation after creation. Every
 * prefix of every input is safe: lengths come from the headers and are checked against what was
 * captured.
 */
#ifndef TCPTWIN_DECODE_H
#define TCPTWIN_DECODE_H

#include "tcptwin/datagram.h"
#include "tcptwin/segment.h"
#include "tcptwin/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

struct tcptwin_decoder;

struct tcptwin_decode_options {
    int link_type;           /**< libpcap DLT_ value, e.g. 1 for Ethernet */
    bool verify_checksums;   /**< fill TCPTWIN_NOTE_CHECKSUM_*; costs a pass over the payload */
    bool scope_vlan;         /**< VLAN ids distinguish connections */
    bool scope_tunnel;       /**< tunnel ids (VNI, TEID, GRE key, outer addresses) distinguish connections */
    bool datagrams;          /**< fill struct tcptwin_datagram; without it UDP and ICMP are OTHER */
    size_t fragment_bytes;   /**< most memory held for incomplete IP packets; 0: do not reassemble */
};

/**
 * One decoded frame. Exactly one of segment, icmp, datagram is meaningful, by the result; but an
 * ICMP_ERROR has both of the last two where the option `datagrams` is on.
 *
 * Decoding writes no more than it knows: fields that segment.h calls valid only with an option's
 * bit (mss, wscale, user_timeout, fast_open_len, mptcp_subtype) and sack[] beyond sack_count hold
 * anything when the bit is off. All others are always set; ack, window, options, sack_count, tsval
 * and tsecr are 0 where the frame has none.
 */
struct tcptwin_decoded {
    struct tcptwin_segment segment;
    struct tcptwin_icmp_error icmp;
    struct tcptwin_datagram datagram;
};

/*
 * What is followed: VLAN and other tags, MPLS, PPPoE, LLC/SNAP; IP in IP, GRE (with PPTP, NVGRE, ERSPAN),
 * EtherIP, and over UDP, where what is inside looks like a packet: VXLAN, GENEVE, GTP-U, Teredo, LISP,
 * L2TP, MPLS. The segment's addresses and lengths are the innermost IP header's; with a source or
 * routing header, dst is the final destination.
 *
 * Scopes (options) are the same for both directions of a connection: VLAN ids in order; of tunnels
 * the outer addresses without order, VNI, GRE key and PPPoE session. Ids that each side chooses for itself
 * (GTP's TEID, PPTP's and L2TP's call, MPLS labels) are not part of it.
 *
 * Fragments: a copy inside what has arrived is ignored, any other overlap gives the packet up, as
 * Linux does. Only the first bytes of a packet are kept, so little memory holds many.
 *
 * Datagrams: what carries a tunnel that was followed is none; what is inside may be one.
 */

/** tcptwin_link_type_supported() - Whether frames of this DLT_ can be decoded. */
bool tcptwin_link_type_supported(int link_type);

/** tcptwin_decoder_size() - Bytes of memory a decoder with these options needs. */
size_t tcptwin_decoder_size(const struct tcptwin_decode_options *options);
/**
 * tcptwin_decoder_init() - Make a decoder in the caller's memory
 * @memory: tcptwin_decoder_size() bytes, aligned as malloc() aligns; owned by the caller, who frees it.
 * Not shared between threads.
 */
struct tcptwin_decoder *tcptwin_decoder_init(void *memory, const struct tcptwin_decode_options *options);
/** tcptwin_decoder_link_type() - Switch the link type (the next file has another one). */
void tcptwin_decoder_link_type(struct tcptwin_decoder *decoder, int link_type);

/**
 * tcptwin_decode() - Decode one frame
 * @data:     Captured bytes, @caplen of them; @wirelen bytes were on the wire.
 * @ts_ns, @frame: Copied into the result.
 * @out:      Filled when the result is TCP, ICMP_ERROR or DATAGRAM, undefined otherwise.
 * Return:    what it was; never fails.
 */
enum tcptwin_decode_result tcptwin_decode(struct tcptwin_decoder *decoder, const uint8_t *data,
                                          uint32_t caplen, uint32_t wirelen, uint64_t ts_ns,
                                          uint64_t frame, struct tcptwin_decoded *out);
/** tcptwin_decode_to() - tcptwin_decode() with a place of its own for the segment, as a batch has;
 * @out->segment stays as it is. */
enum tcptwin_decode_result tcptwin_decode_to(struct tcptwin_decoder *decoder, const uint8_t *data,
                                             uint32_t caplen, uint32_t wirelen, uint64_t ts_ns, uint64_t frame,
                                             struct tcptwin_segment *segment, struct tcptwin_decoded *out);

#endif

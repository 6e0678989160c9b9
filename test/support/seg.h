/* seg.h - captures written by hand: one segment a line, as tcpdump would print them
 *
 *     # time   from  flags  seq:end   ack   options
 *     0.000    A     S      0:0             mss 1460
 *     0.010    B     SA     0:0       1     mss 1460
 *     0.020    A     A      1:1       1
 *
 * Sequence numbers are relative to each side's SYN. README.md beside this file has the grammar.
 *
 *     text --seg_parse()--> struct seg_script (plain segments: feed them to the core)
 *                               --seg_frame()--> bytes of one frame (feed them to the decoder)
 *                               --seg_write_pcap()--> a capture file
 *
 * For tests only: errors are reported, nothing is bounded but by the constants below.
 */
#ifndef SEG_H
#define SEG_H

#include "tcptwin/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    SEG_FRAME_MAX = 66000, /**< bytes of the largest frame that a line can make */
    SEG_OPTIONS_MAX = 40,  /**< bytes of TCP options */
    SEG_INTERFACES_MAX = 8,
    SEG_ERROR_MAX = 256
};

enum seg_link { SEG_LINK_ETHERNET = 1, SEG_LINK_RAW = 101 }; /* LINKTYPE_ values */

/** One line: a segment, or an ICMP error that quotes one. */
struct seg_packet {
    struct tcptwin_segment
        segment; /**< as the decoder would give it; of an ICMP error: the quoted one */
    struct tcptwin_icmp_error icmp; /**< valid if is_icmp */
    struct tcptwin_address icmp_to; /**< the quoted segment's sender */
    bool is_icmp, bad_checksum, partial_checksum, has_ip_length, has_fragment;
    char fill;           /**< every payload byte; 0: as its place in the stream says */
    uint8_t data_offset; /**< as written; 0: what it is */
    uint16_t urgent, vlan /**< 0: the script's */, extensions;
    uint16_t ip_length;                   /**< as written, with has_ip_length */
    uint32_t fragment_from, fragment_end; /**< bytes of the IP payload, with has_fragment */
    uint32_t captured;                    /**< bytes stored at most; 0: what the snapshot length says */
    size_t interface;                     /**< pcapng: in the script's list */
    uint32_t relative_seq; /**< of the first payload byte: payload is a function of it */
    uint8_t options[SEG_OPTIONS_MAX];
    size_t option_bytes; /**< a multiple of 4 */
};

/** Of a pcapng: a new section begins with the interface that says so. */
struct seg_interface {
    enum seg_link link;
    uint8_t resolution; /**< digits after the second: 3, 6, 9 */
    bool section;
};

struct seg_script {
    enum seg_link link;
    uint16_t vlan;    /**< 0: untagged */
    uint32_t snaplen; /**< bytes stored of a frame */
    struct seg_interface interfaces[SEG_INTERFACES_MAX];
    size_t interface_count; /**< 0: a nanosecond pcap, else a pcapng */
    struct seg_packet *packets;
    size_t count;
};

/**
 * seg_parse() - Read the notation
 * @text:  NUL-terminated; @name stands for it in messages.
 * @error: Filled with "name:line: what" on failure.
 * Return: whether all lines were understood; seg_free() is to be called only then.
 */
bool seg_parse(const char *text, const char *name, struct seg_script *script,
               char error[SEG_ERROR_MAX]);
void seg_free(struct seg_script *script);

/** seg_frame() - The bytes of one packet with right checksums. Return: length, at most
 * SEG_FRAME_MAX. */
size_t seg_frame(const struct seg_script *script, const struct seg_packet *packet,
                 uint8_t frame[SEG_FRAME_MAX]);
/** seg_write_pcap() - The whole script as a nanosecond pcap, or as a pcapng if it names interfaces.
 * Return: false if writing failed. */
bool seg_write_pcap(const struct seg_script *script, FILE *out);

#endif

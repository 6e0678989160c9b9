/* recipe.h - frames for tests, written as a line of headers
 *
 *     "eth/8100 00640800 ip4 tcp"     Ethernet with a VLAN tag, IPv4, the usual segment
 *
 * From left to right, outermost first; a blank between headers:
 *
 *     eth/TYPE     Ethernet header with this type (hexadecimal)
 *     ip4 ip6      header; the protocol follows from the next word, or ip4/PROTOCOL (hexadecimal)
 *     udp/PORT     header with this destination port (decimal)
 *     tcp          the usual segment: 20 bytes of header and RECIPE_PAYLOAD bytes, checksum right
 *     tcp/HEX      with these option bytes (a multiple of four)
 *     quote        the first 8 bytes of the usual segment
 *     anything else is bytes in hexadecimal; LLLL stands for the length of all that follows
 */
#ifndef TEST_RECIPE_H
#define TEST_RECIPE_H

#include "tcptwin/decode.h"

enum {
    RECIPE_BYTES_MAX = 4096,
    RECIPE_PAYLOAD = 10,
    RECIPE_SRC_PORT = 40000,
    RECIPE_DST_PORT = 80,
    RECIPE_WINDOW = 502,
    RECIPE_IP_ID = 0x1234,
    RECIPE_TTL = 64
};
#define RECIPE_SEQ 0x11223344u
#define RECIPE_ACK 0x55667788u

struct recipe_frame {
    uint8_t bytes[RECIPE_BYTES_MAX];
    size_t length;
    size_t tcp_length; /**< of a segment at the end whose checksum is not filled in yet */
};

/** recipe_cook() - The frame that @text describes; fails the test if it makes no sense. */
void recipe_cook(struct recipe_frame *frame, const char *text);

/** recipe_address() - 10.0.0.N or 2001:db8::N, as ip4 (1 to 2) and ip6 write them. */
struct tcptwin_address recipe_address(unsigned version, uint8_t last);

/** A frame right before a page that cannot be read: what reads too far crashes. */
struct recipe_guard;
struct recipe_guard *recipe_guard_new(void);
const uint8_t *recipe_guard_put(struct recipe_guard *guard, const uint8_t *bytes, size_t length);
void recipe_guard_free(struct recipe_guard *guard);

/** A decoder in memory of its own size, freed with free(). Checksums are verified. */
struct tcptwin_decoder *recipe_decoder(int link_type, size_t fragment_bytes);

#endif

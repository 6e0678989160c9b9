/* pcapng_reader.c - the frames in the blocks of a pcapng file
 *
 *     block       type, length, body, length again; all of it is looked at before any of it is used
 *     section     a header block gives the byte order; interfaces are numbered from 0 in each
 *     interface   link type, snapshot length, and what a tick of its frames' times means
 *     frame       enhanced, simple and (obsolete) packet blocks; all other blocks are passed over
 *
 * Enhanced packet blocks in a row, with nothing to refuse, are taken by the dozen; all else goes
 * the one way that knows what is wrong.
 *
 * libpcap has read the file up to the first interface. Those blocks are walked again, by its rules
 * for them: whatever is no interface is passed over.
 *
 * Unlike libpcap, whose handle has one link type and one snapshot length, this reader goes on when
 * the second interface has others, and when a later section is in the other byte order.
 */
#include "reader.h"

#include "linktype.h"
#include "source.h"

#include <stdlib.h>

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum { HEAD_BYTES = 8, TRAILER_BYTES = 4, BYTE_ORDER_MAGIC = 0x1a2b3c4d };
enum { BLOCK_MAX_BYTES = 16 * 1024 * 1024, PACKET_FIXED_BYTES = 20, OPTIONS_MAX_BYTES = 131072 };
enum { USUAL_BYTES = HEAD_BYTES + PACKET_FIXED_BYTES + TRAILER_BYTES /* of a block around the frame's own */ };
enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

struct interface {
    int link_type;
    uint32_t snapshot;
    uint64_t resolution;  /* ticks in a second */
    uint64_t offset;      /* seconds to be added, modulo 2^64 */
    uint64_t tick_ns;     /* whole nanoseconds in a tick; 0: not a whole number */
    uint64_t plain_ticks; /* times below are simply ticks * tick_ns */
};

struct pcapng_reader {
    struct reader reader;
    uint32_t longest_block;
    bool has_interface; /* one was seen, in whatever section */
    struct interface *interfaces;
    size_t count, room;
};

/* A block, and the part of its body that is not used yet. */
struct cursor {
    uint32_t type, length; /* of the block */
    const uint8_t *at;
    size_t left;
};

static const uint8_t *take(struct reader *reader, struct cursor *cursor, size_t size)
{
    const uint8_t *at = cursor->at;

    if (cursor->left < size) {
        reader_broken(reader, "block of type %u in pcapng dump file is too short", cursor->type);
        return NULL;
    }
    cursor->at += size;
    cursor->left -= size;
    return at;
}

/* A section's header says its byte order, which its length is already in. */
static void learn_byte_order(struct pcapng_reader *pcapng)
{
    struct reader *reader = &pcapng->reader;
    const uint8_t *head = window_look(&reader->window, HEAD_BYTES + 4);
    uint32_t magic;

    if (head == NULL || !pcapng->has_interface)
        return;
    magic = reader_32(reader, head + HEAD_BYTES);
    if (magic == bswap_32(BYTE_ORDER_MAGIC))
        reader->swapped = !reader->swapped;
}

static inline bool is_length(const struct pcapng_reader *pcapng, uint32_t length)
{
    return length >= HEAD_BYTES + TRAILER_BYTES && length % 4 == 0 && length <= pcapng->longest_block;
}

static enum reader_result refuse_length(struct pcapng_reader *pcapng, uint32_t length)
{
    if (length < HEAD_BYTES + TRAILER_BYTES)
        return reader_broken(&pcapng->reader, "block in pcapng dump file has a length of %u < %u",
                             length, (unsigned)(HEAD_BYTES + TRAILER_BYTES));
    if (length % 4 != 0)
        return reader_broken(
            &pcapng->reader,
            "block in pcapng dump file has a length of %u that is not a multiple of 4", length);
    return reader_broken(&pcapng->reader, "pcapng block size %u > maximum %u", length,
                         pcapng->longest_block);
}

/* Look at the next block, whole. Return: READER_FRAME with @cursor on its body. */
static inline enum reader_result look_at_block(struct pcapng_reader *pcapng, struct cursor *cursor)
{
    struct reader *reader = &pcapng->reader;
    const uint8_t *block = window_look(&reader->window, HEAD_BYTES);
    uint32_t length;

    if (block == NULL && window_have(&reader->window) == 0 && reader->window.error == 0)
        return READER_END;
    if (block == NULL)
        return reader_cut_short(reader, "pcapng ", "bytes", HEAD_BYTES,
                                window_have(&reader->window));
    cursor->type = reader_32(reader, block);
    if (cursor->type == BLOCK_SECTION) {
        learn_byte_order(pcapng);
        block = window_look(&reader->window, HEAD_BYTES);
    }
    length = reader_32(reader, block + 4);
    if (!is_length(pcapng, length))
        return refuse_length(pcapng, length);
    block = window_look(&reader->window, length);
    if (block == NULL)
        return reader_cut_short(reader, "pcapng ", "bytes", length - HEAD_BYTES,
                                window_have(&reader->window) - HEAD_BYTES);
    if (reader_32(reader, block + length - TRAILER_BYTES) != length)
        return reader_broken(reader, "block total length in header and trailer don't match");
    cursor->length = length;
    cursor->at = block + HEAD_BYTES;
    cursor->left = length - HEAD_BYTES - TRAILER_BYTES;
    return READER_FRAME;
}

static bool set_resolution(struct reader *reader, struct interface *interface, uint8_t code)
{
    unsigned exponent = code & 0x7f;

    if (code & 0x80 ? exponent > 63 : exponent > 19) {
        reader_broken(reader,
                      "Interface Description Block if_tsresol option resolution %u^-%u is too high",
                      code & 0x80 ? 2u : 10u, exponent);
        return false;
    }
    interface->resolution = code & 0x80 ? UINT64_C(1) << exponent : 1;
    for (unsigned i = 0; !(code & 0x80) && i < exponent; i++)
        interface->resolution *= 10;
    return true;
}

/* What is wrong with an option that may stand only once, @length bytes long. */
static bool check_option(struct reader *reader, const char *name, uint16_t length, uint16_t wanted,
                         bool seen)
{
    if (length != wanted)
        reader_broken(reader, "Interface Description Block has %s option with length %u != %u",
                      name, length, wanted);
    else if (seen)
        reader_broken(reader, "Interface Description Block has more than one %s option", name);
    return length == wanted && !seen;
}

static bool read_options(struct reader *reader, struct cursor *cursor, struct interface *interface)
{
    bool has_resolution = false, has_offset = false;

    while (cursor->left > 0) {
        const uint8_t *head = take(reader, cursor, 4), *value;
        uint16_t code, length;

        if (head == NULL)
            return false;
        code = reader_16(reader, head);
        length = reader_16(reader, head + 2);
        value = take(reader, cursor, ((size_t)length + 3) / 4 * 4);
        if (value == NULL)
            return false;
        if (code == OPTION_END)
            return check_option(reader, "opt_endofopt", length, 0, false);
        if (code == OPTION_RESOLUTION) {
            if (!check_option(reader, "if_tsresol", length, 1, has_resolution) ||
                !set_resolution(reader, interface, *value))
                return false;
            has_resolution = true;
        } else if (code == OPTION_OFFSET) {
            if (!check_option(reader, "if_tsoffset", length, 8, has_offset))
                return false;
            interface->offset = reader_64(reader, value);
            has_offset = true;
        }
    }
    return true;
}

static struct interface *new_interface(struct pcapng_reader *pcapng)
{
    if (pcapng->count == pcapng->room) {
        size_t room = pcapng->room * 2 + 1;
        struct interface *list = realloc(pcapng->interfaces, room * sizeof *list);

        if (list == NULL) {
            reader_broken(&pcapng->reader,
                          "out of memory for per-interface information (%zu interfaces)",
                          pcapng->count + 1);
            return NULL;
        }
        pcapng->interfaces = list;
        pcapng->room = room;
    }
    return &pcapng->interfaces[pcapng->count];
}

/* Make the usual clocks cheap: no offset, and a tick is a whole number of nanoseconds. */
static void prepare_clock(struct interface *interface)
{
    const uint64_t second_ns = 1000000000, last_second = INT64_MAX / second_ns - 1;

    interface->tick_ns = 0;
    interface->plain_ticks = 0;
    if (interface->offset == 0 && second_ns % interface->resolution == 0) {
        interface->tick_ns = second_ns / interface->resolution;
        interface->plain_ticks = last_second * interface->resolution;
    }
}

static bool add_interface(struct pcapng_reader *pcapng, struct cursor *cursor)
{
    struct reader *reader = &pcapng->reader;
    const uint8_t *fixed = take(reader, cursor, 8);
    struct interface *interface = fixed != NULL ? new_interface(pcapng) : NULL;
    uint32_t longest;

    if (interface == NULL)
        return false;
    interface->link_type = linktype_to_dlt(reader_16(reader, fixed));
    interface->snapshot = linktype_snapshot(interface->link_type, reader_32(reader, fixed + 4));
    interface->resolution = 1000000;
    interface->offset = 0;
    if (!read_options(reader, cursor, interface))
        return false;
    if (linktype_needs_libpcap(interface->link_type, reader->swapped)) {
        const char *name = capture_link_type_name(interface->link_type);
        reader_broken(reader,
                      "frames of link type %s on another than the first interface, and in this "
                      "byte order, cannot be read",
                      name != NULL ? name : "unknown");
        return false;
    }
    prepare_clock(interface);
    longest = HEAD_BYTES + PACKET_FIXED_BYTES + linktype_longest(interface->link_type) +
              OPTIONS_MAX_BYTES + TRAILER_BYTES;
    if (longest > pcapng->longest_block)
        pcapng->longest_block = longest;
    pcapng->count++;
    pcapng->has_interface = true;
    return true;
}

static bool start_section(struct pcapng_reader *pcapng, struct cursor *cursor)
{
    struct reader *reader = &pcapng->reader;
    const uint8_t *fixed;

    if (!pcapng->has_interface)
        return true;
    fixed = take(reader, cursor, 16);
    if (fixed == NULL)
        return false;
    if (reader_32(reader, fixed) != BYTE_ORDER_MAGIC) {
        reader_broken(reader, "the file has a section with a bad byte order magic field");
        return false;
    }
    if (reader_16(reader, fixed + 4) != 1) {
        reader_broken(reader, "unknown pcapng savefile major version number %u",
                      reader_16(reader, fixed + 4));
        return false;
    }
    pcapng->count = 0;
    return true;
}

static uint64_t time_of(const struct interface *interface, uint64_t ticks)
{
    unsigned __int128 fraction;
    struct timeval time;

    if (ticks < interface->plain_ticks)
        return ticks * interface->tick_ns;
    fraction = ticks % interface->resolution;
    time.tv_sec = (time_t)(ticks / interface->resolution + interface->offset);
    time.tv_usec = (suseconds_t)(fraction * 1000000000 / interface->resolution);
    return source_time_ns(&time, false);
}

/* What the three packet blocks say of a frame. */
struct packet {
    uint32_t interface, caplen, wirelen;
    uint64_t ticks;
};

/* The head of an enhanced packet block, or an obsolete one, which differs in its interface. */
static inline struct packet packet_of(const struct reader *reader, const uint8_t *fixed)
{
    return (struct packet){.interface = reader_32(reader, fixed),
                           .caplen = reader_32(reader, fixed + 12),
                           .wirelen = reader_32(reader, fixed + 16),
                           .ticks = (uint64_t)reader_32(reader, fixed + 4) << 32 | reader_32(reader, fixed + 8)};
}

static inline void give_packet(const struct interface *interface, const struct packet *packet, const uint8_t *data,
                               struct capture_frame *frame)
{
    frame->data = data;
    frame->caplen = packet->caplen;
    frame->wirelen = packet->wirelen > packet->caplen ? packet->wirelen : packet->caplen;
    frame->ts_ns = time_of(interface, packet->ticks);
}

/* Return: false if the block is too short. */
static inline bool read_packet_head(struct pcapng_reader *pcapng, struct cursor *cursor,
                                    struct packet *packet)
{
    struct reader *reader = &pcapng->reader;
    bool simple = cursor->type == BLOCK_SIMPLE_PACKET;
    const uint8_t *fixed = take(reader, cursor, simple ? 4 : PACKET_FIXED_BYTES);

    if (fixed == NULL)
        return false;
    if (simple) { /* has no time, and belongs to the first interface, whose snapshot cut it */
        packet->interface = 0;
        packet->ticks = 0;
        packet->caplen = packet->wirelen = reader_32(reader, fixed);
        if (pcapng->count > 0 && packet->caplen > pcapng->interfaces[0].snapshot)
            packet->caplen = pcapng->interfaces[0].snapshot;
        return true;
    }
    *packet = packet_of(reader, fixed);
    if (cursor->type == BLOCK_PACKET)
        packet->interface = reader_16(reader, fixed);
    return true;
}

static inline bool read_packet(struct pcapng_reader *pcapng, struct cursor *cursor,
                               struct capture_frame *frame)
{
    struct reader *reader = &pcapng->reader;
    const struct interface *interface;
    struct packet packet;

    if (!read_packet_head(pcapng, cursor, &packet))
        return false;
    if (packet.interface >= pcapng->count) {
        reader_broken(reader,
                      "a packet arrived on interface %u, but there's no Interface Description "
                      "Block for that interface",
                      packet.interface);
        return false;
    }
    interface = &pcapng->interfaces[packet.interface];
    if (packet.caplen > interface->snapshot) {
        reader_broken(reader, "invalid packet capture length %u, bigger than snaplen of %u",
                      packet.caplen, interface->snapshot);
        return false;
    }
    give_packet(interface, &packet, take(reader, cursor, packet.caplen), frame);
    reader->link_type = interface->link_type;
    return frame->data != NULL;
}

static enum reader_result pcapng_next_frame(struct reader *reader, struct capture_frame *frame)
{
    struct pcapng_reader *pcapng = (struct pcapng_reader *)reader;

    for (;;) {
        struct cursor cursor = {0};
        bool good = true, found = false;
        enum reader_result result = look_at_block(pcapng, &cursor);

        if (result != READER_FRAME)
            return result;
        switch (cursor.type) {
        case BLOCK_ENHANCED_PACKET:
        case BLOCK_SIMPLE_PACKET:
        case BLOCK_PACKET:
            good = found = read_packet(pcapng, &cursor, frame);
            break;
        case BLOCK_INTERFACE:
            good = add_interface(pcapng, &cursor);
            break;
        case BLOCK_SECTION:
            good = start_section(pcapng, &cursor);
            break;
        default:
            break;
        }
        if (!good)
            return READER_BROKEN;
        window_pass(&reader->window, cursor.length);
        if (found)
            return READER_FRAME;
    }
}

/* If a whole enhanced packet block is there, of which nothing is to be refused, and of the same link type as the frame
 * before. Return: its length; 0: look_at_block() sees what it is. */
static inline uint32_t usual_block(const struct pcapng_reader *pcapng, const uint8_t *block, size_t left,
                                   struct capture_frame *frame)
{
    const struct reader *reader = &pcapng->reader;
    const struct interface *interface;
    struct packet packet;
    uint32_t length;

    if (left < USUAL_BYTES || reader_32(reader, block) != BLOCK_ENHANCED_PACKET)
        return 0;
    length = reader_32(reader, block + 4);
    if (length < USUAL_BYTES || length > left || !is_length(pcapng, length) ||
        reader_32(reader, block + length - TRAILER_BYTES) != length)
        return 0;
    packet = packet_of(reader, block + HEAD_BYTES);
    if (packet.interface >= pcapng->count || packet.caplen > length - USUAL_BYTES)
        return 0;
    interface = &pcapng->interfaces[packet.interface];
    if (interface->link_type != reader->link_type || packet.caplen > interface->snapshot)
        return 0;
    give_packet(interface, &packet, block + HEAD_BYTES + PACKET_FIXED_BYTES, frame);
    return length;
}

static unsigned pcapng_more_frames(struct reader *reader, struct capture_frame *frames, unsigned room)
{
    const struct pcapng_reader *pcapng = (struct pcapng_reader *)reader;
    const uint8_t *block = window_look(&reader->window, 0);
    size_t have = window_have(&reader->window), passed = 0;
    unsigned count = 0;
    uint32_t length = 0;

    while (count < room && (length = usual_block(pcapng, block + passed, have - passed, &frames[count])) != 0) {
        passed += length;
        count++;
    }
    window_pass(&reader->window, passed);
    return count;
}

static void pcapng_reader_close(struct reader *reader)
{
    struct pcapng_reader *pcapng = (struct pcapng_reader *)reader;

    window_close(&reader->window);
    free(pcapng->interfaces);
    free(pcapng);
}

/* libpcap has judged the first block, whose length need not even be a multiple of 4. */
static void pass_first_section(struct reader *reader)
{
    const uint8_t *head = window_look(&reader->window, HEAD_BYTES);
    uint32_t length = head != NULL ? reader_32(reader, head + 4) : 0;

    if (window_look(&reader->window, length) != NULL)
        window_pass(&reader->window, length);
}

struct reader *pcapng_reader_open(int fd, size_t step, bool swapped)
{
    struct pcapng_reader *pcapng = calloc(1, sizeof *pcapng);

    if (pcapng == NULL || !window_open(&pcapng->reader.window, fd, 0, step)) {
        free(pcapng);
        return NULL;
    }
    pcapng->reader.next = pcapng_next_frame;
    pcapng->reader.more = pcapng_more_frames;
    pcapng->reader.close = pcapng_reader_close;
    pcapng->reader.swapped = swapped;
    pcapng->longest_block = BLOCK_MAX_BYTES;
    pass_first_section(&pcapng->reader);
    return &pcapng->reader;
}

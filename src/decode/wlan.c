/* wlan.c - IEEE 802.11, bare or behind a header of the capturing radio
 *
 * Only plain data frames lead on: encrypted ones, management, control, fragments of frames and
 * frames without data are OTHER. Of an aggregate (A-MSDU) the first subframe is followed.
 */
#include "walk.h"

enum {
    FRAME_CONTROL_DATA = 0x08, FRAME_CONTROL_TYPE_MASK = 0x0c,
    SUBTYPE_NO_DATA = 0x40, SUBTYPE_QOS = 0x80,           /* of the first byte */
    FLAG_TO_DS = 0x01, FLAG_FROM_DS = 0x02, FLAG_MORE_FRAGMENTS = 0x04,
    FLAG_PROTECTED = 0x40, FLAG_HT_CONTROL = 0x80,        /* of the second byte */
    QOS_AMSDU = 0x80
};

/** wlan_header_length() - Of a data frame, by its two bytes of frame control. */
static uint32_t wlan_header_length(uint8_t control, uint8_t flags)
{
    uint32_t length = 24;
    if ((flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS))
        length += 6;
    if (control & SUBTYPE_QOS)
        length += flags & FLAG_HT_CONTROL ? 6 : 2;
    return length;
}

/** frame() - A frame whose header may be padded to a multiple of 4 (@padded). */
static enum layer frame(struct walk *w, bool padded)
{
    if (walk_lacks(w, 2, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint8_t control = cursor_u8(&w->cursor, 0), flags = cursor_u8(&w->cursor, 1);
    if ((control & FRAME_CONTROL_TYPE_MASK) != FRAME_CONTROL_DATA || (control & SUBTYPE_NO_DATA) ||
        (flags & (FLAG_PROTECTED | FLAG_MORE_FRAGMENTS)))
        return walk_end(w, TCPTWIN_DECODE_OTHER);

    uint32_t length = wlan_header_length(control, flags);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if (cursor_le16(&w->cursor, 22) & 0x0f) /* a later fragment */
        return walk_end(w, TCPTWIN_DECODE_OTHER);
    uint32_t qos_at = (flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS) ? 30 : 24;
    bool aggregate = (control & SUBTYPE_QOS) && (cursor_u8(&w->cursor, qos_at) & QOS_AMSDU);
    cursor_skip(&w->cursor, padded ? (length + 3u) & ~3u : length);
    if (aggregate) {
        if (walk_lacks(w, 14, TCPTWIN_DECODE_MALFORMED_LINK))
            return LAYER_END;
        uint32_t subframe = cursor_u16(&w->cursor, 12);
        cursor_skip(&w->cursor, 14);
        cursor_trim(&w->cursor, subframe);
    }
    return LAYER_LLC;
}

enum layer wlan_frame(struct walk *w)
{
    return frame(w, false);
}

/** radiotap_flags() - The field "flags" (bit 1), which only TSFT (bit 0, 8 bytes) can precede. */
static uint8_t radiotap_flags(const struct cursor *c)
{
    enum { PRESENT_TSFT = 1, PRESENT_FLAGS = 2, PRESENT_WORDS_MAX = 16 };
    uint32_t present = cursor_le32(c, 4), at = 8;
    uint32_t word = present; /* its highest bit: another word follows */
    for (unsigned i = 0; (word & 0x80000000u) && i < PRESENT_WORDS_MAX; i++, at += 4)
        word = cursor_le32(c, at);
    if (present & PRESENT_TSFT)
        at = ((at + 7u) & ~7u) + 8;
    return present & PRESENT_FLAGS ? cursor_u8(c, at) : 0;
}

enum layer wlan_radiotap(struct walk *w)
{
    enum { FLAG_DATA_PAD = 0x20 };
    if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint16_t length = cursor_le16(&w->cursor, 2);
    if (cursor_u8(&w->cursor, 0) != 0 || length < 8)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_LINK);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    bool padded = radiotap_flags(&w->cursor) & FLAG_DATA_PAD;
    cursor_skip(&w->cursor, length);
    return frame(w, padded);
}

/** sized_header() - A header that tells its own length, then 802.11. */
static enum layer sized_header(struct walk *w, uint32_t length)
{
    if (length < 8 || length > 4096)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_LINK);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    cursor_skip(&w->cursor, length);
    return LAYER_WLAN;
}

/* The length is in the capturing host's order; some drivers put an AVS header here instead. */
enum layer wlan_prism(struct walk *w)
{
    enum { AVS_MAGIC = 0x80211000 };
    if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    if ((cursor_u32(&w->cursor, 0) & 0xfffff000u) == (uint32_t)AVS_MAGIC)
        return LAYER_AVS;
    uint32_t big = cursor_u32(&w->cursor, 4), little = cursor_le32(&w->cursor, 4);
    return sized_header(w, big < little ? big : little);
}

enum layer wlan_avs(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    return sized_header(w, cursor_u32(&w->cursor, 4));
}

/* Per-packet information: a header that names another link type. */
enum layer wlan_ppi(struct walk *w)
{
    if (walk_lacks(w, 8, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    uint16_t length = cursor_le16(&w->cursor, 2);
    uint32_t link_type = cursor_le32(&w->cursor, 4);
    if (length < 8)
        return walk_end(w, TCPTWIN_DECODE_MALFORMED_LINK);
    if (walk_lacks(w, length, TCPTWIN_DECODE_MALFORMED_LINK))
        return LAYER_END;
    cursor_skip(&w->cursor, length);
    enum layer layer = link_type <= INT16_MAX ? link_layer((int)link_type) : LAYER_END;
    return layer == LAYER_END ? walk_end(w, TCPTWIN_DECODE_OTHER) : layer;
}

/* tcp_options.c - the option list of a TCP header
 *
 *     kind | length | value ...        kinds 0 (end) and 1 (no operation) are single bytes
 *
 * A length below 2 or beyond the header ends the list: what came before is kept. A known kind with a
 * wrong length is passed over, as kernels do; both are noted as malformed. A list that the snapshot
 * cut is no malformed one. Of an option that is there twice the last one counts.
 */
#include "walk.h"

enum {
    KIND_END = 0, KIND_NOP = 1, KIND_MSS = 2, KIND_WSCALE = 3, KIND_SACK_PERMITTED = 4, KIND_SACK = 5,
    KIND_TIMESTAMPS = 8, KIND_MD5 = 19, KIND_USER_TIMEOUT = 28, KIND_AO = 29, KIND_MPTCP = 30,
    KIND_FAST_OPEN = 34, KIND_EXPERIMENT_1 = 253, KIND_EXPERIMENT_2 = 254,
    FAST_OPEN_MAGIC = 0xf989 /* RFC 7413's experimental number */
};

static bool sack(const uint8_t *value, uint32_t length, struct tcptwin_segment *s)
{
    uint32_t blocks = length / 8u;
    if (blocks == 0 || length % 8u != 0 || blocks > TCPTWIN_SACK_MAX)
        return false;
    for (uint32_t i = 0; i < blocks; i++) {
        s->sack[i].left = load_u32(value + i * 8);
        s->sack[i].right = load_u32(value + i * 8 + 4);
    }
    s->sack_count = (uint8_t)blocks;
    s->options |= TCPTWIN_OPT_SACK;
    return true;
}

static bool fast_open(uint32_t cookie, struct tcptwin_segment *s)
{
    if (cookie != 0 && (cookie < 4 || cookie > 16))
        return false;
    s->fast_open_len = (uint8_t)cookie;
    s->options |= TCPTWIN_OPT_FAST_OPEN;
    return true;
}

static bool timestamps(const uint8_t *value, struct tcptwin_segment *s)
{
    s->tsval = load_u32(value);
    s->tsecr = load_u32(value + 4);
    s->options |= TCPTWIN_OPT_TIMESTAMPS;
    return true;
}

/** option() - One, with @length bytes of @value, all of them captured. Return: false if it makes no sense. */
static inline bool option(uint8_t kind, const uint8_t *value, uint32_t length, struct tcptwin_segment *s)
{
    uint16_t bit = 0;
    switch (kind) {
    case KIND_TIMESTAMPS:
        return length == 8 && timestamps(value, s);
    case KIND_SACK:
        return sack(value, length, s);
    case KIND_MSS:
        if (length != 2)
            return false;
        s->mss = load_u16(value);
        bit = TCPTWIN_OPT_MSS;
        break;
    case KIND_WSCALE:
        if (length != 1)
            return false;
        s->wscale = value[0];
        bit = TCPTWIN_OPT_WSCALE;
        break;
    case KIND_SACK_PERMITTED:
        bit = length == 0 ? TCPTWIN_OPT_SACK_PERMITTED : 0;
        break;
    case KIND_MD5:
        bit = length == 16 ? TCPTWIN_OPT_MD5 : 0;
        break;
    case KIND_AO:
        bit = length >= 2 ? TCPTWIN_OPT_AO : 0;
        break;
    case KIND_USER_TIMEOUT:
        if (length != 2)
            return false;
        s->user_timeout = load_u16(value);
        bit = TCPTWIN_OPT_USER_TIMEOUT;
        break;
    case KIND_MPTCP:
        if (length == 0)
            return false;
        s->mptcp_subtype = value[0] >> 4;
        bit = TCPTWIN_OPT_MPTCP;
        break;
    case KIND_FAST_OPEN:
        return fast_open(length, s);
    case KIND_EXPERIMENT_1:
    case KIND_EXPERIMENT_2:
        return length < 2 || load_u16(value) != FAST_OPEN_MAGIC || fast_open(length - 2, s);
    default:
        return true; /* unknown: none of our business */
    }
    s->options |= bit;
    return bit != 0;
}

__attribute__((noinline)) void tcp_options(const uint8_t *header, uint32_t length, uint32_t captured,
                                           struct tcptwin_segment *s)
{
    enum { LIST_AT = 20, HEAD = 2 };
    uint32_t end = length < captured ? length : captured, size;
    for (uint32_t at = LIST_AT; at < end && header[at] != KIND_END; at += size) {
        size = 1;
        if (header[at] == KIND_NOP)
            continue;
        if (at + HEAD <= end)
            size = header[at + 1];
        else if (at + HEAD <= length)
            return; /* cut */
        if (size < HEAD || at + size > length) {
            s->notes |= TCPTWIN_NOTE_OPTIONS_MALFORMED;
            return;
        }
        if (at + size > end)
            return; /* cut */
        if (!option(header[at], header + at + HEAD, size - HEAD, s))
            s->notes |= TCPTWIN_NOTE_OPTIONS_MALFORMED;
    }
}

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

static bool sack(const struct cursor *c, uint32_t at, uint8_t length, struct tcptwin_segment *s)
{
    uint32_t blocks = (length - 2u) / 8u;
    if (length < 10 || (length - 2u) % 8u != 0 || blocks > TCPTWIN_SACK_MAX)
        return false;
    for (uint32_t i = 0; i < blocks; i++) {
        s->sack[i].left = cursor_u32(c, at + 2 + i * 8);
        s->sack[i].right = cursor_u32(c, at + 6 + i * 8);
    }
    s->sack_count = (uint8_t)blocks;
    s->options |= TCPTWIN_OPT_SACK;
    return true;
}

static bool fast_open(uint8_t cookie, struct tcptwin_segment *s)
{
    if (cookie != 0 && (cookie < 4 || cookie > 16))
        return false;
    s->fast_open_len = cookie;
    s->options |= TCPTWIN_OPT_FAST_OPEN;
    return true;
}

static bool timestamps(const struct cursor *c, uint32_t at, struct tcptwin_segment *s)
{
    s->tsval = cursor_u32(c, at + 2);
    s->tsecr = cursor_u32(c, at + 6);
    s->options |= TCPTWIN_OPT_TIMESTAMPS;
    return true;
}

/** option() - One option of @length bytes, all of them captured. Return: false if it makes no sense. */
static bool option(const struct cursor *c, uint32_t at, uint8_t length, struct tcptwin_segment *s)
{
    uint16_t bit = 0;
    switch (cursor_u8(c, at)) {
    case KIND_TIMESTAMPS:
        return length == 10 && timestamps(c, at, s);
    case KIND_SACK:
        return sack(c, at, length, s);
    case KIND_MSS:
        s->mss = cursor_u16(c, at + 2);
        bit = length == 4 ? TCPTWIN_OPT_MSS : 0;
        break;
    case KIND_WSCALE:
        s->wscale = cursor_u8(c, at + 2);
        bit = length == 3 ? TCPTWIN_OPT_WSCALE : 0;
        break;
    case KIND_SACK_PERMITTED:
        bit = length == 2 ? TCPTWIN_OPT_SACK_PERMITTED : 0;
        break;
    case KIND_MD5:
        bit = length == 18 ? TCPTWIN_OPT_MD5 : 0;
        break;
    case KIND_AO:
        bit = length >= 4 ? TCPTWIN_OPT_AO : 0;
        break;
    case KIND_USER_TIMEOUT:
        s->user_timeout = cursor_u16(c, at + 2);
        bit = length == 4 ? TCPTWIN_OPT_USER_TIMEOUT : 0;
        break;
    case KIND_MPTCP:
        s->mptcp_subtype = cursor_u8(c, at + 2) >> 4;
        bit = length >= 3 ? TCPTWIN_OPT_MPTCP : 0;
        break;
    case KIND_FAST_OPEN:
        return fast_open((uint8_t)(length - 2), s);
    case KIND_EXPERIMENT_1:
    case KIND_EXPERIMENT_2:
        return length < 4 || cursor_u16(c, at + 2) != FAST_OPEN_MAGIC ||
               fast_open((uint8_t)(length - 4), s);
    default:
        return true; /* unknown: none of our business */
    }
    s->options |= bit;
    return bit != 0;
}

void tcp_options(const struct cursor *c, uint32_t header_len, struct tcptwin_segment *s)
{
    enum { LIST_AT = 20 };
    for (uint32_t at = LIST_AT; at < header_len && cursor_has(c, at, 1);) {
        uint8_t kind = cursor_u8(c, at), length = cursor_u8(c, at + 1);
        if (kind == KIND_END)
            return;
        if (kind == KIND_NOP) {
            at++;
            continue;
        }
        if (at + 2 <= header_len && !cursor_has(c, at, 2))
            return; /* cut */
        if (at + 2 > header_len || length < 2 || at + length > header_len) {
            s->notes |= TCPTWIN_NOTE_OPTIONS_MALFORMED;
            return;
        }
        if (!cursor_has(c, at, length))
            return; /* cut */
        if (!option(c, at, length, s))
            s->notes |= TCPTWIN_NOTE_OPTIONS_MALFORMED;
        at += length;
    }
}

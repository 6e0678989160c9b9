/* test_datagrams.c - UDP and ICMP, where somebody asked for them; nothing of it where nobody did */
#include "recipe.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { UDP_SRC_PORT = 50000 }; /* as recipe.c writes them */

#define UDP   TCPTWIN_DATAGRAM_UDP
#define ASK   TCPTWIN_DATAGRAM_ECHO_REQUEST
#define REPLY TCPTWIN_DATAGRAM_ECHO_REPLY
#define ERROR TCPTWIN_DATAGRAM_ERROR

static struct tcptwin_decoder *decoder(int link_type, bool datagrams)
{
    struct tcptwin_decode_options options = {.link_type = link_type, .datagrams = datagrams, .fragment_bytes = 65536};
    return tcptwin_decoder_init(malloc(tcptwin_decoder_size(&options)), &options);
}

static enum tcptwin_decode_result decode(int link_type, bool datagrams, const char *recipe,
                                         struct tcptwin_decoded *out)
{
    struct recipe_frame f;
    struct tcptwin_decoder *d = decoder(link_type, datagrams);
    recipe_cook(&f, recipe);
    memset(out, 0xa5, sizeof *out);
    enum tcptwin_decode_result result =
        tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, 77, 9, out);
    free(d);
    return result;
}

static const struct {
    const char *recipe;
    uint8_t kind, protocol, version;
    uint32_t payload_len;
    uint16_t dst_port, echo_id, echo_sequence;
} rows[] = {
    {"eth/0800 ip4 udp/53 0001010000010000", UDP, 17, 4, 8, 53, 0, 0},
    {"eth/86dd ip6 udp/53 0001", UDP, 17, 6, 2, 53, 0, 0},
    {"eth/0800 ip4 udp/53 00 ", UDP, 17, 4, 1, 53, 0, 0},
    {"eth/8100 00640800 ip4 udp/514 616263", UDP, 17, 4, 3, 514, 0, 0},
    /* a port alone is no tunnel */
    {"eth/0800 ip4 udp/4789 0000000000002a00 eth/0800 ip4 tcp", UDP, 17, 4, 72, 4789, 0, 0},
    {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 0102030405060708090a0b0c0d0e0f1011121314",
     UDP, 17, 4, 42, 4789, 0, 0},
    {"eth/0800 ip4 udp/2152 3201000400000000 00010000", UDP, 17, 4, 12, 2152, 0, 0},
    /* inside one: what is inside */
    {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 ip4 udp/53 6162", UDP, 17, 4, 2, 53, 0, 0},
    {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 ip4 udp/8472 6162", UDP, 17, 4, 2, 8472, 0, 0},
    {"eth/0800 ip4/2f 00000800 ip4 udp/53 6162", UDP, 17, 4, 2, 53, 0, 0},
    {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 ip4/01 0800000000010002 6162", ASK, 1, 4, 2, 0, 1, 2},
    {"eth/0800 ip4/01 0800000000010002 6162", ASK, 1, 4, 2, 0, 1, 2},
    {"eth/0800 ip4/01 0000000000010002", REPLY, 1, 4, 0, 0, 1, 2},
    {"eth/86dd ip6/3a 8000000000010002", ASK, 58, 6, 0, 0, 1, 2},
    {"eth/86dd ip6/3a 8100000000010002 61", REPLY, 58, 6, 1, 0, 1, 2},
    {"eth/0800 ip4/01 0303000000000000 ip4 udp/53 00", ERROR, 17, 4, 0, 53, 0, 0},
    {"eth/86dd ip6/3a 0104000000000000 ip6 udp/53 00", ERROR, 17, 6, 0, 53, 0, 0},
    {"eth/0800 ip4/01 0b00000000000000 ip4/01 0800000000010002", ERROR, 1, 4, 0, 0, 1, 2},
    {"eth/0800 ip4/01 0302000000000000 ip4/84 0102030405060708", ERROR, 0x84, 4, 0, 0, 0, 0},
    {"eth/0800 ip4/01 0303000000000000 ip4/11 01020304", ERROR, 17, 4, 0, 0, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void check_row(size_t i, const struct tcptwin_datagram *d)
{
    struct tcptwin_address src = recipe_address(d->ip_version, 1), dst = recipe_address(d->ip_version, 2);
    assert_int_equal(d->kind, rows[i].kind);
    assert_int_equal(d->protocol, rows[i].protocol);
    assert_int_equal(d->ip_version, rows[i].version);
    assert_int_equal(d->payload_len, rows[i].payload_len);
    assert_int_equal(d->dst_port, rows[i].dst_port);
    assert_int_equal(d->src_port, rows[i].dst_port ? UDP_SRC_PORT : 0);
    assert_int_equal(d->echo_id, rows[i].echo_id);
    assert_int_equal(d->echo_sequence, rows[i].echo_sequence);
    assert_int_equal(d->ts_ns, 77);
    assert_int_equal(d->frame, 9);
    assert_false(d->to_group);
    assert_memory_equal(&d->src, &src, sizeof src);
    assert_memory_equal(&d->dst, &dst, sizeof dst);
    if (d->kind == ERROR)
        assert_memory_equal(&d->reporter, &src, sizeof src);
}

static void every_row_is_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct tcptwin_decoded out;
        if (decode(1, true, rows[i].recipe, &out) != TCPTWIN_DECODE_DATAGRAM)
            fail_msg("%s: no datagram", rows[i].recipe);
        check_row(i, &out.datagram);
        assert_int_equal(decode(1, false, rows[i].recipe, &out), TCPTWIN_DECODE_OTHER);
    }
}

static void what_is_none_stays_what_it_is(void **state)
{
    static const struct {
        const char *recipe;
        enum tcptwin_decode_result result;
    } others[] = {
        {"eth/0800 ip4 tcp", TCPTWIN_DECODE_TCP},
        {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 ip4 tcp", TCPTWIN_DECODE_TCP},
        {"eth/0800 ip4 udp/2152 30ff003200000007 ip4 tcp", TCPTWIN_DECODE_TCP},
        {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0800 ip4/84 0102030405060708090a", TCPTWIN_DECODE_OTHER},
        /* what carries ARP is no conversation either */
        {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0806 0001080006040001 0200000000010a000001 0000000000000a000002",
         TCPTWIN_DECODE_OTHER},
        {"eth/0800 ip4 udp/4789 0800000000002a00 eth/0806 0001080006080001 0200000000010a000001 0000000000000a000002",
         TCPTWIN_DECODE_DATAGRAM},
        {"eth/0800 ip4/01 0303000000000000 ip4/06 quote", TCPTWIN_DECODE_ICMP_ERROR},
        {"eth/0800 ip4/01 050100000a000001 ip4 tcp", TCPTWIN_DECODE_OTHER},
        {"eth/0800 ip4/01 08000000", TCPTWIN_DECODE_OTHER},
        {"eth/0800 ip4/01 0303000000000000 ffffffffffffffffffffffffffffffffffffffff", TCPTWIN_DECODE_OTHER},
        {"eth/0800 ip4/11 9c40003500070000 61", TCPTWIN_DECODE_OTHER}, /* a length below the header's */
        {"eth/0806 0001", TCPTWIN_DECODE_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct tcptwin_decoded out;
        if (decode(1, true, others[i].recipe, &out) != others[i].result)
            fail_msg("%s: not %s", others[i].recipe, tcptwin_decode_word(others[i].result)->name);
    }
}

static void an_error_about_tcp_is_both(void **state)
{
    struct tcptwin_decoded out;
    (void)state;
    assert_int_equal(decode(1, true, "eth/0800 ip4/01 0301000000000000 ip4/06 quote", &out), TCPTWIN_DECODE_ICMP_ERROR);
    assert_int_equal(out.icmp.dst_port, RECIPE_DST_PORT);
    assert_int_equal(out.datagram.kind, ERROR);
    assert_int_equal(out.datagram.protocol, TCPTWIN_PROTOCOL_TCP);
    assert_int_equal(out.datagram.dst_port, RECIPE_DST_PORT);
    assert_int_equal(out.datagram.type << 8 | out.datagram.code, 0x0301);
}

/* @at, @value: a byte of the frame that makes it one to a group. */
static void is_to_group(int link_type, const char *recipe, size_t at, uint8_t value, bool group)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    struct tcptwin_decoder *d = decoder(link_type, true);
    recipe_cook(&f, recipe);
    f.bytes[at] = value;
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, 0, 1, &out),
                     TCPTWIN_DECODE_DATAGRAM);
    assert_int_equal(out.datagram.to_group, group);
    free(d);
}

static void groups_are_seen_in_either_address(void **state)
{
    (void)state;
    is_to_group(228, "ip4 udp/53 61", 16, 224, true);
    is_to_group(228, "ip4 udp/53 61", 16, 239, true);
    is_to_group(228, "ip4 udp/53 61", 16, 223, false);
    is_to_group(228, "ip4/11 9c40003500090000 61", 16, 255, false); /* 255.0.0.2 */
    is_to_group(229, "ip6 udp/53 61", 24, 0xff, true);
    is_to_group(1, "eth/0800 ip4 udp/53 61", 0, 0xff, true);
    is_to_group(1, "eth/0800 ip4 udp/53 61", 0, 0x02, false);
    is_to_group(1, "eth/0800 ip4/2f 00000800 ip4 udp/53 61", 0, 0xff, false);
    is_to_group(113, "00000001000600000000000000000800 ip4 udp/53 61", 1, 2, true);
    is_to_group(113, "00000001000600000000000000000800 ip4 udp/53 61", 1, 0, false);
    is_to_group(276, "0800000000000000000100060000000000000000 ip4 udp/53 61", 10, 1, true);
    is_to_group(276, "0800000000000000000100060000000000000000 ip4 udp/53 61", 10, 4, false);
}

static void a_cut_or_broken_frame_is_survived(void **state)
{
    struct recipe_guard *guard = recipe_guard_new();
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        struct recipe_frame f;
        struct tcptwin_decoded out;
        struct tcptwin_decoder *d = decoder(1, true);
        recipe_cook(&f, rows[i].recipe);
        uint32_t length = (uint32_t)f.length;
        for (uint32_t cut = 0; cut < length; cut++)
            if (tcptwin_decode(d, recipe_guard_put(guard, f.bytes, cut), cut, length, 77, 9, &out) ==
                    TCPTWIN_DECODE_DATAGRAM &&
                out.datagram.dst_port == rows[i].dst_port && out.datagram.echo_id == rows[i].echo_id)
                check_row(i, &out.datagram);
        for (size_t bit = 0; bit < f.length * 8; bit++) {
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const uint8_t *at = recipe_guard_put(guard, f.bytes, length);
            assert_true(tcptwin_decode(d, at, length, length, 77, 9, &out) < TCPTWIN_DECODE_COUNT);
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(d);
    }
    recipe_guard_free(guard);
}

static void a_fragmented_datagram_is_one(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    struct tcptwin_decoder *d = decoder(228, true);
    (void)state;
    recipe_cook(&f, "ip4/11 9c40003500180000 0102030405060708");
    f.bytes[6] = 0x20; /* more fragments */
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, 0, 1, &out),
                     TCPTWIN_DECODE_FRAGMENT);
    recipe_cook(&f, "ip4/11 090a0b0c0d0e0f10");
    f.bytes[6] = 0;
    f.bytes[7] = 2; /* at 16 */
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, 1, 2, &out),
                     TCPTWIN_DECODE_DATAGRAM);
    assert_int_equal(out.datagram.payload_len, 16);
    assert_int_equal(out.datagram.dst_port, 53);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_what_it_says),         cmocka_unit_test(what_is_none_stays_what_it_is),
        cmocka_unit_test(an_error_about_tcp_is_both),        cmocka_unit_test(groups_are_seen_in_either_address),
        cmocka_unit_test(a_cut_or_broken_frame_is_survived), cmocka_unit_test(a_fragmented_datagram_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

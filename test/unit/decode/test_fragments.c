/* test_fragments.c - IP packets in pieces: in any order, twice, overlapping, too many */
#include "recipe.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { IP4 = 228, IP6 = 229, SECOND = 1000000000, PAYLOAD_MAX = 4096 };

/** The IP payload that is cut: a segment of 24 bytes of header and a lot of data. */
struct packet {
    unsigned version;
    uint32_t id;
    uint8_t bytes[PAYLOAD_MAX];
    uint32_t length;
};

static struct packet make_packet(unsigned version, uint32_t id, uint32_t length)
{
    struct packet p = {.version = version, .id = id, .length = length};
    struct recipe_frame f;
    unsigned ip = version == 4 ? 20 : 40;
    uint32_t sum = 0;
    recipe_cook(&f, version == 4 ? "ip4 tcp/020405b4" : "ip6 tcp/020405b4");
    memcpy(p.bytes, f.bytes + ip, 24);
    for (uint32_t i = 24; i < length; i++)
        p.bytes[i] = (uint8_t)(i * 29 + id);
    p.bytes[16] = p.bytes[17] = 0;
    for (unsigned i = version == 4 ? 12 : 8; i < ip; i++)
        sum += i % 2 ? f.bytes[i] : (uint32_t)f.bytes[i] << 8;
    for (uint32_t i = 0; i < length; i++)
        sum += i % 2 ? p.bytes[i] : (uint32_t)p.bytes[i] << 8;
    sum += 6 + length;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    p.bytes[16] = (uint8_t)(sum >> 8);
    p.bytes[17] = (uint8_t)sum;
    return p;
}

static struct recipe_frame make_fragment(const struct packet *p, uint32_t from, uint32_t to)
{
    struct recipe_frame f;
    bool more = to < p->length;
    unsigned header = p->version == 4 ? 20 : 48;
    recipe_cook(&f, p->version == 4 ? "ip4/06" : "ip6/2c 0600000000000000");
    memcpy(f.bytes + header, p->bytes + from, to - from);
    f.length = header + to - from;
    if (p->version == 4) {
        f.bytes[2] = (uint8_t)(f.length >> 8);
        f.bytes[3] = (uint8_t)f.length;
        f.bytes[4] = (uint8_t)(p->id >> 8);
        f.bytes[5] = (uint8_t)p->id;
        f.bytes[6] = (uint8_t)((more ? 0x20 : 0) | from / 8 >> 8);
        f.bytes[7] = (uint8_t)(from / 8);
    } else {
        f.bytes[4] = (uint8_t)((f.length - 40) >> 8);
        f.bytes[5] = (uint8_t)(f.length - 40);
        f.bytes[42] = (uint8_t)(from >> 8);
        f.bytes[43] = (uint8_t)(from | (more ? 1 : 0));
        f.bytes[46] = (uint8_t)(p->id >> 8);
        f.bytes[47] = (uint8_t)p->id;
    }
    return f;
}

static struct tcptwin_decoded out;

static enum tcptwin_decode_result give(struct tcptwin_decoder *d, const struct packet *p, uint32_t from,
                                       uint32_t to, uint64_t ts_ns)
{
    struct recipe_frame f = make_fragment(p, from, to);
    tcptwin_decoder_link_type(d, p->version == 4 ? IP4 : IP6);
    return tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, ts_ns, 5, &out);
}

static void is_whole(const struct packet *p)
{
    assert_int_equal(out.segment.seq, RECIPE_SEQ);
    assert_int_equal(out.segment.mss, 1460);
    assert_int_equal(out.segment.payload_len, p->length - 24);
    assert_int_equal(out.segment.wire_len, p->length + (p->version == 4 ? 20 : 48));
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_REASSEMBLED | TCPTWIN_NOTE_CHECKSUM_OK);
}

static const unsigned versions[] = {4, 6};
#define FOR_BOTH(version_) for (unsigned v_ = 0, version_ = 4; v_ < 2; v_++, version_ = versions[1])

/* All orders of four fragments, each of them also given twice. */
static void any_order_will_do(void **state)
{
    static const uint32_t cuts[5] = {0, 24, 1000, 2048, 3001};
    (void)state;
    FOR_BOTH(version) {
        struct packet p = make_packet(version, 7, 3001);
        for (unsigned order = 0; order < 4 * 4 * 4 * 4; order++) {
            unsigned at[4] = {order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3};
            if ((1u << at[0] | 1u << at[1] | 1u << at[2] | 1u << at[3]) != 15)
                continue;
            for (unsigned copies = 1; copies <= 2; copies++) {
                struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
                for (unsigned i = 0; i < 4; i++) {
                    for (unsigned copy = 0; copy < copies; copy++) {
                        enum tcptwin_decode_result got = give(d, &p, cuts[at[i]], cuts[at[i] + 1], 1);
                        bool last = i == 3 && copy == 0;
                        assert_int_equal(got, last ? TCPTWIN_DECODE_TCP : TCPTWIN_DECODE_FRAGMENT);
                    }
                }
                is_whole(&p);
                free(d);
            }
        }
    }
}

static void overlaps_give_the_packet_up(void **state)
{
    static const struct {
        uint32_t from, to;
    } overlaps[] = {{1000, 2008}, {8, 1008}, {0, 1008}, {2000, 3016}, {992, 2000}};
    (void)state;
    FOR_BOTH(version) {
        struct packet p = make_packet(version, 7, 3001);
        for (size_t i = 0; i < sizeof overlaps / sizeof overlaps[0]; i++) {
            struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
            give(d, &p, 0, 1000, 1);
            give(d, &p, 2000, 3001, 1);
            p.length = overlaps[i].to == 3016 ? 3016 : 3001;
            assert_int_equal(give(d, &p, overlaps[i].from, overlaps[i].to, 1), TCPTWIN_DECODE_FRAGMENT);
            p.length = 3001;
            assert_int_equal(give(d, &p, 1000, 2000, 1), TCPTWIN_DECODE_FRAGMENT);
            free(d);
        }
    }
}

static void a_copy_of_a_part_changes_nothing(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 3001);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    give(d, &p, 0, 2000, 1);
    assert_int_equal(give(d, &p, 800, 1600, 1), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 2000, 3001, 1), TCPTWIN_DECODE_TCP);
    is_whole(&p);
    free(d);
}

static void two_ends_give_the_packet_up(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 3001), shorter = make_packet(4, 7, 2504);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    give(d, &p, 2000, 3001, 1);
    assert_int_equal(give(d, &shorter, 1600, 2504, 1), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 0, 2000, 1), TCPTWIN_DECODE_FRAGMENT);
    free(d);
}

static void nothing_lies_beyond_the_end(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 2001), longer = make_packet(4, 7, 3001);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    give(d, &p, 1600, 2001, 1);
    assert_int_equal(give(d, &longer, 2400, 2800, 1), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 0, 1600, 1), TCPTWIN_DECODE_FRAGMENT);
    free(d);
    d = recipe_decoder(IP4, 1 << 16); /* and the other way round */
    give(d, &longer, 2400, 2800, 1);
    assert_int_equal(give(d, &p, 1600, 2001, 1), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 0, 1600, 1), TCPTWIN_DECODE_FRAGMENT);
    free(d);
}

static void packets_are_told_apart(void **state)
{
    (void)state;
    FOR_BOTH(version) {
        struct packet a = make_packet(version, 7, 3001), b = make_packet(version, 8, 2001);
        struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
        assert_int_equal(give(d, &a, 0, 1600, 1), TCPTWIN_DECODE_FRAGMENT);
        assert_int_equal(give(d, &b, 1600, 2001, 1), TCPTWIN_DECODE_FRAGMENT);
        assert_int_equal(give(d, &a, 1600, 3001, 1), TCPTWIN_DECODE_TCP);
        is_whole(&a);
        assert_int_equal(give(d, &b, 0, 1600, 1), TCPTWIN_DECODE_TCP);
        is_whole(&b);
        free(d);
    }
}

static void old_fragments_are_forgotten(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 3001);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    give(d, &p, 0, 1600, 1);
    assert_int_equal(give(d, &p, 1600, 3001, 61ull * SECOND), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 0, 1600, 62ull * SECOND), TCPTWIN_DECODE_TCP);
    /* the identification comes round again, long after the last copy could */
    give(d, &p, 0, 1600, 64ull * SECOND);
    assert_int_equal(give(d, &p, 1600, 3001, 64ull * SECOND), TCPTWIN_DECODE_TCP);
    free(d);
}

static void the_oldest_is_evicted(void **state)
{
    (void)state;
    struct tcptwin_decoder *d = recipe_decoder(IP4, 2048); /* room for a few */
    struct packet first = make_packet(4, 1, 3001);
    give(d, &first, 0, 1600, 1);
    for (uint32_t id = 2; id < 20; id++) {
        struct packet other = make_packet(4, id, 3001);
        give(d, &other, 0, 1600, 1);
    }
    assert_int_equal(give(d, &first, 1600, 3001, 1), TCPTWIN_DECODE_FRAGMENT);
    struct packet last = make_packet(4, 19, 3001);
    assert_int_equal(give(d, &last, 1600, 3001, 1), TCPTWIN_DECODE_TCP);
    free(d);
}

static void a_packet_in_too_many_pieces_is_given_up(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 3001);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    for (uint32_t at = 0; at < 3000; at += 16) /* every second piece */
        assert_int_equal(give(d, &p, at, at + 8, 1), TCPTWIN_DECODE_FRAGMENT);
    for (uint32_t at = 8; at < 3000; at += 16)
        assert_int_equal(give(d, &p, at, at + 8 > 3001 ? 3001 : at + 8, 1), TCPTWIN_DECODE_FRAGMENT);
    free(d);
}

static void tiny_pieces_in_order_are_fine(void **state)
{
    (void)state;
    FOR_BOTH(version) {
        struct packet p = make_packet(version, 7, 3001);
        struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
        for (uint32_t at = 0; at < 3000; at += 8)
            assert_int_equal(give(d, &p, at, at + 8, 1), TCPTWIN_DECODE_FRAGMENT);
        assert_int_equal(give(d, &p, 3000, 3001, 1), TCPTWIN_DECODE_TCP);
        is_whole(&p);
        free(d);
    }
}

static void nonsense_is_no_fragment(void **state)
{
    (void)state;
    struct packet p = make_packet(4, 7, 3001);
    struct tcptwin_decoder *d = recipe_decoder(IP4, 1 << 16);
    assert_int_equal(give(d, &p, 0, 1601, 1), TCPTWIN_DECODE_MALFORMED_IP); /* not by eights */
    assert_int_equal(give(d, &p, 8, 8, 1), TCPTWIN_DECODE_MALFORMED_IP);    /* nothing in it */
    struct recipe_frame f = make_fragment(&p, 2000, 3001);                  /* beyond 64 KiB */
    f.bytes[6] = 0x1f;
    f.bytes[7] = 0xff;
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, (uint32_t)f.length, 1, 1, &out),
                     TCPTWIN_DECODE_MALFORMED_IP);
    free(d);
    d = recipe_decoder(IP4, 0); /* no memory: no reassembly */
    assert_int_equal(give(d, &p, 0, 1600, 1), TCPTWIN_DECODE_FRAGMENT);
    assert_int_equal(give(d, &p, 1600, 3001, 1), TCPTWIN_DECODE_FRAGMENT);
    free(d);
}

/* A snapshot of 100 bytes of each fragment is enough for the header and the length. */
static void cut_fragments_are_enough(void **state)
{
    (void)state;
    FOR_BOTH(version) {
        struct packet p = make_packet(version, 7, 3001);
        struct tcptwin_decoder *d = recipe_decoder(version == 4 ? IP4 : IP6, 1 << 16);
        struct recipe_frame first = make_fragment(&p, 0, 1600), second = make_fragment(&p, 1600, 3001);
        tcptwin_decode(d, first.bytes, 100, (uint32_t)first.length, 1, 1, &out);
        assert_int_equal(tcptwin_decode(d, second.bytes, 100, (uint32_t)second.length, 1, 2, &out),
                         TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.payload_len, 3001 - 24);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_REASSEMBLED);
        free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_will_do),
        cmocka_unit_test(overlaps_give_the_packet_up),
        cmocka_unit_test(a_copy_of_a_part_changes_nothing),
        cmocka_unit_test(two_ends_give_the_packet_up),
        cmocka_unit_test(nothing_lies_beyond_the_end),
        cmocka_unit_test(packets_are_told_apart),
        cmocka_unit_test(old_fragments_are_forgotten),
        cmocka_unit_test(the_oldest_is_evicted),
        cmocka_unit_test(a_packet_in_too_many_pieces_is_given_up),
        cmocka_unit_test(tiny_pieces_in_order_are_fine),
        cmocka_unit_test(nonsense_is_no_fragment),
        cmocka_unit_test(cut_fragments_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

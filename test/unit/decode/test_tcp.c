/* test_tcp.c - the TCP header: options, lengths, checksums */
#include "recipe.h"
#include "tcp.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECKSUM_NOTES = TCPTWIN_NOTE_CHECKSUM_OK | TCPTWIN_NOTE_CHECKSUM_BAD,
    IP4 = 228, IP6 = 229, ETHERNET = 1
};

/** decode() - A frame, of which the first @caplen bytes were captured (0: all). */
static enum tcptwin_decode_result decode(int link_type, struct recipe_frame *f, uint32_t caplen,
                                         struct tcptwin_decoded *out)
{
    struct recipe_guard *guard = recipe_guard_new();
    struct tcptwin_decoder *d = recipe_decoder(link_type, 0);
    uint32_t wire = (uint32_t)f->length;
    if (caplen == 0)
        caplen = wire;
    memset(out, 0xa5, sizeof *out); /* what must always be set cannot be left from before */
    enum tcptwin_decode_result result =
        tcptwin_decode(d, recipe_guard_put(guard, f->bytes, caplen), caplen, wire, 1, 1, out);
    free(d);
    recipe_guard_free(guard);
    return result;
}

static void options_are_read(void **state)
{
    static const struct {
        const char *bytes;
        uint16_t options, notes;
    } cases[] = {
        {"", 0, 0},
        {"020405b4", TCPTWIN_OPT_MSS, 0},
        {"01030307", TCPTWIN_OPT_WSCALE, 0},
        {"04020101", TCPTWIN_OPT_SACK_PERMITTED, 0},
        {"0101080a0102030405060708", TCPTWIN_OPT_TIMESTAMPS, 0},
        {"080a0102030405060708" "0101", TCPTWIN_OPT_TIMESTAMPS, 0},
        {"0101050a0000000100000002", TCPTWIN_OPT_SACK, 0},
        {"020405b4" "0402080a0102030405060708" "01030307",
         TCPTWIN_OPT_MSS | TCPTWIN_OPT_SACK_PERMITTED | TCPTWIN_OPT_TIMESTAMPS | TCPTWIN_OPT_WSCALE, 0},
        {"22020101", TCPTWIN_OPT_FAST_OPEN, 0},
        {"220a01020304050607080101", TCPTWIN_OPT_FAST_OPEN, 0},
        {"fe04f989", TCPTWIN_OPT_FAST_OPEN, 0},
        {"fe040000", 0, 0},
        {"1e0c0081" "0000000000000000", TCPTWIN_OPT_MPTCP, 0},
        {"1312" "00000000000000000000000000000000" "0101", TCPTWIN_OPT_MD5, 0},
        {"1d100102" "000000000000000000000000", TCPTWIN_OPT_AO, 0},
        {"1c048005", TCPTWIN_OPT_USER_TIMEOUT, 0},
        {"aa04ffff", 0, 0},                                                   /* unknown */
        {"00ffffff", 0, 0},                                                   /* behind the end */
        {"020405b4" "03000101", TCPTWIN_OPT_MSS, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* length 0 */
        {"020405b4" "03010101", TCPTWIN_OPT_MSS, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* length 1 */
        {"020405b4" "01010802", TCPTWIN_OPT_MSS, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* wrong length */
        {"020405b4" "0101080a", TCPTWIN_OPT_MSS, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* too long */
        {"020405b4" "01010108", TCPTWIN_OPT_MSS, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* no length */
        {"02030501" "03030700", TCPTWIN_OPT_WSCALE, TCPTWIN_NOTE_OPTIONS_MALFORMED}, /* passed over */
        {"0509000000010000" "00020101", 0, TCPTWIN_NOTE_OPTIONS_MALFORMED},
        {"2203ff01", 0, TCPTWIN_NOTE_OPTIONS_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe_frame f;
        struct tcptwin_decoded out;
        char text[256] = "ip4 tcp/";
        recipe_cook(&f, strcat(text, cases[i].bytes));
        assert_int_equal(decode(IP4, &f, 0, &out), TCPTWIN_DECODE_TCP);
        if (out.segment.options != cases[i].options)
            fail_msg("%s: options %#x, not %#x", cases[i].bytes, out.segment.options, cases[i].options);
        assert_int_equal(out.segment.notes, cases[i].notes | TCPTWIN_NOTE_CHECKSUM_OK);
        assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
        if (!(cases[i].options & TCPTWIN_OPT_TIMESTAMPS))
            assert_int_equal(out.segment.tsval | out.segment.tsecr, 0);
        if (!(cases[i].options & TCPTWIN_OPT_SACK))
            assert_int_equal(out.segment.sack_count, 0);
    }
}

static void options_have_their_values(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    const struct tcptwin_segment *s = &out.segment;
    (void)state;
    recipe_cook(&f, "ip4 tcp/020405b40402080a0102030405060708030307011c048005");
    decode(IP4, &f, 0, &out);
    assert_int_equal(s->mss, 1460);
    assert_int_equal(s->wscale, 7);
    assert_int_equal(s->tsval, 0x01020304);
    assert_int_equal(s->tsecr, 0x05060708);
    assert_int_equal(s->user_timeout, 0x8005);
    recipe_cook(&f, "ip4 tcp/0522" "00000001000000020000000300000004" "00000005000000060000000700000008" "0101");
    decode(IP4, &f, 0, &out);
    assert_int_equal(s->sack_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(s->sack[i].left, 2 * i + 1);
        assert_int_equal(s->sack[i].right, 2 * i + 2);
    }
    recipe_cook(&f, "ip4 tcp/220a01020304050607081e0320ff01010100");
    decode(IP4, &f, 0, &out);
    assert_int_equal(s->fast_open_len, 8);
    assert_int_equal(s->mptcp_subtype, 2);
}

/* There is a short way for two lists. Each byte of them, with each value, and cut anywhere. */
static void usual_option_lists_are_read_as_any(void **state)
{
    static const char *const lists[] = {"\x01\x01\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08",
                                        "\x02\x04\x05\xb4\x04\x02\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x01\x03\x03\x07"};
    static const uint32_t lengths[] = {32, 40};
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t at = 20; at < lengths[i]; at++)
            for (unsigned change = 0; change < 256; change++) {
                struct tcptwin_segment read = {0}, usual = {0};
                uint8_t header[40] = {0};
                uint32_t captured = change % 2 ? lengths[i] : at;
                memcpy(header + 20, lists[i], lengths[i] - 20);
                header[at] ^= (uint8_t)change;
                tcp_option_list(header, lengths[i], captured, &usual);
                tcp_options(header, lengths[i], captured, &read);
                assert_memory_equal(&usual, &read, sizeof read);
            }
}

static void without_ack_there_is_no_ack(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    (void)state;
    recipe_cook(&f, "ip4 tcp");
    f.bytes[33] = TCPTWIN_SYN;
    assert_int_equal(decode(IP4, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.ack, 0);
    assert_int_equal(out.segment.ack_raw, RECIPE_ACK);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_BAD);
}

static void a_cut_option_list_keeps_what_is_there(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    (void)state;
    recipe_cook(&f, "ip4 tcp/020405b40402080a010203040506070801030307");
    for (uint32_t cut = 34; cut < 60; cut++) {
        assert_int_equal(decode(IP4, &f, cut, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_OPTIONS_CUT);
        assert_int_equal(out.segment.window, cut < 36 ? 0 : RECIPE_WINDOW);
        uint16_t want = cut >= 44 ? TCPTWIN_OPT_MSS : 0;
        want |= cut >= 46 ? TCPTWIN_OPT_SACK_PERMITTED : 0;
        want |= cut >= 56 ? TCPTWIN_OPT_TIMESTAMPS : 0;
        assert_int_equal(out.segment.options, want);
        assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    }
}

static void lengths_come_from_ip(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    (void)state;
    recipe_cook(&f, "eth/0800 ip4 tcp");
    f.length += 6; /* padding is no payload */
    assert_int_equal(decode(ETHERNET, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.wire_len, 40 + RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_OK);

    recipe_cook(&f, "eth/0800 ip4 tcp"); /* a short snapshot */
    assert_int_equal(decode(ETHERNET, &f, 54, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, 0);
    assert_int_equal(decode(ETHERNET, &f, 47, &out), TCPTWIN_DECODE_TRUNCATED);

    f.bytes[16] = f.bytes[17] = 0; /* segmentation offload */
    assert_int_equal(decode(ETHERNET, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_IP_LENGTH_ZERO);

    f.bytes[16] = 0x05; /* more than the frame carried */
    assert_int_equal(decode(ETHERNET, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.wire_len, 40 + RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_LENGTH_CLAMPED);
    f.length = 47; /* somebody cut the frame and forgot its length */
    assert_int_equal(decode(ETHERNET, &f, 0, &out), TCPTWIN_DECODE_TRUNCATED);

    f.bytes[16] = 0;
    f.bytes[17] = 19; /* less than a header */
    assert_int_equal(decode(ETHERNET, &f, 0, &out), TCPTWIN_DECODE_MALFORMED_IP);
}

static void lengths_come_from_ip6(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    (void)state;
    recipe_cook(&f, "ip6 tcp");
    f.bytes[4] = f.bytes[5] = 0;
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_IP_LENGTH_ZERO);
    f.bytes[4] = 0x7f;
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_LENGTH_CLAMPED);

    recipe_cook(&f, "ip6/00 0600c20400000026 tcp"); /* a jumbogram, though a small one */
    f.bytes[4] = f.bytes[5] = 0;
    f.length += 4;
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.payload_len, RECIPE_PAYLOAD);
    assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_OK);
}

static void source_routes_lead_to_the_real_destination(void **state)
{
    struct recipe_frame f;
    struct tcptwin_decoded out;
    (void)state;
    /* IPv4: the header says 10.0.0.2 (the checksum is right for it), the route goes on to 10.0.0.9 */
    recipe_cook(&f, "4700 0036 1234 0000 40060000 0a000001 0a000002 0183 0704 0a000009"
                    " 9c4000501122334455667788501801f600000000 a0a1a2a3a4a5");
    assert_int_equal(decode(IP4, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.dst.bytes[15], 9);
    f.bytes[23] = 8; /* all hops done */
    assert_int_equal(decode(IP4, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.dst.bytes[15], 2);

    recipe_cook(&f, "ip6/2b 06020001 00000000 20010db8000000000000000000000009 tcp");
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.dst.bytes[15], 9);
    f.bytes[43] = 0;
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.dst.bytes[15], 2);

    recipe_cook(&f, "ip6/3c 0602 01020000 c91020010db8000000000000000000000007 tcp");
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.src.bytes[15], 7); /* a mobile node's home address */

    recipe_cook(&f, "ip6/2b 06020001 00000000 20010db8000000000000000000000009 tcp");
    f.bytes[42] = 3; /* a type that nobody knows: nothing can be said */
    f.bytes[43] = 1;
    assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
    assert_int_equal(out.segment.notes & CHECKSUM_NOTES, 0);
}

/* A frame whose checksum can be made: where its lengths, addresses and TCP are. */
struct summed {
    const char *recipe;
    int link_type;
    size_t length_at, counted_from; /* IP's length field, and the first byte that it counts */
    size_t addresses_at, tcp_at;
};

/* Give it @length bytes of payload; all ones if @ones. */
static void fill(const struct summed *kind, struct recipe_frame *f, unsigned length, bool ones)
{
    uint32_t sum = 6 + 20 + length;
    uint8_t *field;
    recipe_cook(f, kind->recipe);
    f->length = kind->tcp_at + 20 + length;
    f->bytes[kind->length_at] = (uint8_t)((f->length - kind->counted_from) >> 8);
    f->bytes[kind->length_at + 1] = (uint8_t)(f->length - kind->counted_from);
    for (unsigned i = 0; i < length; i++)
        f->bytes[kind->tcp_at + 20 + i] = ones ? 0xff : (uint8_t)(i * 37 + length);
    field = f->bytes + kind->tcp_at + 16;
    field[0] = field[1] = 0;
    for (size_t i = kind->addresses_at; i < f->length; i++)
        sum += i % 2 ? f->bytes[i] : (uint32_t)f->bytes[i] << 8;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    field[0] = (uint8_t)(sum >> 8);
    field[1] = (uint8_t)sum;
}

/* Any single wrong bit of the segment or its addresses shows; lengths from 0 to 400 payload bytes. */
static void checksums_are_verified(void **state)
{
    static const struct summed kinds[] = {{"ip6 tcp", IP6, 4, 40, 8, 40},
                                          {"eth/0800 ip4 tcp", ETHERNET, 16, 14, 26, 34}};
    (void)state;
    for (unsigned i = 0; i < 2 * 2 * 401; i++) {
        const struct summed *kind = &kinds[i & 1];
        unsigned length = i >> 2;
        struct recipe_frame f;
        struct tcptwin_decoded out;
        fill(kind, &f, length, i & 2);
        assert_int_equal(decode(kind->link_type, &f, 0, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.payload_len, length);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_OK);
        size_t wrong = kind->addresses_at + length % (f.length - kind->addresses_at);
        if (wrong == kind->tcp_at + 12) /* the data offset */
            wrong++;
        f.bytes[wrong] ^= 0x10;
        assert_int_equal(decode(kind->link_type, &f, 0, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_BAD);
        fill(kind, &f, length + 1, i & 2); /* one byte less captured than sent */
        assert_int_equal(decode(kind->link_type, &f, (uint32_t)f.length - 1, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.notes, 0);
    }
}

/* What a sender leaves to its network card, with the length (Linux) or without it. */
static void partial_checksums_are_known(void **state)
{
    (void)state;
    for (unsigned counted = 0; counted < 2; counted++) {
        struct recipe_frame f;
        struct tcptwin_decoded out;
        uint32_t sum = 6;
        recipe_cook(&f, "ip6 tcp");
        sum += counted ? (uint32_t)f.length - 40 : 0;
        for (size_t i = 8; i < 40; i++)
            sum += i % 2 ? f.bytes[i] : (uint32_t)f.bytes[i] << 8;
        while (sum >> 16)
            sum = (sum & 0xffff) + (sum >> 16);
        f.bytes[56] = (uint8_t)(sum >> 8);
        f.bytes[57] = (uint8_t)sum;
        assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_CHECKSUM_PARTIAL);
        f.bytes[57]++;
        assert_int_equal(decode(IP6, &f, 0, &out), TCPTWIN_DECODE_TCP);
        assert_int_equal(out.segment.notes, TCPTWIN_NOTE_CHECKSUM_BAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(options_have_their_values),
        cmocka_unit_test(usual_option_lists_are_read_as_any),
        cmocka_unit_test(without_ack_there_is_no_ack),
        cmocka_unit_test(a_cut_option_list_keeps_what_is_there),
        cmocka_unit_test(lengths_come_from_ip),
        cmocka_unit_test(lengths_come_from_ip6),
        cmocka_unit_test(source_routes_lead_to_the_real_destination),
        cmocka_unit_test(checksums_are_verified),
        cmocka_unit_test(partial_checksums_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

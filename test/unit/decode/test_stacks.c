/* test_stacks.c - every way through the decoder, whole and cut at every byte (stacks.def) */
#include "recipe.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct stack {
    const char *name;
    int link_type;
    const char *recipe;
    enum tcptwin_decode_result result;
    bool tunneled;
} stacks[] = {
#define STACK(name_, link_, recipe_, result_, tunneled_) \
    {name_, link_, recipe_, TCPTWIN_DECODE_##result_, tunneled_},
#include "stacks.def"
};
enum { STACKS = sizeof stacks / sizeof stacks[0] };

static const char *current;

/** is() - assert_int_equal() that says which frame it was. */
static void is(uint64_t got, uint64_t want, const char *what)
{
    if (got != want)
        fail_msg("%s: %s is %llu, not %llu", current, what, (unsigned long long)got,
                 (unsigned long long)want);
}

/** is_usual_segment() - What every part of a cut frame must still say, if it says anything. */
static void is_usual_segment(const struct tcptwin_segment *s, const struct stack *stack)
{
    struct tcptwin_address src = recipe_address(s->ip_version, 1);
    struct tcptwin_address dst = recipe_address(s->ip_version, 2);
    is(s->ts_ns, 77, "ts_ns");
    is(s->frame, 9, "frame");
    is(s->src_port, RECIPE_SRC_PORT, "src_port");
    is(s->dst_port, RECIPE_DST_PORT, "dst_port");
    is(s->seq, RECIPE_SEQ, "seq");
    is(s->ack, RECIPE_ACK, "ack");
    is(s->ack_raw, RECIPE_ACK, "ack_raw");
    is(s->flags, TCPTWIN_ACK | TCPTWIN_PSH, "flags");
    is(s->payload_len, RECIPE_PAYLOAD, "payload_len");
    is(s->ttl, RECIPE_TTL, "ttl");
    is(s->ip_id, s->ip_version == 4 ? RECIPE_IP_ID : 0, "ip_id");
    is(memcmp(&s->src, &src, sizeof src) == 0, true, "src");
    is(memcmp(&s->dst, &dst, sizeof dst) == 0, true, "dst");
    is(!!(s->notes & TCPTWIN_NOTE_TUNNELED), stack->tunneled, "tunneled");
}

static void is_usual_error(const struct tcptwin_icmp_error *e)
{
    struct tcptwin_address src = recipe_address(e->ip_version, 1);
    struct tcptwin_address dst = recipe_address(e->ip_version, 2);
    is(e->ts_ns, 77, "ts_ns");
    is(e->frame, 9, "frame");
    is(e->src_port, RECIPE_SRC_PORT, "src_port");
    is(e->dst_port, RECIPE_DST_PORT, "dst_port");
    is(e->seq, RECIPE_SEQ, "seq");
    is(memcmp(&e->src, &src, sizeof src) == 0, true, "src");
    is(memcmp(&e->dst, &dst, sizeof dst) == 0, true, "dst");
    is(memcmp(&e->reporter, &src, sizeof src) == 0, true, "reporter");
}

/* The frame of stack @i, and a decoder for it. */
static struct tcptwin_decoder *begin(size_t i, size_t fragment_bytes, struct recipe_frame *f)
{
    current = stacks[i].name;
    recipe_cook(f, stacks[i].recipe);
    return recipe_decoder(stacks[i].link_type, fragment_bytes);
}

/* Whatever comes out: nothing beyond @length is read. */
static void is_survived(struct tcptwin_decoder *d, struct recipe_guard *guard, const uint8_t *bytes,
                        uint32_t length)
{
    struct tcptwin_decoded out;
    const uint8_t *at = recipe_guard_put(guard, bytes, length);
    is(tcptwin_decode(d, at, length, length, 77, 9, &out) < TCPTWIN_DECODE_COUNT, true, "result");
}

static void every_stack_is_recognised(void **state)
{
    (void)state;
    for (size_t i = 0; i < STACKS; i++) {
        struct recipe_frame f;
        struct tcptwin_decoded out;
        struct tcptwin_decoder *d = begin(i, 0, &f);
        uint32_t length = (uint32_t)f.length;
        is(tcptwin_decode(d, f.bytes, length, length, 77, 9, &out), stacks[i].result, "result");
        if (stacks[i].result == TCPTWIN_DECODE_TCP) {
            is_usual_segment(&out.segment, &stacks[i]);
            if (strcmp(stacks[i].name, "vlan") == 0 || strcmp(stacks[i].name, "cooked_vlan") == 0)
                is(out.segment.vlan_id, 100, "vlan_id");
            else if (strcmp(stacks[i].name, "ethernet_ip4") == 0)
                is(out.segment.vlan_id, 0, "vlan_id");
            is(out.segment.window, RECIPE_WINDOW, "window");
            is(out.segment.notes & (0xffff ^ TCPTWIN_NOTE_TUNNELED), TCPTWIN_NOTE_CHECKSUM_OK, "notes");
        } else if (stacks[i].result == TCPTWIN_DECODE_ICMP_ERROR) {
            is_usual_error(&out.icmp);
        }
        free(d);
    }
}

/* A cut frame says the same as the whole one, or that it was cut, or nothing: never something else. */
static void a_cut_frame_tells_no_lie(void **state)
{
    struct recipe_guard *guard = recipe_guard_new();
    (void)state;
    for (size_t i = 0; i < STACKS; i++) {
        struct recipe_frame f;
        struct tcptwin_decoder *d = begin(i, 0, &f);
        for (uint32_t cut = 0; cut < f.length; cut++) {
            struct tcptwin_decoded out;
            const uint8_t *at = recipe_guard_put(guard, f.bytes, cut);
            enum tcptwin_decode_result got =
                tcptwin_decode(d, at, cut, (uint32_t)f.length, 77, 9, &out);
            bool may_be = got == stacks[i].result || got == TCPTWIN_DECODE_TRUNCATED ||
                          got == TCPTWIN_DECODE_OTHER;
            if (stacks[i].result == TCPTWIN_DECODE_TCP)
                may_be = got == TCPTWIN_DECODE_TCP || got == TCPTWIN_DECODE_TRUNCATED;
            if (!may_be)
                fail_msg("%s cut to %u: %s", current, cut, tcptwin_decode_word(got)->name);
            if (got == TCPTWIN_DECODE_TCP) {
                is_usual_segment(&out.segment, &stacks[i]);
                bool whole_header = out.segment.window == RECIPE_WINDOW;
                is(whole_header || (out.segment.notes & TCPTWIN_NOTE_OPTIONS_CUT), true, "cut noted");
                is(out.segment.notes & TCPTWIN_NOTE_CHECKSUM_BAD, 0, "bad checksum");
            } else if (got == TCPTWIN_DECODE_ICMP_ERROR) {
                is_usual_error(&out.icmp);
            }
        }
        free(d);
    }
    recipe_guard_free(guard);
}

/* A frame that was sent that short, with headers that promise more. */
static void a_short_frame_is_survived(void **state)
{
    struct recipe_guard *guard = recipe_guard_new();
    (void)state;
    for (size_t i = 0; i < STACKS; i++) {
        struct recipe_frame f;
        struct tcptwin_decoder *d = begin(i, 65536, &f);
        for (uint32_t cut = 0; cut < f.length; cut++)
            is_survived(d, guard, f.bytes, cut);
        free(d);
    }
    recipe_guard_free(guard);
}

/* One bit wrong anywhere: whatever comes out, nothing is read beyond the frame. */
static void any_wrong_bit_is_survived(void **state)
{
    struct recipe_guard *guard = recipe_guard_new();
    (void)state;
    for (size_t i = 0; i < STACKS; i++) {
        struct recipe_frame f;
        struct tcptwin_decoder *d = begin(i, 65536, &f);
        for (size_t bit = 0; bit < f.length * 8; bit++) {
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            is_survived(d, guard, f.bytes, (uint32_t)f.length);
            f.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(d);
    }
    recipe_guard_free(guard);
}

static void link_types_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < STACKS; i++)
        assert_int_equal(tcptwin_link_type_supported(stacks[i].link_type), stacks[i].link_type != 999);
    assert_false(tcptwin_link_type_supported(-1));
    struct recipe_frame f;
    struct tcptwin_decoded out;
    struct tcptwin_decoder *d = recipe_decoder(999, 0);
    recipe_cook(&f, "ip4 tcp");
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, 0, 0, 1, &out), TCPTWIN_DECODE_OTHER);
    tcptwin_decoder_link_type(d, 101);
    assert_int_equal(tcptwin_decode(d, f.bytes, (uint32_t)f.length, 0, 0, 1, &out), TCPTWIN_DECODE_TCP);
    free(d);
}

static uint32_t scope_of(const char *recipe, bool vlan, bool tunnel, bool turned)
{
    struct tcptwin_decode_options options = {.link_type = 1, .scope_vlan = vlan, .scope_tunnel = tunnel};
    struct recipe_frame f;
    struct tcptwin_decoded out;
    struct tcptwin_decoder *d =
        tcptwin_decoder_init(malloc(tcptwin_decoder_size(&options)), &options);
    recipe_cook(&f, recipe);
    if (turned) { /* the outer IPv4 addresses change places */
        uint8_t address[4];
        memcpy(address, f.bytes + 26, 4);
        memcpy(f.bytes + 26, f.bytes + 30, 4);
        memcpy(f.bytes + 30, address, 4);
    }
    uint32_t length = (uint32_t)f.length;
    assert_int_equal(tcptwin_decode(d, f.bytes, length, length, 0, 1, &out), TCPTWIN_DECODE_TCP);
    free(d);
    return out.segment.scope;
}

static void scopes_tell_apart_what_was_asked(void **state)
{
    static const char vlan_1[] = "eth/8100 00010800 ip4 tcp", vlan_2[] = "eth/8100 20020800 ip4 tcp";
    static const char vni_1[] = "eth/0800 ip4 udp/4789 0800000000000100 eth/0800 ip4 tcp";
    static const char vni_2[] = "eth/0800 ip4 udp/4789 0800000000000200 eth/0800 ip4 tcp";
    (void)state;
    assert_int_equal(scope_of(vlan_1, false, true, false), 0);
    assert_int_equal(scope_of("eth/8100 00000800 ip4 tcp", true, true, false), 0);
    assert_int_not_equal(scope_of(vlan_1, true, false, false), 0);
    assert_int_not_equal(scope_of(vlan_1, true, false, false), scope_of(vlan_2, true, false, false));
    assert_int_equal(scope_of(vni_1, true, false, false), 0);
    assert_int_not_equal(scope_of(vni_1, false, true, false), scope_of(vni_2, false, true, false));
    assert_int_equal(scope_of(vni_1, false, true, false), scope_of(vni_1, false, true, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stack_is_recognised),    cmocka_unit_test(a_cut_frame_tells_no_lie),
        cmocka_unit_test(a_short_frame_is_survived),    cmocka_unit_test(any_wrong_bit_is_survived),
        cmocka_unit_test(link_types_are_known),         cmocka_unit_test(scopes_tell_apart_what_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

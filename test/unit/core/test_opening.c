/* test_opening.c - what an opening comes to is what its segments would have come to one by one: the connection that
 * it shows, and what is concluded of it */
#include "heap.h"
#include "conclude_opening.h"
#include "conn.h"
#include "observe.h"
#include "opening.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

enum { ROUNDS = 40000 };
#define STREAM UINT64_C(0x1234567890)

struct rig {
    struct heap heap;
    struct slab_budget budget;
    struct slab slab;
    uint64_t chance;
    uint64_t pace_ns; /* of the segments of one round */
    struct conclusion at_once, from_conn;
};

static unsigned chance(struct rig *rig, unsigned below)
{
    rig->chance = rig->chance * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (unsigned)(rig->chance >> 33) % below;
}

/* Header fields and options as a SYN, SYN-ACK or ACK may have them, now and then one that no opening takes. */
static struct tcptwin_segment make(struct rig *rig, const struct tcptwin_segment *before, unsigned flags)
{
    static const uint16_t notes[] = {0, 0, TCPTWIN_NOTE_CHECKSUM_OK, TCPTWIN_NOTE_CHECKSUM_OK, TCPTWIN_NOTE_TUNNELED,
                                     TCPTWIN_NOTE_CHECKSUM_BAD};
    struct tcptwin_segment segment = {
        .ts_ns = before->ts_ns + chance(rig, 4) * rig->pace_ns + chance(rig, 2),
        .frame = before->frame + chance(rig, 8),
        .wire_len = 40 + chance(rig, 40), .scope = before->scope, .tsval = chance(rig, 100), .tsecr = chance(rig, 100),
        .ip_id = chance(rig, 3), .window = (uint16_t)chance(rig, 200), .notes = notes[chance(rig, 6)],
        .mss = (uint16_t)chance(rig, 2000), .vlan_id = (uint16_t)chance(rig, 3),
        .flags = (uint8_t)(flags | (chance(rig, 4) ? 0 : TCPTWIN_ECE)), .ip_version = 4,
        .ttl = (uint8_t)(60 + chance(rig, 5)), .wscale = (uint8_t)chance(rig, 16)};
    if (chance(rig, 2))
        segment.options |= TCPTWIN_OPT_MSS;
    if (chance(rig, 2))
        segment.options |= TCPTWIN_OPT_WSCALE;
    if (chance(rig, 2))
        segment.options |= TCPTWIN_OPT_SACK_PERMITTED;
    if (chance(rig, 2))
        segment.options |= TCPTWIN_OPT_TIMESTAMPS;
    return segment;
}

static void make_handshake(struct rig *rig, struct tcptwin_segment segment[OPENING_MAX], unsigned dir)
{
    static const uint64_t paces[] = {1000, 1000000, 10000000, 200000000, 3000000000, 12000000000};
    struct tcptwin_segment start = {.ts_ns = chance(rig, 8) ? 1000000000000 : 1, .frame = chance(rig, 5)};
    rig->pace_ns = paces[chance(rig, 6)];
    struct tcptwin_address address[2] = {{.bytes = {[10] = 255, [11] = 255, [15] = 1}},
                                         {.bytes = {[10] = 255, [11] = 255, [15] = 2}}};
    bool v6 = chance(rig, 2);
    segment[0] = make(rig, &start, TCPTWIN_SYN);
    segment[1] = make(rig, &segment[0], TCPTWIN_SYN | TCPTWIN_ACK);
    segment[2] = make(rig, &segment[1], TCPTWIN_ACK);
    segment[0].tsecr = !chance(rig, 8);
    if (chance(rig, 8))
        segment[2].options &= (uint16_t)~TCPTWIN_OPT_MSS;
    segment[0].seq = chance(rig, 3) - 1;
    segment[1].seq = chance(rig, 3) - 1;
    segment[1].ack = segment[1].ack_raw = segment[2].seq = segment[0].seq + 1;
    segment[2].ack = segment[2].ack_raw = segment[1].seq + 1;
    for (unsigned i = 0; i < OPENING_MAX; i++) {
        unsigned from = i == 1 ? !dir : dir;
        segment[i].ip_version = v6 ? 6 : 4;
        address[i % 2].bytes[0] = v6 ? 0x20 : 0;
        segment[i].src = address[from];
        segment[i].dst = address[!from];
        segment[i].src_port = (uint16_t)(1000 + from);
        segment[i].dst_port = (uint16_t)(1000 + !from);
    }
}

/* Up to @wanted of them, as many as it takes. */
static void pack(struct opening *opening, struct opening_rest *rest, const struct tcptwin_segment *segment,
                 unsigned wanted, unsigned dir)
{
    if (!opening_begins(segment))
        return;
    opening_begin(opening, segment, STREAM, dir);
    for (unsigned i = 1; i < wanted; i++) {
        if (!opening_goes_on(opening, rest, &segment[i], i == 1 ? !dir : dir))
            return;
        opening_go_on(opening, rest, &segment[i]);
    }
}

static void clear(struct conn *conn, const struct opened *opened)
{
    memset(conn, 0, sizeof *conn);
    memcpy(conn->address, opened->address, sizeof conn->address);
    memcpy(conn->port, opened->port, sizeof conn->port);
    conn->scope = opened->scope;
    conn->ip_version = opened->ip_version;
}

static void assert_same(struct conn *shown, struct conn *observed)
{
    struct record records[2][JOURNAL_MAX];
    unsigned count = journal_sorted(&shown->journal, records[0]);
    assert_int_equal(count, journal_sorted(&observed->journal, records[1]));
    assert_memory_equal(records[0], records[1], count * sizeof records[0][0]);
    assert_int_equal(!shown->anomalies, !observed->anomalies);
    if (shown->anomalies)
        assert_memory_equal(&shown->anomalies->record, &observed->anomalies->record, sizeof shown->anomalies->record);
    struct conn one = *shown, other = *observed;
    one.journal.records = other.journal.records = NULL;
    one.anomalies = other.anomalies = NULL;
    assert_memory_equal(&one, &other, sizeof one);
}

static void assert_same_step(const struct tcptwin_transition *a, const struct tcptwin_transition *b)
{
    assert_int_equal(a->endpoint, b->endpoint);
    assert_int_equal(a->from, b->from);
    assert_int_equal(a->to, b->to);
    assert_int_equal(a->event, b->event);
    assert_int_equal(a->basis, b->basis);
    assert_int_equal(a->has_endpoint_ts, b->has_endpoint_ts);
    assert_int_equal(a->ts_ns, b->ts_ns);
    assert_int_equal(a->endpoint_ts_ns, b->endpoint_ts_ns);
    assert_int_equal(a->dwell_ns, b->dwell_ns);
    assert_int_equal(a->proof_frame, b->proof_frame);
    assert_int_equal(a->segment.frame, b->segment.frame);
    assert_int_equal(a->segment.ts_ns, b->segment.ts_ns);
    assert_int_equal(a->segment.seq, b->segment.seq);
    assert_int_equal(a->segment.ack, b->segment.ack);
    assert_int_equal(a->segment.len, b->segment.len);
    assert_int_equal(a->segment.window, b->segment.window);
    assert_int_equal(a->segment.flags, b->segment.flags);
    assert_int_equal(a->segment.sender, b->segment.sender);
    assert_int_equal(a->segment.has_ack, b->segment.has_ack);
    assert_int_equal(a->segment.icmp, b->segment.icmp);
}

/* Return: whether there is a short way. */
static bool concludes_the_same(struct rig *rig, const struct opened *opened, const struct conn *conn)
{
    static const uint16_t give_up_s[] = {0, 1, 75, 127};
    uint64_t last_ns = opened->segment[opened->count - 1].ts_ns;
    struct surroundings surroundings = {
        .origin_ns = 1, .timers = tcptwin_profile_timers(TCPTWIN_PROFILE_LINUX), .final = chance(rig, 2) != 0,
        .end_ts_ns = last_ns + chance(rig, 4) * (chance(rig, 2) ? 500000000u : 60000000000u),
        .end_reason = chance(rig, 2) ? TCPTWIN_END_EOF : TCPTWIN_END_IDLE_TIMEOUT};
    surroundings.timers.syn_give_up_s = give_up_s[chance(rig, 4)];
    surroundings.timers.syn_received_give_up_s = give_up_s[chance(rig, 4)];
    for (unsigned x = 0; x < 2; x++)
        surroundings.hosts[x] = (struct host_clock){chance(rig, 3) * (uint32_t)(rig->pace_ns / 3 % 40000000),
                                                    chance(rig, 2) != 0};
    conclude(&rig->from_conn, conn, &surroundings);
    if (!conclude_opening(&rig->at_once, opened, &surroundings))
        return false;
    struct tcptwin_connection one = rig->at_once.connection, other = rig->from_conn.connection;
    assert_int_equal(one.anomaly_count, 0);
    assert_int_equal(one.transition_count, other.transition_count);
    for (unsigned i = 0; i < one.transition_count; i++)
        assert_same_step(&one.transitions[i], &other.transitions[i]);
    assert_ptr_equal(one.transitions, rig->at_once.transitions);
    assert_ptr_equal(one.anomalies, rig->at_once.anomalies);
    one.transitions = other.transitions = NULL;
    one.anomalies = other.anomalies = NULL;
    assert_memory_equal(&one, &other, sizeof one);
    return true;
}

static void shows_what_its_segments_show(void **state)
{
    (void)state;
    static struct rig rig = {.chance = 1};
    unsigned of_count[OPENING_MAX + 1] = {0}, short_ways[OPENING_MAX + 1] = {0}, foreign = 0;
    rig.budget = (struct slab_budget){heap_allocator(&rig.heap), SIZE_MAX, 0};
    slab_init(&rig.slab, &rig.budget);
    conn_piece_sizes(&rig.slab);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tcptwin_segment segment[OPENING_MAX];
        struct tcptwin_address ends[2];
        struct opening_rest rest;
        struct opened opened;
        struct conn shown, observed;
        unsigned dir = chance(&rig, 2);
        make_handshake(&rig, segment, dir);
        struct opening opening = {.port = {1000, 1001},
                                  .scope = segment->scope,
                                  .ip_version = segment->ip_version & 7u};
        for (unsigned x = 0; x < 2; x++) {
            ends[x] = x == dir ? segment->src : segment->dst;
            memcpy(opening.ends.v4[x], &ends[x].bytes[12], 4);
        }
        if (segment->ip_version == 6)
            opening.ends.v6 = ends;
        pack(&opening, &rest, segment, 1 + chance(&rig, OPENING_MAX), dir);
        of_count[opening.count]++;
        if (!opening.count)
            continue;
        opening_read(&opening, &rest, &opened);
        clear(&shown, &opened);
        clear(&observed, &opened);
        opened_show(&opened, &shown, &rig.slab);
        conn_start(&observed, STREAM, 1, segment, dir);
        for (unsigned i = 0; i < opening.count; i++)
            observe_segment(&observed, &rig.slab, &segment[i], i == 1 ? !dir : dir);
        assert_same(&shown, &observed);
        foreign += observed.anomalies != NULL;
        short_ways[opening.count] += concludes_the_same(&rig, &opened, &observed);
        conn_release(&shown, &rig.slab);
        conn_release(&observed, &rig.slab);
    }
    for (unsigned count = 0; count <= OPENING_MAX; count++)
        assert_true(of_count[count] > ROUNDS / 100);
    assert_true(foreign > ROUNDS / 200); /* an ACK without the timestamps that were agreed upon */
    assert_int_equal(short_ways[1], of_count[1]);
    for (unsigned count = 2; count <= OPENING_MAX; count++)
        assert_true(short_ways[count] > of_count[count] / 4 && short_ways[count] < of_count[count]);
    slab_release(&rig.slab);
}

/* The decoder leaves in it what was there: whether a connection is an opening, and so what is evicted at the memory
 * limit, would depend on that. */
static void a_field_of_no_option_has_no_value(void **state)
{
    struct tcptwin_segment syn = {.ts_ns = 1, .frame = 1, .wire_len = 40, .window = 1, .flags = TCPTWIN_SYN,
                                  .ip_version = 4, .mss = UINT16_MAX, .wscale = 15, .user_timeout = UINT16_MAX};
    (void)state;
    assert_true(opening_begins(&syn));
    syn.options = TCPTWIN_OPT_WSCALE;
    assert_false(opening_begins(&syn));
    syn.wscale = 14;
    assert_true(opening_begins(&syn));
}

/* ... and what a field would lose, is packed into none. */
static void what_does_not_fit_is_no_opening(void **state)
{
    static const struct {
        uint16_t vlan_id, notes;
        bool fits;
    } cases[] = {{4095, 0, true}, {4096, 0, false}, {0, 1 << 8, true}, {0, 1 << 9, false}};
    struct tcptwin_segment syn = {.ts_ns = 1, .frame = 1, .window = 1, .flags = TCPTWIN_SYN, .ip_version = 4};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        syn.vlan_id = cases[i].vlan_id;
        syn.notes = cases[i].notes;
        assert_int_equal(opening_begins(&syn), cases[i].fits);
    }
}

/* Who connects to itself is both ends at once; ports or an address alone that are the same are nothing odd. */
static void own_peer_is_looked_at_closely(void **state)
{
    static const struct {
        uint8_t last_byte;
        uint16_t port;
        bool short_way;
    } others[] = {{1, 1000, false}, {1, 1001, true}, {2, 1000, true}};
    static struct conclusion conclusion;
    struct surroundings surroundings = {.end_ts_ns = 1};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct opened opened = {.address = {{.bytes = {[15] = 1}}, {.bytes = {[15] = others[i].last_byte}}},
                                .port = {1000, others[i].port}, .ip_version = 6, .count = 1, .segment = {{.ts_ns = 1}}};
        assert_int_equal(conclude_opening(&conclusion, &opened, &surroundings), others[i].short_way);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shows_what_its_segments_show),
                                       cmocka_unit_test(what_does_not_fit_is_no_opening),
                                       cmocka_unit_test(own_peer_is_looked_at_closely),
                                       cmocka_unit_test(a_field_of_no_option_has_no_value)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_room.c - who is evicted at the memory limit, and how many, at the bounds of room.c */
#include "context.h"
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* of room.c */
enum { LOOK = 16, LONG = 256, SPARSE = 16, PART = 128 };

enum kind { ACK, DATA_BACK, RESET, SYN, KINDS };

/* One segment of connection @n, which is known by its port. */
static void feed(struct rig *rig, enum kind kind, unsigned n, double seconds)
{
    static const char *const texts[KINDS] = {"0.000 A A 1:1 1\n", "0.000 B PA 1:11 1\n", "0.000 A R 1:1\n",
                                             "0.000 A S 0:0\n"};
    static struct seg_script scripts[KINDS];
    for (unsigned i = 0; i < KINDS && !scripts[i].count; i++)
        scripts[i] = rig_parse(texts[i]);
    struct tcptwin_segment segment = scripts[kind].packets[0].segment;
    segment.ts_ns += (uint64_t)(seconds * 1e9);
    *(kind == DATA_BACK ? &segment.dst_port : &segment.src_port) = (uint16_t)(10000 + n);
    tcptwin_feed(rig->tcptwin, &segment);
}

static unsigned number_of(const struct rig_connection *connection)
{
    return connection->said.endpoint[0].port - 10000u;
}

static void open_rig(struct rig *rig)
{
    rig_init(rig);
    assert_true(rig_open(rig));
}

/* With a MiB, and somebody who takes what departs. */
static void open_small_rig(struct rig *rig, const struct tcptwin_pipeline *pipeline)
{
    rig_init(rig);
    rig->options.memory_limit = 1 << 20;
    rig->options.pipeline = pipeline;
    assert_true(rig_open(rig));
}

static void close_rig(struct rig *rig)
{
    rig_finish(rig);
    rig_close(rig);
}

/* Where the next victim is looked for: so many places are looked at from there on, one after the other. */
static uint32_t next_hand(const struct tcptwin *t, uint32_t room)
{
    return (t->evict_hand * 1664525u + 1013904223u) % room;
}

/* As many as there is room for, of which one has ended: it is evicted if it stands among those that are looked at. */
static bool is_found(bool others_are_open, uint32_t distance)
{
    struct rig rig;
    open_rig(&rig);
    feed(&rig, ACK, 0, 0);
    uint32_t room = flow_room(&rig.tcptwin->table);
    assert_true(room > LONG + 1);
    for (unsigned n = 1; n < room; n++)
        feed(&rig, ACK, n, 0);
    for (unsigned n = 0; n < room && others_are_open; n++)
        feed(&rig, DATA_BACK, n, 0);
    assert_int_equal(flow_room(&rig.tcptwin->table), room);
    const struct conn *ended = flow_at(&rig.tcptwin->table, (next_hand(rig.tcptwin, room) + distance) % room);
    assert_non_null(ended);
    unsigned number = ended->port[0] - 10000u;
    feed(&rig, RESET, number, 0);
    assert_true(evict_some(rig.tcptwin, NULL));
    bool found = number_of(&rig.connections[0]) == number;
    close_rig(&rig);
    return found;
}

static void so_many_are_looked_at(void **unused)
{
    static const struct {
        bool open;
        uint32_t distance;
        bool found;
    } cases[] = {{false, 0, true}, {false, 1, true}, {false, LOOK - 1, true}, {false, LOOK, false},
                 {true, 0, true},  {true, LOOK, true}, {true, LONG - 1, true}, {true, LONG, false}};
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(is_found(cases[i].open, cases[i].distance), cases[i].found);
}

/* All of one rank, among as many as are looked at: who was heard last the longest time ago goes. */
static void the_least_recently_seen_goes(void **unused)
{
    static const uint32_t distances[] = {0, 1, LOOK / 2, LOOK - 1};
    (void)unused;
    for (size_t i = 0; i < COUNT(distances); i++) {
        struct rig rig;
        open_rig(&rig);
        feed(&rig, ACK, 0, 0);
        uint32_t room = flow_room(&rig.tcptwin->table);
        for (unsigned n = 1; n < room; n++)
            feed(&rig, ACK, n, 0);
        const struct conn *oldest =
            flow_at(&rig.tcptwin->table, (next_hand(rig.tcptwin, room) + distances[i]) % room);
        unsigned number = oldest->port[0] - 10000u;
        for (unsigned n = 0; n < room; n++)
            feed(&rig, ACK, n, n == number ? 1 : 2 + n);
        assert_true(evict_some(rig.tcptwin, NULL));
        assert_int_equal(number_of(&rig.connections[0]), number);
        close_rig(&rig);
    }
}

/* One that is open goes after one that nobody answered, though nothing was heard of it for longer. */
static void who_is_open_stays(void **unused)
{
    struct rig rig;
    (void)unused;
    open_rig(&rig);
    feed(&rig, ACK, 0, 0);
    feed(&rig, DATA_BACK, 0, 0);
    feed(&rig, ACK, 1, 1);
    assert_true(evict_some(rig.tcptwin, NULL));
    assert_int_equal(number_of(&rig.connections[0]), 1);
    close_rig(&rig);
}

/* An open connection stays while there is an unanswered SYN; unless there are but few of those. */
static void few_openings_are_not_looked_for(void **unused)
{
    enum { FULL = FLOW_BLOCK / SPARSE };
    static const unsigned counts[] = {0, 1, FULL - 1, FULL, FULL + 1};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct rig rig;
        open_rig(&rig);
        feed(&rig, ACK, 0, 0);
        feed(&rig, DATA_BACK, 0, 0);
        for (unsigned n = 1; n <= counts[i]; n++)
            feed(&rig, SYN, n, 0);
        assert_int_equal(rig.tcptwin->table.openings, counts[i]);
        assert_true(evict_some(rig.tcptwin, NULL));
        assert_int_equal(rig.connection_count, 1 + (1 + counts[i]) / PART);
        assert_int_equal(number_of(&rig.connections[0]) != 0, counts[i] >= FULL);
        close_rig(&rig);
    }
}

static void the_more_are_held_the_more_go_at_once(void **unused)
{
    static const struct {
        unsigned held, evicted;
    } cases[] = {{0, 0}, {1, 1}, {PART - 1, 1}, {PART, 2}, {PART + 1, 2},
                 {(TCPTWIN_DEPARTURES - 1) * PART - 1, TCPTWIN_DEPARTURES - 1},
                 {(TCPTWIN_DEPARTURES - 1) * PART, TCPTWIN_DEPARTURES},
                 {TCPTWIN_DEPARTURES * PART, TCPTWIN_DEPARTURES}};
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rig rig;
        open_rig(&rig);
        for (unsigned n = 0; n < cases[i].held; n++)
            feed(&rig, ACK, n, 0);
        assert_int_equal(evict_some(rig.tcptwin, NULL), cases[i].evicted > 0);
        assert_int_equal(rig.connection_count, cases[i].evicted);
        close_rig(&rig);
    }
}

/* What departed is kept: however many are evicted, no memory comes back. */
struct hoard {
    struct tcptwin_departures lists[1024];
    size_t count;
};

static void hand_over(void *user, const struct tcptwin_departures *departures)
{
    struct hoard *hoard = user;
    assert_true(hoard->count < COUNT(hoard->lists));
    hoard->lists[hoard->count++] = *departures;
}

static void drain(void *user)
{
    (void)user;
}

/* So many are evicted for one segment, and then it is refused. */
static void evictions_for_one_segment(void **unused)
{
    static const unsigned counts[] = {0, 1, EVICT_TRIES, EVICT_TRIES + 1};
    static struct hoard hoard;
    const struct tcptwin_pipeline pipeline = {hand_over, drain, &hoard};
    (void)unused;
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct rig rig;
        hoard.count = 0;
        open_small_rig(&rig, &pipeline);
        unsigned n = 0;
        for (; n < counts[i]; n++) {
            feed(&rig, ACK, n, 0);
            feed(&rig, DATA_BACK, n, 0);
        }
        for (; !rig_stats(&rig).refused_segments; n++) { /* until there is no memory left: these end, and depart */
            feed(&rig, ACK, n, 0.1);
            feed(&rig, RESET, n, 0.1);
        }
        rig_advance(&rig, 1000);
        struct tcptwin_stats before = rig_stats(&rig);
        assert_int_equal(before.open_connections, counts[i]);
        feed(&rig, ACK, n, 1000);
        struct tcptwin_stats after = rig_stats(&rig);
        assert_int_equal(after.refused_segments, before.refused_segments + 1);
        assert_int_equal(after.evicted - before.evicted, counts[i] < EVICT_TRIES ? counts[i] : EVICT_TRIES);
        assert_int_equal(after.open_connections, before.open_connections - (after.evicted - before.evicted));
        rig_finish(&rig);
        for (size_t k = 0; k < hoard.count; k++) {
            tcptwin_conclude(rig.tcptwin, &hoard.lists[k]);
            tcptwin_reclaim(rig.tcptwin, &hoard.lists[k]);
        }
        assert_int_equal(rig.connection_count, after.connections);
        rig_close(&rig);
    }
}

/* What departed gives this piece back. */
struct giver {
    struct tcptwin *t;
    void *piece;
    unsigned drained;
};

static void give_back(void *user)
{
    struct giver *giver = user;
    giver->drained++;
    slab_give(&giver->t->slab, 0, giver->piece);
    giver->piece = NULL;
}

/* No piece is left for a journal, of any size. */
static void use_up_journals(struct slab *slab)
{
    for (unsigned class = 0; class < JOURNAL_CLASSES; class++)
        while (slab_take(slab, class))
            ;
}

/* Where no memory is left for what it would become, no opening begins, though there is room for its cell. */
static void an_opening_needs_room_for_evidence(void **unused)
{
    static struct hoard hoard;
    const struct tcptwin_pipeline pipeline = {hand_over, drain, &hoard};
    struct rig rig;
    (void)unused;
    open_small_rig(&rig, &pipeline);
    feed(&rig, SYN, 0, 0);
    assert_int_equal(rig.tcptwin->table.openings, 1);
    use_up_journals(&rig.tcptwin->slab);
    feed(&rig, SYN, 1, 0);
    assert_int_equal(rig_stats(&rig).refused_segments, 1);
    close_rig(&rig);
}

/* Where no memory is left: none, one piece of any size, and one that comes back when it is asked for. */
static void a_journal_needs_one_piece(void **unused)
{
    struct giver giver = {0};
    const struct tcptwin_pipeline pipeline = {NULL, give_back, &giver}; /* nobody departs */
    struct rig rig;
    (void)unused;
    open_small_rig(&rig, &pipeline);
    giver.t = rig.tcptwin;
    struct slab *slab = &rig.tcptwin->slab;
    void *piece[] = {slab_take(slab, 0), slab_take(slab, 2)};
    use_up_journals(slab);
    assert_false(have_evidence_room(rig.tcptwin, NULL));
    slab_give(slab, 2, piece[1]);
    giver.drained = 0;
    assert_true(have_evidence_room(rig.tcptwin, NULL));
    assert_true(have_evidence_room(rig.tcptwin, NULL));
    assert_int_equal(giver.drained, 0);
    assert_ptr_equal(slab_take(slab, 2), piece[1]);
    giver.piece = piece[0];
    assert_true(have_evidence_room(rig.tcptwin, NULL));
    assert_int_equal(giver.drained, 1);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_are_looked_at),
        cmocka_unit_test(the_least_recently_seen_goes),
        cmocka_unit_test(who_is_open_stays),
        cmocka_unit_test(few_openings_are_not_looked_for),
        cmocka_unit_test(the_more_are_held_the_more_go_at_once),
        cmocka_unit_test(evictions_for_one_segment),
        cmocka_unit_test(an_opening_needs_room_for_evidence),
        cmocka_unit_test(a_journal_needs_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

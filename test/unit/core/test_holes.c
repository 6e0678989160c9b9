/* test_holes.c - what is left of the holes in a sender's numbers, over the wrap as well
 */
#include "heap.h"
#include "holes.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

static const uint32_t bases[] = {0, 1000, 0xffffff00, 0x7fffff80};

struct fixture {
    struct heap heap;
    struct slab_budget budget;
    struct slab slab;
    struct conn conn;
};

/* One sender that was at 100 and has holes at 100..200 and 300..400, and is at 500. */
static void set_up(struct fixture *f, uint32_t base)
{
    memset(f, 0, sizeof *f);
    f->budget = (struct slab_budget){.allocator = heap_allocator(&f->heap), .limit = 1 << 24};
    slab_init(&f->slab, &f->budget);
    f->slab.piece[CLASS_REST] = 2 * sizeof(struct side_rest);
    holes_add(&f->conn, &f->slab, 1, base + 100, base + 200);
    holes_add(&f->conn, &f->slab, 1, base + 300, base + 400);
    f->conn.side[1].snd_max = base + 500;
}

static void check_holes(const struct fixture *f, uint32_t base, const uint32_t (*want)[2], unsigned count)
{
    assert_int_equal(f->conn.side[1].hole_count, count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(f->conn.rest[1].holes[i].start, base + want[i][0]);
        assert_int_equal(f->conn.rest[1].holes[i].end, base + want[i][1]);
    }
    assert_int_equal(f->conn.side[0].hole_count, 0);
}

static void tear_down(struct fixture *f)
{
    slab_release(&f->slab);
    assert_int_equal(f->heap.bytes, 0);
}

static void filled(void **unused)
{
    static const struct {
        uint32_t start, end, left[2][2];
        unsigned count;
    } cases[] = {
        {100, 200, {{300, 400}}, 1},             /* whole */
        {50, 250, {{300, 400}}, 1},              /* and more */
        {100, 150, {{150, 200}, {300, 400}}, 2}, /* its beginning */
        {150, 200, {{100, 150}, {300, 400}}, 2}, /* its end */
        {120, 180, {{100, 200}, {300, 400}}, 2}, /* its middle: an upper bound */
        {50, 100, {{100, 200}, {300, 400}}, 2},  /* up to it */
        {50, 101, {{101, 200}, {300, 400}}, 2},
        {200, 300, {{100, 200}, {300, 400}}, 2}, /* between them */
        {199, 301, {{100, 199}, {301, 400}}, 2},
        {100, 400, {{0, 0}}, 0},                 /* both */
    };
    (void)unused;
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct fixture f;
            set_up(&f, bases[b]);
            holes_fill(&f.conn, 1, bases[b] + cases[i].start, bases[b] + cases[i].end);
            check_holes(&f, bases[b], cases[i].left, cases[i].count);
            tear_down(&f);
        }
}

static void acknowledged(void **unused)
{
    static const struct {
        uint32_t ack, unseen, snd_max;
        unsigned left;
    } cases[] = {
        {100, 0, 500, 2}, {199, 0, 500, 2},   {200, 100, 500, 1}, {399, 100, 500, 1},
        {400, 200, 500, 0}, {500, 200, 500, 0}, {501, 201, 501, 0}, {600, 300, 600, 0},
        {500 + SEQ_JUMP_MAX, 200, 500, 0}, {499 + SEQ_JUMP_MAX, 199 + SEQ_JUMP_MAX, 499 + SEQ_JUMP_MAX, 0},
    };
    (void)unused;
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct fixture f;
            set_up(&f, bases[b]);
            assert_int_equal(holes_acknowledge(&f.conn, 1, bases[b] + cases[i].ack), cases[i].unseen);
            assert_int_equal(f.conn.side[1].snd_max, bases[b] + cases[i].snd_max);
            assert_int_equal(f.conn.side[1].hole_count, cases[i].left);
            tear_down(&f);
        }
}

/* Holes from 100 to 200 and from 300 to 400, and unseen from 500 to 600. */
static void overlapped(void **unused)
{
    static const struct {
        uint32_t start, end;
        bool overlaps;
    } cases[] = {
        {0, 100, false},   {0, 101, true},    {100, 101, true},  {150, 160, true},  {199, 200, true}, {200, 300, false},
        {200, 301, true},  {399, 500, true},  {400, 500, false}, {400, 501, true},  {599, 700, true}, {600, 700, false},
    };
    (void)unused;
    for (size_t b = 0; b < COUNT(bases); b++) {
        struct fixture f;
        set_up(&f, bases[b]);
        assert_false(holes_overlap(&f.conn, 1, bases[b] + 499, bases[b] + 501));
        holes_note_unseen(&f.conn, &f.slab, 1, bases[b] + 600);
        for (size_t i = 0; i < COUNT(cases); i++)
            assert_int_equal(holes_overlap(&f.conn, 1, bases[b] + cases[i].start, bases[b] + cases[i].end),
                             cases[i].overlaps);
        tear_down(&f);
    }
}

/* The list is bounded: the oldest is given up, and what is acknowledged then counts the others. */
static void as_many_as_are_kept(void **unused)
{
    static const uint32_t counts[] = {0, 1, SIDE_HOLES, SIDE_HOLES + 1, 3 * SIDE_HOLES};
    (void)unused;
    for (size_t c = 0; c < COUNT(counts); c++) {
        uint32_t n = counts[c], kept = n < SIDE_HOLES ? n : SIDE_HOLES;
        struct fixture f;
        set_up(&f, 0);
        f.conn.side[1].hole_count = 0;
        for (uint32_t i = 0; i < n; i++)
            holes_add(&f.conn, &f.slab, 1, i * 10, i * 10 + 5);
        assert_int_equal(f.conn.side[1].hole_count, kept);
        for (uint32_t i = 0; i < kept; i++)
            assert_int_equal(f.conn.rest[1].holes[i].start, (n - kept + i) * 10);
        assert_int_equal(holes_acknowledge(&f.conn, 1, n * 10), kept * 5);
        assert_int_equal(f.conn.side[1].hole_count, 0);
        tear_down(&f);
    }
}

/* Numbers that only an acknowledgment told of. */
static void unseen(void **unused)
{
    static const struct {
        uint32_t start, end, left[2];
    } cases[] = {
        {450, 500, {500, 600}}, {500, 550, {550, 600}}, {490, 501, {501, 600}}, {500, 600, {600, 600}},
        {599, 601, {600, 600}}, {550, 600, {600, 600}}, {510, 550, {500, 600}}, {501, 599, {500, 600}},
    };
    (void)unused;
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct fixture f;
            set_up(&f, bases[b]);
            holes_note_unseen(&f.conn, &f.slab, 1, bases[b] + 600);
            holes_see(&f.conn, 1, bases[b] + cases[i].start, bases[b] + cases[i].end);
            assert_int_equal(f.conn.rest[1].unseen.start, bases[b] + cases[i].left[0]);
            assert_int_equal(f.conn.rest[1].unseen.end, bases[b] + cases[i].left[1]);
            tear_down(&f);
        }
}

static void what_is_not_unseen(void **unused)
{
    struct fixture f;
    (void)unused;
    set_up(&f, 0);
    holes_note_unseen(&f.conn, &f.slab, 1, 500);               /* nothing */
    holes_note_unseen(&f.conn, &f.slab, 1, 499);               /* before */
    holes_note_unseen(&f.conn, &f.slab, 1, 500 + SEQ_JUMP_MAX); /* another numbering */
    assert_int_equal(f.conn.rest[1].unseen.end, 0);
    tear_down(&f);
}

/* Only what an acknowledgment alone told of is taken back, and only by who is where it began. */
static void taken_back(void **unused)
{
    static const struct {
        uint32_t seq, snd_max, max_ack;
        bool acked, taken;
    } cases[] = {
        {500, 600, 600, true, true},
        {550, 600, 600, true, false},  /* in its middle */
        {500, 700, 700, true, false},  /* more was captured since */
        {500, 600, 550, true, false},  /* the peer had taken it back itself */
        {500, 600, 600, false, false}, /* nobody acknowledged */
        {500, 600, 600, true, true},
    };
    (void)unused;
    for (unsigned b = 0; b < COUNT(bases); b++)
        for (unsigned i = 0; i < COUNT(cases); i++) {
            struct fixture f;
            set_up(&f, bases[b]);
            struct side *sender = &f.conn.side[1], *peer = &f.conn.side[0];
            holes_note_unseen(&f.conn, &f.slab, 1, bases[b] + 600);
            f.conn.rest[1].gap_bytes = 100;
            sender->snd_max = bases[b] + cases[i].snd_max;
            peer->max_ack = bases[b] + cases[i].max_ack;
            peer->ack_known = cases[i].acked;
            assert_int_equal(holes_take_back(&f.conn, 1, bases[b] + cases[i].seq), cases[i].taken);
            assert_int_equal(f.conn.rest[1].gap_bytes, cases[i].taken ? 0 : 100);
            assert_int_equal(sender->snd_max, bases[b] + (cases[i].taken ? cases[i].seq : cases[i].snd_max));
            assert_int_equal(peer->max_ack, bases[b] + (cases[i].taken ? cases[i].seq : cases[i].max_ack));
            tear_down(&f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filled), cmocka_unit_test(acknowledged), cmocka_unit_test(overlapped),
        cmocka_unit_test(as_many_as_are_kept), cmocka_unit_test(unseen),
        cmocka_unit_test(what_is_not_unseen), cmocka_unit_test(taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

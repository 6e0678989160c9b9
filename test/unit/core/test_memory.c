/* test_memory.c - the small containers: slab, queue, graves, hosts; each with and without memory */
#include "early_icmp.h"
#include "graves.h"
#include "heap.h"
#include "hosts.h"
#include "queue.h"
#include "slab.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static struct slab_budget make_budget(struct heap *heap, size_t limit)
{
    *heap = (struct heap){0};
    return (struct slab_budget){heap_allocator(heap), limit, 0};
}

/* -- slab
 * ------------------------------------------------------------------------------------------ */

enum {
    PIECE = 1000,
    FIRST_PIECES = (SLAB_FIRST_BYTES - 64) / PIECE, /* of the first block of a class */
    BLOCK_PIECES = (SLAB_BLOCK_BYTES - 64) / PIECE,
    TWO_BLOCKS = FIRST_PIECES + BLOCK_PIECES
};

static void slab_carves_and_reuses(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct slab slab;
    static uint8_t *pieces[TWO_BLOCKS];
    (void)unused;
    slab_init(&slab, &budget);
    slab.piece[0] = PIECE;
    slab.piece[3] = 64;
    for (unsigned i = 0; i < TWO_BLOCKS; i++) {
        pieces[i] = slab_take(&slab, 0);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)(i & 0xff), PIECE); /* they must not overlap: checked below */
        assert_int_equal(heap.blocks, i < FIRST_PIECES ? 1 : 2);
    }
    for (unsigned i = 0; i < TWO_BLOCKS; i++)
        for (unsigned b = 0; b < PIECE; b++)
            assert_int_equal(pieces[i][b], i & 0xff);
    /* given back and taken again: no more memory, last in first out */
    slab_give(&slab, 0, NULL);
    for (unsigned i = 0; i < BLOCK_PIECES; i++)
        slab_give(&slab, 0, pieces[i]);
    for (unsigned i = BLOCK_PIECES; i-- > 0;)
        assert_ptr_equal(slab_take(&slab, 0), pieces[i]);
    assert_int_equal(heap.blocks, 2);
    assert_int_equal(budget.used, SLAB_FIRST_BYTES + SLAB_BLOCK_BYTES);
    /* another class has blocks of its own */
    assert_non_null(slab_take(&slab, 3));
    assert_int_equal(heap.blocks, 3);
    slab_release(&slab);
    assert_int_equal(heap.bytes, 0);
    assert_int_equal(budget.used, 0);
}

static void slab_stops_at_the_limit(void **unused)
{
    (void)unused;
    for (size_t blocks = 0; blocks < 3; blocks++)
        for (size_t off = 0; off < 2; off++) { /* one byte below and exactly at it */
            struct heap heap;
            struct slab_budget budget =
                make_budget(&heap, SLAB_FIRST_BYTES + (blocks + 1) * SLAB_BLOCK_BYTES - !off);
            struct slab slab;
            slab_init(&slab, &budget);
            slab.piece[1] = PIECE;
            size_t taken = 0;
            while (slab_take(&slab, 1))
                taken++;
            assert_int_equal(taken, FIRST_PIECES + (blocks + off) * BLOCK_PIECES);
            assert_null(slab_take(&slab, 1));
            assert_true(budget.used <= budget.limit);
            slab_release(&slab);
            assert_int_equal(heap.bytes, 0);
        }
}

static void slab_goes_on_after_a_failed_allocation(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct slab slab;
    (void)unused;
    slab_init(&slab, &budget);
    slab.piece[0] = PIECE;
    heap.fail_at = 1;
    assert_null(slab_take(&slab, 0));
    assert_int_equal(budget.used, 0);
    assert_non_null(slab_take(&slab, 0));
    slab_release(&slab);
    assert_int_equal(heap.bytes, 0);
}

static void budget_counts(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, 1000);
    (void)unused;
    void *first = budget_take(&budget, 400), *second = budget_take(&budget, 600);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(budget_take(&budget, 1));
    assert_null(budget_take(&budget, SIZE_MAX));
    budget_give(&budget, first, 400);
    assert_null(budget_take(&budget, 401));
    budget_give(&budget, NULL, 77);
    assert_int_equal(budget.used, 600);
    budget_give(&budget, second, 600);
    assert_int_equal(heap.bytes, 0);
}

/* -- queue
 * ----------------------------------------------------------------------------------------- */

static struct queue_entry entry_at(uint64_t n)
{
    return (struct queue_entry){.due_ns = n * 10, .stream = (uint32_t)n, .index = (uint32_t)n};
}

static void queue_keeps_order_while_it_wraps_and_grows(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct queue queue = {0};
    struct queue_entry entry;
    uint64_t put = 0, taken = 0;
    (void)unused;
    assert_false(queue_due(&queue, UINT64_MAX, &entry));
    assert_null(queue_peek(&queue, 0));
    for (unsigned round = 0; round < 200; round++) { /* three in, two out: blocks come and go */
        for (unsigned i = 0; i < 60; i++)
            assert_true(queue_put(&queue, &budget, entry_at(put++)));
        for (unsigned i = 0; i < 40; i++) {
            assert_false(taken && queue_due(&queue, taken * 10 - 1, &entry));
            assert_true(queue_due(&queue, taken * 10, &entry));
            assert_int_equal(entry.stream, taken++);
        }
        assert_int_equal(queue.count, put - taken);
        assert_int_equal(queue_peek(&queue, 0)->stream, taken);
        assert_int_equal(queue_peek(&queue, queue.count - 1)->stream, put - 1);
        assert_null(queue_peek(&queue, queue.count));
    }
    while (taken < put) {
        assert_true(queue_due(&queue, UINT64_MAX, &entry));
        assert_int_equal(entry.index, taken++);
    }
    assert_false(queue_due(&queue, UINT64_MAX, &entry));
    queue_release(&queue, &budget);
    assert_int_equal(heap.bytes, 0);
    assert_int_equal(budget.used, 0);
}

static void queue_without_memory_keeps_what_it_has(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct queue queue = {0};
    struct queue_entry entry;
    (void)unused;
    heap.fail_at = 1;
    assert_false(queue_put(&queue, &budget, entry_at(0)));
    heap.fail_at = 4;
    heap.fail_ever_after = true;
    uint64_t put = 0;
    while (queue_put(&queue, &budget, entry_at(put)))
        put++;
    assert_int_equal(put, 2 * QUEUE_BLOCK);
    for (uint64_t i = 0; i < put; i++) {
        assert_true(queue_due(&queue, UINT64_MAX, &entry));
        assert_int_equal(entry.stream, i);
    }
    assert_true(queue_put(&queue, &budget, entry_at(1)));
    queue_release(&queue, &budget);
    assert_int_equal(heap.bytes, 0);
}

/* -- graves
 * ---------------------------------------------------------------------------------------- */

static void graves_are_forgotten_by_age(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct graves graves = {0};
    (void)unused;
    assert_null(graves_find(&graves, 42, 1));
    struct grave grave = {.hash = 42, .value = 3, .since_s = 1000};
    graves_dig(&graves, &budget, &grave);
    static const struct {
        uint32_t now_s;
        bool found;
    } cases[] = {{1000, true}, {1001, true}, {1000 + GRAVE_S, true}, {1001 + GRAVE_S, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct grave *found = graves_find(&graves, 42, cases[i].now_s);
        assert_int_equal(found != NULL, cases[i].found);
        assert_true(!found || found->value == 3);
    }
    assert_null(graves_find(&graves, 43, 1000));
    assert_null(graves_find(&graves, 42 + GRAVE_SLOTS, 1000)); /* same bucket, other tuple */
    /* the same tuple again takes its own place */
    grave = (struct grave){.hash = 42, .value = 4, .since_s = 1500};
    graves_dig(&graves, &budget, &grave);
    assert_int_equal(graves_find(&graves, 42, 1500)->value, 4);
    graves_release(&graves);
    assert_int_equal(heap.bytes, 0);
    assert_null(graves_find(&graves, 42, 1500));
}

/* The low half of a hash is the bucket's, the high half tells them apart; dug out of order of age. */
static void a_full_bucket_gives_up_its_oldest(void **unused)
{
    static const uint32_t since[] = {50, 20, 40, 30, 60, 70};
    static const struct {
        unsigned dug;
        bool stays[6];
    } cases[] = {
        {0, {false}},
        {1, {true}},
        {GRAVE_BUCKET, {true, true, true, true}},
        {GRAVE_BUCKET + 1, {true, false, true, true, true}},
        {GRAVE_BUCKET + 2, {true, false, true, false, true, true}},
    };
    (void)unused;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct heap heap;
        struct slab_budget budget = make_budget(&heap, SIZE_MAX);
        struct graves graves = {0};
        for (uint64_t i = 0; i < cases[c].dug; i++) {
            struct grave grave = {.hash = (i + 1) << 32 | 8, .since_s = since[i]};
            graves_dig(&graves, &budget, &grave);
        }
        for (uint64_t i = 0; i < 6; i++)
            assert_int_equal(graves_find(&graves, (i + 1) << 32 | 8, 70) != NULL, cases[c].stays[i]);
        graves_release(&graves);
        assert_int_equal(heap.bytes, 0);
    }
}

static uint64_t scramble(uint64_t n)
{
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

/* Most survive growth; what is found is what was dug. */
static void graves_grow(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct graves graves = {0};
    enum { MANY = 20000 };
    unsigned kept = 0;
    (void)unused;
    for (uint64_t i = 1; i <= MANY; i++) {
        struct grave grave = {.hash = scramble(i), .value = (uint32_t)i, .since_s = 1};
        graves_dig(&graves, &budget, &grave);
    }
    for (uint64_t i = 1; i <= MANY; i++) {
        const struct grave *found = graves_find(&graves, scramble(i), 2);
        assert_true(!found || found->value == i);
        kept += found != NULL;
    }
    assert_true(kept > MANY * 9 / 10);
    graves_release(&graves);
    assert_int_equal(heap.bytes, 0);
}

/* What no split parts takes no more memory than the deepest part: the buckets give up their oldest. */
static void graves_grow_so_far(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct graves graves = {0};
    size_t most = 0;
    (void)unused;
    for (uint64_t i = 1; i <= 40 * GRAVE_SLOTS; i++) {
        struct grave grave = {.hash = scramble(i) << 32 | (i * 7 % GRAVE_SLOTS), .since_s = (uint32_t)i};
        graves_dig(&graves, &budget, &grave);
        assert_non_null(graves_find(&graves, grave.hash, (uint32_t)i));
        if (i == 20 * GRAVE_SLOTS)
            most = budget.used;
    }
    assert_int_equal(graves.directory.depth, 10);
    assert_int_equal(budget.used, most);
    graves_release(&graves);
    assert_int_equal(heap.bytes, 0);
}

static void graves_without_memory_are_left_out(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct graves graves = {0};
    struct grave grave = {.hash = 7, .since_s = 1};
    (void)unused;
    heap.fail_at = 1;
    graves_dig(&graves, &budget, &grave);
    assert_null(graves_find(&graves, 7, 1));
    graves_dig(&graves, &budget, &grave);
    assert_non_null(graves_find(&graves, 7, 1));
    heap.fail_at = heap.calls + 1;
    heap.fail_ever_after = true;
    for (uint64_t i = 1; i <= 5000; i++) { /* it cannot grow: buckets fill, nothing breaks */
        grave = (struct grave){.hash = scramble(i), .since_s = 2};
        graves_dig(&graves, &budget, &grave);
        assert_non_null(graves_find(&graves, scramble(i), 2));
    }
    graves_release(&graves);
    assert_int_equal(heap.bytes, 0);
}

/* -- hosts
 * ----------------------------------------------------------------------------------------- */

static struct tcptwin_address address_of(uint8_t last)
{
    struct tcptwin_address address = {{0}};
    address.bytes[10] = address.bytes[11] = 0xff;
    address.bytes[12] = 192;
    address.bytes[15] = last;
    return address;
}

/* The second smallest of the last eight; of one, that one. */
static void hosts_answer_the_second_smallest(void **unused)
{
    static const struct {
        uint64_t learn, want;
    } steps[] = {{500, 500}, {300, 500}, {400, 400}, {100, 300}, {(uint64_t)UINT32_MAX + 1, 300},
                 {900, 300}, {900, 300}, {900, 300}, {900, 300}, /* 500 is the oldest of eight */
                 {900, 300}, {900, 400},                         /* 500, then 300 went */
                 {900, 900}, {50, 900},  {60, 60}};
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct hosts hosts;
    struct tcptwin_address host = address_of(1), other = address_of(2);
    (void)unused;
    assert_true(hosts_init(&hosts, &budget));
    assert_int_equal(hosts_clock(&hosts, &host).distance_ns, 0);
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        hosts_learn(&hosts, &host, steps[i].learn);
        if (hosts_clock(&hosts, &host).distance_ns != steps[i].want)
            fail_msg("step %u: %llu, expected %llu", i,
                     (unsigned long long)hosts_clock(&hosts, &host).distance_ns,
                     (unsigned long long)steps[i].want);
    }
    assert_int_equal(hosts_clock(&hosts, &other).distance_ns, 0);
    hosts_release(&hosts, &budget);
    assert_int_equal(heap.bytes, 0);
}

/* Handshakes before other answers; of those the quickest; steady while three quarters agree. */
static void hosts_know_how_well_they_know(void **unused)
{
    static const struct {
        uint64_t handshake, answer, want;
        bool steady;
    } steps[] = {
        {0, 0, 0, false},      /* an answer at once tells nothing */
        {0, 700, 700, false},  {0, 600, 600, false},  {0, 800, 600, false},
        {900, 0, 900, false},  {1000, 0, 1000, false}, {1100, 0, 1000, false},
        {1200, 0, 1000, true}, {5000, 0, 1000, true},  {5000, 0, 1000, false},
        {1250, 0, 1000, false}, {1251, 500, 1000, false},
    };
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct hosts hosts;
    struct tcptwin_address host = address_of(1);
    (void)unused;
    assert_true(hosts_init(&hosts, &budget));
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].handshake)
            hosts_learn(&hosts, &host, steps[i].handshake);
        hosts_learn_answer(&hosts, &host, steps[i].answer);
        struct host_clock clock = hosts_clock(&hosts, &host);
        if (clock.distance_ns != steps[i].want || clock.steady != steps[i].steady)
            fail_msg("step %u: %llu %d", i, (unsigned long long)clock.distance_ns, clock.steady);
    }
    hosts_release(&hosts, &budget);
    assert_int_equal(heap.bytes, 0);
}

/* More hosts than slots: each answer is of that host, or nothing. */
static void hosts_never_answer_for_another(void **unused)
{
    struct heap heap;
    struct slab_budget budget = make_budget(&heap, SIZE_MAX);
    struct hosts hosts;
    struct tcptwin_address host = address_of(0);
    unsigned known = 0;
    (void)unused;
    assert_true(hosts_init(&hosts, &budget));
    for (uint32_t i = 1; i <= 3 * HOSTS_SLOTS; i++) {
        memcpy(&host.bytes[12], &i, sizeof i);
        hosts_learn(&hosts, &host, i);
    }
    for (uint32_t i = 1; i <= 3 * HOSTS_SLOTS; i++) {
        memcpy(&host.bytes[12], &i, sizeof i);
        uint64_t distance = hosts_clock(&hosts, &host).distance_ns;
        assert_true(distance == 0 || distance == i);
        known += distance != 0;
    }
    assert_true(known > HOSTS_SLOTS / 4 && known <= HOSTS_SLOTS);
    hosts_release(&hosts, &budget);
    heap.fail_at = heap.calls + 1;
    assert_false(hosts_init(&hosts, &budget));
    hosts_release(&hosts, &budget);
    assert_int_equal(heap.bytes, 0);
}

/* -- ICMP errors before their segment: none, one, as many as are kept, and one more */

static struct tcptwin_icmp_error error_about(uint16_t port)
{
    return (struct tcptwin_icmp_error){.ts_ns = 1000000000, .src = address_of(1), .dst = address_of(2),
                                       .src_port = port, .dst_port = 80, .seq = port, .ip_version = 4};
}

static bool take_early(struct early_icmp *early, uint16_t port, uint64_t ts_ns)
{
    struct tcptwin_icmp_error found;
    struct tcptwin_segment syn = {.ts_ns = ts_ns, .src = address_of(1), .dst = address_of(2),
                                  .src_port = port, .dst_port = 80, .seq = port, .ip_version = 4};
    bool taken = early_icmp_take(early, &syn, &found);
    assert_true(!taken || found.src_port == port);
    return taken;
}

static void early_errors_up_to_the_bound(void **unused)
{
    static const uint16_t counts[] = {0, 1, EARLY_ICMP_MAX, EARLY_ICMP_MAX + 1, 3 * EARLY_ICMP_MAX + 2};
    (void)unused;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct early_icmp early = {0};
        for (uint16_t port = 1; port <= counts[i]; port++) {
            struct tcptwin_icmp_error error = error_about(port);
            early_icmp_keep(&early, &error);
        }
        assert_false(take_early(&early, 999, 1000000000));
        for (uint16_t port = 1; port <= counts[i]; port++) {
            assert_int_equal(take_early(&early, port, 1000000000), port + EARLY_ICMP_MAX > counts[i]);
            assert_false(take_early(&early, port, 1000000000)); /* once */
        }
    }
}

static void early_errors_for_a_second(void **unused)
{
    struct early_icmp early = {0};
    struct tcptwin_icmp_error error = error_about(1);
    (void)unused;
    early_icmp_keep(&early, &error);
    assert_false(take_early(&early, 1, 2000000001));
    assert_true(take_early(&early, 1, 2000000000));
    error.seq = 2; /* of another segment of that connection */
    early_icmp_keep(&early, &error);
    assert_false(take_early(&early, 1, 1000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slab_carves_and_reuses),
        cmocka_unit_test(slab_stops_at_the_limit),
        cmocka_unit_test(slab_goes_on_after_a_failed_allocation),
        cmocka_unit_test(budget_counts),
        cmocka_unit_test(queue_keeps_order_while_it_wraps_and_grows),
        cmocka_unit_test(queue_without_memory_keeps_what_it_has),
        cmocka_unit_test(graves_are_forgotten_by_age),
        cmocka_unit_test(a_full_bucket_gives_up_its_oldest),
        cmocka_unit_test(graves_grow),
        cmocka_unit_test(graves_grow_so_far),
        cmocka_unit_test(graves_without_memory_are_left_out),
        cmocka_unit_test(hosts_answer_the_second_smallest),
        cmocka_unit_test(hosts_know_how_well_they_know),
        cmocka_unit_test(hosts_never_answer_for_another),
        cmocka_unit_test(early_errors_up_to_the_bound),
        cmocka_unit_test(early_errors_for_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_flow_table.c - the flow table against a model that cannot be wrong: a plain list */
#include "flow_table.h"
#include "heap.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static struct tuple_secret secret;

static int make_secret(void **unused)
{
    static const uint64_t seed[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    (void)unused;
    tuple_secret_init(&secret, seed);
    return 0;
}

struct rig {
    struct heap heap;
    struct slab_budget budget;
    struct flow_table table;
};

static void rig_open(struct rig *rig)
{
    *rig = (struct rig){0};
    rig->budget = (struct slab_budget){heap_allocator(&rig->heap), SIZE_MAX, 0};
    assert_true(flow_table_init(&rig->table, &rig->budget));
}

static void rig_close(struct rig *rig)
{
    flow_table_release(&rig->table);
    assert_int_equal(rig->heap.bytes, 0);
    assert_int_equal(rig->budget.used, 0);
}

static struct flow_key key_of(uint32_t n)
{
    struct flow_key key = {.ip_version = 4, .port = {80, (uint16_t)(n & 0xffff)}};
    for (unsigned x = 0; x < 2; x++)
        key.address[x].bytes[10] = key.address[x].bytes[11] = 0xff;
    key.address[0].bytes[12] = 10;
    key.address[1].bytes[12] = 11;
    key.address[1].bytes[15] = (uint8_t)(n >> 16);
    return key;
}

/* Slot 0 to 3 of any table: long runs that collide, over the end of the table too. */
static uint64_t crowded_hash(uint32_t n)
{
    return (uint64_t)n << 40 | ((n % 4 - 2u) & 0xffffffff);
}

static void colliding_slots(void **unused)
{
    struct rig rig;
    struct conn *conns[64];
    (void)unused;
    rig_open(&rig);
    for (unsigned gap = 1; gap < 64; gap += 2) { /* every order of removal that an odd step makes */
        for (uint32_t n = 0; n < 64; n++) {
            struct flow_key key = key_of(n);
            assert_null(flow_find(&rig.table, &key, crowded_hash(n)));
            conns[n] = flow_insert(&rig.table, &key, crowded_hash(n));
            assert_non_null(conns[n]);
            assert_int_equal((uintptr_t)conns[n] % 64, 0);
            assert_ptr_equal(flow_at(&rig.table, conns[n]->index), conns[n]);
        }
        for (uint32_t removed = 0; removed < 64; removed++) {
            uint32_t victim = removed * gap % 64;
            flow_remove(&rig.table, conns[victim]);
            flow_reclaim(&rig.table, conns[victim]);
            assert_null(flow_at(&rig.table, conns[victim]->index));
            conns[victim] = NULL;
            for (uint32_t n = 0; n < 64; n++) {
                struct flow_key key = key_of(n);
                assert_ptr_equal(flow_find(&rig.table, &key, crowded_hash(n)), conns[n]);
            }
        }
        assert_int_equal(rig.table.used, 0);
    }
    rig_close(&rig);
}

/* Equal hashes, another key: told apart by what the connection holds. */
static void the_whole_key_counts(void **unused)
{
    struct rig rig;
    struct flow_key keys[6];
    struct conn *conns[6];
    (void)unused;
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++)
        keys[i] = key_of(1);
    keys[1].port[0] = 81;
    keys[2].scope = 7;
    keys[3].ip_version = 6;
    keys[4].address[0].bytes[0] = 1;
    keys[5].address[1].bytes[15] = 99;
    for (unsigned i = 0; i < 6; i++) {
        assert_null(flow_find(&rig.table, &keys[i], 5));
        conns[i] = flow_insert(&rig.table, &keys[i], 5);
    }
    for (unsigned i = 0; i < 6; i++)
        assert_ptr_equal(flow_find(&rig.table, &keys[i], 5), conns[i]);
    struct opening *opening;
    assert_ptr_equal(flow_guess(&rig.table, 5, &opening), conns[0]);
    assert_null(opening);
    assert_null(flow_guess(&rig.table, 6, &opening));
    assert_null(opening);
    flow_prefetch(&rig.table, 0);
    flow_prefetch(&rig.table, UINT32_MAX);
    assert_null(flow_at(&rig.table, UINT32_MAX));
    rig_close(&rig);
}

static void the_hash_takes_all_of_the_key(void **unused)
{
    struct rig rig;
    (void)unused;
    rig_open(&rig);
    for (unsigned version = 4; version <= 6; version += 2) {
        struct flow_key key = key_of(1);
        key.ip_version = (uint8_t)version;
        uint64_t plain = flow_hash(&secret, &key);
        assert_true(plain == flow_hash(&secret, &key));
        for (unsigned byte = 0; byte < 16; byte++)
            for (unsigned x = 0; x < 2; x++) {
                struct flow_key other = key;
                other.address[x].bytes[byte] ^= 1;
                if (version == 6 || byte >= 12)
                    assert_true(flow_hash(&secret, &other) != plain);
            }
        for (unsigned x = 0; x < 2; x++) {
            struct flow_key other = key;
            other.port[x] ^= 0x100;
            assert_true(flow_hash(&secret, &other) != plain);
        }
        key.scope = 1;
        assert_true(flow_hash(&secret, &key) != plain);
    }
    rig_close(&rig);
}

/* The longest row of occupied slots of a table that is 5/8 full of @count keys in a row. */
static unsigned longest_row(const struct tuple_secret *with, uint32_t step)
{
    enum { SLOTS = 1 << 12, FULL = SLOTS / 8 * 5 };
    static bool taken[SLOTS];
    unsigned row = 0, longest = 0;
    memset(taken, 0, sizeof taken);
    for (uint32_t n = 0; n < FULL; n++) {
        struct flow_key key = key_of(n * step);
        uint32_t i = (uint32_t)flow_hash(with, &key) % SLOTS;
        while (taken[i])
            i = (i + 1) % SLOTS;
        taken[i] = true;
    }
    for (unsigned i = 0; i < 2 * SLOTS; i++) { /* twice round, for the row over the end */
        row = taken[i % SLOTS] ? row + 1 : 0;
        longest = row > longest ? row : longest;
    }
    return longest;
}

/* What a scanner sends: ports or addresses in a row. Of random hashes the longest row is about 70. */
static void keys_in_a_row_lie_apart(void **unused)
{
    (void)unused;
    for (uint64_t n = 0; n < 64; n++) {
        struct tuple_secret other;
        tuple_secret_init(&other, (const uint64_t[2]){n, ~n << 7});
        for (uint32_t step = 1; step <= 1 << 12; step <<= 4)
            assert_in_range(longest_row(&other, step), 1, 250);
    }
}

/* -- against a model
 * ------------------------------------------------------------------------------- */

enum { KEYS = 3000, OPERATIONS = 100000 };

static uint64_t random_state;
static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static void check_model(const struct rig *rig, struct conn *const *model,
                        uint64_t (*hash)(uint32_t))
{
    uint32_t held = 0, listed = 0;
    for (uint32_t n = 0; n < KEYS; n++) {
        struct flow_key key = key_of(n);
        uint64_t h = hash ? hash(n) : flow_hash(&secret, &key);
        assert_ptr_equal(flow_find(&rig->table, &key, h), model[n]);
        held += model[n] != NULL;
    }
    for (uint32_t i = 0; i < flow_room(&rig->table); i++)
        listed += flow_at(&rig->table, i) != NULL;
    assert_int_equal(held, rig->table.used);
    assert_int_equal(held, listed);
}

/* Grows and shrinks in waves; what a connection holds stays where it is. */
static void as_a_model_does(uint64_t (*hash)(uint32_t), uint32_t keys, uint64_t seed)
{
    struct rig rig;
    static struct conn *model[KEYS];
    memset(model, 0, sizeof model);
    random_state = seed;
    rig_open(&rig);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t n = random_below(keys);
        struct flow_key key = key_of(n);
        uint64_t h = hash ? hash(n) : flow_hash(&secret, &key);
        bool growing = i / 10000 % 2 == 0;
        struct conn *found = flow_find(&rig.table, &key, h);
        assert_ptr_equal(found, model[n]);
        if (found) {
            assert_int_equal(found->stream, n);
            if (random_below(growing ? 4 : 1) == 0) {
                flow_remove(&rig.table, found);
                flow_reclaim(&rig.table, found);
                model[n] = NULL;
            }
        } else if (random_below(growing ? 1 : 4) == 0) {
            model[n] = flow_insert(&rig.table, &key, h);
            assert_non_null(model[n]);
            assert_int_equal(model[n]->reordered, 0);
            model[n]->stream = n;
            model[n]->reordered = 9; /* must be 0 again when the memory is reused */
        }
        if (i % 10000 == 9999)
            check_model(&rig, model, hash);
    }
    rig_close(&rig);
}

static void random_operations(void **unused)
{
    (void)unused;
    as_a_model_does(NULL, KEYS, 1);
    as_a_model_does(NULL, 100, 2);
}

static void random_operations_with_collisions(void **unused)
{
    (void)unused;
    as_a_model_does(crowded_hash, 200, 3);
}

/* -- memory
 * ---------------------------------------------------------------------------------------- */

/* At any failing allocation: an insert fails or not, what is in stays in. */
static void failing_allocations(void **unused)
{
    enum { MANY = 6000 };
    static struct conn *conns[MANY];
    (void)unused;
    struct rig rig;
    rig_open(&rig);
    size_t calls_before = rig.heap.calls;
    for (uint32_t n = 0; n < MANY; n++) {
        struct flow_key key = key_of(n);
        assert_non_null(flow_insert(&rig.table, &key, flow_hash(&secret, &key)));
    }
    size_t calls = rig.heap.calls;
    rig_close(&rig);
    assert_true(calls > calls_before + 10);
    for (size_t fail_at = calls_before + 1; fail_at <= calls; fail_at++) {
        rig_open(&rig);
        rig.heap.fail_at = fail_at;
        unsigned failed = 0;
        for (uint32_t n = 0; n < MANY; n++) {
            struct flow_key key = key_of(n);
            conns[n] = flow_insert(&rig.table, &key, flow_hash(&secret, &key));
            failed += conns[n] == NULL;
        }
        assert_true(failed <= 1);
        for (uint32_t n = 0; n < MANY; n++) {
            struct flow_key key = key_of(n);
            assert_ptr_equal(flow_find(&rig.table, &key, flow_hash(&secret, &key)), conns[n]);
        }
        rig_close(&rig);
    }
    for (size_t fail_at = 1; fail_at <= calls_before; fail_at++) {
        rig = (struct rig){0};
        rig.heap.fail_at = fail_at;
        rig.budget = (struct slab_budget){heap_allocator(&rig.heap), SIZE_MAX, 0};
        assert_false(flow_table_init(&rig.table, &rig.budget));
        rig_close(&rig);
    }
}

/* Two crowds whose hashes have all their first bits in common: no split parts them. */
static uint64_t inseparable_hash(uint32_t n)
{
    return (n % 2 ? 0xfffff000u : 0u) | (n * 7 % FLOW_SLOTS);
}

/* Parts that cannot be split fill up to the last slot but one, and every search still ends. */
static void full_parts(void **unused)
{
    struct rig rig;
    uint32_t n = 0;
    struct flow_key key = key_of(0);
    (void)unused;
    rig_open(&rig);
    for (; flow_insert(&rig.table, &key, inseparable_hash(n)); key = key_of(n))
        n++;
    assert_int_equal(rig.table.directory.depth, DIRECTORY_DEPTH_MAX);
    assert_int_equal(n, 2 * (FLOW_SLOTS - 1));
    for (uint32_t k = 0; k <= n; k++) {
        key = key_of(k);
        assert_int_equal(flow_find(&rig.table, &key, inseparable_hash(k)) != NULL, k < n);
    }
    rig_close(&rig);
}

/* No insertion moves more than the entries of one part, or asks for more memory than the list of chunks. */
static void growth_is_gradual(void **unused)
{
    enum { MANY = 400000, LARGEST = 300 << 10 };
    struct rig rig;
    (void)unused;
    rig_open(&rig);
    for (uint32_t n = 0; n < MANY; n++) {
        struct flow_key key = key_of(n);
        assert_non_null(flow_insert(&rig.table, &key, flow_hash(&secret, &key)));
    }
    assert_in_range(rig.heap.largest, 1, LARGEST);
    uint32_t parts = 0;
    for (uint32_t i = 0; i < 1u << rig.table.directory.depth;) {
        const struct part *part = rig.table.directory.parts[i];
        assert_in_range(part->used, 0, FLOW_SLOTS / 8 * 5);
        i += 1u << (rig.table.directory.depth - part->depth);
        parts++;
    }
    assert_in_range(parts, MANY / (FLOW_SLOTS / 8 * 5), 4 * MANY / FLOW_SLOTS);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colliding_slots),
        cmocka_unit_test(the_whole_key_counts),
        cmocka_unit_test(the_hash_takes_all_of_the_key),
        cmocka_unit_test(keys_in_a_row_lie_apart),
        cmocka_unit_test(random_operations),
        cmocka_unit_test(random_operations_with_collisions),
        cmocka_unit_test(failing_allocations),
        cmocka_unit_test(full_parts),
        cmocka_unit_test(growth_is_gradual),
    };
    return cmocka_run_group_tests(tests, make_secret, NULL);
}

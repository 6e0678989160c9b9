/* test_numbers.c - sequence numbers over the wrap, and the keyed hash against a slow reading of it
 */
#include "median.h"
#include "seq.h"
#include "siphash.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* -- seq
 * ------------------------------------------------------------------------------------------- */

static void order_over_the_wrap(void **unused)
{
    static const uint32_t bases[] = {0,          1,          0x7fffffff, 0x80000000,
                                     0x80000001, 0xfffffffe, 0xffffffff};
    static const struct {
        uint32_t ahead;
        int32_t diff; /* of base + ahead, base */
    } steps[] = {{0, 0},
                 {1, 1},
                 {2, 2},
                 {1460, 1460},
                 {0x7fffffff, INT32_MAX},
                 {0x80000001, -INT32_MAX},
                 {0xfffffffe, -2},
                 {0xffffffff, -1}};
    (void)unused;
    for (size_t b = 0; b < COUNT(bases); b++)
        for (size_t s = 0; s < COUNT(steps); s++) {
            uint32_t base = bases[b], other = base + steps[s].ahead;
            int32_t diff = steps[s].diff;
            assert_int_equal(seq_diff(other, base), diff);
            assert_int_equal(seq_diff(base, other), -diff);
            assert_int_equal(seq_lt(base, other), diff > 0);
            assert_int_equal(seq_le(base, other), diff >= 0);
            assert_int_equal(seq_gt(base, other), diff < 0);
            assert_int_equal(seq_ge(base, other), diff <= 0);
        }
    /* half way round there is no order: both look older, and neither is equal */
    assert_true(seq_lt(0, 0x80000000) && seq_lt(0x80000000, 0));
}

/* -- siphash
 * --------------------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

/* The paper's pseudo code, c compression and d final rounds, over bytes. */
static uint64_t slow_siphash(const uint8_t key[16], const uint8_t *bytes, size_t length, unsigned c,
                             unsigned d)
{
    uint64_t k[2] = {0, 0}, v0, v1, v2, v3;
    for (unsigned i = 0; i < 16; i++)
        k[i / 8] |= (uint64_t)key[i] << 8 * (i % 8);
    v0 = k[0] ^ 0x736f6d6570736575u;
    v1 = k[1] ^ 0x646f72616e646f6du;
    v2 = k[0] ^ 0x6c7967656e657261u;
    v3 = k[1] ^ 0x7465646279746573u;
    size_t blocks = length / 8 + 1;
    for (size_t b = 0; b <= blocks; b++) {
        uint64_t m = 0;
        unsigned rounds = b < blocks ? c : d;
        for (size_t i = 0; b < blocks && i < 8; i++)
            if (8 * b + i < length)
                m |= (uint64_t)bytes[8 * b + i] << 8 * i;
        if (b == blocks - 1)
            m |= (uint64_t)(length & 0xff) << 56;
        if (b < blocks)
            v3 ^= m;
        else
            v2 ^= 0xff;
        for (unsigned r = 0; r < rounds; r++) {
            v0 += v1;
            v1 = rotate(v1, 13);
            v1 ^= v0;
            v0 = rotate(v0, 32);
            v2 += v3;
            v3 = rotate(v3, 16);
            v3 ^= v2;
            v0 += v3;
            v3 = rotate(v3, 21);
            v3 ^= v0;
            v2 += v1;
            v1 = rotate(v1, 17);
            v1 ^= v2;
            v2 = rotate(v2, 32);
        }
        if (b < blocks)
            v0 ^= m;
    }
    return v0 ^ v1 ^ v2 ^ v3;
}

/* The vectors of the SipHash paper are of SipHash-2-4: they vouch for the slow one. */
static void the_slow_one_is_right(void **unused)
{
    static const struct {
        size_t length;
        uint64_t hash;
    } vectors[] = {{0, 0x726fdb47dd0e0e31u}, {1, 0x74f839c593dc67fdu}, {15, 0xa129ca6149be45e5u}};
    uint8_t key[16], bytes[16];
    (void)unused;
    for (unsigned i = 0; i < 16; i++)
        key[i] = bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT(vectors); i++)
        assert_true(slow_siphash(key, bytes, vectors[i].length, 2, 4) == vectors[i].hash);
}

static void words_hash_as_their_bytes_do(void **unused)
{
    uint64_t words[8], state = 1;
    uint64_t key[2];
    (void)unused;
    for (unsigned round = 0; round < 1000; round++) {
        for (unsigned i = 0; i < 10; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            uint64_t value = round == 0 ? 0 : round == 1 ? UINT64_MAX : state ^ state >> 29;
            if (i < 8)
                words[i] = value;
            else
                key[i - 8] = value;
        }
        uint8_t key_bytes[16], bytes[64];
        for (unsigned i = 0; i < 64; i++)
            bytes[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
        for (unsigned i = 0; i < 16; i++)
            key_bytes[i] = (uint8_t)(key[i / 8] >> 8 * (i % 8));
        for (size_t count = 0; count <= 8; count++)
            assert_true(siphash_words(key, words, count) ==
                        slow_siphash(key_bytes, bytes, 8 * count, 1, 3));
    }
}

/* Exact for as many numbers as are kept; from then on of every second one, and so on: for many, close to the middle
 * of numbers that come in order. */
static void median_of_few_and_of_many(void **unused)
{
    static const uint32_t few[] = {9, 1, 5, 7, 3, 2, 8, 6, 4};
    static const struct {
        uint32_t count, middle;
    } cases[] = {{0, 0}, {1, 9}, {2, 1}, {5, 5}, {MEDIAN_SAMPLES, 5}, {MEDIAN_SAMPLES + 1, 5 /* of 9 5 3 8 4 */}};
    struct median median;
    (void)unused;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        median = (struct median){0};
        for (uint32_t i = 0; i < cases[c].count; i++)
            median_add(&median, i, few[i]);
        assert_int_equal(median_of(&median, cases[c].count), cases[c].middle);
    }
    for (uint32_t count = 6; count < 100000; count = count * 3 + 1) {
        median = (struct median){0};
        for (uint32_t i = 0; i < count; i++)
            median_add(&median, i, i);
        uint32_t middle = median_of(&median, count);
        assert_true(middle >= count / 5 && middle <= count * 4 / 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_over_the_wrap),
        cmocka_unit_test(the_slow_one_is_right),
        cmocka_unit_test(words_hash_as_their_bytes_do),
        cmocka_unit_test(median_of_few_and_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

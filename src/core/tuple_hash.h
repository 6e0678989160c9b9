/* tuple_hash.h - the flow table's hash: keyed, strongly universal, and a few multiplications
 *
 *     start + (k0 + c0) (k1 + c1) + (k2 + c2) (k3 + c3) + ...    (mod 2^64)
 *
 * over 32-bit characters c with 64-bit keys k (multilinear-HM: Lemire and Kaser, "Strongly universal
 * string hashing is fast", 2014). For who does not know the keys any two tuples collide in the upper half
 * with probability 2^-32, whatever they are: no sender can choose tuples that crowd the table. The
 * lower bits are weaker, and keys in a row would lie in a row, so the sum is mixed (the finalizer of
 * MurmurHash3, which is one to one).
 */
#ifndef CORE_TUPLE_HASH_H
#define CORE_TUPLE_HASH_H

#include "siphash.h"

enum { TUPLE_HASH_KEYS = 10 };

struct tuple_secret {
    uint64_t start, key[TUPLE_HASH_KEYS];
};

/** tuple_secret_init() - All keys from the caller's 128 bits. */
static inline void tuple_secret_init(struct tuple_secret *secret, const uint64_t seed[2])
{
    uint64_t number = TUPLE_HASH_KEYS;
    secret->start = siphash_words(seed, &number, 1);
    for (number = 0; number < TUPLE_HASH_KEYS; number++)
        secret->key[number] = siphash_words(seed, &number, 1);
}

static inline uint64_t tuple_hash_mix(uint64_t sum)
{
    sum ^= sum >> 33;
    sum *= UINT64_C(0xff51afd7ed558ccd);
    sum ^= sum >> 33;
    sum *= UINT64_C(0xc4ceb9fe1a85ec53);
    return sum ^ sum >> 33;
}

/** tuple_hash() - Of an even @count of characters, at most TUPLE_HASH_KEYS. */
static inline uint64_t tuple_hash(const struct tuple_secret *secret, const uint32_t *characters, unsigned count)
{
    uint64_t sum = secret->start;
    for (unsigned i = 0; i < count; i += 2)
        sum += (secret->key[i] + characters[i]) * (secret->key[i + 1] + characters[i + 1]);
    return tuple_hash_mix(sum);
}

#endif

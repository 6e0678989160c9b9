/* siphash.h - SipHash-1-3 of a short key (Aumasson and Bernstein 2012; one round per word, three at the end)
 *
 * Makes the keys of the flow table's hash, and the ids of connections.
 */
#ifndef TCPTWIN_SIPHASH_H
#define TCPTWIN_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_ROTATE(x_, b_) (((x_) << (b_)) | ((x_) >> (64 - (b_))))

static inline void siphash_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = SIPHASH_ROTATE(v[1], 13) ^ v[0];
    v[3] = SIPHASH_ROTATE(v[3], 16) ^ v[2];
    v[0] = SIPHASH_ROTATE(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = SIPHASH_ROTATE(v[1], 17) ^ v[2];
    v[3] = SIPHASH_ROTATE(v[3], 21) ^ v[0];
    v[2] = SIPHASH_ROTATE(v[2], 32);
}

/** siphash_words() - Hash of @count 64-bit words under the secret @key. */
static inline uint64_t siphash_words(const uint64_t key[2], const uint64_t *words, size_t count)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
    for (size_t i = 0; i < count; i++) {
        v[3] ^= words[i];
        siphash_round(v);
        v[0] ^= words[i];
    }
    uint64_t last = (uint64_t)(count * 8) << 56;
    v[3] ^= last;
    siphash_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        siphash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif

/* connection_id.h - a connection's name, the same in every run */
#ifndef CORE_CONNECTION_ID_H
#define CORE_CONNECTION_ID_H

#include "siphash.h"
#include "tcptwin/segment.h"

#include <string.h>

/** connection_id() - @address, @port: in canonical order. @began: the number of the SYN that it began with,
 * or a time. */
static inline uint64_t connection_id(const struct tcptwin_address address[2], const uint16_t port[2], uint32_t scope,
                                     uint64_t began, uint32_t incarnation)
{
    static const uint64_t key[2] = {0, 0}; /* no secret: the id must be the same in every run */
    uint64_t words[7];
    memcpy(words, address, 2 * sizeof *address);
    words[4] = (uint64_t)port[0] << 48 | (uint64_t)port[1] << 32 | scope;
    words[5] = began;
    words[6] = incarnation;
    return siphash_words(key, words, 7);
}

#endif

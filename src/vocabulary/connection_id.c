/* connection_id.c - a connection's name, the same in every run */
#include "siphash.h"
#include "tcptwin/event.h"

#include <string.h>

uint64_t tcptwin_connection_id(const struct tcptwin_connection *connection)
{
    static const uint64_t key[2] = {0, 0}; /* no secret: the id must be the same in every run */
    const struct tcptwin_endpoint *end = connection->endpoint;
    uint64_t words[7];
    for (unsigned x = 0; x < 2; x++)
        memcpy(&words[2 * x], &end[x].address, sizeof end[x].address);
    words[4] = (uint64_t)end[0].port << 48 | (uint64_t)end[1].port << 32 | connection->scope;
    words[5] = connection->began;
    words[6] = connection->incarnation;
    return siphash_words(key, words, sizeof words / sizeof *words);
}

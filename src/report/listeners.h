/* listeners.h - which ports listen, as far as SYN-ACKs and refusals tell
 *
 * A port that answered a SYN with SYN-ACK listens from then on; one that refused a SYN with a RST does
 * not, from then on. Nothing else tells: a port that nobody tried is not known.
 */
#ifndef REPORT_LISTENERS_H
#define REPORT_LISTENERS_H

#include "places.h"

#include "tcptwin/event.h"

struct listener {
    struct place place;
    uint64_t first_ns;   /**< the first SYN-ACK */
    uint64_t since_ns;   /**< the first SYN-ACK that is known since the last refusal; 0: none */
    uint64_t last_ns;    /**< the last SYN-ACK */
    uint64_t refused_ns; /**< the last refusal; 0: none */
    uint64_t answered;   /**< SYNs answered with SYN-ACK, one a connection */
    uint64_t refused;
};

/** listeners_begin() - An empty table. */
void listeners_begin(struct places *listeners);
/** listeners_learn() - What a connection tells by @at_ns; in any order of connections. */
void listeners_learn(struct places *listeners, const struct tcptwin_connection *connection, uint64_t at_ns);

static inline bool listens(const struct listener *listener)
{
    return listener->answered && listener->last_ns > listener->refused_ns;
}

#endif

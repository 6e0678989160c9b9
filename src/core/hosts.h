/* hosts.h - how far each host is from the tap, learnt from all its connections
 *
 * Half of SYN -> SYN-ACK is the way to the server, half of SYN-ACK -> ACK the way to the client, where
 * the handshake is undisturbed. Of the last few samples of a host the second smallest counts: it is
 * close to the minimum and survives one odd sample. Of a host without any, the quickest answer
 * counts: to a SYN that it refuses, or to data. A fixed table; hosts that collide take turns.
 */
#ifndef CORE_HOSTS_H
#define CORE_HOSTS_H

#include "slab.h"
#include "tcptwin/segment.h"

enum { HOSTS_SLOTS = 4096, HOSTS_SAMPLES = 8 };

struct host_entry {
    struct tcptwin_address address;
    uint32_t sample_ns[HOSTS_SAMPLES];
    uint32_t answer_ns; /**< half of the quickest answer; 0: none */
    uint8_t count, next;
};
/** What a host's other connections tell of its distance. */
struct host_clock {
    uint32_t distance_ns; /**< 0: nothing is known */
    bool steady;          /**< most of them agree */
};
struct hosts {
    struct host_entry *entries;
};

bool hosts_init(struct hosts *hosts, struct slab_budget *budget);
void hosts_release(struct hosts *hosts, struct slab_budget *budget);
/** hosts_learn() - A sample of an undisturbed handshake. */
void hosts_learn(struct hosts *hosts, const struct tcptwin_address *address, uint64_t distance_ns);
/** hosts_learn_answer() - Some other answer of it: it is no farther away than that. */
void hosts_learn_answer(struct hosts *hosts, const struct tcptwin_address *address,
                        uint64_t distance_ns);
/** hosts_prefetch() - What is known of that host is wanted soon. */
void hosts_prefetch(const struct hosts *hosts, const struct tcptwin_address *address);
struct host_clock hosts_clock(const struct hosts *hosts, const struct tcptwin_address *address);

#endif

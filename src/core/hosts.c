/* hosts.c - see hosts.h */
#include "hosts.h"

#include <string.h>

bool hosts_init(struct hosts *hosts, struct slab_budget *budget)
{
    hosts->entries = budget_take(budget, HOSTS_SLOTS * sizeof *hosts->entries);
    if (hosts->entries)
        memset(hosts->entries, 0, HOSTS_SLOTS * sizeof *hosts->entries);
    return hosts->entries != NULL;
}

void hosts_release(struct hosts *hosts, struct slab_budget *budget)
{
    budget_give(budget, hosts->entries, HOSTS_SLOTS * sizeof *hosts->entries);
    hosts->entries = NULL;
}

static struct host_entry *entry_of(const struct hosts *hosts, const struct tcptwin_address *address)
{
    uint64_t words[2];
    memcpy(words, address->bytes, sizeof words);
    uint64_t hash = (words[0] * 31 + words[1]) * 0x9e3779b97f4a7c15u;
    return &hosts->entries[hash >> 52];
}

void hosts_learn(struct hosts *hosts, const struct tcptwin_address *address, uint64_t distance_ns)
{
    struct host_entry *entry = entry_of(hosts, address);
    if (distance_ns > UINT32_MAX)
        return;
    if (memcmp(&entry->address, address, sizeof *address) != 0)
        *entry = (struct host_entry){.address = *address};
    entry->sample_ns[entry->next] = (uint32_t)distance_ns;
    entry->next = (uint8_t)((entry->next + 1) % HOSTS_SAMPLES);
    if (entry->count < HOSTS_SAMPLES)
        entry->count++;
}

struct host_clock hosts_clock(const struct hosts *hosts, const struct tcptwin_address *address)
{
    const struct host_entry *entry = entry_of(hosts, address);
    struct host_clock clock = {0};
    if (!entry->count || memcmp(&entry->address, address, sizeof *address) != 0)
        return clock;
    uint32_t least = UINT32_MAX, second = UINT32_MAX;
    for (unsigned i = 0; i < entry->count; i++) {
        uint32_t sample = entry->sample_ns[i];
        if (sample < least) {
            second = least;
            least = sample;
        } else if (sample < second) {
            second = sample;
        }
    }
    clock.distance_ns = entry->count == 1 ? least : second;
    return clock;
}

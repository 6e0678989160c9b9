/* hosts.c - see hosts.h */
#include "hosts.h"
#include "prefetch.h"

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

void hosts_prefetch(const struct hosts *hosts, const struct tcptwin_address *address)
{
    prefetch(entry_of(hosts, address));
}

static struct host_entry *take_entry(struct hosts *hosts, const struct tcptwin_address *address)
{
    struct host_entry *entry = entry_of(hosts, address);
    if (memcmp(&entry->address, address, sizeof *address) != 0)
        *entry = (struct host_entry){.address = *address};
    return entry;
}

void hosts_learn(struct hosts *hosts, const struct tcptwin_address *address, uint64_t distance_ns)
{
    if (distance_ns > UINT32_MAX)
        return;
    struct host_entry *entry = take_entry(hosts, address);
    entry->sample_ns[entry->next] = (uint32_t)distance_ns;
    entry->next = (uint8_t)((entry->next + 1) % HOSTS_SAMPLES);
    if (entry->count < HOSTS_SAMPLES)
        entry->count++;
}

void hosts_learn_answer(struct hosts *hosts, const struct tcptwin_address *address,
                        uint64_t distance_ns)
{
    if (!distance_ns || distance_ns > UINT32_MAX)
        return;
    struct host_entry *entry = take_entry(hosts, address);
    if (!entry->answer_ns || distance_ns < entry->answer_ns)
        entry->answer_ns = (uint32_t)distance_ns;
}

/* Most samples are within a quarter of @distance_ns, and there are enough of them. */
static bool is_steady(const struct host_entry *entry, uint32_t distance_ns)
{
    unsigned close = 0;
    for (unsigned i = 0; i < entry->count; i++)
        close += entry->sample_ns[i] <= distance_ns + (uint64_t)distance_ns / 4;
    return entry->count >= HOSTS_SAMPLES / 2 && close * 4 >= entry->count * 3u;
}

struct host_clock hosts_clock(const struct hosts *hosts, const struct tcptwin_address *address)
{
    const struct host_entry *entry = entry_of(hosts, address);
    if (memcmp(&entry->address, address, sizeof *address) != 0)
        return (struct host_clock){0};
    if (!entry->count)
        return (struct host_clock){.distance_ns = entry->answer_ns};
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
    uint32_t distance = entry->count == 1 ? least : second;
    return (struct host_clock){.distance_ns = distance, .steady = is_steady(entry, distance)};
}

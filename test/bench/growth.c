/* growth.c - what a segment costs while the table grows, and the longest that one waits
 *
 * Connections open (SYN, SYN-ACK, ACK, a word of data) until there are 1,000, 10,000, ... of them; at each of these
 * levels segments of connections that are dealt by chance are fed. Segments come in batches, as the program feeds
 * them, and the processor time of each batch is taken: that is an upper bound for how long any of its segments waits,
 * whatever the neighbours do. The core alone: nothing is read, decoded or written; and in memory that was touched
 * before, since how long the kernel takes to clear a page is another question.
 */
#define _GNU_SOURCE
#include "tcptwin/tcptwin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { BATCH = 256, TOUCHES = 2000000, WORD = 10, SERVERS = 1000, ROOM = 1400 /* bytes a connection */ };
#define DEFAULT_CONNECTIONS 10000000

struct region {
    uint8_t *next, *end;
};

struct growth {
    struct region region;
    struct tcptwin *tcptwin;
    uint32_t *said; /* bytes that each client has said */
    struct tcptwin_segment batch[BATCH];
    struct tcptwin_place places[BATCH];
    unsigned count;
    uint64_t segments, clock_ns, longest_ns, over_1_ms;
};

static uint64_t processor_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void feed(struct growth *growth)
{
    uint64_t start = processor_ns();
    for (unsigned i = 0; i < growth->count; i++)
        growth->places[i] = tcptwin_find_place(growth->tcptwin, &growth->batch[i]);
    tcptwin_feed_batch(growth->tcptwin, growth->batch, growth->places, growth->count);
    uint64_t took = processor_ns() - start;
    growth->clock_ns += took;
    growth->longest_ns = took > growth->longest_ns ? took : growth->longest_ns;
    growth->over_1_ms += took > 1000000;
    growth->count = 0;
}

static struct tcptwin_address address_of(unsigned network, uint32_t number)
{
    return (struct tcptwin_address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (uint8_t)network,
                                     (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

/* The next segment of connection @n, by its client or server. */
static void say(struct growth *growth, uint32_t n, bool client, unsigned flags, uint32_t seq, uint32_t ack,
                uint32_t payload)
{
    struct tcptwin_segment *segment = &growth->batch[growth->count++];
    struct tcptwin_address ends[2] = {address_of(10, n / 16), address_of(192, n % SERVERS)};
    uint16_t ports[2] = {(uint16_t)(32768 + n % 16), 443};
    memset(segment, 0, sizeof *segment);
    segment->frame = ++growth->segments;
    segment->ts_ns = UINT64_C(1700000000000000000) + growth->segments * 1000;
    segment->src = ends[!client];
    segment->dst = ends[client];
    segment->src_port = ports[!client];
    segment->dst_port = ports[client];
    segment->seq = seq;
    segment->ack = segment->ack_raw = ack;
    segment->flags = (uint8_t)flags;
    segment->payload_len = payload;
    segment->wire_len = 40 + payload;
    segment->window = 65535;
    segment->ip_version = 4;
    segment->ttl = 64;
    if (growth->count == BATCH)
        feed(growth);
}

static void speak(struct growth *growth, uint32_t n)
{
    uint32_t seq = 1001 + growth->said[n];
    say(growth, n, true, TCPTWIN_PSH | TCPTWIN_ACK, seq, 5001, WORD);
    say(growth, n, false, TCPTWIN_ACK, 5001, seq + WORD, 0);
    growth->said[n] += WORD;
}

static void open_one(struct growth *growth, uint32_t n)
{
    say(growth, n, true, TCPTWIN_SYN, 1000, 0, 0);
    say(growth, n, false, TCPTWIN_SYN | TCPTWIN_ACK, 5000, 1001, 0);
    say(growth, n, true, TCPTWIN_ACK, 1001, 5001, 0);
    speak(growth, n);
}

static void begin_measuring(struct growth *growth)
{
    if (growth->count)
        feed(growth);
    growth->clock_ns = growth->longest_ns = growth->over_1_ms = 0;
}

static void tell(struct growth *growth, const char *what, uint64_t since)
{
    if (growth->count)
        feed(growth);
    printf("  %-7s %5.0f ns a segment; longest batch of %d %7.3f ms, %" PRIu64 " over 1 ms\n", what,
           (double)growth->clock_ns / (double)(growth->segments - since), BATCH, (double)growth->longest_ns / 1e6,
           growth->over_1_ms);
}

static void reach(struct growth *growth, uint32_t from, uint32_t level)
{
    static uint64_t dice = 88172645463325252u;
    struct tcptwin_stats stats;
    uint64_t since = growth->segments;
    begin_measuring(growth);
    for (uint32_t n = from; n < level; n++)
        open_one(growth, n);
    printf("%" PRIu32 " connections\n", level);
    tell(growth, "opening", since);
    since = growth->segments;
    begin_measuring(growth);
    for (unsigned i = 0; i < TOUCHES / 2; i++) {
        dice ^= dice << 13; /* Marsaglia's xorshift */
        dice ^= dice >> 7;
        dice ^= dice << 17;
        speak(growth, (uint32_t)((dice >> 32) * level >> 32));
    }
    tell(growth, "talking", since);
    tcptwin_get_stats(growth->tcptwin, &stats);
    printf("  %.0f bytes a connection\n", (double)stats.memory_bytes / (double)stats.open_connections);
}

/* Carved from one region and never taken back. */
static void *allocate(void *user, size_t bytes)
{
    struct region *region = user;
    size_t rounded = (bytes + 127) / 128 * 128;
    uint8_t *memory = region->next;
    if (rounded > (size_t)(region->end - memory))
        return NULL;
    region->next += rounded;
    return memory;
}

static void release(void *user, void *memory, size_t bytes)
{
    (void)user;
    (void)memory;
    (void)bytes;
}

static bool take_region(struct region *region, size_t bytes)
{
    region->next = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (region->next == MAP_FAILED)
        return false;
    region->end = region->next + bytes;
    (void)madvise(region->next, bytes, MADV_HUGEPAGE); /* as the program's memory.c */
    memset(region->next, 1, bytes);
    return true;
}

static void sink(void *user, const struct tcptwin_event *event)
{
    (void)user;
    (void)event;
}

int main(int argc, char **argv)
{
    struct growth *growth = calloc(1, sizeof *growth);
    unsigned long long most = argc > 1 ? strtoull(argv[1], NULL, 10) : DEFAULT_CONNECTIONS;
    struct tcptwin_options options;
    if (argc > 2 || most < 1000 || most > 100000000 || !growth) {
        fprintf(stderr, "usage: growth [CONNECTIONS: 1000 to 100000000]\n");
        return 2;
    }
    tcptwin_options_init(&options);
    options.memory_limit = (size_t)64 << 30;
    options.allocator = (struct tcptwin_allocator){allocate, release, &growth->region};
    options.sink = sink;
    growth->said = calloc(most, sizeof *growth->said);
    if (!take_region(&growth->region, ((size_t)64 << 20) + most * ROOM) || !growth->said ||
        !(growth->tcptwin = tcptwin_create(&options))) {
        fprintf(stderr, "growth: out of memory\n");
        return 4;
    }
    uint32_t before = 0;
    for (uint64_t level = 1000; level <= most; before = (uint32_t)level, level *= 10)
        reach(growth, before, (uint32_t)level);
    return 0;
}

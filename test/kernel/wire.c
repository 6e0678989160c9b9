/* wire.c - join two network namespaces by a path that loses, copies and reorders, with a tap in it
 *
 *     wire NETNS_A NETNS_B CAPTURE LOG SEED EPOCH_OFFSET
 *
 *     host A --[pre of A]--(TAP)--[post of A]--> host B       direction A: sent by A
 *     host A <--[post of B]--(TAP)--[pre of B]-- host B       direction B: sent by B
 *
 * A host is a namespace (NETNS: a file like /proc/PID/ns/net, or /proc/self/fd/N) in which a tun
 * device `wire` is made. Each packet read from it passes `pre` (in front of the tap), the tap, and
 * `post` (behind it). What is to happen to it is decided once, when it is read: by rules, and by
 * chance, which is a hash of (seed, purpose, direction, number of the packet in that direction). So
 * one seed decides alike for the n-th packet, whatever the other direction does meanwhile.
 *
 * CAPTURE is what the tap saw (pcap, nanoseconds, raw IP). LOG has one JSON object per packet: when
 * it was sent (t_in), at the tap (t_tap), delivered (t_out), or why not. Times are CLOCK_MONOTONIC
 * plus EPOCH_OFFSET nanoseconds, the clock of the kernel's trace.
 *
 * Commands are lines on standard input, each answered by "ok" or "err WHY":
 *
 *     set [dir=A|B] NAME=NUMBER...       settings[] below; without dir of both directions
 *     rule [id=x] [dir=] [sport=] [dport=] [port=] [flags=SA-F] [lenmin=] [lenmax=] [count=1; 0 is no end]
 *          act=drop_pre|drop_post|corrupt_pre|corrupt_post|nocap|icmp:TYPE.CODE [mtu=]
 *     del id=x
 *     inject dir= v=4|6 src= dst= sport= dport= flags=R [seqoff=] [len=] [where=tap|post]
 *     quit
 *
 * flags=A-F: ACK set, FIN clear. An ICMP error has the numbers of IPv4 and is translated for IPv6.
 * A forged segment (inject) counts its sequence number from the last acknowledgment its victim
 * sent; with where=post it is delivered, but the tap does not see it.
 *
 * A machine that is too busy delivers late, and then the path is another than was asked for: `quit`
 * is answered by "ok packets=N late=N worst=MICROSECONDS", late being more than LATE_NS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS         INT64_C(1000000000)
#define LATE_NS    (2 * NS / 1000)
#define PACKET_MAX 65536
#define RULES_MAX  256
#define BURST      64    /* packets read in one go: what is due must not wait for more */
#define FLOWS      65536 /* one direction of a tuple each; more than ports that a run uses */

enum { TH_FIN = 1, TH_SYN = 2, TH_RST = 4, TH_ACK = 16, IP_TCP = 6, IP_ICMP = 1, IP_ICMP6 = 58 };

static int64_t epoch_offset;

static void die(const char *what)
{
    fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS + t.tv_nsec;
}

static int64_t ms(double x)
{
    return (int64_t)(x * 1e6);
}

/* ---------------------------------------------------------------- chance */

enum purpose {
    LOSS_PRE,
    LOSS_POST,
    LOSS_CAPTURE,
    DUP_PRE,
    DUP_POST,
    REORDER_PRE,
    REORDER_POST,
    JITTER_PRE,
    JITTER_POST,
    CORRUPT
};

static uint64_t seed;

static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* Return: a number in [0, 1). */
static double chance(enum purpose purpose, unsigned dir, uint64_t n)
{
    uint64_t hash = mix(mix(mix(seed) + purpose * 2 + dir) + n);

    return (double)(hash >> 11) / 9007199254740992.0;
}

/* ---------------------------------------------------------------- the path of each direction */

struct path {
    double delay_pre, delay_post; /* ms */
    double jit_pre, jit_post;     /* ms: up to as much is added */
    double loss_pre, loss_post, loss_cap, dup_pre, dup_post, corrupt; /* probabilities */
    double reord_pre, reord_post; /* probability of reord_ms more */
    double reord_ms;
    double rate, qlen; /* kbit/s (0: no limit), bytes that may wait for it */
};

static struct path paths[2] = {{.reord_ms = 8, .qlen = 256000}, {.reord_ms = 8, .qlen = 256000}};

static const struct {
    const char *name;
    size_t offset;
} settings[] = {
#define SETTING(name_)                                                                             \
    {                                                                                              \
#name_, offsetof(struct path, name_)                                                       \
    }
    SETTING(delay_pre), SETTING(delay_post), SETTING(jit_pre),   SETTING(jit_post),
    SETTING(loss_pre),  SETTING(loss_post),  SETTING(loss_cap),  SETTING(dup_pre),
    SETTING(dup_post),  SETTING(corrupt),    SETTING(reord_pre), SETTING(reord_post),
    SETTING(reord_ms),  SETTING(rate),       SETTING(qlen),
#undef SETTING
};

/* ---------------------------------------------------------------- headers */

struct header {
    int version, protocol, length; /* of the IP header */
    bool tcp;
    int payload;
    uint16_t sport, dport, window;
    uint32_t seq, ack;
    uint8_t flags;
    uint8_t src[16], dst[16];
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

static int address_length(int version)
{
    return version == 4 ? 4 : 16;
}

static bool parse(const uint8_t *p, int n, struct header *h)
{
    int total;

    memset(h, 0, sizeof *h);
    if (n < 20)
        return false;
    h->version = p[0] >> 4;
    if (h->version == 4) {
        h->length = (p[0] & 15) * 4;
        h->protocol = p[9];
        memcpy(h->src, p + 12, 4);
        memcpy(h->dst, p + 16, 4);
        total = (int)get16(p + 2);
    } else if (h->version == 6 && n >= 40) {
        h->length = 40;
        h->protocol = p[6];
        memcpy(h->src, p + 8, 16);
        memcpy(h->dst, p + 24, 16);
        total = 40 + (int)get16(p + 4);
    } else {
        return false;
    }
    if (total > n)
        total = n;
    if (h->protocol == IP_TCP && total >= h->length + 20) {
        const uint8_t *t = p + h->length;
        h->tcp = true;
        h->sport = (uint16_t)get16(t);
        h->dport = (uint16_t)get16(t + 2);
        h->seq = get32(t + 4);
        h->ack = get32(t + 8);
        h->flags = t[13];
        h->window = (uint16_t)get16(t + 14);
        h->payload = total - h->length - (t[12] >> 4) * 4;
        if (h->payload < 0)
            h->payload = 0;
    }
    return true;
}

/* What the hosts say to their neighbourhood is not part of the experiment. */
static bool is_noise(const struct header *h, const uint8_t *p)
{
    if (h->version == 4 ? h->dst[0] >= 224 : h->dst[0] == 0xff)
        return true;
    return h->protocol == IP_ICMP6 && p[h->length] >= 130 && p[h->length] <= 143;
}

static const char flag_letters[] = "FSRPAUEC"; /* from bit 0 on */

/* "SA-F": those behind the sign must be clear */
static void parse_flags(const char *s, uint8_t *set, uint8_t *clear)
{
    uint8_t *into = set;

    for (; *s; s++) {
        const char *letter = strchr(flag_letters, *s);
        if (*s == '-')
            into = clear;
        else if (letter)
            *into = (uint8_t)(*into | 1U << (letter - flag_letters));
    }
}

static void format_flags(uint8_t flags, char *out)
{
    for (const char *c = "SFRPAUEC"; *c; c++)
        if (flags & 1U << (strchr(flag_letters, *c) - flag_letters))
            *out++ = *c;
    *out = '\0';
}

/* ---------------------------------------------------------------- making packets */

static uint32_t sum(uint32_t s, const uint8_t *p, int n)
{
    for (int i = 0; i + 1 < n; i += 2)
        s += get16(p + i);
    if (n & 1)
        s += (uint32_t)p[n - 1] << 8;
    return s;
}

static uint16_t folded(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)~s;
}

static int put_ip(uint8_t *p, int version, int protocol, const uint8_t *src, const uint8_t *dst,
                  int n)
{
    int length = version == 4 ? 20 : 40;

    memset(p, 0, (size_t)length);
    if (version == 4) {
        p[0] = 0x45;
        put16(p + 2, (unsigned)(20 + n));
        put16(p + 4, 0xf00d);
        p[8] = 61;
        p[9] = (uint8_t)protocol;
        memcpy(p + 12, src, 4);
        memcpy(p + 16, dst, 4);
        put16(p + 10, folded(sum(0, p, 20)));
    } else {
        p[0] = 0x60;
        put16(p + 4, (unsigned)n);
        p[6] = (uint8_t)protocol;
        p[7] = 61;
        memcpy(p + 8, src, 16);
        memcpy(p + 24, dst, 16);
    }
    return length;
}

/* Fill in the checksum at `at` of the n bytes behind the IP header of `length` bytes. */
static void put_checksum(uint8_t *p, int version, int protocol, int length, int n, int at)
{
    uint32_t s = 0;

    if (protocol != IP_ICMP) /* all others count the addresses in */
        s = sum((uint32_t)(protocol + n), p + length - 2 * address_length(version),
                2 * address_length(version));
    put16(p + length + at, 0);
    put16(p + length + at, folded(sum(s, p + length, n)));
}

/* ---------------------------------------------------------------- packets under way */

struct packet {
    int64_t number;
    int64_t copy_of; /* number, or -1 */
    int64_t frame;   /* in the capture, or -1 */
    int64_t t_in, t_tap, t_out;
    int64_t post_delay;
    unsigned dir;
    bool forged, corrupt_pre, corrupt_post, nocap, drop_post;
    char why[40];
    struct header h;
    int length;
    uint8_t data[];
};

static int64_t packets;

static struct packet *new_packet(unsigned dir, const uint8_t *data, int length, const char *why)
{
    struct packet *p = calloc(1, sizeof *p + (size_t)length);

    if (!p)
        die("out of memory");
    memcpy(p->data, data, (size_t)length);
    p->length = length;
    p->dir = dir;
    p->number = packets++;
    p->copy_of = p->frame = -1;
    snprintf(p->why, sizeof p->why, "%s", why);
    return p;
}

static struct packet *copy_packet(const struct packet *p, const char *why)
{
    struct packet *copy = new_packet(p->dir, p->data, p->length, why);

    copy->copy_of = p->number;
    copy->h = p->h;
    copy->forged = p->forged;
    copy->corrupt_pre = p->corrupt_pre;
    copy->corrupt_post = p->corrupt_post;
    copy->t_in = p->t_in;
    copy->post_delay = p->post_delay;
    return copy;
}

/* A heap of what is due, in the order of time and, at one time, of arrival. */
struct due {
    int64_t t;
    uint64_t order;
    bool at_tap;
    struct packet *p;
};

static struct due *dues;
static size_t due_count, due_capacity;

static bool before(const struct due *a, const struct due *b)
{
    return a->t != b->t ? a->t < b->t : a->order < b->order;
}

static void push(int64_t t, bool at_tap, struct packet *p)
{
    static uint64_t order;
    struct due new = {t, order++, at_tap, p};
    size_t i = due_count++;

    if (due_count > due_capacity) {
        due_capacity = due_capacity ? due_capacity * 2 : 1024;
        dues = realloc(dues, due_capacity * sizeof *dues);
        if (!dues)
            die("out of memory");
    }
    for (; i && before(&new, &dues[(i - 1) / 2]); i = (i - 1) / 2)
        dues[i] = dues[(i - 1) / 2];
    dues[i] = new;
}

static struct due pop(void)
{
    struct due first = dues[0], last = dues[--due_count];
    size_t i = 0;

    for (size_t child; (child = 2 * i + 1) < due_count; i = child) {
        if (child + 1 < due_count && before(&dues[child + 1], &dues[child]))
            child++;
        if (!before(&dues[child], &last))
            break;
        dues[i] = dues[child];
    }
    dues[i] = last;
    return first;
}

/* ---------------------------------------------------------------- capture and log */

static FILE *capture, *packet_log;

static FILE *open_output(const char *path)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        die(path);
    return file;
}

static void start_capture(void)
{
    const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snaplen, linktype;
    } header = {0xa1b23c4d, 2, 4, 0, 0, PACKET_MAX, 101};

    fwrite(&header, sizeof header, 1, capture);
}

static void capture_packet(struct packet *p)
{
    static int64_t frames;
    int64_t t = p->t_tap + epoch_offset;
    const uint32_t header[4] = {(uint32_t)(t / NS), (uint32_t)(t % NS), (uint32_t)p->length,
                                (uint32_t)p->length};

    p->frame = frames++;
    fwrite(header, sizeof header, 1, capture);
    fwrite(p->data, (size_t)p->length, 1, capture);
}

static void log_time(const char *name, int64_t t)
{
    if (t)
        fprintf(packet_log, ",\"%s\":%" PRId64 ".%09" PRId64, name, (t + epoch_offset) / NS,
                (t + epoch_offset) % NS);
    else
        fprintf(packet_log, ",\"%s\":null", name);
}

static void log_header(const struct header *h, int length)
{
    int family = h->version == 4 ? AF_INET : AF_INET6;
    char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], flags[sizeof flag_letters];

    inet_ntop(family, h->src, src, sizeof src);
    inet_ntop(family, h->dst, dst, sizeof dst);
    fprintf(packet_log, ",\"v\":%d,\"proto\":%d,\"src\":\"%s\",\"dst\":\"%s\"", h->version,
            h->protocol, src, dst);
    if (!h->tcp) {
        fprintf(packet_log, ",\"iplen\":%d}\n", length);
        return;
    }
    format_flags(h->flags, flags);
    fprintf(
        packet_log,
        ",\"sport\":%u,\"dport\":%u,\"fl\":\"%s\",\"seq\":%u,\"ack\":%u,\"len\":%d,\"win\":%u}\n",
        h->sport, h->dport, flags, h->seq, h->ack, h->payload, h->window);
}

/* The end of every packet: one line, and its memory is free. */
static void finish(struct packet *p, bool delivered)
{
    fprintf(packet_log, "{\"n\":%" PRId64 ",\"dir\":\"%c\"", p->number, "AB"[p->dir]);
    log_time("t_in", p->t_in);
    log_time("t_tap", p->t_tap);
    log_time("t_out", delivered ? p->t_out : 0);
    if (p->frame >= 0)
        fprintf(packet_log, ",\"cap\":%" PRId64, p->frame);
    else
        fprintf(packet_log, ",\"cap\":null");
    fprintf(packet_log, ",\"dlv\":%s,\"why\":\"%s\"", delivered ? "true" : "false", p->why);
    if (p->forged)
        fprintf(packet_log, ",\"forged\":true");
    if (p->copy_of >= 0)
        fprintf(packet_log, ",\"dup_of\":%" PRId64, p->copy_of);
    if (p->corrupt_pre || p->corrupt_post)
        fprintf(packet_log, ",\"corrupt\":\"%s\"", p->corrupt_pre ? "pre" : "post");
    log_header(&p->h, p->length);
    free(p);
}

/* ---------------------------------------------------------------- rules */

enum action { DROP_PRE, DROP_POST, CORRUPT_PRE, CORRUPT_POST, NOCAP, ICMP, ACTIONS };
static const char *const action_names[ACTIONS] = {"drop_pre",     "drop_post", "corrupt_pre",
                                                  "corrupt_post", "nocap",     "icmp"};

struct icmp_kind {
    int type, code;
};

struct rule {
    bool used;
    char id[32];
    int dir, sport, dport, port; /* -1 any */
    uint8_t set, clear;          /* flags */
    int payload_min, payload_max;
    long count, done;
    enum action action;
    struct icmp_kind icmp;
    unsigned mtu; /* that the ICMP error tells */
};

/* ---------------------------------------------------------------- the way of one packet */

static int tun[2];
static unsigned long late;
static int64_t worst_late;

static void note_late(int64_t by)
{
    late += by > LATE_NS;
    if (by > worst_late)
        worst_late = by;
}

static void corrupt(struct packet *p)
{
    if (p->h.tcp)
        p->data[p->h.length + 16] ^= 0x55; /* the checksum */
}

static void at_receiver(struct packet *p)
{
    bool delivered;

    p->t_out = now_ns();
    delivered = write(tun[!p->dir], p->data, (size_t)p->length) >= 0;
    if (!delivered)
        snprintf(p->why, sizeof p->why, "not written, errno %d", errno);
    note_late(now_ns() - p->t_out);
    finish(p, delivered);
}

static void at_tap(struct packet *p)
{
    p->t_tap = now_ns();
    if (!p->nocap)
        capture_packet(p);
    if (p->corrupt_post)
        corrupt(p);
    if (p->drop_post)
        finish(p, false);
    else
        push(p->t_tap + p->post_delay, false, p);
}

static void handle(const struct due *due)
{
    note_late(now_ns() - due->t);
    if (due->at_tap)
        at_tap(due->p);
    else
        at_receiver(due->p);
}

/* A packet that is born at the tap. */
static void forge(unsigned dir, const uint8_t *data, int length, const char *why, bool nocap,
                  double delay)
{
    struct packet *p = new_packet(dir, data, length, why);

    parse(data, length, &p->h);
    p->forged = true;
    p->nocap = nocap;
    p->t_in = now_ns();
    p->post_delay = ms(paths[dir].delay_post);
    push(p->t_in + ms(delay), true, p);
}

/* RFC 4443 numbers them another way. */
static struct icmp_kind translated(struct icmp_kind four)
{
    static const struct {
        int type, code;
        struct icmp_kind six;
    } others[] = {{3, 4, {2, 0}}, {3, 3, {1, 4}}, {3, 1, {1, 3}}, {3, 13, {1, 1}}, {3, -1, {1, 0}},
                  {11, -1, {3, 0}}, {12, -1, {4, 0}}};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (four.type == others[i].type && (others[i].code < 0 || four.code == others[i].code))
            return others[i].six;
    return four;
}

/* The tap's router answers `p` with an ICMP error when it gets there. */
static void forge_icmp(const struct packet *p, const struct rule *r)
{
    bool four = p->h.version == 4;
    int quote = p->length < 528 ? p->length : 528, protocol = four ? IP_ICMP : IP_ICMP6;
    uint8_t data[40 + 8 + 528];
    int at = put_ip(data, p->h.version, protocol, p->h.dst, p->h.src, 8 + quote);
    const struct icmp_kind kind = four ? r->icmp : translated(r->icmp);

    memset(data + at, 0, 8);
    data[at] = (uint8_t)kind.type;
    data[at + 1] = (uint8_t)kind.code;
    put16(data + at + 6, r->mtu); /* four bytes of them in IPv6 */
    memcpy(data + at + 8, p->data, (size_t)quote);
    put_checksum(data, p->h.version, protocol, at, 8 + quote, 2);
    forge(!p->dir, data, at + 8 + quote, "icmp", false, paths[p->dir].delay_pre + 0.01);
}

/* ---------------------------------------------------------------- which rule has a say */

static struct rule rules[RULES_MAX];

static bool matches(const struct rule *r, const struct header *h, unsigned dir)
{
    return r->used && h->tcp && (r->dir < 0 || r->dir == (int)dir) &&
           (r->sport < 0 || r->sport == h->sport) && (r->dport < 0 || r->dport == h->dport) &&
           (r->port < 0 || r->port == h->sport || r->port == h->dport) &&
           (h->flags & r->set) == r->set && !(h->flags & r->clear) &&
           h->payload >= r->payload_min && h->payload <= r->payload_max && (!r->count || r->done < r->count);
}

struct fate {
    bool drop_pre, dup_pre, dup_post, copies_nocap;
    double pre, post; /* ms */
    const struct rule *icmp;
};

static void fate_by_rules(struct packet *p, struct fate *fate)
{
    for (struct rule *r = rules; r < rules + RULES_MAX; r++) {
        if (!matches(r, &p->h, p->dir))
            continue;
        r->done++;
        switch (r->action) {
        case DROP_PRE:
            fate->drop_pre = true;
            break;
        case DROP_POST:
            p->drop_post = true;
            break;
        case CORRUPT_PRE:
            p->corrupt_pre = true;
            break;
        case CORRUPT_POST:
            p->corrupt_post = true;
            break;
        case NOCAP:
            p->nocap = fate->copies_nocap = true;
            break;
        default:
            p->drop_post = true;
            fate->icmp = r;
            break;
        }
        snprintf(p->why, sizeof p->why, "rule:%s", r->id[0] ? r->id : action_names[r->action]);
    }
}

static void fate_by_chance(struct packet *p, struct fate *fate)
{
    static uint64_t sent[2];
    const struct path *path = &paths[p->dir];
    uint64_t n = sent[p->dir]++;

    fate->drop_pre = chance(LOSS_PRE, p->dir, n) < path->loss_pre;
    p->drop_post = chance(LOSS_POST, p->dir, n) < path->loss_post;
    p->nocap = chance(LOSS_CAPTURE, p->dir, n) < path->loss_cap;
    p->corrupt_pre = chance(CORRUPT, p->dir, n) < path->corrupt;
    fate->dup_pre = chance(DUP_PRE, p->dir, n) < path->dup_pre;
    fate->dup_post = chance(DUP_POST, p->dir, n) < path->dup_post;
    fate->pre = path->delay_pre + path->jit_pre * chance(JITTER_PRE, p->dir, n) +
                (chance(REORDER_PRE, p->dir, n) < path->reord_pre ? path->reord_ms : 0);
    fate->post = path->delay_post + path->jit_post * chance(JITTER_POST, p->dir, n) +
                 (chance(REORDER_POST, p->dir, n) < path->reord_post ? path->reord_ms : 0);
    if (fate->drop_pre || p->drop_post)
        snprintf(p->why, sizeof p->why, "%s", fate->drop_pre ? "loss_pre" : "loss_post");
}

/* Return: when a packet of this length leaves the host's link, or 0 if its queue is full. */
static int64_t departure(unsigned dir, int64_t now, int length)
{
    static int64_t idle_from[2];
    double bytes_per_ns = paths[dir].rate * 125 / 1e9;

    if (bytes_per_ns <= 0)
        return now;
    if (idle_from[dir] < now)
        idle_from[dir] = now;
    if ((double)(idle_from[dir] - now) * bytes_per_ns + length > paths[dir].qlen)
        return 0;
    idle_from[dir] += (int64_t)(length / bytes_per_ns);
    return idle_from[dir];
}

/* ---------------------------------------------------------------- flows */

/* What a host said last: forged segments are made to fit. */
struct flow {
    bool used, acked;
    unsigned dir;
    int version;
    uint16_t sport, dport;
    uint32_t seq_end, ack;
};

static struct flow *find_flow(unsigned dir, int version, unsigned sport, unsigned dport)
{
    static struct flow flows[FLOWS];
    uint64_t key = (uint64_t)dir << 40 | (uint64_t)version << 36 | sport << 16 | dport;
    struct flow *f = &flows[mix(key) % FLOWS];

    for (size_t tried = 0; f->used; f = f == flows + FLOWS - 1 ? flows : f + 1) {
        if (f->dir == dir && f->version == version && f->sport == sport && f->dport == dport)
            return f;
        if (++tried == FLOWS) {
            errno = ENOSPC;
            die("flows");
        }
    }
    f->used = true;
    f->dir = dir;
    f->version = version;
    f->sport = (uint16_t)sport;
    f->dport = (uint16_t)dport;
    return f;
}

static void note_flow(const struct packet *p)
{
    const struct header *h = &p->h;
    struct flow *f = find_flow(p->dir, h->version, h->sport, h->dport);
    uint32_t end = h->seq + (uint32_t)h->payload + !!(h->flags & TH_SYN) + !!(h->flags & TH_FIN);

    if (h->flags & TH_SYN || (int32_t)(end - f->seq_end) > 0)
        f->seq_end = end;
    if (h->flags & TH_ACK) {
        f->ack = h->ack;
        f->acked = true;
    }
}

/* ---------------------------------------------------------------- a packet leaves its host */

static void ingress(unsigned dir, const uint8_t *data, int length)
{
    struct fate fate = {.icmp = NULL};
    struct header h;
    struct packet *p;
    int64_t leaves;

    if (!parse(data, length, &h) || is_noise(&h, data))
        return;
    p = new_packet(dir, data, length, "ok");
    p->h = h;
    p->t_in = now_ns();
    if (h.tcp)
        note_flow(p);
    fate_by_chance(p, &fate);
    fate_by_rules(p, &fate);
    if (!fate.drop_pre && !(leaves = departure(dir, p->t_in, length))) {
        fate.drop_pre = true;
        snprintf(p->why, sizeof p->why, "queue_full");
    }
    if (fate.drop_pre) {
        finish(p, false);
        return;
    }
    leaves += ms(fate.pre);
    p->post_delay = ms(fate.post);
    if (p->corrupt_pre)
        corrupt(p);
    if (fate.dup_pre) {
        struct packet *copy = copy_packet(p, "dup_pre");
        copy->nocap = fate.copies_nocap;
        push(leaves + ms(0.05), true, copy);
    }
    if (fate.dup_post) { /* this copy does not exist at the tap */
        struct packet *copy = copy_packet(p, "dup_post");
        copy->nocap = true;
        copy->post_delay += ms(0.05);
        push(leaves, true, copy);
    }
    if (fate.icmp)
        forge_icmp(p, fate.icmp);
    push(leaves, true, p);
}

/* ---------------------------------------------------------------- commands */

static bool running = true;

/* Return: whether the line has "key=..."; its value. */
static bool value_of(const char *line, const char *key, char value[64])
{
    size_t length = strlen(key);

    for (const char *p = line; (p = strstr(p, key)); p += length)
        if (p > line && p[-1] == ' ' && p[length] == '=') {
            snprintf(value, 64, "%.*s", (int)strcspn(p + length + 1, " "), p + length + 1);
            return true;
        }
    return false;
}

static long number_of(const char *line, const char *key, long otherwise)
{
    char value[64];

    return value_of(line, key, value) ? strtol(value, NULL, 10) : otherwise;
}

static int dir_of(const char *line)
{
    char value[64];

    return value_of(line, "dir", value) ? value[0] == 'B' : -1;
}

static const char *command_set(const char *line)
{
    int dir = dir_of(line);
    char value[64];

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (value_of(line, settings[i].name, value))
            for (int d = 0; d < 2; d++)
                if (dir < 0 || dir == d)
                    *(double *)((char *)&paths[d] + settings[i].offset) = strtod(value, NULL);
    return "ok";
}

static const char *command_rule(const char *line)
{
    struct rule r = {.used = true};
    struct rule *free_one = rules;
    char value[64];

    if (value_of(line, "id", value))
        snprintf(r.id, sizeof r.id, "%.31s", value);
    r.dir = dir_of(line);
    r.sport = (int)number_of(line, "sport", -1);
    r.dport = (int)number_of(line, "dport", -1);
    r.port = (int)number_of(line, "port", -1);
    r.payload_min = (int)number_of(line, "lenmin", 0);
    r.mtu = (unsigned)number_of(line, "mtu", 0);
    r.payload_max = (int)number_of(line, "lenmax", PACKET_MAX);
    r.count = number_of(line, "count", 1);
    if (value_of(line, "flags", value))
        parse_flags(value, &r.set, &r.clear);
    if (!value_of(line, "act", value))
        return "err no act";
    sscanf(value, "icmp:%d.%d", &r.icmp.type, &r.icmp.code);
    value[strcspn(value, ":")] = '\0';
    for (r.action = 0; r.action < ACTIONS && strcmp(value, action_names[r.action]) != 0;)
        r.action++;
    if (r.action == ACTIONS)
        return "err no such act";
    while (free_one < rules + RULES_MAX && free_one->used)
        free_one++;
    if (free_one == rules + RULES_MAX)
        return "err too many rules";
    *free_one = r;
    return "ok";
}

static const char *command_del(const char *line)
{
    char id[64];

    if (!value_of(line, "id", id))
        return "err no id";
    for (size_t i = 0; i < RULES_MAX; i++)
        if (strcmp(rules[i].id, id) == 0)
            rules[i].used = false;
    return "ok";
}

static const char *command_inject(const char *line)
{
    int dir = dir_of(line), version = (int)number_of(line, "v", 4), at;
    unsigned sport = (unsigned)number_of(line, "sport", 0),
             dport = (unsigned)number_of(line, "dport", 0);
    int payload = (int)number_of(line, "len", 0), family = version == 4 ? AF_INET : AF_INET6;
    uint8_t data[2048] = {0}, src[16], dst[16], flags = 0, clear, *t;
    const struct flow *me, *victim;
    char value[64];

    if (dir < 0 || payload > 1400)
        return "err dir or len";
    if (!value_of(line, "src", value) || inet_pton(family, value, src) != 1 ||
        !value_of(line, "dst", value) || inet_pton(family, value, dst) != 1)
        return "err src or dst";
    if (value_of(line, "flags", value))
        parse_flags(value, &flags, &clear);
    me = find_flow((unsigned)dir, version, sport, dport);
    victim = find_flow(!dir, version, dport, sport);
    at = put_ip(data, version, IP_TCP, src, dst, 20 + payload);
    t = data + at;
    put16(t, sport);
    put16(t + 2, dport);
    put32(t + 4,
          (victim->acked ? victim->ack : me->seq_end) + (uint32_t)number_of(line, "seqoff", 0));
    put32(t + 8, flags & TH_ACK ? victim->seq_end : 0);
    t[12] = 0x50;
    t[13] = flags;
    put16(t + 14, 0x200);
    memset(t + 20, 'X', (size_t)payload);
    put_checksum(data, version, IP_TCP, at, 20 + payload, 16);
    forge((unsigned)dir, data, at + 20 + payload, "forged",
          value_of(line, "where", value) && strcmp(value, "post") == 0, 0);
    return "ok";
}

static const char *command_quit(const char *line)
{
    static char answer[80];

    (void)line;
    running = false;
    snprintf(answer, sizeof answer, "ok packets=%" PRId64 " late=%lu worst=%" PRId64, packets, late,
             worst_late / 1000);
    return answer;
}

static void command(const char *line)
{
    static const struct {
        const char *name;
        const char *(*call)(const char *line);
    } commands[] = {{"set", command_set},
                    {"rule", command_rule},
                    {"del", command_del},
                    {"inject", command_inject},
                    {"quit", command_quit}};
    size_t length = strcspn(line, " ");
    const char *answer = "err no such command";

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strlen(commands[i].name) == length && strncmp(line, commands[i].name, length) == 0)
            answer = commands[i].call(line);
    if (dprintf(STDOUT_FILENO, "%s\n", answer) < 0)
        running = false;
}

static void read_commands(void)
{
    static char text[8192];
    static size_t length;
    ssize_t got = read(STDIN_FILENO, text + length, sizeof text - 1 - length);
    char *line = text, *end;

    if (got <= 0) { /* the other end is gone, or said too long a line */
        running = false;
        return;
    }
    length += (size_t)got;
    text[length] = '\0';
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        command(line);
    }
    length -= (size_t)(line - text);
    memmove(text, line, length);
}

/* ---------------------------------------------------------------- main */

static int open_tun(const char *netns)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "wire"};
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(netns, O_RDONLY),
        device, any;

    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET))
        die(netns);
    device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0 || ioctl(device, TUNSETIFF, &request))
        die("/dev/net/tun");
    any = socket(AF_INET, SOCK_DGRAM, 0);
    request.ifr_qlen = 20000;
    if (any < 0 || ioctl(any, SIOCSIFTXQLEN, &request))
        die("queue length");
    close(any);
    close(there);
    if (setns(home, CLONE_NEWNET))
        die("back home");
    close(home);
    return device;
}

static void wait_and_work(void)
{
    static uint8_t data[PACKET_MAX];
    struct pollfd fds[3] = {{tun[0], POLLIN, 0}, {tun[1], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int64_t wait = due_count ? dues[0].t - now_ns() : 0, now;
    const struct timespec timeout = {wait > 0 ? wait / NS : 0, wait > 0 ? wait % NS : 0};

    if (ppoll(fds, 3, due_count ? &timeout : NULL, NULL) < 0)
        die("ppoll");
    for (now = now_ns(); due_count && dues[0].t <= now;) {
        struct due due = pop();
        handle(&due);
    }
    for (unsigned dir = 0; dir < 2; dir++)
        for (ssize_t got, n = 0;
             fds[dir].revents && n < BURST && (got = read(tun[dir], data, sizeof data)) > 0; n++)
            ingress(dir, data, (int)got);
    if (fds[2].revents)
        read_commands();
}

int main(int argc, char **argv)
{
    const struct sched_param priority = {.sched_priority = 10};

    if (argc != 7) {
        fprintf(stderr, "usage: wire NETNS_A NETNS_B CAPTURE LOG SEED EPOCH_OFFSET\n");
        return 2;
    }
    signal(SIGINT, SIG_IGN); /* the end of standard input is the end */
    signal(SIGPIPE, SIG_IGN);
    tun[0] = open_tun(argv[1]);
    tun[1] = open_tun(argv[2]);
    capture = open_output(argv[3]);
    packet_log = open_output(argv[4]);
    seed = strtoull(argv[5], NULL, 10);
    epoch_offset = strtoll(argv[6], NULL, 10);
    start_capture();
    sched_setscheduler(0, SCHED_FIFO, &priority); /* if it may: the delays are exacter */
    dprintf(STDOUT_FILENO, "ready\n");
    while (running)
        wait_and_work();
    while (due_count) {
        struct due due = pop();
        snprintf(due.p->why, sizeof due.p->why, "in_flight_at_end");
        finish(due.p, false);
    }
    free(dues);
    return fclose(capture) || fclose(packet_log);
}

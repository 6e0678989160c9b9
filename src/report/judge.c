/* judge.c - which cases are findings, now that all connections are known
 *
 * Some causes cannot be told by one connection: whether a host is dead or one of its ports is filtered,
 * whether a listener drops some of many, whether a refusal is part of a scan. Thresholds: findings.h, symptoms.h.
 * Where the capture cannot show enough (one direction, lost packets), less is said, or with less confidence.
 */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

struct court {
    struct findings *findings;
    const struct report_summary *summary;
    enum capture_verdict verdict;
    struct places hosts; /* struct host: by address */
};

/* Not where the whole is not known. */
static bool is_share(uint64_t part, uint64_t whole, unsigned percent)
{
    return whole && part * 100 >= whole * percent;
}

static const struct service *service_of(const struct court *court, const struct finding *finding)
{
    static const struct service none;
    struct place key = {.address = finding->address, .port = finding->port, .ip_version = finding->ip_version};
    const struct service *service = places_look(&court->findings->services, &key);
    return service ? service : &none;
}

/* All services of one address. */
struct host {
    struct place place;
    uint64_t answered, heard_ns; /* or refused */
    uint64_t most;     /* attempts at one of its services */
};

static void collect_hosts(struct places *hosts, const struct places *services)
{
    const struct service *service;
    for (size_t i = 0; (service = places_at(services, i)); i++) {
        struct place key = {.address = service->place.address, .ip_version = service->place.ip_version};
        struct host *host = places_find(hosts, &key);
        if (!host)
            continue;
        host->answered += service->answered + service->refused;
        if (service->heard_ns > host->heard_ns)
            host->heard_ns = service->heard_ns;
        if (service->attempts > host->most)
            host->most = service->attempts;
    }
}

static struct host host_of(const struct court *court, const struct tcptwin_address *address,
                           uint8_t ip_version)
{
    struct place key = {.address = *address, .ip_version = ip_version};
    const struct host *host = places_look(&court->hosts, &key);
    return host ? *host : (struct host){.answered = 0};
}

/* The attempts of that client; 0: not known, there was no room to count those that did not fail. */
static uint64_t attempts_of(const struct court *court, const struct source *source)
{
    uint64_t others;
    bool known = headcount_of(&court->findings->others, &source->place.address, &others);
    return known ? source->finding.count + others : 0;
}

/* A single SYN without answer tells nothing of a capture that shows no answers at all. */
static bool is_scan(const struct court *court, const struct source *source)
{
    uint64_t failed = source->finding.count;
    unsigned share = source->targets.more ? SCAN_SHARE_MANY : SCAN_SHARE;
    if (!court->findings->answers)
        failed -= source->mute;
    return source->targets.count >= SCAN_TARGETS && failed >= SCAN_TARGETS &&
           is_share(failed, attempts_of(court, source), share) && court->verdict != CAPTURE_ONE_WAY;
}

/* -- one function a code: fill in what the sentence counts. Return: whether it is said ---------------- */

typedef bool judge(const struct court *court, struct finding_case *found);

static bool judge_as_it_is(const struct court *court, struct finding_case *found)
{
    (void)court, (void)found;
    return true;
}

static bool judge_leak(const struct court *court, struct finding_case *found)
{
    uint64_t end = court->summary->core.last_ts_ns, since = found->finding.time_ns;
    found->finding.time_ns = end > since ? end - since : 0;
    return end < found->finding.evidence.last_ts_ns + STALE_NS;
}

/* Of all clients, those that scan as well. */
static void count_failed(struct finding *finding, const struct service *service, enum failure failure)
{
    finding->of = service->attempts;
    finding->count = service->attempts ? service->failed[failure] : finding->evidence.connections;
}

static bool judge_refused(const struct court *court, struct finding_case *found)
{
    const struct service *service = service_of(court, &found->finding);
    count_failed(&found->finding, service, FAILED_REFUSED);
    found->finding.took_others = service->answered != 0;
    return true;
}

static bool judge_unreachable(const struct court *court, struct finding_case *found)
{
    count_failed(&found->finding, service_of(court, &found->finding), FAILED_UNREACHABLE);
    return true;
}

static bool is_overflow(const struct service *service, uint64_t dropped, uint64_t opening, uint64_t least)
{
    uint64_t lost = service->lost > opening ? service->lost - opening : 0;
    return dropped >= least && is_share(dropped, service->attempts, OVERFLOW_SHARE) &&
           service->answered != 0 && dropped * service->packets >= OVERFLOW_FACTOR * lost * service->attempts;
}

/* Nobody answered: the host, only that port of it, or only some of its clients? */
static bool judge_silent(const struct court *court, struct finding_case *found)
{
    struct finding *finding = &found->finding;
    const struct service *service = service_of(court, finding);
    count_failed(finding, service, FAILED_SILENT);
    if (!finding->of) /* whether it answered others is not known */
        court->findings->unplaced[TCPTWIN_FINDING_HOST_SILENT] += finding->count;
    if (!finding->of || court->verdict == CAPTURE_ONE_WAY)
        return false;
    uint64_t alive_ns = finding->evidence.first_ts_ns + HEARD_NS;
    if (service->answered && service->heard_ns > alive_ns) {
        finding->code = TCPTWIN_FINDING_LISTEN_OVERFLOW;
        finding->confidence = finding->count < OVERFLOW_MIN ? 45 : 60;
        return is_overflow(service, finding->count, 3 * finding->count, 1); /* each sent its SYN more than once */
    }
    finding->answered_before = service->answered != 0;
    struct host host = host_of(court, &finding->address, finding->ip_version);
    if (!service->answered && host.answered) {
        finding->code = TCPTWIN_FINDING_SERVICE_SILENT;
        finding->answered_before = host.heard_ns + BEFORE_NS < finding->evidence.first_ts_ns;
        if (finding->answered_before)
            finding->confidence = 60;
    }
    return true;
}

static bool judge_overflow(const struct court *court, struct finding_case *found)
{
    const struct service *service = service_of(court, &found->finding);
    found->finding.count = found->finding.evidence.connections;
    found->finding.of = service->attempts;
    return is_overflow(service, found->finding.count, 3 * found->finding.count, OVERFLOW_MIN) &&
           court->verdict != CAPTURE_ONE_WAY;
}

static bool judge_flood(const struct court *court, struct finding_case *found)
{
    struct finding *finding = &found->finding;
    uint64_t ns = finding->evidence.last_ts_ns - finding->evidence.first_ts_ns;
    finding->count = finding->evidence.connections;
    finding->of = service_of(court, finding)->attempts;
    finding->time_ns = ns;
    return finding->count >= FLOOD_MIN && is_share(finding->count, finding->of, FLOOD_SHARE) &&
           finding->count * UINT64_C(1000000000) / FLOOD_RATE >= ns &&
           (found->proven || court->findings->completed) && court->verdict != CAPTURE_ONE_WAY;
}

static bool judge_reuse(const struct court *court, struct finding_case *found)
{
    struct finding *finding = &found->finding;
    finding->count = finding->evidence.connections;
    finding->of = found->several_peers ? 0 : host_of(court, &found->peer, finding->ip_version).most;
    return finding->of && finding->count >= REUSE_MIN && is_share(finding->count, finding->of, REUSE_SHARE);
}

static bool judge_answers(const struct court *court, struct finding_case *found)
{
    (void)found;
    return court->verdict != CAPTURE_ONE_WAY;
}

static judge *const judges[TCPTWIN_FINDING_COUNT] = {
    [TCPTWIN_FINDING_CLOSE_WAIT_LEAK] = judge_leak,
    [TCPTWIN_FINDING_FIN_WAIT_2_STUCK] = judge_as_it_is,
    [TCPTWIN_FINDING_REFUSED] = judge_refused,
    [TCPTWIN_FINDING_UNREACHABLE] = judge_unreachable,
    [TCPTWIN_FINDING_HOST_SILENT] = judge_silent,
    [TCPTWIN_FINDING_LISTEN_OVERFLOW] = judge_overflow,
    [TCPTWIN_FINDING_PEER_FORGOT] = judge_as_it_is,
    [TCPTWIN_FINDING_IDLE_CUT] = judge_answers,
    [TCPTWIN_FINDING_PEER_SILENT] = judge_answers,
    [TCPTWIN_FINDING_RST_FORGED] = judge_as_it_is,
    [TCPTWIN_FINDING_RST_UNREAD] = judge_as_it_is,
    [TCPTWIN_FINDING_WRITE_AFTER_CLOSE] = judge_as_it_is,
    [TCPTWIN_FINDING_SYN_FLOOD] = judge_flood,
    [TCPTWIN_FINDING_SLOW_READER] = judge_as_it_is,
    [TCPTWIN_FINDING_LOSS_BEFORE_TAP] = judge_as_it_is,
    [TCPTWIN_FINDING_LOSS_BEHIND_TAP] = judge_as_it_is,
    [TCPTWIN_FINDING_PORTS_EXHAUSTED] = judge_reuse,
};

/* -- the list ------------------------------------------------------------------------------------------- */

static void say(const struct court *court, const struct finding *finding)
{
    struct finding *said = &court->findings->list[court->findings->count++];
    *said = *finding;
    if (court->verdict != CAPTURE_GOOD && said->side != FINDING_CAPTURE)
        said->confidence = said->confidence > LOSSY_PENALTY
                               ? (uint8_t)(said->confidence - LOSSY_PENALTY)
                               : 1;
}

static void judge_service(const struct court *court, const struct service *service)
{
    const struct evidence *evidence = &service->closed_first;
    struct finding finding = {.code = TCPTWIN_FINDING_SERVER_TIME_WAIT, .side = FINDING_SERVER, .confidence = 90,
                              .ip_version = service->place.ip_version,
                              .address = service->place.address, .port = service->place.port, .evidence = *evidence,
                              .count = evidence->connections, .of = service->closed};
    if (evidence->connections >= TIME_WAIT_MIN && is_share(finding.count, finding.of, TIME_WAIT_SHARE))
        say(court, &finding);
}

/* Those of clients that do not scan are cases as anybody's. */
static void release_failures(const struct court *court)
{
    struct findings *findings = court->findings;
    struct source *source;
    for (size_t i = 0; (source = places_at(&findings->sources, i)); i++) {
        if (is_scan(court, source))
            continue;
        findings_release(findings, source);
        if (source->targets.count >= SCAN_TARGETS && !attempts_of(court, source))
            findings->unplaced[TCPTWIN_FINDING_PORT_SCAN] += source->finding.count;
    }
}

static void judge_source(const struct court *court, struct source *source)
{
    struct finding *finding = &source->finding;
    if (!is_scan(court, source))
        return;
    finding->address = source->place.address;
    finding->ip_version = source->place.ip_version;
    finding->of = attempts_of(court, source);
    finding->code = TCPTWIN_FINDING_PORT_SCAN;
    finding->confidence = finding->crowd && finding->crowd->count == 1 ? 85
                          : is_share(finding->count, finding->of, SCAN_SHARE) ? 70 : 60;
    finding->side = FINDING_CLIENT;
    finding->targets = source->targets.count;
    finding->more_targets = source->targets.more;
    finding->time_ns = finding->evidence.last_ts_ns - finding->evidence.first_ts_ns;
    say(court, finding);
}

static void judge_capture(const struct court *court)
{
    const struct totals *totals = &court->findings->totals;
    struct finding finding = {.code = TCPTWIN_FINDING_CAPTURE_UNFIT, .side = FINDING_CAPTURE,
                              .confidence = 95, .detail = (uint8_t)court->verdict,
                              .of = totals->connections, .time_ns = court->summary->back_ns,
                              .evidence = {.first_ts_ns = court->summary->core.first_ts_ns,
                                           .last_ts_ns = court->summary->core.last_ts_ns}};
    finding.count = court->verdict == CAPTURE_ONE_WAY ? totals->one_direction : court->findings->gaps;
    bool many = finding.count && is_share(finding.count, finding.of, UNFIT_SHARE);
    if (court->verdict == CAPTURE_DISORDERED ||
        ((court->verdict == CAPTURE_LOSSY || court->verdict == CAPTURE_ONE_WAY) && many))
        say(court, &finding);
}

/* The gravest first, then the surest, the most frequent, the earliest; the rest only makes it definite. */
static int compare(const void *a_, const void *b_)
{
    const struct finding *a = a_, *b = b_;
    int order = (int)tcptwin_finding_severity(b->code) - (int)tcptwin_finding_severity(a->code);
    if (!order)
        order = b->confidence - a->confidence;
    if (!order && a->evidence.connections != b->evidence.connections)
        order = a->evidence.connections > b->evidence.connections ? -1 : 1;
    if (!order && a->evidence.first_ts_ns != b->evidence.first_ts_ns)
        order = a->evidence.first_ts_ns < b->evidence.first_ts_ns ? -1 : 1;
    if (!order)
        order = a->code - b->code;
    if (!order)
        order = memcmp(&a->address, &b->address, sizeof a->address);
    return order ? order : a->port - b->port;
}

static void judge_all(const struct court *court)
{
    struct findings *findings = court->findings;
    struct service *service;
    struct finding_case *found;
    struct source *source;
    judge_capture(court);
    for (size_t i = 0; (service = places_at(&findings->services, i)); i++)
        judge_service(court, service);
    for (unsigned code = 0; code < TCPTWIN_FINDING_COUNT; code++)
        for (size_t i = 0; judges[code] && (found = places_at(&findings->cases[code], i)); i++)
            if (judges[code](court, found))
                say(court, &found->finding);
    for (size_t i = 0; (source = places_at(&findings->sources, i)); i++)
        judge_source(court, source);
}

void findings_judge(struct findings *findings, const struct report_summary *summary)
{
    struct court court = {findings, summary, totals_verdict(&findings->totals, summary), {.count = 0}};
    struct places hosts = {.entry_size = sizeof(struct host), .limit = findings->services.limit};
    size_t most;
    findings_settle(findings);
    release_failures(&court);
    most = 1 + findings->services.count + findings->sources.count;
    for (unsigned code = 0; code < TCPTWIN_FINDING_COUNT; code++)
        most += findings->cases[code].count;
    findings->list = calloc(most, sizeof *findings->list);
    if (!findings->list)
        return;
    places_begin(&court.hosts, &hosts);
    collect_hosts(&court.hosts, &findings->services);
    judge_all(&court);
    places_free(&court.hosts);
    qsort(findings->list, findings->count, sizeof *findings->list, compare);
}

/* findings.c - the evidence for diagnoses, added up
 *
 *     connection -> services: how many attempts, how many were answered, who closed first
 *                -> others: how many attempts each client made that did not fail
 *                -> sources: clients whose attempts fail, at how many places, and what each showed
 *                -> symptoms (symptoms.c) -> cases: one per code and host or service
 *     all of that, when the capture is over -> findings (judge.c) -> sentences (sentence.c)
 *
 * A connection that is in order costs one look into the table of services, and one to count its client. These
 * tables lie in no cache: an attempt waits until FINDINGS_AHEAD newer ones have come, and its places are asked for.
 *
 * Sums, least and most, and sets do not depend on the order of connections. That a client scans is known
 * only when all of its attempts are; until then its failed ones are held with it, and are no case of a service.
 */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

enum { SERVICES_MAX = 1 << 14, CASES_MAX = 1 << 10, SOURCES_MAX = 1 << 12 };
enum { HELD_MAX = CROWD_MAX, HELD_BY_ALL_MAX = 1 << 14 };

void findings_init(struct findings *findings)
{
    struct places cases = {.entry_size = sizeof(struct finding_case), .limit = CASES_MAX};
    *findings = (struct findings){.completed = 0};
    places_begin(&findings->services,
                 &(struct places){.entry_size = sizeof(struct service), .limit = SERVICES_MAX});
    places_begin(&findings->sources,
                 &(struct places){.entry_size = sizeof(struct source), .limit = SOURCES_MAX});
    for (int i = 0; i < TCPTWIN_FINDING_COUNT; i++)
        places_begin(&findings->cases[i], &cases);
    headcount_begin(&findings->others, places_secret());
}

/* -- evidence ---------------------------------------------------------------------------------------- */

unsigned evidence_examples(const struct evidence *evidence)
{
    return evidence->connections < FINDING_EXAMPLES ? (unsigned)evidence->connections : FINDING_EXAMPLES;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Keeps the first, in order; so far there are @count. */
static void add_example(struct evidence *evidence, unsigned count, uint64_t stream, uint64_t id)
{
    unsigned at = count;
    while (at > 0 && evidence->stream[at - 1] > stream)
        at--;
    if (at == FINDING_EXAMPLES)
        return;
    for (unsigned i = count < FINDING_EXAMPLES ? count : FINDING_EXAMPLES - 1; i > at; i--) {
        evidence->stream[i] = evidence->stream[i - 1];
        evidence->id[i] = evidence->id[i - 1];
    }
    evidence->stream[at] = stream;
    evidence->id[at] = id;
}

static void evidence_add(struct evidence *evidence, const struct evidence *other)
{
    unsigned count = evidence_examples(evidence);
    if (!evidence->connections) {
        *evidence = *other;
        return;
    }
    for (unsigned i = 0; i < evidence_examples(other); i++, count += count < FINDING_EXAMPLES)
        add_example(evidence, count, other->stream[i], other->id[i]);
    evidence->connections += other->connections;
    evidence->first_frame = least(evidence->first_frame, other->first_frame);
    evidence->first_ts_ns = least(evidence->first_ts_ns, other->first_ts_ns);
    evidence->last_frame = most(evidence->last_frame, other->last_frame);
    evidence->last_ts_ns = most(evidence->last_ts_ns, other->last_ts_ns);
}

/* Whether one more, of that number, is named as an example. */
static bool is_named(const struct evidence *evidence, uint64_t stream)
{
    return evidence->connections < FINDING_EXAMPLES || stream < evidence->stream[FINDING_EXAMPLES - 1];
}

/* @into: What it will be added to; an id is dear, and only those of examples are kept. NULL: perhaps the first. */
static struct evidence evidence_of(const struct tcptwin_connection *c, uint64_t first_frame, uint64_t last_frame,
                                   const struct evidence *into)
{
    return (struct evidence){.connections = 1, .first_frame = first_frame, .last_frame = last_frame,
                             .first_ts_ns = c->first_ts_ns, .last_ts_ns = c->last_ts_ns, .stream = {c->stream},
                             .id = {!into || is_named(into, c->stream) ? tcptwin_connection_id(c) : 0}};
}

/* -- crowds ------------------------------------------------------------------------------------------ */

/* A tunnel's scope tells no hosts apart here. */
static struct place place_at(const struct tcptwin_connection *c, unsigned x, uint16_t port)
{
    return (struct place){.address = c->endpoint[x].address, .port = port, .ip_version = c->ip_version};
}

static uint32_t fingerprint(const struct tcptwin_address *address, uint16_t port)
{
    struct place key = {.address = *address, .port = port};
    return (uint32_t)place_hash(&key, 0);
}

/* Return: whether it was there before. */
static bool join(struct crowd *crowd, uint32_t hash)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        if (crowd->hash[i] == hash)
            return true;
    if (crowd->count == CROWD_MAX)
        crowd->more = true;
    else
        crowd->hash[crowd->count++] = hash;
    return false;
}

/* -- cases ------------------------------------------------------------------------------------------- */

/* Whether a finding is said of the service: its client's port is chance. */
static uint16_t port_said(const struct tcptwin_connection *c, const struct symptom *symptom)
{
    bool of_host = symptom->finding == TCPTWIN_FINDING_LOSS_BEFORE_TAP ||
                   symptom->finding == TCPTWIN_FINDING_LOSS_BEHIND_TAP;
    return symptom->endpoint == c->client || of_host ? 0 : c->endpoint[symptom->endpoint].port;
}

/* What this connection alone makes of it. @into: as of evidence_of(). */
static struct finding_case case_of(const struct tcptwin_connection *c, const struct symptom *symptom,
                                   const struct evidence *into)
{
    const struct tcptwin_endpoint *e = &c->endpoint[symptom->endpoint];
    uint16_t port = port_said(c, symptom);
    struct finding finding = {
        .code = symptom->finding, .confidence = symptom->confidence, .detail = symptom->detail,
        .side = symptom->endpoint == c->client ? FINDING_CLIENT : FINDING_SERVER,
        .ip_version = c->ip_version, .port = port, .error = symptom->error, .address = e->address,
        .count = symptom->count, .of = symptom->of, .time_ns = symptom->time_ns,
        .evidence = evidence_of(c, symptom->first_frame, symptom->last_frame, into)};
    return (struct finding_case){.place = place_at(c, symptom->endpoint, port), .finding = finding,
                                 .peer = c->endpoint[!symptom->endpoint].address,
                                 .proven = e->packets > 1, .latest = 1 + c->stream};
}

static void case_add(struct finding_case *found, const struct finding_case *other)
{
    struct finding *into = &found->finding;
    const struct finding *from = &other->finding;
    bool is_since = from->code == TCPTWIN_FINDING_CLOSE_WAIT_LEAK; /* the earliest is the longest */
    if (!into->evidence.connections) {
        *found = *other;
        return;
    }
    if (into->detail != from->detail || into->error != from->error)
        into->detail = DETAIL_NONE, into->error = 0;
    if (into->side != from->side)
        into->side = FINDING_HOST;
    found->several_peers |= other->several_peers ||
                            memcmp(&found->peer, &other->peer, sizeof found->peer) != 0;
    found->proven |= other->proven;
    found->latest = other->latest;
    into->confidence = (uint8_t)most(into->confidence, from->confidence);
    into->time_ns = is_since ? least(into->time_ns, from->time_ns) : most(into->time_ns, from->time_ns);
    into->count += from->count;
    into->of += from->of;
    evidence_add(&into->evidence, &from->evidence);
}

static void add_symptom(struct findings *findings, const struct tcptwin_connection *c,
                        const struct symptom *symptom)
{
    struct place place = place_at(c, symptom->endpoint, port_said(c, symptom));
    struct finding_case *found = places_find(&findings->cases[symptom->finding], &place);
    if (!found) {
        findings->unplaced[symptom->finding]++;
        return;
    }
    struct finding_case one = case_of(c, symptom, &found->finding.evidence);
    if (found->latest == one.latest) /* of both its ends, and they have one address */
        one.finding.evidence.connections = 0;
    case_add(found, &one);
    if (symptom->finding == TCPTWIN_FINDING_SYN_FLOOD) {
        if (!found->finding.crowd)
            found->finding.crowd = calloc(1, sizeof *found->finding.crowd);
        if (found->finding.crowd)
            join(found->finding.crowd, fingerprint(&one.peer, 0));
    }
}

/* -- attempts that fail ------------------------------------------------------------------------------ */

static const uint8_t failures[FAILURE_COUNT] = {[FAILED_REFUSED] = TCPTWIN_FINDING_REFUSED,
                                                [FAILED_UNREACHABLE] = TCPTWIN_FINDING_UNREACHABLE,
                                                [FAILED_SILENT] = TCPTWIN_FINDING_HOST_SILENT};

/* FAILURE_COUNT: none of them. */
static enum failure failure_of(unsigned code)
{
    unsigned failure = 0;
    while (failure < FAILURE_COUNT && failures[failure] != code)
        failure++;
    return (enum failure)failure;
}

static bool is_failed_attempt(const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client];
    return c->role_basis == TCPTWIN_ROLE_SYN &&
           (c->outcome == TCPTWIN_OUTCOME_REFUSED || c->outcome == TCPTWIN_OUTCOME_NO_ANSWER ||
            (c->outcome == TCPTWIN_OUTCOME_ABORTED_HANDSHAKE && (client->tcp_flags & TCPTWIN_RST)));
}

/* Most clients fail once, at one host: that needs no crowd. */
static void join_hosts(struct source *source, uint32_t host)
{
    struct finding *finding = &source->finding;
    if (!source->targets.count) {
        source->first_host = host;
        return;
    }
    if (!finding->crowd && (finding->crowd = calloc(1, sizeof *finding->crowd)))
        join(finding->crowd, source->first_host);
    if (finding->crowd)
        join(finding->crowd, host);
}

/* @known: whether it failed there before. Return: its client; NULL: there is no room for it. */
static struct source *add_failure(struct findings *findings, const struct tcptwin_connection *c, bool *known)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client], *server = &c->endpoint[!c->client];
    struct place key = place_at(c, c->client, 0);
    struct source *source = places_find(&findings->sources, &key);
    if (!source) {
        findings->unplaced[TCPTWIN_FINDING_PORT_SCAN]++;
        return NULL;
    }
    join_hosts(source, fingerprint(&server->address, 0));
    *known = join(&source->targets, fingerprint(&server->address, server->port));
    source->finding.count++;
    source->mute += c->outcome == TCPTWIN_OUTCOME_NO_ANSWER && client->packets == 1;
    struct evidence evidence = evidence_of(c, c->first_frame, c->last_frame, &source->finding.evidence);
    evidence_add(&source->finding.evidence, &evidence);
    return source;
}

/* Room for one more, by doubling. */
static bool make_room(const struct findings *findings, struct source *source)
{
    unsigned count = source->held_count;
    if (count == HELD_MAX || findings->held == HELD_BY_ALL_MAX)
        return false;
    if (count & (count - 1))
        return true;
    struct finding_case *held = realloc(source->held, (count ? 2 * count : 1) * sizeof *held);
    if (held)
        source->held = held;
    return held != NULL;
}

static void hold(struct findings *findings, struct source *source, bool known, const struct finding_case *one,
                 enum failure failure)
{
    for (unsigned i = 0; known && i < source->held_count; i++)
        if (source->held[i].finding.code == one->finding.code &&
            place_same(&source->held[i].place, &one->place)) {
            case_add(&source->held[i], one);
            return;
        }
    if (make_room(findings, source)) {
        source->held[source->held_count++] = *one;
        findings->held++;
    } else {
        source->unheld[failure]++;
    }
}

void findings_release(struct findings *findings, struct source *source)
{
    for (unsigned i = 0; i < source->held_count; i++) {
        struct finding_case *one = &source->held[i];
        struct finding_case *found = places_find(&findings->cases[one->finding.code], &one->place);
        if (found)
            case_add(found, one);
        else
            findings->unplaced[one->finding.code] += one->finding.evidence.connections;
    }
    for (unsigned i = 0; i < FAILURE_COUNT; i++)
        findings->unplaced[failures[i]] += source->unheld[i];
}

/* -- services and clients ---------------------------------------------------------------------------- */

static void fill_attempt(struct attempt *attempt, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client], *server = &c->endpoint[!c->client];
    attempt->service = place_at(c, !c->client, server->port);
    attempt->client = client->address;
    attempt->packets = client->packets;
    attempt->lost = client->lost_after_tap;
    attempt->answered = connection_answered(c);
    attempt->refused = c->outcome == TCPTWIN_OUTCOME_REFUSED;
    attempt->closed = c->outcome == TCPTWIN_OUTCOME_CLOSED_FIN;
    attempt->heard_ns = server->last_ts_ns ? server->last_ts_ns : c->first_ts_ns;
    if (!attempt->answered && !attempt->refused)
        attempt->heard_ns = 0;
    attempt->closed_first.connections = 0;
    if (attempt->closed && c->closed_by == TCPTWIN_PARTY_SERVER)
        attempt->closed_first = evidence_of(c, c->first_frame, c->last_frame, NULL);
    memset(attempt->failed, 0, sizeof attempt->failed);
}

static void add_to_service(struct findings *findings, const struct attempt *attempt)
{
    struct service *service = places_find(&findings->services, &attempt->service);
    if (!service) {
        findings->unplaced[TCPTWIN_FINDING_SERVER_TIME_WAIT] += attempt->closed_first.connections;
        return;
    }
    service->attempts++;
    service->refused += attempt->refused;
    service->closed += attempt->closed;
    service->packets += attempt->packets;
    service->lost += attempt->lost;
    service->answered += attempt->answered;
    service->heard_ns = most(service->heard_ns, attempt->heard_ns);
    for (unsigned i = 0; i < FAILURE_COUNT; i++)
        service->failed[i] += attempt->failed[i];
    if (attempt->closed_first.connections)
        evidence_add(&service->closed_first, &attempt->closed_first);
}

static void settle(struct findings *findings, const struct attempt *attempt)
{
    add_to_service(findings, attempt);
    if (attempt->is_client_counted)
        headcount_add(&findings->others, &attempt->client);
}

/* Where the next is written: the one that was there goes into the tables. */
static struct attempt *next_attempt(struct findings *findings)
{
    struct attempt *attempt = &findings->attempts[findings->attempt_count % FINDINGS_AHEAD];
    if (findings->attempt_count++ >= FINDINGS_AHEAD)
        settle(findings, attempt);
    return attempt;
}

/* Its places, step by step: the slot of the newest, the entry of one before it. */
static void ask_for(const struct findings *findings, const struct attempt *newest)
{
    const struct attempt *older = &findings->attempts[(findings->attempt_count + FINDINGS_AHEAD / 2) % FINDINGS_AHEAD];
    places_prefetch_slot(&findings->services, &newest->service);
    if (newest->is_client_counted)
        headcount_prefetch(&findings->others, &newest->client);
    if (findings->attempt_count >= FINDINGS_AHEAD)
        places_prefetch_entry(&findings->services, &older->service);
}

void findings_settle(struct findings *findings)
{
    uint64_t count = findings->attempt_count, older = count > FINDINGS_AHEAD ? count - FINDINGS_AHEAD : 0;
    for (uint64_t i = older; i < count; i++)
        settle(findings, &findings->attempts[i % FINDINGS_AHEAD]);
    findings->attempt_count = 0;
}

/* Bytes that the capture missed, and that were in no segment which was not believed (damaged, forged). */
static bool is_missed(const struct tcptwin_connection *c)
{
    bool doubted = c->endpoint[0].bad_checksums || c->endpoint[1].bad_checksums;
    if (!c->capture_gap)
        return false;
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        doubted |= c->anomalies[i].anomaly == TCPTWIN_ANOMALY_FOREIGN_SEGMENT ||
                   c->anomalies[i].anomaly == TCPTWIN_ANOMALY_DESYNCHRONISED ||
                   c->anomalies[i].anomaly == TCPTWIN_ANOMALY_DATA_AFTER_FIN;
    return !doubted;
}

/* What it shows that may need a finding. */
static void add_symptoms(struct findings *findings, const struct tcptwin_connection *c, struct attempt *attempt,
                         struct source *source, bool known)
{
    struct symptom symptoms[SYMPTOMS_MAX];
    unsigned count = symptoms_of(c, symptoms);
    for (unsigned i = 0; i < count; i++) {
        enum failure failure = failure_of(symptoms[i].finding);
        if (failure != FAILURE_COUNT)
            attempt->failed[failure]++;
        if (source && failure != FAILURE_COUNT) {
            struct finding_case one = case_of(c, &symptoms[i], NULL);
            hold(findings, source, known, &one, failure);
        } else {
            add_symptom(findings, c, &symptoms[i]);
        }
    }
}

void findings_add(struct findings *findings, const struct tcptwin_connection *c)
{
    struct attempt *attempt = next_attempt(findings);
    struct source *source = NULL;
    bool known = false;
    fill_attempt(attempt, c);
    totals_add(&findings->totals, c);
    findings->gaps += is_missed(c);
    findings->completed += c->handshake == TCPTWIN_HANDSHAKE_COMPLETE;
    findings->answers += attempt->answered || attempt->refused;
    attempt->is_client_counted = !is_failed_attempt(c);
    ask_for(findings, attempt);
    if (!attempt->is_client_counted)
        source = add_failure(findings, c, &known);
    if (!connection_in_order(c))
        add_symptoms(findings, c, attempt, source, known);
}

uint64_t findings_unplaced(const struct findings *findings)
{
    uint64_t sum = 0;
    for (int i = 0; i < TCPTWIN_FINDING_COUNT; i++)
        sum += findings->unplaced[i];
    return sum;
}

void findings_free(struct findings *findings)
{
    struct finding_case *found;
    struct source *source;
    for (unsigned code = 0; code < TCPTWIN_FINDING_COUNT; code++) {
        for (size_t i = 0; (found = places_at(&findings->cases[code], i)); i++)
            free(found->finding.crowd);
        places_free(&findings->cases[code]);
    }
    for (size_t i = 0; (source = places_at(&findings->sources, i)); i++) {
        free(source->finding.crowd);
        free(source->held);
    }
    places_free(&findings->sources);
    places_free(&findings->services);
    headcount_free(&findings->others);
    free(findings->list);
    findings->list = NULL;
    findings->count = 0;
}

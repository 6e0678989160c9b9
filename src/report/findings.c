/* findings.c - the evidence for diagnoses, added up
 *
 *     connection -> symptoms (symptoms.c) -> cases: one per code and host or service
 *                -> services: how many attempts, how many were answered
 *                -> sources: clients whose attempts fail, and at how many places
 *     all of that, when the capture is over -> findings (judge.c) -> sentences (sentence.c)
 *
 * A connection that is in order costs one look into the table of services.
 */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

enum { SERVICES_MAX = 4096, CASES_MAX = 1024, SOURCES_MAX = 1024 };

void findings_init(struct findings *findings)
{
    *findings = (struct findings){
        .services = {.row_size = sizeof(struct service), .limit = SERVICES_MAX},
        .cases = {.row_size = sizeof(struct finding_case), .limit = CASES_MAX},
        .sources = {.row_size = sizeof(struct source), .limit = SOURCES_MAX},
    };
}

static uint32_t fingerprint(const struct tcptwin_address *address, unsigned port)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < sizeof address->bytes; i++)
        hash = (hash ^ address->bytes[i]) * 16777619u;
    return (hash ^ port) * 16777619u;
}

static void join(struct crowd *crowd, uint32_t hash)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        if (crowd->hash[i] == hash)
            return;
    if (crowd->count == CROWD_MAX)
        crowd->more = true;
    else
        crowd->hash[crowd->count++] = hash;
}

bool source_scans(const struct source *source)
{
    return source->targets.count >= SCAN_TARGETS;
}

/* One more connection of this finding. */
static void add_example(struct finding *finding, const struct tcptwin_connection *c,
                        uint64_t first_frame, uint64_t last_frame)
{
    if (!finding->connections || first_frame < finding->first_frame)
        finding->first_frame = first_frame;
    if (!finding->connections || c->first_ts_ns < finding->first_ts_ns)
        finding->first_ts_ns = c->first_ts_ns;
    if (last_frame > finding->last_frame)
        finding->last_frame = last_frame;
    if (c->last_ts_ns > finding->last_ts_ns)
        finding->last_ts_ns = c->last_ts_ns;
    finding->connections++;
    if (finding->examples < FINDING_EXAMPLES) {
        finding->stream[finding->examples] = c->stream;
        finding->id[finding->examples++] = c->id;
    }
}

/* Whether a finding is said of the service: its client's port is chance. */
static uint16_t port_said(const struct tcptwin_connection *c, const struct symptom *symptom)
{
    bool of_host = symptom->finding == TCPTWIN_FINDING_LOSS_BEFORE_TAP ||
                   symptom->finding == TCPTWIN_FINDING_LOSS_BEHIND_TAP;
    return symptom->endpoint == c->client || of_host ? 0 : c->endpoint[symptom->endpoint].port;
}

static void add_symptom(struct findings *findings, const struct tcptwin_connection *c,
                        const struct symptom *symptom)
{
    const struct tcptwin_endpoint *e = &c->endpoint[symptom->endpoint];
    const struct tcptwin_endpoint *peer = &c->endpoint[!symptom->endpoint];
    struct keyed_key key = keyed_key(&e->address, port_said(c, symptom), symptom->finding);
    struct finding_case *found = keyed_take(&findings->cases, &key);
    if (!found) {
        findings->unplaced[symptom->finding]++;
        return;
    }
    struct finding *finding = &found->finding;
    bool longer = symptom->time_ns > finding->time_ns;
    if (symptom->finding == TCPTWIN_FINDING_CLOSE_WAIT_LEAK) /* since when: the earliest */
        longer = !finding->connections || symptom->time_ns < finding->time_ns;
    if (!finding->connections) {
        found->peer = peer->address;
        finding->code = symptom->finding;
        finding->side = symptom->endpoint == c->client ? FINDING_CLIENT : FINDING_SERVER;
        finding->ip_version = c->ip_version;
        finding->address = e->address;
        finding->port = key.port;
        finding->detail = symptom->detail;
        finding->error = symptom->error;
    }
    if (symptom->detail != finding->detail)
        finding->detail = DETAIL_NONE;
    found->several_peers |= memcmp(&found->peer, &peer->address, sizeof found->peer) != 0;
    if (longer)
        finding->time_ns = symptom->time_ns;
    if (symptom->confidence > finding->confidence)
        finding->confidence = symptom->confidence;
    finding->count += symptom->count;
    finding->of += symptom->of;
    add_example(finding, c, symptom->first_frame, symptom->last_frame);
    if (symptom->finding == TCPTWIN_FINDING_SYN_FLOOD) {
        found->proven |= e->packets > 1;
        if (!finding->crowd)
            finding->crowd = calloc(1, sizeof *finding->crowd);
        if (finding->crowd)
            join(finding->crowd, fingerprint(&peer->address, 0));
    }
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

static struct source *source_of(struct findings *findings, const struct tcptwin_connection *c, bool failed)
{
    struct keyed_key key = keyed_key(&c->endpoint[c->client].address, 0, 0);
    if (failed)
        return keyed_take(&findings->sources, &key);
    return findings->suspects ? keyed_find(&findings->sources, &key) : NULL;
}

/* Return: whether the client tries so many places that this one is but a part of it. */
static bool add_attempt(struct findings *findings, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client], *server = &c->endpoint[!c->client];
    bool failed = is_failed_attempt(c);
    struct source *source = source_of(findings, c, failed);
    if (!source) {
        findings->unplaced[TCPTWIN_FINDING_PORT_SCAN] += failed;
        return false;
    }
    struct finding *finding = &source->finding;
    finding->of++;
    if (!failed)
        return false;
    join_hosts(source, fingerprint(&server->address, 0));
    bool was_suspect = source->targets.count >= SCAN_SUSPECT;
    join(&source->targets, fingerprint(&server->address, server->port));
    findings->suspects += !was_suspect && source->targets.count >= SCAN_SUSPECT;
    finding->address = client->address;
    finding->ip_version = c->ip_version;
    finding->count++;
    source->mute += c->outcome == TCPTWIN_OUTCOME_NO_ANSWER && client->packets == 1;
    add_example(finding, c, c->first_frame, c->last_frame);
    return source_scans(source);
}

static void add_to_service(struct findings *findings, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = &c->endpoint[c->client], *server = &c->endpoint[!c->client];
    struct keyed_key key = keyed_key(&server->address, server->port, 0);
    struct service *service = keyed_find(&findings->services, &key);
    bool answered = connection_answered(c);
    findings->completed += c->handshake == TCPTWIN_HANDSHAKE_COMPLETE;
    findings->answers += answered || c->outcome == TCPTWIN_OUTCOME_REFUSED;
    if (!service && !(service = keyed_take(&findings->services, &key)))
        return;
    service->attempts++;
    service->refused += c->outcome == TCPTWIN_OUTCOME_REFUSED;
    service->closed += c->outcome == TCPTWIN_OUTCOME_CLOSED_FIN;
    service->packets += client->packets;
    service->lost += client->lost_after_tap;
    service->answered += answered;
    if (answered && c->first_ts_ns > service->last_answer_ns)
        service->last_answer_ns = c->first_ts_ns;
}

/* Bytes that the capture missed, and that were in no segment which was not believed (damaged, forged). */
static bool is_missed(const struct tcptwin_connection *c)
{
    bool doubted = c->endpoint[0].bad_checksums || c->endpoint[1].bad_checksums;
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        doubted |= c->anomalies[i].anomaly == TCPTWIN_ANOMALY_FOREIGN_SEGMENT ||
                   c->anomalies[i].anomaly == TCPTWIN_ANOMALY_DESYNCHRONISED ||
                   c->anomalies[i].anomaly == TCPTWIN_ANOMALY_DATA_AFTER_FIN;
    return c->capture_gap && !doubted;
}

/* Nothing to be seen of a connection by itself. */
static bool is_in_order(const struct tcptwin_connection *c)
{
    return !c->anomaly_count && c->closed_by != TCPTWIN_PARTY_SERVER &&
           (c->outcome == TCPTWIN_OUTCOME_CLOSED_FIN || c->outcome == TCPTWIN_OUTCOME_OPEN);
}

void findings_add(struct findings *findings, const struct tcptwin_connection *c)
{
    struct symptom symptoms[SYMPTOMS_MAX];
    add_to_service(findings, c);
    if (is_in_order(c) && !findings->suspects)
        return;
    findings->gaps += is_missed(c);
    bool scanned = add_attempt(findings, c);
    unsigned count = symptoms_of(c, symptoms);
    for (unsigned i = 0; i < count; i++) {
        unsigned code = symptoms[i].finding;
        bool part_of_scan = code == TCPTWIN_FINDING_REFUSED || code == TCPTWIN_FINDING_HOST_SILENT ||
                            code == TCPTWIN_FINDING_UNREACHABLE;
        if (!scanned || !part_of_scan)
            add_symptom(findings, c, &symptoms[i]);
    }
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
    for (size_t i = 0; i < findings->cases.capacity; i++)
        if ((found = keyed_at(&findings->cases, i)))
            free(found->finding.crowd);
    for (size_t i = 0; i < findings->sources.capacity; i++)
        if ((source = keyed_at(&findings->sources, i)))
            free(source->finding.crowd);
    keyed_free(&findings->services);
    keyed_free(&findings->cases);
    keyed_free(&findings->sources);
    free(findings->list);
    findings->list = NULL;
    findings->count = 0;
}

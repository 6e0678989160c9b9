/* samples.c - connections made by hand, one per thing that a report must be able to say */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

#define MS 1000000ull
#define S  1000000000ull
static const uint64_t start_ns = 1767225600ull * S; /* 2026-01-01T00:00:00Z */

struct sample {
    struct tcptwin_connection connection;
    struct tcptwin_transition transitions[16];
    struct tcptwin_anomaly_record anomalies[8];
};

static void set_v4(struct tcptwin_endpoint *endpoint, unsigned last, uint16_t port)
{
    static const uint8_t prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2};
    memcpy(endpoint->address.bytes, prefix, sizeof(prefix));
    endpoint->address.bytes[15] = (uint8_t)last;
    endpoint->port = port;
}

static void set_v6(struct tcptwin_endpoint *endpoint, unsigned last, uint16_t port)
{
    static const uint8_t prefix[] = {0x20, 0x01, 0x0d, 0xb8};
    memset(&endpoint->address, 0, sizeof(endpoint->address));
    memcpy(endpoint->address.bytes, prefix, sizeof(prefix));
    endpoint->address.bytes[15] = (uint8_t)last;
    endpoint->port = port;
}

static struct tcptwin_connection *begin(struct sample *sample, unsigned number, unsigned client,
                                        enum tcptwin_outcome outcome)
{
    memset(sample, 0, sizeof(*sample));
    struct tcptwin_connection *c = &sample->connection;
    c->began = number;
    c->stream = number;
    c->incarnation = 1;
    c->ip_version = 4;
    c->client = (uint8_t)client;
    c->role_basis = TCPTWIN_ROLE_SYN;
    c->outcome = (uint8_t)outcome;
    c->end_reason = TCPTWIN_END_DETECTED;
    c->handshake = TCPTWIN_HANDSHAKE_COMPLETE;
    c->confidence = 100;
    c->final = true;
    c->origin_ns = start_ns;
    c->first_ts_ns = start_ns + number * S;
    c->first_frame = 10 * number + 1;
    c->last_frame = 10 * number + 9;
    c->transitions = sample->transitions;
    c->anomalies = sample->anomalies;
    set_v4(&c->endpoint[client], 1, (uint16_t)(40000 + number));
    set_v4(&c->endpoint[!client], 2, 80);
    for (int i = 0; i < 2; i++) {
        c->endpoint[i].wscale = -1;
        c->endpoint[i].packets = 5;
        c->endpoint[i].bytes = 1300;
        c->endpoint[i].payload_bytes = 1000;
    }
    return c;
}

/* The client speaks: role 0; the server: role 1. A frame of 0 stands for a timer. */
struct step {
    uint64_t at_ms;
    uint8_t mover, from, event, basis, sender, flags;
    uint32_t seq, ack;
    uint64_t frame, proof;
};

static void add_steps(struct sample *sample, const struct step *steps, size_t count)
{
    struct tcptwin_connection *c = &sample->connection;
    uint64_t since[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        unsigned mover = step->mover ? !c->client : c->client;
        struct tcptwin_endpoint *e = &c->endpoint[mover];
        uint64_t ts_ns = c->first_ts_ns + step->at_ms * MS;
        const struct tcptwin_row *row = tcptwin_row(step->from, step->event);
        struct tcptwin_transition *t = &sample->transitions[c->transition_count++];
        t->endpoint = (uint8_t)mover;
        t->from = step->from;
        t->to = row ? (uint8_t)row->to : TCPTWIN_STATE_UNKNOWN;
        t->event = step->event;
        t->basis = step->basis;
        t->ts_ns = ts_ns;
        t->dwell_ns = since[mover] ? ts_ns - since[mover] : 0;
        t->proof_frame = step->proof;
        t->segment.frame = step->frame;
        t->segment.ts_ns = ts_ns;
        t->segment.flags = step->flags;
        t->segment.seq = step->seq;
        t->segment.ack = step->ack;
        t->segment.has_ack = step->flags & TCPTWIN_ACK;
        t->segment.sender = step->sender ? !c->client : c->client;
        e->dwell_ns[t->from] += t->dwell_ns;
        e->state = t->to;
        e->state_basis = t->basis;
        e->state_since_ns = since[mover] = ts_ns;
        e->tcp_flags |= t->segment.sender == mover ? step->flags : 0;
        if (c->last_ts_ns < ts_ns && step->frame)
            c->last_ts_ns = ts_ns;
    }
}

static void add_anomaly(struct sample *sample, enum tcptwin_anomaly anomaly, unsigned endpoint,
                        uint32_t count, uint64_t frame)
{
    struct tcptwin_connection *c = &sample->connection;
    sample->anomalies[c->anomaly_count++] = (struct tcptwin_anomaly_record){
        .anomaly = (uint8_t)anomaly,
        .endpoint = (uint8_t)endpoint,
        .confidence = 85,
        .count = count,
        .first_frame = frame,
        .last_frame = frame + count,
        .first_ts_ns = c->first_ts_ns,
        .last_ts_ns = c->last_ts_ns,
    };
}

#define STEPS(sample_, steps_) add_steps(sample_, steps_, sizeof(steps_) / sizeof((steps_)[0]))
#define ST(id_)                TCPTWIN_STATE_##id_
#define EV(id_)                TCPTWIN_EV_##id_
#define OBS                    TCPTWIN_BASIS_OBSERVED
#define CNF                    TCPTWIN_BASIS_CONFIRMED
#define ASM                    TCPTWIN_BASIS_ASSUMED
#define TMR                    TCPTWIN_BASIS_TIMER
enum { F = TCPTWIN_FIN, SY = TCPTWIN_SYN, R = TCPTWIN_RST, A = TCPTWIN_ACK };

#define HANDSHAKE                                                                                  \
    {0, 0, ST(CLOSED), EV(SND_SYN), OBS, 0, SY, 0, 0, 1, 0},                                       \
        {0, 1, ST(LISTEN), EV(RCV_SYN), CNF, 0, SY, 0, 0, 1, 2},                                   \
        {20, 0, ST(SYN_SENT), EV(RCV_SYN_ACK), CNF, 1, SY | A, 0, 1, 2, 3},                        \
    {                                                                                              \
        40, 1, ST(SYN_RECEIVED), EV(RCV_ACK_OF_SYN), CNF, 0, A, 1, 1, 3, 5                         \
    }

const struct tcptwin_connection *sample_closed(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        HANDSHAKE,
        {1240, 0, ST(ESTABLISHED), EV(SND_FIN), OBS, 0, F | A, 101, 901, 6, 0},
        {1240, 1, ST(ESTABLISHED), EV(RCV_FIN), CNF, 0, F | A, 101, 901, 6, 7},
        {1260, 0, ST(FIN_WAIT_1), EV(RCV_ACK_OF_FIN), CNF, 1, F | A, 901, 102, 7, 8},
        {1260, 0, ST(FIN_WAIT_2), EV(RCV_FIN), CNF, 1, F | A, 901, 102, 7, 8},
        {1260, 1, ST(CLOSE_WAIT), EV(SND_FIN), OBS, 1, F | A, 901, 102, 7, 0},
        {1280, 1, ST(LAST_ACK), EV(RCV_ACK_OF_FIN), ASM, 0, A, 102, 902, 8, 0},
        {61280, 0, ST(TIME_WAIT), EV(T_2MSL), TMR, 0, 0, 0, 0, 0, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 0, 0, TCPTWIN_OUTCOME_CLOSED_FIN);
    STEPS(&sample, steps);
    c->closed_by = c->first_fin_by = TCPTWIN_PARTY_CLIENT;
    c->endpoint[1].app_error = TCPTWIN_APP_EOF;
    c->endpoint[1].app_error_basis = TCPTWIN_BASIS_CONFIRMED;
    c->syn_to_synack_ns = c->synack_to_ack_ns = 20 * MS;
    c->wireshark_completeness = 31;
    strcpy(c->zeek_history, "ShADadFfA");
    return c;
}

const struct tcptwin_connection *sample_refused(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        {0, 0, ST(CLOSED), EV(SND_SYN), OBS, 0, SY, 0, 0, 1, 0},
        {1, 0, ST(SYN_SENT), EV(RCV_RST), ASM, 1, R | A, 0, 1, 2, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 1, 0, TCPTWIN_OUTCOME_REFUSED);
    c->ip_version = 6;
    set_v6(&c->endpoint[0], 1, 40001);
    set_v6(&c->endpoint[1], 2, 8080);
    STEPS(&sample, steps);
    c->handshake = TCPTWIN_HANDSHAKE_REFUSED;
    c->reset_by = TCPTWIN_PARTY_SERVER;
    c->endpoint[0].app_error = TCPTWIN_APP_ECONNREFUSED;
    c->endpoint[0].app_error_basis = TCPTWIN_BASIS_ASSUMED;
    c->endpoint[0].app_error_ts_ns = c->last_ts_ns;
    c->wireshark_completeness = 33;
    strcpy(c->zeek_history, "Sr");
    return c;
}

const struct tcptwin_connection *sample_no_answer(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        {0, 0, ST(CLOSED), EV(SND_SYN), OBS, 0, SY, 0, 0, 1, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 2, 0, TCPTWIN_OUTCOME_NO_ANSWER);
    STEPS(&sample, steps);
    c->last_ts_ns = c->first_ts_ns + 7 * S;
    c->handshake = TCPTWIN_HANDSHAKE_NO_REPLY;
    c->end_reason = TCPTWIN_END_EOF;
    c->endpoint[1].packets = c->endpoint[1].bytes = c->endpoint[1].payload_bytes = 0;
    add_anomaly(&sample, TCPTWIN_ANOMALY_SYN_RETRANSMITTED, 0, 3, 12);
    strcpy(c->zeek_history, "S");
    return c;
}

const struct tcptwin_connection *sample_close_wait(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        HANDSHAKE,
        {1240, 0, ST(ESTABLISHED), EV(SND_FIN), OBS, 0, F | A, 101, 901, 6, 0},
        {1240, 1, ST(ESTABLISHED), EV(RCV_FIN), CNF, 0, F | A, 101, 901, 6, 7},
        {1260, 0, ST(FIN_WAIT_1), EV(RCV_ACK_OF_FIN), ASM, 1, A, 901, 102, 7, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 3, 0, TCPTWIN_OUTCOME_HALF_CLOSED);
    STEPS(&sample, steps);
    c->last_ts_ns = c->first_ts_ns + 901 * S;
    c->endpoint[1].dwell_ns[TCPTWIN_STATE_CLOSE_WAIT] = 900 * S;
    c->first_fin_by = TCPTWIN_PARTY_CLIENT;
    c->end_reason = TCPTWIN_END_EOF;
    add_anomaly(&sample, TCPTWIN_ANOMALY_CLOSE_WAIT_LONG, 1, 1, 6);
    add_anomaly(&sample, TCPTWIN_ANOMALY_RETRANSMISSION, 0, 12, 40);
    c->endpoint[0].retrans_packets = 12;
    strcpy(c->zeek_history, "ShADadF");
    return c;
}

const struct tcptwin_connection *sample_reset(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        HANDSHAKE,
        {1240, 1, ST(ESTABLISHED), EV(SND_FIN), OBS, 1, F | A, 901, 101, 6, 0},
        {1240, 0, ST(ESTABLISHED), EV(RCV_FIN), ASM, 1, F | A, 901, 101, 6, 0},
        {1250, 1, ST(FIN_WAIT_1), EV(RCV_ACK_OF_FIN), ASM, 0, A, 101, 902, 7, 0},
        {1300, 1, ST(FIN_WAIT_2), EV(SND_RST), OBS, 1, R, 902, 0, 9, 0},
        {1300, 0, ST(CLOSE_WAIT), EV(RCV_RST), ASM, 1, R, 902, 0, 9, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 4, 0, TCPTWIN_OUTCOME_CLOSED_RST);
    STEPS(&sample, steps);
    c->closed_by = c->first_fin_by = c->reset_by = TCPTWIN_PARTY_SERVER;
    c->endpoint[0].app_error = TCPTWIN_APP_EPIPE;
    c->endpoint[0].app_error_basis = TCPTWIN_BASIS_ASSUMED;
    c->endpoint[0].app_error_ts_ns = c->last_ts_ns;
    add_anomaly(&sample, TCPTWIN_ANOMALY_DATA_AFTER_CLOSE, 0, 1, 8);
    strcpy(c->zeek_history, "ShADadfADr");
    return c;
}

const struct tcptwin_connection *sample_midstream(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        {0, 0, ST(UNKNOWN), EV(SEEN_OPEN), ASM, 0, A, 1, 1, 51, 0},
        {0, 1, ST(UNKNOWN), EV(SEEN_OPEN), ASM, 0, A, 1, 1, 51, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 5, 0, TCPTWIN_OUTCOME_MIDSTREAM);
    STEPS(&sample, steps);
    c->last_ts_ns = c->first_ts_ns + 95 * S;
    c->midstream = true;
    c->handshake = TCPTWIN_HANDSHAKE_UNSEEN;
    c->role_basis = TCPTWIN_ROLE_PORT;
    c->end_reason = TCPTWIN_END_EOF;
    add_anomaly(&sample, TCPTWIN_ANOMALY_MIDSTREAM, 2, 1, 51);
    strcpy(c->zeek_history, "DadA");
    return c;
}

const struct tcptwin_connection *sample_simultaneous(void)
{
    static struct sample sample;
    static const struct step steps[] = {
        HANDSHAKE,
        {100, 0, ST(ESTABLISHED), EV(SND_FIN), OBS, 0, F | A, 1, 1, 64, 0},
        {101, 1, ST(ESTABLISHED), EV(SND_FIN), OBS, 1, F | A, 1, 1, 65, 0},
        {101, 0, ST(FIN_WAIT_1), EV(RCV_FIN), CNF, 1, F | A, 1, 1, 65, 66},
        {120, 1, ST(FIN_WAIT_1), EV(RCV_FIN), CNF, 0, F | A, 1, 1, 64, 67},
        {121, 1, ST(CLOSING), EV(RCV_ACK_OF_FIN), ASM, 0, A, 2, 2, 66, 0},
        {122, 0, ST(CLOSING), EV(RCV_ACK_OF_FIN), ASM, 1, A, 2, 2, 67, 0},
    };
    struct tcptwin_connection *c = begin(&sample, 6, 1, TCPTWIN_OUTCOME_CLOSED_FIN);
    STEPS(&sample, steps);
    c->closed_by = c->first_fin_by = TCPTWIN_PARTY_BOTH;
    add_anomaly(&sample, TCPTWIN_ANOMALY_SIMULTANEOUS_CLOSE, 2, 1, 65);
    strcpy(c->zeek_history, "ShAFfAa");
    return c;
}

const struct tcptwin_connection *sample_stray(void)
{
    static struct sample sample;
    struct tcptwin_connection *c = begin(&sample, 7, 0, TCPTWIN_OUTCOME_STRAY);
    c->last_ts_ns = c->first_ts_ns;
    c->handshake = TCPTWIN_HANDSHAKE_UNSEEN;
    c->role_basis = TCPTWIN_ROLE_FIRST_PACKET;
    c->endpoint[0].tcp_flags = TCPTWIN_RST;
    strcpy(c->zeek_history, "R");
    return c;
}

const struct tcptwin_connection *sample_wide(void)
{
    static struct sample sample;
    static const struct step steps[] = {HANDSHAKE};
    struct tcptwin_connection *c = begin(&sample, 8, 0, TCPTWIN_OUTCOME_HALF_OPEN);
    c->ip_version = 6;
    for (int i = 0; i < 2; i++) {
        memset(c->endpoint[i].address.bytes, 0xda + i, 16);
        c->endpoint[i].port = (uint16_t)(65534 + i);
    }
    STEPS(&sample, steps);
    for (unsigned i = 0; i < 8; i++)
        add_anomaly(&sample, (enum tcptwin_anomaly)(5 * i), i % 3, 1000000 * i + 1, 1000000000);
    sample.transitions[3].segment.seq = sample.transitions[3].segment.ack = UINT32_MAX;
    sample.transitions[3].segment.len = UINT32_MAX;
    return c;
}

const struct tcptwin_connection *sample_at(int index)
{
    static const struct tcptwin_connection *(*const samples[SAMPLE_COUNT])(void) = {
        sample_closed,    sample_refused,      sample_no_answer, sample_close_wait, sample_reset,
        sample_midstream, sample_simultaneous, sample_stray,     sample_wide};
    return samples[index]();
}

struct report_summary sample_summary(void)
{
    static const struct report_input input = {.name = "trace.pcap",
                                              .format = "pcap",
                                              .link_type = "EN10MB",
                                              .message = "",
                                              .frames = 120};
    struct report_summary summary = {
        .inputs = &input,
        .input_count = 1,
        .packets = 120,
        .packets_matched = 120,
        .tcp_packets = 100,
        .profile = "linux",
        .core = {.segments = 100,
                 .connections = SAMPLE_COUNT,
                 .first_ts_ns = start_ns,
                 .last_ts_ns = start_ns + 905 * S},
    };
    summary.decode_counts[TCPTWIN_DECODE_TCP] = 100;
    summary.decode_counts[TCPTWIN_DECODE_OTHER] = 20;
    return summary;
}

void sample_open(struct sample_report *run, const char *kind, const struct report_options *options)
{
    *run = (struct sample_report){.options = *options, .kind = report_kind_find(kind)};
    run->options.out = open_memstream(&run->text, &run->size);
    run->report = run->kind && run->options.out ? run->kind->open(&run->options) : NULL;
    if (!run->report)
        abort();
}

void sample_say(struct sample_report *run, const struct tcptwin_event *event)
{
    run->kind->event(run->report, event);
}

void sample_say_connection(struct sample_report *run, const struct tcptwin_connection *connection)
{
    struct tcptwin_event event = {TCPTWIN_EVENT_CONNECTION, connection, NULL, NULL};
    sample_say(run, &event);
}

char *sample_close(struct sample_report *run, const struct report_summary *summary)
{
    run->kind->finish(run->report, summary);
    run->kind->close(run->report);
    fclose(run->options.out);
    return run->text;
}

char *sample_run(const char *kind, const struct report_options *options,
                 const struct tcptwin_connection *const *connections, size_t count,
                 const struct report_summary *summary)
{
    struct sample_report run;
    sample_open(&run, kind, options);
    for (size_t i = 0; i < count; i++)
        sample_say_connection(&run, connections[i]);
    return sample_close(&run, summary);
}

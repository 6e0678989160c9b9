/* rig.c - see rig.h */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_NS (UINT64_C(1767225600) * 1000000000)

__attribute__((format(printf, 2, 3))) static void append(char *out, const char *format, ...)
{
    size_t length = strlen(out);
    va_list list;
    va_start(list, format);
    int wanted = vsnprintf(out + length, RIG_TEXT - length, format, list);
    va_end(list);
    assert_true(wanted >= 0 && (size_t)wanted < RIG_TEXT - length);
}

static const char *label(unsigned state)
{
    return tcptwin_state_word((enum tcptwin_state)state)->label;
}

static void append_step(char *out, const struct tcptwin_transition *step)
{
    char mark = tcptwin_basis_mark((enum tcptwin_basis)step->basis);
    append(out, " (%s", tcptwin_trigger_word((enum tcptwin_machine_event)step->event)->name);
    if (mark != ' ')
        append(out, "%c", mark);
    append(out, ") %s", label(step->to));
}

const char *rig_path(const struct tcptwin_connection *connection, unsigned endpoint,
                     char out[RIG_TEXT])
{
    out[0] = '\0';
    unsigned at = connection->endpoint[endpoint].state;
    bool first = true;
    for (uint32_t i = 0; i < connection->transition_count; i++) {
        const struct tcptwin_transition *step = &connection->transitions[i];
        if (step->endpoint != endpoint)
            continue;
        if (first)
            append(out, "%s", label(step->from));
        else
            assert_int_equal(step->from, at); /* no leaps */
        append_step(out, step);
        at = step->to;
        first = false;
    }
    if (first)
        append(out, "%s", label(at));
    assert_int_equal(at, connection->endpoint[endpoint].state);
    return out;
}

const char *rig_verdict(const struct tcptwin_connection *c, unsigned first, char out[RIG_TEXT])
{
    const char *error[2];
    for (unsigned x = 0; x < 2; x++) {
        error[x] = tcptwin_app_error_word((enum tcptwin_app_error)c->endpoint[x].app_error)->name;
        if (!error[x][0])
            error[x] = "-";
    }
    out[0] = '\0';
    append(out, "%s %s %s %s %s %s/%s",
           tcptwin_outcome_word((enum tcptwin_outcome)c->outcome)->name,
           tcptwin_handshake_name((enum tcptwin_handshake)c->handshake),
           tcptwin_party_name((enum tcptwin_party)c->closed_by),
           tcptwin_party_name((enum tcptwin_party)c->reset_by),
           tcptwin_end_reason_name((enum tcptwin_end_reason)c->end_reason), error[first],
           error[!first]);
    return out;
}

bool rig_has_anomaly(const struct tcptwin_connection *connection, enum tcptwin_anomaly anomaly,
                     int endpoint)
{
    for (uint32_t i = 0; i < connection->anomaly_count; i++)
        if (connection->anomalies[i].anomaly == anomaly &&
            (endpoint < 0 || connection->anomalies[i].endpoint == endpoint))
            return true;
    return false;
}

/* -- the sink
 * -------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void say(struct rig *rig, const char *format, ...)
{
    if (rig->log_room - rig->log_bytes < RIG_TEXT) {
        rig->log_room = rig->log_room * 2 + RIG_TEXT;
        rig->log = realloc(rig->log, rig->log_room);
        assert_non_null(rig->log);
    }
    va_list list;
    va_start(list, format);
    int wanted = vsnprintf(rig->log + rig->log_bytes, RIG_TEXT, format, list);
    va_end(list);
    assert_true(wanted >= 0 && wanted < RIG_TEXT);
    rig->log_bytes += (size_t)wanted;
}

/* Of the notation; 0 remains 0. */
static int64_t since_epoch(uint64_t ts_ns)
{
    return ts_ns ? (int64_t)(ts_ns - EPOCH_NS) : 0;
}

static void log_transition(struct rig *rig, const char *what, const struct tcptwin_transition *step)
{
    if (!step) {
        say(rig, "%s nothing\n", what);
        return;
    }
    say(rig,
        "%s %u %s>%s %u %u at %" PRId64 " %" PRId64 " %" PRIu64 " frame %" PRIu64
        " %u:%u:%u %" PRIu64 "\n",
        what, step->endpoint, label(step->from), label(step->to), step->event, step->basis,
        since_epoch(step->ts_ns), step->has_endpoint_ts ? since_epoch(step->endpoint_ts_ns) : 0,
        step->dwell_ns,
        step->segment.frame, step->segment.seq, step->segment.ack,
        step->segment.icmp ? step->segment.icmp : step->segment.len, step->proof_frame);
}

static void say_unless_0(struct rig *rig, const char *name, int64_t value)
{
    if (value)
        say(rig, " %s %" PRId64, name, value);
}

static void log_counters(struct rig *rig, const struct tcptwin_endpoint *end)
{
    const struct {
        const char *name;
        int64_t value;
    } counters[] = {
        {"retrans_bytes", (int64_t)end->retrans_bytes},
        {"out_of_order", (int64_t)end->out_of_order},
        {"dup_acks", (int64_t)end->dup_acks},
        {"zero_windows", (int64_t)end->zero_windows},
        {"keepalives", (int64_t)end->keepalives},
        {"bad_checksums", (int64_t)end->bad_checksums},
        {"truncated", (int64_t)end->truncated},
        {"duplicates", (int64_t)end->duplicates},
        {"before_tap", (int64_t)end->lost_before_tap},
        {"after_tap", (int64_t)end->lost_after_tap},
        {"offload", end->offload},
        {"mss", end->mss},
        {"wscale+1", end->wscale + 1},
        {"sack", end->sack_permitted},
        {"timestamps", end->timestamps},
        {"flags", end->tcp_flags},
        {"error_basis", end->app_error_basis},
        {"error_at", since_epoch(end->app_error_ts_ns)},
        {"since", since_epoch(end->state_since_ns)},
        {"last", since_epoch(end->last_ts_ns)},
        {"timer_due", since_epoch(end->timer_due_ns)},
    };
    say(rig, "    ");
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        say_unless_0(rig, counters[i].name, counters[i].value);
    say(rig, "\n");
}

static void log_connection(struct rig *rig, const struct tcptwin_connection *c)
{
    char text[RIG_TEXT];
    say(rig, "connection %" PRIx64 " stream %" PRIu64 " #%u client %u %u: %s confidence %u\n",
        tcptwin_connection_id(c), c->stream, c->incarnation, c->client, c->role_basis, rig_verdict(c, 0, text),
        c->confidence);
    say(rig, "  frames %" PRIu64 "..%" PRIu64 " at %" PRId64 "..%" PRId64 "%s", c->first_frame, c->last_frame,
        since_epoch(c->first_ts_ns), since_epoch(c->last_ts_ns), c->final ? "" : " not final");
    say_unless_0(rig, "reused at", since_epoch(c->reused_ts_ns));
    say_unless_0(rig, "silence", (int64_t)c->silence_ns);
    say_unless_0(rig, "reordered", (int64_t)c->reordered_packets);
    say_unless_0(rig, "dropped", c->evidence_dropped);
    say(rig,
        "\n  history %s completeness %u: handshake %" PRIu64 " %" PRIu64 ", data %" PRIu64 " %" PRIu64
        ", round trips %" PRIu64 ": %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "%s%s%s%s%s\n",
        c->zeek_history, c->wireshark_completeness, c->syn_to_synack_ns, c->synack_to_ack_ns,
        c->first_data_ns, c->first_response_ns, c->rtt_samples, c->rtt_min_ns, c->rtt_p50_ns,
        c->rtt_max_ns, c->rtt_sum_ns, c->midstream ? " midstream" : "",
        c->one_direction ? " one_direction" : "", c->capture_gap ? " gap" : "",
        c->syn_isn_validated ? " syn" : "", c->ack_isn_validated ? " ack" : "");
    for (unsigned x = 0; x < 2; x++) {
        const struct tcptwin_endpoint *end = &c->endpoint[x];
        say(rig,
            "  %u: %s %" PRIu64 " packets %" PRIu64 " bytes %" PRIu64 " repeated %" PRIu64
            " missing\n",
            x, rig_path(c, x, text), end->packets, end->payload_bytes, end->retrans_packets,
            end->gap_bytes);
        log_counters(rig, end);
    }
    for (uint32_t i = 0; i < c->transition_count; i++)
        log_transition(rig, "  step", &c->transitions[i]);
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        say(rig, "  %s %u %u x%u %" PRIu64 "..%" PRIu64 "\n",
            tcptwin_anomaly_word((enum tcptwin_anomaly)c->anomalies[i].anomaly)->name,
            c->anomalies[i].endpoint, c->anomalies[i].confidence, c->anomalies[i].count,
            c->anomalies[i].first_frame, c->anomalies[i].last_frame);
}

static void *copy_of(const void *data, size_t bytes)
{
    void *copy = malloc(bytes + 1);
    assert_non_null(copy);
    if (bytes)
        memcpy(copy, data, bytes);
    return copy;
}

static void keep_connection(struct rig *rig, const struct tcptwin_connection *c)
{
    if (rig->connection_count == rig->connection_room) {
        rig->connection_room = rig->connection_room * 2 + 16;
        rig->connections =
            realloc(rig->connections, rig->connection_room * sizeof *rig->connections);
        assert_non_null(rig->connections);
    }
    struct tcptwin_connection *kept = &rig->connections[rig->connection_count++].said;
    *kept = *c;
    kept->transitions = copy_of(c->transitions, c->transition_count * sizeof *c->transitions);
    kept->anomalies = copy_of(c->anomalies, c->anomaly_count * sizeof *c->anomalies);
}

/* What holds of every connection, whatever was fed. */
static void check_connection(const struct tcptwin_connection *c)
{
    uint64_t before[2] = {0, 0};
    assert_true(c->client < 2 && c->outcome < TCPTWIN_OUTCOME_COUNT);
    assert_true(c->confidence <= 100 && c->incarnation >= 1);
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        const struct tcptwin_row *row =
            tcptwin_row((enum tcptwin_state)step->from, (enum tcptwin_machine_event)step->event);
        assert_true(step->endpoint < 2);
        assert_non_null(row);
        assert_int_equal(row->to, step->to);
        assert_true(step->endpoint_ts_ns >= before[step->endpoint]);
        before[step->endpoint] = step->endpoint_ts_ns;
        /* raised from assumed, or lowered: for a segment that was not captured, or only presumed */
        if (step->basis != row->basis)
            assert_true(step->basis == TCPTWIN_BASIS_CONFIRMED ||
                        step->basis == TCPTWIN_BASIS_ASSUMED);
    }
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        assert_true(c->anomalies[i].anomaly < TCPTWIN_ANOMALY_COUNT);
        assert_true(c->anomalies[i].endpoint <= 2 && c->anomalies[i].confidence <= 100);
        assert_true(c->anomalies[i].count >= 1);
    }
}

static void sink(void *user, const struct tcptwin_event *event)
{
    struct rig *rig = user;
    assert_non_null(event->connection);
    switch (event->kind) {
    case TCPTWIN_EVENT_TRANSITION:
        assert_true(rig->options.live && event->transition && !event->revised);
        if (!rig->conclusions_only)
            log_transition(rig, "said", event->transition);
        rig->transition_events++;
        break;
    case TCPTWIN_EVENT_REVISION:
        assert_true(rig->options.live && event->revised);
        if (!rig->conclusions_only) {
            log_transition(rig, "was", event->revised);
            log_transition(rig, "is", event->transition);
        }
        rig->revision_events++;
        break;
    case TCPTWIN_EVENT_CONNECTION:
        check_connection(event->connection);
        log_connection(rig, event->connection);
        keep_connection(rig, event->connection);
        break;
    }
}

/* -- the context
 * ----------------------------------------------------------------------------------- */

void rig_init(struct rig *rig)
{
    *rig = (struct rig){0};
    tcptwin_options_init(&rig->options);
    rig->options.sink = sink;
    rig->options.sink_user = rig;
}

bool rig_open(struct rig *rig)
{
    rig->options.allocator = heap_allocator(&rig->heap);
    rig->tcptwin = tcptwin_create(&rig->options);
    return rig->tcptwin != NULL;
}

void rig_finish(struct rig *rig)
{
    tcptwin_finish(rig->tcptwin);
}

void rig_close(struct rig *rig)
{
    tcptwin_destroy(rig->tcptwin);
    for (size_t i = 0; i < rig->connection_count; i++) {
        free((void *)(uintptr_t)rig->connections[i].said.transitions);
        free((void *)(uintptr_t)rig->connections[i].said.anomalies);
    }
    free(rig->connections);
    free(rig->log);
    assert_int_equal(rig->heap.bytes, 0);
    assert_int_equal(rig->heap.blocks, 0);
    rig->tcptwin = NULL;
}

struct seg_script rig_parse(const char *text)
{
    struct seg_script script;
    char error[SEG_ERROR_MAX];
    if (!seg_parse(text, "test", &script, error))
        fail_msg("%s in:\n%s", error, text);
    return script;
}

void rig_feed(struct rig *rig, const struct seg_packet *packet)
{
    if (packet->is_icmp)
        tcptwin_feed_icmp(rig->tcptwin, &packet->icmp);
    else
        tcptwin_feed(rig->tcptwin, &packet->segment);
}

void rig_play(struct rig *rig, const char *text)
{
    struct seg_script script = rig_parse(text);
    for (size_t i = 0; i < script.count; i++)
        rig_feed(rig, &script.packets[i]);
    seg_free(&script);
}

void rig_begin(struct rig *rig, const char *text)
{
    rig_init(rig);
    assert_true(rig_open(rig));
    rig_play(rig, text);
}

void rig_advance(struct rig *rig, double seconds)
{
    tcptwin_advance(rig->tcptwin, EPOCH_NS + (uint64_t)(seconds * 1e9));
}

struct tcptwin_stats rig_stats(const struct rig *rig)
{
    struct tcptwin_stats stats;
    tcptwin_get_stats(rig->tcptwin, &stats);
    return stats;
}

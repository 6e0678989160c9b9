/* account.c - see account.h
 *
 *     connection  open, handshake complete, end eof, 95 %
 *     A           CLOSED (snd SYN) SYN-SENT (rcv SYN,ACK+) ESTABLISHED
 *     B           LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED
 *     sent        A 2 packets, 0 bytes; B 1 packets, 0 bytes
 *     odd         syn_isn_conflict of A: 1
 *
 * Steps carry the mark of their basis: none observed, + confirmed, ? assumed, ~ timer.
 */
#include "account.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *label(unsigned state)
{
    return tcptwin_state_word((enum tcptwin_state)state)->label;
}

static void put_step(FILE *out, const struct tcptwin_transition *step)
{
    char mark = tcptwin_basis_mark((enum tcptwin_basis)step->basis);
    fprintf(out, " (%s", tcptwin_trigger_word((enum tcptwin_machine_event)step->event)->name);
    if (mark != ' ')
        fputc(mark, out);
    fprintf(out, ") %s", label(step->to));
}

static void put_path(FILE *out, const struct tcptwin_connection *c, unsigned endpoint)
{
    bool first = true;
    fprintf(out, "%c          ", 'A' + (int)endpoint);
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        if (step->endpoint != endpoint)
            continue;
        if (first)
            fprintf(out, " %s", label(step->from));
        put_step(out, step);
        first = false;
    }
    if (first)
        fprintf(out, " %s", label(c->endpoint[endpoint].state));
    fputc('\n', out);
}

static void put_party(FILE *out, const char *what, unsigned party)
{
    if (party != TCPTWIN_PARTY_NONE)
        fprintf(out, ", %s %s", what, tcptwin_party_name((enum tcptwin_party)party));
}

static void put_verdict(FILE *out, const struct tcptwin_connection *c)
{
    fprintf(out, "connection  %s, handshake %s",
            tcptwin_outcome_word((enum tcptwin_outcome)c->outcome)->name,
            tcptwin_handshake_name((enum tcptwin_handshake)c->handshake));
    if (c->client)
        fputs(", client B", out);
    if (c->role_basis != TCPTWIN_ROLE_SYN)
        fprintf(out, ", roles by %s", tcptwin_role_basis_name((enum tcptwin_role_basis)c->role_basis));
    put_party(out, "closed by", c->closed_by);
    put_party(out, "reset by", c->reset_by);
    if (c->incarnation > 1)
        fprintf(out, ", incarnation %u", c->incarnation);
    if (c->scope)
        fputs(", scoped", out);
    fprintf(out, ", end %s, %u %%\n",
            tcptwin_end_reason_name((enum tcptwin_end_reason)c->end_reason), c->confidence);
}

static void put_counters(FILE *out, const struct tcptwin_connection *c)
{
    for (unsigned x = 0; x < 2; x++) {
        const struct tcptwin_endpoint *end = &c->endpoint[x];
        fprintf(out, "%s%c %" PRIu64 " packets, %" PRIu64 " bytes", x ? "; " : "sent        ",
                'A' + (int)x, end->packets, end->payload_bytes);
        if (end->retrans_packets)
            fprintf(out, ", %" PRIu64 " repeated", end->retrans_packets);
        if (end->gap_bytes)
            fprintf(out, ", %" PRIu64 " bytes missing", end->gap_bytes);
    }
    fputc('\n', out);
}

static void put_errors(FILE *out, const struct tcptwin_connection *c)
{
    for (unsigned x = 0; x < 2; x++)
        if (c->endpoint[x].app_error != TCPTWIN_APP_NONE)
            fprintf(out, "told        %c %s%c\n", 'A' + (int)x,
                    tcptwin_app_error_word((enum tcptwin_app_error)c->endpoint[x].app_error)->name,
                    tcptwin_basis_mark((enum tcptwin_basis)c->endpoint[x].app_error_basis));
}

static void put_anomalies(FILE *out, const struct tcptwin_connection *c)
{
    for (uint32_t i = 0; i < c->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *odd = &c->anomalies[i];
        fprintf(out, "odd         %s", tcptwin_anomaly_word((enum tcptwin_anomaly)odd->anomaly)->name);
        if (odd->endpoint < 2)
            fprintf(out, " of %c", 'A' + odd->endpoint);
        fprintf(out, ": %u\n", odd->count);
    }
}

static void put_connection(FILE *out, const struct tcptwin_connection *c)
{
    put_verdict(out, c);
    put_path(out, c, 0);
    put_path(out, c, 1);
    put_errors(out, c);
    put_counters(out, c);
    put_anomalies(out, c);
}

static void put_claim(FILE *out, const struct tcptwin_transition *step)
{
    if (!step) {
        fputs(" nothing", out);
        return;
    }
    fprintf(out, " %s", label(step->from));
    put_step(out, step);
}

static void put_revision(FILE *out, const struct tcptwin_event *event)
{
    fprintf(out, "live        %c was", 'A' + event->revised->endpoint);
    put_claim(out, event->revised);
    fputs(", is", out);
    put_claim(out, event->transition);
    fputc('\n', out);
}

void account_open(struct account *account)
{
    account->out = open_memstream(&account->text, &account->text_bytes);
    account->live = open_memstream(&account->revisions, &account->revision_bytes);
    if (!account->out || !account->live)
        abort();
}

void account_sink(void *user, const struct tcptwin_event *event)
{
    struct account *account = user;
    if (event->kind == TCPTWIN_EVENT_CONNECTION)
        put_connection(account->out, event->connection);
    else if (event->kind == TCPTWIN_EVENT_REVISION)
        put_revision(account->live, event);
}

void account_frames(struct account *account, const uint64_t counts[TCPTWIN_DECODE_COUNT],
                    const struct tcptwin_stats *stats, bool damaged)
{
    for (unsigned result = 1; result < TCPTWIN_DECODE_COUNT; result++)
        if (counts[result])
            fprintf(account->out, "frames      %s: %" PRIu64 "\n",
                    tcptwin_decode_word((enum tcptwin_decode_result)result)->name, counts[result]);
    if (stats->icmp_unmatched)
        fprintf(account->out, "frames      ICMP errors of no connection: %" PRIu64 "\n",
                stats->icmp_unmatched);
    if (stats->late_segments)
        fprintf(account->out, "frames      late: %" PRIu64 "\n", stats->late_segments);
    if (damaged)
        fputs("input       cannot be read to its end\n", account->out);
}

void account_close(struct account *account)
{
    if (fclose(account->out) || fclose(account->live))
        abort();
}

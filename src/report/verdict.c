/* verdict.c - one sentence in plain words about a connection
 *
 * The sentence is what an engineer would say on the phone: who did what, in which state that found
 * the other side, and what its application was told. One function per outcome; all read the same
 * facts: the end states, the parties, the transitions and the anomalies. Shared by all reports.
 */
#include "verdict.h"
#include "format.h"

#include <string.h>

typedef void verdict_writer(char *out, const struct tcptwin_connection *c);

static const char *const role_names[] = {"client", "server"};
static const char *const capital_names[] = {"The client", "The server"};

/* role 0: client, 1: server */
static const struct tcptwin_endpoint *by_role(const struct tcptwin_connection *c, int role)
{
    return &c->endpoint[role ? !c->client : c->client];
}

static int role_of(const struct tcptwin_connection *c, unsigned endpoint)
{
    return endpoint != c->client;
}

static uint32_t anomaly_count(const struct tcptwin_connection *c, enum tcptwin_anomaly anomaly)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->anomaly_count; i++)
        if (c->anomalies[i].anomaly == anomaly)
            count += c->anomalies[i].count;
    return count;
}

/* The last transition of a side by one of two events; NULL if there is none. */
static const struct tcptwin_transition *last_by(const struct tcptwin_connection *c, int role,
                                                enum tcptwin_machine_event a,
                                                enum tcptwin_machine_event b)
{
    for (uint32_t i = c->transition_count; i-- > 0;) {
        const struct tcptwin_transition *t = &c->transitions[i];
        if (role_of(c, t->endpoint) == role && (t->event == a || t->event == b))
            return t;
    }
    return NULL;
}

/* "presumably " if the state that @left leaves was entered by a segment of which nothing proves that it came */
static const char *presumably(const struct tcptwin_connection *c, const struct tcptwin_transition *left)
{
    for (const struct tcptwin_transition *t = left; t > c->transitions; t--)
        if (t[-1].endpoint == left->endpoint)
            return t[-1].basis == TCPTWIN_BASIS_ASSUMED ? "presumably " : "";
    return "";
}

static void append_all(char *out, const char *const words[])
{
    size_t used = strlen(out);
    for (; *words; words++) {
        size_t length = strlen(*words), room = VERDICT_SIZE - 1 - used;
        memcpy(out + used, *words, length < room ? length : room);
        used += length < room ? length : room;
    }
    out[used] = '\0';
}
#define APPEND(out_, ...) append_all(out_, (const char *const[]){__VA_ARGS__, NULL})

/* Who closed before the RST came may have let go of the socket (close) or not (shutdown): no segment tells. */
static bool had_closed(const struct tcptwin_connection *c, int role)
{
    const struct tcptwin_transition *got = last_by(c, role, TCPTWIN_EV_RCV_RST, TCPTWIN_EV_RCV_RST);
    return got && (got->from == TCPTWIN_STATE_FIN_WAIT_1 || got->from == TCPTWIN_STATE_FIN_WAIT_2 ||
                   got->from == TCPTWIN_STATE_CLOSING);
}

static void append_app_error(char *out, const struct tcptwin_connection *c, int role)
{
    unsigned error = by_role(c, role)->app_error;
    const struct tcptwin_word *word = tcptwin_app_error_word((enum tcptwin_app_error)error);
    if (error != TCPTWIN_APP_NONE && error != TCPTWIN_APP_EOF && word)
        APPEND(out, " The ", role_names[role], "'s application got ", word->name,
               had_closed(c, role) ? ", if it still had the socket." : ".");
}

static void say_open(char *out, const struct tcptwin_connection *c)
{
    APPEND(out, "Still open at the end of the capture, ",
           format_duration(c->last_ts_ns - c->first_ts_ns).s, " after its first packet.");
}

static void say_closed_fin(char *out, const struct tcptwin_connection *c)
{
    if (c->first_fin_by == TCPTWIN_PARTY_CLIENT || c->first_fin_by == TCPTWIN_PARTY_SERVER)
        APPEND(out, "Closed in order, the ", role_names[c->first_fin_by == TCPTWIN_PARTY_SERVER], " first.");
    else if (c->first_fin_by == TCPTWIN_PARTY_BOTH)
        APPEND(out, "Closed in order, by both sides at the same time.");
    else
        APPEND(out, "Closed in order by both sides.");
}

static void say_closed_rst(char *out, const struct tcptwin_connection *c)
{
    if (c->reset_by != TCPTWIN_PARTY_CLIENT && c->reset_by != TCPTWIN_PARTY_SERVER) {
        APPEND(out, c->reset_by == TCPTWIN_PARTY_BOTH      ? "Both sides reset the connection."
                    : c->reset_by == TCPTWIN_PARTY_UNKNOWN ? "Ended by a RST of unclear origin."
                                                           : "Ended by a RST.");
        append_app_error(out, c, 0);
        append_app_error(out, c, 1);
        return;
    }
    int role = c->reset_by == TCPTWIN_PARTY_SERVER;
    const struct tcptwin_transition *sent =
        last_by(c, role, TCPTWIN_EV_SND_RST, TCPTWIN_EV_VANISHED);
    const struct tcptwin_transition *got =
        last_by(c, !role, TCPTWIN_EV_RCV_RST, TCPTWIN_EV_RCV_RST_PASSIVE);
    APPEND(out, capital_names[role], " reset the connection");
    if (sent && sent->event == TCPTWIN_EV_VANISHED)
        APPEND(out, ": its socket no longer existed");
    else if (sent && sent->from != TCPTWIN_STATE_UNKNOWN)
        APPEND(out, " while ", presumably(c, sent), "in ", state_label(sent->from));
    if (got && got->from != TCPTWIN_STATE_UNKNOWN)
        APPEND(out, "; the ", role_names[!role], " was ", presumably(c, got), "in ", state_label(got->from));
    APPEND(out, ".");
    append_app_error(out, c, !role);
}

static void say_refused(char *out, const struct tcptwin_connection *c)
{
    const struct tcptwin_transition *t = last_by(c, 0, TCPTWIN_EV_RCV_RST, TCPTWIN_EV_RCV_ICMP);
    if (t && t->event == TCPTWIN_EV_RCV_ICMP)
        APPEND(out, "An ICMP error answered the SYN.");
    else if (c->reset_by == TCPTWIN_PARTY_SERVER || t)
        APPEND(out, "The server refused: it answered the SYN with a RST.");
    else
        APPEND(out, "The SYN was answered by a RST or an ICMP error.");
    append_app_error(out, c, 0);
}

static void say_no_answer(char *out, const struct tcptwin_connection *c)
{
    uint32_t syns = 1 + anomaly_count(c, TCPTWIN_ANOMALY_SYN_RETRANSMITTED);
    const char *nobody = by_role(c, 1)->packets                          ? "Nothing from the server"
                         : anomaly_count(c, TCPTWIN_ANOMALY_ICMP_ERROR) ? "Nothing but ICMP errors"
                                                                         : "Nobody";
    if (syns == 1)
        APPEND(out, nobody, " answered the client's SYN, sent once.");
    else
        APPEND(out, nobody, " answered the client's ", format_printf("%u", syns).s, " SYNs in ",
               format_duration(c->last_ts_ns - c->first_ts_ns).s, ".");
    append_app_error(out, c, 0);
}

static void say_half_open(char *out, const struct tcptwin_connection *c)
{
    const char *client = state_label(by_role(c, 0)->state),
               *server = state_label(by_role(c, 1)->state);
    int resetter = c->reset_by == TCPTWIN_PARTY_SERVER;
    bool one_reset = c->reset_by == TCPTWIN_PARTY_CLIENT || c->reset_by == TCPTWIN_PARTY_SERVER;
    if (one_reset && by_role(c, !resetter)->state != TCPTWIN_STATE_CLOSED &&
        by_role(c, resetter)->app_error == TCPTWIN_APP_ETIMEDOUT)
        APPEND(out, capital_names[resetter], " got no answer any more, gave up and reset the connection. The ",
               role_names[!resetter], ", if it still runs, is left in ", resetter ? client : server, ".");
    else if (one_reset && by_role(c, !resetter)->state != TCPTWIN_STATE_CLOSED)
        APPEND(out, capital_names[resetter], " reset the connection and the ", role_names[!resetter],
               " did not hear of it: it is still in ", resetter ? client : server, ".");
    else if (c->handshake != TCPTWIN_HANDSHAKE_NO_FINAL_ACK)
        APPEND(out, "The sides disagree: the client ended in ", client, ", the server in ", server, ".");
    else if (by_role(c, 1)->state == TCPTWIN_STATE_SYN_RECEIVED &&
             by_role(c, 0)->state != TCPTWIN_STATE_SYN_SENT)
        APPEND(out, anomaly_count(c, TCPTWIN_ANOMALY_SYN_ACK_RETRANSMITTED) ? "The server never got"
                                                                            : "Nothing shows that the server got",
               " the handshake's last ACK: it is left in ", server, ", the client in ", client, ".");
    else
        APPEND(out, "The handshake was not completed: the client ended in ", client, ", the server in ",
               server, ".");
    append_app_error(out, c, 0);
    append_app_error(out, c, 1);
}

static void say_half_closed(char *out, const struct tcptwin_connection *c)
{
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_endpoint *e = by_role(c, role);
        uint64_t dwell = e->dwell_ns[TCPTWIN_STATE_CLOSE_WAIT];
        if (e->state != TCPTWIN_STATE_CLOSE_WAIT)
            continue;
        APPEND(out, capital_names[!role], " closed and the ", role_names[role],
               " did not: it is left in CLOSE-WAIT");
        if (dwell)
            APPEND(out, ", for ", format_duration(dwell).s, " when its last packet passed");
        APPEND(out, ".");
        return;
    }
    APPEND(out, "Not closed by both yet: the client ended in ", state_label(by_role(c, 0)->state),
           ", the server in ", state_label(by_role(c, 1)->state), ".");
}

static void say_timed_out(char *out, const struct tcptwin_connection *c)
{
    const char *separator = "";
    for (int role = 0; role < 2; role++) {
        const struct tcptwin_transition *t = last_by(c, role, TCPTWIN_EV_T_USER, TCPTWIN_EV_T_USER);
        if (!t)
            continue;
        APPEND(out, separator, capital_names[role], " got no answer any more and gave up in ",
               state_label(t->from), ".");
        separator = " ";
        if (by_role(c, !role)->state != TCPTWIN_STATE_CLOSED)
            APPEND(out, " The ", role_names[!role], " is left in ",
                   state_label(by_role(c, !role)->state), ".");
        append_app_error(out, c, role);
    }
    if (!*separator)
        APPEND(out, "One side gave up: nothing answered any more.");
}

static void say_aborted_handshake(char *out, const struct tcptwin_connection *c)
{
    if (c->reset_by == TCPTWIN_PARTY_CLIENT || c->reset_by == TCPTWIN_PARTY_SERVER)
        APPEND(out, capital_names[c->reset_by == TCPTWIN_PARTY_SERVER],
               " broke the handshake off with a RST.");
    else if (by_role(c, 0)->tcp_flags & TCPTWIN_RST)
        APPEND(out, "The client answered the SYN-ACK with a RST.");
    else if (c->handshake == TCPTWIN_HANDSHAKE_NO_FINAL_ACK)
        APPEND(out, "The handshake was broken off: the SYN-ACK was never acknowledged.");
    else
        APPEND(out, "The handshake began and was broken off.");
}

static void say_midstream(char *out, const struct tcptwin_connection *c)
{
    const struct tcptwin_endpoint *client = by_role(c, 0), *server = by_role(c, 1);
    APPEND(out, "The capture began in the middle and saw no end: the client is ",
           client->state_basis == TCPTWIN_BASIS_ASSUMED ? "presumably " : "", "in ", state_label(client->state),
           ", the server ", server->state_basis == TCPTWIN_BASIS_ASSUMED ? "presumably " : "", "in ",
           state_label(server->state), ".");
}

static void say_stray(char *out, const struct tcptwin_connection *c)
{
    bool reset = (c->endpoint[0].tcp_flags | c->endpoint[1].tcp_flags) & TCPTWIN_RST;
    APPEND(out, reset ? "Segments and RSTs that belong to no connection of this capture."
                      : "Segments that belong to no connection of this capture.");
}

void verdict_write(char out[static VERDICT_SIZE], const struct tcptwin_connection *connection)
{
    static verdict_writer *const writers[TCPTWIN_OUTCOME_COUNT] = {
        [TCPTWIN_OUTCOME_OPEN] = say_open,
        [TCPTWIN_OUTCOME_CLOSED_FIN] = say_closed_fin,
        [TCPTWIN_OUTCOME_CLOSED_RST] = say_closed_rst,
        [TCPTWIN_OUTCOME_REFUSED] = say_refused,
        [TCPTWIN_OUTCOME_NO_ANSWER] = say_no_answer,
        [TCPTWIN_OUTCOME_HALF_OPEN] = say_half_open,
        [TCPTWIN_OUTCOME_HALF_CLOSED] = say_half_closed,
        [TCPTWIN_OUTCOME_TIMED_OUT] = say_timed_out,
        [TCPTWIN_OUTCOME_ABORTED_HANDSHAKE] = say_aborted_handshake,
        [TCPTWIN_OUTCOME_MIDSTREAM] = say_midstream,
        [TCPTWIN_OUTCOME_STRAY] = say_stray,
    };
    unsigned outcome = connection->outcome;
    out[0] = '\0';
    if (outcome < TCPTWIN_OUTCOME_COUNT && writers[outcome])
        writers[outcome](out, connection);
    else
        APPEND(out, "Nothing is known.");
}

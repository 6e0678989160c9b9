/* test_walk.c - every segment that can come, in every pair of states: classified on purpose
 *
 * A connection is brought to a pair of states; then one more segment comes, from either side, with each
 * kind of flags, each relation of its number to what its sender sent, and each of its acknowledgment to what
 * its peer sent. What it does to both ends is compared with walk.txt, which lists it so that it can be read:
 *
 *     ESTABLISHED / ESTABLISHED
 *       A FA
 *         A (snd FIN) FIN-WAIT-1, B (rcv FIN?) CLOSE-WAIT
 *             seq next: ack old last all
 *
 * "seq": old (50 below), last (the number before), next, soon (100 above), far (2,000,000 above).
 * "ack": old, last, all, more (one above), far (100 above); none: all of them. A dash: neither end moved.
 * "instead": what was said before is said otherwise now.
 * What holds of every case whatsoever is in check_rules().
 *
 * test_core_walk FILE compares; test_core_walk FILE update writes.
 */
#include "listing.h"
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* clang-format off */
#define OPEN "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.020 A A 1:1 1\n"
#define DATA OPEN "0.030 A PA 1:101 1\n0.050 B PA 1:201 101\n0.060 A A 101:101 201\n"

static const struct place {
    const char *states;   /**< checked: A's and B's */
    const char *text;
    int32_t next[2];      /**< what each side would send next, relative */
} places[] = {
    {"SYN-SENT / ?", "0.000 A S 0:0\n", {1, 0}},
    {"SYN-RECEIVED / SYN-SENT", "0.000 A S 0:0\n0.001 B S 0:0\n", {1, 1}},
    {"SYN-SENT / SYN-RECEIVED", "0.000 A S 0:0\n0.010 B SA 0:0 1\n1.000 A S 0:0\n", {1, 1}},
    {"SYN-RECEIVED / ESTABLISHED",
     "0.000 A S 0:0\n0.001 B S 0:0\n0.011 A SA 0:0 1\n", {1, 1}},
    {"ESTABLISHED / SYN-RECEIVED", OPEN "1.010 B SA 0:0 1\n", {1, 1}},
    {"ESTABLISHED / ESTABLISHED", DATA, {101, 201}},
    {"FIN-WAIT-1 / CLOSE-WAIT", DATA "0.100 A FA 101:101 201\n", {102, 201}},
    {"FIN-WAIT-2 / CLOSE-WAIT", DATA "0.100 A FA 101:101 201\n0.110 B A 201:201 102\n", {102, 201}},
    {"CLOSING / CLOSING", DATA "0.100 A FA 101:101 201\n0.101 B FA 201:201 101\n", {102, 202}},
    {"TIME-WAIT / LAST-ACK", DATA "0.100 A FA 101:101 201\n0.110 B FA 201:201 102\n", {102, 202}},
    {"TIME-WAIT / CLOSED", DATA "0.100 A FA 101:101 201\n0.110 B FA 201:201 102\n0.120 A A 102:102 202\n", {102, 202}},
    {"CLOSED / CLOSED", DATA "0.100 A RA 101:101 201\n", {101, 201}},
    {"CLOSED / LISTEN", "0.000 A S 0:0\n0.010 B SA 0:0 1\n0.011 A R 1:1\n", {1, 1}},
    {"CLOSED / CLOSED", "0.000 A S 0:0\n0.010 B RA 0:0 1\n", {1, 0}},
    {"ESTABLISHED / ESTABLISHED", "0.000 A PA 1:101 1\n0.020 B A 1:1 101\n", {101, 1}},
    {"? / ?", "0.000 A R 1:1\n", {1, 1}},
};
/* clang-format on */

static const char *const flags[] = {"S", "SA", "A", "PA", "FA", "R", "RA", "F", ".", "SFA"};
static const struct relation {
    const char *name;
    int32_t offset;
} seqs[] = {{"old", -50}, {"last", -1}, {"next", 0}, {"soon", 100}, {"far", 2000000}},
  acks[] = {{"old", -50}, {"last", -1}, {"all", 0}, {"more", 1}, {"far", 100}};

enum { CELLS = 25, CLASS_TEXT = 400 };

/* -- one case ------------------------------------------------------------------------------------- */

static const struct tcptwin_connection *subject(const struct rig *rig)
{
    assert_true(rig->connection_count >= 1);
    return &rig->connections[rig->connection_count - 1].said;
}

static void play(struct rig *rig, const char *text, const char *more)
{
    rig_init(rig);
    assert_true(rig_open(rig));
    char all[2048];
    assert_true((size_t)snprintf(all, sizeof all, "%s%s", text, more) < sizeof all);
    rig_play(rig, all);
    rig_finish(rig);
}

static const char *label(unsigned state)
{
    return tcptwin_state_word((enum tcptwin_state)state)->label;
}

/* The frame also reveals something that @x sent and that was not captured. */
static bool reveals(const struct tcptwin_connection *c, unsigned x, uint64_t frame)
{
    for (uint32_t i = 0; i < c->transition_count; i++)
        if (c->transitions[i].segment.frame == frame && c->transitions[i].segment.sender == x)
            return true;
    return false;
}

/* RFC 9293 and RFC 5961: what may never be, whatever comes. @frame, @sender: the segment that was added. */
static void check_rules(const struct tcptwin_connection *c, unsigned sender, uint64_t frame,
                        const char *what)
{
    bool over[2] = {false, false};
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        const struct tcptwin_brief *told = &step->segment;
        bool own = told->sender == step->endpoint;
        if (over[step->endpoint])
            fail_msg("%s: a step after the end", what);
        over[step->endpoint] = step->to == TCPTWIN_STATE_CLOSED || step->to == TCPTWIN_STATE_LISTEN;
        if (step->basis == TCPTWIN_BASIS_OBSERVED) { /* its own segment, with the flag that does it */
            unsigned flag = step->event == TCPTWIN_EV_SND_SYN   ? TCPTWIN_SYN
                            : step->event == TCPTWIN_EV_SND_FIN ? TCPTWIN_FIN
                                                                : TCPTWIN_RST;
            if (!told->frame || !own || !(told->flags & flag))
                fail_msg("%s: observed without a segment of its own", what);
        }
        if (step->basis == TCPTWIN_BASIS_ASSUMED && !told->frame)
            fail_msg("%s: assumed for no segment", what);
        if (step->proof_frame && step->basis != TCPTWIN_BASIS_CONFIRMED)
            fail_msg("%s: a proof that proves nothing", what);
        if (told->frame == frame && told->sender == sender && !own && step->basis == TCPTWIN_BASIS_CONFIRMED &&
            step->proof_frame == frame && !reveals(c, !sender, frame))
            fail_msg("%s: the last segment cannot prove its own arrival", what);
        if (step->event == TCPTWIN_EV_RCV_RST &&
            (own || (told->frame && !(told->flags & TCPTWIN_RST))))
            fail_msg("%s: reset by what is no RST of the peer", what);
        if (step->event == TCPTWIN_EV_RCV_FIN && told->frame && !(told->flags & TCPTWIN_FIN))
            fail_msg("%s: closed by what is no FIN", what);
    }
}

/* RFC 5961 3.2: only the exact number resets an open connection. */
static void check_reset(const struct tcptwin_connection *c, unsigned sender, const char *flag,
                        const struct relation *seq, uint64_t frame, const char *what)
{
    if (strchr(flag, 'R') == NULL || seq->offset == 0)
        return;
    for (uint32_t i = 0; i < c->transition_count; i++) {
        const struct tcptwin_transition *step = &c->transitions[i];
        bool in_sync = step->from >= TCPTWIN_STATE_ESTABLISHED && step->from != TCPTWIN_STATE_TIME_WAIT;
        bool fin_minus_one = seq->offset == -1; /* Linux takes the number of the FIN as well */
        if (step->event == TCPTWIN_EV_RCV_RST && step->endpoint != sender && in_sync &&
            step->segment.frame == frame && !fin_minus_one && c->role_basis == TCPTWIN_ROLE_SYN)
            fail_msg("%s: reset by a number that is not the next", what);
    }
}

/* What the added segment changed: the steps of each end that are not among those of before. */
static void changes(char *out, const struct tcptwin_connection *before,
                    const struct tcptwin_connection *after)
{
    char was[RIG_TEXT], is[RIG_TEXT];
    out[0] = '\0';
    for (unsigned x = 0; x < 2; x++) {
        rig_path(before, x, was);
        rig_path(after, x, is);
        size_t same = 0;
        while (was[same] && was[same] == is[same])
            same++;
        if (!was[same] && !is[same])
            continue;
        const char *rest = is;
        if (!was[same] && is[same] == ' ')
            rest = is + same + 1; /* it went on from there */
        snprintf(out + strlen(out), CLASS_TEXT - strlen(out), "%s%s%c %s", out[0] ? ", " : "",
                 rest == is ? "instead " : "", "AB"[x], rest);
    }
    if (!out[0])
        strcpy(out, "-");
}

static void anomalies(char *out, const struct tcptwin_connection *before,
                      const struct tcptwin_connection *after)
{
    for (uint32_t i = 0; i < after->anomaly_count; i++) {
        const struct tcptwin_anomaly_record *odd = &after->anomalies[i];
        uint32_t count = 0;
        for (uint32_t k = 0; before && k < before->anomaly_count; k++)
            if (before->anomalies[k].anomaly == odd->anomaly &&
                before->anomalies[k].endpoint == odd->endpoint)
                count = before->anomalies[k].count;
        if (odd->count != count)
            snprintf(out + strlen(out), CLASS_TEXT - strlen(out), " +%s",
                     tcptwin_anomaly_word((enum tcptwin_anomaly)odd->anomaly)->name);
    }
}

static void classify(char *out, const struct rig *before, const struct place *place, unsigned sender,
                     const char *flag, const struct relation *seq, const struct relation *ack)
{
    char line[128], what[200], ack_text[32] = "";
    struct rig rig;
    int32_t number = place->next[sender] + seq->offset;
    if (ack)
        snprintf(ack_text, sizeof ack_text, "%d", place->next[!sender] + ack->offset);
    snprintf(line, sizeof line, "3.000 %c %s %d:%d %s\n", "AB"[sender], flag, number,
             number + (strchr(flag, 'P') ? 10 : 0), ack_text);
    snprintf(what, sizeof what, "%s, then %s", place->states, line);
    play(&rig, place->text, line);
    const struct tcptwin_connection *c = subject(&rig);
    uint64_t frame = 1;
    for (const char *p = place->text; *p; p++)
        frame += *p == '\n';
    check_rules(c, sender, frame, what);
    check_reset(c, sender, flag, seq, frame, what);
    if (rig.connection_count > before->connection_count) {
        strcpy(out, "a new connection");
        anomalies(out, NULL, c);
    } else {
        changes(out, subject(before), c);
        anomalies(out, subject(before), c);
    }
    rig_close(&rig);
}

/* -- the listing ---------------------------------------------------------------------------------- */

struct text {
    char *bytes;
    size_t length, room;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    if (text->room - text->length < 1024) {
        text->room = text->room * 2 + 4096;
        text->bytes = realloc(text->bytes, text->room);
        assert_non_null(text->bytes);
    }
    va_list list;
    va_start(list, format);
    int wanted = vsnprintf(text->bytes + text->length, 1024, format, list);
    va_end(list);
    assert_true(wanted >= 0 && wanted < 1024);
    text->length += (size_t)wanted;
}

/* Which acknowledgments, as bits, come to this class with number @s. */
static unsigned acks_of(char cells[CELLS][CLASS_TEXT], unsigned ack_count, unsigned s, const char *class)
{
    unsigned bits = 0;
    for (unsigned a = 0; a < ack_count; a++)
        bits |= (strcmp(cells[s * COUNT(acks) + a], class) == 0 ? 1u : 0u) << a;
    return bits;
}

/* The cells of one class: numbers with the same acknowledgments on one line. */
static void put_cells(struct text *text, char cells[CELLS][CLASS_TEXT], unsigned ack_count,
                      const char *class)
{
    unsigned all = (1u << ack_count) - 1, done = 0;
    for (unsigned s = 0; s < COUNT(seqs); s++) {
        unsigned bits = acks_of(cells, ack_count, s, class);
        if (!bits || (done >> s & 1))
            continue;
        put(text, "        seq");
        for (unsigned k = s; k < COUNT(seqs); k++)
            if (acks_of(cells, ack_count, k, class) == bits) {
                put(text, " %s", seqs[k].name);
                done |= 1u << k;
            }
        if (bits != all)
            put(text, ": ack");
        for (unsigned a = 0; a < ack_count && bits != all; a++)
            if (bits >> a & 1)
                put(text, " %s", acks[a].name);
        put(text, "\n");
    }
}

static void put_flags(struct text *text, const struct rig *before, const struct place *place,
                      unsigned sender, const char *flag)
{
    static char cells[CELLS][CLASS_TEXT];
    unsigned ack_count = strchr(flag, 'A') ? COUNT(acks) : 1;
    for (unsigned s = 0; s < COUNT(seqs); s++)
        for (unsigned a = 0; a < ack_count; a++)
            classify(cells[s * COUNT(acks) + a], before, place, sender, flag, &seqs[s],
                     strchr(flag, 'A') ? &acks[a] : NULL);
    bool one = true;
    for (unsigned s = 0; s < COUNT(seqs); s++)
        one = one && acks_of(cells, ack_count, s, cells[0]) == (1u << ack_count) - 1;
    put(text, "  %c %s%s%s\n", "AB"[sender], flag, one ? ": always " : "", one ? cells[0] : "");
    for (unsigned i = 0; i < CELLS && !one; i++) {
        bool first = i % COUNT(acks) < ack_count;
        for (unsigned k = 0; k < i && first; k++)
            first = k % COUNT(acks) >= ack_count || strcmp(cells[k], cells[i]) != 0;
        if (!first)
            continue;
        put(text, "    %s\n", cells[i]);
        put_cells(text, cells, ack_count, cells[i]);
    }
}

static struct text walk(void)
{
    struct text text = {0};
    for (size_t p = 0; p < COUNT(places); p++) {
        struct rig before;
        char states[64];
        play(&before, places[p].text, "");
        const struct tcptwin_connection *c = subject(&before);
        snprintf(states, sizeof states, "%s / %s", label(c->endpoint[0].state),
                 label(c->endpoint[1].state));
        assert_string_equal(states, places[p].states);
        put(&text, "%s, after:", states);
        for (const char *at = places[p].text; *at; at++)
            put(&text, "%s%c", at == places[p].text || at[-1] == '\n' ? " | " : "",
                *at == '\n' ? ' ' : *at);
        put(&text, "\n");
        for (unsigned sender = 0; sender < 2; sender++)
            for (size_t f = 0; f < COUNT(flags); f++)
                put_flags(&text, &before, &places[p], sender, flags[f]);
        rig_close(&before);
    }
    return text;
}

static const char *path;
static bool update;

static void as_listed(void **unused)
{
    struct text now = walk();
    (void)unused;
    listing_check(path, now.bytes, now.length, update);
    free(now.bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_listed)};
    if (argc < 2)
        return 2;
    path = argv[1];
    update = argc > 2 && strcmp(argv[2], "update") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_vocabulary.c - what every list of words promises, checked word by word and row by row */
#include "tcptwin/vocabulary.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* -- the sets
 * -------------------------------------------------------------------------------------- */

#define AS_UNSIGNED(function_, type_)                                                              \
    static const struct tcptwin_word *function_##_at(unsigned value)                               \
    {                                                                                              \
        return function_((type_)value);                                                            \
    }
AS_UNSIGNED(tcptwin_state_word, enum tcptwin_state)
AS_UNSIGNED(tcptwin_basis_word, enum tcptwin_basis)
AS_UNSIGNED(tcptwin_trigger_word, enum tcptwin_machine_event)
AS_UNSIGNED(tcptwin_outcome_word, enum tcptwin_outcome)
AS_UNSIGNED(tcptwin_anomaly_word, enum tcptwin_anomaly)
AS_UNSIGNED(tcptwin_finding_word, enum tcptwin_finding)
AS_UNSIGNED(tcptwin_app_error_word, enum tcptwin_app_error)
AS_UNSIGNED(tcptwin_decode_word, enum tcptwin_decode_result)
AS_UNSIGNED(tcptwin_profile_word, enum tcptwin_profile)
AS_UNSIGNED(tcptwin_fate_word, enum tcptwin_fate)

static const struct word_set {
    const char *kind;
    const struct tcptwin_word *(*at)(unsigned value);
    unsigned count;
    bool snake_case; /**< else free: a trigger is a short sentence, an error the name in errno.h */
    bool advice, reference;
} sets[] = {
    {"state", tcptwin_state_word_at, TCPTWIN_STATE_COUNT, true, true, true},
    {"basis", tcptwin_basis_word_at, TCPTWIN_BASIS_COUNT, true, false, false},
    {"trigger", tcptwin_trigger_word_at, TCPTWIN_EV_COUNT, false, false, true},
    {"outcome", tcptwin_outcome_word_at, TCPTWIN_OUTCOME_COUNT, true, true, false},
    {"anomaly", tcptwin_anomaly_word_at, TCPTWIN_ANOMALY_COUNT, true, true, false},
    {"finding", tcptwin_finding_word_at, TCPTWIN_FINDING_COUNT, true, true, false},
    {"app_error", tcptwin_app_error_word_at, TCPTWIN_APP_COUNT, false, false, true},
    {"decode", tcptwin_decode_word_at, TCPTWIN_DECODE_COUNT, true, false, false},
    {"profile", tcptwin_profile_word_at, TCPTWIN_PROFILE_COUNT, true, false, false},
    {"fate", tcptwin_fate_word_at, TCPTWIN_FATE_COUNT, true, true, false},
};

static bool is_snake_case(const char *name)
{
    if (!islower((unsigned char)name[0]))
        return false;
    for (size_t i = 1; name[i]; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
            !(name[i] == '_' && name[i - 1] != '_' && name[i + 1]))
            return false;
    return true;
}

static bool is_sentence(const char *text)
{
    size_t length = strlen(text);
    return length > 3 && strchr(".!?)", text[length - 1]) && !strstr(text, "  ");
}

static void check_word(const struct word_set *set, unsigned value)
{
    const struct tcptwin_word *word = set->at(value);
    bool nothing = set->at == tcptwin_app_error_word_at && value == TCPTWIN_APP_NONE;
    if (!word || !word->name || !word->label || !word->kind || !word->reference || !word->text ||
        !word->advice)
        fail_msg("%s %u: a field is missing", set->kind, value);
    if (strcmp(word->kind, set->kind) != 0)
        fail_msg("%s %s: kind is %s", set->kind, word->name, word->kind);
    if (!is_sentence(word->text))
        fail_msg("%s %s: text \"%s\" is no sentence", set->kind, word->name, word->text);
    if (!word->name[0] != nothing || !word->label[0] != nothing)
        fail_msg("%s %u: no name", set->kind, value);
    if (set->snake_case && !is_snake_case(word->name))
        fail_msg("%s %s: not snake_case", set->kind, word->name);
    if (set->advice && !is_sentence(word->advice))
        fail_msg("%s %s: advice \"%s\" is no sentence", set->kind, word->name, word->advice);
    if (set->reference && !word->reference[0])
        fail_msg("%s %s: no reference", set->kind, word->name);
    for (unsigned other = 0; other < value; other++)
        if (strcmp(set->at(other)->name, word->name) == 0 ||
            strcmp(set->at(other)->label, word->label) == 0)
            fail_msg("%s %s: stands twice", set->kind, word->name);
}

static void every_word_is_complete_and_unique(void **unused)
{
    (void)unused;
    for (size_t s = 0; s < COUNT(sets); s++) {
        assert_true(sets[s].count > 0);
        for (unsigned value = 0; value < sets[s].count; value++)
            check_word(&sets[s], value);
        assert_null(sets[s].at(sets[s].count));
        assert_null(sets[s].at(UINT32_MAX));
    }
}

static void every_word_stands_in_the_whole_list_once(void **unused)
{
    unsigned seen[COUNT(sets)] = {0}, total = 0;
    (void)unused;
    const struct tcptwin_word *word;
    for (; (word = tcptwin_word_at(total)); total++)
        for (size_t s = 0; s < COUNT(sets); s++)
            if (strcmp(word->kind, sets[s].kind) == 0) {
                assert_ptr_equal(word, sets[s].at(seen[s]));
                seen[s]++;
            }
    unsigned sum = 0;
    for (size_t s = 0; s < COUNT(sets); s++) {
        assert_int_equal(seen[s], sets[s].count);
        sum += sets[s].count;
    }
    assert_int_equal(sum, total);
    assert_null(tcptwin_word_at(SIZE_MAX));
}

/* A word is among those that the name finds; another set may have the same name. */
static bool finds(const char *name, size_t index)
{
    size_t bound = 0;
    for (size_t i = tcptwin_word_find(name, 0); i != (size_t)-1;
         i = tcptwin_word_find(name, i + 1)) {
        if (i == index)
            return true;
        assert_true(bound++ < 64);
    }
    return false;
}

static void fold_into(char *out, size_t size, const char *name, bool upper)
{
    size_t i = 0;
    for (; name[i] && i + 1 < size; i++) {
        char c = name[i] == '_' ? '-' : name[i] == '-' ? '_' : name[i];
        out[i] = (char)(upper ? toupper((unsigned char)c) : tolower((unsigned char)c));
    }
    out[i] = '\0';
}

static void every_word_is_found_by_name_and_label(void **unused)
{
    const struct tcptwin_word *word;
    char folded[128];
    (void)unused;
    for (size_t i = 0; (word = tcptwin_word_at(i)); i++) {
        const char *names[] = {word->name, word->label};
        for (size_t n = 0; word->name[0] && n < COUNT(names); n++) {
            if (!finds(names[n], i))
                fail_msg("%s: not found as %s", word->name, names[n]);
            for (int upper = 0; upper < 2; upper++) {
                fold_into(folded, sizeof folded, names[n], upper);
                if (!finds(folded, i))
                    fail_msg("%s: not found as %s", word->name, folded);
            }
        }
    }
    static const char *const unknown[] = {"", "no_such_word", "establishe", "establishedd",
                                          "fin_wait"};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_true(tcptwin_word_find(unknown[i], 0) == (size_t)-1);
    assert_true(tcptwin_word_find("closed", 1u << 20) == (size_t)-1);
}

/* -- short names
 * ----------------------------------------------------------------------------------- */

#define NAME_AS_UNSIGNED(function_, type_)                                                         \
    static const char *function_##_at(unsigned value)                                              \
    {                                                                                              \
        return function_((type_)value);                                                            \
    }
NAME_AS_UNSIGNED(tcptwin_category_name, enum tcptwin_category)
NAME_AS_UNSIGNED(tcptwin_severity_name, enum tcptwin_severity)
NAME_AS_UNSIGNED(tcptwin_role_basis_name, enum tcptwin_role_basis)
NAME_AS_UNSIGNED(tcptwin_party_name, enum tcptwin_party)
NAME_AS_UNSIGNED(tcptwin_handshake_name, enum tcptwin_handshake)
NAME_AS_UNSIGNED(tcptwin_end_reason_name, enum tcptwin_end_reason)

static void short_names_are_unique(void **unused)
{
    static const struct {
        const char *(*name)(unsigned value);
        unsigned count;
    } lists[] = {
        {tcptwin_category_name_at, TCPTWIN_CATEGORY_COUNT},
        {tcptwin_severity_name_at, TCPTWIN_SEVERITY_COUNT},
        {tcptwin_role_basis_name_at, TCPTWIN_ROLE_COUNT},
        {tcptwin_party_name_at, TCPTWIN_PARTY_COUNT},
        {tcptwin_handshake_name_at, TCPTWIN_HANDSHAKE_COUNT},
        {tcptwin_end_reason_name_at, TCPTWIN_END_COUNT},
    };
    (void)unused;
    for (size_t l = 0; l < COUNT(lists); l++) {
        for (unsigned i = 0; i < lists[l].count; i++) {
            assert_true(is_snake_case(lists[l].name(i)));
            for (unsigned k = 0; k < i; k++)
                assert_string_not_equal(lists[l].name(i), lists[l].name(k));
        }
        assert_string_equal(lists[l].name(lists[l].count), "");
        assert_string_equal(lists[l].name(UINT32_MAX), "");
    }
}

static void what_words_carry_besides(void **unused)
{
    (void)unused;
    for (unsigned b = 0; b < TCPTWIN_BASIS_COUNT; b++)
        for (unsigned k = 0; k < b; k++)
            assert_int_not_equal(tcptwin_basis_mark((enum tcptwin_basis)b),
                                 tcptwin_basis_mark((enum tcptwin_basis)k));
    assert_int_equal(tcptwin_basis_mark((enum tcptwin_basis)TCPTWIN_BASIS_COUNT), ' ');
    for (unsigned o = 0; o < TCPTWIN_OUTCOME_COUNT; o++)
        assert_in_range(tcptwin_outcome_rank((enum tcptwin_outcome)o), 0, 100);
    assert_int_equal(tcptwin_outcome_rank((enum tcptwin_outcome)TCPTWIN_OUTCOME_COUNT), 0);
    for (unsigned a = 0; a < TCPTWIN_ANOMALY_COUNT; a++) {
        assert_in_range(tcptwin_anomaly_category((enum tcptwin_anomaly)a), 0,
                        TCPTWIN_CATEGORY_COUNT - 1);
        assert_in_range(tcptwin_anomaly_severity((enum tcptwin_anomaly)a), 0,
                        TCPTWIN_SEVERITY_COUNT - 1);
    }
    assert_int_equal(tcptwin_anomaly_category((enum tcptwin_anomaly)TCPTWIN_ANOMALY_COUNT),
                     TCPTWIN_CATEGORY_CAPTURE);
    assert_int_equal(tcptwin_anomaly_severity((enum tcptwin_anomaly)TCPTWIN_ANOMALY_COUNT),
                     TCPTWIN_SEVERITY_INFO);
    struct tcptwin_timers first = tcptwin_profile_timers(TCPTWIN_PROFILE_LINUX);
    struct tcptwin_timers beyond =
        tcptwin_profile_timers((enum tcptwin_profile)TCPTWIN_PROFILE_COUNT);
    assert_memory_equal(&first, &beyond, sizeof first);
    for (unsigned p = 0; p < TCPTWIN_PROFILE_COUNT; p++) {
        struct tcptwin_timers timers = tcptwin_profile_timers((enum tcptwin_profile)p);
        assert_true(timers.time_wait_s && timers.syn_give_up_s && timers.syn_received_give_up_s &&
                    timers.retransmit_give_up_s);
    }
}

/* -- the machine
 * ----------------------------------------------------------------------------------- */

static const char *trigger_id(enum tcptwin_machine_event event)
{
    static const char *const ids[] = {
#define EVENT(id_, trigger_, text_) #id_,
#include "tcptwin/machine_events.def"
    };
    return ids[event];
}

static void every_row_is_complete(void **unused)
{
    size_t count = 0, listed = 0;
    const struct tcptwin_row *row;
    (void)unused;
    for (; (row = tcptwin_row_at(count)); count++) {
        assert_ptr_equal(row, tcptwin_row(row->from, row->event));
        if (!row->reference[0] || !is_sentence(row->sentence))
            fail_msg("row %zu: no reference or sentence", count);
        if (row->from == row->to)
            fail_msg("row %zu: goes nowhere", count);
    }
    for (unsigned from = 0; from < TCPTWIN_STATE_COUNT; from++)
        for (unsigned event = 0; event < TCPTWIN_EV_COUNT; event++)
            listed +=
                tcptwin_row((enum tcptwin_state)from, (enum tcptwin_machine_event)event) != NULL;
    assert_int_equal(listed, count); /* none stands twice */
    assert_null(tcptwin_row_at(SIZE_MAX));
    assert_null(tcptwin_row((enum tcptwin_state)TCPTWIN_STATE_COUNT, TCPTWIN_EV_SND_SYN));
    assert_null(tcptwin_row(TCPTWIN_STATE_CLOSED, (enum tcptwin_machine_event)TCPTWIN_EV_COUNT));
}

/* From CLOSED, LISTEN and UNKNOWN, where a twin starts, every state is reached and left again. */
static void every_state_is_reachable_and_every_event_used(void **unused)
{
    unsigned reached =
        1u << TCPTWIN_STATE_CLOSED | 1u << TCPTWIN_STATE_LISTEN | 1u << TCPTWIN_STATE_UNKNOWN;
    unsigned before, left = 0, events = 0;
    const struct tcptwin_row *row;
    (void)unused;
    do {
        before = reached;
        for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
            if (reached >> row->from & 1)
                reached |= 1u << row->to;
            left |= 1u << row->from;
            events |= 1u << row->event;
        }
    } while (reached != before);
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++) {
        if (!(reached >> state & 1))
            fail_msg("state %u cannot be reached", state);
        if (!(left >> state & 1))
            fail_msg("state %u cannot be left", state);
    }
    for (unsigned event = 0; event < TCPTWIN_EV_COUNT; event++)
        if (!(events >> event & 1))
            fail_msg("%s moves nobody", trigger_id((enum tcptwin_machine_event)event));
}

static void what_no_machine_may_do(void **unused)
{
    const struct tcptwin_row *row;
    (void)unused;
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
        assert_false(row->from == TCPTWIN_STATE_ESTABLISHED && row->to == TCPTWIN_STATE_FIN_WAIT_2);
        assert_false(row->event == TCPTWIN_EV_RCV_FIN && row->to == TCPTWIN_STATE_FIN_WAIT_1);
        /* a socket that is gone does not come back: it opens anew */
        if (row->from == TCPTWIN_STATE_CLOSED)
            assert_int_equal(row->event, TCPTWIN_EV_SND_SYN);
        assert_int_not_equal(row->to, TCPTWIN_STATE_UNKNOWN);
        /* only the peer's FIN leads to where the peer has closed, only its own FIN to where it has
         */
        if (row->to == TCPTWIN_STATE_CLOSE_WAIT)
            assert_true(row->event == TCPTWIN_EV_RCV_FIN ||
                        row->event == TCPTWIN_EV_SEEN_PEER_CLOSED);
        if (row->to == TCPTWIN_STATE_FIN_WAIT_1 || row->to == TCPTWIN_STATE_LAST_ACK)
            assert_int_equal(row->event, TCPTWIN_EV_SND_FIN);
        if (row->to == TCPTWIN_STATE_LISTEN)
            assert_true(row->from == TCPTWIN_STATE_SYN_RECEIVED);
        if (row->event == TCPTWIN_EV_SND_RST || row->event == TCPTWIN_EV_VANISHED ||
            row->event == TCPTWIN_EV_RCV_RST)
            assert_int_equal(row->to, TCPTWIN_STATE_CLOSED);
    }
}

/* What an event is worth follows from who tells it. */
static void bases_are_not_confused(void **unused)
{
    static const struct {
        const char *prefix;
        unsigned allowed;
    } rules[] = {
        {"SND_", 1u << TCPTWIN_BASIS_OBSERVED},
        {"RCV_", 1u << TCPTWIN_BASIS_ASSUMED | 1u << TCPTWIN_BASIS_CONFIRMED},
        {"T_", 1u << TCPTWIN_BASIS_TIMER},
        {"REUSED", 1u << TCPTWIN_BASIS_ASSUMED},
        {"VANISHED", 1u << TCPTWIN_BASIS_ASSUMED},
        {"REQUEST_GONE", 1u << TCPTWIN_BASIS_ASSUMED},
        {"SEEN_", 1u << TCPTWIN_BASIS_ASSUMED},
    };
    const struct tcptwin_row *row;
    (void)unused;
    for (size_t i = 0; (row = tcptwin_row_at(i)); i++) {
        const char *id = trigger_id(row->event);
        unsigned matched = 0;
        for (size_t r = 0; r < COUNT(rules); r++) {
            if (strncmp(id, rules[r].prefix, strlen(rules[r].prefix)) != 0)
                continue;
            matched++;
            if (!(rules[r].allowed >> row->basis & 1))
                fail_msg("row %zu: %s with basis %u", i, id, row->basis);
        }
        assert_int_equal(matched, 1);
    }
    /* a larger value is weaker */
    assert_true(TCPTWIN_BASIS_OBSERVED < TCPTWIN_BASIS_CONFIRMED);
    assert_true(TCPTWIN_BASIS_CONFIRMED < TCPTWIN_BASIS_ASSUMED);
    assert_true(TCPTWIN_BASIS_ASSUMED < TCPTWIN_BASIS_TIMER);
}

/* RFC 9293 figure 5, row by row: what must be there. */
static void the_diagram_of_rfc_9293(void **unused)
{
    static const struct {
        enum tcptwin_state from;
        enum tcptwin_machine_event event;
        enum tcptwin_state to;
    } arrows[] = {
        {TCPTWIN_STATE_CLOSED, TCPTWIN_EV_SND_SYN, TCPTWIN_STATE_SYN_SENT},
        {TCPTWIN_STATE_LISTEN, TCPTWIN_EV_RCV_SYN, TCPTWIN_STATE_SYN_RECEIVED},
        {TCPTWIN_STATE_SYN_SENT, TCPTWIN_EV_RCV_SYN, TCPTWIN_STATE_SYN_RECEIVED},
        {TCPTWIN_STATE_SYN_SENT, TCPTWIN_EV_RCV_SYN_ACK, TCPTWIN_STATE_ESTABLISHED},
        {TCPTWIN_STATE_SYN_RECEIVED, TCPTWIN_EV_RCV_ACK_OF_SYN, TCPTWIN_STATE_ESTABLISHED},
        {TCPTWIN_STATE_SYN_RECEIVED, TCPTWIN_EV_RCV_RST_PASSIVE, TCPTWIN_STATE_LISTEN},
        {TCPTWIN_STATE_SYN_RECEIVED, TCPTWIN_EV_SND_FIN, TCPTWIN_STATE_FIN_WAIT_1},
        {TCPTWIN_STATE_ESTABLISHED, TCPTWIN_EV_SND_FIN, TCPTWIN_STATE_FIN_WAIT_1},
        {TCPTWIN_STATE_ESTABLISHED, TCPTWIN_EV_RCV_FIN, TCPTWIN_STATE_CLOSE_WAIT},
        {TCPTWIN_STATE_FIN_WAIT_1, TCPTWIN_EV_RCV_ACK_OF_FIN, TCPTWIN_STATE_FIN_WAIT_2},
        {TCPTWIN_STATE_FIN_WAIT_1, TCPTWIN_EV_RCV_FIN, TCPTWIN_STATE_CLOSING},
        {TCPTWIN_STATE_FIN_WAIT_2, TCPTWIN_EV_RCV_FIN, TCPTWIN_STATE_TIME_WAIT},
        {TCPTWIN_STATE_CLOSING, TCPTWIN_EV_RCV_ACK_OF_FIN, TCPTWIN_STATE_TIME_WAIT},
        {TCPTWIN_STATE_CLOSE_WAIT, TCPTWIN_EV_SND_FIN, TCPTWIN_STATE_LAST_ACK},
        {TCPTWIN_STATE_LAST_ACK, TCPTWIN_EV_RCV_ACK_OF_FIN, TCPTWIN_STATE_CLOSED},
        {TCPTWIN_STATE_TIME_WAIT, TCPTWIN_EV_T_2MSL, TCPTWIN_STATE_CLOSED},
    };
    (void)unused;
    for (size_t i = 0; i < COUNT(arrows); i++) {
        const struct tcptwin_row *row = tcptwin_row(arrows[i].from, arrows[i].event);
        assert_non_null(row);
        assert_int_equal(row->to, arrows[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_complete_and_unique),
        cmocka_unit_test(every_word_stands_in_the_whole_list_once),
        cmocka_unit_test(every_word_is_found_by_name_and_label),
        cmocka_unit_test(short_names_are_unique),
        cmocka_unit_test(what_words_carry_besides),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(every_state_is_reachable_and_every_event_used),
        cmocka_unit_test(what_no_machine_may_do),
        cmocka_unit_test(bases_are_not_confused),
        cmocka_unit_test(the_diagram_of_rfc_9293),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

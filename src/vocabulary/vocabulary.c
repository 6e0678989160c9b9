/* vocabulary.c - the .def lists as tables
 *
 * Each list is expanded once into an array of words and, where it carries more, one array of the
 * rest. Look-ups are array indexing; an index outside the set gives NULL or an empty name.
 */
#include "tcptwin/vocabulary.h"

#include <ctype.h>

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

static const struct tcptwin_word states[] = {
#define STATE(id_, name_, label_, ref_, text_, advice_) {name_, label_, "state", ref_, text_, advice_},
#include "tcptwin/states.def"
};
static const struct tcptwin_word bases[] = {
#define BASIS(id_, name_, mark_, text_) {name_, name_, "basis", "", text_, ""},
#include "tcptwin/basis.def"
};
static const char basis_marks[] = {
#define BASIS(id_, name_, mark_, text_) mark_,
#include "tcptwin/basis.def"
};
static const struct tcptwin_word triggers[] = {
#define EVENT(id_, trigger_, text_) {trigger_, trigger_, "trigger", "RFC 9293 3.10", text_, ""},
#include "tcptwin/machine_events.def"
};
static const struct tcptwin_word outcomes[] = {
#define OUTCOME(id_, name_, rank_, text_, advice_) {name_, name_, "outcome", "", text_, advice_},
#include "tcptwin/outcomes.def"
};
static const int outcome_ranks[] = {
#define OUTCOME(id_, name_, rank_, text_, advice_) rank_,
#include "tcptwin/outcomes.def"
};
static const struct tcptwin_word fates[] = {
#define FATE(id_, name_, rank_, text_, advice_) {name_, name_, "fate", "", text_, advice_},
#include "tcptwin/datagram_fates.def"
};
static const int fate_ranks[] = {
#define FATE(id_, name_, rank_, text_, advice_) rank_,
#include "tcptwin/datagram_fates.def"
};
static const struct tcptwin_word anomalies[] = {
#define ANOMALY(id_, code_, category_, severity_, ref_, text_, advice_)                            \
    {code_, code_, "anomaly", ref_, text_, advice_},
#include "tcptwin/anomalies.def"
};
static const struct {
    enum tcptwin_category category;
    enum tcptwin_severity severity;
} anomaly_classes[] = {
#define ANOMALY(id_, code_, category_, severity_, ref_, text_, advice_)                            \
    {TCPTWIN_CATEGORY_##category_, TCPTWIN_SEVERITY_##severity_},
#include "tcptwin/anomalies.def"
};
static const struct tcptwin_word findings[] = {
#define FINDING(id_, code_, severity_, text_, sentence_, remedy_, unless_)                         \
    {code_, code_, "finding", "", text_, remedy_},
#include "tcptwin/findings.def"
};
static const struct {
    enum tcptwin_severity severity;
    const char *sentence, *unless;
} finding_details[] = {
#define FINDING(id_, code_, severity_, text_, sentence_, remedy_, unless_)                         \
    {TCPTWIN_SEVERITY_##severity_, sentence_, unless_},
#include "tcptwin/findings.def"
};
static const struct tcptwin_word app_errors[] = {
#define APP_ERROR(id_, name_, text_) {name_, name_, "app_error", "Linux tcp_reset, tcp_v4_err", text_, ""},
#include "tcptwin/app_errors.def"
};
static const struct tcptwin_word decode_results[] = {
#define RESULT(id_, name_, text_) {name_, name_, "decode", "", text_, ""},
#include "tcptwin/decode_results.def"
};
static const struct tcptwin_word profiles[] = {
#define PROFILE(id_, name_, tw_, fw2_, syn_, synrcvd_, data_, text_) {name_, name_, "profile", "", text_, ""},
#include "tcptwin/profiles.def"
};
static const struct tcptwin_timers timers[] = {
#define PROFILE(id_, name_, tw_, fw2_, syn_, synrcvd_, data_, text_) {tw_, fw2_, syn_, synrcvd_, data_},
#include "tcptwin/profiles.def"
};
static const char *const category_names[] = {"handshake", "close",   "reset",    "sequence",
                                             "window",    "options", "security", "capture"};
static const char *const severity_names[] = {"info", "low", "medium", "high"};
static const char *const role_basis_names[] = {"first_packet", "port", "syn_ack", "syn"};
static const char *const party_names[] = {"none", "client", "server", "both", "unknown"};
static const char *const handshake_names[] = {"unseen", "no_reply", "refused", "no_final_ack",
                                              "complete"};
static const char *const end_reason_names[] = {"end_detected", "idle_timeout", "tuple_reuse",
                                               "resources", "eof"};
_Static_assert(COUNT(category_names) == TCPTWIN_CATEGORY_COUNT, "a name per category");
_Static_assert(COUNT(severity_names) == TCPTWIN_SEVERITY_COUNT, "a name per severity");
_Static_assert(COUNT(role_basis_names) == TCPTWIN_ROLE_COUNT, "a name per role basis");
_Static_assert(COUNT(party_names) == TCPTWIN_PARTY_COUNT, "a name per party");
_Static_assert(COUNT(handshake_names) == TCPTWIN_HANDSHAKE_COUNT, "a name per handshake");
_Static_assert(COUNT(end_reason_names) == TCPTWIN_END_COUNT, "a name per end reason");

/* function_(i) is item_, of array_[i]; past the array it is none_. */
#define ACCESSOR(result_, function_, type_, array_, item_, none_)                                  \
    result_ function_(type_ i)                                                                     \
    {                                                                                              \
        return (size_t)i < COUNT(array_) ? item_ : none_;                                          \
    }
#define WORD(function_, type_, array_)                                                             \
    ACCESSOR(const struct tcptwin_word *, function_, type_, array_, &(array_)[i], NULL)
WORD(tcptwin_state_word, enum tcptwin_state, states)
WORD(tcptwin_basis_word, enum tcptwin_basis, bases)
WORD(tcptwin_trigger_word, enum tcptwin_machine_event, triggers)
WORD(tcptwin_outcome_word, enum tcptwin_outcome, outcomes)
WORD(tcptwin_anomaly_word, enum tcptwin_anomaly, anomalies)
WORD(tcptwin_finding_word, enum tcptwin_finding, findings)
WORD(tcptwin_app_error_word, enum tcptwin_app_error, app_errors)
WORD(tcptwin_decode_word, enum tcptwin_decode_result, decode_results)
WORD(tcptwin_profile_word, enum tcptwin_profile, profiles)
WORD(tcptwin_fate_word, enum tcptwin_fate, fates)

#define NAME(function_, type_, array_)                                                             \
    ACCESSOR(const char *, function_, type_, array_, (array_)[i], "")
NAME(tcptwin_category_name, enum tcptwin_category, category_names)
NAME(tcptwin_severity_name, enum tcptwin_severity, severity_names)
NAME(tcptwin_role_basis_name, enum tcptwin_role_basis, role_basis_names)
NAME(tcptwin_party_name, enum tcptwin_party, party_names)
NAME(tcptwin_handshake_name, enum tcptwin_handshake, handshake_names)
NAME(tcptwin_end_reason_name, enum tcptwin_end_reason, end_reason_names)

ACCESSOR(char, tcptwin_basis_mark, enum tcptwin_basis, basis_marks, basis_marks[i], ' ')
ACCESSOR(int, tcptwin_outcome_rank, enum tcptwin_outcome, outcome_ranks, outcome_ranks[i], 0)
ACCESSOR(int, tcptwin_fate_rank, enum tcptwin_fate, fate_ranks, fate_ranks[i], 0)
ACCESSOR(enum tcptwin_category, tcptwin_anomaly_category, enum tcptwin_anomaly, anomaly_classes,
         anomaly_classes[i].category, TCPTWIN_CATEGORY_CAPTURE)
ACCESSOR(enum tcptwin_severity, tcptwin_anomaly_severity, enum tcptwin_anomaly, anomaly_classes,
         anomaly_classes[i].severity, TCPTWIN_SEVERITY_INFO)
ACCESSOR(enum tcptwin_severity, tcptwin_finding_severity, enum tcptwin_finding, finding_details,
         finding_details[i].severity, TCPTWIN_SEVERITY_INFO)
ACCESSOR(const char *, tcptwin_finding_sentence, enum tcptwin_finding, finding_details,
         finding_details[i].sentence, "")
ACCESSOR(const char *, tcptwin_finding_unless, enum tcptwin_finding, finding_details,
         finding_details[i].unless, "")

struct tcptwin_timers tcptwin_profile_timers(enum tcptwin_profile profile)
{
    return timers[(size_t)profile < COUNT(timers) ? (size_t)profile : TCPTWIN_PROFILE_LINUX];
}

/* A row that stands twice in the list is a duplicate initialiser: a warning, so an error. */
static const struct tcptwin_row machine[TCPTWIN_STATE_COUNT][TCPTWIN_EV_COUNT] = {
#define ROW(from_, event_, to_, basis_, ref_, sentence_)                                           \
    [TCPTWIN_STATE_##from_][TCPTWIN_EV_##event_] = {TCPTWIN_STATE_##from_, TCPTWIN_EV_##event_,    \
                                                    TCPTWIN_STATE_##to_,   TCPTWIN_BASIS_##basis_, \
                                                    ref_,                  sentence_},
#include "tcptwin/transitions.def"
};
static const struct {
    enum tcptwin_state from;
    enum tcptwin_machine_event event;
} row_order[] = {
#define ROW(from_, event_, to_, basis_, ref_, sentence_)                                           \
    {TCPTWIN_STATE_##from_, TCPTWIN_EV_##event_},
#include "tcptwin/transitions.def"
};

const struct tcptwin_row *tcptwin_row(enum tcptwin_state from, enum tcptwin_machine_event event)
{
    if ((size_t)from >= TCPTWIN_STATE_COUNT || (size_t)event >= TCPTWIN_EV_COUNT)
        return NULL;
    const struct tcptwin_row *row = &machine[from][event];
    return row->sentence ? row : NULL;
}

const struct tcptwin_row *tcptwin_row_at(size_t index)
{
    return index < COUNT(row_order) ? tcptwin_row(row_order[index].from, row_order[index].event)
                                    : NULL;
}

static const struct {
    const struct tcptwin_word *words;
    size_t count;
} sets[] = {
    {states, COUNT(states)},       {bases, COUNT(bases)},         {triggers, COUNT(triggers)},
    {outcomes, COUNT(outcomes)},   {anomalies, COUNT(anomalies)}, {findings, COUNT(findings)},
    {app_errors, COUNT(app_errors)}, {profiles, COUNT(profiles)}, {decode_results, COUNT(decode_results)},
    {fates, COUNT(fates)},
};

const struct tcptwin_word *tcptwin_word_at(size_t index)
{
    for (size_t i = 0; i < COUNT(sets); i++) {
        if (index < sets[i].count)
            return &sets[i].words[index];
        index -= sets[i].count;
    }
    return NULL;
}

static int fold(char c)
{
    if (c == '-' || c == ' ' || c == ',')
        return '_';
    return tolower((unsigned char)c);
}

static bool same_word(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b))
        a++, b++;
    return fold(*a) == fold(*b);
}

size_t tcptwin_word_find(const char *name, size_t from)
{
    const struct tcptwin_word *word;
    for (size_t i = from; name[0] && (word = tcptwin_word_at(i)); i++)
        if (same_word(name, word->name) || same_word(name, word->label))
            return i;
    return (size_t)-1;
}

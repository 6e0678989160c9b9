/* gate.c - see gate.h: the option --fail-on */
#include "gate.h"

#include <string.h>

static bool is_word(const char *word, size_t length, const char *name)
{
    return strlen(name) == length && strncmp(word, name, length) == 0;
}

static bool name_one(struct gate *gate, const char *word, size_t length)
{
    bool known = false;
    int least = TCPTWIN_SEVERITY_COUNT;
    for (int i = 0; i < TCPTWIN_SEVERITY_COUNT; i++)
        if (is_word(word, length, tcptwin_severity_name((enum tcptwin_severity)i)))
            least = i;
    for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        if ((int)tcptwin_anomaly_severity((enum tcptwin_anomaly)i) >= least ||
            is_word(word, length, tcptwin_anomaly_word((enum tcptwin_anomaly)i)->name))
            known = gate->anomaly[i] = true;
    for (unsigned i = 0; i < TCPTWIN_FINDING_COUNT; i++)
        if ((int)tcptwin_finding_severity((enum tcptwin_finding)i) >= least ||
            is_word(word, length, tcptwin_finding_word((enum tcptwin_finding)i)->name))
            known = gate->finding[i] = true;
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        if (is_word(word, length, tcptwin_outcome_word((enum tcptwin_outcome)i)->name))
            known = gate->outcome[i] = true;
    return known;
}

const char *gate_name(struct gate *gate, const char *words)
{
    for (;;) {
        size_t length = strcspn(words, ",");
        if (!name_one(gate, words, length))
            return words;
        if (!words[length])
            return NULL;
        words += length + 1;
    }
}

void gate_event(struct gate *gate, const struct tcptwin_event *event)
{
    if (event->kind == TCPTWIN_EVENT_CONNECTION)
        findings_add(&gate->findings, event->connection);
}

/* Once: some names are those of a finding and an outcome, or of an anomaly and an outcome. */
static void append(char *out, size_t size, const char *name)
{
    size_t used = strlen(out);
    for (const char *word = out; *word; word += strspn(word, ", ")) {
        size_t length = strcspn(word, ",");
        if (is_word(word, length, name))
            return;
        word += length;
    }
    snprintf(out + used, size - used, "%s%s", used ? ", " : "", name);
}

void gate_close(struct gate *gate, const struct report_summary *summary, char *out, size_t size)
{
    out[0] = '\0';
    findings_judge(&gate->findings, summary);
    for (size_t i = 0; i < gate->findings.count; i++) {
        unsigned code = gate->findings.list[i].code;
        if (gate->finding[code])
            append(out, size, tcptwin_finding_word((enum tcptwin_finding)code)->name);
    }
    for (unsigned i = 0; i < TCPTWIN_ANOMALY_COUNT; i++)
        if (gate->anomaly[i] && gate->findings.totals.anomaly[i])
            append(out, size, tcptwin_anomaly_word((enum tcptwin_anomaly)i)->name);
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        if (gate->outcome[i] && gate->findings.totals.outcome[i])
            append(out, size, tcptwin_outcome_word((enum tcptwin_outcome)i)->name);
    findings_free(&gate->findings);
}

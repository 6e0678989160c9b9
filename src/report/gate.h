/* gate.h - for pipelines: did anything happen that must not? */
#ifndef REPORT_GATE_H
#define REPORT_GATE_H

#include "findings.h"

/** What must not happen, and what has. */
struct gate {
    bool anomaly[TCPTWIN_ANOMALY_COUNT], finding[TCPTWIN_FINDING_COUNT], outcome[TCPTWIN_OUTCOME_COUNT];
    struct findings findings;
};

/**
 * gate_name() - Add what must not happen
 * @words: With commas between: a severity (that and graver), or the name of an anomaly, finding or outcome;
 *         of each of them that has the name.
 * Return: NULL, or the first word that is none of these.
 */
const char *gate_name(struct gate *gate, const char *words);
void gate_event(struct gate *gate, const struct tcptwin_event *event);
/** gate_close() - The capture is over. Writes what did happen to @out, e.g. "refused, rst_refuted"; "" for
 * nothing. Lets go of what it holds. */
void gate_close(struct gate *gate, const struct report_summary *summary, char *out, size_t size);

#endif

/* samples.h - connections made by hand, one per thing that a report must be able to say
 *
 * Each function returns a connection that lives in static memory, until it is called again.
 */
#ifndef TEST_REPORT_SAMPLES_H
#define TEST_REPORT_SAMPLES_H

#include "report.h"

#include <stdio.h>

enum { SAMPLE_COUNT = 9 };

const struct tcptwin_connection *sample_closed(void);  /**< the client closes first; all in order */
const struct tcptwin_connection *sample_refused(void); /**< IPv6, SYN, RST */
const struct tcptwin_connection *sample_no_answer(void);  /**< four SYNs */
const struct tcptwin_connection *sample_close_wait(void); /**< the server never closes */
const struct tcptwin_connection *sample_reset(void);      /**< RST in CLOSE-WAIT */
const struct tcptwin_connection *sample_midstream(void);
const struct tcptwin_connection *
sample_simultaneous(void); /**< both close at once; client is endpoint 1 */
const struct tcptwin_connection *sample_stray(void); /**< no transitions at all */
const struct tcptwin_connection *
sample_wide(void); /**< the longest IPv6 addresses, many anomalies */
/** sample_at() - Each of the above, by number below SAMPLE_COUNT. */
const struct tcptwin_connection *sample_at(int index);

struct report_summary sample_summary(void);

/** A report under way: sample_open() -> sample_say()* -> sample_close(). */
struct sample_report {
    struct report_options options;
    const struct report_kind *kind;
    struct report *report;
    char *text;
    size_t size;
};
void sample_open(struct sample_report *run, const char *kind, const struct report_options *options);
void sample_say(struct sample_report *run, const struct tcptwin_event *event);
/** sample_say_connection() - That it ended. */
void sample_say_connection(struct sample_report *run, const struct tcptwin_connection *connection);
/** sample_close() - Return: what it printed. The caller frees the text. */
char *sample_close(struct sample_report *run, const struct report_summary *summary);

/** sample_run() - What a report prints of these connections. The caller frees the text. */
char *sample_run(const char *kind, const struct report_options *options,
                 const struct tcptwin_connection *const *connections, size_t count,
                 const struct report_summary *summary);

#endif

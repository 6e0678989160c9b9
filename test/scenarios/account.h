/* account.h - everything that was said of one scenario, as text
 *
 *     account_open() -> tcptwin_feed() ... -> account_close()
 *
 * One form for what is expected and what is said: they are compared as text, so nothing is left out.
 */
#ifndef SCENARIOS_ACCOUNT_H
#define SCENARIOS_ACCOUNT_H

#include "tcptwin/tcptwin.h"

#include <stdio.h>

struct account {
    FILE *out, *live;
    char *text;      /**< after account_close(): the connections; the caller frees it */
    char *revisions; /**< and what was said live and taken back later */
    size_t text_bytes, revision_bytes;
};

/** account_open() - Begin: events given to account_sink() are written down. */
void account_open(struct account *account);
void account_sink(void *user, const struct tcptwin_event *event);
/** account_frames() - What the frames were, unless all were TCP; and whether the capture was whole. */
void account_frames(struct account *account, const uint64_t counts[TCPTWIN_DECODE_COUNT],
                    const struct tcptwin_stats *stats, bool damaged);
void account_close(struct account *account);

#endif

/* fin_waits.h - whether an endpoint's FIN may have waited, behind data that it may not send yet
 *
 * Both are asked while receipt @i, its peer's FIN, is taken up.
 */
#ifndef CORE_FIN_WAITS_H
#define CORE_FIN_WAITS_H

#include "twin_run.h"

/** fin_waits_for_ack() - X's last data was not acknowledged up to receipt @i, and something was repeated or lost, so
 * that X may send no more at once. */
bool fin_waits_for_ack(const struct run *run, unsigned i);
/** fin_waits_for_window() - X had sent as much as it may: the window was closed, or full, or more than an
 * initial window (RFC 5681: two segments, at least) was under way, and it went on later. */
bool fin_waits_for_window(const struct run *run, unsigned i);

#endif

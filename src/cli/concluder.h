/* concluder.h - connections that have ended are concluded and reported on a thread of their own
 *
 *     feeding thread                        this thread
 *     tcptwin_feed_batch() -- hand_over --> tcptwin_conclude() -> sink -> outputs
 *                          <-- reclaim ---'
 *
 * What is said, and in which order, is the same with or without the thread.
 */
#ifndef CLI_CONCLUDER_H
#define CLI_CONCLUDER_H

#include "tcptwin/tcptwin.h"

struct concluder;

/** concluder_create() - Return: NULL if there is no memory. */
struct concluder *concluder_create(void);
/** concluder_pipeline() - For tcptwin_options.pipeline; valid until concluder_free(). */
const struct tcptwin_pipeline *concluder_pipeline(const struct concluder *concluder);
/**
 * concluder_step() - Conclude one list, if there is one and nobody else is at it
 * For a thread that has nothing else to do: it is the sink's, then. Return: whether there was one.
 */
bool concluder_step(void *concluder);
/** concluder_start() - For which core; if @aside, the sink is called on another thread from now on. */
void concluder_start(struct concluder *concluder, struct tcptwin *core, bool aside);
/** concluder_stop() - All is concluded and reclaimed; from now on the sink is the caller's again. */
void concluder_stop(struct concluder *concluder);
void concluder_free(struct concluder *concluder);

#endif

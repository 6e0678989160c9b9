/* concluder.h - connections that have ended are concluded by whoever has time
 *
 *     feeding thread                        any thread
 *     tcptwin_feed_batch() -- hand_over --> tcptwin_conclude() or tcptwin_prepare(), tcptwin_say() -> sink -> outputs
 *                          <-- reclaim ---'
 *
 * Many lists may be concluded at once; they are said one by one, in order. So what is said is the same, and in the
 * same order, on however many threads.
 */
#ifndef CLI_CONCLUDER_H
#define CLI_CONCLUDER_H

#include "tcptwin/tcptwin.h"

struct concluder;

/** concluder_create() - Return: NULL if there is no memory. */
struct concluder *concluder_create(void);
/** concluder_pipeline() - For tcptwin_options.pipeline; valid until concluder_free(). */
const struct tcptwin_pipeline *concluder_pipeline(const struct concluder *concluder);
/** concluder_start() - For which core, and how many threads may be at work at once, the feeding one among them. */
void concluder_start(struct concluder *concluder, struct tcptwin *core, uint64_t jobs);
/** concluder_hire() - One more thread that does nothing else. Without one, and without memory, the others do it. */
void concluder_hire(struct concluder *concluder);
/**
 * concluder_step() - Conclude one list, if there is one to be had
 * For a thread that has nothing else to do: the sink may be called there, then. Return: whether there was one.
 */
bool concluder_step(void *concluder);
/** concluder_stop() - All is concluded and reclaimed; from now on the sink is the caller's again. */
void concluder_stop(struct concluder *concluder);
void concluder_free(struct concluder *concluder);

#endif

/* hindsight.h - what an endpoint's later segments prove or refute about what it received
 *
 * "Later" is from number @from of run->sends on, or after the time @at_ns at X (when the receipt in
 * question would have arrived). Records are given as indices, NONE if there is none.
 */
#ifndef CORE_HINDSIGHT_H
#define CORE_HINDSIGHT_H

#include "twin_run.h"

/** No path holds anything back for longer, and no retransmission comes so soon. */
#define PROMPT_NS (SECOND_NS / 10)

/** hindsight_repeats() - X sends such a segment (SYN; SYN-ACK; FIN) after @at_ns: it had not been
 * acknowledged. */
bool hindsight_repeats(const struct run *run, unsigned flags, uint64_t at_ns);
/** hindsight_acks_get_lost() - Acknowledgments of @number were sent to X and it went on repeating such
 * a segment: three times, or two and the capture ends before a third repetition was due. What acknowledges
 * it last got lost, too. */
bool hindsight_acks_get_lost(const struct run *run, uint32_t number, unsigned flags);
/** hindsight_next() - The first thing other than a RST that X sends after @at_ns. */
int hindsight_next(const struct run *run, uint64_t at_ns);
/** hindsight_talks() - X sends something other than a RST after @at_ns. */
bool hindsight_talks(const struct run *run, uint64_t at_ns);
/** hindsight_proof() - X's first later send that acknowledges @end. */
int hindsight_proof(const struct run *run, unsigned from, uint32_t end);
/** hindsight_talk() - X's first later send that is neither SYN nor RST: it is open by then. */
int hindsight_talk(const struct run *run, unsigned from);
/** hindsight_echo() - X's next send that echoes the timestamp of receipt @i, or a later one. */
int hindsight_echo(const struct run *run, unsigned i);
/** hindsight_answered_syn() - X, in SYN-SENT, got the SYN of Y: then it answers with a SYN-ACK; or,
 * that not captured, finds Y's SYN-ACK to be a duplicate. */
bool hindsight_answered_syn(const struct run *run);
/** hindsight_no_socket() - X's very next word after receipt @i is a bare RST with that receipt's
 * acknowledgment: no socket. */
bool hindsight_no_socket(const struct run *run, unsigned i);
/** hindsight_refused() - The same, and promptly: not a later copy was answered. */
bool hindsight_refused(const struct run *run, unsigned i);
/** hindsight_met_no_socket() - The same, and @i itself drew that RST: it came at once, nothing that has a
 * number came between them, and @i has no data, which a closed socket refuses in this way. */
bool hindsight_met_no_socket(const struct run *run, unsigned i);
/** hindsight_fell_silent() - What X asked for last was never acknowledged, and it did not ask again when that
 * was due: something told it to stop. */
bool hindsight_fell_silent(const struct run *run);
/** hindsight_closed_by_then() - The first, and a RST came before that: it overtook receipt @i. */
bool hindsight_closed_by_then(const struct run *run, unsigned i);
/** hindsight_answer_due() - What answers at once what came at @at, would have been captured. */
bool hindsight_answer_due(const struct run *run, uint64_t at);
/** hindsight_ignored() - Y says the same thing again and again: three times, or twice and then waits in vain
 * for as long as before. Asked when X, who never said more than SYN-ACK, is silent: it does not hear. */
bool hindsight_ignored(const struct run *run);
/** hindsight_path_dead() - Nothing reached X any more when Y sent the RST @rst. */
bool hindsight_path_dead(const struct run *run, unsigned rst);
/** hindsight_foreign_taken() - X took the forged FIN @i; @proof is the send that shows it. */
bool hindsight_foreign_taken(const struct run *run, unsigned i, int *proof);

/** hindsight_arrival_ns() - When receipt @i came, a SYN-ACK or FIN that X answers at once with a bare ACK: as
 * that left, if @proof is it; else by its distance. */
uint64_t hindsight_arrival_ns(const struct run *run, unsigned i, int proof);

#endif

/* messages.h - what is said on standard error: "tcptwin: ..." and nothing else
 *
 * Data goes to standard output, words about it here. Everything that is printed passes this place, so
 * that a progress line is wiped before a message and nothing from a packet's or file's name can steer
 * a terminal.
 */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include <stdbool.h>

/** message_error() - Something is wrong: always printed. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** message_note() - Worth knowing: not printed with -q. */
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** message_quiet() - -q was given. */
void message_quiet(bool quiet);
/** message_progress() - Overwrite the progress line; NULL wipes it. Only for a terminal. */
void message_progress(const char *line);

#endif

/* outputs.h - the reports of one pass, each with its stream
 *
 * Included only inside src/cli.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "options.h"

#include "report/report.h"

#include <stdbool.h>

struct outputs;

/**
 * outputs_open() - Create every output file; nothing in them is overwritten yet
 * So that files can be created before privileges go, and survive if there is nothing to read.
 * Complains itself. Return: NULL on failure.
 */
struct outputs *outputs_open(const struct cli_options *options);
/**
 * outputs_begin() - Empty the files and start the reports
 * Refuses to overwrite an input. Complains itself. Return: false on failure.
 */
bool outputs_begin(struct outputs *outputs, const struct cli_options *options);

void outputs_event(struct outputs *outputs, const struct tcptwin_event *event);
/** outputs_take_brief() - Whether each can do with connections in brief. */
bool outputs_take_brief(const struct outputs *outputs);
/** outputs_enough() - As tcptwin_options.enough: for each of them, if they can. */
bool outputs_enough(const struct outputs *outputs, const struct tcptwin_connection *brief);
/** outputs_want_datagrams() - Whether any report takes them. */
bool outputs_want_datagrams(const struct outputs *outputs);
/** outputs_want_connections() - Whether any report takes anything else. */
bool outputs_want_connections(const struct outputs *outputs);
/** outputs_datagram() - On the thread that reads. */
void outputs_datagram(struct outputs *outputs, const struct tcptwin_datagram *datagram);
/** outputs_dead() - Nobody is left to write for: stop reading. */
bool outputs_dead(const struct outputs *outputs);
/** outputs_finish() - The rest of every report. */
void outputs_finish(struct outputs *outputs, const struct report_summary *summary);
/** outputs_close() - Return: false if any output failed; a reader that went away is no failure. */
bool outputs_close(struct outputs *outputs);

/* The same for what is printed without a report (--help, explain). */
bool output_stream_colour(enum cli_color color, FILE *file);
unsigned output_stream_width(FILE *file);
bool output_stream_close(FILE *file);

#endif

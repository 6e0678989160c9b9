/* run.h - one pass over the inputs
 *
 * Included only inside src/cli.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "options.h"

/** run() - Read everything, write every report. Complains itself. */
enum cli_exit run(const struct cli_options *options);

#endif

/* main.c - entry of the command line tool
 *
 *     main -> options_parse -> run -> capture, decode, core, report
 *
 * The only folder that knows all four stages. See options.c for the command line, run.c for the loop.
 */
#include "messages.h"
#include "options.h"
#include "outputs.h"
#include "run.h"
#include "version.h"

#include "capture/capture.h"
#include "report/report.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A standard stream that was closed must not become the number of a file we open. Each is given
 * /dev/null in the mode that fails, so that writing to a closed standard output is an error. */
static void hold_standard_streams(void)
{
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) == -1 && open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY) != i)
            _exit(CLI_EXIT_OPEN);
}

/* What is printed without reading a capture. */
static enum cli_exit print(const struct cli_options *options)
{
    char message[512] = "";
    enum cli_exit status = CLI_EXIT_DONE;

    switch (options->action) {
    case CLI_HELP:
        options_help(stdout);
        break;
    case CLI_VERSION:
        version_print(stdout);
        break;
    case CLI_INTERFACES:
        if (!capture_list_interfaces(stdout, message, sizeof message)) {
            message_error("%s", message);
            status = CLI_EXIT_OPEN;
        }
        break;
    case CLI_EXPLAIN: {
        const unsigned width = output_stream_width(stdout);
        const bool colour = output_stream_colour(options->color, stdout);
        if (options->word_count == 0)
            report_explain(stdout, NULL, width, colour);
        for (size_t i = 0; i < options->word_count; i++)
            if (!report_explain(stdout, options->words[i], width, colour)) {
                message_error("explain %s: no such word (\"tcptwin explain\" lists them all)", options->words[i]);
                status = CLI_EXIT_USAGE;
            }
        break;
    }
    case CLI_RUN:
    case CLI_FAIL:
        break;
    }
    if (!output_stream_close(stdout))
        status = CLI_EXIT_OUTPUT;
    return status;
}

int main(int argc, char **argv)
{
    struct cli_options options;
    enum cli_exit status;

    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    options_parse(&options, argc, argv);
    message_quiet(options.quiet);
    if (options.action == CLI_FAIL)
        status = options.status;
    else if (options.action == CLI_RUN)
        status = run(&options);
    else
        status = print(&options);
    options_free(&options);
    return (int)status;
}

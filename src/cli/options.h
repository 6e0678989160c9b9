/* options.h - the command line as one plain struct
 *
 * Included only inside src/cli. Nothing is opened here but stat()ed: what exists is an input, and
 * where the inputs end the filter begins.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "report/selection.h"
#include "tcptwin/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report_kind;

/** What the verb that is no report does. */
#define CLI_EXPLAIN_HELP                                                                           \
    "a state, basis, outcome, anomaly, finding or fate of datagrams in plain words; without WORD, " \
    "all of them"

enum cli_exit {
#define EXIT_CODE(id_, value_, text_) CLI_EXIT_##id_ = value_,
#include "exit_codes.def"
};

enum cli_action {
    CLI_RUN,        /**< read the inputs, write the outputs */
    CLI_EXPLAIN,    /**< words[] */
    CLI_INTERFACES, /**< -D */
    CLI_HELP,
    CLI_VERSION,
    CLI_FAIL        /**< a message was printed; exit with `status` */
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

/** One report and where it goes. */
struct cli_output {
    const struct report_kind *kind;
    const char *path; /**< "-": standard output */
};

struct cli_options {
    enum cli_action action;
    enum cli_exit status;      /**< with CLI_FAIL */
    const char **inputs;       /**< files, directories, "-" */
    size_t input_count;
    struct cli_output *outputs;
    size_t output_count;
    const char **words;        /**< CLI_EXPLAIN: what to explain; none: everything */
    size_t word_count;
    const char *interface;     /**< live, else NULL */
    char *filter;              /**< or NULL */
    const char *drop_user;     /**< or NULL */
    uint64_t max_packets;      /**< 0: no limit */
    uint64_t max_rows;         /**< 0: no limit */
    uint64_t memory_bytes;     /**< 0: the core's default */
    const char *fail_on;       /**< what must not happen, as gate_name() takes it, or NULL */
    uint64_t jobs;             /**< threads for files; 0: as many as there are processors */
    int snaplen, buffer_kib;   /**< 0: the capture's default */
    enum tcptwin_profile profile;
    struct selection selection;
    const char *for_sockets;   /**< the last option for the report sockets only, e.g. "at"; NULL: none was given */
    const char *for_json;      /**< the same for the report json only */
    const char *for_several;   /**< the same for those with report_kind.takes_selection */
    const char *for_live;      /**< the last option for an interface only, e.g. "-s"; NULL: none was given */
    bool at_given;
    enum cli_color color;
    bool promiscuous, verify_checksums, scope_vlan, scope_tunnel, utc, quiet;
    bool live_order;           /**< say what is presumed, and revise it; with an interface always */
};

/**
 * options_parse() - Read the command line
 * Complains on standard error itself. @options points into @argv: keep that. Free with
 * options_free() in every case.
 */
void options_parse(struct cli_options *options, int argc, char **argv);
void options_free(struct cli_options *options);

/** options_help() - The text of --help, at most 80 columns wide. */
void options_help(FILE *out);
/** options_usage() - The one line that says how it is called. */
void options_usage(FILE *out);

#endif

/* options.c - the command line as one plain struct
 *
 *     tcptwin [VERB] [OPTIONS] FILE... [FILTER]
 *
 * Options may stand anywhere before "--". What is left is read from left to right: a first word that
 * names a verb is the verb; then whatever exists (or is "-") is an input; the first word that does not
 * exist begins the filter, which takes all the rest, as tcpdump's does. A word that does not exist but
 * looks like a file is a typing mistake and said to be one, not handed to the filter compiler. After
 * "--" everything is the filter, if an input has been named before it.
 */
#include "options.h"

#include "messages.h"
#include "report/gate.h"
#include "report/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_ROWS = 20 };

enum {
    CLI_OPTION_FIRST = 255, /* above every letter */
#define GROUP(title_)
#define OPTION(id_, letter_, long_, argument_, help_) CLI_OPTION_##id_,
#include "options.def"
};

static const struct {
    int id;
    char letter;
    const char *name;
    bool argument;
} table[] = {
#define GROUP(title_)
#define OPTION(id_, letter_, long_, argument_, help_)                                              \
    {CLI_OPTION_##id_, letter_, long_, sizeof(argument_) > 1},
#include "options.def"
};
enum { TABLE_COUNT = sizeof table / sizeof table[0] };

static const struct {
    const char *name;
    enum tcptwin_profile profile;
} profiles[] = {
#define PROFILE(id_, name_, tw_, fw2_, syn_, synrcvd_, data_, text_) {name_, TCPTWIN_PROFILE_##id_},
#include "tcptwin/profiles.def"
};

/* What stood on the command line beside the options, in order. */
struct words {
    char **word;
    size_t count;
    size_t before_dashes; /* how many stood before "--" */
};

static void fail(struct cli_options *options, enum cli_exit status)
{
    options->action = CLI_FAIL;
    options->status = status;
}

/* Decimal, no sign, no rest. */
static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= max;
}

/* 512M, 2G, 65536: powers of 1024; "B" or "iB" may follow the letter. */
static bool parse_size(const char *text, uint64_t *value)
{
    static const char letters[] = "kmgt";
    const char *letter;
    unsigned shift = 0;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno != 0 || *value == 0)
        return false;
    if (*end != '\0' && (letter = strchr(letters, *end | 0x20)) != NULL) {
        shift = 10 * (unsigned)(letter - letters + 1);
        end++;
        if (*end == 'i')
            end++;
        if (*end == 'B')
            end++;
    }
    if (*end != '\0' || *value > (SIZE_MAX >> shift))
        return false;
    *value <<= shift;
    return true;
}

static bool exists(const char *path)
{
    struct stat status;

    return strcmp(path, "-") == 0 || stat(path, &status) == 0 || errno == EACCES;
}

static bool looks_like_file(const char *word)
{
    static const char *const endings[] = {".pcap", ".pcapng", ".cap", ".gz", ".zst", ".lz4"};
    size_t length = strlen(word);

    /* "net 10.0.0.0/8" as one word is a filter; a path has no blanks around its slash */
    if (strchr(word, '/') != NULL && strchr(word, ' ') == NULL)
        return true;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(word + length - ending, endings[i]) == 0)
            return true;
    }
    return false;
}

static bool is_verb(const char *word)
{
    return strcmp(word, "explain") == 0 || report_kind_find(word) != NULL;
}

static void add_output(struct cli_options *options, const struct report_kind *kind, const char *path)
{
    options->outputs[options->output_count++] = (struct cli_output){kind, path};
}

static bool parse_output(struct cli_options *options, char *argument)
{
    const struct report_kind *kind;
    char *equals = strchr(argument, '=');

    if (equals == NULL || equals[1] == '\0') {
        message_error("-o %s: REPORT=FILE is wanted, e.g. -o json=events.ndjson", argument);
        return false;
    }
    *equals = '\0';
    kind = report_kind_find(argument);
    if (kind == NULL) {
        message_error("-o %s=%s: no such report (--help lists them)", argument, equals + 1);
        return false;
    }
    for (size_t i = 0; i < options->output_count; i++)
        if (strcmp(options->outputs[i].path, equals + 1) == 0) {
            message_error("-o %s=%s: two reports to the same place", argument, equals + 1);
            return false;
        }
    add_output(options, kind, equals + 1);
    return true;
}

static bool parse_profile(struct cli_options *options, const char *name)
{
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (strcasecmp(profiles[i].name, name) == 0) {
            options->profile = profiles[i].profile;
            return true;
        }
    message_error("--profile %s: no such profile (linux, bsd, windows or rfc)", name);
    return false;
}

static bool parse_color(struct cli_options *options, const char *when)
{
    static const char *const names[] = {
        [CLI_COLOR_AUTO] = "auto", [CLI_COLOR_ALWAYS] = "always", [CLI_COLOR_NEVER] = "never"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], when) == 0) {
            options->color = (enum cli_color)i;
            return true;
        }
    message_error("--color %s: auto, always or never is wanted", when);
    return false;
}

static bool parse_count(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    if (parse_number(text, max, value) && *value >= min)
        return true;
    message_error("%s %s: a number from %llu to %llu is wanted", option, text,
                  (unsigned long long)min, (unsigned long long)max);
    return false;
}

/* --at, --host, --state, --summary, --over-time, --json, --events */
static bool take_selection(struct cli_options *options, int id, const char *argument)
{
    struct selection *selection = &options->selection;

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (table[i].id == id)
            *(id == CLI_OPTION_EVENTS                          ? &options->for_json
              : id == CLI_OPTION_HOST || id == CLI_OPTION_JSON ? &options->for_several
                                                               : &options->for_sockets) = table[i].name;
    switch (id) {
    case CLI_OPTION_SUMMARY:
        selection->summary = true;
        return true;
    case CLI_OPTION_JSON:
        selection->json = true;
        return true;
    case CLI_OPTION_AT:
        options->at_given = true;
        if (moment_parse(argument, &selection->at))
            return true;
        message_error("--at %s: a moment is wanted, e.g. end, +20, 12:03:10, 2026-01-31T12:03:10Z", argument);
        return false;
    case CLI_OPTION_HOST:
        if (selection_host(selection, argument))
            return true;
        message_error("--host %s: a numeric address is wanted", argument);
        return false;
    case CLI_OPTION_STATE:
        if (selection_states(selection, argument))
            return true;
        message_error("--state %s: names of states are wanted, e.g. time-wait,close-wait", argument);
        return false;
    case CLI_OPTION_EVENTS:
        if (selection_events(selection, argument))
            return true;
        message_error("--events %s: types of events are wanted, e.g. connection,finding", argument);
        return false;
    default:
        if (duration_parse(argument, &selection->step_ns) && selection->step_ns != 0)
            return true;
        message_error("--over-time %s: a time is wanted, e.g. 10, 0.5, 5m", argument);
        return false;
    }
}

static bool parse_fail_on(struct cli_options *options, const char *argument)
{
    struct gate gate = {.anomaly = {false}};
    const char *unknown = gate_name(&gate, argument);

    options->fail_on = argument;
    if (unknown != NULL)
        message_error("--fail-on %s: neither a severity nor the name of an anomaly, finding or outcome "
                      "(see tcptwin explain)",
                      unknown);
    return unknown == NULL;
}

/* What takes no argument. Return: false if @id is none of these. */
static bool take_flag(struct cli_options *options, int id)
{
    switch (id) {
    case CLI_OPTION_LIST_INTERFACES:
        options->action = CLI_INTERFACES;
        break;
    case CLI_OPTION_NO_PROMISCUOUS:
        options->for_live = "-p";
        options->promiscuous = false;
        break;
    case CLI_OPTION_LIVE_ORDER:
        options->live_order = true;
        break;
    case CLI_OPTION_NO_CHECKSUMS:
        options->verify_checksums = false;
        break;
    case CLI_OPTION_VLAN:
        options->scope_vlan = true;
        break;
    case CLI_OPTION_TUNNEL:
        options->scope_tunnel = true;
        break;
    case CLI_OPTION_UTC:
        options->utc = true;
        break;
    case CLI_OPTION_NUMERIC:
        break;
    case CLI_OPTION_QUIET:
        options->quiet = true;
        break;
    case CLI_OPTION_HELP:
        options->action = CLI_HELP;
        break;
    case CLI_OPTION_VERSION:
        options->action = CLI_VERSION;
        break;
    default:
        return false;
    }
    return true;
}

static bool parse_interface(struct cli_options *options, const char *name)
{
    if (options->interface != NULL) {
        message_error("-i %s: one interface at a time; -i any watches all", name);
        return false;
    }
    options->interface = name;
    return true;
}

/* Return: false when a message was printed. */
static bool take(struct cli_options *options, int id, char *argument)
{
    uint64_t number = 0;

    switch (id) {
    case CLI_OPTION_READ:
        options->inputs[options->input_count++] = argument;
        return true;
    case CLI_OPTION_INTERFACE:
        return parse_interface(options, argument);
    case CLI_OPTION_COUNT:
        return parse_count("-c", argument, 1, UINT64_MAX, &options->max_packets);
    case CLI_OPTION_SNAPLEN:
        /* 0 is tcpdump's word for "the default" */
        if (!parse_count("-s", argument, 0, 262144, &number))
            return false;
        options->for_live = "-s";
        options->snaplen = (int)number;
        return true;
    case CLI_OPTION_BUFFER:
        if (!parse_count("-B", argument, 1, INT32_MAX / 1024, &number))
            return false;
        options->for_live = "-B";
        options->buffer_kib = (int)number;
        return true;
    case CLI_OPTION_USER:
        options->drop_user = argument;
        return true;
    case CLI_OPTION_PROFILE:
        return parse_profile(options, argument);
    case CLI_OPTION_MEMORY:
        if (parse_size(argument, &options->memory_bytes))
            return true;
        message_error("--memory %s: a size is wanted, e.g. 512M or 2G", argument);
        return false;
    case CLI_OPTION_OUTPUT:
        return parse_output(options, argument);
    case CLI_OPTION_JOBS:
        return parse_count("--jobs", argument, 1, UINT32_MAX, &options->jobs);
    case CLI_OPTION_ROWS:
        if (!parse_count("--rows", argument, 0, UINT64_MAX, &options->max_rows))
            return false;
        options->selection.max_sockets = options->max_rows;
        return true;
    case CLI_OPTION_FAIL_ON:
        return parse_fail_on(options, argument);
    case CLI_OPTION_COLOR:
        return parse_color(options, argument);
    case CLI_OPTION_AT:
    case CLI_OPTION_HOST:
    case CLI_OPTION_STATE:
    case CLI_OPTION_OVER_TIME:
    case CLI_OPTION_SUMMARY:
    case CLI_OPTION_JSON:
    case CLI_OPTION_EVENTS:
        return take_selection(options, id, argument);
    default:
        return take_flag(options, id);
    }
}

static void complain(int code, char **argv)
{
    /* optopt is the letter, or the id of a long option; 0 for an unknown long one */
    if (code == ':')
        message_error("%s: an argument is missing", argv[optind - 1]);
    else if (optopt > 0 && optopt < CLI_OPTION_FIRST)
        message_error("-%c: no such option", optopt);
    else
        message_error("%s: no such option, or one that takes no argument", argv[optind - 1]);
}

/* getopt's tables, made from ours. */
static bool parse_options(struct cli_options *options, int argc, char **argv, struct words *words)
{
    struct option longs[TABLE_COUNT + 1] = {{0}};
    char letters[2 * TABLE_COUNT + 3] = "-:"; /* words in order; a missing argument is ':' */
    size_t length = 2;
    int code;

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        longs[i] = (struct option){table[i].name, table[i].argument ? required_argument : no_argument,
                                   NULL, table[i].id};
        if (table[i].letter != 0) {
            letters[length++] = table[i].letter;
            if (table[i].argument)
                letters[length++] = ':';
        }
    }
    opterr = 0;
    optind = 0; /* glibc: start afresh, and read the leading '-' again */
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (code == 1) {
            words->word[words->count++] = optarg;
            continue;
        }
        if (code == '?' || code == ':') {
            complain(code, argv);
            return false;
        }
        for (size_t i = 0; i < TABLE_COUNT && code < CLI_OPTION_FIRST; i++)
            if (table[i].letter == code)
                code = table[i].id;
        if (!take(options, code, optarg))
            return false;
        if (options->action == CLI_HELP || options->action == CLI_VERSION)
            return true;
    }
    words->before_dashes = words->count;
    while (optind < argc)
        words->word[words->count++] = argv[optind++];
    return true;
}

static char *join(char **words, size_t count)
{
    size_t size = 1;
    char *joined;

    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    joined = malloc(size);
    if (joined == NULL)
        return NULL;
    joined[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strcat(joined, " ");
        strcat(joined, words[i]);
    }
    return joined;
}

/* A filter, but nothing to read: most likely a file or a verb that was mistyped. */
static enum cli_exit nothing_to_read(char **rest, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (exists(rest[i]) || looks_like_file(rest[i])) {
            message_error("%s: no such verb or file (--help lists the verbs)", rest[0]);
            return CLI_EXIT_USAGE;
        }
    if (count > 1) {
        message_error("a filter, but nothing to read: name a file, - or -i IFACE");
        return CLI_EXIT_USAGE;
    }
    message_error("%s: no such file", rest[0]);
    return CLI_EXIT_OPEN;
}

/* The words after the verb: inputs, then the filter. */
static void sort_words(struct cli_options *options, const struct words *words, size_t next)
{
    bool dashes = false; /* "--" begins the filter */

    while (next < words->count) {
        dashes = next >= words->before_dashes && (options->input_count > 0 || options->interface != NULL);
        if (dashes || !exists(words->word[next]))
            break;
        options->inputs[options->input_count++] = words->word[next++];
    }
    if (next == words->count)
        return;
    if (!dashes && looks_like_file(words->word[next])) {
        message_error("%s: no such file", words->word[next]);
        fail(options, CLI_EXIT_OPEN);
    } else if (!dashes && is_verb(words->word[next])) {
        message_error("%s: the verb goes first: tcptwin %s ...", words->word[next], words->word[next]);
        fail(options, CLI_EXIT_USAGE);
    } else if (options->input_count == 0 && options->interface == NULL) {
        fail(options, nothing_to_read(words->word + next, words->count - next));
    } else {
        options->filter = join(words->word + next, words->count - next);
        if (options->filter == NULL) {
            message_error("out of memory");
            fail(options, CLI_EXIT_OPEN);
        }
    }
}

/* The verb's report goes to standard output, unless an -o was given that place and no verb was. The
 * registry's first report is the one without a verb. */
static bool place_verb(struct cli_options *options, const char *verb)
{
    bool taken = false;

    for (size_t i = 0; i < options->output_count; i++)
        taken |= strcmp(options->outputs[i].path, "-") == 0;
    if (taken && verb != NULL) {
        message_error("standard output has the report \"%s\" already: -o REPORT=- goes without a verb", verb);
        return false;
    }
    if (!taken)
        add_output(options, verb != NULL ? report_kind_find(verb) : report_kind_at(0), "-");
    return true;
}

/* Options that would be ignored are refused: their absence from the output would go unnoticed. */
static bool check_selection(const struct cli_options *options)
{
    bool sockets = false, json = false, any = false; /* any: of those that take --host and --json */

    for (size_t i = 0; i < options->output_count; i++) {
        sockets |= strcmp(options->outputs[i].kind->name, "sockets") == 0;
        json |= strcmp(options->outputs[i].kind->name, "json") == 0;
        any |= options->outputs[i].kind->takes_selection;
    }
    if (options->for_sockets != NULL && !sockets)
        message_error("--%s is for the report sockets", options->for_sockets);
    else if (options->for_json != NULL && !json)
        message_error("--%s is for the report json", options->for_json);
    else if (options->for_several != NULL && !any)
        message_error("--%s is for the reports sockets, hosts and datagrams (the report json prints all else as JSON)",
                      options->for_several);
    else if (options->at_given && options->selection.step_ns != 0)
        message_error("--at and --over-time: either one moment or many");
    else
        return true;
    return false;
}

static bool check_together(const struct cli_options *options)
{
    if (!check_selection(options))
        return false;
    if (options->interface != NULL && options->input_count > 0) {
        message_error("-i %s and %s: either an interface or files", options->interface, options->inputs[0]);
        return false;
    }
    if (options->interface == NULL && options->input_count == 0) {
        message_error("nothing to read: name a file, - or -i IFACE (--help says more)");
        return false;
    }
    if (options->interface == NULL && options->for_live != NULL) {
        message_error("%s is for an interface (-i): files are read as they are", options->for_live);
        return false;
    }
    for (size_t i = 0; i < options->input_count; i++)
        if (strcmp(options->inputs[i], "-") == 0 && isatty(STDIN_FILENO)) {
            message_error("standard input is a terminal: pipe a capture into it");
            return false;
        }
    return true;
}

void options_parse(struct cli_options *options, int argc, char **argv)
{
    size_t room = (size_t)argc + 1;
    struct words words = {calloc(room, sizeof(char *)), 0, 0};
    const char *verb = NULL;

    *options = (struct cli_options){.max_rows = DEFAULT_ROWS, .promiscuous = true, .verify_checksums = true};
    options->inputs = calloc(room, sizeof *options->inputs);
    options->outputs = calloc(room, sizeof *options->outputs);
    options->words = calloc(room, sizeof *options->words);
    if (words.word == NULL || options->inputs == NULL || options->outputs == NULL || options->words == NULL) {
        message_error("out of memory");
        fail(options, CLI_EXIT_OPEN);
    } else if (!parse_options(options, argc, argv, &words)) {
        fail(options, CLI_EXIT_USAGE);
    } else if (options->action == CLI_RUN) {
        if (words.count > 0 && words.before_dashes > 0 && is_verb(words.word[0]))
            verb = words.word[0];
        if (verb != NULL && strcmp(verb, "explain") == 0) {
            options->action = CLI_EXPLAIN;
            for (size_t i = 1; i < words.count; i++)
                options->words[options->word_count++] = words.word[i];
        } else {
            sort_words(options, &words, verb != NULL);
            if (options->action == CLI_RUN && (!place_verb(options, verb) || !check_together(options)))
                fail(options, CLI_EXIT_USAGE);
        }
    }
    free(words.word);
}

void options_free(struct cli_options *options)
{
    free(options->inputs);
    free(options->outputs);
    free(options->words);
    free(options->filter);
}

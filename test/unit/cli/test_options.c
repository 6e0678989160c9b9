/* test_options.c - the command line as a struct: what is an input, where the filter begins */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/options.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 12 };

/* The line, cut at blanks; inputs must exist, so "." stands for one and "/" for another. */
static struct cli_options parse(char *line)
{
    static char *argv[WORDS_MAX + 2];
    struct cli_options options;
    int argc = 0;

    for (char *word = strtok(line, " "); word != NULL && argc <= WORDS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    options_parse(&options, argc, argv);
    return options;
}

static void what_exists_is_an_input_and_the_rest_is_the_filter(void **unused)
{
    static const struct {
        const char *line;
        size_t inputs;
        const char *filter, *verb;
    } cases[] = {
        {"tcptwin .", 1, NULL, "report"},
        {"tcptwin json .", 1, NULL, "json"},
        {"tcptwin . /", 2, NULL, "report"},
        {"tcptwin . tcp port 80", 1, "tcp port 80", "report"},
        {"tcptwin . -- tcp port 80", 1, "tcp port 80", "report"},
        {"tcptwin . -- / or tcp", 1, "/ or tcp", "report"},
        {"tcptwin -- .", 1, NULL, "report"},
        {"tcptwin -- . tcp", 1, "tcp", "report"},
        {"tcptwin json -c 4 . -n tcp -q", 1, "tcp", "json"},
        {"tcptwin -r missing tcp", 1, "tcp", "report"},
        {"tcptwin -r . -r / net 10.0.0.0/8", 2, "net 10.0.0.0/8", "report"},
        {"tcptwin -i any", 0, NULL, "report"},
        {"tcptwin json -i any tcp", 0, "tcp", "json"},
        {"tcptwin -s 96 -B 512 -p -i any", 0, NULL, "report"},
        {"tcptwin -o json=- .", 1, NULL, "json"},
        {"tcptwin hosts --json --host ::1 .", 1, NULL, "hosts"},
        {"tcptwin sockets --at +1 --state estab . tcp", 1, "tcp", "sockets"},
    };
    (void)unused;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = strdup(cases[i].line);
        struct cli_options options = parse(line);

        assert_int_equal(options.action, CLI_RUN);
        assert_int_equal(options.input_count, cases[i].inputs);
        if (cases[i].filter == NULL)
            assert_null(options.filter);
        else
            assert_string_equal(options.filter, cases[i].filter);
        assert_int_equal(options.output_count, 1);
        assert_string_equal(options.outputs[0].kind->name, cases[i].verb);
        assert_string_equal(options.outputs[0].path, "-");
        options_free(&options);
        free(line);
    }
}

static void what_makes_no_sense_is_refused(void **unused)
{
    static const struct {
        const char *line;
        enum cli_exit status;
    } cases[] = {
        {"tcptwin", CLI_EXIT_USAGE},
        {"tcptwin json", CLI_EXIT_USAGE},
        {"tcptwin -i any .", CLI_EXIT_USAGE},
        {"tcptwin -i any -i lo", CLI_EXIT_USAGE},
        {"tcptwin . json", CLI_EXIT_USAGE},
        {"tcptwin tcp port 80", CLI_EXIT_USAGE},
        {"tcptwin missing", CLI_EXIT_OPEN},
        {"tcptwin missing.pcap", CLI_EXIT_OPEN},
        {"tcptwin . missing.PCAPNG", CLI_EXIT_OPEN},
        {"tcptwin . missing/file", CLI_EXIT_OPEN},
        {"tcptwin report -o json=- .", CLI_EXIT_USAGE},
        {"tcptwin -o json=a -o report=a .", CLI_EXIT_USAGE},
        {"tcptwin --memory 0 .", CLI_EXIT_USAGE},
        {"tcptwin -c 1x .", CLI_EXIT_USAGE},
        {"tcptwin -s 262145 -i any", CLI_EXIT_USAGE},
        {"tcptwin -s 96 .", CLI_EXIT_USAGE},
        {"tcptwin -s 0 .", CLI_EXIT_USAGE},
        {"tcptwin -B 512 .", CLI_EXIT_USAGE},
        {"tcptwin . -p", CLI_EXIT_USAGE},
        {"tcptwin sockets --at now .", CLI_EXIT_USAGE},
        {"tcptwin sockets --host example.org .", CLI_EXIT_USAGE},
        {"tcptwin sockets --state open .", CLI_EXIT_USAGE},
        {"tcptwin sockets --over-time 0 .", CLI_EXIT_USAGE},
        {"tcptwin sockets --over-time 1 --at +1 .", CLI_EXIT_USAGE},
        {"tcptwin --at +1 .", CLI_EXIT_USAGE},
        {"tcptwin hosts --summary --json .", CLI_EXIT_USAGE},
        {"tcptwin report --json .", CLI_EXIT_USAGE},
    };
    (void)unused;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = strdup(cases[i].line);
        struct cli_options options = parse(line);

        assert_int_equal(options.action, CLI_FAIL);
        assert_int_equal(options.status, cases[i].status);
        options_free(&options);
        free(line);
    }
}

static void sizes_are_powers_of_1024(void **unused)
{
    static const struct {
        const char *line;
        uint64_t bytes;
    } cases[] = {
        {"tcptwin --memory 65536 .", 65536},
        {"tcptwin --memory 64k .", 65536},
        {"tcptwin --memory 512M .", 512ull << 20},
        {"tcptwin --memory=2GiB .", 2ull << 30},
        {"tcptwin --memory=1TB .", 1ull << 40},
    };
    (void)unused;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = strdup(cases[i].line);
        struct cli_options options = parse(line);

        assert_int_equal(options.action, CLI_RUN);
        assert_true(options.memory_bytes == cases[i].bytes);
        options_free(&options);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_exists_is_an_input_and_the_rest_is_the_filter),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(sizes_are_powers_of_1024),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

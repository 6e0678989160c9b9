/* help.c - the text of --help, made from the lists
 *
 * Options from options.def, verbs from the report registry, exit codes from exit_codes.def. 80 columns:
 * what an option is called on the left, what it does on the right.
 */
#include "options.h"

#include "report/report.h"

#include <string.h>

enum { COLUMNS = 80, INDENT = 26 };

/* Words of @text in columns @indent to COLUMNS; the caller stands at column @at. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    if (at > indent - 2) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", indent - at, "");
    at = indent;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (at > indent && at + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", length, text);
        at += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, char letter, const char *name, const char *argument, const char *help)
{
    char left[64];

    if (letter != 0)
        snprintf(left, sizeof left, "  -%c, --%s%s%s", letter, name, *argument ? " " : "", argument);
    else
        snprintf(left, sizeof left, "      --%s%s%s", name, *argument ? " " : "", argument);
    print_wrapped(out, help, fprintf(out, "%s", left), INDENT);
}

void options_usage(FILE *out)
{
    fputs("usage: tcptwin [VERB] [OPTIONS] FILE... [FILTER]\n"
          "       tcptwin [VERB] [OPTIONS] -i IFACE [FILTER]\n"
          "       tcptwin explain [WORD]\n",
          out);
}

void options_help(FILE *out)
{
    const struct report_kind *kind;

    options_usage(out);
    fputs("\nSays what state both endpoints of every TCP connection in a capture were in,\n"
          "from when to when, how that is known, who closed first, and what went wrong.\n"
          "FILTER is a pcap-filter(7) expression, as with tcpdump.\n"
          "\nVerbs (one goes to standard output; without one: report)\n",
          out);
    for (size_t i = 0; (kind = report_kind_at(i)) != NULL; i++)
        print_wrapped(out, kind->help, fprintf(out, "  %s", kind->name), 14);
    print_wrapped(out, CLI_EXPLAIN_HELP, fprintf(out, "  explain"), 14);
#define GROUP(title_) fprintf(out, "\n%s\n", title_);
#define OPTION(id_, letter_, long_, argument_, help_) print_option(out, letter_, long_, argument_, help_);
#include "options.def"
    fputs("\nExit status\n", out);
#define EXIT_CODE(id_, value_, text_) print_wrapped(out, text_, fprintf(out, "  %d", value_), 7);
#include "exit_codes.def"
}

/* manpage.c - makes the man page from its template and the lists the tool itself uses
 *
 *     tcptwin-manpage < tcptwin.1.in > tcptwin.1
 *
 * A build-time program. A template line that is just <VERBS>, <OPTIONS>, <EXIT> or <PROFILES> is replaced by
 * that list; everything else is copied. So the page cannot name an option that the program does not
 * have, nor forget one.
 */
#include "options.h"

#include "report/report.h"

#include <string.h>

/* Text as roff shows it unchanged: backslashes and dashes escaped, no control character up front. */
static void put_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++)
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
}

static void put_item(const char *name, const char *text)
{
    fputs(".TP\n.B ", stdout);
    put_text(name);
    putchar('\n');
    put_text(text);
    putchar('\n');
}

static void put_option(char letter, const char *name, const char *argument, const char *help)
{
    fputs(".TP\n", stdout);
    if (letter != 0)
        printf("\\fB\\-%c\\fR, ", letter);
    fputs("\\fB\\-\\-", stdout);
    put_text(name);
    fputs("\\fR", stdout);
    if (*argument != '\0')
        printf(" \\fI%s\\fR", argument);
    putchar('\n');
    put_text(help);
    putchar('\n');
}

static void put_options(void)
{
#define GROUP(title_) puts(".SS " title_);
#define OPTION(id_, letter_, long_, argument_, help_) put_option(letter_, long_, argument_, help_);
#include "options.def"
}

static void put_verbs(void)
{
    const struct report_kind *kind;

    for (size_t i = 0; (kind = report_kind_at(i)) != NULL; i++)
        put_item(kind->name, kind->help);
    put_item("explain", CLI_EXPLAIN_HELP);
}

static void put_exit_codes(void)
{
#define EXIT_CODE(id_, value_, text_) put_item(#value_, text_);
#include "exit_codes.def"
}

static void put_profiles(void)
{
#define PROFILE(id_, name_, tw_, fw2_, syn_, synrcvd_, data_, text_) put_item(name_, text_);
#include "tcptwin/profiles.def"
}

int main(void)
{
    char line[1024];

    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "<VERBS>\n") == 0)
            put_verbs();
        else if (strcmp(line, "<OPTIONS>\n") == 0)
            put_options();
        else if (strcmp(line, "<EXIT>\n") == 0)
            put_exit_codes();
        else if (strcmp(line, "<PROFILES>\n") == 0)
            put_profiles();
        else
            fputs(line, stdout);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}

/* messages.c - what is said on standard error */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

static bool quiet_wanted, line_shown;

/* One message, one write: two processes on one terminal do not mix. Control characters (a file's name
 * may hold any) become '?'. */
static void say(const char *format, va_list arguments)
{
    char text[1024];

    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    message_progress(NULL);
    fprintf(stderr, "tcptwin: %s\n", text);
    fflush(stderr);
}

void message_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void message_note(const char *format, ...)
{
    va_list arguments;

    if (quiet_wanted)
        return;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void message_quiet(bool quiet)
{
    quiet_wanted = quiet;
}

void message_progress(const char *line)
{
    if (line == NULL && !line_shown)
        return;
    fprintf(stderr, "\r%s\033[K", line != NULL ? line : "");
    fflush(stderr);
    line_shown = line != NULL;
}

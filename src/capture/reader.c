/* reader.c - how our readers say what is wrong: in libpcap's words */
#include "reader.h"

#include <stdarg.h>

enum reader_result reader_broken(struct reader *reader, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reader->error, sizeof reader->error, format, arguments);
    va_end(arguments);
    return READER_BROKEN;
}

enum reader_result reader_cut_short(struct reader *reader, const char *kind, const char *what,
                                    size_t wanted, size_t got)
{
    if (reader->window.error != 0)
        return reader_broken(reader, "error reading dump file: %s", strerror(reader->window.error));
    return reader_broken(reader, "truncated %sdump file; tried to read %zu %s, only got %zu", kind,
                         wanted, what, got);
}

/* say.c - see say.h */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

void say(struct sentence *sentence, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length =
        vsnprintf(sentence->text + sentence->used, SENTENCE - sentence->used, format, arguments);
    va_end(arguments);
    sentence->used += length > 0 ? (size_t)length : 0;
    if (sentence->used >= SENTENCE)
        sentence->used = SENTENCE - 1;
}

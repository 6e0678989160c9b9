/* say.h - a sentence that grows piece by piece */
#ifndef REPORT_SAY_H
#define REPORT_SAY_H

#include <stddef.h>

enum { SENTENCE = 512 };

/** One of zeros is empty. What does not fit is cut. */
struct sentence {
    char text[SENTENCE];
    size_t used;
};

void say(struct sentence *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

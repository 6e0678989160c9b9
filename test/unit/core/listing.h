/* listing.h - a text that a test makes, and the file beside the test that says what it must be */
#ifndef TEST_LISTING_H
#define TEST_LISTING_H

#include <stdbool.h>
#include <stddef.h>

/** listing_check() - Fail at the first line that differs; @update: write the file instead. */
void listing_check(const char *path, const char *text, size_t length, bool update);

#endif

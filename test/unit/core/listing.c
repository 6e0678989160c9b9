/* listing.c - see listing.h */
#include "listing.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void compare(FILE *file, const char *path, const char *text, size_t length)
{
    char *want = calloc(1, length + 1);
    assert_non_null(want);
    size_t wanted = fread(want, 1, length + 1, file), same = 0, line = 1, begin = 0;
    for (; same < length && same < wanted && want[same] == text[same]; same++)
        if (text[same] == '\n') {
            line++;
            begin = same + 1;
        }
    if (same != length || same != wanted)
        fail_msg("%s:%zu: have %.*s", path, line, (int)(length - begin < 400 ? length - begin : 400),
                 text + begin);
    free(want);
}

void listing_check(const char *path, const char *text, size_t length, bool update)
{
    FILE *file = fopen(path, update ? "wb" : "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    if (update)
        assert_int_equal(fwrite(text, 1, length, file), length);
    else
        compare(file, path, text, length);
    assert_int_equal(fclose(file), 0);
}

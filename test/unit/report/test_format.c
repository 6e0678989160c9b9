/* test_format.c - numbers, times, wrapped text and the bounded heap */
#include "format.h"
#include "layout.h"
#include "topk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void durations_read_well(void **state)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } rows[] = {
        {0, "0"},
        {999, "999 ns"},
        {210000, "210 us"},
        {35000000, "35 ms"},
        {1204000000, "1.204 s"},
        {59999999999, "59.999 s"},
        {125000000000, "2m05s"},
        {11400000000000, "3h10m"},
        {352800000000000, "4d02h"},
        {UINT64_MAX, "213503d23h"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(format_duration(rows[i].ns).s, rows[i].text);
}

static void byte_counts_have_four_characters_at_most(void **state)
{
    (void)state;
    assert_string_equal(format_bytes(0).s, "0");
    assert_string_equal(format_bytes(999).s, "999");
    assert_string_equal(format_bytes(1000).s, "1.0K");
    assert_string_equal(format_bytes(1290).s, "1.2K");
    assert_string_equal(format_bytes(34567890).s, "34M");
    assert_string_equal(format_bytes(999999).s, "999K");
    assert_string_equal(format_bytes(UINT64_MAX).s, "18E");
    assert_string_equal(format_count(1234567).s, "1,234,567");
    assert_string_equal(format_count(12).s, "12");
    assert_string_equal(format_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
}

/* The calendar against the C library's, over two centuries in odd steps. */
static void times_are_those_of_the_calendar(void **state)
{
    (void)state;
    for (uint64_t second = 0; second < 6311433600ull; second += 86399 * 11) {
        char want[64];
        time_t when = (time_t)second;
        struct tm tm;
        gmtime_r(&when, &tm);
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000007Z", &tm);
        assert_string_equal(format_time(second * 1000000000 + 7).s, want);
    }
    assert_string_equal(format_time(1709164800000000000).s, "2024-02-29T00:00:00.000000000Z");
    assert_string_equal(format_seconds(1500000000, 2000000000).s, "-0.500000");
    assert_string_equal(format_clock(86399999999999).s, "23:59:59.999999");
}

static void control_characters_do_not_get_through(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    safe_write(out, "a\x1b[31m\n\x7f\xc3\xa4z");
    fclose(out);
    assert_string_equal(text, "a\\x1b[31m\\x0a\\x7f\\xc3\\xa4z");
    free(text);
    assert_string_equal(format_copy("a\x1bz").s, "a?z");
}

static void lines_break_at_spaces(void **state)
{
    (void)state;
    const char *text = "one two  three abcdefghijklmnop";
    char line[WRAP_SIZE];
    static const char *const want[] = {"one two", "three", "abcdefgh", "ijklmnop"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(wrap_take(&text, line, 8));
        assert_string_equal(line, want[i]);
    }
    assert_false(wrap_take(&text, line, 8));
}

static int compare_numbers(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void the_best_rows_stay(void **state)
{
    (void)state;
    for (uint64_t limit = 0; limit < 20; limit++) {
        struct topk topk = {.row_size = sizeof(int), .limit = limit, .compare = compare_numbers};
        for (int i = 0; i < 1000; i++) {
            int row = i * 7919 % 1000; /* each number below 1000, once */
            topk_offer(&topk, &row);
        }
        topk_sort(&topk);
        assert_int_equal(topk.offered, 1000);
        assert_int_equal(topk.count, limit ? limit : 1000);
        for (size_t i = 0; i < topk.count; i++)
            assert_int_equal(*(const int *)topk_at(&topk, i), i);
        assert_null(topk_at(&topk, topk.count));
        topk_free(&topk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(byte_counts_have_four_characters_at_most),
        cmocka_unit_test(times_are_those_of_the_calendar),
        cmocka_unit_test(control_characters_do_not_get_through),
        cmocka_unit_test(lines_break_at_spaces),
        cmocka_unit_test(the_best_rows_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

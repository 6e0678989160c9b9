/* test_format.c - numbers, addresses, times, wrapped text and the bounded heap */
#include "format.h"
#include "layout.h"
#include "topk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
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

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void check_number(uint64_t value)
{
    char want[32], have[FORMAT_NUMBER_MAX + 1];
    size_t length = (size_t)snprintf(want, sizeof want, "%llu", (unsigned long long)value);
    have[FORMAT_NUMBER_MAX] = '#';
    assert_int_equal(put_number(have, value) - have, length);
    assert_memory_equal(have, want, length);
    assert_int_equal(have[FORMAT_NUMBER_MAX], '#');
}

/* All with up to six digits, those around each power of ten and of two, and others of every length. */
static void numbers_are_those_of_printf(void **state)
{
    uint64_t random = 88172645463325252u;
    (void)state;
    for (uint64_t value = 0; value < 1000000; value++)
        check_number(value);
    for (uint64_t power = 10;; power *= 10) {
        check_number(power - 1);
        check_number(power);
        check_number(power + 1);
        if (power > UINT64_MAX / 10)
            break;
    }
    for (unsigned shift = 0; shift < 64; shift++) {
        check_number((1ull << shift) - 1);
        for (unsigned i = 0; i < 10000; i++)
            check_number(next_random(&random) >> shift);
    }
    check_number(UINT64_MAX);
}

static void check_ip(const struct tcptwin_address *address)
{
    char want[INET6_ADDRSTRLEN], have[FORMAT_IP_MAX + 1];
    assert_non_null(inet_ntop(AF_INET6, address->bytes, want, sizeof want));
    *put_ip(have, address, 6) = '\0';
    assert_string_equal(have, want);
    assert_non_null(inet_ntop(AF_INET, address->bytes + 12, want, sizeof want));
    *put_ip(have, address, 4) = '\0';
    assert_string_equal(have, want);
}

/* Every pattern of zeros, with words of every length between them, and addresses that hold IPv4 ones. */
static void addresses_are_those_of_inet_ntop(void **state)
{
    uint64_t random = 88172645463325252u;
    (void)state;
    for (unsigned zeros = 0; zeros < 256; zeros++)
        for (unsigned i = 0; i < 200; i++) {
            struct tcptwin_address address;
            for (unsigned word = 0; word < 8; word++) {
                uint64_t any = next_random(&random);
                uint64_t bits = zeros >> word & 1 ? 0 : (any & 0xffff) >> (any >> 16 & 15);
                address.bytes[2 * word] = (uint8_t)(bits >> 8);
                address.bytes[2 * word + 1] = (uint8_t)bits;
            }
            check_ip(&address);
            address.bytes[10] = address.bytes[11] = 0xff;
            check_ip(&address);
        }
}

/* The day is remembered: whichever came before. */
static void times_do_not_depend_on_the_one_before(void **state)
{
    uint64_t random = 88172645463325252u;
    struct format_day day = {0};
    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        char have[FORMAT_TIME_MAX + 1];
        uint64_t span_ns = i % 2 ? UINT64_MAX : 3 * 86400000000000ull;
        uint64_t ts_ns = next_random(&random) % span_ns;
        *put_time(have, ts_ns, &day) = '\0';
        assert_string_equal(have, format_time(ts_ns).s);
    }
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
        cmocka_unit_test(numbers_are_those_of_printf),
        cmocka_unit_test(addresses_are_those_of_inet_ntop),
        cmocka_unit_test(times_do_not_depend_on_the_one_before),
        cmocka_unit_test(control_characters_do_not_get_through),
        cmocka_unit_test(lines_break_at_spaces),
        cmocka_unit_test(the_best_rows_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

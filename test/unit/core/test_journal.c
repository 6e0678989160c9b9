/* test_journal.c - which segments are kept as evidence, in what order, and what is dropped and
 * counted */
#include "heap.h"
#include "journal.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

struct rig {
    struct heap heap;
    struct slab_budget budget;
    struct slab slab;
    struct journal journal;
    uint64_t frame;
};

static void rig_open(struct rig *rig, size_t limit)
{
    *rig = (struct rig){0};
    rig->budget = (struct slab_budget){heap_allocator(&rig->heap), limit, 0};
    slab_init(&rig->slab, &rig->budget);
    for (unsigned class = 0; class < JOURNAL_CLASSES; class ++)
        rig->slab.piece[class] = journal_capacity(class) * sizeof(struct record);
}

static void rig_close(struct rig *rig)
{
    journal_release(&rig->journal, &rig->slab);
    assert_null(rig->journal.records);
    slab_release(&rig->slab);
    assert_int_equal(rig->heap.bytes, 0);
}

static bool add(struct rig *rig, unsigned dir, bool control)
{
    unsigned marks = 0;
    struct record *place = journal_place(&rig->journal, &rig->slab, dir, control, &marks);
    rig->frame++;
    if (place)
        *place = (struct record){.frame = rig->frame, .ts_ns = rig->frame * 10, .dir = (uint8_t)dir,
                                 .marks = (uint8_t)marks};
    return place != NULL;
}

/* Plays a line: 'a' and 'b' are ordinary segments of side 0 and 1, 'A' and 'B' control segments. */
static void play(struct rig *rig, const char *line)
{
    for (; *line; line++)
        assert_true(add(rig, *line == 'b' || *line == 'B', *line == 'A' || *line == 'B'));
}

/* What is kept, as the same line with '.' for what is not. */
static void kept(const struct rig *rig, const char *line, char *out)
{
    struct record records[JOURNAL_MAX];
    unsigned count = journal_sorted(&rig->journal, records);
    size_t length = strlen(line);
    memset(out, '.', length);
    out[length] = '\0';
    for (unsigned i = 0; i < count; i++) {
        assert_true(i == 0 || records[i].frame > records[i - 1].frame);
        assert_in_range(records[i].frame, 1, length);
        out[records[i].frame - 1] = line[records[i].frame - 1];
    }
}

/* Whatever is pinned, sorted, overwritten or thinned out: the newest of each direction is known, unless
 * it was thinned out itself. */
static void the_newest_is_known(void **unused)
{
    struct rig rig;
    uint64_t newest[2] = {0, 0}, random = 1;
    unsigned lost = 0;
    (void)unused;
    rig_open(&rig, SIZE_MAX);
    assert_null(journal_latest(&rig.journal, 0));
    for (unsigned i = 0; i < 20000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u; /* Knuth's MMIX */
        unsigned dir = i % 1000 < 500 ? i & 1 : (unsigned)(random >> 63); /* b is silent for a while, too */
        if (i % 5000 > 4000)
            dir = 0;
        assert_true(add(&rig, dir, (random >> 40) % 16 == 0));
        newest[dir] = rig.frame;
        for (unsigned x = 0; x < 2; x++) {
            const struct record *latest = journal_latest(&rig.journal, x);
            if (latest)
                assert_true(latest->dir == x && latest->frame == newest[x]);
            else
                lost += newest[x] != 0;
        }
    }
    assert_true(rig.journal.dropped > 0 && lost > 0 && lost < 5000);
    rig_close(&rig);
}

static void what_is_kept(void **unused)
{
    static const struct {
        const char *line, *kept;
    } cases[] = {
        /* tail: the last three of each direction, at 0, 1, N - 1, N, N + 1 */
        {"", ""},
        {"a", "a"},
        {"aa", "aa"},
        {"aaa", "aaa"},
        {"aaaa", ".aaa"},
        {"aaaaaaaaaa", ".......aaa"},
        {"bbbbb", "..bbb"},
        {"abababab", "..ababab"},
        {"aaaabbbb", ".aaa.bbb"},
        {"abbbbbbbbb", "a......bbb"},
        /* a control segment, alone and after a tail */
        {"A", "A"},
        {"aaaaA", ".aaaA"},
        {"aaaabbbbbA", ".aaa..bbbA"},
        {"aaaaAB", ".aaaAB"},
        /* answers: three of each direction after it, then the tail again */
        {"Aa", "Aa"},
        {"Aaaa", "Aaaa"},
        {"Aaaaa", "Aaaaa"},
        {"Aaaaaaaa", "Aaaa.aaa"},
        {"Aaaaaaaaaaa", "Aaaa....aaa"},
        {"Abbbbbbbbbb", "Abbb....bbb"},
        {"Aaaabbbbbbbbbaaaa", "Aaaabbb...bbb.aaa"},
        /* another control segment starts the count again */
        {"AaBbaaaaaaaaaa", "AaBbaaa....aaa"},
        {"AaaaaaaaaaaaBaaaaaaaaa", "Aaaa.....aaaBaaa...aaa"},
        {"ABbbbaaaaaaaaaaaaaaaaaaaA", "ABbbbaaa.............aaaA"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        char out[64];
        rig_open(&rig, SIZE_MAX);
        play(&rig, cases[i].line);
        kept(&rig, cases[i].line, out);
        if (strcmp(out, cases[i].kept) != 0)
            fail_msg("%s: kept %s, expected %s", cases[i].line, out, cases[i].kept);
        assert_int_equal(rig.journal.dropped, 0);
        rig_close(&rig);
    }
}

/* At the bound the middle goes, one by one, and is counted. */
static void the_middle_is_thinned_out(void **unused)
{
    static const unsigned counts[] = {0, 1, 7, 8, 9, 16, 17, 127, 128, 129, 130, 200, 1000};
    (void)unused;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct rig rig;
        struct record records[JOURNAL_MAX];
        unsigned n = counts[i], bound = n < JOURNAL_MAX ? n : JOURNAL_MAX;
        rig_open(&rig, SIZE_MAX);
        for (unsigned k = 0; k < n; k++)
            assert_true(add(&rig, k & 1, true));
        assert_int_equal(journal_sorted(&rig.journal, records), bound);
        assert_int_equal(rig.journal.dropped, n - bound);
        for (unsigned k = 0; k < bound / 2; k++) /* the beginning and the end remain */
            assert_int_equal(records[k].frame, k + 1);
        for (unsigned k = 1; k < bound / 2; k++)
            assert_int_equal(records[bound - k].frame, n + 1 - k);
        for (unsigned k = 0; k < bound; k++)
            assert_int_equal(records[k].marks, MARK_PINNED);
        rig_close(&rig);
    }
}

/* -- against a model
 * ------------------------------------------------------------------------------- */

/* The same rules over a plain list: every entry with whether it is pinned. */
struct model {
    struct {
        uint64_t frame;
        unsigned dir;
        bool pinned;
    } entries[JOURNAL_MAX + 1];
    unsigned count, answers[2];
    uint32_t dropped;
};

static void model_remove(struct model *model, unsigned at)
{
    memmove(&model->entries[at], &model->entries[at + 1],
            (model->count - at - 1) * sizeof model->entries[0]);
    model->count--;
}

static void model_add(struct model *model, uint64_t frame, unsigned dir, bool control)
{
    bool pin = control || model->answers[dir];
    if (control)
        model->answers[0] = model->answers[1] = JOURNAL_ANSWERS;
    else if (pin)
        model->answers[dir]--;
    unsigned tail = 0, oldest = 0, pinned = 0;
    for (unsigned i = model->count; i-- > 0;) {
        model->entries[i].pinned |= pin;
        pinned += model->entries[i].pinned;
        if (!model->entries[i].pinned && model->entries[i].dir == dir) {
            tail++;
            oldest = i;
        }
    }
    if (tail == JOURNAL_TAIL) {
        model_remove(model, oldest);
    } else if (model->count == JOURNAL_MAX) {
        model->dropped++;
        unsigned nth = pinned / 2, i = 0;
        while (!model->entries[i].pinned || nth-- > 0)
            i++;
        model_remove(model, i);
    }
    model->entries[model->count].frame = frame;
    model->entries[model->count].dir = dir;
    model->entries[model->count++].pinned = pin;
}

static uint64_t random_state = 7;
static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static void random_segments_as_a_model_keeps_them(void **unused)
{
    (void)unused;
    for (unsigned run = 0; run < 300; run++) {
        struct rig rig;
        struct model model = {.count = 0};
        unsigned rarity = 1 + run % 20;
        rig_open(&rig, SIZE_MAX);
        for (unsigned n = 0; n < 400; n++) {
            struct record records[JOURNAL_MAX];
            unsigned dir = random_below(2);
            bool control = random_below(rarity) == 0;
            assert_true(add(&rig, dir, control));
            model_add(&model, rig.frame, dir, control);
            unsigned count = journal_sorted(&rig.journal, records);
            assert_int_equal(count, model.count);
            assert_int_equal(rig.journal.dropped, model.dropped);
            for (unsigned i = 0; i < count; i++) {
                assert_int_equal(records[i].frame, model.entries[i].frame);
                assert_int_equal(records[i].dir, model.entries[i].dir);
                assert_int_equal((records[i].marks & MARK_PINNED) != 0, model.entries[i].pinned);
            }
        }
        rig_close(&rig);
    }
}

/* -- memory
 * ---------------------------------------------------------------------------------------- */

/* No memory at all: nothing is kept, and each segment counts once. */
static void without_memory(void **unused)
{
    struct rig rig;
    struct record records[JOURNAL_MAX];
    (void)unused;
    rig_open(&rig, 0);
    for (unsigned i = 1; i <= 5; i++) {
        assert_false(add(&rig, i & 1, i & 2));
        assert_int_equal(rig.journal.dropped, i);
    }
    assert_int_equal(journal_sorted(&rig.journal, records), 0);
    rig_close(&rig);
}

/* Memory for the smallest size only: the same as at the bound, with that for JOURNAL_MAX. */
static void with_memory_for_the_smallest(void **unused)
{
    struct rig rig;
    struct record records[JOURNAL_MAX];
    unsigned room = journal_capacity(0);
    (void)unused;
    rig_open(&rig, SLAB_FIRST_BYTES);
    for (unsigned n = 1; n <= 50; n++) {
        assert_true(add(&rig, 0, true));
        unsigned count = journal_sorted(&rig.journal, records);
        assert_int_equal(count, n < room ? n : room);
        assert_int_equal(rig.journal.dropped, n - count);
        assert_int_equal(records[0].frame, 1);
        assert_int_equal(records[count - 1].frame, n);
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_known),
        cmocka_unit_test(what_is_kept),
        cmocka_unit_test(the_middle_is_thinned_out),
        cmocka_unit_test(random_segments_as_a_model_keeps_them),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(with_memory_for_the_smallest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

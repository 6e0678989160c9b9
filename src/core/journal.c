/* journal.c - see journal.h */
#include "journal.h"

#include <string.h>

/* The next larger piece, or a still larger one where memory is short. */
static bool grow(struct journal *journal, struct slab *slab)
{
    unsigned class = journal->records ? journal->capacity_class + 1u : 0;
    struct record *larger = NULL;
    while (class < JOURNAL_CLASSES && !(larger = slab_take(slab, class)))
        class++;
    if (!larger)
        return false;
    if (journal->records) {
        memcpy(larger, journal->records, journal->count * sizeof *larger);
        slab_give(slab, journal->capacity_class, journal->records);
    }
    journal->records = larger;
    journal->capacity_class = (uint8_t)class;
    journal->capacity = (uint8_t)journal_capacity(class);
    return true;
}

/* Entries [from, count) in capture order. At most 2 * JOURNAL_TAIL + 1 of them. */
static void sort_from(struct record *records, unsigned from, unsigned count)
{
    for (unsigned i = from + 1; i < count; i++) {
        struct record moved = records[i];
        unsigned k = i;
        for (; k > from && records[k - 1].frame > moved.frame; k--)
            records[k] = records[k - 1];
        records[k] = moved;
    }
}

/* Among entries whose places have changed. */
static void find_latest(struct journal *journal)
{
    for (unsigned i = journal->pinned; i < journal->count; i++)
        journal->latest[journal->records[i].dir] = (uint8_t)(i + 1);
}

/* The tail becomes context of a control segment. */
static void pin_tail(struct journal *journal)
{
    sort_from(journal->records, journal->pinned, journal->count);
    find_latest(journal);
    for (unsigned i = journal->pinned; i < journal->count; i++)
        journal->records[i].marks |= MARK_PINNED;
    journal->pinned = journal->count;
    memset(journal->tail_count, 0, sizeof journal->tail_count);
    memset(journal->tail_next, 0, sizeof journal->tail_next);
}

/* The pinned entry at @victim goes; those behind it move up. */
static void thin_out(struct journal *journal, unsigned victim)
{
    memmove(&journal->records[victim], &journal->records[victim + 1],
            (journal->count - victim - 1u) * sizeof *journal->records);
    journal->count--;
    journal->pinned--;
    for (unsigned dir = 0; dir < 2; dir++) {
        uint8_t *latest = &journal->latest[dir];
        *latest = *latest == victim + 1 ? 0 : (uint8_t)(*latest - (*latest > victim + 1));
        for (unsigned i = 0; i < journal->tail_count[dir]; i++)
            journal->tail_at[dir][i]--;
    }
}

/* A larger piece; at the bound the middle of the pinned ones is thinned out. */
__attribute__((noinline)) static bool make_room(struct journal *journal, struct slab *slab)
{
    if (grow(journal, slab))
        return true;
    journal->dropped++;
    journal->starved = journal->capacity < JOURNAL_MAX;
    if (journal->pinned < 2)
        return false;
    thin_out(journal, journal->pinned / 2u);
    return true;
}

/* For one more entry. */
static bool have_room(struct journal *journal, struct slab *slab)
{
    return journal->count < journal->capacity || make_room(journal, slab);
}

/* Return: where it is, plus 1; 0: nowhere. */
static unsigned place_pinned(struct journal *journal, struct slab *slab)
{
    if (journal->count > journal->pinned)
        pin_tail(journal);
    if (!have_room(journal, slab))
        return 0;
    return journal->pinned = ++journal->count;
}

/* Return: the same. */
static unsigned place_tail(struct journal *journal, struct slab *slab, unsigned dir)
{
    unsigned nth = journal->tail_count[dir];
    if (nth == JOURNAL_TAIL) {
        nth = journal->tail_next[dir];
        journal->tail_next[dir] = nth + 1 < JOURNAL_TAIL ? (uint8_t)(nth + 1) : 0;
    } else if (have_room(journal, slab)) {
        journal->tail_count[dir]++;
        journal->tail_at[dir][nth] = journal->count++;
    } else {
        return 0;
    }
    return journal->tail_at[dir][nth] + 1u;
}

/* The new entry is the newest of its direction. */
static struct record *newest(struct journal *journal, unsigned dir, unsigned place)
{
    journal->latest[dir] = (uint8_t)place;
    return &journal->records[place - 1];
}

struct record *journal_place_tail(struct journal *journal, struct slab *slab, unsigned dir)
{
    unsigned place = place_tail(journal, slab, dir);
    return place ? newest(journal, dir, place) : NULL;
}

struct record *journal_place(struct journal *journal, struct slab *slab, unsigned dir, bool control,
                             unsigned *marks)
{
    bool is_segment = !(*marks & MARK_ICMP), pinned = control || journal->answers[dir];
    unsigned place = pinned ? place_pinned(journal, slab) : place_tail(journal, slab, dir);
    if (control)
        journal->answers[0] = journal->answers[1] = JOURNAL_ANSWERS;
    else if (pinned)
        journal->answers[dir]--;
    if (!place)
        return NULL;
    if (pinned)
        *marks |= MARK_PINNED;
    return is_segment ? newest(journal, dir, place) : &journal->records[place - 1];
}

struct record *journal_begin(struct journal *journal, struct slab *slab, unsigned count)
{
    if (!grow(journal, slab))
        return NULL;
    journal->count = journal->pinned = (uint8_t)count;
    journal->answers[0] = journal->answers[1] = JOURNAL_ANSWERS;
    return journal->records;
}

unsigned journal_sorted(const struct journal *journal, struct record *out)
{
    if (journal->count)
        memcpy(out, journal->records, journal->count * sizeof *out);
    sort_from(out, journal->pinned, journal->count);
    return journal->count;
}

void journal_release(struct journal *journal, struct slab *slab)
{
    if (journal->records)
        slab_give(slab, journal->capacity_class, journal->records);
    *journal = (struct journal){0};
}

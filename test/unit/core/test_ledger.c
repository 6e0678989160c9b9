/* test_ledger.c - everything that is said of every scenario, word for word
 *
 * test_states.c has the states that must come out, written by hand. Here is the rest: times, frames, proofs,
 * counters and anomalies of the same scenarios, as they are now (ledger.txt), so that nothing changes unseen.
 * Each is played once more live: what was said then and is not among its steps at the end. And again without its
 * first packet, and the second, and so on: what a lost packet makes of it.
 *
 * test_core_ledger FILE compares; test_core_ledger FILE update writes.
 */
#include "listing.h"
#include "rig.h"
#include "scenarios.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *path;
static bool update;
static char *ledger;
static size_t length;

static void put(const char *text, size_t bytes)
{
    ledger = realloc(ledger, length + bytes + 1);
    assert_non_null(ledger);
    memcpy(ledger + length, text, bytes);
    length += bytes;
}

/* What is otherwise than with all packets. */
static void put_states(const struct rig *whole, const struct rig *rig, size_t lost)
{
    char line[RIG_TEXT + 64], is[RIG_TEXT], was[RIG_TEXT];
    if (rig->connection_count != whole->connection_count) {
        put(line, (size_t)snprintf(line, sizeof line, "  without %zu: %zu connections\n", lost + 1,
                                   rig->connection_count));
        return;
    }
    for (size_t i = 0; i < rig->connection_count; i++)
        for (unsigned x = 0; x < 2; x++) {
            rig_path(&rig->connections[i].said, x, is);
            rig_path(&whole->connections[i].said, x, was);
            if (strcmp(is, was) != 0)
                put(line, (size_t)snprintf(line, sizeof line, "  without %zu: %c %s\n", lost + 1,
                                           "AB"[x], is));
        }
}

/* What was said live, but for transitions that are said of @whole word for word. */
static void put_live(const struct rig *whole, const struct rig *live)
{
    for (const char *line = live->log, *next; line < live->log + live->log_bytes; line = next) {
        char words[RIG_TEXT];
        next = strchr(line, '\n') + 1;
        if (strncmp(line, "said ", 5) != 0 && strncmp(line, "was ", 4) != 0 && strncmp(line, "is ", 3) != 0)
            continue;
        snprintf(words, sizeof words, "  step %.*s", (int)(next - strchr(line, ' ') - 1), strchr(line, ' ') + 1);
        if (line[0] == 's' && strstr(whole->log, words))
            continue;
        put("  live: ", 8);
        put(line, (size_t)(next - line));
    }
}

/* @lost: the packet that is left out. */
static void play(struct rig *rig, const struct seg_script *script, size_t lost, bool live)
{
    rig_init(rig);
    rig->options.live = live;
    assert_true(rig_open(rig));
    for (size_t i = 0; i < script->count; i++)
        if (i != lost)
            rig_feed(rig, &script->packets[i]);
    rig_finish(rig);
}

static void as_written(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < scenario_count; i++) {
        struct seg_script script = rig_parse(scenarios[i].text);
        struct rig whole, rig;
        put("== ", 3);
        put(scenarios[i].name, strlen(scenarios[i].name));
        put("\n", 1);
        play(&whole, &script, script.count, false);
        put(whole.log, whole.log_bytes);
        play(&rig, &script, script.count, true);
        put_live(&whole, &rig);
        rig_close(&rig);
        for (size_t lost = 0; lost < script.count; lost++) {
            play(&rig, &script, lost, false);
            put_states(&whole, &rig, lost);
            rig_close(&rig);
        }
        rig_close(&whole);
        seg_free(&script);
    }
    listing_check(path, ledger, length, update);
    free(ledger);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_written)};
    if (argc < 2)
        return 2;
    path = argv[1];
    update = argc > 2 && strcmp(argv[2], "update") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

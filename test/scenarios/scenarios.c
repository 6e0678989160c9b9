/* scenarios.c - play the catalogue: scenarios FOLDER GROUP, or scenarios --show FILE...
 *
 *     text --seg--> capture file --capture--> frames --decode--> segments --core--> account --+
 *     expectation of the same file -----------------------------------------------------------+-> equal?
 *
 * Each is played twice: as a file is read, and as a live capture is; what is said at the end must be
 * the same. A group must have all its rows and no other: a row that is lost fails like one that is
 * wrong. --show prints what is said, for writing a new one; it compares nothing.
 */
#include "account.h"
#include "capture.h"
#include "seg.h"
#include "tcptwin/decode.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The catalogue: rows of each group. */
static const struct group {
    char letter;
    unsigned rows;
    const char *about;
} catalogue[] = {{'a', 34, "handshake"},
                 {'b', 20, "resets"},
                 {'c', 16, "closing"},
                 {'d', 26, "reuse, sequence, window, timestamps, acknowledgments"},
                 {'e', 20, "payload, IP, link, capture"},
                 {'f', 27, "what the capture missed, or makes hard to read"}};
enum { ROWS_MAX = 34, SCENARIO_BYTES = 1 << 16 };
_Static_assert(34 + 20 + 16 + 26 + 20 + 27 == 143, "the rows of the catalogue");

/** A scenario file, cut in two. */
struct scenario {
    char *packets, *expected;
    bool scope_vlan; /**< `expect scope-vlan`: as with --scope-vlan */
};

static void *must(void *memory)
{
    if (memory)
        return memory;
    perror("scenarios");
    exit(2);
}

/* -- reading ----------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *in = must(fopen(path, "r"));
    char *text = must(calloc(1, SCENARIO_BYTES + 1));
    size_t length = fread(text, 1, SCENARIO_BYTES, in);
    fclose(in);
    if (length == SCENARIO_BYTES) {
        fprintf(stderr, "scenarios: %s is too long\n", path);
        exit(2);
    }
    return text;
}

/* Words apart by one blank, no comments, no empty lines: how both texts are compared. */
static char *tidy(const char *text)
{
    char *tidied = must(malloc(strlen(text) + 2)), *out = tidied;
    bool comment = false;
    for (; *text; text++) {
        bool line_begins = out == tidied || out[-1] == '\n';
        if (*text == '\n') {
            while (out > tidied && out[-1] == ' ')
                out--;
            if (out > tidied && out[-1] != '\n')
                *out++ = '\n';
            comment = false;
        } else if (*text == '#') {
            comment = true;
        } else if (!comment && *text != ' ' && *text != '\t') {
            *out++ = *text;
        } else if (!comment && !line_begins && out[-1] != ' ') {
            *out++ = ' ';
        }
    }
    *out = '\0';
    return tidied;
}

/* Return: NULL if there is no line `expect`, or it asks for something unknown. */
static const char *cut(char *text, struct scenario *scenario)
{
    char *mark = strstr(text, "\nexpect");
    char *end = mark ? strchr(mark + 1, '\n') : NULL;
    if (!end)
        return "no line `expect`";
    *mark = *end = '\0';
    scenario->packets = text;
    scenario->expected = end + 1;
    scenario->scope_vlan = !strcmp(mark + 1, "expect scope-vlan");
    if (!scenario->scope_vlan && strcmp(mark + 1, "expect"))
        return "an expectation of an unknown kind";
    return NULL;
}

/* -- playing ----------------------------------------------------------------------------------- */

static void *allocate(void *user, size_t bytes)
{
    (void)user;
    return malloc(bytes);
}

static void release(void *user, void *memory, size_t bytes)
{
    (void)user;
    (void)bytes;
    free(memory);
}

static void feed_all(struct tcptwin *core, struct capture *capture,
                     const struct tcptwin_decode_options *options, uint64_t *counts)
{
    void *memory = must(malloc(tcptwin_decoder_size(options)));
    struct tcptwin_decoder *decoder = tcptwin_decoder_init(memory, options);
    struct capture_frame frame;
    struct tcptwin_decoded decoded;
    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        tcptwin_decoder_link_type(decoder, frame.link_type);
        enum tcptwin_decode_result result =
            tcptwin_decode(decoder, frame.data, frame.caplen, frame.wirelen, frame.ts_ns,
                           frame.number, &decoded);
        counts[result]++;
        if (result == TCPTWIN_DECODE_TCP)
            tcptwin_feed(core, &decoded.segment);
        else if (result == TCPTWIN_DECODE_ICMP_ERROR)
            tcptwin_feed_icmp(core, &decoded.icmp);
    }
    free(memory);
}

/* As the tool does: checksums verified, fragments put together. */
static void play(const char *pcap, const struct scenario *scenario, bool live,
                 struct account *account)
{
    struct capture_options inputs = {.inputs = &pcap, .input_count = 1};
    struct tcptwin_decode_options decode = {.link_type = 1, .verify_checksums = true,
                                            .scope_vlan = scenario->scope_vlan,
                                            .fragment_bytes = 1 << 20};
    struct tcptwin_options options;
    struct tcptwin_stats stats;
    enum capture_error error;
    char message[512];
    uint64_t counts[TCPTWIN_DECODE_COUNT] = {0};
    struct capture *capture = capture_open(&inputs, &error, message, sizeof message);
    if (!capture) {
        fprintf(stderr, "scenarios: %s\n", message);
        exit(2);
    }
    account_open(account);
    tcptwin_options_init(&options);
    options.live = live;
    options.allocator = (struct tcptwin_allocator){allocate, release, NULL};
    options.sink = account_sink;
    options.sink_user = account;
    struct tcptwin *core = must(tcptwin_create(&options));
    feed_all(core, capture, &decode, counts);
    tcptwin_finish(core);
    tcptwin_get_stats(core, &stats);
    account_frames(account, counts, &stats, capture_report(capture, 0)->damaged);
    tcptwin_destroy(core);
    capture_close(capture);
    account_close(account);
}

static bool write_capture(const char *packets, const char *name, const char *pcap)
{
    struct seg_script script;
    char error[SEG_ERROR_MAX];
    if (!seg_parse(packets, name, &script, error)) {
        printf("%s\n", error);
        return false;
    }
    FILE *out = must(fopen(pcap, "wb"));
    bool ok = seg_write_pcap(&script, out);
    seg_free(&script);
    return fclose(out) == 0 && ok;
}

/* What is said of a scenario; NULL if it could not be played or live and file differ. */
static char *said_of(const struct scenario *scenario, const char *name)
{
    char pcap[] = "scenario.XXXXXX", *said = NULL;
    struct account file = {0}, live = {0};
    int fd = mkstemp(pcap);
    if (fd < 0)
        must(NULL);
    close(fd);
    if (write_capture(scenario->packets, name, pcap)) {
        play(pcap, scenario, false, &file);
        play(pcap, scenario, true, &live);
        if (strcmp(file.text, live.text))
            printf("%s: the end is not the same, as a file\n%slive\n%s", name, file.text, live.text);
        else if (asprintf(&said, "%s%s", file.text, live.revisions) < 0)
            must(NULL);
        free(file.text), free(file.revisions);
        free(live.text), free(live.revisions);
    }
    unlink(pcap);
    return said;
}

/* -- comparing ---------------------------------------------------------------------------------- */

/* Lines that differ: '-' is expected, '+' is said. */
static void print_difference(const char *expected, const char *said)
{
    while (*expected || *said) {
        size_t wanted = strcspn(expected, "\n"), got = strcspn(said, "\n");
        bool same = wanted == got && !strncmp(expected, said, got);
        if (wanted && !same)
            printf("  - %.*s\n", (int)wanted, expected);
        if (got)
            printf("  %c %.*s\n", same ? ' ' : '+', (int)got, said);
        expected += wanted + (expected[wanted] == '\n');
        said += got + (said[got] == '\n');
    }
}

static bool passes(const char *path, const char *name)
{
    char *text = read_file(path), *said = NULL;
    struct scenario scenario;
    const char *wrong = cut(text, &scenario);
    bool same = false;
    if (wrong)
        printf("%s: %s\n", name, wrong);
    else
        said = said_of(&scenario, name);
    if (said) {
        char *wanted = tidy(scenario.expected), *got = tidy(said);
        same = wanted[0] && !strcmp(wanted, got);
        if (!same) {
            printf("%s: not as expected (- expected, + said)\n", name);
            print_difference(wanted, got);
        }
        free(wanted);
        free(got);
    }
    free(said);
    free(text);
    return same;
}

/* -- the catalogue ------------------------------------------------------------------------------- */

/* "a07_synack_first.scn" is row 7 of group a; 0: a name of no row. */
static unsigned row_of(const char *name, const struct group *group)
{
    size_t length = strlen(name);
    if (length < 9 || strcmp(name + length - 4, ".scn") || name[0] != group->letter ||
        name[3] != '_' || strspn(name + 1, "0123456789") != 2)
        return 0;
    unsigned row = (unsigned)atoi(name + 1);
    return row <= group->rows ? row : 0;
}

static const struct group *group_of(char letter)
{
    for (size_t i = 0; i < sizeof catalogue / sizeof *catalogue; i++)
        if (catalogue[i].letter == letter)
            return &catalogue[i];
    return NULL;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static unsigned play_group(const char *folder, const struct group *group)
{
    struct dirent **entries;
    unsigned failed = 0, seen[ROWS_MAX + 1] = {0};
    int count = scandir(folder, &entries, NULL, by_name);
    if (count < 0)
        must(NULL);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name, *dot = strrchr(name, '.');
        unsigned row = row_of(name, group);
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (row) {
            failed += !passes(path, name);
            failed += seen[row] > 0;
            seen[row]++;
        } else if (dot && !strcmp(dot, ".scn") &&
                   (name[0] == group->letter || !group_of(name[0]))) {
            printf("%s: a name of no row\n", name);
            failed++;
        }
        free(entries[i]);
    }
    free(entries);
    for (unsigned row = 1; row <= group->rows; row++)
        if (seen[row] != 1) {
            printf("%c%02u: %s\n", group->letter, row, seen[row] ? "twice" : "missing");
            failed += !seen[row];
        }
    return failed;
}

static int show(char **paths)
{
    for (; *paths; paths++) {
        char *text = read_file(*paths), *said;
        struct scenario scenario;
        const char *wrong = cut(text, &scenario);
        if (wrong)
            scenario = (struct scenario){.packets = text};
        said = said_of(&scenario, *paths);
        if (said)
            fputs(said, stdout);
        free(said);
        free(text);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--show"))
        return show(argv + 2);
    const struct group *group = argc == 3 && strlen(argv[2]) == 1 ? group_of(argv[2][0]) : NULL;
    if (!group) {
        fputs("usage: scenarios FOLDER a|b|c|d|e, scenarios --show FILE...\n", stderr);
        return 2;
    }
    unsigned failed = play_group(argv[1], group);
    printf("group %c, %s: %u rows, %u failed\n", group->letter, group->about, group->rows, failed);
    return failed ? 1 : 0;
}

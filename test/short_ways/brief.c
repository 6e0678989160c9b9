/* brief.c - what a connection is in brief it is as a whole, whosever timers count
 *
 *     brief LEAST CAPTURE...
 *
 * Of every connection that could be said in brief, the sink wants more; then both are held against each other, but for
 * what brief ones do not have (tcptwin_connection.brief). At least LEAST must have been.
 */
#include "brief_is_whole.h"
#include "capture.h"

#include "tcptwin/decode.h"
#include "tcptwin/tcptwin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct both {
    struct tcptwin_connection brief; /* with brief.brief: the next that is said */
    const char *path;
    unsigned long compared, differ;
};

static void *get(void *user, size_t bytes)
{
    (void)user;
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void give_back(void *user, void *memory, size_t bytes)
{
    (void)user;
    (void)bytes;
    free(memory);
}

static bool never_enough(void *user, const struct tcptwin_connection *brief)
{
    struct both *both = user;

    memcpy(&both->brief, brief, sizeof *brief);
    return false;
}

static void compare(void *user, const struct tcptwin_event *event)
{
    struct both *both = user;

    if (event->kind != TCPTWIN_EVENT_CONNECTION || !both->brief.brief)
        return;
    both->compared++;
    if (!brief_is_whole(&both->brief, event->connection)) {
        both->differ++;
        printf("%s: connection %llu is not in brief what it is as a whole\n", both->path,
               (unsigned long long)event->connection->stream);
    }
    both->brief.brief = false;
}

static void feed(struct tcptwin *tcptwin, struct capture *capture, struct tcptwin_decoder *decoder)
{
    struct capture_frame frame;
    struct tcptwin_decoded decoded;
    int link_type = -1;

    while (capture_next(capture, &frame) == CAPTURE_FRAME) {
        if (frame.link_type != link_type)
            tcptwin_decoder_link_type(decoder, link_type = frame.link_type);
        switch (tcptwin_decode(decoder, frame.data, frame.caplen, frame.wirelen, frame.ts_ns, frame.number,
                               &decoded)) {
        case TCPTWIN_DECODE_TCP:
            tcptwin_feed(tcptwin, &decoded.segment);
            break;
        case TCPTWIN_DECODE_ICMP_ERROR:
            tcptwin_feed_icmp(tcptwin, &decoded.icmp);
            break;
        default:
            break;
        }
    }
    tcptwin_finish(tcptwin);
}

static void look_at(struct both *both, enum tcptwin_profile profile)
{
    struct tcptwin_decode_options decode = {.verify_checksums = true};
    struct tcptwin_options options;
    enum capture_error error;
    char message[256];
    struct capture *capture = capture_open(
        &(struct capture_options){.inputs = &both->path, .input_count = 1}, &error, message, sizeof message);
    void *memory = malloc(tcptwin_decoder_size(&decode));

    tcptwin_options_init(&options);
    options.allocator = (struct tcptwin_allocator){get, give_back, NULL};
    options.sink = compare;
    options.sink_user = both;
    options.enough = never_enough;
    options.profile = profile;
    struct tcptwin *tcptwin = tcptwin_create(&options);
    if (tcptwin == NULL || memory == NULL)
        exit(2);
    if (capture != NULL) /* some of them are no captures */
        feed(tcptwin, capture, tcptwin_decoder_init(memory, &decode));
    tcptwin_destroy(tcptwin);
    free(memory);
    if (capture != NULL)
        capture_close(capture);
}

int main(int argc, char **argv)
{
    struct both both = {.compared = 0};

    for (int i = 2; i < argc; i++)
        for (int profile = 0; profile < TCPTWIN_PROFILE_COUNT; profile++) {
            both.path = argv[i];
            both.brief.brief = false;
            look_at(&both, (enum tcptwin_profile)profile);
        }
    printf("%d captures, %lu connections in brief, %lu differ\n", argc - 2, both.compared, both.differ);
    return argc < 3 || both.differ != 0 || both.compared < strtoul(argv[1], NULL, 10);
}

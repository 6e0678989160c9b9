/* consumer.c - another program that uses the installed library: one SYN makes one connection */
#include <tcptwin/decode.h>
#include <tcptwin/tcptwin.h>

#include <stdio.h>
#include <stdlib.h>

static void *get(void *user, size_t bytes)
{
    (void)user;
    return malloc(bytes);
}

static void give_back(void *user, void *memory, size_t bytes)
{
    (void)user;
    (void)bytes;
    free(memory);
}

static void count(void *user, const struct tcptwin_event *event)
{
    *(unsigned *)user += event->kind == TCPTWIN_EVENT_CONNECTION;
}

int main(void)
{
    struct tcptwin_segment syn = {.ts_ns = 1, .frame = 1, .src_port = 40000, .dst_port = 80,
                                  .src.bytes = {[10] = 0xff, 0xff, 10, 0, 0, 1},
                                  .dst.bytes = {[10] = 0xff, 0xff, 10, 0, 0, 2},
                                  .flags = TCPTWIN_SYN, .ip_version = 4, .wire_len = 40};
    unsigned connections = 0;
    struct tcptwin_options options;
    struct tcptwin *tcptwin;

    tcptwin_options_init(&options);
    options.allocator = (struct tcptwin_allocator){get, give_back, NULL};
    options.sink = count;
    options.sink_user = &connections;
    tcptwin = tcptwin_create(&options);
    if (tcptwin == NULL || !tcptwin_link_type_supported(1))
        return 1;
    tcptwin_feed(tcptwin, &syn);
    tcptwin_finish(tcptwin);
    tcptwin_destroy(tcptwin);
    printf("libtcptwin %s: %u connection, state %s\n", tcptwin_version(), connections,
           tcptwin_state_word(TCPTWIN_STATE_SYN_SENT)->name);
    return connections != 1;
}

/* filter.c - BPF expressions for files
 *
 * Offsets in a BPF program depend on the link type, and the link type may change from file to
 * file, and in a pcapng file from frame to frame. So the expression is compiled per link type, on a
 * handle that reads nothing, and what came out is kept for a few link types. Filtering is
 * done by us and not by the file's handle: frame numbers count what the file holds. (A live
 * filter belongs into the kernel: live.c.)
 */
#include "filter.h"

enum { FILTER_SNAPLEN = 262144 };

static void compile(struct filter_program *made, const char *expression, int link_type)
{
    pcap_t *dead = pcap_open_dead(link_type, FILTER_SNAPLEN);

    *made = (struct filter_program){.link_type = link_type};
    if (dead == NULL) {
        snprintf(made->error, sizeof made->error, "out of memory");
        return;
    }
    made->compiles = pcap_compile(dead, &made->program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!made->compiles)
        snprintf(made->error, sizeof made->error, "%s", pcap_geterr(dead));
    pcap_close(dead);
}

/* The program for @link_type; a new one may take the place of the oldest. */
static const struct filter_program *program_for(struct filter *filter, int link_type)
{
    struct filter_program *made;

    for (size_t i = 0; i < filter->made && i < FILTER_PROGRAMS; i++)
        if (filter->programs[i].link_type == link_type)
            return &filter->programs[i];
    made = &filter->programs[filter->made % FILTER_PROGRAMS];
    if (filter->made++ >= FILTER_PROGRAMS && made->compiles)
        pcap_freecode(&made->program);
    compile(made, filter->expression, link_type);
    return made;
}

bool filter_prepare(struct filter *filter, int link_type, char *message, size_t message_size)
{
    const struct filter_program *made;
    const char *name = capture_link_type_name(link_type);

    if (filter->expression == NULL)
        return true;
    made = program_for(filter, link_type);
    filter->program = &made->program;
    if (!made->compiles)
        snprintf(message, message_size, "filter \"%s\" does not compile for link type %s: %s",
                 filter->expression, name != NULL ? name : "unknown", made->error);
    return made->compiles;
}

void filter_free(struct filter *filter)
{
    for (size_t i = 0; i < filter->made && i < FILTER_PROGRAMS; i++)
        if (filter->programs[i].compiles)
            pcap_freecode(&filter->programs[i].program);
    filter->made = 0;
}

/* filter.c - BPF expressions for files
 *
 * Offsets in a BPF program depend on the link type, and the link type may change from file to
 * file, so the expression is compiled per link type, on a handle that reads nothing. Filtering is
 * done by us and not by the file's handle: frame numbers count what the file holds. (A live
 * filter belongs into the kernel: live.c.)
 */
#include "filter.h"

enum { FILTER_SNAPLEN = 262144 };

bool filter_prepare(struct filter *filter, int link_type, char *message, size_t message_size)
{
    pcap_t *dead;

    if (filter->expression == NULL || (filter->compiled && filter->link_type == link_type))
        return true;
    filter_free(filter);
    dead = pcap_open_dead(link_type, FILTER_SNAPLEN);
    if (dead == NULL) {
        snprintf(message, message_size, "out of memory");
        return false;
    }
    if (pcap_compile(dead, &filter->program, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0) {
        filter->compiled = true;
        filter->link_type = link_type;
    } else {
        const char *name = capture_link_type_name(link_type);
        snprintf(message, message_size, "filter \"%s\" does not compile for link type %s: %s",
                 filter->expression, name != NULL ? name : "unknown", pcap_geterr(dead));
    }
    pcap_close(dead);
    return filter->compiled;
}

void filter_free(struct filter *filter)
{
    if (filter->compiled)
        pcap_freecode(&filter->program);
    filter->compiled = false;
}

/* interfaces.c - what could be captured from, as tcpdump -D lists it
 *
 * Numbers count from 1 in libpcap's order; -i accepts them, too.
 */
#include "interfaces.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

static void print_flags(FILE *out, bpf_u_int32 flags)
{
    static const struct {
        bpf_u_int32 mask, value;
        const char *word;
    } words[] = {
        {PCAP_IF_UP, PCAP_IF_UP, "Up"},
        {PCAP_IF_RUNNING, PCAP_IF_RUNNING, "Running"},
        {PCAP_IF_LOOPBACK, PCAP_IF_LOOPBACK, "Loopback"},
        {PCAP_IF_WIRELESS, PCAP_IF_WIRELESS, "Wireless"},
        {PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_CONNECTED, "Connected"},
        {PCAP_IF_CONNECTION_STATUS, PCAP_IF_CONNECTION_STATUS_DISCONNECTED, "Disconnected"},
    };
    const char *separator = " [";

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((flags & words[i].mask) != words[i].value)
            continue;
        fprintf(out, "%s%s", separator, words[i].word);
        separator = ", ";
    }
    if (separator[0] == ',')
        fputc(']', out);
}

bool capture_list_interfaces(FILE *out, char *message, size_t message_size)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all = NULL;
    unsigned number = 0;

    if (pcap_findalldevs(&all, error) != 0) {
        snprintf(message, message_size, "cannot list interfaces: %s", error);
        return false;
    }
    for (const pcap_if_t *one = all; one != NULL; one = one->next) {
        fprintf(out, "%u.%s", ++number, one->name);
        if (one->description != NULL)
            fprintf(out, " (%s)", one->description);
        print_flags(out, one->flags);
        fputc('\n', out);
    }
    if (all != NULL)
        pcap_freealldevs(all);
    else
        snprintf(message, message_size, "no interface can be captured from (are you root?)");
    return number > 0;
}

bool interface_by_number(const char *text, char *name, size_t name_size)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    const pcap_if_t *one;
    unsigned long number;
    bool found;

    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    number = strtoul(text, NULL, 10);
    if (number == 0 || pcap_findalldevs(&all, error) != 0)
        return false;
    for (one = all; one != NULL && number > 1; one = one->next)
        number--;
    found = one != NULL && strlen(one->name) < name_size;
    if (found)
        snprintf(name, name_size, "%s", one->name);
    pcap_freealldevs(all);
    return found;
}

const char *capture_link_type_name(int link_type)
{
    return pcap_datalink_val_to_name(link_type);
}

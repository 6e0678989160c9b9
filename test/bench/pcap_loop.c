/* pcap_loop.c - the floor: read a capture with libpcap and do nothing
 *
 * What a tool on libpcap cannot be faster than. Touches every packet's header, so that no loop is
 * optimised away, and prints how many there were.
 */
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *bytes;
    uint64_t packets = 0, captured = 0;
    pcap_t *pcap;
    int result;

    if (argc != 2) {
        fprintf(stderr, "usage: pcap_loop FILE\n");
        return 2;
    }
    pcap = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (!pcap) {
        fprintf(stderr, "pcap_loop: %s\n", error);
        return 4;
    }
    while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        packets++;
        captured += header->caplen;
    }
    if (result == PCAP_ERROR)
        fprintf(stderr, "pcap_loop: %s\n", pcap_geterr(pcap));
    pcap_close(pcap);
    printf("%llu packets, %llu bytes\n", (unsigned long long)packets, (unsigned long long)captured);
    return result == PCAP_ERROR ? 3 : 0;
}

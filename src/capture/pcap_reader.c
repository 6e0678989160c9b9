/* pcap_reader.c - the records of a classic pcap file
 *
 * 24 bytes of header, which libpcap has read, then records: seconds, fraction, captured length,
 * length on the wire (32 bits each), and the captured bytes.
 *
 * A record longer than the file's snapshot length is cut to it, one longer than any frame of the
 * link type is an error: libpcap's rules.
 */
#include "reader.h"

#include "linktype.h"

#include <stdlib.h>

enum { FILE_HEADER_BYTES = 24, RECORD_HEADER_BYTES = 16 };

struct pcap_reader {
    struct reader reader;
    uint32_t fraction_ns; /* what one unit of a fraction is */
    uint32_t snapshot, longest;
};

/* The header's words are there; the captured bytes are too long, or missing. */
static enum reader_result refuse(struct pcap_reader *pcap, uint32_t caplen)
{
    size_t got = window_have(&pcap->reader.window) - RECORD_HEADER_BYTES;

    if (caplen > pcap->longest && caplen > pcap->snapshot)
        return reader_broken(&pcap->reader,
                             "invalid packet capture length %u, bigger than snaplen of %u", caplen,
                             pcap->snapshot);
    if (caplen > pcap->longest)
        return reader_broken(&pcap->reader,
                             "invalid packet capture length %u, bigger than maximum of %u", caplen,
                             pcap->longest);
    if (caplen > pcap->snapshot && got < pcap->snapshot)
        caplen = pcap->snapshot;
    return reader_cut_short(&pcap->reader, "", "captured bytes", caplen, got);
}

/* libpcap takes the fraction as signed where the file has our byte order. */
static uint64_t fraction_of(const struct pcap_reader *pcap, uint32_t stored)
{
    if (stored > INT32_MAX && !pcap->reader.swapped)
        return 0;
    return (uint64_t)stored * pcap->fraction_ns;
}

/* Its header and @caplen bytes are there. */
static void give_record(const struct pcap_reader *pcap, const uint8_t *record, uint32_t caplen,
                        struct capture_frame *frame)
{
    const struct reader *reader = &pcap->reader;
    uint32_t wirelen = reader_32(reader, record + 12);

    if (caplen > pcap->snapshot)
        caplen = pcap->snapshot;
    frame->data = record + RECORD_HEADER_BYTES;
    frame->caplen = caplen;
    frame->wirelen = wirelen > caplen ? wirelen : caplen;
    frame->ts_ns = reader_32(reader, record) * UINT64_C(1000000000) +
                   fraction_of(pcap, reader_32(reader, record + 4));
}

/* The whole records in the window, before one that is cut or refused. */
static unsigned pcap_more_records(struct reader *reader, struct capture_frame *frames, unsigned room)
{
    const struct pcap_reader *pcap = (struct pcap_reader *)reader;
    const uint8_t *record = window_look(&reader->window, 0);
    size_t left = window_have(&reader->window);
    unsigned count = 0;

    while (count < room && left >= RECORD_HEADER_BYTES) {
        uint32_t caplen = reader_32(reader, record + 8);
        if (caplen > pcap->longest || caplen > left - RECORD_HEADER_BYTES)
            break;
        give_record(pcap, record, caplen, &frames[count++]);
        record += RECORD_HEADER_BYTES + caplen;
        left -= RECORD_HEADER_BYTES + caplen;
    }
    window_pass(&reader->window, window_have(&reader->window) - left);
    return count;
}

static enum reader_result pcap_next_record(struct reader *reader, struct capture_frame *frame)
{
    struct pcap_reader *pcap = (struct pcap_reader *)reader;
    const uint8_t *record = window_look(&reader->window, RECORD_HEADER_BYTES);
    uint32_t caplen;

    if (record == NULL && window_have(&reader->window) == 0 && reader->window.error == 0)
        return READER_END;
    if (record == NULL)
        return reader_cut_short(reader, "", "header bytes", RECORD_HEADER_BYTES,
                                window_have(&reader->window));
    caplen = reader_32(reader, record + 8);
    if (caplen > pcap->longest)
        return refuse(pcap, caplen);
    record = window_look(&reader->window, RECORD_HEADER_BYTES + (size_t)caplen);
    if (record == NULL)
        return refuse(pcap, caplen);
    window_pass(&reader->window, RECORD_HEADER_BYTES + (size_t)caplen);
    give_record(pcap, record, caplen, frame);
    return READER_FRAME;
}

static void pcap_reader_close(struct reader *reader)
{
    window_close(&reader->window);
    free(reader);
}

struct reader *pcap_reader_open(int fd, size_t step, bool swapped, bool nanoseconds, int link_type,
                                uint32_t snapshot)
{
    struct pcap_reader *pcap = calloc(1, sizeof *pcap);

    if (pcap == NULL || !window_open(&pcap->reader.window, fd, FILE_HEADER_BYTES, step)) {
        free(pcap);
        return NULL;
    }
    pcap->reader.next = pcap_next_record;
    pcap->reader.more = pcap_more_records;
    pcap->reader.close = pcap_reader_close;
    pcap->reader.swapped = swapped;
    pcap->reader.link_type = link_type;
    pcap->fraction_ns = nanoseconds ? 1 : 1000;
    pcap->snapshot = snapshot;
    pcap->longest = linktype_longest(link_type);
    return &pcap->reader;
}

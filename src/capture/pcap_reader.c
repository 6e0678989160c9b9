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

/* How the file's records are to be read: a loop over them has it in registers. */
struct form {
    bool swapped;         /* as reader.swapped */
    uint32_t fraction_ns; /* what one unit of a fraction is */
    uint32_t snapshot, longest;
};

struct pcap_reader {
    struct reader reader;
    struct form form;
};

/* The header's words are there; the captured bytes are too long, or missing. */
static enum reader_result refuse(struct pcap_reader *pcap, uint32_t caplen)
{
    size_t got = window_have(&pcap->reader.window) - RECORD_HEADER_BYTES;

    if (caplen > pcap->form.longest && caplen > pcap->form.snapshot)
        return reader_broken(&pcap->reader,
                             "invalid packet capture length %u, bigger than snaplen of %u", caplen,
                             pcap->form.snapshot);
    if (caplen > pcap->form.longest)
        return reader_broken(&pcap->reader,
                             "invalid packet capture length %u, bigger than maximum of %u", caplen,
                             pcap->form.longest);
    if (caplen > pcap->form.snapshot && got < pcap->form.snapshot)
        caplen = pcap->form.snapshot;
    return reader_cut_short(&pcap->reader, "", "captured bytes", caplen, got);
}

/* libpcap takes the fraction as signed where the file has our byte order. */
static inline uint64_t fraction_of(struct form form, uint32_t stored)
{
    if (stored > INT32_MAX && !form.swapped)
        return 0;
    return (uint64_t)stored * form.fraction_ns;
}

/* Its header and @caplen bytes are there. */
static inline void give_record(struct form form, const uint8_t *record, uint32_t caplen,
                               struct capture_frame *frame)
{
    uint32_t wirelen = load_32(record + 12, form.swapped);

    if (caplen > form.snapshot)
        caplen = form.snapshot;
    frame->data = record + RECORD_HEADER_BYTES;
    frame->caplen = caplen;
    frame->wirelen = wirelen > caplen ? wirelen : caplen;
    frame->ts_ns = load_32(record, form.swapped) * UINT64_C(1000000000) +
                   fraction_of(form, load_32(record + 4, form.swapped));
}

/* The whole records in the window, before one that is cut or refused. */
static unsigned pcap_more_records(struct reader *reader, struct capture_frame *frames, unsigned room)
{
    const struct form form = ((struct pcap_reader *)reader)->form;
    const uint8_t *record = window_look(&reader->window, 0);
    size_t left = window_have(&reader->window);
    unsigned count = 0;

    while (count < room && left >= RECORD_HEADER_BYTES) {
        uint32_t caplen = load_32(record + 8, form.swapped);
        if (caplen > form.longest || caplen > left - RECORD_HEADER_BYTES)
            break;
        give_record(form, record, caplen, &frames[count++]);
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
    if (caplen > pcap->form.longest)
        return refuse(pcap, caplen);
    record = window_look(&reader->window, RECORD_HEADER_BYTES + (size_t)caplen);
    if (record == NULL)
        return refuse(pcap, caplen);
    window_pass(&reader->window, RECORD_HEADER_BYTES + (size_t)caplen);
    give_record(pcap->form, record, caplen, frame);
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
    pcap->form = (struct form){swapped, nanoseconds ? 1 : 1000, snapshot, linktype_longest(link_type)};
    return &pcap->reader;
}

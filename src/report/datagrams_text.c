/* datagrams_text.c - the report `datagrams` for people
 *
 *     DATAGRAMS       what there was, and what became of it
 *     CONVERSATIONS   of UDP: two lines of numbers each, and a sentence
 *     PORTS           a line each: asked, answered, and so bound
 *     PINGS, ICMP ERRORS   a sentence for each pair of hosts
 */
#include "datagrams.h"
#include "format.h"
#include "layout.h"

#include <string.h>

enum { LABEL = 12, NAME = 31 /* where a fate's text stands */ };

static enum ink fate_ink(enum tcptwin_fate fate)
{
    int rank = tcptwin_fate_rank(fate);
    return rank >= 75 ? INK_RED : rank >= 30 ? INK_YELLOW : fate == TCPTWIN_FATE_ANSWERED ? INK_GREEN : INK_PLAIN;
}

static struct text end_text(const struct place *place)
{
    return format_end(&place->address, place->port, place->ip_version);
}

static uint64_t cut(const struct topk *rows)
{
    return rows->offered - rows->count;
}

/* -- what there was --------------------------------------------------------------------------------- */

static void write_fates(const struct datagrams *all)
{
    FILE *out = all->options.out;
    for (int rank = 100; rank >= 0; rank--) /* ranks are few and below 100 */
        for (unsigned i = 0; i < TCPTWIN_FATE_COUNT; i++) {
            const struct tcptwin_word *word = tcptwin_fate_word((enum tcptwin_fate)i);
            if (!all->fate[i] || tcptwin_fate_rank((enum tcptwin_fate)i) != rank)
                continue;
            fprintf(out, "%10s  ", format_count(all->fate[i]).s);
            ink_write(out, all->options.colour, fate_ink((enum tcptwin_fate)i),
                      format_printf("%-17s", word->name).s);
            fputs("  ", out);
            wrap_write(out, word->text, NAME, NAME, all->options.width);
        }
}

/* A question is not unanswered because the answer was filtered out. */
static void warn_of_filter(const struct datagrams *all, const char *filter)
{
    if (filter && !all->error_packets && all->udp_packets)
        wrap_write(all->options.out,
                   "Mind the filter: ICMP errors have no ports, and none passed it. To see why something is "
                   "unanswered, add `or icmp or icmp6`.",
                   0, 0, all->options.width);
}

static void write_what(const struct datagrams *all)
{
    FILE *out = all->options.out;
    uint64_t last = all->last_ts_ns, first = all->first_ts_ns;
    struct sentence packets = {0};
    say(&packets, "%s UDP in %s conversation%s, %s of pings, %s ICMP error%s",
        format_count(all->udp_packets).s, format_count(all->udp.offered).s, plural(all->udp.offered),
        format_count(all->ping_packets).s, format_count(all->error_packets).s,
        plural(all->error_packets));
    ink_write(out, all->options.colour, INK_BOLD, "DATAGRAMS");
    fprintf(out, "\n  %-*s", LABEL - 2, "packets");
    wrap_write(out, packets.text, LABEL, LABEL, all->options.width);
    fprintf(out, "  %-*s%s, for %s\n", LABEL - 2, "time", format_time_short(first).s,
            format_duration(last > first ? last - first : 0).s);
    write_fates(all);
    uint64_t dropped = all->conversations.dropped + all->errors.dropped;
    if (dropped)
        fprintf(out, "  %s of them let go early, for want of room: what came later counts anew.\n",
                format_count(dropped).s);
    if (all->unplaced)
        fprintf(out, "  %s packets not followed for want of memory.\n", format_count(all->unplaced).s);
}

/* -- conversations ------------------------------------------------------------------------------------ */

struct line {
    struct text when, end, packets, bytes, lasted;
};

static void make_cells(const struct datagrams *all, const struct conversation *c, unsigned x,
                       struct line *line, struct cell cells[6])
{
    enum tcptwin_fate fate = conversation_fate(c);
    uint64_t lasted = c->last_ts_ns > c->first_ts_ns ? c->last_ts_ns - c->first_ts_ns : 0;
    line->when = all->options.utc ? format_clock(c->first_ts_ns) : format_seconds(c->first_ts_ns, all->origin_ns);
    line->when.s[strlen(line->when.s) - 3] = '\0'; /* milliseconds will do */
    line->end = format_printf("%s%.60s", x ? "> " : "", end_text(&c->pair.end[x]).s);
    line->packets = format_bytes(c->packets[x]);
    line->bytes = format_bytes(c->bytes[x]);
    line->lasted = format_duration(lasted);
    cells[0] = (struct cell){x ? "" : line->when.s, INK_PLAIN};
    cells[1] = (struct cell){line->end.s, INK_PLAIN};
    cells[2] = (struct cell){line->packets.s, INK_PLAIN};
    cells[3] = (struct cell){line->bytes.s, INK_PLAIN};
    cells[4] = (struct cell){x ? "" : line->lasted.s, INK_PLAIN};
    cells[5] = (struct cell){x ? "" : tcptwin_fate_word(fate)->name, fate_ink(fate)};
}

static void write_conversations(const struct datagrams *all)
{
    FILE *out = all->options.out;
    struct table table = {.out = out,
                          .colour = all->options.colour,
                          .columns = 6,
                          .column = {{all->options.utc ? "first, UTC" : "first, s", true, 8},
                                     {"asks, > is asked", false, 16},
                                     {"sent", true, 4},
                                     {"data", true, 4},
                                     {"lasted", true, 7},
                                     {"fate", false, 16}}};
    struct cell cells[TABLE_COLUMNS_MAX];
    const struct conversation *c;
    struct line line;
    for (size_t i = 0; (c = topk_at(&all->udp, i)); i++)
        for (unsigned x = 0; x < 2; x++) {
            make_cells(all, c, x, &line, cells);
            table_measure(&table, cells);
        }
    if (all->options.utc && table.column[0].width < sizeof "first, UTC" - 1)
        table.column[0].width = sizeof "first, UTC" - 1;
    table_fit(&table, all->options.width, 1, 16);
    heading_write(out, all->options.colour, "CONVERSATIONS OF UDP, the most telling first");
    table_heading(&table);
    for (size_t i = 0; (c = topk_at(&all->udp, i)); i++) {
        struct sentence sentence = {0};
        for (unsigned x = 0; x < 2; x++) {
            make_cells(all, c, x, &line, cells);
            table_row(&table, cells);
        }
        conversation_say(&sentence, c);
        indent_write(out, 4);
        wrap_write(out, sentence.text, 4, 4, all->options.width);
    }
    fputs("sent: datagrams; data: bytes of payload. Checksums of UDP are not verified.\n", out);
    cut_write(out, cut(&all->udp), "conversation", "");
}

/* -- ports -------------------------------------------------------------------------------------------- */

static int compare_ports(const void *a_, const void *b_)
{
    const struct asked_port *a = *(struct asked_port *const *)a_, *b = *(struct asked_port *const *)b_;
    return a->asked != b->asked ? (a->asked > b->asked ? -1 : 1) : place_compare(&a->place, &b->place);
}

struct port_line {
    struct text name, asked, answered, silent, closed, least, mean;
};

static void make_port_cells(const struct asked_port *port, struct port_line *line, struct cell cells[8])
{
    bool timed = port->answered != 0;
    *line = (struct port_line){
        .name = end_text(&port->place),
        .asked = format_count(port->asked),
        .answered = format_count(port->answered),
        .silent = format_count(port->silent),
        .closed = format_count(port->closed),
        .least = timed ? format_duration(port->answer_min_ns) : format_copy("-"),
        .mean = timed ? format_duration(port->answer_sum_ns / port->answered) : format_copy("-"),
    };
    const struct text *texts[] = {&line->name,   &line->asked, &line->answered, &line->silent,
                                  &line->closed, &line->least, &line->mean};
    cells[0] = (struct cell){texts[0]->s, INK_PLAIN};
    cells[1] = (struct cell){timed ? "bound" : port->closed ? "closed" : "?", INK_PLAIN};
    for (unsigned i = 1; i < 7; i++)
        cells[i + 1] = (struct cell){texts[i]->s, INK_PLAIN};
}

static void write_ports(struct datagrams *all)
{
    FILE *out = all->options.out;
    struct table table = {.out = out,
                          .colour = all->options.colour,
                          .columns = 8,
                          .column = {{"port", false, 15},
                                     {"", false, 6},
                                     {"asked", true, 5},
                                     {"answered", true, 8},
                                     {"silent", true, 6},
                                     {"closed", true, 6},
                                     {"least", true, 6},
                                     {"mean", true, 6}}};
    struct cell cells[TABLE_COLUMNS_MAX];
    struct port_line line;
    struct asked_port *const *port;
    struct topk rows;
    if (!all->ports.count)
        return;
    places_rank(&all->ports, all->options.max_rows, compare_ports, &rows);
    for (size_t i = 0; (port = topk_at(&rows, i)); i++) {
        make_port_cells(*port, &line, cells);
        table_measure(&table, cells);
    }
    table_fit(&table, all->options.width, 0, 4);
    heading_write(out, all->options.colour, "PORTS OF UDP, most asked first");
    table_heading(&table);
    for (size_t i = 0; (port = topk_at(&rows, i)); i++) {
        make_port_cells(*port, &line, cells);
        table_row(&table, cells);
    }
    wrap_write(out,
               "asked, answered, silent, closed: conversations; least, mean: from the first datagram to the first "
               "answer. A port that only sends is bound, and not listed.",
               0, 0, all->options.width);
    cut_write(out, cut(&rows), "port", "");
    if (all->ports.dropped)
        fprintf(out, "Not listed for want of memory: %s port%s that few asked.\n",
                format_count(all->ports.dropped).s, plural(all->ports.dropped));
    topk_free(&rows);
}

/* -- ICMP --------------------------------------------------------------------------------------------- */

static void write_pair(const struct datagrams *all, const struct pair *pair, const struct sentence *sentence)
{
    FILE *out = all->options.out;
    fprintf(out, "  %s > ", format_ip(&pair->end[0].address, pair->end[0].ip_version).s);
    fprintf(out, "%s\n    ", format_ip(&pair->end[1].address, pair->end[1].ip_version).s);
    wrap_write(out, sentence->text, 4, 4, all->options.width);
}

static void write_pings(const struct datagrams *all)
{
    const struct conversation *c;
    if (!all->pings.count)
        return;
    heading_write(all->options.out, all->options.colour, "PINGS, the most telling first");
    for (size_t i = 0; (c = topk_at(&all->pings, i)); i++) {
        struct sentence sentence = {0};
        conversation_say(&sentence, c);
        write_pair(all, &c->pair, &sentence);
    }
    cut_write(all->options.out, cut(&all->pings), "pair", " of hosts");
}

static void write_errors(const struct datagrams *all)
{
    const struct icmp_pair *pair;
    if (!all->icmp.count)
        return;
    heading_write(all->options.out, all->options.colour, "ICMP ERRORS, from > to, most of them first");
    for (size_t i = 0; (pair = topk_at(&all->icmp, i)); i++) {
        struct sentence sentence = {0};
        icmp_pair_say(&sentence, pair);
        write_pair(all, &pair->pair, &sentence);
    }
    cut_write(all->options.out, cut(&all->icmp), "pair", " of hosts");
}

void datagrams_write_text(struct datagrams *all, const struct report_summary *summary)
{
    if (!all->udp_packets && !all->ping_packets && !all->error_packets) {
        fprintf(all->options.out, "No UDP, ping or ICMP error among %s packet%s.\n",
                format_count(summary->packets_matched).s, plural(summary->packets_matched));
        return;
    }
    topk_sort(&all->udp);
    topk_sort(&all->pings);
    topk_sort(&all->icmp);
    write_what(all);
    if (all->udp.count)
        write_conversations(all);
    write_ports(all);
    write_pings(all);
    write_errors(all);
    warn_of_filter(all, summary->filter);
}

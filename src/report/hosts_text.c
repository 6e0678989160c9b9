/* hosts_text.c - the report `hosts` for people
 *
 *     HOSTS           a block each: what its sockets are in and went through, who closes, who waits
 *     SERVICES        a line each: called, refused, unanswered; and where a handshake's time goes
 *     PORTS HELD      a line each: which TIME-WAIT keeps from being bound again, and until when
 */
#include "format.h"
#include "hosts_write.h"
#include "layout.h"
#include "say.h"

#include <string.h>

enum { LABEL = 14 };

static void write_labelled(const struct report_options *options, const char *label,
                           const struct sentence *sentence)
{
    if (!sentence->used)
        return;
    fprintf(options->out, "  %-*s", LABEL - 2, label);
    wrap_write(options->out, sentence->text, LABEL, LABEL, options->width);
}

/* A moment: "+12.345 s", or with --utc "12:00:00.345". */
static struct text moment_text(const struct hosts *hosts, const struct report_options *options,
                               uint64_t ts_ns)
{
    struct text clock = format_clock(ts_ns), after = format_seconds(ts_ns, hosts->origin_ns);
    if (!options->utc) {
        after.s[strlen(after.s) - 3] = '\0'; /* milliseconds will do */
        return format_printf("+%s s", after.s);
    }
    clock.s[strlen(clock.s) - 3] = '\0';
    return clock;
}

/* -- hosts ------------------------------------------------------------------------------------- */

static void say_states(struct sentence *sentence, const uint32_t counts[TCPTWIN_STATE_COUNT])
{
    static const uint8_t order[] = {
        TCPTWIN_STATE_LISTEN,      TCPTWIN_STATE_SYN_SENT,   TCPTWIN_STATE_SYN_RECEIVED,
        TCPTWIN_STATE_ESTABLISHED, TCPTWIN_STATE_FIN_WAIT_1, TCPTWIN_STATE_FIN_WAIT_2,
        TCPTWIN_STATE_CLOSE_WAIT,  TCPTWIN_STATE_CLOSING,    TCPTWIN_STATE_LAST_ACK,
        TCPTWIN_STATE_TIME_WAIT,   TCPTWIN_STATE_UNKNOWN};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (counts[order[i]])
            say(sentence, "%s%s %s", sentence->used ? ", " : "",
                format_count(counts[order[i]]).s, state_label(order[i]));
    if (!sentence->used)
        say(sentence, "no socket");
}

static void say_outcomes(struct sentence *sentence, const char *role,
                         const uint32_t counts[TCPTWIN_OUTCOME_COUNT])
{
    bool first = true;
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        if (counts[i]) {
            if (first)
                say(sentence, "%s%s: ", sentence->used ? "; " : "", role);
            say(sentence, "%s%s %s", first ? "" : ", ", format_count(counts[i]).s,
                tcptwin_outcome_word((enum tcptwin_outcome)i)->name);
            first = false;
        }
}

static void say_closing(struct sentence *sentence, const struct host_tally *tally)
{
    uint64_t closed = tally->closed_first + tally->closed_second + tally->closed_at_once;
    if (closed) {
        say(sentence, "first in %s of %s", format_count(tally->closed_first).s,
            format_count(closed).s);
        if (tally->closed_at_once)
            say(sentence, ", at once with its peer in %s", format_count(tally->closed_at_once).s);
    }
    if (tally->reset_sent)
        say(sentence, "%sreset %s connection%s", sentence->used ? "; " : "",
            format_count(tally->reset_sent).s, plural(tally->reset_sent));
    if (tally->reset_received)
        say(sentence, "%swas reset in %s", sentence->used ? "; " : "",
            format_count(tally->reset_received).s);
}

static void say_time_wait(struct sentence *sentence, const struct hosts *hosts,
                          const struct report_options *options, const struct host_tally *tally)
{
    if (!tally->time_waits)
        return;
    say(sentence, "%s socket%s in all", format_count(tally->time_waits).s,
        plural(tally->time_waits));
    struct wait_peak peak = host_tally_peak(tally);
    if (peak.span_ns)
        say(sentence, "; at most %s at a time, from %s on", format_count(peak.sockets).s,
            moment_text(hosts, options, peak.ts_ns).s);
    say(sentence,
        tally->wait_until_ns > hosts->end_ns ? "; the last ends at %s" : "; the last ended at %s",
        moment_text(hosts, options, tally->wait_until_ns).s);
}

static void say_longest(struct sentence *sentence, const struct longest *longest,
                        const struct host_tally *tally, const char *what)
{
    if (!longest)
        return;
    say(sentence, "%slongest %s%s: port %u, peer %s (#%llu)", what,
        format_duration(longest->dwell_ns).s, longest->open ? " and still" : "",
        longest->local_port, format_end(&longest->peer, longest->peer_port, tally->place.ip_version).s,
        (unsigned long long)longest->stream);
}

static void say_fin_wait_2(struct sentence *sentence, const struct host_tally *tally)
{
    uint64_t standing = tally->at_end[TCPTWIN_STATE_FIN_WAIT_2];
    if (standing)
        say(sentence, "%s whose peer has not closed; ", format_count(standing).s);
    if (tally->fin_wait_2_timeouts)
        say(sentence, "%s ended by its timer; ", format_count(tally->fin_wait_2_timeouts).s);
    if (standing || tally->fin_wait_2_timeouts)
        say_longest(sentence, tally->fin_wait_2[0], tally, "");
}

static void write_host(const struct hosts *hosts, const struct report_options *options,
                       const struct host_tally *tally)
{
    struct sentence states = {0}, outcomes = {0}, closing = {0}, waits = {0}, leaks = {0},
                    stuck = {0};
    putc('\n', options->out);
    ink_write(options->out, options->colour, INK_BOLD,
              format_ip(&tally->place.address, tally->place.ip_version).s);
    fprintf(options->out, "  opened %s, called %s time%s", format_count(tally->opened).s,
            format_count(tally->called).s, plural(tally->called));
    if (tally->unclear)
        fprintf(options->out, ", unclear %s", format_count(tally->unclear).s);
    fputs(tally->place.late ? ", perhaps more\n" : "\n", options->out);
    say_states(&states, tally->at_end);
    say_outcomes(&outcomes, "opened", tally->outcome[0]);
    say_outcomes(&outcomes, "called", tally->outcome[1]);
    say_closing(&closing, tally);
    say_time_wait(&waits, hosts, options, tally);
    if (tally->close_waits)
        say(&leaks, "%s socket%s in all; ", format_count(tally->close_waits).s,
            plural(tally->close_waits));
    say_longest(&leaks, tally->close_wait[0], tally, "");
    say_fin_wait_2(&stuck, tally);
    write_labelled(options, "at the end", &states);
    write_labelled(options, "outcomes", &outcomes);
    write_labelled(options, "closed", &closing);
    write_labelled(options, "TIME-WAIT", &waits);
    write_labelled(options, "CLOSE-WAIT", &leaks);
    write_labelled(options, "FIN-WAIT-2", &stuck);
}

static void write_hosts(const struct hosts *hosts, const struct report_options *options)
{
    const struct host_tally *tally;
    ink_write(options->out, options->colour, INK_BOLD, "HOSTS, most connections first");
    putc('\n', options->out);
    if (!hosts->host_rows.count)
        fputs("  none\n", options->out);
    for (size_t i = 0; (tally = hosts_row(&hosts->host_rows, i)); i++)
        write_host(hosts, options, tally);
    cut_write(options->out, hosts->hosts.count - hosts->host_rows.count, "host", "");
    if (hosts->hosts.dropped)
        fprintf(options->out,
                "Not listed for want of memory: %s hosts of few connections, %s in all.\n",
                format_count(hosts->hosts.dropped).s, format_count(hosts->rest_connections).s);
}

/* -- services ---------------------------------------------------------------------------------- */

struct line {
    struct text name, called, refused, unanswered, first, waits, path, mean, most;
};

static struct text number_text(uint64_t number)
{
    return number ? format_count(number) : format_copy("-");
}

static struct text service_text(const struct place *place)
{
    return format_end(&place->address, place->port, place->ip_version);
}

static void make_cells(const struct host_tally *tally, struct line *line, struct cell cells[9])
{
    const struct handshake_legs *legs = tally->legs;
    const struct measured *leg = legs ? &legs->server : NULL;
    bool compared = legs && leg->count > 1;
    *line = (struct line){
        .name = service_text(&tally->place),
        .called = number_text(tally->called),
        .refused = number_text(tally->outcome[1][TCPTWIN_OUTCOME_REFUSED]),
        .unanswered = number_text(tally->outcome[1][TCPTWIN_OUTCOME_NO_ANSWER]),
        .first = number_text(tally->closed_first),
        .waits = number_text(tally->time_waits),
        .path = legs ? format_duration(leg->min_ns + legs->client.min_ns) : format_copy("-"),
        .mean = compared ? format_duration(measured_mean(leg) - leg->min_ns) : format_copy("-"),
        .most = compared ? format_duration(leg->max_ns - leg->min_ns) : format_copy("-"),
    };
    struct text *texts[] = {&line->name,       &line->called, &line->refused,
                            &line->unanswered, &line->first,  &line->waits,
                            &line->path,       &line->mean,   &line->most};
    for (unsigned i = 0; i < 9; i++)
        cells[i] = (struct cell){texts[i]->s, INK_PLAIN};
    cells[2].ink = tally->outcome[1][TCPTWIN_OUTCOME_REFUSED] ? INK_YELLOW : INK_PLAIN;
    cells[3].ink = tally->outcome[1][TCPTWIN_OUTCOME_NO_ANSWER] ? INK_RED : INK_PLAIN;
}

static void write_services(const struct hosts *hosts, const struct report_options *options)
{
    struct table table = {.out = options->out,
                          .colour = options->colour,
                          .columns = 9,
                          .column = {{"service", false, 7},
                                     {"called", true, 6},
                                     {"refused", true, 7},
                                     {"silent", true, 6},
                                     {"closes", true, 6},
                                     {"TIME-W", true, 6},
                                     {"path", true, 5},
                                     {"accept", true, 6},
                                     {"most", true, 4}}};
    struct cell cells[TABLE_COLUMNS_MAX];
    struct line line;
    const struct host_tally *tally;
    if (!hosts->service_rows.count)
        return;
    for (size_t i = 0; (tally = hosts_row(&hosts->service_rows, i)); i++) {
        make_cells(tally, &line, cells);
        table_measure(&table, cells);
    }
    table_fit(&table, options->width, 0, 15);
    heading_write(options->out, options->colour, "SERVICES, most connections first");
    table_heading(&table);
    for (size_t i = 0; (tally = hosts_row(&hosts->service_rows, i)); i++) {
        make_cells(tally, &line, cells);
        table_row(&table, cells);
    }
    wrap_write(options->out,
               "silent: nothing answered; closes: the service closed first, and pays with "
               "TIME-WAIT; path: the least round trip of a handshake, both legs together; accept, "
               "most: how much longer the SYN-ACK "
               "took on average, and at most: the accepting side, or a queue on the way to it. "
               "Only of handshakes "
               "without repetition.",
               0, 0, options->width);
    cut_write(options->out, hosts->services.count - hosts->service_rows.count, "service", "");
    if (hosts->services.dropped)
        fprintf(options->out, "Not listed for want of memory: %s services of few connections.\n",
                format_count(hosts->services.dropped).s);
}

/* -- ports held -------------------------------------------------------------------------------- */

static uint64_t held(const struct hosts *hosts, const struct host_tally *tally)
{
    return tally->wait_until_ns > hosts->end_ns ? tally->at_end[TCPTWIN_STATE_TIME_WAIT] : 0;
}

static void write_held_service(const struct hosts *hosts, const struct report_options *options,
                               const struct host_tally *tally, uint64_t count)
{
    struct sentence sentence = {0};
    uint64_t listeners = tally->at_end[TCPTWIN_STATE_LISTEN];
    uint64_t others = host_tally_sockets(tally) - listeners - count;
    say(&sentence, "%s: until %s, by %s socket%s", service_text(&tally->place).s,
        moment_text(hosts, options, tally->wait_until_ns).s, format_count(count).s, plural(count));
    if (others)
        say(&sentence, "; by %s other%s without a limit", format_count(others).s, plural(others));
    indent_write(options->out, 4);
    wrap_write(options->out, sentence.text, 4, 6, options->width);
}

static void write_held_client(const struct hosts *hosts, const struct report_options *options,
                              const struct host_tally *tally, uint64_t count)
{
    struct sentence sentence = {0};
    bool all = tally->wait_timestamps == tally->time_waits;
    say(&sentence, "%s: %s port%s, the last until %s; timestamps: %s",
        format_ip(&tally->place.address, tally->place.ip_version).s, format_count(count).s,
        plural(count), moment_text(hosts, options, tally->wait_until_ns).s,
        all                      ? "yes"
        : tally->wait_timestamps ? "some"
                                 : "no");
    indent_write(options->out, 4);
    wrap_write(options->out, sentence.text, 4, 6, options->width);
}

/* Of a host's sockets in TIME-WAIT, those on ports that were not called. */
static uint64_t held_by_client(const struct hosts *hosts, const struct host_tally *host)
{
    uint64_t count = held(hosts, host);
    return count > host->waits_of_services ? count - host->waits_of_services : 0;
}

/* A list of those that hold ports, below what it means; nothing if there are none. */
static void write_held(const struct hosts *hosts, const struct report_options *options,
                       bool services, const char *meaning)
{
    const struct topk *rows = services ? &hosts->service_rows : &hosts->host_rows;
    const struct host_tally *tally;
    bool first = true;
    for (size_t i = 0; (tally = hosts_row(rows, i)); i++) {
        uint64_t count = services ? held(hosts, tally) : held_by_client(hosts, tally);
        if (!count)
            continue;
        if (first) {
            heading_write(options->out, options->colour,
                          services ? "PORTS OF SERVICES HELD BY TIME-WAIT"
                                   : "PORTS OF CLIENTS HELD BY TIME-WAIT");
            indent_write(options->out, 2);
            wrap_write(options->out, meaning, 2, 2, options->width);
        }
        first = false;
        (services ? write_held_service : write_held_client)(hosts, options, tally, count);
    }
}

static void write_ports_held(const struct hosts *hosts, const struct report_options *options)
{
    write_held(
        hosts, options, true,
        "Until then a server that starts again cannot bind() the port (EADDRINUSE), unless it "
               "sets SO_REUSEADDR, as the one before did:");
    write_held(
        hosts, options, false,
        "Until then connect() from the same port to the same service fails (EADDRNOTAVAIL); with "
               "timestamps on both sides net.ipv4.tcp_tw_reuse=1 lets it after a second:");
}

void hosts_write_text(const struct hosts *hosts, const struct report_options *options)
{
    write_hosts(hosts, options);
    write_services(hosts, options);
    write_ports_held(hosts, options);
    if (hosts->stray)
        fprintf(options->out, "\n%s connection%s of stray segments %s not counted.\n", format_count(hosts->stray).s,
                plural(hosts->stray), hosts->stray == 1 ? "is" : "are");
}

/* hosts_json.c - the report `hosts` as `host` events: one for each host, then one for each service
 */
#include "hosts_write.h"
#include "json_put.h"

#include <string.h>

static void put_host(struct json_line *line, const struct host_tally *h,
                     const struct wait_peak *peak)
{
    const struct longest *close_wait = h->close_wait[0], *fin_wait_2 = h->fin_wait_2[0];
    const struct handshake_legs *legs = h->legs;
    unsigned version = h->place.ip_version;
#define HOST_FIELD PUT
#include "json_fields.def"
}

static void put_count(struct json_line *line, const char *kind, const char *name, uint64_t count)
{
    struct text key = format_printf("\"%s_%s\":", kind, name);
    json_line_integer(line, key.s, strlen(key.s), count);
}

static void put_counts(struct json_line *line, const struct host_tally *h)
{
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++)
        if (state != TCPTWIN_STATE_CLOSED)
            put_count(line, "state", state_name(state), h->at_end[state]);
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        if (h->outcome[0][i])
            put_count(line, "opened", outcome_name(i), h->outcome[0][i]);
    for (unsigned i = 0; i < TCPTWIN_OUTCOME_COUNT; i++)
        if (h->outcome[1][i])
            put_count(line, "called", outcome_name(i), h->outcome[1][i]);
}

static void write_tallies(const struct hosts *hosts, const struct topk *rows, FILE *out,
                          struct json_line *line)
{
    const struct host_tally *tally;
    for (size_t i = 0; (tally = hosts_row(rows, i)); i++) {
        struct wait_peak peak = host_tally_peak(tally);
        json_line_begin(line);
        put_every(line, "host", hosts->end_ns);
        put_host(line, tally, &peak);
        put_counts(line, tally);
        json_line_end(line);
        json_line_write(line, out);
    }
}

void hosts_write_json(const struct hosts *hosts, const struct report_options *options)
{
    struct json_line line = {0};
    write_tallies(hosts, &hosts->host_rows, options->out, &line);
    write_tallies(hosts, &hosts->service_rows, options->out, &line);
    json_line_free(&line);
}

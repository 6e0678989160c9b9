/* datagrams_json.c - the report `datagrams` as `datagram` and `icmp` events */
#include "datagrams.h"
#include "json_put.h"

#include <string.h>

static void put_datagram(struct json_line *line, const struct conversation *c, enum tcptwin_fate fate,
                         const char *said)
{
    const struct place *client = &c->pair.end[0], *server = &c->pair.end[1];
    unsigned version = client->ip_version;
    bool is_ping = c->pair.kind != TCPTWIN_PROTOCOL_UDP;
#define DATAGRAM_FIELD PUT
#include "json_fields.def"
}

static void put_icmp(struct json_line *line, const struct icmp_pair *p, const char *said)
{
    unsigned version = p->pair.end[0].ip_version;
#define ICMP_FIELD PUT
#include "json_fields.def"
    for (unsigned i = 0; i < TCPTWIN_FATE_COUNT; i++)
        if (p->fate[i]) {
            struct text key = format_printf("\"errors_%s\":", fate_name(i));
            json_line_integer(line, key.s, strlen(key.s), p->fate[i]);
        }
}

static void write_line(const struct datagrams *datagrams)
{
    json_line_end(datagrams->line);
    json_line_write(datagrams->line, datagrams->options.out);
}

void datagrams_write_conversation(struct datagrams *datagrams, const struct conversation *c)
{
    struct sentence said = {0};
    conversation_say(&said, c);
    json_line_begin(datagrams->line);
    put_every(datagrams->line, "datagram", c->last_ts_ns);
    put_datagram(datagrams->line, c, conversation_fate(c), said.text);
    write_line(datagrams);
}

void datagrams_write_icmp(struct datagrams *datagrams, const struct icmp_pair *pair)
{
    struct sentence said = {0};
    icmp_pair_say(&said, pair);
    json_line_begin(datagrams->line);
    put_every(datagrams->line, "icmp", pair->last_ts_ns);
    put_icmp(datagrams->line, pair, said.text);
    write_line(datagrams);
}

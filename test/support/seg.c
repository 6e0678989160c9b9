/* seg.c - the text notation for segments: a strict parser
 *
 * A line is a directive or a packet. Directives hold from where they stand; those about a side
 * belong to the connection that `conn` chose last. Everything unknown, missing or left over is an
 * error with file and line, so that a typing mistake never becomes a different capture.
 */
#include "seg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 48, CONNECTIONS_MAX = 64, NAME_MAX_BYTES = 32 };

/* 2026-01-01T00:00:00Z: what time 0 of a script means unless `epoch` says otherwise */
#define EPOCH_DEFAULT_S UINT64_C(1767225600)
#define NS_PER_S        UINT64_C(1000000000)

struct side {
    struct tcptwin_address address;
    uint16_t port, window;
    uint8_t ttl;
    uint32_t isn, next_ip_id;
};

struct connection {
    char name[NAME_MAX_BYTES];
    bool v6;
    struct side side[2];
};

struct parser {
    const char *name;
    unsigned line;
    char *error;
    struct seg_script *script;
    size_t capacity;
    struct connection connection[CONNECTIONS_MAX];
    size_t connections, current;
    struct tcptwin_address router[2]; /* v4, v6 */
    uint64_t epoch_ns, last_ns;
    bool v6, unordered;
};

/** The words of one line, and how far they are read. */
struct words {
    char *word[TOKENS_MAX];
    size_t count, at;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct parser *parser, const char *format,
                                                       ...)
{
    va_list arguments;
    int used = snprintf(parser->error, SEG_ERROR_MAX, "%s:%u: ", parser->name, parser->line);

    if (used < 0 || used >= SEG_ERROR_MAX)
        return false;
    va_start(arguments, format);
    vsnprintf(parser->error + used, (size_t)(SEG_ERROR_MAX - used), format, arguments);
    va_end(arguments);
    return false;
}

static const char *next_word(struct words *words)
{
    return words->at < words->count ? words->word[words->at++] : NULL;
}

static const char *peek_word(const struct words *words)
{
    return words->at < words->count ? words->word[words->at] : NULL;
}

/* ------------------------------------------------------------------ values */

static bool parse_number(const char *text, int64_t least, int64_t most, int64_t *value)
{
    char *end;
    long long number;

    if (!text || !((*text >= '0' && *text <= '9') || *text == '-'))
        return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || *end || end == text || number < least || number > most)
        return false;
    *value = number;
    return true;
}

static bool read_number(struct parser *parser, struct words *words, const char *what, int64_t least,
                        int64_t most, int64_t *value)
{
    const char *word = next_word(words);

    if (parse_number(word, least, most, value))
        return true;
    return fail(parser, "%s: expected a number from %lld to %lld, found %s", what, (long long)least,
                (long long)most, word ? word : "the end of the line");
}

/** Seconds with up to nine decimals, exactly. */
static bool parse_time(const char *text, uint64_t *time_ns)
{
    uint64_t seconds = 0, fraction = 0, unit = NS_PER_S;
    size_t digits = 0;

    for (; *text >= '0' && *text <= '9' && digits < 10; text++, digits++)
        seconds = seconds * 10 + (uint64_t)(*text - '0');
    if (!digits)
        return false;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9' && unit > 1; text++) {
            unit /= 10;
            fraction += (uint64_t)(*text - '0') * unit;
        }
        if (unit == NS_PER_S)
            return false; /* "1." */
    }
    *time_ns = seconds * NS_PER_S + fraction;
    return *text == '\0';
}

static struct tcptwin_address mapped_v4(struct in_addr v4)
{
    struct tcptwin_address address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}};

    memcpy(address.bytes + 12, &v4, 4);
    return address;
}

/** An address without port. Return: 4, 6, or 0 if it is none. */
static int parse_address(const char *text, struct tcptwin_address *address)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        *address = mapped_v4(v4);
        return 4;
    }
    return inet_pton(AF_INET6, text, address->bytes) == 1 ? 6 : 0;
}

/** 192.0.2.1:80 or [2001:db8::1]:80. Return: 4, 6, or 0. */
static int parse_address_port(const char *text, struct tcptwin_address *address, uint16_t *port)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    int64_t number;
    int version;

    if (!length || length >= sizeof host || !parse_number(colon + 1, 0, 65535, &number))
        return 0;
    memcpy(host, text, length);
    host[length] = '\0';
    *port = (uint16_t)number;
    if (host[0] != '[') {
        version = parse_address(host, address);
        return version == 4 ? 4 : 0;
    }
    if (host[length - 1] != ']')
        return 0;
    host[length - 1] = '\0';
    version = parse_address(host + 1, address);
    return version == 6 ? 6 : 0;
}

/** Letters of tcpdump's kind; "." is no flag at all. */
static bool parse_flags(const char *text, uint8_t *flags)
{
    static const char letters[] = "FSRPAUEW"; /* bit 0 first */

    *flags = 0;
    if (!text)
        return false;
    if (!strcmp(text, "."))
        return true;
    for (; *text; text++) {
        const char *letter = strchr(letters, *text);
        uint8_t bit;
        if (!letter)
            return false;
        bit = (uint8_t)(1u << (letter - letters));
        if (*flags & bit)
            return false;
        *flags |= bit;
    }
    return true;
}

/** "seq:end" or "left-right", relative; the length must fit one packet. */
static bool parse_range(const char *text, char separator, uint32_t *from, uint32_t *length)
{
    char copy[48];
    char *middle;
    int64_t left, right;

    if (!text || strlen(text) >= sizeof copy)
        return false;
    strcpy(copy, text);
    middle = copy[0] ? strchr(copy + 1, separator) : NULL;
    if (!middle)
        return false;
    *middle = '\0';
    if (!parse_number(copy, -INT32_MAX, UINT32_MAX, &left) ||
        !parse_number(middle + 1, -INT32_MAX, UINT32_MAX, &right) || right < left)
        return false;
    *from = (uint32_t)left;
    *length = (uint32_t)(right - left);
    return true;
}

/* ------------------------------------------------------------------ connections */

static void default_side(struct side *side, const char *v4, const char *v6, bool use_v6)
{
    parse_address(use_v6 ? v6 : v4, &side->address);
    side->window = 64240;
    side->ttl = 64;
    side->next_ip_id = 1;
}

static bool choose_connection(struct parser *parser, const char *name)
{
    struct connection *connection;
    size_t index;

    for (index = 0; index < parser->connections; index++)
        if (!strcmp(parser->connection[index].name, name)) {
            parser->current = index;
            return true;
        }
    if (index == CONNECTIONS_MAX || strlen(name) >= NAME_MAX_BYTES)
        return fail(parser, "conn: too many connections or name too long: %s", name);
    connection = &parser->connection[index];
    strcpy(connection->name, name);
    connection->v6 = parser->v6;
    default_side(&connection->side[0], "192.0.2.1", "2001:db8::1", parser->v6);
    default_side(&connection->side[1], "192.0.2.2", "2001:db8::2", parser->v6);
    connection->side[0].port = (uint16_t)(40000 + index);
    connection->side[1].port = 80;
    connection->side[0].isn = 1000000;
    connection->side[1].isn = 2000000;
    parser->current = index;
    parser->connections++;
    return true;
}

static struct connection *current_connection(struct parser *parser)
{
    if (!parser->connections)
        choose_connection(parser, "");
    return &parser->connection[parser->current];
}

/** Return: 0 for A, 1 for B, -1 otherwise. */
static int side_index(const char *word)
{
    return !word || (word[0] != 'A' && word[0] != 'B') || word[1] ? -1 : word[0] - 'A';
}

/* ------------------------------------------------------------------ directives */

static bool directive_address(struct parser *parser, struct words *words)
{
    const char *who = next_word(words), *text = next_word(words);
    struct connection *connection = current_connection(parser);
    int index = side_index(who), version;

    if (!who || !text)
        return fail(parser, "addr: expected A, B or R and an address");
    if (!strcmp(who, "R")) {
        struct tcptwin_address router;
        version = parse_address(text, &router);
        if (!version)
            return fail(parser, "addr R: not an address: %s", text);
        parser->router[version == 6] = router;
        return true;
    }
    if (index < 0)
        return fail(parser, "addr: expected A, B or R, found %s", who);
    version =
        parse_address_port(text, &connection->side[index].address, &connection->side[index].port);
    if (!version)
        return fail(parser, "addr %s: expected ADDRESS:PORT or [ADDRESS]:PORT, found %s", who,
                    text);
    connection->v6 = version == 6;
    return true;
}

/** isn, window, ttl: one number for one side. */
static bool directive_side_number(struct parser *parser, struct words *words, const char *directive)
{
    int index = side_index(next_word(words));
    struct side *side;
    int64_t value;

    if (index < 0)
        return fail(parser, "%s: expected A or B", directive);
    side = &current_connection(parser)->side[index];
    if (!strcmp(directive, "isn")) {
        if (!read_number(parser, words, directive, 0, UINT32_MAX, &value))
            return false;
        side->isn = (uint32_t)value;
    } else if (!strcmp(directive, "window")) {
        if (!read_number(parser, words, directive, 0, 65535, &value))
            return false;
        side->window = (uint16_t)value;
    } else {
        if (!read_number(parser, words, directive, 1, 255, &value))
            return false;
        side->ttl = (uint8_t)value;
    }
    return true;
}

static bool directive_link(struct parser *parser, struct words *words)
{
    const char *word = next_word(words);

    if (word && !strcmp(word, "eth"))
        parser->script->link = SEG_LINK_ETHERNET;
    else if (word && !strcmp(word, "raw"))
        parser->script->link = SEG_LINK_RAW;
    else
        return fail(parser, "link: expected eth or raw");
    return true;
}

/** interface [section] eth|raw ms|us|ns: a pcapng, and where the next packets are captured */
static bool directive_interface(struct parser *parser, struct words *words)
{
    struct seg_script *script = parser->script;
    struct seg_interface interface = {.section = script->interface_count == 0};
    const char *resolution;

    if (script->interface_count == SEG_INTERFACES_MAX)
        return fail(parser, "interface: at most %d", SEG_INTERFACES_MAX);
    if (!script->interface_count && script->count)
        return fail(parser, "interface: the first must stand before the first packet");
    if (peek_word(words) && !strcmp(peek_word(words), "section"))
        interface.section = next_word(words) != NULL;
    if (!directive_link(parser, words))
        return false;
    interface.link = script->link;
    resolution = next_word(words);
    if (resolution && !strcmp(resolution, "ms"))
        interface.resolution = 3;
    else if (resolution && !strcmp(resolution, "us"))
        interface.resolution = 6;
    else if (resolution && !strcmp(resolution, "ns"))
        interface.resolution = 9;
    else
        return fail(parser, "interface: expected [section] eth|raw ms|us|ns");
    script->interfaces[script->interface_count++] = interface;
    return true;
}

static bool directive_number(struct parser *parser, struct words *words, const char *directive)
{
    int64_t value;

    if (!strcmp(directive, "vlan")) {
        if (!read_number(parser, words, directive, 1, 4094, &value))
            return false;
        parser->script->vlan = (uint16_t)value;
    } else if (!strcmp(directive, "snaplen")) {
        if (!read_number(parser, words, directive, 1, 262144, &value))
            return false;
        parser->script->snaplen = (uint32_t)value;
    } else {
        if (!read_number(parser, words, directive, 0, 9999999999, &value))
            return false;
        parser->epoch_ns = (uint64_t)value * NS_PER_S;
    }
    return true;
}

/** Return: whether @word names a directive; *ok then says whether it was a good one. */
static bool parse_directive(struct parser *parser, const char *word, struct words *words, bool *ok)
{
    if (!strcmp(word, "addr"))
        *ok = directive_address(parser, words);
    else if (!strcmp(word, "isn") || !strcmp(word, "window") || !strcmp(word, "ttl"))
        *ok = directive_side_number(parser, words, word);
    else if (!strcmp(word, "link"))
        *ok = directive_link(parser, words);
    else if (!strcmp(word, "interface"))
        *ok = directive_interface(parser, words);
    else if (!strcmp(word, "vlan") || !strcmp(word, "snaplen") || !strcmp(word, "epoch"))
        *ok = directive_number(parser, words, word);
    else if (!strcmp(word, "ipv6"))
        *ok = parser->connections ? fail(parser, "ipv6: must stand before the first connection")
                                  : (parser->v6 = true);
    else if (!strcmp(word, "unordered"))
        *ok = parser->unordered = true;
    else
        return false;
    return true;
}

/* ------------------------------------------------------------------ TCP options */

/** Options are written in Linux's order whatever the order on the line; raw bytes come last. */
struct option_words {
    const char *tfo_cookie, *raw;
};

static void put(struct seg_packet *packet, uint32_t value, size_t bytes)
{
    while (bytes-- && packet->option_bytes < SEG_OPTIONS_MAX)
        packet->options[packet->option_bytes++] = (uint8_t)(value >> (8 * bytes));
}

static bool hex_bytes(const char *hex, uint8_t *bytes, size_t limit, size_t *count)
{
    *count = strlen(hex) / 2;
    if (strlen(hex) % 2 || *count > limit || hex[strspn(hex, "0123456789abcdefABCDEF")])
        return false;
    for (size_t i = 0; i < *count; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

/** How many bytes the options of this segment need, before padding. */
static size_t options_length(const struct tcptwin_segment *segment, size_t raw_bytes)
{
    size_t bytes = raw_bytes;

    bytes += segment->options & TCPTWIN_OPT_MSS ? 4 : 0;
    bytes += segment->options & TCPTWIN_OPT_SACK_PERMITTED ? 2 : 0;
    bytes += segment->options & TCPTWIN_OPT_TIMESTAMPS ? 10 : 0;
    bytes += segment->options & TCPTWIN_OPT_WSCALE ? 3 : 0;
    bytes += segment->options & TCPTWIN_OPT_FAST_OPEN ? 2u + segment->fast_open_len : 0;
    bytes += segment->options & TCPTWIN_OPT_SACK ? 2u + 8u * segment->sack_count : 0;
    return bytes;
}

static void put_options(struct seg_packet *packet, const uint8_t *cookie, const uint8_t *raw,
                        size_t raw_bytes)
{
    const struct tcptwin_segment *segment = &packet->segment;

    if (segment->options & TCPTWIN_OPT_MSS)
        put(packet, 0x02040000u | segment->mss, 4);
    if (segment->options & TCPTWIN_OPT_SACK_PERMITTED)
        put(packet, 0x0402, 2);
    if (segment->options & TCPTWIN_OPT_TIMESTAMPS) {
        put(packet, 0x080a, 2);
        put(packet, segment->tsval, 4);
        put(packet, segment->tsecr, 4);
    }
    if (segment->options & TCPTWIN_OPT_WSCALE)
        put(packet, 0x030300u | segment->wscale, 3);
    if (segment->options & TCPTWIN_OPT_FAST_OPEN) {
        put(packet, 0x2200u | (2u + segment->fast_open_len), 2);
        for (size_t i = 0; i < segment->fast_open_len; i++)
            put(packet, cookie[i], 1);
    }
    if (segment->options & TCPTWIN_OPT_SACK) {
        put(packet, 0x0500u | (2u + 8u * segment->sack_count), 2);
        for (size_t i = 0; i < segment->sack_count; i++) {
            put(packet, segment->sack[i].left, 4);
            put(packet, segment->sack[i].right, 4);
        }
    }
    for (size_t i = 0; i < raw_bytes; i++)
        put(packet, raw[i], 1);
    while (packet->option_bytes % 4)
        put(packet, 1, 1); /* NOP */
}

static bool finish_options(struct parser *parser, struct seg_packet *packet,
                           const struct option_words *text)
{
    uint8_t cookie[16], raw[SEG_OPTIONS_MAX];
    size_t cookie_bytes = 0, raw_bytes = 0;

    if (text->tfo_cookie && !hex_bytes(text->tfo_cookie, cookie, sizeof cookie, &cookie_bytes))
        return fail(parser, "tfo: expected a cookie of at most 16 bytes in hex");
    if (text->raw && !hex_bytes(text->raw, raw, sizeof raw, &raw_bytes))
        return fail(parser, "opt: expected at most 40 bytes in hex");
    packet->segment.fast_open_len = (uint8_t)cookie_bytes;
    if (options_length(&packet->segment, raw_bytes) > SEG_OPTIONS_MAX)
        return fail(parser, "TCP options of more than 40 bytes");
    put_options(packet, cookie, raw, raw_bytes);
    return true;
}

static bool option_sack(struct parser *parser, struct words *words, struct tcptwin_segment *segment,
                        uint32_t base)
{
    const char *word = next_word(words);
    uint32_t left, length;

    if (segment->sack_count == TCPTWIN_SACK_MAX || !parse_range(word, '-', &left, &length))
        return fail(parser, "sack: expected LEFT-RIGHT, at most four times, found %s",
                    word ? word : "the end of the line");
    segment->sack[segment->sack_count].left = base + left;
    segment->sack[segment->sack_count].right = base + left + length;
    segment->sack_count++;
    segment->options |= TCPTWIN_OPT_SACK;
    return true;
}

/** mss, ws, win, ttl, ipid, ts: options with numbers. Return: false with an error, or if unknown.
 */
static bool option_number(struct parser *parser, struct words *words, const char *option,
                          struct tcptwin_segment *segment)
{
    int64_t value = 0, second = 0;
    bool timestamps = !strcmp(option, "ts");
    int64_t most = timestamps                                        ? UINT32_MAX
                   : !strcmp(option, "ws") || !strcmp(option, "ttl") ? 255
                                                                     : 65535;

    if (!read_number(parser, words, option, 0, most, &value) ||
        (timestamps && !read_number(parser, words, option, 0, most, &second)))
        return false;
    if (timestamps) {
        segment->tsval = (uint32_t)value;
        segment->tsecr = (uint32_t)second;
        segment->options |= TCPTWIN_OPT_TIMESTAMPS;
    } else if (!strcmp(option, "mss")) {
        segment->mss = (uint16_t)value;
        segment->options |= TCPTWIN_OPT_MSS;
    } else if (!strcmp(option, "ws")) {
        segment->wscale = (uint8_t)value;
        segment->options |= TCPTWIN_OPT_WSCALE;
    } else if (!strcmp(option, "win")) {
        segment->window = (uint16_t)value;
    } else if (!strcmp(option, "ttl")) {
        segment->ttl = (uint8_t)value;
    } else {
        segment->ip_id = (uint32_t)value;
    }
    return true;
}

/** What is wrong below TCP, or in its header: urg, doff, iplen, vlan, ext, cap. Return: false with
 * an error, or with *known unset. */
static bool option_below(struct parser *parser, struct words *words, const char *option,
                         struct seg_packet *packet, bool *known)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } table[] = {{"urg", 0, 65535}, {"doff", 0, 15},  {"iplen", 0, 65535},
                 {"vlan", 1, 4094}, {"ext", 1, 1000}, {"cap", 1, 262144}};
    int64_t value = 0;
    size_t i = 0;

    while (i < sizeof table / sizeof *table && strcmp(option, table[i].name))
        i++;
    *known = i < sizeof table / sizeof *table;
    if (!*known || !read_number(parser, words, option, table[i].least, table[i].most, &value))
        return false;
    switch (i) {
    case 0:
        packet->urgent = (uint16_t)value;
        break;
    case 1:
        packet->data_offset = (uint8_t)(0x80 | value);
        break;
    case 2:
        packet->ip_length = (uint16_t)value;
        packet->has_ip_length = true;
        break;
    case 3:
        packet->vlan = (uint16_t)value;
        break;
    case 4:
        packet->extensions = (uint16_t)value;
        break;
    default:
        packet->captured = (uint32_t)value;
        break;
    }
    return true;
}

/** frag FROM-END: only these bytes of the IP payload, as a fragment. */
static bool option_fragment(struct parser *parser, struct words *words, struct seg_packet *packet)
{
    const char *word = next_word(words);
    uint32_t length;

    if (!parse_range(word, '-', &packet->fragment_from, &length) || packet->fragment_from % 8 ||
        packet->fragment_from > 65528 || !length)
        return fail(parser, "frag: expected FROM-END, FROM a multiple of 8, found %s",
                    word ? word : "the end of the line");
    packet->fragment_end = packet->fragment_from + length;
    packet->has_fragment = true;
    return true;
}

/** fill LETTER: the whole payload is that letter. */
static bool option_fill(struct parser *parser, struct words *words, struct seg_packet *packet)
{
    const char *word = next_word(words);

    if (!word || !word[0] || word[1])
        return fail(parser, "fill: expected one letter");
    packet->fill = word[0];
    return true;
}

/** Everything after seq and ack. @sack_base: the receiver's first number, which SACK counts from.
 */
static bool parse_options(struct parser *parser, struct words *words, struct seg_packet *packet,
                          uint32_t sack_base)
{
    static const char *const with_number[] = {"mss", "ws", "ts", "win", "ttl", "ipid"};
    struct option_words text = {NULL, NULL};
    const char *option;

    while ((option = next_word(words)) != NULL) {
        size_t i = 0;
        while (i < sizeof with_number / sizeof *with_number && strcmp(option, with_number[i]))
            i++;
        if (i < sizeof with_number / sizeof *with_number) {
            if (!option_number(parser, words, option, &packet->segment))
                return false;
        } else if (!strcmp(option, "sack")) {
            if (!option_sack(parser, words, &packet->segment, sack_base))
                return false;
        } else if (!strcmp(option, "sackok")) {
            packet->segment.options |= TCPTWIN_OPT_SACK_PERMITTED;
        } else if (!strcmp(option, "tfo")) {
            packet->segment.options |= TCPTWIN_OPT_FAST_OPEN;
            if (peek_word(words) && !strncmp(peek_word(words), "0x", 2))
                text.tfo_cookie = next_word(words) + 2;
        } else if (!strcmp(option, "opt") && peek_word(words)) {
            text.raw = next_word(words);
        } else if (!strcmp(option, "badsum")) {
            packet->bad_checksum = true;
        } else if (!strcmp(option, "partsum")) {
            packet->partial_checksum = true;
        } else if (!strcmp(option, "iplen0")) {
            packet->has_ip_length = true;
        } else if (!strcmp(option, "frag")) {
            if (!option_fragment(parser, words, packet))
                return false;
        } else if (!strcmp(option, "fill")) {
            if (!option_fill(parser, words, packet))
                return false;
        } else {
            bool known;
            if (!option_below(parser, words, option, packet, &known))
                return known ? false : fail(parser, "unknown option: %s", option);
        }
    }
    if (packet->partial_checksum)
        packet->segment.notes |= TCPTWIN_NOTE_CHECKSUM_BAD | TCPTWIN_NOTE_CHECKSUM_PARTIAL;
    else
        packet->segment.notes |= packet->bad_checksum ? TCPTWIN_NOTE_CHECKSUM_BAD : TCPTWIN_NOTE_CHECKSUM_OK;
    return finish_options(parser, packet, &text);
}

/* ------------------------------------------------------------------ packets */

static struct seg_packet *new_packet(struct parser *parser)
{
    struct seg_script *script = parser->script;

    if (script->count == parser->capacity) {
        size_t capacity = parser->capacity ? 2 * parser->capacity : 64;
        struct seg_packet *packets = realloc(script->packets, capacity * sizeof *packets);
        if (!packets) {
            fail(parser, "out of memory");
            return NULL;
        }
        script->packets = packets;
        parser->capacity = capacity;
    }
    memset(&script->packets[script->count], 0, sizeof *script->packets);
    return &script->packets[script->count++];
}

/** flags seq:end [ack], common to segments and to quoted ones. */
static bool parse_numbers(struct parser *parser, struct words *words, struct seg_packet *packet,
                          const struct connection *connection, int sender)
{
    const struct side *from = &connection->side[sender], *to = &connection->side[!sender];
    struct tcptwin_segment *segment = &packet->segment;
    const char *flags = next_word(words), *range = next_word(words);
    uint32_t relative = 0, length = 0;
    int64_t ack = 0;
    bool numeric;

    if (!parse_flags(flags, &segment->flags))
        return fail(parser, "flags: expected letters of SFRPAUEW, or a single dot, found %s",
                    flags ? flags : "the end of the line");
    if (!parse_range(range, ':', &relative, &length) || length > 65000)
        return fail(parser, "expected SEQ:END with at most 65000 bytes, found %s",
                    range ? range : "the end of the line");
    numeric = peek_word(words) && parse_number(peek_word(words), -INT32_MAX, UINT32_MAX, &ack);
    if (numeric)
        next_word(words);
    else if (segment->flags & TCPTWIN_ACK)
        return fail(parser, "flag A needs an acknowledgment number after SEQ:END");
    segment->seq = from->isn + relative;
    segment->ack_raw = numeric ? to->isn + (uint32_t)ack : 0;
    segment->ack = segment->flags & TCPTWIN_ACK ? segment->ack_raw : 0;
    segment->payload_len = length;
    /* bytes are numbered from the first after the SYN, so data in a SYN is the same text */
    packet->relative_seq = relative + (segment->flags & TCPTWIN_SYN ? 1 : 0);
    return true;
}

static void fill_addresses(struct tcptwin_segment *segment, const struct connection *connection,
                           int sender)
{
    const struct side *from = &connection->side[sender], *to = &connection->side[!sender];

    segment->src = from->address;
    segment->dst = to->address;
    segment->src_port = from->port;
    segment->dst_port = to->port;
    segment->ip_version = connection->v6 ? 6 : 4;
    segment->window = from->window;
    segment->ttl = from->ttl;
}

static void fill_length(struct seg_packet *packet)
{
    struct tcptwin_segment *segment = &packet->segment;

    segment->wire_len = (segment->ip_version == 6 ? 40u + 8u * packet->extensions : 20u) + 20u +
                        (uint32_t)packet->option_bytes + segment->payload_len;
}

/** 0.2 R icmp 3 1 quotes A S 0:0 */
static bool parse_icmp(struct parser *parser, struct words *words, struct seg_packet *packet,
                       const char *who, const struct connection *connection)
{
    const char *quotes, *quoted;
    int sender, reporter = side_index(who);
    int64_t type, code;

    if (!read_number(parser, words, "ICMP type", 0, 255, &type) ||
        !read_number(parser, words, "ICMP code", 0, 255, &code))
        return false;
    quotes = next_word(words);
    quoted = next_word(words);
    sender = side_index(quoted);
    if (!quotes || strcmp(quotes, "quotes") || sender < 0)
        return fail(parser, "icmp: expected TYPE CODE quotes A|B FLAGS SEQ:END [ACK]");
    fill_addresses(&packet->segment, connection, sender);
    packet->segment.ip_id = 1;
    if (!parse_numbers(parser, words, packet, connection, sender) ||
        !parse_options(parser, words, packet, connection->side[sender].isn))
        return false;
    packet->is_icmp = true;
    packet->icmp.reporter =
        reporter < 0 ? parser->router[connection->v6] : connection->side[reporter].address;
    packet->icmp.src = packet->icmp_to = packet->segment.src;
    packet->icmp.dst = packet->segment.dst;
    packet->icmp.src_port = packet->segment.src_port;
    packet->icmp.dst_port = packet->segment.dst_port;
    packet->icmp.seq = packet->segment.seq;
    packet->icmp.ip_version = packet->segment.ip_version;
    packet->icmp.type = (uint8_t)type;
    packet->icmp.code = (uint8_t)code;
    return true;
}

static bool parse_segment(struct parser *parser, struct words *words, struct seg_packet *packet,
                          struct connection *connection, int sender)
{
    struct side *from = &connection->side[sender];

    fill_addresses(&packet->segment, connection, sender);
    packet->segment.ip_id = connection->v6 ? 0 : from->next_ip_id & 0xffff;
    if (!parse_numbers(parser, words, packet, connection, sender) ||
        !parse_options(parser, words, packet, connection->side[!sender].isn))
        return false;
    if (!connection->v6)
        from->next_ip_id = packet->segment.ip_id + 1;
    return true;
}

static bool parse_packet(struct parser *parser, const char *time, struct words *words)
{
    struct connection *connection = current_connection(parser);
    const char *who = next_word(words);
    struct seg_packet *packet = new_packet(parser);
    int sender = side_index(who);
    uint64_t at_ns;
    bool ok;

    if (!packet)
        return false;
    if (!parse_time(time, &at_ns))
        return fail(parser, "expected a directive or a time such as 0.010, found %s", time);
    if (at_ns < parser->last_ns && !parser->unordered)
        return fail(parser, "time goes back (say `unordered` if that is meant)");
    parser->last_ns = at_ns;
    if (peek_word(words) && !strcmp(peek_word(words), "icmp") && who &&
        (sender >= 0 || !strcmp(who, "R"))) {
        next_word(words);
        ok = parse_icmp(parser, words, packet, who, connection);
    } else if (sender >= 0) {
        ok = parse_segment(parser, words, packet, connection, sender);
    } else {
        return fail(parser, "expected A or B (or R icmp), found %s",
                    who ? who : "the end of the line");
    }
    fill_length(packet);
    packet->segment.ts_ns = packet->icmp.ts_ns = parser->epoch_ns + at_ns;
    packet->segment.frame = packet->icmp.frame = parser->script->count;
    packet->interface = parser->script->interface_count ? parser->script->interface_count - 1 : 0;
    if (ok && packet->extensions && packet->segment.ip_version != 6)
        return fail(parser, "ext needs IPv6");
    if (ok && packet->vlan && parser->script->link == SEG_LINK_RAW)
        return fail(parser, "vlan needs link eth");
    return ok;
}

/* ------------------------------------------------------------------ lines */

static bool parse_line(struct parser *parser, char *line)
{
    struct words words = {{NULL}, 0, 0};
    char *rest = line, *word, *comment = strchr(line, '#');
    const char *first;
    bool ok = true;

    if (comment)
        *comment = '\0';
    while ((word = strtok_r(rest, " \t\r", &rest)) != NULL) {
        if (words.count == TOKENS_MAX)
            return fail(parser, "more than %d words", TOKENS_MAX);
        words.word[words.count++] = word;
    }
    first = next_word(&words);
    if (first && !strcmp(first, "conn")) {
        const char *name = next_word(&words);
        if (!name)
            return fail(parser, "conn: expected a name");
        if (!choose_connection(parser, name))
            return false;
        first = next_word(&words);
    }
    if (!first)
        return true;
    if (!parse_directive(parser, first, &words, &ok))
        ok = parse_packet(parser, first, &words);
    if (ok && words.at < words.count)
        return fail(parser, "left over: %s", words.word[words.at]);
    return ok;
}

static bool parse_lines(struct parser *parser, char *text)
{
    char *line = text;

    while (line) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        parser->line++;
        if (!parse_line(parser, line))
            return false;
        line = end ? end + 1 : NULL;
    }
    if (parser->script->vlan && parser->script->link == SEG_LINK_RAW)
        return fail(parser, "vlan needs link eth");
    return true;
}

bool seg_parse(const char *text, const char *name, struct seg_script *script,
               char error[SEG_ERROR_MAX])
{
    struct parser *parser = calloc(1, sizeof *parser);
    char *copy = strdup(text);
    bool ok = false;

    memset(script, 0, sizeof *script);
    script->link = SEG_LINK_ETHERNET;
    script->snaplen = 262144;
    snprintf(error, SEG_ERROR_MAX, "%s: out of memory", name);
    if (parser && copy) {
        parser->name = name;
        parser->error = error;
        parser->script = script;
        parser->epoch_ns = EPOCH_DEFAULT_S * NS_PER_S;
        parse_address("198.51.100.1", &parser->router[0]);
        parse_address("2001:db8:ffff::1", &parser->router[1]);
        ok = parse_lines(parser, copy);
    }
    if (!ok)
        seg_free(script);
    free(copy);
    free(parser);
    return ok;
}

void seg_free(struct seg_script *script)
{
    free(script->packets);
    script->packets = NULL;
    script->count = 0;
}

/* recipe.c - see recipe.h. Frames are built from the inside out, so that lengths are known. */
#include "recipe.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { WORDS_MAX = 48, WORD_BYTES_MAX = 1024 };

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/** prepend() - Room for a header; it is zero. */
static uint8_t *prepend(struct recipe_frame *f, size_t length)
{
    assert_true(f->length + length <= sizeof f->bytes);
    memmove(f->bytes + length, f->bytes, f->length);
    memset(f->bytes, 0, length);
    f->length += length;
    return f->bytes;
}

static unsigned digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, c);
    assert_true(c != '\0' && at != NULL);
    return (unsigned)(at - digits);
}

static void add_hex(struct recipe_frame *f, const char *text)
{
    size_t rest = f->length, length = strlen(text) / 2;
    uint8_t *at = prepend(f, length);
    assert_true(strlen(text) % 2 == 0);
    for (size_t i = 0; i < length; i++, text += 2) {
        if (strncmp(text, "LLLL", 4) == 0) {
            put16(at + i++, rest);
            text += 2;
        } else {
            at[i] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
        }
    }
}

static void add_tcp(struct recipe_frame *f, const char *options)
{
    f->length = 0;
    uint8_t *payload = prepend(f, RECIPE_PAYLOAD);
    for (unsigned i = 0; i < RECIPE_PAYLOAD; i++)
        payload[i] = (uint8_t)(0xa0 + i);
    add_hex(f, options);
    size_t header = 20 + strlen(options) / 2;
    uint8_t *at = prepend(f, 20);
    put16(at, RECIPE_SRC_PORT);
    put16(at + 2, RECIPE_DST_PORT);
    put32(at + 4, RECIPE_SEQ);
    put32(at + 8, RECIPE_ACK);
    at[12] = (uint8_t)(header / 4 << 4);
    at[13] = TCPTWIN_ACK | TCPTWIN_PSH;
    put16(at + 14, RECIPE_WINDOW);
    f->tcp_length = f->length;
}

/** sum16() - The plain way to sum: 16 bits at a time. */
static uint32_t sum16(uint32_t sum, const uint8_t *at, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/** fill_checksum() - The TCP checksum, under addresses of @address_bytes each. */
static void fill_checksum(uint8_t *tcp, size_t length, const uint8_t *addresses,
                          size_t address_bytes)
{
    uint32_t sum = sum16((uint32_t)length + 6, addresses, 2 * address_bytes);
    put16(tcp + 16, 0);
    put16(tcp + 16, ~sum16(sum, tcp, length) & 0xffff);
}

struct tcptwin_address recipe_address(unsigned version, uint8_t last)
{
    struct tcptwin_address v4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last}};
    struct tcptwin_address v6 = {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}};
    return version == 4 ? v4 : v6;
}

static void add_ip(struct recipe_frame *f, unsigned version, uint8_t protocol)
{
    size_t payload = f->length, header = version == 4 ? 20 : 40;
    size_t address_bytes = version == 4 ? 4 : 16, addresses = header - 2 * address_bytes;
    struct tcptwin_address src = recipe_address(version, 1), dst = recipe_address(version, 2);
    uint8_t *at = prepend(f, header);
    memcpy(at + addresses, src.bytes + 16 - address_bytes, address_bytes);
    memcpy(at + addresses + address_bytes, dst.bytes + 16 - address_bytes, address_bytes);
    if (version == 4) {
        at[0] = 0x45;
        put16(at + 2, header + payload);
        put16(at + 4, RECIPE_IP_ID);
        at[8] = RECIPE_TTL;
        at[9] = protocol;
        put16(at + 10, ~sum16(0, at, 20) & 0xffff);
    } else {
        at[0] = 0x60;
        put16(at + 4, payload);
        at[6] = protocol;
        at[7] = RECIPE_TTL;
    }
    if (f->tcp_length > 0) /* the innermost addresses count */
        fill_checksum(f->bytes + f->length - f->tcp_length, f->tcp_length, at + addresses,
                      address_bytes);
    f->tcp_length = 0;
}

static uint8_t protocol_of(const char *word)
{
    return strncmp(word, "tcp", 3) == 0   ? 6
           : strncmp(word, "udp", 3) == 0 ? 17
           : strncmp(word, "ip4", 3) == 0 ? 4
                                          : 41;
}

static void add_word(struct recipe_frame *f, const char *word, const char *next)
{
    const char *slash = strchr(word, '/'), *argument = slash ? slash + 1 : "";
    size_t rest = f->length;
    if (strncmp(word, "tcp", 3) == 0) {
        add_tcp(f, argument);
    } else if (strcmp(word, "quote") == 0) {
        add_tcp(f, "");
        f->length = 8;
        f->tcp_length = 0;
    } else if (strncmp(word, "ip4", 3) == 0 || strncmp(word, "ip6", 3) == 0) {
        uint8_t protocol = slash ? (uint8_t)strtoul(argument, NULL, 16) : protocol_of(next);
        add_ip(f, (unsigned)(word[2] - '0'), protocol);
    } else if (strncmp(word, "udp", 3) == 0) {
        uint8_t *at = prepend(f, 8);
        put16(at, 50000);
        put16(at + 2, strtoul(argument, NULL, 10));
        put16(at + 4, 8 + rest);
    } else if (strncmp(word, "eth", 3) == 0) {
        uint8_t *at = prepend(f, 14);
        memset(at, 0x02, 12);
        put16(at + 12, strtoul(argument, NULL, 16));
    } else {
        add_hex(f, word);
    }
}

void recipe_cook(struct recipe_frame *f, const char *text)
{
    char copy[WORD_BYTES_MAX], *words[WORDS_MAX], *rest = NULL;
    size_t count = 0;
    assert_true(strlen(text) < sizeof copy);
    strcpy(copy, text);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    f->length = f->tcp_length = 0;
    for (size_t i = count; i > 0; i--)
        add_word(f, words[i - 1], i < count ? words[i] : "");
}

struct recipe_guard {
    uint8_t *pages;
};

enum { GUARD_PAGE = 65536, GUARD_ROOM = 2 * GUARD_PAGE };

struct recipe_guard *recipe_guard_new(void)
{
    struct recipe_guard *guard = malloc(sizeof *guard);
    assert_non_null(guard);
    guard->pages = mmap(NULL, GUARD_ROOM + GUARD_PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(guard->pages != MAP_FAILED);
    assert_int_equal(mprotect(guard->pages + GUARD_ROOM, GUARD_PAGE, PROT_NONE), 0);
    return guard;
}

const uint8_t *recipe_guard_put(struct recipe_guard *guard, const uint8_t *bytes, size_t length)
{
    assert_true(length <= GUARD_ROOM);
    uint8_t *at = guard->pages + GUARD_ROOM - length;
    memcpy(at, bytes, length);
    return at;
}

void recipe_guard_free(struct recipe_guard *guard)
{
    munmap(guard->pages, GUARD_ROOM + GUARD_PAGE);
    free(guard);
}

struct tcptwin_decoder *recipe_decoder(int link_type, size_t fragment_bytes)
{
    struct tcptwin_decode_options options = {.link_type = link_type,
                                             .verify_checksums = true,
                                             .fragment_bytes = fragment_bytes};
    void *memory = malloc(tcptwin_decoder_size(&options));
    assert_non_null(memory);
    return tcptwin_decoder_init(memory, &options);
}

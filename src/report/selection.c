/* selection.c - see selection.h */
#include "selection.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define BIT(state_) (1u << TCPTWIN_STATE_##state_)

/* The names that ss(8) has and the vocabulary has not. */
static const struct {
    const char *name;
    uint32_t states;
} names_of_ss[] = {
    {"estab", BIT(ESTABLISHED)},
    {"syn-recv", BIT(SYN_RECEIVED)},
    {"listening", BIT(LISTEN)},
    {"connected", ~(BIT(LISTEN) | BIT(CLOSED))},
    {"synchronized", ~(BIT(LISTEN) | BIT(CLOSED) | BIT(SYN_SENT))},
    {"bucket", BIT(SYN_RECEIVED) | BIT(TIME_WAIT)},
    {"big", ~(BIT(SYN_RECEIVED) | BIT(TIME_WAIT))},
    {"all", UINT32_MAX},
};

bool selection_host(struct selection *selection, const char *text)
{
    uint8_t *bytes = selection->host.bytes;
    memset(bytes, 0, sizeof selection->host.bytes);
    if (inet_pton(AF_INET, text, bytes + 12) == 1) {
        bytes[10] = bytes[11] = 0xff;
        selection->host_version = 4;
        return true;
    }
    selection->host_version = 6;
    return inet_pton(AF_INET6, text, bytes) == 1;
}

bool selection_has_host(const struct selection *selection, const struct tcptwin_address *address,
                        unsigned ip_version)
{
    return !selection->host_version ||
           (selection->host_version == ip_version &&
            memcmp(address->bytes, selection->host.bytes, sizeof address->bytes) == 0);
}

/* '-' and '_' are the same, and so are 'A' and 'a'. */
static bool same_name(const char *text, size_t length, const char *name)
{
    if (strlen(name) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        char a = text[i] == '_' ? '-' : text[i], b = name[i] == '_' ? '-' : name[i];
        if (strncasecmp(&a, &b, 1) != 0)
            return false;
    }
    return true;
}

static uint32_t states_of_name(const char *text, size_t length)
{
    for (unsigned state = 0; state < TCPTWIN_STATE_COUNT; state++) {
        const struct tcptwin_word *word = tcptwin_state_word((enum tcptwin_state)state);
        if (same_name(text, length, word->name) || same_name(text, length, word->label))
            return 1u << state;
    }
    for (size_t i = 0; i < sizeof names_of_ss / sizeof names_of_ss[0]; i++)
        if (same_name(text, length, names_of_ss[i].name))
            return names_of_ss[i].states;
    return 0;
}

/* The bits of all names in a list. Return: false if one is none. */
static bool bits_of_list(const char *text, uint32_t bits_of_name(const char *text, size_t length), uint32_t *bits)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        uint32_t more = bits_of_name(text, length);
        if (!more)
            return false;
        *bits |= more;
        text += length;
        if (*text++ == '\0')
            return true;
    }
}

bool selection_states(struct selection *selection, const char *text)
{
    return bits_of_list(text, states_of_name, &selection->states);
}

const char *json_event_name(enum json_event event)
{
    static const char *const names[] = {
#define JSON_EVENT(id_, name_) name_,
#include "json_events.def"
    };
    return names[event];
}

static uint32_t events_of_name(const char *text, size_t length)
{
    for (unsigned event = 0; event < JSON_EVENT_COUNT; event++)
        if (same_name(text, length, json_event_name((enum json_event)event)))
            return 1u << event;
    return 0;
}

bool selection_events(struct selection *selection, const char *text)
{
    return bits_of_list(text, events_of_name, &selection->events);
}

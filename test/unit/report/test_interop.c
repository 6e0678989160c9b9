/* test_interop.c - the names that other tools give, held against theirs */
#include "interop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

static void set_endpoint(struct tcptwin_endpoint *endpoint, const char *ip, uint16_t port)
{
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(endpoint->address.bytes, mapped, sizeof(mapped));
    if (strchr(ip, ':'))
        assert_int_equal(inet_pton(AF_INET6, ip, endpoint->address.bytes), 1);
    else
        assert_int_equal(inet_pton(AF_INET, ip, endpoint->address.bytes + 12), 1);
    endpoint->port = port;
}

/* The first two are the specification's own; the others are Arkime's. */
static void community_ids_are_those_of_others(void **state)
{
    static const struct {
        unsigned seed, version;
        const char *from;
        uint16_t from_port;
        const char *to;
        uint16_t to_port;
        const char *id;
    } vectors[] = {
        {0, 4, "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
        {1, 4, "128.232.110.120", 34855, "66.35.250.204", 80, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
        {0, 4, "172.5.5.113", 49417, "14.17.32.211", 80, "1:CtpkM8732ncl+urC+3Y3WY9cQPk="},
        {0, 4, "192.0.2.1", 36698, "192.0.2.2", 5555, "1:i2q2V53+q/dCq0iyZnCCpzQzp3k="},
        {0, 4, "10.0.0.4", 43178, "10.0.0.3", 3000, "1:2ymV9tUsaCl3adnJMWUN+YlTL6k="},
        {0, 4, "192.168.100.1", 25820, "192.168.100.2", 179, "1:g99Vgks0T67b4ifViWJVGKZmmpU="},
        {0, 6, "2001:db8::1", 50002, "2001:db8::2", 80, "1:MUzNm/fqV7w9dHHcMn2XNo3Q/aw="},
        {0, 6, "fd00:abcd::100", 50004, "fd00:abcd::10", 44818, "1:e0vY0D4ucvmpQTWgc8UoWT2o11U="},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct tcptwin_endpoint endpoint[2], turned[2];
        char id[INTEROP_COMMUNITY_ID_SIZE];
        memset(endpoint, 0, sizeof(endpoint));
        set_endpoint(&endpoint[0], vectors[i].from, vectors[i].from_port);
        set_endpoint(&endpoint[1], vectors[i].to, vectors[i].to_port);
        interop_community_id(id, vectors[i].seed, vectors[i].version, endpoint);
        assert_string_equal(id, vectors[i].id);
        turned[0] = endpoint[1];
        turned[1] = endpoint[0];
        interop_community_id(id, vectors[i].seed, vectors[i].version, turned);
        assert_string_equal(id, vectors[i].id);
    }
}

/* History and conn_state as Zeek logs them. */
static void zeek_states_follow_from_the_history(void **state)
{
    static const struct {
        const char *history, *conn_state;
    } rows[] = {
        {"S", "S0"},           {"Sr", "REJ"},       {"Sh", "S1"},          {"ShADad", "S1"},
        {"ShADadFf", "SF"},    {"ShADadF", "S2"},   {"ShADadf", "S3"},     {"ShADadR", "RSTO"},
        {"ShADadr", "RSTR"},   {"SR", "RSTOS0"},    {"^hr", "RSTRH"},      {"hR", "OTH"},
        {"SF", "SH"},          {"hf", "SHR"},       {"DadA", "OTH"},       {"ShADadtFfR", "SF"},
        {"ShADadtFR", "RSTO"}, {"ShADadFRf", "SF"}, {"ShADadtfr", "RSTR"}, {"", "OTH"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tcptwin_connection connection;
        memset(&connection, 0, sizeof(connection));
        strcpy(connection.zeek_history, rows[i].history);
        assert_string_equal(interop_zeek_conn_state(&connection), rows[i].conn_state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(community_ids_are_those_of_others),
        cmocka_unit_test(zeek_states_follow_from_the_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

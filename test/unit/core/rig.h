/* rig.h - a whole context for tests: text notation in, what was said as text out
 *
 *     rig_init(), rig_open() -> { rig_play() | rig_feed() }* -> rig_finish()
 *         -> rig_path(), rig_verdict(), ... -> rig_close()
 *
 * The sides of the notation are endpoints: A is 0 and B is 1, as 192.0.2.1 comes before 192.0.2.2.
 */
#ifndef TEST_RIG_H
#define TEST_RIG_H

#include "heap.h"
#include "seg.h"
#include "tcptwin/tcptwin.h"

enum { RIG_TEXT = 2048 };

/** What was said of one connection. */
struct rig_connection {
    struct tcptwin_connection said; /**< transitions and anomalies point to copies */
};

struct rig {
    struct heap heap;
    struct tcptwin_options options; /**< change after rig_init(), before rig_open() */
    struct tcptwin *tcptwin;
    struct rig_connection *connections;
    size_t connection_count, connection_room, transition_events, revision_events;
    bool conclusions_only; /**< of the log: leave out what was said live */
    char *log;             /**< every event as lines, times and frames with it */
    size_t log_bytes, log_room;
};

void rig_init(struct rig *rig);
/** rig_open() - Return: false if there was no memory for a context. */
bool rig_open(struct rig *rig);
void rig_finish(struct rig *rig);
/** rig_close() - Everything is given back, or the test fails. */
void rig_close(struct rig *rig);

/** rig_parse() - The segments of a text; a mistake in it fails the test. */
struct seg_script rig_parse(const char *text);
/** rig_feed() - One line of a script. */
void rig_feed(struct rig *rig, const struct seg_packet *packet);
/** rig_play() - Feed a text. */
void rig_play(struct rig *rig, const char *text);
/** rig_begin() - rig_init(), rig_open() with the options as they are, rig_play(). */
void rig_begin(struct rig *rig, const char *text);
/** rig_advance() - Let packet time pass until so many seconds after the epoch of the notation. */
void rig_advance(struct rig *rig, double seconds);
struct tcptwin_stats rig_stats(const struct rig *rig);

/** rig_path() - "CLOSED (snd SYN) SYN-SENT (rcv SYN,ACK+) ESTABLISHED": trigger with the mark of
 * its basis. */
const char *rig_path(const struct tcptwin_connection *connection, unsigned endpoint,
                     char out[RIG_TEXT]);
/** rig_verdict() - "outcome handshake closed_by reset_by end_reason A's error/B's error"; A is endpoint @first. */
const char *rig_verdict(const struct tcptwin_connection *connection, unsigned first,
                        char out[RIG_TEXT]);
/** rig_has_anomaly() - Whether it was said of @endpoint (0, 1, 2; -1: any). */
bool rig_has_anomaly(const struct tcptwin_connection *connection, enum tcptwin_anomaly anomaly,
                     int endpoint);

#endif

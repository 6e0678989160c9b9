/* scenarios.c - small connections as text, with what must be said of them
 *
 * Side A opens from a port of its own, side B listens; the tap is in the middle of 20 ms. Every row of
 * transitions.def that can be reached is exercised by one of them: test_states.c counts.
 */
#include "scenarios.h"

/* clang-format off */
#define OPEN                                                                                       \
    "0.000 A S 0:0\n"                                                                              \
    "0.010 B SA 0:0 1\n"                                                                           \
    "0.020 A A 1:1 1\n"
#define DATA                                                                                       \
    OPEN                                                                                           \
    "0.030 A PA 1:101 1\n"                                                                         \
    "0.050 B A 1:1 101\n"
#define TIMESTAMPED                                                                                \
    "0.000 A S 0:0 sackok ts 100 0\n"                                                              \
    "0.010 B SA 0:0 1 sackok ts 510 100\n"                                                         \
    "0.020 A A 1:1 1 ts 120 510\n"
/* a connection of the same ends, opened by both and aborted: it tells that each is 5 ms away */
#define CROSSING                                                                                   \
    "0.000 A S 0:0\n"                                                                              \
    "0.001 B S 0:0\n"                                                                              \
    "0.010 B SA 0:0 1\n"                                                                           \
    "0.011 A SA 0:0 1\n"                                                                           \
    "0.030 A RA 1:1 1\n"                                                                           \
    "isn A 7000000\n"                                                                              \
    "isn B 8000000\n"
/* what most paths begin with, and how most connections close */
#define CLIENT_OPEN  "CLOSED (snd SYN) SYN-SENT (rcv SYN,ACK+) ESTABLISHED"
#define SERVER_OPEN  "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"
#define CLOSES_FIRST " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"
#define CLOSES_LAST  " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv ACK of FIN?) CLOSED"
/* another connection, much later: time passes */
#define LATER "conn z 200.000 A S 0:0\n"

const struct scenario scenarios[] = {
    {"both ends are reset from the path",
     DATA
     "0.100 A R 101:101 ttl 51\n"
     "0.101 B R 1:1 ttl 51\n",
     "closed_rst complete none unknown end_detected ECONNRESET/ECONNRESET",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"one end is reset from the path",
     DATA
     "0.060 B A 1:1 101\n"
     "0.100 B R 1:1 ttl 51\n",
     "half_open complete none unknown eof ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN},
    {"a reset one hop further away",
     DATA
     "0.060 B A 1:1 101\n"
     "0.100 B R 1:1 ttl 63\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (gone?) CLOSED"},
    {"normal close, client first",
     DATA
     "0.060 B PA 1:201 101\n"
     "0.070 A A 101:101 201\n"
     "0.080 A FA 101:101 201\n"
     "0.090 B A 201:201 102\n"
     "0.110 B FA 201:201 102\n"
     "0.120 A A 102:102 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"normal close, server first",
     DATA
     "0.060 B FA 1:1 101\n"
     "0.070 A A 101:101 2\n"
     "0.100 A FA 101:101 2\n"
     "0.110 B A 2:2 102\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN CLOSES_FIRST},
    {"three segments close",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"still open",
     DATA,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"half closed by the client",
     DATA
     "0.060 A FA 101:101 1\n"
     "0.070 B A 1:1 102\n"
     "0.090 B PA 1:51 102\n"
     "0.100 A A 102:102 51\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a FIN that nothing answers",
     OPEN
     "0.100 A FA 1:1 1\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT"},
    {"a FIN repeated and not answered",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.300 A FA 1:1 1\n"
     "0.700 A FA 1:1 1\n"
     "1.500 A FA 1:1 1\n",
     "half_open no_final_ack client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"TIME-WAIT runs out",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     LATER,
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (timer 2MSL~) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"simultaneous open",
     "0.000 A S 0:0\n"
     "0.001 B S 0:0\n"
     "0.011 A SA 0:0 1\n"
     "0.012 B SA 0:0 1\n"
     "0.030 A PA 1:11 1\n"
     "0.040 B A 1:1 11\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"simultaneous open, reset",
     "0.000 A S 0:0\n"
     "0.001 B S 0:0\n"
     "0.011 A SA 0:0 1\n"
     "0.012 B SA 0:0 1\n"
     "0.013 A RA 1:1 1\n",
     "aborted_handshake no_final_ack none client end_detected -/ECONNRESET",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (snd RST) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED "
     "(rcv RST?) CLOSED"},
    {"simultaneous open, reset in SYN-RECEIVED",
     "0.000 A S 0:0\n"
     "0.010 B S 0:0\n"
     "0.020 A SA 0:0 1\n"
     "0.030 B R 1:1\n",
     "aborted_handshake no_final_ack none server end_detected ECONNRESET/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv RST?) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN?) SYN-RECEIVED (snd RST?) CLOSED"},
    {"refused",
     "0.000 A S 0:0\n"
     "0.010 B RA 0:0 1\n",
     "refused refused none server end_detected ECONNREFUSED/-",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED",
     "CLOSED"},
    {"refused by ICMP",
     "0.000 A S 0:0\n"
     "0.010 R icmp 3 3 quotes A S 0:0\n",
     "refused refused none none end_detected ECONNREFUSED/-",
     "CLOSED (snd SYN) SYN-SENT (rcv ICMP?) CLOSED",
     "?"},
    {"host unreachable",
     "0.000 A S 0:0\n"
     "0.010 R icmp 3 1 quotes A S 0:0\n",
     "refused refused none none end_detected EHOSTUNREACH/-",
     "CLOSED (snd SYN) SYN-SENT (rcv ICMP?) CLOSED",
     "?"},
    {"ICMP error and it tries on",
     "0.000 A S 0:0\n"
     "0.010 R icmp 3 1 quotes A S 0:0\n"
     "1.000 A S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT",
     "?"},
    {"no answer",
     "0.000 A S 0:0\n"
     "1.000 A S 0:0\n"
     "3.000 A S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT",
     "?"},
    {"no answer, gives up",
     "0.000 A S 0:0\n"
     "1.000 A S 0:0\n"
     "3.000 A S 0:0\n"
     LATER,
     "no_answer no_reply none none idle_timeout ETIMEDOUT/-",
     "CLOSED (snd SYN) SYN-SENT (timer give-up~) CLOSED",
     "?"},
    {"given up with a RST",
     "0.000 A S 0:0\n"
     "0.100 A R 1:1\n",
     "aborted_handshake no_reply none client end_detected -/ECONNRESET",
     "CLOSED (snd SYN?) SYN-SENT (snd RST?) CLOSED",
     "? (rcv RST?) CLOSED"},
    {"SYN scan",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A R 1:1\n",
     "aborted_handshake no_final_ack none client end_detected -/-",
     "CLOSED (snd SYN?) SYN-SENT (snd RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv RST (passive)?) LISTEN"},
    {"handshake's ACK never comes",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.010 B SA 0:0 1\n"
     "3.010 B SA 0:0 1\n"
     LATER,
     "half_open no_final_ack none none end_detected ETIMEDOUT/-",
     "CLOSED (snd SYN?) SYN-SENT (timer give-up~) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (timer give-up~) CLOSED"},
    {"handshake's ACK lost once",
     OPEN
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n"
     "1.050 A PA 1:11 1\n"
     "1.060 B A 1:1 11\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"server aborts the handshake",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.500 B RA 1:1 1\n",
     "aborted_handshake no_final_ack none server end_detected ECONNREFUSED/-",
     "CLOSED (snd SYN?) SYN-SENT (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd RST) CLOSED"},
    {"opening: the answer draws what was missed, and that a RST with another connection's number: perhaps it did not ask",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.030 B R -18000000:-18000000\n",
     "aborted_handshake no_final_ack none server end_detected ECONNRESET/-",
     "CLOSED (snd SYN?) SYN-SENT (rcv SYN,ACK?) ESTABLISHED (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd RST?) CLOSED"},
    {"listener gone when the ACK comes",
     OPEN
     "0.030 B R 1:1\n",
     "aborted_handshake no_final_ack none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (gone?) CLOSED"},
    {"Fast Open, server closes in SYN-RECEIVED",
     "0.000 A S 0:10 tfo 0x0102030405060708\n"
     "0.010 B SA 0:0 11\n"
     "0.011 B FA 1:1 11\n"
     "0.020 A A 11:11 1\n"
     "0.021 A A 11:11 2\n"
     "0.050 A FA 11:11 2\n"
     "0.060 B A 2:2 12\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"reset by the client",
     DATA
     "0.100 A RA 101:101 1\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"reset by the server, then silence",
     DATA
     "0.100 B RA 1:1 101\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"the socket is gone",
     DATA
     "5.000 A PA 101:111 1\n"
     "5.010 B R 1:1\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (gone?) CLOSED"},
    {"simultaneous close",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.111 A A 2:2 2\n"
     "0.112 B A 2:2 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"CLOSING: aborted by one",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.111 A RA 2:2 2\n",
     "closed_rst complete both client end_detected EOF/ECONNRESET",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (snd RST) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv RST?) CLOSED"},
    {"CLOSING: aborted with a bare RST",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.111 A R 2:2\n",
     "closed_rst complete both client end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (snd RST?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv RST?) CLOSED"},
    {"CLOSING: the socket is gone",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.111 A A 2:2 2\n"
     "0.301 B FA 1:1 1\n"
     "0.311 A R 1:1\n",
     "closed_rst complete both client end_detected EOF/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"FIN-WAIT-1: a bare RST answers the FIN",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.111 A R 1:1\n",
     "closed_rst complete both client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv RST?) CLOSED"},
    {"FIN-WAIT-1: aborted",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.150 A RA 2:2 1\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (snd RST) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"FIN-WAIT-1: answered by a RST",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B RA 1:1 2\n",
     "closed_rst complete client server end_detected ECONNRESET/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN+) CLOSE-WAIT (snd RST) CLOSED"},
    {"FIN-WAIT-1: the socket is gone",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B PA 1:11 1\n"
     "0.120 A R 1:1\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"FIN-WAIT-2: data after close",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.200 B PA 1:11 2\n"
     "0.210 A R 2:2\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"FIN-WAIT-2: the peer aborts in CLOSE-WAIT",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.200 B RA 1:1 2\n",
     "closed_rst complete client server end_detected ECONNRESET/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd RST) CLOSED"},
    {"FIN-WAIT-2: timed out before the peer's FIN",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "100.000 B FA 1:1 2\n"
     "100.010 A R 2:2\n",
     "closed_rst complete client client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"TIME-WAIT: assassinated",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "0.500 B R 2:2\n",
     "closed_fin complete client server end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (rcv RST?) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"TIME-WAIT: it answers with a RST",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "0.500 A RA 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (snd RST) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"TIME-WAIT: gone when the FIN is repeated",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "1.110 B FA 1:1 2\n"
     "1.120 A R 2:2\n",
     "closed_rst complete client client end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"TIME-WAIT: ports taken over",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "isn A 5000000\n"
     "isn B 6000000\n"
     "1.000 A S 0:0\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"CLOSE-WAIT: reset by the peer",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.120 B PA 1:11 2\n"
     "0.120 A RA 2:2 1\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"CLOSE-WAIT: the socket is gone",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.300 A A 2:2 1\n"
     "0.310 B R 1:1\n",
     "closed_rst complete client server end_detected ECONNRESET/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (gone?) CLOSED"},
    {"LAST-ACK: aborted",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.120 B FA 1:1 2\n"
     "0.122 B RA 2:2 2\n",
     "closed_rst complete client server end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (snd RST) CLOSED"},
    {"LAST-ACK: reset by the peer",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.120 B FA 1:1 2\n"
     "0.130 A R 2:2\n",
     "closed_rst complete client client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"LAST-ACK: the socket is gone",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.200 A A 2:2 1\n"
     "0.210 B R 1:1\n",
     "closed_rst complete client server end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (gone?) CLOSED"},
    {"LAST-ACK: the last ACK is lost",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "0.330 B FA 1:1 2\n"
     "0.340 A A 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"midstream",
     "0.000 A PA 5001:5101 9001\n"
     "0.010 B A 9001:9001 5101\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"a RST comes after the data that it answers, though by the estimated times before",
     OPEN
     "0.050 B FA 1:1 1\n"
     "0.060 A A 1:1 2\n"
     "0.1000 A PA 1:11 2\n"
     "0.1098 B R 2:2\n",
     "closed_rst complete server server end_detected EPIPE/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED"},
    {"a FIN with a number that data had: no stack sends that",
     DATA
     "0.100 A FA 51:51 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a burst of RSTs is survived once: the next is taken",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.100 A R 101:101\n"
     "0.100 A R 101:101\n"
     "0.115 B PA 1:11 101\n"
     "0.125 A R 101:101\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"RSTs survived twice: the next is not taken either",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.115 B PA 1:11 101\n"
     "0.120 A R 101:101\n"
     "0.135 B PA 1:11 101\n"
     "0.145 A R 101:101\n",
     "half_open complete none client eof -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"the server's side only, both closed",
     "0.010 B SA 0:0 1\n"
     "0.040 B A 1:1 201\n"
     "0.050 B PA 1:1001 201\n"
     "0.090 B FA 1001:1001 202\n",
     "closed_fin complete client none eof EOF/EOF",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) "
     "FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK"},
    {"a forged RST, and its victim's answer to the FIN",
     DATA
     "0.100 B R 1:1\n"
     "1.000 B FA 1:1 101\n"
     "1.010 A R 101:101\n",
     "closed_rst complete server unknown end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"midstream, one side only",
     "0.000 A PA 5001:5101 9001\n"
     "0.100 A PA 5101:5201 9001\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"midstream close",
     "0.000 A FA 5001:5001 9001\n"
     "0.010 B FA 9001:9001 5002\n"
     "0.020 A A 5002:5002 9002\n",
     "closed_fin unseen client none end_detected EOF/EOF",
     "? (seen open?) ESTABLISHED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv "
     "FIN+) TIME-WAIT",
     "? (seen open?) ESTABLISHED (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv ACK of "
     "FIN?) CLOSED"},
    {"midstream, one side had closed before",
     "0.000 B PA 9001:9101 5002\n"
     "0.010 A A 5002:5002 9101\n"
     "0.020 B FA 9101:9101 5002\n"
     "0.030 A A 5002:5002 9102\n",
     "closed_fin unseen client none end_detected EOF/-",
     "? (seen closed first?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     "? (seen peer closed?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"midstream RST",
     "0.000 A RA 5001:5001 9001\n",
     "stray unseen none client end_detected -/ECONNRESET",
     "? (snd RST) CLOSED",
     "? (rcv RST?) CLOSED"},
    {"midstream RST that ends talk",
     "0.000 B PA 9001:9101 5002\n"
     "0.010 A R 5002:5002\n",
     "closed_rst unseen none client end_detected -/ECONNRESET",
     "? (seen open?) ESTABLISHED (gone?) CLOSED",
     "? (seen open?) ESTABLISHED (rcv RST?) CLOSED"},
    {"answers to something unseen",
     "0.000 A R 5001:5001\n"
     "0.100 A R 5001:5001\n",
     "stray unseen none none eof -/-",
     "?",
     "?"},
    {"a SYN-ACK and its answer, no SYN",
     "0.000 B SA 0:0 1\n"
     "0.010 A A 1:1 1\n"
     "0.020 A PA 1:11 1\n"
     "0.030 B A 1:1 11\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED",
     SERVER_OPEN},
    {"backscatter SYN-ACK",
     "0.000 B SA 0:0 1\n",
     "half_open no_final_ack none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT", /* unless its address was forged */
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"client's side only",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.030 A PA 1:101 1\n"
     "0.060 A A 101:101 201\n"
     "0.080 A FA 101:101 201\n"
     "0.110 A A 102:102 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"RST within the window, not exact",
     DATA
     "0.100 B R 1001:1001\n"
     "0.110 A A 101:101 1\n"
     "0.200 A PA 101:111 1\n"
     "0.210 B A 1:1 111\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"RST far outside the window",
     DATA
     "0.100 B R 900000001:900000001\n"
     "0.200 A PA 101:111 1\n"
     "0.210 B A 1:1 111\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"RST refuted",
     DATA
     "0.100 B R 1:1\n"
     "0.200 A PA 101:111 1\n"
     "0.210 B A 1:1 111\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"odd flags only",
     "0.000 A SF 0:0\n"
     "0.100 A FPU 0:0\n"
     "0.200 A . 0:0\n",
     "stray unseen none none eof -/-",
     "?",
     "?"},
    {"time goes back",
     "unordered\n"
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.010 B SA 0:0 1\n"
     "0.030 A PA 1:101 1\n"
     "0.050 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the FIN was not captured",
     DATA
     "0.100 B A 1:1 102\n"
     "0.200 B FA 1:1 102\n"
     "0.210 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"one more of a connection that was reset",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.101 B PA 1:101 101\n"
     "0.110 A R 101:101\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"keep-alive",
     DATA
     "10.000 A A 100:100 1\n"
     "10.010 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"data in the SYN, not taken",
     "0.000 A S 0:10 tfo 0x0102030405060708\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A PA 1:11 1\n"
     "0.030 B A 1:1 11\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"both FINs cross and no more",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING"},
    {"the second FIN and no more",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n",
     "closed_fin complete client none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"a lone SYN-ACK answered by a RST",
     "0.000 B SA 0:0 1\n"
     "0.001 A R 1:1\n",
     "stray no_final_ack none client end_detected -/-",
     "CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv RST (passive)?) LISTEN"},
    {"silent: data in ESTABLISHED",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     "1.600 A PA 101:151 1\n"
     "2.400 A PA 101:151 1\n"
     LATER,
     "timed_out complete none none eof ETIMEDOUT/-",
     CLIENT_OPEN " (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: the next copy is not overdue yet",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     "1.600 A PA 101:151 1\n"
     "2.400 A PA 101:151 1\n"
     "conn z 4.190 A S 0:0\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: overdue by an eighth",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     "1.600 A PA 101:151 1\n"
     "2.400 A PA 101:151 1\n"
     "conn z 4.200 A S 0:0\n",
     "timed_out complete none none eof ETIMEDOUT/-",
     CLIENT_OPEN " (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: two copies are no series",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     LATER,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: but the profile's limit passes",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     "conn z 925.0 A S 0:0\n",
     "timed_out complete none none eof ETIMEDOUT/-",
     CLIENT_OPEN " (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: but what was captured once went out of sight",
     DATA
     "1.000 A PA 101:151 1\n"
     "conn z 925.0 A S 0:0\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: intervals that shrink are no timer's",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.500 A PA 101:151 1\n"
     "1.700 A PA 101:151 1\n"
     LATER,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: acknowledged in the end",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.200 A PA 101:151 1\n"
     "1.600 A PA 101:151 1\n"
     "5.000 B A 1:1 151\n"
     LATER,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: only one side is captured",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "1.000 A PA 1:51 1\n"
     "1.200 A PA 1:51 1\n"
     "1.600 A PA 1:51 1\n"
     "2.400 A PA 1:51 1\n"
     LATER,
     "half_open no_final_ack none none idle_timeout -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"silent: a FIN in FIN-WAIT-1",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.200 A FA 101:101 1\n"
     "1.600 A FA 101:101 1\n"
     LATER,
     "timed_out complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: a FIN with its data in FIN-WAIT-1",
     DATA
     "1.000 A PA 101:151 1\n"
     "1.010 A FA 151:151 1\n"
     "1.250 A FPA 101:151 1\n"
     "1.700 A FPA 101:151 1\n"
     LATER,
     "timed_out complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: CLOSING",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.005 B FA 1:1 101\n"
     "1.015 A A 102:102 2\n"
     "1.200 A FA 101:101 2\n"
     "1.600 A FA 101:101 2\n"
     "2.400 A FA 101:101 2\n"
     LATER,
     "timed_out complete both none end_detected EOF/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (timer give-up~) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer FIN-WAIT-2~) CLOSED"},
    {"silent: data in CLOSE-WAIT",
     DATA
     "0.100 B FA 1:1 101\n"
     "0.110 A A 101:101 2\n"
     "1.000 A PA 101:151 2\n"
     "1.200 A PA 101:151 2\n"
     "1.600 A PA 101:151 2\n"
     LATER,
     "timed_out complete server none end_detected ETIMEDOUT/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT (timer give-up~) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer FIN-WAIT-2~) CLOSED"},
    {"silent: a FIN in LAST-ACK",
     DATA
     "0.100 B FA 1:1 101\n"
     "0.110 A A 101:101 2\n"
     "1.000 A FA 101:101 2\n"
     "1.200 A FA 101:101 2\n"
     "1.600 A FA 101:101 2\n"
     LATER,
     "timed_out complete server none end_detected EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (timer give-up~) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer FIN-WAIT-2~) CLOSED"},
    {"silent: keep-alive in FIN-WAIT-2",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.120 B A 1:1 102\n"
     "20.000 A A 101:101 1\n"
     "21.000 A A 101:101 1\n"
     "22.000 A A 101:101 1\n"
     "conn z 30.000 A S 0:0\n",
     "timed_out complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer give-up~) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"silent: FIN-WAIT-2 of a closed socket",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.120 B A 1:1 102\n"
     LATER,
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer FIN-WAIT-2~) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"silent: not yet 60 s in FIN-WAIT-2",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.120 B A 1:1 102\n"
     "conn z 60.000 A S 0:0\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"silent: FIN-WAIT-2 that takes data was shut down for sending only",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.120 B A 1:1 102\n"
     "5.000 B PA 1:101 102\n"
     "5.010 A A 102:102 101\n"
     LATER,
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"silent: probes unanswered, and no RST is seen",
     DATA
     "10.000 A A 100:100 1\n"
     "10.020 B A 1:1 101\n"
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     LATER,
     "timed_out complete none none eof ETIMEDOUT/-",
     CLIENT_OPEN " (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: probes answered",
     DATA
     "10.000 A A 100:100 1\n"
     "10.020 B A 1:1 101\n"
     "11.000 A A 100:100 1\n"
     "11.020 B A 1:1 101\n"
     "12.000 A A 100:100 1\n"
     "12.020 B A 1:1 101\n"
     LATER,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"silent: probes unanswered, then its RST",
     DATA
     "10.000 A A 100:100 1\n"
     "10.020 B A 1:1 101\n"
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     "14.000 A RA 101:101 1\n",
     "half_open complete none client eof ETIMEDOUT/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"silent: its RST long before the next probe is due is its application's",
     DATA
     "10.000 A A 100:100 1\n"
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "12.100 A RA 101:101 1\n",
     "half_open complete none client eof -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"silent: probes answered, then its RST",
     DATA
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     "13.020 B A 1:1 101\n"
     "13.936 A RA 101:101 1\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: probes answered, and its RST as the next is due: nothing of that reached it",
     DATA
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     "13.020 B A 1:1 101\n"
     "13.938 A RA 101:101 1\n",
     "closed_rst complete none client end_detected ETIMEDOUT/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: the same a little late",
     DATA
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     "13.020 B A 1:1 101\n"
     "14.062 A RA 101:101 1\n",
     "closed_rst complete none client end_detected ETIMEDOUT/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: the same too late: its application's",
     DATA
     "11.000 A A 100:100 1\n"
     "12.000 A A 100:100 1\n"
     "13.000 A A 100:100 1\n"
     "13.020 B A 1:1 101\n"
     "14.063 A RA 101:101 1\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: one probe tells no interval",
     DATA
     "13.000 A A 100:100 1\n"
     "13.020 B A 1:1 101\n"
     "14.000 A RA 101:101 1\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: a window's probes answered, none when the next was due, and later it is gone: a limit of its own",
     DATA
     "1.000 A A 100:100 1\n"
     "1.010 B A 1:1 101 win 0\n"
     "1.500 A A 100:100 1\n"
     "1.510 B A 1:1 101 win 0\n"
     "2.500 B A 1:1 101\n"
     "2.510 A R 101:101\n",
     "closed_rst complete none client end_detected ETIMEDOUT/ECONNRESET",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: the same, and gone before the next was due: nothing tells why",
     DATA
     "1.000 A A 100:100 1\n"
     "1.010 B A 1:1 101 win 0\n"
     "1.500 A A 100:100 1\n"
     "1.510 B A 1:1 101 win 0\n"
     "2.480 B A 1:1 101\n"
     "2.490 A R 101:101\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"silent: data sent twice and never acknowledged, then gone: it had given up",
     DATA
     "1.000 A PA 101:201 1\n"
     "1.200 A PA 101:201 1\n"
     "1.300 B FA 1:1 101\n"
     "1.310 A R 101:101\n",
     "closed_rst complete server client end_detected ETIMEDOUT/-",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"silent: data sent once, then gone: nothing tells why",
     DATA
     "1.000 A PA 101:201 1\n"
     "1.300 B FA 1:1 101\n"
     "1.310 A R 101:101\n",
     "closed_rst complete server client end_detected -/-",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"silent: SYNs one second apart, then two",
     "0.0 A S 0:0\n"
     "1.0 A S 0:0\n"
     "2.0 A S 0:0\n"
     "3.0 A S 0:0\n"
     "conn z 10.0 A S 0:0\n",
     "no_answer no_reply none none eof ETIMEDOUT/-",
     "CLOSED (snd SYN) SYN-SENT (timer give-up~) CLOSED",
     "?"},
    {"silent: SYN-ACKs stop",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.010 B SA 0:0 1\n"
     "3.010 B SA 0:0 1\n"
     "conn z 10.0 A S 0:0\n",
     "half_open no_final_ack none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED (timer give-up~) CLOSED"},
    {"silent: the next SYN-ACK is not overdue yet",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.010 B SA 0:0 1\n"
     "3.010 B SA 0:0 1\n"
     "conn z 7.2 A S 0:0\n",
     "half_open no_final_ack none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"a FIN that was not captured, its sender goes on above it",
     DATA
     "0.060 B PA 1:201 101\n"
     "0.070 A A 101:101 201\n"
     "0.090 A A 102:102 201\n"
     "0.110 B FA 201:201 102\n"
     "0.120 A A 102:102 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"an answer to the FIN that was not captured, above both FINs",
     DATA
     "0.080 A FA 101:101 1\n"
     "0.120 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"the first answer to a FIN lies above its sender's own, which is captured when repeated",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B A 2:2 102\n"
     "0.400 B FA 1:1 102\n"
     "0.410 A A 102:102 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (snd FIN+) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the same, to a FIN that was repeated: likely the first answer was the FIN",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.300 A FA 101:101 1\n"
     "0.310 B A 2:2 102 sack 101-102\n"
     "0.400 B FA 1:1 102\n"
     "0.410 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a window probe below what was acknowledged and not captured is no FIN",
     DATA
     "0.060 B A 1:1 601 win 0\n"
     "0.300 A A 600:600 1\n"
     "0.310 B A 1:1 601 win 0\n"
     "0.500 B RA 1:1 601\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"a forged FIN takes the place of the real one",
     TIMESTAMPED
     "0.030 B PA 1:101 1 ts 530 110\n"
     "0.040 A A 1:1 101 ts 140 530\n"
     "0.100 B PA 101:151 1\n"
     "0.110 A A 1:1 151 ts 210 530\n"
     "0.120 B A 101:101 1 ts 620 140\n"
     "0.200 A FA 1:1 151 ts 300 530\n"
     "1.000 B FA 101:101 1 ts 1500 140\n"
     "1.010 A A 2:2 151 ts 1110 530\n",
     "half_closed complete both none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1"},
    {"after a forged FIN the real one is acknowledged at once",
     TIMESTAMPED
     "0.030 B PA 1:101 1 ts 530 110\n"
     "0.040 A A 1:1 101 ts 140 530\n"
     "0.100 B FA 101:101 1\n"
     "0.110 A A 1:1 102 ts 210 530\n"
     "0.120 B A 101:101 1 ts 620 140\n"
     "0.130 A A 1:1 102 ts 230 530\n"
     "1.000 B FA 101:101 1 ts 1500 140\n"
     "1.010 A A 1:1 102 ts 1110 1500\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"a slow SYN-ACK makes its host seem far away, but its FIN acknowledges the peer's",
     "0.000 A S 0:0\n"
     "0.100 B SA 0:0 1\n"
     "0.110 A A 1:1 1\n"
     "0.150 A PA 1:101 1\n"
     "0.160 A FA 101:101 1\n"
     "0.190 B FA 1:1 102\n"
     "0.200 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"a RST that its receiver never got, and a FIN to it much later",
     DATA
     "0.100 A RA 101:101 1\n"
     "10.000 B FA 1:1 101\n"
     "10.010 A R 101:101\n",
     "closed_rst complete server client end_detected -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"two FINs without an answer were not received",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.400 A FA 101:101 1\n"
     "conn z 1.000 A S 0:0\n",
     "half_closed complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     SERVER_OPEN},
    {"the third acknowledgment of a FIN ends its repetition",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "0.300 B FA 1:1 2\n"
     "0.310 A A 2:2 2\n"
     "0.500 B FA 1:1 2\n"
     "0.510 A A 2:2 2\n"
     LATER,
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (timer 2MSL~) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"a timestamp that no copy but the first can have left behind",
     TIMESTAMPED
     "0.030 B FA 1:1 1 ts 530 110\n"
     "0.031 A FA 1:1 1 ts 130 510\n"
     "0.045 B A 2:2 2 ts 545 130\n"
     "0.300 B FA 1:1 2 ts 800 130\n"
     "0.310 A A 2:2 2 ts 410 545\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN+) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"simultaneous open, one SYN lost: no SYN-ACK, no duplicate",
     "0.000 A S 0:0 sackok\n"
     "0.001 B S 0:0 sackok\n"
     "0.011 B SA 0:0 1 sackok\n"
     "0.021 A A 1:1 1\n"
     "0.031 A PA 1:11 1\n"
     "0.041 B A 1:1 11\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"simultaneous open, one SYN-ACK not captured: the other was a duplicate",
     "0.000 A S 0:0 sackok\n"
     "0.001 B S 0:0 sackok\n"
     "0.011 B SA 0:0 1 sackok\n"
     "0.021 A A 1:1 1 sack 0-1\n"
     "0.031 A PA 1:11 1\n"
     "0.041 B A 1:1 11\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"a SYN repeated on the way after an ICMP error ended it",
     "0.000 A S 0:0\n"
     "0.010 R icmp 3 3 quotes A S 0:0\n"
     "0.010 A S 0:0\n",
     "refused refused none none end_detected ECONNREFUSED/-",
     "CLOSED (snd SYN) SYN-SENT (rcv ICMP?) CLOSED",
     "?"},
    {"a RST with ACK tells that the peer's FIN had not come yet",
     DATA
     "0.100 B FA 1:1 101\n"
     "0.130 A FA 101:101 2\n"
     "0.145 B RA 2:2 101\n",
     "closed_rst complete server server end_detected EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (snd RST) CLOSED"},
    {"a SYN held back before the tap, captured after its sender's SYN-ACK",
     "0.000 A S 0:0 ts 100 0\n"
     "0.010 B SA 0:0 1 ts 520 100\n"
     "0.012 B S 0:0 ts 510 0\n"
     "0.020 A A 1:1 1 ts 120 520\n"
     "0.030 A PA 1:11 1 ts 130 520\n"
     "0.040 B A 1:1 11 ts 540 130\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"the SYN-ACK was captured first, then the SYN it answers, repeated",
     "0.000 B SA 0:0 1\n"
     "1.000 A S 0:0\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n"
     "1.030 A PA 1:11 1\n"
     "1.040 B A 1:1 11\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"RSTs that were no longer exact when they came do not prove that RSTs get lost",
     DATA
     "0.100 A RA 301:301 1\n"
     "0.102 A PA 101:201 1\n"
     "0.115 B A 1:1 201\n"
     "0.116 A PA 201:301 1\n"
     "0.125 A R 201:201\n"
     "0.135 B A 1:1 301\n"
     "0.145 A R 301:301\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"a RST overtakes the ACK of the FIN, which meets no socket",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.150 B A 1:1 2\n"
     "0.151 B RA 1:1 2\n"
     "0.162 A R 2:2\n",
     "closed_rst complete client server end_detected ECONNRESET/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd RST) CLOSED"},
    {"silent: answers to what the peer says do not break a series",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.200 A FA 101:101 1\n"
     "1.300 B A 1:1 101\n"
     "1.310 A A 102:102 1\n"
     "1.600 A FA 101:101 1\n"
     "1.610 B A 1:1 101\n"
     "1.620 A A 102:102 1\n"
     LATER,
     "timed_out complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (timer give-up~) CLOSED",
     SERVER_OPEN},
    {"silent: who speaks when the next copy is overdue has not given up",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.200 A FA 101:101 1\n"
     "1.600 A FA 101:101 1\n"
     "2.500 B A 1:1 101\n"
     "2.510 A A 102:102 1\n"
     LATER,
     "half_closed complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     SERVER_OPEN},
    {"told: a FIN that met no socket is no error",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.010 B R 1:1\n",
     "closed_rst complete client server end_detected -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (gone?) CLOSED"},
    {"told: a FIN that crosses a RST is",
     DATA
     "1.000 A FA 101:101 1\n"
     "1.002 B RA 1:1 101\n",
     "closed_rst complete client server end_detected ECONNRESET/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"early: an ICMP error captured before its SYN",
     "0.000 R icmp 3 1 quotes A S 0:0\n"
     "0.001 A S 0:0\n",
     "refused refused none none end_detected EHOSTUNREACH/-",
     "CLOSED (snd SYN) SYN-SENT (rcv ICMP?) CLOSED",
     "?"},
    {"early: an ICMP error more than a second before its SYN",
     "0.000 R icmp 3 1 quotes A S 0:0\n"
     "1.001 A S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT",
     "?"},
    {"early: an ICMP error about another SYN",
     "0.000 R icmp 3 1 quotes A S 5:5\n"
     "0.001 A S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT",
     "?"},
    {"an ICMP error that overtook the SYN on its way to the tap",
     "unordered\n"
     "0.001 R icmp 3 3 quotes A S 0:0\n"
     "0.0014 A S 0:0\n",
     "refused refused none none end_detected ECONNREFUSED/-",
     "CLOSED (snd SYN) SYN-SENT (rcv ICMP?) CLOSED",
     "?"},
    {"a FIN captured just after what its sender sent next",
     TIMESTAMPED
     "0.050 A FA 1:1 1 ts 150 510\n"
     "0.0601 B A 2:2 2 ts 560 150\n"
     "0.0602 B FA 1:1 2 ts 560 150\n"
     "0.070 A A 2:2 2 ts 170 560\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"the same without timestamps",
     OPEN
     "0.0500 A FA 1:1 1\n"
     "0.0601 B A 2:2 2\n"
     "0.0602 B FA 1:1 2\n"
     "0.0700 A A 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"data that acknowledges the FIN meets a closed application",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.15005 B PA 1:51 2\n"
     "0.160 A R 2:2\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"a RST with the sum that a network card would complete, where all others are right",
     DATA
     "0.100 A R 101:101 partsum\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the FIN was damaged, and its repetition not captured",
     OPEN
     "0.100 A FA 1:1 1 badsum\n"
     "0.310 B FA 1:1 2\n"
     "0.320 A A 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"both FINs unseen, and one record tells of both",
     DATA
     "0.110 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a FIN may hide among the last numbers that nothing captured had",
     DATA
     "0.090 B A 1:1 302\n"
     "0.110 B FA 1:1 302\n"
     "0.120 A A 302:302 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"unseen FIN: too close to the other to tell which came first",
     TIMESTAMPED
     "0.0500 A FA 1:1 1 ts 150 510\n"
     "0.0702 A A 2:2 2 ts 170 560\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a FIN while own data is repeated: an own FIN may wait behind it",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.300 A PA 101:201 1\n"
     "0.310 B FA 1:1 101\n"
     "0.320 A A 201:201 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"fast open, but the SYN was not captured",
     "0.0000 B SA 0:0 1\n"
     "0.0005 B PA 1:101 1\n"
     "0.0006 B FA 101:101 1\n"
     "0.0100 A A 1:1 1\n"
     "0.0101 A A 1:1 102\n",
     "half_closed complete server none eof EOF/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED (rcv FIN+) CLOSE-WAIT",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"fast open: the SYN-ACK was captured after what its sender sent next",
     "0.0000 A S 0:5 sackok ts 100 0 tfo 0x0123456789abcdef\n"
     "0.0100 B FA 301:301 6 ts 510 100\n"
     "0.0101 B PA 1:301 6 ts 510 100\n"
     "0.0102 B SA 0:0 6 sackok ts 510 100\n"
     "0.0202 A A 6:6 1 ts 120 510\n"
     "0.0300 B A 302:302 6 ts 530 120\n"
     "0.2300 B FPA 1:301 6 ts 730 120\n"
     "0.2400 A FA 6:6 302 ts 340 730\n"
     "0.2500 B A 302:302 7 ts 750 340\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"fast open: neither the SYN-ACK nor the first ACK was captured",
     "0.0000 A S 0:5 tfo 0x0123456789abcdef\n"
     "0.0120 B PA 1:301 6\n"
     "0.0121 B FA 301:301 6\n"
     "0.0202 A A 6:6 1\n"
     "0.0370 A FA 6:6 302\n"
     "0.0470 B A 302:302 7\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"fast open: a FIN that may have been sent before acknowledges what came since",
     "0.0000 A S 0:5 tfo 0x0123456789abcdef\n"
     "0.0100 B SA 0:0 6\n"
     "0.0101 B PA 1:301 6\n"
     "0.0200 A A 6:6 301\n"
     "0.0300 A PA 6:106 301\n"
     "0.2300 B FA 301:301 106\n"
     "0.2400 A A 106:106 302\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) "
     "FIN-WAIT-2"},
    {"a FIN held back before the tap, captured after newer copies of data: its echo shows that it was taken",
     TIMESTAMPED
     "0.0300 B PA 1:101 1 ts 530 120\n"
     "0.0400 A A 1:1 101 ts 140 530\n"
     "0.0500 B PA 1:101 1 ts 555 120\n"
     "0.0520 B FA 101:101 1 ts 550 140\n"
     "0.0620 A FA 1:1 102 ts 162 550\n"
     "0.0720 B A 102:102 2 ts 570 162\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"unseen FIN: its sender's next word answers something old, not the peer's FIN",
     DATA
     "0.060 A FA 101:101 1\n"
     "0.068 A A 101:101 1\n"
     "0.078 B A 2:2 102\n"
     "0.290 B FA 1:1 102\n"
     "0.300 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"unseen FIN: its sender's next word comes too late to be the answer to the peer's FIN",
     DATA
     "0.060 A FA 101:101 1\n"
     "0.078 B A 2:2 102\n"
     "0.290 B FA 1:1 102\n"
     "0.300 A A 102:102 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"after a repeated SYN-ACK a FIN goes out as the peer's comes: it may have waited",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.030 B SA 0:0 1\n"
     "1.040 A A 1:1 1\n"
     "1.050 A PA 1:51 1\n"
     "1.060 B PA 1:201 51\n"
     "1.070 A A 51:51 201\n"
     "1.072 A FA 51:51 201\n"
     "1.082 B A 201:201 52\n"
     "1.0821 B FA 201:201 52\n"
     "1.092 A A 52:52 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"the same, but the FIN goes out later: it did not wait",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.030 B SA 0:0 1\n"
     "1.040 A A 1:1 1\n"
     "1.050 A PA 1:51 1\n"
     "1.060 B PA 1:201 51\n"
     "1.070 A A 51:51 201\n"
     "1.072 A FA 51:51 201\n"
     "1.082 B A 201:201 52\n"
     "1.0921 B FA 201:201 52\n"
     "1.102 A A 52:52 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"midstream: whether the silent side had closed before, nothing tells",
     "0.000 B PA 1:5 1\n"
     "0.010 A A 1:1 5\n"
     "0.040 B FA 5:5 1\n",
     "half_closed unseen server none eof EOF/-",
     "? (seen open?) ESTABLISHED (rcv FIN?) CLOSE-WAIT",
     "? (seen open?) ESTABLISHED (snd FIN?) FIN-WAIT-1"},
    {"a FIN, and 5 ms later the ACK of the other",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1050 B FA 1:1 101\n"
     "0.1101 B A 2:2 102\n"
     "0.1150 A A 102:102 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the same, 42 us apart: they may have come the other way round",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B FA 1:1 101\n"
     "0.110042 B A 2:2 102\n"
     "0.1200 A A 102:102 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"both sides open, and tell how far they are; so refused, and then the other opens, is another connection",
     CROSSING
     "0.100 A S 0:0\n"
     "0.110 B RA 0:0 1\n"
     "0.131 B S 500:500\n"
     "0.141 A RA 500:500 501\n",
     "refused refused none server end_detected -/ECONNREFUSED",
     "CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED"},
    {"the same, but the other opened before the RST arrived: one connection",
     CROSSING
     "0.100 A S 0:0\n"
     "0.110 B RA 0:0 1\n"
     "0.119 B S 500:500\n"
     "0.129 A RA 500:500 501\n",
     "refused refused none unknown end_detected ECONNREFUSED/ECONNREFUSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED"},
    {"a forged SYN-ACK where the real one was not captured",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.030 A PA 1:101 1\n"
     "0.040 B A 1:1 101\n"
     "0.050 B PA 1:11 101\n"
     "0.100 B SA 11:11 101\n"
     "0.110 A A 101:101 11\n"
     "0.200 B PA 11:21 101\n"
     "0.210 A A 101:101 21\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"both sides open, and each is refused: their attempts cross",
     "isn A 1000000\nisn B 2000000\n" /* a RST that answers a SYN has number 0 */
     "0.000 A S 0:0\n"
     "0.001 B RA -2000000:-2000000 1\n"
     "0.004 B S 0:0\n"
     "0.024 A RA -1000000:-1000000 1\n",
     "refused refused none server end_detected ECONNREFUSED/ECONNREFUSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED"},
    {"the side that refused opens itself, seconds later",
     "0.000 A S 0:0\n"
     "0.010 B RA -2000000:-2000000 1\n"
     "2.000 B S 0:0\n"
     "2.010 A SA 0:0 1\n"
     "2.020 B A 1:1 1\n",
     "open complete none none eof -/-",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED",
     CLIENT_OPEN},
    {"Fast Open: the server's answer shows that the handshake's ACK came, and it closes later",
     "0.000 A S 0:10 tfo 0x0102030405060708\n"
     "0.010 B SA 0:0 11\n"
     "0.020 A PA 11:21 1\n"
     "0.030 B A 1:1 21\n"
     "0.031 B PA 1:101 21\n"
     "0.041 A A 21:21 101\n"
     "0.050 B FA 101:101 21\n"
     "0.060 A A 21:21 102\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"acknowledgments of the data say nothing of the FIN behind it, which is lost three times",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B PA 1:51 101\n"
     "0.120 A A 102:102 51\n"
     "0.300 A FA 101:101 51\n"
     "0.310 B PA 51:101 101\n"
     "0.320 A A 102:102 101\n"
     "0.700 A FA 101:101 101\n"
     "0.710 B PA 101:151 101\n"
     "0.720 A A 102:102 151\n"
     "1.500 A FA 101:101 151\n"
     "1.510 B A 151:151 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a forged byte lies where the FIN belongs: its receiver takes the FIN for old",
     TIMESTAMPED
     "0.030 A PA 1:2 1\n"
     "0.040 B A 1:1 2 ts 540 120\n"
     "0.100 A FA 1:1 1 ts 200 540\n"
     "0.110 B A 1:1 2 ts 610 120 sack 1-2\n",
     "half_closed complete client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN},
    {"a FIN behind a hole, and an older acknowledgment is captured after the one that says so",
     OPEN
     "0.030 A PA 1:51 1\n"
     "0.031 A PA 51:101 1\n"
     "0.032 A PA 101:201 1\n"
     "0.033 A FA 201:201 1\n"
     "0.043 B A 1:1 101 sack 201-202\n"
     "0.044 B A 1:1 51\n"
     "0.240 A PA 101:201 1\n"
     "0.250 B A 1:1 202\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"only the answer to the FIN's repetition was captured: the first copy had come",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.300 A FA 1:1 1\n"
     "0.310 B A 1:1 2 sack 1-2\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"the peer's FIN acknowledges the data that was repeated: an own FIN may have waited behind it",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.300 A PA 101:201 1\n"
     "0.310 B FA 1:1 201\n"
     "0.320 A A 201:201 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"two SYN-ACKs with different numbers, and the client took the second",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.012 B SA 5000:5000 1\n"
     "0.022 A A 1:1 5001\n"
     "0.030 A PA 1:11 5001\n"
     "0.040 B A 5001:5001 11\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a FIN that was not captured, and its acknowledgment was damaged at first",
     DATA
     "0.060 B PA 1:11 101\n"
     "0.070 A A 101:101 11\n"
     "0.110 B A 11:11 102 badsum\n"
     "0.310 B A 11:11 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"the FIN was lost, and its repetition, which came, not captured",
     TIMESTAMPED
     "0.030 B FA 1:1 1 ts 530 120\n"
     "0.040 A A 1:1 2 ts 140 530\n"
     "0.100 A FA 1:1 2 ts 200 530\n"
     "0.430 B A 2:2 2 ts 930 520\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"the FIN was damaged, and a forged byte acknowledged in its place",
     TIMESTAMPED
     "0.030 B FA 1:1 1 ts 530 120\n"
     "0.040 A A 1:1 2 ts 140 530\n"
     "0.100 A FA 1:1 2 ts 200 530 badsum\n"
     "0.200 A PA 1:2 2\n"
     "0.210 B A 2:2 2 ts 710 140\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2"},
    {"a clock of 10 ms dates the FIN that was not captured",
     "0.000 A S 0:0 sackok ts 100 0\n"
     "0.010 B SA 0:0 1 sackok ts 510 100\n"
     "0.020 A A 1:1 1 ts 102 510\n"
     "0.520 A PA 1:101 1 ts 152 510\n"
     "0.530 B A 1:1 101 ts 1030 152\n"
     "1.000 B PA 1:11 102 ts 1500 172\n"
     "1.010 A A 102:102 11 ts 201 1500\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"a clock of 10 ms on a short way: the FIN that was not captured was sent one tick later",
     "0.0000 A S 0:0 sackok ts 100 0\n"
     "0.0010 B SA 0:0 1 sackok ts 510 100\n"
     "0.0011 A A 1:1 1 ts 100 510\n"
     "0.5000 B PA 1:11 2 ts 1010 101\n"
     "0.5001 A A 2:2 11 ts 150 1010\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"the SYN is repeated, its first copy lost: one SYN-ACK, and no handshake to measure",
     "0.000 A S 0:0\n"
     "1.000 A S 0:0\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"simultaneous close: TIME-WAIT runs from the acknowledgment of the FIN",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.101 B FA 1:1 1\n"
     "0.211 A A 2:2 2\n"
     "0.312 B A 2:2 2\n"
     LATER,
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT (timer 2MSL~) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT (timer 2MSL~) CLOSED"},
    {"closed for sending amid a transfer, which goes on long after the FIN is acknowledged",
     DATA
     "0.0510 A FA 101:101 1\n"
     "0.0520 B PA 1:101 101\n"
     "0.0530 B PA 101:201 101\n"
     "0.0540 B PA 201:301 101\n"
     "0.0550 B PA 301:401 101\n"
     "0.0560 B PA 401:501 101\n"
     "0.0612 B PA 501:601 102\n"
     "0.0700 B PA 601:701 102\n"
     "0.0710 B PA 701:801 102\n"
     "0.0720 B PA 801:901 102\n"
     "0.0730 B PA 901:1001 102\n"
     "0.0740 B PA 1001:1101 102\n"
     "0.0840 A A 102:102 1101\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a SYN-ACK that acknowledges nothing moves nobody",
     "0.000 A S 0:0\n"
     "0.700 B SA -5000:-5000 0\n"
     "0.701 B SA 0:0 1\n"
     "0.710 A R 0:0\n"
     "0.711 A A 1:1 1\n"
     "0.721 A PA 1:11 1\n"
     "0.731 B PA 1:51 11\n"
     "0.741 A A 11:11 51\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"data after close, answered by a RST some while later",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "0.200 B PA 1:11 2\n"
     "0.215 A R 2:2\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"the tap is beside the server: its data is captured just before the ACK that let it go",
     "0.00000 B SA 0:0 1\n"
     "0.03998 B PA 1:101 1\n"
     "0.04000 A A 1:1 1\n"
     "0.05000 A PA 1:51 101\n"
     "0.05000 B A 101:101 51\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED",
     SERVER_OPEN},
    {"the first answer to a FIN lies above its sender's own, and answers a repetition of data",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B A 2:2 102 sack 51-101\n"
     "0.400 B FA 1:1 102\n"
     "0.410 A A 102:102 2\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (snd FIN+) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the FIN's repetition was not captured, and both sides happen to use the same numbers",
     "isn A 3000000\n"
     "isn B 3000000\n"
     "0.000 A S 0:0 sackok ts 100 0\n"
     "0.010 B SA 0:0 1 sackok ts 510 100\n"
     "0.020 A A 1:1 1 ts 120 510\n"
     "0.030 B FA 1:1 1 ts 530 120\n"
     "0.040 A A 1:1 2 ts 140 530\n"
     "0.100 A FA 1:1 2 ts 200 530\n"
     "0.120 A A 2:2 2 ts 220 530\n"
     "0.430 B A 2:2 2 ts 930 520\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"a SYN-ACK twelve seconds after the SYN is no measure of the way",
     "0.000 A S 0:0\n"
     "12.000 B SA 0:0 1\n"
     "12.020 A A 1:1 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"TIME-WAIT starts again with whatever comes late",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "5.000 B A 2:2 2\n"
     LATER,
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (timer 2MSL~) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"a SYN inside an open connection, and the peer ends that with a RST",
     DATA
     "0.100 A S 9000:9000\n"
     "0.150 B RA 1:1 101\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"the server's side only: its RST acknowledges one number more, which is no word on a FIN",
     "0.010 B SA 0:0 1\n"
     "0.030 B PA 1:101 11\n"
     "0.040 B A 101:101 21\n"
     "0.050 B RA 101:101 22\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED (rcv RST?) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"the FIN came, and its acknowledgment by one who is still open came late, with a newer timestamp",
     TIMESTAMPED
     "0.100 A FA 1:1 1 ts 200 510\n"
     "0.430 B A 1:1 2 ts 930 520\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"silent: two keep-alive probes are no series, and no limit applies to them",
     DATA
     "20.000 A A 100:100 1\n"
     "21.000 A A 100:100 1\n"
     "conn z 2000.000 A S 0:0\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"an ACK far beyond any window, and a byte there: the sender is not believed",
     DATA
     "0.100 A A 1500000000:1500000000 1\n"
     "0.110 A PA 1500000000:1500000001 1\n"
     "0.120 B A 1:1 101\n"
     "0.200 A PA 101:151 1\n"
     "0.210 B A 1:1 151\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"midstream: the first that is seen of a side lies below what its peer acknowledges",
     "0.000 B A 1:1 101\n"
     "0.010 A A 51:51 1\n"
     "0.020 A PA 101:111 1\n"
     "0.030 B A 1:1 111\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"midstream: a SYN with the next number is no late one",
     "0.000 A A 1:1 1\n"
     "0.010 B A 1:1 1\n"
     "0.100 A S 1:1\n"
     "0.110 B A 1:1 1\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"each is refused, and the number of the one lies in the upper half: its RST had none",
     "isn A 1000000\n"
     "isn B 4000000000\n"
     "0.000 A S 0:0\n"
     "0.001 B RA 294967296:294967296 1\n"
     "0.003 B S 0:0\n"
     "0.023 A RA -1000000:-1000000 1\n",
     "refused refused none server end_detected ECONNREFUSED/ECONNREFUSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (rcv RST?) CLOSED"},
    {"fast open: nothing of the server is captured but its last word; its FIN stood alone",
     "0.0000 A S 0:5 tfo 0x0123456789abcdef\n"
     "0.0202 A A 6:6 1\n"
     "0.0205 A A 6:6 301\n"
     "0.0207 A FA 6:6 302\n"
     "0.0307 B A 302:302 7\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) "
     "TIME-WAIT"},
    {"nothing of the server is captured but its last word: its FIN may be what one ACK covers with its data",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.021 A PA 1:101 1\n"
     "0.060 A FA 101:101 302\n"
     "0.070 B A 302:302 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"the SYN-ACK and the first ACK are not captured, so the FIN may be below the first number that is known",
     "0.000 A S 0:0\n"
     "0.060 A FA 1:1 2\n"
     "0.070 B A 2:2 2\n",
     "half_closed complete client none eof -/EOF",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN,ACK?) ESTABLISHED (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) "
     "FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"the server's own last word shows one number more than what was acknowledged",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.021 A PA 1:101 1\n"
     "0.050 A A 101:101 201\n"
     "0.110 B A 202:202 101\n"
     "0.120 A FA 101:101 202\n",
     "closed_fin complete server none eof EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"data in the SYN, and the next number is behind it: the SYN-ACK, which was not captured, took it",
     "0.000 A S 0:10\n"
     "0.020 A PA 11:21 1\n"
     "0.030 B A 1:1 21\n"
     "0.040 B PA 1:51 21\n"
     "0.050 A A 21:21 51\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"all that the client sent is below its peer's acknowledgments: nothing hides",
     "0.010 B SA 0:0 1\n"
     "0.020 A A 1:1 1\n"
     "0.030 B PA 1:101 1\n"
     "0.040 A A 1:1 101\n"
     "0.050 B FA 101:101 1\n"
     "0.060 A A 1:1 102\n",
     "half_closed complete server none eof EOF/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED (rcv FIN+) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"a FIN that was not captured: the SYN was held back, and its sender's clock runs no slower for that",
     "0.0080 A S 0:0 sackok ts 100 0\n"
     "0.0181 B SA 0:0 1 sackok ts 510 100\n"
     "0.0282 A A 1:1 1 ts 129 510\n"
     "0.0390 A PA 1:51 1 ts 139 510\n"
     "0.0492 B PA 1:201 51 ts 541 139\n"
     "0.0594 B FA 201:201 51 ts 551 139\n"
     "0.0796 B A 202:202 52 ts 571 170\n"
     "0.2999 A FA 51:51 202 ts 400 551\n"
     "0.3100 B A 202:202 52 ts 802 400\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"a FIN that was not captured: the SYN-ACK's timestamp is a cookie, and tells nothing of its sender's clock",
     "0.0000 A S 0:0 sackok ts 100 0\n"
     "0.0100 B SA 0:0 1 sackok ts 430 100\n"
     "0.0200 A A 1:1 1 ts 120 430\n"
     "0.0300 A PA 1:51 1 ts 130 430\n"
     "0.0400 B PA 1:201 51 ts 540 130\n"
     "0.0550 A FA 51:51 201 ts 155 540\n"
     "0.0750 A A 52:52 202 ts 175 565\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a FIN that was not captured left long before the peer's can have come: by its clock, certainly",
     "0.0000 A S 0:0 sackok ts 100 0\n"
     "0.0100 B SA 0:0 1 sackok ts 510 100\n"
     "0.0200 A A 1:1 1 ts 120 510\n"
     "0.0300 A PA 1:51 1 ts 130 510\n"
     "0.0400 B A 1:1 51 ts 540 130\n"
     "0.0600 B FA 1:1 51 ts 560 130\n"
     "0.0605 B A 2:2 52 ts 560 150\n"
     "0.2900 A FA 51:51 2 ts 390 560\n"
     "0.3000 B A 2:2 52 ts 800 390\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN+) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN+) TIME-WAIT"},
    {"a FIN is repeated once and then no more: it was answered, though the answer was not captured",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B FA 1:1 102\n"
     "0.325 B FA 1:1 102\n"
     "conn z 2.000 A S 0:0\n",
     "closed_fin complete client none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"a FIN is repeated once, and the capture ends before the next copy was due: it had not come, but its ACK had",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B FA 1:1 102\n"
     "0.325 B FA 1:1 102\n"
     "conn z 0.800 A S 0:0\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"a FIN is repeated once and then no more, as a RST ended it",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B FA 1:1 102\n"
     "0.325 B FA 1:1 102\n"
     "0.400 B RA 2:2 102\n"
     "conn z 2.000 A S 0:0\n",
     "half_open complete client server eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (snd RST) CLOSED"},
    {"a FIN copied on the way is no repeated one",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B FA 1:1 102\n"
     "0.1101 B FA 1:1 102\n"
     "conn z 2.000 A S 0:0\n",
     "closed_fin complete client none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"RSTs get lost twice, but after the third its receiver asks no more: it came",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.200 B PA 1:8 101\n"
     "0.210 A R 101:101\n"
     "0.420 B PA 1:8 101\n"
     "0.430 A R 101:101\n"
     "conn z 2.000 A S 0:0\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"RSTs get lost twice, and the capture ends before its receiver would have asked again",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.200 B PA 1:8 101\n"
     "0.210 A R 101:101\n"
     "0.420 B PA 1:8 101\n"
     "0.430 A R 101:101\n"
     "conn z 0.900 A S 0:0\n",
     "half_open complete none client eof -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"RSTs get lost twice, and after the third comes a FIN that nothing follows: that one came",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.200 B PA 1:8 101\n"
     "0.210 A R 101:101\n"
     "0.300 B FA 8:8 101\n"
     "0.310 A R 101:101\n"
     "conn z 2.000 A S 0:0\n",
     "closed_rst complete server client end_detected -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"a dead path: the peer's FIN is never answered, so what it acknowledges did not come either",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.101 B FA 1:1 101\n"
     "0.330 A FA 101:101 1\n"
     "0.331 B FA 1:1 101\n"
     "0.560 A FA 101:101 1\n"
     "0.561 B FA 1:1 101\n"
     "0.571 A A 102:102 2\n"
     "conn z 1.500 A S 0:0\n",
     "timed_out complete both none eof EOF/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (timer give-up~) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1"},
    {"the peer's FIN is never acknowledged, but answered: it is one of a forger's stream, and its ACK came",
     DATA
     "0.100 B FA 1:1 101\n"
     "0.200 A FA 101:101 1\n"
     "0.210 B A 2:2 101\n"
     "0.430 A FA 101:101 1\n"
     "0.440 B A 2:2 101\n"
     "0.450 A A 102:102 2\n"
     "conn z 1.500 A S 0:0\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the handshake's ACK is lost: the FIN after it is sent twice, and nobody answers",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.330 A FA 1:1 1\n"
     "conn z 1.000 A S 0:0\n",
     "half_open no_final_ack client none eof -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"the handshake's ACK may have come: the FIN after it is sent twice, and then the capture ends",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.330 A FA 1:1 1\n"
     "conn z 0.500 A S 0:0\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT"},
    {"a FIN is copied on the way and not answered: that tells nothing of the handshake's ACK",
     OPEN
     "0.1000 A FA 1:1 1\n"
     "0.1001 A FA 1:1 1\n"
     "conn z 1.000 A S 0:0\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT"},
    {"its socket was gone when the answer to its FIN came: it had aborted",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B FA 1:1 102\n"
     "0.120 A R 102:102\n",
     "closed_rst complete client client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"an acknowledgment of its FIN that is answered by a RST at once finds no socket",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B A 1:1 102\n"
     "0.120 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"an acknowledgment of its FIN, and a RST later: that answers data that was not captured",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B A 1:1 102\n"
     "0.150 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"an acknowledgment of its FIN, and then data that draws a RST",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B A 1:1 102\n"
     "0.1101 B PA 1:51 102\n"
     "0.1200 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"FIN-WAIT-2 timed out: the FIN was not repeated for long, so an earlier acknowledgment of it had come",
     DATA
     "0.100 A FA 101:101 1\n"
     "3.100 B FA 1:1 102\n"
     "3.110 A R 102:102\n",
     "closed_rst complete client client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"a FIN is taken, its receiver aborts, and the FIN's repetition meets no socket",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.330 A FA 101:101 1\n"
     "0.340 B R 1:1\n",
     "closed_rst complete client server end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (gone?) CLOSED"},
    {"the only FIN meets no socket",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B R 1:1\n",
     "closed_rst complete client server end_detected -/-",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED",
     SERVER_OPEN " (gone?) CLOSED"},
    {"both opened at once, and one SYN was not captured: who sent a SYN answers only a SYN by a SYN-ACK",
     "0.0000 A S 0:0\n"
     "0.0100 B SA 0:0 1\n"
     "0.0101 A SA 0:0 1\n"
     "0.0200 A A 1:1 1\n"
     "0.0201 B A 1:1 1\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"both opened at once, one SYN was not captured, and the other's SYN-ACK came first",
     "0.0000 A S 0:0\n"
     "0.0100 A SA 0:0 1\n"
     "0.0101 B SA 0:0 1\n"
     "0.0200 B A 1:1 1\n"
     "0.0201 A A 1:1 1\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED"},
    {"a SYN-ACK is refused that acknowledges what was never sent: its receiver is still opening",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 77\n"
     "0.020 A R 77:77\n"
     "conn z 0.100 A S 0:0\n",
     "aborted_handshake no_final_ack none client eof -/-",
     "CLOSED (snd SYN?) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv RST (passive)?) LISTEN"},
    {"a FIN was held back behind the tap: the acknowledgment of the other side's came first",
     DATA
     "0.1000 B FA 1:1 101\n"
     "0.1080 A FA 101:101 1\n"
     "0.1101 A A 102:102 2\n"
     "0.1300 B A 2:2 102\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN CLOSES_FIRST},
    {"a FIN was held back before the tap: what its sender sent after it has the next number, and is no data",
     TIMESTAMPED
     "0.0300 A A 2:2 1 ts 140 520\n"
     "0.0310 A FA 1:1 1 ts 130 510\n"
     "0.0700 A RA 2:2 1 ts 180 520\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (snd RST) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"the proof of a FIN echoes its second copy's timestamp: the first did not come",
     TIMESTAMPED
     "0.0300 A FA 1:1 1 ts 130 510\n"
     "0.0301 B FA 1:1 1 ts 530 120\n"
     "0.0400 A A 2:2 2 ts 140 530\n"
     "0.2500 A FA 1:1 2 ts 350 530\n"
     "0.2590 B A 2:2 2 ts 760 350\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"a FIN and its ACK of the other's were held back: they came together, after that was repeated",
     TIMESTAMPED
     "0.0500 B FA 1:1 1 ts 550 120\n"
     "0.0600 A FA 1:1 2 ts 160 550\n"
     "0.0640 B FA 1:1 1 ts 564 120\n"
     "0.0790 B A 2:2 2 ts 579 160\n"
     "0.0800 A A 2:2 2 ts 180 564\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"fast open: the SYN-ACK is sent again after what its sender said next, so that the first was lost",
     "0.0000 A S 0:5 sackok ts 100 0 tfo 0x0123456789abcdef\n"
     "0.0100 B PA 1:301 6 ts 510 100\n"
     "0.0101 B FA 301:301 6 ts 510 100\n"
     "1.0000 A S 0:0 sackok ts 1100 0\n"
     "1.0100 B SA 0:0 6 sackok ts 1510 100\n"
     "1.0200 A A 6:6 1 ts 1120 1510\n"
     "4.0000 B FPA 1:301 6 ts 4500 1120\n"
     "4.0100 A FA 6:6 302 ts 4110 4500\n"
     "4.0200 B A 302:302 7 ts 4520 4110\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"fast open: data lost behind the tap, and the FIN after it came: nobody acknowledges either",
     "0.0000 A S 0:5 tfo 0x0123456789abcdef sackok\n"
     "0.0100 B SA 0:0 6 sackok\n"
     "0.0106 B PA 1:301 6\n"
     "0.0106 B FA 301:301 6\n"
     "0.0200 A A 6:6 1\n"
     "0.0205 A A 6:6 1 sack 301-302\n"
     "0.0300 B R 1:1\n"
     "conn z 1.000 A S 0:0\n",
     "closed_rst complete server server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (gone?) CLOSED"},
    {"a forged SYN-ACK at the FIN's number hides no FIN",
     TIMESTAMPED
     "0.0300 B SA 1:1 1\n"
     "0.0400 A A 1:1 1 ts 140 510\n"
     "0.0500 A FA 1:1 1 ts 150 510\n"
     "0.0700 A A 2:2 2 ts 170 560\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"in FIN-WAIT-2 a FIN is answered at once: the first copy was lost, and the second met no socket",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B A 1:1 102\n"
     "3.000 B FA 1:1 102\n"
     "3.230 B FA 1:1 102\n"
     "3.240 A R 102:102\n",
     "closed_rst complete client client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv RST?) CLOSED"},
    {"a FIN and the answer to the peer's were lost before the tap: which was first, the answer to a copy does not tell",
     TIMESTAMPED
     "0.0500 A FA 1:1 1 ts 150 510\n"
     "0.2800 A FA 1:1 1 ts 380 510\n"
     "0.2900 B A 2:2 2 ts 790 380 sack 1-2\n"
     "0.2920 B FA 1:1 2 ts 792 380\n"
     "0.3020 A A 2:2 2 ts 402 792\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a SYN-ACK is refused that does not even acknowledge the SYN: its receiver is still opening",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 0\n"
     "0.020 A R 0:0\n"
     "conn z 0.100 A S 0:0\n",
     "half_open no_final_ack none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"packets are counted before a FIN, but the last of them has no count: nothing tells that a FIN was lost",
     DATA
     "0.100 A A 101:101 1 ipid 0\n"
     "0.500 A FA 101:101 1 ipid 2\n"
     "0.510 B A 1:1 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"packets are counted before a FIN, but the last of them was cut into several: nothing tells that a FIN was lost",
     DATA
     "0.100 A PA 101:2101 1\n"
     "0.120 B A 1:1 2101\n"
     "0.500 A FA 2101:2101 1 ipid 6\n"
     "0.510 B A 1:1 2102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"packets are counted before a FIN, and one is missing: a FIN was lost in front of the tap",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.120 B A 1:1 201\n"
     "0.500 A FA 201:201 1 ipid 6\n"
     "0.510 B A 1:1 202\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"the acknowledgment of a FIN is answered by a RST, but not at once: it answers something else",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B A 1:1 102\n"
     "0.1230 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"the acknowledgment of a FIN is answered by a RST within what a stack takes",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B A 1:1 102\n"
     "0.1216 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"the acknowledgment of a FIN with data is answered by a RST: a closed socket refuses data so",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.110 B PA 1:51 102\n"
     "0.120 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (snd RST) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"both closed, and a FIN came late by less than a stack takes to answer: their order stays",
     DATA
     "0.1000 B FA 1:1 101\n"
     "0.1080 A FA 101:101 1\n"
     "0.1101 A A 102:102 2\n"
     "0.1195 B A 2:2 102\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"a FIN that came late to who had not closed: what came meanwhile moved nobody",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1010 A A 102:102 1\n"
     "0.1300 B A 1:1 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a FIN with data that was answered late by who had not closed: a RST below it came after it",
     OPEN
     "0.100 A FA 1:101 1\n"
     "0.101 A R 1:1\n"
     "0.130 B A 1:1 102\n",
     "half_open complete client client eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"RSTs in the name of one who acknowledges more afterwards were not its own",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.200 B PA 1:8 101\n"
     "0.210 A R 101:101\n"
     "0.420 B PA 1:8 101\n"
     "0.430 A R 101:101\n"
     "0.440 A A 101:101 8\n"
     "conn z 2.000 A S 0:0\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a reset two hops away, and a third host's TTL it is: it was sent on the path",
     DATA
     "0.060 B A 1:1 101\n"
     "0.100 B R 1:1 ttl 62\n",
     "half_open complete none unknown eof ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN},
    {"a RST below the FIN that its receiver has taken, by more than one: it is outside",
     DATA
     "0.1000 B FA 1:1 101\n"
     "0.1010 B R 0:0\n",
     "half_open complete server server eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (snd RST?) CLOSED"},
    {"a RST at the FIN's own number: it may have been sent before the FIN, and is taken",
     DATA
     "0.1000 B FA 1:1 101\n"
     "0.1010 B R 1:1\n",
     "closed_rst complete server server end_detected EPIPE/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (rcv RST?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED"},
    {"midstream: a RST with timestamps and ACK is the first of its sender: it had a connection",
     "0.000 B PA 1:11 50 ts 600 500\n"
     "0.010 A RA 50:50 11 ts 510 600\n",
     "closed_rst unseen none client end_detected -/ECONNRESET",
     "? (seen open?) ESTABLISHED (snd RST) CLOSED",
     "? (seen open?) ESTABLISHED (rcv RST?) CLOSED"},
    {"an ICMP error is the last that is heard of a connection",
     DATA
     "5.000 R icmp 3 1 quotes A A 101:101 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"an acknowledgment of its FIN meets no socket, and so does its copy",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B A 1:1 102\n"
     "0.1101 B A 1:1 102\n"
     "0.1200 A R 102:102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"an acknowledgment of its FIN meets no socket, and data after that neither",
     DATA
     "0.1000 A FA 101:101 1\n"
     "0.1100 B A 1:1 102\n"
     "0.1200 A R 102:102\n"
     "0.1300 B PA 1:51 102\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"packets are counted before a FIN, and the last of them was as large as one can be: a FIN was lost after it",
     DATA
     "0.100 A PA 101:637 1\n"
     "0.120 B A 1:1 637\n"
     "0.500 A FA 637:637 1 ipid 6\n"
     "0.510 B A 1:1 638\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"packets are counted before a FIN, and three are missing: three FINs were lost",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.120 B A 1:1 201\n"
     "3.500 A FA 201:201 1 ipid 8\n"
     "3.510 B A 1:1 202\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a FIN behind a closed window may have waited since before the peer's FIN came",
     DATA
     "0.060 A PA 101:201 1\n"
     "0.070 B A 1:1 201 win 0\n"
     "0.300 B FA 1:1 201 win 0\n"
     "0.320 A A 201:201 2\n"
     "0.500 B A 2:2 201 win 64\n"
     "0.520 A FPA 201:251 2\n"
     "0.530 B A 2:2 252\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN CLOSES_FIRST},
    {"a FIN behind as much as is allowed at first may have waited, too",
     DATA
     "0.060 A A 101:1561 1\n"
     "0.060 A A 1561:3021 1\n"
     "0.060 B FA 1:1 101\n"
     "0.081 A A 3021:4481 2\n"
     "0.081 A FPA 4481:4581 2\n"
     "0.091 B A 2:2 4582\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN CLOSES_FIRST},
    {"both opened at once, and one closes before its SYN can have been acknowledged",
     CROSSING
     "0.100 A S 0:0\n"
     "0.101 B S 0:0\n"
     "0.110 B SA 0:0 1\n"
     "0.111 A SA 0:0 1\n"
     "0.112 B FA 1:1 1\n"
     "0.122 A A 1:1 2\n",
     "half_closed complete server none eof EOF/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN+) ESTABLISHED (rcv "
     "FIN+) CLOSE-WAIT",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) "
     "FIN-WAIT-2"},
    {"both opened at once, and one had given up when the other's SYN came",
     "isn A 1000000\nisn B 2000000\n" /* a RST that answers a SYN has number 0 */
     "0.000 A S 0:0\n"
     "0.003 B S 0:0\n"
     "0.010 B RA -2000000:-2000000 1\n"
     "0.013 A SA 0:0 1\n"
     "0.023 B R 1:1\n",
     "refused refused none server end_detected ECONNRESET/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN+) SYN-RECEIVED (rcv RST?) CLOSED",
     "CLOSED (snd SYN) SYN-SENT (snd RST) CLOSED"},
    {"a RST is numbered by data that did not acknowledge the FIN: it came before the ACK that did",
     DATA
     "0.060 A PA 101:131 1\n"
     "0.060 A FA 131:131 1\n"
     "0.070 B PA 1:31 131\n"
     "0.070 B FA 31:31 131\n"
     "0.070 B A 32:32 132\n"
     "0.080 A R 131:131\n"
     "0.080 A R 131:131\n"
     "0.080 A R 132:132\n",
     "closed_rst complete both client end_detected -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv RST?) CLOSED"},
    {"a burst of RSTs, and what its receiver had under way: the last came",
     DATA
     "0.060 A PA 101:201 1\n"
     "0.070 B R 1:1\n"
     "0.086 A PA 201:301 1\n"
     "0.087 B R 1:1\n"
     "0.088 A PA 301:401 1\n"
     "0.098 B R 1:1\n",
     "closed_rst complete none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     SERVER_OPEN " (gone?) CLOSED"},
    {"the ACK of a FIN and then a RST; what comes later meets no socket",
     DATA
     "0.060 A FA 101:101 1\n"
     "0.070 B A 1:1 102\n"
     "0.074 B RA 1:1 102 ttl 51\n"
     "0.180 B PA 1:11 102\n"
     "0.190 A R 102:102\n",
     "closed_rst complete client unknown end_detected ECONNRESET/EPIPE",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"a SYN-ACK thrice, and no answer: none came",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.010 B SA 0:0 1\n"
     "3.010 B SA 0:0 1\n",
     "half_open no_final_ack none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"a listener that forgot the SYN, for an ICMP error, answers its copy with another number",
     "0.000 A S 0:0\n"
     "0.010 B SA -90000:-90000 1\n"
     "0.012 R icmp 3 3 quotes B SA -90000:-90000 1\n"
     "1.000 A S 0:0\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n"
     "1.030 A PA 1:101 1\n"
     "1.040 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (request gone?) LISTEN (rcv SYN?) SYN-RECEIVED (rcv ACK of SYN+) "
     "ESTABLISHED"},
    {"a listener that forgot the SYN, and answers its second copy with another number",
     "0.000 A S 0:0\n"
     "0.010 B SA -90000:-90000 1\n"
     "1.000 A S 0:0\n"
     "3.000 A S 0:0\n"
     "3.010 B SA 0:0 1\n"
     "3.020 A A 1:1 1\n"
     "3.030 A PA 1:101 1\n"
     "3.040 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (request gone?) LISTEN (rcv SYN?) SYN-RECEIVED (rcv ACK of SYN+) "
     "ESTABLISHED"},
    {"a forged FIN is taken, and its acknowledgment of the FIN with it",
     TIMESTAMPED
     "0.030 B FA 1:1 1 ts 530 120\n"
     "0.060 A FA 1:1 2\n"
     "0.070 B A 2:2 2 ts 570 120\n",
     "half_closed complete server none eof EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN+) FIN-WAIT-2 (rcv FIN+) TIME-WAIT"},
    {"a FIN that was held behind the tap for a hole: of two copies, who has it before the second was sent got the first",
     TIMESTAMPED
     "0.040 A PA 101:201 1 ts 140 510\n"
     "0.040 A FA 201:201 1 ts 140 510\n"
     "0.048 A PA 1:101 1 ts 140 510\n"
     "0.050 B A 1:1 1 ts 550 120 sack 101-201\n"
     "0.054 B FA 1:1 1 ts 554 120 sack 101-201\n"
     "0.058 B A 2:2 202 ts 558 140\n"
     "0.064 A A 202:202 2 ts 164 554\n"
     "0.300 A FA 201:201 2 ts 400 554\n"
     "0.310 B A 2:2 202 ts 810 400\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN+) CLOSING (rcv ACK of FIN+) TIME-WAIT"},
    {"a FIN behind data that its sender repeats from further back may have waited",
     DATA
     "0.060 A PA 101:201 1\n"
     "0.061 A PA 201:301 1\n"
     "0.070 B A 1:1 201\n"
     "0.071 B A 1:1 301\n"
     "0.300 A PA 101:201 1\n"
     "0.400 B FA 1:1 301\n"
     "0.410 A A 301:301 2\n"
     "0.410 A FA 301:301 2\n"
     "0.420 B A 2:2 302\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN CLOSES_FIRST},
    {"a FIN that acknowledges the peer's is repeated and never answered, and the peer had to repeat "
     "its own: nothing came",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.310 A FA 1:1 1\n"
     "0.320 B FA 1:1 2\n"
     "0.530 B FA 1:1 2\n"
     "0.950 B FA 1:1 2\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"packets are counted, and a FIN was lost after the peer's came: which was first is presumed",
     "0.000 A S 0:0 ipid 1\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A A 1:1 1 ipid 2\n"
     "0.030 A PA 1:101 1 ipid 3\n"
     "0.050 B A 1:1 101\n"
     "1.000 B FA 1:1 101\n"
     "1.245 A FA 101:101 2 ipid 6\n"
     "1.255 B A 2:2 102\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN CLOSES_FIRST},
    {"by fast open: a RST at the number after the SYN's data, and its receiver talks on: it did not come",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B SA 0:0 101\n"
     "0.020 A R 101:101\n"
     "0.210 B PA 1:51 101\n",
     "aborted_handshake no_final_ack none client eof -/-",
     "CLOSED (snd SYN?) SYN-SENT (snd RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"by fast open: a RST inside the SYN's data, and its receiver talks on: it was asked for another",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B SA 0:0 101\n"
     "0.020 A R 51:51\n"
     "0.210 B PA 1:51 101\n",
     "aborted_handshake no_final_ack none client eof -/-",
     "CLOSED (snd SYN?) SYN-SENT (snd RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED"},
    {"two copies of data within a hundredth of a second are no timer: their sender may still be "
     "waiting when a RST comes that the dead path swallows",
     OPEN
     "0.100 A PA 1:101 1 ipid 7\n"
     "0.105 A PA 1:101 1 ipid 8\n"
     "0.150 B PA 1:51 1\n"
     "0.400 B PA 1:51 1\n"
     "0.800 B PA 1:51 1\n"
     "0.900 B R 51:51\n"
     "1.000 B R 51:51\n",
     "half_open complete none server eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN " (snd RST?) CLOSED"},
    {"data and then more of it from the same number: nothing shows that the first was ignored",
     OPEN
     "1.000 A PA 1:51 1\n"
     "1.300 A PA 1:101 1\n"
     LATER,
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"a RST without the timestamps that its sender has: perhaps it is not the sender's",
     "0.000 A S 0:0 sackok ts 100 0\n"
     "0.010 B SA 0:0 1 sackok ts 510 100\n"
     "0.011 B RA 1:1 1\n"
     "0.020 A A 1:1 1 ts 120 510\n",
     "aborted_handshake no_final_ack none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd RST?) CLOSED"},
    {"the same with them: it is",
     "0.000 A S 0:0 sackok ts 100 0\n"
     "0.010 B SA 0:0 1 sackok ts 510 100\n"
     "0.011 B RA 1:1 1 ts 511 100\n"
     "0.020 A A 1:1 1 ts 120 510\n",
     "aborted_handshake no_final_ack none server end_detected ECONNRESET/-",
     CLIENT_OPEN " (rcv RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (snd RST) CLOSED"},
    {"a RST from the path, after a FIN that was not captured",
     DATA
     "0.060 B A 1:1 101\n"
     "0.070 B A 1:1 101\n"
     "0.100 B A 1:1 102\n"
     "0.200 B R 1:1 ttl 51\n",
     "half_open complete client unknown eof ECONNRESET/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv RST?) CLOSED",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"a FIN that was held back in front of the tap, after the peer's that was not captured",
     TIMESTAMPED
     "0.030 A PA 1:101 1 ts 130 510\n"
     "0.050 B A 1:1 101 ts 550 130\n"
     "0.110 B A 2:2 102 ts 611 200\n"
     "0.118 B FA 1:1 102 ts 610 200\n",
     "closed_fin complete client none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK"},
    {"by fast open its server speaks before it is answered, and its SYN-ACK was not captured",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B PA 1:51 101\n"
     "0.020 A A 101:101 51\n"
     "0.030 A FA 101:101 51\n"
     "0.040 B FA 51:51 102\n"
     "0.050 A A 102:102 52\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK "
     "(rcv ACK of FIN?) CLOSED"},
    {"the same, and it took more than what came with the SYN",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.001 A PA 101:201 0\n"
     "0.010 B PA 1:51 201\n"
     "0.020 A A 201:201 51\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the same, and it did not take what came with the SYN",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B PA 1:51 1\n"
     "0.020 A PA 1:101 51\n"
     "0.030 B A 51:51 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the data of a SYN is sent again: its SYN-ACK, which was not captured, acknowledged the SYN alone",
     "isn A 3000000000\n"
     "isn B 1000000\n"
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.020 A A 1:1 1\n"
     "0.030 A PA 1:101 1\n"
     "0.050 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"who answers a FIN late, from above its own that was not captured, may have answered before",
     DATA
     "0.060 B PA 1:51 101\n"
     "0.070 A A 101:101 51\n"
     "0.100 B FA 51:51 101\n"
     "0.500 A A 102:102 52\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the same, and something old came just before: that it answers, and its own FIN had answered the peer's",
     DATA
     "0.060 B PA 1:51 101\n"
     "0.070 A A 101:101 51\n"
     "0.100 B FA 51:51 101\n"
     "0.490 B PA 1:51 101\n"
     "0.500 A A 102:102 52\n",
     "closed_fin complete server none eof EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"the same, but that was long ago",
     DATA
     "0.060 B PA 1:51 101\n"
     "0.070 A A 101:101 51\n"
     "0.100 B FA 51:51 101\n"
     "0.200 B PA 1:51 101\n"
     "0.500 A A 102:102 52\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the same, but nothing old came: an acknowledgment from above the FIN",
     DATA
     "0.060 B PA 1:51 101\n"
     "0.070 A A 101:101 51\n"
     "0.100 B FA 51:51 101\n"
     "0.490 B A 52:52 101\n"
     "0.500 A A 102:102 52\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"the same, but what it sent itself just before is nothing that came",
     DATA
     "0.060 B PA 1:51 101\n"
     "0.070 A A 101:101 51\n"
     "0.100 B FA 51:51 101\n"
     "0.495 A A 101:101 51\n"
     "0.500 A A 102:102 52\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"neither FIN was captured, and two segments of one side tell of them, one after the other",
     DATA
     "0.100 B A 2:2 101\n"
     "0.200 B A 2:2 102\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"one segment tells of both FINs, and one of them is sent again later",
     DATA
     "0.100 B A 2:2 102\n"
     "0.320 A FA 101:101 2\n"
     "0.330 B A 2:2 102\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"a FIN that was not captured is dated by its repetition, not by what is sent above it meanwhile",
     DATA
     "0.060 B FA 1:1 101\n"
     "0.110 A A 102:102 2\n"
     "0.250 A A 102:102 2\n"
     "0.335 A FA 101:101 2\n"
     "0.345 B A 2:2 102\n",
     "closed_fin complete both none end_detected EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT",
     SERVER_OPEN CLOSES_FIRST},
    {"a FIN that was not captured is not dated by a FIN with another number",
     DATA
     "0.200 B FA 1:1 101\n"
     "0.400 A A 102:102 2\n"
     "0.650 A FA 100:100 1\n",
     "closed_fin complete both none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv FIN?) CLOSING",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv FIN?) CLOSING (rcv ACK of FIN?) TIME-WAIT"},
    {"an acknowledgment of a FIN that echoes the segment before it says nothing of when the FIN left",
     TIMESTAMPED
     "0.050 A PA 1:101 1 ts 150 510\n"
     "0.300 B A 1:1 102 ts 800 150\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"midstream: what comes after a minute is no answer, and tells no distance",
     "0.060 A FA 1:1 2\n"
     "70.070 B A 2:2 2\n",
     "closed_fin unseen server none end_detected -/EOF",
     "? (seen peer closed?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     "? (seen closed first?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT (timer 2MSL~) CLOSED"},
    {"a FIN completes the handshake, and its receiver waits before it answers: nothing came before it",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A FA 1:1 1\n"
     "0.030 A A 2:2 1\n"
     "0.200 B A 1:1 2\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"FIN-WAIT-2 of who says again what it had acknowledged runs out: its application has closed",
     DATA
     "0.060 B PA 1:201 101\n"
     "0.070 A A 101:101 201\n"
     "0.080 A FA 101:101 201\n"
     "0.090 B A 201:201 102\n"
     "10.000 B A 200:200 102\n"
     "10.010 A A 102:102 201\n"
     LATER,
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (timer FIN-WAIT-2~) CLOSED",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"TIME-WAIT is counted from when a FIN came that had been held back behind the tap",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B A 1:1 2\n"
     "1.000 B FA 1:1 2\n"
     "1.055 A A 2:2 2\n"
     LATER,
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST " (timer 2MSL~) CLOSED",
     SERVER_OPEN CLOSES_LAST},
    {"three copies that nothing answered, and a RST when the fourth was due: it gave up",
     DATA
     "1.000 A PA 101:201 1\n"
     "1.200 A PA 101:201 1\n"
     "1.600 A PA 101:201 1\n"
     "2.400 A RA 201:201 1\n",
     "half_open complete none client eof ETIMEDOUT/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"midstream: who sends without timestamps, with them, and without, never agreed on them",
     "0.000 A A 1:1 1\n"
     "0.010 A PA 1:11 1 ts 100 50\n"
     "0.020 A PA 11:21 1 ts 110 50\n"
     "0.030 A PA 21:31 1\n"
     "0.040 B A 1:1 31\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"half closed, and much goes on before the FIN is acknowledged, and after",
     DATA
     "0.060 B PA 1:11 101\n"
     "0.070 A A 101:101 11\n"
     "0.080 A FA 101:101 11\n"
     "0.090 B PA 11:21 101\n"
     "0.091 A A 102:102 21\n"
     "0.092 B PA 21:31 101\n"
     "0.093 A A 102:102 31\n"
     "0.094 B PA 31:41 101\n"
     "0.095 A A 102:102 41\n"
     "0.096 B PA 41:51 101\n"
     "0.097 A A 102:102 51\n"
     "0.120 B PA 51:61 102\n"
     "0.121 A A 102:102 61\n"
     "0.122 B PA 61:71 102\n"
     "0.123 A A 102:102 71\n"
     "0.124 B PA 71:81 102\n"
     "0.125 A A 102:102 81\n"
     "0.126 B PA 81:91 102\n"
     "0.127 A A 102:102 91\n"
     "0.128 B PA 91:101 102\n"
     "0.129 A A 102:102 101\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"bytes that were not captured in the midst of a long transfer, and are acknowledged",
     DATA
     "0.060 B PA 1:11 101\n"
     "0.061 A PA 101:201 11\n"
     "0.070 B A 11:11 201\n"
     "0.071 A PA 201:301 11\n"
     "0.080 B A 11:11 301\n"
     "0.081 A PA 301:401 11\n"
     "0.090 B A 11:11 401\n"
     "0.091 A PA 501:601 11\n"
     "0.100 B A 11:11 601\n"
     "0.101 A PA 601:701 11\n"
     "0.110 B A 11:11 701\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"an acknowledgment is captured before the data that it follows, and stands there again",
     DATA
     "0.0600 A A 201:201 1\n"
     "0.0605 A PA 101:201 1\n"
     "0.070 B A 1:1 201\n"
     "0.080 A A 201:201 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"both open, and one acknowledges another number than the other's: that tells no distance",
     "0.000 A S 0:0\n"
     "0.001 B S 1:1\n"
     "0.002 B S 1:1\n"
     "0.011 A SA 0:0 1\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN?) SYN-RECEIVED",
     "CLOSED (snd SYN) SYN-SENT"},
    {"who sent nonsense has refused nothing: its SYN crosses the other's",
     "0.000 A S 0:0\n"
     "0.010 B SAF 0:0 1\n"
     "0.030 B S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN?) SYN-RECEIVED",
     "CLOSED (snd SYN) SYN-SENT"},
    {"packet counts that grow by one as often as not do not tell how many FINs were lost",
     "0.000 A S 0:0 ipid 1\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A A 1:1 1 ipid 2\n"
     "0.030 A PA 1:101 1 ipid 9\n"
     "0.050 B A 1:1 101\n"
     "0.060 A PA 101:201 1 ipid 10\n"
     "0.080 B A 1:1 201\n"
     "0.090 A PA 201:301 1 ipid 19\n"
     "0.110 B A 1:1 301\n"
     "1.200 A FA 301:301 1 ipid 21\n"
     "1.210 B A 1:1 302\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"packets are counted, but how far one end is nothing tells: when a FIN was lost is not known",
     "0.000 A S 0:0 ipid 1\n"
     "0.500 A S 0:0 ipid 2\n"
     "0.510 B SA 0:0 1\n"
     "0.520 A A 1:1 1 ipid 3\n"
     "0.530 A PA 1:101 1 ipid 4\n"
     "0.550 B A 1:1 101\n"
     "1.000 A FA 101:101 1 ipid 6\n"
     "1.010 B A 1:1 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a forged FIN, then one byte at its number, and the true FIN",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.200 A PA 101:102 1\n"
     "0.300 A FA 102:102 1\n"
     "0.310 B A 1:1 103\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"a FIN with an acknowledgment of what was there a quarter of a billion bytes ago is forged",
     OPEN
     "0.100 B PA 300000001:300000101 1\n"
     "0.110 A A 1:1 300000101\n"
     "0.200 A FA 1:1 1\n"
     "0.300 B PA 300000101:300000201 1\n"
     "0.310 A A 1:1 300000201\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a FIN far ahead, but within a window that is scaled: what lies before it was not captured",
     "0.000 A S 0:0 ws 7\n"
     "0.010 B SA 0:0 1 ws 0\n"
     "0.020 A A 1:1 1 win 100\n"
     "0.100 B FA 10001:10001 1\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1"},
    {"the same, where the other one scales",
     "0.000 A S 0:0 ws 0\n"
     "0.010 B SA 0:0 1 ws 7 win 100\n"
     "0.020 A A 1:1 1\n"
     "0.030 B A 1:1 1 win 100\n"
     "0.100 A FA 10001:10001 1\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"an acknowledgment tells of data that was not captured, and the data is sent again: it was lost "
     "in front of the tap",
     DATA
     "0.060 A A 201:201 1\n"
     "0.300 A PA 101:201 1\n"
     "0.310 B A 1:1 201\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the same, and it had gone on meanwhile",
     DATA
     "0.060 A A 201:201 1\n"
     "0.061 A PA 201:301 1\n"
     "0.300 A PA 101:201 1\n"
     "0.310 B A 1:1 301\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"data crosses a FIN that is lost, and is acknowledged from above it",
     DATA
     "0.100 A FA 101:101 1\n"
     "0.105 B PA 1:51 101\n"
     "0.110 A A 102:102 51\n"
     "0.310 A FA 101:101 51\n"
     "0.320 B A 51:51 102\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT"},
    {"what lies before a hole and comes again does not fill it: a FIN behind it waits on",
     OPEN
     "0.100 B PA 1:101 1\n"
     "0.101 B FA 201:201 1\n"
     "0.111 A A 1:1 101 sack 201-202\n"
     "0.140 B PA 1:101 1\n",
     "half_closed complete server none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN " (snd FIN) FIN-WAIT-1"},
    {"a forged FIN without timestamps, and its sender's own byte at that number: what is acknowledged is the byte",
     TIMESTAMPED
     "0.100 A FA 1:1 1\n"
     "0.200 A PA 1:2 1 ts 300 510\n"
     "0.210 B A 1:1 2 ts 710 300\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a forged FIN with an old timestamp, and its sender's own byte at that number: what is acknowledged is the byte",
     TIMESTAMPED
     "0.050 B FA 1:1 1 ts 150 120\n"
     "0.060 B PA 1:2 1 ts 560 120\n"
     "0.070 A A 1:1 2 ts 170 560\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"two RSTs that missed their number were answered by its receiver going on; one that meets it is taken",
     DATA
     "0.100 A R 150:150\n"
     "0.200 B PA 1:11 101\n"
     "0.210 A A 101:101 11\n"
     "0.300 A R 151:151\n"
     "0.400 B PA 11:21 101\n"
     "0.410 A A 101:101 21\n"
     "0.500 A R 101:101\n",
     "closed_rst complete none client end_detected -/ECONNRESET",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (rcv RST?) CLOSED"},
    {"three copies that nobody answers, and much later a RST that answers the peer: it had timed out by then",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.300 A PA 101:201 1\n"
     "0.700 A PA 101:201 1\n"
     "9.000 B FA 1:1 101\n"
     "9.010 A R 101:101\n",
     "closed_rst complete server client end_detected ETIMEDOUT/-",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"the same, and ICMP errors: the last of them is the reason",
     DATA
     "0.100 A PA 101:201 1\n"
     "0.300 A PA 101:201 1\n"
     "0.305 R icmp 3 1 quotes A PA 101:201 1\n"
     "0.700 A PA 101:201 1\n"
     "9.000 B FA 1:1 101\n"
     "9.010 A R 101:101\n",
     "closed_rst complete server client end_detected EHOSTUNREACH/-",
     CLIENT_OPEN " (gone?) CLOSED",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv RST?) CLOSED"},
    {"the peer's FIN opens the window that was closed: what follows it may have waited, and the FIN behind it",
     DATA
     "0.060 B A 1:1 101 win 0\n"
     "0.300 B FA 1:1 101 win 64\n"
     "0.310 A A 101:101 2\n"
     "0.310 A PA 101:151 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"after a RST both numbers are far from all that was used: the next connection, whose handshake was not captured",
     DATA
     "0.100 B RA 1:1 101\n"
     "0.200 A A 900001:900001 900101\n"
     "0.210 A PA 900001:900101 900101\n"
     "0.220 B A 900101:900101 900101\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"a SYN inside, captured twice, and answered: the next connection",
     DATA
     "isn A 7000000\n"
     "isn B 8000000\n"
     "1.000 A S 0:0 ipid 9\n"
     "1.001 A S 0:0 ipid 9\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"a SYN inside that nobody answers is the last of its connection",
     DATA
     "isn A 7000000\n"
     "1.000 A S 0:0\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"closed, and an acknowledgment of what was never sent: no other connection",
     OPEN
     "0.100 A FA 1:1 1\n"
     "0.110 B FA 1:1 2\n"
     "0.120 A A 2:2 2\n"
     "1.000 A A 2:2 300002\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"a forged FIN above the peer's last number hides no FIN that was not captured",
     TIMESTAMPED
     "0.060 B FA 2:2 1\n"
     "0.100 A FA 1:1 2 ts 200 530\n"
     "0.110 B A 2:2 2 ts 610 200\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT"},
    {"a SYN meets what is left of an older connection, refuses its answer, and is repeated: no other connection",
     "0.000 A S 0:0\n"
     "0.010 B A 3000000:3000000 -2000000\n"
     "0.020 A R -2000000:-2000000\n"
     "1.000 A S 0:0\n"
     "1.010 B SA 0:0 1\n"
     "1.020 A A 1:1 1\n"
     "1.030 A PA 1:101 1\n"
     "1.040 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"what answers a FIN that was not captured is kept, however much comes behind it",
     OPEN
     "0.050 A PA 1:101 1\n"
     "0.060 B A 1:1 101\n"
     "0.070 B PA 1:51 101\n"
     "0.110 A A 102:102 51\n"
     "0.120 B A 51:51 102\n"
     "0.200 B PA 51:61 102\n"
     "0.210 A A 102:102 61\n"
     "0.220 B PA 61:71 102\n"
     "0.230 A A 102:102 71\n"
     "0.240 B PA 71:81 102\n"
     "0.250 A A 102:102 81\n"
     "0.260 B PA 81:91 102\n"
     "0.270 A A 102:102 91\n",
     "half_closed complete client none eof -/EOF",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2",
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT"},
    {"an older report of what lies behind a hole, captured after the hole was filled",
     OPEN
     "0.100 A PA 1:51 1\n"
     "0.100 A PA 51:101 1\n"
     "0.101 A FA 101:101 1\n"
     "0.120 B A 1:1 1 sack 51-102\n"
     "0.160 A PA 1:51 1\n"
     "0.161 B A 1:1 102\n"
     "0.190 B A 1:1 1 sack 51-101\n"
     "0.300 B FA 1:1 102\n"
     "0.310 A A 102:102 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"the window of a damaged segment is no window that shrinks",
     DATA
     "0.200 B A 1:1 101 win 65535 badsum\n"
     "0.300 B A 1:1 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"nothing but FINs was captured, and one of them lies above its sender's own",
     "0.000 A FA 5001:5001 9001\n"
     "0.010 B FA 9001:9001 5002\n"
     "0.020 A FA 5002:5002 9002\n",
     "closed_fin unseen client none end_detected EOF/EOF",
     "? (seen open?) ESTABLISHED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     "? (seen open?) ESTABLISHED (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"a RST of one who never acknowledged anything, captured twice, is one",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A R 1:1 ipid 4\n"
     "0.021 A R 1:1 ipid 4\n",
     "aborted_handshake no_final_ack none client end_detected -/-",
     "CLOSED (snd SYN?) SYN-SENT (snd RST?) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv RST (passive)?) LISTEN"},
    {"what does not even acknowledge the SYN-ACK offers no window: the FIN behind it was held back by none",
     OPEN
     "0.030 A PA 1:101 0 win 0\n"
     "0.040 B A 1:1 101\n"
     "0.100 A FA 101:101 1\n"
     "0.110 B FA 1:1 102\n",
     "closed_fin complete client none eof EOF/EOF",
     CLIENT_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     SERVER_OPEN " (rcv FIN+) CLOSE-WAIT (snd FIN) LAST-ACK"},
    {"the peer's FIN came while much was under way, and more follows: that may have waited",
     OPEN
     "0.060 A PA 1:1461 1\n"
     "0.065 B FA 1:1 1\n"
     "0.085 A PA 1461:2921 2\n"
     "0.300 A PA 2921:4381 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"the peer's FIN came while much was under way, and nothing follows that could have waited",
     OPEN
     "0.060 A PA 1:1461 1\n"
     "0.065 B FA 1:1 1\n"
     "0.085 A A 1461:1461 2\n"
     "0.300 A PA 1:1461 2\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN+) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"fast open: an acknowledgment of more than the SYN had, sent before the FIN, shows that the ACK had come",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B SA 0:0 101\n"
     "0.011 B PA 1:51 101\n"
     "0.020 A A 101:101 51\n"
     "0.030 A PA 101:201 51\n"
     "0.040 B A 51:51 201\n"
     "0.050 B FA 51:51 201\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN) FIN-WAIT-1"},
    {"fast open: an acknowledgment of just what the SYN had shows nothing of the ACK",
     "0.000 A S 0:100 tfo 0x0123456789abcdef\n"
     "0.010 B SA 0:0 101\n"
     "0.011 B PA 1:51 101\n"
     "0.020 A A 101:101 51\n"
     "0.040 B A 51:51 101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"fast open: a SYN-ACK that was not captured did not acknowledge what was sent after the SYN",
     "0.000 A S 0:10 tfo 0x0123456789abcdef\n"
     "0.030 B A 1:1 21\n"
     "0.050 A A 21:21 51\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a keep-alive has the number of the SYN, and is none",
     "0.000 A S 0:0\n"
     "1.000 A A 0:1 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"the next connection of the tuple begins unseen, in TIME-WAIT: its numbers lie behind both FINs",
     OPEN
     "0.100 B FA 1:1 1\n"
     "0.110 A FA 1:1 2\n"
     "0.300 A A 4000001:4000001 65540\n"
     "0.310 A PA 4000001:4000101 65540\n"
     "0.320 B A 65540:65540 4000101\n",
     "midstream unseen none none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED"},
    {"by fast open, its SYN not captured: a server speaks at once, and its client has gone",
     "0.010 B SA 0:0 6\n"
     "0.011 B PA 1:301 6\n"
     "0.020 A R 6:6\n"
     "0.021 A R 6:6\n",
     "stray no_final_ack none client end_detected -/ECONNRESET",
     "CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv RST?) CLOSED"},
    {"keep-alive: two probes unanswered, and a RST when the third was due: its own time-out",
     OPEN
     "1.000 A A 0:0 1\n"
     "1.010 B A 1:1 1\n"
     "2.000 A A 0:0 1\n"
     "3.000 A A 0:0 1\n"
     "4.010 A RA 1:1 1\n",
     "half_open complete none client eof ETIMEDOUT/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"keep-alive: two probes unanswered, and a RST before the third was due: its application's",
     OPEN
     "1.000 A A 0:0 1\n"
     "1.010 B A 1:1 1\n"
     "2.000 A A 0:0 1\n"
     "3.000 A A 0:0 1\n"
     "3.500 A RA 1:1 1\n",
     "half_open complete none client eof -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"keep-alive: two probes unanswered, and a RST long after the third was due: its application's",
     OPEN
     "1.000 A A 0:0 1\n"
     "1.010 B A 1:1 1\n"
     "2.000 A A 0:0 1\n"
     "3.000 A A 0:0 1\n"
     "9.000 A RA 1:1 1\n",
     "half_open complete none client eof -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN},
    {"a SYN forged in the name of who is in TIME-WAIT: its ACK has the old numbers, and it did not ask",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.020 A A 1:1 1\n"
     "0.030 A FA 1:1 1\n"
     "0.040 B FA 1:1 2\n"
     "0.050 A A 2:2 2\n"
     "0.100 A S 100000:100000\n"
     "0.110 B SA 5000000:5000000 100001\n"
     "0.120 A A 2:2 2\n"
     "0.130 B R 2:2\n"
     "1.110 B SA 5000000:5000000 100001\n"
     "1.120 A R 100001:100001\n",
     "aborted_handshake no_final_ack none client eof -/-",
     "?",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv RST (passive)?) LISTEN"},
    {"an ACK of the connection before comes late, and the SYN was its sender's own",
     "0.000 A S 100000:100000\n"
     "0.010 B SA 5000000:5000000 100001\n"
     "0.011 A A 2:2 2\n"
     "0.020 A A 100001:100001 5000001\n"
     "0.030 A PA 100001:100101 5000001\n"
     "0.040 B A 5000001:5000001 100101\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a forged FIN without timestamps, and the SYN-ACK that agreed on them was not captured",
     "0.000 A S 0:0 sackok ts 100 0\n"
     "0.020 A A 1:1 1 ts 120 510\n"
     "0.025 A PA 1:201 1 ts 125 510\n"
     "0.035 B PA 1:1001 201 ts 535 125\n"
     "0.045 A A 201:201 1001 ts 145 535\n"
     "0.100 A FA 301:301 1001\n"
     "0.110 B A 1001:1001 201 ts 610 145\n"
     "0.200 A PA 201:211 1001 ts 300 610\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the ACKs of the data, of the FIN and of its copy pass the tap at once, and late",
     TIMESTAMPED
     "0.100 B PA 1:101 1 ts 600 120\n"
     "0.10001 B FA 101:101 1 ts 600 120\n"
     "0.10002 B FA 101:101 1 ts 600 120\n"
     "0.120 A A 1:1 101 ts 220 600\n"
     "0.12000 A A 1:1 102 ts 220 600 sack 101-102\n"
     "0.12001 A FA 1:1 102 ts 220 600\n"
     "0.130 B A 102:102 2 ts 630 220\n",
     "closed_fin complete server none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_LAST,
     SERVER_OPEN CLOSES_FIRST},
    {"half of the segments agree with a clock: that is not enough to tell by it what was held back",
     "0.000 A S 0:0 ts 100 0\n"
     "0.020 A A 1:1 1 ts 120 510\n"
     "0.030 A A 2:2 1 ts 140 520\n"
     "0.070 A RA 2:2 1 ts 180 520\n",
     "closed_rst complete client client end_detected -/EPIPE",
     CLIENT_OPEN " (snd FIN?) FIN-WAIT-1 (snd RST) CLOSED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (rcv FIN?) CLOSE-WAIT (rcv RST?) CLOSED"},
    {"a segment a minute later is no witness of what was held back",
     "0.000 A S 0:0 ts 100 0\n"
     "0.020 A A 1:1 1 ts 120 510\n"
     "70.040 A A 1:1 2 ts 140 530\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"later than by its timestamp, but by less than a tick and a path waver: it was not held back",
     "0.020 A A 1:1 1 ts 120 510\n"
     "0.050 A FA 1:1 1 ts 149 511\n"
     "0.270 A A 2:2 2 ts 170 560\n",
     "closed_fin unseen client none end_detected EOF/EOF",
     "? (seen open?) ESTABLISHED (snd FIN) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     "? (seen open?) ESTABLISHED (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"an acknowledgment below the one before it acknowledges nothing anew",
     "0.010 B SA 0:0 1\n"
     "0.030 B RA 101:101 22\n"
     "0.050 B PA 1:101 10\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED",
     SERVER_OPEN},
    {"who speaks before the handshake's ACK, and acknowledges but the SYN, has shown nothing of that ACK",
     "0.001 B SA 0:0 1\n"
     "0.020 B PA 1:6 1\n"
     "0.021 A A 1:1 1\n"
     "0.051 B PA 1:6 1\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN+) SYN-SENT (rcv SYN,ACK+) ESTABLISHED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"a damaged FIN, and an acknowledgment below it: nothing shows that another copy was sent",
     "0.012 B PA 1:301 6\n"
     "0.013 B FA 301:301 6 badsum\n"
     "0.020 A A 6:6 1\n",
     "half_closed unseen server none eof -/-",
     "? (seen open?) ESTABLISHED",
     "? (seen open?) ESTABLISHED (snd FIN?) FIN-WAIT-1"},
    {"a FIN that was not captured is dated by what shows it, where no copy of it was captured",
     "0.000 B PA 9001:9101 5001\n"
     "0.010 A A 5002:5002 9101\n"
     "0.030 A A 5002:5002 9102\n",
     "closed_fin unseen client none end_detected EOF/EOF",
     "? (seen open?) ESTABLISHED (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2 (rcv FIN?) TIME-WAIT",
     "? (seen open?) ESTABLISHED (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"data that came late because its request did is no repetition: no FIN waited behind it",
     OPEN
     "0.030 A PA 1:51 1\n"
     "0.040 B A 1:1 51\n"
     "5.000 A PA 51:101 1\n"
     "5.010 B PA 1:201 101\n"
     "5.020 A A 101:101 201\n"
     "5.100 A FA 101:101 201\n"
     "5.110 B A 201:301 102\n"
     "5.110 B FA 301:301 102\n"
     "5.120 A A 102:102 302\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"a late answer may be a repetition, but where its FIN is next, nothing more is let go by the peer's FIN",
     OPEN
     "0.030 A PA 1:51 1\n"
     "0.040 B A 1:1 51\n"
     "9.300 B PA 1:201 51\n"
     "9.310 A A 51:51 201\n"
     "19.800 A FA 51:51 201\n"
     "19.810 B FA 201:201 52\n"
     "19.820 A A 52:52 202\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"a late answer may be a repetition, and the peer's FIN lets more data go: the FIN may have waited behind that",
     OPEN
     "0.030 A PA 1:51 1\n"
     "0.040 B A 1:1 51\n"
     "0.500 B PA 1:201 51\n"
     "0.510 A A 51:51 201\n"
     "0.800 A FA 51:51 201\n"
     "0.810 B A 201:301 52\n"
     "0.810 B FA 301:301 52\n"
     "0.820 A A 52:52 302\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"the handshake's ACK was missed, and what was captured then may be another connection's: it proves nothing",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "1.000 A PA 1000000:1000010 2000000\n"
     "1.010 B A 2000000:2000000 1000010\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT (rcv SYN,ACK?) ESTABLISHED",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED"},
    {"far from the last numbers, but not from the first: an old segment, and the connection's own",
     OPEN
     "0.030 A PA 1:101 1\n"
     "0.050 A PA 40001:40101 1\n"
     "0.060 B PA 40001:40101 40101\n"
     "0.070 A PA 80001:80101 40101\n"
     "0.080 B PA 80001:80101 80101\n"
     "0.090 A PA 1:101 1\n"
     "0.095 A A 80101:80101 80101\n"
     "0.100 A FA 80101:80101 80101\n"
     "0.120 B FA 80101:80101 80102\n"
     "0.130 A A 80102:80102 80102\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN CLOSES_LAST},
    {"the SYN-ACK was missed, and a SYN of the server has the number that is expected next: it is forged",
     "0.000 A S 0:0\n"
     "0.020 A A 1:1 1\n"
     "0.030 A PA 1:11 1\n"
     "0.050 A A 11:11 21\n"
     "0.100 B S 21:21\n"
     "0.200 B PA 21:31 11\n"
     "0.210 A A 11:11 31\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a SYN waits aside, and what is far from all is far from that, too: it does not go on from it",
     DATA
     "1.000 A S 3000000:3000000\n"
     "1.100 B PA 9000001:9000101 7000001\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a SYN waits aside, its sender's peer is heard, and then somebody goes on from it: a forger may",
     DATA
     "1.000 A S 3000000:3000000\n"
     "1.010 B A 1:1 101\n"
     "1.100 A PA 3000001:3000101 9000001\n"
     "1.200 A PA 101:111 1\n"
     "1.210 B A 1:1 111\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a SYN waits aside, the server challenges it (RFC 5961 4), and later goes on from it: the RST was missed",
     DATA
     "isn A 3000000\n"
     "isn B 4000000\n"
     "1.000 A S 0:0\n"
     "1.010 B A -3999999:-3999999 -2999899\n"
     "2.010 B PA 1:21 1\n"
     "2.020 A A 1:1 21\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"a SYN never arrived, and its sender asks at once with another number: the same attempt, by the same name",
     "0.000 A S 0:0\n"
     "isn A 3000000\n"
     "0.200 A S 0:0\n"
     "0.210 B SA 0:0 1\n"
     "0.220 A A 1:1 1\n"
     "0.230 B PA 1:11 1\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"all at one moment: the FIN that an acknowledgment reveals is received before that is sent",
     "0.000 A S 0:0\n"
     "0.000 B SA 0:0 1\n"
     "0.000 A A 1:1 1\n"
     "0.000 B PA 1:11 1\n"
     "0.000 A A 1:1 12\n",
     "half_closed complete server none eof EOF/-",
     CLIENT_OPEN " (rcv FIN?) CLOSE-WAIT",
     SERVER_OPEN " (snd FIN?) FIN-WAIT-1 (rcv ACK of FIN?) FIN-WAIT-2"},
    {"midstream, one direction: a SYN that nobody answers is a connection of its own",
     "0.000 A PA 1:11 1\n"
     "0.020 A PA 11:21 1\n"
     "isn A 3000000\n"
     "0.900 A S 0:0\n",
     "no_answer no_reply none none eof -/-",
     "CLOSED (snd SYN) SYN-SENT",
     "?"},
    {"a server that closes was opened: the SYN that was missed is no forgery",
     "0.000 B SA 0:0 1\n"
     "0.010 B FA 1:1 1\n",
     "half_open no_final_ack server none eof -/-",
     "CLOSED (snd SYN+) SYN-SENT",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED (snd FIN) FIN-WAIT-1"},
    {"nothing of a side was captured but its FIN, long after the peer's: it may be a repetition",
     CROSSING
     "10.000 A S 0:0\n"
     "10.020 A A 1:1 1\n"
     "11.000 A FA 1:1 1\n"
     "11.300 B FA 1:1 2\n"
     "11.310 A A 2:2 2\n",
     "closed_fin complete client none end_detected EOF/EOF",
     CLIENT_OPEN CLOSES_FIRST,
     SERVER_OPEN " (rcv FIN?) CLOSE-WAIT (snd FIN?) LAST-ACK (rcv ACK of FIN?) CLOSED"},
    {"the server asks anew itself: that does not tell that the client had not asked",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "isn A 3000000\n"
     "isn B 4000000\n"
     "0.050 B S 0:0\n"
     "0.060 A SA 0:0 1\n"
     "0.070 B A 1:1 1\n",
     "open complete none none eof -/-",
     "LISTEN (rcv SYN+) SYN-RECEIVED (rcv ACK of SYN?) ESTABLISHED",
     CLIENT_OPEN},
    {"a SYN-ACK's timestamp has other things in its low bits (SYN cookies): it was not held back",
     "0.000 A S 0:0 sackok ts 1000 0\n"
     "0.010 B SA 0:0 1 sackok ts 440 1000\n"
     "0.020 A A 1:1 1 ts 1020 440\n"
     "0.030 A PA 1:11 1 ts 1030 440\n"
     "0.040 B PA 1:11 11 ts 530 1030\n"
     "0.230 A PA 11:21 11 ts 1230 530\n"
     "0.240 B PA 11:21 21 ts 730 1230\n"
     "0.430 A PA 21:31 21 ts 1430 730\n"
     "0.440 B PA 21:31 31 ts 930 1430\n"
     "0.450 A A 31:31 31 ts 1450 930\n",
     "open complete none none eof -/-",
     CLIENT_OPEN,
     SERVER_OPEN},
    {"the SYN-ACK draws the acknowledgment of an older connection, but then data: somebody had asked",
     "0.000 A S 0:0\n"
     "0.010 B SA 0:0 1\n"
     "0.011 A A -100000:-100000 -200000\n"
     "0.030 B PA 1:11 1\n",
     "open complete none none eof -/-",
     "CLOSED (snd SYN?) SYN-SENT (rcv SYN,ACK?) ESTABLISHED",
     SERVER_OPEN},
    {"both abort in one instant: the first in the capture did",
     DATA
     "0.100 A RA 101:101 1\n"
     "0.100 B RA 1:1 101\n",
     "closed_rst complete none client end_detected -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
    {"both abort in one instant, the server first",
     DATA
     "0.100 B RA 1:1 101\n"
     "0.100 A RA 101:101 1\n",
     "closed_rst complete none server end_detected -/-",
     CLIENT_OPEN " (snd RST) CLOSED",
     SERVER_OPEN " (snd RST) CLOSED"},
};
/* clang-format on */
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

/* orderly_talk.h - a connection that was captured whole, once and in order, line by line */
#ifndef TEST_ORDERLY_TALK_H
#define TEST_ORDERLY_TALK_H

/* clang-format off */
#define SYN "0.000 A S 0:0 mss 1460 sackok ts 10 0 ipid 1\n"
#define SYN_ACK "0.010 B SA 0:0 1 mss 1460 sackok ts 20 10 ipid 2\n"
#define ACK "0.020 A A 1:1 1 ts 30 20 ipid 3\n"
#define REQUEST "0.030 A PA 1:101 1 ts 40 20 ipid 4\n"
#define RESPONSE "0.040 B PA 1:501 101 ts 50 40 ipid 5\n"
#define FIN_A "0.050 A FA 101:101 501 ts 60 50 ipid 6\n"
#define FIN_B "0.060 B FA 501:501 102 ts 70 60 ipid 7\n"
#define LAST "0.070 A A 102:102 502 ts 80 70 ipid 8\n"
/* clang-format on */
#define OPEN SYN SYN_ACK ACK
#define TALK OPEN REQUEST RESPONSE
#define CLOSED TALK FIN_A FIN_B LAST

#endif

/* verdict.h - one sentence in plain words about a connection */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "tcptwin/event.h"

enum { VERDICT_SIZE = 320 };

/** verdict_write() - e.g. "The server refused: it answered the SYN with a RST." Never empty. */
void verdict_write(char out[static VERDICT_SIZE], const struct tcptwin_connection *connection);

#endif

/* interop.h - the names other tools give to the same connection: Community ID, Zeek, Wireshark */
#ifndef REPORT_INTEROP_H
#define REPORT_INTEROP_H

#include "tcptwin/event.h"

enum { INTEROP_COMMUNITY_ID_SIZE = 31, INTEROP_FILTER_SIZE = 256 };

/** interop_community_id() - Community ID v1, "1:" and 28 characters of base64; works either way
 * round. */
void interop_community_id(char out[static INTEROP_COMMUNITY_ID_SIZE], unsigned seed,
                          unsigned ip_version, const struct tcptwin_endpoint endpoint[static 2]);
/** interop_zeek_conn_state() - Zeek's conn_state ("S0", "SF", ...). */
const char *interop_zeek_conn_state(const struct tcptwin_connection *connection);
/** interop_wireshark_filter() - A display filter that finds the connection's packets again. */
void interop_wireshark_filter(char out[static INTEROP_FILTER_SIZE],
                              const struct tcptwin_connection *connection);

#endif

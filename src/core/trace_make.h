/* trace_make.h - see trace.h and trace_make.c */
#ifndef CORE_TRACE_MAKE_H
#define CORE_TRACE_MAKE_H

#include "trace.h"

/** trace_open() - What trace_make() begins with: the records, and what the connection knows itself. */
void trace_open(struct trace *trace, const struct conn *conn, uint64_t end_ts_ns);
/** trace_make() - Make the trace of a connection. @hosts: the two hosts' clocks. */
void trace_make(struct trace *trace, const struct conn *conn, const struct host_clock hosts[2],
                uint64_t end_ts_ns);

#endif

/* kinds.h - the reports there are; included by registry.c and by the reports themselves */
#ifndef REPORT_KINDS_H
#define REPORT_KINDS_H

#include "report.h"

extern const struct report_kind report_overview, report_timeline, report_anomalies, report_json;
extern const struct report_kind report_sockets, report_hosts, report_datagrams;
extern const struct report_kind report_findings;

#endif

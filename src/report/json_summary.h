/* json_summary.h - the last line of the JSON report */
#ifndef REPORT_JSON_SUMMARY_H
#define REPORT_JSON_SUMMARY_H

#include "findings.h"

/** json_summary_write() - One line. Output errors are left to ferror(). */
void json_summary_write(FILE *out, const struct report_summary *summary, const struct findings *findings);

#endif

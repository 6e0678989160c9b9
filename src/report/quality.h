/* quality.h - the first block of the text reports: what was read, and how good it is */
#ifndef REPORT_QUALITY_H
#define REPORT_QUALITY_H

#include "report.h"
#include "totals.h"

/** quality_write() - Inputs, packets, span, verdict and what is odd. */
void quality_write(const struct report_options *options, const struct report_summary *summary,
                   const struct totals *totals);
/** nothing_write() - "0 TCP packets of N; link type X" if there was no TCP at all. Return: whether
 * it was so. */
bool nothing_write(const struct report_options *options, const struct report_summary *summary);

#endif

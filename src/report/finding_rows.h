/* finding_rows.h - findings on paper */
#ifndef REPORT_FINDING_ROWS_H
#define REPORT_FINDING_ROWS_H

#include "findings.h"

/** finding_rows_write() - The section on top of a report: the gravest @most, each a sentence. Nothing
 * if there is nothing to say. */
void finding_rows_write(const struct report_options *options, const struct findings *findings,
                        size_t most);

#endif

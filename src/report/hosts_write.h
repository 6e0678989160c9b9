/* hosts_write.h - how the report `hosts` is written */
#ifndef REPORT_HOSTS_WRITE_H
#define REPORT_HOSTS_WRITE_H

#include "hosts_table.h"
#include "report.h"

/** hosts_write_text() - All of it. */
void hosts_write_text(const struct hosts *hosts, const struct report_options *options);
/** hosts_write_json() - `host` events: hosts, then services. */
void hosts_write_json(const struct hosts *hosts, const struct report_options *options);

#endif

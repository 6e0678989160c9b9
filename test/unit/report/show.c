/* show.c - print a report of the samples, to look at it: report_show KIND [WIDTH [ROWS [colour]]]
 */
#include "samples.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    struct report_options options = {.out = stdout, .width = 80, .max_rows = 40};
    const struct report_kind *kind = report_kind_find(argc > 1 ? argv[1] : "report");
    if (argc > 2)
        options.width = (unsigned)atoi(argv[2]);
    if (argc > 3)
        options.max_rows = (uint64_t)atoi(argv[3]);
    options.colour = argc > 4;
    struct report *report = kind ? kind->open(&options) : NULL;
    if (!report)
        return 2;
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        struct tcptwin_event event = {TCPTWIN_EVENT_CONNECTION, sample_at(i), NULL, NULL};
        kind->event(report, &event);
    }
    struct report_summary summary = sample_summary();
    kind->finish(report, &summary);
    kind->close(report);
    return 0;
}

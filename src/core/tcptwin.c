/* tcptwin.c - public functions of the core (placeholder while the core is built) */
#include "tcptwin/tcptwin.h"
#include <string.h>
struct tcptwin { struct tcptwin_options options; struct tcptwin_stats stats; };
void tcptwin_options_init(struct tcptwin_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    options->memory_limit = (size_t)8 << 30;
}
struct tcptwin *tcptwin_create(const struct tcptwin_options *options)
{
    struct tcptwin *t = options->allocator.allocate(options->allocator.user, sizeof *t);
    if (t) { memset(t, 0, sizeof *t); t->options = *options; }
    return t;
}
void tcptwin_destroy(struct tcptwin *t) { if (t) t->options.allocator.release(t->options.allocator.user, t, sizeof *t); }
void tcptwin_feed(struct tcptwin *t, const struct tcptwin_segment *s) { (void)s; t->stats.segments++; }
void tcptwin_feed_icmp(struct tcptwin *t, const struct tcptwin_icmp_error *i) { (void)i; t->stats.icmp_errors++; }
void tcptwin_advance(struct tcptwin *t, uint64_t now_ns) { (void)t; (void)now_ns; }
void tcptwin_finish(struct tcptwin *t) { (void)t; }
void tcptwin_get_stats(const struct tcptwin *t, struct tcptwin_stats *stats) { *stats = t->stats; }
const char *tcptwin_version(void) { return "0.1.0"; }

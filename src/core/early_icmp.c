/* early_icmp.c - see early_icmp.h */
#include "early_icmp.h"

#include <string.h>

#define SLACK_NS UINT64_C(1000000000)

void early_icmp_keep(struct early_icmp *early, const struct tcptwin_icmp_error *icmp)
{
    early->errors[early->next] = *icmp;
    early->next = (uint8_t)((early->next + 1) % EARLY_ICMP_MAX);
    if (early->count < EARLY_ICMP_MAX)
        early->count++;
}

static bool quotes(const struct tcptwin_icmp_error *icmp, const struct tcptwin_segment *segment)
{
    return icmp->seq == segment->seq && icmp->src_port == segment->src_port &&
           icmp->dst_port == segment->dst_port && icmp->scope == segment->scope &&
           icmp->ip_version == segment->ip_version &&
           memcmp(&icmp->src, &segment->src, sizeof icmp->src) == 0 &&
           memcmp(&icmp->dst, &segment->dst, sizeof icmp->dst) == 0;
}

bool early_icmp_take(struct early_icmp *early, const struct tcptwin_segment *segment,
                     struct tcptwin_icmp_error *icmp)
{
    for (unsigned i = 0; i < early->count; i++) {
        struct tcptwin_icmp_error *kept = &early->errors[i];
        if (!kept->ip_version || !quotes(kept, segment) || kept->ts_ns + SLACK_NS < segment->ts_ns)
            continue;
        *icmp = *kept;
        kept->ip_version = 0;
        return true;
    }
    return false;
}

/* early_icmp.h - ICMP errors that were captured before the segment they quote
 *
 * The two directions of a tap are joined with some slack: the error about a SYN may stand before the
 * SYN. The last few errors about no known connection are kept for a second of packet time.
 */
#ifndef CORE_EARLY_ICMP_H
#define CORE_EARLY_ICMP_H

#include "tcptwin/segment.h"

enum { EARLY_ICMP_MAX = 8 };

struct early_icmp {
    struct tcptwin_icmp_error errors[EARLY_ICMP_MAX]; /**< a ring */
    uint8_t count, next;
};

void early_icmp_keep(struct early_icmp *early, const struct tcptwin_icmp_error *icmp);
/**
 * early_icmp_take() - Find and remove the error about @segment, which has just come
 *
 * Return: false if there is none that is not older than a second.
 */
bool early_icmp_take(struct early_icmp *early, const struct tcptwin_segment *segment,
                     struct tcptwin_icmp_error *icmp);

#endif

/* icmp_tells.h - what an ICMP error tells the application whose segment it quotes */
#ifndef CORE_ICMP_TELLS_H
#define CORE_ICMP_TELLS_H

#include "tcptwin/vocabulary.h"

#include <stdint.h>

/**
 * icmp_tells() - The error that Linux makes of it (tcp_v4_err(), icmp_err_convert; tcp_v6_err(), icmpv6_err_convert())
 * @type_code: its type, and its code in the low byte
 * Return: TCPTWIN_APP_NONE if TCP takes no heed of it, or only of the size that it names: no attempt ends by it.
 */
enum tcptwin_app_error icmp_tells(uint32_t type_code, unsigned ip_version);

#endif

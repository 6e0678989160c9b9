/* icmp_tells.c - see icmp_tells.h
 *
 * Heeded by nobody: source quench (RFC 6633), codes that were never given out. "Fragmentation needed" and "packet too
 * big" make segments smaller, and that is all.
 */
#include "icmp_tells.h"

enum { UNREACHABLE = 3, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12 };
enum { UNREACHABLE_6 = 1, TOO_BIG_6, TIME_EXCEEDED_6, PARAMETER_PROBLEM_6 };

static enum tcptwin_app_error tells_4(unsigned type, unsigned code)
{
    static const uint8_t unreachable[] = {
        TCPTWIN_APP_ENETUNREACH,  TCPTWIN_APP_EHOSTUNREACH, TCPTWIN_APP_ENOPROTOOPT,
        TCPTWIN_APP_ECONNREFUSED, TCPTWIN_APP_NONE,         TCPTWIN_APP_EOPNOTSUPP,
        TCPTWIN_APP_ENETUNREACH,  TCPTWIN_APP_EHOSTDOWN,    TCPTWIN_APP_ENONET,
        TCPTWIN_APP_ENETUNREACH,  TCPTWIN_APP_EHOSTUNREACH, TCPTWIN_APP_ENETUNREACH,
        TCPTWIN_APP_EHOSTUNREACH, TCPTWIN_APP_EHOSTUNREACH, TCPTWIN_APP_EHOSTUNREACH,
        TCPTWIN_APP_EHOSTUNREACH};
    switch (type) {
    case UNREACHABLE:
        return code < sizeof unreachable ? unreachable[code] : TCPTWIN_APP_NONE;
    case TIME_EXCEEDED:
        return TCPTWIN_APP_EHOSTUNREACH;
    case PARAMETER_PROBLEM:
        return TCPTWIN_APP_EPROTO;
    default:
        return TCPTWIN_APP_NONE;
    }
}

static enum tcptwin_app_error tells_6(unsigned type, unsigned code)
{
    static const uint8_t unreachable[] = {TCPTWIN_APP_ENETUNREACH,  TCPTWIN_APP_EACCES, TCPTWIN_APP_EHOSTUNREACH,
                                          TCPTWIN_APP_EHOSTUNREACH, TCPTWIN_APP_ECONNREFUSED, TCPTWIN_APP_EACCES,
                                          TCPTWIN_APP_EACCES};
    switch (type) {
    case UNREACHABLE_6:
        return code < sizeof unreachable ? unreachable[code] : TCPTWIN_APP_EPROTO;
    case TIME_EXCEEDED_6:
        return TCPTWIN_APP_EHOSTUNREACH;
    case PARAMETER_PROBLEM_6:
        return TCPTWIN_APP_EPROTO;
    default:
        return TCPTWIN_APP_NONE;
    }
}

enum tcptwin_app_error icmp_tells(uint32_t type_code, unsigned ip_version)
{
    unsigned type = type_code >> 8, code = type_code & 0xff;
    return ip_version == 4 ? tells_4(type, code) : tells_6(type, code);
}

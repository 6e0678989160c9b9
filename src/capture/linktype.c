/* linktype.c - what libpcap knows of the link types in files, and does not export
 *
 * The test unit.capture.readers asks the installed libpcap about every link type.
 */
#include "linktype.h"

#include <limits.h>
#include <pcap/pcap.h>

int linktype_to_dlt(uint16_t linktype)
{
    switch (linktype) {
    case 100:
        return DLT_ATM_RFC1483;
    case 101:
        return DLT_RAW;
    case 102:
        return DLT_SLIP_BSDOS;
    case 103:
        return DLT_PPP_BSDOS;
    case 106:
        return DLT_ATM_CLIP;
    case 246:
        return DLT_PFSYNC;
    default:
        return linktype;
    }
}

uint32_t linktype_longest(int dlt)
{
    switch (dlt) {
    case DLT_DBUS:
        return 128 * 1024 * 1024;
    case DLT_EBHSCR:
        return 8 * 1024 * 1024;
    case DLT_USBPCAP:
        return 1024 * 1024;
    default:
        return 256 * 1024;
    }
}

uint32_t linktype_snapshot(int dlt, uint32_t stored)
{
    return stored == 0 || stored > INT_MAX ? linktype_longest(dlt) : stored;
}

bool linktype_needs_libpcap(int dlt, bool swapped)
{
    switch (dlt) {
    case DLT_USB_LINUX_MMAPPED: /* a wrong length is mended */
        return true;
    case DLT_PFLOG:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_USB_LINUX:
    case DLT_NFLOG:
        return swapped;
    default:
        return false;
    }
}

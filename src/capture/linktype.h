/* linktype.h - what libpcap knows of the link types in files, and does not export */
#ifndef CAPTURE_LINKTYPE_H
#define CAPTURE_LINKTYPE_H

#include <stdbool.h>
#include <stdint.h>

/** linktype_to_dlt() - The DLT_ value of a file's LINKTYPE_ value: a few differ. */
int linktype_to_dlt(uint16_t linktype);
/** linktype_longest() - The longest frame of this DLT_ that libpcap takes for sane. */
uint32_t linktype_longest(int dlt);
/** linktype_snapshot() - The snapshot length that a file means: 0 stands for none. */
uint32_t linktype_snapshot(int dlt, uint32_t stored);
/**
 * linktype_needs_libpcap() - Whether libpcap changes something in the frames of this DLT_
 * @swapped: the file was written in the other byte order: libpcap then turns the pseudo-headers
 * that are in the order of the capturing host.
 */
bool linktype_needs_libpcap(int dlt, bool swapped);

#endif

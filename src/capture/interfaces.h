/* interfaces.h - names and numbers of interfaces */
#ifndef CAPTURE_INTERFACES_H
#define CAPTURE_INTERFACES_H

#include "capture.h"

/**
 * interface_by_number() - The name that -D lists under the number @text
 * Return: false if @text is no number in the list; else @name is filled in.
 */
bool interface_by_number(const char *text, char *name, size_t name_size);

#endif

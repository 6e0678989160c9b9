/* version.h - which tcptwin this is, and with which libraries it runs */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#include <stdio.h>

void version_print(FILE *out);

#endif

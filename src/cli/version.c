/* version.c - which tcptwin this is, and with which libraries it runs
 *
 * The versions are those of the libraries found at run time: what a bug report needs.
 */
#include "version.h"

#include "tcptwin/tcptwin.h"

#include <jansson.h>
#include <pcap/pcap.h>

void version_print(FILE *out)
{
    fprintf(out, "tcptwin %s\n%s\njansson version %s\n", tcptwin_version(), pcap_lib_version(),
            jansson_version_str());
}

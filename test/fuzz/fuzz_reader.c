/* fuzz_reader.c - the bytes of a file: our readers give what libpcap's give
 *
 * What they may differ in is in compare_readers.c.
 */
#include "compare_readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct compared compared;
    char path[64];

    if (fd < 0)
        fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) {
        perror("fuzz_reader");
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (compare_readers(path, &compared) == READERS_DIFFER) {
        fprintf(stderr, "frame %ju: %s\n", (uintmax_t)compared.frames, compared.why);
        abort();
    }
    return 0;
}

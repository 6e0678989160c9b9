/* readers.c FOLDER... - our readers against libpcap's on every file in these folders
 *
 * What they may differ in is in compare_readers.c. Folders that are not there are left out; without
 * a single capture the test fails.
 */
#include "compare_readers.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

static unsigned files, further, different;
static unsigned long long frames;

static int look(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    struct compared compared;

    (void)status, (void)where;
    if (kind != FTW_F)
        return 0;
    switch (compare_readers(path, &compared)) {
    case READERS_FURTHER:
        printf("further: %ju frames instead of %ju: %s\n", (uintmax_t)compared.frames,
               (uintmax_t)compared.libpcaps, compared.why);
        further++;
        break;
    case READERS_DIFFER:
        printf("DIFFERENT: %s, frame %ju: %s\n", path, (uintmax_t)compared.frames, compared.why);
        different++;
        break;
    default:
        break;
    }
    files++;
    frames += compared.frames;
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (nftw(argv[i], look, 16, FTW_PHYS) != 0)
            printf("left out: %s\n", argv[i]);
    printf("%u files, %llu frames; ours goes further in %u; %u different\n", files, frames, further,
           different);
    return frames == 0 || different != 0;
}

/* replay.c FILE-OR-FOLDER... - give stored inputs to a fuzz target, without a fuzzer
 *
 * Every input is copied into memory of exactly its size, so that sanitizers see what reads beyond.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int replay_file(const char *path)
{
    uint8_t *data = NULL;
    FILE *in = fopen(path, "rb");
    long size = -1;
    int status = 1;
    if (in != NULL && fseek(in, 0, SEEK_END) == 0)
        size = ftell(in);
    if (size >= 0 && fseek(in, 0, SEEK_SET) == 0)
        data = malloc(size > 0 ? (size_t)size : 1);
    if (data != NULL && fread(data, 1, (size_t)size, in) == (size_t)size) {
        LLVMFuzzerTestOneInput(data, (size_t)size);
        replayed++;
        status = 0;
    } else {
        fprintf(stderr, "replay: cannot read %s\n", path);
    }
    free(data);
    if (in != NULL)
        fclose(in);
    return status;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    int status = 0;
    if (folder == NULL)
        return replay_file(path);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            status |= replay_file(inner);
    }
    closedir(folder);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++)
        status |= replay(argv[i]);
    printf("%u inputs\n", replayed);
    return status != 0 || replayed == 0;
}

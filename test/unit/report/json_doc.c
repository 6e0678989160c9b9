/* json_doc.c - write docs/json.md to stdout, or compare it with the file named
 *
 * Usage: report_json_doc > docs/json.md;  report_json_doc docs/json.md
 */
#include "json_describe.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    char *want = NULL;
    size_t size = 0;
    if (argc == 1) {
        json_describe(stdout);
        return 0;
    }
    FILE *memory = open_memstream(&want, &size), *file = fopen(argv[1], "r");
    if (!memory || !file)
        return 2;
    json_describe(memory);
    fclose(memory);
    char *have = calloc(1, size + 2);
    size_t length = have ? fread(have, 1, size + 1, file) : 0;
    bool same = have && length == size && memcmp(have, want, size) == 0;
    if (!same)
        fprintf(stderr, "%s is not what the field list says: write it again with %s\n", argv[1],
                argv[0]);
    fclose(file);
    free(have);
    free(want);
    return !same;
}

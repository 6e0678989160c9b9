/* seg2pcap.c - a capture from its text: seg2pcap [FILE.seg [FILE.pcap]]
 *
 * Without names, or with "-", standard input and output. Exit code 0 done, 1 the text is wrong
 * (file:line says where), 2 usage or a file that cannot be opened or written.
 */
#include "seg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *read_all(FILE *in)
{
    size_t length = 0, capacity = 4096;
    char *text = malloc(capacity);

    while (text) {
        size_t got = fread(text + length, 1, capacity - length - 1, in);
        length += got;
        text[length] = '\0';
        if (!got)
            break;
        if (length + 1 == capacity) {
            char *larger = realloc(text, capacity *= 2);
            if (!larger)
                free(text);
            text = larger;
        }
    }
    return text;
}

static FILE *open_or_die(const char *name, const char *mode, FILE *standard)
{
    FILE *file = strcmp(name, "-") ? fopen(name, mode) : standard;

    if (!file) {
        fprintf(stderr, "seg2pcap: %s: %s\n", name, strerror(errno));
        exit(2);
    }
    return file;
}

int main(int argc, char **argv)
{
    const char *in_name = argc > 1 ? argv[1] : "-", *out_name = argc > 2 ? argv[2] : "-";
    char error[SEG_ERROR_MAX];
    struct seg_script script;
    FILE *in, *out;
    char *text;

    if (argc > 3 || (in_name[0] == '-' && in_name[1])) {
        fprintf(stderr, "usage: seg2pcap [FILE.seg [FILE.pcap]]\n");
        return 2;
    }
    in = open_or_die(in_name, "r", stdin);
    text = read_all(in);
    if (in != stdin)
        fclose(in);
    if (!text || !seg_parse(text, in_name, &script, error)) {
        fprintf(stderr, "%s\n", text ? error : "seg2pcap: out of memory");
        free(text);
        return 1;
    }
    free(text);
    out = open_or_die(out_name, "wb", stdout);
    if (!seg_write_pcap(&script, out) || fclose(out)) {
        fprintf(stderr, "seg2pcap: %s: %s\n", out_name, strerror(errno));
        seg_free(&script);
        return 2;
    }
    seg_free(&script);
    return 0;
}

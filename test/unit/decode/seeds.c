/* seeds.c FOLDER - write every frame of stacks.def as an input of fuzz_decode (see there) */
#include "recipe.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int link_type;
        const char *text;
    } stacks[] = {
#define STACK(name_, link_, recipe_, result_, tunneled_) {name_, link_, recipe_},
#include "stacks.def"
    };
    if (argc != 2)
        return 2;
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        struct recipe_frame f;
        char path[4096];
        recipe_cook(&f, stacks[i].text);
        snprintf(path, sizeof path, "%s/%s", argv[1], stacks[i].name);
        FILE *out = fopen(path, "wb");
        if (out == NULL)
            return 5;
        const uint8_t head[] = {(uint8_t)(stacks[i].link_type >> 8), (uint8_t)stacks[i].link_type, 0x17,
                                (uint8_t)(f.length >> 8), (uint8_t)f.length, 0};
        fwrite(head, 1, sizeof head, out);
        fwrite(f.bytes, 1, f.length, out);
        if (fclose(out) != 0)
            return 5;
    }
    return 0;
}

/*
 * driver.c - main of every harness. Built by AFL++'s compiler it is a persistent-mode
 * loop over AFL's shared memory; built by any other it replays the files named
 * as arguments and prints how many there were, or, without any, what an input is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX (1u << 20)

#ifdef __AFL_FUZZ_TESTCASE_LEN

/* AFL's macros compare and convert signs freely. */
#pragma clang diagnostic ignored "-Wsign-compare"
#pragma clang diagnostic ignored "-Wsign-conversion"
#pragma clang diagnostic ignored "-Wconversion"

__AFL_FUZZ_INIT();

int main(void)
{
    __AFL_INIT();
    const unsigned char *input = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(100000)) {
        LLVMFuzzerTestOneInput(input, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    }
    return 0;
}

#else

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *input = (uint8_t *)malloc(INPUT_MAX);
    if (input == NULL) {
        perror(path);
        fclose(f);
        return 1;
    }
    size_t n = fread(input, 1, INPUT_MAX, f);
    fclose(f);
    LLVMFuzzerTestOneInput(input, n);
    free(input);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fprintf(argc < 2 ? stderr : stdout,
                "usage: %s FILE...\n"
                "Replays inputs; a wrong one aborts.\n%s",
                argv[0], fuzz_format);
        return argc < 2 ? 1 : 0;
    }
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i]) != 0) {
            return 1;
        }
    }
    printf("%d inputs replayed\n", argc - 1);
    return 0;
}

#endif

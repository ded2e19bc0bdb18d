/*
 * rounds.h - how many rounds a test of random numbers makes: all, or one in ONE_ROUND_IN of them,
 * where an emulator makes each of them ten times as long and the same numbers have been tried
 * natively.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stdlib.h>

static inline unsigned rounds(unsigned all)
{
    const char *text = getenv("ONE_ROUND_IN");
    unsigned in = text == NULL ? 1 : (unsigned)strtoul(text, NULL, 10);

    return in <= 1 ? all : (all + in - 1) / in;
}

#endif

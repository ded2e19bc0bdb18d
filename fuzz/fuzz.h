/*
 * fuzz.h - what a harness defines: one function that is given one input, and a text. Its name is
 * the one that fuzzers agree on, so a harness also runs under others than AFL++.
 */
#ifndef MPTCP_FUZZ_H
#define MPTCP_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Always 0; a property that does not hold aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What the octets of an input are: a few lines. */
extern const char fuzz_format[];

#endif

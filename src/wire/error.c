/*
 * error.c - names, texts and sections of the error codes.
 *
 * The strings stand one after another in one block, and string_of finds one by
 * counting. That needs no table of pointers: less flash, no relocation.
 */
#include "mptcp/error.h"

#include <stddef.h>
#include <stdint.h>

#define CODE(name, value, text, section) (value),
#define STRINGS(name, value, text, section) #name "\0" text "\0" section "\0"

enum part { NAME, TEXT, SECTION, PARTS };

static const int8_t codes[] = {0, MPTCP_ERROR_LIST(CODE)};
static const char strings[] =
    "OK\0no error\0\0" MPTCP_ERROR_LIST(STRINGS) "UNKNOWN\0no such code\0";

/* Returns a part of a code's entry; for an unknown code, of the entry "UNKNOWN" after the last. */
static const char *string_of(int code, unsigned part)
{
    size_t i = 0;
    while (i < sizeof codes && codes[i] != code) {
        i++;
    }
    const char *s = strings;
    for (size_t skip = i * PARTS + part; skip > 0; skip--) {
        while (*s != '\0') {
            s++;
        }
        s++;
    }
    return s;
}

const char *mptcp_error_name(int code)
{
    return string_of(code, NAME);
}

const char *mptcp_error_text(int code)
{
    return string_of(code, TEXT);
}

const char *mptcp_error_section(int code)
{
    return string_of(code, SECTION);
}

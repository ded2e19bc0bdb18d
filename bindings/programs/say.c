/*
 * say.c - lines on standard error, each with the program's name before it.
 */
#include "programs.h"

#include <stdarg.h>

bool prog_verbose;

static void say(const char *format, va_list args)
{
    fprintf(stderr, "%s: ", prog_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void prog_complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
}

void prog_say(const char *format, ...)
{
    va_list args;

    if (!prog_verbose) {
        return;
    }
    va_start(args, format);
    say(format, args);
    va_end(args);
}

/*
 * only.c - linked into a test program by test/bugs/run: of its tests, those run whose name matches
 * the variable ONLY.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void only(void)
{
    cmocka_set_test_filter(getenv("ONLY"));
}

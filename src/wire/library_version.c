/*
 * library_version.c - the version of the library, for programs that link it dynamically.
 */
#include "mptcp/version.h"

uint32_t mptcp_library_version(void)
{
    return MPTCP_LIBRARY_VERSION;
}

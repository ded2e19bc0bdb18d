/*
 * version.h - the version of the library, and what may change from one to the next. (Those of the
 * protocol are 1 and 0: mptcp_config.version.)
 *
 * Versions follow semantic versioning, from 1.0.0 on:
 *
 *   patch   1.0.x   nothing that a program can see by these headers
 *   minor   1.x     functions, constants, codes, events and actions are added, and members where it
 *                   is said below. A program that was compiled with an older minor version runs
 *                   with the newer shared library; the other way round only if it uses nothing new.
 *   major   x       anything; the shared library has another soname (libmptcp.so.1 is that of 1.x)
 *
 * A program ignores events, codes and bits that it does not know; an action whose type it does not
 * know it commits as MPTCP_FAILED. In minor versions there are none of these but where the program
 * has asked for them by a flag or a setting.
 *
 * How structures grow:
 *
 *   mptcp_config, mptcp_path    begin with their size. A minor version appends members, of which 0
 *       is what the library did before. So it takes a smaller structure of an older program, down
 *       to that of 1.0; and a larger one, of a program that was compiled with newer headers, if the
 *       members that it does not know are 0. It refuses others, rather than to ignore what the
 *       program has set.
 *   what the library fills      (mptcp_conn_report, mptcp_subflow_report, mptcp_action,
 *       mptcp_verdict, mptcp_receipt, mptcp_where, mptcp_syn) keeps its size. Members named `zero`,
 *       `zero2`, ... are 0; a minor version may put something into them, of which 0 is "not told".
 *   all others                  stay as they are; members named `zero` in what a program fills are
 *       to be 0. Structures of functions (mptcp_scheduler, mptcp_congestion) and the tables of them
 *       keep their size as well.
 *
 * What is inside a connection, an endpoint or a table of sums belongs to one version: a block is
 * read only by a library with the same mptcp_conn_layout. MPTCP_CONN_SIZE holds for the library of
 * these headers, linked statically: with the shared library the octets are to be asked of
 * mptcp_conn_size, since a minor version may need more. MPTCP_ENDPOINT_SIZE and MPTCP_SUMS_SIZE
 * stay.
 */
#ifndef MPTCP_VERSION_H
#define MPTCP_VERSION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. */
#define MPTCP_LIBRARY_MAJOR 1
#define MPTCP_LIBRARY_MINOR 0
#define MPTCP_LIBRARY_PATCH 0
#define MPTCP_LIBRARY_VERSION_OF(major, minor, patch) ((major)*0x10000u + (minor)*0x100u + (patch))
#define MPTCP_LIBRARY_VERSION \
    MPTCP_LIBRARY_VERSION_OF(MPTCP_LIBRARY_MAJOR, MPTCP_LIBRARY_MINOR, MPTCP_LIBRARY_PATCH)

/* Returns the version of the library that is linked, as MPTCP_LIBRARY_VERSION; the major version is
 * in bits 16 to 31. */
uint32_t mptcp_library_version(void);

#ifdef __cplusplus
}
#endif

#endif

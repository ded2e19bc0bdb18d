/*
 * print.h - a connection in words, for logs and debuggers.
 *
 * The text is written into the caller's memory: the library prints nothing. The function is in an
 * object file of its own, which a program that does not name it does not link.
 */
#ifndef MPTCP_PRINT_H
#define MPTCP_PRINT_H

#include "mptcp/conn.h"
#include "mptcp/names.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Describes the state of a connection: a line for the connection, one for what is due and when the
 * next timer runs out, one for each subflow and each address, each ended by a newline. DSNs are
 * counted from the first octet of their direction. `now` is only compared with the deadline.
 *
 * Writes at most size - 1 characters and a NUL to text, if size is not 0; text may be NULL if size
 * is 0. Returns the length of the whole text, as snprintf does: if it is size or more, the text was
 * cut. Returns 0 if c is NULL. Keys are not written. Cost: a pass over subflows and addresses.
 */
size_t mptcp_conn_print(const struct mptcp_conn *c, char *text, size_t size, mptcp_time now);

#ifdef __cplusplus
}
#endif

#endif

/*
 * print.h - a connection in words, for logs and debuggers.
 *
 * The text is written into the caller's memory: the library prints nothing. These functions are in
 * an object file of their own, which a program that names none of them does not link.
 */
#ifndef MPTCP_PRINT_H
#define MPTCP_PRINT_H

#include "mptcp/conn.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Return the name of a number of enum mptcp_state, mptcp_action_type or mptcp_event, as in the
 * headers without prefix: "ESTABLISHED", "SEND", "CLOSED"; "UNKNOWN" for any other number. The
 * strings have static storage.
 */
const char *mptcp_state_name(unsigned state);
const char *mptcp_action_name(unsigned type);
const char *mptcp_event_name(unsigned event);

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

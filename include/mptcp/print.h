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
 * Names as in the headers, without their prefix: "ESTABLISHED" for enum mptcp_state, "SEND" for
 * enum mptcp_action_type, "CLOSED" for enum mptcp_event; "UNKNOWN" for any other number. Static
 * storage.
 */
const char *mptcp_state_name(unsigned state);
const char *mptcp_action_name(unsigned type);
const char *mptcp_event_name(unsigned event);

/*
 * What a connection is doing: a line for the connection, one for what is due and when the next
 * timer runs out, one for each subflow and each address, each ended by a newline. DSNs are counted
 * from the first octet of their direction. `now` is only compared with the deadline.
 *
 * Writes at most size - 1 characters and a NUL, if size is not 0; text may be NULL if it is.
 * Returns the length of the whole text, as snprintf does: not less than size if it was cut. 0 if c
 * is NULL. Keys are not written. Cost: a pass over subflows and addresses.
 */
size_t mptcp_conn_print(const struct mptcp_conn *c, char *text, size_t size, mptcp_time now);

#ifdef __cplusplus
}
#endif

#endif

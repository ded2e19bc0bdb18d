/*
 * reset_reason.h - the reason that MP_TCPRST carries for an error code (RFC 8684 s3.6).
 */
#ifndef MPTCP_RESET_REASON_H
#define MPTCP_RESET_REASON_H

#include <stdbool.h>

/* Returns the reason (enum mptcp_reset_reason) for a subflow that is reset with this code. */
unsigned mptcp_reset_reason(int code);

/* Returns flag T of MP_TCPRST for a reason: true if the cause may pass, so that opening the subflow
 * again makes sense. */
bool mptcp_reset_transient(unsigned reason);

#endif

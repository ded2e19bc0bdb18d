/*
 * reset_reason.h - which reason of MP_TCPRST goes with an error code (RFC 8684 s3.6).
 */
#ifndef MPTCP_RESET_REASON_H
#define MPTCP_RESET_REASON_H

#include <stdbool.h>

/* The reason, enum mptcp_reset_reason, for a subflow that is reset with this code. */
unsigned mptcp_reset_reason(int code);

/* Flag T: the reason may be gone in a while, and another try makes sense. */
bool mptcp_reset_transient(unsigned reason);

#endif

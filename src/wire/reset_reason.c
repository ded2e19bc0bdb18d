/*
 * reset_reason.c - maps error codes to reasons of MP_TCPRST (RFC 8684 s3.6).
 */
#include "wire/reset_reason.h"

#include "mptcp/error.h"
#include "mptcp/option.h"

/* An unknown token or a broken handshake gets the reason "MPTCP-specific error" (X-2 in
 * choices.md). */
unsigned mptcp_reset_reason(int code)
{
    switch (code) {
    case MPTCP_E_FULL:
        return MPTCP_RST_RESOURCES;
    case MPTCP_E_JOIN_REFUSED:
        return MPTCP_RST_PROHIBITED;
    case MPTCP_E_SUBFLOW_FAILED:
        return MPTCP_RST_OUTSTANDING;
    case MPTCP_E_TIMED_OUT:
    case MPTCP_E_ADDRESS_GONE:
        return MPTCP_RST_PERFORMANCE;
    case MPTCP_E_CHECKSUM:
    case MPTCP_E_UNMAPPED:
    case MPTCP_E_NO_MPTCP:
    case MPTCP_E_PEER_FAIL:
        return MPTCP_RST_MIDDLEBOX;
    case MPTCP_E_JOIN_TOKEN:
    case MPTCP_E_JOIN_HMAC:
    case MPTCP_E_JOIN_MISSING:
    case MPTCP_E_OPT_CHECKSUM:
    case MPTCP_E_MAPPING:
        return MPTCP_RST_MPTCP;
    default:
        return MPTCP_RST_UNSPECIFIED;
    }
}

bool mptcp_reset_transient(unsigned reason)
{
    return reason == MPTCP_RST_RESOURCES || reason == MPTCP_RST_OUTSTANDING ||
           reason == MPTCP_RST_PERFORMANCE;
}

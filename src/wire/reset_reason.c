/*
 * reset_reason.c - maps error codes to reasons of MP_TCPRST (RFC 8684 s3.6).
 */
#include "wire/reset_reason.h"

#include "mptcp/error.h"
#include "mptcp/option.h"

/* Codes that are not here have no reason of their own. An unknown token or a broken handshake gets
 * the reason "MPTCP-specific error" (X-2 in choices.md). */
static const struct {
    int8_t code;
    uint8_t reason;
} reasons[] = {
    {MPTCP_E_FULL, MPTCP_RST_RESOURCES},
    {MPTCP_E_JOIN_REFUSED, MPTCP_RST_PROHIBITED},
    {MPTCP_E_SUBFLOW_FAILED, MPTCP_RST_OUTSTANDING},
    {MPTCP_E_TIMED_OUT, MPTCP_RST_PERFORMANCE},
    {MPTCP_E_ADDRESS_GONE, MPTCP_RST_PERFORMANCE},
    {MPTCP_E_CHECKSUM, MPTCP_RST_MIDDLEBOX},
    {MPTCP_E_UNMAPPED, MPTCP_RST_MIDDLEBOX},
    {MPTCP_E_NO_MPTCP, MPTCP_RST_MIDDLEBOX},
    {MPTCP_E_PEER_FAIL, MPTCP_RST_MIDDLEBOX},
    {MPTCP_E_JOIN_TOKEN, MPTCP_RST_MPTCP},
    {MPTCP_E_JOIN_HMAC, MPTCP_RST_MPTCP},
    {MPTCP_E_JOIN_MISSING, MPTCP_RST_MPTCP},
    {MPTCP_E_OPT_CHECKSUM, MPTCP_RST_MPTCP},
    {MPTCP_E_MAPPING, MPTCP_RST_MPTCP},
};

unsigned mptcp_reset_reason(int code)
{
    for (unsigned i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code == code) {
            return reasons[i].reason;
        }
    }
    return MPTCP_RST_UNSPECIFIED;
}

bool mptcp_reset_transient(unsigned reason)
{
    return reason == MPTCP_RST_RESOURCES || reason == MPTCP_RST_OUTSTANDING ||
           reason == MPTCP_RST_PERFORMANCE;
}

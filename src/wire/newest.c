/*
 * newest.c - the readers of one option and of one segment, for the newest version of the protocol.
 */
#include "mptcp/option.h"
#include "wire/profile.h"

int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why)
{
    return mptcp_option_read_of(MPTCP_VERSION_NEWEST, p, n, out, why);
}

int mptcp_options_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                       struct mptcp_refusal *why)
{
    return mptcp_options_read_of(MPTCP_VERSION_NEWEST, area, n, tcp_flags, out, why);
}

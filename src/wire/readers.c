/*
 * readers.c - the public readers of a segment's options, and of one option of the newest version of
 * the protocol. Not in the file of mptcp_wire_read, into which a compiler would put a second copy
 * of it.
 */
#include "mptcp/option.h"
#include "wire/profile.h"
#include "wire/wire.h"

int mptcp_option_read(const uint8_t *p, size_t n, struct mptcp_option *out,
                      struct mptcp_refusal *why)
{
    return mptcp_option_read_of(MPTCP_VERSION_NEWEST, p, n, out, why);
}

int mptcp_options_read(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                       struct mptcp_refusal *why)
{
    return mptcp_wire_read(area, n, tcp_flags, out, why, MPTCP_VERSION_NEWEST);
}

int mptcp_options_read_of(unsigned version, const uint8_t *area, size_t n, unsigned tcp_flags,
                          struct mptcp_options *out, struct mptcp_refusal *why)
{
    return mptcp_wire_read(area, n, tcp_flags, out, why, version);
}

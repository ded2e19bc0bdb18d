/*
 * forms.c - the option lengths of version 1, and the segments on which an option of each length may
 * stand. Those of version 0 are in version0.c.
 */
#include "wire/profile.h"

/*
 * Version 1, RFC 8684. Each form of MP_CAPABLE and MP_JOIN stands on one segment of the handshake
 * (s3.1, s3.2); a RST carries only options that say why (s3.5 to s3.7). MP_EXPERIMENTAL may
 * stand anywhere.
 */
const struct mptcp_form mptcp_forms_1[] = {
    {MPTCP_CAPABLE, ON_SYN, MPTCP_CAPABLE_SYN, MPTCP_CAPABLE_SYN},
    {MPTCP_CAPABLE, ON_SYNACK, MPTCP_CAPABLE_SYNACK, MPTCP_CAPABLE_SYNACK},
    {MPTCP_CAPABLE, ON_ACK, MPTCP_CAPABLE_ACK, MPTCP_CAPABLE_ACK},
    {MPTCP_CAPABLE, ON_ACK, MPTCP_CAPABLE_DATA, MPTCP_CAPABLE_DATA},
    {MPTCP_CAPABLE, ON_ACK, MPTCP_CAPABLE_DATA_CHECKSUM, MPTCP_CAPABLE_DATA_CHECKSUM},
    {MPTCP_JOIN, ON_SYN, MPTCP_JOIN_SYN, MPTCP_JOIN_SYN},
    {MPTCP_JOIN, ON_SYNACK, MPTCP_JOIN_SYNACK, MPTCP_JOIN_SYNACK},
    {MPTCP_JOIN, ON_ACK, MPTCP_JOIN_ACK, MPTCP_JOIN_ACK},
    {MPTCP_DSS, ON_ACK, 4, 28},
    {MPTCP_ADD_ADDR, ON_ACK, 8, 30},
    {MPTCP_REMOVE_ADDR, ON_ACK, 4, MPTCP_OPTION_MAX},
    {MPTCP_PRIO, ON_ACK, 3, 3},
    {MPTCP_FAIL, ON_ACK | ON_RST, 12, 12},
    {MPTCP_FASTCLOSE, ON_ACK | ON_RST, 12, 12},
    {MPTCP_TCPRST, ON_RST, 4, 4},
    {MPTCP_EXPERIMENTAL, ON_ALL, 3, MPTCP_OPTION_MAX},
    {0, 0, 0, 0},
};

#if MPTCP_HAS_VERSION_0
const struct mptcp_profile mptcp_profile_1 = MPTCP_PROFILE_1;
#endif

unsigned mptcp_form_on(unsigned version, unsigned subtype, size_t length)
{
    unsigned on = 0;

    for (const struct mptcp_form *f = mptcp_profile(version)->forms; f->on != 0; f++) {
        if (f->subtype == subtype && f->from <= length && length <= f->to) {
            on |= f->on;
        }
    }
    return on;
}

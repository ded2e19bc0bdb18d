/*
 * profile.h - floor 1: the versions of the protocol, each a row of constants: what its options look
 * like and where they stand, which flags of MP_CAPABLE it has, which hash, how addresses are
 * authenticated. What differs between versions is asked here, by the version of the connection
 * (mptcp_profile, profile_of), and nowhere else is there an `if (version)`.
 *
 * There is one version, so mptcp_profile(version) is a constant, whatever the version: compilers
 * put the value of each member in its place and drop what it rules out. With a second row it finds
 * the row, and the table moves to forms.c, so that there is one copy of it.
 */
#ifndef MPTCP_WIRE_PROFILE_H
#define MPTCP_WIRE_PROFILE_H

#include "mptcp/option.h"

#define MPTCP_VERSION_OLDEST 1u
#define MPTCP_VERSION_NEWEST 1u /* what a SYN of ours offers */

/* Keys become tokens and IDSNs by this hash, and HMACs are made with it (crypto/of_version.h). */
enum mptcp_hash { MPTCP_HASH_SHA256 };

/* The kind of segment, one bit each, so that a set of them is a mask. */
#define ON_SYN 1u
#define ON_SYNACK 2u
#define ON_ACK 4u
#define ON_RST 8u
#define ON_ALL 15u

/* An option of these lengths may stand on these segments. Where flags of the option tell which of
 * the lengths it has, its reader asks them too. */
struct mptcp_form {
    uint8_t subtype; /* enum mptcp_subtype */
    uint8_t on;      /* 0: after the last row */
    uint8_t from;    /* octets, kind and length octet included */
    uint8_t to;
};

extern const struct mptcp_form mptcp_forms_1[];

struct mptcp_profile {
    uint8_t version;       /* as MP_CAPABLE says it */
    uint8_t hash;          /* enum mptcp_hash */
    uint8_t digest;        /* octets of it, and of an HMAC before it is cut */
    uint8_t flags;         /* of MP_CAPABLE, that are defined: others are sent as 0, and ignored */
    uint8_t syn_form;      /* enum mptcp_capable_form on a SYN: with the key in it or without */
    bool keyed_data;       /* MP_CAPABLE may carry the mapping of the first data */
    bool add_addr_hmac;    /* ADD_ADDR has an HMAC, and proves that its sender has both keys */
    bool add_addr_echo;    /* ... is echoed */
    bool reset_reason;     /* a RST has MP_TCPRST */
    bool fastclose_on_rst; /* a RST may have MP_FASTCLOSE */
    uint8_t zero[6];
    const struct mptcp_form *forms;
};

static const struct mptcp_profile mptcp_profiles[] = {
    {
        .version = 1,
        .hash = MPTCP_HASH_SHA256,
        .digest = 32,
        .flags = MPTCP_CAPABLE_CHECKSUM | MPTCP_CAPABLE_EXTENSION | MPTCP_CAPABLE_DENY_JOIN |
                 MPTCP_CAPABLE_CRYPTO,
        .syn_form = MPTCP_CAPABLE_SYN,
        .keyed_data = true,
        .add_addr_hmac = true,
        .add_addr_echo = true,
        .reset_reason = true,
        .fastclose_on_rst = true,
        .forms = mptcp_forms_1,
    },
};

/* Whether there is a row for it. */
static inline bool mptcp_version_known(unsigned version)
{
    return version >= MPTCP_VERSION_OLDEST && version <= MPTCP_VERSION_NEWEST;
}

/* The row of this version; that of the newest, if there is none for it. */
static inline const struct mptcp_profile *mptcp_profile(unsigned version)
{
    (void)version;
    return &mptcp_profiles[0];
}

/* The segments, ON_ bits, on which an option of so many octets may stand; 0: on none, it is none of
 * this version's. */
unsigned mptcp_form_on(unsigned version, unsigned subtype, size_t length);

#endif

/*
 * profile.h - floor 1: the versions of the protocol. Each is a row of constants: the lengths of its
 * options and the segments they may stand on, the flags of MP_CAPABLE, the hash, and how ADD_ADDR
 * is authenticated. Code that depends on the version reads the row of the connection's version
 * (mptcp_profile, profile_of); nowhere is there an `if (version)`.
 *
 * There is one version now, so mptcp_profile(version) returns the only row for any version, and
 * compilers replace its members by their values. A second row needs a search by version in
 * mptcp_profile, and the table in forms.c, so that there is one copy of it.
 */
#ifndef MPTCP_WIRE_PROFILE_H
#define MPTCP_WIRE_PROFILE_H

#include "mptcp/option.h"

#define MPTCP_VERSION_OLDEST 1u
#define MPTCP_VERSION_NEWEST 1u /* the version that our SYNs offer */

/* The hash that makes tokens and IDSNs from keys, and that HMACs use (crypto/of_version.h). */
enum mptcp_hash { MPTCP_HASH_SHA256 };

/* The kinds of segment on which an option may stand, as bits of a mask. */
#define ON_SYN 1u
#define ON_SYNACK 2u
#define ON_ACK 4u
#define ON_RST 8u
#define ON_ALL 15u

/* A form of an option: with a length from `from` to `to` it may stand on the segments `on`. If the
 * length also depends on flags of the option, its reader checks them. */
struct mptcp_form {
    uint8_t subtype; /* enum mptcp_subtype */
    uint8_t on;      /* ON_ bits; 0: end of the table */
    uint8_t from;    /* shortest length in octets, kind and length octet included */
    uint8_t to;      /* longest length in octets */
};

extern const struct mptcp_form mptcp_forms_1[];

struct mptcp_profile {
    uint8_t version;       /* the version number in MP_CAPABLE */
    uint8_t hash;          /* enum mptcp_hash */
    uint8_t digest;        /* octets of the hash, and of an HMAC before it is truncated */
    uint8_t flags;         /* defined flags of MP_CAPABLE: others are sent as 0 and ignored */
    uint8_t syn_form;      /* enum mptcp_capable_form on a SYN: with the key in it or without */
    bool keyed_data;       /* MP_CAPABLE may carry the mapping of the first data */
    bool add_addr_hmac;    /* ADD_ADDR has an HMAC, which proves that its sender has both keys */
    bool add_addr_echo;    /* ADD_ADDR is echoed */
    bool reset_reason;     /* a RST may have MP_TCPRST */
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

/* True if there is a row for this version. */
static inline bool mptcp_version_known(unsigned version)
{
    return version >= MPTCP_VERSION_OLDEST && version <= MPTCP_VERSION_NEWEST;
}

/* Returns the row of this version; the newest row if there is none for it. */
static inline const struct mptcp_profile *mptcp_profile(unsigned version)
{
    (void)version;
    return &mptcp_profiles[0];
}

/* Returns the segments (ON_ bits) on which an option of this subtype and length may stand; 0 if
 * this version has no such option. */
unsigned mptcp_form_on(unsigned version, unsigned subtype, size_t length);

#endif

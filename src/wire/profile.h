/*
 * profile.h - floor 1: the versions of the protocol, 1 (RFC 8684) and 0 (RFC 6824). Each is a row
 * of constants: the lengths of its options and the segments they may stand on, its codecs, the
 * flags of MP_CAPABLE, the hash, and the rules that differ. Code that depends on the version reads
 * the row of the connection's version (mptcp_profile, profile_of); nowhere is there an
 * `if (version)`.
 *
 * A build with MPTCP_WITHOUT_VERSION_0 leaves version 0 out (`make VERSION0=no`): mptcp_profile
 * then returns the only row for any version, and compilers replace its members by their values.
 */
#ifndef MPTCP_WIRE_PROFILE_H
#define MPTCP_WIRE_PROFILE_H

#include "mptcp/option.h"

#ifdef MPTCP_WITHOUT_VERSION_0
#define MPTCP_HAS_VERSION_0 0
#define MPTCP_VERSION_OLDEST 1u
#else
#define MPTCP_HAS_VERSION_0 1
#define MPTCP_VERSION_OLDEST 0u
#endif
#define MPTCP_VERSION_NEWEST 1u /* the version that our SYNs offer unless configured otherwise */

/* The hash that makes tokens and IDSNs from keys, and that HMACs use (crypto/of_version.h). */
enum mptcp_hash { MPTCP_HASH_SHA256, MPTCP_HASH_SHA1 };

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

/* Reader and writer of one subtype (wire.h); the tables hold those of subtypes 0 to 8. */
struct wire_in;
struct wire_out;
struct mptcp_codec {
    int (*read)(struct wire_in *in, unsigned nibble, struct mptcp_option *out);
    int (*write)(const struct mptcp_option *opt, struct wire_out *out);
};
extern const struct mptcp_codec mptcp_codecs_1[];

struct mptcp_profile {
    uint8_t version;        /* the version number in MP_CAPABLE */
    uint8_t hash;           /* enum mptcp_hash */
    uint8_t digest;         /* octets of the hash, and of an HMAC before it is truncated */
    uint8_t flags;          /* defined flags of MP_CAPABLE: others are sent as 0 and ignored */
    uint8_t synack_refused; /* flags with which a SYN/ACK's MP_CAPABLE agrees to nothing */
    uint8_t syn_form;       /* enum mptcp_capable_form on a SYN */
    uint8_t add_addr_tries; /* ADD_ADDRs sent of an address that is not echoed */
    bool key_in_syn;        /* a SYN has its sender's key: the third ACK only repeats it */
    bool keyed_data;        /* MP_CAPABLE may carry the mapping of the first data */
    bool syn_data;          /* a SYN may carry data (Fast Open) */
    bool narrow;            /* DSNs have 32 bits while the rate allows it, and of DSN and DATA_ACK
                               in one option at most one has 64 */
    bool lone_fin_unsummed; /* the checksum of a DATA_FIN without data is not relied upon */
    bool spare_sum;         /* a checksum that was not negotiated is ignored */
    bool add_addr_hmac;     /* ADD_ADDR has an HMAC, which proves that its sender has both keys */
    bool add_addr_echo;     /* ADD_ADDR is echoed */
    bool add_addr_several;  /* a segment may carry several ADD_ADDRs */
    bool fail_answered;     /* MP_FAIL is answered with MP_FAIL */
    bool reset_reason;      /* a RST may have MP_TCPRST */
    bool fastclose_on_rst;  /* a RST may have MP_FASTCLOSE */
    uint8_t zero[5];
    const struct mptcp_form *forms;
    const struct mptcp_codec *codecs;
};

#define MPTCP_PROFILE_1                                                                            \
    {                                                                                              \
        .version = 1, .hash = MPTCP_HASH_SHA256, .digest = 32,                                     \
        .flags = MPTCP_CAPABLE_CHECKSUM | MPTCP_CAPABLE_EXTENSION | MPTCP_CAPABLE_DENY_JOIN |      \
                 MPTCP_CAPABLE_CRYPTO,                                                             \
        .syn_form = MPTCP_CAPABLE_SYN, .add_addr_tries = 6, .keyed_data = true, .syn_data = true,  \
        .add_addr_hmac = true, .add_addr_echo = true, .fail_answered = true, .reset_reason = true, \
        .fastclose_on_rst = true, .forms = mptcp_forms_1, .codecs = mptcp_codecs_1                 \
    }

/* True if there is a row for this version. */
static inline bool mptcp_version_known(unsigned version)
{
    return MPTCP_HAS_VERSION_0 ? version <= 1 : version == 1;
}

/* Returns the row of this version; that of version 1 if there is none for it. */
#if MPTCP_HAS_VERSION_0
extern const struct mptcp_profile mptcp_profile_1;
extern const struct mptcp_profile mptcp_profile_0;
static inline const struct mptcp_profile *mptcp_profile(unsigned version)
{
    return version == 0 ? &mptcp_profile_0 : &mptcp_profile_1;
}
#else
static const struct mptcp_profile mptcp_profile_1 = MPTCP_PROFILE_1;
static inline const struct mptcp_profile *mptcp_profile(unsigned version)
{
    (void)version;
    return &mptcp_profile_1;
}
#endif

/* Returns the segments (ON_ bits) on which an option of this subtype and length may stand; 0 if
 * this version has no such option. */
unsigned mptcp_form_on(unsigned version, unsigned subtype, size_t length);

#endif

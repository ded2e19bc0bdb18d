/*
 * announcement.c - which HMAC an announcement of an address has: that of version 1 (RFC 8684
 * s3.4.1); in version 0 none, or one of the kinds that were drafted before it, as configured
 * (mptcp_config.add_addr2). Pure functions of the connection's keys and configuration.
 */
#include "crypto/of_version.h"
#include "tables/block.h"

/* The kind of HMAC that the connection is configured for. */
static enum mptcp_add_addr2 configured(const struct mptcp_conn *c)
{
    return (enum mptcp_add_addr2)(c->add_addr2 & ~MPTCP_ADD_ADDR2_AND_PLAIN);
}

bool mptcp_announces_twice(const struct mptcp_conn *c)
{
    return !profile_of(c)->add_addr_hmac && configured(c) != MPTCP_ADD_ADDR2_OFF &&
           (c->add_addr2 & MPTCP_ADD_ADDR2_AND_PLAIN) != 0;
}

unsigned mptcp_announcement_tries(const struct mptcp_conn *c)
{
    unsigned tries = profile_of(c)->add_addr_tries;
    return mptcp_announces_twice(c) ? 2 * tries : tries;
}

/* The kind of HMAC with which an announcement of this form, of version 0, is believed; OFF: none,
 * it is not. An ADD_ADDR2 is believed even if none is asked for; other forms with an HMAC only
 * if they are configured (Z-66). */
static enum mptcp_add_addr2 kind_of(const struct mptcp_conn *c, unsigned form)
{
    enum mptcp_add_addr2 kind = configured(c);
    bool as_linux = form == MPTCP_ADD_ADDR_LINUX && kind == MPTCP_ADD_ADDR2_LINUX;
    bool as_bis05 = form == MPTCP_ADD_ADDR_BIS05 && kind == MPTCP_ADD_ADDR2_BIS05;
    if (as_linux || as_bis05) {
        return kind;
    }
    if (form != MPTCP_ADD_ADDR_SECOND || kind > MPTCP_ADD_ADDR2_BOTH_KEYS) {
        return MPTCP_ADD_ADDR2_OFF;
    }
    return kind == MPTCP_ADD_ADDR2_OFF ? MPTCP_ADD_ADDR2_SENDER_KEY : kind;
}

/* The HMAC that an announcement of ours, or (`theirs`) of the peer's must have; `kind`: of which
 * kind in version 0. */
static uint64_t hmac_of(const struct mptcp_conn *c, bool theirs, enum mptcp_add_addr2 kind,
                        const struct mptcp_add_addr *o)
{
    uint64_t sender = theirs ? c->remote_key : c->local_key;
    uint64_t receiver = theirs ? c->local_key : c->remote_key;
    if (MPTCP_HAS_VERSION_0 && !profile_of(c)->add_addr_hmac) {
        return mptcp_add_addr2_hmac(kind, sender, receiver, o->addr_id, &o->addr);
    }
    return mptcp_add_addr_hmac(sender, receiver, o->addr_id, &o->addr);
}

bool mptcp_announcement_right(const struct mptcp_conn *c, const struct mptcp_add_addr *o,
                              bool *proven)
{
    enum mptcp_add_addr2 kind = MPTCP_ADD_ADDR2_OFF;

    *proven = false;
    if (!profile_of(c)->add_addr_hmac) {
        if (o->form == MPTCP_ADD_ADDR_USUAL) {
            return configured(c) == MPTCP_ADD_ADDR2_OFF || mptcp_announces_twice(c);
        }
        kind = kind_of(c, o->form);
        if (kind == MPTCP_ADD_ADDR2_OFF) {
            return false;
        }
    }
    /* One comparison of 64 bits, so the time it takes does not depend on where they differ. */
    *proven = (hmac_of(c, true, kind, o) ^ o->hmac) == 0;
    return *proven;
}

void mptcp_announcement_sign(const struct mptcp_conn *c, unsigned tries, struct mptcp_add_addr *add)
{
    static const uint8_t form[] = {
        [MPTCP_ADD_ADDR2_SENDER_KEY] = MPTCP_ADD_ADDR_SECOND,
        [MPTCP_ADD_ADDR2_BOTH_KEYS] = MPTCP_ADD_ADDR_SECOND,
        [MPTCP_ADD_ADDR2_LINUX] = MPTCP_ADD_ADDR_LINUX,
        [MPTCP_ADD_ADDR2_BIS05] = MPTCP_ADD_ADDR_BIS05,
    };
    enum mptcp_add_addr2 kind = configured(c);

    if (!profile_of(c)->add_addr_hmac) {
        /* If both ways are asked for, they take turns, the one with an HMAC first. */
        bool plain = mptcp_announces_twice(c) && tries % 2 != 0;
        if (kind == MPTCP_ADD_ADDR2_OFF || plain) {
            return;
        }
        add->form = form[kind];
    }
    add->hmac = hmac_of(c, false, kind, add);
}

/*
 * versions.c - remembers for a day which destinations answered a version of the
 * protocol with plain TCP (RFC 8684 s3.1, C-4; Z-20).
 */
#include "mptcp/endpoint.h"

#include "wire/mem.h"
#include "wire/profile.h"

#define DAY_US 86400000000ull

void mptcp_versions_init(struct mptcp_versions *v)
{
    if (v != NULL) {
        memset(v, 0, sizeof *v);
    }
}

/* True if slot s is in use for destination remote, port included. */
static bool is_of(const struct mptcp_versions_slot *s, const struct mptcp_addr *remote)
{
    return s->until != 0 && s->remote.port == remote->port &&
           mptcp_addr_same_ip(&s->remote, remote);
}

unsigned mptcp_versions_offer(const struct mptcp_versions *v, const struct mptcp_addr *remote,
                              mptcp_time now)
{
    unsigned failed = 0;

    for (unsigned i = 0; v != NULL && remote != NULL && i < MPTCP_VERSIONS; i++) {
        if (is_of(&v->slots[i], remote) && v->slots[i].until > now) {
            failed = v->slots[i].failed;
        }
    }
    for (unsigned version = MPTCP_VERSION_NEWEST + 1; version-- > MPTCP_VERSION_OLDEST;) {
        if ((failed & 1u << version) == 0) {
            return version;
        }
    }
    return MPTCP_VERSIONS_NONE;
}

/* Returns the slot of this destination; else the one that expires first, emptied. */
static struct mptcp_versions_slot *slot_for(struct mptcp_versions *v,
                                            const struct mptcp_addr *remote, mptcp_time now)
{
    struct mptcp_versions_slot *best = v->slots;

    for (struct mptcp_versions_slot *s = v->slots; s < v->slots + MPTCP_VERSIONS; s++) {
        if (is_of(s, remote)) {
            best = s;
            break;
        }
        best = s->until < best->until ? s : best;
    }
    if (!is_of(best, remote) || best->until <= now) {
        memset(best, 0, sizeof *best);
        best->remote = *remote;
        best->until = now + DAY_US;
    }
    return best;
}

void mptcp_versions_opened(struct mptcp_versions *v, const struct mptcp_addr *remote,
                           unsigned offered, int code, mptcp_time now)
{
    bool in_vain = code == MPTCP_E_NO_MPTCP || code == MPTCP_E_OPT_VERSION;

    if (v == NULL || remote == NULL || now == MPTCP_NEVER || !mptcp_version_known(offered) ||
        (code != MPTCP_OK && !in_vain)) {
        return;
    }
    struct mptcp_versions_slot *s = slot_for(v, remote, now);
    if (code != MPTCP_OK) {
        s->failed |= (uint8_t)(s->spoke != 0 ? 0 : 1u << offered);
        return;
    }
    s->failed &= (uint8_t) ~(1u << offered);
    if (offered == MPTCP_VERSION_NEWEST) {
        s->failed = 0;
        s->spoke = 1;
        s->until = now + DAY_US;
    }
}

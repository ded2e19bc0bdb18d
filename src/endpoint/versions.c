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

/* True if what slot s says holds at `now`, and keeps a version from being offered. */
static bool tells_of_failure(const struct mptcp_versions_slot *s, mptcp_time now)
{
    return s->until > now && s->failed != 0;
}

/* Returns the slot of this destination; else one that tells of no failure, or, for a `failure`,
 * any: of these the one that expires first. NULL: there is none. */
static struct mptcp_versions_slot *
slot_for(struct mptcp_versions *v, const struct mptcp_addr *remote, bool failure, mptcp_time now)
{
    struct mptcp_versions_slot *best = NULL;
    bool best_tells = failure;

    for (struct mptcp_versions_slot *s = v->slots; s < v->slots + MPTCP_VERSIONS; s++) {
        bool tells = tells_of_failure(s, now);
        if (is_of(s, remote)) {
            return s;
        }
        if (tells < best_tells ||
            (tells == best_tells && (best == NULL || s->until < best->until))) {
            best = s;
            best_tells = tells;
        }
    }
    return best;
}

/* Makes slot s one of this destination, of which nothing is known. */
static void begin(struct mptcp_versions_slot *s, const struct mptcp_addr *remote, mptcp_time now)
{
    memset(s, 0, sizeof *s);
    s->remote = *remote;
    s->until = now + DAY_US;
}

/* What the answer to an offered version says: the destination speaks it, or does not. */
static void note(struct mptcp_versions_slot *s, unsigned offered, bool in_vain, mptcp_time now)
{
    if (in_vain) {
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

/* True if such an opening tells of a version. */
static bool tells(const struct mptcp_addr *remote, unsigned offered, int code, mptcp_time now)
{
    return remote != NULL && now != MPTCP_NEVER && mptcp_version_known(offered) &&
           (code == MPTCP_OK || code == MPTCP_E_NO_MPTCP || code == MPTCP_E_OPT_VERSION);
}

void mptcp_versions_opened(struct mptcp_versions *v, const struct mptcp_addr *remote,
                           unsigned offered, int code, mptcp_time now)
{
    bool in_vain = code != MPTCP_OK;

    if (v == NULL || !tells(remote, offered, code, now)) {
        return;
    }
    struct mptcp_versions_slot *s = slot_for(v, remote, in_vain, now);
    bool known = s != NULL && is_of(s, remote);
    /* A destination of which nothing is known is offered the newest version anyway. */
    if (s == NULL || (!known && !in_vain && offered != MPTCP_VERSION_NEWEST)) {
        return;
    }
    if (!known || s->until <= now) {
        begin(s, remote, now);
    }
    note(s, offered, in_vain, now);
}

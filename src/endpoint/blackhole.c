/*
 * blackhole.c - remembers for a while to which destinations SYNs with
 * MP_CAPABLE get lost (RFC 8684 s3.9, H-3).
 */
#include "mptcp/endpoint.h"

#include "wire/mem.h"

#define HOUR_US 3600000000ull
#define DOUBLINGS 6 /* of the hour: 64 hours at most */

void mptcp_blackhole_init(struct mptcp_blackhole *b)
{
    if (b != NULL) {
        memset(b, 0, sizeof *b);
    }
}

/* True if slot s is in use for destination remote, port included. */
static bool is_of(const struct mptcp_blackhole_slot *s, const struct mptcp_addr *remote)
{
    return s->until != 0 && s->remote.port == remote->port &&
           mptcp_addr_same_ip(&s->remote, remote);
}

bool mptcp_blackhole_may_offer(const struct mptcp_blackhole *b, const struct mptcp_addr *remote,
                               mptcp_time now)
{
    for (unsigned i = 0; b != NULL && remote != NULL && i < MPTCP_BLACKHOLES; i++) {
        const struct mptcp_blackhole_slot *s = &b->slots[i];
        if (is_of(s, remote)) {
            return s->until <= now;
        }
    }
    return true;
}

/* Returns the slot of this destination; else a free one; else the one that expires first. */
static struct mptcp_blackhole_slot *slot_for(struct mptcp_blackhole *b,
                                             const struct mptcp_addr *remote)
{
    struct mptcp_blackhole_slot *best = b->slots;

    for (struct mptcp_blackhole_slot *s = b->slots; s < b->slots + MPTCP_BLACKHOLES; s++) {
        if (is_of(s, remote)) {
            return s;
        }
        best = s->until < best->until ? s : best;
    }
    return best;
}

void mptcp_blackhole_opened(struct mptcp_blackhole *b, const struct mptcp_addr *remote, int code,
                            mptcp_time now)
{
    if (b == NULL || remote == NULL || now == MPTCP_NEVER) {
        return;
    }
    struct mptcp_blackhole_slot *s = slot_for(b, remote);
    bool known = is_of(s, remote);
    if (code != MPTCP_E_BLACKHOLE) {
        s->until = known ? 0 : s->until;
        return;
    }
    if (!known) {
        s->remote = *remote;
        s->strikes = 0;
    }
    s->until = now + (HOUR_US << s->strikes);
    s->strikes += s->strikes < DOUBLINGS;
}

/*
 * blackhole.c - destinations on the way to which SYNs with MPTCP get lost
 * (RFC 8684 s3.9, H-3), remembered for a while.
 */
#include "mptcp/endpoint.h"

#define HOUR_US 3600000000ull
#define DOUBLINGS 6

void mptcp_blackhole_init(struct mptcp_blackhole *b)
{
    for (unsigned i = 0; b != NULL && i < MPTCP_BLACKHOLES; i++) {
        b->slots[i].until = 0;
        b->slots[i].strikes = 0;
    }
}

/* Its slot, or MPTCP_BLACKHOLES. */
static unsigned slot_for(const struct mptcp_blackhole *b, const struct mptcp_addr *remote)
{
    unsigned i = 0;
    while (i < MPTCP_BLACKHOLES &&
           (b->slots[i].until == 0 || b->slots[i].remote.port != remote->port ||
            !mptcp_addr_same_ip(&b->slots[i].remote, remote))) {
        i++;
    }
    return i;
}

bool mptcp_blackhole_may_offer(const struct mptcp_blackhole *b, const struct mptcp_addr *remote,
                               mptcp_time now)
{
    if (b == NULL || remote == NULL) {
        return true;
    }
    unsigned i = slot_for(b, remote);
    return i == MPTCP_BLACKHOLES || b->slots[i].until <= now;
}

static unsigned oldest(const struct mptcp_blackhole *b)
{
    unsigned best = 0;
    for (unsigned i = 1; i < MPTCP_BLACKHOLES; i++) {
        best = b->slots[i].until < b->slots[best].until ? i : best;
    }
    return best;
}

void mptcp_blackhole_opened(struct mptcp_blackhole *b, const struct mptcp_addr *remote, int code,
                            mptcp_time now)
{
    if (b == NULL || remote == NULL || now == MPTCP_NEVER) {
        return;
    }
    unsigned i = slot_for(b, remote);
    if (code != MPTCP_E_BLACKHOLE) {
        if (i < MPTCP_BLACKHOLES) {
            b->slots[i].until = 0;
        }
        return;
    }
    if (i == MPTCP_BLACKHOLES) {
        i = oldest(b);
        b->slots[i].remote = *remote;
        b->slots[i].strikes = 0;
    }
    uint32_t doublings = b->slots[i].strikes;
    b->slots[i].until = now + (HOUR_US << (doublings < DOUBLINGS ? doublings : DOUBLINGS));
    b->slots[i].strikes = doublings + 1;
}

/*
 * move.c - parks a connection and resumes it elsewhere, without any of its subflows.
 *
 *   parked    no subflow; everything not DATA_ACKed is to be sent again; what was received beyond
 *             RCV.NXT is as if it had never come. Nothing is due, no timer runs.
 *   resumed   under another clock, from other addresses: the path manager joins as if every
 *             subflow had just been lost (RFC 8684 s3.3.6, break before make), and the peer is told
 *             by REMOVE_ADDR that the old addresses are gone.
 *
 * A connection that waits for the end of the peer's stream without an application (FIN_WAIT_2) has
 * close_limit for that from the moment on at which it is resumed.
 *
 * Parking sends nothing: the peer still has the old subflows until it gives them up.
 */
#include "conn/conn.h"
#include "tables/pool.h"
#include "wire/mem.h"

#define LAYOUT 7u /* incremented if the meaning of a member changes but not its offset */

uint32_t mptcp_conn_layout(void)
{
    static const uint32_t order = 0x01020304u;
    uint8_t first;

    memcpy(&first, &order, 1);
    return LAYOUT << 28 | (uint32_t)first << 24 |
           ((uint32_t)sizeof(struct mptcp_conn) * 31u +
            (uint32_t)sizeof(struct mptcp_subflow) * 7u +
            (uint32_t)sizeof(struct mptcp_addr_slot)) %
               0xffffffu;
}

/* True if everything before RCV.NXT, apart from a DATA_FIN, was delivered. */
static bool all_delivered(const struct mptcp_conn *c)
{
    return mptcp_dsn_eq(c->rcv_delivered, has_ended(c) ? c->rcv_fin : c->rcv_nxt);
}

/* True if the block has the size of a valid configuration, and is that of a parked connection. This
 * is no proof that it is undamaged. */
static bool plausible(const struct mptcp_conn *c, size_t size)
{
    struct mptcp_config cfg;

    mptcp_config_init(&cfg);
    memcpy(&cfg.flags, &c->flags, sizeof cfg - offsetof(struct mptcp_config, flags));
    int64_t need = mptcp_conn_size(&cfg);
    return need > 0 && (uint64_t)need == size && c->top == 0 && (c->bits & BIT_PARKED) != 0 &&
           c->phase == PHASE_MPTCP && mptcp_version_known(c->version) && all_delivered(c);
}

/* Clears slot i. The generation is kept, so that old handles stay stale. */
static void forget_subflow(struct mptcp_conn *c, unsigned i)
{
    struct mptcp_subflow *s = subflow_at(c, i);
    uint32_t generation = s->generation;

    memset(s, 0, sizeof *s);
    s->generation = generation;
}

/* Marks all our addresses as removed and makes REMOVE_ADDR due for them; all pairs of addresses
 * count as untried. */
static void leave_addresses(struct mptcp_conn *c)
{
    mptcp_pairs(c, 0);
    for (unsigned i = 0; i < c->addrs; i++) {
        struct mptcp_addr_slot *l = local_at(c, i);
        if ((l->flags & ADDR_USED) != 0) {
            l->flags = (uint16_t)((l->flags & MARKS) | ADDR_USED | ADDR_SIGNAL | MARK_REMOVED);
        }
        remote_at(c, i)->flags &= (uint16_t)~MARK_FAILED;
    }
}

int mptcp_conn_park(struct mptcp_conn *c, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (!is_mptcp(c) || (c->bits & BIT_FULLY) == 0 || (c->events & EVER_CLOSED) != 0) {
        return MPTCP_E_STATE;
    }
    if (!all_delivered(c) || (c->events & (HAPPENED_OPEN | HAPPENED_EOF)) != 0) {
        return MPTCP_E_AGAIN;
    }
    mptcp_clock_set(c, now);
    for (unsigned i = 0; i < c->top; i++) {
        forget_subflow(c, i);
    }
    c->top = 0;
    mptcp_pool_clear(c);
    c->later = 0;
    c->bits &= ~(uint32_t)(BIT_ASKED | BIT_ANNOUNCE_WAITS | BIT_RESENDS);
    if (!has_ended(c)) {
        c->bits &= ~(uint32_t)BIT_FIN_KNOWN; /* the peer will repeat its DATA_FIN */
    }
    c->bits |= BIT_PARKED | BIT_OWN_PORTS;
    c->rto_tries = c->fin_tries = c->probe_tries = c->join_tries = 0;
    memset(c->timer, 0xff, sizeof c->timer); /* IDLE */
    c->burst = c->join_failures = c->room_tries = c->quiet_ends = 0;
    leave_addresses(c);
    mptcp_reinject_all(c);
    mptcp_map_free_limit(c);
    return MPTCP_OK;
}

struct mptcp_conn *mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                     uint32_t limit_us)
{
    struct mptcp_conn *c = mem;

    if (mem == NULL || from == MPTCP_NEVER || to == MPTCP_NEVER || size < sizeof *c ||
        (uintptr_t)mem % _Alignof(uint64_t) != 0) {
        return NULL;
    }
    if (!plausible(c, size)) {
        return NULL;
    }
    c->bits &= ~(uint32_t)BIT_PARKED;
    (void)from; /* not needed: the block holds the time at which it was parked */
    mptcp_pool_clear(c);
    mptcp_clock_move(c, mptcp_clock_time(c, c->tick), to);
    c->timer[DUE_NO_PATH] = from_now(c, limit_us);
    if ((c->bits & BIT_FIN_SENT) != 0 && !mptcp_close_fin_acked(c)) {
        c->bits |= BIT_FIN_DUE;
    }
    mptcp_close_check(c); /* without an application FIN_WAIT_2 has a limit here as well */
    mptcp_paths_changed(c);
    mptcp_end_call(c);
    return c;
}

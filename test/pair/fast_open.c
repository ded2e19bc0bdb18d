/*
 * fast_open.c - TCP Fast Open (RFC 8684 Appendix B) on a host that offers it.
 *
 *   client   some octets go in the SYN: those that the SYN/ACK acknowledges lie outside of the
 *            stream of the connection, the others are its first (O-1, O-4)
 *   server   takes all, some or none of them, and may send before the third ACK, without a
 *            DATA_ACK, since it does not know the client's key (O-5)
 */
#include "sim.h"

uint32_t fast_open_syn(struct end *e, struct tcp *t)
{
    if (e->sim->sc.fast_open == 0 || e->id != 0 || t->index != 0 ||
        (t->offered > 0 && !e->sim->sc.fast_again)) {
        return 0;
    }
    t->offered = e->sim->sc.fast_open;
    return t->offered;
}

/* checks: O-1 O-2 O-4 */
void fast_open_accept(struct end *e, struct tcp *t, const struct segment *p)
{
    struct sim *s = e->sim;
    uint32_t n = p->seg.len < s->sc.fast_take ? p->seg.len : s->sc.fast_take;

    if (p->seg.len == 0) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (p->payload[i] != pattern(0, i)) {
            fail(s, "octet %u of the SYN is wrong", i);
            return;
        }
    }
    t->rx_base = e->taken_syn = n;
    s->met[n == 0 ? MET_FAST_NONE : n < p->seg.len ? MET_FAST_PART : MET_FAST_ALL]++;
    if (!s->sc.fast_talk) {
        return;
    }
    int why = mptcp_on_fast_open(e->conn, t->sf, p->seg.window, clock_of(e));
    if (why == MPTCP_E_STATE && e->version == 0) {
        return; /* it sends later */
    }
    if (why < 0) {
        fail(s, "on_fast_open: %s", mptcp_error_name(why));
    }
    moved(e);
    e->started = true;
    t->early = true;
    t->edge = 1 + p->seg.window;
    e->shared = p->seg.window;
    host_report_path(e, t);
}

/* The SYN/ACK says which octets are through: the stream begins after them. */
void fast_open_answered(struct end *e, struct tcp *t)
{
    if (t->tx_base == 0) {
        return;
    }
    e->outside = t->tx_base;
    for (uint32_t i = 0; i < STREAM_MAX; i++) {
        e->buffer[i] = octet_of(e, i);
    }
}

/* checks: O-5 */
void fast_open_early(struct end *e, const struct mptcp_options *o)
{
    bool map = (o->present & MPTCP_HAS(MPTCP_DSS)) != 0 && (o->dss.flags & MPTCP_DSS_MAP) != 0;

    e->sim->met[MET_FAST_EARLY]++;
    if (!map || (o->dss.flags & MPTCP_DSS_ACK) != 0) {
        fail(e->sim, "%d: data before the third ACK without a mapping, or with a DATA_ACK", e->id);
    }
}

uint32_t stream_of(const struct sim *s, int id)
{
    return s->sc.bytes[id] - s->end[id].outside;
}

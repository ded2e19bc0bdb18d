/*
 * checks.c - what must hold when nothing is on the way and nothing waits, and at the end. (What is
 * delivered, and that no action is due twice, is checked in actions.c.)
 */
#include "explore.h"

static struct mptcp_conn_report info_of(const struct world *w, int id)
{
    struct mptcp_conn_report info;

    mptcp_conn_info(conn_of(w, id), &info);
    return info;
}

static bool in_mptcp(const struct world *w, int id)
{
    struct mptcp_conn_report info;

    if (w->end[id].life != LIFE_ALIVE) {
        return false;
    }
    info = info_of(w, id);
    return info.version != PLAIN_TCP && info.state != MPTCP_OPENING && info.subflows > 0;
}

/* All that its TCPs have sent is acknowledged. */
static bool all_acknowledged(const struct world *w, int id)
{
    for (unsigned sf = 0; sf < SUBFLOWS; sf++) {
        if (tcp_outstanding(&w->end[id].tcp[sf])) {
            return false;
        }
    }
    return true;
}

/*
 * As long as no segment was lost and every ACK had room: what TCP has acknowledged is DATA_ACKed,
 * and who has something to send knows that the window is open.
 */
void check_quiet(const struct world *w)
{
    if (w->lossy || w->harmed || !in_mptcp(w, CLIENT) || !in_mptcp(w, SERVER)) {
        return;
    }
    for (int id = 0; id < 2; id++) {
        if (!all_acknowledged(w, id)) {
            continue;
        }
        struct mptcp_conn_report info = info_of(w, id);
        struct mptcp_conn_report peer = info_of(w, !id);
        long long missing = (long long)(peer.rcv_nxt.v - info.snd_una.v);
        if (missing != 0) {
            fail(
                "%c has not heard that %lld octets arrived, nothing was lost and nothing is on the "
                "way",
                'A' + id, missing);
        }
        if (info.snd_nxt.v != info.snd_end.v && info.snd_window == 0 &&
            peer.rcv_window == scope->rcv_buf) {
            fail("%c has not heard that the window is open, and nothing is on the way", 'A' + id);
        }
    }
}

bool world_over(const struct world *w)
{
    bool never = w->end[SERVER].life == LIFE_NONE; /* it has heard of nothing */
    return w->end[CLIENT].life == LIFE_OVER && (never || w->end[SERVER].life == LIFE_OVER);
}

/*
 * As in TCP: one end is over, the RST that told so was lost, and the other one has nothing to say
 * that would be answered by another. Its application waits.
 */
bool world_forsaken(const struct world *w)
{
    for (int id = 0; id < 2; id++) {
        struct mptcp_conn_report info;
        if (w->end[id].life != LIFE_ALIVE || w->end[!id].life != LIFE_OVER || !w->reset_lost ||
            !all_acknowledged(w, id)) {
            continue;
        }
        info = info_of(w, id);
        if (info.subflows > 0 && info.snd_nxt.v == info.snd_end.v) {
            return true;
        }
    }
    return false;
}

/*
 * Both applications were told the end of the connection. If nothing happened that excuses it, it
 * must have been in order; and whoever was told that it was in order has had all octets of the
 * other, which has had all of his.
 */
void check_over(const struct world *w)
{
    for (int id = 0; id < 2; id++) {
        const struct end *e = &w->end[id];
        const struct end *peer = &w->end[!id];
        if (e->life != LIFE_OVER) {
            continue;
        }
        if (e->code != MPTCP_E_CLOSED) {
            if (w->harmed < MAY_END) {
                fail("%c ends with %s, and nothing had happened that excuses it", 'A' + id,
                     mptcp_error_name(e->code));
            }
            continue;
        }
        if (!e->eof || e->delivered != peer->written || peer->delivered != e->written) {
            fail("%c has closed in order, with %u of %u octets delivered, and %u of its %u",
                 'A' + id, e->delivered, peer->written, peer->delivered, e->written);
        }
    }
}

/*
 * data_ack.c - acknowledgements of the peer, DATA_ACKs and those of TCP (RFC 8684 s3.3.2).
 *
 * A DATA_ACK is taken if it lies between SND.UNA and what was sent, DATA_FIN
 * included; anything else is ignored with its window (bug class 19). The
 * shared window's right edge only grows, and only with a DATA_ACK (D-15,
 * D-25). Subflow acknowledgements never stand in for one (S-1), except in
 * plain TCP, where they are the only ones there are (B-8).
 *
 * Moves: snd_una, snd_edge, rto_tries, DUE_DATA_ACK, BIT_FIN_SENT in plain TCP; a
 * subflow's snd_una, room, copied, progress, silence_probes, SF_SILENT.
 */
#include "machines/machines.h"
#include "tables/sent.h"

enum mptcp_data_ack mptcp_on_data_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                                      const struct mptcp_segment *seg, const struct mptcp_dss *dss)
{
    mptcp_dsn ack = mptcp_dss_ack(c, dss);

    if (!mptcp_dsn_eq(ack, c->snd_una) &&
        (mptcp_dsn_before(mptcp_snd_max(c), ack) || mptcp_dsn_before(ack, c->snd_first))) {
        return DATA_ACK_IGNORED;
    }
    mptcp_dsn edge = mptcp_dsn_add(ack, seg->window);
    bool moved = mptcp_dsn_before(c->snd_edge, edge);
    c->snd_edge = mptcp_dsn_max(c->snd_edge, edge);
    if (!mptcp_dsn_before(c->snd_una, ack)) {
        return moved ? DATA_ACK_NEWS : DATA_ACK_OLD;
    }
    c->snd_una = ack;
    mptcp_pm_works(c, s);
    c->rto_tries = 0;
    c->timer[DUE_DATA_ACK] = IDLE;
    return DATA_ACK_NEWS;
}

/* The room of s, in octets, after its TCP has had everything before `ack` acknowledged: it grows by
 * as many octets as are newly acknowledged. */
static uint32_t more_room(const struct mptcp_subflow *s, mptcp_ssn ack)
{
    uint32_t acked = (uint32_t)mptcp_ssn_diff(ack, s->snd_una);
    return s->room < UINT32_MAX - acked ? s->room + acked : UINT32_MAX;
}

bool mptcp_subflow_acked(struct mptcp_conn *c, unsigned i, mptcp_ssn ack)
{
    struct mptcp_subflow *s = subflow_at(c, i);

    if (!mptcp_ssn_before(s->snd_una, ack)) {
        return false;
    }
    bool fin = mptcp_ssn_before(s->snd_nxt, ack) && (s->flags & SF_FIN_GIVEN) != 0;
    ack = mptcp_ssn_before(s->snd_nxt, ack) ? s->snd_nxt : ack;
    bool moved = mptcp_ssn_before(s->snd_una, ack);
    if (moved) {
        s->room = more_room(s, ack);
        s->snd_una = ack;
        s->copied = mptcp_ssn_max(s->copied, ack);
        s->progress = c->tick;
        s->silence_probes = 0;
        mptcp_sent_acked(c, s);
        if ((s->flags & SF_SILENT) != 0) {
            s->flags &= ~(uint32_t)SF_SILENT;
            mptcp_reinject_again(c);
        }
    }
    /* In plain TCP the acknowledgement of our FIN stands for that of a DATA_FIN. */
    if (fin && c->phase == PHASE_PLAIN && is_shut(c)) {
        c->bits |= BIT_FIN_SENT;
        c->snd_una = mptcp_dsn_add(c->snd_end, 1);
    }
    return moved || fin;
}

/*
 * plain.c - carries out what evidence against MPTCP leads to (RFC 8684 s3.7): machines/fallback.c
 * judges it, and this file makes all other machines follow.
 *
 * On a fallback RCV.NXT and SND.UNA become those of the first subflow's TCP; mappings, timers, our
 * DATA_FIN and signals end; joins that are being opened are reset. A DATA_FIN of the peer's that is
 * known stays known; with checksums only if its place is reached (tables/in_step.h).
 */
#include "conn/conn.h"
#include "tables/in_step.h"

/* The connection has become plain TCP on subflow i: changes everything that depends on that. */
static void go_plain(struct mptcp_conn *c, unsigned i, int code)
{
    c->events |= (c->events & EVER_OPEN) != 0 ? HAPPENED_FALLBACK : 0u;
    for (unsigned k = 0; k < c->top; k++) {
        if (k != i) {
            mptcp_subflow_fail(subflow_at(c, k), code); /* a join that is being opened */
        }
    }
    mptcp_subflow_alone(c, i);
    mptcp_close_plain(c);
    mptcp_plain_sends(c, i);
    mptcp_una_moved(c);
    mptcp_plain_receives(c, i);
    if (!end_holds(c) && (subflow_at(c, i)->flags & SF_FIN_RECEIVED) != 0) {
        mptcp_close_on_plain_fin(c);
    }
    mptcp_close_reached(c);
    mptcp_close_check(c);
}

int mptcp_evidence(struct mptcp_conn *c, unsigned i, enum mptcp_evidence e)
{
    int code;

    switch (mptcp_fallback_judge(c, i, e, &code)) {
    case JUDGED_PLAIN:
        go_plain(c, i, code);
        return MPTCP_OK;
    case JUDGED_RESET:
        if (e == EVIDENCE_CHECKSUM) {
            subflow_at(c, i)->flags |= SF_CHECK_FAILED;
        }
        mptcp_subflow_fail(subflow_at(c, i), code);
        return code;
    default:
        return MPTCP_OK;
    }
}

void mptcp_plain_from_start(struct mptcp_conn *c, int code)
{
    mptcp_fallback_from_start(c, code);
    /* The peer's IDSN is unknown, so its first octet gets an arbitrary DSN: 1. */
    mptcp_window_open(c, mptcp_dsn_of(1));
    mptcp_subflow_alone(c, 0);
    mptcp_close_plain(c);
    mptcp_plain_sends(c, 0);
}

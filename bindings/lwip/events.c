/*
 * events.c - an event of a connection: it is committed, the application is told, and what it means
 * for the connection is done. What became of an offer of MPTCP is remembered for the next
 * connections to the same destination.
 */
#include "binding.h"

static void note_subflow(struct mptcpl_pcb *m, mptcp_sf sf)
{
    struct subflow *s = mptcpl_subflow(m, sf);
    if (s != NULL && s->tcp != NULL) {
        mptcpl_path_report(s);
        mptcpl_note(s);
    }
}

/* The application gets its connection; one that nobody wants is given up. */
static void open_connection(struct mptcpl_pcb *m)
{
    struct mptcp_conn_report info;
    struct mptcpl_pcb *listener = mptcpl_no_longer_pending(m);
    err_t err = ERR_OK;

    mptcpl_info(m, &info);
    m->state = ST_OPEN;
    m->checksum = info.checksum != 0;
    if (m->passive) {
        err = listener != NULL && listener->accept != NULL
                  ? listener->accept(listener->arg, m, ERR_OK)
                  : ERR_VAL;
    } else if (m->connected != NULL && !m->detached) {
        err = m->connected(m->arg, m, ERR_OK);
    }
    mptcpl_called();
    if (err != ERR_OK && mptcpl_answers(m)) {
        mptcpl_abort(m);
    }
}

static void tell(struct mptcpl_pcb *m, const struct mptcp_action *a)
{
    if (m->event != NULL && mptcpl_answers(m)) {
        m->event(m->arg, m, a);
        mptcpl_called();
    }
}

/* What became of the offer of a client, for the next ones to the same destination. */
static void remember_offer(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    struct mptcp_addr remote;

    if (m->passive || m->cfg.no_mptcp) {
        return;
    }
    if (m->spared) {
        a->code = m->spared_for; /* that is why nothing was offered */
    } else if (mptcp_address(m->conn, true, 0, &remote) == MPTCP_OK) {
        mptcp_blackhole_opened(&mptcpl.blackhole, &remote, a->code, mptcpl_now());
        if (m->cfg.version == MPTCPL_VERSION_1_THEN_0) {
            mptcp_versions_opened(&mptcpl.versions, &remote, m->version, a->code, mptcpl_now());
        }
    }
}

static void end_connection(struct mptcpl_pcb *m, int code)
{
    mptcpl_err_fn err = m->detached ? NULL : m->err;
    bool reset = code == MPTCP_E_PEER_RESET || code == MPTCP_E_PEER_ABORTED;

    mptcpl_free(m);
    if (err != NULL) {
        err(m->arg, code == MPTCP_E_CLOSED ? ERR_CLSD : reset ? ERR_RST : ERR_ABRT);
        mptcpl_called();
    }
}

void mptcpl_do_event(struct mptcpl_pcb *m, struct mptcp_action *a)
{
    mptcp_done(m->conn, a, 0, MPTCP_DONE, mptcpl_now());
    switch (a->event) {
    case MPTCP_EV_OPEN:
        remember_offer(m, a);
        /* First the application gets it: with it comes whom to tell. */
        open_connection(m);
        tell(m, a);
        break;
    case MPTCP_EV_SUBFLOW:
        mptcpl_returning(m, false);
        note_subflow(m, a->sf);
        tell(m, a);
        break;
    case MPTCP_EV_EOF:
        mptcpl_hand_eof(m); /* first: it must not be missed if the event's callback parks m */
        tell(m, a);
        break;
    case MPTCP_EV_END:
        tell(m, a);
        end_connection(m, a->code);
        break;
    default:
        tell(m, a);
        break;
    }
}

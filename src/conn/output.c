/*
 * output.c - what is due: one predicate per action, asked by want and poll
 * alike, so that they cannot disagree. Nothing here changes anything.
 *
 * The order of urgency is the order of enum mptcp_action_type: what frees or
 * ends comes before what adds, and the application hears of things last, when
 * everything they imply has been done.
 */
#include "conn/conn.h"
#include "wire/mem.h"

static bool reset_due(const struct mptcp_conn *c, unsigned i, struct mptcp_action *a)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if (!sf_live(s) || (s->flags & SF_RESET) == 0) {
        return false;
    }
    if (a != NULL) {
        a->type = MPTCP_RESET_SUBFLOW;
        a->sf = handle_of(c, i);
        a->code = s->code;
        a->reason = (uint8_t)mptcp_reset_reason(s->code);
    }
    return true;
}

static bool free_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (!mptcp_dsn_before(c->freed, c->free_to)) {
        return false;
    }
    if (a != NULL) {
        a->type = MPTCP_FREE;
        a->dsn = c->free_to;
        a->len = (uint32_t)mptcp_dsn_diff(c->free_to, c->freed);
    }
    return true;
}

bool mptcp_ack_due(const struct mptcp_conn *c, unsigned i, struct mptcp_action *a)
{
    const struct mptcp_subflow *s = subflow_at(c, i);
    if ((s->state != SF_OPEN && s->state != SF_PRE) || (s->flags & SF_RESET) != 0 ||
        c->now < s->hold) {
        return false;
    }
    bool shared = (c->bits & BIT_FIN_DUE) != 0 || mptcp_pm_signal(c) != 0;
    unsigned signal = s->signal;
    if (s->state == SF_PRE) {
        signal &= SIG_JOIN_ACK; /* nothing else leaves before the fourth ACK has come */
    } else if ((c->bits & (BIT_CLIENT | BIT_FULLY)) == BIT_CLIENT) {
        signal &= ~(unsigned)SIG_PRIO; /* the keys take its place */
    }
    if (signal == 0 && !(shared && mptcp_subflow_carrier(c) == (int)i)) {
        return false;
    }
    if (a != NULL) {
        a->type = MPTCP_SEND_ACK;
        a->sf = handle_of(c, i);
    }
    return true;
}

static bool probe_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    int i = (c->bits & BIT_PROBE) != 0 ? mptcp_subflow_carrier(c) : -1;
    if (i < 0) {
        return false;
    }
    if (a != NULL) {
        a->type = MPTCP_PROBE;
        a->sf = handle_of(c, (unsigned)i);
    }
    return true;
}

static bool close_due(const struct mptcp_conn *c, unsigned i, struct mptcp_action *a)
{
    if (!mptcp_close_due(c, i)) {
        return false;
    }
    if (a != NULL) {
        a->type = MPTCP_CLOSE_SUBFLOW;
        a->sf = handle_of(c, i);
    }
    return true;
}

/* What is due per subflow, by type. */
static bool subflow_due(const struct mptcp_conn *c, unsigned type, unsigned i,
                        struct mptcp_action *a)
{
    switch (type) {
    case MPTCP_RESET_SUBFLOW:
        return reset_due(c, i, a);
    case MPTCP_RELEASE:
        return mptcp_release_due(c, i, a);
    case MPTCP_SEND_ACK:
        return mptcp_ack_due(c, i, a);
    case MPTCP_CLOSE_SUBFLOW:
        return close_due(c, i, a);
    default:
        return false;
    }
}

static bool due(const struct mptcp_conn *c, unsigned type, struct mptcp_action *a)
{
    switch (type) {
    case MPTCP_DELIVER:
        return mptcp_deliver_due(c, a);
    case MPTCP_FREE:
        return free_due(c, a);
    case MPTCP_SEND:
        return mptcp_send_due(c, a);
    case MPTCP_PROBE:
        return probe_due(c, a);
    case MPTCP_LISTEN:
        return mptcp_pm_listen_due(c, a);
    case MPTCP_CONNECT:
        return mptcp_pm_connect_due(c, a);
    case MPTCP_EVENT:
        return mptcp_event_due(c, a);
    default:
        break;
    }
    for (unsigned i = 0; i < c->top; i++) {
        if (subflow_due(c, type, i, a)) {
            return true;
        }
    }
    return false;
}

bool mptcp_paths_quiet(const struct mptcp_conn *c)
{
    unsigned slot;
    return c->due[DUE_CONNECT] == MPTCP_NEVER && mptcp_pm_signal(c) == 0 &&
           !mptcp_pm_listen_due(c, NULL) && !mptcp_pm_connect_due(c, NULL) &&
           !mptcp_pm_news(c, &slot);
}

/*
 * Nothing but the stream itself can be due: no predicate outside of `stream`
 * holds while this does. It is what makes a poll in mid-transfer cheap.
 */
static bool calm(const struct mptcp_conn *c)
{
    unsigned stirred = BIT_FIN_KNOWN | BIT_FIN_DUE | BIT_PROBE | BIT_PATHS;
    unsigned told = HAPPENED_OPEN | HAPPENED_FALLBACK | HAPPENED_CLOSED | HAPPENED_END;

    if ((c->phase != PHASE_MPTCP && c->phase != PHASE_PLAIN) || (c->bits & stirred) != 0 ||
        (c->events & told) != 0 || c->later != 0 ||
        ((c->bits & BIT_SHUTDOWN) != 0 && mptcp_dsn_eq(c->snd_nxt, c->snd_end) &&
         !mptcp_close_fin_acked(c))) {
        return false;
    }
    for (unsigned i = 0; i < c->top; i++) {
        const struct mptcp_subflow *s = subflow_at(c, i);
        unsigned flags = s->flags & (SF_RESET | SF_FIN_RECEIVED | SF_TOLD);
        if (s->state != SF_FREE && (s->state != SF_OPEN || s->signal != 0 || flags != SF_TOLD)) {
            return false;
        }
    }
    return true;
}

/* What is due of the stream: the actions of mid-transfer, in their order of urgency. */
static bool stream_due(const struct mptcp_conn *c, struct mptcp_action *a)
{
    if (mptcp_deliver_due(c, a)) {
        return true;
    }
    for (unsigned i = 0; i < c->top; i++) {
        if (mptcp_release_due(c, i, a)) {
            return true;
        }
    }
    return free_due(c, a) || mptcp_send_due(c, a);
}

unsigned mptcp_want(const struct mptcp_conn *c)
{
    unsigned mask = 0;
    if (calm(c) && !stream_due(c, NULL)) {
        return 0;
    }
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        mask |= due(c, type, NULL) ? MPTCP_WANT(type) : 0;
    }
    return mask & ~(unsigned)c->later;
}

int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a)
{
    memset(a, 0, sizeof *a);
    if (calm(c)) {
        return stream_due(c, a);
    }
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        if ((c->later & MPTCP_WANT(type)) == 0 && due(c, type, a)) {
            return 1;
        }
    }
    return 0;
}

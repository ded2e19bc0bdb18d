/*
 * silence.c - a subflow on which nothing is acknowledged though octets are in flight
 * (RFC 8684 s3.3.6).
 *
 *   heard    something was acknowledged, or began to wait for it, not too long ago
 *   silent   (SF_SILENT) not for twice the RTT and a margin: what it holds is sent again elsewhere,
 *            it takes no new data while another one works. Its TCP goes on retransmitting (D-27);
 *            it is probed as well, later and later. The next acknowledgement makes it heard.
 *   over     not for silence_limit: it is reset, as TCP would in the end. If it was opened by us
 *            another one may be opened in its place (path_manager.c).
 *
 * A probe (SF_ASKED) is waited for as octets are where none are in flight, up to silence_limit:
 * with everything acknowledged by TCP the peer may be gone, and the DATA_ACK will never come.
 *
 * The margin is four deviations of the RTT, as in TCP's retransmission timeout (RFC 6298): a lost
 * segment that is sent again once and acknowledged at once is no silence. At least it is half the
 * RTT, since the first samples of a deviation mean little, and silence_min.
 *
 * Moves: SF_SILENT, SF_ASKED, silent_at, silences, silence_probes, SF_PROBE_DUE.
 */
#include "machines/machines.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* How long a subflow may acknowledge nothing. */
static uint32_t patience(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (s->srtt_us == 0) {
        return c->answer_wait;
    }
    return 2 * s->srtt_us + larger(4 * s->rttvar_us, larger(s->srtt_us / 2, c->silence_min));
}

/* When a silent subflow is probed: its patience after it fell silent, twice that, four times. */
static mptcp_tick probe_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    uint32_t us = patience(c, s);
    if (us > UINT32_MAX >> s->silence_probes) {
        return IDLE; /* in more than an hour: TCP itself goes on retransmitting */
    }
    return tick_after(s->silent_at, us << s->silence_probes);
}

static bool waits(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && mptcp_ssn_before(s->snd_una, s->snd_nxt);
}

static mptcp_tick limit_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return c->silence_limit == 0 ? IDLE : tick_after(s->progress, c->silence_limit);
}

mptcp_tick mptcp_silence_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    bool asked = s->state == SF_OPEN && (s->flags & SF_ASKED) != 0;
    mptcp_tick over = waits(s) || asked ? limit_due(c, s) : IDLE;
    if (!waits(s) || !is_mptcp(c)) {
        return over;
    }
    bool silent = (s->flags & SF_SILENT) != 0;
    return earlier(over, silent ? probe_due(c, s) : tick_after(s->progress, patience(c, s)));
}

void mptcp_silence_asked(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (!waits(s) && (s->flags & SF_ASKED) == 0) {
        s->progress = c->tick;
    }
    s->flags |= SF_ASKED;
}

static void begins(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (us_since(c, s->silent_at) > SILENCE_MEMORY_US) {
        s->silences = 0;
    }
    count_up(&s->silences);
    s->flags |= SF_SILENT;
    s->silent_at = c->tick;
    s->silence_probes = 0;
}

enum mptcp_silence mptcp_silence_on_timeout(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if (mptcp_silence_due(c, s) > c->tick) {
        return SILENCE_NOTHING;
    }
    if (limit_due(c, s) <= c->tick) {
        return SILENCE_ENDS;
    }
    if ((s->flags & SF_SILENT) == 0) {
        begins(c, s);
        return SILENCE_BEGINS;
    }
    while (probe_due(c, s) <= c->tick) { /* 32 times at most */
        s->silence_probes++;
    }
    s->flags |= SF_PROBE_DUE;
    return SILENCE_NOTHING;
}

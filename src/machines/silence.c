/*
 * silence.c - finds subflows on which nothing is acknowledged though octets are in flight
 * (RFC 8684 s3.3.6). Time counts from `progress`: the last acknowledgement, or the first octet sent
 * while nothing was in flight.
 *
 *   healthy  less than twice the RTT and a margin has passed
 *   silent   (SF_SILENT) more has passed: its octets are reinjected on others, and it takes no new
 *            data while another subflow works. Its TCP continues to retransmit (D-27), and it is
 *            probed, at intervals that double. The next acknowledgement makes it healthy.
 *   over     silence_limit has passed: it is reset, as TCP itself would do in the end. If we opened
 *            it, another one may be opened in its place (path_manager.c).
 *
 * If no octets are in flight, the answer to a probe (SF_ASKED) is waited for up to silence_limit:
 * TCP may have had everything acknowledged before the peer vanished, without a DATA_ACK.
 *
 * The margin is four deviations of the RTT, as in TCP's retransmission timeout (RFC 6298): a lost
 * segment that is retransmitted once and then acknowledged is no silence. The margin is at least
 * half the RTT, since the first samples of a deviation mean little, and at least silence_min.
 *
 * Moves: SF_SILENT, SF_ASKED, silent_at, silences, silence_probes, SF_PROBE_DUE, progress.
 */
#include "machines/machines.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* How long, in us, a subflow may acknowledge nothing before it counts as silent. */
static uint32_t patience(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (s->srtt_us == 0) {
        return c->answer_wait;
    }
    return 2 * s->srtt_us + larger(4 * s->rttvar_us, larger(s->srtt_us / 2, c->silence_min));
}

/* When a silent subflow is probed next: once, twice, four times, ... its patience after it fell
 * silent. IDLE: not any more. */
static mptcp_tick probe_due(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    uint32_t us = patience(c, s);
    if (us > UINT32_MAX >> s->silence_probes) {
        return IDLE; /* in more than an hour: TCP itself continues to retransmit */
    }
    return tick_after(s->silent_at, us << s->silence_probes);
}

/* True if octets are in flight on s. */
static bool waits(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && mptcp_ssn_before(s->snd_una, s->snd_nxt);
}

/* When silence_limit will have passed for s; IDLE: never. */
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

/* Subflow s falls silent. Silences soon after each other are counted: they make it unreliable. */
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
    while (probe_due(c, s) <= c->tick) { /* at most 32 times: then it is IDLE */
        s->silence_probes++;
    }
    s->flags |= SF_PROBE_DUE;
    return SILENCE_NOTHING;
}

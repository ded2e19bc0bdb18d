/*
 * usual.c - the next segment of a transfer, which most segments are: data with a DSS and nothing
 * else, next in order on its subflow and in the stream, that acknowledges nothing new, while
 * nothing but the stream is due. What is done with it is what segment.c, segment_data.c and input.c
 * do, in fewer steps; any other segment is theirs. The simulators compare both after each of them.
 */
#include "conn/conn.h"
#include "tables/received.h"
#include "tables/unheld.h"

/* True if nothing but the stream is due, in which there are no checksums, and octets of s leave it
 * so: the first octets of a subflow that was opened anew change what may be joined
 * (mptcp_pm_works). With BIT_ONLY_STREAM every living subflow is open, and nothing is deferred. */
static bool is_quiet(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    const uint32_t bits = BIT_ONLY_STREAM | BIT_CHECKSUM | BIT_SHUTDOWN | BIT_RESENDS;

    return (c->bits & bits) == BIT_ONLY_STREAM && (s->flags & SF_AGAIN) == 0 &&
           !mptcp_reinject_pending(c) && ack_is_told(c, s);
}

/*
 * True if the segment has octets, the next ones of its subflow, and acknowledges what was known to
 * have been acknowledged; TCP accepts it then, if no edge of our window forbids it
 * (mptcp_window_acceptable). No window grows by it.
 */
static bool is_next(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                    const struct mptcp_segment *seg)
{
    const unsigned kinds = MPTCP_TCP_ACK | MPTCP_TCP_FIN;

    return (seg->tcp_flags & kinds) == MPTCP_TCP_ACK && mptcp_ssn_eq(seg->ssn, s->rcv_nxt) &&
           mptcp_ssn_eq(seg->ack, s->snd_una) && !mptcp_ssn_before(s->rcv_edge, seg->ssn) &&
           !mptcp_ssn_before(s->snd_edge, mptcp_ssn_add(seg->ack, seg->window)) &&
           !mptcp_dsn_before(c->snd_edge, mptcp_dsn_add(c->snd_una, seg->window));
}

/* Sets *map to the mapping that the DSS declares. False: there is none, or it has a DATA_FIN, a
 * checksum or other octets than those of the segment; or its DATA_ACK is not the last one. */
static bool maps_it(const struct mptcp_conn *c, const struct mptcp_segment *seg,
                    const struct mptcp_dss *d, struct mptcp_mapping *map)
{
    const unsigned kinds = MPTCP_DSS_ACK | MPTCP_DSS_MAP | MPTCP_DSS_FIN;

    if ((d->flags & kinds) != (MPTCP_DSS_ACK | MPTCP_DSS_MAP) || d->has_checksum != 0 ||
        d->dll != seg->len || d->ssn != seg->ssn.v || d->ssn == 1 ||
        !mptcp_dsn_eq(mptcp_dss_ack(c, d), c->snd_una)) {
        return false;
    }
    *map = mptcp_mapping_of(mptcp_dss_dsn(c, d), seg->ssn, seg->len);
    return !mptcp_dsn_before(c->rcv_edge, mptcp_mapping_dsn_end(map));
}

bool mptcp_usual_segment(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_segment *seg, const struct mptcp_dss *d)
{
    struct mptcp_mapping map;

    if (!is_next(c, s, seg) || !is_quiet(c, s) || c->fb.question != QUESTION_NONE ||
        !maps_it(c, seg, d, &map) || !mptcp_received_continue(c, s, &map)) {
        return false;
    }
    s->mapped = s->rcv_nxt;
    s->probes = 0;
    s->flags &= ~(uint32_t)SF_ASKED;
    mptcp_quiet_heard(c, s);
    if ((d->flags & MPTCP_DSS_DSN64) != 0) {
        c->bits |= BIT_ACK64;
    }
    if ((s->flags & SF_DATA_ACKED) == 0) {
        mptcp_fallback_on_data_ack(c, s, false);
    }
    return true;
}

/* Does the same in plain TCP. */
static bool pass_plain(struct mptcp_conn *c, uint32_t n)
{
    if (mptcp_dsn_before(c->rcv_delivered, c->rcv_nxt) || mptcp_fallback_acks_data(c)) {
        return false;
    }
    mptcp_plain_arrived(c, 0, n);
    mptcp_delivered(c, n);
    return true;
}

/* The queue that the host would keep for s stays within its bounds, too (input.c). */
bool mptcp_usual_pass(struct mptcp_conn *c, struct mptcp_subflow *s, uint32_t n)
{
    mptcp_ssn before = s->rcv_done;

    if (c->burst != 0 || !is_quiet(c, s) || n > c->rcv_buf || !mptcp_ssn_eq(s->released, before) ||
        !(is_plain(c) ? pass_plain(c, n) : mptcp_arrive_and_pass(c, s, n))) {
        return false;
    }
    s->unmapped = 0;
    s->mapped = mptcp_ssn_max(before, s->mapped);
    s->released = s->rcv_done;
    return true;
}

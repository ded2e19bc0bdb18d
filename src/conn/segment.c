/*
 * segment.c - a segment comes in: reads its options and gives each to its
 * machine, in this order, since each may depend on those before it:
 * handshake (segment_opens.c), mapping and DATA_FIN (segment_data.c), acknowledgements, addresses.
 *
 * Options take effect only if TCP itself would accept the segment (RFC 8684 s3,
 * G-3). An invalid option is ignored.
 */
#include "conn/conn.h"
#include "wire/apart.h"
#include "wire/mem.h"
#include "wire/wire.h"

/* True if the segment acknowledges new data without any MPTCP option, before any DATA_ACK of data
 * has come on the subflow: the path or the peer has lost the options (s3.7). */
static bool acks_without_options(const struct inbound *in)
{
    const struct mptcp_subflow *s = in->s;
    return (s->flags & SF_DATA_ACKED) == 0 && is_mptcp(in->c) &&
           mptcp_ssn_before(s->snd_una, in->seg->ack) && mptcp_ssn_before(s->snd_una, s->snd_nxt) &&
           mptcp_lacks_options(in);
}

/* True if the segment carries a DATA_ACK. */
static bool has_data_ack(const struct inbound *in)
{
    return has(in, MPTCP_DSS) && (in->o->dss.flags & MPTCP_DSS_ACK) != 0;
}

/* Takes the segment's DATA_ACK. Returns true if it has moved SND.UNA or the window. */
static bool on_data_ack(const struct inbound *in)
{
    enum mptcp_data_ack what = mptcp_on_data_ack(in->c, in->s, in->seg, &in->o->dss);
    if (what != DATA_ACK_IGNORED) {
        mptcp_fallback_on_data_ack(in->c, in->s, what == DATA_ACK_NEWS);
    }
    return what == DATA_ACK_NEWS;
}

/* Takes acknowledgement, window and DATA_ACK of the segment. Returns true if timers of the stream
 * may have to change. */
static bool on_acks(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    const struct mptcp_segment *seg = in->seg;
    bool moved = mptcp_window_peer(in->s, seg);
    bool news = mptcp_subflow_acked(c, in->slot, seg->ack);
    bool heard = false;

    mptcp_rtt_acked(c, in->s, in->seg->ack);
    if (is_mptcp(c)) {
        bool ack = has_data_ack(in);
        mptcp_note_answer(c, in->s, seg, ack);
        heard = ack && on_data_ack(in);
    } else {
        mptcp_tcp_acked(c, in->slot);
    }
    if (!news && (moved || heard)) {
        in->verdict->signal |= mptcp_repeats_ack(in);
    }
    if (news || heard) {
        mptcp_una_moved(c);
        if ((c->bits & (BIT_FIN_KNOWN | BIT_DETACHED)) != 0) {
            mptcp_close_check(c);
        }
    }
    return moved || heard || news || c->fb.question != QUESTION_NONE;
}

/* Takes the options of the segment that are neither of the handshake nor of data. `repeats` is what
 * mptcp_repeats_ack returned. */
static MPTCP_APART void on_signals(const struct inbound *in, bool repeats)
{
    struct mptcp_subflow *s = in->s;

    if ((in->o->present & ~(MPTCP_HAS(MPTCP_DSS))) != 0) {
        in->verdict->signal |= repeats;
    }
    if (mptcp_segment_aborts(in)) {
        return;
    }
    if (has(in, MPTCP_REMOVE_ADDR)) {
        mptcp_pm_on_remove_addr(in->c, s, &in->o->remove_addr);
    }
    /* In version 0 malformed ones are counted. */
    unsigned said = in->o->present | (profile_of(in->c)->add_addr_several ? in->o->refused : 0u);
    if ((said & ANNOUNCEMENTS) != 0) {
        if (mptcp_pm_on_add_addrs(in->c, s, in->seg, in->o)) {
            mptcp_segment_confirms(in);
        }
    }
    if (has(in, MPTCP_PRIO)) {
        mptcp_pm_on_prio(in->c, s, &in->o->prio);
    }
    if (has(in, MPTCP_JOIN) && s->state == SF_OPEN) {
        want_ack(s); /* the third ACK again: the fourth was lost (J-8) */
    }
}

/* True if the segment has no payload and no FIN, and its only MPTCP option is a DSS without a
 * mapping (a DATA_ACK). */
static bool is_bare_ack(const struct mptcp_segment *seg, const struct mptcp_options *o)
{
    return seg->len == 0 && (seg->tcp_flags & MPTCP_TCP_FIN) == 0 &&
           o->present == MPTCP_HAS(MPTCP_DSS) && (o->dss.flags & MPTCP_DSS_MAP) == 0;
}

/* Acts on what a segment that is not usual, or has ended MPTCP, shows besides its data: it may be
 * one of plain TCP. As on_data_of. */
static int on_plain_data_of(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    int why = MPTCP_OK;

    /* If it was plain TCP from the start, there is no IDSN, and options mean nothing. */
    if (c->phase == PHASE_PLAIN && c->fb.plain != PLAIN_FROM_START) {
        why = mptcp_data_of_plain_segment(in);
    }
    if (why == MPTCP_OK && acks_without_options(in)) {
        why = mptcp_evidence(c, in->slot, EVIDENCE_ACK);
    }
    return why;
}

/* Takes what the segment says of data, or acts on it as evidence against MPTCP. Returns MPTCP_OK,
 * or the code with which the segment is to be dropped. */
static int on_data_of(const struct inbound *in)
{
    struct mptcp_conn *c = in->c;
    int why = MPTCP_OK;

    if (is_bare_ack(in->seg, in->o)) {
        return MPTCP_OK;
    }
    if (is_mptcp(c) && has(in, MPTCP_FAIL)) {
        why = mptcp_evidence(c, in->slot, EVIDENCE_MP_FAIL);
    }
    if (why == MPTCP_OK && is_mptcp(c)) {
        why = mptcp_data_of_segment(in);
    }
    if (in->usual != 0 && is_mptcp(c)) {
        return why; /* it has an option, so it is no EVIDENCE_ACK */
    }
    return why == MPTCP_OK ? on_plain_data_of(in) : why;
}

/*
 * A segment that TCP would not accept: its options are ignored. An old one without a new
 * acknowledgement is left to TCP: returns STOP. Any other is dropped, so that TCP does not act
 * on its acknowledgement: returns MPTCP_E_OUTSIDE, and sets SIG_ACK if it has octets or a FIN, or
 * is old and acknowledges only what was sent. In SF_SYN_RCVD it is always dropped, without an
 * ACK.
 */
static MPTCP_APART int on_unacceptable(const struct inbound *in)
{
    struct mptcp_subflow *s = in->s;
    const struct mptcp_segment *seg = in->seg;
    bool old = mptcp_ssn_before(seg->ssn, s->rcv_nxt);
    mptcp_ssn newest = mptcp_ssn_add(s->snd_nxt, (s->flags & SF_FIN_GIVEN) != 0);
    bool known = !mptcp_ssn_before(newest, seg->ack);
    bool news = !known || (mptcp_ssn_before(s->snd_una, s->snd_nxt) &&
                           mptcp_ssn_before(s->snd_una, seg->ack));

    /* Such a segment completes no handshake. */
    if (s->state == SF_SYN_RCVD) {
        return MPTCP_E_OUTSIDE;
    }
    if (old && !news) {
        mptcp_close_asked(in->c);
        return STOP; /* a repeated segment: TCP answers it with an ACK by itself */
    }
    if (seg->len > 0 || (seg->tcp_flags & MPTCP_TCP_FIN) != 0 || (old && known)) {
        want_ack(s);
    }
    return MPTCP_E_OUTSIDE;
}

/*
 * True for nearly every segment: one in mid-transfer whose only MPTCP option is a DSS. It concerns
 * no handshake and no signal. (Refused options can be announcements, which are counted.)
 */
static inline bool is_usual(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                            const struct mptcp_segment *seg, const struct mptcp_options *o)
{
    const uint32_t bits = BIT_FULLY | BIT_ONLY_STREAM;

    return o->present == MPTCP_HAS(MPTCP_DSS) && o->refused == 0 && is_mptcp(c) &&
           (c->bits & bits) == bits && (s->flags & (SF_PROBING | SF_RESET)) == 0 &&
           (seg->tcp_flags & (MPTCP_TCP_RST | MPTCP_TCP_SYN)) == 0;
}

/* Handles a segment. MPTCP_OK: timers of the stream may have to change; STOP: they need not; else
 * the code to drop it with. */
static int route(const struct inbound *in)
{
    int why = in->usual != 0 ? MPTCP_OK : mptcp_segment_other(in);

    if (why != MPTCP_OK) {
        return why;
    }
    if (!mptcp_window_acceptable(in->s, in->seg)) {
        return on_unacceptable(in);
    }
    if (in->usual == 0) {
        why = mptcp_segment_opens(in);
    }
    if (why != MPTCP_OK) {
        return why;
    }
    in->s->probes = 0; /* any acceptable segment answers the probes */
    in->s->flags &= ~(uint32_t)SF_ASKED;
    if (in->seg->len > 0) {
        mptcp_quiet_heard(in->c, in->s);
        mptcp_pm_works(in->c, in->s);
    }
    /* TCP does not see the ACK of a dropped segment, so it must not count here either (D-16). */
    why = on_data_of(in);
    if (why != MPTCP_OK) {
        return why;
    }
    bool repeats = in->usual == 0 && mptcp_repeats_ack(in);
    bool moved = on_acks(in);
    if (in->usual == 0 && is_mptcp(in->c)) {
        on_signals(in, repeats);
    }
    return moved ? MPTCP_OK : STOP;
}

/* Reads the options, in plain TCP as well: a peer that does not know of the fallback may contradict
 * the stream by them. If it was plain TCP from the start, they mean nothing. */
static inline void read_options(const struct mptcp_conn *c, const struct mptcp_segment *seg,
                                struct mptcp_options *o, struct mptcp_verdict *verdict)
{
    o->present = o->refused = 0;
    if (c->fb.plain != PLAIN_FROM_START) {
        verdict->code =
            mptcp_wire_read(seg->options, seg->options_len, seg->tcp_flags, o, NULL, c->version);
    }
}

/* Judges a segment that the short way (usual.c) does not take, on subflow s at index i. */
static int judge(struct mptcp_conn *c, struct mptcp_subflow *s, unsigned i,
                 const struct mptcp_segment *seg, struct mptcp_options *o, bool usual,
                 struct mptcp_verdict *verdict)
{
    if ((s->flags & SF_RESET) != 0 || c->phase == PHASE_ENDED) {
        verdict->drop = 1;
        return MPTCP_OK;
    }
    if (o->present != MPTCP_HAS(MPTCP_DSS) && (seg->tcp_flags & MPTCP_TCP_SYN) == 0) {
        mptcp_capable_screen(c, s, seg, o);
    }
    const struct inbound in = {
        .c = c,
        .s = s,
        .seg = seg,
        .o = o,
        .verdict = verdict,
        .slot = i,
        .opens = s->state == SF_SYN_RCVD,
        .usual = usual,
    };
    int why = route(&in);
    if (why < 0) {
        verdict->drop = 1;
        verdict->code = why;
    }
    return in.usual != 0 ? mptcp_end_stream_call(c, s, why == MPTCP_OK) : mptcp_end_call(c);
}

int mptcp_on_segment(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_segment *seg,
                     struct mptcp_verdict *verdict, mptcp_time now)
{
    static const struct mptcp_verdict none = {0};
    struct mptcp_options o;

    if (c == NULL || verdict == NULL || !segment_possible(seg) || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0 || !sf_live(subflow_at(c, (unsigned)i))) {
        return MPTCP_E_STALE;
    }
    struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    mptcp_clock_set(c, now);
    *verdict = none;
    read_options(c, seg, &o, verdict);
    bool usual = is_usual(c, s, seg, &o);
    if (usual && seg->len > 0 && mptcp_usual_segment(c, s, seg, &o.dss)) {
        return MPTCP_OK;
    }
    return judge(c, s, (unsigned)i, seg, &o, usual, verdict);
}

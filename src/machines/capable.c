/*
 * capable.c - the MP_CAPABLE handshake (RFC 8684 s3.1), both roles.
 *
 *   client  SYN with MP_CAPABLE -> SYN/ACK with the peer's key: PHASE_MPTCP
 *           SYN/ACK without, or with an unacceptable one:        fallback
 *   server  SYN with MP_CAPABLE, SYN/ACK with our key;
 *           then an ACK with both keys:                          PHASE_MPTCP
 *           then an ACK without:                                 fallback
 *
 * In version 0 the SYN has the client's key, so the third ACK decides less: wrong keys on it, or
 * data without a DSS, lead to a fallback; any other ACK to PHASE_MPTCP (Z-26, Z-27). If the path
 * has removed options, evidence that follows leads to a fallback (fallback.c).
 *
 * The connection is "fully established" (C-17) when a DSS, or in version 1 an ADD_ADDR with
 * a right HMAC, has come: until then a client repeats its keys on every ACK,
 * and on its first data in place of a DSS (C-13; not in version 0), and no join is sent.
 *
 * Moves: phase, remote key and token, IDSNs, BIT_CHECKSUM, BIT_DENY_JOIN,
 * BIT_FULLY.
 */
#include "crypto/of_version.h"
#include "machines/machines.h"

#define SYN_TRIES 3        /* with MP_CAPABLE, then without (s3.9, H-3) */
#define JOIN_WAIT_US 20000 /* of the first join, while the RTT is not known */

/* MPTCP_OK if these options have an MP_CAPABLE that can be used; else the code that says why not.
 */
static int unacceptable(const struct mptcp_options *o)
{
    if ((o->present & MPTCP_HAS(MPTCP_CAPABLE)) == 0) {
        return o->checksum_unclear ? MPTCP_E_HANDSHAKE : MPTCP_E_NO_MPTCP;
    }
    if ((o->capable.flags & MPTCP_CAPABLE_EXTENSION) != 0) {
        return MPTCP_E_OPT_EXTENSION;
    }
    if ((o->capable.flags & MPTCP_CAPABLE_SHA256) == 0) {
        return MPTCP_E_OPT_CRYPTO;
    }
    return MPTCP_OK;
}

/* Takes flags A and C of the peer's MP_CAPABLE. Checksums are on if either end asks for them. */
static void learn_flags(struct mptcp_conn *c, unsigned flags)
{
    flags &= profile_of(c)->flags;
    if ((flags & MPTCP_CAPABLE_CHECKSUM) != 0 || (c->flags & MPTCP_CFG_CHECKSUM) != 0) {
        c->bits |= BIT_CHECKSUM;
    }
    if ((flags & MPTCP_CAPABLE_DENY_JOIN) != 0) {
        c->bits |= BIT_DENY_JOIN;
    }
}

/* Both keys are known: puts the connection into PHASE_MPTCP; `window` is the peer's. Returns the
 * DSN of the peer's first octet. */
static mptcp_dsn open_mptcp(struct mptcp_conn *c, uint64_t remote_key, uint32_t window)
{
    struct mptcp_key_id id = mptcp_key_id_of(c->version, remote_key);

    c->phase = PHASE_MPTCP;
    c->remote_key = remote_key;
    c->remote_token = id.token;
    c->snd_edge = mptcp_dsn_add(c->snd_first, window);
    c->events |= HAPPENED_OPEN | EVER_OPEN;
    mptcp_paths_changed(c);
    return mptcp_dsn_add(id.idsn, 1);
}

/*
 * The version in which a SYN is answered: the newest whose SYN has this form. A client that offers
 * a higher number than that takes the lower one in the SYN/ACK, or continues as plain TCP (C-2).
 */
static unsigned answered_in(const struct mptcp_capable *o)
{
    unsigned version = MPTCP_VERSION_NEWEST;
    while (version > MPTCP_VERSION_OLDEST && mptcp_profile(version)->syn_form != o->form) {
        version--;
    }
    return version;
}

int mptcp_capable_judge_syn(const struct mptcp_options *syn, unsigned *version)
{
    /* Two MP_CAPABLEs on a SYN offer nothing (Z-15). */
    int why = syn->doubled ? MPTCP_E_OPT_DUPLICATE : unacceptable(syn);
    *version = MPTCP_VERSION_NEWEST;
    if (why == MPTCP_OK) {
        *version = answered_in(&syn->capable);
        why = syn->capable.version < *version ? MPTCP_E_OPT_VERSION : MPTCP_OK;
    }
    /* The sender of an MP_JOIN means another connection: as a new plain one, it would wrongly reach
     * the application. */
    bool joins = ((syn->present | syn->refused) & MPTCP_HAS(MPTCP_JOIN)) != 0;
    return why != MPTCP_OK && joins ? MPTCP_E_JOIN_MISSING : why;
}

int mptcp_capable_on_syn(struct mptcp_conn *c, struct mptcp_subflow *s,
                         const struct mptcp_options *o)
{
    unsigned version;
    int why = mptcp_capable_judge_syn(o, &version);

    s->state = SF_SYN_RCVD;
    if ((c->flags & MPTCP_CFG_NO_MPTCP) != 0) {
        return MPTCP_E_NO_MPTCP;
    }
    if (why == MPTCP_OK && version != c->version) {
        why = MPTCP_E_OPT_VERSION;
    }
    if (why == MPTCP_OK) {
        learn_flags(c, o->capable.flags);
        /* Zero in version 1, whose SYN has no key. */
        c->remote_key = o->capable.sender_key;
    }
    return why;
}

int mptcp_capable_on_synack(struct mptcp_conn *c, struct mptcp_subflow *s,
                            const struct mptcp_segment *seg, const struct mptcp_options *o,
                            mptcp_dsn *first)
{
    s->state = SF_OPEN;
    s->snd_edge = mptcp_ssn_of(1 + seg->window);
    int why = (c->bits & BIT_SYN_CAPABLE) != 0 ? unacceptable(o) : MPTCP_E_NO_MPTCP;
    /* A lower version than our SYN offered can't work either: its SYN has another form (C-2). */
    if (why == MPTCP_OK && o->capable.version != profile_of(c)->version) {
        why = MPTCP_E_OPT_VERSION;
    }
    if (why == MPTCP_OK && (o->capable.flags & profile_of(c)->synack_refused) != 0) {
        why = MPTCP_E_OPT_CRYPTO;
    }
    if (why == MPTCP_OK) {
        learn_flags(c, o->capable.flags);
        *first = open_mptcp(c, o->capable.sender_key, seg->window);
    }
    /* The peer answered only after our SYNs had no MP_CAPABLE any more: the path drops those. */
    return s->syns > SYN_TRIES && why == MPTCP_E_NO_MPTCP ? MPTCP_E_BLACKHOLE : why;
}

/* True if the octets that an MP_CAPABLE with data maps, from SSN 1 on, include the segment's first
 * one (RFC 8684 s3.1). If a box has cut the segment, each piece may carry the same MP_CAPABLE. */
static bool maps_segment(const struct mptcp_capable *o, const struct mptcp_segment *seg)
{
    return seg->len > 0 && (uint32_t)mptcp_ssn_diff(seg->ssn, mptcp_ssn_of(1)) < o->dll;
}

/* True if an MP_CAPABLE has the version, keys and flags of the handshake. */
static bool repeats_handshake(const struct mptcp_conn *c, const struct mptcp_capable *o)
{
    return o->version == profile_of(c)->version && (o->flags & MPTCP_CAPABLE_EXTENSION) == 0 &&
           (o->flags & MPTCP_CAPABLE_SHA256) != 0 && o->sender_key == c->remote_key &&
           o->receiver_key == c->local_key;
}

void mptcp_capable_screen(const struct mptcp_conn *c, const struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, struct mptcp_options *o)
{
    if ((o->present & MPTCP_HAS(MPTCP_CAPABLE)) == 0) {
        return;
    }
    bool to_server = (c->bits & BIT_CLIENT) == 0 && (s->flags & SF_INITIAL) != 0;
    bool placed = o->capable.form < MPTCP_CAPABLE_DATA || maps_segment(&o->capable, seg);
    /* On the ACK that ends the handshake wrong keys or another version lead to plain TCP (C-16), so
     * there the option is kept. */
    bool first = s->state == SF_SYN_RCVD;
    if (!to_server || !placed || !(first || repeats_handshake(c, &o->capable))) {
        o->present &= (uint16_t)~MPTCP_HAS(MPTCP_CAPABLE);
        o->refused |= MPTCP_HAS(MPTCP_CAPABLE);
    }
}

/* True if the client's key is known from its SYN. */
static bool key_known(const struct mptcp_conn *c)
{
    return profile_of(c)->key_in_syn && (c->bits & BIT_STATELESS) == 0;
}

/* MPTCP_OK if the ACK that ends the handshake has an MP_CAPABLE that fits it; else the code with
 * which the connection becomes plain TCP. X-6: wrong keys mean a corrupted handshake (C-16). */
static int wrong_ack(const struct mptcp_conn *c, const struct mptcp_options *o)
{
    int why = unacceptable(o);
    if (why != MPTCP_OK) {
        return why;
    }
    if (o->capable.version != profile_of(c)->version || o->capable.receiver_key != c->local_key ||
        (key_known(c) && o->capable.sender_key != c->remote_key)) {
        return MPTCP_E_HANDSHAKE;
    }
    /* C-19: the ACK must repeat the A flag that was agreed on. If no state was kept of the SYN, the
     * SYN's A flag is not known unless we set it ourselves: then it is not compared. */
    bool checksum = (o->capable.flags & MPTCP_CAPABLE_CHECKSUM) != 0;
    bool known = (c->bits & BIT_STATELESS) == 0 || (c->bits & BIT_CHECKSUM) != 0;
    if (known && checksum != ((c->bits & BIT_CHECKSUM) != 0)) {
        return MPTCP_E_HANDSHAKE;
    }
    return MPTCP_OK;
}

/* True if an ACK without MP_CAPABLE ends the handshake as well: the keys are known, and the segment
 * is no data, nor a FIN, without a DSS. */
static bool ends_without_keys(const struct mptcp_conn *c, const struct mptcp_segment *seg,
                              const struct mptcp_options *o)
{
    unsigned keys = (o->present | o->refused) & MPTCP_HAS(MPTCP_CAPABLE);
    unsigned dss = o->present & MPTCP_HAS(MPTCP_DSS);
    unsigned pure = (seg->len | (seg->tcp_flags & MPTCP_TCP_FIN)) == 0;
    return key_known(c) && keys == 0 && (dss | pure) != 0;
}

/*
 * Only the segment at the start of the stream may decide (C-15, bug class 8). A segment that has
 * overtaken it is dropped, and retransmitted once the keys are known. `early`: our data may be
 * acknowledged already.
 */
static bool at_start(const struct mptcp_segment *seg, bool early)
{
    return mptcp_ssn_eq(seg->ssn, mptcp_ssn_of(1)) &&
           (early || mptcp_ssn_eq(seg->ack, mptcp_ssn_of(1)));
}

/*
 * An ACK without data that has MPTCP options but no keys: the third ACK was lost, and the keys will
 * come with the first data (C-13), so this ACK is dropped. Data without keys is not: no keys will
 * follow, since the peer retransmits what its SYN carried, or a box has removed them (RFC 8684
 * s3.1, s3.7).
 */
static bool keys_follow(const struct mptcp_segment *seg, const struct mptcp_options *o)
{
    bool keyed = (o->present & MPTCP_HAS(MPTCP_CAPABLE)) != 0 || o->checksum_unclear;

    return !keyed && o->present != 0 && seg->len == 0;
}

bool mptcp_capable_decides(const struct mptcp_segment *ack, const struct mptcp_options *o)
{
    return at_start(ack, false) && !keys_follow(ack, o);
}

bool mptcp_capable_on_ack(struct mptcp_conn *c, struct mptcp_subflow *s,
                          const struct mptcp_segment *seg, const struct mptcp_options *o, int *why,
                          mptcp_dsn *first)
{
    bool decided = ends_without_keys(c, seg, o);

    if (!at_start(seg, (c->bits & BIT_FAST_OPEN) != 0) || (!decided && keys_follow(seg, o))) {
        return false;
    }
    s->state = SF_OPEN;
    s->snd_edge = mptcp_ssn_add(seg->ack, seg->window);
    c->bits &= ~(uint32_t)BIT_FAST_OPEN;
    *why = decided ? MPTCP_OK : wrong_ack(c, o);
    if (*why != MPTCP_OK) {
        return true;
    }
    if ((c->bits & BIT_STATELESS) != 0) {
        learn_flags(c, o->capable.flags);
    }
    *first = open_mptcp(c, key_known(c) ? c->remote_key : o->capable.sender_key, seg->window);
    return true;
}

/* True if the peer's TCP has acknowledged octets beyond the first mapping: those left with a DSS.
 */
static bool dss_has_arrived(const struct mptcp_conn *c, mptcp_ssn ack)
{
    const struct mptcp_run *r = mptcp_sent_find(c, 0, mptcp_ssn_of(1));
    return r != NULL && mptcp_ssn_before(mptcp_ssn_add(mptcp_ssn_of(1), r->unit), ack);
}

/* How long, in us, the first join waits, so that a DSS which was sent before arrives first. A SYN
 * that was sent twice tells only what the RTT is at most: mostly one of them was lost. */
static uint32_t join_wait(const struct mptcp_subflow *s)
{
    return (s->flags & SF_RTT_BOUND) != 0 ? JOIN_WAIT_US : s->srtt_us;
}

bool mptcp_capable_fully(struct mptcp_conn *c, mptcp_ssn ack)
{
    if ((c->bits & BIT_FULLY) != 0) {
        return false;
    }
    c->bits |= BIT_FULLY;
    if ((c->bits & BIT_CLIENT) != 0) {
        /* Some listeners refuse a join that comes before a DSS. If none has arrived there, one is
         * sent first, and the first join waits for an RTT. */
        struct mptcp_subflow *s = subflow_at(c, 0);
        want_ack(s);
        c->timer[DUE_CONNECT] = dss_has_arrived(c, ack) ? IDLE : from_now(c, join_wait(s));
    }
    return true;
}

/* Fills version, flags and form of an MP_CAPABLE of ours. `config`: MPTCP_CFG_ bits; `checksum`:
 * the peer has asked for checksums. */
static void offer(unsigned version, uint32_t config, bool checksum, unsigned form,
                  struct mptcp_capable *o)
{
    unsigned flags = MPTCP_CAPABLE_SHA256;
    if ((config & MPTCP_CFG_DENY_JOIN) != 0) {
        flags |= MPTCP_CAPABLE_DENY_JOIN;
    }
    if ((config & MPTCP_CFG_CHECKSUM) != 0 || checksum) {
        flags |= MPTCP_CAPABLE_CHECKSUM;
    }
    o->version = mptcp_profile(version)->version;
    o->flags = (uint8_t)(flags & mptcp_profile(version)->flags);
    o->form = (uint8_t)form;
}

void mptcp_capable_make(const struct mptcp_conn *c, unsigned form, struct mptcp_capable *o)
{
    offer(c->version, c->flags, (c->bits & BIT_CHECKSUM) != 0, form, o);
    o->sender_key = c->local_key;
    o->receiver_key = c->remote_key;
}

int mptcp_capable_answer(const struct mptcp_options *syn, uint32_t config, uint64_t key,
                         struct mptcp_capable *o)
{
    unsigned version;
    int why = mptcp_capable_judge_syn(syn, &version);
    if (why != MPTCP_OK) {
        return why;
    }
    offer(version, config, (syn->capable.flags & MPTCP_CAPABLE_CHECKSUM) != 0, MPTCP_CAPABLE_SYNACK,
          o);
    o->sender_key = key;
    return MPTCP_OK;
}

unsigned mptcp_capable_syn_form(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    if (c->phase != PHASE_OPENING) {
        return 0;
    }
    if (s->state == SF_SYN_RCVD) {
        return MPTCP_CAPABLE_SYNACK;
    }
    return s->syns < SYN_TRIES ? profile_of(c)->syn_form : 0u;
}

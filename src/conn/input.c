/*
 * input.c - the inputs other than segments and time: octets in order, subflows that are established
 * or end, reports of the host's TCP, and the application's calls.
 *
 * Each input checks its arguments, calls one or two machines, and ends with mptcp_end_call, which
 * sets the timers that follow from the state.
 */
#include "conn/conn.h"
#include "tables/in_step.h"
#include "tables/sized.h"
#include "tables/unheld.h"
#include "wire/apart.h"

int mptcp_enter(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now, struct mptcp_subflow **s)
{
    int why = subflow_refused(c, sf, now, s);
    if (why == MPTCP_OK) {
        mptcp_clock_set(c, now);
    }
    return why;
}

/* Starts the timer, unless it runs, if there is a reason for it, else stops it. It runs for `us`,
 * doubled for each try so far. */
static void run_while(struct mptcp_conn *c, enum mptcp_timer which, bool reason, uint32_t us,
                      unsigned tries)
{
    if (!reason) {
        c->timer[which] = IDLE;
    } else if (c->timer[which] == IDLE) {
        c->timer[which] = from_now(c, backoff(us, tries));
    }
}

#define ROOM_WAIT_US 10000u
#define ROOM_WAITS 7u /* doublings, up to 1.28 s */

/* Runs the timers of probes and of assumed room while closed windows or missing room keep data from
 * being sent. */
static MPTCP_APART void obstacle_timers(struct mptcp_conn *c)
{
    unsigned found = mptcp_send_obstacles(c);
    unsigned tries = c->room_tries < ROOM_WAITS ? c->room_tries : ROOM_WAITS;

    run_while(c, DUE_PROBE, (found & OBSTACLE_WINDOW) != 0, c->signal_rto, c->probe_tries);
    run_while(c, DUE_ROOM, (found & OBSTACLE_ROOM) != 0, ROOM_WAIT_US, tries);
    c->probe_tries = (found & OBSTACLE_WINDOW) != 0 ? c->probe_tries : 0;
}

/* Sets the timers that depend on what was sent and what is to be sent. */
static void stream_timers(struct mptcp_conn *c)
{
    mptcp_data_timer_arm(c);
    if (mptcp_send_pending(c)) {
        obstacle_timers(c);
        return;
    }
    c->timer[DUE_PROBE] = c->timer[DUE_ROOM] = IDLE;
    c->probe_tries = 0;
}

MPTCP_APART int mptcp_end_call(struct mptcp_conn *c)
{
    c->bits &= ~(uint32_t)BIT_ONLY_STREAM;
    if (c->phase == PHASE_ENDED || c->phase == PHASE_ABORTING) {
        return MPTCP_OK;
    }
    mptcp_close_arm(c);
    if ((c->bits & BIT_PATHS) != 0) {
        mptcp_pm_free_slots(c);
        c->bits &= mptcp_paths_quiet(c) ? ~(uint32_t)BIT_PATHS : UINT32_MAX;
    }
    mptcp_reinject_search(c);
    stream_timers(c);
    c->bits |= mptcp_only_stream(c) ? BIT_ONLY_STREAM : 0u;
    return MPTCP_OK;
}

/* True if BIT_ONLY_STREAM was set and stays set after a call that moved only the stream, as far as
 * the connection as a whole is concerned. */
static bool only_stream_stays(const struct mptcp_conn *c)
{
    return (c->bits & (BIT_ONLY_STREAM | OTHER_DUE_BITS | BIT_SHUTDOWN | BIT_RESENDS)) ==
               BIT_ONLY_STREAM &&
           (c->events & OTHER_DUE_EVENTS) == 0 && !mptcp_reinject_pending(c);
}

/* The same as far as subflow s is concerned: no ACK has to be requested. */
static bool nothing_to_tell(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return (s->flags & SF_RESET) == 0 && s->signal == 0 && mptcp_ssn_eq(s->ack_told, s->ack_sent) &&
           ack_is_told(c, s);
}

int mptcp_end_stream_call(struct mptcp_conn *c, const struct mptcp_subflow *s, bool out)
{
    if (!only_stream_stays(c) || (s != NULL && !nothing_to_tell(c, s))) {
        return mptcp_end_call(c);
    }
    if (out) {
        stream_timers(c);
    }
    return MPTCP_OK;
}

/* True if arriving octets are summed up for DSS checksums. */
static bool is_summed(const struct mptcp_conn *c)
{
    return !is_plain(c) && (c->bits & BIT_CHECKSUM) != 0;
}

/* True if len octets go past the end of the subflow's current mapping: a sum of them can't be split
 * there. */
static bool crosses(const struct mptcp_conn *c, mptcp_sf sf, uint32_t len)
{
    uint32_t left = mptcp_rx_mapping_left(c, sf);
    return left != 0 && len > left;
}

/* Plain TCP: n octets of subflow i have arrived in order. If they lie after a DATA_FIN that the
 * peer sent, the subflow is reset. */
static MPTCP_APART void plain_arrived(struct mptcp_conn *c, unsigned i, uint32_t n)
{
    mptcp_dsn end = mptcp_dsn_add(received_in_step(c, subflow_at(c, i)->rcv_nxt), n);

    if ((c->bits & BIT_FIN_KNOWN) != 0 && mptcp_dsn_before(c->rcv_fin, end)) {
        mptcp_evidence(c, i, EVIDENCE_CONTRADICTION);
    }
    mptcp_plain_arrived(c, i, n);
    mptcp_fallback_data(c, subflow_at(c, i));
    mptcp_close_reached(c);
}

/* MPTCP: a piece of subflow i has arrived in order. Acts on the DATA_FIN, wrong checksum or octets
 * without a mapping that mptcp_arrive finds. */
static void arrived(struct mptcp_conn *c, unsigned i, const struct mptcp_piece *piece)
{
    mptcp_dsn end = {0};
    unsigned what = mptcp_arrive(c, i, piece, &end);

    if ((what & ARRIVED_FIN) != 0) {
        mptcp_close_on_fin(c, end);
    }
    mptcp_close_reached(c);
    if ((what & ARRIVED_WRONG) != 0) {
        mptcp_evidence(c, i, EVIDENCE_CHECKSUM);
    }
    if ((what & ARRIVED_UNMAPPED) != 0 && is_mptcp(c)) {
        mptcp_fallback_out_of_step(c); /* the peer may send these octets again at other SSNs */
    }
}

/*
 * Bounds the queue that the host has to keep for a subflow in MPTCP: marks s for a reset if more
 * than 2 * rcv_buf octets have come without a mapping, since something on the path removes options
 * (B-4); or if more than 4 * rcv_buf wait, as duplicates behind octets that wait for a gap may.
 * Half of that is enough for a peer that sends each octet twice.
 */
static void bound_queue(const struct mptcp_conn *c, struct mptcp_subflow *s)
{
    s->mapped = mptcp_ssn_max(s->rcv_done, s->mapped);
    bool unmapped = (uint32_t)mptcp_ssn_diff(s->rcv_nxt, s->mapped) > 2 * c->rcv_buf;
    bool too_many = (uint32_t)mptcp_ssn_diff(s->rcv_nxt, s->rcv_done) > 4 * c->rcv_buf;
    if ((unmapped || too_many) && is_mptcp(c)) {
        mptcp_subflow_fail(s, unmapped ? MPTCP_E_UNMAPPED : MPTCP_E_SUBFLOW_FAILED);
    }
}

/* Begins a call about octets in order: MPTCP_OK, with *s set and the clock at `now`, or the error.
 */
static int enter_data(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                      mptcp_time now, struct mptcp_subflow **s)
{
    if (piece == NULL || piece->len == 0 || piece->len > LENGTH_MAX) {
        return MPTCP_E_ARGUMENT;
    }
    int why = subflow_refused(c, sf, now, s);
    if (why != MPTCP_OK) {
        return why;
    }
    if ((*s)->state != SF_OPEN && (*s)->state != SF_PRE) {
        return MPTCP_E_STATE;
    }
    if (is_summed(c) && piece->data == NULL && crosses(c, sf, piece->len)) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_clock_set(c, now);
    return MPTCP_OK;
}

/* A piece of s, subflow i, has arrived: what mptcp_on_data does with it, which was entered. */
static int take_data(struct mptcp_conn *c, unsigned i, struct mptcp_subflow *s,
                     const struct mptcp_piece *piece)
{
    mptcp_pm_burst_over(c);
    s->unmapped = 0;
    if (is_plain(c)) {
        plain_arrived(c, i, piece->len);
    } else {
        arrived(c, i, piece);
    }
    if ((c->bits & BIT_FIN_KNOWN) != 0) {
        mptcp_close_check(c);
    }
    bound_queue(c, s);
    return mptcp_end_stream_call(c, s, false);
}

int mptcp_on_data(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                  mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = enter_data(c, sf, piece, now, &s);

    return why != MPTCP_OK ? why : take_data(c, sf & 0xffu, s, piece);
}

int mptcp_on_data_passed(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                         mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = enter_data(c, sf, piece, now, &s);

    if (why == MPTCP_OK && mptcp_usual_pass(c, s, piece->len)) {
        return 1;
    }
    return why != MPTCP_OK ? why : take_data(c, sf & 0xffu, s, piece);
}

int mptcp_on_established(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = mptcp_enter(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    s->progress = c->tick;
    s->flags |= SF_ESTABLISHED;
    return mptcp_end_call(c);
}

int mptcp_on_fin(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = mptcp_enter(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    if ((s->flags & SF_FIN_RECEIVED) != 0) {
        return MPTCP_OK;
    }
    s->flags |= SF_FIN_RECEIVED;
    /* Octets before it were not taken: it ends nothing (FB-3). */
    if ((s->flags & SF_RESET) != 0) {
        return mptcp_end_call(c);
    }
    /* A FIN that came with an MPTCP option closes the subflow alone. In plain TCP that contradicts
     * the end of the stream: the subflow is reset. */
    bool alone = mptcp_fallback_fin_is_marked(s, s->rcv_nxt) && (c->bits & BIT_FIN_KNOWN) == 0;
    if (c->phase == PHASE_PLAIN && alone) {
        mptcp_evidence(c, sf & 0xffu, EVIDENCE_CONTRADICTION);
    } else if (c->phase == PHASE_PLAIN) {
        mptcp_close_on_plain_fin(c);
        mptcp_close_check(c);
    }
    return mptcp_end_call(c);
}

int mptcp_on_gone(struct mptcp_conn *c, mptcp_sf sf, int why, mptcp_time now)
{
    struct mptcp_subflow *s;

    if (why >= 0 || why < MPTCP_E_LAST) {
        return MPTCP_E_ARGUMENT;
    }
    int refused = mptcp_enter(c, sf, now, &s);
    if (refused != MPTCP_OK) {
        return refused;
    }
    /* MP_FAIL on the peer's RST has stored a more exact code. */
    int said = s->code;
    mptcp_subflow_end(c, sf & 0xffu, why == MPTCP_E_PEER_RESET && said != 0 ? said : why);
    return mptcp_end_call(c);
}

void mptcp_path_fill(struct mptcp_path *path, size_t size)
{
    static const struct mptcp_path unknown = {0};
    sized_fill(path, size, &unknown, sizeof unknown);
}

/* The snapshot of version 1.0. Members after it are read only if path->size holds them. */
#define PATH_LEAST SIZED_UPTO(struct mptcp_path, mapping_max)

/* Takes room, sizes and RTT of a snapshot. */
static void path_learned(struct mptcp_subflow *s, const struct mptcp_path *path)
{
    if (path->room > s->room) {
        s->flags &= ~(uint32_t)SF_LATER; /* there is more room, so a deferred SEND is due again */
    }
    s->room = path->room;
    s->flags |= SF_PATH_TOLD;
    if (path->segment_size != 0) {
        s->segment = (uint16_t)path->segment_size;
        s->mapping = s->segment;
    }
    if (path->mapping_max != 0) {
        s->mapping = (uint16_t)path->mapping_max;
    }
    if (path->srtt_us != 0) {
        mptcp_rtt_told(s, path);
    }
}

int mptcp_on_path(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_path *path, mptcp_time now)
{
    struct mptcp_subflow *s;

    if (path == NULL || !sized_right(path, PATH_LEAST, sizeof *path) ||
        path->segment_size > 0xffffu || path->mapping_max > 0xffffu) {
        return MPTCP_E_ARGUMENT;
    }
    int why = subflow_refused(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    mptcp_ssn newest = mptcp_ssn_add(s->snd_nxt, (s->flags & SF_FIN_GIVEN) != 0);
    bool told = path->acknowledged.v != 0;
    if (told && mptcp_ssn_before(newest, path->acknowledged)) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_clock_set(c, now);
    if (told && mptcp_subflow_acked(c, sf & 0xffu, path->acknowledged)) {
        mptcp_tcp_acked(c, sf & 0xffu);
        mptcp_una_moved(c);
        mptcp_close_check(c);
    }
    path_learned(s, path);
    if (told) {
        mptcp_rtt_acked(c, s, path->acknowledged);
    }
    return mptcp_end_stream_call(c, NULL, true);
}

int mptcp_on_copied(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now)
{
    struct mptcp_subflow *s;
    int why = mptcp_enter(c, sf, now, &s);
    if (why != MPTCP_OK) {
        return why;
    }
    s->copied = s->snd_nxt;
    mptcp_map_free_limit(c);
    return mptcp_end_call(c);
}

int mptcp_on_written(struct mptcp_conn *c, uint32_t n, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (c->phase == PHASE_ENDED || c->phase == PHASE_ABORTING || is_shut(c)) {
        return MPTCP_E_STATE;
    }
    mptcp_clock_set(c, now);
    c->snd_end = mptcp_dsn_add(c->snd_end, n);
    return mptcp_end_stream_call(c, NULL, true);
}

int mptcp_on_consumed(struct mptcp_conn *c, uint32_t n, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (mptcp_dsn_diff(c->rcv_delivered, c->rcv_consumed) < (int64_t)n) {
        return MPTCP_E_ARGUMENT;
    }
    mptcp_clock_set(c, now);
    return mptcp_window_consumed(c, n) ? mptcp_end_call(c) : mptcp_end_stream_call(c, NULL, false);
}

/* Begins a call by which the application closes. */
static int enter_close(struct mptcp_conn *c, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (c->phase == PHASE_NEW || c->phase == PHASE_ENDED || c->phase == PHASE_ABORTING) {
        return MPTCP_E_STATE;
    }
    mptcp_clock_set(c, now);
    return MPTCP_OK;
}

int mptcp_on_shutdown(struct mptcp_conn *c, mptcp_time now)
{
    int why = enter_close(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    c->bits |= BIT_SHUTDOWN;
    return mptcp_end_call(c);
}

int mptcp_on_detached(struct mptcp_conn *c, mptcp_time now)
{
    int why = enter_close(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    c->bits |= BIT_DETACHED;
    mptcp_close_check(c);
    return mptcp_end_call(c);
}

int mptcp_on_abort(struct mptcp_conn *c, mptcp_time now)
{
    int why = call_refused(c, now);
    if (why != MPTCP_OK) {
        return why;
    }
    if (c->phase == PHASE_ENDED || c->phase == PHASE_ABORTING) {
        return MPTCP_OK;
    }
    mptcp_clock_set(c, now);
    mptcp_close_abort(c);
    return mptcp_end_call(c);
}

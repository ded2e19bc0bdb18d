/*
 * subflow.c - a tcp_pcb of lwIP's as a subflow: attached when its SYN comes or
 * goes, reported on, and let go when TCP is through with it.
 *
 * lwIP ends a pcb in four ways, and each comes here once: the err callback
 * (reset, aborted, closed in LAST_ACK), TIME_WAIT (no callback: looked for after
 * input), the destruction of one in TIME_WAIT before that, and our own abort.
 */
#include "binding.h"
#include "sender.h"

#include "lwip/mem.h"
#include "lwip/priv/tcp_priv.h"

#include <string.h>

#include "mptcp/crypto.h"

#define MSS_MIN 48u
#define LONG_LEAST 4u /* segments that can leave at once, for a mapping over several */

struct subflow *mptcpl_subflow(struct mptcpl_pcb *m, mptcp_sf sf)
{
    struct subflow *s = m->subs;

    while (s != NULL && !(s->used && s->sf == sf)) {
        s = s->next;
    }
    return s;
}

/* ------------------------------------------------------------ lwIP's callbacks */

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct subflow *s = arg;

    (void)err;
    if (s == NULL) {
        if (p != NULL) {
            tcp_recved(pcb, p->tot_len);
            pbuf_free(p);
        }
        return ERR_OK;
    }
    if (p == NULL) {
        mptcpl_touch(s->m);
        mptcp_on_fin(s->m->conn, s->sf, mptcpl_now());
        return ERR_OK;
    }
    mptcpl_touch_stream(s->m);
    err_t why = mptcpl_received(s, p);
    /* What came leads to a reset: lwIP sends nothing before that, not even the acknowledgement. */
    return why == ERR_OK && mptcp_subflow_resets(s->m->conn, s->sf) ? ERR_ABRT : why;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    struct subflow *s = arg;

    (void)pcb;
    (void)len;
    if (s != NULL) {
        mptcpl_touch_subflow(s);
        mptcpl_cc_acked(s);
    }
    return ERR_OK;
}

static int why_of(err_t err)
{
    switch (err) {
    case ERR_CLSD:
        return MPTCP_E_CLOSED;
    case ERR_RST:
        return MPTCP_E_PEER_RESET;
    default:
        return MPTCP_E_SUBFLOW_FAILED;
    }
}

/* Closed in both directions: the last segment acknowledged our FIN, whatever else it was. */
static void report_all_acknowledged(const struct subflow *s)
{
    struct mptcp_path path;

    mptcp_path_init(&path);
    path.acknowledged = mptcp_ssn_of(s->heard_ack - s->iss);
    mptcp_on_path(s->m->conn, s->sf, &path, mptcpl_now());
}

/* lwIP has ended the pcb, which is freed already, or will be when this returns. */
static void on_err(void *arg, err_t err)
{
    struct subflow *s = arg;

    if (s == NULL || (s->tcp == NULL && !s->freed)) {
        return;
    }
    if (err == ERR_CLSD) {
        report_all_acknowledged(s);
    }
    mptcpl_gone(s, why_of(err));
}

/*
 * The pcb is freed. The err callback was called before, or is called next; or never, if the pcb was
 * in TIME_WAIT, perhaps before anybody has looked at it there, because lwIP needed its place.
 */
static void on_destroy(u8_t id, void *data)
{
    struct subflow *s = data;

    (void)id;
    if (s != NULL && s->tcp != NULL) {
        mptcpl_note(s);
        s->tcp = NULL;
        s->freed = true;
        mptcpl_touch(s->m);
    }
}

static const struct tcp_ext_arg_callbacks subflow_callbacks = {on_destroy, NULL};
static const struct tcp_ext_arg_callbacks no_callbacks = {NULL, NULL};

struct subflow *mptcpl_new_subflow(struct mptcpl_pcb *m)
{
    struct subflow *s = mem_calloc(1, sizeof *s);
    struct mptcpl_past *past = s == NULL ? NULL : mptcpl_new_past(m);

    if (past == NULL) {
        if (s != NULL) {
            mem_free(s);
        }
        return NULL;
    }
    s->m = m;
    s->past = past;
    s->rcv_ssn = mptcp_ssn_of(1);
    return s;
}

void mptcpl_drop_subflow(struct subflow *s)
{
    if (s != NULL) {
        mptcpl_drop_past(s->m, s->past);
        mem_free(s);
    }
}

void mptcpl_free_unused(struct mptcpl_pcb *m)
{
    struct subflow **p = &m->subs;

    while (*p != NULL) {
        struct subflow *s = *p;
        if (s->used) {
            p = &s->next;
        } else {
            *p = s->next;
            mem_free(s);
        }
    }
}

void mptcpl_drop_subflows(struct mptcpl_pcb *m)
{
    while (m->subs != NULL) {
        struct subflow *s = m->subs;
        m->subs = s->next;
        mem_free(s);
    }
    while (m->past != NULL) {
        struct mptcpl_past *past = m->past;
        m->past = past->next;
        mem_free(past);
    }
}

void mptcpl_attach(struct subflow *s, struct tcp_pcb *pcb, mptcp_sf sf)
{
    struct subflow **last = &s->m->subs;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = s;
    s->used = true;
    s->tcp = pcb;
    s->sf = sf;
    mptcpl_begin_past(s);
    mptcpl_touch(s->m);
    tcp_ext_arg_set(pcb, mptcpl.ext_id, s);
    tcp_ext_arg_set_callbacks(pcb, mptcpl.ext_id, &subflow_callbacks);
    tcp_arg(pcb, s);
    tcp_recv(pcb, on_recv);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_err);
    tcp_nagle_disable(pcb);
}

void mptcpl_addresses(const struct tcp_pcb *pcb, struct mptcp_addr *local,
                      struct mptcp_addr *remote)
{
    mptcpl_to_addr(&pcb->local_ip, pcb->local_port, local);
    mptcpl_to_addr(&pcb->remote_ip, pcb->remote_port, remote);
}

void mptcpl_attach_passive(struct subflow *s, struct tcp_pcb *pcb, mptcp_sf sf)
{
    mptcpl_attach(s, pcb, sf);
    s->iss = pcb->lastack;
    s->irs = pcb->rcv_nxt - 1;
}

/* ---------------------------------------------------------------- path reports */

static uint32_t room_of(const struct tcp_pcb *pcb, uint32_t unit)
{
    /* What waits unsent could be appended to, across the end of a mapping: nothing may follow it.
     */
    if ((pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT) || pcb->unsent != NULL) {
        return 0;
    }
    uint32_t wnd = LWIP_MIN(pcb->cwnd, pcb->snd_wnd);
    uint32_t flight = pcb->snd_lbb - pcb->lastack;
    uint32_t room = wnd > flight ? wnd - flight : 0;
    uint32_t segments = pcb->snd_queuelen + 4 < TCP_SND_QUEUELEN
                            ? (TCP_SND_QUEUELEN - 4u - (uint32_t)pcb->snd_queuelen) / 2u
                            : 0;
    room = LWIP_MIN(room, pcb->snd_buf);
    return LWIP_MIN(room, segments * unit);
}

/* Payload of a full segment. */
static uint32_t size_of(const struct subflow *s)
{
    return s->tcp->mss - mptcpl_timestamp(s->tcp) - mptcp_tx_options_max(s->m->conn);
}

/*
 * The longest mapping. Where segments are merged below lwIP they have to be under one, but only
 * when many can leave at once: a mapping is never lengthened, so short ones that are no multiple of
 * each other would each take a place in the tables. With checksums each segment needs the sum over
 * its whole mapping, so it is one.
 */
static uint32_t mapping_max(const struct subflow *s, uint32_t size, uint32_t room)
{
    bool many = room / LONG_LEAST >= size;
    bool longer = s->m->cfg.long_mappings && s->m->state == ST_OPEN && !s->m->checksum && many;

    return longer ? mptcpl_most_of(size) : size;
}

/*
 * tcp_write cuts segments at half of the largest window that it has seen, and at the MSS, less the
 * options: with little of either it would count below 0. The windows are the connection's to obey,
 * whatever lwIP has seen of them; and no MSS leaves less than 8 octets behind 40 of options: Linux
 * takes a smaller one for 48, too.
 */
static void use_whole_segments(struct tcp_pcb *pcb)
{
    pcb->mss = LWIP_MAX(pcb->mss, MSS_MIN);
    pcb->snd_wnd_max = mptcpl_window(LWIP_MAX(pcb->snd_wnd_max, 2u * pcb->mss));
}

/*
 * A snapshot: it is told whenever the subflow is looked at, whether it changed or not, until TCP is
 * through with it. What is acknowledged may have come on a segment that is otherwise old.
 */
void mptcpl_path_report(struct subflow *s)
{
    const struct tcp_pcb *pcb = s->tcp;
    struct mptcp_path path;

    if (pcb == NULL || pcb->state < ESTABLISHED) {
        return;
    }
    use_whole_segments(s->tcp);
    mptcp_path_init(&path);
    path.segment_size = size_of(s);
    path.room = room_of(pcb, path.segment_size);
    path.mapping_max = mapping_max(s, path.segment_size, path.room);
    path.acknowledged = mptcp_ssn_of(pcb->lastack - s->iss);
    path.sent = mptcp_ssn_of(pcb->snd_nxt - s->iss);
    path.in_flight = pcb->snd_nxt - pcb->lastack;
    path.srtt_us = s->rtt.srtt_us;
    path.rttvar_us = s->rtt.rttvar_us;
    path.min_rtt_us = s->rtt.min_rtt_us;
    s->segment_size = path.segment_size;
    s->told_room = path.room;
    s->told_srtt = path.srtt_us;
    mptcp_on_path(s->m->conn, s->sf, &path, mptcpl_now());
}

bool mptcpl_size_changed(const struct subflow *s)
{
    return s->tcp != NULL && s->tcp->state >= ESTABLISHED && size_of(s) != s->segment_size;
}

/*
 * The connection itself adds what is acknowledged to the room that it was told, and subtracts what
 * it gives to the subflow. A window that grows is told when there is an eighth more.
 */
void mptcpl_path_check(struct subflow *s)
{
    if (s->tcp == NULL || s->tcp->state < ESTABLISHED) {
        return;
    }
    uint32_t size = size_of(s);
    uint32_t room = room_of(s->tcp, size);
    uint32_t told = s->told_room;
    if (room < told || room - told > told / 8 || size != s->segment_size ||
        s->rtt.srtt_us != s->told_srtt) {
        mptcpl_path_report(s);
    }
}

/* ----------------------------------------------------------------------- the end */

/* What is left of it is in the statistics, and no key in options that were sized. */
static void keep_statistics(struct subflow *s, int why)
{
    struct mptcpl_subflow_stats *h = &s->past->s;

    mptcp_wipe(mptcpl.sized_options, sizeof mptcpl.sized_options);
    mptcpl.sized = NULL;
    if (h->alive) {
        h->alive = false;
        h->closed = why;
        h->srtt_us = s->rtt.srtt_us;
    }
}

void mptcpl_detach(struct subflow *s, int why)
{
    if (s->tcp != NULL) {
        mptcpl_note(s);
        tcp_ext_arg_set(s->tcp, mptcpl.ext_id, NULL);
        tcp_ext_arg_set_callbacks(s->tcp, mptcpl.ext_id, &no_callbacks);
        tcp_arg(s->tcp, NULL);
        s->tcp = NULL;
    }
    keep_statistics(s, why);
}

void mptcpl_gone(struct subflow *s, int why)
{
    s->tcp = NULL;
    s->freed = false;
    keep_statistics(s, why);
    mptcpl_touch(s->m);
    mptcp_on_gone(s->m->conn, s->sf, why, mptcpl_now());
}

/* The peer's FIN and ours are through; what lwIP does with the pcb from here on needs no subflow.
 */
void mptcpl_check_time_wait(struct subflow *s)
{
    if (s->tcp != NULL && s->tcp->state == TIME_WAIT) {
        mptcpl_detach(s, MPTCP_E_CLOSED);
        mptcpl_gone(s, MPTCP_E_CLOSED);
    } else if (s->freed) {
        report_all_acknowledged(s);
        mptcpl_gone(s, MPTCP_E_CLOSED);
    }
}

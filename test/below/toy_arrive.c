/*
 * toy_arrive.c - packets that come to the toy TCP: whose they are, and what they do in its state.
 */
#include "toy_own.h"

#include <string.h>

static void agree(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    const uint8_t *mss = seg_option(p, OPT_MSS);
    const uint8_t *scale = seg_option(p, OPT_SCALE);
    const uint8_t *stamp = seg_option(p, OPT_TIME);

    s->irs = p->seq;
    s->rcv_nxt = s->rcv_read = s->rcv_edge = p->seq + 1;
    s->mss = (uint16_t)least(s->mss, mss != NULL ? get16(mss + 2) : 536u);
    s->cwnd = 10u * s->mss;
    s->scaled = scale != NULL && t->cfg.scale != TOY_NO_SCALE;
    s->peer_scale = s->scaled ? scale[2] : 0;
    s->stamped = stamp != NULL && t->cfg.timestamps;
    s->ts_recent = s->stamped ? get32(stamp + 2) : 0;
    s->sack = seg_option(p, OPT_SACK_OK) != NULL && t->cfg.sack_blocks != 0;
    s->snd_wnd = p->window;
    s->snd_wl1 = p->seq;
    s->snd_wl2 = p->ack;
}

/* TCP Fast Open (RFC 7413): a SYN may ask for a cookie, or bring data and one. */
static void fast_open(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    const uint8_t *o = seg_option(p, OPT_FAST_OPEN);

    if (o == NULL || !t->cfg.fast_open) {
        return;
    }
    bool right = o[1] == 10 && memcmp(o + 2, TOY_COOKIE, 8) == 0;
    s->cookie = !right;
    if (right && p->len != 0) {
        struct seg data = *p;
        data.seq++;
        data.flags = ACK;
        toy_take_data(t, s, &data);
        s->ack_due = 0;
        s->ack_at = MPTCP_NEVER;
    }
}

static void passive_open(struct toy *t, struct toy_tcb *listener, unsigned nif, const struct seg *p)
{
    if (toy_waiting(t, listener->id) >= t->cfg.backlog) {
        return;
    }
    struct toy_tcb *s = toy_make(t, &p->to, &p->from, nif);
    s->listener = listener->id;
    s->state = TOY_SYN_RCVD;
    agree(t, s, p);
    (void)toy_window(t, s);
    fast_open(t, s, p);
    toy_send_syn(t, s);
    toy_arm(t, s);
}

static void in_syn_sent(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    bool right = (p->flags & ACK) != 0 && p->ack == s->iss + 1;

    if ((p->flags & ACK) != 0 && !right) {
        if ((p->flags & RST) == 0) {
            toy_refuse(t, s->nif, p);
        }
        return;
    }
    if ((p->flags & RST) != 0) {
        if (right) {
            toy_end(t, s, TOY_RESET);
        }
        return;
    }
    if ((p->flags & SYN) == 0 || !right) {
        return;
    }
    agree(t, s, p);
    s->snd_una = s->snd_nxt = s->snd_max = p->ack;
    s->tries = 0;
    s->resend_at = MPTCP_NEVER;
    s->state = TOY_ESTABLISHED;
    s->events |= TOY_EV_CONNECTED | TOY_EV_WRITABLE;
    toy_send_ack(t, s);
    toy_push(t, s);
}

void toy_wait_time(struct toy *t, struct toy_tcb *s)
{
    s->state = TOY_TIME_WAIT;
    s->resend_at = MPTCP_NEVER;
    s->gone_at = t->now + t->cfg.time_wait_us;
}

/* Our FIN, or the peer's, may be acknowledged, or have come. */
static void follow_fins(struct toy *t, struct toy_tcb *s)
{
    bool acked = toy_fin_acked(s);
    bool came = s->fin_known && s->rcv_nxt == s->fin_seq + 1;

    if (s->state == TOY_FIN_WAIT_1 && acked) {
        s->state = TOY_FIN_WAIT_2;
        s->gone_at = s->forgotten ? t->now + 60000000 : MPTCP_NEVER;
    }
    if (s->state == TOY_ESTABLISHED && came) {
        s->state = TOY_CLOSE_WAIT;
    } else if (s->state == TOY_FIN_WAIT_1 && came) {
        s->state = TOY_CLOSING;
    } else if (s->state == TOY_FIN_WAIT_2 && came) {
        toy_wait_time(t, s);
    }
    if (s->state == TOY_CLOSING && acked) {
        toy_wait_time(t, s);
    } else if (s->state == TOY_LAST_ACK && acked) {
        toy_end(t, s, 0);
    }
}

static void established(struct toy *t, struct toy_tcb *s)
{
    struct toy_tcb *listener = NULL;

    s->state = TOY_ESTABLISHED;
    s->tries = 0;
    for (struct toy_tcb *l = t->tcbs; l != NULL; l = l->next) {
        listener = l->id == s->listener && !l->forgotten ? l : listener;
    }
    if (listener != NULL) {
        listener->events |= TOY_EV_ACCEPT;
    }
}

/* RFC 7323 s5: the timestamp of a segment. False: it is to be dropped. */
static bool stamp_right(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    const uint8_t *o = seg_option(p, OPT_TIME);

    if (!s->stamped || (p->flags & RST) != 0) {
        return true;
    }
    if (o == NULL) {
        t->count.no_timestamp += t->cfg.strict_timestamps;
        return !t->cfg.strict_timestamps;
    }
    if (before(get32(o + 2), s->ts_recent)) {
        toy_send_ack(t, s);
        return false;
    }
    if (!before(s->rcv_nxt, p->seq)) {
        s->ts_recent = get32(o + 2);
    }
    return true;
}

/* RFC 9293 and RFC 5961: what a segment must be before anything of it counts. */
static bool acceptable(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    if ((p->flags & SYN) != 0 && s->state == TOY_SYN_RCVD && p->seq == s->irs) {
        toy_send_syn(t, s);
        return false;
    }
    if ((p->flags & RST) != 0) {
        if (p->seq == s->rcv_nxt) {
            toy_end(t, s, TOY_RESET);
        } else if (toy_in_window(s, p)) {
            toy_send_ack(t, s);
        }
        return false;
    }
    if (!stamp_right(t, s, p)) {
        return false;
    }
    if ((p->flags & SYN) != 0 || !toy_in_window(s, p)) {
        if (s->state == TOY_TIME_WAIT) {
            s->gone_at = t->now + t->cfg.time_wait_us;
        }
        toy_send_ack(t, s);
        return false;
    }
    return (p->flags & ACK) != 0;
}

static void in_others(struct toy *t, struct toy_tcb *s, const struct seg *p)
{
    if (!acceptable(t, s, p)) {
        return;
    }
    if (s->state == TOY_SYN_RCVD) {
        if (p->ack != s->iss + 1) {
            toy_refuse(t, s->nif, p);
            return;
        }
        s->snd_una = s->snd_max = s->snd_nxt = p->ack;
        s->resend_at = MPTCP_NEVER;
        established(t, s);
    }
    if (!toy_take_ack(t, s, p)) {
        toy_send_ack(t, s);
        return;
    }
    if (p->len != 0 && s->forgotten) { /* nobody reads them */
        toy_refuse(t, s->nif, p);
        toy_end(t, s, 0);
        return;
    }
    toy_take_data(t, s, p);
    toy_push(t, s);
    if (s->ack_now) {
        toy_send_ack(t, s);
    }
    follow_fins(t, s);
}

/* "Packet too big": the quoted header names the socket. */
static void too_big(struct toy *t, const struct mptcp_addr *local, const struct mptcp_addr *remote,
                    uint32_t mtu)
{
    struct toy_tcb *s = toy_between(t, local, remote);
    uint32_t head = local->family == 6 ? 60 : 40;

    if (s == NULL || mtu < head + 100 || mtu - head >= s->mss) {
        return;
    }
    t->count.too_big++;
    s->mss = (uint16_t)(mtu - head);
    if (s->snd_max != s->snd_una && s->state >= TOY_ESTABLISHED) {
        s->snd_nxt = before(s->snd_una, s->snd_first) ? s->snd_first : s->snd_una;
        s->recovering = false;
        toy_push(t, s);
    }
}

static void icmp(struct toy *t, const uint8_t *p, size_t len)
{
    struct mptcp_addr local = {.family = 4};
    struct mptcp_addr remote = {.family = 4};

    if (len >= 56 && p[0] == 0x45 && p[9] == 1 && p[20] == 3 && p[21] == 4 && p[28] == 0x45) {
        memcpy(local.ip, p + 40, 4);
        memcpy(remote.ip, p + 44, 4);
        local.port = get16(p + 48);
        remote.port = get16(p + 50);
        too_big(t, &local, &remote, get16(p + 26));
    } else if (len >= 96 && p[0] >> 4 == 6 && p[6] == 58 && p[40] == 2 && p[54] == 6) {
        local.family = remote.family = 6;
        memcpy(local.ip, p + 56, 16);
        memcpy(remote.ip, p + 72, 16);
        local.port = get16(p + 88);
        remote.port = get16(p + 90);
        too_big(t, &local, &remote, get32(p + 44));
    }
}

void toy_in(struct toy *t, unsigned nif, const uint8_t *octets, size_t len, mptcp_time now)
{
    struct seg p;

    t->now = now;
    if (!seg_read(octets, len, &p)) {
        icmp(t, octets, len);
        return;
    }
    if (!seg_sums_right(octets, len)) {
        t->count.bad_sums++;
        return;
    }
    if (toy_nif_of(t, &p.to) == TOY_INTERFACES) {
        return;
    }
    struct toy_tcb *s = toy_between(t, &p.to, &p.from);
    struct toy_tcb *listener = toy_listener(t, &p.to);
    bool opens = (p.flags & (SYN | ACK | RST)) == SYN;
    if (s != NULL && s->state == TOY_TIME_WAIT && opens && before(s->rcv_nxt - 1, p.seq) &&
        listener != NULL) {
        toy_end(t, s, 0);
        s = NULL;
    }
    if (s != NULL && s->state == TOY_SYN_SENT) {
        in_syn_sent(t, s, &p);
    } else if (s != NULL) {
        in_others(t, s, &p);
    } else if (listener != NULL && opens) {
        passive_open(t, listener, nif, &p);
    } else if ((p.flags & RST) == 0) {
        t->count.unknown++;
        toy_refuse(t, nif, &p);
    }
}

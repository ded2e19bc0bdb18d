/*
 * toy_send.c - segments that leave the toy TCP.
 */
#include "toy_own.h"

#include <stdlib.h>
#include <string.h>

static void emit(struct toy *t, unsigned nif, const struct seg *p)
{
    struct toy_frame *f = malloc(sizeof *f);

    if (f == NULL) {
        abort();
    }
    f->next = NULL;
    f->nif = nif;
    f->len = seg_write(p, f->packet);
    if (p->from.family == 4) {
        put16(f->packet + 4, ++t->ip_id);
        seg_refit(f->packet, f->len);
    }
    if (t->cfg.offload) {
        f->packet[f->len - p->len - p->options_len - 4] ^= 0x5au;
    }
    *t->out_end = f;
    t->out_end = &f->next;
}

static unsigned write_stamp(const struct toy *t, const struct toy_tcb *s, uint8_t *o)
{
    o[0] = OPT_TIME;
    o[1] = 10;
    put32(o + 2, (uint32_t)(t->now / 1000) + 7);
    put32(o + 6, s->ts_recent);
    return 10;
}

/* A SYN offers, a SYN/ACK has what both want. */
static unsigned syn_options(const struct toy *t, const struct toy_tcb *s, uint8_t *o)
{
    bool active = s->state == TOY_SYN_SENT;
    unsigned n = 4;

    o[0] = OPT_MSS;
    o[1] = 4;
    put16(o + 2, (uint16_t)(t->nif[s->nif].mtu - (s->local.family == 6 ? 60u : 40u)));
    if (active ? t->cfg.sack_blocks != 0 : s->sack) {
        o[n++] = OPT_SACK_OK;
        o[n++] = 2;
    }
    if (active ? t->cfg.timestamps : s->stamped) {
        n += write_stamp(t, s, o + n);
    }
    if (active ? t->cfg.scale != TOY_NO_SCALE : s->scaled) {
        o[n++] = 1;
        o[n++] = OPT_SCALE;
        o[n++] = 3;
        o[n++] = t->cfg.scale;
    }
    if (s->cookie && !active) {
        o[n++] = OPT_FAST_OPEN;
        o[n++] = 10;
        memcpy(o + n, TOY_COOKIE, 8);
        n += 8;
    }
    while (n % 4 != 0) {
        o[n++] = 1;
    }
    return n;
}

static unsigned options(const struct toy *t, const struct toy_tcb *s, bool data, uint8_t *o)
{
    unsigned n = 0;

    if (s->stamped) {
        o[0] = o[1] = 1;
        n = 2 + write_stamp(t, s, o + 2);
    }
    if (!data || t->cfg.sack_on_data) {
        unsigned fit = (40 - n - 4) / 8;
        n += toy_write_sack(s, o + n, least(fit, t->cfg.sack_blocks));
    }
    return n;
}

/* Fills in what is the same in every segment, and sends it: with it goes every ACK. */
static void send(struct toy *t, struct toy_tcb *s, struct seg *p)
{
    uint32_t window = toy_window(t, s);
    unsigned scale = s->scaled && (p->flags & SYN) == 0 ? t->cfg.scale : 0u;

    p->from = s->local;
    p->to = s->remote;
    p->window = (uint16_t)least(window >> scale, 65535);
    if ((p->flags & ACK) != 0) {
        p->ack = s->rcv_nxt;
        s->ack_due = 0;
        s->ack_now = false;
        s->ack_at = MPTCP_NEVER;
    }
    emit(t, s->nif, p);
}

void toy_send_syn(struct toy *t, struct toy_tcb *s)
{
    uint8_t o[40];
    struct seg p = {.seq = s->iss, .flags = SYN, .options = o};

    p.options_len = (uint8_t)syn_options(t, s, o);
    p.flags = s->state == TOY_SYN_SENT ? SYN : SYN | ACK;
    if (before(s->snd_nxt, s->iss + 1)) {
        s->snd_nxt = s->iss + 1;
    }
    if (before(s->snd_max, s->snd_nxt)) {
        s->snd_max = s->snd_nxt;
    }
    send(t, s, &p);
}

void toy_send_ack(struct toy *t, struct toy_tcb *s)
{
    uint8_t o[40];
    struct seg p = {.seq = s->snd_max, .flags = ACK, .options = o};

    p.options_len = (uint8_t)options(t, s, false, o);
    send(t, s, &p);
}

void toy_send_rst(struct toy *t, struct toy_tcb *s)
{
    struct seg p = {.seq = s->snd_max, .flags = RST | ACK};

    t->count.resets_sent++;
    send(t, s, &p);
}

void toy_refuse(struct toy *t, unsigned nif, const struct seg *in)
{
    struct seg p = {.from = in->to, .to = in->from, .flags = RST};

    if ((in->flags & ACK) != 0) {
        p.seq = in->ack;
    } else {
        p.flags |= ACK;
        p.ack = in->seq + seg_span(in);
    }
    t->count.resets_sent++;
    emit(t, nif, &p);
}

uint32_t toy_payload(const struct toy *t, const struct toy_tcb *s)
{
    uint8_t o[40];

    return s->mss - options(t, s, true, o);
}

/* Where the sequence numbers of octets and FIN end. */
static uint32_t end_of(const struct toy_tcb *s)
{
    return s->snd_first + s->snd_len + (s->fin_queued ? 1u : 0u);
}

/* Sends n octets from seq on, and the FIN if it follows them. */
static void send_piece(struct toy *t, struct toy_tcb *s, uint32_t seq, uint32_t n)
{
    uint8_t o[40];
    struct seg p = {.seq = seq, .flags = ACK, .options = o, .len = n};

    p.options_len = (uint8_t)options(t, s, n != 0, o);
    p.payload = s->snd + (seq - s->snd_first);
    if (n != 0 && seq + n == s->snd_first + s->snd_len) {
        p.flags |= PSH;
    }
    if (s->fin_queued && seq + n == s->snd_first + s->snd_len) {
        p.flags |= FIN;
    }
    uint32_t end = seq + seg_span(&p);
    if (before(seq, s->snd_max)) {
        t->count.retransmits++;
        s->timing = false;
    } else if (!s->timing) {
        s->timing = true;
        s->timed_seq = end;
        s->timed_at = t->now;
    }
    if (before(s->snd_max, end)) {
        s->snd_max = end;
    }
    send(t, s, &p);
}

/* How long the next segment is: one that repeats may be cut anywhere. */
static uint32_t piece_length(struct toy *t, struct toy_tcb *s, uint32_t seq)
{
    uint32_t full = toy_payload(t, s);
    uint32_t left = s->snd_first + s->snd_len - seq;

    if (t->cfg.recut && before(seq, s->snd_max)) {
        full = 1 + full / 3 + toy_random(t) % (full * 2 / 3);
    }
    return least(full, left);
}

/* Nagle, and no silly segments: a short one waits while others are in flight. */
static bool waits(const struct toy *t, const struct toy_tcb *s, uint32_t n, uint32_t left)
{
    bool full = n >= toy_payload(t, s);
    bool flying = s->snd_nxt != s->snd_una;

    if (full || !flying || before(s->snd_nxt, s->snd_max)) {
        return false;
    }
    return n < left || (t->cfg.nagle && !s->fin_queued);
}

static bool push_one(struct toy *t, struct toy_tcb *s)
{
    uint32_t edge = s->snd_una + least(s->cwnd, s->snd_wnd);
    uint32_t left = s->snd_first + s->snd_len - s->snd_nxt;
    uint32_t open = before(s->snd_nxt, edge) ? edge - s->snd_nxt : 0;

    if (before(end_of(s), s->snd_nxt + 1)) {
        return false;
    }
    uint32_t n = left == 0 ? 0 : least(piece_length(t, s, s->snd_nxt), open);
    if (left != 0 && (n == 0 || waits(t, s, n, left))) {
        return false;
    }
    send_piece(t, s, s->snd_nxt, n);
    s->snd_nxt += n + (s->fin_queued && n == left ? 1u : 0u);
    return true;
}

void toy_push(struct toy *t, struct toy_tcb *s)
{
    if (s->state < TOY_ESTABLISHED) {
        return;
    }
    while (push_one(t, s)) {
    }
    toy_arm(t, s);
}

void toy_resend(struct toy *t, struct toy_tcb *s)
{
    uint32_t seq = before(s->snd_una, s->snd_first) ? s->snd_first : s->snd_una;
    uint32_t end = s->snd_first + s->snd_len;

    if (before(end_of(s), seq + 1)) {
        return;
    }
    uint32_t n = before(seq, end) ? piece_length(t, s, seq) : 0;
    if (before(s->snd_max, seq + n)) { /* no further than what was sent */
        n = s->snd_max - seq;
    }
    send_piece(t, s, seq, n);
}

void toy_probe(struct toy *t, struct toy_tcb *s)
{
    t->count.probes++;
    if (before(s->snd_nxt, s->snd_first + s->snd_len)) {
        send_piece(t, s, s->snd_nxt, 1);
        s->snd_nxt++;
    } else {
        toy_resend(t, s);
    }
}

/*
 * half_open.c - a SYN at a listener, until the ACK of its SYN/ACK comes. Until then the binding
 * keeps a record of it beside lwIP's pcb, and no connection: a flood of SYNs takes no more memory.
 *
 *   SYN              makes the record: the key, the SYN's options, and those of the SYN/ACK
 *   SYN/ACK          lwIP sends it, and sends it again by its timer; the options stay the same
 *   the ACK of it    makes a connection. It gets the SYN and the SYN/ACK from the record, so that
 *                    it has the state that it would have had from the SYN on, and then this ACK. If
 *                    there is no memory for it the ACK is dropped: the client sends another one, or
 *                    lwIP gives up
 *   lwIP gives up    frees its pcb, and so the record
 *
 * The endpoint knows the key's token from the SYN on, so that no other connection gets it.
 */
#include "binding.h"

#include "lwip/mem.h"
#include "lwip/priv/tcp_priv.h"

#include <string.h>

#include "mptcp/crypto.h"

struct mptcpl_half {
    struct mptcpl_owner owner;
    uint8_t version; /* of the connection that it becomes */
    uint8_t times;   /* how often the SYN/ACK was sent; stays at 2 */
    uint8_t syn_length;
    uint8_t synack_length;
    uint32_t parent; /* the listener's number */
    uint32_t number; /* of the connection to be */
    uint32_t window; /* of the SYN */
    uint16_t own;    /* window of the SYN/ACK */
    mptcp_time at;   /* when the SYN came */
    struct mptcp_secret secret;
    uint8_t syn[MPTCP_OPTION_MAX];
    uint8_t synack[MPTCP_OPTION_MAX];
};

static struct mptcpl_half *half_of(const struct tcp_pcb *pcb)
{
    struct mptcpl_owner *owner = mptcpl_owner_of(pcb);
    return owner != NULL && owner->half_open ? (struct mptcpl_half *)owner : NULL;
}

static void drop(struct mptcpl_half *h)
{
    struct mptcpl_pcb *listener = mptcpl_find(h->parent);

    if (listener != NULL) {
        listener->pending--;
    }
    mptcpl_give_number(h->number);
    mptcp_wipe(h, sizeof *h);
    mem_free(h);
}

/* lwIP's pcb is freed. */
static void on_destroy(u8_t id, void *data)
{
    (void)id;
    drop(data);
}

static const struct tcp_ext_arg_callbacks half_callbacks = {on_destroy, NULL};

/* ----------------------------------------------------------------------------- the SYN */

/* The options of the SYN/ACK; none where it becomes plain TCP. */
static uint8_t answer(const struct mptcpl_half *h, const struct mptcpl_pcb *listener, uint8_t *p)
{
    struct mptcp_config cfg;

    if (mptcpl.syn.kind != MPTCP_SYN_CAPABLE) {
        return 0;
    }
    mptcpl_core_config(&listener->cfg, &cfg);
    int n = mptcp_stateless_synack(mptcpl.endpoint, &mptcpl.syn_seg, cfg.flags, h->secret.key, p,
                                   MPTCP_OPTION_MAX);
    return n < 0 ? 0 : (uint8_t)n;
}

/* A key, a number, and the key's token under that number; false: none can be had. */
static bool name(struct mptcpl_half *h, const struct mptcpl_pcb *listener)
{
    uint32_t token;

    if (!mptcpl_draw_key(h->version, &h->secret, &token) || !mptcpl_take_number(&h->number)) {
        return false;
    }
    /* Before the token is entered: one that is in use would be answered with plain TCP. */
    h->synack_length = answer(h, listener, h->synack);
    if (!mptcpl_enter_token(h->number, token)) {
        mptcpl_give_number(h->number);
        return false;
    }
    return true;
}

err_t mptcpl_half_open(struct mptcpl_pcb *listener, struct tcp_pcb *pcb, unsigned version)
{
    struct mptcpl_half *h = mem_calloc(1, sizeof *h);

    if (h == NULL) {
        return ERR_MEM;
    }
    h->owner.half_open = true;
    h->version = (uint8_t)version;
    h->at = mptcpl_now();
    h->parent = listener->number;
    h->window = mptcpl.syn_seg.window;
    h->own = (uint16_t)LWIP_MIN(listener->cfg.rcv_buf, 0xffffu);
    h->syn_length = (uint8_t)mptcpl.syn_seg.options_len;
    memcpy(h->syn, mptcpl.syn_options, h->syn_length);
    if (!name(h, listener)) {
        mptcp_wipe(h, sizeof *h);
        mem_free(h);
        return ERR_MEM;
    }
    listener->pending++;
    tcp_ext_arg_set(pcb, mptcpl.ext_id, h);
    tcp_ext_arg_set_callbacks(pcb, mptcpl.ext_id, &half_callbacks);
    return ERR_OK;
}

/* ------------------------------------------------------------------------- the SYN/ACK */

/* Of its segments only the SYN/ACK has options, and has lwIP's own beside them. */
unsigned mptcpl_half_length(const struct tcp_pcb *pcb, unsigned internal)
{
    const struct mptcpl_half *h = half_of(pcb);
    return h != NULL && internal != 0 && internal + h->synack_length <= MPTCP_OPTION_MAX
               ? h->synack_length
               : 0;
}

void mptcpl_half_write(const struct tcp_pcb *pcb, struct tcp_hdr *hdr, uint8_t *p, unsigned room)
{
    struct mptcpl_half *h = half_of(pcb);

    memset(p, 1, room); /* NOPs */
    if (h == NULL || (TCPH_FLAGS(hdr) & TCP_SYN) == 0) {
        return;
    }
    memcpy(p, h->synack, LWIP_MIN(room, h->synack_length));
    hdr->wnd = lwip_htons(h->own);
    h->times = (uint8_t)LWIP_MIN(h->times + 1, 2);
}

/* ---------------------------------------------------------------------- the ACK of it */

/* The connection after its SYN and SYN/ACK; false: no memory. */
static bool make_conn(struct mptcpl_pcb *m, const struct mptcpl_half *h, const struct tcp_pcb *pcb,
                      mptcp_sf *sf)
{
    struct mptcp_segment syn = {
        .options = h->syn, .options_len = h->syn_length, .tcp_flags = TCP_SYN, .window = h->window};
    struct mptcp_txseg synack = {.tcp_flags = TCP_SYN | TCP_ACK};
    struct mptcp_receipt r;
    struct mptcp_addr local;
    struct mptcp_addr remote;
    uint8_t octets[MPTCP_OPTION_MAX];

    if (!mptcpl_make_block(m, &h->secret)) {
        return false;
    }
    mptcpl_addresses(pcb, &local, &remote);
    mptcp_accept(m->conn, &syn, &local, &remote, sf, h->at);
    int n = mptcp_tx_options(m->conn, *sf, &synack, octets, sizeof octets, &r);
    for (unsigned i = 0; n >= 0 && i < h->times; i++) {
        mptcp_sent(m->conn, *sf, &r, h->at);
    }
    mptcp_wipe(octets, sizeof octets);
    return true;
}

static struct mptcpl_pcb *make_pcb(const struct mptcpl_half *h, const struct mptcpl_pcb *listener)
{
    struct mptcpl_pcb *m = mptcpl_alloc(&listener->cfg);

    if (m == NULL) {
        return NULL;
    }
    m->passive = true;
    m->is_pending = true;
    m->parent = h->parent;
    m->version = h->version;
    m->state = ST_OPENING;
    return m;
}

static struct subflow *become(struct mptcpl_half *h, struct mptcpl_pcb *m, struct tcp_pcb *pcb)
{
    const struct mptcpl_pcb *listener = mptcpl_find(h->parent);
    struct subflow *s = mptcpl_copy_paths(m, listener) ? mptcpl_new_subflow(m) : NULL;
    mptcp_sf sf;

    if (s == NULL || !make_conn(m, h, pcb, &sf)) {
        mptcpl_drop_subflow(s);
        return NULL;
    }
    mptcpl_attach_passive(s, pcb, sf);
    s->snd_high = s->counted = s->iss + 1;
    s->iss_known = true;
    s->syn_again = h->times > 1;
    return s;
}

/* The connection and its initial subflow; NULL: no memory. */
static struct subflow *open_half(struct mptcpl_half *h, struct tcp_pcb *pcb)
{
    const struct mptcpl_pcb *listener = mptcpl_find(h->parent);
    struct mptcpl_pcb *m = make_pcb(h, listener);
    struct subflow *s = m == NULL ? NULL : become(h, m, pcb);

    if (s == NULL) {
        if (m != NULL) {
            m->is_pending = false; /* the record still is */
            mptcpl_free(m);
        }
        return NULL;
    }
    mptcpl_give_number(m->number);
    m->number = h->number;
    mptcpl_set_number(m);
    mptcp_wipe(h, sizeof *h);
    mem_free(h);
    mptcpl_add_addresses(m);
    return s;
}

/*
 * Where its listener is no more lwIP gives the pcb up, or the subflow that is not there is not
 * accepted. A segment that does not acknowledge the SYN/ACK and nothing else is not the
 * handshake's (RFC 793 s3.9, RFC 5961); a SYN or RST is lwIP's.
 */
enum mptcpl_completion mptcpl_half_segment(struct tcp_pcb *pcb, const struct tcp_hdr *hdr,
                                           struct subflow **s)
{
    struct mptcpl_half *h = half_of(pcb);
    unsigned flags = TCPH_FLAGS(hdr);

    if (h == NULL || (flags & (TCP_SYN | TCP_RST)) != 0 || mptcpl_find(h->parent) == NULL) {
        return HALF_LWIP;
    }
    if ((flags & TCP_ACK) == 0 || h->times == 0 || hdr->ackno != pcb->lastack + 1) {
        return HALF_DROP;
    }
    *s = open_half(h, pcb);
    return *s != NULL ? HALF_OPENED : HALF_DROP;
}

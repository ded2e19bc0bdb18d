/*
 * hooks.c - where lwIP hands segments over and asks for options.
 *
 * In: every segment that found a pcb, before any check of TCP's. Only the
 * connection is told; nothing of TCP's state changes here, but that an acknowledgement is owed;
 * what is due is done later (work.c). Out: every segment that leaves, for the first time or again.
 *
 * Room for options: a data segment is sized by our own tcp_write with the most
 * that a mapping needs; any other segment with exactly what it will carry,
 * which is asked in advance since the answer does not change (tx_options is
 * pure). When it leaves, the header's own length says how much room there is.
 */
#include "hooks.h"
#include "binding.h"
#include "sender.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/tcp.h"

#include <string.h>

#include "mptcp/crypto.h"

#define OPT_ALL 40u

#ifdef LWIP_NOASSERT
#define ASSERTS false
#else
#define ASSERTS true
#endif

/* Fields of a header in network order: lwIP's own macros call a function for each. */
static unsigned flags_of(const struct tcp_hdr *hdr)
{
    return ((const uint8_t *)hdr)[13] & 0x3fu;
}

static unsigned length_of(const struct tcp_hdr *hdr)
{
    return (unsigned)((const uint8_t *)hdr)[12] >> 4 << 2;
}

static u32_t seqno_of(const struct tcp_hdr *hdr)
{
    const uint8_t *p = (const uint8_t *)hdr + 4;
    return (u32_t)p[0] << 24 | (u32_t)p[1] << 16 | (u32_t)p[2] << 8 | p[3];
}

/* The options area in one piece. */
static const uint8_t *gather(const struct tcp_hdr *hdr, u16_t optlen, u16_t opt1len,
                             const u8_t *opt2, uint8_t *buf)
{
    const uint8_t *opt1 = (const uint8_t *)hdr + TCP_HLEN;
    if (opt2 == NULL || opt1len >= optlen) {
        return opt1;
    }
    memcpy(buf, opt1, opt1len);
    memcpy(buf + opt1len, opt2, (size_t)(optlen - opt1len));
    return buf;
}

/* What a segment means to lwIP's TCP. Most bring octets only, or an acknowledgement. */
enum news { NEWS_OCTETS, NEWS_ACK, NEWS_ANY };

static enum news news_of(const struct subflow *s, const struct tcp_hdr *hdr, unsigned flags)
{
    const struct tcp_pcb *pcb = s->tcp;

    if ((flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) != TCP_ACK || pcb->state != ESTABLISHED ||
        !s->begun) {
        return NEWS_ANY;
    }
    return pcb->unacked == NULL && hdr->ackno == pcb->lastack ? NEWS_OCTETS : NEWS_ACK;
}

static void touch(struct subflow *s, enum news news)
{
    if (news == NEWS_OCTETS) {
        mptcpl_touch_stream(s->m);
    } else if (news == NEWS_ACK) {
        mptcpl_touch_subflow(s);
    } else {
        mptcpl_touch(s->m);
    }
}

/* An acknowledgement that the connection has taken: what lwIP's congestion control is told. */
static void acknowledged(struct subflow *s, const struct tcp_hdr *hdr,
                         const struct mptcp_segment *seg)
{
    if ((seg->tcp_flags & TCP_ACK) != 0) {
        mptcpl_rtt_acked(s, hdr->ackno);
        mptcpl_hystart_heard(s, seg, hdr->ackno);
    }
}

/* An interface or gather.c has merged segments, the second of which would have been acknowledged at
 * once (RFC 9293 s3.8.6.3). As lwIP marks that one waits for its acknowledgement. */
static void owe_ack(struct tcp_pcb *pcb)
{
    tcp_set_flags(pcb, TF_ACK_DELAY);
}

static err_t subflow_segment(struct subflow *s, struct tcp_hdr *hdr, struct mptcp_segment *seg)
{
    struct tcp_pcb *pcb = s->tcp;
    struct mptcp_verdict v;
    bool syn = (seg->tcp_flags & TCP_SYN) != 0;
    enum news news = news_of(s, hdr, seg->tcp_flags);

    if (syn && pcb->state == SYN_SENT) {
        s->irs = hdr->seqno;
    }
    seg->ssn = mptcp_ssn_of(hdr->seqno - s->irs);
    seg->ack = mptcp_ssn_of(hdr->ackno - s->iss);
    seg->window = syn ? hdr->wnd : SND_WND_SCALE(pcb, (uint32_t)hdr->wnd);
    if (news != NEWS_OCTETS) {
        mptcpl_cc_before(s);
    }
    if (mptcp_on_segment(s->m->conn, s->sf, seg, &v, mptcpl_now()) < 0) {
        return ERR_OK;
    }
    touch(s, news);
    s->heard_ack = hdr->ackno;
    if (v.drop) {
        return ERR_BUF;
    }
    if (news != NEWS_OCTETS) {
        mptcpl_recovery_heard(s, seg);
    }
    if (v.signal) {
        return ERR_BUF; /* lwIP would count it as a duplicate ACK (duty: G-1) */
    }
    if (news != NEWS_OCTETS) {
        acknowledged(s, hdr, seg);
    }
    /* The connection obeys the peer's windows; lwIP sees a large one and never splits or probes. */
    if (!syn && s->m->state == ST_OPEN) {
        hdr->wnd = 0xffff;
    }
    return ERR_OK;
}

s8_t mptcpl_hook_in(struct tcp_pcb *pcb, struct tcp_hdr *hdr, u16_t optlen, u16_t opt1len,
                    u8_t *opt2, struct pbuf *p)
{
    uint8_t buf[OPT_ALL];
    err_t err = ERR_OK;
    struct mptcp_segment seg = {
        .options = gather(hdr, optlen, opt1len, opt2, buf),
        .options_len = optlen,
        .tcp_flags = (uint8_t)flags_of(hdr),
        .len = p->tot_len,
    };

    if (pcb->state == LISTEN) {
        seg.window = hdr->wnd;
        return mptcpl_listen_segment(pcb, &seg, hdr);
    }
    struct subflow *s = subflow_of(pcb);
    if (s == NULL && mptcpl_half_segment(pcb, hdr, &s) == HALF_DROP) {
        err = ERR_BUF;
    } else if (s != NULL && s->tcp != NULL) {
        err = subflow_segment(s, hdr, &seg);
    }
    if (err == ERR_OK && seg.len > pcb->mss) {
        owe_ack(pcb);
    }
    if (seg.options == buf) {
        mptcp_wipe(buf, sizeof buf);
    }
    return err;
}

/*
 * Options of a segment without payload, as they would be now. A pure ACK is written
 * right after it was sized, and then is sent as it was sized. A SYN is asked for anew whenever lwIP
 * repeats it: the library decides how often it offers MPTCP (duty: H-3).
 */
static u8_t signal_length(struct subflow *s, unsigned flags, unsigned room)
{
    struct mptcp_txseg seg = {.tcp_flags = (uint8_t)flags};
    if ((flags & TCP_SYN) == 0) {
        seg.ssn = mptcp_ssn_of(s->tcp->snd_nxt - s->iss - (s->probing ? 1 : 0));
    }
    int n = mptcp_tx_options(s->m->conn, s->sf, &seg, mptcpl.sized_options, room,
                             &mptcpl.sized_receipt);
    mptcpl.sized = flags == TCP_ACK && n >= 0 ? s : NULL;
    mptcpl.sized_length = n < 0 ? 0 : (unsigned)n;
    return (u8_t)mptcpl.sized_length;
}

/* The options of a pure ACK that was sized with exactly this room; or -1. */
static int sized(struct subflow *s, unsigned flags, uint8_t *p, unsigned room,
                 struct mptcp_receipt *r)
{
    bool fits = mptcpl.sized == s && mptcpl.sized_length == room &&
                (flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;

    mptcpl.sized = NULL;
    if (!fits) {
        return -1;
    }
    memcpy(p, mptcpl.sized_options, room);
    *r = mptcpl.sized_receipt;
    return (int)room;
}

/* SACK blocks get what is left (LWIP_TCP_SACK_OUT): mappings and signals find room (duty: P-1). */
u8_t mptcpl_hook_optlen(const struct tcp_pcb *pcb, u8_t internal)
{
    if (pcb == NULL) {
        return internal;
    }
    if (pcb->state == LISTEN) {
        return (u8_t)(internal + (mptcpl.refuse != 0 ? 4 : 0));
    }
    struct subflow *s = subflow_of(pcb);
    if (s == NULL) {
        return (u8_t)(internal + mptcpl_half_length(pcb, internal));
    }
    if (s->filled != 0) {
        u8_t n = s->filled;
        s->filled = 0;
        return n;
    }
    if (s->sizing) {
        return (u8_t)(internal + s->most);
    }
    unsigned room = OPT_ALL - internal;
    if (s->resetting) {
        return (u8_t)(internal + signal_length(s, TCP_RST | TCP_ACK, room));
    }
    /* What a SYN carries of lwIP's own may be as long as a timestamp is. */
    if (internal != 0 && (internal != OPT_TIMESTAMP || pcb->state <= SYN_RCVD)) {
        unsigned flags = pcb->state == SYN_RCVD ? TCP_SYN | TCP_ACK : TCP_SYN;
        return (u8_t)(internal + signal_length(s, flags, room));
    }
    return (u8_t)(internal + signal_length(s, TCP_ACK, room));
}

/* Over the mapping: most segments are one, but for those that were cut again. */
static uint32_t sum_of(const struct subflow *s, const struct pbuf *segment, u16_t header,
                       const struct mptcp_txseg *seg)
{
    struct mptcp_tx_map map;

    if (s->cut && mptcp_tx_mapping(s->m->conn, s->sf, seg->ssn, &map) == MPTCP_OK &&
        map.len != seg->len) {
        return mptcpl_mapping_sum(s->m, &map);
    }
    return mptcpl_payload_sum(segment, header);
}

/* The window that a segment advertises. */
static void set_window(struct tcp_hdr *hdr, uint32_t wnd)
{
    uint8_t *p = (uint8_t *)hdr + 14;

    wnd = LWIP_MIN(wnd, 0xffffu);
    p[0] = (uint8_t)(wnd >> 8);
    p[1] = (uint8_t)wnd;
}

/* Writes at most room octets at p, where they end the header, and fills the rest with NOPs. */
static void write_options(struct subflow *s, const struct pbuf *segment, struct tcp_hdr *hdr,
                          uint8_t *p, unsigned room)
{
    u16_t header = (u16_t)(p + room - (uint8_t *)hdr);
    u16_t payload = (u16_t)(segment->tot_len - header);
    u32_t seqno = seqno_of(hdr);
    struct mptcp_txseg seg = {
        .tcp_flags = (uint8_t)flags_of(hdr),
        .ssn = mptcp_ssn_of(seqno - s->iss),
        .len = payload,
    };
    struct mptcp_receipt r;

    if (payload > 0) {
        seg.sum = s->m->checksum || s->m->state != ST_OPEN ? sum_of(s, segment, header, &seg) : 0;
        mptcpl_rtt_sent(s, seqno, payload);
    }
    int n = payload > 0 ? -1 : sized(s, seg.tcp_flags, p, room, &r);
    if (n < 0) {
        n = mptcp_tx_options(s->m->conn, s->sf, &seg, p, room, &r);
        if (n < (int)room) {
            memset(p + (n > 0 ? n : 0), 1, room - (n > 0 ? (unsigned)n : 0));
        }
    }
    if (n < 0) {
        /* Octets without their mapping, a join's handshake without MP_JOIN, or anything before the
         * RST that is due must not leave. Nobody takes a segment without SYN and ACK; lwIP sends
         * it again, as if it had been lost. */
        if ((seg.tcp_flags & TCP_RST) == 0) {
            TCPH_UNSET_FLAG(hdr, TCP_SYN | TCP_ACK);
        }
        return;
    }
    mptcp_sent(s->m->conn, s->sf, &r, mptcpl_now());
    bool syn = (seg.tcp_flags & TCP_SYN) != 0;
    set_window(hdr, syn ? r.window : RCV_WND_SCALE(s->tcp, r.window));
}

/* lwIP asserts that the options, of which ours begin at `at`, are as long as hook_optlen says when
 * it is asked again. lwIP adds its SACK blocks itself then: they stand before ours. */
static void expect_question(struct subflow *s, const struct tcp_hdr *hdr, const uint8_t *at,
                            bool syn)
{
    unsigned before = (unsigned)(at - (const uint8_t *)(hdr + 1));
    unsigned timestamp = mptcpl_timestamp(s->tcp);
    unsigned blocks = syn || before < timestamp ? 0 : before - timestamp;

    s->filled = (uint8_t)(length_of(hdr) - TCP_HLEN - blocks);
}

u32_t *mptcpl_hook_opts(struct pbuf *p, struct tcp_hdr *hdr, const struct tcp_pcb *pcb, u32_t *opts)
{
    unsigned header = length_of(hdr);
    uint8_t *at = (uint8_t *)opts;
    unsigned room = (unsigned)((uint8_t *)hdr + header - at);

    if (pcb == NULL) {
        return opts;
    }
    if (pcb->state == LISTEN) {
        if (mptcpl.refuse != 0 && room >= 4) {
            mptcp_reset_option(mptcpl.refuse, at, 4);
            return opts + 1;
        }
        return opts;
    }
    struct subflow *s = subflow_of(pcb);
    if (s == NULL || s->tcp == NULL) {
        mptcpl_half_write(pcb, hdr, at, room);
        return (u32_t *)(void *)(at + room);
    }
    bool syn = (flags_of(hdr) & TCP_SYN) != 0;
    if (syn) {
        s->syn_again = s->iss_known;
        s->iss_known = true;
        s->iss = seqno_of(hdr);
        s->snd_high = s->counted = s->iss + 1;
    }
    write_options(s, p, hdr, at, room);
    if (ASSERTS) {
        expect_question(s, hdr, at, syn);
    }
    return (u32_t *)(void *)(at + room);
}

#if LWIP_IPV6
int mptcpl_hook_ip6(struct pbuf *p)
{
    mptcpl_mtu_heard(p);
    return mptcpl_hook_ip(p);
}
#endif

/* RFC 6528: a clock of 4 us ticks plus a keyed hash of the addresses and ports (duty: G-4). */
u32_t mptcpl_hook_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote,
                      u16_t remote_port)
{
    uint8_t in[16 + 2 * sizeof(ip_addr_t) + 4] = {0};
    uint8_t out[32];
    u32_t hash;

    memcpy(in, mptcpl.isn_secret, 16);
    memcpy(in + 16, local, sizeof *local);
    memcpy(in + 16 + sizeof *local, remote, sizeof *remote);
    in[sizeof in - 4] = (uint8_t)(local_port >> 8);
    in[sizeof in - 3] = (uint8_t)local_port;
    in[sizeof in - 2] = (uint8_t)(remote_port >> 8);
    in[sizeof in - 1] = (uint8_t)remote_port;
    mptcp_crypto_sha256(out, in, sizeof in);
    memcpy(&hash, out, sizeof hash);
    return hash + (u32_t)(mptcpl_now() / 4);
}

/*
 * recut.c - a segment that is too long for its path becomes several.
 *
 * The octets are under the mapping that they were sent under: the options of each piece repeat it.
 * The first piece is lwIP's segment, shortened; the others have copies of their octets, and room
 * for options of their own. (lwIP's function for this leaves no room for what its hooks add.)
 */
#include "binding.h"
#include "sender.h"

#include "lwip/memp.h"
#include "lwip/priv/tcp_priv.h"

#include <string.h>

#if TCP_CHECKSUM_ON_COPY
#error \
    "LWIP_CHECKSUM_ON_COPY is to be 0: the sums that it keeps with segments are not those of their pieces"
#endif

#define LAST_ONLY (TCP_PSH | TCP_FIN)

/* Without memory NULL. */
static struct tcp_seg *piece_of(const struct subflow *s, const struct tcp_seg *seg, u16_t at,
                                u16_t len)
{
    u8_t flags = (u8_t)(seg->flags & TF_SEG_OPTS_TS);
    unsigned lwips = (unsigned)(LWIP_TCP_OPT_LENGTH(flags));
    u16_t room = (u16_t)(lwips + mptcp_tx_options_max(s->m->conn));
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)(room + len), PBUF_RAM);
    struct tcp_seg *piece = p == NULL ? NULL : memp_malloc(MEMP_TCP_SEG);

    if (piece == NULL) {
        if (p != NULL) {
            pbuf_free(p);
        }
        return NULL;
    }
    u16_t before = (u16_t)(seg->p->tot_len - seg->len); /* lwIP's headers, as far as they stand */
    pbuf_copy_partial(seg->p, (uint8_t *)p->payload + room, len, (u16_t)(before + at));
    pbuf_add_header(p, TCP_HLEN);
    memset(piece, 0, sizeof *piece);
    piece->p = p;
    piece->len = len;
    piece->flags = flags;
    piece->tcphdr = p->payload;
    memset(piece->tcphdr, 0, TCP_HLEN);
    piece->tcphdr->src = seg->tcphdr->src;
    piece->tcphdr->dest = seg->tcphdr->dest;
    piece->tcphdr->seqno = lwip_htonl(lwip_ntohl(seg->tcphdr->seqno) + at);
    TCPH_HDRLEN_FLAGS_SET(piece->tcphdr, (u16_t)(5 + room / 4), 0);
    return piece;
}

/* What comes behind the first `size` octets, in pieces; NULL without memory. */
static struct tcp_seg *rest_of(const struct subflow *s, const struct tcp_seg *seg, u16_t size)
{
    struct tcp_seg *first = NULL;
    struct tcp_seg **end = &first;
    struct tcp_seg *last = NULL;

    for (u32_t at = size; at < seg->len; at += size) {
        last = piece_of(s, seg, (u16_t)at, (u16_t)LWIP_MIN((u32_t)size, seg->len - at));
        if (last == NULL) {
            tcp_segs_free(first);
            return NULL;
        }
        *end = last;
        end = &last->next;
    }
    TCPH_SET_FLAG(last->tcphdr, TCPH_FLAGS(seg->tcphdr) & LAST_ONLY);
    return first;
}

bool mptcpl_recut(struct subflow *s, struct tcp_seg *seg, u16_t size)
{
    struct tcp_pcb *pcb = s->tcp;

    if (seg->len <= size) {
        return true;
    }
    struct tcp_seg *rest = seg->p->ref == 1 ? rest_of(s, seg, size) : NULL;
    if (rest == NULL) {
        return false;
    }
    pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen - pbuf_clen(seg->p));
    pbuf_realloc(seg->p, (u16_t)(seg->p->tot_len - (seg->len - size)));
    seg->len = size;
    TCPH_UNSET_FLAG(seg->tcphdr, LAST_ONLY);
    pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen + pbuf_clen(seg->p));
    struct tcp_seg *behind = seg->next;
    seg->next = rest;
    for (; rest->next != NULL; rest = rest->next) {
        pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen + pbuf_clen(rest->p));
    }
    pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen + pbuf_clen(rest->p));
    rest->next = behind;
    s->cut = true;
    return true;
}

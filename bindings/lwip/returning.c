/*
 * returning.c - a connection comes back to an address that it had before it was parked.
 *
 * Its peer still sends on the subflows of then, and lwIP, which knows nothing of them, would answer
 * with RSTs. To a peer that has no other subflow this is the end. So while a resumed connection
 * has no subflow yet, segments that belong to no pcb are dropped; a peer that was away for a moment
 * is no different. As soon as one is there a RST does no harm, and saves the peer the wait.
 */
#include "binding.h"
#include "hooks.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/tcp.h"

#include <string.h>

struct segment {
    bool v6;
    const uint8_t *from;
    const uint8_t *to;
    const uint8_t *tcp;
};

void mptcpl_returning(struct mptcpl_pcb *m, bool yes)
{
    if (m->returning != yes) {
        m->returning = yes;
        mptcpl.returning += yes ? 1u : -1u;
    }
}

/* False: no TCP, or its header does not follow at once. */
static bool parse(const struct pbuf *p, struct segment *s)
{
    const uint8_t *ip = p->payload;

    if (p->len < IP_HLEN + TCP_HLEN) {
        return false;
    }
    s->v6 = ip[0] >> 4 == 6;
    if (s->v6) {
        s->from = ip + 8;
        s->to = ip + 24;
        s->tcp = ip + IP6_HLEN;
        return ip[6] == IP_PROTO_TCP && p->len >= IP6_HLEN + TCP_HLEN;
    }
    unsigned header = (ip[0] & 15u) * 4;
    s->from = ip + 12;
    s->to = ip + 16;
    s->tcp = ip + header;
    return ip[9] == IP_PROTO_TCP && p->len >= header + TCP_HLEN;
}

static bool has(const struct tcp_pcb *list, const struct segment *s)
{
    u16_t from = (u16_t)(s->tcp[0] << 8 | s->tcp[1]);
    u16_t to = (u16_t)(s->tcp[2] << 8 | s->tcp[3]);

    for (; list != NULL; list = list->next) {
        if (list->local_port == to && list->remote_port == from &&
            mptcpl_is_at(&list->remote_ip, s->v6, s->from) &&
            mptcpl_is_at(&list->local_ip, s->v6, s->to)) {
            return true;
        }
    }
    return false;
}

static bool of_the_past(const struct pbuf *p)
{
    struct segment s;

    if (!parse(p, &s)) {
        return false;
    }
    bool opens = (s.tcp[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    return !opens && !has(tcp_active_pcbs, &s) && !has(tcp_tw_pcbs, &s);
}

int mptcpl_hook_ip(struct pbuf *p)
{
    if (mptcpl.returning == 0 || !of_the_past(p)) {
        return 0;
    }
    pbuf_free(p);
    return 1;
}

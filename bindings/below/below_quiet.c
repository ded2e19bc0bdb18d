/*
 * below_quiet.c - subflows that bring nothing while others bring octets.
 *
 * A host that only receives misses nothing on a path that is lost: its TCP waits for no answer, and
 * the connection has no octets there that could be late. Meanwhile the peer's end may be gone: a
 * router that has forgotten the flow answers the peer's segments by a RST. So the peer is asked by
 * a keep-alive. A TCP that does not know the flow any more answers by a RST, which ends the subflow
 * here, too, so that it is opened again; one that knows it answers by an ACK, and what lies between
 * learns of the flow anew.
 *
 * The peer may as well leave the path alone (a backup, a slower one): each question without octets
 * doubles the time until the next. What is in flight on the subflow is a question already.
 */
#include "below_internal.h"

#define QUIET 2000000u /* us until the first question */
#define DOUBLED 5u     /* times: the most is a minute */

void bl_heard(struct bl_stream *s, struct bl_place *p, mptcp_time now)
{
    s->heard = now;
    p->ask_at = now + QUIET;
    p->asked = 0;
}

void bl_ask_quiet(struct below *b, struct bl_stream *s, struct bl_place *p,
                  const struct shim_report *r, mptcp_time now)
{
    if (p->ask_at == 0) { /* octets are given time from the handshake on */
        p->ask_at = now + QUIET;
    }
    if (now < p->ask_at || now - s->heard >= QUIET || r->in_flight > 0 || r->peer_fin) {
        return;
    }
    p->asked = (uint8_t)(p->asked + (p->asked < DOUBLED));
    p->ask_at = now + ((mptcp_time)QUIET << p->asked);
    (void)shim_probe(b->shim, p->flow, now);
}

/*
 * shim_restore.c - clients whose HALF flow made room for another one.
 *
 * A flood of SYNs drives out every HALF flow before its third ACK can come. So the server's key, of
 * which that ACK brings the copy (RFC 8684 s3.1), tells what the shim has to know:
 *
 *   bits 63 to 24   of a key that only this shim can make, of addresses, ports and ISN
 *   bits 23 to 0    of the same, XOR what both SYNs said: window scales and MSS
 *
 *   no flow    an ACK with such a key comes to a listening port, within SHIM_SYN_ACK_US of the last
 * time that a HALF flow was given up: a HALF flow again, which the ACK makes LIVE
 *
 * Who does not get the SYN/ACK has to guess 40 bits, and then has a flow that the TCP below resets.
 * A client that changes the last 24 bits spoils its own connection. Clients of plain TCP send
 * nothing of the kind: shim_stray.c.
 */
#include "shim_internal.h"

#include "mptcp/option.h"

#define SAID_BITS 24u
#define SAID_MASK ((1u << SAID_BITS) - 1u)
#define NOT_SCALED 15u

/* What both SYNs said, in SAID_BITS. */
static uint32_t said(const struct flow *f)
{
    uint32_t peer = flow_has(f, FLOW_PEER_SCALES) ? f->peer_shift : NOT_SCALED;
    uint32_t own = flow_has(f, FLOW_SCALES) ? f->shift : NOT_SCALED;

    return own << 20 | peer << 16 | f->mss;
}

static void learn(struct flow *f, uint32_t what)
{
    f->mss = (uint16_t)what;
    f->peer_shift = (uint8_t)(what >> 16 & 15u);
    f->shift = (uint8_t)(what >> 20 & 15u);
    flow_set(f, f->peer_shift != NOT_SCALED ? FLOW_PEER_SCALES : 0);
    flow_set(f, f->shift != NOT_SCALED ? FLOW_SCALES : 0);
}

void shim_tell_key(const struct flow *f, uint8_t *capable)
{
    uint8_t *last = capable + SYN_ACK_OPTIONS - 4; /* octets of the key, which stands at the end */

    packet_put32(last, packet_get32(last) ^ said(f));
}

/* The server's key that an ACK tells; 0: none. */
static uint64_t told(const struct flow *f, const uint8_t *frame, const struct segment *t,
                     unsigned *version)
{
    struct mptcp_options o;

    mptcp_options_read_of(f->version, frame + t->tcp + TCP_HEADER, t->options,
                          t->flags & FLAGS_TOLD, &o, NULL);
    if ((o.present & MPTCP_HAS(MPTCP_CAPABLE)) == 0 || o.capable.form < MPTCP_CAPABLE_ACK) {
        return 0;
    }
    *version = o.capable.version;
    return o.capable.receiver_key;
}

uint64_t shim_key(const struct shim *s, const struct flow *f, const uint8_t *frame,
                  const struct segment *t)
{
    uint64_t key = mptcp_stateless_key(s->secret, &f->local, &f->remote, f->peer_isn.v);
    unsigned version;
    uint64_t copy = frame == NULL ? 0 : told(f, frame, t, &version);

    return copy >> SAID_BITS == key >> SAID_BITS ? copy : key;
}

bool shim_may_restore(const struct shim *s, const struct segment *t, mptcp_time now)
{
    const uint8_t others = MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK;

    return s->counts.half_forgotten != 0 && now - s->forgotten_at < SHIM_SYN_ACK_US &&
           (t->flags & others) == MPTCP_TCP_ACK && shim_listens(s, &t->destination);
}

struct flow *shim_restore(struct shim *s, unsigned nif, const uint8_t *frame,
                          const struct segment *t, mptcp_time now)
{
    struct flow known = {.local = t->destination,
                         .remote = t->source,
                         .version = 1,
                         .peer_isn = seq_prev(t->sequence)};
    unsigned version = 1;

    uint64_t copy = told(&known, frame, t, &version);
    uint64_t key = copy != 0 && shim_serves(s, version) ? shim_key(s, &known, NULL, NULL) : 0;
    if (key == 0 || copy >> SAID_BITS != key >> SAID_BITS) {
        return NULL;
    }
    struct flow *f = shim_new_flow(s, &t->destination, &t->source, SHIM_HALF, now);
    if (f == NULL) {
        return NULL;
    }
    f->version = (uint8_t)version;
    f->nif = (uint16_t)nif;
    f->peer_isn = seq_prev(t->sequence);
    flow_starts(f, t->sequence);
    f->isn = seq_prev(t->acknowledgment);
    f->sent = mptcp_ssn_of(1);
    flow_set(f, FLOW_PASSIVE | FLOW_PEERS | FLOW_OURS);
    learn(f, (uint32_t)(copy ^ key) & SAID_MASK);
    s->counts.restored++;
    return f;
}

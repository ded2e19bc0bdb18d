/*
 * shim_internal.h - the shim's own state, and the calls between its files.
 *
 *   shim.c        memory, settings, what can be asked
 *   shim_in.c     segments that come          shim_syn.c   a client's SYN and third ACK
 *   shim_icmp.c   "packet too big"            shim_out.c   segments that TCP sends
 *   shim_forge.c  segments of the shim's own  emit.c       one segment with its options, to the
 *   shim_restore.c  a third ACK without flow               network
 *   shim_stray.c    ... of a client of plain TCP
 */
#ifndef BELOW_SHIM_INTERNAL_H
#define BELOW_SHIM_INTERNAL_H

#include "flow.h"
#include "packet.h"
#include "shim.h"

/* Octets of options that a data segment needs at most; mptcp_config.option_room's default, which
 * is 40 less timestamps. The MSS that TCP is told is lower by it. */
#define DATA_ROOM 28u
#define OPTIONS_MOST 40u
/* The TCP flags that the library is told. */
#define FLAGS_TOLD (MPTCP_TCP_FIN | MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK)
#define NIFS 32u
#define SHIFT_MOST 14u /* the largest window scale (RFC 7323 s2.3) */
/* Octets of the scratch frame, beside the MTU. */
#define SCRATCH_HEADERS (LINK_MOST + IP_HEADER_MOST + TCP_HEADER + OPTIONS_MOST)

struct shim {
    struct shim_config cfg;
    struct shim_host host;
    const struct mptcp_endpoint *endpoint;
    struct mptcp_addr *listeners; /* family 0: any address; port 0: the place is free */
    uint8_t *scratch;             /* a frame that is being made */
    struct flow_table table;
    struct shim_counts counts;
    uint32_t joins_refused[-MPTCP_E_LAST]; /* by code, the index is -code; 0: in all */
    mptcp_time forgotten_at; /* when a HALF flow made room; of counts.half_forgotten the last */
    uint16_t mtu[NIFS];
    uint16_t next_id; /* identification of IPv4 packets that the shim makes */
    uint16_t zero[3];
    uint8_t secret[MPTCP_STATELESS_SECRET_SIZE];
};

static inline uint16_t shim_mtu(const struct shim *s, unsigned nif)
{
    return nif < NIFS ? s->mtu[nif] : s->cfg.mtu;
}

/* True if clients' connections of this version are answered as MPTCP. */
static inline bool shim_serves(const struct shim *s, unsigned version)
{
    return (s->cfg.versions & (version == 0 ? SHIM_VERSION_0 : SHIM_VERSION_1)) != 0;
}

/* True if clients of this local address and port are the shim's. */
bool shim_listens(const struct shim *s, const struct mptcp_addr *local);

/* mptcp_segment of a segment that came on a flow; its window is scaled, and its SSNs are relative
 * to the flow's ISNs. */
struct mptcp_segment shim_segment(const struct flow *f, const uint8_t *frame,
                                  const struct segment *t);

/* Lowers the MSS option in a SYN by `room` and to what the interface lets through; notes it. */
void shim_lower_mss(const struct shim *s, struct flow *f, uint8_t *frame, const struct packet *p,
                    const struct segment *t, uint32_t room);

/* What a SYN of either side says of window scaling. */
void shim_read_scale(struct flow *f, const uint8_t *frame, const struct segment *t, bool peer);

/* Tells the host that something happened on a LIVE flow. */
static inline void shim_touched(const struct shim *s, const struct flow *f)
{
    s->host.touched(s->host.context, f->conn, f->sf, flow_handle(&s->table, f));
}

/* DONE, once both FINs are acknowledged. */
void shim_settle(struct shim *s, struct flow *f);

/* shim.c: a flow between a segment's addresses and ports; NULL: there is no room. */
struct flow *shim_new_flow(struct shim *s, const struct mptcp_addr *local,
                           const struct mptcp_addr *remote, unsigned state, mptcp_time now);

/* shim_restore.c: writes what both SYNs said into the key of the MP_CAPABLE of a SYN/ACK. */
void shim_tell_key(const struct flow *f, uint8_t *capable);
/* The key of the connection to be: that which the ACK `t` in `frame` tells, if it is ours. */
uint64_t shim_key(const struct shim *s, const struct flow *f, const uint8_t *frame,
                  const struct segment *t);
/* A segment without a flow: true if it may be the third ACK of one that made room. Then
 * shim_restore returns the flow, HALF again, or NULL: it is not. */
bool shim_may_restore(const struct shim *s, const struct segment *t, mptcp_time now);
struct flow *shim_restore(struct shim *s, unsigned nif, const uint8_t *frame,
                          const struct segment *t, mptcp_time now);

/* shim_stray.c: an ACK without a flow that shim_restore has not restored; and a later segment. */
void shim_stray(struct shim *s, unsigned nif, const uint8_t *frame, const struct segment *t,
                mptcp_time now);
void shim_stray_note(struct flow *f, const struct segment *t);
/* A segment of TCP's, which is no RST. */
void shim_stray_told(struct flow *f, const struct segment *t);

/* shim_syn.c: a SYN without a flow (reused: it had one that was reset); and a segment on a HALF
 * flow, which *f may become LIVE by. */
enum shim_pass shim_syn(struct shim *s, unsigned nif, uint8_t *frame, const struct packet *p,
                        const struct segment *t, bool reused, mptcp_time now);
/* The SYN of a HALF flow comes again, perhaps with other options (RFC 8684 s3.9). */
void shim_syn_again(struct shim *s, struct flow *f, uint8_t *frame, const struct packet *p,
                    const struct segment *t);
enum shim_pass shim_third_ack(struct shim *s, struct flow *f, const uint8_t *frame,
                              const struct segment *t, mptcp_time now);
/* Makes a connection of plain TCP for a flow of a client, which is LIVE then; false: there is no
 * room for one. */
bool shim_open_plain(struct shim *s, struct flow *f, mptcp_time now);
/* A SYN/ACK of TCP's on a HALF flow that acknowledges Fast Open data: the flow is LIVE, or dropped
 * if there is no connection for it (false). */
bool shim_fast_open(struct shim *s, struct flow *f, mptcp_time now);

/* shim_icmp.c: lowers the MTU in a "packet too big" that is for a LIVE flow. */
void shim_icmp(struct shim *s, uint8_t *frame, const struct packet *p);

/*
 * emit.c: sends one segment of a LIVE flow, in as many packets as are needed. The segment's headers
 * lie in `frame` as TCP or shim_forge.c made them: p, t. Returns 0, or the code of mptcp_tx_options
 * that kept it.
 */
int shim_emit(struct shim *s, struct flow *f, const uint8_t *frame, const struct packet *p,
              const struct segment *t, mptcp_time now);

static inline void shim_count_refused(struct shim *s, int code)
{
    s->joins_refused[0]++;
    s->joins_refused[-code]++;
}

/* Answers a SYN that is refused by a RST with the option for this code, and counts it. */
void shim_refuse(struct shim *s, unsigned nif, const uint8_t *frame, const struct packet *p,
                 const struct segment *t, int code);

#endif

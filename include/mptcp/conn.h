/*
 * conn.h - one MPTCP connection as a value.
 *
 * A connection is a flat block in memory that the caller owns: no pointer
 * inside, none to the outside. memcpy moves or clones it. It does no I/O,
 * reads no clock, draws no randomness: everything comes in as an argument.
 *
 *   inputs    mptcp_on_...: what happened. Return 0, or a negative MPTCP_E_ code;
 *             then nothing has changed. What is due after them is asked for by
 *             the outputs, once after a batch of inputs.
 *   outputs   mptcp_want, mptcp_poll, mptcp_deadline, mptcp_tx_options:
 *             const, repeatable, by value.
 *   commits   mptcp_done, mptcp_sent: what the host really did.
 *
 * The host's loop, whatever its stack:
 *
 *   1. report inputs as they come;
 *   2. while mptcp_poll gives an action: do it, then mptcp_done;
 *   3. arm one timer for mptcp_deadline; when it fires, mptcp_on_timeout.
 *
 * And three hooks in its TCP: mptcp_on_segment for every segment received,
 * before TCP looks at it; mptcp_tx_options and mptcp_sent for every segment
 * sent or retransmitted; mptcp_on_data when bytes have arrived in order.
 *
 * This header has the life of a connection and its inputs; mptcp/action.h the outputs and commits;
 * mptcp/info.h what can be asked of it. It includes both.
 *
 * Comments name error codes without their prefix: STALE is MPTCP_E_STALE. Wrong arguments harm
 * nothing: a call returns ARGUMENT for NULL (the connection, too), for impossible lengths, counts,
 * flags and codes, and for MPTCP_NEVER as a time, and leaves the block unchanged; getters return
 * 0, or that there is nothing. A block of zeros (wiped, or never initialized) is a connection in
 * the state CLOSED, on which calls return STATE, or STALE where a subflow is named.
 *
 * Sequence numbers of subflows are relative to the sender's ISN (SYN is 0).
 * Every `now` may repeat or lag: time never runs backwards inside.
 */
#ifndef MPTCP_CONN_H
#define MPTCP_CONN_H

#include "mptcp/action.h"
#include "mptcp/config.h"
#include "mptcp/error.h"
#include "mptcp/info.h"
#include "mptcp/option.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Initializes mem as a connection; cfg and secret are copied. Returns it, or NULL if a setting of
 * cfg is out of range (mptcp_conn_size then returns an error), or if mem is smaller than
 * mptcp_conn_size or misaligned; mptcp_conn_check tells which. The state is CLOSED until
 * mptcp_connect, mptcp_accept or mptcp_accept_ack. Cost: clears the block.
 */
struct mptcp_conn *mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                   const struct mptcp_secret *secret);

/*
 * Overwrites the whole block, keys included, with zeros. The host calls it after MPTCP_EV_END,
 * or to drop a connection without sending anything.
 */
void mptcp_conn_wipe(struct mptcp_conn *c);

/*
 * Adds (to - from) to every time that the connection holds, for a clone that continues under
 * another clock. `from` is the present by the old clock, `to` the same moment by the new one.
 */
int mptcp_conn_rebase(struct mptcp_conn *c, mptcp_time from, mptcp_time to);

/*
 * Parks the connection, so that it can continue in another process, on another host or address: it
 * forgets all its subflows. The host drops its TCP's state of them without sending anything, and
 * keeps the octets of its send buffer from mptcp_conn_report.snd_una on. The block, those octets,
 * and the delivered octets that the application has not taken are then the whole connection.
 * Errors: AGAIN while octets, MPTCP_EV_OPEN or MPTCP_EV_EOF are still to be delivered; STATE if the
 * connection is plain TCP, not fully established, or closed.
 */
int mptcp_conn_park(struct mptcp_conn *c, mptcp_time now);

/*
 * Resumes a parked block that was copied to mem. `from` is the time by the old clock when it was
 * parked, `to` the present by the clock here. The caller then adds the addresses of this host
 * (mptcp_add_address), enters the token into the endpoint, and proceeds as usual: subflows are
 * joined, and a REMOVE_ADDR removes the old addresses at the peer. The connection ends with
 * TIMED_OUT if it has no subflow within limit_us. Returns it, or NULL if mem is misaligned, or does
 * not hold a parked connection of this size. It is for the caller to make sure that the block is
 * undamaged and comes from a build with the same mptcp_conn_layout.
 */
struct mptcp_conn *mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                     uint32_t limit_us);

/* A number that two builds share only if each can read the other's blocks. */
uint32_t mptcp_conn_layout(void);

/* -------------------------------------------------------------- opening */

/*
 * Active open: the host is about to send the SYN of the initial subflow, between these addresses
 * and ports, which become address id 0 of either end. Sets *sf to the handle of that subflow.
 * Returns 0; STATE if the connection was opened before; ARGUMENT.
 */
int mptcp_connect(struct mptcp_conn *c, const struct mptcp_addr *local,
                  const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now);

/* A TCP segment as received, after TCP's checksum, before anything else. */
struct mptcp_segment {
    const uint8_t *options; /* the options area; only read during the call; may be NULL if 0 long */
    uint16_t options_len;   /* 0 to 40 */
    uint8_t tcp_flags;      /* MPTCP_TCP_... */
    uint8_t in_order;       /* used for a RST. 1: the host's TCP expects `ssn` next, although
                               mptcp_on_data has not reported all octets before it, since the host
                               has yet to read them from its TCP; otherwise 0 */
    mptcp_ssn ssn;   /* of the first octet of payload, or the next one if there is none; a SYN: 0 */
    uint32_t len;    /* octets of payload */
    mptcp_ssn ack;   /* our SSN that the peer expects next; used if MPTCP_TCP_ACK is set */
    uint32_t window; /* octets: the header's window after TCP's window scaling */
};

/*
 * Passive open by a SYN for which mptcp_endpoint_on_syn returned CAPABLE or PLAIN. The connection
 * answers it with MP_CAPABLE, or becomes plain TCP; so it does if the SYN has another version than
 * mptcp_config.version: set that from struct mptcp_syn. Sets *sf to the handle of the initial
 * subflow. Returns 0; STATE if the connection was opened before; ARGUMENT if the segment is no SYN;
 * JOIN_MISSING if it has an MP_JOIN: then it is for mptcp_accept_join, or to be refused.
 */
int mptcp_accept(struct mptcp_conn *c, const struct mptcp_segment *syn,
                 const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                 mptcp_time now);

/*
 * Passive open without state before the third ACK (C-9 of s3.1): mptcp_stateless_synack of
 * endpoint.h answered the SYN, and the ACK of that SYN/ACK has come, with an acknowledgement number
 * that the host's TCP has found right. The connection must have the key that mptcp_stateless_key
 * returns again. Sets *sf to the handle of the initial subflow. The host must give the ACK to
 * mptcp_on_segment next, which decides between MPTCP and plain TCP. Returns 0; STATE if the
 * connection was opened before; ARGUMENT.
 */
int mptcp_accept_ack(struct mptcp_conn *c, const struct mptcp_addr *local,
                     const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now);

/*
 * Server, after mptcp_accept: the SYN carried data with a valid TCP Fast Open cookie (Appendix B),
 * so data may be sent before the third ACK has come; `window` is that of the SYN, in octets. Data
 * on the SYN does not belong to the MPTCP stream: the host gives it to its application directly,
 * and gives the octet after it the SSN 1. Likewise a client's host gives SSN 1 to the octet after
 * those that the SYN/ACK acknowledged; data on its SYN that was not acknowledged is reported by
 * mptcp_on_written as usual. Errors: STALE; STATE: not the initial subflow, or the third ACK has
 * come, or version 0, whose SYNs carry no data; ARGUMENT.
 */
int mptcp_on_fast_open(struct mptcp_conn *c, mptcp_sf sf, uint32_t window, mptcp_time now);

/*
 * Passive open of a further subflow by a SYN with MP_JOIN, whose token the endpoint has found to be
 * this connection's. Returns 0 and sets *sf to the handle of the subflow (the same one if the SYN
 * is a retransmission: the same nonce between the same addresses and ports), or returns JOIN_TOKEN,
 * JOIN_REFUSED, JOIN_MISSING or FULL: the host answers by a RST, whose option mptcp_reset_option
 * writes.
 *
 * A join is half-open until its third ACK proves that it is the peer's, and may lose its slot until
 * then. If no slot is free and an older half-open join loses its slot to this one, *sf is
 * MPTCP_SF_NONE: the host does what is due (MPTCP_RESET_SUBFLOW comes first) and calls again with
 * the same SYN, or drops the SYN, which will be retransmitted. FULL: no half-open join loses its
 * slot to this one; in a flood of SYNs a draw decides that.
 */
int mptcp_accept_join(struct mptcp_conn *c, const struct mptcp_segment *syn,
                      const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_sf *sf,
                      mptcp_time now);

/* --------------------------------------------------------------- inputs */

struct mptcp_verdict {
    /*
     * 1: the host's TCP must drop the segment as if the network had lost it. It does not
     * acknowledge any of it, so that the peer retransmits it, and does not process its ACK number.
     * This is so when a table is full, and for a segment that TCP does not accept (that one may be
     * answered by an ACK as TCP does). MPTCP_RESET_SUBFLOW may be due: do that before anything else
     * is sent on the subflow.
     */
    uint8_t drop;
    /* 1: the segment is an ACK without payload, SYN, FIN and RST that acknowledges no new octets of
     * the subflow while some are in flight, and it carries a signal, a new DATA_ACK or a new
     * window. TCP must not count it as a duplicate ACK (RFC 5681 s2), since it says nothing about
     * congestion (s3, G-1): a host may withhold it from its TCP, unless that needs the window or
     * SACK blocks of the header. An ACK that may complete a handshake of TCP is none: with nothing
     * in flight TCP has it. */
    uint8_t signal;
    /* An MP_EXPERIMENTAL option (s7.2), for the host: where it begins in the segment's options, and
     * its length; 0: there is none. */
    uint8_t experimental_at;
    uint8_t experimental_len;
    /*
     * MPTCP_E_: why it is dropped, or why an option of it was ignored; 0: neither. OUTSIDE: TCP
     * would not take it, since its octets are old or beyond the subflow's window, or it
     * acknowledges what was never sent; if every segment is outside, `ssn` or `ack` lacks the
     * subtraction of the ISN, or mptcp_sent is not called. BEYOND: its mapping lies beyond the
     * shared window. UNMAPPED: a part of it has no mapping, or may get one by a retransmission.
     */
    int32_t code;
    /* 1: the segment is a RST that TCP accepts at once (RFC 5961 s3.2), so the subflow ends. Any
     * other RST has no effect, or TCP answers it by an ACK. */
    uint8_t reset;
    uint8_t zero[7];
};

/*
 * To be called with every segment received on a subflow, before TCP acts on it. If the segment is
 * acceptable to TCP (this function makes RFC 5961's checks of ssn and ack), takes its options, and
 * moves the subflow's acknowledged SSN and window. *verdict tells the host's TCP what to do with
 * it. Its payload is reported by mptcp_on_data once it is in order, and before the next
 * mptcp_on_segment of that subflow: octets without any MPTCP option are accepted only if they are
 * the next in order (s3.7), and a later report would cost a retransmission.
 * Errors: STALE, ARGUMENT. Cost: one options walk, two table look-ups.
 */
int mptcp_on_segment(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_segment *seg,
                     struct mptcp_verdict *verdict, mptcp_time now);

/* The next octets of a subflow: in order, and none of them reported before. */
struct mptcp_piece {
    uint32_t len;
    uint32_t sum;     /* mptcp_sum of the octets; used if data is NULL and checksums are on */
    const void *data; /* the octets, or NULL; only read if checksums are on */
};

/*
 * len more octets of the subflow have arrived in order. The host queues them by SSN until
 * MPTCP_DELIVER or MPTCP_RELEASE; at most 4 * rcv_buf octets wait so on a subflow, duplicates
 * included, or it is reset. RCV.NXT moves here, so the next ACK carries the new DATA_ACK. A piece
 * given as a sum must not cross the end of a mapping (see mptcp_rx_mapping_left). Errors: STALE;
 * ARGUMENT; STATE if the subflow's handshake is not complete.
 */
int mptcp_on_data(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                  mptcp_time now);

/*
 * The same, for a host that passes these octets on to its application at once if it may: it does
 * without the queue, MPTCP_DELIVER and its commit where nothing waits, as for most segments of a
 * transfer on one path. Returns 1: the octets count as delivered, after all others that were, and
 * no action will name them; the host has nothing of this subflow in its queue then. 0: they count
 * as reported by mptcp_on_data, and the host queues them; always so with checksums, and where
 * octets wait for others. Errors: those of mptcp_on_data, which change nothing. What it has passed
 * on, the application consumes as ever (mptcp_on_consumed). Cost: a few comparisons and stores
 * where it returns 1, else that of mptcp_on_data.
 */
int mptcp_on_data_passed(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_piece *piece,
                         mptcp_time now);

/* The subflow's TCP handshake is complete. */
int mptcp_on_established(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/* The peer's FIN has arrived in order: nothing more will come on this subflow. */
int mptcp_on_fin(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/*
 * The host's TCP has ended the subflow. `why`: MPTCP_E_CLOSED: closed in both directions;
 * PEER_RESET: reset by the peer; SUBFLOW_FAILED: refused, or given up by TCP; FULL: the host has no
 * memory for it (a join whose SYN could not be sent is tried again later). From then on calls with
 * the handle return STALE, and octets that it had not had acknowledged are reinjected on other
 * subflows. Octets that were reported in order are still delivered, under the old handle: the host
 * keeps that queue until it is released. Errors: STALE, ARGUMENT.
 */
int mptcp_on_gone(struct mptcp_conn *c, mptcp_sf sf, int why, mptcp_time now);

/*
 * What the host's TCP knows of a subflow at this moment: a snapshot, not an event. Later versions
 * append members; `size` says which ones the caller knows. In every member but `room` and
 * `in_flight`, 0 means that the host's TCP does not report it; an earlier report then stays valid.
 */
struct mptcp_path {
    uint32_t size; /* sizeof(struct mptcp_path), set by mptcp_path_init */
    /*
     * Octets of payload that TCP would take now, at most: the congestion window less what is in
     * flight and what waits in TCP, or the memory that is left, whichever is less. What was
     * committed by mptcp_done(SEND) before this call has been subtracted by the host. Between two
     * snapshots the library subtracts what is committed and adds what the peer's TCP acknowledges.
     * Too large a number does no harm: the host then commits fewer octets, or MPTCP_LATER.
     */
    uint32_t room;
    mptcp_ssn acknowledged; /* SND.UNA: the SSN that the peer's TCP expects next */
    mptcp_ssn sent;         /* SND.NXT: after the newest octet that was sent at least once */
    uint32_t in_flight;     /* octets sent, and neither acknowledged nor taken for lost */
    uint32_t srtt_us;      /* smoothed RTT (RFC 6298); if never reported, the library measures it */
    uint32_t rttvar_us;    /* its mean deviation (RFC 6298) */
    uint32_t min_rtt_us;   /* the smallest RTT that was measured lately */
    uint32_t segment_size; /* payload of a full segment, options accounted for; up to 65535 */
    /*
     * The longest mapping that the library may declare, in octets, up to 65535. 0: one segment,
     * which is right for a TCP that cuts its segments at the ends of mappings. A larger number is
     * for a host whose segments are cut below its TCP (by segmentation offload), at an unknown
     * size.
     */
    uint32_t mapping_max;
};

/* Sets the `size` octets of *path to 0, and its member `size`. For mptcp_path_init, and for other
 * languages. Cannot fail; NULL, or less than its first member, does nothing. */
void mptcp_path_fill(struct mptcp_path *path, size_t size);

/* Sets `size`, and all other members to 0: nothing is reported, and there is no room. */
static inline void mptcp_path_init(struct mptcp_path *path)
{
    mptcp_path_fill(path, sizeof *path);
}

/*
 * Reports a snapshot of a subflow. A repeated report changes nothing. None is required, but without
 * any the library assumes segments of 496 octets, and has room only as acknowledgements come in.
 * `acknowledged` counts like the ACK number of a segment, even if no segment with it was received;
 * one older than known is ignored. `sent` and `in_flight` are not used by the library.
 * Errors: STALE; ARGUMENT: `size` is too small, a member that this library does not know is not 0,
 * a length is above 65535, or `acknowledged` lies after what the subflow was given.
 */
int mptcp_on_path(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_path *path, mptcp_time now);

/*
 * The host's TCP now holds copies of its own of all octets that the subflow was given so far, so
 * MPTCP_FREE need not wait until this subflow's TCP has had them acknowledged; TCP can retransmit
 * them from its copies (D-16). For a host whose TCP otherwise sends from the host's send buffer: a
 * silent subflow then does not keep octets in it. With checksums the host also says that it can
 * tell the sum over each mapping that holds one of these octets, however TCP cuts them when it
 * sends them again: by a table (mptcp/sums.h), or since TCP sends whole mappings only, so that each
 * sum is that of the payload. Errors: STALE, ARGUMENT.
 */
int mptcp_on_copied(struct mptcp_conn *c, mptcp_sf sf, mptcp_time now);

/* The application wrote n octets; the host keeps them in its send buffer until MPTCP_FREE. Returns
 * STATE after mptcp_on_shutdown or mptcp_on_abort, or when the connection has ended. */
int mptcp_on_written(struct mptcp_conn *c, uint32_t n, mptcp_time now);

/* The application took n of the octets delivered to it: the window opens. Returns ARGUMENT if fewer
 * than n were delivered and not consumed yet. */
int mptcp_on_consumed(struct mptcp_conn *c, uint32_t n, mptcp_time now);

/* The application writes no more: a DATA_FIN is sent after the last octet. Repeated calls change
 * nothing. Returns STATE if the connection was not opened, is being aborted, or has ended. */
int mptcp_on_shutdown(struct mptcp_conn *c, mptcp_time now);

/*
 * The application has closed the connection and takes no more octets from it. If the peer does not
 * end its direction within mptcp_config.close_limit after it has acknowledged the end of ours
 * (MPTCP_FIN_WAIT_2), or after mptcp_conn_resume if that was before, the connection is aborted, as
 * by mptcp_on_abort. The host calls mptcp_on_shutdown as well, and decides what it does with octets
 * that are still delivered. Repeated calls change nothing. Returns STATE as mptcp_on_shutdown does.
 */
int mptcp_on_detached(struct mptcp_conn *c, mptcp_time now);

/*
 * The application aborts the connection. MP_FASTCLOSE is sent on an ACK of one subflow, the others
 * are reset, and the connection ends with ABORTED when the peer has answered by a RST, or after
 * three repetitions (s3.5). With MPTCP_CFG_ABORT_RST, in plain TCP, or without a usable subflow,
 * all subflows are reset at once instead. A connection that is closed (MPTCP_EV_CLOSED) ends at
 * once, without an error. Repeated calls change nothing.
 */
int mptcp_on_abort(struct mptcp_conn *c, mptcp_time now);

/* The time that mptcp_deadline returned has come: runs the timers that have expired. Early, late
 * and repeated calls are harmless. */
int mptcp_on_timeout(struct mptcp_conn *c, mptcp_time now);

/* ------------------------------------------------------- path management */

#define MPTCP_ADDR_JOIN                                                                            \
    0x01u /* joins may start from it: to the peer's initial address (if client), to announced ones \
           */
#define MPTCP_ADDR_ANNOUNCE 0x02u /* announce it by ADD_ADDR, and listen there */
#define MPTCP_ADDR_BACKUP 0x04u   /* subflows from and to it are backups */
#define MPTCP_ADDR_METERED 0x08u  /* other addresses are joined from first; its subflows cost 1 */

/*
 * Adds a local address; flags are MPTCP_ADDR_ bits. With ANNOUNCE, addr->port is the port to listen
 * on; 0 stands for the local port of the initial subflow. Sets *id to the address id that it gets.
 * Calls, actions and reports know it by that one; if the peer was told by REMOVE_ADDR that a
 * subflow from it was lost, later joins from it carry another one (s3.4.2). Errors: FULL, ARGUMENT
 * (no address, or known already), STATE (not opened, or ended).
 */
int mptcp_add_address(struct mptcp_conn *c, const struct mptcp_addr *addr, unsigned flags,
                      uint8_t *id, mptcp_time now);

/*
 * A local address is lost, or will be: no subflow is opened from it any more, its subflows are
 * closed (by FIN if they work, else by RST; s3.4.2), and then REMOVE_ADDR is sent. After that
 * another address may get the id. Id 0 is the initial address. Returns NOT_FOUND if no address has
 * this id.
 */
int mptcp_remove_address(struct mptcp_conn *c, uint8_t id, mptcp_time now);

/* Sends ADD_ADDR again for an address that is announced, so that the peer may join to it again.
 * Returns NOT_FOUND if no address has this id, or the host does not listen there. */
int mptcp_refresh_address(struct mptcp_conn *c, uint8_t id, mptcp_time now);

/*
 * Requests one subflow from a local address to an address of the peer's, whatever the policy says
 * and whatever was tried before: MPTCP_CONNECT is due when a slot is free. Returns NOT_FOUND if an
 * id is unknown; PLAIN: the connection is plain TCP; NOT_FULLY: it is not fully established;
 * CLOSING; STATE: it is not open; ADDRESS_GONE: an address is being removed; PAIR: the two are not
 * of one family, or the peer's has no port; ROOM: option_room is less than a join needs; NO_TARGET:
 * it is the client's initial address; DENIED: the peer's flag C forbids it (s3.1); AGAIN while an
 * earlier request waits.
 */
int mptcp_join(struct mptcp_conn *c, uint8_t local_id, uint8_t remote_id, mptcp_time now);

/*
 * Sets what a subflow costs, 0 to 255: of the subflows that work and are no backups, the cheapest
 * carry the data. The peer is not told. Errors: STALE, ARGUMENT.
 */
int mptcp_set_cost(struct mptcp_conn *c, mptcp_sf sf, uint8_t cost, mptcp_time now);

/* Makes a subflow a backup or no backup, at this end, and at the peer by MP_PRIO. Errors: STATE
 * (the connection is not in MPTCP), STALE, ARGUMENT. */
int mptcp_set_backup(struct mptcp_conn *c, mptcp_sf sf, bool backup, mptcp_time now);

#ifdef __cplusplus
}
#endif

#endif

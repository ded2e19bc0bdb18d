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

#include "mptcp/config.h"
#include "mptcp/error.h"
#include "mptcp/option.h"
#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_conn; /* the block; the caller does not access its members */

/*
 * Initializes mem as a connection; cfg and secret are copied. Returns it, or NULL if a setting of
 * cfg is out of range (mptcp_conn_size then returns an error), or if mem is smaller than
 * mptcp_conn_size or misaligned. The state is CLOSED until mptcp_connect, mptcp_accept or
 * mptcp_accept_ack. Cost: clears the block.
 */
struct mptcp_conn *mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                   const struct mptcp_secret *secret);

/*
 * Overwrites the whole block, keys included, with zeros. The host calls it after MPTCP_EVENT_END,
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
 * keeps the octets of its send buffer from mptcp_info.snd_una on. The block, those octets, and the
 * delivered octets that the application has not taken are then the whole connection. Errors: AGAIN
 * while octets, MPTCP_EVENT_OPEN or MPTCP_EVENT_EOF are still to be delivered; STATE if the
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
    uint8_t zero;
    mptcp_ssn ssn;   /* of the first octet of payload, or the next one if there is none; a SYN: 0 */
    uint32_t len;    /* octets of payload */
    mptcp_ssn ack;   /* our SSN that the peer expects next; used if MPTCP_TCP_ACK is set */
    uint32_t window; /* octets: the header's window after TCP's window scaling */
};

/*
 * Passive open by a SYN for which mptcp_endpoint_on_syn returned CAPABLE or PLAIN. The connection
 * answers it with MP_CAPABLE, or becomes plain TCP. Sets *sf to the handle of the initial subflow.
 * Returns 0; STATE if the connection was opened before; ARGUMENT if the segment is no SYN;
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
 * come; ARGUMENT.
 */
int mptcp_on_fast_open(struct mptcp_conn *c, mptcp_sf sf, uint32_t window, mptcp_time now);

/*
 * Passive open of a further subflow by a SYN with MP_JOIN, whose token the endpoint has found to be
 * this connection's. Returns 0 and sets *sf to the handle of the subflow (the same one if the SYN
 * is a retransmission), or returns JOIN_TOKEN, JOIN_REFUSED, JOIN_MISSING or FULL: the host answers
 * by a RST, whose option mptcp_reset_option writes.
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
    /* 1: the segment carries a signal, a new DATA_ACK or a new window: TCP must not count it as a
     * duplicate ACK, since it says nothing about congestion (s3, G-1). */
    uint8_t signal;
    /* An MP_EXPERIMENTAL option (s7.2), for the host: where it begins in the segment's options, and
     * its length; 0: there is none. */
    uint8_t experimental_at;
    uint8_t experimental_len;
    int32_t code; /* MPTCP_E_: why it is dropped, or why an option of it was ignored; 0: neither */
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

/* Sets `size`, and all other members to 0: nothing is reported, and there is no room. */
void mptcp_path_init(struct mptcp_path *path);

/*
 * Reports a snapshot of a subflow. A repeated report changes nothing. None is required, but without
 * any the library assumes segments of 496 octets, and has room only as acknowledgements come in.
 * `acknowledged` counts like the ACK number of a segment, even if no segment with it was received;
 * one older than known is ignored. `sent` and `in_flight` are not used by the library.
 * Errors: STALE; ARGUMENT: `size` is too small, a length above 65535, or `acknowledged` lies
 * after what the subflow was given.
 */
int mptcp_on_path(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_path *path, mptcp_time now);

/*
 * The host's TCP now holds copies of its own of all octets that the subflow was given so far, so
 * MPTCP_FREE need not wait until this subflow's TCP has had them acknowledged; TCP can retransmit
 * them from its copies (D-16). For a host whose TCP otherwise sends from the host's send buffer: a
 * silent subflow then does not keep octets in it. Errors: STALE, ARGUMENT.
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
 * The application aborts the connection. MP_FASTCLOSE is sent on an ACK of one subflow, the others
 * are reset, and the connection ends with ABORTED when the peer has answered by a RST, or after
 * three repetitions (s3.5). With MPTCP_CFG_ABORT_RST, in plain TCP, or without a usable subflow,
 * all subflows are reset at once instead. A connection that is closed (MPTCP_EVENT_CLOSED) ends at
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
 * Errors: FULL, ARGUMENT (no address, or known already), STATE (not opened, or ended).
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
 * id is unknown; STATE if this subflow may not be opened: the connection is plain TCP, not fully
 * established or closing, an address is being removed, the two do not fit each other, or the peer's
 * flag C forbids it (s3.1); AGAIN while an earlier request waits.
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

/* -------------------------------------------------------------- outputs */

enum mptcp_action_type {
    MPTCP_NOTHING = 0,
    MPTCP_RESET_SUBFLOW, /* send RST, drop what TCP holds of it; mptcp_done, not mptcp_on_gone */
    MPTCP_DELIVER,       /* hand octets of a subflow's receive queue to the application */
    MPTCP_RELEASE,       /* drop octets of a subflow's receive queue */
    MPTCP_FREE,          /* drop octets of the send buffer */
    MPTCP_SEND,          /* give octets of the send buffer to a subflow's TCP */
    MPTCP_SEND_ACK,      /* make a subflow's TCP send a pure ACK now, or within 10 ms */
    MPTCP_PROBE,         /* make the peer's TCP answer: retransmit the first segment in flight, or
                            send a keep-alive if there is none */
    MPTCP_CLOSE_SUBFLOW, /* send a FIN after what TCP holds; continue to receive */
    MPTCP_LISTEN,        /* accept SYNs on an address and port */
    MPTCP_UNLISTEN,      /* accept no more SYNs there */
    MPTCP_CONNECT,       /* open an additional subflow */
    MPTCP_EVENT          /* tell the application */
};
#define MPTCP_WANT(type) (1u << (type))

enum mptcp_event {
    MPTCP_EVENT_NONE = 0,
    MPTCP_EVENT_OPEN, /* the application may read and write; `code`: 0, or why it is plain TCP */
    MPTCP_EVENT_FALLBACK,     /* the connection was MPTCP and is plain TCP now; `code`: why */
    MPTCP_EVENT_SUBFLOW,      /* subflow `sf` can carry data */
    MPTCP_EVENT_ADDRESS,      /* the peer announced address `addr_id` */
    MPTCP_EVENT_EOF,          /* the peer's stream has ended, and all of it was delivered */
    MPTCP_EVENT_CLOSED,       /* both directions are closed and acknowledged */
    MPTCP_EVENT_END,          /* the last one: no subflow is left; `code`: CLOSED or the error */
    MPTCP_EVENT_SUBFLOW_GONE, /* subflow `sf` has ended, `code` says why; if the peer reset it with
                                 MP_TCPRST, `reason` and `transient` are that option's */
    MPTCP_EVENT_ADDRESS_GONE  /* the peer removed address `addr_id` */
};

/* One thing to do. Members not named for its type are 0. */
struct mptcp_action {
    uint8_t type;       /* enum mptcp_action_type */
    uint8_t event;      /* EVENT: enum mptcp_event */
    uint8_t addr_id;    /* CONNECT, LISTEN, UNLISTEN: local id. EVENT_ADDRESS...: the peer's */
    uint8_t remote_id;  /* CONNECT */
    uint8_t reason;     /* RESET: enum mptcp_reset_reason, which mptcp_tx_options writes.
                           EVENT_SUBFLOW_GONE: that of the peer's RST, or MPTCP_NO_REASON */
    uint8_t backup;     /* CONNECT: 1: the MP_JOIN asks for a backup (flag B) */
    uint8_t reinjected; /* SEND: these octets were given to another subflow before */
    uint8_t transient; /* EVENT_SUBFLOW_GONE: the peer says that its reason is transient (flag T) */
    mptcp_sf sf;
    int32_t code;   /* RESET, EVENT: MPTCP_E_... */
    uint32_t len;   /* DELIVER, SEND: octets; RELEASE: octets from ssn; FREE: octets below dsn */
    mptcp_ssn ssn;  /* DELIVER, RELEASE: SSN of the first octet; SEND: the one that it will have */
    mptcp_ssn keep; /* DELIVER (if done to its full len), RELEASE: the host's receive queue needs no
                       octet below this SSN any more */
    uint32_t zero2;
    mptcp_dsn dsn;           /* DELIVER, SEND: DSN of the first octet; FREE: drop octets below it */
    struct mptcp_addr local; /* CONNECT: bind to it (another port will do if this one can't be had;
                                0: any that was not in use lately). LISTEN, UNLISTEN: where */
    struct mptcp_addr remote; /* CONNECT: the address and port to connect to */
};

/* Returns which types of action are due: MPTCP_WANT bits. Cost: a pass over the subflows. */
unsigned mptcp_want(const struct mptcp_conn *c);

/* Sets *a to the most urgent action that is due and returns 1; or to MPTCP_NOTHING and returns 0.
 * Changes nothing: until mptcp_done, or another call that changes the state, it is the same. */
int mptcp_poll(const struct mptcp_conn *c, struct mptcp_action *a);

/*
 * Returns when to call mptcp_on_timeout; MPTCP_NEVER: not at all. A host sets its timer anew after
 * every call; if the time lies in the past, the timer must expire at once.
 */
mptcp_time mptcp_deadline(const struct mptcp_conn *c);

enum mptcp_result {
    MPTCP_DONE = 0,
    MPTCP_LATER, /* the host can't do it now: it is due again after a short time (mptcp_deadline); a
                  * SEND earlier, if mptcp_on_path reports more room than before */
    MPTCP_FAILED /* the host can't do it at all. CONNECT: this pair of addresses is tried again
                    after a second or more; LISTEN: the address is not announced; others: as LATER
                  */
};

/*
 * Commits what the host did of an action that mptcp_poll returned.
 *   n      DELIVER, SEND: octets done, 0 to len; n = 0 is the same as MPTCP_LATER. Others: ignored.
 *   CONNECT: the host commits MPTCP_DONE before it sends the SYN, whose options it gets from
 *          mptcp_tx_options under the action's sf; if the SYN can't be sent then, mptcp_on_gone.
 *   SEND:  the host's TCP gives the octets the SSNs from the action's ssn on.
 * Returns 0; STALE if the action is not due any more; ARGUMENT, also for n above len. An action
 * that the host can't do never keeps actions of other types from being due.
 */
int mptcp_done(struct mptcp_conn *c, const struct mptcp_action *a, uint32_t n,
               enum mptcp_result result, mptcp_time now);

/* A TCP segment that the host is about to send, for the first time or again. */
struct mptcp_txseg {
    uint8_t tcp_flags;
    uint8_t zero[3];
    mptcp_ssn ssn; /* of the first octet of payload; without payload the next SSN; a SYN: 0; a
                      keep-alive: an SSN that was acknowledged, and it carries no signal */
    uint32_t len;  /* octets of payload */
    uint32_t sum;  /* with checksums: mptcp_sum over the whole mapping (mptcp_tx_mapping) */
};

/* What a segment can carry: bits of mptcp_receipt.wrote and mptcp_receipt.no_room. */
#define MPTCP_OUT_DATA_ACK 0x0001u /* the segment's window is then the connection's (s3.3.2) */
#define MPTCP_OUT_MAPPING 0x0002u  /* the mapping of the payload, or the infinite mapping */
#define MPTCP_OUT_DATA_FIN 0x0004u
#define MPTCP_OUT_KEYS 0x0008u /* MP_CAPABLE */
#define MPTCP_OUT_JOIN 0x0010u /* MP_JOIN */
#define MPTCP_OUT_ADD_ADDR 0x0020u
#define MPTCP_OUT_ECHO 0x0040u /* of the peer's ADD_ADDR */
#define MPTCP_OUT_REMOVE_ADDR 0x0080u
#define MPTCP_OUT_PRIO 0x0100u
#define MPTCP_OUT_FAIL 0x0200u
#define MPTCP_OUT_FASTCLOSE 0x0400u
#define MPTCP_OUT_REASON 0x0800u /* MP_TCPRST */

/*
 * What mptcp_tx_options has written; the host gives it to mptcp_sent when the segment is sent.
 *
 * no_room: what was due on this segment, and is not on it because its option did not fit. It stays
 * due: MPTCP_SEND_ACK is due for it as soon as the segment is sent. On the ACK that TCP makes for
 * MPTCP_SEND_ACK at least mptcp_config.option_room octets must be free for options; SACK blocks may
 * have to be left out for that. If it does not fit there either, it is due again after a while.
 */
struct mptcp_receipt {
    uint32_t window;   /* octets to advertise, before TCP's window scaling */
    uint32_t covers;   /* octets of payload, from its first on, that the mapping covers: the segment
                          must not be longer */
    uint16_t wrote;    /* MPTCP_OUT_ bits */
    uint16_t no_room;  /* MPTCP_OUT_ bits */
    uint8_t length;    /* octets written, a multiple of 4 */
    uint8_t segment;   /* private */
    uint8_t address;   /* private */
    uint8_t said;      /* private */
    uint16_t too_long; /* private */
    uint16_t zero2;
    mptcp_ssn ack; /* private */
    mptcp_ssn ssn; /* private */
    uint32_t zero3;
    mptcp_dsn data_ack; /* private */
};

/*
 * Writes the options of a segment to p, at most `room` octets, padded with NOPs to a multiple of 4.
 * Returns their length in octets, 0 if there are none. Changes nothing but *p and *r: called again,
 * it writes the same.
 *
 * A DATA_ACK that the peer has not received yet has precedence over all signals but MP_JOIN,
 * MP_CAPABLE and MP_FASTCLOSE. What does not fit beside other options is sent on a further ACK
 * (receipt.no_room). A segment without payload may be sent with whatever was written, even nothing,
 * unless it belongs to the handshake of a join.
 *
 * Errors: STALE; STATE: the subflow is to be reset, only its RST may be sent; NOT_FOUND: the octets
 * of the payload were never given to this subflow; ROOM: the mapping of the payload does not fit,
 * or the MP_JOIN of a handshake, whose third ACK needs 24 octets. After ROOM the segment must not
 * be sent: without its mapping the peer can't use it, and may fall back to plain TCP (s3.7);
 * without MP_JOIN a SYN asks for a new connection, and an ACK is answered by a RST. The host makes
 * room, by leaving out SACK blocks if it must, and calls again. MPTCP_OUT_MAPPING or MPTCP_OUT_JOIN
 * is then set in receipt.no_room, and nothing else in the receipt. A join whose MP_JOIN never fits
 * ends like one that is not answered.
 */
int mptcp_tx_options(const struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_txseg *seg,
                     uint8_t *p, size_t room, struct mptcp_receipt *r);

/*
 * Returns how many octets mptcp_tx_options can at most write on a segment with payload of this
 * connection now; never more than mptcp_config.option_room in MPTCP.
 */
unsigned mptcp_tx_options_max(const struct mptcp_conn *c);

/* The segment for which mptcp_tx_options filled *r was sent: what it carried is not due any more.
 * Errors: STALE; ARGUMENT: no receipt, or one that mptcp_tx_options never filled. */
int mptcp_sent(struct mptcp_conn *c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now);

/* mptcp_tx_mapping sets *map to the mapping that contains octet ssn given to the subflow: the host
 * needs it to sum up its octets for the checksum, and to cut segments at its end. Returns 0;
 * NOT_FOUND if the octet was not given to it, or is acknowledged; STALE; ARGUMENT. */
struct mptcp_tx_map {
    mptcp_dsn dsn; /* of the first octet of the mapping */
    mptcp_ssn ssn; /* of the same octet */
    uint32_t len;  /* octets */
};
int mptcp_tx_mapping(const struct mptcp_conn *c, mptcp_sf sf, mptcp_ssn ssn,
                     struct mptcp_tx_map *map);

/* Returns how many octets there are from the subflow's next in-order octet to the end of the
 * mapping that contains it; 0: no mapping is known for it, or the handle is stale. */
uint32_t mptcp_rx_mapping_left(const struct mptcp_conn *c, mptcp_sf sf);

/*
 * Writes the option of a RST that refuses a SYN, or a segment that belongs to no subflow: MP_TCPRST
 * with the reason that fits the error code. Returns its length in octets, or ROOM.
 */
int mptcp_reset_option(int code, uint8_t *p, size_t room);

/* -------------------------------------------------------------- getters */

/* The states of RFC 8684 Appendix D, and OPENING. */
enum mptcp_state {
    MPTCP_CLOSED = 0,    /* not opened yet; or M_CLOSED (subflows may still be open); or ended */
    MPTCP_OPENING,       /* the initial subflow's handshake */
    MPTCP_ESTABLISHED,   /* M_ESTAB */
    MPTCP_FIN_WAIT_1,    /* our DATA_FIN is not acknowledged */
    MPTCP_FIN_WAIT_2,    /* it is acknowledged; the peer's has not come */
    MPTCP_CLOSING,       /* the peer's has come; ours is not acknowledged */
    MPTCP_TIME_WAIT,     /* both are acknowledged; ours was sent before the peer's came */
    MPTCP_CLOSE_WAIT,    /* the peer's DATA_FIN came first; the application may still write */
    MPTCP_LAST_ACK,      /* then our application shut down; our DATA_FIN is not acknowledged */
    MPTCP_FASTCLOSE_WAIT /* aborted, and the peer has not answered (s3.5) */
};

struct mptcp_info {
    uint8_t state;             /* enum mptcp_state */
    uint8_t version;           /* 1; 255: plain TCP */
    uint8_t client;            /* 1: opened by mptcp_connect */
    uint8_t checksum;          /* 1: DSS checksums are in use */
    uint8_t fully_established; /* 1: the peer has shown that it has both keys (s3.1) */
    uint8_t subflows;          /* living ones, without half-open joins */
    uint8_t zero[2];
    int32_t fallback; /* 0, or the code of the reason why it is plain TCP */
    int32_t error;    /* 0, or the connection's sticky error */
    uint32_t local_token;
    uint32_t remote_token; /* 0 until known */
    mptcp_dsn snd_una;     /* first octet not DATA_ACKed */
    mptcp_dsn snd_nxt;     /* first octet never given to a subflow */
    mptcp_dsn snd_end;     /* end of what the application wrote */
    mptcp_dsn rcv_nxt;     /* DATA_ACK */
    mptcp_dsn delivered;   /* first octet not delivered to the application */
    uint32_t rcv_window;   /* octets that our window allows from rcv_nxt on */
    uint32_t snd_window;   /* octets that the peer's window allows from snd_nxt on */
};
/* Fills *info; with zeros if c is NULL. */
void mptcp_conn_info(const struct mptcp_conn *c, struct mptcp_info *info);

struct mptcp_subflow_info {
    uint8_t initial;     /* 1: it is the connection's first subflow */
    uint8_t established; /* 1: it can carry data */
    uint8_t silent;      /* nothing was acknowledged for too long (mptcp_config.silence_min) */
    uint8_t backup;      /* 1: this end has made it a backup */
    uint8_t peer_backup; /* 1: the peer has */
    uint8_t local_id;    /* address ids */
    uint8_t remote_id;
    uint8_t closing;       /* 1: a FIN was sent or received, or it is to be reset */
    uint16_t tx_runs;      /* runs (entries of the tables of mappings) that it uses for sending */
    uint16_t rx_runs;      /* and for receiving */
    uint8_t cost;          /* mptcp_set_cost */
    uint8_t window_closed; /* 1: the peer's window on it is closed, and was probed */
    uint8_t zero[2];
    mptcp_ssn snd_una; /* first octet not acknowledged by the peer's TCP */
    mptcp_ssn snd_nxt; /* first octet not given to it */
    mptcp_ssn rcv_nxt; /* first octet not received in order */
    uint32_t srtt_us;  /* smoothed RTT; 0: not known */
    uint32_t rttvar_us;
    uint32_t segment_size; /* octets, as in struct mptcp_path */
    uint32_t mapping_max;
};
/* Single values of both structures, cheap enough to ask for with every segment. mptcp_rcv_nxt
 * returns mptcp_info.rcv_nxt, mptcp_subflow_silent true if the subflow is silent; false for a stale
 * handle. */
mptcp_dsn mptcp_rcv_nxt(const struct mptcp_conn *c);
bool mptcp_subflow_silent(const struct mptcp_conn *c, mptcp_sf sf);
/* True if the subflow is marked for a reset: MPTCP_RESET_SUBFLOW is due, and only its RST may be
 * sent on it. False for a stale handle. */
bool mptcp_subflow_resets(const struct mptcp_conn *c, mptcp_sf sf);

/* Fills *info. Returns 0; STALE if the handle is; ARGUMENT. */
int mptcp_subflow_info(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_subflow_info *info);

/* The handle of the i-th living subflow, counted from 0; MPTCP_SF_NONE if there are fewer. */
mptcp_sf mptcp_subflow_at(const struct mptcp_conn *c, unsigned i);

/* Sets *addr to the address with this id: the peer's if `remote`, else ours. Returns 0; NOT_FOUND
 * if no address has the id; ARGUMENT. */
int mptcp_address(const struct mptcp_conn *c, bool remote, uint8_t id, struct mptcp_addr *addr);

#ifdef __cplusplus
}
#endif

#endif

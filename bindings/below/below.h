/*
 * below.h - MPTCP streams over the sockets of a TCP that cannot be changed.
 *
 * One stream is one MPTCP connection: its octets go to, and come from, several sockets of the TCP,
 * one for each subflow; the packets of these sockets go through a shim (shim.h), which is a part of
 * this value. The host gives memory, five calls of its sockets, packets, and the time.
 *
 *   application    below_connect, below_listen, below_accept, below_read, below_write, ...
 *   host           below_in, below_out: packets; below_connected, _accepted, _readable, _writable,
 *                  _socket_failed: what its sockets tell; below_work: does what is due
 *   below asks     struct below_sockets: connect, listen, read, write, close;
 *                  struct below_host: transmit, random, changed, path, event
 *
 * Two companions are optional: below_blocking.h has calls for threads that may wait, below_polled.h
 * the five calls over sockets that are asked what they are.
 *
 * The host's loop: report packets and sockets as they come, let applications call, then below_work,
 * which does what follows and returns when it is to be called at the latest.
 *
 * The life of a stream: below_connect or a client -> OPENING -> OPEN, when octets may flow ->
 * below_shutdown and the peer's end -> ENDED, with the connection's code, once no subflow is left.
 * After below_close or below_abort the handle is not the application's any more; the stream lives
 * on until its octets are delivered and acknowledged, and goes by itself.
 *
 * Threads: one lock around all calls. While below calls `connect`, `listen` or `close` of
 * below_sockets the host may release that lock, if the call has to wait for another thread that
 * wants it, and takes it again before it returns; not during `read` and `write`. What the TCP emits
 * within any of these calls must reach below_out after the call has returned (by a queue, or by
 * waiting for the lock). Otherwise below_out returns MPTCP_E_AGAIN, and the packet is lost: any
 * that is emitted within `read` or `write`; within `connect` a SYN to the address and port that it
 * connects to, of whatever socket, which TCP sends again a second later.
 *
 * Lengths are in octets, times in microseconds. Codes are those of mptcp/error.h.
 */
#ifndef BELOW_BELOW_H
#define BELOW_BELOW_H

#include "mptcp/conn.h"
#include "shim.h"

#ifdef __cplusplus
extern "C" {
#endif

struct below;

/* The handle of a stream or a listener: its place and, above it, a generation. */
typedef uint32_t below_stream;
typedef uint32_t below_listener;
#define BELOW_NONE UINT32_MAX

/* A socket of the host's TCP: a number or a pointer of the host's choice. */
typedef uintptr_t below_socket;
#define BELOW_NO_SOCKET UINTPTR_MAX

enum below_close_how {
    BELOW_FIN = 0, /* send a FIN after what was written; go on reading */
    BELOW_FORGET,  /* nothing more is read or written: let TCP end it as it likes */
    BELOW_RESET    /* drop what TCP holds of it (a RST may leave); the socket is gone */
};

/* The five calls. None may block; each has `context` of struct below_host as its first argument. */
struct below_sockets {
    /*
     * Makes a socket bound to the address *local (port 0: any free one, which is set in *local) and
     * begins to connect it to *remote. Sets *s. Returns 0; MPTCP_E_SUBFLOW_FAILED: there is no such
     * address, route or memory, or the SYN would leave from another address. Later the host calls
     * below_connected or below_socket_failed.
     */
    int (*connect)(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                   below_socket *s);
    /* Listens at *local (family 0: any address). Sets *s. For each socket that it accepts the host
     * calls below_accepted. Returns 0, or MPTCP_E_SUBFLOW_FAILED. */
    int (*listen)(void *context, const struct mptcp_addr *local, below_socket *s);
    /* Writes. Returns how many octets were taken: 0: none now, below_writable follows; or
     * MPTCP_E_SUBFLOW_FAILED: the socket is still there, and `close` follows. */
    int32_t (*write)(void *context, below_socket s, const void *octets, uint32_t length);
    /* Reads. Returns how many octets were read; 0: the peer's FIN came; MPTCP_E_AGAIN: none now,
     * below_readable follows; MPTCP_E_PEER_RESET; MPTCP_E_SUBFLOW_FAILED: as for `write`. */
    int32_t (*read)(void *context, below_socket s, void *octets, uint32_t length);
    /* Ends a connection, or (BELOW_FORGET) a listener. After BELOW_FORGET and BELOW_RESET the
     * socket is not named again. A socket that closes without an error gets BELOW_FIN, and
     * BELOW_FORGET when both FINs are acknowledged; TCP may keep its state for TIME_WAIT. */
    void (*close)(void *context, below_socket s, enum below_close_how how);
};

struct below_host {
    void *context;
    struct below_sockets sockets;
    /* As in struct shim_host. */
    void (*transmit)(void *context, unsigned nif, const uint8_t *frame, uint32_t length);
    /* Fills with unpredictable octets. */
    void (*random)(void *context, void *octets, size_t length);
    /* What below_ready returns for the stream may have changed, or its listener has a stream to
     * accept (then `stream` is BELOW_NONE). May be NULL. Must not call below. */
    void (*changed)(void *context, below_stream stream, below_listener listener);
    /* What TCP knows of a socket: sets members of *path (conn.h), of which sent, in_flight and
     * segment_size hold what its packets tell. `room` may be left alone; more of it than TCP needs
     * to send on is not used. May be NULL. */
    void (*path)(void *context, below_socket s, struct mptcp_path *path);
    /*
     * An event of a stream's connection, for a log: *event is an MPTCP_EVENT (action.h), such as
     * MPTCP_EV_SUBFLOW, _SUBFLOW_GONE, or _FALLBACK; mptcp_subflow_info still knows its subflow.
     * Here a join that was refused, or not answered, is an MPTCP_EV_SUBFLOW_GONE, too. Streams are
     * named before below_accept has returned them, and not after below_close. May be NULL. Must not
     * call below, but for below_conn.
     */
    void (*event)(void *context, below_stream stream, const struct mptcp_action *event);
};

/* Filled by below_config_init; later versions append members. */
struct below_config {
    uint32_t size;
    uint32_t streams;         /* most streams at a time, those that are closing included */
    uint16_t listeners;       /* most listeners, those for announced addresses included */
    uint16_t backlog;         /* most streams of a listener that wait for below_accept */
    uint32_t snd_buf;         /* octets of each stream's send buffer; a power of two, 2^10 to
                                 2^30 */
    struct mptcp_config conn; /* of each connection: subflows, addrs, runs, rcv_buf (a power of
                                 two, 2^10 to 2^29), flags, policy, limits, the version that clients
                                 offer. MPTCP_CFG_TCP_COPIES is set by below */
    struct shim_config shim;  /* flows 0: as many as the streams may need */
    uint8_t one_then_zero;    /* 1: a client offers version 1, whatever conn.version is, and version
                                 0 to a destination that answered without MPTCP (mptcp_versions) */
    uint8_t zero[7];
};

/* Sets 8 streams, 4 listeners, a backlog of 4, 64 KiB each way, 2 subflows, 4 addresses, 128 runs.
 */
void below_config_init(struct below_config *cfg);

/* Octets of memory for below_init, aligned like a uint64_t; 0: a setting is out of range. For each
 * stream: the connection's block, snd_buf, rcv_buf and an eighth, what may wait on subflows (up to
 * rcv_buf, and 64 KiB for each subflow at most), and some. */
size_t below_size(const struct below_config *cfg);

/* Makes it in mem. Both structures are copied. NULL: a wrong argument. */
struct below *below_init(void *mem, size_t size, const struct below_config *cfg,
                         const struct below_host *host, mptcp_time now);

/* Ends everything: resets all sockets, closes listeners, wipes keys. No call may be under way, and
 * none may follow. */
void below_end(struct below *b, mptcp_time now);

/* ----------------------------------------------------------- application */

/*
 * below_add_address names a local address that all streams may use, those that exist and those to
 * come: they join from it, or announce it (`flags`: MPTCP_ADDR_ bits). There can be conn.addrs - 1
 * of them. Returns 0; MPTCP_E_FULL; MPTCP_E_ARGUMENT: no address, an unknown flag, or it was added
 * before.
 *
 * below_remove_address says that a local address is lost, or will be: an added one, or one that
 * streams were connected from, or that clients connected to. Returns 0; MPTCP_E_NOT_FOUND;
 * MPTCP_E_ARGUMENT.
 */
int below_add_address(struct below *b, const struct mptcp_addr *addr, unsigned flags,
                      mptcp_time now);
int below_remove_address(struct below *b, const struct mptcp_addr *addr, mptcp_time now);

/* Connects from `local` (port 0: any) to `remote`. Sets *stream; it is open when below_ready says
 * BELOW_OPEN. Octets may be written at once. Errors: MPTCP_E_FULL, MPTCP_E_ARGUMENT, and those of
 * below_sockets.connect. */
int below_connect(struct below *b, const struct mptcp_addr *local, const struct mptcp_addr *remote,
                  below_stream *stream, mptcp_time now);

/*
 * Listens at an address and port; family 0: any address. Sets *listener. Returns 0;
 * MPTCP_E_ARGUMENT: no port, or an application listens there; MPTCP_E_FULL: below_config.listeners
 * are in use; MPTCP_E_SUBFLOW_FAILED: TCP does not listen there; MPTCP_E_AGAIN: another thread is
 * just about to make it listen there.
 */
int below_listen(struct below *b, const struct mptcp_addr *local, below_listener *listener,
                 mptcp_time now);
/* Sets *stream to the next client's stream, MPTCP or plain TCP. Subflows that clients join are
 * never accepted here. Returns 0; MPTCP_E_AGAIN: no client waits; MPTCP_E_STALE; MPTCP_E_ARGUMENT.
 */
int below_accept(struct below *b, below_listener listener, below_stream *stream);
/* Ends the listener, and aborts the streams of clients that were not accepted. A stale handle is
 * ignored. */
void below_unlisten(struct below *b, below_listener listener, mptcp_time now);

/* Reads what has come, in order. Returns the number of octets; 0: the peer's end, or `length` is 0;
 * MPTCP_E_AGAIN: nothing is there now; the stream's code once it has ended by an error and all
 * octets were read; MPTCP_E_STALE. */
int32_t below_read(struct below *b, below_stream stream, void *octets, uint32_t length,
                   mptcp_time now);
/* Writes as much as the send buffer takes. Returns the number of octets, which are copied; 0:
 * `length` is 0; MPTCP_E_AGAIN: it is full; MPTCP_E_CLOSING after below_shutdown; the stream's
 * code; MPTCP_E_STALE. */
int32_t below_write(struct below *b, below_stream stream, const void *octets, uint32_t length,
                    mptcp_time now);
/* No more is written: a DATA_FIN follows the last octet. Returns 0; MPTCP_E_CLOSING: the connection
 * is being aborted; the stream's code; MPTCP_E_STALE; MPTCP_E_ARGUMENT. */
int below_shutdown(struct below *b, below_stream stream, mptcp_time now);
/* below_shutdown, and the application is done with the stream: what comes is dropped. */
void below_close(struct below *b, below_stream stream, mptcp_time now);
/* Ends it at once, by MP_FASTCLOSE or RST. */
void below_abort(struct below *b, below_stream stream, mptcp_time now);

#define BELOW_OPEN 0x01u     /* the handshake is complete */
#define BELOW_READABLE 0x02u /* below_read has octets, the end, or an error */
#define BELOW_WRITABLE 0x04u /* below_write takes octets, or has an error */
#define BELOW_ENDED 0x08u    /* no subflow is left; below_code says why */
/* BELOW_ bits; 0 for a stale handle. */
unsigned below_ready(const struct below *b, below_stream stream);
/* MPTCP_OK while it lives, also after below_close; MPTCP_E_CLOSED: ended in order; else what ended
 * it; MPTCP_E_STALE. */
int below_code(const struct below *b, below_stream stream);

/* The connection, for mptcp_conn_info, mptcp_why_not_sending and other questions, mptcp_join,
 * mptcp_set_backup and the like (call below_touch afterwards), as long as the stream lives. NULL if
 * the handle is stale. */
struct mptcp_conn *below_conn(struct below *b, below_stream stream);
/* below_work is to look at the stream: a call on its connection has changed what is due. */
void below_touch(struct below *b, below_stream stream);
/* Numbers the streams: the first after `stream` that exists; BELOW_NONE begins, and ends. */
below_stream below_next(const struct below *b, below_stream stream);

/* ------------------------------------------------------------------ host */

/*
 * As shim_in, shim_out and shim_set_mtu. `nif` is a number of the host's for the interface, 0 to
 * 65535, the same both ways; interfaces 0 to 31 can have an MTU of their own. below_in returns
 * SHIM_DROP for a wrong argument; below_out also returns MPTCP_E_ARGUMENT, and MPTCP_E_AGAIN within
 * a call of below_sockets (see Threads).
 */
enum shim_pass below_in(struct below *b, unsigned nif, uint8_t *frame, uint32_t length,
                        mptcp_time now);
int below_out(struct below *b, unsigned nif, const uint8_t *frame, uint32_t length, mptcp_time now);
int below_set_mtu(struct below *b, unsigned nif, uint16_t mtu);

/* What a socket tells. Spurious and repeated calls are harmless; a socket that below does not know
 * is ignored. `why`: MPTCP_E_PEER_RESET, MPTCP_E_SUBFLOW_FAILED. After it the socket is gone, and
 * below does not name it again. */
void below_connected(struct below *b, below_socket s, mptcp_time now);
void below_readable(struct below *b, below_socket s, mptcp_time now);
void below_writable(struct below *b, below_socket s, mptcp_time now);
void below_socket_failed(struct below *b, below_socket s, int why, mptcp_time now);

/* A listener has accepted a socket between these addresses. Returns 0: the socket is below's.
 * Otherwise the host resets it: MPTCP_E_NOT_FOUND (no such listener or flow), MPTCP_E_ARGUMENT. */
int below_accepted(struct below *b, below_socket listener, below_socket s,
                   const struct mptcp_addr *local, const struct mptcp_addr *remote, mptcp_time now);

/* Does what is due on all streams that something happened to, and runs their timers. Returns the
 * time of the next timer, or MPTCP_NEVER. Cost: that of those streams, whatever the number of
 * others. */
mptcp_time below_work(struct below *b, mptcp_time now);

/* As shim_read_counts. */
void below_shim_counts(const struct below *b, struct shim_counts *counts);
/* As shim_joins_refused: how many joins of peers were refused with this code; 0: in all. */
uint32_t below_joins_refused(const struct below *b, int code);

#ifdef __cplusplus
}
#endif

#endif

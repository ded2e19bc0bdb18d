/*
 * mptcp_lwip_threads.h - the binding where lwIP has a thread of its own (NO_SYS 0), and a stream
 * whose calls block, for applications that were written for sockets.
 *
 * lwIP's netconn and socket layers make tcp_pcbs themselves and know no other connection: they
 * cannot carry MPTCP. They go on as ever beside the binding, for UDP and for plain TCP.
 *
 * Every function of mptcp_lwip.h is called where lwIP's raw API may be called: in lwIP's thread
 * (callbacks are), or in a function that mptcpl_call is given. With LWIP_TCPIP_CORE_LOCKING 1 such
 * a function runs in the caller's thread, under the core lock, and so may callbacks of other
 * connections; with 0 it runs in lwIP's thread. The library's timer is one of lwIP's timeouts.
 */
#ifndef MPTCP_LWIP_THREADS_H
#define MPTCP_LWIP_THREADS_H

#include "mptcp_lwip.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * In place of mptcpl_init, in the function that tcpip_init calls back, before any interface is up.
 * ERR_MEM.
 */
err_t mptcpl_threads_init(const struct mptcpl_port *port);

/*
 * In place of tcpip_input, as netif->input of drivers: from any thread, with or without an Ethernet
 * header, as the flags of the interface say. ERR_MEM: p is still the driver's.
 */
err_t mptcpl_threads_input(struct pbuf *p, struct netif *netif);

typedef err_t (*mptcpl_call_fn)(void *arg);

/*
 * fn(arg) where the raw calls are allowed, then what became due by it; returns what fn returns,
 * when that is done. From any thread but lwIP's, never from a callback or under the core lock. fn
 * must not wait.
 */
err_t mptcpl_call(mptcpl_call_fn fn, void *arg);

/* ------------------------------------------------------------------ streams */

/*
 * A connection, or a listener, as a thread sees it. At most one thread at a time reads (or
 * accepts), and at most one writes, shuts down or sets a timeout; no other call may be under way
 * when it is closed or aborted.
 */
struct mptcpl_stream;

/* What connections, or those that a listener accepts, are made with. */
struct mptcpl_stream_options {
    struct mptcpl_config config;
    /*
     * May be NULL. Called where raw calls are allowed, for the connection or listener before it
     * connects or listens: mptcpl_add_path, mptcpl_bind, mptcpl_event.
     */
    void (*setup)(void *arg, struct mptcpl_pcb *pcb);
    void *arg;
};

/* The defaults, no setup. */
void mptcpl_stream_options_init(struct mptcpl_stream_options *options);

/*
 * Waits until the connection is open: MPTCP, or plain TCP with a peer that has no other. NULL, and
 * why in *err: ERR_MEM, ERR_RTE, ERR_RST (refused), ERR_ABRT (no answer: when lwIP gives up its
 * SYN); ERR_TIMEOUT after timeout_ms, unless that is 0. options NULL: the defaults.
 */
struct mptcpl_stream *mptcpl_stream_connect(const struct mptcpl_stream_options *options,
                                            const ip_addr_t *addr, uint16_t port,
                                            uint32_t timeout_ms, err_t *err);

/*
 * A listener. backlog: at most so many connections that are not open yet, and so many that nobody
 * has accepted; the next one is aborted. NULL, and why in *err.
 */
struct mptcpl_stream *mptcpl_stream_listen(const struct mptcpl_stream_options *options,
                                           const ip_addr_t *addr, uint16_t port, uint8_t backlog,
                                           err_t *err);

/* Waits for the next connection of a listener. NULL, and ERR_TIMEOUT in *err. */
struct mptcpl_stream *mptcpl_stream_accept(struct mptcpl_stream *listener, err_t *err);

/*
 * After how long without any progress read, write and accept return ERR_TIMEOUT; 0, as at first:
 * never.
 */
void mptcpl_stream_timeout(struct mptcpl_stream *stream, uint32_t ms);

/*
 * Waits for the first octet, and takes what is there, at most len; len is at least 1. How many, 0
 * at the peer's end of the stream, or an err_t: ERR_TIMEOUT, ERR_RST, ERR_ABRT.
 */
int32_t mptcpl_stream_read(struct mptcpl_stream *stream, void *data, uint32_t len);

/*
 * Waits until all len octets are in the send buffer. ERR_OK; or ERR_TIMEOUT, ERR_CONN (after a
 * shutdown), ERR_RST, ERR_ABRT, ERR_CLSD: then some of the octets may be.
 */
err_t mptcpl_stream_write(struct mptcpl_stream *stream, const void *data, uint32_t len);

/* The end of our direction, after what was written; the other one goes on. Errors as of write. */
err_t mptcpl_stream_shutdown(struct mptcpl_stream *stream);

/*
 * The stream is no more. What was written still leaves, and lwIP closes the connection; octets that
 * nobody has read are lost, and the peer is told so by an abort.
 */
void mptcpl_stream_close(struct mptcpl_stream *stream);
void mptcpl_stream_abort(struct mptcpl_stream *stream); /* ... and nothing more leaves */

/*
 * The connection or listener under it, for mptcpl_info, statistics and paths, in functions given to
 * mptcpl_call; NULL once it is gone.
 */
struct mptcpl_pcb *mptcpl_stream_pcb(const struct mptcpl_stream *stream);

#ifdef __cplusplus
}
#endif

#endif

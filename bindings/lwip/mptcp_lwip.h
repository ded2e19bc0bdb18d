/*
 * mptcp_lwip.h - MPTCP for lwIP applications, in the style of lwIP's raw API.
 *
 * lwIP is unmodified: the binding sits in its hooks (lwipopts.h names hooks.h).
 * What tcp_new, tcp_bind, ... are to a TCP connection, mptcpl_new, mptcpl_bind,
 * ... are to a Multipath TCP connection; callbacks have the same shapes and
 * rules. If the peer or the path does not speak MPTCP the connection is plain TCP,
 * and the application sees no difference but the event. Where SYNs with MPTCP got lost
 * the stack remembers for an hour or more: connections there are plain TCP from their
 * first SYN, and open with the code BLACKHOLE again.
 *
 * A connection that is over leaves no key behind in memory that the binding had. Packets are
 * lwIP's, and keys cross the network in those of the handshake: a port that wants them cleared,
 * too, clears what it frees (mem_clib_free, or its own heap).
 *
 * One stack per process, as lwIP itself; everything runs in lwIP's one thread.
 * The port's main loop hands packets to mptcpl_input (or calls mptcpl_work
 * after netif->input), calls sys_check_timeouts and mptcpl_work, and may sleep
 * for mptcpl_sleep_us in between.
 */
#ifndef MPTCP_LWIP_H
#define MPTCP_LWIP_H

#include "lwip/err.h"
#include "lwip/ip_addr.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"

#include "mptcp/congestion.h"
#include "mptcp/conn.h"
#include "mptcp/scheduler.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcpl_pcb; /* a connection, or a listener */

/* What the port supplies: a monotonic clock in microseconds, and unpredictable octets. */
struct mptcpl_port {
    mptcp_time (*now)(void);
    void (*entropy)(void *out, size_t n);
};

/* Once, after lwip_init. ERR_MEM. */
err_t mptcpl_init(const struct mptcpl_port *port);

/* netif->input for ports, with or without an Ethernet header, as the flags of the interface say:
 * netif_input, then mptcpl_work. */
err_t mptcpl_input(struct pbuf *p, struct netif *netif);

/*
 * The same for ports that have several packets at a time: keeps TCP segments with payload until
 * mptcpl_work, which has to be called when the last packet was given; other packets go to lwIP at
 * once. Segments that follow one another on a connection, plain TCP or a subflow, become one, which
 * lwIP takes and acknowledges as one. With LWIP_CHECKSUM_CTRL_PER_NETIF or without
 * CHECKSUM_CHECK_TCP only; else as netif_input.
 * An interface may be removed meanwhile: what came by it is freed.
 */
err_t mptcpl_gather(struct pbuf *p, struct netif *netif);

/* Does what is due on all connections. Never call it from a callback of lwIP's raw API. */
void mptcpl_work(void);

/* Microseconds until mptcpl_work has something to do by itself; UINT32_MAX if nothing. */
uint32_t mptcpl_sleep_us(void);

/*
 * Where SYNs with MPTCP got lost before may be well now: for a host that has changed networks, or
 * whose user says so.
 */
void mptcpl_forget_blackholes(void);

/* Forgets which destinations answered without MPTCP (MPTCPL_VERSION_1_THEN_0). */
void mptcpl_forget_versions(void);

/* ---------------------------------------------------------------- settings */

/* Which versions of the protocol a client offers, and which ones a listener takes; a client of
 * another version gets plain TCP. */
enum mptcpl_version {
    MPTCPL_VERSION_ANY = 0, /* a client offers 1, a listener answers each client in its version */
    MPTCPL_VERSION_1,       /* RFC 8684 only */
    MPTCPL_VERSION_0,       /* RFC 6824 only */
    /* A client offers 1. If the destination answers without MPTCP, that connection is plain TCP,
     * and the next one to the destination, within a day, offers 0. A listener as ANY. */
    MPTCPL_VERSION_1_THEN_0
};

/* Of one connection, or of all that a listener accepts. */
struct mptcpl_config {
    uint8_t no_mptcp;       /* plain TCP, always */
    uint8_t checksum;       /* ask for DSS checksums */
    uint8_t max_subflows;   /* at a time, the first included; 1 to MPTCPL_SUBFLOWS */
    uint8_t dsn32;          /* MPTCP_CFG_DSN32: short DSNs while the rate allows them */
    uint32_t snd_buf;       /* octets of the send buffer, at most, 1 to 2^30: memory is taken for
                               what it holds */
    uint32_t rcv_buf;       /* octets of the shared receive window, 4 << TCP_RCV_SCALE to
                               0x3fffffff */
    uint8_t policy;         /* enum mptcp_policy: which subflows are opened */
    uint8_t fail_resets;    /* MPTCP_CFG_FAIL_RESETS: no fallback of an open connection */
    uint8_t deny_join;      /* MPTCP_CFG_DENY_JOIN: nobody joins to the initial address */
    uint8_t abort_rst;      /* MPTCP_CFG_ABORT_RST: an abort is MP_FASTCLOSE on RSTs, at once */
    uint32_t no_path_us;    /* how long a connection lives without any subflow; 0: ends at once */
    uint16_t announce_port; /* where announced addresses listen; 0: the initial subflow's port */
    uint8_t version;        /* enum mptcpl_version */
    uint8_t add_addr2;      /* mptcp_config.add_addr2: version 0 only */
    /*
     * When a subflow counts as silent and when it is given up, in us: silence_min, answer_wait and
     * silence_limit of struct mptcp_config, which says what they mean. silence_min_us is at least
     * 1; answer_wait_us is at least silence_min_us, and at most 0x3fffffff; silence_limit_us is at
     * least answer_wait_us, or 0: the subflow is never given up for that.
     */
    uint32_t silence_min_us;
    uint32_t answer_wait_us;
    uint32_t silence_limit_us;
    /* How windows grow: mptcp_lia, mptcp_reno, or another algorithm. One that the program does not
     * name is not linked. */
    const struct mptcp_congestion *cc;
    /* Which subflow takes which octets: one of the table mptcp_schedulers (mptcp/scheduler.h), at
     * first its first one. */
    const struct mptcp_scheduler *scheduler;
    /*
     * How much memory a connection takes, beside max_subflows: mptcp_config.addrs and .runs. The
     * block has a slot for one subflow more than max_subflows (as long as that is not more than
     * MPTCPL_SUBFLOWS), for while one that is silent or closing still has its own.
     */
    uint8_t addrs; /* addresses per side, the initial one included; 1 to MPTCPL_ADDRS */
    uint16_t runs; /* mappings of all subflows and both directions; 0: as many as suffice for
                      snd_buf and rcv_buf (mptcp_runs_for), and 96 more for each slot with
                      long_mappings */
    /*
     * Mappings of up to 64 KB when many segments can leave at once, so that consecutive segments
     * carry the same options, octet for octet. For interfaces that merge such segments, or hand
     * them on to be merged; of no use to others. Without effect where checksums are in use.
     */
    uint8_t long_mappings;
};

#define MPTCPL_SUBFLOWS 8 /* most subflows of a connection */
#define MPTCPL_ADDRS 8    /* most addresses per side, the initial one included */

/* Sets the defaults: TCP_SND_BUF, TCP_WND, MPTCPL_SUBFLOWS, MPTCPL_ADDRS, LIA, the first scheduler
 * of the table, and the waits of mptcp_config_init. Call it before any member is set. */
void mptcpl_config_init(struct mptcpl_config *cfg);

/*
 * What mptcpl_new would refuse. ERR_ARG: a value that is out of its range, with which no connection
 * could work; ERR_MEM: more than lwIP's heap can count (mem_size_t).
 */
err_t mptcpl_config_check(const struct mptcpl_config *cfg);

/* --------------------------------------------------------------- raw style */

/*
 * Calls from callbacks. Every function here but mptcpl_init and mptcpl_input may be called in every
 * callback, for this pcb or another one. Callbacks are called in mptcpl_work only and never inside
 * one another: mptcpl_work and mptcpl_output called in a callback return at once, and what is due
 * is done when the callback has returned.
 *
 * A pcb is the application's until mptcpl_close or mptcpl_abort, or until its err callback is
 * called; from then on no callback comes for it, not even in the same mptcpl_work. Its memory is
 * there until the callback that it happened in returns: up to then mptcpl_close and mptcpl_abort do
 * nothing more, getters say that there is nothing, all other calls return ERR_CONN or ERR_VAL and
 * do nothing. Outside of callbacks the memory may go at once.
 *
 * A parked pcb is the same, except that it can be saved and has to be closed.
 */

typedef err_t (*mptcpl_connected_fn)(void *arg, struct mptcpl_pcb *pcb, err_t err);
typedef err_t (*mptcpl_accept_fn)(void *arg, struct mptcpl_pcb *newpcb, err_t err);
/*
 * p NULL: the peer writes no more. The callback returns ERR_OK if it has taken p: it frees p when p
 * is read. ERR_ABRT means the same, as in lwIP: a callback that returns it has freed p. With any
 * other code it gets p again in 50 ms at the latest, and sending goes on meanwhile; but if it
 * closed, aborted or parked pcb, p is not offered again, and the binding frees it.
 */
typedef err_t (*mptcpl_recv_fn)(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err);
/* Octets left the send buffer: there is room again. 0: there was no memory for a write; try again.
 */
typedef err_t (*mptcpl_sent_fn)(void *arg, struct mptcpl_pcb *pcb, uint32_t len);
typedef err_t (*mptcpl_poll_fn)(void *arg, struct mptcpl_pcb *pcb);
/* The connection has failed, or has closed in both directions (ERR_CLSD): pcb is no more. */
typedef void (*mptcpl_err_fn)(void *arg, err_t err);
/* What happens on the way, for those who want to know: see MPTCP_EV_. May be NULL. */
typedef void (*mptcpl_event_fn)(void *arg, struct mptcpl_pcb *pcb,
                                const struct mptcp_action *event);

/* A connection or a listener to be. NULL without memory, or if mptcpl_config_check says why not. */
struct mptcpl_pcb *mptcpl_new(const struct mptcpl_config *cfg);
void mptcpl_arg(struct mptcpl_pcb *pcb, void *arg);
void mptcpl_recv(struct mptcpl_pcb *pcb, mptcpl_recv_fn fn);
void mptcpl_sent(struct mptcpl_pcb *pcb, mptcpl_sent_fn fn);
void mptcpl_err(struct mptcpl_pcb *pcb, mptcpl_err_fn fn);
void mptcpl_event(struct mptcpl_pcb *pcb, mptcpl_event_fn fn);
/* fn about every `interval` half seconds, as tcp_poll. */
void mptcpl_poll(struct mptcpl_pcb *pcb, mptcpl_poll_fn fn, uint8_t interval);

/*
 * A further local address, before connect or listen: joined from, or
 * announced (MPTCP_ADDR_...). netif may be NULL: lwIP routes. For a
 * listener it holds for every connection that it accepts. ERR_MEM, ERR_ARG.
 */
err_t mptcpl_add_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags);

/* The same for a connection that is open. */
err_t mptcpl_new_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr, struct netif *netif,
                      unsigned flags);

/*
 * A local address goes, or is gone: its subflows are closed, or reset if they do not close, and the
 * peer is told (REMOVE_ADDR). ERR_CONN before there is a connection, ERR_VAL for an address that it
 * does not have.
 */
err_t mptcpl_remove_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr);

/*
 * Asks the peer to use an established subflow only when no other works, or again like
 * any other (MP_PRIO), and does so itself. sf: as MPTCP_EV_SUBFLOW and the
 * statistics name it. ERR_CONN before there is a connection, ERR_VAL for a subflow that is over, or
 * plain TCP.
 */
err_t mptcpl_set_backup(struct mptcpl_pcb *pcb, mptcp_sf sf, bool backup);

/*
 * What a subflow costs: of those that work and are no backups, the cheapest carry the data. The
 * peer does not hear of it. Errors as above.
 */
err_t mptcpl_set_cost(struct mptcpl_pcb *pcb, mptcp_sf sf, uint8_t cost);

/*
 * One subflow from a local address to one of the peer's, whatever the policy is; remote NULL: the
 * peer's initial address. ERR_VAL for an address that is not known; ERR_INPROGRESS while an earlier
 * one waits; ERR_CONN where none may be opened (mptcp_join of conn.h says when).
 */
err_t mptcpl_join(struct mptcpl_pcb *pcb, const ip_addr_t *local, const ip_addr_t *remote);

/* Announces an announced address once more. ERR_CONN, ERR_VAL. */
err_t mptcpl_refresh_path(struct mptcpl_pcb *pcb, const ip_addr_t *addr);

/* The local address and port of the initial subflow, or of a listener, as tcp_bind; addr is not
 * NULL. lwIP is asked for them by mptcpl_connect or mptcpl_listen. ERR_VAL after these. */
err_t mptcpl_bind(struct mptcpl_pcb *pcb, const ip_addr_t *addr, uint16_t port);
/* The interface of the initial subflow, or of a listener, as tcp_bind_netif; NULL: lwIP routes.
 * Returns ERR_OK. */
err_t mptcpl_bind_netif(struct mptcpl_pcb *pcb, const struct netif *netif);
/*
 * As tcp_connect. `connected`, unless it is NULL, is called when the connection is open, as MPTCP
 * or plain TCP; if it never is, err. ERR_VAL: connected or listening already; ERR_RTE: lwIP has no
 * address to connect from; ERR_MEM; and what tcp_bind and tcp_connect return. After an error pcb
 * may be used again.
 */
err_t mptcpl_connect(struct mptcpl_pcb *pcb, const ip_addr_t *addr, uint16_t port,
                     mptcpl_connected_fn connected);
/* pcb becomes a listener, unlike with tcp_listen, which returns another one. backlog: at most so
 * many clients whose connections are not open yet. ERR_VAL: connected or listening already;
 * ERR_USE: the address and port are in use; ERR_MEM. */
err_t mptcpl_listen(struct mptcpl_pcb *pcb, uint8_t backlog);
/* fn is called for each client's connection when it is open, with the listener's argument; it sets
 * the callbacks of newpcb. If it returns another code than ERR_OK, newpcb is aborted. */
void mptcpl_accept(struct mptcpl_pcb *pcb, mptcpl_accept_fn fn);

/* Octets that mptcpl_write takes now, if there is memory; 0 if there is no connection (any more).
 */
uint32_t mptcpl_sndbuf(const struct mptcpl_pcb *pcb);
/* Copies all len octets or none: ERR_MEM if they do not fit, or while there is no memory for them;
 * then `sent` is called with 0 in 10 ms at the latest. ERR_CONN if not connected or shut down. */
err_t mptcpl_write(struct mptcpl_pcb *pcb, const void *data, uint32_t len);
/* What was written leaves with the next mptcpl_work anyway; this is that. ERR_CONN: no connection.
 */
err_t mptcpl_output(struct mptcpl_pcb *pcb);
/* len octets given to recv were consumed: the window opens. More than were given count as none. */
void mptcpl_recved(struct mptcpl_pcb *pcb, uint32_t len);

/* shut_tx: DATA_FIN after what was written. shut_rx: what comes is dropped. Both: as mptcpl_close.
 */
err_t mptcpl_shutdown(struct mptcpl_pcb *pcb, int shut_rx, int shut_tx);
/* Both directions; the pcb is not the application's any more, no callback comes. */
err_t mptcpl_close(struct mptcpl_pcb *pcb);
void mptcpl_abort(struct mptcpl_pcb *pcb);

/* ------------------------------------------------------------------- moving */

/*
 * Forgets all subflows and tells the peer nothing, so that the connection can go on in another
 * process: what the application wrote and the peer has not DATA_ACKed stays, what was received was
 * delivered. After it nothing happens on pcb any more; save it, then close it, which wipes its keys
 * and sends nothing. ERR_INPROGRESS while something that was received is still to be delivered:
 * recv holds it back, or, in a callback, it comes next; ERR_CONN if it cannot be moved: plain TCP,
 * not fully established, closed in both directions. After an error it goes on as before.
 */
err_t mptcpl_park(struct mptcpl_pcb *pcb);

/*
 * A parked connection as octets: mptcpl_saved_size of them, which is 0 for any other; then
 * mptcpl_save writes nothing. They hold its keys.
 */
uint32_t mptcpl_saved_size(const struct mptcpl_pcb *pcb);
uint32_t mptcpl_saved_max(const struct mptcpl_pcb *pcb); /* at most; before it is parked */
void mptcpl_save(const struct mptcpl_pcb *pcb, uint8_t *out);

/*
 * Goes on: give it callbacks and paths (mptcpl_new_path); subflows are joined from these. NULL
 * without memory, or if they are not from a build with the same layout. It fails with ERR_ABRT if
 * limit_us pass without a subflow. Until there is one, lwIP answers no segment of a connection
 * that it does not know: at an address that the connection had before, these are of
 * its old subflows, and a RST would end it at a peer that has no other. Never resume the same
 * octets twice: two connections would speak to the peer, and neither stream would be right.
 */
struct mptcpl_pcb *mptcpl_resume(const uint8_t *in, uint32_t n, uint32_t limit_us);

/*
 * From here on windows of the connection grow like this; NULL changes nothing. What is saved names
 * no algorithm, so a resumed connection has the default until this is called.
 */
void mptcpl_congestion(struct mptcpl_pcb *pcb, const struct mptcp_congestion *cc);

/* -------------------------------------------------------------- inspection */

/* True while connections that were closed still have subflows to close. */
bool mptcpl_lingering(void);

struct mptcpl_subflow_stats {
    mptcp_sf sf; /* its handle, as events name it */
    ip_addr_t local;
    ip_addr_t remote;
    uint16_t local_port;
    uint16_t remote_port;
    uint8_t local_id;
    uint8_t remote_id;
    bool backup;
    bool silent;
    bool alive;
    uint64_t bytes_sent; /* payload, first transmissions on this subflow */
    uint64_t bytes_received;
    uint64_t bytes_reinjected; /* of bytes_sent: given to another subflow before */
    uint32_t srtt_us;
    uint32_t cwnd;
    int closed; /* MPTCP_E_ code once it is over, else 0 */
};

/* Subflows so far, closed ones included; at most MPTCPL_HISTORY are kept. */
#define MPTCPL_HISTORY 32
unsigned mptcpl_subflow_count(const struct mptcpl_pcb *pcb);
bool mptcpl_subflow_stats(struct mptcpl_pcb *pcb, unsigned i, struct mptcpl_subflow_stats *stats);
void mptcpl_info(const struct mptcpl_pcb *pcb, struct mptcp_conn_report *info);

/*
 * The library's connection of a pcb, for the questions of mptcp/info.h, mptcp/why.h and
 * mptcp/print.h; only to ask: the binding makes every other call. NULL, which all of them take, for
 * a listener and before mptcpl_connect. It is valid until the application gives the pcb back or its
 * err callback returns.
 */
const struct mptcp_conn *mptcpl_conn(const struct mptcpl_pcb *pcb);

/*
 * How many joins of peers were refused with this MPTCP_E_ code since mptcpl_init; 0: how many in
 * all. A SYN that is refused and comes again counts again. mptcp_error_text(code) says what a code
 * means; a join is refused with one of these:
 *
 *   JOIN_TOKEN    no connection has its token: over, of another host, or guessed
 *   JOIN_REFUSED  it is not wanted: max_subflows, deny_join, an address that was removed, a
 *                 connection that is plain TCP, closed or parked
 *   JOIN_MISSING  a SYN or a third ACK without MP_JOIN, or with a malformed one: a middlebox has
 *                 removed it, or a client came to an address that is announced for joins alone
 *   JOIN_HMAC     its third ACK does not prove that it is the peer's
 *   FULL          no memory, no slot, or a newer join has got the slot of one that was half open
 *   another one   its connection, or its local address, has ended while it was half open
 */
uint32_t mptcpl_joins_refused(int code);

#ifdef __cplusplus
}
#endif

#endif

/*
 * paths.h - floor 3: the machines of addresses and of the subflows between them. machines.h
 * includes it, and says what is common to all machines.
 */
#ifndef MPTCP_PATHS_H
#define MPTCP_PATHS_H

#include "tables/block.h"

/* ------------------------------------------------------------ path_manager.c */

/* Frees the slots of removed addresses that nothing needs any more. If a subflow is to be opened
 * and no slot is free, marks a half-open join for a reset, which frees its slot. */
void mptcp_pm_free_slots(struct mptcp_conn *c);
/* True if a subflow is to be opened; *a, an MPTCP_CONNECT, then says from where to where. */
bool mptcp_pm_connect_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* True if a subflow that the host requested (mptcp_join) is still to be opened, and can be. */
bool mptcp_pm_asked(const struct mptcp_conn *c);
/* The host is opening the subflow of a, an MPTCP_CONNECT, whose slot is set up: its pair of
 * addresses counts as tried. */
void mptcp_pm_connected(struct mptcp_conn *c, const struct mptcp_action *a);
/* Octets have come on s, or were DATA_ACKed on it. If s was opened after another subflow was lost,
 * the next join is tried as soon as at first (H-4). Each such subflow counts once, and the initial
 * one never, or octets elsewhere would shorten the wait between joins that fail. */
static inline void mptcp_pm_works(struct mptcp_conn *c, struct mptcp_subflow *s)
{
    if ((s->flags & SF_AGAIN) == 0) {
        return;
    }
    s->flags &= ~(uint32_t)SF_AGAIN;
    c->quiet_ends = 0;
    if (c->join_tries != JOINS_STOPPED) {
        c->join_tries = 0;
        mptcp_paths_changed(c);
    }
}
/* The host could not open the subflow of a: its pair of addresses is tried again after a
 * while. */
void mptcp_pm_connect_failed(struct mptcp_conn *c, const struct mptcp_action *a);
/* Subflow s is ending, s->code says why. If it is the last one and the connection may live on
 * without any, all pairs of addresses are tried again after a while; else only the pair of s, if
 * we opened s and another try makes sense. */
void mptcp_pm_on_end(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* DUE_RETRY has expired: the pairs that waited for it may be tried again. */
void mptcp_pm_retry(struct mptcp_conn *c);

/* ---------------------------------------------------------------- announce.c */

/* Takes an MP_PRIO that came on subflow `on`. */
void mptcp_pm_on_prio(struct mptcp_conn *c, const struct mptcp_subflow *on,
                      const struct mptcp_prio *o);
#define ANNOUNCEMENTS (MPTCP_HAS(MPTCP_ADD_ADDR) | MPTCP_HAS(MPTCP_ADD_ADDR2))

/* Takes the ADD_ADDRs and echoes of a segment of s: one, or in version 0 several; there malformed
 * ones are counted. Returns true if an HMAC proves that the peer has both keys: in version 1. */
bool mptcp_pm_on_add_addrs(struct mptcp_conn *c, const struct mptcp_subflow *s,
                           const struct mptcp_segment *seg, const struct mptcp_options *o);
/* The peer has removed addresses, on subflow `on`: nothing new is opened to them, and their
 * subflows are probed. */
void mptcp_pm_on_remove_addr(struct mptcp_conn *c, const struct mptcp_subflow *on,
                             const struct mptcp_remove_addr *o);
/* True if the host is to listen at an address, or to stop listening; *a then names the address. */
bool mptcp_pm_listen_due(const struct mptcp_conn *c, struct mptcp_action *a);
bool mptcp_pm_unlisten_due(const struct mptcp_conn *c, struct mptcp_action *a);
/* True if two signals were sent in a row, so that the next one has to wait (G-2). */
static inline bool mptcp_pm_burst_full(const struct mptcp_conn *c)
{
    return c->burst >= SIGNALS_IN_BURST;
}
/* Counts a signal that was sent on s. */
void mptcp_pm_burst_on(struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Both set the count of signals in a row to 0, the second one only if it is not: data has come or
 * was sent, a signal of the peer's has come, or the timer has expired. */
void mptcp_pm_burst_ends(struct mptcp_conn *c);
static inline void mptcp_pm_burst_over(struct mptcp_conn *c)
{
    if (c->burst != 0) {
        mptcp_pm_burst_ends(c);
    }
}
/* The connection is fully established: announcing and joining may begin. */
void mptcp_pm_start(struct mptcp_conn *c);
void mptcp_pm_announce_now(
    struct mptcp_conn *c); /* the peer has sent data: a client that waits for it announces */
/* Makes ADD_ADDR due for every address that the peer has not echoed, up to ADD_ADDR_TRIES times. */
void mptcp_pm_announce(struct mptcp_conn *c);
/* Removes our address l: closes or resets its subflows, and makes REMOVE_ADDR due. */
void mptcp_pm_remove(struct mptcp_conn *c, struct mptcp_addr_slot *l);
/* How long, in us, the answer to a probe of s is waited for. */
static inline uint32_t mptcp_pm_answer_time(const struct mptcp_conn *c,
                                            const struct mptcp_subflow *s)
{
    return 2 * s->srtt_us + c->answer_wait;
}
/* Begins to probe an open subflow. */
void mptcp_pm_probe(const struct mptcp_conn *c, struct mptcp_subflow *s);
/* The timer of an open subflow that is probed, or whose address was removed, has expired: the next
 * probe is due, or s is marked for a reset. */
void mptcp_pm_on_subflow_timeout(struct mptcp_conn *c, struct mptcp_subflow *s);
/* A segment has come on s: if s was probed, it is kept. */
void mptcp_pm_alive(struct mptcp_conn *c, struct mptcp_subflow *s);
/* An address of the peer's whose announcement or removal is to be reported to the application;
 * NULL: there is none. */
const struct mptcp_addr_slot *mptcp_pm_news(const struct mptcp_conn *c);
/* That was reported for the peer's address with this id. */
void mptcp_pm_told(struct mptcp_conn *c, uint8_t id);

/* ---------------------------------------------------------- address_signal.c */

/* The address that the next address signal on a pure ACK is about; 0: no such signal is due. It is
 * a number of a slot, counted from 1: first the peer's slots (an echo is due), then ours (ADD_ADDR
 * or REMOVE_ADDR is). */
unsigned mptcp_pm_signal(const struct mptcp_conn *c);
/* `signal` is what mptcp_pm_signal has returned. True if it stands for a REMOVE_ADDR. */
bool mptcp_pm_removes(const struct mptcp_conn *c, unsigned signal);
/* Fills *add, which the caller has zeroed, with the ADD_ADDR or echo to send on subflow `on`. */
void mptcp_pm_signal_option(const struct mptcp_conn *c, const struct mptcp_subflow *on,
                            unsigned signal, struct mptcp_add_addr *add);
/* That ADD_ADDR or echo was sent: it is not due any more, and an ADD_ADDR waits for its echo. */
void mptcp_pm_signal_sent(struct mptcp_conn *c, unsigned signal);
/* Adds the ids of all addresses of ours for which a REMOVE_ADDR is due to *o. */
void mptcp_pm_remove_option(const struct mptcp_conn *c, struct mptcp_remove_addr *o);
/* A REMOVE_ADDR with so many ids was sent: it is not due any more. If the number of ids that are
 * due has changed since it was written, all of them stay due. */
void mptcp_pm_removed_sent(struct mptcp_conn *c, unsigned ids);

#endif

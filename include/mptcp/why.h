/*
 * why.h - why does nothing happen? Questions for a host in development, and for the log of one that
 * waits longer than it expects.
 *
 * They change nothing, may be asked at any time, and answer by a code of mptcp/error.h: its name
 * and text are words for a log. MPTCP_OK means that nothing is in the way: if something is due,
 * mptcp_poll tells it. A host asks when mptcp_poll has nothing more; in the middle of a batch the
 * answer may be about what the next call would do. They are in object files of their own, which a
 * program that does not call them does not link.
 */
#ifndef MPTCP_WHY_H
#define MPTCP_WHY_H

#include "mptcp/conn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the answer was found. */
struct mptcp_where {
    mptcp_sf sf;      /* the subflow that it is about; MPTCP_SF_NONE: the connection */
    uint8_t pair;     /* 1: it is about the pair of addresses that follows */
    uint8_t local_id; /* address ids */
    uint8_t remote_id;
    uint8_t zero;
    mptcp_time when; /* LATER: when it is due again, if a deadline says so; else MPTCP_NEVER */
    uint64_t zero2;
};

/*
 * Why is MPTCP_SEND not due: on subflow sf, or on any if sf is MPTCP_SF_NONE? Fills *where, unless
 * it is NULL. Returns MPTCP_OK if it is due (then where->sf is the subflow that it is due on), or
 *
 *   NOT_OPEN        neither mptcp_connect nor mptcp_accept was called
 *   OPENING         the handshake is not complete
 *   CLOSED, ...     the connection has ended: with its error; ABORTED: it is being aborted
 *   NOTHING         nothing is written that was not given to a subflow
 *   NO_SUBFLOW      there is none
 *   WINDOW          the peer's shared window is closed: its application does not read, or its host
 *                   does not report what was read (mptcp_on_consumed). Also if the host reads
 *                   mptcp_segment.window without TCP's window scaling, which makes it too small
 *   SUBFLOW_WINDOW  the same of the subflow's own window
 *   NO_PATH         mptcp_on_path was never called: the host's TCP has told no room
 *   NO_ROOM         its TCP has no room, or less than a segment while octets are in flight
 *   SILENT          the peer's TCP acknowledges nothing, and another subflow works
 *   NOT_SENT        mptcp_sent is not called for what was sent on it
 *   LATER           the host has put the octets off
 *   FULL            no run is free for another mapping (mptcp_config.runs)
 *   CLOSING         it is being closed or reset
 *   SCHEDULER       sf could take octets, but the scheduler chooses none, or another subflow.
 *                   where->sf is the one it waits for (a faster one, of a better class, cheaper)
 *
 * For MPTCP_SF_NONE the answer is that of the subflow which is nearest to sending. ARGUMENT: c is
 * NULL; STALE: so is sf. Cost: that of mptcp_poll.
 */
int mptcp_why_not_sending(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_where *where);

#define MPTCP_ANY_ID (-1)

/*
 * Why is MPTCP_CONNECT not due from our address local_id to the peer's address remote_id? Either
 * may be MPTCP_ANY_ID. Fills *where, unless it is NULL. Returns MPTCP_OK if it is due, or will be
 * when it is its turn; or
 *
 *   NOT_OPEN, OPENING, CLOSED, ...  as above
 *   PLAIN         the connection is plain TCP; mptcp_conn_report.fallback says why
 *   NOT_FULLY     the peer has not yet shown that it has both keys: send data, or wait for some
 *   CLOSING       the connection is being closed
 *   NO_SOURCE     the address lacks MPTCP_ADDR_JOIN; or there is none but the initial one
 *   NO_TARGET     the peer has announced no address; a server cannot join to the client's initial
 *                 one. Or this one was not announced
 *   DENIED        the peer forbids joins to its initial address (flag C, s3.1)
 *   PAIR          the two are not of one family, or the peer's has no port
 *   ROOM          mptcp_config.option_room is less than a join needs
 *   ADDRESS_GONE  one of them was removed
 *   POLICY        mptcp_config.policy wants none there: mptcp_join does it all the same
 *   JOINED        there is one already, or one is being opened
 *   TRIED         one was tried and refused; it is tried again if the peer announces the address
 *                 anew, or by mptcp_join. Or too many joins in a row have failed
 *   LATER         one was tried and will be again, or the host has put it off: where->when
 *   LIMIT         as many subflows live as mptcp_config.subflow_limit allows
 *   FULL          no slot is free (mptcp_config.subflows)
 *
 * With MPTCP_ANY_ID the answer is that of the pair which is nearest to a join. ARGUMENT: c is NULL,
 * or an id is out of range; NOT_FOUND: no address has it. Cost: a look at each pair of addresses.
 */
int mptcp_why_not_joining(const struct mptcp_conn *c, int local_id, int remote_id,
                          struct mptcp_where *where);

/*
 * Has the host left out a call that it owes? A connection may run well without it at first. `now`
 * is the present. Fills *where, unless it is NULL. Returns MPTCP_OK, or the first of
 *
 *   NO_TIMEOUT       mptcp_deadline has passed by half a second: mptcp_on_timeout was not called
 *   NOT_CONSUMED     more than three quarters of the receive buffer are octets that were delivered
 *                    and not reported by mptcp_on_consumed: the window that we advertise closes. An
 *                    application that does not read looks the same
 *   NOT_SENT         mptcp_sent was never called for what leaves on a subflow, although octets were
 *                    acknowledged on it; or, for half a second, are in flight, or fill half the
 *                    receive buffer: signals are never done, and the peer is stopped after one
 *                    window
 *   NOT_ESTABLISHED  octets have come on a subflow, or were acknowledged half a second ago, but
 *                    mptcp_on_established was never called for it
 *   NO_PATH          octets were sent on a subflow, but mptcp_on_path was never called for it
 *
 * What the library cannot see has no answer here: mptcp_endpoint_find tells whether a token was
 * entered, and mptcp_receipt.covers that a segment must be cut.
 * ARGUMENT: c is NULL, or `now` is MPTCP_NEVER. Cost: that of mptcp_deadline.
 */
int mptcp_neglected(const struct mptcp_conn *c, mptcp_time now, struct mptcp_where *where);

#ifdef __cplusplus
}
#endif

#endif

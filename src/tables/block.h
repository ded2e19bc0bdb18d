/*
 * block.h - floor 2: where the parts of a connection's block begin, and questions that several
 * machines ask about its subflows and addresses. Three things are changed from here: the address
 * slots (addresses.c), SF_RESET with its code (mptcp_subflow_fail), and BIT_PATHS.
 */
#ifndef MPTCP_BLOCK_H
#define MPTCP_BLOCK_H

#include "tables/tables.h"
#include "wire/profile.h"

/* ------------------------------------------------------- places in the block */

/* Returns subflow slot i; i is not checked. */
inline struct mptcp_subflow *subflow_at(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_subflow *)(uintptr_t)(c + 1) + i;
}

/* Returns the first run of the connection's pool. */
inline struct mptcp_run *runs_of(const struct mptcp_conn *c)
{
    return (struct mptcp_run *)(void *)subflow_at(c, c->subflows);
}

/* Return slot i of the local, and of the peer's, addresses; i is not checked. */
struct mptcp_addr_slot *local_at(const struct mptcp_conn *c, unsigned i);
struct mptcp_addr_slot *remote_at(const struct mptcp_conn *c, unsigned i);

/* Returns the handle by which the host names subflow i: generation and slot. */
static inline mptcp_sf handle_of(const struct mptcp_conn *c, unsigned i)
{
    return subflow_at(c, i)->generation << 8 | i;
}

/* --------------------------------------------------------------- arguments.c */

/*
 * Every call that changes something begins with this check. Returns MPTCP_OK; MPTCP_E_ARGUMENT if c
 * is NULL or now is MPTCP_NEVER; MPTCP_E_STATE if the block was wiped or never initialised, which
 * shows in a count of 0 subflows.
 */
MPTCP_INLINE int call_refused(const struct mptcp_conn *c, mptcp_time now)
{
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    return c->subflows == 0 ? MPTCP_E_STATE : MPTCP_OK;
}

#define LENGTH_MAX 0x3fffffffu /* TCP's largest scaled window: no segment or piece is longer */

/* True if *a is an IPv4 or IPv6 address; false also if a is NULL. */

bool addr_possible(const struct mptcp_addr *a);
/* True if the fields of *seg are in range; false also if seg is NULL. */
MPTCP_INLINE bool segment_possible(const struct mptcp_segment *seg)
{
    return seg != NULL && seg->options_len <= MPTCP_OPTION_MAX && seg->len <= LENGTH_MAX &&
           (seg->options != NULL || seg->options_len == 0);
}

/* Returns the slot that handle sf names; -1 if the handle is stale or c is NULL. */
MPTCP_INLINE int slot_of(const struct mptcp_conn *c, mptcp_sf sf)
{
    unsigned i = sf & 0xffu;

    if (c == NULL || i >= c->subflows) {
        return -1;
    }
    const struct mptcp_subflow *s = subflow_at(c, i);
    return s->state != SF_FREE && s->generation == sf >> 8 ? (int)i : -1;
}

/* True if TCP still runs subflow s. */
static inline bool sf_live(const struct mptcp_subflow *s)
{
    return s->state != SF_FREE && s->state != SF_GONE;
}

/*
 * Begins calls about a subflow that TCP still runs. Returns MPTCP_OK with *s set to it;
 * MPTCP_E_ARGUMENT if c is NULL or now is MPTCP_NEVER; MPTCP_E_STALE if TCP has ended the subflow,
 * or sf names none.
 */
MPTCP_INLINE int subflow_refused(const struct mptcp_conn *c, mptcp_sf sf, mptcp_time now,
                                 struct mptcp_subflow **s)
{
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0 || subflow_at(c, (unsigned)i)->state == SF_GONE) {
        return MPTCP_E_STALE;
    }
    *s = subflow_at(c, (unsigned)i);
    return MPTCP_OK;
}

/* True if s may carry new data: it is open, not to be reset, and not told to send a FIN. */
MPTCP_INLINE bool sf_usable(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && (s->flags & (SF_RESET | SF_FIN_GIVEN)) == 0;
}

/* True if the TCP of s can take octets now, and the host has not deferred them. */
static inline bool sf_has_room(const struct mptcp_subflow *s)
{
    return s->room > 0 && (s->flags & SF_LATER) == 0;
}

/* True if the handshake has settled on MPTCP and the connection has not fallen back or ended. */
static inline bool is_mptcp(const struct mptcp_conn *c)
{
    return c->phase == PHASE_MPTCP;
}

/* Returns the constants of the protocol version that the connection uses. */
static inline const struct mptcp_profile *profile_of(const struct mptcp_conn *c)
{
    return mptcp_profile(c->version);
}

/* An ACK with the DATA_ACK and the window is due on s, even if one that was asked for before is
 * deferred: what had no room on that one has nothing to do with it. */
static inline void want_ack(struct mptcp_subflow *s)
{
    s->signal |= SIG_ACK;
    s->hold = 0;
}

/* Adds 1 to *n, which stays at 255: it never wraps. */
void count_up(uint8_t *n);

/* Sets BIT_PATHS: the path manager may have work. Called wherever addresses, subflows or a
 * condition of joins change; mptcp_end_call clears the bit when nothing of the path manager's is
 * due. */
static inline void mptcp_paths_changed(struct mptcp_conn *c)
{
    c->bits |= BIT_PATHS;
}

/* Returns the us after which a signal sent on s is first repeated; each repetition doubles it. */
MPTCP_INLINE uint32_t signal_wait(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->srtt_us != 0 ? 2 * s->srtt_us + 100000 : c->signal_rto;
}

/* --------------------------------------------------------------- subflows.c */

/* Returns the lowest free subflow slot; -1 if none is free, or if as many subflows live as
 * subflow_limit allows, half-open joins included. */
int mptcp_subflow_free_slot(const struct mptcp_conn *c);
/* True if s lives and is not a half-open join of the peer's, whose sender has not yet proved by an
 * HMAC that it has the keys. */
bool mptcp_subflow_is_proven(const struct mptcp_subflow *s);
/* Returns the number of such subflows. */
unsigned mptcp_subflow_proven(const struct mptcp_conn *c);
/* Returns the half-open join that is the first to lose its slot: one from the address `from`, else
 * the oldest. NULL if there is none. */
struct mptcp_subflow *mptcp_half_open_first(const struct mptcp_conn *c, uint32_t from);
/* True if s is silent or its own window is closed: it takes new data only if all usable subflows
 * are like that. */
static inline bool sf_avoided(const struct mptcp_subflow *s)
{
    return (s->flags & (SF_SILENT | SF_WINDOW_CLOSED)) != 0;
}
/* True if s fell silent UNRELIABLE_SILENCES times in a row, the last time within SILENCE_MEMORY_US:
 * schedulers use it last. */
bool mptcp_subflow_unreliable(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* Returns the slot of the subflow that signals are sent on: the first that is open, not to be reset
 * and not silent; else the first silent one; -1 if none is open. */
int mptcp_signal_subflow(const struct mptcp_conn *c);
/* Marks s, if it lives, to be reset with this code. If it is marked already, its code stays. */
void mptcp_subflow_fail(struct mptcp_subflow *s, int code);
/* True if a subflow other than i is usable, not silent, and has not received a FIN: it can carry
 * what subflow i carries. */
bool mptcp_works_without(const struct mptcp_conn *c, unsigned i);

/* ----------------------------------------------------------------- ending.c */

/* Returns the DSN after the highest one sent: SND.NXT, or the DSN after the DATA_FIN if that was
 * sent. */
MPTCP_INLINE mptcp_dsn mptcp_snd_max(const struct mptcp_conn *c)
{
    mptcp_dsn after_fin = {c->snd_end.v + 1};
    return (c->bits & BIT_FIN_SENT) != 0 ? after_fin : c->snd_nxt;
}
/* Returns the stage of closing our direction. */
static inline enum mptcp_sending mptcp_sending(const struct mptcp_conn *c)
{
    return (enum mptcp_sending)(c->bits & SENDING_MASK);
}
/* Returns the stage of closing the peer's direction. */
static inline enum mptcp_receiving mptcp_receiving(const struct mptcp_conn *c)
{
    return (enum mptcp_receiving)(c->bits & RECEIVING_MASK);
}
/* True if the application has closed our direction: SENDING_SHUT or a later stage. */
static inline bool is_shut(const struct mptcp_conn *c)
{
    return (c->bits & BIT_SHUTDOWN) != 0;
}
/* True if everything up to the peer's DATA_FIN has been received: RECEIVING_ENDED. */
static inline bool has_ended(const struct mptcp_conn *c)
{
    return (c->bits & BIT_FIN_REACHED) != 0;
}
/* True if our DATA_FIN is DATA_ACKed. */
bool mptcp_close_fin_acked(const struct mptcp_conn *c);
/* True if the connection may live on for a time without any subflow (D-22). */
bool mptcp_may_wait(const struct mptcp_conn *c);
/* True if no subflow is to be opened and no address announced any more, since the end is near: the
 * connection is closed, or our DATA_FIN is acknowledged and a subflow is left. */
bool mptcp_pm_closing(const struct mptcp_conn *c);

/* ------------------------------------------------------------ announcement.c */

/* True if each address is announced with an HMAC and without, in turn (version 0). */
bool mptcp_announces_twice(const struct mptcp_conn *c);
/* True if an announcement of the peer's is to be taken: its HMAC is right, or none is needed.
 * *proven: the HMAC is right, so its sender has the keys. */
bool mptcp_announcement_right(const struct mptcp_conn *c, const struct mptcp_add_addr *o,
                              bool *proven);
/* How often an address that is not echoed is announced; each time in two ways, if both are asked
 * for. */
unsigned mptcp_announcement_tries(const struct mptcp_conn *c);
/* Sets the form and the HMAC of an announcement of ours, whose other members are filled; `tries`:
 * how often the address was announced before. */
void mptcp_announcement_sign(const struct mptcp_conn *c, unsigned tries,
                             struct mptcp_add_addr *add);

/* --------------------------------------------------------------- addresses.c */

/* Return the slot in use of our address, and of the peer's, with this id; NULL if there is none. */
struct mptcp_addr_slot *mptcp_local_of(const struct mptcp_conn *c, uint8_t id);
struct mptcp_addr_slot *mptcp_remote_of(const struct mptcp_conn *c, uint8_t id);
/* In the array of slots t, which is local_at(c, 0) or remote_at(c, 0), returns the first one whose
 * flags under the mask are `flags`; NULL if there is none. */
struct mptcp_addr_slot *mptcp_addr_first(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         unsigned mask, unsigned flags);
/* Returns a free slot of array t; NULL if there is none. */
static inline struct mptcp_addr_slot *mptcp_addr_free(const struct mptcp_conn *c,
                                                      struct mptcp_addr_slot *t)
{
    return mptcp_addr_first(c, t, ADDR_USED, 0);
}
/* Enters an address with its id into a free slot, with ADDR_PASSIVE: it is not joined from or to.
 * Returns the slot; NULL if none is free. */
struct mptcp_addr_slot *mptcp_addr_learn(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         const struct mptcp_addr *addr, uint8_t id);
/* True if local address l was removed, REMOVE_ADDR was sent, the host has stopped listening, and no
 * living subflow has its id: the slot can be freed. */
bool mptcp_addr_is_gone(const struct mptcp_conn *c, const struct mptcp_addr_slot *l);
/* Returns the slot of a local address with the IP of *addr, preferably one in use with the same
 * port; NULL if there is none. */
struct mptcp_addr_slot *mptcp_addr_local(const struct mptcp_conn *c, const struct mptcp_addr *addr);
/* If no slot for the peer's addresses is free, frees one with MARK_CLAIMED. */
void mptcp_addr_make_room(const struct mptcp_conn *c);
/* Frees one slot of the local addresses: one with MARK_CLAIMED, to which only a half-open join has
 * come; or, while there is no subflow to send REMOVE_ADDR on, a removed one. False if there is
 * none. */
bool mptcp_addr_reclaim(struct mptcp_conn *c);
/* True if slot t is used and holds the IP address *ip; ports are not compared. */
bool mptcp_addr_at(const struct mptcp_addr_slot *t, const struct mptcp_addr *ip);
/* Returns a local address id that no slot and no living subflow has, and moves next_id past it; 0
 * if none is left. */
uint8_t mptcp_addr_new_id(struct mptcp_conn *c);
/* The id of our address l in the options of joins from now on, and in REMOVE_ADDR. */
static inline uint8_t addr_wire_id(const struct mptcp_addr_slot *l)
{
    return (l->flags & MARK_RENAMED) != 0 ? l->alias : l->id;
}
/* Gives our address l, which is not announced and has no living subflow, another id on the wire. */
void mptcp_addr_rename(struct mptcp_conn *c, struct mptcp_addr_slot *l);
/* True if a join from our address l has to wait: the peer is to be told first, by a REMOVE_ADDR
 * that is due, that the subflow from it is gone (MARK_AWAY). While there is no subflow on which
 * that could be sent, nothing waits for it. */
bool mptcp_addr_waits(const struct mptcp_conn *c, const struct mptcp_addr_slot *l);
/* True if a living subflow has this local or remote address id. Half-open joins count for a remote
 * id only if they have SF_CLAIMS. */
bool mptcp_addr_in_use(const struct mptcp_conn *c, bool remote, uint8_t id);
/* Returns the PAIR_ bits of a pair of addresses. */
unsigned mptcp_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote);
/* Sets the PAIR_ bits of a pair to `what`, and clears its other ones. */
void mptcp_pair_set(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote, unsigned what);
/* Changes the bits of all pairs. `what` is PAIR_AGAIN: tried pairs are to be tried again;
 * PAIR_TRIED: pairs that were to be tried again count as never tried; 0: all do. */
void mptcp_pairs(const struct mptcp_conn *c, unsigned what);
/* Clears the PAIR_ bits of all pairs of address a, which is a local or a remote slot. */
void mptcp_addr_untry(const struct mptcp_conn *c, const struct mptcp_addr_slot *a);
/* True if address a may be used for new subflows: it is in use and not removed. */
static inline bool addr_good(const struct mptcp_addr_slot *a)
{
    return (a->flags & (ADDR_USED | MARK_REMOVED)) == ADDR_USED;
}

#endif

/*
 * block.h - floor 2: where things stand in the block of a connection, its clock, and what several
 * machines ask about its subflows and addresses. What changes something here: the slots of
 * addresses (addresses.c), the mark of a subflow that is to be reset, and BIT_PATHS.
 */
#ifndef MPTCP_BLOCK_H
#define MPTCP_BLOCK_H

#include "tables/tables.h"
#include "wire/profile.h"

/* ------------------------------------------------------- places in the block */

inline struct mptcp_subflow *subflow_at(const struct mptcp_conn *c, unsigned i)
{
    return (struct mptcp_subflow *)(uintptr_t)(c + 1) + i;
}

inline struct mptcp_run *runs_of(const struct mptcp_conn *c)
{
    return (struct mptcp_run *)(void *)subflow_at(c, c->subflows);
}

struct mptcp_addr_slot *local_at(const struct mptcp_conn *c, unsigned i);

struct mptcp_addr_slot *remote_at(const struct mptcp_conn *c, unsigned i);

static inline mptcp_sf handle_of(const struct mptcp_conn *c, unsigned i)
{
    return subflow_at(c, i)->generation << 8 | i;
}

/* --------------------------------------------------------------- arguments.c */

/*
 * What every call that changes something asks first. ARGUMENT: there is no connection, or no time.
 * STATE: the block was wiped, or never made: no connection has fewer than one subflow.
 */
MPTCP_INLINE int call_refused(const struct mptcp_conn *c, mptcp_time now)
{
    if (c == NULL || now == MPTCP_NEVER) {
        return MPTCP_E_ARGUMENT;
    }
    return c->subflows == 0 ? MPTCP_E_STATE : MPTCP_OK;
}

/* An address that can be had, and a segment that can have come. */
#define LENGTH_MAX 0x3fffffffu /* TCP's largest scaled window: no segment or piece is longer */

bool addr_possible(const struct mptcp_addr *a);
MPTCP_INLINE bool segment_possible(const struct mptcp_segment *seg)
{
    return seg != NULL && seg->options_len <= MPTCP_OPTION_MAX && seg->len <= LENGTH_MAX &&
           (seg->options != NULL || seg->options_len == 0);
}

/* The slot of a handle, or -1 if it is stale, or there is no connection. */
MPTCP_INLINE int slot_of(const struct mptcp_conn *c, mptcp_sf sf)
{
    unsigned i = sf & 0xffu;

    if (c == NULL || i >= c->subflows) {
        return -1;
    }
    const struct mptcp_subflow *s = subflow_at(c, i);
    return s->state != SF_FREE && s->generation == sf >> 8 ? (int)i : -1;
}

/* TCP still runs it. */
static inline bool sf_live(const struct mptcp_subflow *s)
{
    return s->state != SF_FREE && s->state != SF_GONE;
}

/*
 * The same for calls about a subflow that TCP runs. ARGUMENT: there is no connection, or no time;
 * STALE: it is over, or never was.
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

/* It may carry new data and signals. */
MPTCP_INLINE bool sf_usable(const struct mptcp_subflow *s)
{
    return s->state == SF_OPEN && (s->flags & (SF_RESET | SF_FIN_GIVEN)) == 0;
}

/* Its TCP takes octets now. */
static inline bool sf_has_room(const struct mptcp_subflow *s)
{
    return s->room > 0 && (s->flags & SF_LATER) == 0;
}

static inline bool is_mptcp(const struct mptcp_conn *c)
{
    return c->phase == PHASE_MPTCP;
}

/* What its version of the protocol has. */
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

/* Up to 255 and not around. */
void count_up(uint8_t *n);

/* Addresses, subflows or what forbids joins have changed: the path manager may want something. Set
 * by whoever changes them; mptcp_end_call clears it when nothing is due. */
static inline void mptcp_paths_changed(struct mptcp_conn *c)
{
    c->bits |= BIT_PATHS;
}

/* A signal that left on this subflow is repeated after this time, and its double, and so on. */
MPTCP_INLINE uint32_t signal_wait(const struct mptcp_conn *c, const struct mptcp_subflow *s)
{
    return s->srtt_us != 0 ? 2 * s->srtt_us + 100000 : c->signal_rto;
}

/* --------------------------------------------------------------- subflows.c */

/* -1 if there is none, or as many are alive as may be, half-open joins included. */
int mptcp_subflow_free_slot(const struct mptcp_conn *c);
/* It is more than a SYN of somebody's, who has proved nothing yet. */
bool mptcp_subflow_is_proven(const struct mptcp_subflow *s);
unsigned mptcp_subflow_proven(const struct mptcp_conn *c); /* how many are */
/* The join that has proved nothing and gives its slot first: one from the address with this number,
 * else the oldest. NULL: there is none. */
struct mptcp_subflow *mptcp_half_open_first(const struct mptcp_conn *c, uint32_t from);
/* It takes data only if there is nothing better: silent, or its own window is closed. */
static inline bool sf_avoided(const struct mptcp_subflow *s)
{
    return (s->flags & (SF_SILENT | SF_WINDOW_CLOSED)) != 0;
}
/* It fell silent again and again, the last time within a minute: used last. */
bool mptcp_subflow_unreliable(const struct mptcp_conn *c, const struct mptcp_subflow *s);
/* The subflow that signals leave on: usable, not silent if possible; -1 if none. */
int mptcp_signal_subflow(const struct mptcp_conn *c);
/* It is to be reset, with this code unless it has one already. */
void mptcp_subflow_fail(struct mptcp_subflow *s, int code);
/* Another subflow can take over what this one carries. */
bool mptcp_works_without(const struct mptcp_conn *c, unsigned i);

/* ----------------------------------------------------------------- ending.c */

/* snd_nxt, and the DATA_FIN if it was sent. */
MPTCP_INLINE mptcp_dsn mptcp_snd_max(const struct mptcp_conn *c)
{
    mptcp_dsn after_fin = {c->snd_end.v + 1};
    return (c->bits & BIT_FIN_SENT) != 0 ? after_fin : c->snd_nxt;
}
/* The stage of either direction. */
static inline enum mptcp_sending mptcp_sending(const struct mptcp_conn *c)
{
    return (enum mptcp_sending)(c->bits & SENDING_MASK);
}
static inline enum mptcp_receiving mptcp_receiving(const struct mptcp_conn *c)
{
    return (enum mptcp_receiving)(c->bits & RECEIVING_MASK);
}
/* SENDING_SHUT or later. */
static inline bool is_shut(const struct mptcp_conn *c)
{
    return (c->bits & BIT_SHUTDOWN) != 0;
}
/* RECEIVING_ENDED. */
static inline bool has_ended(const struct mptcp_conn *c)
{
    return (c->bits & BIT_FIN_REACHED) != 0;
}
/* Our DATA_FIN is DATA_ACKed. */
bool mptcp_close_fin_acked(const struct mptcp_conn *c);
/* It may go on without any subflow for a time (D-22). */
bool mptcp_may_wait(const struct mptcp_conn *c);
/* No subflow is to be opened, nor an address announced, for an end that has come so near. */
bool mptcp_pm_closing(const struct mptcp_conn *c);

/* --------------------------------------------------------------- addresses.c */

/* In a list of slots, local_at(c, 0) or remote_at(c, 0): by id; the first one whose flags are these
 * under a mask; one that is free. NULL if there is none. */
struct mptcp_addr_slot *mptcp_addr_find(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                        uint8_t id);
struct mptcp_addr_slot *mptcp_addr_first(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         unsigned mask, unsigned flags);
static inline struct mptcp_addr_slot *mptcp_addr_free(const struct mptcp_conn *c,
                                                      struct mptcp_addr_slot *t)
{
    return mptcp_addr_first(c, t, ADDR_USED, 0);
}
/* Into a free slot, as one that is not to be joined from or to; NULL if there is none. */
struct mptcp_addr_slot *mptcp_addr_learn(const struct mptcp_conn *c, struct mptcp_addr_slot *t,
                                         const struct mptcp_addr *addr, uint8_t id);
/* One of ours that was removed: everybody was told, nothing has its id. */
bool mptcp_addr_is_gone(const struct mptcp_conn *c, const struct mptcp_addr_slot *l);
/* One of ours, with this port if possible; NULL. */
struct mptcp_addr_slot *mptcp_addr_local(const struct mptcp_conn *c, const struct mptcp_addr *addr);
/* In a full table one of the peer's that is only claimed gives way. */
void mptcp_addr_make_room(const struct mptcp_conn *c);
/* One of ours gives way: that only a half-open join has come to; or, without any subflow, a removed
 * one, of which the peer can't be told now. */
bool mptcp_addr_reclaim(struct mptcp_conn *c);
bool mptcp_addr_at(const struct mptcp_addr_slot *t, const struct mptcp_addr *ip);
/* An id of our side that no slot has; 0 if none is left. */
uint8_t mptcp_addr_new_id(struct mptcp_conn *c);
/* A living subflow has it (if remote: proven or claiming it). */
bool mptcp_addr_in_use(const struct mptcp_conn *c, bool remote, uint8_t id);
/* What is known of a pair: PAIR_ bits. */
unsigned mptcp_pair(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote);
void mptcp_pair_set(const struct mptcp_conn *c, const struct mptcp_addr_slot *local,
                    const struct mptcp_addr_slot *remote, unsigned what);
/* Of all pairs. PAIR_AGAIN: those that were tried are to be tried again; PAIR_TRIED: those that
 * were to be are new; 0: nothing is known. */
void mptcp_pairs(const struct mptcp_conn *c, unsigned what);
/* Nothing is known of the pairs of an address of either side. */
void mptcp_addr_untry(const struct mptcp_conn *c, const struct mptcp_addr_slot *a);
/* It may be used for something new. */
static inline bool addr_good(const struct mptcp_addr_slot *a)
{
    return (a->flags & (ADDR_USED | MARK_REMOVED)) == ADDR_USED;
}

#endif

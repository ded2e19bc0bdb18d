/*
 * scheduler.h - a scheduler decides which path takes which octets next. This header has the
 * interface of schedulers, and those of the library.
 *
 * A scheduler is a constant, and its choice a pure function of a view of the stream and of every
 * path, without a clock or a connection. It is called whenever octets might be sent and at least
 * two paths are usable; with one usable path there is nothing to choose. It may be called several
 * times for one choice, also with the same view. Its only state is a word of 16 bits for the
 * connection and one of 32 bits for each path. The words are kept in the connection and are part of
 * the view; the hook `sent` changes them when octets have really been sent. So a connection can be
 * copied and moved.
 *
 * Each choice is checked. A choice that is impossible (no such path, a path that is not usable, new
 * octets that are more than the path takes, octets that do not exist) counts as none. So a
 * scheduler can stop a transfer, but cannot damage the stream.
 *
 * All schedulers of the library obey the same classes and costs:
 *
 *   1. A path that is not usable is never taken.
 *   2. Of the usable ones only the best class counts, whether or not it has room:
 *        without `avoid`, not a backup
 *        without `avoid`, a backup (by wish of either end: RFC 8684 s3.3.8)
 *        with `avoid`, not a backup
 *        with `avoid`, a backup
 *      So a backup carries nothing while another path works, and a path that has
 *      fallen silent carries nothing new while any other is left.
 *      Of that class, only the paths with the least cost count: a metered path
 *      is used last.
 *   3. If none of these has room, they choose none, even if other paths have room. Room comes with
 *      an acknowledgement, since a path without room has data in flight; with the answer to a probe
 *      of its closed window; or when its host is offered octets again after a deadline. So this is
 *      not a wait for a path (MPTCP_SCHED_WAIT).
 *
 * minrtt then takes the path that has room and the lowest smoothed RTT. A path without a sample
 * counts as the slowest. Of equal paths, the first.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_SCHEDULER_H
#define MPTCP_SCHEDULER_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The present state of one path. 32 bytes, no padding; set all of it to zero before use. */
struct mptcp_sched_path {
    uint32_t srtt_us;    /* smoothed RTT in us; 0: no sample yet. If the library measures it: as it
                            is to be expected of octets given now, by what is in flight */
    uint32_t min_rtt_us; /* smallest RTT lately, in us; 0: not known */
    uint32_t room;       /* how many of the offered octets it can take now */
    uint32_t spare;      /* octets that its TCP and its own window allow now, whatever is offered */
    uint32_t in_flight;  /* octets given to it that the peer's TCP has not acknowledged */
    uint32_t word;       /* the scheduler's own state; 0 when the path begins */
    uint16_t unit;       /* octets of payload in a full segment */
    uint16_t zero;
    uint8_t usable; /* 1: data may be sent on it; 0: it must not be chosen */
    uint8_t backup; /* 1: we or the peer have declared it a backup */
    uint8_t avoid; /* 1: silent (no acknowledgement for too long), or its own window stays closed */
    uint8_t cost;  /* of the paths of a class the cheapest are used first; 0: costs nothing */
};

/* A stretch of octets that a path holds: they were given to it, and not all are DATA_ACKed. */
struct mptcp_sched_held {
    int32_t at;     /* where it begins: octets after SND.UNA; negative: before SND.UNA */
    uint32_t len;   /* octets */
    uint32_t acked; /* how many of these, from the first one on, the peer's TCP has acknowledged */
    uint32_t path;  /* index of the path */
};

/*
 * The view that a scheduler is shown. Its first members tell what is offered: octets due for
 * reinjection, since no path that works holds them; if there are none, or the choice for them was
 * none, new octets; if no new octets can be sent, nothing. With nothing offered, only a scheduler
 * with MPTCP_SCHED_SENDS_AGAIN is called.
 */
struct mptcp_sched_view {
    uint32_t at;        /* where the offered octets begin: octets after SND.UNA */
    uint32_t wanted;    /* number of octets that are there to be sent */
    uint32_t allowed;   /* how many of these the shared window allows; 0: nothing is offered */
    uint32_t again;     /* 1: the octets were given to a path before; 0: they are new */
    uint32_t unsent;    /* octets written, from SND.NXT on */
    uint32_t in_flight; /* octets from SND.UNA to SND.NXT: given to some path, not DATA_ACKed */
    uint32_t window;    /* octets from SND.UNA to the right edge of the shared window */
    uint32_t una;       /* SND.UNA modulo 2^32, for positions that are kept in a word */
    uint32_t word;      /* the scheduler's own state, 16 bits; 0 at the start */
    uint32_t resends;   /* 1: octets may be sent again; 0: not yet (MPTCP_SCHED_SENDS_AGAIN) */
    uint32_t n;         /* number of paths; choices name a path by its index */
    /* Fills *path for path i, which must be below n. (An array of all would need much stack.) */
    void (*path)(const struct mptcp_sched_view *v, unsigned i, struct mptcp_sched_path *path);
    /*
     * Fills *held with the next stretch of octets that a path holds, in the order of first octets,
     * from SND.UNA on, and moves *cursor, which must be 0 at first. False: there are no more. There
     * may be thousands of them: read only a few. NULL if the scheduler's `held` is NULL.
     */
    bool (*held)(const struct mptcp_sched_view *v, uint32_t *cursor, struct mptcp_sched_held *held);
};

enum mptcp_sched_what {
    MPTCP_SCHED_NONE = 0, /* no path takes anything */
    MPTCP_SCHED_NEW,      /* send `len` octets from SND.NXT on, at most `room` of the path */
    MPTCP_SCHED_AGAIN,    /* send `len` octets before SND.NXT again, or as many as the path takes */
    /*
     * Send nothing, although a path could take what is offered: wait for path `other`, the witness.
     * The witness must be usable, without `avoid`, and have octets in flight, so that an
     * acknowledgement on it, or its silence, leads to a new choice. A scheduler must not wait
     * without such a path.
     */
    MPTCP_SCHED_WAIT
};

/* 12 bytes, no padding. */
struct mptcp_sched_choice {
    uint8_t what; /* enum mptcp_sched_what */
    uint8_t path; /* index of the path that takes the octets */
    uint8_t
        other; /* another path whose word `sent` may change: the witness, or the octets' holder */
    uint8_t zero;
    uint32_t at;  /* AGAIN: where the octets begin, in octets after SND.UNA */
    uint32_t len; /* number of octets */
};

/* The words that the hook `sent` may change. */
struct mptcp_sched_words {
    uint16_t *conn;  /* of the connection */
    uint32_t *path;  /* of choice->path */
    uint32_t *other; /* of choice->other */
};

/*
 * A flag: the scheduler sends octets again that are not due for reinjection, so it is also called
 * when nothing is offered. It must not give a path octets that this path holds: that would never
 * end. A choice to send octets again counts as none until the peer is certain to speak MPTCP on
 * more than one subflow.
 */
#define MPTCP_SCHED_SENDS_AGAIN 0x01u
/* A flag: `sent` is called only when octets were sent again. It saves the time of a second choice
 * for new ones. */
#define MPTCP_SCHED_TOLD_AGAIN 0x02u

struct mptcp_scheduler {
    const char *name; /* in lower case, as users write it */
    uint32_t flags;   /* MPTCP_SCHED_ */
    /* Fills *choice, which is zero at first: that is the choice of none. */
    void (*choose)(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice);
    /* NULL, or called when choice->len octets of this choice have been sent, before any other
     * change; may change *words. */
    void (*sent)(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                 const struct mptcp_sched_words *words);
    /* NULL; or mptcp_sched_held, if the scheduler calls `held` of the view. */
    bool (*held)(const struct mptcp_sched_view *v, uint32_t *cursor, struct mptcp_sched_held *held);
};

/* The library's function `held` of a view. A scheduler that needs it names it as its own `held`,
 * and calls it through the view. Returns false if an argument is NULL. */
bool mptcp_sched_held(const struct mptcp_sched_view *v, uint32_t *cursor,
                      struct mptcp_sched_held *held);

/*
 * The table of the schedulers that a connection can have. mptcp_config.scheduler is an index of it,
 * since a connection holds no pointer. The library's table has gain and minrtt, and is alone in its
 * object file: a program may define both names itself, with other schedulers in the table, its own
 * ones, too. Schedulers that no table names are not linked.
 */
extern const struct mptcp_scheduler *const mptcp_schedulers[];
extern const uint8_t mptcp_schedulers_count; /* 1 to 255 */

/*
 * The default. A slower path is used only where the connection gains by it: not if a full faster
 * one could carry, before the slower one has delivered, all that the shared window leaves, or all
 * that is left to send. Paths that are about as fast and have room are filled evenly. If nothing
 * new can go, the fastest path sends again what holds up the stream. A path without an RTT gets one
 * segment. For paths that are not alike, which is most of them.
 *
 * State: the words of the paths. Time: a look at each path for each path with room, two 64-bit
 * divisions for each faster path where a slower one is about to be taken, two of 32 bits for each
 * about as fast; up to 16 stretches that are held where nothing new can go. It needs the smallest
 * RTTs for its best.
 */
extern const struct mptcp_scheduler mptcp_gain;

/* The rule above. For paths that are alike, or where code must be least. It has no state, and takes
 * one look at each path. */
extern const struct mptcp_scheduler mptcp_minrtt;

/* The paths take turns, a segment each. For comparison. State: the word of the connection. */
extern const struct mptcp_scheduler mptcp_roundrobin;

/* Each octet goes on every path: for little data that is urgent. The connection is as fast as the
 * fastest path, and its data cost the sum. State: the words of the paths. */
extern const struct mptcp_scheduler mptcp_redundant;

/* BLEST (IFIP Networking 2016): it waits for the fastest path where the shared window would be in
 * its way otherwise. For comparison, and where small windows are the only trouble. No state; one
 * 32-bit division. */
extern const struct mptcp_scheduler mptcp_blest;

/* ECF (CoNEXT 2017): it waits for the fastest path where that ends sooner. For comparison, and for
 * data that come in pieces. It knows no shared window. State: the word of the connection; up to
 * four 64-bit divisions. */
extern const struct mptcp_scheduler mptcp_ecf;

/*
 * True if path `a` comes before path `b` by the rule of minrtt (above), which is a strict order.
 * minrtt chooses the first path of all if it is usable and has room, otherwise none. NULL comes
 * last.
 */
bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b);

/* ----------------------------------------------- a view without a connection */

/* A view of an array of paths, for programs that use a scheduler without the library. Zero *array,
 * call mptcp_sched_array_make, and set the other members of the view; set `held`, too, if the
 * scheduler needs it. */
struct mptcp_sched_array {
    struct mptcp_sched_view view; /* the first member */
    const struct mptcp_sched_path *paths;
};

/* The function `path` of such a view. */
static inline void mptcp_sched_array_path(const struct mptcp_sched_view *v, unsigned i,
                                          struct mptcp_sched_path *path)
{
    *path = ((const struct mptcp_sched_array *)v)->paths[i];
}

/* Makes array->view show the n paths at `paths`. */
static inline void mptcp_sched_array_make(struct mptcp_sched_array *array,
                                          const struct mptcp_sched_path *paths, uint32_t n)
{
    array->paths = paths;
    array->view.n = n;
    array->view.path = mptcp_sched_array_path;
}

#ifdef __cplusplus
}
#endif

#endif

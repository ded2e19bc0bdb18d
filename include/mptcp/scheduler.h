/*
 * scheduler.h - which path takes which octets next: the seat of a scheduler, and minrtt, the
 * lowest smoothed RTT with room.
 *
 * A scheduler is a constant and its choice a pure function of what it is shown: a view of the
 * stream and of every path, no clock, no connection. It is asked whenever octets might go and at
 * least two paths could take some, several times for one choice, and may be shown the same view
 * again; with one path there is nothing to choose, and it is not asked. What it has to remember is
 * a word of 16 bits for the connection and one of 32 for each path: numbers that live in the
 * connection, which it is shown, and which its hook `sent` changes when octets have really gone.
 * Nothing else is kept, so a connection can be copied and moved.
 *
 * What it answers is checked. An answer that can't be done (no such path, one that is not usable,
 * more octets than the path takes, octets that are not there) counts as none. It can stop a
 * transfer, and can't harm the stream.
 *
 * The rule of minrtt:
 *
 *   1. A path that is not usable is never taken.
 *   2. Of the usable ones only the best class counts, whether or not it has room:
 *        sound, not a backup
 *        sound, a backup (either end asked: RFC 8684 s3.3.8)
 *        to be avoided, not a backup
 *        to be avoided, a backup
 *      So a backup carries nothing while another path works, and a path that has
 *      fallen silent carries nothing new while any other is left.
 *      Among them, only those that cost least: a metered path is used last.
 *   3. Of those, the path with room and the lowest smoothed RTT. Without a
 *      sample yet a path counts as the slowest there is. Of equals, the first.
 *   4. None of those has room: none. That is no wait for a path, though others may have room: what
 *      it waits for is the room itself. It comes with an acknowledgement, for a path without room
 *      has data in flight; or with the answer to a probe of its closed window; or its host is asked
 *      again, after a deadline.
 *
 * Freestanding: needs only compiler headers. Stands alone, in C and C++.
 */
#ifndef MPTCP_SCHEDULER_H
#define MPTCP_SCHEDULER_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One path, now. 32 bytes, no padding; set it to zero first. */
struct mptcp_sched_path {
    uint32_t srtt_us;    /* smoothed RTT; 0: no sample yet */
    uint32_t min_rtt_us; /* the smallest one; 0: not known */
    uint32_t room;       /* octets of what is offered that it takes now */
    uint32_t spare;      /* octets that its TCP takes now, whatever they are */
    uint32_t in_flight;  /* octets given to it that its TCP has not had acknowledged */
    uint32_t word;       /* the scheduler's own; 0 when the path begins */
    uint16_t unit;       /* payload of a full segment */
    uint16_t zero;
    uint8_t usable; /* data may be sent on it; else nothing else counts */
    uint8_t backup; /* asked for by us or by the peer */
    uint8_t avoid;  /* silent: no acknowledgement for too long; or its own window stays closed */
    uint8_t cost;   /* of those in a class the cheapest come first; 0: costs nothing */
};

/* Octets that a path holds: given to it, and not all of them DATA_ACKed. */
struct mptcp_sched_held {
    int32_t at; /* from SND.UNA on; negative: what lies before that is DATA_ACKed */
    uint32_t len;
    uint32_t acked; /* of these, from the first one on, its TCP has had acknowledged */
    uint32_t path;
};

/*
 * What a scheduler sees. First what is offered: octets that are due again, since no path that works
 * holds them; when there are none, or no path takes them, new ones; when none of these can go,
 * nothing, and only a scheduler with MPTCP_SCHED_AGAIN is asked.
 */
struct mptcp_sched_view {
    uint32_t at;        /* where it begins: octets from SND.UNA on */
    uint32_t wanted;    /* octets that there are */
    uint32_t allowed;   /* of these, what the shared window lets go; 0: nothing is offered */
    uint32_t again;     /* 1: they were given before */
    uint32_t unsent;    /* octets from SND.NXT on that were written */
    uint32_t in_flight; /* octets from SND.UNA to SND.NXT: given to some path, not DATA_ACKed */
    uint32_t window;    /* octets from SND.UNA to the right edge of the shared window */
    uint32_t una;       /* SND.UNA modulo 2^32, for positions that a word remembers */
    uint32_t word;      /* the scheduler's own, 16 bits; 0 at the start */
    uint32_t n;         /* paths; choices name them by their index */
    /* Fills *path for index i below n. (An array for all would not fit a small stack.) */
    void (*path)(const struct mptcp_sched_view *v, unsigned i, struct mptcp_sched_path *path);
    /*
     * Who holds what, in the order of first octets, from SND.UNA on: fills *held with the next
     * stretch and moves *cursor, which is 0 at first; false at the end. There may be thousands:
     * look at a few. NULL if the scheduler does not name it.
     */
    bool (*held)(const struct mptcp_sched_view *v, uint32_t *cursor, struct mptcp_sched_held *held);
};

enum mptcp_sched_what {
    MPTCP_SCHED_NONE = 0, /* no path takes anything */
    MPTCP_SCHED_NEW,      /* octets from SND.NXT on, at most room of the path */
    MPTCP_SCHED_AGAIN,    /* octets before SND.NXT; as many of them go as the path takes */
    /*
     * A path could take what is offered, and does not: path `other` is waited for, the witness.
     * That one is usable, without `avoid`, and has octets in flight, so that an acknowledgement on
     * it, or its silence, brings a new choice. A scheduler must not wait without such a path.
     */
    MPTCP_SCHED_WAIT
};

/* 12 bytes, no padding. */
struct mptcp_sched_choice {
    uint8_t what; /* enum mptcp_sched_what */
    uint8_t path; /* the one that takes them */
    uint8_t
        other; /* whose word `sent` may change as well: the witness, or who holds what goes again */
    uint8_t zero;
    uint32_t at; /* AGAIN: where they begin, octets from SND.UNA on */
    uint32_t len;
};

/* Words that may be changed. */
struct mptcp_sched_words {
    uint16_t *conn;
    uint32_t *path;
    uint32_t *other;
};

/*
 * The scheduler wants to send octets again that are not due again: it is also asked when nothing
 * else can go. It must not give a path what that holds, or it would have no end. Octets go twice
 * only where RFC 8684 leaves no doubt that the peer speaks MPTCP: else that counts as none.
 */
#define MPTCP_SCHED_SENDS_AGAIN 0x01u

struct mptcp_scheduler {
    const char *name; /* as users write it: lower case */
    uint32_t flags;   /* MPTCP_SCHED_SENDS_AGAIN */
    /* *choice is zeroed: none. */
    void (*choose)(const struct mptcp_sched_view *v, struct mptcp_sched_choice *choice);
    /* NULL, or: of this choice so many octets have gone (len), and nothing else has changed yet. */
    void (*sent)(const struct mptcp_sched_view *v, const struct mptcp_sched_choice *choice,
                 const struct mptcp_sched_words *words);
    /* NULL, or mptcp_sched_held, if it wants to be shown who holds what. */
    bool (*held)(const struct mptcp_sched_view *v, uint32_t *cursor, struct mptcp_sched_held *held);
};

/* For a scheduler that looks at what paths hold: to be named by it, and called as `held` of the
 * view that it is shown. NULL: false. */
bool mptcp_sched_held(const struct mptcp_sched_view *v, uint32_t *cursor,
                      struct mptcp_sched_held *held);

/*
 * The schedulers that a connection can have: mptcp_config.scheduler is an index of this table, for
 * a connection holds no pointer. The library's table has minrtt alone and is an object file of its
 * own: a program that defines both names brings its own schedulers, and those that it does not name
 * are not linked.
 */
extern const struct mptcp_scheduler *const mptcp_schedulers[];
extern const uint8_t mptcp_schedulers_count; /* 1 to 255 */

extern const struct mptcp_scheduler mptcp_minrtt;

/*
 * True if `a` comes before `b` by the rule of minrtt (above): a strict order. The first of all is
 * chosen if it is usable and has room; otherwise none is. NULL comes last.
 */
bool mptcp_sched_prefer(const struct mptcp_sched_path *a, const struct mptcp_sched_path *b);

/* ----------------------------------------------- a view without a connection */

/* Of an array of paths, for other users than the library: begin with *array zeroed, make the view,
 * and set what is offered and what the stream is. `held` is yours, too. */
struct mptcp_sched_array {
    struct mptcp_sched_view view; /* the first member */
    const struct mptcp_sched_path *paths;
};

static inline void mptcp_sched_array_path(const struct mptcp_sched_view *v, unsigned i,
                                          struct mptcp_sched_path *path)
{
    *path = ((const struct mptcp_sched_array *)v)->paths[i];
}

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

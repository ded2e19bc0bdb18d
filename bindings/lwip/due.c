/*
 * due.c - which connections have something to do: those to which something happened, and those
 * whose time has come. All others cost nothing, however many there are.
 *
 *   touched   a queue in the order in which things happened; work.c takes from its front
 *   worked    a queue of those that were worked on, and whose next deadline is not known yet: it is
 *             asked for before the port sleeps, and once in a millisecond while it does not. Who is
 *             touched again stays in it
 *   waiting   a connection with a moment at which it has to be looked at stands in a heap of such
 *             moments, in a queue or not
 *
 * The heap is a pairing heap (Fredman et al., 1986): a tree in which nobody is later than its
 * children. It needs no memory beside the connections. A moment that becomes an earlier one moves a
 * connection at once; one that becomes a later one, as most do, leaves it where it is until it
 * comes to the front: what it says there may be too early, never too late.
 */
#include "binding.h"

#define LAG_US 1000u /* a deadline may pass by so much while packets come without a pause */

/* ------------------------------------------------------------------------- the queues */

static inline void leave(unsigned which, struct mptcpl_pcb *m)
{
    struct mptcpl_queue *q = &mptcpl.queue[which];
    struct mptcpl_pcb *before = m->due.next_to[which].before;
    struct mptcpl_pcb *after = m->due.next_to[which].after;

    if (!m->in[which]) {
        return;
    }
    m->in[which] = false;
    *(before == NULL ? &q->first : &before->due.next_to[which].after) = after;
    *(after == NULL ? &q->last : &after->due.next_to[which].before) = before;
}

static inline void enter(unsigned which, struct mptcpl_pcb *m)
{
    struct mptcpl_queue *q = &mptcpl.queue[which];

    if (m->in[which]) {
        return;
    }
    m->in[which] = true;
    m->due.next_to[which].after = NULL;
    m->due.next_to[which].before = q->last;
    *(q->last == NULL ? &q->first : &q->last->due.next_to[which].after) = m;
    q->last = m;
}

/* Of whom is worked on, all that is due is asked for until nothing is. */
void mptcpl_touch_stream(struct mptcpl_pcb *m)
{
    if (m != mptcpl.at_work) {
        enter(MPTCPL_TOUCHED, m);
    }
}

void mptcpl_touch(struct mptcpl_pcb *m)
{
    m->look = true;
    enter(MPTCPL_TOUCHED, m);
}

void mptcpl_touch_subflow(struct subflow *s)
{
    s->look = s->m->look_at_some = true;
    enter(MPTCPL_TOUCHED, s->m);
}

struct mptcpl_pcb *mptcpl_next_touched(void)
{
    struct mptcpl_pcb *m = mptcpl.queue[MPTCPL_TOUCHED].first;

    if (m != NULL) {
        leave(MPTCPL_TOUCHED, m);
    }
    return m;
}

void mptcpl_worked(struct mptcpl_pcb *m)
{
    enter(MPTCPL_WORKED, m);
}

/* Asks all that were worked on for their deadlines. */
static void learn_deadlines(mptcp_time now)
{
    struct mptcpl_pcb *m;

    mptcpl.learned_at = now;
    while ((m = mptcpl.queue[MPTCPL_WORKED].first) != NULL) {
        leave(MPTCPL_WORKED, m);
        m->deadline = mptcp_deadline(m->conn);
        mptcpl_wait(m);
    }
}

/* ------------------------------------------------------------------------- the heap */

/* One tree of two: the later one becomes the first child of the other. Neither has a place. */
static struct mptcpl_pcb *meld(struct mptcpl_pcb *a, struct mptcpl_pcb *b)
{
    if (a == NULL || b == NULL) {
        return a == NULL ? b : a;
    }
    struct mptcpl_pcb *first = b->due.at < a->due.at ? b : a;
    struct mptcpl_pcb *child = first == a ? b : a;

    child->due.left = first;
    child->due.right = first->due.child;
    if (child->due.right != NULL) {
        child->due.right->due.left = child;
    }
    first->due.child = child;
    return first;
}

static struct mptcpl_pcb *take_out(struct mptcpl_pcb *m)
{
    m->due.left = m->due.right = NULL;
    return m;
}

/* One tree of a row of siblings: pairs from the left, then all of these from the right. */
static struct mptcpl_pcb *meld_all(struct mptcpl_pcb *row)
{
    struct mptcpl_pcb *pairs = NULL;
    struct mptcpl_pcb *all = NULL;

    while (row != NULL) {
        struct mptcpl_pcb *a = row;
        struct mptcpl_pcb *b = a->due.right;
        row = b == NULL ? NULL : b->due.right;
        a = meld(take_out(a), b == NULL ? NULL : take_out(b));
        a->due.right = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        struct mptcpl_pcb *a = pairs;
        pairs = a->due.right;
        all = meld(all, take_out(a));
    }
    return all;
}

static void insert(struct mptcpl_pcb *m, mptcp_time at)
{
    m->due.at = at;
    m->due.child = NULL;
    mptcpl.waiting = meld(mptcpl.waiting, take_out(m));
}

static void leave_heap(struct mptcpl_pcb *m)
{
    struct mptcpl_due *d = &m->due;

    if (d->at == MPTCP_NEVER) {
        return;
    }
    d->at = MPTCP_NEVER;
    if (mptcpl.waiting == m) {
        mptcpl.waiting = meld_all(d->child);
        return;
    }
    *(d->left->due.child == m ? &d->left->due.child : &d->left->due.right) = d->right;
    if (d->right != NULL) {
        d->right->due.left = d->left;
    }
    mptcpl.waiting = meld(mptcpl.waiting, meld_all(d->child));
}

/* When m has to be looked at though nothing happens. */
static mptcp_time moment_of(const struct mptcpl_pcb *m)
{
    mptcp_time at = LWIP_MIN(m->deadline, m->again_at);

    if (!mptcpl_runs(m)) {
        return MPTCP_NEVER;
    }
    return m->poll != NULL && !m->detached ? LWIP_MIN(at, m->poll_at) : at;
}

void mptcpl_wait(struct mptcpl_pcb *m)
{
    mptcp_time at = moment_of(m);

    if (at < m->due.at) {
        leave_heap(m);
        insert(m, at);
    }
}

/* The first of the heap, with the moment that it really waits for; NULL if nobody waits. */
static struct mptcpl_pcb *first(void)
{
    struct mptcpl_pcb *m;

    while ((m = mptcpl.waiting) != NULL && moment_of(m) != m->due.at) {
        leave_heap(m);
        mptcpl_wait(m);
    }
    return m;
}

struct mptcpl_pcb *mptcpl_next_due(mptcp_time now)
{
    if (now - mptcpl.learned_at >= LAG_US) {
        learn_deadlines(now);
    }
    struct mptcpl_pcb *m = mptcpl.waiting;

    /* Who is at the front is not later than anybody: no need to look at who is not due. */
    if (m == NULL || m->due.at > now) {
        return NULL;
    }
    m = first();
    if (m == NULL || m->due.at > now) {
        return NULL;
    }
    leave_heap(m);
    return m;
}

mptcp_time mptcpl_first_moment(mptcp_time now)
{
    learn_deadlines(now);
    const struct mptcpl_pcb *m = first();
    return m == NULL ? MPTCP_NEVER : m->due.at;
}

void mptcpl_nothing_due(struct mptcpl_pcb *m)
{
    leave(MPTCPL_TOUCHED, m);
    leave(MPTCPL_WORKED, m);
    leave_heap(m);
}

/*
 * stream.c - connections whose calls block: what a thread asks is tried where the raw calls are
 * allowed, and while it would have to wait the thread sleeps until a callback tells it that
 * something has changed.
 *
 *   connecting -> open -> over   a connection: callbacks move it. Over: `pcb` is NULL, and `err`
 *                                says why
 *   listening                    a listener, with the connections that nobody has accepted yet
 *
 * A thread never looks at a stream but in a function given to mptcpl_call. `readable` and
 * `writable` are binary semaphores that are signalled after each change: one that was signalled too
 * often costs a try, and none is missed.
 */
#include "mptcp_lwip_threads.h"

#include "lwip/mem.h"
#include "lwip/sys.h"

#include <string.h>

/* A packet that was received and is not read yet. */
struct piece {
    struct piece *next;
    struct pbuf *p;
};

struct mptcpl_stream {
    struct mptcpl_pcb *pcb;
    err_t err; /* why there is no pcb any more */
    bool open;
    bool eof;
    struct piece *first;
    struct piece *last;
    struct mptcpl_stream *waiting; /* of a listener: connections to accept */
    struct mptcpl_stream *next;    /* of a connection: among those */
    uint8_t backlog;               /* how many those may be */
    sys_sem_t readable;
    sys_sem_t writable;
    u32_t timeout_ms;
};

/* What a thread asks for, and how far it got. */
struct request {
    struct mptcpl_stream *stream;
    const struct mptcpl_stream_options *options;
    const ip_addr_t *addr;
    uint16_t port;
    uint8_t backlog;
    uint8_t *to;
    const uint8_t *from;
    uint32_t len;
    uint32_t done;
    struct mptcpl_stream *accepted;
};

/* ------------------------------------------------------------------- memory */

static struct mptcpl_stream *make_stream(void)
{
    struct mptcpl_stream *s = mem_calloc(1, sizeof *s);

    if (s == NULL) {
        return NULL;
    }
    if (sys_sem_new(&s->readable, 0) != ERR_OK) {
        mem_free(s);
        return NULL;
    }
    if (sys_sem_new(&s->writable, 0) != ERR_OK) {
        sys_sem_free(&s->readable);
        mem_free(s);
        return NULL;
    }
    return s;
}

static void drop_first(struct mptcpl_stream *s)
{
    struct piece *piece = s->first;

    s->first = piece->next;
    if (piece->p != NULL) {
        pbuf_free(piece->p);
    }
    mem_free(piece);
}

static void free_stream(struct mptcpl_stream *s)
{
    while (s->first != NULL) {
        drop_first(s);
    }
    sys_sem_free(&s->readable);
    sys_sem_free(&s->writable);
    mem_free(s);
}

/* ---------------------------------------------------------------- callbacks */

static void changed(struct mptcpl_stream *s)
{
    sys_sem_signal(&s->readable);
    sys_sem_signal(&s->writable);
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct mptcpl_stream *s = arg;

    (void)pcb;
    s->open = true;
    changed(s);
    return err;
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct mptcpl_stream *s = arg;

    (void)pcb;
    (void)err;
    if (p == NULL) {
        s->eof = true;
        sys_sem_signal(&s->readable);
        return ERR_OK;
    }
    struct piece *piece = mem_malloc(sizeof *piece);
    if (piece == NULL) {
        return ERR_MEM; /* it is offered again */
    }
    piece->next = NULL;
    piece->p = p;
    if (s->first == NULL) {
        s->first = piece;
    } else {
        s->last->next = piece;
    }
    s->last = piece;
    sys_sem_signal(&s->readable);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    struct mptcpl_stream *s = arg;

    (void)pcb;
    (void)len;
    sys_sem_signal(&s->writable);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct mptcpl_stream *s = arg;

    s->pcb = NULL;
    s->err = err;
    changed(s);
}

static void watch(struct mptcpl_stream *s, struct mptcpl_pcb *pcb)
{
    s->pcb = pcb;
    mptcpl_arg(pcb, s);
    mptcpl_recv(pcb, on_recv);
    mptcpl_sent(pcb, on_sent);
    mptcpl_err(pcb, on_err);
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct mptcpl_stream *listener = arg;
    struct mptcpl_stream **end = &listener->waiting;
    unsigned waiting = 0;

    while (*end != NULL) {
        end = &(*end)->next;
        waiting++;
    }
    struct mptcpl_stream *s = err == ERR_OK && waiting < listener->backlog ? make_stream() : NULL;
    if (s == NULL) {
        return ERR_MEM;
    }
    watch(s, pcb);
    s->open = true;
    *end = s;
    sys_sem_signal(&listener->readable);
    return ERR_OK;
}

/* ------------------------------------------------------------------ waiting */

/*
 * Tries until the answer is another one than ERR_WOULDBLOCK, or nothing was done for so long; ms 0:
 * for ever.
 */
static err_t wait_for(mptcpl_call_fn try, struct request *r, sys_sem_t *sem, u32_t ms)
{
    u32_t begin = sys_now();

    for (;;) {
        uint32_t before = r->done;
        err_t err = mptcpl_call(try, r);
        if (err != ERR_WOULDBLOCK) {
            return err;
        }
        begin = r->done != before ? sys_now() : begin;
        u32_t passed = sys_now() - begin;
        if (ms != 0 && passed >= ms) {
            return ERR_TIMEOUT;
        }
        sys_arch_sem_wait(sem, ms == 0 ? 0 : ms - passed);
    }
}

/* ------------------------------------------------------------------- making */

void mptcpl_stream_options_init(struct mptcpl_stream_options *options)
{
    memset(options, 0, sizeof *options);
    mptcpl_config_init(&options->config);
}

/* A pcb as the options say, or with the defaults; ERR_ARG or ERR_MEM. */
static err_t make_pcb(struct request *r)
{
    struct mptcpl_stream_options defaults;
    const struct mptcpl_stream_options *o = r->options == NULL ? &defaults : r->options;

    mptcpl_stream_options_init(&defaults);
    err_t err = mptcpl_config_check(&o->config);
    struct mptcpl_pcb *pcb = err == ERR_OK ? mptcpl_new(&o->config) : NULL;
    if (pcb == NULL) {
        return err == ERR_OK ? ERR_MEM : err;
    }
    watch(r->stream, pcb);
    if (o->setup != NULL) {
        o->setup(o->arg, pcb);
    }
    return ERR_OK;
}

static err_t give_up(struct mptcpl_stream *s)
{
    struct mptcpl_pcb *pcb = s->pcb;

    s->pcb = NULL;
    if (pcb != NULL) {
        mptcpl_abort(pcb);
    }
    return ERR_OK;
}

static err_t begin_to_connect(void *arg)
{
    struct request *r = arg;
    err_t err = make_pcb(r);

    if (err == ERR_OK) {
        err = mptcpl_connect(r->stream->pcb, r->addr, r->port, on_connected);
    }
    if (err != ERR_OK) {
        give_up(r->stream);
    }
    return err;
}

static err_t is_connected(void *arg)
{
    const struct mptcpl_stream *s = ((struct request *)arg)->stream;
    return s->open ? ERR_OK : s->pcb == NULL ? s->err : ERR_WOULDBLOCK;
}

static err_t begin_to_listen(void *arg)
{
    struct request *r = arg;
    err_t err = make_pcb(r);

    r->stream->backlog = r->backlog;
    if (err == ERR_OK) {
        mptcpl_accept(r->stream->pcb, on_accept);
        err = mptcpl_bind(r->stream->pcb, r->addr, r->port);
    }
    if (err == ERR_OK) {
        err = mptcpl_listen(r->stream->pcb, r->backlog);
    }
    if (err != ERR_OK) {
        give_up(r->stream);
    }
    return err;
}

static err_t abandon(void *arg)
{
    return give_up(arg);
}

static struct mptcpl_stream *begin(mptcpl_call_fn how, struct request *r, err_t *err)
{
    r->stream = make_stream();
    *err = r->stream == NULL ? ERR_MEM : mptcpl_call(how, r);
    if (*err != ERR_OK && r->stream != NULL) {
        free_stream(r->stream);
        r->stream = NULL;
    }
    return r->stream;
}

struct mptcpl_stream *mptcpl_stream_connect(const struct mptcpl_stream_options *options,
                                            const ip_addr_t *addr, uint16_t port,
                                            uint32_t timeout_ms, err_t *err)
{
    struct request r = {.options = options, .addr = addr, .port = port};
    struct mptcpl_stream *s = begin(begin_to_connect, &r, err);

    if (s == NULL) {
        return NULL;
    }
    *err = wait_for(is_connected, &r, &s->writable, timeout_ms);
    if (*err != ERR_OK) {
        mptcpl_call(abandon, s);
        free_stream(s);
        return NULL;
    }
    return s;
}

struct mptcpl_stream *mptcpl_stream_listen(const struct mptcpl_stream_options *options,
                                           const ip_addr_t *addr, uint16_t port, uint8_t backlog,
                                           err_t *err)
{
    struct request r = {.options = options, .addr = addr, .port = port, .backlog = backlog};
    return begin(begin_to_listen, &r, err);
}

static err_t take_waiting(void *arg)
{
    struct request *r = arg;
    struct mptcpl_stream *s = r->stream->waiting;

    if (s == NULL) {
        return ERR_WOULDBLOCK;
    }
    r->stream->waiting = s->next;
    s->next = NULL;
    r->accepted = s;
    return ERR_OK;
}

struct mptcpl_stream *mptcpl_stream_accept(struct mptcpl_stream *listener, err_t *err)
{
    struct request r = {.stream = listener};
    *err = wait_for(take_waiting, &r, &listener->readable, listener->timeout_ms);
    return r.accepted;
}

void mptcpl_stream_timeout(struct mptcpl_stream *stream, uint32_t ms)
{
    stream->timeout_ms = ms;
}

/* -------------------------------------------------------------------- octets */

static err_t take(void *arg)
{
    struct request *r = arg;
    struct mptcpl_stream *s = r->stream;

    while (s->first != NULL && r->done < r->len) {
        struct pbuf *p = s->first->p;
        u16_t n = (u16_t)LWIP_MIN(r->len - r->done, p->tot_len);
        pbuf_copy_partial(p, r->to + r->done, n, 0);
        r->done += n;
        s->first->p = pbuf_free_header(p, n);
        if (s->first->p == NULL) {
            drop_first(s);
        }
    }
    if (r->done > 0) {
        if (s->pcb != NULL) {
            mptcpl_recved(s->pcb, r->done);
        }
        return ERR_OK;
    }
    return s->eof ? ERR_OK : s->pcb == NULL ? s->err : ERR_WOULDBLOCK;
}

int32_t mptcpl_stream_read(struct mptcpl_stream *stream, void *data, uint32_t len)
{
    struct request r = {.stream = stream, .to = data, .len = LWIP_MIN(len, INT32_MAX)};
    err_t err = wait_for(take, &r, &stream->readable, stream->timeout_ms);
    return err != ERR_OK ? err : (int32_t)r.done;
}

static err_t put(void *arg)
{
    struct request *r = arg;
    struct mptcpl_pcb *pcb = r->stream->pcb;

    if (pcb == NULL) {
        return r->stream->err;
    }
    uint32_t n = LWIP_MIN(r->len - r->done, mptcpl_sndbuf(pcb));
    err_t err;
    /* Less of it, while there is no memory for so much; on_sent tells when to go on. */
    while ((err = mptcpl_write(pcb, r->from + r->done, n)) == ERR_MEM && n > 0) {
        n /= 2;
    }
    if (err != ERR_OK) {
        return err;
    }
    r->done += n;
    return r->done == r->len ? ERR_OK : ERR_WOULDBLOCK;
}

err_t mptcpl_stream_write(struct mptcpl_stream *stream, const void *data, uint32_t len)
{
    struct request r = {.stream = stream, .from = data, .len = len};
    return wait_for(put, &r, &stream->writable, stream->timeout_ms);
}

/* -------------------------------------------------------------------- the end */

static err_t end_ours(void *arg)
{
    const struct mptcpl_stream *s = arg;
    return s->pcb == NULL ? s->err : mptcpl_shutdown(s->pcb, 0, 1);
}

err_t mptcpl_stream_shutdown(struct mptcpl_stream *stream)
{
    return mptcpl_call(end_ours, stream);
}

/* What nobody accepted goes with its listener. */
static err_t drop_waiting(struct mptcpl_stream *listener)
{
    struct mptcpl_stream *s;

    while ((s = listener->waiting) != NULL) {
        listener->waiting = s->next;
        give_up(s);
        free_stream(s);
    }
    return ERR_OK;
}

static err_t close_it(void *arg)
{
    struct mptcpl_stream *s = arg;
    struct mptcpl_pcb *pcb = s->pcb;

    if (s->first != NULL) {
        return give_up(s);
    }
    s->pcb = NULL;
    if (pcb != NULL) {
        mptcpl_close(pcb);
    }
    return drop_waiting(s);
}

void mptcpl_stream_close(struct mptcpl_stream *stream)
{
    mptcpl_call(close_it, stream);
    free_stream(stream);
}

static err_t abort_it(void *arg)
{
    give_up(arg);
    return drop_waiting(arg);
}

void mptcpl_stream_abort(struct mptcpl_stream *stream)
{
    mptcpl_call(abort_it, stream);
    free_stream(stream);
}

struct mptcpl_pcb *mptcpl_stream_pcb(const struct mptcpl_stream *stream)
{
    return stream->pcb;
}

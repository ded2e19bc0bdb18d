/*
 * session.c - the one connection of a run.
 *
 *   waiting     listening, or our SYN is out; a client gives up after a while
 *   open        both directions run; each ends by itself
 *   closed      both DATA_FINs are acknowledged; the subflows' FINs go out, and a path
 *               that is silent is not waited for much longer than the others took
 *   over        nothing is left, or it was lost
 *
 * The end of input is the DATA_FIN. One that comes very early (a download with
 * empty input, a short upload) waits a moment for the subflows that are being
 * opened, since peers accept none on a connection that is half closed.
 */
#include "nc.h"

#include <string.h>

#define CONNECT_US 15000000u
#define OPENING_US 1000000u
#define LINGER_US 5000000u
#define BRIEF_US 2000000u
#define PORT_LOW 49152u
#define PORTS 16384u

/* ---------------------------------------------------------------------- the end */

static void end(struct nc_session *s, int status)
{
    nc_stats_keep(s);
    s->pcb = NULL;
    s->over = true;
    s->status = status;
}

void nc_session_fail(struct nc_session *s)
{
    struct mptcpl_pcb *pcb = s->pcb;

    if (s->over) {
        s->status = NC_LOST;
        return;
    }
    end(s, NC_LOST);
    if (pcb != NULL) {
        mptcpl_abort(pcb);
        mptcpl_work();
    }
}

static void on_end(struct nc_session *s, int code)
{
    bool clean = code == MPTCP_E_CLOSED && s->remote_ended && s->local_ended;

    if (clean || s->both_closed) {
        end(s, NC_OK);
        return;
    }
    bool said = !nc_tun_left();
    if (s->opened == 0 && !said) {
        prog_complain("could not connect to %s port %u: %s", s->o->host, s->o->port,
                      code == MPTCP_E_PEER_RESET ? "refused" : mptcp_error_text(code));
    } else if (!said) {
        prog_complain("connection lost: %s", mptcp_error_text(code));
    }
    end(s, s->opened == 0 ? NC_NOT_CONNECTED : NC_LOST);
}

/* -------------------------------------------------------------------- callbacks */

static void describe(const struct nc_session *s, mptcp_sf sf)
{
    struct mptcpl_subflow_stats st;
    char local[NC_ADDRESS];
    char remote[NC_ADDRESS];

    for (unsigned i = 0; mptcpl_subflow_stats(s->pcb, i, &st); i++) {
        if (st.sf == sf) {
            prog_say("subflow %s -> %s%s", nc_print(&st.local, st.local_port, local),
                     nc_print(&st.remote, st.remote_port, remote), st.backup ? ", backup" : "");
        }
    }
}

/*
 * A joined subflow was a backup from its SYN on; the initial one's MP_CAPABLE can't say so. Nor is
 * its address added, which would make it metered.
 */
static void mark_subflow(const struct nc_session *s, mptcp_sf sf)
{
    struct mptcpl_subflow_stats st;

    for (unsigned i = 0; mptcpl_subflow_stats(s->pcb, i, &st); i++) {
        for (unsigned k = 0; k < s->o->paths && st.sf == sf; k++) {
            const struct nc_path *path = &s->o->path[k];
            unsigned cost = LWIP_MAX(path->cost, path->metered ? 1u : 0u);
            if (!ip_addr_eq(&path->addr, &st.local)) {
                continue;
            }
            if (path->backup) {
                mptcpl_set_backup(s->pcb, sf, true);
            }
            if (cost != 0) {
                mptcpl_set_cost(s->pcb, sf, (uint8_t)cost);
            }
        }
    }
}

static void gone(const struct mptcp_action *event)
{
    if (event->code == MPTCP_E_CLOSED) {
        prog_say("subflow closed");
    } else if (event->reason == MPTCP_NO_REASON) {
        prog_say("subflow lost: %s", mptcp_error_text(event->code));
    } else {
        prog_say("subflow lost: %s, reason %u%s", mptcp_error_text(event->code), event->reason,
                 event->transient ? ", for now" : "");
    }
}

/* True if the server may have answered without MPTCP since it knows version 0 only. */
static bool may_speak_0(const struct nc_session *s, int code)
{
    return s->o->config.version == MPTCPL_VERSION_1_THEN_0 && s->o->host != NULL &&
           code == MPTCP_E_NO_MPTCP && !s->again;
}

static bool dial(struct nc_session *s);

/* Connects once more; the binding remembers what the server answered, and offers version 0. */
static void dial_again(struct nc_session *s)
{
    struct mptcpl_pcb *first = s->pcb;

    prog_say("the server answers version 1 without MPTCP: connecting again with version 0");
    s->again = true;
    s->pcb = NULL;
    if (!dial(s)) {
        s->over = true;
    }
    mptcpl_abort(first);
}

static void on_event(void *arg, struct mptcpl_pcb *pcb, const struct mptcp_action *event)
{
    struct nc_session *s = arg;

    (void)pcb;
    switch (event->event) {
    case MPTCP_EV_OPEN:
        if (may_speak_0(s, event->code)) {
            dial_again(s);
            return;
        }
        prog_say("open%s%s", event->code == 0 ? "" : " without MPTCP: ",
                 event->code == 0 ? "" : mptcp_error_text(event->code));
        break;
    case MPTCP_EV_FALLBACK:
        prog_say("fallen back to TCP: %s", mptcp_error_text(event->code));
        break;
    case MPTCP_EV_SUBFLOW:
        s->ready++;
        mark_subflow(s, event->sf);
        describe(s, event->sf);
        break;
    case MPTCP_EV_ADDRESS:
        prog_say("the peer announced address %u", event->addr_id);
        break;
    case MPTCP_EV_SUBFLOW_GONE:
        gone(event);
        break;
    case MPTCP_EV_ADDRESS_GONE:
        prog_say("the peer removed address %u", event->addr_id);
        break;
    case MPTCP_EV_CLOSED:
        prog_say("both directions are closed");
        s->both_closed = true;
        s->give_up = nc_now() + LINGER_US;
        break;
    case MPTCP_EV_END:
        on_end(s, event->code);
        break;
    default:
        break;
    }
}

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct nc_session *s = arg;

    (void)pcb;
    (void)err;
    if (p == NULL) {
        prog_say("the peer has ended its direction");
        s->remote_ended = true;
        return ERR_OK;
    }
    if (!nc_stream_take(s->stream, p)) {
        return ERR_MEM; /* resumed by a build whose receive buffer is smaller */
    }
    pbuf_free(p);
    return ERR_OK;
}

static void adopt(struct nc_session *s, struct mptcpl_pcb *pcb)
{
    s->pcb = pcb;
    mptcpl_arg(pcb, s);
    mptcpl_recv(pcb, on_recv);
    mptcpl_event(pcb, on_event);
}

static void opened(struct nc_session *s)
{
    s->opened = nc_now();
    s->give_up = MPTCP_NEVER;
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    (void)pcb;
    (void)err;
    opened(arg);
    return ERR_OK;
}

/* One connection is served; the listener stays, since joins arrive there. */
static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct nc_session *s = arg;

    (void)err;
    if (s->opened != 0) {
        return ERR_ABRT;
    }
    adopt(s, pcb);
    opened(s);
    return ERR_OK;
}

/* ------------------------------------------------------------------------ opening */

/* The paths besides `initial`; all of them if that is NULL. */
static void add_paths(struct nc_options *o, struct mptcpl_pcb *pcb, const struct nc_path *initial)
{
    for (unsigned i = 0; i < o->paths; i++) {
        struct nc_path *path = &o->path[i];
        if (path != initial && path->wanted) {
            mptcpl_add_path(pcb, &path->addr, &path->netif, nc_path_flags(o, path));
        }
    }
}

static uint16_t draw_port(void)
{
    uint16_t r;
    nc_entropy(&r, sizeof r);
    return (uint16_t)(PORT_LOW + r % PORTS);
}

/* The first path carries the initial subflow, or the first one of the peer's family. */
static struct nc_path *initial_path(struct nc_options *o)
{
    for (unsigned i = 0; i < o->paths; i++) {
        if (IP_GET_TYPE(&o->path[i].addr) == IP_GET_TYPE(&o->remote) && o->path[i].wanted) {
            return &o->path[i];
        }
    }
    return NULL;
}

static bool dial(struct nc_session *s)
{
    struct nc_options *o = s->o;
    const struct nc_path *path = initial_path(o);
    struct mptcpl_pcb *pcb = path != NULL ? mptcpl_new(&o->config) : NULL;

    if (pcb == NULL) {
        prog_complain(path == NULL ? "no path has an address of the family of %s"
                                   : "no memory for %s",
                      o->host);
        s->status = NC_USAGE;
        return false;
    }
    adopt(s, pcb);
    add_paths(o, pcb, path);
    mptcpl_bind(pcb, &path->addr, draw_port());
    mptcpl_bind_netif(pcb, &path->netif);
    s->give_up = nc_now() + CONNECT_US;
    if (mptcpl_connect(pcb, &o->remote, o->port, on_connected) != ERR_OK) {
        prog_complain("could not connect to %s port %u", o->host, o->port);
        mptcpl_abort(pcb);
        s->pcb = NULL;
        s->status = NC_NOT_CONNECTED;
        return false;
    }
    return true;
}

static bool await(struct nc_session *s)
{
    struct nc_options *o = s->o;

    s->listener = mptcpl_new(&o->config);
    if (s->listener == NULL) {
        prog_complain("no memory");
        s->status = NC_NOT_CONNECTED;
        return false;
    }
    add_paths(o, s->listener, NULL);
    mptcpl_arg(s->listener, s);
    mptcpl_accept(s->listener, on_accept);
    mptcpl_bind(s->listener, IP_ANY_TYPE, o->port);
    if (mptcpl_listen(s->listener, 4) != ERR_OK) {
        prog_complain("could not listen on port %u", o->port);
        s->status = NC_NOT_CONNECTED;
        return false;
    }
    prog_say("listening on port %u", o->port);
    return true;
}

/* A connection from a file: all paths are new to it. */
static bool resume(struct nc_session *s)
{
    struct nc_options *o = s->o;

    s->status = NC_USAGE;
    if (!nc_resume(s, o->resume, CONNECT_US)) {
        return false;
    }
    adopt(s, s->pcb);
    mptcpl_congestion(s->pcb, o->config.cc);
    opened(s);
    for (unsigned i = 0; i < o->paths; i++) {
        if (o->path[i].wanted) {
            mptcpl_new_path(s->pcb, &o->path[i].addr, &o->path[i].netif,
                            nc_path_flags(o, &o->path[i]));
        }
    }
    prog_say("resumed from %s", o->resume);
    return true;
}

bool nc_session_start(struct nc_session *s, struct nc_options *o, struct nc_stream *stream)
{
    memset(s, 0, sizeof *s);
    s->o = o;
    s->stream = stream;
    s->started = nc_now();
    s->give_up = MPTCP_NEVER;
    nc_paths_begin(o);
    return o->resume != NULL ? resume(s) : o->listen ? await(s) : dial(s);
}

/* ---------------------------------------------------------------------- under way */

/* How many subflows the options promise. */
static unsigned expected(const struct nc_session *s)
{
    unsigned n = 0;
    struct mptcpl_subflow_stats first;

    if (!mptcpl_subflow_stats(s->pcb, 0, &first)) {
        return 1;
    }
    for (unsigned i = 0; i < s->o->paths; i++) {
        n += IP_GET_TYPE(&s->o->path[i].addr) == IP_GET_TYPE(&first.local);
    }
    return LWIP_MIN(n, s->o->config.max_subflows);
}

/* No subflow is being opened any more, as far as one can tell. */
static bool all_opened(const struct nc_session *s)
{
    struct mptcpl_subflow_stats st;
    struct mptcp_conn_report info;
    unsigned failed = 0;

    mptcpl_info(s->pcb, &info);
    if (s->remote_ended || info.fallback != 0 || nc_now() >= s->opened + OPENING_US) {
        return true;
    }
    for (unsigned i = 0; mptcpl_subflow_stats(s->pcb, i, &st); i++) {
        failed += st.closed != 0;
    }
    return s->ready + failed >= expected(s);
}

/* One subflow has closed in order: the others, unless they are silent, do so in the same moment. */
static void shorten_linger(struct nc_session *s)
{
    struct mptcpl_subflow_stats st;
    bool one_closed = false;

    for (unsigned i = 0; mptcpl_subflow_stats(s->pcb, i, &st); i++) {
        one_closed |= st.closed == MPTCP_E_CLOSED;
    }
    if (one_closed) {
        s->give_up = LWIP_MIN(s->give_up, nc_now() + BRIEF_US);
        s->linger_shortened = true;
    }
}

/* Without any device nobody is reached any more, unless the connection may be kept in a file. */
static bool without_devices(struct nc_session *s)
{
    if (nc_tun_left() || (s->opened != 0 && s->o->config.no_path_us != 0)) {
        return false;
    }
    bool opened = s->opened != 0;
    nc_session_fail(s);
    s->status = opened ? NC_LOST : NC_NOT_CONNECTED;
    return true;
}

/* What has ended on one side is ended on the other. */
static void pass_ends(struct nc_session *s)
{
    if (s->remote_ended && nc_stream_drained(s->stream)) {
        nc_stream_end(s->stream);
    }
    if (s->opened != 0 && s->stream->in < 0 && !s->local_ended && all_opened(s)) {
        s->local_ended = true;
        mptcpl_shutdown(s->pcb, 0, 1);
        mptcpl_work();
    }
}

/* Nothing came of waiting: for an answer, or for the last FINs. */
static void give_up(struct nc_session *s)
{
    if (s->opened == 0) {
        prog_complain("could not connect to %s port %u: no answer", s->o->host, s->o->port);
        nc_session_fail(s);
        s->status = NC_NOT_CONNECTED;
        return;
    }
    /* The streams are complete; only FINs of some subflow are missing. */
    nc_session_fail(s);
    s->status = NC_OK;
}

void nc_session_work(struct nc_session *s)
{
    if (s->over || without_devices(s)) {
        return;
    }
    nc_paths_follow(s);
    if (s->over) {
        return;
    }
    if (s->both_closed && !s->linger_shortened) {
        shorten_linger(s);
    }
    if (!nc_commands(s)) {
        nc_session_fail(s);
        mptcpl_work();
    }
    if (s->over) {
        return;
    }
    pass_ends(s);
    if (!s->over && nc_now() >= s->give_up) {
        give_up(s);
    }
}

uint64_t nc_session_deadline(const struct nc_session *s)
{
    uint64_t at = LWIP_MIN(s->give_up, nc_commands_deadline(s));
    if (s->pcb != NULL && s->opened != 0 && s->stream->in < 0 && !s->local_ended) {
        return LWIP_MIN(at, s->opened + OPENING_US);
    }
    return at;
}

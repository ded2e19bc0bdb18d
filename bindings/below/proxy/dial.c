/*
 * dial.c - connecting to where a connection goes: its addresses in turn, each over one link after
 * the other, until one answers. Plain TCP (PX_SERVE) has no choice of links.
 *
 *   an attempt   -> TALKING when it is open
 *                -> the next link, when nothing answers or the link can't be used
 *                -> the next address, when the host refuses, or no link is left
 *                -> the connection fails, when no address is left
 */
#include "proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define ANOTHER_US 4000000u /* for an answer, if there is another way to try */
#define LAST_US 15000000u
#define ROOM_US 100000u /* until it is looked again whether below has a free stream */
#define SHUN_US 30000000u
#define ALL_PATHS UINT32_MAX

/* True if nothing else is left to try. */
static bool last_way(const struct px_relay *r)
{
    return r->target_at + 1 >= r->targets &&
           (r->door->kind == PX_SERVE ||
            px_links_first(r->target[r->target_at].family, r->tried) == NULL);
}

/* What the program or the machine has too little of is no fault of the network. */
static int code_of(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return MPTCP_E_FULL;
    case ECONNREFUSED:
        return MPTCP_E_PEER_RESET;
    case ETIMEDOUT:
        return MPTCP_E_TIMED_OUT;
    default:
        return MPTCP_E_SUBFLOW_FAILED;
    }
}

static void failed(struct px_relay *r, int code, int error)
{
    r->code = code;
    r->error = error;
}

static void start_waiting(struct px_relay *r)
{
    px_relay_wait(r, px_now() + (last_way(r) ? LAST_US : ANOTHER_US));
}

static void opened(struct px_relay *r)
{
    char text[PX_ADDRESS];
    char protocol[PX_PROTOCOL];

    px_print(&r->target[r->target_at], text);
    if (r->door->kind == PX_SERVE) {
        prog_say("%u: connected to %s", r->number, text);
    } else {
        prog_say("%u: connected to %s over %s by %s", r->number, text, r->path->tun,
                 px_news_protocol(r->stream, protocol));
    }
    if (r->dark != NULL) {
        r->dark->shun = px_now() + SHUN_US;
        prog_say("%s: nothing came back over it; others are taken first", r->dark->tun);
    }
    px_relay_wait(r, MPTCP_NEVER);
    r->opened = px_now();
    px_answer_opened(r);
    r->stage = PX_TALKING;
    px_relay_touch(r);
}

/* ------------------------------------------------------------------------- MPTCP */

/* Begins to connect over the next link. False: none is left, or no link leads there. */
static bool over_a_link(struct px_relay *r)
{
    const struct mptcp_addr *to = &r->target[r->target_at];
    struct px_path *p;
    below_stream stream;

    if (!px_links_lead_to(to)) {
        failed(r, MPTCP_E_NOT_FOUND, 0);
        return false;
    }
    while ((p = px_links_first(to->family, r->tried)) != NULL) {
        struct mptcp_addr local = p->addr;
        int code = below_connect(px_below, &local, to, &stream, px_now());
        if (code == MPTCP_E_FULL) {
            px_relay_wait(r, px_now() + ROOM_US);
            return true;
        }
        r->tried |= 1u << (p - px_o->path);
        r->path = p;
        if (code == 0) {
            start_waiting(r);
            px_relay_stream(r, stream);
            return true;
        }
        bool by_socket = code == MPTCP_E_SUBFLOW_FAILED;
        failed(r, by_socket ? code_of(px_sockets_error()) : code,
               by_socket ? px_sockets_error() : 0);
    }
    if (r->tried == 0) {
        failed(r, px_links_have(to->family) ? MPTCP_E_ADDRESS_GONE : MPTCP_E_PAIR, 0);
    }
    return false;
}

static void look_at_stream(struct px_relay *r)
{
    int code = r->stream != BELOW_NONE ? below_code(px_below, r->stream) : 0;

    if (code != 0) {
        px_dial_again(r, code);
    } else if (r->stream != BELOW_NONE && (below_ready(px_below, r->stream) & BELOW_OPEN) != 0) {
        opened(r);
    }
}

static void leave_stream(struct px_relay *r, int code)
{
    below_stream stream = r->stream;

    if (stream == BELOW_NONE) {
        return; /* below had no room for it */
    }
    if (code == MPTCP_E_TIMED_OUT) {
        r->dark = r->path;
    } else if (code == MPTCP_E_PEER_RESET) {
        r->tried = ALL_PATHS;
    }
    px_relay_leave_stream(r);
    below_abort(px_below, stream, px_now());
}

/* --------------------------------------------------------------------- plain TCP */

static bool plainly(struct px_relay *r)
{
    struct sockaddr_storage to;
    socklen_t n = px_to_socket(&r->target[r->target_at], &to);

    if (r->tried != 0) {
        return false;
    }
    r->tried = ALL_PATHS;
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
        failed(r, code_of(errno), errno);
        return false;
    }
    if ((connect(fd, (struct sockaddr *)&to, n) < 0 && errno != EINPROGRESS) ||
        !px_relay_app(r, fd)) {
        failed(r, code_of(errno), errno);
        close(fd);
        r->app = -1;
        return false;
    }
    start_waiting(r);
    return true;
}

/* The last attempt has failed: another one, or the end. */
static void attempt(struct px_relay *r);

static void leave_app(struct px_relay *r)
{
    close(r->app);
    r->app = -1;
}

static void look_at_app(struct px_relay *r)
{
    struct sockaddr_storage peer;
    socklen_t n = sizeof peer;
    int e = 0;
    socklen_t size = sizeof e;

    if (getsockopt(r->app, SOL_SOCKET, SO_ERROR, &e, &size) < 0 || e != 0) {
        failed(r, code_of(e), e);
        leave_app(r);
        attempt(r);
    } else if (getpeername(r->app, (struct sockaddr *)&peer, &n) == 0) {
        opened(r);
    }
}

/* ------------------------------------------------------------------------------ */

/* By the address that was tried last. */
static void give_up(struct px_relay *r)
{
    const struct mptcp_addr *to = &r->target[r->targets - 1];
    char text[PX_ADDRESS];

    px_print(to, text);
    switch (r->code) {
    case MPTCP_E_PEER_RESET:
        px_relay_fail_why(r, r->code, "%s refuses", text);
        break;
    case MPTCP_E_TIMED_OUT:
        px_relay_fail_why(r, r->code, "%s does not answer", text);
        break;
    case MPTCP_E_PAIR:
        px_relay_fail_why(r, r->code, "%s: no --path has an address of IPv%u", text, to->family);
        break;
    case MPTCP_E_ADDRESS_GONE:
        px_relay_fail_why(r, r->code, "%s: the devices of all paths of IPv%u are gone", text,
                          to->family);
        break;
    case MPTCP_E_NOT_FOUND:
        px_relay_fail_why(r, r->code, "%s: no link leads there", text);
        break;
    default:
        px_relay_fail_why(r, r->code, "%s: %s", text,
                          r->error != 0 ? strerror(r->error) : mptcp_error_text(r->code));
        break;
    }
}

static void attempt(struct px_relay *r)
{
    while (!(r->door->kind == PX_SERVE ? plainly(r) : over_a_link(r))) {
        if (++r->target_at == r->targets) {
            give_up(r);
            return;
        }
        r->tried = 0;
        r->dark = NULL; /* what did not answer may have been that address, and no link */
    }
}

void px_dial(struct px_relay *r)
{
    r->stage = PX_DIALLING;
    attempt(r);
}

void px_dial_again(struct px_relay *r, int code)
{
    failed(r, code, 0);
    if (r->door->kind == PX_SERVE) {
        leave_app(r);
    } else {
        leave_stream(r, code);
    }
    attempt(r);
}

void px_dial_work(struct px_relay *r)
{
    if (r->door->kind != PX_SERVE) {
        look_at_stream(r);
    } else if (below_code(px_below, r->stream) != 0) {
        px_relay_fail(r, below_code(px_below, r->stream));
    } else {
        look_at_app(r);
    }
}

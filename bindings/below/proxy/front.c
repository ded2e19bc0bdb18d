/*
 * front.c - where a connection goes: what its door says, what it asks for by SOCKS5, or where it
 * was on its way. A name is asked for with each connection, so that a change of it is followed.
 */
#include "proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define ANSWER_US 30000000u /* for a greeting, or a name */
#define NO_SOCKS5 "what came is not SOCKS5"
#define ORIGINAL_DST 80 /* of both families; the kernel's headers for it do not stand alone */

/* ------------------------------------------------------------------------ names */

static void go_to(struct px_relay *r, const struct mptcp_addr *addr, unsigned n, uint16_t port)
{
    r->targets = n;
    for (unsigned i = 0; i < n; i++) {
        r->target[i] = addr[i];
        r->target[i].port = port;
    }
    px_dial(r);
}

static void ask_for(struct px_relay *r, const char *host, uint16_t port)
{
    struct mptcp_addr addr;

    if (prog_literal(host, &addr)) {
        go_to(r, &addr, 1, port);
        return;
    }
    r->stage = PX_RESOLVING;
    r->target[0].port = port;
    px_relay_wait(r, px_now() + ANSWER_US);
    if (!px_resolve(r->number, host)) {
        px_relay_fail_why(r, MPTCP_E_FULL, "too many names are being asked for");
    }
}

static struct px_relay *numbered(uint32_t number)
{
    struct px_relay *r;

    for (uint32_t i = 0; (r = px_relay_at(i)) != NULL; i++) {
        if (r->stage == PX_RESOLVING && r->number == number) {
            return r;
        }
    }
    return NULL;
}

void px_front_answer(uint32_t id, const struct mptcp_addr *addr, unsigned n)
{
    struct px_relay *r = numbered(id);

    if (r == NULL) {
        return;
    }
    if (n == 0) {
        px_relay_fail_why(r, MPTCP_E_NOT_FOUND, "no address is known for its name");
        return;
    }
    go_to(r, addr, n, r->target[0].port);
}

/* ------------------------------------------------------------------ transparently */

static bool own_address(int app, struct mptcp_addr *addr)
{
    struct sockaddr_storage s;
    socklen_t n = sizeof s;

    return getsockname(app, (struct sockaddr *)&s, &n) == 0 && px_from_socket(&s, addr);
}

static bool redirected(int app, int level, struct mptcp_addr *addr)
{
    struct sockaddr_storage s;
    socklen_t n = sizeof s;

    return getsockopt(app, level, ORIGINAL_DST, &s, &n) == 0 && px_from_socket(&s, addr);
}

/*
 * REDIRECT has changed where it goes and tells; TPROXY has not. What was meant for this very door
 * would come back to it for ever: it goes nowhere.
 */
static bool original(int app, uint16_t port, struct mptcp_addr *to)
{
    struct mptcp_addr own;

    if (!own_address(app, &own)) {
        return false;
    }
    if (!redirected(app, own.family == 4 ? IPPROTO_IP : IPPROTO_IPV6, to)) {
        *to = own;
    }
    return to->port != port || !mptcp_addr_same_ip(to, &own);
}

static void go_on(struct px_relay *r)
{
    struct mptcp_addr to;

    if (original(r->app, r->door->at.port, &to)) {
        go_to(r, &to, 1, to.port);
    } else {
        px_relay_fail_why(r, MPTCP_E_NOT_FOUND, "it was not redirected, but came to this port");
    }
}

/* ----------------------------------------------------------------------- SOCKS5 */

static void take(struct px_relay *r, uint32_t n)
{
    r->up.from += n;
}

static void refuse(struct px_relay *r, unsigned code)
{
    uint8_t answer[32];

    px_answer(r, answer, px_socks_answer(answer, code));
    r->asked = r->answered = true;
    px_relay_fail_why(r, MPTCP_E_ARGUMENT,
                      code == PX_SOCKS_COMMAND ? "it asks by SOCKS5 for something else than CONNECT"
                                               : "it asks by SOCKS5 for what is no address");
}

static void request(struct px_relay *r)
{
    struct px_request q;
    int n = px_socks_request(r->up.block + r->up.from, r->up.to - r->up.from, &q);

    if (n == PX_SOCKS_NONSENSE) {
        px_relay_fail_why(r, MPTCP_E_ARGUMENT, NO_SOCKS5);
    } else if (n < 0) {
        refuse(r, (unsigned)-n);
    } else if (n > 0) {
        take(r, (uint32_t)n);
        r->asked = true;
        if (q.addr.family != 0) {
            go_to(r, &q.addr, 1, q.port);
        } else {
            ask_for(r, q.host, q.port);
        }
    }
}

static void greeting(struct px_relay *r)
{
    static const uint8_t none[2] = {5, 0};
    static const uint8_t no_method[2] = {5, 255};
    int n = px_socks_greeting(r->up.block + r->up.from, r->up.to - r->up.from);

    if (n < 0) {
        if (n == -PX_SOCKS_METHOD) {
            px_answer(r, no_method, sizeof no_method);
            r->asked = r->answered = true;
        }
        px_relay_fail_why(r, MPTCP_E_ARGUMENT,
                          n == -PX_SOCKS_METHOD ? "it wants to authenticate by SOCKS5" : NO_SOCKS5);
    } else if (n > 0) {
        take(r, (uint32_t)n);
        r->greeted = true;
        px_answer(r, none, sizeof none);
        request(r);
    }
}

void px_front_work(struct px_relay *r)
{
    ssize_t n = recv(r->app, r->up.block + r->up.to, PX_BLOCK - r->up.to, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        px_relay_fail(r, n < 0 ? MPTCP_E_PEER_RESET : MPTCP_E_CLOSED);
        return;
    }
    r->up.to += (uint32_t)n;
    if (r->greeted) {
        request(r);
    } else {
        greeting(r);
    }
}

/* ------------------------------------------------------------------------------ */

void px_front(struct px_relay *r)
{
    switch (r->door->kind) {
    case PX_SOCKS:
        r->stage = PX_GREETING;
        px_relay_wait(r, px_now() + ANSWER_US);
        break;
    case PX_TRANSPARENT:
        go_on(r);
        break;
    default:
        ask_for(r, r->door->host, r->door->port);
        break;
    }
}

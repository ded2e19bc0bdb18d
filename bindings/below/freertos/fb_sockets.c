/*
 * fb_sockets.c - the five calls of below.h over sockets of FreeRTOS-Plus-TCP, and what these tell.
 *
 * The IP task takes the lock for every frame that it sends, so FreeRTOS_bind, which waits for the
 * IP task, is called without it. FreeRTOS_connect, _send and _recv do not wait here; what they make
 * TCP emit waits for the lock until below knows of it.
 */
#include "below_freertos_own.h"

#include <string.h>

/* ---------------------------------------------------------------- addresses */

static struct freertos_sockaddr to_sockaddr(const struct mptcp_addr *a)
{
    struct freertos_sockaddr s;

    memset(&s, 0, sizeof s);
    s.sin_len = sizeof s;
    s.sin_port = FreeRTOS_htons(a->port);
    s.sin_family = a->family == 6 ? FREERTOS_AF_INET6 : FREERTOS_AF_INET;
    memcpy(&s.sin_address, a->ip, a->family == 6 ? 16 : 4);
    return s;
}

static struct mptcp_addr of_sockaddr(const struct freertos_sockaddr *s)
{
    struct mptcp_addr a;

    memset(&a, 0, sizeof a);
    a.family = s->sin_family == FREERTOS_AF_INET6 ? 6 : 4;
    a.port = FreeRTOS_ntohs(s->sin_port);
    memcpy(a.ip, &s->sin_address, a.family == 6 ? 16 : 4);
    return a;
}

/* TCP sends from the end-point that its routes choose, whatever the socket is bound to. */
static bool leaves_from(const struct freertos_sockaddr *local,
                        const struct freertos_sockaddr *remote)
{
    NetworkEndPoint_t *from;
    NetworkEndPoint_t *to;

    if (local->sin_family == FREERTOS_AF_INET6) {
        from = FreeRTOS_FindEndPointOnIP_IPv6(&local->sin_address.xIP_IPv6);
        to = FreeRTOS_FindEndPointOnNetMask_IPv6(&remote->sin_address.xIP_IPv6);
    } else {
        from = FreeRTOS_FindEndPointOnIP_IPv4(local->sin_address.ulIP_IPv4);
        to = FreeRTOS_FindEndPointOnNetMask(remote->sin_address.ulIP_IPv4);
    }
    return from != NULL && from == to;
}

/* ---------------------------------------------------------- the five calls */

static void called_back(Socket_t socket)
{
    (void)socket;
    fb_wake();
}

static struct fb_socket *place_of(Socket_t socket)
{
    for (unsigned i = 0; i < FB_SOCKETS; i++) {
        if (fb.sockets[i].socket == socket) {
            return &fb.sockets[i];
        }
    }
    return NULL;
}

/* No call of this socket waits, and it tells what happens to it. NULL: there is no place for it. */
static struct fb_socket *keep(Socket_t socket)
{
    struct fb_socket *place = place_of(NULL);
    TickType_t none = 0;

    if (place == NULL) {
        return NULL;
    }
    (void)FreeRTOS_setsockopt(socket, 0, FREERTOS_SO_RCVTIMEO, &none, sizeof none);
    (void)FreeRTOS_setsockopt(socket, 0, FREERTOS_SO_SNDTIMEO, &none, sizeof none);
    (void)FreeRTOS_setsockopt(socket, 0, FREERTOS_SO_WAKEUP_CALLBACK, (void *)called_back,
                              sizeof(void *));
    memset(place, 0, sizeof *place);
    place->socket = socket;
    return place;
}

/* A socket bound to *local, whose port is set. Waits for the IP task, so without the lock. */
static Socket_t bound(struct freertos_sockaddr *local)
{
    fb_give();
    Socket_t s = FreeRTOS_socket(local->sin_family, FREERTOS_SOCK_STREAM, FREERTOS_IPPROTO_TCP);
    if (s != FREERTOS_INVALID_SOCKET) {
        if (FreeRTOS_bind(s, local, sizeof *local) == 0) {
            (void)FreeRTOS_GetLocalAddress(s, local);
        } else {
            (void)FreeRTOS_closesocket(s);
            s = FREERTOS_INVALID_SOCKET;
        }
    }
    fb_take();
    return s;
}

static int call_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                        below_socket *s)
{
    struct freertos_sockaddr from = to_sockaddr(local);
    struct freertos_sockaddr to = to_sockaddr(remote);

    (void)context;
    if (!leaves_from(&from, &to)) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    Socket_t socket = bound(&from);
    struct fb_socket *place = socket != FREERTOS_INVALID_SOCKET ? keep(socket) : NULL;
    if (place == NULL) {
        (void)FreeRTOS_closesocket(socket);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    local->port = FreeRTOS_ntohs(from.sin_port);
    place->opening = 1;
    *s = (below_socket)socket;
    (void)FreeRTOS_connect(socket, &to, sizeof to); /* EWOULDBLOCK: fb_task looks after it */
    return MPTCP_OK;
}

static int call_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct freertos_sockaddr at = to_sockaddr(local);
    Socket_t socket = bound(&at);
    struct fb_socket *place = socket != FREERTOS_INVALID_SOCKET ? keep(socket) : NULL;

    (void)context;
    if (place == NULL || FreeRTOS_listen(socket, (BaseType_t)FB_SOCKETS) != 0) {
        if (place != NULL) {
            place->socket = NULL;
        }
        (void)FreeRTOS_closesocket(socket);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    place->listens = 1;
    *s = (below_socket)socket;
    return MPTCP_OK;
}

static int32_t call_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    struct fb_socket *place = place_of((Socket_t)s);
    BaseType_t n = FreeRTOS_send((Socket_t)s, octets, length, FREERTOS_MSG_DONTWAIT);

    (void)context;
    if (n == -pdFREERTOS_ERRNO_ENOSPC || n == -pdFREERTOS_ERRNO_EWOULDBLOCK) {
        n = 0;
    }
    if (place != NULL) {
        place->full = n >= 0 && (uint32_t)n < length;
    }
    return n >= 0 ? (int32_t)n : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_read(void *context, below_socket s, void *octets, uint32_t length)
{
    struct fb_socket *place = place_of((Socket_t)s);
    BaseType_t n = FreeRTOS_recv((Socket_t)s, octets, length, FREERTOS_MSG_DONTWAIT);

    (void)context;
    if (n > 0) {
        return (int32_t)n;
    }
    if (place != NULL && place->ended) {
        return 0;
    }
    return n == 0 || n == -pdFREERTOS_ERRNO_EWOULDBLOCK ? MPTCP_E_AGAIN : MPTCP_E_SUBFLOW_FAILED;
}

static void call_close(void *context, below_socket s, enum below_close_how how)
{
    struct fb_socket *place = place_of((Socket_t)s);

    (void)context;
    if (how == BELOW_FIN) {
        (void)FreeRTOS_shutdown((Socket_t)s, FREERTOS_SHUT_RDWR);
        return;
    }
    if (place != NULL) {
        place->socket = NULL;
    }
    (void)FreeRTOS_closesocket((Socket_t)s);
}

/* ----------------------------------------------------------------- sockets */

static void accept_all(struct fb_socket *listener)
{
    struct freertos_sockaddr to;
    struct freertos_sockaddr from;
    socklen_t size = sizeof from;
    Socket_t s;

    while ((s = FreeRTOS_accept(listener->socket, &from, &size)) != NULL &&
           s != FREERTOS_INVALID_SOCKET) {
        (void)FreeRTOS_GetLocalAddress(s, &to);
        struct mptcp_addr local = of_sockaddr(&to);
        struct mptcp_addr remote = of_sockaddr(&from);
        struct fb_socket *place = keep(s);
        if (place == NULL || below_accepted(fb.below, (below_socket)listener->socket,
                                            (below_socket)s, &local, &remote, fb_now()) != 0) {
            if (place != NULL) {
                place->socket = NULL;
            }
            (void)FreeRTOS_closesocket(s);
        }
    }
}

static void look_at(struct fb_socket *p)
{
    Socket_t s = p->socket;
    BaseType_t state = FreeRTOS_connstatus(s);

    p->ended |=
        state == eCLOSE_WAIT || state == eCLOSING || state == eLAST_ACK || state == eTIME_WAIT;
    if (p->opening && state == eESTABLISHED) {
        p->opening = 0;
        below_connected(fb.below, (below_socket)s, fb_now());
    } else if ((p->opening && state == eCLOSE_WAIT) || (state == eCLOSED && !p->ended)) {
        p->socket = NULL;
        below_socket_failed(fb.below, (below_socket)s,
                            p->opening ? MPTCP_E_SUBFLOW_FAILED : MPTCP_E_PEER_RESET, fb_now());
        (void)FreeRTOS_closesocket(s);
        return;
    }
    if (p->ended || FreeRTOS_rx_size(s) > 0) {
        below_readable(fb.below, (below_socket)s, fb_now());
    }
    if (p->full && FreeRTOS_tx_space(s) > 0) {
        p->full = 0;
        below_writable(fb.below, (below_socket)s, fb_now());
    }
}

void fb_look(void)
{
    for (unsigned i = 0; i < FB_SOCKETS; i++) {
        struct fb_socket *p = &fb.sockets[i];
        if (p->socket != NULL && p->listens) {
            accept_all(p);
        } else if (p->socket != NULL) {
            look_at(p);
        }
    }
}

const struct below_sockets fb_sockets = {call_connect, call_listen, call_write, call_read,
                                         call_close};

/*
 * freertos_sockets.c - sockets of freertos.h over the toy TCP.
 */
#include "below_freertos.h"
#include "freertos_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct stub_socket {
    struct stub_socket *next;
    toy_sock toy;            /* 0: not connected, not listening */
    struct mptcp_addr bound; /* of an accepted one: what its listener is bound to */
    struct mptcp_addr local; /* where it is */
    uint8_t over;            /* the state once the toy has ended it */
    bool asked;              /* calls that receive do not wait */
    void (*callback)(Socket_t socket);
};

NetworkEndPoint_t *pxGetSocketEndpoint(ConstSocket_t s)
{
    for (unsigned i = 0; i < 4; i++) {
        struct mptcp_addr own = world_address(freertos_sys.side, i / 2, i % 2 == 0 ? 4 : 6);
        if (own.family == s->local.family && memcmp(own.ip, s->local.ip, sizeof own.ip) == 0) {
            return &freertos_sys.end_point[i];
        }
    }
    return NULL;
}

static struct mptcp_addr of_sockaddr(const struct freertos_sockaddr *s)
{
    static const uint8_t any[16];
    bool six = s->sin_family == FREERTOS_AF_INET6;
    struct mptcp_addr a = {.port = FreeRTOS_ntohs(s->sin_port)};

    memcpy(a.ip, &s->sin_address, six ? 16 : 4);
    if (memcmp(a.ip, any, sizeof any) != 0) {
        a.family = six ? 6 : 4;
    }
    return a;
}

static void to_sockaddr(const struct mptcp_addr *a, struct freertos_sockaddr *s)
{
    memset(s, 0, sizeof *s);
    s->sin_family = a->family == 6 ? FREERTOS_AF_INET6 : FREERTOS_AF_INET;
    s->sin_port = FreeRTOS_htons(a->port);
    memcpy(&s->sin_address, a->ip, a->family == 6 ? 16 : 4);
}

static Socket_t make(toy_sock toy, const struct mptcp_addr *bound, const struct mptcp_addr *local)
{
    Socket_t s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->toy = toy;
    s->bound = *bound;
    s->local = *local;
    s->next = freertos_sys.sockets;
    freertos_sys.sockets = s;
    return s;
}

static void must_not_wait(const struct stub_socket *s)
{
    if (!s->asked) {
        freertos_wrong("a call of a socket would wait");
    }
}

/* A change of the state of TCP calls back, in whatever task it comes about. */
static void changes(Socket_t s)
{
    if (s->callback != NULL) {
        s->callback(s);
    }
}

Socket_t FreeRTOS_socket(BaseType_t domain, BaseType_t type, BaseType_t protocol)
{
    struct mptcp_addr none = {.family = 0};
    bool known = domain == FREERTOS_AF_INET || domain == FREERTOS_AF_INET6;

    return known && type == FREERTOS_SOCK_STREAM && protocol == FREERTOS_IPPROTO_TCP
               ? make(0, &none, &none)
               : FREERTOS_INVALID_SOCKET;
}

BaseType_t FreeRTOS_bind(Socket_t s, const struct freertos_sockaddr *at, socklen_t size)
{
    assert_int_equal(sizeof *at, size);
    s->bound = of_sockaddr(at);
    if (s->bound.port == 0) {
        s->bound.port = (uint16_t)(50000 + freertos_sys.next_port++);
    }
    s->local = s->bound;
    freertos_wait_for_ip();
    return 0;
}

size_t FreeRTOS_GetLocalAddress(ConstSocket_t s, struct freertos_sockaddr *at)
{
    to_sockaddr(&s->bound, at);
    return sizeof *at;
}

BaseType_t FreeRTOS_setsockopt(Socket_t s, int32_t level, int32_t option, const void *value,
                               size_t size)
{
    (void)level;
    (void)size;
    if (option == FREERTOS_SO_WAKEUP_CALLBACK) {
        s->callback = (void (*)(Socket_t))(uintptr_t)value;
    } else {
        s->asked = *(const TickType_t *)value == 0;
    }
    return 0;
}

BaseType_t FreeRTOS_connect(Socket_t s, const struct freertos_sockaddr *to, socklen_t size)
{
    struct mptcp_addr remote = of_sockaddr(to);

    (void)size;
    must_not_wait(s);
    s->toy = toy_connect(freertos_sys.toy, &s->local, &remote, world_now(freertos_sys.w));
    changes(s);
    return s->toy != 0 ? -pdFREERTOS_ERRNO_EWOULDBLOCK : -pdFREERTOS_ERRNO_ENOTCONN;
}

BaseType_t FreeRTOS_listen(Socket_t s, BaseType_t backlog)
{
    (void)backlog;
    s->toy = toy_listen(freertos_sys.toy, &s->local);
    changes(s);
    return s->toy != 0 ? 0 : -1;
}

/* If there is a client, waits for room in the queue of the IP task. */
Socket_t FreeRTOS_accept(Socket_t s, struct freertos_sockaddr *from, socklen_t *size)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;

    (void)size;
    must_not_wait(s);
    toy_sock toy = toy_accept(freertos_sys.toy, s->toy, &local, &remote);
    if (toy == 0) {
        return NULL;
    }
    to_sockaddr(&remote, from);
    Socket_t made = make(toy, &s->bound, &local);
    made->asked = s->asked;
    freertos_wait_for_ip();
    return made;
}

/* The state after FINs and RSTs is not that of RFC 9293: see freertos.h. */
BaseType_t FreeRTOS_connstatus(ConstSocket_t s)
{
    static const uint8_t states[] = {eCLOSED,      eTCP_LISTEN,  eCONNECT_SYN, eSYN_RECEIVED,
                                     eESTABLISHED, eFIN_WAIT_1,  eLAST_ACK,    eLAST_ACK,
                                     eCLOSE_WAIT,  eESTABLISHED, eLAST_ACK};
    struct toy_path path;

    return toy_path_of(freertos_sys.toy, s->toy, &path) ? states[path.state] : s->over;
}

BaseType_t FreeRTOS_send(Socket_t s, const void *octets, size_t length, BaseType_t flags)
{
    BaseType_t state = FreeRTOS_connstatus(s);

    assert_int_equal(FREERTOS_MSG_DONTWAIT, flags);
    if (state == eCLOSED || state == eCLOSE_WAIT) {
        return -pdFREERTOS_ERRNO_ENOTCONN;
    }
    if (state > eESTABLISHED) { /* its FIN was sent: as if the octets were none */
        return 0;
    }
    int32_t n =
        toy_write(freertos_sys.toy, s->toy, octets, (uint32_t)length, world_now(freertos_sys.w));
    return n > 0 ? n : n == 0 ? -pdFREERTOS_ERRNO_ENOSPC : -pdFREERTOS_ERRNO_ENOTCONN;
}

BaseType_t FreeRTOS_recv(Socket_t s, void *octets, size_t length, BaseType_t flags)
{
    int32_t n =
        toy_read(freertos_sys.toy, s->toy, octets, (uint32_t)length, world_now(freertos_sys.w));
    BaseType_t state = FreeRTOS_connstatus(s);

    (void)flags;
    must_not_wait(s);
    return n > 0 ? n : state == eCLOSED || state == eCLOSE_WAIT ? -pdFREERTOS_ERRNO_ENOTCONN : 0;
}

BaseType_t FreeRTOS_shutdown(Socket_t s, BaseType_t how)
{
    (void)how;
    s->over = eCLOSE_WAIT;
    toy_shutdown(freertos_sys.toy, s->toy, world_now(freertos_sys.w));
    return 0;
}

/* Waits for room in the queue of the IP task. */
BaseType_t FreeRTOS_closesocket(Socket_t s)
{
    struct stub_socket **at = &freertos_sys.sockets;

    if (s == NULL || s == FREERTOS_INVALID_SOCKET) {
        return 0;
    }
    freertos_wait_for_ip();
    while (*at != NULL && *at != s) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        freertos_wrong("a socket is closed twice");
        return 0;
    }
    *at = s->next;
    if (s->toy != 0) {
        toy_forget(freertos_sys.toy, s->toy, world_now(freertos_sys.w));
    }
    free(s);
    return 1;
}

BaseType_t FreeRTOS_rx_size(ConstSocket_t s)
{
    struct toy_path path;

    return toy_path_of(freertos_sys.toy, s->toy, &path) ? (BaseType_t)path.readable : 0;
}

BaseType_t FreeRTOS_tx_space(ConstSocket_t s)
{
    struct toy_path path;

    return toy_path_of(freertos_sys.toy, s->toy, &path) ? (BaseType_t)path.room : 0;
}

/* ------------------------------------------------------------------ IP task */

static bool call_back(void)
{
    toy_sock id;
    int why;
    bool any = false;

    while (toy_event(freertos_sys.toy, &id, &why) != 0) {
        for (struct stub_socket *s = freertos_sys.sockets; s != NULL; s = s->next) {
            if (s->toy == id) {
                s->over = why == TOY_RESET ? eCLOSED : eCLOSE_WAIT;
                changes(s);
            }
        }
        any = true;
    }
    return any;
}

/* TCP answers the peer's FIN by its own, when all that it had to send was acknowledged. */
static bool answer_fins(void)
{
    bool any = false;

    for (struct stub_socket *s = freertos_sys.sockets; s != NULL; s = s->next) {
        struct toy_path path;
        bool there = toy_path_of(freertos_sys.toy, s->toy, &path);
        if (there && path.state == TOY_CLOSE_WAIT && path.room == freertos_sys.room) {
            s->over = eCLOSE_WAIT;
            toy_shutdown(freertos_sys.toy, s->toy, world_now(freertos_sys.w));
            any = true;
        }
    }
    return any;
}

bool freertos_tell(void)
{
    bool any = call_back();

    return answer_fins() || any;
}

void freertos_sockets_end(void)
{
    while (freertos_sys.sockets != NULL) {
        struct stub_socket *s = freertos_sys.sockets;
        freertos_sys.sockets = s->next;
        free(s);
    }
}

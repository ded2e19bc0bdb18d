/*
 * freertos_sockets.c - sockets, network buffers and interfaces of freertos.h over the toy TCP.
 */
#include "below_freertos.h"
#include "freertos_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER 14u

struct stub_socket {
    struct stub_socket *next;
    toy_sock toy; /* 0: not connected, not listening */
    struct mptcp_addr local;
    void (*callback)(Socket_t socket);
};

static struct {
    struct world *w;
    struct toy *toy;
    enum side side;
    struct stub_socket *sockets;
    uint16_t next_port;
    NetworkInterface_t nif[LINKS];
    NetworkEndPoint_t end_point[LINKS];
    struct driver driver;
    unsigned buffers; /* that are in use */
} sys;

void freertos_wrong(const char *what)
{
    world_wrong(sys.w, what);
}

TickType_t xTaskGetTickCount(void)
{
    /* It wraps during the tests. */
    return (TickType_t)((sys.w != NULL ? world_now(sys.w) : SECOND) / 1000) - 3000u;
}

BaseType_t xApplicationGetRandomNumber(uint32_t *number)
{
    *number = world_random(sys.w);
    return pdTRUE;
}

/* ------------------------------------------------------- buffers, interfaces */

NetworkBufferDescriptor_t *pxGetNetworkBufferWithDescriptor(size_t size, TickType_t wait)
{
    NetworkBufferDescriptor_t *b = calloc(1, sizeof *b);

    (void)wait;
    assert_non_null(b);
    b->pucEthernetBuffer = malloc(size);
    assert_non_null(b->pucEthernetBuffer);
    b->xDataLength = size;
    sys.buffers++;
    return b;
}

void vReleaseNetworkBufferAndDescriptor(NetworkBufferDescriptor_t *const buffer)
{
    free(buffer->pucEthernetBuffer);
    free(buffer);
    sys.buffers--;
}

/* The driver's function. */
static BaseType_t wire(NetworkInterface_t *nif, NetworkBufferDescriptor_t *const b,
                       BaseType_t release)
{
    unsigned i = (unsigned)(nif - sys.nif);

    if (b->pucEthernetBuffer[5] != i || b->pucEthernetBuffer[12] != 0x08) {
        freertos_wrong("a frame leaves with another Ethernet header");
    }
    world_sends(sys.w, sys.side, i, b->pucEthernetBuffer + HEADER, b->xDataLength - HEADER);
    if (release != pdFALSE) {
        vReleaseNetworkBufferAndDescriptor(b);
    }
    return pdTRUE;
}

static NetworkBufferDescriptor_t *frame_of(unsigned nif, const uint8_t *packet, size_t len)
{
    NetworkBufferDescriptor_t *b = pxGetNetworkBufferWithDescriptor(HEADER + len, 0);

    memset(b->pucEthernetBuffer, 0, HEADER);
    b->pucEthernetBuffer[5] = (uint8_t)nif;
    b->pucEthernetBuffer[12] = 0x08;
    memcpy(b->pucEthernetBuffer + HEADER, packet, len);
    return b;
}

static void arrives(void *context, unsigned nif, const uint8_t *packet, size_t len)
{
    NetworkBufferDescriptor_t *b = frame_of(nif, packet, len);

    (void)context;
    if (fb_receive(&sys.nif[nif], b) != pdFALSE) {
        toy_in(sys.toy, nif, b->pucEthernetBuffer + HEADER, b->xDataLength - HEADER,
               world_now(sys.w));
    }
    vReleaseNetworkBufferAndDescriptor(b);
}

NetworkInterface_t *freertos_interface(unsigned nif)
{
    return &sys.nif[nif];
}

/* Of an address of this family, or of the link whose prefix it has. */
static NetworkEndPoint_t *end_point(unsigned family, const void *ip, unsigned octets)
{
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_addr own = world_address(sys.side, i, family);
        if (memcmp(own.ip, ip, octets) == 0) {
            return &sys.end_point[i];
        }
    }
    return NULL;
}

NetworkEndPoint_t *FreeRTOS_FindEndPointOnIP_IPv4(uint32_t address)
{
    return end_point(4, &address, 4);
}

/* Each interface reaches the addresses of its own link. */
NetworkEndPoint_t *FreeRTOS_FindEndPointOnNetMask(uint32_t address)
{
    return end_point(4, &address, 3);
}

NetworkEndPoint_t *FreeRTOS_FindEndPointOnIP_IPv6(const IPv6_Address_t *address)
{
    return end_point(6, address, 16);
}

NetworkEndPoint_t *FreeRTOS_FindEndPointOnNetMask_IPv6(const IPv6_Address_t *address)
{
    return end_point(6, address, 8);
}

/* ------------------------------------------------------------------- sockets */

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

static Socket_t make(toy_sock toy, const struct mptcp_addr *local)
{
    Socket_t s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->toy = toy;
    s->local = *local;
    s->next = sys.sockets;
    sys.sockets = s;
    return s;
}

Socket_t FreeRTOS_socket(BaseType_t domain, BaseType_t type, BaseType_t protocol)
{
    struct mptcp_addr none = {.family = 0};

    bool known = domain == FREERTOS_AF_INET || domain == FREERTOS_AF_INET6;

    return known && type == FREERTOS_SOCK_STREAM && protocol == FREERTOS_IPPROTO_TCP
               ? make(0, &none)
               : FREERTOS_INVALID_SOCKET;
}

BaseType_t FreeRTOS_bind(Socket_t s, const struct freertos_sockaddr *at, socklen_t size)
{
    assert_int_equal(sizeof *at, size);
    s->local = of_sockaddr(at);
    if (s->local.port == 0) {
        s->local.port = (uint16_t)(50000 + sys.next_port++);
    }
    freertos_wait_for_ip();
    return 0;
}

size_t FreeRTOS_GetLocalAddress(Socket_t s, struct freertos_sockaddr *at)
{
    to_sockaddr(&s->local, at);
    return sizeof *at;
}

BaseType_t FreeRTOS_setsockopt(Socket_t s, int32_t level, int32_t option, const void *value,
                               size_t size)
{
    (void)level;
    (void)size;
    if (option == FREERTOS_SO_WAKEUP_CALLBACK) {
        s->callback = (void (*)(Socket_t))(uintptr_t)value;
    }
    return 0;
}

BaseType_t FreeRTOS_connect(Socket_t s, const struct freertos_sockaddr *to, socklen_t size)
{
    struct mptcp_addr remote = of_sockaddr(to);

    (void)size;
    s->toy = toy_connect(sys.toy, &s->local, &remote, world_now(sys.w));
    return s->toy != 0 ? -pdFREERTOS_ERRNO_EWOULDBLOCK : -pdFREERTOS_ERRNO_ENOTCONN;
}

BaseType_t FreeRTOS_listen(Socket_t s, BaseType_t backlog)
{
    (void)backlog;
    s->toy = toy_listen(sys.toy, &s->local);
    return s->toy != 0 ? 0 : -1;
}

Socket_t FreeRTOS_accept(Socket_t s, struct freertos_sockaddr *from, socklen_t *size)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;
    toy_sock toy = toy_accept(sys.toy, s->toy, &local, &remote);

    (void)size;
    if (toy == 0) {
        return NULL;
    }
    to_sockaddr(&remote, from);
    return make(toy, &local);
}

BaseType_t FreeRTOS_send(Socket_t s, const void *octets, size_t length, BaseType_t flags)
{
    int32_t n = toy_write(sys.toy, s->toy, octets, (uint32_t)length, world_now(sys.w));

    (void)flags;
    return n > 0 ? n : n == 0 ? -pdFREERTOS_ERRNO_ENOSPC : -pdFREERTOS_ERRNO_ENOTCONN;
}

BaseType_t FreeRTOS_recv(Socket_t s, void *octets, size_t length, BaseType_t flags)
{
    int32_t n = toy_read(sys.toy, s->toy, octets, (uint32_t)length, world_now(sys.w));

    (void)flags;
    return n > 0 ? n : n == TOY_AGAIN ? 0 : -pdFREERTOS_ERRNO_ENOTCONN;
}

BaseType_t FreeRTOS_shutdown(Socket_t s, BaseType_t how)
{
    (void)how;
    toy_shutdown(sys.toy, s->toy, world_now(sys.w));
    return 0;
}

BaseType_t FreeRTOS_closesocket(Socket_t s)
{
    struct stub_socket **at = &sys.sockets;

    if (s == NULL || s == FREERTOS_INVALID_SOCKET) {
        return 0;
    }
    while (*at != NULL && *at != s) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        freertos_wrong("a socket is closed twice");
        return 0;
    }
    *at = s->next;
    if (s->toy != 0) {
        toy_forget(sys.toy, s->toy, world_now(sys.w));
    }
    free(s);
    return 1;
}

BaseType_t FreeRTOS_connstatus(Socket_t s)
{
    static const uint8_t states[] = {eCLOSED,      eTCP_LISTEN, eCONNECT_SYN, eSYN_RECEIVED,
                                     eESTABLISHED, eFIN_WAIT_1, eFIN_WAIT_2,  eCLOSING,
                                     eTIME_WAIT,   eCLOSE_WAIT, eLAST_ACK};
    struct toy_path path;

    return toy_path_of(sys.toy, s->toy, &path) ? states[path.state] : eCLOSED;
}

BaseType_t FreeRTOS_rx_size(Socket_t s)
{
    struct toy_path path;

    (void)toy_path_of(sys.toy, s->toy, &path);
    return (BaseType_t)path.readable;
}

BaseType_t FreeRTOS_tx_space(Socket_t s)
{
    struct toy_path path;

    (void)toy_path_of(sys.toy, s->toy, &path);
    return (BaseType_t)path.room;
}

/* ------------------------------------------------------------------ IP task */

static bool send_all(void)
{
    uint8_t packet[SEG_MOST];
    unsigned nif;
    size_t len;
    bool any = false;

    while ((len = toy_out(sys.toy, &nif, packet)) != 0) {
        (void)sys.nif[nif].pfOutput(&sys.nif[nif], frame_of(nif, packet, len), pdTRUE);
        any = true;
    }
    return any;
}

static bool call_back(void)
{
    toy_sock id;
    int why;
    bool any = false;

    while (toy_event(sys.toy, &id, &why) != 0) {
        for (struct stub_socket *s = sys.sockets; s != NULL; s = s->next) {
            if (s->toy == id && s->callback != NULL) {
                s->callback(s);
            }
        }
        any = true;
    }
    return any;
}

static bool pump(void *context)
{
    bool any = false;

    (void)context;
    if (toy_deadline(sys.toy) <= world_now(sys.w)) {
        toy_timeout(sys.toy, world_now(sys.w));
        any = true;
    }
    any |= send_all();
    any |= call_back();
    any |= freertos_run();
    return any;
}

static mptcp_time deadline(void *context)
{
    mptcp_time at = toy_deadline(sys.toy);
    TickType_t left = freertos_next();

    (void)context;
    if (left == portMAX_DELAY) {
        return at;
    }
    mptcp_time task = (world_now(sys.w) / 1000 + left) * 1000;
    return task < at ? task : at;
}

const struct driver *freertos_begin(enum side side, const struct toy_config *cfg)
{
    memset(&sys, 0, sizeof sys);
    sys.side = side;
    sys.toy = toy_new(cfg, 99);
    sys.driver = (struct driver){&sys, arrives, pump, deadline};
    for (unsigned i = 0; i < LINKS; i++) {
        sys.nif[i].pfOutput = wire;
    }
    freertos_tasks_begin();
    return &sys.driver;
}

void freertos_joins(struct world *w, unsigned links)
{
    sys.w = w;
    for (unsigned i = 0; i < links; i++) {
        struct mptcp_addr four = world_address(sys.side, i, 4);
        struct mptcp_addr six = world_address(sys.side, i, 6);
        toy_address(sys.toy, i, &four, 1500);
        toy_address(sys.toy, i, &six, 1500);
    }
}

void freertos_end(void)
{
    freertos_tasks_end();
    toy_free(sys.toy);
    while (sys.sockets != NULL) {
        struct stub_socket *s = sys.sockets;
        sys.sockets = s->next;
        free(s);
    }
    assert_int_equal(0, sys.buffers);
}

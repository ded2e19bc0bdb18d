/*
 * below_freertos.c - FreeRTOS-Plus-TCP as a host of below.h: frames between the IP task and the
 * interfaces; tasks, the lock and the time, as below_blocking.h wants them; its sockets, as
 * below_polled.h does.
 *
 * The IP task takes the lock for every frame that it sends. So what waits for the IP task is called
 * without the lock: FreeRTOS_bind; and FreeRTOS_accept and _closesocket, which wait for room in its
 * queue. FreeRTOS_connect, _send and _recv do not wait here; what they make TCP emit waits for the
 * lock until below knows of it.
 *
 * The state of TCP after a RST is eCLOSED. After both FINs, or when TCP gives up, it is
 * eCLOSE_WAIT: TCP answers the peer's FIN by its own as soon as it has sent everything.
 */
#include "below_freertos.h"

#include "FreeRTOS_IP_Private.h"
#include "NetworkBufferManagement.h"
#include "below_polled.h"
#include "semphr.h"
#include "task.h"

#include <string.h>

struct below_blocking fb_streams;

static struct {
    TaskHandle_t task; /* that does what is due */
    struct below_ticks ticks;
    NetworkInterface_t *nif[FB_INTERFACES];
    NetworkInterfaceOutputFunction_t output[FB_INTERFACES]; /* the driver's */
    struct below_polled polled;
    struct below_polled_place places[FB_SOCKETS];
} fb;

/* In the place of an end-point: what the shim has made of a frame, for the driver. */
#define FROM_SHIM ((NetworkEndPoint_t *)(void *)&fb)

/* -------------------------------------------------------------------- tasks */

/* The context of all of these, and of the calls of sockets, is the lock. */
static void take(void *lock)
{
    (void)xSemaphoreTake(lock, portMAX_DELAY);
}

static void give(void *lock)
{
    (void)xSemaphoreGive(lock);
}

static mptcp_time now(void *context)
{
    (void)context;
    return below_ticks_now(&fb.ticks, xTaskGetTickCount());
}

static void *self(void *context)
{
    (void)context;
    return xTaskGetCurrentTaskHandle();
}

static void wake(void *context, void *task)
{
    (void)context;
    (void)xTaskNotifyGive(task != NULL ? (TaskHandle_t)task : fb.task);
}

static void sleep_for(void *context, mptcp_time us)
{
    (void)context;
    (void)ulTaskNotifyTake(pdTRUE, below_ticks_of(&fb.ticks, us));
}

static void look(void *context)
{
    (void)context;
    below_polled_look(&fb.polled, fb_streams.below);
}

static void work(void *argument)
{
    (void)argument;
    for (;;) {
        below_blocking_work(&fb_streams);
    }
}

/* ------------------------------------------------------------------- frames */

static unsigned index_of(const NetworkInterface_t *nif)
{
    unsigned i;

    for (i = 0; i < FB_INTERFACES && fb.nif[i] != nif; i++) {
    }
    return i;
}

/* The IP task alone calls a driver, without the lock: a driver may wait for its own task, which may
 * wait for the lock in fb_receive. */
static void transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    NetworkBufferDescriptor_t *b = pxGetNetworkBufferWithDescriptor(length, 0);
    const IPStackEvent_t event = {eNetworkTxEvent, b};

    (void)context;
    if (b == NULL) {
        return; /* as the network loses frames */
    }
    memcpy(b->pucEthernetBuffer, frame, length);
    b->xDataLength = length;
    b->pxInterface = fb.nif[nif];
    b->pxEndPoint = FROM_SHIM;
    if (xSendEventStructToIPTask(&event, 0) == pdFAIL) {
        vReleaseNetworkBufferAndDescriptor(b);
    }
}

/* The IP task sends a frame, its own or the shim's. */
static BaseType_t output(NetworkInterface_t *nif, NetworkBufferDescriptor_t *const buffer,
                         BaseType_t release)
{
    unsigned i = index_of(nif);

    if (buffer->pxEndPoint == FROM_SHIM) {
        buffer->pxEndPoint = NULL;
        return fb.output[i](nif, buffer, release);
    }
    (void)below_blocking_out(&fb_streams, i, buffer->pucEthernetBuffer,
                             (uint32_t)buffer->xDataLength);
    if (release != pdFALSE) {
        vReleaseNetworkBufferAndDescriptor(buffer);
    }
    return pdTRUE;
}

BaseType_t fb_receive(NetworkBufferDescriptor_t *buffer)
{
    unsigned nif = index_of(buffer->pxInterface);

    return nif == FB_INTERFACES || below_blocking_in(&fb_streams, nif, buffer->pucEthernetBuffer,
                                                     (uint32_t)buffer->xDataLength) == SHIM_PASS;
}

BaseType_t fb_interface(NetworkInterface_t *nif, uint16_t mtu)
{
    unsigned i = index_of(NULL);

    if (i == FB_INTERFACES || below_set_mtu(fb_streams.below, i, mtu) != MPTCP_OK) {
        return pdFAIL;
    }
    fb.nif[i] = nif;
    fb.output[i] = nif->pfOutput;
    nif->pfOutput = output;
    return pdPASS;
}

/* ---------------------------------------------------------------- addresses */

static struct freertos_sockaddr to_sockaddr(const struct mptcp_addr *a)
{
    struct freertos_sockaddr s = {.sin_port = FreeRTOS_htons(a->port)};

    s.sin_family = a->family == 6 ? FREERTOS_AF_INET6 : FREERTOS_AF_INET;
    memcpy(&s.sin_address, a->ip, a->family == 6 ? 16 : 4);
    return s;
}

/* Family 0: there is no such end-point. */
static struct mptcp_addr address_of(const NetworkEndPoint_t *e)
{
    struct mptcp_addr a = {.family = 0};

    if (e != NULL && e->bits.bIPv6 != 0) {
        a.family = 6;
        memcpy(a.ip, &e->ipv6_settings.xIPAddress, 16);
    } else if (e != NULL) {
        a.family = 4;
        memcpy(a.ip, &e->ipv4_settings.ulIPAddress, 4);
    }
    return a;
}

/* TCP sends from the end-point that its routes choose, whatever the socket is bound to: the first
 * one in whose net the destination is, or the first one with a gateway. */
static const NetworkEndPoint_t *sends_from(const struct freertos_sockaddr *to)
{
    if (to->sin_family == FREERTOS_AF_INET6) {
        const NetworkEndPoint_t *e = FreeRTOS_FindEndPointOnNetMask_IPv6(&to->sin_address.xIP_IPv6);
        return e != NULL ? e : FreeRTOS_FindGateWay(ipTYPE_IPv6);
    }
    for (NetworkEndPoint_t *e = FreeRTOS_FirstEndPoint(NULL); e != NULL;
         e = FreeRTOS_NextEndPoint(NULL, e)) {
        uint32_t other = e->ipv4_settings.ulIPAddress ^ to->sin_address.ulIP_IPv4;
        if (e->bits.bIPv6 == 0 && (other & e->ipv4_settings.ulNetMask) == 0) {
            return e;
        }
    }
    return FreeRTOS_FindGateWay(ipTYPE_IPv4);
}

/* ------------------------------------------------------------------ sockets */

static void called_back(Socket_t socket)
{
    (void)socket;
    wake(NULL, NULL);
}

/* No call of the socket waits (FreeRTOS_send is told so), and it tells that something has happened.
 */
static void set_up(Socket_t socket)
{
    const TickType_t none = 0;

    (void)FreeRTOS_setsockopt(socket, 0, FREERTOS_SO_RCVTIMEO, &none, sizeof none);
    (void)FreeRTOS_setsockopt(socket, 0, FREERTOS_SO_WAKEUP_CALLBACK, (void *)called_back, 0);
}

/* A socket bound to *at, whose port is set, that listens if it is to; NULL: there is none. */
static Socket_t bound(struct freertos_sockaddr *at, bool listens)
{
    Socket_t s = FreeRTOS_socket(at->sin_family, FREERTOS_SOCK_STREAM, FREERTOS_IPPROTO_TCP);

    if (s == FREERTOS_INVALID_SOCKET) {
        return NULL;
    }
    set_up(s);
    if (FreeRTOS_bind(s, at, sizeof *at) != 0 ||
        (listens && FreeRTOS_listen(s, (BaseType_t)FB_SOCKETS) != 0)) {
        (void)FreeRTOS_closesocket(s);
        return NULL;
    }
    (void)FreeRTOS_GetLocalAddress(s, at);
    return s;
}

static int call_open(void *lock, struct mptcp_addr *local, const struct mptcp_addr *remote,
                     uintptr_t *socket)
{
    struct freertos_sockaddr at = to_sockaddr(local);
    struct freertos_sockaddr to = to_sockaddr(remote != NULL ? remote : local);
    struct mptcp_addr from = remote != NULL ? address_of(sends_from(&to)) : *local;

    if (from.family != local->family || memcmp(from.ip, local->ip, sizeof from.ip) != 0) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    give(lock);
    Socket_t s = bound(&at, remote == NULL);
    take(lock);
    if (s != NULL && remote != NULL) {
        (void)FreeRTOS_connect(s, &to, sizeof to); /* EWOULDBLOCK */
    }
    local->port = FreeRTOS_ntohs(at.sin_port);
    *socket = (uintptr_t)s;
    return s != NULL ? MPTCP_OK : MPTCP_E_SUBFLOW_FAILED;
}

/* FreeRTOS_GetLocalAddress says of an accepted socket what its listener is bound to. */
static bool call_accept(void *lock, uintptr_t listener, uintptr_t *socket, struct mptcp_addr *local,
                        struct mptcp_addr *remote)
{
    struct freertos_sockaddr from;
    struct freertos_sockaddr to;
    socklen_t size = sizeof from;

    give(lock);
    Socket_t s = FreeRTOS_accept((Socket_t)listener, &from, &size);
    take(lock);
    if (s == NULL || s == FREERTOS_INVALID_SOCKET) {
        return false;
    }
    set_up(s);
    (void)FreeRTOS_GetLocalAddress(s, &to);
    *remote = *local = address_of(pxGetSocketEndpoint(s));
    local->port = FreeRTOS_ntohs(to.sin_port);
    remote->port = FreeRTOS_ntohs(from.sin_port);
    memcpy(remote->ip, &from.sin_address, remote->family == 6 ? 16 : 4);
    *socket = (uintptr_t)s;
    return true;
}

static int32_t call_write(void *context, uintptr_t s, const void *octets, uint32_t length)
{
    BaseType_t n = FreeRTOS_send((Socket_t)s, octets, length, FREERTOS_MSG_DONTWAIT);

    (void)context;
    return n >= 0 ? (int32_t)n : n == -pdFREERTOS_ERRNO_ENOSPC ? 0 : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_read(void *context, uintptr_t s, void *octets, uint32_t length)
{
    BaseType_t n = FreeRTOS_recv((Socket_t)s, octets, length, FREERTOS_MSG_DONTWAIT);

    (void)context;
    if (n == -pdFREERTOS_ERRNO_ENOTCONN) { /* call_state tells of a RST */
        return FreeRTOS_connstatus((Socket_t)s) == eCLOSE_WAIT ? 0 : MPTCP_E_AGAIN;
    }
    return n > 0 ? (int32_t)n : n == 0 ? MPTCP_E_AGAIN : MPTCP_E_SUBFLOW_FAILED;
}

/* A socket that has not been connected has no octets, and in eCLOSE_WAIT never will be. */
static unsigned call_state(void *context, uintptr_t s)
{
    BaseType_t tcp = FreeRTOS_connstatus((Socket_t)s);
    unsigned state = tcp == eCLOSED ? BELOW_POLLED_RESET : 0;

    (void)context;
    state |= tcp >= eESTABLISHED && tcp != eCLOSE_WAIT ? BELOW_POLLED_CONNECTED : 0;
    state |= tcp == eCLOSE_WAIT || FreeRTOS_rx_size((Socket_t)s) > 0 ? BELOW_POLLED_READABLE : 0;
    return state | (FreeRTOS_tx_space((Socket_t)s) > 0 ? BELOW_POLLED_WRITABLE : 0);
}

static void call_close(void *lock, uintptr_t s, enum below_close_how how)
{
    if (how == BELOW_FIN) {
        (void)FreeRTOS_shutdown((Socket_t)s, FREERTOS_SHUT_RDWR);
        return;
    }
    give(lock);
    (void)FreeRTOS_closesocket((Socket_t)s);
    take(lock);
}

/* -------------------------------------------------------------------- start */

static void random_octets(void *context, void *octets, size_t length)
{
    uint8_t *p = octets;
    uint32_t word = 0;

    (void)context;
    for (size_t i = 0; i < length; i++) {
        (void)xApplicationGetRandomNumber(&word);
        p[i] = (uint8_t)(word >> 16);
    }
}

static void changed(void *context, below_stream stream, below_listener listener)
{
    (void)context;
    below_blocking_changed(&fb_streams, stream, listener);
}

BaseType_t fb_init(void *mem, size_t size, const struct below_config *cfg, UBaseType_t priority,
                   configSTACK_DEPTH_TYPE stack)
{
    SemaphoreHandle_t lock = xSemaphoreCreateMutex();
    const struct below_threads threads = {lock, take, give, now, self, sleep_for, wake, look};
    const struct below_polled_calls calls = {lock,      call_open,  call_accept, call_write,
                                             call_read, call_state, call_close,  now};
    const struct below_host host = {.context = &fb.polled,
                                    .sockets = below_polled_sockets,
                                    .transmit = transmit,
                                    .random = random_octets,
                                    .changed = changed};

    memset(&fb, 0, sizeof fb);
    below_ticks_init(&fb.ticks, configTICK_RATE_HZ, xTaskGetTickCount());
    (void)below_polled_init(&fb.polled, &calls, fb.places, FB_SOCKETS);
    if (lock == NULL || cfg->shim.link != 14 ||
        below_blocking_init(&fb_streams, below_init(mem, size, cfg, &host, now(lock)), &threads) !=
            0) {
        return pdFAIL;
    }
    return xTaskCreate(work, "mptcp", stack, NULL, priority, &fb.task);
}

/*
 * freertos_ip.c - network buffers, interfaces, end-points and the IP task of freertos.h.
 */
#include "below_freertos.h"
#include "freertos_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER 14u

struct freertos_system freertos_sys;

void freertos_wrong(const char *what)
{
    world_wrong(freertos_sys.w, what);
}

TickType_t xTaskGetTickCount(void)
{
    /* It wraps during the tests. */
    return (TickType_t)((freertos_sys.w != NULL ? world_now(freertos_sys.w) : SECOND) / 1000) -
           3000u;
}

BaseType_t xApplicationGetRandomNumber(uint32_t *number)
{
    *number = world_random(freertos_sys.w);
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
    freertos_sys.buffers++;
    return b;
}

void vReleaseNetworkBufferAndDescriptor(NetworkBufferDescriptor_t *const buffer)
{
    free(buffer->pucEthernetBuffer);
    free(buffer);
    freertos_sys.buffers--;
}

/* The driver's function. It may wait for a task of its own, which may wait for a lock. */
static BaseType_t wire(NetworkInterface_t *nif, NetworkBufferDescriptor_t *const b,
                       BaseType_t release)
{
    unsigned i = (unsigned)(uintptr_t)nif->pvArgument;

    if (xTaskGetCurrentTaskHandle() != NULL || freertos_locked()) {
        freertos_wrong("a driver sends for another task than the IP task, or with a lock held");
    }

    if (b->pucEthernetBuffer[5] != i || b->pucEthernetBuffer[12] != 0x08) {
        freertos_wrong("a frame leaves with another Ethernet header");
    }
    world_sends(freertos_sys.w, freertos_sys.side, i, b->pucEthernetBuffer + HEADER,
                b->xDataLength - HEADER);
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

/* What the drivers call goes to the page's function first, as the linker would have it. */
static void arrives(void *context, unsigned nif, const uint8_t *packet, size_t len)
{
    IPStackEvent_t event = {eNetworkRxEvent, frame_of(nif, packet, len)};
    NetworkBufferDescriptor_t *b = event.pvData;

    (void)context;
    b->pxInterface = freertos_sys.nif[nif];
    assert_int_equal(pdPASS, __wrap_xSendEventStructToIPTask(&event, 0));
}

BaseType_t __real_xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait)
{
    NetworkBufferDescriptor_t *b = event->pvData;
    unsigned nif = (unsigned)(uintptr_t)b->pxInterface->pvArgument;

    (void)wait;
    toy_in(freertos_sys.toy, nif, b->pucEthernetBuffer + HEADER, b->xDataLength - HEADER,
           world_now(freertos_sys.w));
    vReleaseNetworkBufferAndDescriptor(b);
    return pdPASS;
}

/* From a task: a frame that the IP task is to send. */
BaseType_t xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait)
{
    struct freertos_system *s = &freertos_sys;

    assert_int_equal(0, wait); /* the lock is held */
    if (event->eEventType != eNetworkTxEvent || s->events == FREERTOS_EVENTS) {
        return pdFAIL;
    }
    s->event[s->events++] = event->pvData;
    return pdPASS;
}

static bool send_events(void)
{
    struct freertos_system *s = &freertos_sys;
    unsigned n = s->events;
    NetworkBufferDescriptor_t *event[FREERTOS_EVENTS];

    memcpy(event, s->event, sizeof event);
    s->events = 0;
    for (unsigned i = 0; i < n; i++) {
        (void)event[i]->pxInterface->pfOutput(event[i]->pxInterface, event[i], pdTRUE);
    }
    return n > 0;
}

NetworkInterface_t *freertos_interface(unsigned nif)
{
    return freertos_sys.nif[nif];
}

NetworkInterface_t *pxSTM32_FillInterfaceDescriptor(BaseType_t index, NetworkInterface_t *nif)
{
    *nif = (NetworkInterface_t){"eth", (void *)(uintptr_t)index, wire};
    freertos_sys.nif[index] = nif;
    return nif;
}

/* In the order of links, IPv4 first. */
static void make_end_points(void)
{
    for (unsigned i = 0; i < 4; i++) {
        NetworkEndPoint_t *e = &freertos_sys.end_point[i];
        struct mptcp_addr own = world_address(freertos_sys.side, i / 2, i % 2 == 0 ? 4 : 6);
        memset(e, 0, sizeof *e);
        e->bits.bIPv6 = i % 2;
        memcpy(&e->ipv4_settings.ulIPAddress, own.ip, i % 2 == 0 ? 4 : 0);
        memset(&e->ipv4_settings.ulNetMask, 0xff, i % 2 == 0 ? 3 : 0);
        memcpy(&e->ipv6_settings.xIPAddress, own.ip, i % 2 == 0 ? 0 : 16);
        e->ipv6_settings.uxPrefixLength = 64;
    }
}

void freertos_far(unsigned link)
{
    for (unsigned i = 0; i < 4; i++) {
        NetworkEndPoint_t *e = &freertos_sys.end_point[i];
        memset(&e->ipv4_settings.ulNetMask, 0xff, 4);
        e->ipv6_settings.uxPrefixLength = 128;
        e->ipv4_settings.ulGatewayAddress = i / 2 == link;
        e->ipv6_settings.xGatewayAddress.ucBytes[0] = i / 2 == link;
    }
}

NetworkEndPoint_t *FreeRTOS_FirstEndPoint(const NetworkInterface_t *nif)
{
    assert_null(nif);
    return &freertos_sys.end_point[0];
}

NetworkEndPoint_t *FreeRTOS_NextEndPoint(const NetworkInterface_t *nif, NetworkEndPoint_t *e)
{
    assert_null(nif);
    return e < &freertos_sys.end_point[3] ? e + 1 : NULL;
}

NetworkEndPoint_t *FreeRTOS_FindEndPointOnNetMask_IPv6(const IPv6_Address_t *address)
{
    for (NetworkEndPoint_t *e = freertos_sys.end_point; e < freertos_sys.end_point + 4; e++) {
        size_t octets = e->ipv6_settings.uxPrefixLength / 8;
        if (e->bits.bIPv6 != 0 && memcmp(&e->ipv6_settings.xIPAddress, address, octets) == 0) {
            return e;
        }
    }
    return NULL;
}

NetworkEndPoint_t *FreeRTOS_FindGateWay(BaseType_t type)
{
    for (NetworkEndPoint_t *e = freertos_sys.end_point; e < freertos_sys.end_point + 4; e++) {
        bool has = e->ipv4_settings.ulGatewayAddress != 0;
        if (has && e->bits.bIPv6 == (type == ipTYPE_IPv6)) {
            return e;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ IP task */

static bool send_all(void)
{
    uint8_t packet[SEG_MOST];
    unsigned nif;
    size_t len;
    bool any = false;

    while ((len = toy_out(freertos_sys.toy, &nif, packet)) != 0) {
        (void)freertos_sys.nif[nif]->pfOutput(freertos_sys.nif[nif], frame_of(nif, packet, len),
                                              pdTRUE);
        any = true;
    }
    return any;
}

static bool pump(void *context)
{
    bool any = false;

    (void)context;
    if (toy_deadline(freertos_sys.toy) <= world_now(freertos_sys.w)) {
        toy_timeout(freertos_sys.toy, world_now(freertos_sys.w));
        any = true;
    }
    any |= send_all();
    any |= freertos_tell();
    any |= freertos_run();
    any |= send_events();
    return any;
}

static mptcp_time deadline(void *context)
{
    mptcp_time at = toy_deadline(freertos_sys.toy);
    TickType_t left = freertos_next();

    (void)context;
    if (left == portMAX_DELAY) {
        return at;
    }
    mptcp_time task = (world_now(freertos_sys.w) / 1000 + left) * 1000;
    return task < at ? task : at;
}

const struct driver *freertos_begin(enum side side, const struct toy_config *cfg)
{
    memset(&freertos_sys, 0, sizeof freertos_sys);
    freertos_sys.side = side;
    freertos_sys.room = cfg->sndbuf;
    make_end_points();
    freertos_sys.toy = toy_new(cfg, 99);
    freertos_sys.driver = (struct driver){&freertos_sys, arrives, pump, deadline};
    for (unsigned i = 0; i < LINKS; i++) {
        (void)pxSTM32_FillInterfaceDescriptor((BaseType_t)i, &freertos_sys.own[i]);
    }
    freertos_tasks_begin();
    return &freertos_sys.driver;
}

void freertos_joins(struct world *w, unsigned links)
{
    freertos_sys.w = w;
    for (unsigned i = 0; i < links; i++) {
        struct mptcp_addr four = world_address(freertos_sys.side, i, 4);
        struct mptcp_addr six = world_address(freertos_sys.side, i, 6);
        toy_address(freertos_sys.toy, i, &four, 1500);
        toy_address(freertos_sys.toy, i, &six, 1500);
    }
}

void freertos_end(void)
{
    freertos_tasks_end();
    for (unsigned i = 0; i < freertos_sys.events; i++) {
        vReleaseNetworkBufferAndDescriptor(freertos_sys.event[i]);
    }
    toy_free(freertos_sys.toy);
    freertos_sockets_end();
    assert_int_equal(0, freertos_sys.buffers);
}

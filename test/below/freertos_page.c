/*
 * freertos_page.c - the examples of bindings/below/freertos/README.md, line for line (page.py), so
 * that they compile, and test_freertos.c runs them.
 */
#include "below_freertos.h"
#include "freertos.h"
#include "task.h"

#include <assert.h>

#define configASSERT(x) assert(x)

static NetworkInterface_t interfaces[2];

/* Linked with -Wl,--wrap=xSendEventStructToIPTask: the drivers call this. */
BaseType_t __wrap_xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait)
{
    if (event->eEventType == eNetworkRxEvent && fb_receive(event->pvData) == pdFALSE) {
        vReleaseNetworkBufferAndDescriptor(event->pvData);
        return pdPASS;
    }
    return __real_xSendEventStructToIPTask(event, wait);
}

static uint64_t memory[23000]; /* at least below_size(&cfg) octets */

void start(void)
{
    struct below_config cfg;

    below_config_init(&cfg);
    cfg.streams = 2;
    cfg.snd_buf = 16384;
    cfg.conn.rcv_buf = 16384;
    cfg.shim.link = 14;
    configASSERT(fb_init(memory, sizeof memory, &cfg, tskIDLE_PRIORITY + 2, 1024) == pdPASS);
    pxSTM32_FillInterfaceDescriptor(0, &interfaces[0]); /* each driver has its own */
    pxSTM32_FillInterfaceDescriptor(1, &interfaces[1]);
    configASSERT(fb_interface(&interfaces[0], 1500) == pdPASS);
    configASSERT(fb_interface(&interfaces[1], 1500) == pdPASS);
    /* FreeRTOS_FillEndPoint for each, then FreeRTOS_IPInit_Multi, tasks, vTaskStartScheduler */
}

#define SECONDS 1000000u

/* To be made once the end-points are up. */
static void client(void *argument)
{
    struct mptcp_addr local = {.family = 4, .ip = {10, 0, 0, 1}};
    struct mptcp_addr second = {.family = 4, .ip = {10, 0, 1, 1}};
    struct mptcp_addr server = {.family = 4, .port = 5001, .ip = {10, 0, 0, 2}};
    struct below_blocking *k = &fb_streams;
    uint8_t answer[100];
    below_stream s;

    (void)argument;
    below_blocking_add_address(k, &second, MPTCP_ADDR_JOIN);
    if (below_blocking_connect(k, &local, &server, &s, 10 * SECONDS) == MPTCP_OK) {
        below_blocking_write(k, s, "hello", 5, MPTCP_NEVER);
        below_blocking_shutdown(k, s);
        while (below_blocking_read(k, s, answer, sizeof answer, MPTCP_NEVER) > 0) {
        }
        below_blocking_close(k, s);
    }
    vTaskDelete(NULL);
}

static void server(void *argument)
{
    struct mptcp_addr any = {.port = 5001};
    struct mptcp_addr second = {.family = 4, .ip = {10, 0, 1, 2}};
    struct below_blocking *k = &fb_streams;
    uint8_t octets[512];
    below_listener l;
    below_stream s;
    int32_t n;

    (void)argument;
    below_blocking_add_address(k, &second, MPTCP_ADDR_ANNOUNCE);
    configASSERT(below_blocking_listen(k, &any, &l) == MPTCP_OK);
    while (below_blocking_accept(k, l, &s, MPTCP_NEVER) == MPTCP_OK) {
        while ((n = below_blocking_read(k, s, octets, sizeof octets, MPTCP_NEVER)) > 0) {
            below_blocking_write(k, s, octets, (uint32_t)n, MPTCP_NEVER);
        }
        below_blocking_close(k, s);
    }
}

/* MPTCP_OK: it is MPTCP; otherwise why it is plain TCP. */
static int why_plain(below_stream s, unsigned *subflows)
{
    struct mptcp_conn_report report = {0};

    mptcp_conn_info(below_conn(below_blocking_enter(&fb_streams, NULL), s), &report);
    below_blocking_leave(&fb_streams);
    *subflows = report.subflows;
    return report.fallback;
}

void freertos_page_start(void)
{
    start();
}

void freertos_page_client(void *argument)
{
    client(argument);
}

void freertos_page_server(void *argument)
{
    server(argument);
}

int freertos_page_why_plain(below_stream s, unsigned *subflows)
{
    return why_plain(s, subflows);
}

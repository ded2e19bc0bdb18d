/*
 * freertos_page.c - the examples of bindings/below/freertos/README.md, line for line (page.py), so
 * that they compile. test_freertos.c runs tasks like these.
 */
#include "below_freertos.h"
#include "task.h"

#include <assert.h>

#define configASSERT(x) assert(x)

static NetworkInterface_t interfaces[2];

/* In the place of the driver's own xSendEventStructToIPTask. */
static void frame_came(NetworkInterface_t *pxInterface, NetworkBufferDescriptor_t *pxDescriptor)
{
    IPStackEvent_t xRxEvent = {eNetworkRxEvent, pxDescriptor};

    if (fb_receive(pxInterface, pxDescriptor) == pdFALSE ||
        xSendEventStructToIPTask(&xRxEvent, 0) == pdFAIL) {
        vReleaseNetworkBufferAndDescriptor(pxDescriptor);
    }
}

static uint64_t memory[40000]; /* at least below_size(&cfg) octets */

void start(void)
{
    struct below_config cfg;

    below_config_init(&cfg);
    cfg.streams = 2;
    cfg.snd_buf = 16384;
    cfg.conn.rcv_buf = 16384;
    cfg.shim.link = 14;
    configASSERT(fb_init(memory, sizeof memory, &cfg, tskIDLE_PRIORITY + 2, 512) == pdPASS);
    pxFillInterfaceDescriptor(0, &interfaces[0]);
    pxFillInterfaceDescriptor(1, &interfaces[1]);
    fb_interface(&interfaces[0], 1500);
    fb_interface(&interfaces[1], 1500);
    /* FreeRTOS_FillEndPoint for each, then FreeRTOS_IPInit_Multi, tasks, vTaskStartScheduler */
}

static void client(void *argument)
{
    struct mptcp_addr local = {.family = 4, .ip = {10, 0, 0, 1}};
    struct mptcp_addr second = {.family = 4, .ip = {10, 0, 1, 1}};
    struct mptcp_addr server = {.family = 4, .port = 5001, .ip = {10, 0, 0, 2}};
    uint8_t answer[100];
    below_stream s;

    (void)argument;
    fb_add_address(&second, MPTCP_ADDR_JOIN);
    if (fb_connect(&local, &server, &s, pdMS_TO_TICKS(10000)) == MPTCP_OK) {
        fb_write(s, "hello", 5, portMAX_DELAY);
        fb_shutdown(s);
        while (fb_read(s, answer, sizeof answer, portMAX_DELAY) > 0) {
        }
        fb_close(s);
    }
    vTaskDelete(NULL);
}

static void server(void *argument)
{
    struct mptcp_addr any = {.port = 5001};
    struct mptcp_addr second = {.family = 4, .ip = {10, 0, 1, 2}};
    uint8_t octets[512];
    below_listener l;
    below_stream s;
    int32_t n;

    (void)argument;
    fb_add_address(&second, MPTCP_ADDR_ANNOUNCE);
    configASSERT(fb_listen(&any, &l) == MPTCP_OK);
    while (fb_accept(l, &s, portMAX_DELAY) == MPTCP_OK) {
        while ((n = fb_read(s, octets, sizeof octets, portMAX_DELAY)) > 0) {
            fb_write(s, octets, (uint32_t)n, portMAX_DELAY);
        }
        fb_shutdown(s);
        fb_close(s);
    }
}

void (*const freertos_page_driver)(NetworkInterface_t *, NetworkBufferDescriptor_t *) = frame_came;
void (*const freertos_page_start)(void) = start;
const TaskFunction_t freertos_page_tasks[2] = {client, server};

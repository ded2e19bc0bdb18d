/*
 * fb_main.c - packets between the IP task and the interfaces, the lock, the task that does what is
 * due, and the calls of other tasks (below_freertos.h).
 *
 * fb_task looks at all sockets and does what is due whenever a frame has passed, a socket has
 * called back, or a task has called, and when below_work says. A task that waits is told of each
 * change.
 */
#include "below_freertos_own.h"

#include "NetworkBufferManagement.h"

#include <string.h>

struct fb fb;

void fb_take(void)
{
    (void)xSemaphoreTake(fb.lock, portMAX_DELAY);
}

void fb_give(void)
{
    (void)xSemaphoreGive(fb.lock);
}

void fb_wake(void)
{
    (void)xTaskNotifyGive(fb.task);
}

/* The tick count wraps, this does not. */
mptcp_time fb_now(void)
{
    TickType_t tick = xTaskGetTickCount();

    fb.ticks += (TickType_t)(tick - fb.last);
    fb.last = tick;
    return fb.ticks * 1000000u / configTICK_RATE_HZ;
}

/* ------------------------------------------------------------- what it asks */

static void call_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    NetworkBufferDescriptor_t *b = pxGetNetworkBufferWithDescriptor(length, 0);

    (void)context;
    if (b == NULL) {
        return; /* as the network loses frames */
    }
    memcpy(b->pucEthernetBuffer, frame, length);
    b->xDataLength = length;
    b->pxInterface = fb.nif[nif];
    (void)fb.output[nif](fb.nif[nif], b, pdTRUE);
}

static void call_random(void *context, void *octets, size_t length)
{
    uint8_t *p = octets;
    uint32_t word = 0;

    (void)context;
    for (size_t i = 0; i < length; i++) {
        if (i % 4 == 0) {
            (void)xApplicationGetRandomNumber(&word);
        }
        p[i] = (uint8_t)(word >> 8 * (i % 4));
    }
}

static void call_changed(void *context, below_stream stream, below_listener listener)
{
    (void)context;
    (void)stream;
    (void)listener;
    for (unsigned i = 0; i < FB_WAITERS; i++) {
        if (fb.waiters[i] != NULL) {
            (void)xTaskNotifyGive(fb.waiters[i]);
        }
    }
}

static TickType_t ticks_until(mptcp_time due)
{
    mptcp_time t = fb_now();

    if (due == MPTCP_NEVER || due - t > 1000000000u) {
        return due == MPTCP_NEVER ? portMAX_DELAY : 1000 * configTICK_RATE_HZ;
    }
    return due <= t ? 0 : (TickType_t)((due - t) * configTICK_RATE_HZ / 1000000u + 1);
}

static void fb_task(void *argument)
{
    (void)argument;
    for (;;) {
        fb_take();
        fb_look();
        TickType_t wait = ticks_until(below_work(fb.below, fb_now()));
        fb_give();
        (void)ulTaskNotifyTake(pdTRUE, wait);
    }
}

/* ------------------------------------------------------------------ packets */

static unsigned index_of(const NetworkInterface_t *nif)
{
    unsigned i = 0;

    while (i < FB_INTERFACES && fb.nif[i] != nif) {
        i++;
    }
    return i;
}

/* The IP task sends a frame. */
static BaseType_t output(NetworkInterface_t *nif, NetworkBufferDescriptor_t *const buffer,
                         BaseType_t release)
{
    fb_take();
    (void)below_out(fb.below, index_of(nif), buffer->pucEthernetBuffer,
                    (uint32_t)buffer->xDataLength, fb_now());
    fb_give();
    fb_wake();
    if (release != pdFALSE) {
        vReleaseNetworkBufferAndDescriptor(buffer);
    }
    return pdTRUE;
}

BaseType_t fb_receive(NetworkInterface_t *nif, NetworkBufferDescriptor_t *buffer)
{
    fb_take();
    enum shim_pass pass = below_in(fb.below, index_of(nif), buffer->pucEthernetBuffer,
                                   (uint32_t)buffer->xDataLength, fb_now());
    fb_give();
    fb_wake();
    return pass == SHIM_PASS ? pdTRUE : pdFALSE;
}

BaseType_t fb_interface(NetworkInterface_t *nif, uint16_t mtu)
{
    unsigned i = index_of(NULL);

    if (i == FB_INTERFACES || below_set_mtu(fb.below, i, mtu) != MPTCP_OK) {
        return pdFAIL;
    }
    fb.nif[i] = nif;
    fb.output[i] = nif->pfOutput;
    nif->pfOutput = output;
    return pdPASS;
}

BaseType_t fb_init(void *mem, size_t size, const struct below_config *cfg, UBaseType_t priority,
                   configSTACK_DEPTH_TYPE stack)
{
    const struct below_host host = {.sockets = fb_sockets,
                                    .transmit = call_transmit,
                                    .random = call_random,
                                    .changed = call_changed};

    memset(&fb, 0, sizeof fb);
    fb.last = xTaskGetTickCount();
    fb.lock = xSemaphoreCreateMutex();
    fb.below = cfg->shim.link == 14 ? below_init(mem, size, cfg, &host, fb_now()) : NULL;
    if (fb.lock == NULL || fb.below == NULL) {
        return pdFAIL;
    }
    return xTaskCreate(fb_task, "mptcp", stack, NULL, priority, &fb.task);
}

/* ------------------------------------------------------------- calls of tasks */

/* Waits until something has changed, without the lock. False: the time is over. A task that was
 * noted before it gave the lock misses no change. */
static bool wait_change(TickType_t *left)
{
    TickType_t begin = xTaskGetTickCount();
    unsigned i = 0;

    while (i < FB_WAITERS && fb.waiters[i] != NULL) {
        i++;
    }
    if (*left == 0 || i == FB_WAITERS) {
        return false;
    }
    fb.waiters[i] = xTaskGetCurrentTaskHandle();
    fb_give();
    fb_wake();
    (void)ulTaskNotifyTake(pdTRUE, *left);
    fb_take();
    fb.waiters[i] = NULL;
    TickType_t spent = xTaskGetTickCount() - begin;
    if (*left != portMAX_DELAY) {
        *left = spent < *left ? *left - spent : 0;
    }
    return true;
}

/* A call is over: gives the lock, has done what is due because of it, and returns n. */
static int32_t over(int32_t n)
{
    fb_give();
    fb_wake();
    return n;
}

int fb_add_address(const struct mptcp_addr *addr, unsigned flags)
{
    fb_take();
    return over(below_add_address(fb.below, addr, flags, fb_now()));
}

int fb_connect(const struct mptcp_addr *local, const struct mptcp_addr *remote,
               below_stream *stream, TickType_t wait)
{
    fb_take();
    int code = below_connect(fb.below, local, remote, stream, fb_now());
    while (code == MPTCP_OK && (below_ready(fb.below, *stream) & (BELOW_OPEN | BELOW_ENDED)) == 0) {
        if (!wait_change(&wait)) {
            below_abort(fb.below, *stream, fb_now());
            return over(MPTCP_E_AGAIN);
        }
    }
    return over(code != MPTCP_OK ? code : below_code(fb.below, *stream));
}

int fb_listen(const struct mptcp_addr *local, below_listener *listener)
{
    fb_take();
    return over(below_listen(fb.below, local, listener, fb_now()));
}

int fb_accept(below_listener listener, below_stream *stream, TickType_t wait)
{
    int code;

    fb_take();
    while ((code = below_accept(fb.below, listener, stream)) == MPTCP_E_AGAIN &&
           wait_change(&wait)) {
    }
    return over(code);
}

int32_t fb_read(below_stream stream, void *octets, uint32_t length, TickType_t wait)
{
    int32_t n;

    fb_take();
    while ((n = below_read(fb.below, stream, octets, length, fb_now())) == MPTCP_E_AGAIN &&
           wait_change(&wait)) {
    }
    return over(n);
}

int32_t fb_write(below_stream stream, const void *octets, uint32_t length, TickType_t wait)
{
    uint32_t done = 0;
    int32_t n = 0;

    fb_take();
    while (done < length) {
        const uint8_t *from = (const uint8_t *)octets + done;
        n = below_write(fb.below, stream, from, length - done, fb_now());
        done += n > 0 ? (uint32_t)n : 0;
        if (n < 0 && (n != MPTCP_E_AGAIN || !wait_change(&wait))) {
            break;
        }
    }
    return over(done > 0 ? (int32_t)done : n);
}

int fb_shutdown(below_stream stream)
{
    fb_take();
    return over(below_shutdown(fb.below, stream, fb_now()));
}

void fb_close(below_stream stream)
{
    fb_take();
    below_close(fb.below, stream, fb_now());
    (void)over(0);
}

/*
 * tcpip.c - the binding in lwIP's thread: packets, calls of other threads, and the timer.
 *
 * What the main loop of a port without an operating system does (mptcp_lwip.h) is done here after
 * each packet, after each call, and by a timeout of lwIP's, the timer:
 *
 *   not set    nothing is due ever, and lwIP has no connection
 *   set        for the moment that mptcpl_sleep_us tells, or for lwIP's next TCP timer, after which
 *              there may be something to do: a connection that it gave up. A timer that is too
 *              early finds nothing to do; a later one is never taken for an earlier one's place.
 *
 * lwIP's thread computes how long it sleeps before it sleeps. Where other threads may set an
 * earlier time meanwhile, under the core lock, a message wakes it.
 */
#include "mptcp_lwip_threads.h"

#include "lwip/priv/tcp_priv.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

struct call {
    struct tcpip_api_call_data base; /* first: lwIP's */
    mptcpl_call_fn fn;
    void *arg;
};

/* All under the core lock, or in lwIP's thread alone. */
static struct {
    bool set;
    u32_t at; /* ms */
    bool waking;
    struct tcpip_callback_msg *wake;
} timer;

/* Milliseconds until there may be something to do; UINT32_MAX: there never will be. */
static u32_t rest(void)
{
    u32_t us = mptcpl_sleep_us();
    u32_t ms = us == UINT32_MAX ? us : us / 1000u + (us % 1000u != 0);

    return tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL ? LWIP_MIN(ms, TCP_TMR_INTERVAL) : ms;
}

static void on_timer(void *arg);

/* True if it is earlier than it was: lwIP's thread may have thought that it could sleep longer. */
static bool set_timer(void)
{
    u32_t ms = rest();
    u32_t at = sys_now() + ms;

    if (ms == UINT32_MAX || (timer.set && (s32_t)(at - timer.at) >= 0)) {
        return false;
    }
    if (timer.set) {
        sys_untimeout(on_timer, NULL);
    }
    timer.set = true;
    timer.at = at;
    sys_timeout(ms, on_timer, NULL);
    return true;
}

static void on_wake(void *arg)
{
    (void)arg;
    timer.waking = false;
}

/* lwIP's thread sleeps as long as it thought before, unless its mailbox has something. */
static void wake(void)
{
    if (!timer.waking) {
        timer.waking = tcpip_callbackmsg_trycallback(timer.wake) == ERR_OK;
    }
}

static void work(bool elsewhere)
{
    mptcpl_work();
    if (set_timer() && elsewhere) {
        wake();
    }
}

static void on_timer(void *arg)
{
    (void)arg;
    timer.set = false;
    work(false);
}

static err_t input(struct pbuf *p, struct netif *netif)
{
    err_t err = netif_input(p, netif);
    work(LWIP_TCPIP_CORE_LOCKING_INPUT);
    return err;
}

err_t mptcpl_threads_input(struct pbuf *p, struct netif *netif)
{
    return tcpip_inpkt(p, netif, input);
}

static err_t perform(struct tcpip_api_call_data *data)
{
    struct call *call = (struct call *)(void *)data;
    err_t err = call->fn(call->arg);

    work(LWIP_TCPIP_CORE_LOCKING);
    return err;
}

err_t mptcpl_call(mptcpl_call_fn fn, void *arg)
{
    struct call call = {.fn = fn, .arg = arg};
    return tcpip_api_call(perform, &call.base);
}

err_t mptcpl_threads_init(const struct mptcpl_port *port)
{
    timer.wake = tcpip_callbackmsg_new(on_wake, NULL);
    return timer.wake == NULL ? ERR_MEM : mptcpl_init(port);
}

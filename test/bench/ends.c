/*
 * ends.c - the clock, the interfaces and the queue of ends.h.
 */
#define _POSIX_C_SOURCE 200809L

#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

#include "mptcp_lwip.h"

#define QUEUE 16384u

static mptcp_time now_us = 1000000;
static struct netif ends[2];
static struct pbuf *queue[QUEUE];
static struct netif *queue_to[QUEUE];
static unsigned head;
static unsigned tail;
static uint64_t segments;
static uint64_t swallowed;
static bool swallows[2];

void ends_die(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(2);
}

u32_t sys_now(void)
{
    return (u32_t)(now_us / 1000);
}

static mptcp_time clock_us(void)
{
    return now_us;
}

static void entropy(void *out, size_t n)
{
    static unsigned state = 1;
    uint8_t *p = out;
    while (n-- > 0) {
        state = state * 1103515245u + 12345u;
        *p++ = (uint8_t)(state >> 16);
    }
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *dest)
{
    unsigned from = netif == &ends[1];

    (void)dest;
    segments += from == 0 && p->tot_len > 500;
    if (swallows[from]) {
        swallowed++;
        return ERR_OK;
    }
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_POOL, p);
    if (copy == NULL || tail - head == QUEUE) {
        ends_die("a queue is too short");
    }
    queue[tail % QUEUE] = copy;
    queue_to[tail++ % QUEUE] = &ends[1 - from];
    return ERR_OK;
}

static err_t init_netif(struct netif *netif)
{
    netif->output = output;
    netif->mtu = 1500;
    return ERR_OK;
}

void ends_address(unsigned end, ip_addr_t *addr)
{
    IP_ADDR4(addr, 10, 0, 0, (u8_t)(end + 1));
}

static void add_end(unsigned i)
{
    ip_addr_t a;
    ip4_addr_t mask;
    ip4_addr_t none;

    ends_address(i, &a);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_set_zero(&none);
    netif_add(&ends[i], ip_2_ip4(&a), &mask, &none, NULL, init_netif, ip_input);
    netif_set_up(&ends[i]);
    netif_set_link_up(&ends[i]);
}

void ends_begin(void)
{
    struct mptcpl_port port = {clock_us, entropy};

    lwip_init();
    if (mptcpl_init(&port) != ERR_OK) {
        ends_die("no memory");
    }
    add_end(0);
    add_end(1);
}

unsigned ends_deliver(unsigned most, enum ends_input to)
{
    static const netif_input_fn inputs[] = {ip_input, mptcpl_input, mptcpl_gather};
    unsigned n = 0;

    for (; n < most && head != tail; n++) {
        struct pbuf *p = queue[head % QUEUE];
        struct netif *netif = queue_to[head++ % QUEUE];
        now_us++;
        inputs[to](p, netif);
    }
    return n;
}

void ends_pass(uint32_t us)
{
    now_us += us;
    sys_check_timeouts();
    mptcpl_work();
}

void ends_settle(void)
{
    for (unsigned i = 0; i < 400; i++) {
        ends_deliver(UINT32_MAX, ENDS_LWIP);
        ends_pass(10000);
    }
}

uint64_t ends_segments(void)
{
    return segments;
}

void ends_swallow(unsigned end, bool yes)
{
    swallows[end] = yes;
}

uint64_t ends_swallowed(void)
{
    return swallowed;
}

double ends_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

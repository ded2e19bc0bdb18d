/*
 * wire.c - packets of the examples where lwIP has a thread of its own: each path has one, too,
 * which does what a driver's thread does: it waits for a packet and gives it to the interface.
 */
#include "example.h"

#include "lwip/sys.h"

#define WAITING 128

static sys_mbox_t queue[EXAMPLE_PATHS];

static void carry(void *arg)
{
    unsigned path = (unsigned)((sys_mbox_t *)arg - queue);
    void *p;

    for (;;) {
        sys_arch_mbox_fetch(&queue[path], &p, 0);
        example_net_arrive(path, p);
    }
}

void example_wire_begin(void)
{
    for (unsigned i = 0; i < EXAMPLE_PATHS; i++) {
        LWIP_ASSERT("no memory", sys_mbox_new(&queue[i], WAITING) == ERR_OK);
        sys_thread_new("path", carry, &queue[i], DEFAULT_THREAD_STACKSIZE, DEFAULT_THREAD_PRIO);
    }
}

void example_wire_put(unsigned path, struct pbuf *p)
{
    if (sys_mbox_trypost(&queue[path], p) != ERR_OK) {
        pbuf_free(p); /* as a queue that is full does */
    }
}

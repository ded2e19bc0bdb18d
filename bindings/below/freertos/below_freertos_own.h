/*
 * below_freertos_own.h - the state of below_freertos.h, and the calls between fb_main.c and
 * fb_sockets.c.
 */
#ifndef BELOW_FREERTOS_OWN_H
#define BELOW_FREERTOS_OWN_H

#include "below_freertos.h"
#include "semphr.h"
#include "task.h"

struct fb_socket {
    Socket_t socket; /* NULL: the place is free */
    uint8_t listens;
    uint8_t opening; /* its SYN has no answer yet */
    uint8_t full;    /* TCP did not take all of a write */
    uint8_t ended;   /* the peer's FIN was seen */
};

struct fb {
    struct below *below;
    SemaphoreHandle_t lock;
    TaskHandle_t task;
    TaskHandle_t waiters[FB_WAITERS];
    struct fb_socket sockets[FB_SOCKETS];
    NetworkInterface_t *nif[FB_INTERFACES];
    NetworkInterfaceOutputFunction_t output[FB_INTERFACES];
    uint64_t ticks; /* since fb_init */
    TickType_t last;
};

extern struct fb fb;
extern const struct below_sockets fb_sockets;

/* The lock of below.h: a mutex. */
void fb_take(void);
void fb_give(void);
/* fb_task looks at everything, soon. */
void fb_wake(void);
/* Under the lock: the time for below. */
mptcp_time fb_now(void);
/* Under the lock: tells below what its sockets tell. */
void fb_look(void);

#endif

/*
 * freertos.h - a host in the world whose system calls are those of FreeRTOS-Plus-TCP
 * (freertos_stub/FreeRTOS.h), over the toy TCP: for bindings/below/freertos.
 *
 * Tasks are threads of which one runs at a time, until it waits. The world's own thread is the IP
 * task and the drivers. Time is the world's.
 */
#ifndef TEST_BELOW_FREERTOS_H
#define TEST_BELOW_FREERTOS_H

#include "FreeRTOS.h"
#include "world.h"

/* Begins a system on this side, before world_new; its driver is for world_config. */
const struct driver *freertos_begin(enum side side, const struct toy_config *cfg);
/* The world is there: the interfaces have addresses. */
void freertos_joins(struct world *w, unsigned links);
NetworkInterface_t *freertos_interface(unsigned nif);
/* The interfaces hand what comes to fb_receive. */
void freertos_end(void);
/* True if a task's function has returned. */
bool freertos_returned(TaskHandle_t task);

#endif

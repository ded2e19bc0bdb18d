/*
 * freertos.h - a host in the world whose system calls are those of FreeRTOS-Plus-TCP
 * (freertos_stub/FreeRTOS.h), over the toy TCP: for bindings/below/freertos.
 *
 * Tasks are threads of which one runs at a time, until it waits. The world's own thread is the IP
 * task and the drivers. Time is the world's.
 *
 * What FreeRTOS-Plus-TCP does otherwise than the toy: a peer's FIN is answered by one as soon as
 * there is nothing to send, and then eLAST_ACK leads to eCLOSE_WAIT; a RST, to eCLOSED. eLAST_ACK
 * is also told before the peer's FIN has come, if ours was sent. An accepted socket says that it is
 * bound to what its listener is bound to.
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
/* No other host is in the net of an end-point; this link has a gateway. */
void freertos_far(unsigned link);
void freertos_end(void);
/* True if a task's function has returned. */
bool freertos_returned(TaskHandle_t task);

/* freertos_page.c */
NetworkInterface_t *pxSTM32_FillInterfaceDescriptor(BaseType_t index, NetworkInterface_t *nif);
BaseType_t __real_xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait);
BaseType_t __wrap_xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait);
void freertos_page_start(void);
void freertos_page_client(void *argument);
void freertos_page_server(void *argument);
int freertos_page_why_plain(below_stream s, unsigned *subflows);

#endif

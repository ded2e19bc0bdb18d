/*
 * below_freertos.h - MPTCP streams for tasks over FreeRTOS-Plus-TCP (V4, with more than one
 * interface), which is not changed.
 *
 *   before FreeRTOS_IPInit_Multi   fb_init; fb_interface for each interface
 *   the drivers                    fb_receive, for each frame before the IP task gets it
 *   tasks                          the calls of below_blocking.h on fb_streams
 *
 * README.md has the settings and the order. One image has one of it: its state is static. A task
 * that waits in a call on fb_streams uses its notification (index 0).
 */
#ifndef BELOW_FREERTOS_H
#define BELOW_FREERTOS_H

#include "FreeRTOS.h"
#include "FreeRTOS_IP.h"
#include "FreeRTOS_Routing.h"
#include "FreeRTOS_Sockets.h"
#include "below_blocking.h"

#define FB_INTERFACES 4u
#define FB_SOCKETS 32u /* sockets of all subflows and listeners */

extern struct below_blocking fb_streams;

/*
 * Makes the streams in mem (below_size octets, aligned like a uint64_t), and the task that does
 * what is due, with this priority (below the IP task's) and stack, in words. cfg->shim.link must be
 * 14. Returns pdFAIL: a wrong setting, or no memory for the task or the lock.
 */
BaseType_t fb_init(void *mem, size_t size, const struct below_config *cfg, UBaseType_t priority,
                   configSTACK_DEPTH_TYPE stack);

/* Puts the shim between an interface and the IP task: after fb_init and after the interface's
 * descriptor is filled, before it is used. mtu: of the interface. pdFAIL: there are FB_INTERFACES,
 * or the MTU is not 576 to cfg->shim.mtu. */
BaseType_t fb_interface(NetworkInterface_t *nif, uint16_t mtu);

/* A frame has come to buffer->pxInterface; to be called by the driver's task before it sends
 * eNetworkRxEvent to the IP task. pdFALSE: the frame is the driver's to release; pdTRUE: it goes
 * on, perhaps altered. */
BaseType_t fb_receive(NetworkBufferDescriptor_t *buffer);

#endif

/*
 * below_freertos.h - MPTCP streams for tasks over FreeRTOS-Plus-TCP (V4, with more than one
 * interface), which is not changed.
 *
 *   before FreeRTOS_IPInit_Multi   fb_init; fb_interface for each interface
 *   the drivers                    fb_receive, for each frame before the IP task gets it
 *   tasks                          fb_connect, fb_listen, fb_accept, fb_read, fb_write, ...
 *
 * README.md has the settings and the order. One image has one of it: its state is static. Times to
 * wait are in ticks, portMAX_DELAY: for ever. Codes are those of mptcp/error.h; MPTCP_E_AGAIN: the
 * time is over. A call that waits uses the notification of its task (index 0).
 */
#ifndef BELOW_FREERTOS_H
#define BELOW_FREERTOS_H

#include "FreeRTOS.h"
#include "FreeRTOS_IP.h"
#include "FreeRTOS_Routing.h"
#include "FreeRTOS_Sockets.h"
#include "below.h"

#define FB_INTERFACES 4u
#define FB_SOCKETS 32u /* sockets of all subflows and listeners */
#define FB_WAITERS 8u  /* tasks that wait in calls of this header at a time */

/*
 * Makes the streams in mem (below_size octets, aligned like a uint64_t), and the task that does
 * what is due, with this priority (below the IP task's) and stack, in words. cfg->shim.link must be
 * 14. Returns pdFAIL: a wrong setting, or no memory for the task or the lock.
 */
BaseType_t fb_init(void *mem, size_t size, const struct below_config *cfg, UBaseType_t priority,
                   configSTACK_DEPTH_TYPE stack);

/* Puts the shim between an interface and the IP task: after the interface's descriptor is filled,
 * before it is used. mtu: of the interface. pdFAIL: there are FB_INTERFACES. */
BaseType_t fb_interface(NetworkInterface_t *nif, uint16_t mtu);

/* A frame has come; to be called by the driver's task before it sends eNetworkRxEvent to the IP
 * task. pdFALSE: the frame is the driver's to release; pdTRUE: it goes on, perhaps altered. */
BaseType_t fb_receive(NetworkInterface_t *nif, NetworkBufferDescriptor_t *buffer);

/* As the calls of below.h. fb_connect returns once the stream is open. */
int fb_add_address(const struct mptcp_addr *addr, unsigned flags);
int fb_connect(const struct mptcp_addr *local, const struct mptcp_addr *remote,
               below_stream *stream, TickType_t wait);
int fb_listen(const struct mptcp_addr *local, below_listener *listener);
int fb_accept(below_listener listener, below_stream *stream, TickType_t wait);
/* Reads what there is, at least an octet; 0: the peer's end. */
int32_t fb_read(below_stream stream, void *octets, uint32_t length, TickType_t wait);
/* Writes all of it, or as much as was possible within the time; returns how many octets. */
int32_t fb_write(below_stream stream, const void *octets, uint32_t length, TickType_t wait);
int fb_shutdown(below_stream stream);
void fb_close(below_stream stream);

#endif

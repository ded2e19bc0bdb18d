/*
 * live.h - two hosts in real time, whose threads are those of POSIX: streams by below_blocking.h
 * and below_polled.h over the toy TCP.
 *
 * Each host has a thread of its stack, which moves packets and runs TCP's timers, as an IP task
 * does, a thread of below_blocking_work, and whatever threads the test makes. TCP has a lock of its
 * own, which is taken within that of the streams, never the other way round. Link i has the
 * addresses of world_address, IPv4 alone; packets arrive on the interface with their destination
 * address.
 */
#ifndef TEST_BELOW_LIVE_H
#define TEST_BELOW_LIVE_H

#include "below_blocking.h"
#include "world.h"

struct live;

/* Both hosts, with `places` for sockets each. Streams: 4; buffers of 16 KiB. */
struct live *live_new(uint32_t places);
/* No thread of the test's may be in a call. */
void live_free(struct live *l);
struct below_blocking *live_streams(struct live *l, enum side side);
/* Packets of every hundred, on all links, that are lost. */
void live_lose(struct live *l, unsigned percent);
/* Real time, in microseconds. */
mptcp_time live_now(void);

#endif

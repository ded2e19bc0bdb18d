/*
 * bridge.h - what C does for the Go package: below.h asks its host by function pointers, and Go has
 * none of C's. bridge.c has one for each, which calls the function of sockets.go or host.go that
 * cgo exports under a name of bridge_...
 *
 * `handle` is the number of a Go value (runtime/cgo.Handle), so that C keeps no pointer of Go's.
 */
#ifndef NETSTACK_BRIDGE_H
#define NETSTACK_BRIDGE_H

#include "below.h"

/* Fills *host with functions that call Go with this handle. */
void bridge_host(struct below_host *host, uintptr_t handle);

#endif

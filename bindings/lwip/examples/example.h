/*
 * example.h - what the examples share: a clock, entropy, and a network without wires.
 *
 * A client with two interfaces (think of WLAN and LTE) and a server with one, all in the one lwIP
 * of the process. Between each of the client's interfaces and the server is a path that can be cut.
 * An image for a board has drivers in place of net.c, and its own clock and random numbers in
 * place of port.c.
 *
 *   port.c           clock, entropy
 *   net.c            the interfaces, and which path a packet takes
 *   loop.c           NO_SYS 1: packets that wait, and the main loop
 *   threads/wire.c   NO_SYS 0: a thread for each path, as a driver has one
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include "lwip/netif.h"
#include "lwip/pbuf.h"

#include "mptcp_lwip.h"

#define EXAMPLE_PATHS 2

/* port.c */
extern const struct mptcpl_port example_port;

/* net.c: the interfaces come up. input: netif->input of each. */
void example_net_begin(netif_input_fn input);
void example_net_cut(unsigned path, bool cut);
const ip_addr_t *example_client(unsigned path);
const ip_addr_t *example_server(void);
struct netif *example_client_netif(unsigned path);

/* Both interfaces of the client are its connection's paths: in place of two calls of
 * mptcpl_add_path. */
void example_use_paths(void *arg, struct mptcpl_pcb *pcb);

/* loop.c or threads/wire.c: the packet, whose if_idx tells the interface that it arrives at, is on
 * this path from now on. */
void example_wire_begin(void);
void example_wire_put(unsigned path, struct pbuf *p);

/* net.c, for those two: it has arrived at the path's end, or is lost there. */
void example_net_arrive(unsigned path, struct pbuf *p);

/* loop.c: the main loop, until done says so. False after a minute. */
bool example_run(bool (*done)(void));

/* What the servers send, from the octet `at` on; and whether it is that. */
void example_octets(uint8_t *to, uint32_t at, uint32_t n);
bool example_right(const struct pbuf *p, uint32_t at);

/* "NAME: N octets, S subflows, ...": what a connection did, to stdout. */
void example_report(const char *name, struct mptcpl_pcb *pcb, uint32_t octets);

#endif

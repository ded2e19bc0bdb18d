/*
 * ends.h - two ends of lwIP in one process, without I/O: what one interface sends waits in a queue
 * until it is handed to the other. For programs that measure.
 */
#ifndef TEST_BENCH_ENDS_H
#define TEST_BENCH_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/ip_addr.h"
#include "lwip/netif.h"

/* Starts lwIP and the binding, and makes both ends. */
void ends_begin(void);

/* The address of end 0 or 1. */
void ends_address(unsigned end, ip_addr_t *addr);

/* What packets are handed to: lwIP; mptcpl_input, which works after each; mptcpl_gather. */
enum ends_input { ENDS_LWIP, ENDS_EACH, ENDS_GATHER };

/* Hands over at most `most` packets, which arrive a microsecond apart. Returns how many there were.
 */
unsigned ends_deliver(unsigned most, enum ends_input to);

/* Lets us microseconds pass, and does what is due then. */
void ends_pass(uint32_t us);

/* Hands over all that there is, and lets seconds pass: what is closing is then closed. */
void ends_settle(void);

/* Packets of more than 500 octets that end 0 has sent. */
uint64_t ends_segments(void);

/* What end 0 or 1 sends is lost, and counts, until it is told otherwise. */
void ends_swallow(unsigned end, bool yes);
uint64_t ends_swallowed(void);

/* CPU time of this process in nanoseconds. */
double ends_cpu_ns(void);

/* Writes a line to stderr and ends the program with status 2. */
void ends_die(const char *text);

#endif

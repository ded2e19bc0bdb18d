/*
 * pcapng.h - writes a capture of raw IP packets, one interface per path,
 * timestamps in microseconds.
 */
#ifndef MPTCPL_PCAPNG_H
#define MPTCPL_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The section header; false if the file can't be written. */
bool mptcpl_pcapng_begin(FILE *f);

/* An interface; they are numbered from 0 in the order of these calls, all before the first packet.
 */
bool mptcpl_pcapng_interface(FILE *f, const char *name);

/* A packet of len octets on an interface at us microseconds after the epoch. */
bool mptcpl_pcapng_packet(FILE *f, uint32_t interface, uint64_t us, const void *packet,
                          uint32_t len);

#endif

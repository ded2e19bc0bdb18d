/*
 * flows.h - connections between the two ends of ends.h, of lwIP's own TCP or of the binding: many
 * that are idle and one that is busy. For programs that measure.
 */
#ifndef TEST_BENCH_FLOWS_H
#define TEST_BENCH_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "mptcp_lwip.h"

enum flows_kind { FLOWS_RAW, FLOWS_MPTCP };

/* Listens at end 1. cfg: of the connections of the binding. */
void flows_begin(enum flows_kind kind, const struct mptcpl_config *cfg);

/* Opens n connections from end 0, each of which sends 100 octets, and waits until all is quiet. */
void flows_open(unsigned n);

/* The connection that was opened first sends so many octets; returns when all have arrived. Work is
 * done after each packet. */
void flows_transfer(uint32_t octets);

#endif

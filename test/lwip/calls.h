/*
 * calls.h - an application each of whose calls of mptcp_lwip.h a test can make at any time:
 * test_callbacks.c.
 */
#ifndef TEST_LWIP_CALLS_H
#define TEST_LWIP_CALLS_H

#include "suite.h"

struct app {
    struct mptcpl_pcb *pcb;
    struct mptcpl_pcb *parked; /* has to be closed */
    enum world_side side;
    uint64_t sent;
    uint64_t received;
    uint64_t limit; /* octets to write */
    bool wrong;
    bool gone;    /* no callback may come any more */
    bool shut;    /* ends its direction after the last octet */
    bool refuses; /* the rest of the callback: recv returns ERR_MEM */
};

/* The two ends, and what they share. */
struct ends {
    struct mptcpl_pcb *listener;
    struct app apps[2];
    uint8_t *saved; /* a parked connection */
    uint32_t saved_size;
};
extern struct ends ends;

/* Octet i of what an end writes. */
uint8_t app_octet(enum world_side side, uint64_t i);

/* A call, for this end's pcb; checks that what it returns is one of what it may return. */
typedef void (*app_call)(struct app *a);
extern const struct named_call {
    const char *name;
    app_call call;
} app_calls[];
extern const unsigned app_call_count;

unsigned app_call_named(const char *name);

#endif

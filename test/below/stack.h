/*
 * stack.h - what the page of bindings/below takes for somebody's small stack (page.c): frames,
 * sockets that do not block, a clock. Here it is the toy TCP in a world (stack.c).
 */
#ifndef TEST_BELOW_STACK_H
#define TEST_BELOW_STACK_H

#include "below.h"

struct frame {
    unsigned nif;
    uint32_t length;
    uint8_t octets[2000];
};

/* False: there is none. */
bool wire_receives(struct frame *f);
void wire_sends(unsigned nif, const uint8_t *octets, uint32_t length);
/* The next frame that TCP sends. */
bool tcp_emits(struct frame *f);
void tcp_takes(const struct frame *f);

/* 0: none. */
uint32_t tcp_connect(struct mptcp_addr *local, const struct mptcp_addr *remote);
uint32_t tcp_listen(const struct mptcp_addr *local);
uint32_t tcp_accept(uint32_t listener, struct mptcp_addr *local, struct mptcp_addr *remote);
#define TCP_NONE_NOW (-1)
#define TCP_OVER (-2)
int32_t tcp_send(uint32_t s, const void *octets, uint32_t length);
int32_t tcp_recv(uint32_t s, void *octets, uint32_t length); /* 0: a FIN */
bool tcp_is_over(uint32_t s);                                /* a RST came, or it has given up */
bool tcp_is_open(uint32_t s);
bool tcp_may_recv(uint32_t s);
bool tcp_may_send(uint32_t s);
void tcp_fin(uint32_t s);
void tcp_drop(uint32_t s);

uint64_t clock_us(void);
uint8_t entropy(void);

/* page.c */
extern struct below *below;
void streams_begin(void);
mptcp_time streams_round(void);
/* Of the test. */
void application(void);

#endif

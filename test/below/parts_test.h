/*
 * parts_test.h - for tests of single parts of the streams: streams over a TCP that does nothing.
 */
#ifndef TEST_BELOW_PARTS_TEST_H
#define TEST_BELOW_PARTS_TEST_H

#include "below_internal.h"
#include "below_test.h"

#include <stdlib.h>

#define BUFFER 4096u
#define STREAMS 300u

static inline int no_connect(void *context, struct mptcp_addr *local,
                             const struct mptcp_addr *remote, below_socket *s)
{
    (void)context;
    (void)local;
    (void)remote;
    (void)s;
    return MPTCP_E_SUBFLOW_FAILED;
}

static below_socket listens; /* the socket that the last call gave; 0: TCP does not listen */

static inline int some_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    (void)context;
    (void)local;
    *s = listens == 0 ? BELOW_NO_SOCKET : ++listens;
    return listens == 0 ? MPTCP_E_SUBFLOW_FAILED : 0;
}

static inline int32_t no_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    (void)context;
    (void)s;
    (void)octets;
    (void)length;
    return 0;
}

static inline int32_t no_read(void *context, below_socket s, void *octets, uint32_t length)
{
    (void)context;
    (void)s;
    (void)octets;
    (void)length;
    return MPTCP_E_AGAIN;
}

static inline void no_close(void *context, below_socket s, enum below_close_how how)
{
    (void)context;
    (void)s;
    (void)how;
}

static inline void no_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    (void)context;
    (void)nif;
    (void)frame;
    (void)length;
}

static inline void count_up(void *context, void *octets, size_t length)
{
    uint8_t *next = context;

    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)octets)[i] = (*next)++;
    }
}

static uint8_t entropy;
static uint32_t dice = 1;

static inline uint32_t draw(uint32_t n)
{
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) % n;
}

static inline struct below *make(uint32_t streams, void **memory)
{
    struct below_config cfg;
    const struct below_host host = {
        &entropy,    {no_connect, some_listen, no_write, no_read, no_close},
        no_transmit, count_up,
        NULL,        NULL,
        NULL};

    below_config_init(&cfg);
    cfg.streams = streams;
    cfg.conn.rcv_buf = BUFFER;
    size_t size = below_size(&cfg);
    *memory = malloc(size);
    assert_non_null(*memory);
    memset(*memory, 0xa5, size);
    struct below *b = below_init(*memory, size, &cfg, &host, 1);
    assert_non_null(b);
    return b;
}

#endif

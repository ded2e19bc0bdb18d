/*
 * threads.h - what the tests of bindings/lwip/threads share: lwIP with its own thread, in real
 * time, over the two paths of the examples.
 */
#ifndef TEST_THREADS_H
#define TEST_THREADS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "example.h"
#include "threads/mptcp_lwip_threads.h"

#define LIMIT_MS 20000u /* of what should not take long */

/* The paths are there again, and port() is another one. */
int threads_begin(void **state);
#define threaded(test) cmocka_unit_test_setup(test, threads_begin)

uint16_t port(void);

/* A listener, and a connection to it by both paths, with timeouts of LIMIT_MS. */
struct mptcpl_stream *serve(uint8_t backlog);
struct mptcpl_stream *dial(void);

/* Both ends of one. */
struct pair {
    struct mptcpl_stream *listener;
    struct mptcpl_stream *client;
    struct mptcpl_stream *server;
};
void pair_open(struct pair *p);
/* Whichever are there are closed. */
void pair_close(struct pair *p);

/* n octets of the sequence `which`, from the octet `at` on. */
void fill(uint8_t *to, unsigned which, uint32_t at, uint32_t n);

/* Subflows that the connection has. */
unsigned subflows(struct mptcpl_stream *stream);

int test_streams(void);
int test_ends(void);
int test_timer(void);
int test_beside(void);

#endif

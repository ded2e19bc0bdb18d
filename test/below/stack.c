/*
 * stack.c - the stack of the page (stack.h): the toy TCP with Ethernet headers, in a world.
 */
#include "stack.h"

#include "page_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER 14u

static struct {
    struct world *w;
    struct toy *toy;
    enum side side;
    struct driver driver;
    struct frame *in[1000]; /* frames that have come */
    unsigned first;
    unsigned count;
    mptcp_time due;
    bool again; /* something has come since the last round */
} sys;

static void arrives(void *context, unsigned nif, const uint8_t *packet, size_t len)
{
    struct frame *f = calloc(1, sizeof *f);

    (void)context;
    assert_true(f != NULL && sys.count < 1000 && HEADER + len <= sizeof f->octets);
    f->nif = nif;
    f->length = (uint32_t)(HEADER + len);
    f->octets[12] = 0x08;
    memcpy(f->octets + HEADER, packet, len);
    sys.in[(sys.first + sys.count++) % 1000] = f;
    sys.again = true;
}

bool wire_receives(struct frame *f)
{
    if (sys.count == 0) {
        return false;
    }
    *f = *sys.in[sys.first];
    free(sys.in[sys.first]);
    sys.first = (sys.first + 1) % 1000;
    sys.count--;
    return true;
}

void wire_sends(unsigned nif, const uint8_t *octets, uint32_t length)
{
    world_sends(sys.w, sys.side, nif, octets + HEADER, length - HEADER);
}

bool tcp_emits(struct frame *f)
{
    uint8_t packet[SEG_MOST];
    size_t len = toy_out(sys.toy, &f->nif, packet);

    assert_in_range(len, 0, sizeof f->octets - HEADER);
    memset(f->octets, 0, HEADER);
    f->octets[12] = 0x08;
    memcpy(f->octets + HEADER, packet, len);
    f->length = (uint32_t)(HEADER + len);
    return len != 0;
}

void tcp_takes(const struct frame *f)
{
    toy_in(sys.toy, f->nif, f->octets + HEADER, f->length - HEADER, world_now(sys.w));
}

/* ------------------------------------------------------------------ sockets */

uint32_t tcp_connect(struct mptcp_addr *local, const struct mptcp_addr *remote)
{
    return toy_connect(sys.toy, local, remote, world_now(sys.w));
}

uint32_t tcp_listen(const struct mptcp_addr *local)
{
    return toy_listen(sys.toy, local);
}

uint32_t tcp_accept(uint32_t listener, struct mptcp_addr *local, struct mptcp_addr *remote)
{
    return toy_accept(sys.toy, listener, local, remote);
}

int32_t tcp_send(uint32_t s, const void *octets, uint32_t length)
{
    int32_t n = toy_write(sys.toy, s, octets, length, world_now(sys.w));

    return n > 0 ? n : n == 0 ? TCP_NONE_NOW : TCP_OVER;
}

int32_t tcp_recv(uint32_t s, void *octets, uint32_t length)
{
    int32_t n = toy_read(sys.toy, s, octets, length, world_now(sys.w));

    return n >= 0 ? n : n == TOY_AGAIN ? TCP_NONE_NOW : TCP_OVER;
}

static struct toy_path path_of(uint32_t s)
{
    struct toy_path path = {0};

    (void)toy_path_of(sys.toy, s, &path);
    return path;
}

bool tcp_is_over(uint32_t s)
{
    return path_of(s).state == TOY_CLOSED;
}

bool tcp_is_open(uint32_t s)
{
    return path_of(s).state >= TOY_ESTABLISHED;
}

bool tcp_may_recv(uint32_t s)
{
    struct toy_path path = path_of(s);

    return path.readable > 0 || path.state > TOY_FIN_WAIT_2;
}

bool tcp_may_send(uint32_t s)
{
    return path_of(s).room > 0;
}

void tcp_fin(uint32_t s)
{
    toy_shutdown(sys.toy, s, world_now(sys.w));
}

void tcp_drop(uint32_t s)
{
    toy_forget(sys.toy, s, world_now(sys.w));
}

uint64_t clock_us(void)
{
    return sys.w != NULL ? world_now(sys.w) : SECOND;
}

uint8_t entropy(void)
{
    return sys.w != NULL ? (uint8_t)world_random(sys.w) : 7;
}

/* -------------------------------------------------------------------- world */

static bool pump(void *context)
{
    toy_sock s;
    int why;
    bool any = sys.again || sys.due <= world_now(sys.w);

    (void)context;
    if (toy_deadline(sys.toy) <= world_now(sys.w)) {
        toy_timeout(sys.toy, world_now(sys.w));
        any = true;
    }
    if (any) {
        sys.again = false;
        sys.due = streams_round();
    }
    while (toy_event(sys.toy, &s, &why) != 0) {
        sys.again = true;
    }
    return any || sys.again;
}

static mptcp_time deadline(void *context)
{
    mptcp_time at = toy_deadline(sys.toy);

    (void)context;
    return sys.due < at ? sys.due : at;
}

const struct driver *stack_begin(enum side side, const struct toy_config *cfg)
{
    memset(&sys, 0, sizeof sys);
    sys.side = side;
    sys.toy = toy_new(cfg, 5);
    sys.driver = (struct driver){&sys, arrives, pump, deadline};
    for (unsigned i = 0; i < 2; i++) {
        struct mptcp_addr addr = world_address(side, i, 4);
        toy_address(sys.toy, i, &addr, 1500);
    }
    return &sys.driver;
}

void stack_joins(struct world *w)
{
    sys.w = w;
}

void stack_end(void)
{
    struct frame f;

    while (wire_receives(&f)) {
    }
    toy_free(sys.toy);
}

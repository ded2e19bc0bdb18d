/*
 * page.c - the example of bindings/below/README.md, line for line (page.py); test_page.c runs it.
 */
#include "below_polled.h"
#include "stack.h" /* yours: frames, sockets that do not block, a clock */

#include <assert.h>

struct below *below;
static struct below_polled polled;
static struct below_polled_place places[16]; /* for sockets of all subflows, and listeners */
static uint64_t memory[23000];               /* at least below_size(&cfg) octets */

/* ---- sockets: what they make TCP send waits for tcp_emits */

static int call_open(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                     uintptr_t *s)
{
    (void)context;
    *s = remote != NULL ? tcp_connect(local, remote) : tcp_listen(local);
    return *s != 0 ? MPTCP_OK : MPTCP_E_SUBFLOW_FAILED;
}

static bool call_accept(void *context, uintptr_t listener, uintptr_t *s, struct mptcp_addr *local,
                        struct mptcp_addr *remote)
{
    (void)context;
    *s = tcp_accept((uint32_t)listener, local, remote);
    return *s != 0;
}

static int32_t call_write(void *context, uintptr_t s, const void *octets, uint32_t length)
{
    int32_t n = tcp_send((uint32_t)s, octets, length);

    (void)context;
    return n >= 0 ? n : n == TCP_NONE_NOW ? 0 : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t call_read(void *context, uintptr_t s, void *octets, uint32_t length)
{
    int32_t n = tcp_recv((uint32_t)s, octets, length);

    (void)context;
    return n >= 0 ? n : n == TCP_NONE_NOW ? MPTCP_E_AGAIN : MPTCP_E_SUBFLOW_FAILED;
}

static unsigned call_state(void *context, uintptr_t socket)
{
    uint32_t s = (uint32_t)socket;

    (void)context;
    return (tcp_is_over(s) ? BELOW_POLLED_RESET : 0) |
           (tcp_is_open(s) ? BELOW_POLLED_CONNECTED : 0) |
           (tcp_may_recv(s) ? BELOW_POLLED_READABLE : 0) |
           (tcp_may_send(s) ? BELOW_POLLED_WRITABLE : 0);
}

static void call_close(void *context, uintptr_t s, enum below_close_how how)
{
    (void)context;
    if (how == BELOW_FIN) {
        tcp_fin((uint32_t)s);
    } else {
        tcp_drop((uint32_t)s);
    }
}

/* ---- what the shim and the streams ask for */

static mptcp_time call_now(void *context)
{
    (void)context;
    return clock_us();
}

static void call_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    (void)context;
    wire_sends(nif, frame, length);
}

static void call_random(void *context, void *octets, size_t length)
{
    (void)context;
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)octets)[i] = entropy();
    }
}

/* ---- the start, and one round of the loop */

void streams_begin(void)
{
    const struct below_polled_calls calls = {NULL,      call_open,  call_accept, call_write,
                                             call_read, call_state, call_close,  call_now};
    const struct below_host host = {.context = &polled,
                                    .sockets = below_polled_sockets,
                                    .transmit = call_transmit,
                                    .random = call_random};
    struct below_config cfg;

    below_config_init(&cfg);
    cfg.streams = 2;
    cfg.snd_buf = cfg.conn.rcv_buf = 16384;
    cfg.shim.link = 14; /* Ethernet; 0 for packets without a link header */
    assert(below_size(&cfg) <= sizeof memory);
    below_polled_init(&polled, &calls, places, 16);
    below = below_init(memory, sizeof memory, &cfg, &host, clock_us());
    below_set_mtu(below, 0, 1500);
    below_set_mtu(below, 1, 1500);
}

/* Returns when the next round is due, if no frame comes and nothing happens to a socket before. */
mptcp_time streams_round(void)
{
    struct frame f;
    mptcp_time due;
    bool any;

    do {
        while (wire_receives(&f)) {
            if (below_in(below, f.nif, f.octets, f.length, clock_us()) == SHIM_PASS) {
                tcp_takes(&f);
            }
        }
        below_polled_look(&polled, below);
        application(); /* below_connect, below_read, below_write, ... as below_ready says */
        due = below_work(below, clock_us());
        any = false;
        while (tcp_emits(&f)) {
            (void)below_out(below, f.nif, f.octets, f.length, clock_us());
            any = true;
        }
    } while (any);
    return due;
}

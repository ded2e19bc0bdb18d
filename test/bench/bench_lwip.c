/*
 * bench_lwip.c - what MPTCP costs per segment: two lwIP ends in one process,
 * without I/O, MPTCP on one path against lwIP's own raw API, and against the same program
 * with MPTCP switched off. Runs are interleaved; the best of several rounds counts.
 *
 *   bench_lwip [ROUNDS]
 *
 * The loop is a port's: packets that have come in go to mptcpl_gather, 64 at a time, and then
 * mptcpl_work is called; or each goes to mptcpl_input. Those of raw lwIP go to ip_input.
 *
 * Printed: CPU nanoseconds per data segment and end, for windows of 128 KiB and 1 MiB, and
 * how many times that of raw lwIP; the limits are 1.2 with work for 64 packets at a time and 1.35
 * with work for each. Exit status 1 if one is exceeded.
 *
 *   bench_lwip --once raw|plain|multipath each|batch
 *
 * One transfer in a window of 128 KiB, for a profiler. Prints the number of data segments.
 */
#include "ends.h"
#include "mptcp_lwip.h"

#include "lwip/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 16384u
#define BATCH 64u
#define LIMIT_BATCH 1.2
#define LIMIT_EACH 1.35

static uint32_t total = 200u << 20;
static uint64_t received;
static uint64_t written;
static uint32_t window;
static uint8_t chunk[CHUNK];
static bool eof;
static enum mode { RAW, PLAIN, MULTIPATH } mode;
static bool each; /* work after each packet */
static struct tcp_pcb *tcp_listener;
static struct mptcpl_pcb *mptcp_listener;

/* Nothing but timers moves the clock when all has been handed over. */
static void run_until_eof(void)
{
    enum ends_input to = mode == RAW ? ENDS_LWIP : each ? ENDS_EACH : ENDS_GATHER;

    eof = false;
    while (!eof) {
        ends_pass(ends_deliver(BATCH, to) < BATCH ? 1000 : 0);
    }
}

/* ---------------------------------------------------------------------- plain TCP */

static void tcp_feed(struct tcp_pcb *pcb)
{
    while (written < total && tcp_sndbuf(pcb) >= CHUNK &&
           pcb->snd_lbb - pcb->lastack + CHUNK <= window) {
        if (tcp_write(pcb, chunk, CHUNK, TCP_WRITE_FLAG_COPY) != ERR_OK) {
            break;
        }
        written += CHUNK;
    }
    if (written >= total) {
        tcp_shutdown(pcb, 0, 1);
    }
    tcp_output(pcb);
}

static err_t tcp_sent_more(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    (void)arg;
    (void)len;
    if (written < total) {
        tcp_feed(pcb);
    }
    return ERR_OK;
}

static err_t tcp_open(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    tcp_sent(pcb, tcp_sent_more);
    tcp_feed(pcb);
    return ERR_OK;
}

static err_t tcp_got(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p == NULL) {
        eof = true;
        return tcp_close(pcb);
    }
    received += p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static err_t tcp_got_client(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    return p == NULL ? tcp_close(pcb) : ERR_OK;
}

static err_t tcp_came(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    tcp_recv(pcb, tcp_got);
    return ERR_OK;
}

static void start_tcp(const ip_addr_t *from, const ip_addr_t *to, uint16_t port)
{
    struct tcp_pcb *l = tcp_new_ip_type(IPADDR_TYPE_V4);
    tcp_bind(l, to, port);
    l = tcp_listen(l);
    tcp_accept(l, tcp_came);
    tcp_listener = l;
    struct tcp_pcb *c = tcp_new_ip_type(IPADDR_TYPE_V4);
    tcp_bind(c, from, 0);
    tcp_nagle_disable(c);
    tcp_recv(c, tcp_got_client);
    tcp_connect(c, to, port, tcp_open);
}

/* -------------------------------------------------------------------------- MPTCP */

static void mptcp_feed(struct mptcpl_pcb *m)
{
    while (written < total && mptcpl_sndbuf(m) >= CHUNK) {
        mptcpl_write(m, chunk, CHUNK);
        written += CHUNK;
    }
    if (written >= total) {
        mptcpl_shutdown(m, 0, 1);
    }
}

static err_t mptcp_sent_more(void *arg, struct mptcpl_pcb *m, uint32_t len)
{
    (void)arg;
    (void)len;
    if (written < total) {
        mptcp_feed(m);
    }
    return ERR_OK;
}

static err_t mptcp_open(void *arg, struct mptcpl_pcb *m, err_t err)
{
    (void)arg;
    (void)err;
    mptcp_feed(m);
    return ERR_OK;
}

static err_t mptcp_got(void *arg, struct mptcpl_pcb *m, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p == NULL) {
        eof = true;
        return mptcpl_close(m);
    }
    received += p->tot_len;
    mptcpl_recved(m, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static err_t mptcp_got_client(void *arg, struct mptcpl_pcb *m, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    return p == NULL ? mptcpl_close(m) : ERR_OK;
}

static err_t mptcp_came(void *arg, struct mptcpl_pcb *m, err_t err)
{
    (void)arg;
    (void)err;
    mptcpl_recv(m, mptcp_got);
    return ERR_OK;
}

static void start_mptcp(const ip_addr_t *from, const ip_addr_t *to, uint16_t port)
{
    struct mptcpl_config cfg;
    mptcpl_config_init(&cfg);
    cfg.no_mptcp = mode == PLAIN;
    cfg.snd_buf = window;
    cfg.rcv_buf = window;
    struct mptcpl_pcb *l = mptcpl_new(&cfg);
    mptcpl_bind(l, to, port);
    mptcpl_listen(l, 5);
    mptcpl_accept(l, mptcp_came);
    mptcp_listener = l;
    struct mptcpl_pcb *c = mptcpl_new(&cfg);
    mptcpl_bind(c, from, 0);
    mptcpl_recv(c, mptcp_got_client);
    mptcpl_sent(c, mptcp_sent_more);
    mptcpl_connect(c, to, port, mptcp_open);
}

/* ----------------------------------------------------------------------- measuring */

/* CPU nanoseconds per data segment and end of one transfer. */
static double transfer(enum mode how)
{
    static uint16_t port = 1000;
    ip_addr_t from;
    ip_addr_t to;

    ends_address(0, &from);
    ends_address(1, &to);
    received = written = 0;
    port++;
    mode = how;
    uint64_t segments = ends_segments();
    double start = ends_cpu_ns();
    (how == RAW ? start_tcp : start_mptcp)(&from, &to, port);
    run_until_eof();
    double spent = ends_cpu_ns() - start;
    if (received != total) {
        ends_die("bench_lwip: not all octets have arrived");
    }
    double per = spent / (double)(ends_segments() - segments) / 2;
    if (how == RAW) {
        tcp_close(tcp_listener);
    } else {
        mptcpl_close(mptcp_listener);
    }
    ends_settle();
    return per;
}

/* How many times that of raw lwIP. */
static double compare(uint32_t octets, unsigned rounds)
{
    double best[3] = {1e9, 1e9, 1e9};
    window = octets;
    for (unsigned i = 0; i < 3 * rounds; i++) {
        double ns = transfer((enum mode)(i % 3));
        best[i % 3] = ns < best[i % 3] ? ns : best[i % 3];
    }
    double times = best[MULTIPATH] / best[RAW];
    printf("window %4u KiB, work %s, ns per segment and end: raw lwIP %.0f, without MPTCP %.0f, "
           "with MPTCP %.0f: %.2f times raw lwIP\n",
           octets / 1024, each ? "for each packet" : "for 64 packets", best[RAW], best[PLAIN],
           best[MULTIPATH], times);
    return times;
}

static int once(const char *how, const char *when)
{
    window = 128u << 10;
    total = 20u << 20;
    each = strcmp(when, "each") == 0;
    uint64_t before = ends_segments();
    transfer(how[0] == 'r' ? RAW : how[0] == 'p' ? PLAIN : MULTIPATH);
    printf("%llu\n", (unsigned long long)(ends_segments() - before));
    return 0;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;
    bool good = true;

    if (argc == 4 && strcmp(argv[1], "--once") == 0) {
        ends_begin();
        return once(argv[2], argv[3]);
    }
    if (rounds == 0 || argc > 2) {
        ends_die("usage: bench_lwip [ROUNDS | --once raw|plain|multipath each|batch]");
    }
    ends_begin();
    for (unsigned i = 0; i < 4; i++) {
        each = i >= 2;
        good &= compare(i % 2 == 0 ? 128u << 10 : 1024u << 10, rounds) <=
                (each ? LIMIT_EACH : LIMIT_BATCH);
    }
    printf("at most %.2f and %.2f times\n", LIMIT_BATCH, LIMIT_EACH);
    return good ? 0 : 1;
}

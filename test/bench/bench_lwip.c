/*
 * bench_lwip.c - what MPTCP costs per segment: two lwIP ends in one process,
 * without I/O, MPTCP on one path against the same program with MPTCP switched
 * off, and against lwIP's own raw API. Runs are interleaved; the best of several
 * rounds counts. The loop is a port's: what has come in goes to lwIP, then
 * mptcpl_work once.
 *
 *   bench_lwip [ROUNDS]
 *
 * Printed: CPU nanoseconds per data segment and end, for windows of 128 KiB and 1 MiB,
 * and how much more MPTCP takes than the same program without it; the limit is 80.
 * Exit status 1 if it is exceeded.
 */
#define _POSIX_C_SOURCE 200809L

#include "mptcp_lwip.h"

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOTAL (200u << 20)
#define QUEUE 16384u
#define CHUNK 16384u
#define LIMIT_NS 80.0

static mptcp_time now_us = 1000000;
static struct netif ends[2];
static struct pbuf *queue[QUEUE];
static struct netif *queue_to[QUEUE];
static unsigned head;
static unsigned tail;
static uint64_t segments;
static uint64_t received;
static uint64_t written;
static uint32_t window;
static uint8_t chunk[CHUNK];
static bool eof;
static enum mode { RAW, PLAIN, MULTIPATH } mode;
static struct tcp_pcb *tcp_listener;
static struct mptcpl_pcb *mptcp_listener;

u32_t sys_now(void)
{
    return (u32_t)(now_us / 1000);
}

static mptcp_time clock_us(void)
{
    return now_us;
}

static void entropy(void *out, size_t n)
{
    static unsigned state = 1;
    uint8_t *p = out;
    while (n-- > 0) {
        state = state * 1103515245u + 12345u;
        *p++ = (uint8_t)(state >> 16);
    }
}

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *dest)
{
    (void)dest;
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_POOL, p);
    if (copy == NULL || tail - head == QUEUE) {
        fprintf(stderr, "bench_lwip: a queue is too short\n");
        exit(2);
    }
    queue[tail % QUEUE] = copy;
    queue_to[tail++ % QUEUE] = netif == &ends[0] ? &ends[1] : &ends[0];
    segments += netif == &ends[0] && p->tot_len > 500;
    return ERR_OK;
}

static err_t init_netif(struct netif *netif)
{
    netif->output = output;
    netif->mtu = 1500;
    return ERR_OK;
}

/* Packets arrive a microsecond apart; nothing else moves the clock but timers. */
static void run_until_eof(void)
{
    eof = false;
    while (!eof) {
        for (unsigned n = 0; n < 64 && head != tail; n++) {
            struct pbuf *p = queue[head % QUEUE];
            struct netif *to = queue_to[head++ % QUEUE];
            now_us++;
            ip_input(p, to);
        }
        if (head == tail) {
            now_us += 1000;
        }
        sys_check_timeouts();
        mptcpl_work();
    }
}

static void settle(void)
{
    for (unsigned i = 0; i < 400; i++) {
        while (head != tail) {
            struct pbuf *p = queue[head % QUEUE];
            struct netif *to = queue_to[head++ % QUEUE];
            ip_input(p, to);
        }
        now_us += 10000;
        sys_check_timeouts();
        mptcpl_work();
    }
}

/* ---------------------------------------------------------------------- plain TCP */

static void tcp_feed(struct tcp_pcb *pcb)
{
    while (written < TOTAL && tcp_sndbuf(pcb) >= CHUNK &&
           pcb->snd_lbb - pcb->lastack + CHUNK <= window) {
        if (tcp_write(pcb, chunk, CHUNK, TCP_WRITE_FLAG_COPY) != ERR_OK) {
            break;
        }
        written += CHUNK;
    }
    if (written >= TOTAL) {
        tcp_shutdown(pcb, 0, 1);
    }
    tcp_output(pcb);
}

static err_t tcp_sent_more(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    (void)arg;
    (void)len;
    if (written < TOTAL) {
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
    while (written < TOTAL && mptcpl_sndbuf(m) >= CHUNK) {
        mptcpl_write(m, chunk, CHUNK);
        written += CHUNK;
    }
    if (written >= TOTAL) {
        mptcpl_shutdown(m, 0, 1);
    }
}

static err_t mptcp_sent_more(void *arg, struct mptcpl_pcb *m, uint32_t len)
{
    (void)arg;
    (void)len;
    if (written < TOTAL) {
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

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* CPU nanoseconds per data segment and end of one transfer. */
static double transfer(enum mode how)
{
    static uint16_t port = 1000;
    ip_addr_t from;
    ip_addr_t to;

    IP_ADDR4(&from, 10, 0, 0, 1);
    IP_ADDR4(&to, 10, 0, 0, 2);
    received = written = segments = 0;
    port++;
    mode = how;
    double start = cpu_ns();
    (how == RAW ? start_tcp : start_mptcp)(&from, &to, port);
    run_until_eof();
    double spent = cpu_ns() - start;
    if (received != TOTAL) {
        fprintf(stderr, "bench_lwip: %llu octets arrived, not %u\n", (unsigned long long)received,
                TOTAL);
        exit(2);
    }
    double per = spent / (double)segments / 2;
    if (how == RAW) {
        tcp_close(tcp_listener);
    } else {
        mptcpl_close(mptcp_listener);
    }
    settle();
    return per;
}

static double compare(uint32_t octets, unsigned rounds)
{
    double best[3] = {1e9, 1e9, 1e9};
    window = octets;
    for (unsigned i = 0; i < 3 * rounds; i++) {
        double ns = transfer((enum mode)(i % 3));
        best[i % 3] = ns < best[i % 3] ? ns : best[i % 3];
    }
    printf("window %4u KiB, ns per segment and end: raw lwIP %.1f, without MPTCP %.1f, with %.1f: "
           "%.1f more (%.1f more than raw)\n",
           octets / 1024, best[RAW], best[PLAIN], best[MULTIPATH], best[MULTIPATH] - best[PLAIN],
           best[MULTIPATH] - best[RAW]);
    return best[MULTIPATH] - best[PLAIN];
}

static void add_end(unsigned i)
{
    ip4_addr_t a;
    ip4_addr_t mask;
    ip4_addr_t none;
    IP4_ADDR(&a, 10, 0, 0, i + 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_set_zero(&none);
    netif_add(&ends[i], &a, &mask, &none, NULL, init_netif, ip_input);
    netif_set_up(&ends[i]);
    netif_set_link_up(&ends[i]);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;
    struct mptcpl_port port = {clock_us, entropy};

    if (rounds == 0) {
        fprintf(stderr, "usage: bench_lwip [ROUNDS]\n");
        return 2;
    }
    lwip_init();
    mptcpl_init(&port);
    add_end(0);
    add_end(1);
    double small = compare(128u << 10, rounds);
    double large = compare(1024u << 10, rounds);
    printf("limit: %.0f ns more\n", LIMIT_NS);
    return small <= LIMIT_NS && large <= LIMIT_NS ? 0 : 1;
}

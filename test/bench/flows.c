/*
 * flows.c - the applications of flows.h: what comes is read at once.
 */
#include "flows.h"

#include "ends.h"

#include "lwip/tcp.h"

#define PORT 80
#define CHUNK 16384u
#define GREETING 100u
#define WINDOW (128u << 10)
#define AT_ONCE 64u

static enum flows_kind kind;
static struct mptcpl_config config;
static uint8_t chunk[CHUNK];
static uint64_t received;
static uint32_t left; /* octets that the busy one has to write */
static unsigned opened;
static struct tcp_pcb *busy_tcp;
static struct mptcpl_pcb *busy_mptcp;

/* ----------------------------------------------------------------------------- raw */

static err_t raw_got(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p != NULL) {
        received += p->tot_len;
        tcp_recved(pcb, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

static err_t raw_came(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    tcp_recv(pcb, raw_got);
    return ERR_OK;
}

static void raw_feed(void)
{
    while (left > 0 && tcp_sndbuf(busy_tcp) >= CHUNK &&
           busy_tcp->snd_lbb - busy_tcp->lastack + CHUNK <= WINDOW &&
           tcp_write(busy_tcp, chunk, CHUNK, TCP_WRITE_FLAG_COPY) == ERR_OK) {
        left -= CHUNK;
    }
    tcp_output(busy_tcp);
}

static err_t raw_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    (void)arg;
    (void)len;
    if (pcb == busy_tcp && left > 0) {
        raw_feed();
    }
    return ERR_OK;
}

static err_t raw_open(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    busy_tcp = busy_tcp == NULL ? pcb : busy_tcp;
    tcp_sent(pcb, raw_sent);
    tcp_write(pcb, chunk, GREETING, TCP_WRITE_FLAG_COPY);
    opened++;
    return ERR_OK;
}

static void raw_listen(const ip_addr_t *at)
{
    struct tcp_pcb *l = tcp_new_ip_type(IPADDR_TYPE_V4);

    tcp_bind(l, at, PORT);
    l = tcp_listen(l);
    tcp_accept(l, raw_came);
}

static void raw_connect(const ip_addr_t *from, const ip_addr_t *to)
{
    struct tcp_pcb *c = tcp_new_ip_type(IPADDR_TYPE_V4);

    tcp_bind(c, from, 0);
    tcp_nagle_disable(c);
    tcp_connect(c, to, PORT, raw_open);
}

/* --------------------------------------------------------------------------- MPTCP */

static err_t multi_got(void *arg, struct mptcpl_pcb *m, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p != NULL) {
        received += p->tot_len;
        mptcpl_recved(m, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

static err_t multi_came(void *arg, struct mptcpl_pcb *m, err_t err)
{
    (void)arg;
    (void)err;
    mptcpl_recv(m, multi_got);
    return ERR_OK;
}

static void multi_feed(void)
{
    while (left > 0 && mptcpl_sndbuf(busy_mptcp) >= CHUNK &&
           mptcpl_write(busy_mptcp, chunk, CHUNK) == ERR_OK) {
        left -= CHUNK;
    }
}

static err_t multi_sent(void *arg, struct mptcpl_pcb *m, uint32_t len)
{
    (void)arg;
    (void)len;
    if (m == busy_mptcp) {
        multi_feed();
    }
    return ERR_OK;
}

static err_t multi_open(void *arg, struct mptcpl_pcb *m, err_t err)
{
    (void)arg;
    (void)err;
    busy_mptcp = busy_mptcp == NULL ? m : busy_mptcp;
    mptcpl_write(m, chunk, GREETING);
    opened++;
    return ERR_OK;
}

static void multi_listen(const ip_addr_t *at)
{
    struct mptcpl_pcb *l = mptcpl_new(&config);

    mptcpl_bind(l, at, PORT);
    mptcpl_listen(l, 255);
    mptcpl_accept(l, multi_came);
}

static void multi_connect(const ip_addr_t *from, const ip_addr_t *to)
{
    struct mptcpl_pcb *c = mptcpl_new(&config);

    if (c == NULL) {
        ends_die("no memory for a connection");
    }
    mptcpl_bind(c, from, 0);
    mptcpl_sent(c, multi_sent);
    mptcpl_connect(c, to, PORT, multi_open);
}

/* ---------------------------------------------------------------------------- both */

void flows_begin(enum flows_kind which, const struct mptcpl_config *cfg)
{
    ip_addr_t at;

    kind = which;
    config = *cfg;
    ends_address(1, &at);
    (kind == FLOWS_RAW ? raw_listen : multi_listen)(&at);
}

/* Until nothing is on the way, delayed acknowledgements included. */
static void deliver_all(void)
{
    for (unsigned i = 0; i < 3; i++) {
        while (ends_deliver(AT_ONCE, kind == FLOWS_MPTCP ? ENDS_EACH : ENDS_LWIP) > 0) {
        }
        ends_pass(100000);
    }
}

void flows_open(unsigned n)
{
    ip_addr_t from;
    ip_addr_t to;
    unsigned before = opened;
    uint64_t octets = received;

    ends_address(0, &from);
    ends_address(1, &to);
    for (unsigned i = 0; i < n; i++) {
        (kind == FLOWS_RAW ? raw_connect : multi_connect)(&from, &to);
        if (i % AT_ONCE == AT_ONCE - 1) {
            deliver_all();
        }
    }
    for (unsigned i = 0; i < 10; i++) {
        deliver_all();
    }
    if (opened - before != n || received - octets != (uint64_t)n * GREETING) {
        ends_die("not all connections are open");
    }
}

void flows_transfer(uint32_t octets)
{
    uint64_t end = received + octets;

    left = octets;
    if (kind == FLOWS_RAW) {
        raw_feed();
    } else {
        multi_feed();
        mptcpl_work();
    }
    while (received < end) {
        ends_pass(ends_deliver(AT_ONCE, kind == FLOWS_MPTCP ? ENDS_EACH : ENDS_LWIP) < AT_ONCE
                      ? 1000
                      : 0);
    }
}

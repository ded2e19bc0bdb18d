/*
 * raw.c - a client and a server over the binding's raw calls, without an operating system
 * (NO_SYS 1): lwIP's raw API with mptcpl_ in place of tcp_, and in main what an image does once.
 *
 * The client asks for a number of octets and gets them, while the path of its first subflow is cut.
 * Exit status 0: all of them came and were right.
 */
#include "example.h"

#include "lwip/init.h"
#include "lwip/mem.h"

#include <stdio.h>

#define PORT 5000
#define WANTED (4u << 20)
#define BLOCK 1024u

/* --------------------------------------------------------------- the server */

/* What it does for one client. */
struct answer {
    uint32_t wanted;
    uint32_t sent;
};

/* As much as there is room for; on_sent goes on. */
static void send_more(struct mptcpl_pcb *pcb, struct answer *a)
{
    uint8_t block[BLOCK];

    while (a->sent < a->wanted) {
        uint32_t n = LWIP_MIN(LWIP_MIN(BLOCK, a->wanted - a->sent), mptcpl_sndbuf(pcb));
        example_octets(block, a->sent, n);
        if (n == 0 || mptcpl_write(pcb, block, n) != ERR_OK) {
            return;
        }
        a->sent += n;
    }
    mptcpl_close(pcb); /* what was written still leaves; no callback comes any more */
    mem_free(a);
}

static err_t on_request(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    struct answer *a = arg;
    uint32_t wanted = 0;

    (void)err;
    if (p == NULL) {
        return ERR_OK; /* the client writes no more */
    }
    pbuf_copy_partial(p, &wanted, sizeof wanted, 0);
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    a->wanted = lwip_ntohl(wanted);
    send_more(pcb, a);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct mptcpl_pcb *pcb, uint32_t len)
{
    struct answer *a = arg;

    (void)len;
    if (a->wanted > 0) {
        send_more(pcb, a);
    }
    return ERR_OK;
}

static void on_gone(void *arg, err_t err)
{
    (void)err;
    mem_free(arg);
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    struct answer *a = err == ERR_OK ? mem_calloc(1, sizeof *a) : NULL;

    (void)arg;
    if (a == NULL) {
        return ERR_MEM;
    }
    mptcpl_arg(pcb, a);
    mptcpl_recv(pcb, on_request);
    mptcpl_sent(pcb, on_sent);
    mptcpl_err(pcb, on_gone);
    return ERR_OK;
}

static bool serve(void)
{
    struct mptcpl_config config;

    mptcpl_config_init(&config);
    struct mptcpl_pcb *listener = mptcpl_new(&config);
    if (listener == NULL) {
        return false;
    }
    mptcpl_accept(listener, on_accept);
    return mptcpl_bind(listener, example_server(), PORT) == ERR_OK &&
           mptcpl_listen(listener, 4) == ERR_OK;
}

/* --------------------------------------------------------------- the client */

static struct {
    uint32_t got;
    bool wrong;
    bool over;
    err_t err;
} client;

static err_t on_data(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p == NULL) {
        example_report("raw", pcb, client.got);
        client.over = true;
        return mptcpl_close(pcb);
    }
    client.wrong |= !example_right(p, client.got);
    client.got += p->tot_len;
    mptcpl_recved(pcb, p->tot_len);
    pbuf_free(p);
    if (client.got > WANTED / 4) {
        example_net_cut(0, true);
    }
    return ERR_OK;
}

static void on_failed(void *arg, err_t err)
{
    (void)arg;
    client.over = true;
    client.err = err;
}

static err_t on_connected(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    uint32_t wanted = lwip_htonl(WANTED);

    (void)arg;
    (void)err;
    return mptcpl_write(pcb, &wanted, sizeof wanted);
}

static bool dial(void)
{
    struct mptcpl_config config;

    mptcpl_config_init(&config);
    struct mptcpl_pcb *pcb = mptcpl_new(&config);
    if (pcb == NULL) {
        return false;
    }
    mptcpl_recv(pcb, on_data);
    mptcpl_err(pcb, on_failed);
    /* Without these two, lwIP's routes choose the address, and there is one path. */
    mptcpl_bind(pcb, example_client(0), 0);
    mptcpl_add_path(pcb, example_client(1), example_client_netif(1), MPTCP_ADDR_JOIN);
    return mptcpl_connect(pcb, example_server(), PORT, on_connected) == ERR_OK;
}

/* --------------------------------------------------------------------- once */

static bool done(void)
{
    return client.over;
}

int main(void)
{
    lwip_init();
    if (mptcpl_init(&example_port) != ERR_OK) {
        return 1;
    }
    example_net_begin(mptcpl_input);
    bool good = serve() && dial() && example_run(done) && client.err == ERR_OK &&
                client.got == WANTED && !client.wrong;
    if (!good) {
        fprintf(stderr, "raw: %lu of %lu octets, error %d\n", (unsigned long)client.got,
                (unsigned long)WANTED, client.err);
    }
    return good ? 0 : 1;
}

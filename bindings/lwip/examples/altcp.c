/*
 * altcp.c - a client and a server written for altcp, lwIP's application layer TCP, run twice: over
 * plain TCP and over MPTCP. What differs is the allocator that each is given, no line of them.
 *
 * Exit status 0: both times all octets came and were right, and over MPTCP they came although the
 * path of the first subflow was cut.
 */
#include "example.h"

#include "altcp_mptcp.h"
#include "lwip/altcp_tcp.h"
#include "lwip/init.h"
#include "lwip/mem.h"

#include <stdio.h>
#include <string.h>

#define WANTED (4u << 20)
#define BLOCK 1024u

/* --------------------------------------------------------------- the server */

struct answer {
    uint32_t wanted;
    uint32_t sent;
};

static void send_more(struct altcp_pcb *conn, struct answer *a)
{
    uint8_t block[BLOCK];

    while (a->sent < a->wanted) {
        u16_t n = (u16_t)LWIP_MIN(LWIP_MIN(BLOCK, a->wanted - a->sent), altcp_sndbuf(conn));
        example_octets(block, a->sent, n);
        if (n == 0 || altcp_write(conn, block, n, TCP_WRITE_FLAG_COPY) != ERR_OK) {
            altcp_output(conn);
            return;
        }
        a->sent += n;
    }
    altcp_close(conn);
    mem_free(a);
}

static err_t on_request(void *arg, struct altcp_pcb *conn, struct pbuf *p, err_t err)
{
    struct answer *a = arg;
    uint32_t wanted = 0;

    (void)err;
    if (p == NULL) {
        return ERR_OK;
    }
    pbuf_copy_partial(p, &wanted, sizeof wanted, 0);
    altcp_recved(conn, p->tot_len);
    pbuf_free(p);
    a->wanted = lwip_ntohl(wanted);
    send_more(conn, a);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct altcp_pcb *conn, u16_t len)
{
    struct answer *a = arg;

    (void)len;
    if (a->wanted > 0) {
        send_more(conn, a);
    }
    return ERR_OK;
}

static void on_gone(void *arg, err_t err)
{
    (void)err;
    mem_free(arg);
}

static err_t on_accept(void *arg, struct altcp_pcb *conn, err_t err)
{
    struct answer *a = err == ERR_OK ? mem_calloc(1, sizeof *a) : NULL;

    (void)arg;
    if (a == NULL) {
        return ERR_MEM;
    }
    altcp_arg(conn, a);
    altcp_recv(conn, on_request);
    altcp_sent(conn, on_sent);
    altcp_err(conn, on_gone);
    return ERR_OK;
}

static struct altcp_pcb *serve(altcp_allocator_t *allocator, u16_t port)
{
    struct altcp_pcb *conn = altcp_new(allocator);

    if (conn == NULL || altcp_bind(conn, example_server(), port) != ERR_OK) {
        return NULL;
    }
    struct altcp_pcb *listener = altcp_listen_with_backlog(conn, 4);
    if (listener != NULL) {
        altcp_accept(listener, on_accept);
    }
    return listener;
}

/* --------------------------------------------------------------- the client */

static struct {
    const char *name;
    bool cuts; /* a path on the way */
    uint32_t got;
    bool wrong;
    bool over;
    err_t err;
} client;

static void report(struct altcp_pcb *conn)
{
    struct mptcpl_pcb *pcb = altcp_mptcp_pcb(conn);

    if (pcb != NULL) {
        example_report(client.name, pcb, client.got);
    } else {
        printf("%s: %lu octets\n", client.name, (unsigned long)client.got);
    }
}

static err_t on_data(void *arg, struct altcp_pcb *conn, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p == NULL) {
        report(conn);
        client.over = true;
        return altcp_close(conn);
    }
    client.wrong |= !example_right(p, client.got);
    client.got += p->tot_len;
    altcp_recved(conn, p->tot_len);
    pbuf_free(p);
    if (client.cuts && client.got > WANTED / 4) {
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

static err_t on_connected(void *arg, struct altcp_pcb *conn, err_t err)
{
    uint32_t wanted = lwip_htonl(WANTED);

    (void)arg;
    (void)err;
    err = altcp_write(conn, &wanted, sizeof wanted, TCP_WRITE_FLAG_COPY);
    altcp_output(conn);
    return err;
}

static bool dial(altcp_allocator_t *allocator, u16_t port)
{
    struct altcp_pcb *conn = altcp_new(allocator);

    if (conn == NULL) {
        return false;
    }
    altcp_recv(conn, on_data);
    altcp_err(conn, on_failed);
    altcp_bind(conn, example_client(0), 0);
    return altcp_connect(conn, example_server(), port, on_connected) == ERR_OK;
}

/* --------------------------------------------------------------------- once */

static bool done(void)
{
    return client.over;
}

static bool talk(const char *name, u16_t port, altcp_allocator_t *server, altcp_allocator_t *dials,
                 bool cuts)
{
    memset(&client, 0, sizeof client);
    client.name = name;
    client.cuts = cuts;
    struct altcp_pcb *listener = serve(server, port);
    bool good = listener != NULL && dial(dials, port) && example_run(done) &&
                client.err == ERR_OK && client.got == WANTED && !client.wrong;
    if (!good) {
        fprintf(stderr, "%s: %lu of %lu octets, error %d\n", name, (unsigned long)client.got,
                (unsigned long)WANTED, client.err);
    }
    if (listener != NULL) {
        altcp_close(listener);
    }
    return good;
}

int main(void)
{
    static struct altcp_mptcp plain_paths; /* the server's: they outlive what is made with them */
    static struct altcp_mptcp two_paths;
    altcp_allocator_t tcp = {altcp_tcp_alloc, NULL};
    altcp_allocator_t server = {altcp_mptcp_alloc, &plain_paths};
    altcp_allocator_t dials = {altcp_mptcp_alloc, &two_paths};

    lwip_init();
    if (mptcpl_init(&example_port) != ERR_OK) {
        return 1;
    }
    example_net_begin(mptcpl_input);
    altcp_mptcp_init(&plain_paths);
    altcp_mptcp_init(&two_paths);
    two_paths.setup = example_use_paths;
    bool good = talk("altcp over TCP", 5000, &tcp, &tcp, false);
    good &= talk("altcp over MPTCP", 5001, &server, &dials, true);
    return good ? 0 : 1;
}

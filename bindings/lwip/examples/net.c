/*
 * net.c - the interfaces of the examples, and which path a packet takes.
 */
#include "example.h"

#include <stdatomic.h>

#define MTU 1500

struct end {
    struct netif netif;
    ip_addr_t addr;
};

static struct end client[EXAMPLE_PATHS];
static struct end server;
static atomic_bool cut[EXAMPLE_PATHS];

const ip_addr_t *example_client(unsigned path)
{
    return &client[path].addr;
}

const ip_addr_t *example_server(void)
{
    return &server.addr;
}

struct netif *example_client_netif(unsigned path)
{
    return &client[path].netif;
}

void example_net_cut(unsigned path, bool yes)
{
    cut[path] = yes;
}

void example_use_paths(void *arg, struct mptcpl_pcb *pcb)
{
    (void)arg;
    mptcpl_bind(pcb, &client[0].addr, 0);
    mptcpl_add_path(pcb, &client[1].addr, &client[1].netif, MPTCP_ADDR_JOIN);
}

/* From the client, its interface says which path; to it, the address does. */
static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p); /* lwIP keeps its own */
    struct end *at = &server;
    unsigned path = 0;

    if (copy == NULL) {
        return ERR_MEM;
    }
    while (path < EXAMPLE_PATHS - 1 && netif != &client[path].netif &&
           !ip4_addr_eq(to, ip_2_ip4(&client[path].addr))) {
        path++;
    }
    if (netif == &server.netif) {
        at = &client[path];
    }
    copy->if_idx = netif_get_index(&at->netif);
    example_wire_put(path, copy);
    return ERR_OK;
}

void example_net_arrive(unsigned path, struct pbuf *p)
{
    struct end *at = p->if_idx == netif_get_index(&server.netif) ? &server : &client[path];

    if (cut[path] || at->netif.input(p, &at->netif) != ERR_OK) {
        pbuf_free(p);
    }
}

static err_t init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'x';
    netif->mtu = MTU;
    netif->output = output;
    return ERR_OK;
}

static void bring_up(struct end *e, const char *address, netif_input_fn input)
{
    ip4_addr_t mask;
    ip4_addr_t none;

    ipaddr_aton(address, &e->addr);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_set_zero(&none);
    netif_add(&e->netif, ip_2_ip4(&e->addr), &mask, &none, NULL, init, input);
    netif_set_link_up(&e->netif);
    netif_set_up(&e->netif);
}

void example_net_begin(netif_input_fn input)
{
    example_wire_begin();
    bring_up(&client[0], "10.0.1.1", input);
    bring_up(&client[1], "10.0.2.1", input);
    bring_up(&server, "10.0.0.1", input);
}

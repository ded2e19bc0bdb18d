/*
 * main.c - runs loop.c, the embedding loop of the README: a client sends a
 * million octets over two subflows, the server finds every one of them right,
 * both close in order. Exit status 0 if so.
 */
#include "tcp.h"

#include <stdio.h>
#include <string.h>

#define TOTAL 1000000u
#define TOKENS 16u

static struct host client;
static struct host server;

static _Alignas(uint64_t) uint8_t blocks[2][MPTCP_CONN_SIZE(SUBFLOWS, 4u, 24u)];
static _Alignas(uint64_t) uint8_t endpoints[2][MPTCP_ENDPOINT_SIZE(TOKENS)];

static void make(struct host *h, struct host *peer, unsigned i)
{
    struct mptcp_config cfg;
    struct mptcp_secret secret = {.seed = {(uint8_t)i}};
    uint8_t entropy[8] = {1, 2, 3, 4, 5, 6, 7, (uint8_t)i}; /* a real host draws it */
    uint32_t token;

    mptcp_config_init(&cfg);
    cfg.rcv_buf = BUFFER / 2;
    h->endpoint = mptcp_endpoint_init(endpoints[i], sizeof endpoints[i], TOKENS);
    mptcp_endpoint_key(h->endpoint, entropy, &secret.key, &token);
    h->conn = mptcp_conn_init(blocks[i], sizeof blocks[i], &cfg, &secret);
    mptcp_endpoint_add(h->endpoint, token, 0);
    h->peer = peer;
    struct mptcp_conn_report info;
    mptcp_conn_info(h->conn, &info);
    h->buffer_start = info.snd_end;
    for (unsigned k = 0; k < SUBFLOWS; k++) {
        struct mptcp_addr a = {.family = 4, .port = 5000, .ip = {10, (uint8_t)k, 0, (uint8_t)i}};
        h->address[k] = a;
    }
}

int main(void)
{
    uint8_t id;

    make(&client, &server, 0);
    make(&server, &client, 1);
    tcp_start(&client);
    mptcp_add_address(client.conn, &client.address[1], MPTCP_ADDR_JOIN, &id, clock_us());
    while (tcp_step()) {
        if (client.written < TOTAL) {
            app_write(&client, TOTAL - (uint32_t)client.written);
            work(&client);
        } else {
            mptcp_on_shutdown(client.conn, clock_us());
            work(&client);
        }
        if (server.eof) {
            mptcp_on_shutdown(server.conn, clock_us());
            work(&server);
        }
    }
    bool joined = client.tcp[1].snd_nxt > 1;
    printf("%llu octets over %s, %s, %s\n", (unsigned long long)server.taken,
           joined ? "two subflows" : "one subflow", server.wrong ? "WRONG" : "right",
           client.ended && server.ended ? "closed in order" : "NOT CLOSED");
    return server.taken == TOTAL && !server.wrong && joined && client.ended && server.ended ? 0 : 1;
}

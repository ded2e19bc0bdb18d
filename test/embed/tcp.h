/*
 * tcp.h - a toy TCP for loop.c: two hosts in one process, segments in one
 * queue that loses nothing. It shows which calls an embedding needs; a real one
 * is in bindings/lwip.
 */
#ifndef EMBED_TCP_H
#define EMBED_TCP_H

#include "mptcp/endpoint.h"

#define OPTION_ROOM 28
#define SUBFLOWS 2
#define BUFFER 65536u

/* One subflow's TCP. */
struct tcp {
    mptcp_sf sf;
    bool up;
    bool fin_sent;
    bool fin_received;
    uint32_t snd_nxt; /* relative to the ISN */
    uint32_t rcv_nxt;
    uint32_t unsent;
    mptcp_dsn unsent_at;   /* in the send buffer */
    uint8_t queue[BUFFER]; /* received, by SSN */
};

struct host {
    struct mptcp_conn *conn;
    struct mptcp_endpoint *endpoint;
    struct host *peer;
    struct mptcp_addr address[SUBFLOWS]; /* of subflow 0 and 1 */
    struct tcp tcp[SUBFLOWS];
    uint8_t buffer[BUFFER]; /* written by the application, by DSN */
    mptcp_dsn buffer_start;
    uint64_t written;
    uint64_t taken; /* octets that the application took and found right */
    bool wrong;
    bool eof;
    bool ended;
    mptcp_time timer;
};

extern mptcp_time now;
mptcp_time clock_us(void);

/* loop.c */
bool segment_in(struct host *h, mptcp_sf sf, const struct mptcp_segment *seg);
int segment_out(struct host *h, mptcp_sf sf, const struct mptcp_txseg *seg, uint8_t *p,
                uint32_t *window);
void work(struct host *h);

/* tcp.c, called by loop.c */
uint32_t tcp_write(struct host *h, mptcp_sf sf, mptcp_dsn dsn, uint32_t len);
uint32_t app_take(struct host *h, mptcp_sf sf, mptcp_ssn ssn, uint32_t len);
void queue_drop(struct host *h, mptcp_sf sf, mptcp_ssn below);
void buffer_drop(struct host *h, mptcp_dsn below);
void tcp_ack(struct host *h, mptcp_sf sf);
void tcp_keepalive(struct host *h, mptcp_sf sf);
void tcp_fin(struct host *h, mptcp_sf sf);
void tcp_reset(struct host *h, mptcp_sf sf);
bool tcp_can(struct host *h, const struct mptcp_action *a);
void tcp_output(struct host *h, const struct mptcp_action *a);
void app_event(struct host *h, const struct mptcp_action *a);
void timer_at(struct host *h, mptcp_time when);

/* tcp.c, called by the test */
void tcp_start(struct host *client); /* the first SYN */
bool tcp_step(void);                 /* delivers one segment; false if none is under way */
uint32_t app_write(struct host *h, uint32_t n); /* what fits of the next n octets of the pattern */

#endif

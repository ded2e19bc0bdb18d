/*
 * net.h - flows over bottlenecks, packet by packet, in virtual time: what bench-cc measures in.
 *
 * A lane is one subflow: a sender that always has data, whose window an algorithm of the library
 * moves through the hooks of struct mptcp_congestion. Lanes that follow each other make a
 * connection. A packet goes over up to two links, and an RTT later the sender hears of it: an
 * acknowledgement, or, of one that was dropped, its loss. So loss is found as SACK finds it, there
 * are no timeouts, and what was lost is as good as sent again. Slow start is RFC 5681's, recovery
 * is without growth and ends when a packet sent after the reduction is heard of.
 *
 * A link drops at random by its backlog (RED on the momentary queue), or only when it is full
 * (drop-tail). An ideal one has no queue, so that RTTs are constant, as closed forms have it: it
 * drops at random, more and more while it is offered more than it can carry, less and less while it
 * has room.
 */
#ifndef CC_NET_H
#define CC_NET_H

#include "mptcp/congestion.h"

#define MSS 1000u
#define LINKS 8u
#define LANES 128u
#define HOPS 2u

struct link {
    double rate; /* packets per s */
    double low;  /* backlog in packets: below it none is dropped, ... */
    double high; /* ... at it `top` of them, above it all */
    double top;  /* 0: drop-tail */
    bool ideal;
    double price;   /* of an ideal link: the share that it drops */
    double backlog; /* of another, at the moment `since` */
    uint64_t since;
    double offered; /* packets since measuring began */
    double dropped;
};

struct lane {
    const struct mptcp_congestion *cc;
    unsigned first; /* of the lanes of its connection */
    unsigned members;
    unsigned hops;
    unsigned link[HOPS];
    uint32_t rtt_us; /* without queues */
    double loss;     /* a chance of its own */
    uint64_t seed;   /* of its losses: the same packets are lost whatever the algorithm */
    bool told;       /* OLIA's formula (formula.c) is told the octets between losses: MSS / p */
    /* state */
    uint32_t next;    /* number of the next packet */
    uint32_t recover; /* a loss below it has been answered */
    uint32_t flight;  /* packets that nothing was heard of */
    /* since measuring began */
    double acked;  /* packets */
    double losses; /* reductions */
    double area;   /* window in packets * us */
    double delay;  /* sum of RTTs, us */
    uint64_t since;
};

struct event {
    uint64_t at;
    uint64_t sent;
    uint32_t number; /* of the packet */
    uint16_t lane;
    uint8_t hop; /* of the link at which it arrives */
    bool lost;
};

struct net {
    struct link link[LINKS];
    struct lane lane[LANES];
    struct mptcp_cc_path path[LANES];
    struct mptcp_cc_acc acc[LANES];
    struct mptcp_cc_acc *at[LANES];
    unsigned links;
    unsigned lanes;
    uint64_t now;
    uint64_t begun; /* when measuring began */
    uint64_t seed;
    struct event *heap;
    unsigned events;
    unsigned room;
    /* Called at each `every` us of virtual time, if set. */
    void (*look)(struct net *n, void *arg);
    void *arg;
    uint64_t every;
};

/* Begins a network; net_end frees what it holds. */
void net_begin(struct net *n, uint64_t seed);
void net_end(struct net *n);

/* An ideal link, one with RED, and one with drop-tail of `packets`. */
unsigned net_ideal(struct net *n, double packets_per_s);
unsigned net_red(struct net *n, double packets_per_s, double low, double high);
unsigned net_tail(struct net *n, double packets_per_s, double packets);

/* A connection of as many lanes as follow by net_lane: its first lane is the next one. */
void net_connection(struct net *n, const struct mptcp_congestion *cc, unsigned members);
/* Sets lane i: its path, of one or two links (or none: NULL), its RTT and its own loss. */
unsigned net_lane(struct net *n, uint32_t rtt_us, double loss, unsigned hops,
                  const unsigned *links);

/* From now on OLIA's formula does not count octets on lanes of connections, but is told 1/p. */
void net_tell(struct net *n);

/* Runs on for so many seconds; net_measure forgets what was counted before. */
void net_run(struct net *n, double seconds);
void net_measure(struct net *n);

/* Packets per s, mean window in packets, mean RTT in s of lane i; and the drops of a link. */
double net_rate(const struct net *n, unsigned i);
double net_window(const struct net *n, unsigned i);
double net_delay(const struct net *n, unsigned i);
double net_drops(const struct net *n, unsigned link);

/* xorshift64*: 0 to below 1. */
double net_chance(uint64_t *seed);

#endif

/*
 * scenario.h - what a seed stands for: the paths and what happens to segments on them, how the
 * hosts behave, who lies and when. All of it is drawn before the run (scenario.c, hostile.c,
 * further.c, manner.c, small.c) and not changed by it, but for a `fault` that ends.
 */
#ifndef PAIR_SCENARIO_H
#define PAIR_SCENARIO_H

#include "mptcp/endpoint.h"
#include "versions.h"

#include <stdbool.h>
#include <stdint.h>

#define PATHS 4
#define SUBFLOWS 4
#define STREAM_MAX 200000u

/* fault.strip */
enum { STRIP_SYN = 1, STRIP_SYNACK = 2, STRIP_THIRD = 4, STRIP_OTHERS = 8 };

/* What happens to segments of one direction of a path. */
struct fault {
    uint8_t strip; /* options are taken off these kinds */
    uint8_t only;  /* one subtype of them, + 1; 0: all */
    mptcp_time strip_at;
    uint8_t split; /* of a hundred data segments: cut in two, options on both */
    uint8_t merge; /* ... joined with the one before, its own options lost */
    uint16_t ack_loss;
    mptcp_time dark_at; /* this direction alone; 0: never */
    mptcp_time dark_for;
    uint32_t clamp; /* no larger window is told; UINT32_MAX: not changed */
    mptcp_time clamp_until;
    uint32_t edit_at;    /* SSN of the octet that is changed, or after which it is; 0: never */
    int edit_by;         /* octets put in, or taken out; 0: the octet is another */
    uint32_t shift;      /* of sequence numbers */
    uint8_t merge_keeps; /* of merged segments: enum keeps */
    uint8_t tso;         /* of a hundred data segments: cut in many, options on all */
    uint8_t resend;      /* ... sent again with other boundaries */
    uint8_t dup;         /* of a hundred segments: twice */
    uint32_t ack_late;   /* us; up to */
    uint8_t ack_merge;   /* of a hundred pure ACKs: joined with the one before */
    uint8_t ack_keeps;   /* ... whose options are left: enum keeps, not both */
    bool fin_mapped;     /* the DATA_FIN is part of the last mapping, as Linux sends it */
};

enum keeps { KEEPS_FIRST, KEEPS_LAST, KEEPS_BOTH, KEEPS_NONE };

/* How the TCP of one end behaves where the contract of conn.h leaves it the choice: manner.c. All
 * zero: it leaves the same room always, acknowledges each segment and reports everything at once.
 */
struct manner {
    uint8_t tight; /* of a hundred segments: other options leave 0 to 40 octets */
    uint8_t
        least_room;   /* octets left where MPTCP asks for them, 20 to 40; 0: as the scenario says */
    uint8_t syn_room; /* octets for options on a SYN; 0: 16 */
    bool recut;       /* cut anew at every retransmission */
    bool no_rtt;      /* its RTT is never known */
    bool changes_only;    /* a report that says what the last one said is not made */
    bool fin_on_data;     /* a FIN leaves on the last octets, where they leave again */
    bool sums;            /* octets are reported by their sum */
    bool passes;          /* ... and passed on at once where they may be */
    bool copied;          /* one that copies says so by mptcp_on_copied */
    bool established;     /* it says when a handshake is complete */
    uint8_t no_memory;    /* of a hundred segments: not sent for want of it */
    uint8_t not_now;      /* of a hundred SENDs, SEND_ACKs, CONNECTs: LATER or FAILED */
    uint32_t ack_delay;   /* us that an ACK of data may wait for others, up to; 0: not at all */
    uint32_t report_rare; /* us between two reports of a subflow, up to; 0: at once */
    uint32_t data_late;   /* us between octets in order and their report, up to */
};

enum inject {
    INJECT_NONE,
    INJECT_RST_IN,
    INJECT_RST_OUT,
    INJECT_FIN_IN,
    INJECT_FIN_OUT,
    INJECT_RST_NEAR
};

enum lie { LIE_NONE, LIE_ACK, LIE_WINDOW, LIE_DSN, LIE_LENGTH, LIE_TOKEN, LIE_KEY, LIES };

/* One seed's shape. */
struct scenario {
    uint64_t seed;
    uint32_t bytes[2]; /* client to server, server to client */
    unsigned paths;
    bool announce; /* the server announces its second address; else the client joins from its own */
    bool plain_peer;
    bool ring_host[2]; /* byte rings, cut anew; else segments kept */
    uint32_t flags[2]; /* MPTCP_CFG_ */
    uint16_t runs;
    uint32_t rcv_buf;
    uint32_t mss;
    uint32_t window_segments; /* the toy TCP's cwnd */
    uint32_t loss;            /* of a thousand */
    uint32_t jitter_us;
    mptcp_time delay[PATHS];
    mptcp_time dark_at; /* path 0 or 1 goes dark; 0: never */
    mptcp_time dark_for;
    mptcp_time kill_at; /* a subflow is reset; 0: never */
    bool calm;          /* nothing is lost, late or cut */
    uint32_t corrupt;   /* of a thousand data segments on path 1; only under checksums */
    bool slow_reader;
    bool later;   /* hosts answer LATER now and then */
    uint8_t wrap; /* DSNs pass 2^32 or 2^64 in the first octets; 0: they need not */
    bool misuse;
    bool rebase;         /* the ends' clocks differ, and jump */
    bool ipv6;           /* further addresses are IPv6, announced ones with a port of their own */
    uint8_t limit;       /* subflows that the server accepts */
    bool prio;           /* ends turn subflows to backups and back */
    mptcp_time abort_at; /* one of the applications gives up; 0: never */
    uint8_t scheduler;   /* of mptcp_schedulers */
    uint8_t room;        /* octets for options on a segment: 28 beside timestamps, 40 without */
    bool lazy_acks;      /* a promised ACK leaves up to 10 ms later */
    uint8_t addrs;
    uint8_t subflows;
    uint8_t policy;
    /* hostile ones */
    bool hostile;
    unsigned harmed;              /* paths, a bit each: excuse.c */
    bool broken;                  /* a subflow is lost by force */
    bool may_fail;                /* the path that the connection began on may be lost for good */
    bool remove;                  /* an address is removed on the way */
    struct fault fault[PATHS][2]; /* by who sends */
    bool proxy[PATHS]; /* acknowledges data itself, and repeats what gets lost behind it */
    mptcp_time rebind_at[PATHS];
    enum inject inject;
    mptcp_time inject_at;
    unsigned inject_path;
    int inject_to;
    int liar; /* -1: nobody */
    enum lie lie;
    uint32_t late;      /* timers come up to so many us late */
    mptcp_time jump_at; /* the clocks jump; 0: never */
    int64_t jump_by;
    /* further.c */
    bool stateless;     /* the server keeps nothing before the third ACK */
    bool forgets;       /* ... nor an ACK that its connection refused */
    uint8_t collide;    /* its token is taken: 1 before the SYN, 2 between SYN and ACK */
    uint8_t flood;      /* so many SYNs of others at a time */
    uint32_t fast_open; /* octets in the client's SYN */
    uint32_t fast_take; /* the server takes no more of them */
    bool fast_again;    /* they are in a repeated SYN, too */
    bool fast_talk;     /* it sends before the third ACK */
    bool varied;
    struct manner manner[2];
    mptcp_time park_at; /* 0: never */
    mptcp_time park_for;
    int park_who;
    struct versions versions;
};

#endif

/*
 * binding.h - private to the binding: what its files share.
 *
 *   hooks.c     lwIP's hooks: segments in and out, option room, ISN
 *   address.c   addresses, and the interface that has one
 *   listen.c    SYNs at listening pcbs: whose they are, children, joins
 *   subflow.c   a tcp_pcb as a subflow: attaching, callbacks, path reports, the end
 *   receive.c   received octets: a queue per subflow by SSN, delivery
 *   transmit.c  the send ring by DSN, SEND actions
 *   congestion.c  the algorithm of congestion control on lwIP's cwnd, RTT in microseconds
 *   hystart.c   the end of slow start
 *   recovery.c  loss recovery by the peer's SACK blocks
 *   tail.c      a probe for losses that no later segment tells of
 *   dark.c      the timer of a path that is dark
 *   due.c       which connections have something to do
 *   work.c      the loop: polls each of them and does what is due
 *   numbers.c   connections by number and token
 *   pcb.c       the API of mptcp_lwip.h
 *   config.c    ... for settings
 *   paths.c     ... for addresses and subflows
 *   stats.c     ... and what it tells of a connection
 *   move.c      a connection leaves, and goes on in another process
 *   returning.c   what is left of it where it comes back to
 *   altcp_mptcp.c  the same as an altcp layer
 */
#ifndef MPTCPL_BINDING_H
#define MPTCPL_BINDING_H

#include "lwip/opt.h"

#include "lwip/tcp.h"

#include "mptcp/congestion.h"
#include "mptcp/endpoint.h"
#include "mptcp_lwip.h"

#define MPTCPL_RUNS 32    /* of a subflow, on average */
#define OPT_TIMESTAMP 12u /* what lwIP itself writes on anything but a SYN, at most */

/* Received octets of a subflow, in SSN order. */
struct rx_node {
    struct rx_node *next;
    struct pbuf *p; /* NULL: handed over */
    uint32_t ssn;
    uint32_t len;
};

struct subflow {
    struct mptcpl_pcb *m;
    struct tcp_pcb *tcp; /* NULL: TCP has ended */
    mptcp_sf sf;
    bool used;   /* the slot is taken: TCP runs, or octets are left to deliver */
    bool sizing; /* a tcp_write of ours is under way: data segments are being sized */
    bool resetting;
    bool freed;   /* its pcb is, and why is not known yet */
    bool probing; /* a keep-alive is being sent */
    bool silent;
    bool iss_known; /* its SYN or SYN/ACK has left */
    bool syn_again; /* ... more than once */
    bool lent;      /* its TCP refers to octets of the send ring */
    uint8_t
        filled; /* option octets just written: the next question for their length is an assertion */
    uint8_t history;    /* its place in the statistics */
    int16_t ack_length; /* of the options of a pure ACK that was sized; -1: none */
    uint8_t ack_options[MPTCP_OPTION_MAX];
    struct mptcp_receipt ack_receipt;
    uint32_t iss;
    uint32_t irs;
    uint32_t heard_ack; /* the ACK number of the last segment, whatever TCP thought of it */
    uint32_t rcv_ssn;   /* of the next octet in order */
    struct rx_node *rx_head;
    struct rx_node *rx_tail;
    /* RTT */
    uint32_t snd_high; /* sequence number after the newest octet sent */
    uint32_t rtt_seq;
    mptcp_time rtt_at; /* 0: no measurement under way */
    uint32_t srtt_us;
    uint32_t rttvar_us;
    uint32_t min_rtt_us; /* the smallest lately */
    bool begun;          /* it has the initial window */
    /* congestion window, as it was when the segment came in */
    tcpwnd_size_t cwnd;
    tcpwnd_size_t ssthresh;
    bool recovering;
    bool timed_out; /* lwIP sends again what its timer found, and has not had it acknowledged */
    tcpwnd_size_t reduced; /* ssthresh of the reduction that covers all up to `recover`; 0: none */
    uint32_t recover;
    uint32_t counted;     /* acknowledged up to here is in cwnd */
    tcpwnd_size_t bright; /* ssthresh for the return from the dark */
    uint32_t dark_tries;  /* timeouts in it that lwIP did not back off after */
    /* leaving slow start before the queue overflows: RTTs in ms */
    bool has_lost; /* anything: the first slow start is over */
    bool in_round;
    uint32_t base_ms;  /* smallest RTTs: of the rounds before, */
    uint32_t round_ms; /* of this one, */
    uint32_t batch_ms; /* of the last samples in it */
    uint32_t round_samples;
    uint32_t delay_end; /* acknowledged, it ends the round */
    /* loss recovery by SACK */
    bool has_sacked; /* segments may have bits of the scoreboard */
    bool repairing;  /* a recovery goes by the scoreboard */
    bool odd_round;
    bool round_begun;    /* something was sent again in this round */
    uint32_t round_mark; /* the end of what had been sent when the round began */
    uint32_t round_end;  /* ... and when something was last sent again in it */
    uint32_t lost_below; /* a segment is lost if so many octets beyond it are SACKed */
    bool tail_sent;      /* the last segment was sent again, as a probe */
    mptcp_time quiet_at; /* when octets were last sent, or acknowledged */
    struct mptcp_cc_acc acc;
    mptcp_time idle_at;    /* since when nothing is in flight; 0: something is, or never was */
    uint32_t segment_size; /* payload of a full segment, as it was reported last */
};

struct mptcpl_path {
    ip_addr_t addr;
    struct netif *netif;
    uint8_t flags;
};

/* A pcb of lwIP's that listens, and how many connections, and which application's listener, have
 * asked for it. */
struct mptcpl_listening {
    struct mptcpl_listening *next;
    struct tcp_pcb *tcp;
    struct mptcpl_pcb *listener; /* NULL: only joins are taken */
    unsigned users;
};

/* One of those that a connection or a listener has. */
struct mptcpl_listens {
    struct mptcpl_listens *next;
    struct mptcpl_listening *at;
};

/* due.c */
struct mptcpl_due {
    bool touched; /* something came in: it is in the queue */
    struct mptcpl_pcb *before;
    struct mptcpl_pcb *after;
    mptcp_time at; /* its moment, or an earlier one; MPTCP_NEVER: it is not in the heap */
    struct mptcpl_pcb *child;
    struct mptcpl_pcb *left; /* sibling; of the first one the parent */
    struct mptcpl_pcb *right;
};

/*
 * ST_OVER: nothing belongs to it any more, no subflow, no listener, no block. Only its own memory
 * waits until nothing on the C stack can stand on it: until the outermost mptcpl_work returns, in
 * which all callbacks are called.
 */
enum mptcpl_state { ST_NEW, ST_LISTEN, ST_OPENING, ST_OPEN, ST_OVER };

struct mptcpl_pcb {
    struct mptcpl_pcb *next; /* of those to be freed */
    struct mptcpl_due due;
    uint32_t number; /* numbers.c */
    bool has_token;  /* the endpoint has its token */
    enum mptcpl_state state;
    struct mptcpl_config cfg;
    /* the application */
    void *arg;
    mptcpl_connected_fn connected;
    mptcpl_accept_fn accept;
    mptcpl_recv_fn recv;
    mptcpl_sent_fn sent;
    mptcpl_poll_fn poll;
    mptcpl_err_fn err;
    mptcpl_event_fn event;
    uint8_t poll_interval; /* half seconds */
    mptcp_time poll_at;
    mptcp_time deadline; /* of the connection, as it was after the last work */
    mptcp_time heard_at; /* when the last segment came */
    uint32_t rtt_us;     /* the RTT that it measured; 0: none */
    bool detached;       /* closed by the application */
    bool rx_shut;        /* what comes is dropped */
    bool eof;            /* EOF has been handed over */
    bool checksum;       /* negotiated */
    mptcp_time again_at; /* when what was put off is tried again; MPTCP_NEVER: nothing was */
    struct mptcpl_listens *listens; /* a listener; or a connection, at announced addresses */
    uint8_t backlog;
    uint8_t pending; /* children that are not open yet */
    bool passive;
    bool is_pending; /* its listener counts it, */
    uint32_t parent; /* whose number this is */
    bool parked;     /* saved, or about to be: nothing happens on it any more */
    bool returning;  /* resumed, and no subflow yet */
    bool spared;     /* connects without offering MPTCP: its SYNs would get lost */
    int spared_for;  /* why: an MPTCP_E_ code */
    uint8_t version; /* of the protocol: what it offers, or what its client's SYN has */
    ip_addr_t bind_addr;
    uint16_t bind_port;
    uint8_t bind_netif; /* index; 0: none */
    struct mptcpl_path paths[MPTCPL_ADDRS];
    uint8_t npaths;
    /* the connection */
    struct mptcp_conn *conn;
    uint32_t token;
    struct subflow sub[MPTCPL_SUBFLOWS];
    uint8_t *ring; /* snd_buf octets, by DSN modulo size */
    uint64_t ring_start;
    uint64_t ring_end;
    uint32_t unread;      /* handed to recv and not consumed */
    struct pbuf *refused; /* what recv would not take */
    struct mptcpl_subflow_stats history[MPTCPL_HISTORY];
    uint8_t nhistory;
};

struct mptcpl_stack {
    struct mptcpl_port port;
    struct mptcp_endpoint *endpoint;
    uint64_t endpoint_seed;
    struct mptcpl_place *places; /* numbers.c */
    uint32_t places_size;
    uint32_t free_place;
    struct mptcpl_pcb *touched; /* due.c: the queue, */
    struct mptcpl_pcb *touched_last;
    struct mptcpl_pcb *waiting; /* and the heap */
    struct mptcpl_pcb *dead;    /* to be freed */
    struct mptcpl_listening *listening;
    unsigned lingering; /* connections that were closed and are not over */
    unsigned returning; /* how many are */
    uint8_t ext_id;
    bool working;
    struct rx_node *spare; /* nodes for reuse */
    unsigned spares;
    uint8_t isn_secret[16];
    struct mptcp_blackhole blackhole; /* where SYNs with MPTCP get lost (H-3) */
    struct mptcp_versions versions;   /* what destinations answered to which version (C-4) */
    /* between the input hook and passive_open of one SYN */
    bool syn_valid;
    struct mptcp_syn syn;
    struct mptcp_segment syn_seg;
    uint8_t syn_options[MPTCP_OPTION_MAX];
    u32_t syn_seqno;
    u16_t syn_port;
    int refuse; /* why the RST that is being written refuses a SYN */
};

extern struct mptcpl_stack mptcpl;

/* There is a connection, and something may happen on it. Asked again after every callback. */
static inline bool mptcpl_runs(const struct mptcpl_pcb *m)
{
    return m->conn != NULL && !m->parked;
}

/* ... and the application may ask something of it: it has not closed or aborted it. */
static inline bool mptcpl_answers(const struct mptcpl_pcb *m)
{
    return mptcpl_runs(m) && !m->detached;
}

static inline mptcp_time mptcpl_now(void)
{
    return mptcpl.port.now();
}

/* The subflow that lwIP's pcb is, NULL if it is none (any more). */
static inline struct subflow *subflow_of(const struct tcp_pcb *pcb)
{
    return (struct subflow *)tcp_ext_arg_get(pcb, mptcpl.ext_id);
}

/* As lwIP counts windows: in 16 bits, where it does not scale them. */
static inline tcpwnd_size_t mptcpl_window(uint32_t octets)
{
    return (tcpwnd_size_t)LWIP_MIN(octets, (tcpwnd_size_t)-1);
}

/* What of lwIP can be left out. Octets of a timestamp on each segment. */
#if LWIP_TCP_TIMESTAMPS
static inline unsigned mptcpl_timestamp(const struct tcp_pcb *pcb)
{
    return (pcb->flags & TF_TIMESTAMP) != 0 ? OPT_TIMESTAMP : 0;
}
#else
static inline unsigned mptcpl_timestamp(const struct tcp_pcb *pcb)
{
    (void)pcb;
    return 0;
}
#endif

/* Both ends may send SACK blocks. */
#if LWIP_TCP_SACK_OUT
static inline bool mptcpl_sacks(const struct tcp_pcb *pcb)
{
    return (pcb->flags & TF_SACK) != 0;
}
#else
static inline bool mptcpl_sacks(const struct tcp_pcb *pcb)
{
    (void)pcb;
    return false;
}
#endif

/* listen.c */
struct tcp_hdr;
err_t mptcpl_listen_segment(struct tcp_pcb *lpcb, const struct mptcp_segment *seg,
                            const struct tcp_hdr *hdr);
err_t mptcpl_listen_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port, u8_t netif_idx);
/* The same for joins; shares what listens there already. ERR_USE: that is somebody else's. */
err_t mptcpl_listen_too(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port);
void mptcpl_unlisten(struct mptcpl_pcb *m);
void mptcpl_unlisten_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port);
void mptcpl_pending(struct mptcpl_pcb *child, struct mptcpl_pcb *listener);
/* Returns the listener, if it is still there. */
struct mptcpl_pcb *mptcpl_no_longer_pending(struct mptcpl_pcb *child);

/* address.c */
void mptcpl_to_addr(const ip_addr_t *ip, u16_t port, struct mptcp_addr *a);
/* False: this lwIP has no addresses of the family. */
bool mptcpl_from_addr(const struct mptcp_addr *a, ip_addr_t *ip);
/* Whether an address is the one of these octets, 16 or 4. */
bool mptcpl_is_at(const ip_addr_t *ip, bool v6, const uint8_t *octets);

/* subflow.c */
bool mptcpl_has_place(struct mptcpl_pcb *m);
/* NULL if there is no place, which was asked before. */
struct subflow *mptcpl_attach(struct mptcpl_pcb *m, struct tcp_pcb *pcb, mptcp_sf sf);
struct subflow *mptcpl_subflow(struct mptcpl_pcb *m, mptcp_sf sf);
void mptcpl_path_report(struct subflow *s);
void mptcpl_gone(struct subflow *s, int why);
void mptcpl_detach(struct subflow *s, int why); /* TCP is through; statistics kept */
void mptcpl_check_time_wait(struct subflow *s);

/* numbers.c */
#define MPTCPL_NO_PLACE UINT32_MAX
err_t mptcpl_numbers_init(void);
bool mptcpl_take_number(struct mptcpl_pcb *m); /* false: no memory */
void mptcpl_give_number(const struct mptcpl_pcb *m);
struct mptcpl_pcb *mptcpl_find(uint32_t number);
bool mptcpl_enter_token(struct mptcpl_pcb *m); /* false: another connection has it */
void mptcpl_remove_token(struct mptcpl_pcb *m);

/* due.c: something happened on m, or one of its moments (deadline, again_at, poll_at) was set. */
void mptcpl_touch(struct mptcpl_pcb *m);
void mptcpl_wait(struct mptcpl_pcb *m);
/* Whoever is returned is not in the queue, or in the heap, any more; NULL: nobody is. */
struct mptcpl_pcb *mptcpl_next_touched(void);
struct mptcpl_pcb *mptcpl_next_due(mptcp_time now);
mptcp_time mptcpl_first_moment(void);
void mptcpl_untouch(struct mptcpl_pcb *m);
void mptcpl_nothing_due(struct mptcpl_pcb *m); /* it is in neither */

/*
 * work.c: whatever could not be done for lack of memory, or because the application did not want it
 * yet, is tried again after this time at the latest. No wake-up depends on another event.
 */
void mptcpl_put_off(struct mptcpl_pcb *m, mptcp_time us);
/* The subflows that are to be reset are: calls nobody back, so that it may be called in a hook. */
void mptcpl_reset_due(struct mptcpl_pcb *m);

/* receive.c */
err_t mptcpl_received(struct subflow *s, struct pbuf *p);
uint32_t mptcpl_deliver(struct mptcpl_pcb *m, const struct mptcp_action *a);
void mptcpl_release(struct subflow *s, uint32_t keep);
void mptcpl_hand_eof(struct mptcpl_pcb *m);
void mptcpl_retry_refused(struct mptcpl_pcb *m);

/* transmit.c */
uint32_t mptcpl_send(struct mptcpl_pcb *m, const struct mptcp_action *a);
uint32_t mptcpl_payload_sum(const struct pbuf *p, u16_t header);
bool mptcpl_unborrow(struct subflow *s);       /* false: no memory */
bool mptcpl_return_ring(struct mptcpl_pcb *m); /* false: no memory */
void mptcpl_freed(struct mptcpl_pcb *m, uint64_t upto);

/* congestion.c */
void mptcpl_cc_begin(struct subflow *s); /* gives it its initial window, once */
void mptcpl_cc_before(struct subflow *s);
void mptcpl_cc_acked(struct subflow *s);
void mptcpl_cc_dark(struct subflow *s);
void mptcpl_cc_light(struct subflow *s);
void mptcpl_rtt_sent(struct subflow *s, u32_t seqno, u32_t len);
void mptcpl_rtt_acked(struct subflow *s, u32_t ackno);

/* recovery.c */
void mptcpl_recovery_heard(struct subflow *s, const struct mptcp_segment *seg);
/* The first segment that is not acknowledged was sent again in this recovery. */
bool mptcpl_recovery_has_sent(const struct subflow *s);
void mptcpl_recover(struct subflow *s);
/* Sends the segment at *at, of what is not acknowledged, again; false: not now. */
struct tcp_seg;
bool mptcpl_send_again(struct subflow *s, struct tcp_seg **at);

/* tail.c */
void mptcpl_tail_moves(struct subflow *s); /* octets were sent, or acknowledged */
void mptcpl_tail_check(struct subflow *s);

/* hystart.c */
void mptcpl_hystart_heard(struct subflow *s, const struct mptcp_segment *seg, u32_t ackno);
/* lwIP has let cwnd grow in slow start: what stays of it. */
void mptcpl_hystart_grow(struct subflow *s, uint32_t acked);

/* dark.c */
void mptcpl_dark_check(struct subflow *s); /* in s->silent: its path is dark */

/* returning.c */
void mptcpl_returning(struct mptcpl_pcb *m, bool yes);

/* paths.c */
void mptcpl_add_addresses(struct mptcpl_pcb *m);

/* config.c */
void mptcpl_core_config(const struct mptcpl_config *of, struct mptcp_config *cfg);
/* The size of a send ring for n octets: a power of two, since the ring is addressed by a mask. */
uint32_t mptcpl_ring_size(uint32_t n);

/* pcb.c */
struct mptcpl_pcb *mptcpl_alloc(const struct mptcpl_config *cfg);
err_t mptcpl_make_conn(struct mptcpl_pcb *m); /* the block, its key, the ring */
void mptcpl_detached(struct mptcpl_pcb *m);   /* the application has let go of it */
void mptcpl_free(struct mptcpl_pcb *m);
void mptcpl_sweep(void);             /* what mptcpl_free left to it */
void mptcpl_note(struct subflow *s); /* what only a living subflow tells, into the history */

#endif

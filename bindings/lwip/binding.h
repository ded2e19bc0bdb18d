/*
 * binding.h - private to the binding: what its files share. What they need for losses, windows and
 * packet sizes of a subflow's TCP is in sender.h.
 *
 *   hooks.c     lwIP's hooks: segments in and out, option room, ISN
 *   address.c   addresses, and the interface that has one
 *   listen.c    SYNs at listening pcbs: whose they are, children, joins
 *   half_open.c   SYNs until their handshake is complete
 *   subflow.c   a tcp_pcb as a subflow: attaching, callbacks, path reports, the end
 *   receive.c   received octets: a queue per subflow by SSN, delivery
 *   sendbuf.c   the send buffer, by DSN
 *   transmit.c  SEND actions: from the send buffer to lwIP
 *   due.c       which connections have something to do
 *   work.c      the loop: polls each of them and does what is due
 *   events.c    ... and what its events mean to the application and the stack
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

#include "lwip_parts.h"
#include "mptcp/congestion.h"
#include "mptcp/endpoint.h"
#include "mptcp/rtt.h"
#include "mptcp_lwip.h"

/* Received octets of a subflow, in SSN order. */
struct rx_node {
    struct rx_node *next;
    struct pbuf *p; /* NULL: handed over */
    mptcp_ssn ssn;  /* of its first octet */
    uint32_t len;
    uint32_t room; /* of p behind its octets */
};

/* What the statistics keep of a subflow. */
struct mptcpl_past {
    struct mptcpl_past *next;
    struct mptcpl_subflow_stats s;
};

/* What is behind a pcb of lwIP's that does not listen: the first member of what it is. */
struct mptcpl_owner {
    bool half_open; /* a struct mptcpl_half, else a struct subflow */
};

struct subflow {
    struct mptcpl_owner owner;
    mptcp_sf sf; /* here, where it fits beside the owner */
    struct subflow *next;
    struct mptcpl_pcb *m;
    struct tcp_pcb *tcp; /* NULL: TCP has ended */
    struct mptcpl_past *past;
    bool used;   /* TCP runs, or octets are left to deliver; else its memory is freed soon */
    bool sizing; /* a tcp_write of ours is under way: data segments are being sized */
    bool resetting;
    bool freed;   /* its pcb is, and why is not known yet */
    bool probing; /* a keep-alive is being sent */
    bool silent;
    bool iss_known; /* its SYN or SYN/ACK has left */
    bool syn_again; /* ... more than once */
    bool cut;       /* segments of its TCP may be less than a mapping */
    bool lent;      /* its TCP refers to octets of the send buffer */
    bool look;      /* its TCP is to be asked what it knows */
    bool begun;     /* it has the initial window */
    /* congestion.c, hystart.c, recovery.c: see below */
    bool recovering;
    bool timed_out; /* lwIP sends again what its timer found, and has not had it acknowledged */
    bool has_lost;  /* anything: the first slow start is over */
    bool in_round;
    bool has_sacked; /* segments may have bits of the scoreboard */
    bool repairing;  /* a recovery goes by the scoreboard */
    bool odd_round;
    bool round_begun; /* something was sent again in this round */
    bool tail_sent;   /* the last segment was sent again, as a probe */
    uint8_t most;     /* while sizing: octets of options that a segment may have */
    uint8_t
        filled; /* option octets just written: the next question for their length is an assertion */
    uint32_t iss;
    uint32_t irs;
    uint32_t heard_ack; /* the ACK number of the last segment, whatever TCP thought of it */
    mptcp_ssn rcv_ssn;  /* of the next octet in order */
    struct rx_node *rx_head;
    struct rx_node *rx_tail;
    /* RTT */
    uint32_t snd_high; /* sequence number after the newest octet sent */
    uint32_t rtt_seq;
    mptcp_time rtt_at; /* 0: no measurement under way */
    struct mptcp_rtt rtt;
    /* congestion window, as it was when the segment came in */
    tcpwnd_size_t cwnd;
    tcpwnd_size_t ssthresh;
    tcpwnd_size_t reduced; /* ssthresh of the reduction that covers all up to `recover`; 0: none */
    uint32_t recover;
    uint32_t counted;     /* acknowledged up to here is in cwnd */
    tcpwnd_size_t bright; /* ssthresh for the return from the dark */
    uint32_t dark_tries;  /* timeouts in it that lwIP did not back off after */
    /* leaving slow start before the queue overflows: RTTs in ms */
    uint32_t base_ms;  /* smallest RTTs: of the rounds before, */
    uint32_t round_ms; /* of this one, */
    uint32_t batch_ms; /* of the last samples in it */
    uint32_t round_samples;
    uint32_t delay_end; /* acknowledged, it ends the round */
    /* loss recovery by SACK */
    uint32_t round_mark; /* the end of what had been sent when the round began */
    uint32_t round_end;  /* ... and when something was last sent again in it */
    uint32_t lost_below; /* a segment is lost if so many octets beyond it are SACKed */
    mptcp_time quiet_at; /* when octets were last sent, or acknowledged */
    struct mptcp_cc_acc acc;
    mptcp_time idle_at; /* since when nothing is in flight; 0: something is, or never was */
    /* as reported last, and changed by what was sent and acknowledged since */
    uint32_t segment_size; /* payload of a full segment */
    uint32_t told_room;
    uint32_t told_srtt;
    u16_t path_mss; /* what the path lets through, to be done yet; 0: nothing was heard */
};

struct mptcpl_path {
    struct mptcpl_path *next;
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

/* sendbuf.c */
struct mptcpl_piece;
struct mptcpl_sendbuf {
    mptcp_dsn start; /* first octet that is still needed */
    mptcp_dsn end;   /* after the last octet that was written */
    struct mptcpl_piece *first;
    struct mptcpl_piece *last;
    struct mptcpl_piece *filling;
    struct mptcpl_piece *asked;
};

/* due.c */
struct mptcpl_queue {
    struct mptcpl_pcb *first;
    struct mptcpl_pcb *last;
};
enum { MPTCPL_TOUCHED, MPTCPL_WORKED, MPTCPL_QUEUES };
struct mptcpl_due {
    struct {
        struct mptcpl_pcb *before;
        struct mptcpl_pcb *after;
    } next_to[MPTCPL_QUEUES];
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
    mptcp_time poll_at;
    mptcp_time again_at;    /* when what was put off is tried again; MPTCP_NEVER: nothing was */
    mptcp_time deadline;    /* of the connection, as it was when it was asked for */
    uint32_t rtt_us;        /* the RTT that it measured; 0: none */
    uint32_t number;        /* numbers.c */
    uint8_t state;          /* enum mptcpl_state */
    uint8_t poll_interval;  /* half seconds */
    bool detached;          /* closed by the application */
    bool rx_shut;           /* what comes is dropped */
    bool eof;               /* EOF has been handed over */
    bool look;              /* the TCPs of all subflows are to be asked what they know, */
    bool look_at_some;      /* or those of some: subflow.look */
    bool in[MPTCPL_QUEUES]; /* due.c */
    bool unwritten;         /* a write found no memory */
    bool checksum;          /* negotiated */
    bool passive;
    bool parked;     /* saved, or about to be: nothing happens on it any more */
    bool returning;  /* resumed, and no subflow yet */
    bool spared;     /* connects without offering MPTCP: its SYNs would get lost */
    uint8_t version; /* of the protocol: what it offers, or what its client's SYN has */
    /* a listener; or what a connection is to its listener */
    uint8_t backlog;
    uint8_t pending; /* children that are not open yet */
    bool is_pending; /* its listener counts it, */
    uint32_t parent; /* whose number this is */
    int spared_for;  /* why: an MPTCP_E_ code */
    ip_addr_t bind_addr;
    uint16_t bind_port;
    uint8_t bind_netif; /* index; 0: none */
    uint8_t npaths;
    uint8_t npast;
    struct mptcpl_listens *listens; /* a listener; or a connection, at announced addresses */
    struct mptcpl_path *paths;
    /* the connection */
    struct mptcp_conn *conn;
    struct subflow *subs;
    struct mptcpl_past *past; /* of all subflows, in their order */
    struct mptcpl_sendbuf out;
    struct pbuf *refused; /* what recv would not take */
    struct pbuf *ready;   /* what is handed to it next: linked, with lengths of their own */
    struct pbuf *ready_last;
    uint32_t ready_len;
    uint32_t unread; /* handed to recv and not consumed */
};

/* gather.c: the segments of one connection. */
struct mptcpl_gathered {
    struct netif *netif;  /* they came by this one; NULL: the place is empty */
    struct pbuf *p;       /* the first packet, and the payload of the others behind it */
    struct pbuf *last;    /* its last buffer */
    bool longer;          /* the mapping is longer than that of the first segment: */
    uint8_t dss_at;       /* ... where it stands in the options, */
    uint8_t dss_length;   /* ... its octets, */
    struct mptcp_dss dss; /* ... and what it is */
    uint8_t link;         /* octets before the IP header, */
    uint8_t ip;           /* ... of the IP header, */
    uint8_t tcp;          /* ... and of TCP's */
    uint16_t segments;    /* how many there are */
    uint32_t payload;     /* octets of all of them */
};

#define MPTCPL_PLACES 4 /* connections whose segments are gathered at a time */

struct mptcpl_stack {
    struct mptcpl_port port;
    struct mptcp_endpoint *endpoint;
    uint64_t endpoint_seed;
    struct mptcpl_place *places; /* numbers.c */
    uint32_t places_size;
    uint32_t free_place;
    mptcp_time held;                          /* the time, while it is not asked for; 0: it is */
    struct mptcpl_queue queue[MPTCPL_QUEUES]; /* due.c */
    mptcp_time learned_at;
    struct mptcpl_pcb *waiting;
    struct mptcpl_pcb *dead; /* to be freed */
    struct mptcpl_listening *listening;
    unsigned lingering; /* connections that were closed and are not over */
    unsigned returning; /* how many are */
    uint8_t ext_id;
    bool working;
    const struct mptcpl_pcb *at_work; /* all that is due on it is being done; NULL: on none */
    /* the options of a pure ACK that was sized, and not written yet */
    const struct subflow *sized; /* NULL: none */
    unsigned sized_length;
    uint8_t sized_options[MPTCP_OPTION_MAX];
    struct mptcp_receipt sized_receipt;
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
    struct mptcpl_gathered gathered[MPTCPL_PLACES];
    struct netif *spared; /* lwIP does not verify checksums of what comes by it; NULL: none */
    u16_t spared_flags;   /* its bits for checksums, which are cleared meanwhile */
    unsigned holding;     /* places that are not empty */
    unsigned next_place;  /* the one that is emptied when none is empty */
    int refuse;           /* why the RST that is being written refuses a SYN */
    uint32_t joins_refused[-MPTCP_E_LAST]; /* stats.c: by code, the index is -code */
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
    return mptcpl.held != 0 ? mptcpl.held : mptcpl.port.now();
}

static inline struct mptcpl_owner *mptcpl_owner_of(const struct tcp_pcb *pcb)
{
    return (struct mptcpl_owner *)pcb->ext_args[mptcpl.ext_id].data;
}

/* The subflow that lwIP's pcb is, NULL if it is none (any more). */
static inline struct subflow *subflow_of(const struct tcp_pcb *pcb)
{
    struct mptcpl_owner *owner = mptcpl_owner_of(pcb);
    return owner != NULL && !owner->half_open ? (struct subflow *)owner : NULL;
}

/* listen.c */
struct tcp_hdr;
err_t mptcpl_listen_segment(struct tcp_pcb *lpcb, const struct mptcp_segment *seg,
                            const struct tcp_hdr *hdr);
err_t mptcpl_listen_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port, u8_t netif_idx);
/* The same for joins; shares what listens there already. ERR_USE: that is somebody else's. */
err_t mptcpl_listen_too(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port);
void mptcpl_unlisten(struct mptcpl_pcb *m);
void mptcpl_unlisten_at(struct mptcpl_pcb *m, const ip_addr_t *addr, u16_t port);
/* Returns the listener, if it is still there. */
struct mptcpl_pcb *mptcpl_no_longer_pending(struct mptcpl_pcb *child);

/* address.c */
void mptcpl_to_addr(const ip_addr_t *ip, u16_t port, struct mptcp_addr *a);
/* False: this lwIP has no addresses of the family. */
bool mptcpl_from_addr(const struct mptcp_addr *a, ip_addr_t *ip);
/* Whether an address is the one of these octets, 16 or 4. */
bool mptcpl_is_at(const ip_addr_t *ip, bool v6, const uint8_t *octets);
/* Whether an interface that is up has the address of these octets. */
bool mptcpl_is_here(bool v6, const uint8_t *octets);

/* half_open.c: a record of a SYN at a listener, whose pcb lwIP has just made. */
err_t mptcpl_half_open(struct mptcpl_pcb *listener, struct tcp_pcb *pcb, unsigned version);
/* The options of its segments: their length, and writing them. */
unsigned mptcpl_half_length(const struct tcp_pcb *pcb, unsigned internal);
void mptcpl_half_write(const struct tcp_pcb *pcb, struct tcp_hdr *hdr, uint8_t *p, unsigned room);
/* A segment of it: for lwIP alone; to be dropped; or the ACK that opens it, and *s its subflow. */
enum mptcpl_completion { HALF_LWIP, HALF_DROP, HALF_OPENED };
enum mptcpl_completion mptcpl_half_segment(struct tcp_pcb *pcb, const struct tcp_hdr *hdr,
                                           struct subflow **s);

/* subflow.c */
struct subflow *mptcpl_new_subflow(struct mptcpl_pcb *m); /* nobody's yet; NULL: no memory */
void mptcpl_drop_subflow(struct subflow *s);              /* ... and not needed; or NULL */
void mptcpl_free_unused(struct mptcpl_pcb *m);
void mptcpl_drop_subflows(struct mptcpl_pcb *m); /* all, and what is known of those before */
void mptcpl_attach(struct subflow *s, struct tcp_pcb *pcb, mptcp_sf sf);
/* ... where lwIP is accepting it. */
void mptcpl_attach_passive(struct subflow *s, struct tcp_pcb *pcb, mptcp_sf sf);
void mptcpl_addresses(const struct tcp_pcb *pcb, struct mptcp_addr *local,
                      struct mptcp_addr *remote);
struct subflow *mptcpl_subflow(struct mptcpl_pcb *m, mptcp_sf sf);
void mptcpl_path_report(struct subflow *s);
void mptcpl_path_check(struct subflow *s);         /* reports what has changed, if it matters */
bool mptcpl_size_changed(const struct subflow *s); /* ... of a full segment, since the report */
void mptcpl_gone(struct subflow *s, int why);
void mptcpl_detach(struct subflow *s, int why); /* TCP is through; statistics kept */
void mptcpl_check_time_wait(struct subflow *s);

/* numbers.c */
#define MPTCPL_NO_PLACE UINT32_MAX
err_t mptcpl_numbers_init(void);
bool mptcpl_take_number(uint32_t *number);    /* false: no memory */
void mptcpl_set_number(struct mptcpl_pcb *m); /* m->number is m's from now on */
void mptcpl_give_number(uint32_t number);     /* its token goes as well */
struct mptcpl_pcb *mptcpl_find(uint32_t number);
bool mptcpl_enter_token(uint32_t number, uint32_t token); /* false: another one has it */
void mptcpl_remove_token(uint32_t number);

/*
 * due.c: something happened on m: octets in order came or went, of which the TCPs of its subflows
 * need not be asked; something that this subflow's TCP may know more of; or anything.
 */
void mptcpl_touch_stream(struct mptcpl_pcb *m);
void mptcpl_touch_subflow(struct subflow *s);
void mptcpl_touch(struct mptcpl_pcb *m);
/* One of its moments (deadline, again_at, poll_at) was set; or all was done that was due. */
void mptcpl_wait(struct mptcpl_pcb *m);
void mptcpl_worked(struct mptcpl_pcb *m);
/* Whoever is returned is not in the queue, or in the heap, any more; NULL: nobody is. */
struct mptcpl_pcb *mptcpl_next_touched(void);
struct mptcpl_pcb *mptcpl_next_due(mptcp_time now);
mptcp_time mptcpl_first_moment(mptcp_time now);
void mptcpl_nothing_due(struct mptcpl_pcb *m); /* it is in none */

/*
 * work.c: whatever could not be done for lack of memory, or because the application did not want it
 * yet, is tried again after this time at the latest. No wake-up depends on another event.
 */
/* The application was called: time has passed. */
static inline void mptcpl_called(void)
{
    if (mptcpl.held != 0) {
        mptcpl.held = mptcpl.port.now();
    }
}

#define MPTCPL_NO_MEMORY_US 10000u /* when memory is tried again */
void mptcpl_put_off(struct mptcpl_pcb *m, mptcp_time us);
/* The subflows that are to be reset are: calls nobody back, so that it may be called in a hook. */
void mptcpl_reset_due(struct mptcpl_pcb *m);

/* events.c: an action of type MPTCP_EVENT is done */
void mptcpl_do_event(struct mptcpl_pcb *m, struct mptcp_action *a);

/* stats.c: counts a join that is refused, and one whose subflow is about to be reset */
void mptcpl_count_refused(int code);
void mptcpl_count_reset(const struct subflow *s, int code);
/* ... the record of a subflow that may begin, which then has it */
struct mptcpl_past *mptcpl_new_past(struct mptcpl_pcb *m);
void mptcpl_drop_past(struct mptcpl_pcb *m, struct mptcpl_past *past);
void mptcpl_begin_past(struct subflow *s);

/* receive.c */
err_t mptcpl_received(struct subflow *s, struct pbuf *p);
void mptcpl_hand_ready(struct mptcpl_pcb *m);
void mptcpl_drop_ready(struct mptcpl_pcb *m);
uint32_t mptcpl_deliver(struct mptcpl_pcb *m, const struct mptcp_action *a);
void mptcpl_release(struct subflow *s, mptcp_ssn keep);
void mptcpl_hand_eof(struct mptcpl_pcb *m);
void mptcpl_retry_refused(struct mptcpl_pcb *m);

/* gather.c */
void mptcpl_gathered_input(void); /* what is held goes to lwIP */

/* sendbuf.c: octets from dsn on. */
void mptcpl_sendbuf_begin(struct mptcpl_sendbuf *b, mptcp_dsn dsn);
uint32_t mptcpl_sendbuf_held(const struct mptcpl_sendbuf *b);
/* Memory for len octets more, of at most limit in all; false: there is none. Then write them. */
bool mptcpl_sendbuf_reserve(struct mptcpl_sendbuf *b, uint32_t len, uint32_t limit);
void mptcpl_sendbuf_write(struct mptcpl_sendbuf *b, const void *data, uint32_t len);
/* The octet dsn, which is there, and how many are there contiguously. */
const uint8_t *mptcpl_sendbuf_at(struct mptcpl_sendbuf *b, mptcp_dsn dsn, uint32_t *contiguous);
void mptcpl_sendbuf_free(struct mptcpl_sendbuf *b, mptcp_dsn upto);
void mptcpl_sendbuf_copy(const struct mptcpl_sendbuf *b, uint8_t *out); /* all that it holds */

/* transmit.c */
uint32_t mptcpl_most_of(uint32_t segment_size);
uint32_t mptcpl_send(struct mptcpl_pcb *m, const struct mptcp_action *a);
uint32_t mptcpl_payload_sum(const struct pbuf *p, u16_t header);
uint32_t mptcpl_mapping_sum(struct mptcpl_pcb *m, const struct mptcp_tx_map *map);
bool mptcpl_unborrow(struct subflow *s);         /* false: no memory */
bool mptcpl_return_octets(struct mptcpl_pcb *m); /* false: no memory */
void mptcpl_freed(struct mptcpl_pcb *m, mptcp_dsn upto);

/* returning.c */
void mptcpl_returning(struct mptcpl_pcb *m, bool yes);

/* paths.c */
bool mptcpl_copy_paths(struct mptcpl_pcb *m, const struct mptcpl_pcb *of); /* false: no memory */
void mptcpl_drop_paths(struct mptcpl_pcb *m);
void mptcpl_add_addresses(struct mptcpl_pcb *m);

/* config.c */
void mptcpl_core_config(const struct mptcpl_config *of, struct mptcp_config *cfg);

/* pcb.c */
struct mptcpl_pcb *mptcpl_alloc(const struct mptcpl_config *cfg);
bool mptcpl_draw_key(unsigned version, struct mptcp_secret *secret, uint32_t *token);
bool mptcpl_make_block(struct mptcpl_pcb *m,
                       const struct mptcp_secret *secret); /* false: no memory */
void mptcpl_detached(struct mptcpl_pcb *m);                /* the application has let go of it */
void mptcpl_free(struct mptcpl_pcb *m);
void mptcpl_sweep(void);             /* what mptcpl_free left to it */
void mptcpl_note(struct subflow *s); /* what only a living subflow tells, into the history */

#endif

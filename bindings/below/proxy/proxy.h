/*
 * proxy.h - private to mptcp-below: what its files share. What it shares with mptcp-nc is in
 * programs.h.
 *
 *   main.c      set-up, the end
 *   loop.c      the loop: what is done when; signals
 *   events.c    descriptors that are watched; what time it is
 *   options.c   the command line
 *   named.c     ... options whose value is a name
 *   config.c    ... and what they come to
 *   help.c      ... and what --help says of it
 *   address.c   addresses as text and as socket addresses
 *   resolve.c   names to addresses, in threads of their own
 *   space.c     the network namespace in which the subflows' sockets live
 *   netlink.c   its devices, addresses and routes
 *   check.c     whether the links' addresses can be answered
 *   tun.c       the TUN devices: packets between the two namespaces, through the shim
 *   sockets.c   the subflows' sockets, for below.h
 *   links.c     the links' addresses: which one a connection begins on
 *   doors.c     where connections come in
 *   relay.c     the connections, from coming in to their ends
 *   turns.c     ... which of them do something now
 *   front.c     ... where it goes
 *   dial.c      ... connecting to there
 *   flow.c      ... its octets, both ways
 *   news.c      ... what -v tells of its protocol and its subflows
 *   socks.c     SOCKS5 messages
 *   answer.c    ... to a program that has asked
 *   capture.c   the capture file
 *   stats.c     the report
 */
#ifndef PROXY_H
#define PROXY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "below.h"
#include "programs.h"

#define PX_PATHS PROG_PATHS
#define PX_DOORS 16
#define PX_ADDRESS 64 /* a printed address with its port */
#define PX_NAME 256   /* a host name with its end */
#define PX_TARGETS 4  /* addresses of a name that are tried */
#define PX_WHY 128    /* a sentence about why a connection fails */

/* Exit status. */
enum px_status { PX_OK = 0, PX_USAGE = 1, PX_NOT_LISTENING = 2, PX_LOST = 3 };

/* An address on a link. */
struct px_path {
    char tun[IFNAMSIZ];
    struct mptcp_addr addr;
    bool backup;
    bool metered;
    uint8_t cost;    /* of its subflows */
    bool gone;       /* its device is not there */
    unsigned nif;    /* its link */
    mptcp_time shun; /* no connection begins here before, if another link will do */
};

/* Where connections come in, and where they go. */
enum px_kind {
    PX_FORWARD,     /* plain TCP comes in; MPTCP goes to a host */
    PX_SOCKS,       /* ... to where it asks for */
    PX_TRANSPARENT, /* ... to where it was on its way */
    PX_SERVE        /* MPTCP comes in; plain TCP goes to a host */
};

struct px_door {
    enum px_kind kind;
    struct mptcp_addr at; /* family 0: any address */
    char host[PX_NAME];
    uint16_t port;           /* of host */
    int fd;                  /* PX_SERVE: -1 */
    below_listener listener; /* PX_SERVE */
    bool waiting;            /* somebody may wait there */
    bool wanting;            /* ... but descriptors or memory were short */
};

struct px_options {
    struct prog_options common; /* its paths are in `path` once all options are read */
    struct px_path path[PX_PATHS];
    unsigned paths;
    struct px_door door[PX_DOORS];
    unsigned doors;
    struct below_config config;
    uint32_t connections;
    const char *congestion; /* of each subflow; NULL: the kernel's default */
};

/* help.c */
extern const char px_help[];

/* options.c. True: go on. False: end with *status, everything has been said. */
bool px_options(struct px_options *o, int argc, char **argv, int *status);

/* config.c */
void px_config_begin(struct px_options *o);
void px_config_end(struct px_options *o);

/* doors.c: its options, from text */
bool px_door_option(struct px_options *o, enum px_kind kind, const char *option, const char *text);

/* named.c */
bool px_policy_option(struct px_options *o, const char *text);
bool px_congestion_option(struct px_options *o, const char *text);
bool px_version_option(struct px_options *o, const char *text);

/* address.c */
socklen_t px_to_socket(const struct mptcp_addr *addr, struct sockaddr_storage *to);
bool px_from_socket(const struct sockaddr_storage *from, struct mptcp_addr *addr);
const char *px_print(const struct mptcp_addr *addr, char text[PX_ADDRESS]);
const char *px_print_ip(const struct mptcp_addr *addr, char text[PX_ADDRESS]); /* no port */

/* main.c */
extern struct below *px_below;
extern struct px_options *px_o;

/* events.c: what waits for events has a tag, and a number of its own. */
enum px_tag { PX_TAG_SIGNAL, PX_TAG_LINK, PX_TAG_NAMES, PX_TAG_DOOR, PX_TAG_APP, PX_TAG_SUBFLOW };
typedef void (*px_event_fn)(enum px_tag tag, uint32_t number, uint32_t events);
bool px_events_open(void);
bool px_watch(int fd, uint32_t events, enum px_tag tag,
              uint32_t number);                        /* false: errno says why */
bool px_events_wait(mptcp_time at, px_event_fn event); /* until then; false: never again */
mptcp_time px_now(void);                               /* us, of the last px_tick */
void px_tick(void);                                    /* reads the clock */

/* loop.c */
bool px_loop_open(void);
int px_loop_run(void); /* until a signal comes: the exit status */

/* resolve.c */
bool px_resolve_open(void);
bool px_resolve(uint32_t id, const char *name); /* false: too many are being asked for */
void px_resolve_answers(void (*answer)(uint32_t id, const struct mptcp_addr *addr, unsigned n));

/* space.c */
bool px_space_make(void);
void px_space_enter(void);
void px_space_leave(void);

/* netlink.c: of the namespace in which px_netlink_open was called. 0, or an errno. */
int px_netlink_open(void);
int px_netlink_up(int fd, unsigned device, unsigned mtu, unsigned queue);
int px_netlink_address(int fd, unsigned device, const struct mptcp_addr *addr);
int px_netlink_route(int fd, unsigned device, unsigned family, uint32_t table);
int px_netlink_rule(int fd, const struct mptcp_addr *from, uint32_t table);
int px_netlink_way(int fd, const struct mptcp_addr *to, bool *own, unsigned *device);

/* check.c */
bool px_paths_check(void);

/* tun.c */
bool px_tun_open(struct px_options *o);
bool px_tun_watch(void);
bool px_tun_in(void);  /* packets from the network; false: there was none */
bool px_tun_out(void); /* ... from the subflows' sockets */
void px_tun_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length);
void px_tun_again(void);      /* looks for devices that are gone, if it is time */
mptcp_time px_tun_next(void); /* when it is so */
unsigned px_tun_links(void);
const char *px_tun_name(unsigned nif);
unsigned px_tun_mtu(unsigned nif);
void px_tun_close(void);

/* sockets.c */
bool px_sockets_open(uint32_t most);
extern const struct below_sockets px_sockets;
void px_sockets_event(int fd, uint32_t events);
void px_sockets_again(void);   /* accepts what could not be accepted before */
bool px_sockets_wanting(void); /* something could not be: descriptors or memory were short */
void px_sockets_path(void *context, below_socket s, struct mptcp_path *path);
int px_sockets_error(void); /* an errno: why the last connect has failed */
void px_reset(int fd);      /* closes it with a RST */

/* links.c */
struct px_relay;
bool px_links_add(void); /* tells below of them */
void px_links_drop(unsigned nif);
void px_links_back(unsigned nif);
struct px_path *px_links_first(unsigned family, uint32_t tried);   /* NULL: none is left */
const struct px_path *px_links_at(const struct mptcp_addr *local); /* NULL: none has it */
bool px_links_have(unsigned family); /* an address of it, be its device gone or not */
bool px_links_lead_to(const struct mptcp_addr *to);
bool px_links_opening(const struct px_relay *r); /* further subflows may be there in a moment */
void px_links_mark(below_stream stream); /* what the options say of its first subflow's link */

/* capture.c */
bool px_capture_open(const char *file);

/* socks.c */
struct px_request {
    struct mptcp_addr addr; /* family 0: host is to be asked for */
    uint16_t port;
    char host[PX_NAME];
};
#define PX_SOCKS_GENERAL 1
#define PX_SOCKS_NET 3
#define PX_SOCKS_HOST 4
#define PX_SOCKS_REFUSED 5
#define PX_SOCKS_COMMAND 7
#define PX_SOCKS_FAMILY 8
#define PX_SOCKS_METHOD 255      /* of the greeting */
#define PX_SOCKS_NONSENSE (-256) /* no answer but the end */
/* How many octets it has; 0: more are needed; negative: it is not taken, and its code. */
int px_socks_greeting(const uint8_t *p, uint32_t n);
int px_socks_request(const uint8_t *p, uint32_t n, struct px_request *q);
/* Returns the length of the answer to a request; code 0: it succeeded. */
uint32_t px_socks_answer(uint8_t *p, unsigned code);

/* relay.c */
#define PX_BLOCK (32u * 1024)

/* One direction: octets that were read and not yet written. */
struct px_pipe {
    uint8_t *block; /* PX_BLOCK octets */
    uint32_t from;
    uint32_t to;
    uint64_t total; /* octets that were read */
    bool ended;     /* the end was read */
    bool closed;    /* ... and told on the other side */
};

/*
 *   GREETING  SOCKS5 is spoken -> RESOLVING, DIALLING
 *   RESOLVING a name is asked for -> DIALLING
 *   DIALLING  the other side is being connected to -> TALKING
 *   TALKING   octets flow -> FREE when both directions have ended
 *   any       -> FREE when either side is reset, or nothing answers
 */
enum px_stage { PX_FREE, PX_GREETING, PX_RESOLVING, PX_DIALLING, PX_TALKING };

struct px_relay {
    enum px_stage stage;
    uint32_t place; /* px_relay_at has it there */
    const struct px_door *door;
    uint32_t number;     /* of the connection, since the start */
    int app;             /* plain TCP; -1: none */
    below_stream stream; /* MPTCP; BELOW_NONE: none */
    bool app_in;         /* may be read */
    bool app_out;        /* may be written */
    bool app_failed;     /* an error waits there */
    bool greeted;        /* SOCKS5: its request is what comes next */
    bool asked;          /* ... has come, and was not granted yet */
    bool answered;       /* ... was refused, and the program has been told */
    mptcp_time give_up;  /* of this stage, or this attempt; MPTCP_NEVER: never */
    mptcp_time began;
    mptcp_time opened;
    struct mptcp_addr from; /* who came; family 0: nobody knows */
    char why[PX_WHY];       /* it fails, in more words than its code has; "": that says it all */
    struct px_pipe up;      /* plain to MPTCP */
    struct px_pipe down;    /* MPTCP to plain */

    struct mptcp_addr target[PX_TARGETS];
    unsigned targets;
    unsigned target_at;   /* the one that is tried */
    uint32_t tried;       /* paths over which it was tried: a bit each */
    struct px_path *path; /* the one that is tried */
    struct px_path *dark; /* one over which this target did not answer; NULL: none */
    int code;             /* why the last attempt has failed */
    int error;            /* ... an errno, if one says more; 0: none does */

    bool dirty; /* in the queue of those with something to do */
    struct px_relay *next_dirty;
    struct px_relay *next_free;
};

bool px_relays_open(void);
bool px_relays_full(void);
struct px_relay *px_relay_at(uint32_t index); /* NULL: there are no more */
struct px_relay *px_relay_new(const struct px_door *door);
bool px_relay_app(struct px_relay *r, int app);                /* it has this plain connection */
void px_relay_stream(struct px_relay *r, below_stream stream); /* ... this stream */
void px_relay_leave_stream(struct px_relay *r);                /* ... none */
void px_relay_wait(struct px_relay *r, mptcp_time give_up);
void px_relay_fail(struct px_relay *r, int code); /* resets both sides */
/* The same, by a sentence; its code is for what has to have one. */
void px_relay_fail_why(struct px_relay *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void px_relay_done(struct px_relay *r);  /* both directions have ended */
void px_relay_touch(struct px_relay *r); /* it has something to do */
void px_relay_changed(below_stream stream);
struct px_relay *px_relay_of(below_stream stream); /* NULL: none has it */
void px_relay_app_event(uint32_t index, uint32_t events);
bool px_relays_dirty(void);
struct px_relay *px_relays_take(void); /* those with something to do, which leave the queue */
bool px_relays_due(void);              /* it is time to see which have waited long enough */
mptcp_time px_relays_next(void);       /* when it is; MPTCP_NEVER: none waits */

/* turns.c */
void px_turns(void);        /* of those with something to do */
void px_turns_tick(void);   /* of those that have waited long enough */
void px_turns_report(void); /* once a second, for the report */
void px_turns_abort(void);

/* answer.c: what a program is told that has asked by SOCKS5 */
void px_answer(const struct px_relay *r, const uint8_t *octets,
               uint32_t n); /* few: there is room */
void px_answer_opened(struct px_relay *r);
void px_answer_refused(struct px_relay *r, int code);

/* front.c */
void px_front(struct px_relay *r);      /* begins: where does it go? */
void px_front_work(struct px_relay *r); /* GREETING */
void px_front_answer(uint32_t id, const struct mptcp_addr *addr, unsigned n);

/* dial.c */
void px_dial(struct px_relay *r);                 /* begins, with the first target */
void px_dial_work(struct px_relay *r);            /* DIALLING: how far is it? */
void px_dial_again(struct px_relay *r, int code); /* that attempt has failed: another, or the end */

/* flow.c: TALKING */
void px_flow(struct px_relay *r);

/* doors.c */
bool px_doors_open(void);
void px_door_event(uint32_t number);
void px_doors_changed(below_listener listener);
bool px_doors_work(void);    /* false: nobody is left who could come in */
bool px_doors_wanting(void); /* descriptors or memory were short for somebody who waits */
void px_doors_close(void);

/* news.c */
#define PX_PROTOCOL 128 /* a sentence about a protocol */
const char *px_news_protocol(below_stream stream, char text[PX_PROTOCOL]);
void px_news(void *context, below_stream stream, const struct mptcp_action *event);

/* stats.c */
bool px_stats_open(const char *file);
bool px_stats_wanted(void);
void px_stats_of(const struct px_relay *r); /* a line, if something has moved */
void px_stats_second(void);                 /* ... and one of refused joins; all is in the file */
void px_stats_end(const struct px_relay *r, int code);
void px_stats_subflow_gone(const struct px_relay *r, mptcp_sf sf, int code);
bool px_stats_close(void);

#endif

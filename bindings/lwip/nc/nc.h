/*
 * nc.h - private to mptcp-nc: what its files share. What it shares with mptcp-below is in
 * programs.h.
 *
 *   main.c      set-up, the loop, the end
 *   clock.c     time and random octets
 *   options.c   the command line
 *   named.c     ... options whose value is a name
 *   help.c      ... and what --help says of it
 *   tun.c       TUN devices as lwIP's interfaces
 *   offload.c   ... that take and give segments merged
 *   way.c       packets on an emulated link
 *   capture.c   the capture file
 *   address.c   addresses as text
 *   session.c   the connection: opening, events, when it is over
 *   paths.c     which of the paths it has
 *   stream.c    standard input and output
 *   checkpoint.c  the file that a connection is carried in
 *   commands.c  what is to happen at some time: --at
 *   stats.c     the JSON report
 */
#ifndef MPTCP_NC_H
#define MPTCP_NC_H

/* Before anything else: lwIP makes its own ssize_t where limits.h does not tell of one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lwip/ip_addr.h"
#include "lwip/netif.h"

#include "mptcp_lwip.h"
#include "port/link.h"
#include "programs.h"

#define NC_PATHS MPTCPL_ADDRS
#define NC_ADDRESS 64 /* a printed address with its port */

/* Exit status. */
enum nc_status { NC_OK = 0, NC_USAGE = 1, NC_NOT_CONNECTED = 2, NC_LOST = 3 };

/* A link to be emulated, the same each way. */
struct nc_emulation {
    char tun[IFNAMSIZ];
    struct mptcpl_link link;
};

struct nc_path {
    char tun[IFNAMSIZ];
    ip_addr_t addr;
    uint8_t prefix;
    bool backup;
    bool metered;
    uint8_t cost; /* of its subflows */
    bool wanted;  /* --at does not keep it from being used */
    bool gone;    /* its device is not there */
    bool known;   /* the connection has its address */
    struct netif netif;
};

/* What is to happen so long after the connection was opened. */
#define NC_COMMANDS 16
enum nc_verb { NC_REMOVE, NC_ADD, NC_BACKUP, NC_USE, NC_JOIN, NC_ANNOUNCE, NC_ABORT };
struct nc_command {
    uint64_t at; /* us */
    enum nc_verb verb;
    const char *tun;
    bool done;
};

struct nc_options {
    struct prog_options common; /* path and config have what it says once all options are read */
    struct mptcp_config conn;   /* ... for common */
    struct nc_path path[NC_PATHS];
    unsigned paths;
    struct nc_emulation emulation[NC_PATHS];
    unsigned emulations;
    struct mptcpl_config config;
    bool no_offload;
    bool listen;
    const char *host;
    ip_addr_t remote;
    uint16_t port;
    const char *checkpoint;
    const char *resume;
    uint64_t seed;
    struct nc_command command[NC_COMMANDS];
    unsigned commands;
};

/* help.c */
extern const char nc_help[];

/* options.c. True: go on. False: end with *status, everything has been said. */
bool nc_options(struct nc_options *o, int argc, char **argv, int *status);

/* named.c */
bool nc_cc_option(struct nc_options *o, const char *text);
bool nc_policy_option(struct nc_options *o, const char *text);
bool nc_version_option(struct nc_options *o, const char *text);
bool nc_add_addr2_option(struct nc_options *o, const char *text); /* NULL: without a value */

/* address.c */
void nc_from_addr(const struct mptcp_addr *from, ip_addr_t *to);
bool nc_literal(const char *text, ip_addr_t *addr);
const char *nc_print(const ip_addr_t *addr, uint16_t port, char text[NC_ADDRESS]);

/* clock.c */
uint64_t nc_now(void);  /* us, as of the last nc_tick */
uint64_t nc_tick(void); /* reads the clock */
void nc_entropy(void *out, size_t n);

/* tun.c */
bool nc_tun_open(struct nc_options *o);
unsigned nc_tun_fds(int *fd); /* of the devices, at most NC_PATHS; -1: one that is gone */
bool nc_tun_left(void);       /* at least one device is there */
void nc_tun_input(void);      /* what has arrived, a bounded number of packets */
bool nc_tun_more(void);       /* the last nc_tun_input stopped at its bound */
void nc_tun_flush(void);      /* packets that wait for others to be merged with */
void nc_tun_work(void);       /* packets that emulated links let go now */
uint64_t nc_tun_deadline(void);
void nc_tun_again(void);    /* looks for devices that are gone, if it is time */
uint64_t nc_tun_next(void); /* when it is so */
void nc_tun_close(void);

/* way.c: one direction of an emulated link, with the packets on it */
struct nc_parcel;
struct nc_way {
    struct mptcpl_link link;
    struct nc_parcel *head;
    struct nc_parcel *tail;
};
void nc_way_put(struct nc_way *way, const struct pbuf *p);
size_t nc_way_take(struct nc_way *way, void *out, size_t size); /* 0: nothing is due */
uint64_t nc_way_next(const struct nc_way *way);

/* capture.c */
bool nc_capture_open(const char *file, const struct nc_options *o);
void nc_capture(unsigned path, const struct pbuf *p);

/* session.c */
struct nc_stream;
struct nc_session {
    struct nc_options *o;
    struct nc_stream *stream;
    struct mptcpl_pcb *listener;
    struct mptcpl_pcb *pcb; /* NULL: not yet, or no more */
    uint64_t started;
    uint64_t opened;  /* 0: never */
    uint64_t give_up; /* when waiting ends: for the connection, or for the last FINs */
    unsigned ready;   /* subflows that could carry data, so far */
    bool remote_ended;
    bool local_ended; /* DATA_FIN was asked for */
    bool both_closed;
    bool linger_shortened; /* give_up was moved forward */
    bool over;
    bool again;  /* it has connected a second time, with version 0 */
    bool parked; /* kept in a file: the peer is to hear nothing */
    int status;
};

bool nc_session_start(struct nc_session *s, struct nc_options *o, struct nc_stream *stream);
void nc_session_work(struct nc_session *s);
uint64_t nc_session_deadline(const struct nc_session *s);
void nc_session_fail(struct nc_session *s); /* reset, exit status 3; the reason has been said */

/* paths.c */
unsigned nc_path_flags(const struct nc_options *o, const struct nc_path *path);
void nc_paths_begin(struct nc_options *o);                       /* before the connection is */
void nc_path_follow(struct nc_session *s, struct nc_path *path); /* what has changed of it */
void nc_paths_follow(struct nc_session *s);                      /* ... of all */

/* stream.c */
#define NC_BLOCK (64u * 1024)
struct nc_stream {
    int in;        /* -1: ended */
    int out;       /* -1: ended */
    uint8_t *ring; /* received, not yet written */
    uint32_t size;
    uint64_t head;  /* octets that came into it */
    uint64_t tail;  /* octets that left it */
    uint64_t read;  /* octets of input */
    bool out_waits; /* output takes nothing now */
    bool unread;    /* input may have more without waiting */
};
bool nc_stream_open(struct nc_stream *t, uint32_t size);
bool nc_stream_hungry(const struct nc_stream *t, const struct mptcpl_pcb *pcb);
int nc_stream_read(struct nc_stream *t, struct mptcpl_pcb *pcb);  /* < 0: lost, said why */
bool nc_stream_take(struct nc_stream *t, const struct pbuf *p);   /* false: it has no room for p */
int nc_stream_write(struct nc_stream *t, struct mptcpl_pcb *pcb); /* < 0: lost, said why */
bool nc_stream_drained(const struct nc_stream *t);
void nc_stream_end(struct nc_stream *t); /* all is written: whoever reads it sees the end */

/* checkpoint.c: false, or not kept: everything has been said */
enum nc_kept {
    NC_NOT_KEPT,    /* and nothing changed: the connection goes on */
    NC_KEPT,        /* it is in the file, and no longer here */
    NC_KEPT_NOWHERE /* it is no longer here, and not in the file of that name */
};
bool nc_checkpoint_free(const char *file);
enum nc_kept nc_checkpoint(struct nc_session *s, const char *file);
bool nc_resume(struct nc_session *s, const char *file, uint32_t limit_us);

/* commands.c */
bool nc_command_option(struct nc_options *o, const char *text);
bool nc_commands(struct nc_session *s); /* what is due; false: it is to be aborted */
uint64_t nc_commands_deadline(const struct nc_session *s);

/* stats.c */
void nc_stats_keep(const struct nc_session *s); /* while the connection is still there */
bool nc_stats_write(const struct nc_session *s, const char *file);

#endif

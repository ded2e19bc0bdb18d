/*
 * programs.h - what the programs mptcp-nc and mptcp-below share: what they say, and the options
 * that both have.
 *
 *   say.c         lines on standard error
 *   options.c     the options that both have, and the loop that reads all of a program's
 *   values.c      ... values: numbers, addresses, lists of names
 *   paths.c       ... --path, and what other options say of a path
 *   tun.c         TUN devices, which come and go
 *   schedulers.c  the schedulers that can be named
 *   capture.c     the packets, as a file
 *   report.c      what both reports have
 *
 * A function that returns false has said why, in one line.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "mptcp/config.h"
#include "mptcp/types.h"

/* ----------------------------------------------------------------------- say.c */

/* The program's name, with which each line begins: the program defines it. */
extern const char prog_name[];
extern bool prog_verbose; /* -v */

void prog_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void prog_say(const char *format, ...) __attribute__((format(printf, 1, 2))); /* if -v */

/* -------------------------------------------------------------------- values.c */

/* Sets *n to the number that the whole text is; false, and nothing is said: it is none from low to
 * high. */
bool prog_number(const char *text, uint64_t low, uint64_t high, uint64_t *n);
/* Says that the option has a wrong value. Returns false. */
bool prog_wrong(const char *option, const char *value, const char *expected);
/* TUN=...: the name goes to `tun`; returns what follows. NULL, and nothing is said: it is not so.
 */
const char *prog_split_tun(const char *text, char tun[IFNAMSIZ]);
/* An IPv4 or IPv6 address, without a port; false, and nothing is said: it is none. */
bool prog_literal(const char *text, struct mptcp_addr *addr);

/* Appends a name to a list of n, as the i-th: "a", "a or b", "a, b or c". */
#define PROG_NAMES 128 /* octets of a list of names */
void prog_list_name(char list[PROG_NAMES], unsigned i, unsigned n, const char *name);

/* --------------------------------------------------------------------- paths.c */

#define PROG_PATHS 8
#define PROG_MARKS 24

struct prog_path {
    char tun[IFNAMSIZ];
    struct mptcp_addr addr;
    uint8_t prefix;
    bool backup;
    bool metered;
    uint8_t cost; /* of its subflows */
};

/* What an option says of a path, until all paths are known. */
enum prog_mark_what { PROG_BACKUP, PROG_METERED, PROG_COST };
struct prog_mark {
    enum prog_mark_what what;
    char tun[IFNAMSIZ];
    uint8_t cost;
};

struct prog_paths {
    struct prog_path path[PROG_PATHS];
    unsigned n;
    struct prog_mark mark[PROG_MARKS];
    unsigned marks;
};

bool prog_path_option(struct prog_paths *p, const char *text);
/* --backup TUN, --metered TUN, --cost TUN=N */
bool prog_mark_option(struct prog_paths *p, enum prog_mark_what what, const char *text);
/* True if a path has this device; else says so. */
bool prog_path_known(const struct prog_paths *p, const char *option, const char *tun);
/* All options were read: what they say of paths goes to those. There is at least one path. */
bool prog_paths_end(struct prog_paths *p);

/* ------------------------------------------------------------------- options.c */

struct option; /* of getopt_long */

struct prog_options {
    struct prog_paths paths;
    struct mptcp_config *conn; /* the program's: flags, limits and durations go there */
    bool announce;
    const char *pcap;
    const char *stats;
};

/* A program's own options: their numbers are less than this one. */
#define PROG_OPTION_FIRST 1024
struct prog_reader {
    const struct option *own;
    const char *letters; /* short options, -v included */
    const char *help;
    void *context; /* the first argument of `option`, which takes an own option or says what is
                      wrong with it */
    bool (*option)(void *context, int c, const char *value);
};

enum prog_read { PROG_READ, PROG_WRONG, PROG_HELPED };

/* Reads all options; what is left begins at argv[optind]. */
enum prog_read prog_options_read(struct prog_options *o, const struct prog_reader *r, int argc,
                                 char **argv);
/* What was read fits together; what was said of paths goes to those. */
bool prog_options_end(struct prog_options *o);

/* ----------------------------------------------------------------------- tun.c */

struct prog_tun {
    char name[IFNAMSIZ];
    int fd;              /* -1: gone */
    bool refused;        /* gone: why one of its name can't be used has been said */
    unsigned mtu;        /* of these two, what prog_tun_begin has seen */
    unsigned queue;      /* packets that the kernel keeps for it */
    mptcp_time again_at; /* gone: when one of its name is looked for */
};

/* True if there is such a device; prog_tun_attach would make one. */
bool prog_tun_there(const char *name);
/* A device of this name, gone. The name is shorter than IFNAMSIZ. */
void prog_tun_init(struct prog_tun *tun, const char *name);
/* The three steps by which it is there. Those that return false have said why, but not twice for
 * the same absence, and it is gone.
 *
 * A descriptor, of no device. */
bool prog_tun_open(struct prog_tun *tun);
/* It is that of the device of its name, in the network namespace in which this is called, without a
 * header before each packet, but what `flags` (IFF_ bits) ask for. */
bool prog_tun_attach(struct prog_tun *tun, unsigned flags);
/* What the device is; returns when the kernel sends to it. */
void prog_tun_begin(struct prog_tun *tun);
/* It can't be used: closes it, and says why, if that was not said before. */
void prog_tun_refuse(struct prog_tun *tun, const char *what, const char *why);
/* The device was deleted: closes it. `now` is in us. */
void prog_tun_lose(struct prog_tun *tun, mptcp_time now);
/* When one that is gone is looked for; MPTCP_NEVER: it is there. */
mptcp_time prog_tun_next(const struct prog_tun *tun);
/* Looks for one that is gone, if it is time. True: there is one of its name again. */
bool prog_tun_back(struct prog_tun *tun, mptcp_time now);

/* ------------------------------------------------------------------- capture.c */

/* Begins a capture; then its interfaces are named, which are numbered from 0. */
bool prog_capture_open(const char *file);
void prog_capture_interface(const char *name);
bool prog_capturing(void);
/* A packet was sent or got now. Without a capture it is ignored. */
void prog_capture(unsigned interface, const void *packet, uint32_t length);
/* Ends it, if there is one. False: not everything could be written. */
bool prog_capture_close(void);

/* -------------------------------------------------------------------- report.c */

/* Writes a JSON list of the codes with which joins were refused, and how many with each:
 * `refused` says that. */
void prog_report_refused(FILE *f, uint32_t (*refused)(int code));

#endif

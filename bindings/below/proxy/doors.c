/*
 * doors.c - where connections come in: sockets of the machine's own namespace for plain TCP,
 * listeners of below for MPTCP. While no place for a connection is free, none is accepted: clients
 * wait in the kernel, or in below. However many come, those that live go on in between.
 */
#include "proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG 4096
#define AT_ONCE 16u /* connections of a door, before those that live have their turn */

/* ---------------------------------------------------------------------- options */

/* Takes a field up to the next colon off *text; in brackets it may have colons itself. */
static bool field(const char **text, char *out, size_t size)
{
    const char *p = *text;
    bool bracket = *p == '[';
    const char *end = bracket ? strchr(p, ']') : p + strcspn(p, ":");

    if (end == NULL) {
        return false;
    }
    p += bracket;
    size_t n = (size_t)(end - p);
    end += bracket;
    if (n == 0 || n >= size || (*end != ':' && *end != '\0')) {
        return false;
    }
    memcpy(out, p, n);
    out[n] = '\0';
    *text = *end == ':' ? end + 1 : end;
    return *end != ':' || end[1] != '\0';
}

static bool take_port(const char *text, uint16_t *port)
{
    uint64_t n;

    if (!prog_number(text, 1, UINT16_MAX, &n)) {
        return false;
    }
    *port = (uint16_t)n;
    return true;
}

#define FIELDS 4u

/* Splits text. Returns how many fields it has; 0: it makes no sense. */
static unsigned split(const char *text, char fields[FIELDS][PX_NAME])
{
    unsigned n = 0;

    while (*text != '\0') {
        if (n == FIELDS || !field(&text, fields[n++], PX_NAME)) {
            return 0;
        }
    }
    return n;
}

static bool take_at(struct px_door *d, const char *text)
{
    if (strcmp(text, "*") == 0) {
        d->at.family = 0;
        return true;
    }
    return prog_literal(text, &d->at);
}

/* [ADDR:]PORT, then HOST:PORT if `target`. */
static bool take(struct px_door *d, const char *text, bool address, bool target)
{
    char f[FIELDS][PX_NAME];
    unsigned n = split(text, f);
    unsigned first = target ? 2 : 0;
    unsigned own = n - first;

    if (n < first + 1 || own > (address ? 2 : 1) || (own == 2 && !take_at(d, f[0])) ||
        !take_port(f[own - 1], &d->at.port)) {
        return false;
    }
    if (target) {
        memcpy(d->host, f[n - 2], sizeof d->host);
        return take_port(f[n - 1], &d->port);
    }
    return true;
}

/* Plain TCP comes from this machine, unless an address says more; MPTCP comes from anywhere. */
bool px_door_option(struct px_options *o, enum px_kind kind, const char *option, const char *text)
{
    static const char *const expected[] = {"[ADDR:]PORT:HOST:PORT", "[ADDR:]PORT", "[ADDR:]PORT",
                                           "PORT:HOST:PORT"};
    struct px_door *d = &o->door[o->doors];

    if (o->doors == PX_DOORS) {
        prog_complain("%s %s: at most %d places to come in", option, text, PX_DOORS);
        return false;
    }
    *d = (struct px_door){.kind = kind, .fd = -1};
    if (kind == PX_FORWARD || kind == PX_SOCKS) {
        prog_literal("127.0.0.1", &d->at);
    }
    if (!take(d, text, kind != PX_SERVE, kind == PX_FORWARD || kind == PX_SERVE)) {
        return prog_wrong(option, text, expected[kind]);
    }
    o->doors++;
    return true;
}

/* ---------------------------------------------------------------------- opening */

/* Without TPROXY in the kernel REDIRECT still works: then the option is of no use, nor in the way.
 */
static void make_transparent(int fd, unsigned family)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on);
    if (family != 4) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on);
    }
}

static bool open_plain(struct px_door *d, uint32_t number)
{
    struct sockaddr_storage at;
    socklen_t n = px_to_socket(&d->at, &at);
    int on = 1;
    int only = d->at.family == 6;

    d->fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (d->fd < 0) {
        return false;
    }
    (void)setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (d->at.family != 4) {
        (void)setsockopt(d->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    }
    if (d->kind == PX_TRANSPARENT) {
        make_transparent(d->fd, d->at.family);
    }
    return bind(d->fd, (struct sockaddr *)&at, n) == 0 && listen(d->fd, BACKLOG) == 0 &&
           px_watch(d->fd, EPOLLIN | EPOLLET, PX_TAG_DOOR, number);
}

static bool open_door(struct px_door *d, uint32_t number)
{
    char text[PX_ADDRESS];

    if (d->kind == PX_SERVE) {
        int code = below_listen(px_below, &d->at, &d->listener, px_now());
        if (code != 0) {
            prog_complain("-l %u: %s", d->at.port, mptcp_error_text(code));
            return false;
        }
    } else if (!open_plain(d, number)) {
        prog_complain("%s: %s", px_print(&d->at, text), strerror(errno));
        return false;
    }
    prog_say("listening on %s", px_print(&d->at, text));
    return true;
}

bool px_doors_open(void)
{
    for (uint32_t i = 0; i < px_o->doors; i++) {
        if (!open_door(&px_o->door[i], i)) {
            return false;
        }
    }
    return true;
}

void px_doors_close(void)
{
    for (uint32_t i = 0; i < px_o->doors; i++) {
        struct px_door *d = &px_o->door[i];
        d->waiting = false;
        if (d->fd >= 0) {
            close(d->fd);
            d->fd = -1;
            d->wanting = false;
        } else {
            below_unlisten(px_below, d->listener, px_now());
        }
    }
}

/* --------------------------------------------------------------------- coming in */

void px_door_event(uint32_t number)
{
    px_o->door[number].waiting = true;
}

void px_doors_changed(below_listener listener)
{
    for (uint32_t i = 0; i < px_o->doors; i++) {
        struct px_door *d = &px_o->door[i];
        d->waiting |= d->kind == PX_SERVE && d->listener == listener;
    }
}

/* False: nobody is there, or descriptors are short; then it is tried again within a second. */
static bool let_in_plain(struct px_door *d)
{
    struct sockaddr_storage from;
    char text[PX_ADDRESS];
    int on = 1;
    socklen_t n = sizeof from;
    int fd = accept4(d->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        bool next = errno == ECONNABORTED || errno == EINTR;
        d->waiting = errno != EAGAIN;
        d->wanting = d->waiting && !next;
        return next;
    }
    d->wanting = false;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct px_relay *r = px_relay_new(d);
    prog_say("%u: from %s", r->number,
             px_from_socket(&from, &r->from) ? px_print(&r->from, text) : "somewhere");
    if (px_relay_app(r, fd)) {
        px_front(r);
    } else {
        px_relay_fail_why(r, MPTCP_E_FULL, "it can't be waited for: %s", strerror(errno));
    }
    return true;
}

static bool let_in_stream(struct px_door *d)
{
    below_stream stream;
    char text[PX_ADDRESS];
    char protocol[PX_PROTOCOL];

    if (below_accept(px_below, d->listener, &stream) != 0) {
        d->waiting = false;
        return false;
    }
    struct px_relay *r = px_relay_new(d);
    mptcp_address(below_conn(px_below, stream), true, MPTCP_ADDR_ID_INITIAL, &r->from);
    prog_say("%u: from %s by %s", r->number, px_print(&r->from, text),
             px_news_protocol(stream, protocol));
    px_relay_stream(r, stream);
    px_front(r);
    return true;
}

/* A connection that fails at once leaves its place to the next: so the places are no bound. */
bool px_doors_work(void)
{
    bool more = false;

    for (uint32_t i = 0; i < px_o->doors; i++) {
        struct px_door *d = &px_o->door[i];
        bool next = d->waiting;
        for (unsigned n = 0; n < AT_ONCE && next && !px_relays_full(); n++) {
            next = d->kind == PX_SERVE ? let_in_stream(d) : let_in_plain(d);
        }
        more |= next;
    }
    return more && !px_relays_full();
}

bool px_doors_wanting(void)
{
    for (uint32_t i = 0; i < px_o->doors; i++) {
        if (px_o->door[i].wanting) {
            return true;
        }
    }
    return false;
}

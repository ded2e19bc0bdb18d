/*
 * sockets.c - the subflows' sockets: plain TCP sockets of the kernel, in the subflows' namespace.
 * A socket's number is its descriptor.
 *
 *   connect    -> CONNECTING -> CONNECTED when the handshake is complete
 *   listen     -> LISTENING
 *   accept     -> CONNECTED, unless below does not know it; WANTING: it has failed for want of
 *                 something, and is tried again whenever the loop has work, within a second at
 *                 most -> LISTENING
 *   any state  -> NONE when it is closed, by below or because it has failed
 *
 * They are watched for edges, once and for all. An event that is about an earlier socket with the
 * same descriptor does no harm: each is compared with what the socket itself says.
 */
#include "proxy.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define BACKLOG 4096
#define STATE_ESTABLISHED 1 /* tcpi_state */
#define STATE_SYN_SENT 2
#define SLACK 2u /* segments that may wait in TCP beyond its window */

enum what { NONE, CONNECTING, CONNECTED, LISTENING, WANTING };

static uint8_t *table; /* enum what, by descriptor */
static uint32_t size;
static bool wanting; /* there may be sockets that are WANTING */
static int why;      /* an errno: the last connect has failed */

bool px_sockets_open(uint32_t most)
{
    void *p = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    size = most;
    table = p;
    return p != MAP_FAILED;
}

static int as_fd(below_socket s)
{
    return (int)s;
}

static void set_number(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

void px_reset(int fd)
{
    struct linger at_once = {.l_onoff = 1};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

/*
 * The window that is advertised on one subflow is the connection's (RFC 8684 s3.3.1), and a peer
 * may fill all of it on any other one. TCP would drop what lies beyond a window of its own that is
 * still growing, so its buffer is as large as that window's from the SYN on; the kernel counts
 * about twice the octets.
 */
static void open_window(int fd)
{
    int octets = (int)px_o->config.conn.rcv_buf * 2;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) < 0) {
        set_number(fd, SOL_SOCKET, SO_RCVBUF, octets);
    }
}

/* Octets are written when they are to be sent: they are not kept back for more. */
static void prepare(int fd)
{
    set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (px_o->congestion != NULL) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, px_o->congestion,
                         (socklen_t)strlen(px_o->congestion));
    }
}

int px_sockets_error(void)
{
    return why;
}

/* A socket of the subflows' namespace; -1: there is none, and errno says why. */
static int make(unsigned family)
{
    px_space_enter();
    int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    IPPROTO_TCP);
    int e = errno;
    px_space_leave();
    if (fd >= 0 && (uint32_t)fd >= size) {
        close(fd);
        fd = -1;
        e = EMFILE;
    }
    errno = e;
    return fd;
}

static bool watch(int fd, enum what what)
{
    table[fd] = (uint8_t)what;
    return px_watch(fd, EVENTS, PX_TAG_SUBFLOW, (uint32_t)fd);
}

static bool local_of(int fd, struct mptcp_addr *addr)
{
    struct sockaddr_storage s;
    socklen_t n = sizeof s;

    return getsockname(fd, (struct sockaddr *)&s, &n) == 0 && px_from_socket(&s, addr);
}

static bool remote_of(int fd, struct mptcp_addr *addr)
{
    struct sockaddr_storage s;
    socklen_t n = sizeof s;

    return getpeername(fd, (struct sockaddr *)&s, &n) == 0 && px_from_socket(&s, addr);
}

/* ----------------------------------------------------- what below asks for */

static int connect_from(int fd, struct mptcp_addr *local, const struct mptcp_addr *remote)
{
    struct sockaddr_storage from;
    struct sockaddr_storage to;
    socklen_t n = px_to_socket(local, &from);

    prepare(fd);
    open_window(fd);
    if (bind(fd, (struct sockaddr *)&from, n) < 0 || !local_of(fd, local)) {
        return -1;
    }
    n = px_to_socket(remote, &to);
    return connect(fd, (struct sockaddr *)&to, n) < 0 && errno != EINPROGRESS ? -1 : 0;
}

static int on_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                      below_socket *s)
{
    int fd = make(local->family);

    (void)context;
    if (fd < 0) {
        why = errno;
        return MPTCP_E_SUBFLOW_FAILED;
    }
    if (connect_from(fd, local, remote) < 0 || !watch(fd, CONNECTING)) {
        why = errno;
        table[fd] = NONE;
        px_reset(fd);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    *s = (below_socket)fd;
    return 0;
}

static int on_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct sockaddr_storage at;
    socklen_t n = px_to_socket(local, &at);
    int fd = make(local->family);

    (void)context;
    if (fd < 0) {
        return MPTCP_E_SUBFLOW_FAILED;
    }
    open_window(fd); /* that of the sockets that it accepts */
    set_number(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (local->family != 4) {
        set_number(fd, IPPROTO_IPV6, IPV6_V6ONLY, local->family == 6);
    }
    if (bind(fd, (struct sockaddr *)&at, n) < 0 || listen(fd, BACKLOG) < 0 ||
        !watch(fd, LISTENING)) {
        table[fd] = NONE;
        close(fd);
        return MPTCP_E_SUBFLOW_FAILED;
    }
    *s = (below_socket)fd;
    return 0;
}

static int32_t on_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    ssize_t n = send(as_fd(s), octets, length, MSG_NOSIGNAL | MSG_DONTWAIT);

    (void)context;
    if (n >= 0) {
        return (int32_t)n;
    }
    return errno == EAGAIN || errno == EINTR ? 0 : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t on_read(void *context, below_socket s, void *octets, uint32_t length)
{
    ssize_t n;

    (void)context;
    do {
        n = recv(as_fd(s), octets, length, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n >= 0) {
        return (int32_t)n;
    }
    if (errno == EAGAIN) {
        return MPTCP_E_AGAIN;
    }
    return errno == ECONNRESET ? MPTCP_E_PEER_RESET : MPTCP_E_SUBFLOW_FAILED;
}

static void on_close(void *context, below_socket s, enum below_close_how how)
{
    int fd = as_fd(s);

    (void)context;
    if (how == BELOW_FIN) {
        shutdown(fd, SHUT_WR);
        return;
    }
    table[fd] = NONE;
    if (how == BELOW_RESET) {
        px_reset(fd);
    } else {
        close(fd);
    }
}

const struct below_sockets px_sockets = {on_connect, on_listen, on_write, on_read, on_close};

void px_sockets_path(void *context, below_socket s, struct mptcp_path *path)
{
    struct tcp_info i = {0};
    socklen_t n = sizeof i;

    (void)context;
    if (getsockopt(as_fd(s), IPPROTO_TCP, TCP_INFO, &i, &n) < 0 || i.tcpi_snd_mss == 0) {
        return;
    }
    uint32_t held = i.tcpi_unacked - i.tcpi_sacked;
    uint32_t window = i.tcpi_snd_cwnd + SLACK;
    uint64_t room = window > held ? (uint64_t)(window - held) * i.tcpi_snd_mss : 0;
    room = room > i.tcpi_notsent_bytes ? room - i.tcpi_notsent_bytes : 0;
    path->room = room > INT32_MAX ? INT32_MAX : (uint32_t)room;
    path->segment_size = i.tcpi_snd_mss;
    path->in_flight = (held + i.tcpi_retrans - i.tcpi_lost) * i.tcpi_snd_mss;
}

/* ------------------------------------------------------- what sockets tell */

static int error_of(int fd)
{
    int e = 0;
    socklen_t n = sizeof e;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0 ? errno : e;
}

static void fail(int fd, int e)
{
    table[fd] = NONE;
    below_socket_failed(px_below, (below_socket)fd,
                        e == ECONNRESET || e == ECONNREFUSED ? MPTCP_E_PEER_RESET
                                                             : MPTCP_E_SUBFLOW_FAILED,
                        px_now());
    close(fd);
}

static bool still_connecting(int fd)
{
    struct tcp_info i = {0};
    socklen_t n = sizeof i;

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &n) == 0 && i.tcpi_state == STATE_SYN_SENT;
}

/* Of an error below learns when it reads: octets that came before it were perhaps acknowledged. */
static void ready(int fd, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        below_readable(px_below, (below_socket)fd, px_now());
    }
    if ((events & EPOLLOUT) != 0) {
        below_writable(px_below, (below_socket)fd, px_now());
    }
}

/* The same event may tell of octets that came behind the handshake. */
static void connected(int fd, uint32_t events)
{
    int e = error_of(fd);

    if (e != 0) {
        fail(fd, e);
    } else if (!still_connecting(fd)) {
        table[fd] = CONNECTED;
        below_connected(px_below, (below_socket)fd, px_now());
        ready(fd, events);
    }
}

static void give(int listener, int fd)
{
    struct mptcp_addr local;
    struct mptcp_addr remote;

    if ((uint32_t)fd >= size || !local_of(fd, &local) || !remote_of(fd, &remote)) {
        px_reset(fd);
        return;
    }
    prepare(fd);
    /* Below may read and write at once. */
    table[fd] = CONNECTED;
    if (below_accepted(px_below, (below_socket)listener, (below_socket)fd, &local, &remote,
                       px_now()) != 0) {
        table[fd] = NONE;
        px_reset(fd);
    } else if (table[fd] == CONNECTED && !watch(fd, CONNECTED)) {
        fail(fd, ENOMEM);
    }
}

static void accept_all(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            give(listener, fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            table[listener] = table[listener] == LISTENING ? WANTING : table[listener];
            wanting = true;
            return;
        }
    }
}

bool px_sockets_wanting(void)
{
    return wanting;
}

void px_sockets_again(void)
{
    uint8_t *next = table;

    if (!wanting) {
        return;
    }
    wanting = false;
    while ((next = memchr(next, WANTING, size - (size_t)(next - table))) != NULL) {
        *next = LISTENING;
        accept_all((int)(next - table));
        next++;
    }
}

void px_sockets_event(int fd, uint32_t events)
{
    switch (table[fd]) {
    case CONNECTING:
        connected(fd, events);
        break;
    case CONNECTED:
        ready(fd, events);
        break;
    case LISTENING:
    case WANTING:
        table[fd] = LISTENING;
        accept_all(fd);
        break;
    default:
        break;
    }
}

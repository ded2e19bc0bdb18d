/*
 * sockets.c - a client and a server whose calls block, where lwIP has a thread of its own (NO_SYS
 * 0). lwIP's sockets carry plain TCP only, so the conversation is here twice: with sockets, as such
 * an application has it, and below it with the binding's streams. The lines correspond:
 *
 *     lwip_socket, lwip_bind, lwip_connect   mptcpl_stream_connect
 *     lwip_socket, lwip_bind, lwip_listen    mptcpl_stream_listen
 *     lwip_accept                            mptcpl_stream_accept
 *     lwip_recv                              mptcpl_stream_read
 *     lwip_send                              mptcpl_stream_write
 *     lwip_shutdown                          mptcpl_stream_shutdown
 *     lwip_close                             mptcpl_stream_close
 *
 * Exit status 0: both times all octets came and were right, and over MPTCP they came although the
 * path of the first subflow was cut.
 */
#include "example.h"

#include "threads/mptcp_lwip_threads.h"

#include "lwip/sockets.h"
#include "lwip/sys.h"
#include "lwip/tcpip.h"

#include <stdio.h>
#include <string.h>

#define PORT 5000
#define WANTED (4u << 20)
#define BLOCK 4096u

/* What was received, octet by octet. */
struct check {
    uint32_t got;
    bool wrong;
};

static void look(struct check *c, const uint8_t *octets, uint32_t n)
{
    uint8_t right[BLOCK];

    example_octets(right, c->got, n);
    c->wrong |= memcmp(octets, right, n) != 0;
    c->got += n;
}

static bool is_good(const char *name, const struct check *c)
{
    bool good = c->got == WANTED && !c->wrong;

    if (!good) {
        fprintf(stderr, "%s: %lu of %lu octets\n", name, (unsigned long)c->got,
                (unsigned long)WANTED);
    }
    return good;
}

static struct sockaddr_in socket_address(const ip_addr_t *addr, u16_t port)
{
    struct sockaddr_in a = {
        .sin_len = sizeof a, .sin_family = AF_INET, .sin_port = lwip_htons(port)};

    inet_addr_from_ip4addr(&a.sin_addr, ip_2_ip4(addr));
    return a;
}

/* -------------------------------------------------------------- with sockets */

static void serve_socket(void *arg)
{
    int listener = *(int *)arg;
    int fd = lwip_accept(listener, NULL, NULL);
    uint8_t block[BLOCK];
    uint32_t wanted;

    if (lwip_recv(fd, &wanted, sizeof wanted, 0) == sizeof wanted) {
        wanted = lwip_ntohl(wanted);
        for (uint32_t at = 0; at < wanted; at += BLOCK) {
            example_octets(block, at, BLOCK);
            if (lwip_send(fd, block, BLOCK, 0) != BLOCK) {
                break;
            }
        }
    }
    lwip_close(fd);
}

static bool talk_by_sockets(void)
{
    struct sockaddr_in at = socket_address(example_server(), PORT);
    int listener = lwip_socket(AF_INET, SOCK_STREAM, 0);
    int fd = lwip_socket(AF_INET, SOCK_STREAM, 0);
    uint32_t wanted = lwip_htonl(WANTED);
    struct check c = {0};
    uint8_t block[BLOCK];
    ssize_t n;

    lwip_bind(listener, (struct sockaddr *)&at, sizeof at);
    lwip_listen(listener, 4);
    sys_thread_new("server", serve_socket, &listener, DEFAULT_THREAD_STACKSIZE,
                   DEFAULT_THREAD_PRIO);
    if (lwip_connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        lwip_send(fd, &wanted, sizeof wanted, 0) == sizeof wanted) {
        while ((n = lwip_recv(fd, block, sizeof block, 0)) > 0) {
            look(&c, block, (uint32_t)n);
        }
    }
    lwip_close(fd);
    lwip_close(listener);
    printf("sockets over TCP: %lu octets\n", (unsigned long)c.got);
    return is_good("sockets over TCP", &c);
}

/* -------------------------------------------------------------- with streams */

static void serve_stream(void *arg)
{
    struct mptcpl_stream *listener = arg;
    err_t err;
    struct mptcpl_stream *s = mptcpl_stream_accept(listener, &err);
    uint8_t block[BLOCK];
    uint32_t wanted;

    if (mptcpl_stream_read(s, &wanted, sizeof wanted) == sizeof wanted) {
        wanted = lwip_ntohl(wanted);
        for (uint32_t at = 0; at < wanted; at += BLOCK) {
            example_octets(block, at, BLOCK);
            if (mptcpl_stream_write(s, block, BLOCK) != ERR_OK) {
                break;
            }
        }
    }
    mptcpl_stream_close(s);
}

/* A raw call of a thread: by mptcpl_call, where the connection stands still. */
static err_t report(void *arg)
{
    struct mptcpl_pcb *pcb = mptcpl_stream_pcb(arg);

    if (pcb != NULL) {
        example_report("streams over MPTCP", pcb, WANTED);
    }
    return ERR_OK;
}

static bool talk_by_streams(void)
{
    struct mptcpl_stream_options options;
    uint32_t wanted = lwip_htonl(WANTED);
    struct check c = {0};
    uint8_t block[BLOCK];
    int32_t n;
    err_t err;

    mptcpl_stream_options_init(&options);
    options.setup = example_use_paths; /* where a socket has its bind */
    struct mptcpl_stream *listener =
        mptcpl_stream_listen(NULL, example_server(), PORT + 1, 4, &err);
    sys_thread_new("server", serve_stream, listener, DEFAULT_THREAD_STACKSIZE, DEFAULT_THREAD_PRIO);
    struct mptcpl_stream *s =
        mptcpl_stream_connect(&options, example_server(), PORT + 1, 10000, &err);
    if (s != NULL && mptcpl_stream_write(s, &wanted, sizeof wanted) == ERR_OK) {
        while ((n = mptcpl_stream_read(s, block, sizeof block)) > 0) {
            look(&c, block, (uint32_t)n);
            if (c.got > WANTED / 4) {
                example_net_cut(0, true);
            }
        }
        mptcpl_call(report, s);
        mptcpl_stream_close(s);
    }
    mptcpl_stream_close(listener);
    return is_good("streams over MPTCP", &c);
}

/* --------------------------------------------------------------------- once */

/* In lwIP's thread, before anything else happens there. */
static void on_started(void *arg)
{
    LWIP_ASSERT("no memory", mptcpl_threads_init(&example_port) == ERR_OK);
    example_net_begin(mptcpl_threads_input);
    sys_sem_signal(arg);
}

int main(void)
{
    sys_sem_t started;

    if (sys_sem_new(&started, 0) != ERR_OK) {
        return 1;
    }
    tcpip_init(on_started, &started);
    sys_arch_sem_wait(&started, 0);
    bool good = talk_by_sockets();
    good &= talk_by_streams();
    return good ? 0 : 1;
}

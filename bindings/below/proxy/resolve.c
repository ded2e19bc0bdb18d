/*
 * resolve.c - names to addresses. The C library's resolver blocks, so a few threads ask it; a
 * question goes to them, and its answer comes back, as one message of a socket pair.
 */
#include "proxy.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define THREADS 4

struct question {
    uint32_t id;
    char name[PX_NAME];
};

struct answer {
    uint32_t id;
    uint32_t n;
    struct mptcp_addr addr[PX_TARGETS];
};

static int ours = -1;
static int theirs = -1;

static void look_up(const char *name, struct answer *a)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    if (getaddrinfo(name, NULL, &hints, &found) != 0) {
        return;
    }
    for (const struct addrinfo *i = found; i != NULL && a->n < PX_TARGETS; i = i->ai_next) {
        struct sockaddr_storage s = {0};
        memcpy(&s, i->ai_addr, i->ai_addrlen);
        a->n += px_from_socket(&s, &a->addr[a->n]);
    }
    freeaddrinfo(found);
}

static void *serve(void *nothing)
{
    struct question q;

    while (recv(theirs, &q, sizeof q, 0) == (ssize_t)sizeof q) {
        struct answer a = {.id = q.id};
        look_up(q.name, &a);
        if (send(theirs, &a, sizeof a, MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    return nothing;
}

bool px_resolve_open(void)
{
    int pair[2];
    pthread_t thread;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        prog_complain("no socket pair: %s", strerror(errno));
        return false;
    }
    ours = pair[0];
    theirs = pair[1];
    for (unsigned i = 0; i < THREADS; i++) {
        int e = pthread_create(&thread, NULL, serve, NULL);
        if (e != 0) {
            prog_complain("no thread: %s", strerror(e));
            return false;
        }
        pthread_detach(thread);
    }
    return px_watch(ours, EPOLLIN, PX_TAG_NAMES, 0);
}

bool px_resolve(uint32_t id, const char *name)
{
    struct question q = {.id = id};

    snprintf(q.name, sizeof q.name, "%s", name);
    return send(ours, &q, sizeof q, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof q;
}

void px_resolve_answers(void (*answer)(uint32_t id, const struct mptcp_addr *addr, unsigned n))
{
    struct answer a;

    while (recv(ours, &a, sizeof a, MSG_DONTWAIT) == (ssize_t)sizeof a) {
        answer(a.id, a.addr, a.n);
    }
}

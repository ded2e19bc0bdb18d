/*
 * below_sockets.c - which stream's, or listener's, a socket of the host is: a hash table with as
 * many entries again as there can be sockets.
 */
#include "below_internal.h"

/* Where the search for a socket begins. Numbers and pointers of hosts differ in few bits, which the
 * multiplication spreads (Fibonacci hashing). */
static uint32_t start(const struct below *b, below_socket socket)
{
    uint64_t h = (uint64_t)socket * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) & b->socket_mask;
}

/* The entry of a socket, or the free one where it would be. */
static uint32_t place(const struct below *b, below_socket socket)
{
    uint32_t i = start(b, socket);

    while (b->sockets[i].socket != socket && b->sockets[i].socket != BELOW_NO_SOCKET) {
        i = (i + 1) & b->socket_mask;
    }
    return i;
}

void bl_socket_enter(struct below *b, below_socket socket, uint32_t what)
{
    uint32_t i = place(b, socket);

    b->sockets[i].socket = socket;
    b->sockets[i].what = what;
}

bool bl_socket_find(const struct below *b, below_socket socket, uint32_t *what)
{
    uint32_t i = place(b, socket);

    *what = b->sockets[i].what;
    return socket != BELOW_NO_SOCKET && b->sockets[i].socket == socket;
}

/* Entries behind the free one at i, whose search passes it, move up to it. */
static void close_up(struct below *b, uint32_t i)
{
    uint32_t mask = b->socket_mask;

    for (uint32_t k = (i + 1) & mask; b->sockets[k].socket != BELOW_NO_SOCKET; k = (k + 1) & mask) {
        uint32_t first = start(b, b->sockets[k].socket);
        if (((k - first) & mask) >= ((k - i) & mask)) {
            b->sockets[i] = b->sockets[k];
            b->sockets[k].socket = BELOW_NO_SOCKET;
            i = k;
        }
    }
}

void bl_socket_forget(struct below *b, below_socket socket)
{
    uint32_t i = place(b, socket);

    if (socket != BELOW_NO_SOCKET && b->sockets[i].socket == socket) {
        b->sockets[i].socket = BELOW_NO_SOCKET;
        close_up(b, i);
    }
}

void bl_socket_close(struct below *b, below_socket *from, enum below_close_how how)
{
    below_socket socket = *from;

    if (socket != BELOW_NO_SOCKET) {
        *from = BELOW_NO_SOCKET;
        bl_socket_forget(b, socket);
        b->host.sockets.close(b->host.context, socket, how);
    }
}

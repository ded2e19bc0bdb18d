/*
 * bridge.c - the functions of struct below_host: each calls the exported Go function of its name.
 *
 * Go's prototypes lack `const`, and have the handle as a number.
 */
#include "bridge.h"

#include "_cgo_export.h"

#include <string.h>

static int host_connect(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                        below_socket *s)
{
    struct mptcp_addr to = *remote;

    return bridge_connect((uintptr_t)context, local, &to, s);
}

static int host_listen(void *context, const struct mptcp_addr *local, below_socket *s)
{
    struct mptcp_addr at = *local;

    return bridge_listen((uintptr_t)context, &at, s);
}

static int32_t host_write(void *context, below_socket s, const void *octets, uint32_t length)
{
    return bridge_write((uintptr_t)context, s, (void *)(uintptr_t)octets, length);
}

static int32_t host_read(void *context, below_socket s, void *octets, uint32_t length)
{
    return bridge_read((uintptr_t)context, s, octets, length);
}

static void host_close(void *context, below_socket s, enum below_close_how how)
{
    bridge_close((uintptr_t)context, s, (int)how);
}

static void host_transmit(void *context, unsigned nif, const uint8_t *frame, uint32_t length)
{
    bridge_transmit((uintptr_t)context, nif, (uint8_t *)(uintptr_t)frame, length);
}

static void host_random(void *context, void *octets, size_t length)
{
    (void)context;
    bridge_random(octets, length);
}

static void host_changed(void *context, below_stream stream, below_listener listener)
{
    bridge_changed((uintptr_t)context, stream, listener);
}

static void host_path(void *context, below_socket s, struct mptcp_path *path)
{
    bridge_path((uintptr_t)context, s, path);
}

void bridge_host(struct below_host *host, uintptr_t handle)
{
    memset(host, 0, sizeof *host);
    host->context = (void *)handle;
    host->sockets.connect = host_connect;
    host->sockets.listen = host_listen;
    host->sockets.write = host_write;
    host->sockets.read = host_read;
    host->sockets.close = host_close;
    host->transmit = host_transmit;
    host->random = host_random;
    host->changed = host_changed;
    host->path = host_path;
}

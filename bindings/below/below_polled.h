/*
 * below_polled.h - the five calls of struct below_sockets, and what sockets tell, for a TCP whose
 * sockets are asked rather than tell: the host answers by a few bits, and this calls
 * below_connected, _accepted, _readable, _writable and _socket_failed. An optional companion: it
 * calls below.h, and nothing there knows of it.
 *
 *   at the start    below_polled_init; below_host.sockets = below_polled_sockets, with the struct
 *                   below_polled as below_host.context
 *   before each below_work, when something may have happened: below_polled_look
 *
 * Threads: as for the calls of below.h, under the same lock.
 *
 * Cost: below_polled_look asks each socket once; each call of a socket is the host's own.
 */
#ifndef BELOW_BELOW_POLLED_H
#define BELOW_BELOW_POLLED_H

#include "below.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BELOW_POLLED_CONNECTED                                        \
    0x01u /* TCP's handshake is complete, and TCP is not done with it \
           */
#define BELOW_POLLED_READABLE                                                                    \
    0x02u                           /* `read` has octets, the peer's FIN, or an error; if it has \
                                       never been connected: it has failed */
#define BELOW_POLLED_WRITABLE 0x04u /* `write` takes octets */
#define BELOW_POLLED_RESET 0x08u    /* the peer has reset it */
#define BELOW_POLLED_FAILED 0x10u   /* TCP has given it up */

/* What is asked of the host. Each call has `context` as its first argument; `socket` is a number or
 * a pointer of the host's. None may block but where it says that it may release the lock. */
struct below_polled_calls {
    void *context;
    /*
     * Makes a socket bound to *local (port 0: any free one), and sets *socket and local->port. Then
     * begins to connect it to *remote; or, if that is NULL, makes it listen. May release the lock,
     * but holds it from the call that emits the SYN on. Returns 0; MPTCP_E_SUBFLOW_FAILED as
     * below_sockets.connect and .listen do: there is no such socket then.
     */
    int (*open)(void *context, struct mptcp_addr *local, const struct mptcp_addr *remote,
                uintptr_t *socket);
    /* The next socket that a listener has accepted, and its addresses. False: there is none. May
     * release the lock. */
    bool (*accept)(void *context, uintptr_t listener, uintptr_t *socket, struct mptcp_addr *local,
                   struct mptcp_addr *remote);
    /* As below_sockets.write and .read; what has no room, or is not there, is asked for again when
     * `state` says so. */
    int32_t (*write)(void *context, uintptr_t socket, const void *octets, uint32_t length);
    int32_t (*read)(void *context, uintptr_t socket, void *octets, uint32_t length);
    /* BELOW_POLLED_ bits of a socket, not of a listener. */
    unsigned (*state)(void *context, uintptr_t socket);
    /* As below_sockets.close; after another one than BELOW_FIN the socket is not named again, and
     * it may release the lock. */
    void (*close)(void *context, uintptr_t socket, enum below_close_how how);
    /* The time for below, never less than before. */
    mptcp_time (*now)(void *context);
};

/* The place of a socket. Its members, like those of struct below_polled, are not for others. */
struct below_polled_place {
    uintptr_t socket;
    uint8_t state;
    uint8_t full;
    uint8_t ended;
    uint8_t asked;
};

struct below_polled {
    struct below_polled_calls calls;
    struct below_polled_place *places;
    uint32_t count;
};

/* Begins, before below_init; `calls` is copied. `places`: `count` of them, for all subflows and
 * listeners; they stay where they are. Returns 0; MPTCP_E_ARGUMENT: something is NULL, or 0. */
int below_polled_init(struct below_polled *p, const struct below_polled_calls *calls,
                      struct below_polled_place *places, uint32_t count);

/* The five calls: their context is the struct below_polled. */
extern const struct below_sockets below_polled_sockets;

/* Asks all sockets, and tells `below` what they say. Wrong arguments are ignored. */
void below_polled_look(struct below_polled *p, struct below *below);

#ifdef __cplusplus
}
#endif

#endif

/*
 * test_altcp_calls.c - every call of altcp in every callback of a connection over MPTCP.
 */
#include <string.h>

#include "altcp_mptcp.h"
#include "suite.h"

#define PORT 7

enum where { ACCEPT, CONNECTED, RECV, RECV_EOF, SENT, POLL, ERR, WHERES };
enum call {
    WRITE,
    OUTPUT,
    RECVED,
    SHUT_TX,
    SHUT_BOTH,
    CLOSE,
    ABORT,
    CLOSE_LISTENER,
    GETTERS,
    CALLS
};

static struct {
    enum where where;
    enum call call;
    unsigned side; /* 0: the client */
    bool reset;    /* the other end aborts */
    bool called;
    struct altcp_pcb *listener;
    struct altcp_pcb *conn[2];
    bool gone[2];
} t;

static struct altcp_mptcp mptcp;
static const char greeting[] = "0123456789";

static err_t do_call(unsigned side)
{
    struct altcp_pcb *conn = t.conn[side];
    ip_addr_t addr;
    u16_t port;

    switch (t.call) {
    case WRITE:
        altcp_write(conn, greeting, 10, 0);
        break;
    case OUTPUT:
        altcp_output(conn);
        break;
    case RECVED:
        altcp_recved(conn, 10);
        break;
    case SHUT_TX:
        altcp_shutdown(conn, 0, 1);
        break;
    case SHUT_BOTH:
        altcp_shutdown(conn, 1, 1);
        break;
    case CLOSE:
        t.gone[side] = true;
        altcp_close(conn);
        break;
    case ABORT:
        altcp_abort(conn);
        return ERR_ABRT;
    case CLOSE_LISTENER:
        altcp_close(t.listener);
        t.listener = NULL;
        break;
    default:
        altcp_get_tcp_addrinfo(conn, 1, &addr, &port);
        altcp_get_port(conn, 0);
        altcp_sndbuf(conn);
        altcp_mptcp_pcb(conn);
        break;
    }
    return ERR_OK;
}

static err_t at(enum where where, void *arg)
{
    unsigned side = arg == &t.conn[1];

    /* After the end only err may come, from altcp_abort itself. */
    assert_true(where == ERR || !t.gone[side]);
    if (where != t.where || side != t.side || t.called) {
        return ERR_OK;
    }
    t.called = true;
    return do_call(side);
}

static err_t on_recv(void *arg, struct altcp_pcb *conn, struct pbuf *p, err_t err)
{
    assert_int_equal(ERR_OK, err);
    if (p != NULL) {
        altcp_recved(conn, p->tot_len);
        pbuf_free(p);
        return at(RECV, arg);
    }
    return at(RECV_EOF, arg);
}

static err_t on_sent(void *arg, struct altcp_pcb *conn, u16_t len)
{
    (void)conn;
    assert_true(len > 0);
    return at(SENT, arg);
}

static err_t on_poll(void *arg, struct altcp_pcb *conn)
{
    (void)conn;
    return at(POLL, arg);
}

static void on_err(void *arg, err_t err)
{
    unsigned side = arg == &t.conn[1];

    assert_int_not_equal(ERR_OK, err);
    assert_false(t.gone[side]);
    t.gone[side] = true;
    at(ERR, arg);
    t.conn[side] = NULL;
}

static void adopt(struct altcp_pcb *conn, unsigned side)
{
    t.conn[side] = conn;
    altcp_arg(conn, &t.conn[side]);
    altcp_recv(conn, on_recv);
    altcp_sent(conn, on_sent);
    altcp_poll(conn, on_poll, 1);
    altcp_err(conn, on_err);
}

static err_t on_accept(void *arg, struct altcp_pcb *conn, err_t err)
{
    (void)arg;
    assert_int_equal(ERR_OK, err);
    adopt(conn, 1);
    altcp_write(conn, greeting, 10, 0);
    return at(ACCEPT, &t.conn[1]);
}

static err_t on_connected(void *arg, struct altcp_pcb *conn, err_t err)
{
    assert_int_equal(ERR_OK, err);
    altcp_write(conn, greeting, 10, 0);
    return at(CONNECTED, arg);
}

static void end(unsigned side)
{
    if (t.conn[side] != NULL && !t.gone[side]) {
        t.gone[side] = true;
        altcp_close(t.conn[side]);
    }
}

static bool none_lingers(void *arg)
{
    (void)arg;
    return !mptcpl_lingering();
}

static bool run(void)
{
    altcp_allocator_t allocator = {altcp_mptcp_alloc, &mptcp};

    altcp_mptcp_init(&mptcp);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    t.listener = altcp_new_ip_type(&allocator, IPADDR_TYPE_V4);
    assert_int_equal(ERR_OK, altcp_bind(t.listener, world_address(0, WORLD_SERVER), PORT));
    t.listener = altcp_listen_with_backlog(t.listener, 4);
    assert_non_null(t.listener);
    altcp_accept(t.listener, on_accept);
    adopt(altcp_new_ip_type(&allocator, IPADDR_TYPE_V4), 0);
    altcp_bind(t.conn[0], world_address(0, WORLD_CLIENT), 0);
    assert_int_equal(ERR_OK,
                     altcp_connect(t.conn[0], world_address(0, WORLD_SERVER), PORT, on_connected));
    world_run_for(SECOND);
    unsigned other = 1 - t.side;
    if (t.reset && t.conn[other] != NULL && !t.gone[other]) {
        altcp_abort(t.conn[other]);
    } else {
        end(other);
    }
    world_run_for(2 * SECOND);
    end(t.side);
    assert_true(world_run_until(none_lingers, NULL, 30 * SECOND));
    if (t.listener != NULL) {
        altcp_close(t.listener);
    }
    world_run_for(3 * SECOND);
    world_end();
    return t.called;
}

static void given_any_callback_when_any_call_of_altcp_is_made_in_it_then_all_ends_well(void **state)
{
    bool reached[WHERES] = {false};

    for (unsigned i = 0; i < CALLS * WHERES * 4; i++) {
        suite_begin(state);
        memset(&t, 0, sizeof t);
        t.call = (enum call)(i / 4 / WHERES);
        t.where = (enum where)(i / 4 % WHERES);
        t.side = i % 2;
        t.reset = i / 2 % 2 != 0;
        reached[t.where] |= run();
    }
    for (unsigned i = 0; i < WHERES; i++) {
        assert_true(reached[i]);
    }
}

int test_altcp_calls(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_any_callback_when_any_call_of_altcp_is_made_in_it_then_all_ends_well),
    };
    return cmocka_run_group_tests_name("altcp calls", tests, NULL, NULL);
}

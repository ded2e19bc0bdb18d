/*
 * test_altcp.c - lwIP's own HTTP server, untouched, over MPTCP: it knows of altcp
 * only. And an altcp client.
 */
#include "suite.h"

#include <string.h>

#include "altcp_mptcp.h"
#include "lwip/altcp_tls.h"
#include "lwip/apps/fs.h"
#include "lwip/apps/httpd.h"

#define PORT 443

static struct altcp_mptcp server;
static struct altcp_mptcp client;
static bool serving;

static const char request[] = "GET /index.html HTTP/1.0\r\n\r\n";

static struct {
    char page[65536];
    size_t len;
    bool eof;
    bool over;
    err_t error;
    unsigned sent;
} got;

static void second_path(void *arg, struct mptcpl_pcb *pcb)
{
    (void)arg;
    mptcpl_add_path(pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
}

static int begin(void **state)
{
    suite_begin(state);
    memset(&got, 0, sizeof got);
    altcp_mptcp_init(&client);
    if (!serving) {
        serving = true;
        altcp_mptcp_init(&server);
        httpd_inits((struct altcp_tls_config *)&server);
    }
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    return 0;
}

static err_t on_recv(void *arg, struct altcp_pcb *conn, struct pbuf *p, err_t err)
{
    (void)arg;
    assert_int_equal(ERR_OK, err);
    if (p == NULL) {
        got.eof = true;
        assert_int_equal(ERR_OK, altcp_close(conn));
        got.over = true;
        return ERR_OK;
    }
    assert_true(got.len + p->tot_len < sizeof got.page);
    pbuf_copy_partial(p, got.page + got.len, p->tot_len, 0);
    got.len += p->tot_len;
    altcp_recved(conn, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct altcp_pcb *conn, u16_t len)
{
    (void)arg;
    (void)conn;
    got.sent += len;
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    (void)arg;
    got.over = true;
    got.error = err;
}

static err_t on_connected(void *arg, struct altcp_pcb *conn, err_t err)
{
    ip_addr_t addr;
    u16_t port;

    (void)arg;
    assert_int_equal(ERR_OK, err);
    assert_int_equal(ERR_OK, altcp_get_tcp_addrinfo(conn, 0, &addr, &port));
    assert_true(ip_addr_eq(&addr, world_address(0, WORLD_SERVER)));
    assert_int_equal(PORT, port);
    assert_true(ip_addr_eq(altcp_get_ip(conn, 1), world_address(0, WORLD_CLIENT)));
    if (arg == NULL) {
        assert_int_equal(ERR_OK, altcp_write(conn, request, sizeof request - 1, 0));
        altcp_output(conn);
    }
    return ERR_OK;
}

/* arg: not NULL if nothing is to be asked yet. */
static struct altcp_pcb *get_from(const ip_addr_t *addr, void *arg)
{
    altcp_allocator_t allocator = {altcp_mptcp_alloc, &client};
    struct altcp_pcb *conn = altcp_new_ip_type(&allocator, IPADDR_TYPE_ANY);

    assert_non_null(conn);
    altcp_arg(conn, arg);
    altcp_recv(conn, on_recv);
    altcp_sent(conn, on_sent);
    altcp_err(conn, on_err);
    assert_int_equal(ERR_OK, altcp_bind(conn, world_address(0, WORLD_CLIENT), 0));
    assert_int_equal(ERR_OK, altcp_connect(conn, addr, PORT, on_connected));
    return conn;
}

static bool got_all(void *arg)
{
    (void)arg;
    return got.over;
}

static void is_the_page(void)
{
    struct fs_file file;

    assert_int_equal(ERR_OK, fs_open(&file, "/index.html"));
    assert_true(got.len >= (size_t)file.len);
    assert_memory_equal(file.data + file.len - 512, got.page + got.len - 512, 512);
    assert_memory_equal("HTTP/1.0 200 OK", got.page, 15);
    fs_close(&file);
}

static void given_httpd_over_mptcp_when_asked_for_a_page_then_it_serves_it(void **state)
{
    (void)state;
    get_from(world_address(0, WORLD_SERVER), NULL);
    assert_true(world_run_until(got_all, NULL, 10 * SECOND));
    assert_true(got.eof);
    assert_int_equal(sizeof request - 1, got.sent);
    is_the_page();
    world_run_for(5 * SECOND);
    assert_false(mptcpl_lingering());
}

static void given_two_subflows_when_one_goes_dark_then_httpd_serves_over_the_other(void **state)
{
    struct mptcp_conn_report info;
    int later = 1;

    (void)state;
    client.setup = second_path;
    struct altcp_pcb *conn = get_from(world_address(0, WORLD_SERVER), &later);
    world_run_for(200 * MILLISECOND);
    assert_int_equal(ERR_OK, altcp_write(conn, request, 4, 0));
    world_run_for(500 * MILLISECOND);
    mptcpl_info(altcp_mptcp_pcb(conn), &info);
    assert_int_equal(2, info.subflows);
    world_cut(0, true);
    assert_int_equal(ERR_OK, altcp_write(conn, request + 4, sizeof request - 5, 0));
    assert_true(world_run_until(got_all, NULL, 20 * SECOND));
    is_the_page();
    world_cut(0, false);
    world_run_for(20 * SECOND);
    assert_false(mptcpl_lingering());
}

/* checks: S-4 */
static void
given_the_first_subflow_is_gone_then_its_addresses_are_still_the_connections(void **state)
{
    struct mptcp_conn_report info;
    ip_addr_t addr;
    u16_t before = 0;
    u16_t port = 0;
    int later = 1;

    (void)state;
    client.setup = second_path;
    struct altcp_pcb *conn = get_from(world_address(0, WORLD_SERVER), &later);
    world_run_for(200 * MILLISECOND);
    assert_int_equal(ERR_OK, altcp_write(conn, request, 4, 0));
    world_run_for(500 * MILLISECOND);
    assert_int_equal(ERR_OK, altcp_get_tcp_addrinfo(conn, 1, &addr, &before));
    assert_int_equal(ERR_OK,
                     mptcpl_remove_path(altcp_mptcp_pcb(conn), world_address(0, WORLD_CLIENT)));
    world_run_for(3 * SECOND);
    mptcpl_info(altcp_mptcp_pcb(conn), &info);
    assert_int_equal(1, info.subflows);
    assert_int_equal(ERR_OK, altcp_get_tcp_addrinfo(conn, 1, &addr, &port));
    assert_true(ip_addr_eq(&addr, world_address(0, WORLD_CLIENT)));
    assert_int_equal(before, port);
    assert_int_equal(ERR_OK, altcp_get_tcp_addrinfo(conn, 0, &addr, &port));
    assert_true(ip_addr_eq(&addr, world_address(0, WORLD_SERVER)));
    assert_int_equal(PORT, port);
    assert_int_equal(ERR_OK, altcp_write(conn, request + 4, sizeof request - 5, 0));
    assert_true(world_run_until(got_all, NULL, 20 * SECOND));
    is_the_page();
    world_run_for(20 * SECOND);
    assert_false(mptcpl_lingering());
}

static void given_a_client_that_aborts_when_served_then_the_server_forgets_it(void **state)
{
    int later = 1;

    (void)state;
    struct altcp_pcb *conn = get_from(world_address(0, WORLD_SERVER), &later);
    world_run_for(200 * MILLISECOND);
    altcp_abort(conn);
    assert_true(got.over);
    assert_int_equal(ERR_ABRT, got.error);
    world_run_for(10 * SECOND);
    assert_false(mptcpl_lingering());
}

static void given_nobody_listens_when_connecting_then_the_error_is_told(void **state)
{
    ip_addr_t nobody;

    (void)state;
    ipaddr_aton("10.0.9.9", &nobody);
    get_from(&nobody, NULL);
    assert_true(world_run_until(got_all, NULL, 200 * (mptcp_time)SECOND));
    assert_int_not_equal(ERR_OK, got.error);
    assert_int_equal(0, got.len);
}

#define in_altcp(test) cmocka_unit_test_setup_teardown(test, begin, suite_end)

int test_altcp(void)
{
    const struct CMUnitTest tests[] = {
        in_altcp(given_httpd_over_mptcp_when_asked_for_a_page_then_it_serves_it),
        in_altcp(given_two_subflows_when_one_goes_dark_then_httpd_serves_over_the_other),
        in_altcp(given_the_first_subflow_is_gone_then_its_addresses_are_still_the_connections),
        in_altcp(given_a_client_that_aborts_when_served_then_the_server_forgets_it),
        in_altcp(given_nobody_listens_when_connecting_then_the_error_is_told),
    };
    return cmocka_run_group_tests_name("altcp", tests, NULL, NULL);
}

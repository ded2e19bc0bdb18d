/*
 * test_proxy_doors.c - where connections come in to mptcp-below, over this machine's own loopback:
 * how many are let in before those that live have their turn.
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CLIENTS 100u
#define FEW 20u

/* ------------------------------------------------- in the place of the program's other files */

const char prog_name[] = "test_proxy_doors";
static struct px_options options = {.connections = 1};
struct px_options *px_o = &options;
struct below *px_below;
static struct px_relay only;
static bool taken;
static bool they_stay; /* else each connection ends as soon as it has come in */
static unsigned came;

mptcp_time px_now(void)
{
    return 1;
}

bool px_watch(int fd, uint32_t events, enum px_tag tag, uint32_t number)
{
    (void)events;
    return fd >= 0 && tag == PX_TAG_DOOR && number == 0;
}

bool px_relays_full(void)
{
    return taken;
}

struct px_relay *px_relay_new(const struct px_door *door)
{
    assert_false(taken);
    only = (struct px_relay){.door = door, .number = ++came, .app = -1};
    taken = true;
    return &only;
}

bool px_relay_app(struct px_relay *r, int app)
{
    r->app = app;
    return true;
}

void px_relay_fail_why(struct px_relay *r, int code, const char *format, ...)
{
    (void)code;
    (void)format;
    close(r->app);
    taken = false;
}

void px_front(struct px_relay *r)
{
    if (!they_stay) {
        px_relay_fail_why(r, MPTCP_E_NOT_FOUND, "it ends");
    }
}

void px_relay_stream(struct px_relay *r, below_stream stream)
{
    (void)r;
    (void)stream;
    fail();
}

const char *px_news_protocol(below_stream stream, char text[PX_PROTOCOL])
{
    (void)stream;
    (void)text;
    return "";
}

/* ------------------------------------------------------------------------------ the test */

static void open_door(void)
{
    options.doors = 0;
    came = 0;
    taken = they_stay = false;
    assert_true(px_door_option(&options, PX_TRANSPARENT, "--transparent", "127.0.0.1:65535"));
    options.door[0].at.port = 0; /* any free one */
    assert_true(px_doors_open());
}

static void come(int client[], unsigned n)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;

    assert_int_equal(0, getsockname(options.door[0].fd, (struct sockaddr *)&at, &size));
    for (unsigned i = 0; i < n; i++) {
        client[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(0, connect(client[i], (struct sockaddr *)&at, size));
    }
    px_door_event(0);
}

static void leave(const int client[], unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        close(client[i]);
    }
    px_doors_close();
}

/* Though the only place is free again each time. checks: none */
static void given_many_that_end_at_once_then_a_few_are_let_in_and_more_is_said(void **state)
{
    (void)state;
    int client[CLIENTS];
    unsigned before;

    open_door();
    come(client, CLIENTS);
    do {
        before = came;
        bool more = px_doors_work();
        assert_true(came - before <= FEW);
        assert_true(more || came == CLIENTS);
    } while (came != before);
    assert_int_equal(CLIENTS, came);
    assert_false(px_doors_work());
    leave(client, CLIENTS);
}

/* Then the loop sleeps until something happens. checks: none */
static void given_no_free_place_then_nobody_is_let_in_and_nothing_more_is_said(void **state)
{
    (void)state;
    int client[2];

    open_door();
    they_stay = true;
    come(client, 2);
    assert_false(px_doors_work());
    assert_int_equal(1, came);
    assert_false(px_doors_work());
    assert_int_equal(1, came);
    px_relay_fail_why(&only, MPTCP_E_CLOSED, "it ends");
    (void)px_doors_work();
    assert_int_equal(2, came);
    leave(client, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_many_that_end_at_once_then_a_few_are_let_in_and_more_is_said),
        cmocka_unit_test(given_no_free_place_then_nobody_is_let_in_and_nothing_more_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

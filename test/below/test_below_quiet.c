/*
 * test_below_quiet.c - a download over two paths, on one of which nothing comes any more: the
 * client has nothing to send, so nothing of its own is ever missing there.
 */
#include "below_test.h"

/* A router whose link was down has forgotten the flows of a NAT: it answers what the server sends
 * on them by a RST. */
struct router {
    struct world *w;
    struct mptcp_addr forgotten; /* the client's end of a flow; family 0: none yet */
    unsigned resets;
    unsigned dropped;
};

static bool forgets(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct router *r = arg;
    uint8_t reset[SEG_MOST];
    struct seg s;

    if (link != 1 || from != SERVER || !seg_read(packet, *len, &s)) {
        return true;
    }
    r->forgotten = r->forgotten.family == 0 ? s.to : r->forgotten;
    if (!same_end(&r->forgotten, &s.to) || (s.flags & RST) != 0) {
        return true;
    }
    struct seg answer = {.from = s.to, .to = s.from, .seq = s.ack, .flags = RST};
    world_inject(r->w, SERVER, 1, reset, seg_write(&answer, reset));
    r->resets++;
    return false;
}

/* A router that was restarted: it drops what belongs to flows that it does not know, either way,
 * and says nothing. */
static bool drops(void *arg, unsigned link, enum side from, uint8_t *packet, size_t *len)
{
    struct router *r = arg;
    struct seg s;

    if (link != 1 || !seg_read(packet, *len, &s)) {
        return true;
    }
    const struct mptcp_addr *client = from == CLIENT ? &s.from : &s.to;
    if (r->forgotten.family == 0) {
        r->forgotten = *client;
    }
    bool old = same_end(&r->forgotten, client);
    r->dropped += old;
    return !old;
}

/* The last subflow of a side. */
static struct mptcp_subflow_report last_of(struct world *w, enum side side)
{
    const struct mptcp_conn *c = below_conn(world_below(w, side), world_app(w, side, 0)->handle);
    struct mptcp_subflow_report r;

    assert_int_equal(0, mptcp_subflow_info(c, mptcp_subflow_at(c, 1), &r));
    return r;
}

/* Both ends name the ports that TCP uses. */
static void ports_are(struct world *w, uint16_t before)
{
    struct mptcp_subflow_report client = last_of(w, CLIENT);
    struct mptcp_subflow_report server = last_of(w, SERVER);

    assert_int_not_equal(0, client.local_port);
    assert_int_not_equal(before, client.local_port);
    assert_int_equal(PORT, client.remote_port);
    assert_int_equal(client.local_port, server.remote_port);
    assert_int_equal(client.remote_port, server.local_port);
}

/* The client has nothing to send: nothing of its own is ever missing. */
static void opened_again_after(box_fn router_does)
{
    struct world_config cfg;

    for (unsigned family = 4; family <= 6; family += 2) {
        world_config_init(&cfg);
        cfg.way.rate = 3000000;
        struct world *w = world_new(&cfg);
        struct app like = {.out = 8000000};
        struct router router = {.w = w};
        world_serve(w, &like);
        join_from(w, 1, family);
        world_connect(w, 0, 0, family, 0)->stays = true;
        world_run(w, SECOND);
        assert_int_equal(2, subflows(w, SERVER, 0));
        ports_are(w, 0);
        uint16_t port = last_of(w, CLIENT).local_port;
        world_dark(w, 1, true);
        world_run(w, 3 * SECOND / 2);
        world_box(w, router_does, &router);
        world_dark(w, 1, false);
        world_run(w, 7 * SECOND);
        assert_true(router.resets + router.dropped > 0);
        assert_int_equal(2, subflows(w, SERVER, 0));
        assert_int_equal(2, subflows(w, CLIENT, 0));
        ports_are(w, port);
        assert_true(world_app(w, CLIENT, 0)->got < 8000000);
        finish(w, world_app(w, CLIENT, 0));
        assert_true(world_until(w, world_all_done, NULL, 60 * SECOND));
        assert_int_equal(8000000, world_app(w, CLIENT, 0)->got);
        world_free(w);
    }
}

/* The first question, after two seconds, may find the server's end alive still; the next one comes
 * two seconds later. checks: D-29 */
static void
given_a_download_and_a_router_that_forgets_a_subflow_then_it_is_opened_again(void **state)
{
    (void)state;
    opened_again_after(forgets);
}

/* checks: D-29 */
static void given_a_download_and_a_router_that_drops_a_subflow_then_it_is_opened_again(void **state)
{
    (void)state;
    opened_again_after(drops);
}

/* Nobody answers the client's joins meanwhile, which TCP gives up after 15 s each. checks: D-29 H-4
 */
static void
given_a_download_and_a_path_dark_for_minutes_then_it_is_used_when_it_is_back(void **state)
{
    (void)state;
    struct world_config cfg;

    world_config_init(&cfg);
    cfg.way.rate = 3000000;
    cfg.toy[CLIENT].retries = 3;
    struct world *w = world_new(&cfg);
    struct app like = {.out = 200000000};
    world_serve(w, &like);
    join_from(w, 1, 4);
    world_connect(w, 0, 0, 4, 0)->stays = true;
    world_run(w, SECOND);
    assert_int_equal(2, subflows(w, CLIENT, 0));
    world_dark(w, 1, true);
    world_run(w, 120 * SECOND);
    assert_int_equal(1, subflows(w, SERVER, 0));
    world_dark(w, 1, false);
    world_run(w, 70 * SECOND);
    assert_int_equal(2, subflows(w, SERVER, 0));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            given_a_download_and_a_router_that_forgets_a_subflow_then_it_is_opened_again),
        cmocka_unit_test(
            given_a_download_and_a_router_that_drops_a_subflow_then_it_is_opened_again),
        cmocka_unit_test(
            given_a_download_and_a_path_dark_for_minutes_then_it_is_used_when_it_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

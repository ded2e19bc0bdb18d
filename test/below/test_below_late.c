/*
 * test_below_late.c - late scheduling: a subflow's TCP gets no more octets while enough of them
 * wait in it, however many it has sent before.
 */
#include "below_internal.h"
#include "below_test.h"

#define GIB (1u << 30)
#define ISN_OCTET 1u /* the SSN of the first octet */

/* The room that the connection sees of its only subflow, after TCP has sent so many octets and has
 * `waits` more. */
static uint32_t room_after(struct world *w, uint32_t sent, uint32_t waits)
{
    struct below *b = world_below(w, CLIENT);
    struct bl_stream *s = bl_stream_of(b, world_app(w, CLIENT, 0)->handle);
    mptcp_sf sf = mptcp_subflow_at(s->conn, 0);
    struct bl_place *p = bl_place_of(b, s, sf);
    struct shim_report r = {.segment_size = 1000, .sent = mptcp_ssn_of(ISN_OCTET + sent)};
    struct mptcp_subflow_report report = {0};

    p->given = mptcp_ssn_add(r.sent, waits);
    bl_report_path(b, s, p, &r, world_now(w));
    assert_int_equal(MPTCP_OK, mptcp_subflow_info(s->conn, sf, &report));
    return report.room;
}

/* SSNs wrap after 4 GiB: past 2 GiB they lie behind the first one. checks: none */
static void given_a_subflow_of_some_gib_when_octets_wait_in_its_tcp_then_it_gets_less(void **state)
{
    (void)state;
    static const uint32_t sent[] = {0, GIB, 2 * GIB - 1, 2 * GIB, 3 * GIB, 3 * GIB + GIB / 2};
    struct app stays = {.stays = true};
    struct world_config cfg;

    world_config_init(&cfg);
    struct world *w = world_new(&cfg);
    world_serve(w, &stays);
    world_connect(w, 0, 0, 4, 1000)->stays = true;
    world_run(w, SECOND);
    for (unsigned i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        uint32_t all = room_after(w, sent[i], 0);
        assert_true(all > 0);
        assert_int_equal(all - 1000, room_after(w, sent[i], 1000));
        assert_int_equal(0, room_after(w, sent[i], all));
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_a_subflow_of_some_gib_when_octets_wait_in_its_tcp_then_it_gets_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

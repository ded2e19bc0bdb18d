/*
 * test_refused.c - joins that a listener refuses are counted by why, whether at their SYN, at their
 * third ACK, or while they are half open (mptcpl_joins_refused).
 */
#include "suite.h"

#include <string.h>

#include "mptcp/option.h"

#define TCP_AT 20u     /* in an IPv4 packet without options */
#define OPTIONS_AT 40u /* TCP's */
#define FLAGS_AT (TCP_AT + 13)

enum join { JOIN_SYN = 12, JOIN_SYNACK = 16, JOIN_ACK = 24 }; /* lengths of MP_JOIN */

static struct peers p;

/* What a box in the middle does to the MP_JOIN of this length. */
struct harm {
    enum join which;
    unsigned octet; /* of the option, that it changes; 0: it puts NOPs in the option's place */
    unsigned seen;
};

/* The MPTCP option with this subtype and length in a packet; NULL: there is none. */
static uint8_t *option_in(uint8_t *data, unsigned subtype, unsigned length)
{
    uint8_t *end = data + TCP_AT + (size_t)(data[TCP_AT + 12] >> 4) * 4;
    uint8_t *o = data + OPTIONS_AT;

    while (o < end && *o != 0) {
        if (*o == 30 && o[2] >> 4 == subtype && o[1] == length) {
            return o;
        }
        o += *o == 1 ? 1 : o[1];
    }
    return NULL;
}

static bool do_harm(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    struct harm *h = arg;
    uint8_t *o = option_in(data, MPTCP_JOIN, h->which);

    (void)path;
    (void)from;
    if (o == NULL) {
        return true;
    }
    h->seen++;
    if (h->octet == 0) {
        memset(o, 1, h->which);
    } else {
        o[h->octet] ^= 1;
    }
    world_refit(data, *len);
    return true;
}

/* Two paths; the client will join over the second. The server takes so many subflows. */
static void begin_with(uint8_t subflows)
{
    struct mptcpl_config server = defaults;

    server.max_subflows = subflows;
    memset(&p, 0, sizeof p);
    world_path("10.0.1.1", "10.0.1.2", &medium);
    world_path("10.0.2.1", "10.0.2.2", &medium);
    peers_make(&p, &defaults, &server);
    mptcpl_add_path(p.client.pcb, world_address(1, WORLD_CLIENT), world_netif(1, WORLD_CLIENT),
                    MPTCP_ADDR_JOIN);
    p.client.keep_open = p.server.keep_open = true;
    p.client.to_send = p.server.to_send = 10000;
}

static void begin(void)
{
    begin_with(defaults.max_subflows);
}

/* How many joins were refused since, by code, and all. */
struct counts {
    uint32_t before[-MPTCP_E_LAST];
};

static void count_from(struct counts *c)
{
    for (int code = 0; code > MPTCP_E_LAST; code--) {
        c->before[-code] = mptcpl_joins_refused(code);
    }
}

/* `n` for this reason, and none for another. */
static void refused(const struct counts *c, int code, uint32_t n)
{
    for (int i = 0; i > MPTCP_E_LAST; i--) {
        uint32_t more = mptcpl_joins_refused(i) - c->before[-i];
        if (more != (i == 0 || i == code ? n : 0)) {
            fail_msg("%s: %u joins more, of %u that are refused as %s", mptcp_error_name(i), more,
                     n, mptcp_error_name(code));
        }
    }
}

/* The client joins once while this is done to it. */
static void joins(struct harm *h)
{
    world_middlebox(h == NULL ? NULL : do_harm, h);
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 2 * SECOND));
    world_run_for(500 * MILLISECOND);
    assert_true(h == NULL || h->seen == 1);
    world_middlebox(NULL, NULL);
}

/* checks: J-10 */
static void given_a_join_with_an_unknown_token_then_it_is_counted_as_that(void **state)
{
    struct harm token = {JOIN_SYN, 4, 0};
    struct counts c;

    (void)state;
    begin();
    count_from(&c);
    joins(&token);
    refused(&c, MPTCP_E_JOIN_TOKEN, 1);
    peers_end(&p);
}

/* checks: J-12 */
static void given_a_wrong_hmac_on_the_third_ack_then_it_is_counted_as_that(void **state)
{
    struct harm hmac = {JOIN_ACK, 10, 0};
    struct counts c;

    (void)state;
    begin();
    count_from(&c);
    joins(&hmac);
    refused(&c, MPTCP_E_JOIN_HMAC, 1);
    peers_end(&p);
}

/* checks: J-12 */
static void given_a_third_ack_without_mp_join_then_it_is_counted_as_that(void **state)
{
    struct harm gone = {JOIN_ACK, 0, 0};
    struct counts c;

    (void)state;
    begin();
    count_from(&c);
    joins(&gone);
    refused(&c, MPTCP_E_JOIN_MISSING, 1);
    peers_end(&p);
}

/* The client itself gives this join up: it is not one that was refused here. */
/* checks: J-11 */
static void given_a_wrong_hmac_on_the_syn_ack_then_the_client_counts_nothing(void **state)
{
    struct harm hmac = {JOIN_SYNACK, 5, 0};
    struct counts c;

    (void)state;
    begin();
    count_from(&c);
    joins(&hmac);
    refused(&c, MPTCP_E_JOIN_HMAC, 0);
    peers_end(&p);
}

/* checks: J-14 */
static void given_as_many_subflows_as_wanted_then_a_join_is_counted_as_not_wanted(void **state)
{
    struct counts c;

    (void)state;
    begin_with(1);
    count_from(&c);
    joins(NULL);
    refused(&c, MPTCP_E_JOIN_REFUSED, 1);
    peers_end(&p);
}

/* Takes flag C out of the server's SYN/ACK, so that the client does not know of it. */
static bool hide_flag_c(void *arg, unsigned path, enum world_side from, uint8_t *data, size_t *len)
{
    uint8_t *o = from == WORLD_SERVER ? option_in(data, MPTCP_CAPABLE, 12) : NULL;

    (void)arg;
    (void)path;
    if (o != NULL) {
        o[3] &= (uint8_t)~MPTCP_CAPABLE_DENY_JOIN;
        world_refit(data, *len);
    }
    return true;
}

/* checks: C-21 */
static void given_joins_that_are_denied_then_one_is_counted_as_not_wanted(void **state)
{
    struct counts c;

    (void)state;
    defaults.deny_join = 1;
    begin();
    count_from(&c);
    world_middlebox(hide_flag_c, NULL);
    peers_connect(&p);
    assert_true(world_run_until(peers_open, &p, 2 * SECOND));
    world_run_for(500 * MILLISECOND);
    refused(&c, MPTCP_E_JOIN_REFUSED, 1);
    peers_end(&p);
}

int test_refused(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_a_join_with_an_unknown_token_then_it_is_counted_as_that),
        in_world(given_a_wrong_hmac_on_the_third_ack_then_it_is_counted_as_that),
        in_world(given_a_third_ack_without_mp_join_then_it_is_counted_as_that),
        in_world(given_a_wrong_hmac_on_the_syn_ack_then_the_client_counts_nothing),
        in_world(given_as_many_subflows_as_wanted_then_a_join_is_counted_as_not_wanted),
        in_world(given_joins_that_are_denied_then_one_is_counted_as_not_wanted),
    };
    return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}

/*
 * test_unmapped.c - no octets leave without their mapping: where lwIP's header has no room for
 * it, or the subflow is to be reset, what leaves is nothing that a TCP takes.
 */
#include "suite.h"

#include <string.h>

#include "hooks.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/tcp.h"

#define PAYLOAD 100u

static struct peers p;

/* The client's pcb, with octets in flight. */
static struct tcp_pcb *in_flight(void)
{
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->remote_port == PEERS_PORT && pcb->unacked != NULL) {
            return pcb;
        }
    }
    fail();
    return NULL;
}

/* lwIP asks for the options of its first segment in flight once more, with so many octets of
 * room. The flags that it has then. */
static unsigned leaves_with(struct tcp_pcb *pcb, unsigned room)
{
    uint16_t length = (uint16_t)(TCP_HLEN + room + PAYLOAD);
    struct pbuf *pb = pbuf_alloc(PBUF_RAW, length, PBUF_RAM);

    assert_non_null(pb);
    memset(pb->payload, 0, length);
    struct tcp_hdr *hdr = pb->payload;
    hdr->src = lwip_htons(pcb->local_port);
    hdr->dest = lwip_htons(pcb->remote_port);
    hdr->seqno = lwip_htonl(pcb->lastack);
    TCPH_HDRLEN_FLAGS_SET(hdr, (TCP_HLEN + room) / 4, TCP_ACK | TCP_PSH);
    mptcpl_hook_opts(pb, hdr, pcb, (u32_t *)(void *)(hdr + 1));
    mptcpl_hook_optlen(pcb, 0); /* lwIP would ask for it in an assertion */
    unsigned flags = TCPH_FLAGS(hdr);
    pbuf_free(pb);
    return flags;
}

static void sends(void)
{
    world_path("10.0.1.1", "10.0.1.2", &slow);
    peers_make(&p, &defaults, &defaults);
    p.client.to_send = (uint64_t)1 << 40;
    p.client.keep_open = p.server.keep_open = true;
    peers_connect(&p);
    world_run_for(SECOND);
}

/* checks: D-5, s3.3 */
static void given_no_room_for_the_mapping_then_the_octets_are_as_if_lost(void **state)
{
    (void)state;
    sends();
    struct tcp_pcb *pcb = in_flight();
    assert_int_equal(TCP_ACK | TCP_PSH, leaves_with(pcb, 28));
    assert_int_equal(TCP_ACK | TCP_PSH, leaves_with(pcb, 20));
    assert_int_equal(TCP_PSH, leaves_with(pcb, 16));
    assert_int_equal(TCP_PSH, leaves_with(pcb, 0));
    /* And the stream goes on. */
    uint64_t before = p.server.received;
    world_run_for(SECOND);
    assert_true(p.server.received > before + 100000);
    assert_false(p.server.wrong);
}

/* In plain TCP there is none. */
/* checks: B-8 */
static void given_plain_tcp_then_octets_need_no_room(void **state)
{
    (void)state;
    defaults.no_mptcp = 1;
    sends();
    assert_int_equal(TCP_ACK | TCP_PSH, leaves_with(in_flight(), 0));
}

int test_unmapped(void)
{
    const struct CMUnitTest tests[] = {
        in_world(given_no_room_for_the_mapping_then_the_octets_are_as_if_lost),
        in_world(given_plain_tcp_then_octets_need_no_room),
    };
    return cmocka_run_group_tests_name("unmapped", tests, NULL, NULL);
}

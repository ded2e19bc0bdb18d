/*
 * world.c - the virtual clock, interfaces and links of world.h.
 *
 * The loop: do what is due now (packets that arrive, lwIP's timers, the
 * binding's work), then jump to the next moment at which something is.
 * A link is a queue with a time for each packet: the moment its last bit has
 * arrived at the other end; packets never overtake each other on one link.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"

#include "mptcp_lwip.h"
#include "port/link.h"

#define START_US 1000000u /* a clock that starts at 0 hides errors */
#define MILLION 1000000u
#define PACKET_MAX 2048u

struct packet {
    struct packet *next;
    struct netif *to;
    mptcp_time arrives;
    size_t len;
    uint8_t data[PACKET_MAX];
};

struct link {
    struct mptcpl_link link;
    struct packet *head;
    struct packet *tail;
    struct world_counters counters;
};

struct end {
    struct netif netif;
    ip_addr_t addr;
    struct link out;
};

struct path {
    bool cut;
    struct end ends[2];
};

static struct {
    bool started;
    mptcp_time now;
    uint64_t random;
    unsigned npaths;
    struct path *paths[WORLD_PATHS];
    world_observer observer;
    void *observer_arg;
    world_box box;
    void *box_arg;
    world_stranger stranger;
    void *stranger_arg;
    struct packet *spare;
    mptcp_time polls_us; /* world_polls */
} world;

/* --------------------------------------------------------------- the port */

u32_t sys_now(void)
{
    return (u32_t)(world.now / 1000u);
}

mptcp_time world_now(void)
{
    return world.now;
}

/* xorshift64*: enough for loss, and for keys that nobody attacks. */
uint32_t world_random(void)
{
    world.random ^= world.random >> 12;
    world.random ^= world.random << 25;
    world.random ^= world.random >> 27;
    return (uint32_t)((world.random * 0x2545F4914F6CDD1Du) >> 32);
}

static void entropy(void *out, size_t n)
{
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)world_random();
    }
}

static const struct mptcpl_port port = {world_now, entropy};

/* -------------------------------------------------------------- the links */

static struct packet *take_packet(void)
{
    struct packet *p = world.spare;
    if (p == NULL) {
        return malloc(sizeof *p);
    }
    world.spare = p->next;
    return p;
}

static void give_packet(struct packet *p)
{
    p->next = world.spare;
    world.spare = p;
}

static void observe(unsigned path, enum world_side from, enum world_fate fate,
                    const struct packet *p)
{
    if (world.observer == NULL) {
        return;
    }
    struct world_packet seen = {
        .at = world.now, .path = path, .from = from, .fate = fate, .data = p->data, .len = p->len};
    world.observer(world.observer_arg, &seen);
}

static void lose(unsigned path, enum world_side from, enum world_fate fate, struct packet *p)
{
    world.paths[path]->ends[from].out.counters.lost++;
    observe(path, from, fate, p);
    give_packet(p);
}

static void enter(unsigned path, enum world_side from, struct packet *p)
{
    struct link *l = &world.paths[path]->ends[from].out;

    observe(path, from, WORLD_SENT, p);
    if (world.paths[path]->cut) {
        lose(path, from, WORLD_CUT, p);
        return;
    }
    p->arrives = mptcpl_link_push(&l->link, (uint32_t)p->len, world.now);
    if (p->arrives == MPTCP_NEVER) {
        lose(path, from, WORLD_LOST, p);
        return;
    }
    /* A delay that was shortened must not reorder. */
    if (l->tail != NULL && l->tail->arrives > p->arrives) {
        p->arrives = l->tail->arrives;
    }
    p->next = NULL;
    if (l->tail == NULL) {
        l->head = p;
    } else {
        l->tail->next = p;
    }
    l->tail = p;
}

/* Whose address this is, in a packet: 2 * path + side, or -1. */
static int owner(const uint8_t *packet, size_t len, size_t at4, size_t at6)
{
    bool v6 = packet[0] >> 4 == 6;
    size_t at = v6 ? at6 : at4;

    for (unsigned i = 0; i < 2 * world.npaths; i++) {
        const ip_addr_t *a = &world.paths[i / 2]->ends[i % 2].addr;
        const void *octets = v6 ? (const void *)ip_2_ip6(a)->addr : &ip_2_ip4(a)->addr;
        if (IP_IS_V6(a) == v6 && at + 16 <= len && memcmp(packet + at, octets, v6 ? 16 : 4) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static err_t output(struct netif *netif, struct pbuf *pb)
{
    struct packet *p = pb->tot_len > PACKET_MAX ? NULL : take_packet();

    (void)netif;
    if (p == NULL) {
        return ERR_MEM;
    }
    p->len = pbuf_copy_partial(pb, p->data, pb->tot_len, 0);
    int from = owner(p->data, p->len, 12, 8);
    int to = owner(p->data, p->len, 16, 24);
    bool outside = to < 0 && world.stranger != NULL;
    if (from < 0 || (to < 0 && !outside) || (!outside && from % 2 == to % 2)) {
        give_packet(p);
        return ERR_OK;
    }
    unsigned path = (unsigned)(from > to ? from : to) / 2;
    enum world_side side = (enum world_side)(from % 2);
    p->to = outside ? NULL : &world.paths[to / 2]->ends[to % 2].netif;
    if (world.box != NULL && !world.box(world.box_arg, path, side, p->data, &p->len)) {
        give_packet(p);
        return ERR_OK;
    }
    enter(path, side, p);
    return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)to;
    return output(netif, p);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
    (void)to;
    return output(netif, p);
}

static void arrive(unsigned path, enum world_side from, struct packet *p)
{
    struct path *way = world.paths[path];
    struct netif *to = p->to;

    if (way->cut) {
        lose(path, from, WORLD_CUT, p);
        return;
    }
    struct pbuf *pb = to == NULL ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)p->len, PBUF_POOL);
    if (pb == NULL && to != NULL) {
        lose(path, from, WORLD_NO_BUFFER, p);
        return;
    }
    way->ends[from].out.counters.packets++;
    way->ends[from].out.counters.octets += p->len;
    observe(path, from, WORLD_DELIVERED, p);
    if (to == NULL) {
        world.stranger(world.stranger_arg, p->data, p->len);
        give_packet(p);
        return;
    }
    pbuf_take(pb, p->data, (u16_t)p->len);
    give_packet(p);
    if ((world.polls_us != 0 ? mptcpl_gather : to->input)(pb, to) != ERR_OK) {
        pbuf_free(pb);
    }
}

void world_stranger_is(world_stranger fn, void *arg)
{
    world.stranger = fn;
    world.stranger_arg = arg;
}

bool world_inject(const uint8_t *data, size_t len)
{
    int to = len > PACKET_MAX ? -1 : owner(data, len, 16, 24);
    struct pbuf *pb = to < 0 ? NULL : pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL);

    if (pb == NULL) {
        return false;
    }
    struct netif *netif = &world.paths[to / 2]->ends[to % 2].netif;
    pbuf_take(pb, data, (u16_t)len);
    if (netif->input(pb, netif) != ERR_OK) {
        pbuf_free(pb);
    }
    return true;
}

/* When the host that p has arrived at looks for packets. */
static mptcp_time seen_at(const struct packet *p)
{
    mptcp_time us = world.polls_us;
    return us == 0 ? p->arrives : (p->arrives + us - 1) / us * us;
}

void world_polls(mptcp_time us)
{
    world.polls_us = us;
}

/* Hands over one packet that is due; false if there is none. */
static bool deliver_one(void)
{
    for (unsigned i = 0; i < world.npaths; i++) {
        for (int side = 0; side < 2; side++) {
            struct link *l = &world.paths[i]->ends[side].out;
            struct packet *p = l->head;
            if (p == NULL || seen_at(p) > world.now) {
                continue;
            }
            l->head = p->next;
            l->tail = l->head == NULL ? NULL : l->tail;
            arrive(i, (enum world_side)side, p);
            return true;
        }
    }
    return false;
}

/* --------------------------------------------------------------- the loop */

static mptcp_time next_event(void)
{
    mptcp_time at = MPTCP_NEVER;
    for (unsigned i = 0; i < world.npaths; i++) {
        for (int side = 0; side < 2; side++) {
            const struct packet *p = world.paths[i]->ends[side].out.head;
            if (p != NULL && seen_at(p) < at) {
                at = seen_at(p);
            }
        }
    }
    u32_t ms = sys_timeouts_sleeptime();
    if (ms != SYS_TIMEOUTS_SLEEPTIME_INFINITE) {
        mptcp_time timer = (world.now / 1000u + ms) * 1000u;
        at = timer < at ? timer : at;
    }
    uint32_t us = mptcpl_sleep_us();
    if (us != UINT32_MAX && world.now + us < at) {
        at = world.now + us;
    }
    return at < world.now ? world.now : at;
}

static void do_what_is_due(void)
{
    while (deliver_one()) {
    }
    sys_check_timeouts();
    mptcpl_work();
}

bool world_run_until(bool (*done)(void *arg), void *arg, mptcp_time limit)
{
    mptcp_time end = world.now + limit;

    for (;;) {
        do_what_is_due();
        if (done != NULL && done(arg)) {
            return true;
        }
        mptcp_time at = next_event();
        if (at > end) {
            world.now = end;
            return false;
        }
        world.now = at;
    }
}

void world_run_to(mptcp_time at)
{
    if (at > world.now) {
        world_run_until(NULL, NULL, at - world.now);
    }
}

void world_run_for(mptcp_time us)
{
    world_run_until(NULL, NULL, us);
}

/* -------------------------------------------------------------- the paths */

static err_t init_netif(struct netif *netif)
{
    netif->name[0] = 'w';
    netif->name[1] = 'd';
    netif->mtu = WORLD_MTU;
    netif->output = output4;
    netif->output_ip6 = output6;
    return ERR_OK;
}

static void add_end(struct end *e, const char *address)
{
    ip4_addr_t none;

    ipaddr_aton(address, &e->addr);
    ip4_addr_set_zero(&none);
    if (IP_IS_V4(&e->addr)) {
        ip4_addr_t mask;
        IP4_ADDR(&mask, 255, 255, 255, 255);
        netif_add(&e->netif, ip_2_ip4(&e->addr), &mask, &none, NULL, init_netif, mptcpl_input);
    } else {
        netif_add(&e->netif, &none, &none, &none, NULL, init_netif, mptcpl_input);
        netif_ip6_addr_set(&e->netif, 0, ip_2_ip6(&e->addr));
        netif_ip6_addr_set_state(&e->netif, 0, IP6_ADDR_PREFERRED);
    }
    netif_set_link_up(&e->netif);
    netif_set_up(&e->netif);
}

/* What is under way and waits stays as it is. */
static void shape(struct mptcpl_link *l, const struct world_link *as)
{
    l->rate = as->rate;
    l->delay_us = (uint32_t)as->delay_us;
    l->loss = (uint32_t)((uint64_t)as->loss * UINT32_MAX / MILLION);
    l->queue = as->queue;
}

unsigned world_path(const char *client, const char *server, const struct world_link *link)
{
    unsigned i = world.npaths++;
    struct path *p = calloc(1, sizeof *p);

    world.paths[i] = p;
    for (int side = 0; side < 2; side++) {
        struct mptcpl_link *l = &p->ends[side].out.link;
        shape(l, link);
        l->seed = world_random();
    }
    add_end(&p->ends[WORLD_CLIENT], client);
    add_end(&p->ends[WORLD_SERVER], server);
    return i;
}

void world_set_link(unsigned path, enum world_side from, const struct world_link *link)
{
    shape(&world.paths[path]->ends[from].out.link, link);
}

void world_cut(unsigned path, bool cut)
{
    world.paths[path]->cut = cut;
}

const ip_addr_t *world_address(unsigned path, enum world_side side)
{
    return &world.paths[path]->ends[side].addr;
}

struct netif *world_netif(unsigned path, enum world_side side)
{
    return &world.paths[path]->ends[side].netif;
}

void world_counters(unsigned path, enum world_side from, struct world_counters *counters)
{
    *counters = world.paths[path]->ends[from].out.counters;
}

void world_observe(world_observer fn, void *arg)
{
    world.observer = fn;
    world.observer_arg = arg;
}

void world_middlebox(world_box fn, void *arg)
{
    world.box = fn;
    world.box_arg = arg;
}

void world_begin(uint64_t seed)
{
    world.random = seed * 0x9E3779B97F4A7C15u + 1;
    srand((unsigned)seed);
    if (!world.started) {
        world.started = true;
        world.now = START_US;
        lwip_init();
        mptcpl_init(&port);
    }
}

void world_end(void)
{
    while (world.npaths > 0) {
        struct path *p = world.paths[--world.npaths];
        for (int side = 0; side < 2; side++) {
            struct link *l = &p->ends[side].out;
            netif_remove(&p->ends[side].netif);
            while (l->head != NULL) {
                struct packet *gone = l->head;
                l->head = gone->next;
                give_packet(gone);
            }
        }
        free(p);
    }
    while (world.spare != NULL) {
        struct packet *gone = world.spare;
        world.spare = gone->next;
        free(gone);
    }
    world_observe(NULL, NULL);
    world_middlebox(NULL, NULL);
    world_polls(0);
}

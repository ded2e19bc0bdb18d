/*
 * flow.c - the table of flows (flow.h).
 *
 * A flow that is in no list of its state is free or LIVE. Places are numbers; NO_PLACE ends a chain
 * and a list.
 */
#include "flow.h"

#include <string.h>

uint32_t flow_chains(uint32_t places)
{
    uint32_t n = 1;

    while (n < places) {
        n *= 2;
    }
    return n;
}

void flow_table_init(struct flow_table *t)
{
    for (uint32_t i = 0; i <= t->chain_mask; i++) {
        t->chains[i] = t->conn_chains[i] = NO_PLACE;
    }
    t->free = NO_PLACE;
    for (uint32_t i = t->places; i > 0; i--) {
        t->flows[i - 1] = (struct flow){.next = t->free, .older = NO_PLACE, .newer = NO_PLACE};
        t->free = (uint16_t)(i - 1);
    }
    t->half = (struct flow_list){NO_PLACE, NO_PLACE, 0};
    t->over = t->half;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t mix_address(uint64_t h, const struct mptcp_addr *a)
{
    uint32_t size = a->family == 4 ? 4 : 16;

    for (uint32_t i = 0; i < size; i += 4) {
        h = mix(h, packet_get32(a->ip + i));
    }
    return mix(h, (uint64_t)a->port << 8 | a->family);
}

/* Nobody who does not know the secret can choose addresses and ports that share a chain. */
static uint16_t *chain_of(const struct flow_table *t, const struct mptcp_addr *local,
                          const struct mptcp_addr *remote)
{
    uint64_t h = mix_address(t->secret[0], remote);

    h = mix(mix_address(h, local), t->secret[1]);
    return &t->chains[(h >> 32) & t->chain_mask];
}

static uint16_t *chain_of_conn(const struct flow_table *t, const struct mptcp_conn *c)
{
    uint64_t h = mix(t->secret[0], (uintptr_t)c);

    return &t->conn_chains[(h >> 32) & t->chain_mask];
}

static bool same(const struct mptcp_addr *a, const struct mptcp_addr *b)
{
    return a->port == b->port && mptcp_addr_same_ip(a, b);
}

struct flow *flow_find(const struct flow_table *t, const struct mptcp_addr *local,
                       const struct mptcp_addr *remote)
{
    for (uint16_t i = *chain_of(t, local, remote); i != NO_PLACE; i = t->flows[i].next) {
        struct flow *f = &t->flows[i];
        if (same(&f->remote, remote) && same(&f->local, local)) {
            return f;
        }
    }
    return NULL;
}

static struct flow_list *list_of(struct flow_table *t, uint8_t state)
{
    if (state == SHIM_HALF) {
        return &t->half;
    }
    return state == SHIM_LIVE ? NULL : &t->over;
}

static uint16_t place_of(const struct flow_table *t, const struct flow *f)
{
    return (uint16_t)(f - t->flows);
}

static void enlist(struct flow_table *t, struct flow *f)
{
    struct flow_list *l = list_of(t, f->state);

    if (l == NULL) {
        return;
    }
    f->older = l->newest;
    f->newer = NO_PLACE;
    if (l->newest == NO_PLACE) {
        l->oldest = place_of(t, f);
    } else {
        t->flows[l->newest].newer = place_of(t, f);
    }
    l->newest = place_of(t, f);
    l->count++;
}

static void delist(struct flow_table *t, struct flow *f)
{
    struct flow_list *l = list_of(t, f->state);

    if (l == NULL) {
        return;
    }
    if (f->older == NO_PLACE) {
        l->oldest = f->newer;
    } else {
        t->flows[f->older].newer = f->newer;
    }
    if (f->newer == NO_PLACE) {
        l->newest = f->older;
    } else {
        t->flows[f->newer].older = f->older;
    }
    l->count--;
}

void flow_set_state(struct flow_table *t, struct flow *f, enum shim_state state)
{
    delist(t, f);
    f->state = (uint8_t)state;
    enlist(t, f);
}

void flow_belongs(struct flow_table *t, struct flow *f, struct mptcp_conn *c)
{
    if (f->conn != NULL) {
        uint16_t *link = chain_of_conn(t, f->conn);
        while (*link != place_of(t, f)) {
            link = &t->flows[*link].next_of_conn;
        }
        *link = f->next_of_conn;
    }
    f->conn = c;
    if (c != NULL) {
        uint16_t *chain = chain_of_conn(t, c);
        f->next_of_conn = *chain;
        *chain = place_of(t, f);
    }
}

struct flow *flow_of_conn(const struct flow_table *t, const struct mptcp_conn *c)
{
    for (uint16_t i = *chain_of_conn(t, c); i != NO_PLACE; i = t->flows[i].next_of_conn) {
        if (t->flows[i].conn == c) {
            return &t->flows[i];
        }
    }
    return NULL;
}

void flow_drop(struct flow_table *t, struct flow *f)
{
    uint16_t place = place_of(t, f);
    uint16_t generation = (uint16_t)(f->generation + 1);
    uint16_t *link = chain_of(t, &f->local, &f->remote);

    delist(t, f);
    flow_belongs(t, f, NULL);
    while (*link != place) {
        link = &t->flows[*link].next;
    }
    *link = f->next;
    *f = (struct flow){.generation = generation, .next = t->free};
    t->free = place;
}

static bool make_room(struct flow_table *t, unsigned state, bool *displaced)
{
    bool limited = state == SHIM_HALF && t->half.count >= t->half_limit;

    *displaced = false;
    if (t->free != NO_PLACE && !limited) {
        return true;
    }
    if (!limited && t->over.oldest != NO_PLACE) {
        flow_drop(t, &t->flows[t->over.oldest]);
        return true;
    }
    if (t->half.oldest == NO_PLACE) {
        return false;
    }
    flow_drop(t, &t->flows[t->half.oldest]);
    *displaced = true;
    return true;
}

struct flow *flow_new(struct flow_table *t, const struct mptcp_addr *local,
                      const struct mptcp_addr *remote, unsigned state, bool *displaced)
{
    if (!make_room(t, state, displaced)) {
        return NULL;
    }
    struct flow *f = &t->flows[t->free];
    uint16_t place = t->free;
    uint16_t *chain = chain_of(t, local, remote);

    t->free = f->next;
    *f = (struct flow){.local = *local,
                       .remote = *remote,
                       .sf = MPTCP_SF_NONE,
                       .mss = 536,
                       .state = (uint8_t)state,
                       .generation = f->generation,
                       .next = *chain};
    *chain = place;
    enlist(t, f);
    return f;
}

shim_flow flow_handle(const struct flow_table *t, const struct flow *f)
{
    return (shim_flow)f->generation << 16 | place_of(t, f);
}

struct flow *flow_of(const struct flow_table *t, shim_flow handle)
{
    uint32_t place = handle & 0xffffu;

    if (place >= t->places) {
        return NULL;
    }
    struct flow *f = &t->flows[place];
    /* A free place has no family. */
    return f->generation == handle >> 16 && f->local.family != 0 ? f : NULL;
}

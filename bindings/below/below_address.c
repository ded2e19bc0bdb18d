/*
 * below_address.c - the table of local addresses that all streams use, those that exist and those
 * to come. Each connection has ids of its own for them.
 */
#include "below_internal.h"

#include <string.h>

static struct bl_address *find(const struct below *b, const struct mptcp_addr *addr)
{
    for (unsigned i = 0; i < bl_addresses(b); i++) {
        struct bl_address *a = &b->addresses[i];
        if (a->used && mptcp_addr_same_ip(&a->addr, addr) && a->addr.port == addr->port) {
            return a;
        }
    }
    return NULL;
}

/* Tells the connection of s an address. It may have it as its initial one. */
static void tell(struct below *b, struct bl_stream *s, const struct bl_address *a, mptcp_time now)
{
    unsigned i = (unsigned)(a - b->addresses);
    struct mptcp_addr initial;
    uint8_t id;

    if (mptcp_add_address(s->conn, &a->addr, a->flags, &id, now) == MPTCP_OK) {
        s->address_ids[i] = id;
    } else if (mptcp_address(s->conn, false, MPTCP_ADDR_ID_INITIAL, &initial) == MPTCP_OK &&
               mptcp_addr_same_ip(&a->addr, &initial)) {
        s->address_ids[i] = MPTCP_ADDR_ID_INITIAL;
    }
}

void bl_addresses_tell(struct below *b, struct bl_stream *s, mptcp_time now)
{
    for (unsigned i = 0; i < bl_addresses(b); i++) {
        if (b->addresses[i].used) {
            tell(b, s, &b->addresses[i], now);
        }
    }
}

#define KNOWN_FLAGS (MPTCP_ADDR_JOIN | MPTCP_ADDR_ANNOUNCE | MPTCP_ADDR_BACKUP | MPTCP_ADDR_METERED)

static bool is_wrong(const struct below *b, const struct mptcp_addr *addr, mptcp_time now)
{
    return b == NULL || addr == NULL || (addr->family != 4 && addr->family != 6) ||
           now == MPTCP_NEVER;
}

int below_add_address(struct below *b, const struct mptcp_addr *addr, unsigned flags,
                      mptcp_time now)
{
    struct bl_address *a = NULL;

    if (is_wrong(b, addr, now) || (flags & ~KNOWN_FLAGS) != 0 || find(b, addr) != NULL) {
        return MPTCP_E_ARGUMENT;
    }
    for (unsigned i = 0; i < bl_addresses(b) && a == NULL; i++) {
        a = b->addresses[i].used ? NULL : &b->addresses[i];
    }
    if (a == NULL) {
        return MPTCP_E_FULL;
    }
    b->now = now;
    a->addr = *addr;
    a->flags = (uint8_t)flags;
    a->used = 1;
    for (uint32_t i = 0; i < b->cfg.streams; i++) {
        struct bl_stream *s = &b->streams[i];
        if (s->state == BL_OPEN) {
            tell(b, s, a, now);
            bl_touch(b, s);
        }
    }
    return MPTCP_OK;
}

/* The streams that were connected from this address, or by it, have it although it is in no table.
 * Returns how many there are. */
static unsigned remove_initial(struct below *b, const struct mptcp_addr *addr, mptcp_time now)
{
    unsigned found = 0;
    struct mptcp_addr initial;

    for (uint32_t i = 0; i < b->cfg.streams; i++) {
        struct bl_stream *s = &b->streams[i];
        if (s->state == BL_OPEN &&
            mptcp_address(s->conn, false, MPTCP_ADDR_ID_INITIAL, &initial) == MPTCP_OK &&
            mptcp_addr_same_ip(&initial, addr) &&
            mptcp_remove_address(s->conn, MPTCP_ADDR_ID_INITIAL, now) == MPTCP_OK) {
            bl_touch(b, s);
            found++;
        }
    }
    return found;
}

int below_remove_address(struct below *b, const struct mptcp_addr *addr, mptcp_time now)
{
    if (is_wrong(b, addr, now)) {
        return MPTCP_E_ARGUMENT;
    }
    struct bl_address *a = find(b, addr);
    b->now = now;
    if (a == NULL) {
        return remove_initial(b, addr, now) != 0 ? MPTCP_OK : MPTCP_E_NOT_FOUND;
    }
    a->used = 0;
    for (uint32_t i = 0; i < b->cfg.streams; i++) {
        struct bl_stream *s = &b->streams[i];
        uint8_t *id = &s->address_ids[a - b->addresses];
        if (s->state == BL_OPEN && *id != BL_NO_ID) {
            (void)mptcp_remove_address(s->conn, *id, now);
            *id = BL_NO_ID;
            bl_touch(b, s);
        }
    }
    return MPTCP_OK;
}

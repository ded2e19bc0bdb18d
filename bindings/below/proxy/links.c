/*
 * links.c - the addresses on the links. Below is told all of them, and opens further subflows; this
 * file chooses the link on which a connection begins. A SYN on a dark link is answered by nobody,
 * so a link over which an address did not answer, while it did over another link, is the last
 * choice for a while (px_path.shun).
 */
#include "proxy.h"

#include <string.h>

#define OPENING_US 1000000u

static unsigned flags_of(const struct px_path *p)
{
    return (px_o->common.announce ? MPTCP_ADDR_ANNOUNCE : MPTCP_ADDR_JOIN) |
           (p->backup ? MPTCP_ADDR_BACKUP : 0) | (p->metered ? MPTCP_ADDR_METERED : 0);
}

static bool add(const struct px_path *p)
{
    int code = below_add_address(px_below, &p->addr, flags_of(p), px_now());

    if (code != 0) {
        prog_complain("--path %s: %s", p->tun, mptcp_error_text(code));
    }
    return code == 0;
}

bool px_links_add(void)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        if (!add(&px_o->path[i])) {
            return false;
        }
    }
    return true;
}

void px_links_drop(unsigned nif)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        struct px_path *p = &px_o->path[i];
        if (p->nif == nif && !p->gone) {
            p->gone = true;
            below_remove_address(px_below, &p->addr, px_now());
        }
    }
}

void px_links_back(unsigned nif)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        struct px_path *p = &px_o->path[i];
        if (p->nif == nif && p->gone) {
            p->gone = !add(p);
        }
    }
}

/* The lower the sooner: what the options say of a path weighs less than that it does not work. */
static unsigned rank(const struct px_path *p)
{
    return (p->shun > px_now() ? 1024u : 0) + (p->backup ? 512u : 0) + (p->metered ? 256u : 0) +
           p->cost;
}

struct px_path *px_links_first(unsigned family, uint32_t tried)
{
    struct px_path *best = NULL;

    for (unsigned i = 0; i < px_o->paths; i++) {
        struct px_path *p = &px_o->path[i];
        if (p->gone || p->addr.family != family || (tried & 1u << i) != 0) {
            continue;
        }
        if (best == NULL || rank(p) < rank(best)) {
            best = p;
        }
    }
    return best;
}

const struct px_path *px_links_at(const struct mptcp_addr *local)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        if (mptcp_addr_same_ip(&px_o->path[i].addr, local)) {
            return &px_o->path[i];
        }
    }
    return NULL;
}

bool px_links_have(unsigned family)
{
    for (unsigned i = 0; i < px_o->paths; i++) {
        if (px_o->path[i].addr.family == family) {
            return true;
        }
    }
    return false;
}

/* The subflows' namespace would take it for itself: its loopback, or one of its own addresses. */
bool px_links_lead_to(const struct mptcp_addr *to)
{
    static const uint8_t none[15] = {0};
    bool v4 = to->family == 4;

    if (v4 ? to->ip[0] == 127 || to->ip[0] == 0
           : memcmp(to->ip, none, sizeof none) == 0 && to->ip[15] <= 1) {
        return false;
    }
    return px_links_at(to) == NULL;
}

/* How many subflows the links promise. */
static unsigned promised(unsigned family)
{
    unsigned n = 0;

    for (unsigned i = 0; i < px_o->paths; i++) {
        n += px_o->path[i].addr.family == family && !px_o->path[i].gone;
    }
    return n < px_o->config.conn.subflow_limit ? n : px_o->config.conn.subflow_limit;
}

bool px_links_opening(const struct px_relay *r)
{
    const struct mptcp_conn *c = below_conn(px_below, r->stream);
    struct mptcp_addr initial;
    struct mptcp_conn_report info;
    struct mptcp_subflow_report s;
    unsigned ready = 0;
    mptcp_sf sf;

    mptcp_conn_info(c, &info);
    if (px_now() >= r->opened + OPENING_US || info.version == 255 || info.fallback != 0 ||
        info.state != MPTCP_ESTABLISHED ||
        mptcp_address(c, false, MPTCP_ADDR_ID_INITIAL, &initial) != 0) {
        return false;
    }
    for (unsigned i = 0; (sf = mptcp_subflow_at(c, i)) != MPTCP_SF_NONE; i++) {
        ready += mptcp_subflow_info(c, sf, &s) == 0 && s.established;
    }
    return ready < promised(initial.family);
}

/*
 * A joined subflow was a backup, or metered, from its SYN on; the initial one's MP_CAPABLE can't
 * say so. No address has a cost.
 */
static bool mark(struct mptcp_conn *c, mptcp_sf sf)
{
    struct mptcp_subflow_report s;
    struct mptcp_addr local;

    if (mptcp_subflow_info(c, sf, &s) != 0 || !s.established ||
        mptcp_address(c, false, s.local_id, &local) != 0) {
        return false;
    }
    const struct px_path *p = px_links_at(&local);
    if (p == NULL) {
        return false;
    }
    uint8_t cost = p->cost == 0 && p->metered ? 1 : p->cost;
    bool changed = false;
    if (p->backup && !s.backup) {
        changed = mptcp_set_backup(c, sf, true, px_now()) == 0;
    }
    if (cost != s.cost) {
        changed |= mptcp_set_cost(c, sf, cost, px_now()) == 0;
    }
    return changed;
}

void px_links_mark(below_stream stream)
{
    struct mptcp_conn *c = px_o->common.paths.marks != 0 ? below_conn(px_below, stream) : NULL;
    bool changed = false;
    mptcp_sf sf;

    for (unsigned i = 0; c != NULL && (sf = mptcp_subflow_at(c, i)) != MPTCP_SF_NONE; i++) {
        changed |= mark(c, sf);
    }
    if (changed) {
        below_touch(px_below, stream);
    }
}

/*
 * versions.c - which versions the ends of a scenario speak, from a generator of its own: numbered
 * seeds of version 1 are what they were.
 *
 *   client   1, 0, or both: then it offers what mptcp_versions_offer says, and connects again if
 *            the connection has come as plain TCP (main.c)
 *   server   1, 0, or both on one port
 *   box      takes MP_CAPABLE of one version off SYNs
 *   address  announced as configured by either end, and believed accordingly; somebody who knows no
 *            key announces one that is nobody's
 */
#include "sim.h"

#include "mptcp/crypto.h"

#include <string.h>

#define NOBODYS 66u
#define NOBODYS_ID 77u

/* ------------------------------------------------------------------- scenario */

bool version_served(const struct scenario *sc, unsigned version)
{
    return (sc->versions.speaks[1] & (version == 0 ? SPEAKS_0 : SPEAKS_1)) != 0;
}

int version_agreed(const struct scenario *sc)
{
    const struct versions *v = &sc->versions;
    bool none = v->plainly || v->strip_of == v->offer + 1u || !version_served(sc, v->offer);

    return none ? -1 : v->offer;
}

static uint8_t draw_add_addr2(uint64_t *r)
{
    uint8_t kind = (uint8_t)(draw(r) % 5);

    return (uint8_t)(kind | (one_in(r, 3) ? MPTCP_ADD_ADDR2_AND_PLAIN : 0u));
}

static void draw_addresses(struct versions *v, uint64_t *r)
{
    uint64_t which = draw(r) % 3;

    v->add_addr2[0] = which == 0 ? 0 : draw_add_addr2(r);
    v->add_addr2[1] = which == 2 ? draw_add_addr2(r) : v->add_addr2[0];
    v->forge = (uint8_t)(one_in(r, 3) ? 5 + draw(r) % 50 : 0);
}

static void draw_dialect(struct dialect *d, uint64_t *r)
{
    d->wide = (uint8_t)(one_in(r, 3) ? 1 + draw(r) % 100 : 0);
    d->keys_again = one_in(r, 3);
    d->keys_once = !d->keys_again && one_in(r, 2);
    d->map_once = one_in(r, 3);
    d->fails_again = one_in(r, 2);
    d->acks_reset = one_in(r, 2);
    d->draft = one_in(r, 4);
    d->flags = one_in(r, 4);
    d->prio_id = one_in(r, 2);
    d->announces_more = one_in(r, 3);
    d->nops_in_sum = one_in(r, 2);
    d->fin_unsummed = one_in(r, 2);
}

/* Boxes that lose the options of single segments: then a mapping has to stand on each. */
static bool loses_options(const struct scenario *sc)
{
    bool any = false;

    for (unsigned i = 0; i < PATHS * 2; i++) {
        const struct fault *f = &sc->fault[i / 2][i % 2];
        any |= f->strip != 0 || f->merge != 0 || f->resend != 0;
    }
    return any;
}

static void draw_all(struct scenario *sc, uint64_t *r, enum mode mode)
{
    struct versions *v = &sc->versions;
    static const uint8_t any[] = {SPEAKS_0, SPEAKS_1, SPEAKS_BOTH, SPEAKS_BOTH};

    v->speaks[0] = mode == MODE_0 ? SPEAKS_0 : any[draw(r) % 4];
    v->speaks[1] = mode == MODE_0 ? SPEAKS_0 : any[draw(r) % 4];
    draw_addresses(v, r);
    for (unsigned i = 0; i < 2; i++) {
        if (one_in(r, 2)) {
            draw_dialect(&v->dialect[i], r);
            v->dialect[i].map_once &= !loses_options(sc);
            /* One that comes before data is a wrong checksum: plain TCP, or a subflow is reset. */
            v->dialect[i].fin_unsummed &= !sc->hostile && sc->paths == 1;
        }
    }
    v->strip_of = (uint8_t)(one_in(r, 8) ? 1 + draw(r) % 2 : 0);
}

void scenario_versions(struct scenario *sc, uint64_t seed, enum mode mode,
                       const struct mptcp_versions *known)
{
    uint64_t r = seed * 0xc2b2ae3d27d4eb4full + 6824;
    struct versions *v = &sc->versions;
    struct mptcp_addr server = {.family = 4, .port = 7000, .ip = {10, 0, 0, 2}};

    *v = (struct versions){.used = mode != MODE_1, .speaks = {SPEAKS_1, SPEAKS_1}, .offer = 1};
    if (mode == MODE_1) {
        return;
    }
    draw_all(sc, &r, mode);
    unsigned offer = v->speaks[0] != SPEAKS_BOTH ? v->speaks[0] == SPEAKS_1
                                                 : mptcp_versions_offer(known, &server, 1);
    v->plainly = offer == MPTCP_VERSIONS_NONE;
    v->offer = (uint8_t)(offer == 0 ? 0 : 1);
    if (version_agreed(sc) < 0) {
        sc->paths = 1;
        sc->dark_at = sc->kill_at = 0;
        sc->corrupt = 0;
        sc->remove = false;
    }
    /* One that is nobody's must not take the place of another where it is believed. */
    sc->addrs = (uint8_t)(sc->addrs + (v->forge != 0));
}

/* What comes of a run: true if the client will offer something else the next time. */
bool version_learned(const struct sim *s, struct mptcp_versions *known)
{
    const struct versions *v = &s->sc.versions;
    struct mptcp_addr server = host_address(&s->end[1], 0);
    const struct end *client = &s->end[0];

    if (v->speaks[0] != SPEAKS_BOTH || v->plainly || !client->open) {
        return false;
    }
    server.ip[2] = 0; /* where it was then */
    mptcp_versions_opened(known, &server, v->offer, client->open_code, 1);
    return mptcp_versions_offer(known, &server, 1) != v->offer;
}

void version_box(struct sim *s, struct segment *p)
{
    const struct versions *v = &s->sc.versions;

    if (v->strip_of == v->offer + 1u && (p->seg.tcp_flags & MPTCP_TCP_SYN) != 0 &&
        box_blank(p, MPTCP_CAPABLE + 1)) {
        s->met[MET_STRIP_VERSION]++;
    }
}

/* ------------------------------------------------------------------ addresses */

/* True if `e`, in version 0, takes plain announcements. */
static bool takes_plain(const struct end *e)
{
    uint8_t kind = e->sim->sc.versions.add_addr2[e->id];

    return (kind & ~MPTCP_ADD_ADDR2_AND_PLAIN) == 0 || (kind & MPTCP_ADD_ADDR2_AND_PLAIN) != 0;
}

/* True if `e` believes what its peer announces, as both are configured. */
static bool believes(const struct end *e)
{
    const uint8_t *kinds = e->sim->sc.versions.add_addr2;
    unsigned mine = kinds[e->id] & ~MPTCP_ADD_ADDR2_AND_PLAIN;
    unsigned theirs = kinds[!e->id] & ~MPTCP_ADD_ADDR2_AND_PLAIN;
    bool sends_plain = theirs == 0 || (kinds[!e->id] & MPTCP_ADD_ADDR2_AND_PLAIN) != 0;
    bool unasked = mine == 0 && theirs == MPTCP_ADD_ADDR2_SENDER_KEY;

    return (sends_plain && takes_plain(e)) || (theirs != 0 && mine == theirs) || unasked;
}

bool version_believes(const struct end *e, const struct mptcp_addr *remote)
{
    bool nobodys = remote->ip[0] == NOBODYS;
    bool first = remote->ip[1] == 0 && !nobodys; /* known from the beginning */

    if (e->version != 0 || first) {
        return !nobodys;
    }
    e->sim->met[MET_FORGED_BELIEVED] += nobodys && takes_plain(e);
    return nobodys ? takes_plain(e) : believes(e);
}

bool version_is_nobodys(const struct mptcp_addr *remote)
{
    return remote->ip[0] == NOBODYS;
}

static void nobodys_address(struct end *to, struct mptcp_option *o)
{
    struct mptcp_add_addr *a = &o->u.add_addr;
    struct sim *s = to->sim;
    bool second = to->version == 0 && random_below(s, 2) != 0;

    memset(o, 0, sizeof *o);
    o->version0 = to->version == 0;
    o->subtype = second ? MPTCP_ADD_ADDR2 : MPTCP_ADD_ADDR;
    a->form = second ? MPTCP_ADD_ADDR_SECOND : MPTCP_ADD_ADDR_USUAL;
    a->addr_id = NOBODYS_ID;
    a->addr.family = 4;
    a->addr.ip[0] = NOBODYS;
    a->hmac = second || to->version != 0 ? draw(&s->random) : 0;
}

/* Somebody who can't read what passes puts one beside a DSS. */
void version_forge(struct sim *s, struct segment *p)
{
    struct end *to = &s->end[p->to];
    struct mptcp_option o;
    bool dss = false;
    bool another = false; /* then version 1 reads one of them only */

    if (s->sc.versions.forge == 0 || p->to != 0 || to->conn == NULL ||
        (p->seg.tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST)) != 0) {
        return;
    }
    for (unsigned i = 0; i < p->seg.options_len && p->options[i] != 0;) {
        bool ours = p->options[i] == MPTCP_OPTION_KIND;
        dss |= ours && p->options[i + 2] >> 4 == MPTCP_DSS;
        another |= ours && p->options[i + 2] >> 4 == MPTCP_ADD_ADDR;
        i += p->options[i] == 1 ? 1 : p->options[i + 1];
    }
    if (!dss || another || random_below(s, 100) >= s->sc.versions.forge) {
        return;
    }
    nobodys_address(to, &o);
    int n = mptcp_option_write(&o, p->options + p->seg.options_len,
                               (size_t)MPTCP_OPTION_MAX - p->seg.options_len);
    p->seg.options_len = (uint16_t)(p->seg.options_len + (n > 0 ? n : 0));
}

/* A segment is handed to the connection: */
void version_before(struct end *e)
{
    struct mptcp_conn_report info;

    mptcp_conn_info(e->conn, &info);
    e->ignored = info.announcements_ignored;
    e->listens = info.fallback == 0 && info.state >= MPTCP_ESTABLISHED;
}

/* What is left of an announcement that nobody sent, after all boxes. */
struct found {
    bool forged;
    bool unread; /* version 1 reads one announcement of a segment only */
    bool plain;  /* it has no HMAC */
};

static struct found find_forged(const struct end *e, const struct segment *p)
{
    struct found f = {0};
    struct mptcp_option o;
    unsigned others = 0;
    size_t at = 0;

    while (mptcp_options_next(e->version, p->options, p->seg.options_len, &at, &o)) {
        bool add = o.subtype == MPTCP_ADD_ADDR || (o.subtype == MPTCP_ADD_ADDR2 && o.version0);
        bool forged = add && version_is_nobodys(&o.u.add_addr.addr);
        f.forged |= forged;
        f.plain |= forged && o.version0 && o.u.add_addr.form == MPTCP_ADD_ADDR_USUAL;
        others += add;
    }
    f.unread = e->version != 0 && others > 1;
    return f;
}

/* ... and was. An announcement that nobody sent must have been counted, or believed. */
void version_after(struct end *e, const struct tcp *t, const struct segment *p, bool dropped)
{
    struct mptcp_conn_report info;
    struct found f = find_forged(e, p);
    bool old = p->seg.ssn.v + p->seg.len + (p->seg.len == 0) <= t->rcv_nxt;

    mptcp_conn_info(e->conn, &info);
    unsigned more = info.announcements_ignored - e->ignored;
    bool heard = e->listens && info.fallback == 0 && !old && !dropped && !f.unread;
    e->sim->met[MET_IGNORED] += more;
    e->sim->met[MET_FORGED_IGNORED] += f.forged && more > 0;
    if (f.forged && heard && more == 0 && e->ignored < UINT8_MAX && !(f.plain && takes_plain(e))) {
        fail(e->sim, "%d: an announcement without the right HMAC is not counted", e->id);
    }
}

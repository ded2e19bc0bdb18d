/*
 * made.c - options as the peer of a connection would write them, for fuzz_segments.c: they take the
 * fuzzer past the handshakes.
 */
#include "segments.h"

#include <string.h>

static unsigned put(const struct mptcp_option *o, uint8_t *p, size_t room)
{
    int n = mptcp_option_write(o, p, room);
    return n < 0 ? 0 : (unsigned)n;
}

static void mp_capable(const struct target *t, struct mptcp_option *o, uint32_t c)
{
    static const uint8_t forms[2][5] = {{12, 12, 20, 20, 20}, {4, 12, 20, 22, 24}};
    o->subtype = MPTCP_CAPABLE;
    o->u.capable.version = (uint8_t)((c & 0x40u) != 0 ? c & 3u : t->version);
    o->u.capable.form = forms[t->version][c % 5];
    o->u.capable.flags = (uint8_t)(MPTCP_CAPABLE_SHA256 | (c & 0xa0u));
    o->u.capable.sender_key = REMOTE_KEY;
    o->u.capable.receiver_key = (c & 0x100u) != 0 ? t->key + 1 : t->key;
    o->u.capable.dll = (uint16_t)(c >> 9);
    if (o->u.capable.form == 24) {
        o->u.capable.flags |= MPTCP_CAPABLE_CHECKSUM;
    }
}

static void mp_dss(const struct target *t, struct mptcp_option *o, uint32_t c, uint32_t ssn)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(t->conn, &info);
    struct mptcp_dss *d = &o->u.dss;

    o->subtype = MPTCP_DSS;
    d->flags = (uint8_t)(c & 0x1fu);
    d->has_checksum = (d->flags & MPTCP_DSS_MAP) != 0 && info.checksum;
    d->dll = (uint16_t)((c >> 5 & 0x3ffu) + ((d->flags & MPTCP_DSS_FIN) != 0));
    int64_t off = (int64_t)(c >> 15 & 0xfu) * 100 - 200;
    d->dsn = info.rcv_nxt.v + (uint64_t)((c & 0x80000u) != 0 ? off : 0);
    d->data_ack = info.snd_nxt.v + (uint64_t)((c & 0x100000u) != 0 ? off : 0);
    d->ssn = (c & 0x200000u) != 0 ? ssn + (c >> 22) : ssn;
    if ((d->flags & MPTCP_DSS_DSN64) == 0) {
        d->dsn &= UINT32_MAX;
    }
    if ((d->flags & MPTCP_DSS_ACK64) == 0) {
        d->data_ack &= UINT32_MAX;
    }
}

static void mp_join(const struct target *t, struct mptcp_option *o, uint32_t c)
{
    struct mptcp_conn_report info;
    mptcp_conn_info(t->conn, &info);
    static const uint8_t forms[] = {12, 16, 24};

    o->subtype = MPTCP_JOIN;
    o->u.join.form = forms[c % 3];
    o->u.join.addr_id = (uint8_t)(c >> 2 & 3u);
    o->u.join.backup = (c & 0x10u) != 0;
    o->u.join.token = (c & 0x20u) != 0 ? c : info.local_token;
    o->u.join.nonce = 77;
    /* The nonce of the other side is drawn from the seed of zeros, one after the other. */
    static const uint8_t seed[MPTCP_NONCE_SEED_SIZE];
    struct mptcp_join_auth auth = {REMOTE_KEY, t->key, 77, mptcp_nonce(seed, c >> 6 & 3u)};
    uint8_t hmac[MPTCP_JOIN_HMAC_SIZE];
    mptcp_join_hmac_of(t->version, &auth, hmac);
    memcpy(o->u.join.hmac, hmac, o->u.join.form == 16 ? 8 : o->u.join.form == 24 ? 20 : 0);
}

/* Of version 0: in any of its forms, with an HMAC of the kind that is configured, or of another. */
static void sign_old(const struct target *t, struct mptcp_option *o, bool second, uint32_t c)
{
    struct mptcp_add_addr *a = &o->u.add_addr;
    unsigned kind = (c & 0x40u) != 0 ? c >> 18 & 7u : t->add_addr2;

    a->echo = 0;
    a->form = second ? MPTCP_ADD_ADDR_SECOND : (uint8_t)((c & 1u) != 0 ? 1 + (c >> 7 & 1u) : 0);
    o->subtype = second ? MPTCP_ADD_ADDR2 : MPTCP_ADD_ADDR;
    if (a->form != MPTCP_ADD_ADDR_USUAL) {
        a->hmac = mptcp_add_addr2_hmac((enum mptcp_add_addr2)kind, REMOTE_KEY, t->key, a->addr_id,
                                       &a->addr);
    }
}

static void mp_add_addr(const struct target *t, struct mptcp_option *o, bool second, uint32_t c)
{
    struct mptcp_add_addr *a = &o->u.add_addr;
    o->subtype = MPTCP_ADD_ADDR;
    a->echo = (c & 1u) != 0;
    a->addr_id = (uint8_t)(c >> 1 & 7u);
    a->has_port = (c & 0x10u) != 0;
    a->addr.family = (c & 0x20u) != 0 ? 6 : 4;
    a->addr.port = a->has_port ? (uint16_t)(1 + (c >> 8 & 0xffu)) : 0;
    a->addr.ip[0] = 10;
    a->addr.ip[3] = (uint8_t)(c >> 16 & 3u);
    if (t->version == 0) {
        sign_old(t, o, second, c);
    } else if (!a->echo) {
        a->hmac = mptcp_add_addr_hmac(REMOTE_KEY, t->key, a->addr_id, &a->addr);
    }
}

unsigned made_option(const struct target *t, uint32_t kind, uint32_t c, uint32_t ssn, uint8_t *p,
                     size_t room)
{
    struct mptcp_option o;
    memset(&o, 0, sizeof o);
    o.version0 = t->version == 0;
    switch (kind % 9) {
    case 0:
        mp_capable(t, &o, c);
        break;
    case 1:
    case 2:
        mp_dss(t, &o, c, ssn);
        break;
    case 3:
        mp_join(t, &o, c);
        break;
    case 4:
        mp_add_addr(t, &o, false, c);
        break;
    case 5:
        o.subtype = MPTCP_PRIO;
        o.u.prio.backup = c & 1u;
        o.u.prio.has_id = o.version0 != 0 && (c & 2u) != 0;
        o.u.prio.addr_id = o.u.prio.has_id ? (uint8_t)(c >> 2 & 3u) : 0;
        break;
    case 6:
        o.subtype = MPTCP_FAIL;
        o.u.fail.dsn = c;
        break;
    case 7:
        o.subtype = MPTCP_FASTCLOSE;
        o.u.fastclose.receiver_key = (c & 1u) != 0 ? t->key : c;
        break;
    default:
        if (t->version == 0) {
            mp_add_addr(t, &o, true, c);
            break;
        }
        o.subtype = MPTCP_TCPRST;
        o.u.tcprst.reason = (uint8_t)c;
        break;
    }
    return put(&o, p, room);
}

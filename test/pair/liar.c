/*
 * liar.c - what a lying peer writes instead of what its connection told it to: DATA_ACKs of what
 * was never sent, windows, DSNs, lengths, tokens, keys.
 */
#include "sim.h"

#include <string.h>

/* A lie about one option; false if this one is told as it is. */
static bool bend(struct end *e, struct mptcp_option *o)
{
    struct sim *s = e->sim;
    static const uint32_t far[] = {1, 1000, 100000, 0x7fffffff};
    uint64_t by = far[random_below(s, 4)];

    switch (s->sc.lie) {
    case LIE_ACK:
        o->u.dss.data_ack += random_below(s, 2) != 0 ? by : (uint64_t)0 - by;
        o->u.dss.data_ack &= (o->u.dss.flags & MPTCP_DSS_ACK64) != 0 ? UINT64_MAX : UINT32_MAX;
        s->met[MET_LIE_ACK]++;
        return o->subtype == MPTCP_DSS;
    case LIE_DSN:
        o->u.dss.dsn += random_below(s, 2) != 0 ? by : (uint64_t)0 - by;
        o->u.dss.dsn &= (o->u.dss.flags & MPTCP_DSS_DSN64) != 0 ? UINT64_MAX : UINT32_MAX;
        s->met[MET_LIE_DSN]++;
        return o->subtype == MPTCP_DSS;
    case LIE_LENGTH:
        o->u.dss.dll = (uint16_t)(1 + random_below(s, 65535));
        s->met[MET_LIE_LENGTH]++;
        return o->subtype == MPTCP_DSS && (o->u.dss.flags & MPTCP_DSS_MAP) != 0;
    case LIE_TOKEN:
        o->u.join.token ^= 1;
        s->met[MET_LIE_TOKEN]++;
        return o->subtype == MPTCP_JOIN && o->u.join.form == MPTCP_JOIN_SYN;
    default:
        if (o->subtype == MPTCP_JOIN) {
            o->u.join.hmac[0] ^= 1;
            s->met[MET_LIE_KEY]++;
            return o->u.join.form != MPTCP_JOIN_SYN;
        }
        o->u.capable.receiver_key ^= 1;
        s->met[MET_LIE_KEY]++;
        return o->subtype == MPTCP_CAPABLE && o->u.capable.form >= MPTCP_CAPABLE_ACK;
    }
}

void liar_speak(struct end *e, struct mptcp_segment *seg, uint8_t *options)
{
    struct sim *s = e->sim;
    struct mptcp_option o;

    if (s->sc.liar != e->id || random_below(s, 3) != 0) {
        return;
    }
    if (s->sc.lie == LIE_WINDOW) {
        seg->window = random_below(s, 2) != 0 ? 0 : 0x3fffffff;
        s->met[MET_LIE_WINDOW]++;
        return;
    }
    for (unsigned i = 0; i < seg->options_len && options[i] != 0;) {
        unsigned len = options[i] == 1 ? 1 : options[i + 1];
        bool ours = s->sc.lie != LIE_ACK && s->sc.lie != LIE_DSN && s->sc.lie != LIE_LENGTH;
        if (options[i] == MPTCP_OPTION_KIND && (ours || options[i + 2] >> 4 == MPTCP_DSS) &&
            mptcp_option_read_of(e->version, options + i, len, &o, NULL) > 0 && bend(e, &o)) {
            mptcp_option_write(&o, options + i, len);
        }
        i += len;
    }
}

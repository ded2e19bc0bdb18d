/*
 * info.c - getters, which change nothing, of the connection, its subflows, addresses and mappings.
 */
#include "conn/conn.h"
#include "tables/in_step.h"
#include "tables/offer.h"
#include "tables/received.h"
#include "wire/mem.h"
#include "wire/reset_reason.h"

void mptcp_conn_info(const struct mptcp_conn *c, struct mptcp_conn_report *info)
{
    if (info == NULL) {
        return;
    }
    memset(info, 0, sizeof *info);
    if (c == NULL) {
        return;
    }
    uint32_t bits = c->bits; /* a copy, since *info might overlap *c as far as the compiler knows */
    bool plain = is_plain(c);
    info->state = (uint8_t)mptcp_close_state(c);
    info->version = plain ? 255 : c->version;
    info->client = (bits & BIT_CLIENT) != 0;
    info->checksum = (bits & BIT_CHECKSUM) != 0 && !plain;
    info->fully_established = (bits & BIT_FULLY) != 0;
    info->subflows = (uint8_t)mptcp_subflow_proven(c);
    info->announcements_ignored = c->ignored;
    info->fallback = c->fallback;
    info->error = c->error;
    info->local_token = c->local_token;
    info->remote_token = c->remote_token;
    info->snd_una = c->snd_una;
    info->snd_nxt = c->snd_nxt;
    info->snd_end = c->snd_end;
    info->rcv_nxt = c->rcv_nxt;
    info->delivered = c->rcv_delivered;
    info->rcv_window = mptcp_window(c);
    info->snd_window = mptcp_span(c->snd_nxt, c->snd_edge);
}

mptcp_dsn mptcp_rcv_nxt(const struct mptcp_conn *c)
{
    return c != NULL ? c->rcv_nxt : mptcp_dsn_of(0);
}

/* True if the subflow is living and has this flag. */
static bool is_flagged(const struct mptcp_conn *c, mptcp_sf sf, unsigned flag)
{
    struct mptcp_subflow *s;
    return subflow_refused(c, sf, 0, &s) == MPTCP_OK && (s->flags & flag) != 0;
}

bool mptcp_subflow_silent(const struct mptcp_conn *c, mptcp_sf sf)
{
    return is_flagged(c, sf, SF_SILENT);
}

bool mptcp_subflow_resets(const struct mptcp_conn *c, mptcp_sf sf)
{
    return is_flagged(c, sf, SF_RESET);
}

int mptcp_subflow_info(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_subflow_report *info)
{
    if (c == NULL || info == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    const struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    memset(info, 0, sizeof *info);
    uint32_t flags = s->flags;
    info->initial = (flags & SF_INITIAL) != 0;
    info->established = s->state == SF_OPEN;
    info->silent = (flags & SF_SILENT) != 0;
    info->window_closed = (flags & SF_WINDOW_CLOSED) != 0;
    info->backup = (flags & SF_BACKUP) != 0;
    info->peer_backup = (flags & SF_PEER_BACKUP) != 0;
    info->local_id = s->local_id;
    info->remote_id = s->remote_id;
    info->closing = (flags & (SF_FIN_GIVEN | SF_FIN_RECEIVED | SF_RESET)) != 0;
    info->tx_runs = s->sent.count;
    info->rx_runs = (uint16_t)mptcp_received_count(c, (unsigned)i);
    info->snd_una = s->snd_una;
    info->snd_nxt = s->snd_nxt;
    info->rcv_nxt = s->rcv_nxt;
    info->srtt_us = s->srtt_us;
    info->rttvar_us = s->rttvar_us;
    info->segment_size = s->segment;
    info->mapping_max = s->mapping;
    info->cost = s->cost;
    info->local_port = s->local_port;
    info->remote_port = s->remote_port;
    info->room = mptcp_offer_usable(c, (unsigned)i) ? mptcp_offer_spare(s) : 0;
    return MPTCP_OK;
}

mptcp_sf mptcp_subflow_at(const struct mptcp_conn *c, unsigned i)
{
    for (unsigned k = 0; c != NULL && k < c->top; k++) {
        if (sf_live(subflow_at(c, k)) && i-- == 0) {
            return handle_of(c, k);
        }
    }
    return MPTCP_SF_NONE;
}

int mptcp_address(const struct mptcp_conn *c, bool remote, uint8_t id, struct mptcp_addr *addr)
{
    if (c == NULL || addr == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    const struct mptcp_addr_slot *a = remote ? mptcp_remote_of(c, id) : mptcp_local_of(c, id);
    if (a == NULL) {
        return MPTCP_E_NOT_FOUND;
    }
    *addr = a->addr;
    return MPTCP_OK;
}

int mptcp_tx_mapping(const struct mptcp_conn *c, mptcp_sf sf, mptcp_ssn ssn,
                     struct mptcp_tx_map *map)
{
    if (c == NULL || map == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    int i = slot_of(c, sf);
    if (i < 0) {
        return MPTCP_E_STALE;
    }
    bool found = is_plain(c) ? mptcp_plain_map_out(c, (unsigned)i, ssn, map)
                             : mptcp_map_out(c, (unsigned)i, ssn, map);
    return found ? MPTCP_OK : MPTCP_E_NOT_FOUND;
}

uint32_t mptcp_rx_mapping_left(const struct mptcp_conn *c, mptcp_sf sf)
{
    int i = slot_of(c, sf);
    if (i < 0) {
        return 0;
    }
    const struct mptcp_subflow *s = subflow_at(c, (unsigned)i);
    const struct mptcp_run *r = mptcp_received_find(c, (unsigned)i, s->rcv_nxt);
    return r == NULL ? 0 : (uint32_t)mptcp_ssn_diff(mptcp_run_end(r), s->rcv_nxt);
}

int mptcp_reset_option(int code, uint8_t *p, size_t room)
{
    struct mptcp_option o = {0};
    o.subtype = MPTCP_TCPRST;
    o.u.tcprst.reason = (uint8_t)mptcp_reset_reason(code);
    o.u.tcprst.transient = mptcp_reset_transient(o.u.tcprst.reason);
    return mptcp_option_write(&o, p, room);
}

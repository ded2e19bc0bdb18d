/*
 * below_sums.c - with checksums, the sums of mappings that TCP was given (mptcp/sums.h): so that
 * their octets can leave the send buffer when the peer has DATA_ACKed them, although the TCP of a
 * path that is dark may send them again, cut otherwise than before, when it is back.
 */
#include "below_internal.h"

#define OCTETS_OF_MAPPING \
    1024u /* so long are mappings at least, of a writer that fills the buffer */
#define SPARE_MAPPINGS 16u
#define MAPPINGS_MOST 65535u

static uint32_t mappings(const struct below_config *cfg)
{
    uint32_t n = cfg->snd_buf / OCTETS_OF_MAPPING + SPARE_MAPPINGS;
    return n < MAPPINGS_MOST ? n : MAPPINGS_MOST;
}

uint32_t bl_sums_size(const struct below_config *cfg)
{
    return (MPTCP_SUMS_SIZE(mappings(cfg)) + 7u) & ~7u;
}

void bl_sums_begin(const struct below *b, const struct bl_stream *s, struct bl_place *p)
{
    uint32_t size = bl_sums_size(&b->cfg);
    p->sums =
        mptcp_sums_init(s->sums + (size_t)size * (size_t)(p - s->places), size, mappings(&b->cfg));
}

void bl_sums_add(const struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_time now)
{
    struct mptcp_tx_map map;
    uint32_t sum;

    if (!s->checksum) {
        return;
    }
    while (mptcp_tx_mapping(s->conn, p->sf, mptcp_sums_next(p->sums), &map) == MPTCP_OK) {
        if (!bl_send_sum(b, s, map.dsn, map.len, &sum) ||
            mptcp_sums_add(p->sums, &map, sum) != MPTCP_OK) {
            return; /* those octets stay in the send buffer */
        }
    }
    (void)mptcp_on_copied(s->conn, p->sf, now);
}

void bl_sums_acked(const struct below *b, struct bl_stream *s, struct bl_place *p, mptcp_ssn una,
                   mptcp_time now)
{
    if (s->checksum) {
        mptcp_sums_acked(p->sums, una);
        bl_sums_add(b, s, p, now);
    }
}

/* Looks for a mapping among those that are in flight on a subflow. */
static bool find_on(const struct bl_stream *s, const struct bl_place *p, mptcp_dsn dsn,
                    uint32_t length, uint32_t *sum)
{
    struct mptcp_subflow_report info;
    struct mptcp_tx_map map;

    if (mptcp_subflow_info(s->conn, p->sf, &info) != MPTCP_OK) {
        return false;
    }
    mptcp_ssn ssn = info.snd_una;
    while (mptcp_tx_mapping(s->conn, p->sf, ssn, &map) == MPTCP_OK) {
        if (mptcp_dsn_eq(map.dsn, dsn) && map.len == length) {
            return mptcp_sums_find(p->sums, map.ssn, sum) == MPTCP_OK;
        }
        ssn = mptcp_ssn_add(map.ssn, map.len);
    }
    return false;
}

bool bl_sums_find(const struct below *b, const struct bl_stream *s, mptcp_dsn dsn, uint32_t length,
                  uint32_t *sum)
{
    for (unsigned i = 0; i < bl_places(b); i++) {
        const struct bl_place *p = &s->places[i];
        if (p->state == BL_PLACE_LIVE && find_on(s, p, dsn, length, sum)) {
            return true;
        }
    }
    return false;
}

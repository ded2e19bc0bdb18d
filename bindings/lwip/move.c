/*
 * move.c - a connection leaves lwIP, which sends nothing for that, and goes on in another process.
 *
 * What is saved, in host order: a struct saved, the block, and the octets of the send buffer that
 * are not DATA_ACKed. Only a build with the same layout can take it. The binding believes these
 * octets: whoever keeps them makes sure that they are whole, and come from where they should
 * (nc/checkpoint.c).
 */
#include "binding.h"

#include "lwip/mem.h"
#include "lwip/priv/tcp_priv.h"

#include <string.h>

#include "mptcp/crypto.h"

/* One more whenever struct saved or struct mptcpl_config means something else at the same size. */
#define LAYOUT 4u

struct saved {
    uint32_t layout; /* of the block and of this */
    uint32_t conn_size;
    uint64_t clock;      /* when it was parked */
    mptcp_dsn out_start; /* of the send buffer */
    mptcp_dsn out_end;
    uint32_t unread; /* octets that the application has and did not mark as read */
    uint32_t passive;
    struct mptcpl_config cfg;
};

static uint32_t layout(void)
{
    return mptcp_conn_layout() ^ (LAYOUT << 12 | (uint32_t)sizeof(struct saved));
}

static uint32_t conn_size(const struct mptcpl_config *cfg)
{
    struct mptcp_config core;
    mptcpl_core_config(cfg, &core);
    return (uint32_t)mptcp_conn_size(&core);
}

err_t mptcpl_park(struct mptcpl_pcb *m)
{
    uint32_t number = m->number;

    mptcpl_work();
    if (mptcpl_find(number) != m || !mptcpl_answers(m) || m->state != ST_OPEN) {
        return ERR_CONN;
    }
    if (m->refused != NULL || m->ready != NULL) {
        return ERR_INPROGRESS; /* acknowledged, and in no saved octet */
    }
    int why = mptcp_conn_park(m->conn, mptcpl_now());
    if (why < 0) {
        return why == MPTCP_E_AGAIN ? ERR_INPROGRESS : ERR_CONN;
    }
    mptcpl_unlisten(m);
    for (struct subflow *s = m->subs; s != NULL; s = s->next) {
        struct tcp_pcb *tcp = s->tcp;
        if (!s->used) {
            continue;
        }
        mptcpl_detach(s, MPTCP_E_CLOSED);
        if (tcp != NULL) {
            tcp_err(tcp, NULL);
            tcp_abandon(tcp, 0); /* without a RST */
        }
        mptcpl_release(s, s->rcv_ssn);
        s->used = false;
    }
    m->parked = true;
    m->deadline = m->again_at = MPTCP_NEVER;
    mptcpl_nothing_due(m);
    return ERR_OK;
}

uint32_t mptcpl_saved_size(const struct mptcpl_pcb *m)
{
    if (m->conn == NULL || !m->parked) {
        return 0;
    }
    return (uint32_t)sizeof(struct saved) + conn_size(&m->cfg) + mptcpl_sendbuf_held(&m->out);
}

uint32_t mptcpl_saved_max(const struct mptcpl_pcb *m)
{
    return (uint32_t)sizeof(struct saved) + conn_size(&m->cfg) + m->cfg.snd_buf;
}

void mptcpl_save(const struct mptcpl_pcb *m, uint8_t *out)
{
    struct saved s;

    if (mptcpl_saved_size(m) == 0) {
        return;
    }
    memset(&s, 0, sizeof s);
    s.layout = layout();
    s.conn_size = conn_size(&m->cfg);
    s.clock = mptcpl_now();
    s.out_start = m->out.start;
    s.out_end = m->out.end;
    s.unread = m->unread;
    s.passive = m->passive;
    s.cfg = m->cfg;
    s.cfg.cc = NULL; /* addresses of this process */
    s.cfg.scheduler = NULL;
    memcpy(out, &s, sizeof s);
    out += sizeof s;
    memcpy(out, m->conn, s.conn_size);
    out += s.conn_size;
    mptcpl_sendbuf_copy(&m->out, out);
}

/* What the sizes in it say can be true. */
static bool plausible(const struct saved *s, uint32_t n)
{
    uint64_t octets = (uint64_t)mptcp_dsn_diff(s->out_end, s->out_start);

    return s->layout == layout() && s->conn_size == conn_size(&s->cfg) &&
           mptcpl_config_check(&s->cfg) == ERR_OK && octets <= s->cfg.snd_buf &&
           (uint64_t)n == sizeof *s + s->conn_size + octets;
}

static bool refill(struct mptcpl_pcb *m, const struct saved *s, const uint8_t *octets)
{
    uint32_t n = (uint32_t)mptcp_dsn_diff(s->out_end, s->out_start);

    mptcpl_sendbuf_begin(&m->out, s->out_start);
    if (!mptcpl_sendbuf_reserve(&m->out, n, m->cfg.snd_buf)) {
        return false;
    }
    mptcpl_sendbuf_write(&m->out, octets, n);
    return true;
}

static bool restore(struct mptcpl_pcb *m, const struct saved *s, const uint8_t *block,
                    uint32_t limit_us)
{
    struct mptcp_conn_report info;
    void *mem = mem_malloc((mem_size_t)s->conn_size);

    if (mem == NULL) {
        return false;
    }
    memcpy(mem, block, s->conn_size);
    m->conn = mptcp_conn_resume(mem, s->conn_size, s->clock, mptcpl_now(), limit_us);
    if (m->conn == NULL) {
        mptcp_wipe(mem, s->conn_size);
        mem_free(mem);
        return false;
    }
    mptcp_conn_info(m->conn, &info);
    m->checksum = info.checksum != 0;
    m->version = info.version;
    return refill(m, s, block + s->conn_size) && mptcpl_enter_token(m->number, info.local_token);
}

struct mptcpl_pcb *mptcpl_resume(const uint8_t *in, uint32_t n, uint32_t limit_us)
{
    struct saved s;

    if (n < sizeof s) {
        return NULL;
    }
    memcpy(&s, in, sizeof s);
    s.cfg.cc = &mptcp_lia;
    s.cfg.scheduler = mptcp_schedulers[0]; /* any: the block says which one it has */
    if (!plausible(&s, n)) {
        return NULL;
    }
    struct mptcpl_pcb *m = mptcpl_alloc(&s.cfg);
    if (m == NULL) {
        return NULL;
    }
    m->passive = s.passive != 0;
    m->state = ST_OPEN;
    m->unread = s.unread;
    mptcpl_touch(m);
    mptcpl_returning(m, true);
    if (!restore(m, &s, in + sizeof s, limit_us)) {
        mptcpl_free(m);
        return NULL;
    }
    return m;
}

void mptcpl_congestion(struct mptcpl_pcb *m, const struct mptcp_congestion *cc)
{
    m->cfg.cc = cc != NULL ? cc : m->cfg.cc;
}

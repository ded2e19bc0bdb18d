/*
 * canary.c - overruns inside a connection's block: from one of its tables into the next, where no
 * sanitizer sees them.
 *
 * In the build MODE=canary there is a gap in front of each table and behind the last one
 * (gaps.txt). mptcp_conn_init fills the gaps with octets that look like something alive: a subflow
 * that is open, so that a loop that goes one slot too far finds something to change. After each
 * call that may change a connection they must be what they were; if not, the program ends.
 *
 * The linker puts these functions in front of the library's (--wrap, canary.mk).
 */
#include "tables/block.h"

#include "mptcp/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 256u
#define FILL SF_OPEN

struct gap {
    uint8_t *at;
    const char *before;
};

/* In the order of the block: what stands in front of each. */
static void gaps_of(struct mptcp_conn *c, struct gap gaps[5])
{
    uint8_t *pairs = (uint8_t *)local_at(c, c->addrs) + GAP;

    gaps[0] = (struct gap){(uint8_t *)(c + 1), "the connection"};
    gaps[1] = (struct gap){(uint8_t *)subflow_at(c, c->subflows), "the subflows"};
    gaps[2] = (struct gap){(uint8_t *)(runs_of(c) + c->runs), "the runs"};
    gaps[3] = (struct gap){(uint8_t *)local_at(c, c->addrs), "the addresses"};
    gaps[4] = (struct gap){pairs + c->addrs * MPTCP_CONN_PER_PAIRS(c->addrs), "the pairs"};
}

static void watch(struct mptcp_conn *c, const char *call)
{
    struct gap gaps[5];

    if (c == NULL || c->subflows == 0) {
        return; /* no connection, or one that was wiped */
    }
    gaps_of(c, gaps);
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned k = 0; k < GAP; k++) {
            if (gaps[i].at[k] != FILL) {
                (void)fprintf(stderr, "canary: %s wrote %u octets behind %s\n", call, k,
                              gaps[i].before);
                abort();
            }
        }
    }
}

struct mptcp_conn *__real_mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                          const struct mptcp_secret *secret);
struct mptcp_conn *__wrap_mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                          const struct mptcp_secret *secret);

struct mptcp_conn *__wrap_mptcp_conn_init(void *mem, size_t size, const struct mptcp_config *cfg,
                                          const struct mptcp_secret *secret)
{
    struct mptcp_conn *c = __real_mptcp_conn_init(mem, size, cfg, secret);
    struct gap gaps[5];

    if (c != NULL) {
        gaps_of(c, gaps);
        for (unsigned i = 0; i < 5; i++) {
            memset(gaps[i].at, FILL, GAP);
        }
    }
    return c;
}

struct mptcp_conn *__real_mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                            uint32_t limit_us);
struct mptcp_conn *__wrap_mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                            uint32_t limit_us);

struct mptcp_conn *__wrap_mptcp_conn_resume(void *mem, size_t size, mptcp_time from, mptcp_time to,
                                            uint32_t limit_us)
{
    struct mptcp_conn *c = __real_mptcp_conn_resume(mem, size, from, to, limit_us);

    watch(c, "mptcp_conn_resume");
    return c;
}

/* A call on connection c that gives back a code. */
#define WATCHED(name, arguments, given)   \
    int __real_##name arguments;          \
    int __wrap_##name arguments;          \
    int __wrap_##name arguments           \
    {                                     \
        int answer = __real_##name given; \
        watch(c, #name);                  \
        return answer;                    \
    }

WATCHED(mptcp_conn_park, (struct mptcp_conn * c, mptcp_time now), (c, now))
WATCHED(mptcp_conn_rebase, (struct mptcp_conn * c, mptcp_time from, mptcp_time to), (c, from, to))
WATCHED(mptcp_connect,
        (struct mptcp_conn * c, const struct mptcp_addr *local, const struct mptcp_addr *remote,
         mptcp_sf *sf, mptcp_time now),
        (c, local, remote, sf, now))
WATCHED(mptcp_accept,
        (struct mptcp_conn * c, const struct mptcp_segment *syn, const struct mptcp_addr *local,
         const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now),
        (c, syn, local, remote, sf, now))
WATCHED(mptcp_accept_join,
        (struct mptcp_conn * c, const struct mptcp_segment *syn, const struct mptcp_addr *local,
         const struct mptcp_addr *remote, mptcp_sf *sf, mptcp_time now),
        (c, syn, local, remote, sf, now))
WATCHED(mptcp_on_segment,
        (struct mptcp_conn * c, mptcp_sf sf, const struct mptcp_segment *seg,
         struct mptcp_verdict *verdict, mptcp_time now),
        (c, sf, seg, verdict, now))
WATCHED(mptcp_on_data,
        (struct mptcp_conn * c, mptcp_sf sf, const struct mptcp_piece *piece, mptcp_time now),
        (c, sf, piece, now))
WATCHED(mptcp_on_fin, (struct mptcp_conn * c, mptcp_sf sf, mptcp_time now), (c, sf, now))
WATCHED(mptcp_on_gone, (struct mptcp_conn * c, mptcp_sf sf, int why, mptcp_time now),
        (c, sf, why, now))
WATCHED(mptcp_on_path,
        (struct mptcp_conn * c, mptcp_sf sf, const struct mptcp_path *path, mptcp_time now),
        (c, sf, path, now))
WATCHED(mptcp_on_copied, (struct mptcp_conn * c, mptcp_sf sf, mptcp_time now), (c, sf, now))
WATCHED(mptcp_on_written, (struct mptcp_conn * c, uint32_t n, mptcp_time now), (c, n, now))
WATCHED(mptcp_on_consumed, (struct mptcp_conn * c, uint32_t n, mptcp_time now), (c, n, now))
WATCHED(mptcp_on_shutdown, (struct mptcp_conn * c, mptcp_time now), (c, now))
WATCHED(mptcp_on_abort, (struct mptcp_conn * c, mptcp_time now), (c, now))
WATCHED(mptcp_on_timeout, (struct mptcp_conn * c, mptcp_time now), (c, now))
WATCHED(mptcp_add_address,
        (struct mptcp_conn * c, const struct mptcp_addr *addr, unsigned flags, uint8_t *id,
         mptcp_time now),
        (c, addr, flags, id, now))
WATCHED(mptcp_remove_address, (struct mptcp_conn * c, uint8_t id, mptcp_time now), (c, id, now))
WATCHED(mptcp_join, (struct mptcp_conn * c, uint8_t local, uint8_t remote, mptcp_time now),
        (c, local, remote, now))
WATCHED(mptcp_done,
        (struct mptcp_conn * c, const struct mptcp_action *a, uint32_t n, enum mptcp_result result,
         mptcp_time now),
        (c, a, n, result, now))
WATCHED(mptcp_sent,
        (struct mptcp_conn * c, mptcp_sf sf, const struct mptcp_receipt *r, mptcp_time now),
        (c, sf, r, now))

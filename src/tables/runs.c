/*
 * runs.c - runs and mappings (runs.h).
 */
#include "tables/runs.h"

extern MPTCP_INLINE uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b);
extern MPTCP_INLINE int64_t mptcp_run_behind(const struct mptcp_run *r, mptcp_dsn near);
extern MPTCP_INLINE int64_t mptcp_run_end_behind(const struct mptcp_run *r, mptcp_dsn near);

bool mptcp_run_agrees(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return mptcp_run_behind(r, m->dsn) == mptcp_ssn_diff(mptcp_run_ssn(r), m->ssn);
}

bool mptcp_run_continues(const struct mptcp_run *r, const struct mptcp_mapping *m)
{
    return mptcp_ssn_eq(mptcp_run_end(r), m->ssn) && mptcp_run_agrees(r, m) && r->len < RUN_LONG;
}

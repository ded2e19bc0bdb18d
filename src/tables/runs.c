/*
 * runs.c - the one external copy of each inline function in runs.h, for builds that call it instead
 * of inlining.
 */
#include "tables/runs.h"

extern MPTCP_INLINE uint32_t mptcp_span(mptcp_dsn a, mptcp_dsn b);
extern MPTCP_INLINE int64_t mptcp_run_from(const struct mptcp_run *r, mptcp_dsn near);
extern MPTCP_INLINE int64_t mptcp_run_end_from(const struct mptcp_run *r, mptcp_dsn near);
extern MPTCP_INLINE void mptcp_run_lengthen(struct mptcp_run *r, uint32_t n);
extern MPTCP_INLINE bool mptcp_run_agrees(const struct mptcp_run *r, const struct mptcp_mapping *m);
extern MPTCP_INLINE bool mptcp_run_continues(const struct mptcp_run *r,
                                             const struct mptcp_mapping *m);

/*
 * met.h - what a run met; the sum over all seeds must not have a zero.
 */
#ifndef PAIR_MET_H
#define PAIR_MET_H

enum met {
    MET_JOIN,
    MET_ADD_ADDR,
    MET_LOSS,
    MET_REINJECTION,
    MET_STALL,
    MET_PROBE,
    MET_CHECKSUM,
    MET_RECUT,
    MET_SUBFLOW_DEATH,
    MET_PLAIN,
    MET_WRAP_32,
    MET_WRAP_64,
    MET_LATER,
    MET_REFUSED, /* verdict.drop for want of a slot or window */
    MET_HALF_CLOSE,
    MET_COPIES,
    MET_MISUSE,
    MET_REBASE,
    MET_IPV6,
    MET_TWICE,   /* an action committed twice */
    MET_PROMISE, /* an ACK that left some time after it was promised */
    MET_ABORT,
    MET_PRIO,
    MET_JOIN_REFUSED,
    MET_CORRUPTION,
    MET_WRAP_ISN, /* sequence numbers on the wire passed 2^32 */
    MET_STATELESS,
    MET_STATELESS_DATA, /* made by the first data: the third ACK was lost, or late */
    MET_FLOOD,
    MET_COLLISION,
    MET_FAST_ALL, /* the server took all octets of the SYN */
    MET_FAST_PART,
    MET_FAST_NONE,
    MET_FAST_EARLY, /* data before the third ACK */
    MET_PARK_CLIENT,
    MET_PARK_SERVER,
    MET_TIGHT, /* segments with little room for options; from here on by varied hosts alone */
    MET_MADE_ROOM,
    MET_NO_MEMORY,
    MET_ACK_DELAYED,
    MET_DATA_LATE,
    MET_REPORT_LATE,
    MET_NOT_NOW,
    MET_SUMS,
    MET_PASSED,
    MET_COPIED,
    MET_SUM_KEPT, /* used: the octets are not there any more */
    MET_SUMS_FULL,
    MET_FIN_ON_DATA,
    MET_PAIR, /* those above are met by friendly scenarios, all by hostile ones */
    MET_STRIP_SYN = MET_PAIR,
    MET_STRIP_SYNACK,
    MET_STRIP_THIRD,
    MET_STRIP_DATA,
    MET_STRIP_LATE,
    MET_STRIP_ONE,
    MET_SPLIT,
    MET_MERGE,
    MET_REWRITE,
    MET_REBIND,
    MET_EDIT,
    MET_GROW,
    MET_SHRINK,
    MET_PROXY,
    MET_CLAMP,
    MET_CLOSED,
    MET_RST_IN,
    MET_RST_OUT,
    MET_FIN_IN,
    MET_FIN_OUT,
    MET_ACK_LOSS,
    MET_ONE_WAY,
    MET_LIE_ACK,
    MET_LIE_WINDOW,
    MET_LIE_DSN,
    MET_LIE_LENGTH,
    MET_LIE_TOKEN,
    MET_LIE_KEY,
    MET_LATE,
    MET_JUMP,
    MET_FALLBACK,
    MET_FAILED, /* a wrong checksum, and both went on as plain TCP */
    MET_REMOVED,
    MET_REPAIR, /* a subflow that was lost was opened again */
    MET_FULL_RUNS,
    MET_FULL_ADDRS,
    MET_FULL_SUBFLOWS,
    MET_RESET_END, /* a connection that ended with a reason */
    MET_RST_NEAR,  /* in the window, and not at its edge */
    MET_DUPLICATE,
    MET_DUPLICATE_SYN,
    MET_ACK_LATE,
    MET_DEATH, /* lost on a path that is dead in both directions */
    MET_GRAVE, /* ... for ever */
    MET_TSO,   /* a segment became three or more, all with its options */
    MET_TSO_KEYS,
    MET_MERGE_LAST,
    MET_MERGE_BOTH,
    MET_RESENT,
    MET_COOKIE_AGAIN, /* a SYN that was answered before */
    MET_FORGOTTEN,    /* an ACK that the connection refused: made by another one */
    MET_ACK_MERGED,   /* from here on where hosts are varied */
    MET_ACK_MERGED_BARE,
    MET_FIN_MAPPED,
    MET_FIN_MAPPED_LATE, /* ... where the mapping had gone without it before */
    MET_FIN_SUMMED,      /* ... under a checksum, and with it before */
    MET_VERSIONS,
    MET_OPEN_0 = MET_VERSIONS, /* from here on where version 0 is spoken */
    MET_JOIN_0,
    MET_OTHER_VERSION, /* nothing agreed on */
    MET_SECOND_TRY,
    MET_STRIP_VERSION,
    MET_IGNORED, /* announcements */
    MET_FORGED_IGNORED,
    MET_FORGED_BELIEVED,
    MET_WIDE_DSN,
    MET_WIDE_ACK,
    MET_KEYS_AGAIN,
    MET_KEYS_ONCE,
    MET_MAP_ONCE,
    MET_DRAFT,
    MET_PRIO_ID,
    MET_ADDS_TWICE,
    MET_FIN_UNSUMMED,
    MET_ACK_ON_RESET,
    MET_VERSIONS_PAIR, /* those above are met by friendly scenarios, all by hostile ones */
    MET_NOPS_IN_SUM = MET_VERSIONS_PAIR,
    MET_FAIL_AGAIN,
    MET_COUNT
};

#endif

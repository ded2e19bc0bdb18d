/*
 * scopes.c - what is explored: small cases, each with some things that may go wrong and how often.
 * A path may take so many of each kind, and no more than FAULTS of all together (timers apart).
 * The last ones are in version 0 of the protocol, at both ends or at one.
 *
 * Where closing is no move of its own, the applications close when nothing else happens any more.
 */
#include "explore.h"

/* Tables of the least size, and of 16; the host's TCPs copy what they are given, or do not. */
#define ONE .subflows = 1, .addrs = 2, .unit = 2
#define TWO .subflows = 2, .addrs = 3, .unit = 2
#define LEAST .runs = 2
#define SIXTEEN .runs = 16
#define WINDOW .rcv_buf = 64
/* A DATA_ACK has no room beside an ADD_ADDR or its echo. (A DATA_ACK that has left on data that was
 * sent again counts as said, although it may have been dropped: no RESEND where an echo follows.)
 */
#define TIGHT .room = 28, .ipv6 = 1
#define COPIES .flags = {MPTCP_CFG_TCP_COPIES, MPTCP_CFG_TCP_COPIES}
#define SUMS \
    .flags = {MPTCP_CFG_TCP_COPIES | MPTCP_CFG_CHECKSUM, MPTCP_CFG_TCP_COPIES | MPTCP_CFG_CHECKSUM}
#define VERSION_0 .old = {1, 1}
#define TIMERS(a, b) [TIMER_A] = (a), [TIMER_B] = (b)

/* How often what may go wrong on a path. */
#define AT_MOST(...) .limits = {__VA_ARGS__}
#define SCOPE(name_, what_, ...)                      \
    {                                                 \
        .name = (name_), .what = (what_), __VA_ARGS__ \
    }

/* Cases of which there are two: for each version of the protocol. */
#define CASE_CLOSE                                             \
    ONE, LEAST, WINDOW,                                        \
        .octets = {1, 1}, .chunk = 1, .warm = 1, .closing = 1, \
        AT_MOST([LOSS] = 2, [OVERTAKE] = 1, [RESEND] = 1, [FAULTS] = 2, TIMERS(2, 2))
#define CASE_OPEN                                     \
    ONE, LEAST, WINDOW, COPIES,                       \
        .octets = {2, 1}, .chunk = 2, .handshake = 1, \
        AT_MOST([LOSS] = 2, [OVERTAKE] = 1, [RESEND] = 2, [STRIP] = 1, [FAULTS] = 3, TIMERS(1, 1))
#define CASE_OPEN_SUMS                                                                           \
    ONE, SIXTEEN, WINDOW, SUMS,                                                                  \
        .octets = {2, 1}, .chunk = 2, .handshake = 1,                                            \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [STRIP] = 1, [EDIT] = 1, [FAULTS] = 3, \
                TIMERS(1, 1))
#define CASE_STRIP                                                                                \
    ONE, LEAST, WINDOW, COPIES,                                                                   \
        .octets = {2, 1}, .chunk = 1, .warm = 1,                                                  \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [HALVE] = 1, [STRIP] = 2, [FAULTS] = 3, \
                TIMERS(2, 1))
#define CASE_SUMS                                                                                \
    ONE, LEAST, WINDOW, SUMS,                                                                    \
        .octets = {3, 1}, .chunk = 2, .warm = 1,                                                 \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [SPLIT] = 1, [EDIT] = 1, [FAULTS] = 3, \
                TIMERS(2, 1))
#define CASE_SIGNALS                                                                             \
    ONE, LEAST, WINDOW, COPIES, TIGHT,                                                           \
        .octets = {2, 1}, .chunk = 1, .warm = 1,                                                 \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [MERGE] = 1, [LAZY] = 1, [SIGNAL] = 2, [FAULTS] = 3, \
                TIMERS(1, 1))
#define CASE_JOIN                                                                                \
    TWO, LEAST, WINDOW, COPIES,                                                                  \
        .octets = {2, 1}, .chunk = 1, .warm = 1,                                                 \
        AT_MOST([LOSS] = 2, [OVERTAKE] = 1, [RESEND] = 1, [STRIP] = 1, [JOIN] = 1, [FAULTS] = 3, \
                TIMERS(1, 1))
#define CASE_ABORT                                             \
    ONE, LEAST, WINDOW, COPIES,                                \
        .octets = {2, 1}, .chunk = 2, .warm = 1, .closing = 1, \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [ABORT] = 2, [FAULTS] = 3, TIMERS(2, 1))
#define CASE_FOREIGN                                  \
    ONE, LEAST, WINDOW, COPIES,                       \
        .octets = {2, 1}, .chunk = 2, .handshake = 1, \
        AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [FOREIGN] = 1, [FAULTS] = 3, TIMERS(1, 1))
#define CASE_OPEN_MIXED                               \
    ONE, LEAST, WINDOW, COPIES,                       \
        .octets = {2, 1}, .chunk = 2, .handshake = 1, \
        AT_MOST([LOSS] = 2, [OVERTAKE] = 1, [RESEND] = 2, [FAULTS] = 3, TIMERS(1, 1))

static const struct scope scopes[] = {
    SCOPE("loss", "segments lost, late and sent again", ONE, LEAST, WINDOW, COPIES,
          .octets = {2, 1}, .chunk = 1, .warm = 1,
          AT_MOST([LOSS] = 2, [OVERTAKE] = 2, [RESEND] = 2, [FAULTS] = 3, TIMERS(2, 2)),
          .states = 2000000, .quick = 100000),
    SCOPE("close", "... while both applications close", CASE_CLOSE, .states = 2000000,
          .quick = 100000),
    SCOPE("cut", "octets cut anew, by TCP and by boxes; ACKs merged; hosts that are late", ONE,
          LEAST, WINDOW, .octets = {4, 1}, .chunk = 4, .warm = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 2, [RESEND] = 2, [SPLIT] = 2, [MERGE] = 2, [LAZY] = 2,
                  [FAULTS] = 4, TIMERS(1, 1)),
          .states = 2000000, .quick = 100000),
    SCOPE("room", "ACKs without room for options", ONE, SIXTEEN, WINDOW, COPIES, .octets = {2, 1},
          .chunk = 1, .warm = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [NO_ROOM] = 2, [FAULTS] = 4,
                  TIMERS(2, 2)),
          .states = 2000000),
    SCOPE("open", "from the first SYN on", CASE_OPEN, .states = 2000000, .quick = 100000),
    SCOPE("open-sums", "... with checksums", CASE_OPEN_SUMS, .states = 2000000),
    SCOPE("strip", "options stripped: once, or from some time on", CASE_STRIP, .states = 2000000,
          .quick = 100000),
    SCOPE("strip-close", "... while both applications close", ONE, SIXTEEN, WINDOW, COPIES,
          .octets = {1, 1}, .chunk = 1, .warm = 1, .closing = 1,
          AT_MOST([LOSS] = 1, [HALVE] = 1, [STRIP] = 2, [FAULTS] = 2, TIMERS(2, 1)),
          .states = 2000000, .quick = 50000),
    SCOPE("sums", "checksums, and something is changed on the way", CASE_SUMS, .states = 2000000),
    SCOPE("sums-two", "... with two subflows", TWO, SIXTEEN, WINDOW, SUMS, .octets = {2, 1},
          .chunk = 2, .warm = 1, .joined = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [EDIT] = 1, [GONE] = 1, [FAULTS] = 2,
                  TIMERS(1, 1)),
          .states = 2000000),
    SCOPE("signals", "ADD_ADDR, REMOVE_ADDR, MP_PRIO between data", CASE_SIGNALS, .states = 2000000,
          .quick = 100000),
    SCOPE("signals-close", "... and DATA_FINs", ONE, LEAST, WINDOW, COPIES, TIGHT, .octets = {1, 1},
          .chunk = 1, .warm = 1, .closing = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [SIGNAL] = 2, [MERGE] = 1, [LAZY] = 1, [FAULTS] = 3,
                  TIMERS(2, 1)),
          .states = 2000000),
    SCOPE("window", "a window of two octets, and an application that reads when it likes", ONE,
          LEAST, .octets = {4, 1}, .chunk = 4, .warm = 1, .rcv_buf = 2, .slow_reader = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [SIGNAL] = 1, [MERGE] = 1, [LAZY] = 1,
                  [FAULTS] = 3, TIMERS(2, 1)),
          .states = 2000000, .quick = 50000),
    SCOPE("window-signals", "... that are acknowledged beside signals", ONE, LEAST, TIGHT,
          .octets = {4, 1}, .chunk = 4, .warm = 1, .rcv_buf = 2, .slow_reader = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [SIGNAL] = 2, [MERGE] = 1, [LAZY] = 1, [FAULTS] = 3,
                  TIMERS(2, 1)),
          .states = 2000000, .quick = 50000),
    SCOPE("join", "a second subflow is being joined", CASE_JOIN, .states = 2000000,
          .quick = 100000),
    SCOPE("two", "two subflows, one of which may go", TWO, LEAST, WINDOW, COPIES, .octets = {2, 0},
          .chunk = 1, .warm = 1, .joined = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [STRIP] = 1, [GONE] = 1, [FAULTS] = 3,
                  TIMERS(1, 1)),
          .states = 2000000, .quick = 100000),
    SCOPE("abort", "an application gives up", CASE_ABORT, .states = 2000000, .quick = 100000),
    SCOPE("park", "the client leaves, and goes on elsewhere", TWO, SIXTEEN, WINDOW, COPIES,
          .octets = {2, 1}, .chunk = 1, .warm = 1, .closing = 1, .no_path_limit = 60000000,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [PARK] = 1, [FAULTS] = 2, TIMERS(1, 1)),
          .states = 2000000),
    SCOPE("foreign", "segments such as other stacks write", CASE_FOREIGN, .states = 2000000,
          .quick = 50000),
    SCOPE("foreign-signals", "... and ADD_ADDR, REMOVE_ADDR, MP_PRIO", ONE, LEAST, WINDOW, COPIES,
          .octets = {2, 1}, .chunk = 2, .warm = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [SIGNAL] = 2, [FOREIGN] = 1, [FAULTS] = 3,
                  TIMERS(1, 1)),
          .states = 2000000, .quick = 100000),
    SCOPE("wrap", "SSNs pass 2^31; TCPs send from the connection's buffer", TWO, LEAST,
          .octets = {6, 0}, .chunk = 2, .warm = 1, .joined = 1, .start_ssn = 0x7ffffffeu,
          .rcv_buf = 60000,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [FAULTS] = 3, TIMERS(2, 1)),
          .states = 2000000),
    SCOPE("bites", "hosts that take an octet at a time, or none; TCPs that believe old segments",
          .old_acks = 1, ONE, LEAST, WINDOW, .octets = {3, 1}, .chunk = 3, .warm = 1, .bite = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 2, [LATER] = 2, [LAZY] = 1, [FAULTS] = 3,
                  TIMERS(1, 1)),
          .states = 2000000),
    SCOPE("bites-two", "... with two subflows", .old_acks = 1, TWO, SIXTEEN, WINDOW,
          .octets = {2, 0}, .chunk = 2, .warm = 1, .joined = 1, .bite = 1,
          AT_MOST([LOSS] = 1, [OVERTAKE] = 1, [RESEND] = 1, [LATER] = 1, [GONE] = 1, [FAULTS] = 3,
                  TIMERS(1, 1)),
          .states = 2000000, .quick = 100000),

    SCOPE("open-0", "version 0, from the first SYN on: also the third ACK may be lost", VERSION_0,
          CASE_OPEN, .states = 2000000, .quick = 50000),
    SCOPE("open-sums-0", "... with checksums", VERSION_0, CASE_OPEN_SUMS, .states = 2000000),
    SCOPE("open-mixed", "a client of version 1, a server of version 0: plain TCP", .old = {0, 1},
          CASE_OPEN_MIXED, .states = 500000, .quick = 20000),
    SCOPE("open-mixed-0", "... of version 0, of version 1", .old = {1, 0}, CASE_OPEN_MIXED,
          .states = 500000),
    SCOPE("close-0", "version 0, while both applications close", VERSION_0, CASE_CLOSE,
          .states = 2000000, .quick = 30000),
    SCOPE("strip-0", "version 0, options stripped: once, or from some time on", VERSION_0,
          CASE_STRIP, .states = 2000000, .quick = 30000),
    SCOPE("sums-0", "version 0, checksums, and something is changed on the way", VERSION_0,
          CASE_SUMS, .states = 2000000),
    SCOPE("join-0", "version 0, a second subflow is being joined", VERSION_0, CASE_JOIN,
          .states = 2000000, .quick = 30000),
    SCOPE("signals-0", "version 0, ADD_ADDR, REMOVE_ADDR, MP_PRIO between data", VERSION_0,
          CASE_SIGNALS, .states = 2000000),
    SCOPE("abort-0", "version 0, an application gives up", VERSION_0, CASE_ABORT,
          .states = 2000000),
    SCOPE("foreign-0", "version 0, segments such as other stacks write", VERSION_0, CASE_FOREIGN,
          .states = 2000000, .quick = 30000),
};

const struct scope *scope_at(unsigned i)
{
    return i < sizeof scopes / sizeof scopes[0] ? &scopes[i] : NULL;
}

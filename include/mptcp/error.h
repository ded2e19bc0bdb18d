/*
 * error.h - every error code of the library, in one list.
 *
 * A function that fails returns a negative code of this list; unless its comment
 * says otherwise, it has changed nothing then. MPTCP_ERROR_LIST(X) calls
 * X(NAME, value, text, section): section is the part of RFC 8684 that the code
 * is about, "" if it is about the call and not the protocol. Codes never change
 * their value.
 */
#ifndef MPTCP_ERROR_H
#define MPTCP_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
#define MPTCP_ERROR_LIST(X)                                                            \
    /* wrong calls, and calls that cannot be served */                                 \
    X(ARGUMENT,         -1, "argument out of range", "")                               \
    X(STALE,            -3, "handle or action is outdated", "")                        \
    X(STATE,            -4, "not in this state", "")                                   \
    X(FULL,             -5, "table full", "")                                          \
    X(NOT_FOUND,        -6, "no such entry", "")                                       \
    X(ROOM,             -7, "options do not fit", "")                                  \
    X(AGAIN,            -8, "not now", "")                                             \
    X(COLLISION,        -9, "token in use", "3.1")                                     \
    X(OUTSIDE,          -10, "outside the subflow's window", "3")                      \
    X(BEYOND,           -11, "beyond the shared window", "3.3.4")                      \
    /* an options area, or an option in it, was refused by the reader */               \
    X(OPT_TRUNCATED,    -20, "option runs past the end", "3")                          \
    X(OPT_LENGTH,       -21, "wrong option length", "3")                               \
    X(OPT_SUBTYPE,      -22, "unknown subtype", "7.2")                                 \
    X(OPT_KIND,         -23, "not kind 30", "3")                                       \
    X(OPT_SEGMENT,      -24, "not on such a segment", "3")                             \
    X(OPT_CONFLICT,     -25, "excluded by an earlier option", "3")                     \
    X(OPT_DUPLICATE,    -26, "second of its subtype", "3")                             \
    X(OPT_VERSION,      -27, "version not supported", "3.1")                           \
    X(OPT_CRYPTO,       -28, "no known crypto algorithm", "3.1")                       \
    X(OPT_EXTENSION,    -29, "flag B not understood", "3.1")                           \
    X(OPT_CHECKSUM,     -30, "checksum missing or superfluous", "3.3")                 \
    X(OPT_FIN,          -31, "DATA_FIN without a mapping", "3.3.3")                    \
    X(OPT_PORT,         -32, "port 0", "3.4.1")                                        \
    /* why a connection or a subflow ended or gave MPTCP up */                         \
    X(NO_MPTCP,         -50, "peer or path without MPTCP", "3.7")                      \
    X(HANDSHAKE,        -51, "broken MP_CAPABLE handshake", "3.1")                     \
    X(JOIN_TOKEN,       -52, "no connection has this token", "3.2")                    \
    X(JOIN_HMAC,        -53, "wrong HMAC in MP_JOIN", "3.2")                           \
    X(JOIN_MISSING,     -54, "MP_JOIN missing", "3.2")                                 \
    X(JOIN_REFUSED,     -55, "join not wanted", "3.2")                                 \
    X(MAPPING,          -56, "contradicts an earlier mapping", "3.3.1")                \
    X(UNMAPPED,         -57, "data without a mapping", "3.3.1")                        \
    X(CHECKSUM,         -58, "DSS checksum failed", "3.3.1")                           \
    X(PEER_RESET,       -59, "reset by the peer", "3.6")                               \
    X(PEER_ABORTED,     -60, "MP_FASTCLOSE from the peer", "3.5")                      \
    X(ABORTED,          -61, "aborted", "3.5")                                         \
    X(TIMED_OUT,        -62, "no subflow came back", "3.3.3")                          \
    X(SUBFLOW_FAILED,   -63, "TCP gave the subflow up", "3.3.6")                       \
    X(PEER_FAIL,        -64, "the peer went on as plain TCP", "3.7")                           \
    X(CLOSED,           -65, "closed in order", "3.3.3")                               \
    X(BLACKHOLE,        -67, "SYNs with MPTCP are lost", "3.9")                        \
    X(ADDRESS_GONE,     -68, "its address was removed", "3.4.2")                       \
    /* why nothing is sent, no subflow opened, or a call refused (mptcp/why.h) */      \
    X(NOT_OPEN,         -70, "not opened yet", "")                                     \
    X(NOTHING,          -71, "nothing to send", "")                                    \
    X(OPENING,          -72, "handshake not complete", "3.1")                          \
    X(NOT_FULLY,        -73, "not fully established", "3.1")                           \
    X(PLAIN,            -74, "plain TCP", "3.7")                                       \
    X(CLOSING,          -75, "being closed", "3.3.3")                                  \
    X(NO_SUBFLOW,       -76, "no subflow", "")                                         \
    X(NO_PATH,          -77, "mptcp_on_path not called", "")                           \
    X(NO_ROOM,          -78, "TCP has no room", "")                                    \
    X(WINDOW,           -79, "shared window closed", "3.3.5")                          \
    X(SUBFLOW_WINDOW,   -80, "subflow's window closed", "3.3.5")                       \
    X(SILENT,           -81, "nothing acknowledged", "3.3.6")                          \
    X(SCHEDULER,        -82, "scheduler waits", "")                                    \
    X(LATER,            -83, "due again later", "")                                    \
    X(NO_SOURCE,        -84, "no address to join from", "3.2")                         \
    X(NO_TARGET,        -85, "no address to join to", "3.4.1")                         \
    X(PAIR,             -86, "addresses do not fit", "3.2")                            \
    X(DENIED,           -87, "flag C of the peer", "3.1")                              \
    X(POLICY,           -88, "not wanted by policy", "")                               \
    X(JOINED,           -89, "there is such a subflow", "")                            \
    X(TRIED,            -90, "tried in vain", "")                                      \
    X(LIMIT,            -91, "subflow_limit reached", "")                              \
    X(NOT_SENT,         -92, "mptcp_sent not called", "")                              \
    X(NOT_CONSUMED,     -93, "mptcp_on_consumed not called", "")                       \
    X(NOT_ESTABLISHED,  -94, "mptcp_on_established not called", "")                    \
    X(NO_TIMEOUT,       -95, "mptcp_on_timeout not called", "")
/* clang-format on */

enum mptcp_error {
    MPTCP_OK = 0,
#define MPTCP_X(name, value, text, section) MPTCP_E_##name = (value),
    MPTCP_ERROR_LIST(MPTCP_X)
#undef MPTCP_X
};
#define MPTCP_E_LAST (-99) /* no code is less than this */

/* Returns the name of a code, such as "OPT_LENGTH"; "OK" for 0; "UNKNOWN" for a number that is no
 * code. The string has static storage. */
const char *mptcp_error_name(int code);

/* Returns the text of a code, a few words. The string has static storage. */
const char *mptcp_error_text(int code);

/* Returns the section of RFC 8684 that a code is about, such as "3.3.1", or "". The string has
 * static storage. */
const char *mptcp_error_section(int code);

#ifdef __cplusplus
}
#endif

#endif

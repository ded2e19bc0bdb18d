/*
 * error.h - every error code of the library, in one list.
 *
 * Functions that can fail return a negative code of this list and have then
 * changed nothing. MPTCP_ERROR_LIST(X) calls X(NAME, value, text, section):
 * section is the part of RFC 8684 that the code comes from, "" if it is about
 * the call and not the protocol. Codes never change their value.
 */
#ifndef MPTCP_ERROR_H
#define MPTCP_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
#define MPTCP_ERROR_LIST(X)                                                                            \
    /* the call */                                                                                     \
    X(ARGUMENT,        -1, "an argument is out of its range", "")                                      \
    X(SIZE,            -2, "the memory or structure given is too small or misaligned", "")             \
    X(STALE,           -3, "the handle or action belongs to something that has ended", "")             \
    X(STATE,           -4, "the call does not fit the state of the connection", "")                    \
    X(FULL,            -5, "a table is full", "")                                                      \
    X(NOT_FOUND,       -6, "no such entry", "")                                                        \
    X(ROOM,            -7, "the options do not fit the room given", "")                                \
    X(AGAIN,           -8, "not now: nothing to do until something else happens", "")                  \
    X(COLLISION,       -9, "token in use: draw other entropy", "3.1")                                  \
    /* an options area, or an option in it, was refused by the reader */                               \
    X(OPT_TRUNCATED,  -20, "an option runs past the end of the options area", "3")                     \
    X(OPT_LENGTH,     -21, "the length octet fits no form of this option", "3")                        \
    X(OPT_SUBTYPE,    -22, "unknown MPTCP option subtype", "7.2")                                      \
    X(OPT_KIND,       -23, "not an MPTCP option (kind 30)", "3")                                       \
    X(OPT_SEGMENT,    -24, "this form of the option does not belong on such a segment", "3")           \
    X(OPT_CONFLICT,   -25, "the option excludes one that came before it in the segment", "3")          \
    X(OPT_DUPLICATE,  -26, "a second option of the same subtype", "3")                                 \
    X(OPT_VERSION,    -27, "protocol version not supported", "3.1")                                    \
    X(OPT_CRYPTO,     -28, "no crypto algorithm, or none that is known", "3.1")                        \
    X(OPT_EXTENSION,  -29, "MP_CAPABLE flag B is set: an extension not understood", "3.1")             \
    X(OPT_CHECKSUM,   -30, "the checksum field is missing or superfluous", "3.3")                      \
    X(OPT_FIN,        -31, "DATA_FIN without a mapping, or on an infinite one", "3.3.3")               \
    X(OPT_PORT,       -32, "port 0 where a port is given", "3.4.1")                                    \
    X(OPT_VALUE,      -33, "a field has a value that the option can't have", "3")                      \
    /* why a connection or a subflow ended or gave MPTCP up */                                         \
    X(NO_MPTCP,       -50, "the peer, or the path, does not speak MPTCP", "3.7")                       \
    X(HANDSHAKE,      -51, "the MP_CAPABLE handshake broke", "3.1")                                    \
    X(JOIN_TOKEN,     -52, "MP_JOIN with a token of no connection", "3.2")                             \
    X(JOIN_HMAC,      -53, "MP_JOIN with a wrong HMAC", "3.2")                                         \
    X(JOIN_MISSING,   -54, "MP_JOIN expected and not found", "3.2")                                    \
    X(JOIN_REFUSED,   -55, "the join was refused: limit reached, or not wanted", "3.2")                \
    X(MAPPING,        -56, "a mapping contradicts an earlier one", "3.3.1")                            \
    X(UNMAPPED,       -57, "data without a mapping", "3.3.1")                                          \
    X(CHECKSUM,       -58, "the DSS checksum failed", "3.3.1")                                         \
    X(PEER_RESET,     -59, "the peer reset", "3.6")                                                    \
    X(PEER_ABORTED,   -60, "the peer sent MP_FASTCLOSE", "3.5")                                        \
    X(ABORTED,        -61, "aborted by the application", "3.5")                                        \
    X(TIMED_OUT,      -62, "no subflow came back in time", "3.3.3")                                    \
    X(SUBFLOW_FAILED, -63, "the host's TCP gave the subflow up", "3.3.6")                              \
    X(PEER_FAIL,      -64, "the peer sent MP_FAIL", "3.7")                                             \
    X(CLOSED,         -65, "closed in order", "3.3.3")                                                 \
    X(DATA_FIN,       -66, "the peer's DATA_FIN contradicts its data or an earlier DATA_FIN", "3.3.3")
/* clang-format on */

enum mptcp_error {
    MPTCP_OK = 0,
#define MPTCP_X(name, value, text, section) MPTCP_E_##name = (value),
    MPTCP_ERROR_LIST(MPTCP_X)
#undef MPTCP_X
};

/* "OPT_LENGTH" and the like; "OK" for 0, "UNKNOWN" for a number that is no code. Static storage. */
const char *mptcp_error_name(int code);

/* One sentence without a full stop. Static storage. */
const char *mptcp_error_text(int code);

/* The section of RFC 8684, such as "3.3.1", or "". Static storage. */
const char *mptcp_error_section(int code);

#ifdef __cplusplus
}
#endif

#endif

/*
 * duo.h - two shims back to back, and the test in the place of both TCPs: for tests of the shim
 * packet by packet.
 *
 * duo_tcp lets the TCP of one end emit a segment; what leaves the shim lies in `sent`, until
 * duo_carry brings it to the other end, whose TCP then has `seen` it, or not. Connections are real
 * ones, and their octets are the test's: duo_give puts octets of the stream on a subflow.
 *
 * Line i is a TCP connection between 10.0.i.1 and 10.0.i.2, or fd00:i::1 and ::2. Sequence numbers
 * that functions here take are relative to the ISN.
 */
#ifndef TEST_BELOW_DUO_H
#define TEST_BELOW_DUO_H

#include "mptcp/crypto.h"
#include "mptcp/option.h"
#include "seg.h"
#include "shim.h"

#define DUO_LINES 4u
#define DUO_FRAMES 64u
#define DUO_CONNS 8u
#define DUO_STREAM 65536u
#define DUO_PORT 80u
#define DUO_HEADER 14u

enum { A, B }; /* A opens, B listens */

struct duo_frame {
    unsigned nif;
    size_t len;  /* of the packet, without link header */
    bool passed; /* seen: the shim gave it to TCP */
    uint8_t packet[SEG_MOST];
};

struct duo_line {
    struct mptcp_addr addr[2];
    uint32_t isn[2];
    uint32_t next[2]; /* SSN of the next octet that an end sends */
    mptcp_sf sf[2];
    shim_flow flow[2];
};

struct duo_event {
    uint8_t event;
    int32_t code;
};

/* A flow that the shim told of. */
struct duo_told {
    mptcp_sf sf;
    shim_flow flow;
};

struct duo_end {
    struct duo *d;
    void *memory;
    void *endpoint_memory;
    struct shim *shim;
    struct mptcp_endpoint *endpoint;
    void *block[DUO_CONNS];
    struct mptcp_conn *conn[DUO_CONNS]; /* the first one is that of the lines */
    unsigned conns;
    unsigned room;  /* connections that it makes for clients */
    mptcp_dsn base; /* of the stream's first octet */
    struct duo_frame sent[DUO_FRAMES];
    unsigned sents;
    struct duo_frame seen[DUO_FRAMES];
    unsigned seens;
    struct duo_event event[32];
    unsigned events;
    struct duo_told told[32];
    unsigned tolds;
    struct mptcp_action connect; /* the last CONNECT */
    unsigned connects;
    uint64_t written;   /* octets of the stream */
    uint64_t received;  /* of the other's stream: told by duo_data */
    uint64_t delivered; /* to the application */
    unsigned sums;      /* asked for by the shim */
    struct shim_opening opening;
};

struct duo {
    mptcp_time now;
    unsigned family;
    unsigned nif; /* where packets come: duo_carry sets it to that which they left */
    bool sums;    /* the TCPs compute their checksums */
    struct duo_end end[2];
    struct duo_line line[DUO_LINES];
    uint32_t entropy;
    struct mptcp_config conn;
    uint8_t stream[2][DUO_STREAM]; /* octets by (DSN - base) % DUO_STREAM */
};

struct duo_config {
    unsigned family;
    struct mptcp_config conn;
    struct shim_config shim;
};
void duo_config_init(struct duo_config *cfg);

struct duo *duo_new(const struct duo_config *cfg);
/* As duo_config_init has it, over this family of addresses. */
struct duo *duo_of(unsigned family);
/* ... and its first connection is open. */
struct duo *duo_opened(unsigned family);
void duo_free(struct duo *d);

/* ---------------------------------------------------------------- segments */

/* What the TCP of an end emits on a line. */
struct duo_segment {
    unsigned line;
    uint8_t flags;
    uint16_t window; /* 0: 1000; 1 stands for 0 */
    uint32_t ssn;
    uint32_t ack; /* relative to the other's ISN; used with ACK */
    uint32_t len; /* of payload: octets of the end's stream from `at` on */
    uint64_t at;
    const uint8_t *options;
    uint8_t options_len;
};

/* A segment of the handshake, with the usual options on a SYN. */
struct duo_segment duo_part(unsigned line, uint8_t flags, uint32_t ssn, uint32_t ack);
/* Emits one; the shim lets it leave. */
void duo_sends(struct duo *d, unsigned end, unsigned line, uint8_t flags, uint32_t ssn,
               uint32_t ack);
/* Emits it; returns what shim_out says. */
int duo_tcp(struct duo *d, unsigned end, const struct duo_segment *s);
/* The same packet, without a shim: `out` holds SEG_MOST octets. Returns its length. */
size_t duo_build(struct duo *d, unsigned end, const struct duo_segment *s, uint8_t *out);

/* A packet comes to an end, whoever sent it. Returns what TCP was given, NULL if it was not. */
struct duo_frame *duo_comes(struct duo *d, unsigned end, const uint8_t *packet, size_t len);
/* All that an end has sent comes to the other one. Returns the last that TCP was given, or NULL. */
struct duo_frame *duo_carry(struct duo *d, unsigned from);
/* Forgets what was sent and seen. */
void duo_clear(struct duo *d);
/* The last packet that an end has sent, read; the test fails if there is none. */
struct seg duo_last(struct duo *d, unsigned end);
/* The i-th one. */
struct seg duo_sent(struct duo *d, unsigned end, unsigned i);
struct seg duo_read(const struct duo_frame *f);

/* ------------------------------------------------------------- connections */

/* Options of SYNs: MSS 1460, SACK permitted, window scale 3; with timestamps if asked. */
extern const uint8_t duo_syn_options[12];
extern const uint8_t duo_stamps[12];

/* A's connection and its flow on line 0: the SYN may leave. */
void duo_open(struct duo *d);
/* The SYN that A's TCP has sent on a line comes to B, and B's SYN/ACK to A. */
void duo_answers(struct duo *d, unsigned line);
/* ... which A's TCP sends first. */
void duo_answered(struct duo *d, unsigned line);
/* MPTCP over line 0: SYN, SYN/ACK, third ACK. */
void duo_connect(struct duo *d);
/* Each end has sent an octet, and both know all: fully established. */
void duo_establish(struct duo *d);
/* A's connection wants a subflow from A's address on a line, and has a flow for it. */
void duo_join_begins(struct duo *d, unsigned line);
/* That subflow: from A's address on this line to B's on line 0. */
void duo_join(struct duo *d, unsigned line);
/* The next timer of an end's connection expires, and what is due then is done. */
void duo_wait(struct duo *d, unsigned end);
/* Does what is due at an end, SEND excepted. */
void duo_act(struct duo *d, unsigned end);
/* The application writes n octets, and they are given to the subflow of a line, as the SSNs told.
 * In one mapping at most `most` octets. */
mptcp_ssn duo_give(struct duo *d, unsigned end, unsigned line, uint32_t n, uint32_t most);
/* An end's TCP has the next n octets of the other's stream in order. */
void duo_data(struct duo *d, unsigned end, unsigned line, uint32_t n);
/* n octets leave one end in one segment and come to the other in order; the ACK goes back. */
void duo_transfer(struct duo *d, unsigned end, unsigned line, uint32_t n);
/* An end's TCP has ended the subflow of a line by a RST of the peer: the reason that its connection
 * reports. */
unsigned duo_reset_reason(struct duo *d, unsigned end, unsigned line);
struct shim_counts duo_counts(struct duo *d, unsigned end);
bool duo_had(const struct duo *d, unsigned end, enum mptcp_event event);

#endif

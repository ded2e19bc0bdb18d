/*
 * fallback.h - floor 2: the state of falling back to plain TCP (RFC 8684 s3.7). Only
 * machines/fallback.c changes it; the comment at its head says when.
 */
#ifndef MPTCP_TABLES_FALLBACK_H
#define MPTCP_TABLES_FALLBACK_H

#include "mptcp/types.h"

/* Whether the connection has fallen back to plain TCP, and who decided it. Fallback is final. */
enum mptcp_plain {
    PLAIN_NOT = 0,
    PLAIN_FROM_START, /* from the handshake on: keys and IDSNs are not known to both ends, and MPTCP
                         options mean nothing */
    PLAIN_OWN,        /* this end decided, by what it observed; the peer may not know yet */
    PLAIN_KNOWN,      /* this end decided, and the peer has shown that it knows */
    PLAIN_TOLD        /* the peer decided, and said so by MP_FAIL or an infinite mapping */
};

/* State of the last segment that an MPTCP peer must answer with a DATA_ACK: a keep-alive, or a
 * repeated DATA_FIN. NONE: no such segment waits; ASKED: it was sent; ANSWERED: only the peer's TCP
 * answered, without a DATA_ACK. */
enum mptcp_question { QUESTION_NONE = 0, QUESTION_ASKED, QUESTION_ANSWERED /* by TCP alone */ };

/* 16 octets */
struct mptcp_fallback {
    uint8_t out_of_step; /* 1: DSN = IDSN + SSN may not hold on the first subflow, or the peer may
                            think so: fallback is impossible. Never set back to 0. */
    uint8_t may_resend;  /* 1: the peer, too, knows that for certain: octets may be reinjected, that
                            is, sent at new SSNs */
    uint8_t plain;       /* enum mptcp_plain */
    uint8_t fail_due;    /* in plain TCP, 1: an MP_FAIL is to be sent */
    uint8_t fails_sent;  /* number of MP_FAILs sent that ask for an answer */
    uint8_t infinite_due; /* in plain TCP, 1: an infinite mapping is to be sent with data */
    uint8_t question;     /* enum mptcp_question */
    uint8_t questions;    /* number of such segments in a row that only the peer's TCP answered */
    mptcp_ssn infinite_from;  /* SSN from which on data carries the infinite mapping */
    mptcp_ssn infinite_start; /* SSN of the first octet that the infinite mapping covers */
};

#endif

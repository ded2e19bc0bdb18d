/*
 * fallback.h - floor 2: what is known for falling back to plain TCP (RFC 8684 s3.7). Only
 * machines/fallback.c writes it; its head says what moves it.
 */
#ifndef MPTCP_TABLES_FALLBACK_H
#define MPTCP_TABLES_FALLBACK_H

#include "mptcp/types.h"

/* Who ended MPTCP; it is plain TCP then, for good. */
enum mptcp_plain {
    PLAIN_NOT = 0,
    PLAIN_FROM_START, /* before both keys were known: there is no IDSN, and options mean nothing */
    PLAIN_OWN,        /* this end, by what it saw; the peer may not know of it */
    PLAIN_KNOWN,      /* this end, and the peer has shown that it knows */
    PLAIN_TOLD        /* the peer, by MP_FAIL or an infinite mapping */
};

/* A question whose answer has to carry a DATA_ACK: a keep-alive, or the DATA_FIN again. */
enum mptcp_question { QUESTION_NONE = 0, QUESTION_ASKED, QUESTION_ANSWERED /* by TCP alone */ };

/* 16 octets */
struct mptcp_fallback {
    uint8_t out_of_step;  /* SSNs and DSNs of the first subflow do not run in step, or the peer
                             may think so: no fallback any more. Never withdrawn. */
    uint8_t may_resend;   /* the peer is out of step for certain: octets may go at new SSNs */
    uint8_t plain;        /* enum mptcp_plain */
    uint8_t fail_due;     /* plain: an MP_FAIL is to leave */
    uint8_t fails_sent;   /* ... so many have left that ask for an answer */
    uint8_t infinite_due; /* plain: data from infinite_from on carries an infinite mapping */
    uint8_t question;     /* enum mptcp_question, of the last one */
    uint8_t questions;    /* one after the other that TCP alone answered */
    mptcp_ssn infinite_from;
    mptcp_ssn infinite_start; /* the first octet that it maps */
};

#endif

/*
 * versions.h - which versions of the protocol the ends of a scenario speak, how they announce
 * addresses, and the manners of another stack of version 0.
 */
#ifndef PAIR_VERSIONS_H
#define PAIR_VERSIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What an end speaks. A client with both offers version 1, and 0 when that was in vain. */
enum speaks { SPEAKS_0 = 1, SPEAKS_1 = 2, SPEAKS_BOTH = 3 };

/* What stacks of version 0 do otherwise than the library: dialect.c. All zero: nothing. */
struct dialect {
    uint8_t wide;        /* of a hundred DSSs: 64-bit DSNs, or DATA_ACKs, or both */
    bool keys_again;     /* the keys stand on every ACK until data has come */
    bool keys_once;      /* they are on one ACK only, however often it is asked for */
    bool map_once;       /* a mapping is on the first of its segments only */
    bool fails_again;    /* MP_FAIL stands on every ACK until the infinite mapping */
    bool acks_reset;     /* a RST has a DATA_ACK */
    bool draft;          /* the SYN names version 1, and has the key of version 0 */
    bool flags;          /* unassigned flags are set on the SYN */
    bool prio_id;        /* MP_PRIO names the address */
    bool announces_more; /* ADD_ADDR is there twice */
    bool nops_in_sum;    /* the checksum of an infinite mapping is two NOPs */
    bool fin_unsummed;   /* that of a DATA_FIN without data is anything */
};

/* All zero: both ends speak version 1 only, and nothing is drawn. */
struct versions {
    bool used;
    uint8_t speaks[2];    /* enum speaks */
    uint8_t offer;        /* the version of the client's SYN */
    bool plainly;         /* it offers none: both were in vain */
    uint8_t add_addr2[2]; /* mptcp_config.add_addr2 */
    struct dialect dialect[2];
    uint8_t forge;    /* of a hundred ACKs to the client: with an ADD_ADDR that nobody sent */
    uint8_t strip_of; /* a box takes MP_CAPABLE of this version off SYNs, + 1; 0: none */
};

/* Which versions the seeds of a run have. */
enum mode { MODE_1, MODE_0, MODE_MIXED };

#endif

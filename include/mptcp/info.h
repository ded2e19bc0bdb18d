/*
 * info.h - what a host or an application can ask of a connection. Nothing here changes one.
 *
 * mptcp/conn.h says what is common to all calls.
 */
#ifndef MPTCP_INFO_H
#define MPTCP_INFO_H

#include "mptcp/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mptcp_conn; /* the block; the caller does not access its members */

/* The states of RFC 8684 Appendix D, and OPENING. */
enum mptcp_state {
    MPTCP_CLOSED = 0,    /* not opened yet; or M_CLOSED (subflows may still be open); or ended */
    MPTCP_OPENING,       /* the initial subflow's handshake */
    MPTCP_ESTABLISHED,   /* M_ESTAB */
    MPTCP_FIN_WAIT_1,    /* our DATA_FIN is not acknowledged */
    MPTCP_FIN_WAIT_2,    /* it is acknowledged; the peer's has not come */
    MPTCP_CLOSING,       /* the peer's has come; ours is not acknowledged */
    MPTCP_TIME_WAIT,     /* both are acknowledged; ours was sent before the peer's came */
    MPTCP_CLOSE_WAIT,    /* the peer's DATA_FIN came first; the application may still write */
    MPTCP_LAST_ACK,      /* then our application shut down; our DATA_FIN is not acknowledged */
    MPTCP_FASTCLOSE_WAIT /* aborted, and the peer has not answered (s3.5) */
};

struct mptcp_conn_report {
    uint8_t state;                 /* enum mptcp_state */
    uint8_t version;               /* 1 or 0; 255: plain TCP */
    uint8_t client;                /* 1: opened by mptcp_connect */
    uint8_t checksum;              /* 1: DSS checksums are in use */
    uint8_t fully_established;     /* 1: the peer has shown that it has both keys (s3.1) */
    uint8_t subflows;              /* living ones, without half-open joins */
    uint8_t announcements_ignored; /* ADD_ADDRs of the peer that were ignored for a wrong or missing
                                      HMAC, or in version 0 as malformed; stays at 255 */
    uint8_t zero;
    int32_t fallback; /* 0, or the code of the reason why it is plain TCP */
    int32_t error;    /* 0, or the connection's sticky error */
    uint32_t local_token;
    uint32_t remote_token; /* 0 until known */
    mptcp_dsn snd_una;     /* first octet not DATA_ACKed */
    mptcp_dsn snd_nxt;     /* first octet never given to a subflow */
    mptcp_dsn snd_end;     /* end of what the application wrote */
    mptcp_dsn rcv_nxt;     /* DATA_ACK */
    mptcp_dsn delivered;   /* first octet not delivered to the application */
    uint32_t rcv_window;   /* octets that our window allows from rcv_nxt on */
    uint32_t snd_window;   /* octets that the peer's window allows from snd_nxt on */
    uint32_t zero2[6];
};
/* Fills *info; with zeros if c is NULL. */
void mptcp_conn_info(const struct mptcp_conn *c, struct mptcp_conn_report *info);

struct mptcp_subflow_report {
    uint8_t initial;     /* 1: it is the connection's first subflow */
    uint8_t established; /* 1: it can carry data */
    uint8_t silent;      /* nothing was acknowledged for too long (mptcp_config.silence_min) */
    uint8_t backup;      /* 1: this end has made it a backup */
    uint8_t peer_backup; /* 1: the peer has */
    uint8_t local_id;    /* address ids */
    uint8_t remote_id;
    uint8_t closing;       /* 1: a FIN was sent or received, or it is to be reset */
    uint16_t tx_runs;      /* runs (entries of the tables of mappings) that it uses for sending */
    uint16_t rx_runs;      /* and for receiving */
    uint8_t cost;          /* mptcp_set_cost */
    uint8_t window_closed; /* 1: the peer's window on it is closed, and was probed */
    uint8_t zero[2];
    mptcp_ssn snd_una; /* first octet not acknowledged by the peer's TCP */
    mptcp_ssn snd_nxt; /* first octet not given to it */
    mptcp_ssn rcv_nxt; /* first octet not received in order */
    uint32_t srtt_us;  /* smoothed RTT; 0: not known */
    uint32_t rttvar_us;
    uint32_t segment_size; /* octets, as in struct mptcp_path */
    uint32_t mapping_max;
    uint32_t room;       /* octets of payload that it takes now: what its TCP has room for
                            (mptcp_path.room, and what has changed since), within the peer's window for
                            it; 0 if it can carry no data, or the host has put octets off. The shared
                            window (mptcp_conn_report.snd_window) limits all subflows together */
    uint16_t local_port; /* of the subflow's own SYN or SYN/ACK; 0: the host has not told */
    uint16_t remote_port;
    uint32_t zero2[3];
};
/* Single values of both structures, cheap enough to ask for with every segment. mptcp_rcv_nxt
 * returns mptcp_conn_report.rcv_nxt, mptcp_subflow_silent true if the subflow is silent; false for
 * a stale handle. */
mptcp_dsn mptcp_rcv_nxt(const struct mptcp_conn *c);
bool mptcp_subflow_silent(const struct mptcp_conn *c, mptcp_sf sf);
/* True if the subflow is marked for a reset: MPTCP_RESET_SUBFLOW is due, and only its RST may be
 * sent on it. False for a stale handle. */
bool mptcp_subflow_resets(const struct mptcp_conn *c, mptcp_sf sf);

/* Fills *info. Returns 0; STALE if the handle is; ARGUMENT. */
int mptcp_subflow_info(const struct mptcp_conn *c, mptcp_sf sf, struct mptcp_subflow_report *info);

/* The handle of the i-th living subflow, counted from 0; MPTCP_SF_NONE if there are fewer. */
mptcp_sf mptcp_subflow_at(const struct mptcp_conn *c, unsigned i);

/* Sets *addr to the address with this id: the peer's if `remote`, else ours. Returns 0; NOT_FOUND
 * if no address has the id; ARGUMENT. */
int mptcp_address(const struct mptcp_conn *c, bool remote, uint8_t id, struct mptcp_addr *addr);

#ifdef __cplusplus
}
#endif

#endif

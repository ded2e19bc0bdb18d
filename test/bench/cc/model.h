/*
 * model.h - what is expected: closed forms of the algorithms for given losses, networks of links
 * solved by them, and the algorithms' formulae in floating point, to run in the same network as the
 * library's integers.
 */
#ifndef CC_MODEL_H
#define CC_MODEL_H

#include "mptcp/congestion.h"

/* Rates of n paths (packets per s) with these losses and RTTs (s): Reno on each, LIA, OLIA, BALIA
 * in equilibrium. LIA's cap, Reno's growth, counts. */
void model_rates(const struct mptcp_congestion *cc, unsigned n, const double *loss,
                 const double *rtt, double *rate);

/* BALIA's a of a path, given rho = p r^2 / (p r^2 of the best path). */
double model_balia(double rho);

/* ---------------------------------------------------------------- networks */

#define MODEL_LINKS 8u
#define MODEL_USERS 8u
#define MODEL_PATHS 2u

/* `count` connections alike. */
struct user {
    const struct mptcp_congestion *cc;
    double count;
    unsigned paths;
    unsigned over[MODEL_PATHS]; /* links of each path, as bits */
    double rate[MODEL_PATHS];   /* result: of one connection */
};

struct model {
    unsigned links;
    unsigned users;
    double rtt; /* s, of all */
    double capacity[MODEL_LINKS];
    double price[MODEL_LINKS]; /* result: loss */
    struct user user[MODEL_USERS];
};

/* Finds the losses at which no link is overloaded and none that loses has room. */
void model_solve(struct model *m);

/* ----------------------------------------------------------------- formulae */

/* RFC 6356 s3 and the drafts as they are written, at each ACK, in floating point; for their
 * counterpart of the library. NULL if there is none. */
const struct mptcp_congestion *model_formula(const struct mptcp_congestion *cc);

#endif

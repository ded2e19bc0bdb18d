/*
 * model.c - closed forms and networks solved by them (model.h).
 */
#include "bench/cc/model.h"

#include <math.h>

double model_balia(double rho)
{
    /* a^2 + 5 a + 4 = 15 rho, where the decrease is 3/4 (a of 1.5 and more). */
    double a = (sqrt(9 + 60 * rho) - 5) / 2;
    return a > 1.5 ? a : 1.5;
}

static double reno(double loss, double rtt)
{
    return sqrt(2 / loss) / rtt;
}

/* w_i in proportion to 1 / p_i, all of them as fast as the best; a path that this would give more
 * than Reno's window has Reno's, and what is left of the sum goes to the others. */
static void lia(unsigned n, const double *loss, const double *rtt, double best, double *rate)
{
    double spread = 0;
    double left = best;
    unsigned capped = n;

    for (unsigned i = 0; i < n; i++) {
        spread += 1 / (loss[i] * rtt[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        double w = best / spread / loss[i];
        capped = w > sqrt(2 / loss[i]) * (1 + 1e-9) ? i : capped;
    }
    if (capped < n) {
        left -= reno(loss[capped], rtt[capped]);
        spread -= 1 / (loss[capped] * rtt[capped]);
    }
    for (unsigned i = 0; i < n; i++) {
        rate[i] = i == capped ? reno(loss[i], rtt[i]) : left / spread / (loss[i] * rtt[i]);
    }
}

void model_rates(const struct mptcp_congestion *cc, unsigned n, const double *loss,
                 const double *rtt, double *rate)
{
    unsigned b = 0;
    double sum = 0;

    for (unsigned i = 0; i < n; i++) {
        rate[i] = reno(loss[i], rtt[i]);
        b = rate[i] > rate[b] ? i : b;
    }
    double best = rate[b];
    if (cc == &mptcp_lia && n > 1) {
        lia(n, loss, rtt, best, rate);
        return;
    }
    if (cc != &mptcp_balia && cc != &mptcp_olia) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        if (i != b && cc == &mptcp_olia) {
            rate[i] = 1 / rtt[i]; /* one packet in flight */
        } else {
            double rho = loss[i] * rtt[i] * rtt[i] / (loss[b] * rtt[b] * rtt[b]);
            rate[i] = i == b ? 1 : 1 / model_balia(rho);
        }
        sum += i == b ? 0 : rate[i];
    }
    for (unsigned i = 0; i < n && cc == &mptcp_balia; i++) {
        rate[i] *= best / (1 + sum);
    }
    if (cc == &mptcp_olia) {
        rate[b] = best - sum;
    }
}

/* ---------------------------------------------------------------- networks */

static void answer(const struct model *m, struct user *u)
{
    double loss[MODEL_PATHS] = {0};
    double rtt[MODEL_PATHS];

    for (unsigned k = 0; k < u->paths; k++) {
        rtt[k] = m->rtt;
        for (unsigned l = 0; l < m->links; l++) {
            loss[k] += (u->over[k] >> l & 1) != 0 ? m->price[l] : 0;
        }
    }
    model_rates(u->cc, u->paths, loss, rtt, u->rate);
}

void model_solve(struct model *m)
{
    for (unsigned l = 0; l < m->links; l++) {
        m->price[l] = 0.001;
    }
    for (unsigned step = 0; step < 200000; step++) {
        double load[MODEL_LINKS] = {0};
        for (unsigned i = 0; i < m->users; i++) {
            struct user *u = &m->user[i];
            answer(m, u);
            for (unsigned k = 0; k < u->paths; k++) {
                for (unsigned l = 0; l < m->links; l++) {
                    load[l] += (u->over[k] >> l & 1) != 0 ? u->count * u->rate[k] : 0;
                }
            }
        }
        for (unsigned l = 0; l < m->links; l++) {
            m->price[l] *= pow(load[l] / m->capacity[l], 0.02);
        }
    }
}

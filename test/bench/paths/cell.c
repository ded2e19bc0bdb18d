/*
 * cell.c - see cell.h.
 */
#include "cell.h"

/* No path carries more, Mbit/s. */
static double bound(const struct spec *both, unsigned path)
{
    const struct world_link *link = &both->links[path];
    double window = (double)both->window * 8 / (2 * (double)link->delay_us);
    double rate = (double)link->rate / SECOND_US;

    return window < rate ? window : rate;
}

static void want_alone(struct cell *cell, unsigned path)
{
    struct spec alone;

    grid_alone(&cell->spec, path, &alone);
    cell->alone[path] = measure_want(&alone);
    cell->known[path] = true;
}

void cell_alone(struct cell *cell, const struct pair *pair, const struct column *column,
                const struct mptcp_congestion *cc)
{
    cell->wanted = true;
    grid_both(pair, column, &cell->spec);
    cell->spec.cc = cc;
    cell->floor = grid_floor(&cell->spec);
    want_alone(cell, bound(&cell->spec, 1) > bound(&cell->spec, 0));
    /* Short transfers are compared with the first path, too. */
    if (column->size != 0) {
        want_alone(cell, 0);
    }
}

void cell_rest(struct cell *cell, const struct mptcp_scheduler *const *schedulers, unsigned n)
{
    struct spec both = cell->spec;
    double best = cell_best(cell);

    for (unsigned path = 0; path < 2; path++) {
        if (!cell->known[path] && bound(&cell->spec, path) > best) {
            want_alone(cell, path);
        }
    }
    for (unsigned s = 0; s < n; s++) {
        both.scheduler = schedulers[s];
        cell->both[s] = measure_want(&both);
    }
}

const struct measured *cell_path(const struct cell *cell, unsigned path)
{
    return cell->known[path] ? measure_get(cell->alone[path]) : NULL;
}

double cell_best(const struct cell *cell)
{
    double best = 0;

    for (unsigned path = 0; path < 2; path++) {
        const struct measured *m = cell_path(cell, path);
        if (m != NULL && m->failed) {
            return 0;
        }
        best = m != NULL && m->mbit > best ? m->mbit : best;
    }
    return best;
}

double cell_ratio(const struct cell *cell, unsigned s)
{
    double best = cell_best(cell);
    return best > 0 ? measure_get(cell->both[s])->mbit / best : 0;
}

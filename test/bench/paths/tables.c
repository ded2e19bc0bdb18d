/*
 * tables.c - a table is measured whole: the paths alone once, both together under each scheduler.
 * What two paths carry is given as a ratio of what the better of them carries alone.
 */
#include "tables.h"

#include <math.h>
#include <string.h>

#define BAD 0.98
#define WORSE 0.95
#define WIDE 512u /* KiB: from this window on, the sum of both rates is to be had */
#define NAME_MAX 64u

struct cells {
    const struct options *o;
    const struct table *table;
    struct cell at[GRID_PAIRS][GRID_COLUMNS_MAX];
};

/* ------------------------------------------------------------------ which cells */

static bool in_list(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; p != NULL && *p != 0; p = strchr(p, ',') ? strchr(p, ',') + 1 : "") {
        if (strncmp(p, name, n) == 0 && (p[n] == 0 || p[n] == ',')) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct options *o, unsigned pair, const struct column *c)
{
    char name[NAME_MAX];

    snprintf(name, sizeof name, "%u:%s", pair + 1, c->name);
    return (o->cells == NULL || in_list(o->cells, name)) && (o->pair == 0 || o->pair == pair + 1) &&
           (o->window == 0 || o->window == c->window) &&
           (o->queue == 0 || o->queue == (c->deep ? 'd' : 's'));
}

static bool measure(struct cells *all)
{
    const struct options *o = all->o;
    struct cell *first = all->at[0];

    for (unsigned p = 0; p < GRID_PAIRS; p++) {
        for (unsigned i = 0; i < all->table->n; i++) {
            if (wanted(o, p, &all->table->columns[i])) {
                cell_alone(&all->at[p][i], &grid_pairs[p], &all->table->columns[i], o->cc);
            }
        }
    }
    bool well = measure_all(o->phases, o->jobs);
    for (unsigned i = 0; i < GRID_PAIRS * GRID_COLUMNS_MAX; i++) {
        if (first[i].wanted) {
            cell_rest(&first[i], o->schedulers, o->nschedulers);
        }
    }
    return measure_all(o->phases, o->jobs) && well;
}

/* --------------------------------------------------------------------- results */

static bool any_wanted(const struct cells *all, int pair, int column)
{
    for (unsigned p = 0; p < GRID_PAIRS; p++) {
        for (unsigned i = 0; i < all->table->n; i++) {
            if (all->at[p][i].wanted && (pair < 0 || p == (unsigned)pair) &&
                (column < 0 || i == (unsigned)column)) {
                return true;
            }
        }
    }
    return false;
}

static void print_columns(const struct cells *all, const char *what)
{
    printf("%-14s", what);
    for (unsigned i = 0; i < all->table->n; i++) {
        if (any_wanted(all, -1, (int)i)) {
            printf(" %8s", all->table->columns[i].name);
        }
    }
    printf("\n");
}

/* s below 0: what the better path carries alone. */
static void print_cell(const struct cell *cell, int s)
{
    if (!cell->wanted) {
        printf(" %8s", "");
    } else if (s < 0) {
        printf(" %8.2f", cell_best(cell));
    } else {
        printf(" %8.2f", cell_ratio(cell, (unsigned)s));
    }
}

/* A row for each pair. */
static void print_rows(const struct cells *all, int s)
{
    for (unsigned p = 0; p < GRID_PAIRS; p++) {
        if (!any_wanted(all, (int)p, -1)) {
            continue;
        }
        printf("%-14s", grid_pairs[p].name);
        for (unsigned i = 0; i < all->table->n; i++) {
            if (any_wanted(all, -1, (int)i)) {
                print_cell(&all->at[p][i], s);
            }
        }
        printf("\n");
    }
}

struct sums {
    unsigned n;
    unsigned bad;
    unsigned worse;
    unsigned failed;
    unsigned wide;
    double min;
    double logs;
    double floors; /* logarithms of the shares of the floor */
    unsigned deep; /* of `worse` */
    double near;   /* the least share of the floor, deep queues, RTTs alike; 0: no such cell */
    double again;
    unsigned late; /* than on the first path alone */
    double latest; /* seconds */
};

/* What share of the floor of headers it carries, where nothing else ought to limit. */
static void add_share(struct sums *sum, const struct pair *pair, const struct column *c,
                      double share)
{
    if (c->window < WIDE || c->size != 0 || c->loss != 0) {
        return;
    }
    sum->wide++;
    sum->floors += log(share);
    if (c->deep && pair->rtt_ms[0] == pair->rtt_ms[1]) {
        sum->near = sum->near == 0 || share < sum->near ? share : sum->near;
    }
}

static void add_cell(struct sums *sum, const struct cells *all, unsigned p, unsigned i, unsigned s)
{
    const struct column *c = &all->table->columns[i];
    const struct cell *cell = &all->at[p][i];
    const struct measured *both = measure_get(cell->both[s]);
    double ratio = cell_ratio(cell, s);

    if (ratio <= 0) {
        sum->failed++;
        return;
    }
    sum->min = sum->n == 0 || ratio < sum->min ? ratio : sum->min;
    sum->n++;
    sum->bad += ratio < BAD;
    sum->worse += ratio < WORSE;
    sum->deep += ratio < WORSE && c->deep;
    sum->logs += log(ratio);
    sum->again += both->again;
    add_share(sum, &grid_pairs[p], c, both->mbit / cell->floor);
    const struct measured *alone = cell_path(cell, 0);
    double late = alone != NULL ? both->seconds - alone->seconds : 0;
    sum->late += late > 0;
    sum->latest = late > sum->latest ? late : sum->latest;
}

static void print_sums(const struct table *t, const struct sums *sum)
{
    if (sum->n == 0) {
        printf("no cell was measured\n");
        return;
    }
    printf("%u cells: %u below %.2f (%u with deep queues), %u below %.2f; least %.2f, geometric "
           "mean %.3f; %.2f %% sent twice\n",
           sum->n, sum->worse, WORSE, sum->deep, sum->bad, BAD, sum->min, exp(sum->logs / sum->n),
           100 * sum->again / sum->n);
    if (sum->wide != 0) {
        printf("W from %u KiB on: %.3f of the header floor of the sum, geometric mean", WIDE,
               exp(sum->floors / sum->wide));
        printf(sum->near != 0 ? "; least with deep queues and equal RTTs %.3f\n" : "\n", sum->near);
    }
    if (strcmp(t->name, "100k") == 0) {
        printf("later than on the first path alone: %u cells, at most %.1f ms\n", sum->late,
               1000 * sum->latest);
    }
    if (sum->failed != 0) {
        printf("%u CELLS FAILED: a transfer did not end\n", sum->failed);
    }
}

void tables_head(FILE *out)
{
    fprintf(out, "table\tscheduler\tcc\tpair\tcolumn\twindow\tqueue\tsnd_buf\tsize\tlossy\tloss\t"
                 "mbit\tslowest\tseconds\tfirst_alone\tsecond_alone\tratio\tof_floor\t"
                 "sent_twice\n");
}

static double alone_mbit(const struct cell *cell, unsigned path)
{
    const struct measured *m = cell_path(cell, path);
    return m != NULL ? m->mbit : 0;
}

static void write_cell(const struct cells *all, unsigned p, unsigned i, unsigned s)
{
    const struct options *o = all->o;
    const struct column *c = &all->table->columns[i];
    const struct cell *cell = &all->at[p][i];
    const struct measured *both = measure_get(cell->both[s]);

    fprintf(o->out, "%s\t%s\t%s\t%s\t%s\t%u\t%c\t%u\t%llu\t%u\t%u\t", all->table->name,
            o->schedulers[s]->name, o->cc->name, grid_pairs[p].name, c->name, c->window,
            c->deep ? 'd' : 's', c->snd_buf, (unsigned long long)cell->spec.size, c->lossy,
            c->loss);
    fprintf(o->out, "%.4f\t%.4f\t%.6f\t%.4f\t%.4f\t%.4f\t%.4f\t%.5f\n", both->mbit, both->low,
            both->seconds, alone_mbit(cell, 0), alone_mbit(cell, 1), cell_ratio(cell, s),
            both->mbit / cell->floor, both->again);
}

static unsigned report(const struct cells *all, unsigned s)
{
    struct sums sum = {0};

    for (unsigned p = 0; p < GRID_PAIRS; p++) {
        for (unsigned i = 0; i < all->table->n; i++) {
            const struct cell *cell = &all->at[p][i];
            if (!cell->wanted) {
                continue;
            }
            add_cell(&sum, all, p, i, s);
            if (all->o->out != NULL) {
                write_cell(all, p, i, s);
            }
        }
    }
    print_columns(all, all->o->schedulers[s]->name);
    print_rows(all, (int)s);
    print_sums(all->table, &sum);
    printf("\n");
    return sum.failed;
}

bool tables_run(const struct options *o, const struct table *table)
{
    struct cells all = {.o = o, .table = table};
    unsigned failed = 0;

    bool well = measure(&all);
    if (!any_wanted(&all, -1, -1)) {
        return true;
    }
    printf("== %s: %s\n\n", table->name, table->title);
    print_columns(&all, "alone, Mbit/s");
    print_rows(&all, -1);
    printf("\n");
    for (unsigned s = 0; s < o->nschedulers; s++) {
        failed += report(&all, s);
    }
    return well && failed == 0;
}

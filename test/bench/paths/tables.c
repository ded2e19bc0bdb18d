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

static void want(struct cells *all)
{
    const struct options *o = all->o;

    for (unsigned p = 0; p < GRID_PAIRS; p++) {
        for (unsigned i = 0; i < all->table->n; i++) {
            const struct column *c = &all->table->columns[i];
            if (wanted(o, p, c)) {
                cell_want(&all->at[p][i], &grid_pairs[p], c, o->schedulers, o->nschedulers, o->cc);
            }
        }
    }
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
        printf(" %8.2f", cell_best(cell)->mbit);
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
    double again;
    unsigned late; /* than on the first path alone */
    double latest; /* seconds */
};

static void add_cell(struct sums *sum, const struct cell *cell, const struct column *c, unsigned s)
{
    const struct measured *both = measure_get(cell->both[s]);
    const struct measured *first = measure_get(cell->alone[0]);
    double ratio = cell_ratio(cell, s);

    if (both->failed || ratio <= 0) {
        sum->failed++;
        return;
    }
    sum->min = sum->n == 0 || ratio < sum->min ? ratio : sum->min;
    sum->n++;
    sum->bad += ratio < BAD;
    sum->worse += ratio < WORSE;
    sum->logs += log(ratio);
    sum->again += both->again;
    if (c->window >= WIDE && c->size == 0 && c->loss == 0) {
        sum->wide++;
        sum->floors += log(both->mbit / cell->floor);
    }
    double late = both->seconds - first->seconds;
    sum->late += late > 0;
    sum->latest = late > sum->latest ? late : sum->latest;
}

static void print_sums(const struct table *t, const struct sums *sum)
{
    if (sum->n == 0) {
        printf("no cell was measured\n");
        return;
    }
    printf("%u cells: %u below %.2f, %u below %.2f; least %.2f, geometric mean %.3f", sum->n,
           sum->worse, WORSE, sum->bad, BAD, sum->min, exp(sum->logs / sum->n));
    if (sum->wide != 0) {
        printf("; W from %u KiB on: %.3f of the header floor of the sum", WIDE,
               exp(sum->floors / sum->wide));
    }
    printf("; %.2f %% sent twice\n", 100 * sum->again / sum->n);
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
    fprintf(out, "table\tscheduler\tpair\tcolumn\twindow\tqueue\tsnd_buf\tsize\tlossy\tloss\tmbit\t"
                 "slowest\tseconds\tfirst_alone\tsecond_alone\tfirst_seconds\tratio\tof_floor\t"
                 "sent_twice\n");
}

static void write_cell(const struct cells *all, unsigned p, unsigned i, unsigned s)
{
    const struct column *c = &all->table->columns[i];
    const struct cell *cell = &all->at[p][i];
    const struct measured *both = measure_get(cell->both[s]);
    const struct measured *first = measure_get(cell->alone[0]);
    struct spec spec;

    grid_both(&grid_pairs[p], c, &spec);
    fprintf(all->o->out,
            "%s\t%s\t%s\t%s\t%u\t%c\t%u\t%llu\t%u\t%u\t%.4f\t%.4f\t%.6f\t%.4f\t%.4f\t%.6f\t%.4f\t"
            "%.4f\t%.5f\n",
            all->table->name, all->o->schedulers[s]->name, grid_pairs[p].name, c->name, c->window,
            c->deep ? 'd' : 's', c->snd_buf, (unsigned long long)spec.size, c->lossy, c->loss,
            both->mbit, both->low, both->seconds, first->mbit, measure_get(cell->alone[1])->mbit,
            first->seconds, cell_ratio(cell, s), both->mbit / cell->floor, both->again);
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
            add_cell(&sum, cell, &all->table->columns[i], s);
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

    want(&all);
    bool well = measure_all(o->phases, o->jobs);
    printf("== %s: %s\n\n", table->name, table->title);
    print_columns(&all, "alone, Mbit/s");
    print_rows(&all, -1);
    printf("\n");
    for (unsigned s = 0; s < o->nschedulers; s++) {
        failed += report(&all, s);
    }
    return well && failed == 0;
}

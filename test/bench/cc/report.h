/*
 * report.h - the tables of bench-cc: what was expected and what was measured, over several seeds;
 * and the plots.
 */
#ifndef CC_REPORT_H
#define CC_REPORT_H

#include <stdbool.h>

/* A measured figure, of one run each. */
struct figure {
    double sum;
    double least;
    double most;
    unsigned runs;
};

/* What the command line says. */
extern unsigned report_seeds;   /* runs of each figure */
extern bool report_quick;       /* shorter runs, and fewer of them */
extern const char *report_dir;  /* for plots; NULL: none */
extern unsigned report_missed;  /* figures out of tolerance */
extern unsigned report_figures; /* all */

void figure_add(struct figure *f, double value);
double figure_mean(const struct figure *f);

/* A heading, with a note below it that may have several lines; either may be NULL. */
void report_head(const char *title, const char *note);
/* One row: within `tolerance` of what is expected, as a share of it. */
void report_row(const char *what, const struct figure *f, double expected, double tolerance);
/* One row without a gate: what the closed form says, which is explained in the heading's note. */
void report_shown(const char *what, const struct figure *f, double expected);
/* One row: not below, or not above, a limit. */
void report_least(const char *what, const struct figure *f, double least);
void report_most(const char *what, const struct figure *f, double most);

/* ------------------------------------------------------------------- plots */

#define CURVES 8u
#define POINTS 512u

struct curve {
    const char *name;
    bool dots; /* measured: points instead of a line */
    unsigned n;
    double x[POINTS];
    double y[POINTS];
};

struct plot {
    const char *file; /* without the directory */
    const char *title;
    const char *x_name;
    const char *y_name;
    unsigned curves;
    struct curve curve[CURVES];
};

void plot_begin(struct plot *p, const char *file, const char *title, const char *x_name,
                const char *y_name);
unsigned plot_curve(struct plot *p, const char *name, bool dots);
void plot_add(struct plot *p, unsigned curve, double x, double y);
void plot_write(const struct plot *p);

#endif

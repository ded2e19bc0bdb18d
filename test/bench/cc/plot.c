/*
 * plot.c - the plots of report.h, as SVG.
 */
#include "bench/cc/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 760
#define HEIGHT 440
#define LEFT 70
#define BELOW 50
#define ABOVE 40
#define BESIDE 170

static const char *const colours[CURVES] = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd",
                                            "#ff7f0e", "#17becf", "#7f7f7f", "#8c564b"};

struct frame {
    double x0, x1, y0, y1;
};

void plot_begin(struct plot *p, const char *file, const char *title, const char *x_name,
                const char *y_name)
{
    memset(p, 0, sizeof *p);
    p->file = file;
    p->title = title;
    p->x_name = x_name;
    p->y_name = y_name;
}

unsigned plot_curve(struct plot *p, const char *name, bool dots)
{
    p->curve[p->curves].name = name;
    p->curve[p->curves].dots = dots;
    return p->curves++;
}

void plot_add(struct plot *p, unsigned curve, double x, double y)
{
    struct curve *c = &p->curve[curve];
    if (c->n < POINTS) {
        c->x[c->n] = x;
        c->y[c->n++] = y;
    }
}

/* The least and most of all points; y from 0. */
static struct frame frame_of(const struct plot *p)
{
    struct frame f = {1e300, -1e300, 0, 1e-9};
    for (unsigned i = 0; i < p->curves; i++) {
        for (unsigned k = 0; k < p->curve[i].n; k++) {
            double x = p->curve[i].x[k];
            double y = p->curve[i].y[k];
            f.x0 = x < f.x0 ? x : f.x0;
            f.x1 = x > f.x1 ? x : f.x1;
            f.y1 = y > f.y1 ? y : f.y1;
        }
    }
    f.y1 *= 1.08;
    f.x1 = f.x1 > f.x0 ? f.x1 : f.x0 + 1;
    return f;
}

static double at_x(const struct frame *f, double x)
{
    return LEFT + (x - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - BESIDE);
}

static double at_y(const struct frame *f, double y)
{
    return HEIGHT - BELOW - (y - f->y0) / (f->y1 - f->y0) * (HEIGHT - BELOW - ABOVE);
}

static void axes(FILE *out, const struct plot *p, const struct frame *f)
{
    fprintf(out, "<text x='%d' y='22' font-size='15'>%s</text>\n", LEFT, p->title);
    for (unsigned i = 0; i <= 5; i++) {
        double x = f->x0 + (f->x1 - f->x0) * i / 5;
        double y = f->y1 * i / 5;
        fprintf(out,
                "<text x='%.1f' y='%d' text-anchor='middle'>%.3g</text>\n"
                "<text x='%d' y='%.1f' text-anchor='end'>%.3g</text>\n"
                "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#ddd'/>\n",
                at_x(f, x), HEIGHT - BELOW + 16, x, LEFT - 6, at_y(f, y) + 4, y, LEFT,
                WIDTH - BESIDE, at_y(f, y), at_y(f, y));
    }
    fprintf(out,
            "<text x='%d' y='%d' text-anchor='middle'>%s</text>\n"
            "<text transform='translate(16 %d) rotate(-90)' text-anchor='middle'>%s</text>\n",
            (LEFT + WIDTH - BESIDE) / 2, HEIGHT - 12, p->x_name, (HEIGHT - BELOW + ABOVE) / 2,
            p->y_name);
}

static void draw(FILE *out, const struct curve *c, const struct frame *f, unsigned i)
{
    if (c->dots) {
        for (unsigned k = 0; k < c->n; k++) {
            fprintf(out, "<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>\n", at_x(f, c->x[k]),
                    at_y(f, c->y[k]), colours[i]);
        }
    } else {
        fprintf(out, "<polyline fill='none' stroke='%s' stroke-width='1.5' points='", colours[i]);
        for (unsigned k = 0; k < c->n; k++) {
            fprintf(out, "%.1f,%.1f ", at_x(f, c->x[k]), at_y(f, c->y[k]));
        }
        fprintf(out, "'/>\n");
    }
    double y = ABOVE + 18.0 * (i + 1);
    fprintf(out, "<circle cx='%d' cy='%.1f' r='%d' fill='%s'/><text x='%d' y='%.1f'>%s</text>\n",
            WIDTH - BESIDE + 14, y - 4, c->dots ? 4 : 2, colours[i], WIDTH - BESIDE + 24, y,
            c->name);
}

void plot_write(const struct plot *p)
{
    char path[512];
    struct frame f = frame_of(p);

    if (report_dir == NULL) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s", report_dir, p->file);
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        fprintf(stderr, "bench-cc: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    fprintf(
        out,
        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' "
        "font-size='12'>\n<rect width='100%%' height='100%%' fill='white'/>\n",
        WIDTH, HEIGHT);
    axes(out, p, &f);
    for (unsigned i = 0; i < p->curves; i++) {
        draw(out, &p->curve[i], &f, i);
    }
    fprintf(out, "</svg>\n");
    if (fclose(out) != 0) {
        fprintf(stderr, "bench-cc: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    printf("  plot: %s\n", path);
}

/*
 * chart.c - build/demo.svg: throughput per path over time, the sum behind them,
 * the time of the cut shaded.
 */
#include "demo.h"

#define WIDTH 960
#define HEIGHT 430
#define LEFT 64
#define RIGHT 24
#define TOP 74
#define BOTTOM 56
#define PLOT_W (WIDTH - LEFT - RIGHT)
#define PLOT_H (HEIGHT - TOP - BOTTOM)

struct scale {
    double seconds;
    double mbit;
};

static const char *const colors[DEMO_PATHS] = {"#1f6fb4", "#d9622b"};
static const char *const names[DEMO_PATHS] = {"path 1: 20 Mbit/s, 20 ms",
                                              "path 2: 10 Mbit/s, 80 ms"};

static double x_of(const struct scale *s, double seconds)
{
    return LEFT + PLOT_W * seconds / s->seconds;
}

static double y_of(const struct scale *s, double mbit)
{
    return TOP + PLOT_H * (1 - mbit / s->mbit);
}

static double rate(const struct demo_record *r, unsigned path, unsigned bin)
{
    return r->bins[path][bin] * 8.0 / BIN_US;
}

static double sum(const struct demo_record *r, unsigned bin)
{
    return rate(r, 0, bin) + rate(r, 1, bin);
}

static double middle(unsigned bin)
{
    return (bin + 0.5) * BIN_US / 1e6;
}

static void title(FILE *f)
{
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
            "%d\" "
            "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"#333\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<text x=\"%d\" y=\"28\" font-size=\"18\" font-weight=\"bold\">One MPTCP connection "
            "over two "
            "paths, the first cut and restored</text>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT);
}

static void legend(FILE *f)
{
    int x = LEFT;
    for (unsigned i = 0; i < DEMO_PATHS; i++, x += 220) {
        fprintf(f,
                "<line x1=\"%d\" y1=\"49\" x2=\"%d\" y2=\"49\" stroke=\"%s\" stroke-width=\"3\"/>"
                "<text x=\"%d\" y=\"54\">%s</text>\n",
                x, x + 24, colors[i], x + 32, names[i]);
    }
    fprintf(f,
            "<rect x=\"%d\" y=\"43\" width=\"24\" height=\"12\" fill=\"#dfe4ea\"/>"
            "<text x=\"%d\" y=\"54\">both</text>\n",
            x, x + 32);
}

static void grid(FILE *f, const struct scale *s)
{
    for (double m = 0; m <= s->mbit; m += 5) {
        fprintf(f,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#e6e6e6\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
                LEFT, y_of(s, m), LEFT + PLOT_W, y_of(s, m), LEFT - 8, y_of(s, m) + 4.5, m);
    }
    double step = s->seconds > 40 ? 10 : s->seconds > 16 ? 2 : 1;
    for (double t = 0; t <= s->seconds; t += step) {
        fprintf(f, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n", x_of(s, t),
                TOP + PLOT_H + 20, t);
    }
    fprintf(f,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">seconds (virtual time)</text>\n"
            "<text transform=\"translate(20 %d) rotate(-90)\" text-anchor=\"middle\">delivered, "
            "Mbit/s</text>\n",
            LEFT + PLOT_W / 2, TOP + PLOT_H + 42, TOP + PLOT_H / 2);
}

static void dark(FILE *f, const struct demo_record *r, const struct scale *s)
{
    if (r->cut_at == 0) {
        return;
    }
    double from = (double)(r->cut_at - r->start) / 1e6;
    double to = r->restored_at == 0 ? s->seconds : (double)(r->restored_at - r->start) / 1e6;
    fprintf(f,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#fbeaea\"/>\n"
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#a33\">path 1 is cut</text>\n",
            x_of(s, from), TOP, x_of(s, to) - x_of(s, from), PLOT_H,
            (x_of(s, from) + x_of(s, to)) / 2, TOP + 16);
    fprintf(f, "<text x=\"%.1f\" y=\"%d\" fill=\"#a33\" font-size=\"12\">restored</text>\n",
            x_of(s, to) + 4, TOP + 16);
}

static void total(FILE *f, const struct demo_record *r, const struct scale *s)
{
    fprintf(f, "<path fill=\"#dfe4ea\" fill-opacity=\"0.8\" d=\"M%.1f %.1f", x_of(s, middle(0)),
            y_of(s, 0));
    for (unsigned i = 0; i < r->used; i++) {
        fprintf(f, " L%.1f %.1f", x_of(s, middle(i)), y_of(s, sum(r, i)));
    }
    fprintf(f, " L%.1f %.1f Z\"/>\n", x_of(s, middle(r->used - 1)), y_of(s, 0));
}

static void line(FILE *f, const struct demo_record *r, const struct scale *s, unsigned path)
{
    fprintf(f, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" points=\"",
            colors[path]);
    for (unsigned i = 0; i < r->used; i++) {
        fprintf(f, "%.1f,%.1f ", x_of(s, middle(i)), y_of(s, rate(r, path, i)));
    }
    fprintf(f, "\"/>\n");
}

bool demo_chart(const struct demo_record *r, const char *file)
{
    struct scale s = {.seconds = r->used * (BIN_US / 1e6), .mbit = 10};
    FILE *f = fopen(file, "w");

    if (f == NULL || r->used == 0) {
        return false;
    }
    for (unsigned i = 0; i < r->used; i++) {
        while (sum(r, i) > s.mbit) {
            s.mbit += 5;
        }
    }
    title(f);
    legend(f);
    dark(f, r, &s);
    total(f, r, &s);
    grid(f, &s);
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        line(f, r, &s, i);
    }
    fprintf(f, "</svg>\n");
    return fclose(f) == 0;
}

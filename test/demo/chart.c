/*
 * chart.c - build/demo.svg: throughput per path over time as lines over light
 * areas, their sum as a thin line above, the rates of the links dotted, the time
 * of the cut shaded and marked at both ends. Plain SVG 1.1: no script, no font of
 * its own. All numbers are of the run, so the same run gives the same picture.
 */
#include "demo.h"

#define WIDTH 1000
#define HEIGHT 520
#define LEFT 64
#define RIGHT 118
#define TOP 138
#define BOTTOM 62
#define PLOT_W (WIDTH - LEFT - RIGHT)
#define PLOT_H (HEIGHT - TOP - BOTTOM)
#define POINTS 400u /* of a line, at most */

#define INK "#1f2933"
#define SOFT "#616e7c"
#define FAINT "#e4e7eb"
#define ALARM "#b3261e"

struct chart {
    FILE *f;
    const struct demo_record *r;
    unsigned step;  /* bins of a point */
    unsigned count; /* points */
    double seconds; /* the axes' ends */
    double mbit;
    double tick_s;
    double tick_mbit;
};

static const char *const colors[DEMO_PATHS] = {"#1769aa", "#d9730d"};

static double x_of(const struct chart *c, double seconds)
{
    return LEFT + PLOT_W * seconds / c->seconds;
}

static double y_of(const struct chart *c, double mbit)
{
    return TOP + PLOT_H * (1 - mbit / c->mbit);
}

/* path DEMO_PATHS: the sum. */
static double value(const struct chart *c, unsigned path, unsigned point)
{
    unsigned first = point * c->step;
    unsigned n = first + c->step > c->r->used ? c->r->used - first : c->step;
    double sum = 0;

    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        if (path == i || path == DEMO_PATHS) {
            sum += demo_record_rate(c->r, i, first, n);
        }
    }
    return sum;
}

/* A step of 1, 2 or 5 times a power of ten that divides `end` into at most n parts. */
static double tick_of(double end, double n)
{
    double step = 0.1;

    for (unsigned i = 0; end / step > n; i++) {
        step *= i % 3 == 1 ? 2.5 : 2;
    }
    return step;
}

static void set_scales(struct chart *c)
{
    double most = 0;

    c->step = (c->r->used + POINTS - 1) / POINTS;
    c->count = (c->r->used + c->step - 1) / c->step;
    for (unsigned i = 0; i < c->count; i++) {
        double v = value(c, DEMO_PATHS, i);
        most = v > most ? v : most;
    }
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        double v = (double)demo_links[i].rate / 1e6;
        most = v > most ? v : most;
    }
    c->seconds = (double)c->r->used * BIN_US / 1e6;
    c->tick_s = tick_of(c->seconds, 12);
    c->tick_mbit = tick_of(most, 7);
    while (c->mbit < most) {
        c->mbit += c->tick_mbit;
    }
}

static void heading(const struct chart *c, const struct demo_stream *s)
{
    double seconds = demo_record_seconds(c->r, c->r->done_at);

    fprintf(c->f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"Inter, 'Helvetica Neue', Helvetica, "
            "Arial, sans-serif\" font-size=\"13\" fill=\"" SOFT "\">\n"
            "<title>Throughput of one MPTCP connection over two paths</title>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
    fprintf(c->f,
            "<text x=\"%d\" y=\"38\" font-size=\"21\" font-weight=\"600\" fill=\"" INK
            "\">One path goes dark, the transfer goes on</text>\n"
            "<text x=\"%d\" y=\"61\">One MPTCP connection over two paths: %llu MiB in %.1f s, "
            "payload delivered in steps of %.1f s</text>\n",
            LEFT, LEFT, (unsigned long long)(s->total >> 20), seconds,
            (double)c->step * BIN_US / 1e6);
}

/* Name and link of a path, and what it carried. */
static void legend(const struct chart *c, const struct demo_stream *s)
{
    struct mptcpl_subflow_stats stats[DEMO_PATHS];
    uint64_t all = 0;

    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        demo_stream_stats(s, i, &stats[i]);
        all += stats[i].bytes_sent;
    }
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        const struct world_link *l = &demo_links[i];
        int x = LEFT + (int)i * 325;
        fprintf(c->f,
                "<rect x=\"%d\" y=\"84\" width=\"22\" height=\"4\" rx=\"2\" fill=\"%s\"/>"
                "<text x=\"%d\" y=\"91\"><tspan font-weight=\"600\" fill=\"%s\">path %u</tspan>"
                " %llu Mbit/s, %llu ms RTT; carried %.0f %%</text>\n",
                x, colors[i], x + 30, colors[i], i + 1, (unsigned long long)(l->rate / 1000000),
                (unsigned long long)(2 * l->delay_us / 1000),
                all == 0 ? 0.0 : 100.0 * (double)stats[i].bytes_sent / (double)all);
    }
    fprintf(c->f,
            "<rect x=\"%d\" y=\"85\" width=\"22\" height=\"2\" fill=\"" INK "\"/>"
            "<text x=\"%d\" y=\"91\" font-weight=\"600\" fill=\"" INK "\">both</text>\n",
            LEFT + 650, LEFT + 680);
}

static void axes(const struct chart *c)
{
    for (unsigned i = 0; i * c->tick_mbit <= c->mbit + 1e-9; i++) {
        double y = y_of(c, i * c->tick_mbit);
        fprintf(c->f,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
                LEFT, y, LEFT + PLOT_W, y, i == 0 ? SOFT : FAINT, LEFT - 10, y + 4.5,
                i * c->tick_mbit);
    }
    for (unsigned i = 0; i * c->tick_s <= c->seconds + 1e-9; i++) {
        double x = x_of(c, i * c->tick_s);
        fprintf(c->f,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"" SOFT "\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
                x, TOP + PLOT_H, x, TOP + PLOT_H + 5, x, TOP + PLOT_H + 21, i * c->tick_s);
    }
    fprintf(c->f,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">Mbit/s</text>\n"
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">virtual time, seconds</text>\n",
            LEFT - 10, TOP - 16, LEFT + PLOT_W / 2, TOP + PLOT_H + 46);
}

static void mark(const struct chart *c, double seconds, const char *what)
{
    double x = x_of(c, seconds);
    bool late = x > LEFT + PLOT_W * 0.85;

    fprintf(c->f,
            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"" ALARM
            "\" stroke-width=\"1.5\"/>"
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" fill=\"" ALARM
            "\" font-weight=\"600\">%s, %.1f s</text>\n",
            x, TOP - 22, x, TOP + PLOT_H, late ? x - 7 : x + 7, TOP - 12, late ? "end" : "start",
            what, seconds);
}

static void shade(const struct chart *c)
{
    const struct demo_record *r = c->r;

    if (r->cut_at == 0) {
        return;
    }
    double from = x_of(c, demo_record_seconds(r, r->cut_at));
    double to =
        r->restored_at == 0 ? x_of(c, c->seconds) : x_of(c, demo_record_seconds(r, r->restored_at));
    fprintf(c->f,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"" ALARM
            "\" fill-opacity=\"0.06\"/>\n",
            from, TOP, to - from, PLOT_H);
}

static void marks(const struct chart *c)
{
    if (c->r->cut_at != 0) {
        mark(c, demo_record_seconds(c->r, c->r->cut_at), "path 1 cut");
    }
    if (c->r->restored_at != 0) {
        mark(c, demo_record_seconds(c->r, c->r->restored_at), "path 1 restored");
    }
}

static void links(const struct chart *c)
{
    for (unsigned i = 0; i < DEMO_PATHS; i++) {
        double y = y_of(c, (double)demo_links[i].rate / 1e6);
        fprintf(c->f,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\" "
                "stroke-dasharray=\"2 4\"/>"
                "<text x=\"%d\" y=\"%.1f\" fill=\"%s\" font-size=\"12\">link of path %u</text>\n",
                LEFT, y, LEFT + PLOT_W, y, colors[i], LEFT + PLOT_W + 8, y + 4, colors[i], i + 1);
    }
}

static void points(const struct chart *c, unsigned path)
{
    for (unsigned i = 0; i < c->count; i++) {
        double middle = (i + 0.5) * c->step * BIN_US / 1e6;
        fprintf(c->f, "%s%.1f %.1f", i == 0 ? "M" : " L", x_of(c, middle),
                y_of(c, value(c, path, i)));
    }
}

static void curve(const struct chart *c, unsigned path, const char *color, double width)
{
    fprintf(c->f,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" "
            "stroke-linejoin=\"round\" d=\"",
            color, width);
    points(c, path);
    fprintf(c->f, "\"/>\n");
}

static void area(const struct chart *c, unsigned path)
{
    double half = 0.5 * c->step * BIN_US / 1e6;
    double last = (c->count - 0.5) * c->step * BIN_US / 1e6;

    fprintf(c->f, "<path fill=\"%s\" fill-opacity=\"0.14\" d=\"", colors[path]);
    points(c, path);
    fprintf(c->f, " L%.1f %.1f L%.1f %.1f Z\"/>\n", x_of(c, last), y_of(c, 0), x_of(c, half),
            y_of(c, 0));
}

bool demo_chart(const struct demo_record *r, const struct demo_stream *s, const char *file)
{
    struct chart c = {.r = r};

    c.f = fopen(file, "w");
    if (c.f == NULL) {
        return false;
    }
    if (r->used != 0) {
        set_scales(&c);
        heading(&c, s);
        legend(&c, s);
        shade(&c);
        axes(&c);
        links(&c);
        for (unsigned i = 0; i < DEMO_PATHS; i++) {
            area(&c, i);
        }
        curve(&c, DEMO_PATHS, INK, 1.2);
        for (unsigned i = 0; i < DEMO_PATHS; i++) {
            curve(&c, i, colors[i], 2.4);
        }
        marks(&c);
        fprintf(c.f, "</svg>\n");
    }
    bool good = ferror(c.f) == 0;
    return fclose(c.f) == 0 && good;
}

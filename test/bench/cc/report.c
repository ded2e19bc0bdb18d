/*
 * report.c - rows of report.h, and how they are judged.
 */
#include "bench/cc/report.h"

#include <stdio.h>

unsigned report_seeds = 3;
bool report_quick;
const char *report_dir;
unsigned report_missed;
unsigned report_figures;

void figure_add(struct figure *f, double value)
{
    f->least = f->runs == 0 || value < f->least ? value : f->least;
    f->most = f->runs == 0 || value > f->most ? value : f->most;
    f->sum += value;
    f->runs++;
}

double figure_mean(const struct figure *f)
{
    return f->runs > 0 ? f->sum / f->runs : 0;
}

void report_head(const char *title, const char *note)
{
    printf("\n%s\n", title);
    if (note != NULL) {
        printf("%s\n", note);
    }
    printf("  %-46s %9s %9s %21s %7s\n", "", "expected", "measured", "(least - most)", "off");
}

static void row(const char *what, const struct figure *f, const char *expected, double off,
                const char *verdict)
{
    char range[48] = "";
    if (f->runs > 1) {
        snprintf(range, sizeof range, "(%.4g - %.4g)", f->least, f->most);
    }
    printf("  %-46s %9s %9.4g %21s %6.1f%%  %s\n", what, expected, figure_mean(f), range, 100 * off,
           verdict);
}

static void judge(const char *what, const struct figure *f, const char *expected, double off,
                  bool good, const char *limit)
{
    char verdict[48];
    report_figures++;
    report_missed += !good;
    snprintf(verdict, sizeof verdict, "%s%s", limit, good ? "" : "  MISSED");
    row(what, f, expected, off, verdict);
}

void report_row(const char *what, const struct figure *f, double expected, double tolerance)
{
    char number[24];
    char limit[24];
    double off = figure_mean(f) / expected - 1;
    snprintf(number, sizeof number, "%.4g", expected);
    snprintf(limit, sizeof limit, "+-%.3g%%", 100 * tolerance);
    judge(what, f, number, off, off <= tolerance && off >= -tolerance, limit);
}

void report_shown(const char *what, const struct figure *f, double expected)
{
    char number[24];
    snprintf(number, sizeof number, "%.4g", expected);
    row(what, f, number, figure_mean(f) / expected - 1, "shown");
}

void report_least(const char *what, const struct figure *f, double least)
{
    char number[24];
    snprintf(number, sizeof number, ">= %.4g", least);
    judge(what, f, number, figure_mean(f) / least - 1, figure_mean(f) >= least, "");
}

void report_most(const char *what, const struct figure *f, double most)
{
    char number[24];
    snprintf(number, sizeof number, "<= %.4g", most);
    judge(what, f, number, figure_mean(f) / most - 1, figure_mean(f) <= most, "");
}

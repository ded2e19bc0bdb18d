/*
 * main.c - bench-cc: each algorithm of congestion control against what is known of it.
 *
 * Virtual time and seeded chance: the same figures on every machine. Exit status 1 if a figure is
 * out of its tolerance.
 */
#include "bench/cc/report.h"
#include "bench/cc/sections.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} sections[] = {
    {"fluid", section_fluid}, {"paths", section_paths},     {"goals", section_goals},
    {"nsdi", section_nsdi},   {"khalili", section_khalili},
};

#define SECTIONS (sizeof sections / sizeof sections[0])

static const char help[] =
    "usage: bench-cc [--quick] [--seeds N] [--plots DIR] [SECTION...]\n"
    "\n"
    "Congestion control of the library against closed forms and published figures.\n"
    "\n"
    "  --quick      a part, in some seconds: what `make check` runs\n"
    "  --seeds N    runs of each figure (default 3; with --quick 1)\n"
    "  --plots DIR  write plots (SVG) to DIR\n"
    "  SECTION      fluid, paths, goals, nsdi or khalili (default: all)\n"
    "\n"
    "Exit status: 0, 1 if a figure is out of its tolerance, 2 if it could not run.\n";

static bool number(const char *text, unsigned *n)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *n = (unsigned)value;
    return *text >= '1' && *text <= '9' && *end == '\0' && value <= 1000;
}

/* Marks a section; false if there is no such one. */
static bool choose(const char *name, bool chosen[SECTIONS])
{
    for (unsigned k = 0; k < SECTIONS; k++) {
        if (strcmp(name, sections[k].name) == 0) {
            return chosen[k] = true;
        }
    }
    return false;
}

static bool options(int argc, char **argv, bool chosen[SECTIONS])
{
    bool any = false;
    bool seeds = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            report_quick = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc &&
                   number(argv[i + 1], &report_seeds)) {
            seeds = true;
            i++;
        } else if (strcmp(argv[i], "--plots") == 0 && i + 1 < argc) {
            report_dir = argv[++i];
        } else if (choose(argv[i], chosen)) {
            any = true;
        } else {
            fprintf(stderr, "bench-cc: %s: see --help\n", argv[i]);
            return false;
        }
    }
    report_seeds = report_quick && !seeds ? 1 : report_seeds;
    for (unsigned k = 0; k < SECTIONS; k++) {
        chosen[k] |= !any;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool chosen[SECTIONS] = {false};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return 0;
        }
    }
    if (!options(argc, argv, chosen)) {
        return 2;
    }
    for (unsigned k = 0; k < SECTIONS; k++) {
        if (chosen[k]) {
            sections[k].run();
            fflush(stdout);
        }
    }
    printf("\nbench-cc: %u figures, %u out of tolerance\n", report_figures, report_missed);
    return report_missed != 0;
}

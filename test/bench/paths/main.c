/*
 * main.c - are two unequal paths ever slower than one of them? Transfers between two lwIP ends in
 * virtual time, table by table, under each scheduler.
 */
#include "quick.h"
#include "two.h"

#include <stdlib.h>
#include <string.h>

struct choice {
    struct options o;
    const char *table;
    const char *file;
    bool quick;
    bool help;
    bool pairs;
};

static void usage(void)
{
    puts("paths [--table NAME] [--scheduler NAME] [--cc NAME] [--jobs N] [--quick] ...\n"
         "\n"
         "What two unequal paths carry, against the better of them alone: between two lwIP ends\n"
         "in virtual time, up and down, at several phases of the timers.\n"
         "\n"
         "  --table NAME      grid (default), small, buffer, sizes (or 100k, 1m, 10m), loss, two;\n"
         "                    or all\n"
         "  --scheduler NAME  repeatable; all: each in the table (default: the library's own)\n"
         "  --cc NAME         congestion control (default: the library's own)\n"
         "  --jobs N          so many processes at a time (default 1)\n"
         "  --phases N        of the timers, for each direction (default 3)\n"
         "  --quick           20 cells against their limits, under the first scheduler alone\n"
         "  --out FILE        a line for each cell, tab separated\n"
         "\n"
         "Some cells of each table:\n"
         "  --cells LIST      PAIR:COLUMN,... with the pair's number, from 1: 9:512s,2:64d\n"
         "  --pair N, --window KIB, --queue s|d\n"
         "  --pairs           prints the pairs: Mbit/s and ms of RTT of each path; nothing else\n"
         "\n"
         "Exit status: 0; 1: a limit of --quick is missed, or one of the table two under the\n"
         "library's own scheduler; 2: a wrong option, or a transfer failed.");
}

/* As test/interop/pairs reads them. */
static void print_pairs(void)
{
    for (unsigned i = 0; i < GRID_PAIRS; i++) {
        const struct pair *p = &grid_pairs[i];
        printf("%u/%u %u/%u\n", p->mbit[0], p->rtt_ms[0], p->mbit[1], p->rtt_ms[1]);
    }
}

/* ---------------------------------------------------------------------- options */

static bool add_scheduler(struct options *o, const char *name)
{
    bool all = strcmp(name, "all") == 0;
    bool found = false;

    for (unsigned i = 0; i < mptcp_schedulers_count && o->nschedulers < SCHEDULERS_MAX; i++) {
        if (all || strcmp(mptcp_schedulers[i]->name, name) == 0) {
            o->schedulers[o->nschedulers++] = mptcp_schedulers[i];
            found = true;
        }
    }
    return found;
}

static bool set_cc(struct options *o, const char *name)
{
    for (unsigned i = 0; mptcp_congestion_at(i) != NULL; i++) {
        if (strcmp(mptcp_congestion_at(i)->name, name) == 0) {
            o->cc = mptcp_congestion_at(i);
            return true;
        }
    }
    return false;
}

static bool number(const char *text, unsigned long max, unsigned *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    *out = (unsigned)n;
    return end != text && *end == 0 && n >= 1 && n <= max;
}

static bool set_queue(struct options *o, const char *value)
{
    o->queue = value[0];
    return strcmp(value, "s") == 0 || strcmp(value, "d") == 0;
}

static bool set_cell(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "--cells") == 0) {
        o->cells = value;
        return true;
    }
    if (strcmp(name, "--pair") == 0) {
        return number(value, GRID_PAIRS, &o->pair);
    }
    if (strcmp(name, "--window") == 0) {
        return number(value, 1 << 20, &o->window);
    }
    return strcmp(name, "--queue") == 0 && set_queue(o, value);
}

static bool set(struct choice *c, const char *name, const char *value)
{
    if (strcmp(name, "--table") == 0) {
        c->table = value;
        return true;
    }
    if (strcmp(name, "--out") == 0) {
        c->file = value;
        return true;
    }
    if (strcmp(name, "--scheduler") == 0) {
        return add_scheduler(&c->o, value);
    }
    if (strcmp(name, "--cc") == 0) {
        return set_cc(&c->o, value);
    }
    if (strcmp(name, "--jobs") == 0) {
        return number(value, 64, &c->o.jobs);
    }
    if (strcmp(name, "--phases") == 0) {
        return number(value, PHASES_MAX, &c->o.phases);
    }
    return set_cell(&c->o, name, value);
}

static bool parse(int argc, char **argv, struct choice *c)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            c->help = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            c->quick = true;
        } else if (strcmp(argv[i], "--pairs") == 0) {
            c->pairs = true;
        } else if (i + 1 < argc && set(c, argv[i], argv[i + 1])) {
            i++;
        } else {
            fprintf(stderr, "paths: %s%s%s is no option (--help)\n", argv[i],
                    i + 1 < argc ? " " : "", i + 1 < argc ? argv[i + 1] : "");
            return false;
        }
    }
    if (c->o.nschedulers == 0) {
        add_scheduler(&c->o, c->o.standard->name);
    }
    return true;
}

/* -------------------------------------------------------------------------- run */

static bool asked_for(const struct choice *c, const char *name, const char *group)
{
    return strcmp(c->table, name) == 0 || strcmp(c->table, group) == 0 ||
           strcmp(c->table, "all") == 0;
}

static int run(const struct choice *c)
{
    bool any = false;
    int status = 0;

    if (c->quick) {
        return quick_run(&c->o);
    }
    for (unsigned i = 0; i < grid_tables_count; i++) {
        if (asked_for(c, grid_tables[i].name, grid_tables[i].group)) {
            status = tables_run(&c->o, &grid_tables[i]) ? status : 2;
            any = true;
        }
    }
    if (any && measure_count() == 0) {
        fprintf(stderr, "paths: there is no such cell in the table %s (--help)\n", c->table);
        return 2;
    }
    if (asked_for(c, "two", "two")) {
        int two = two_run(&c->o);
        status = two > status ? two : status;
        any = true;
    }
    if (!any) {
        fprintf(stderr, "paths: there is no table %s (--help)\n", c->table);
        return 2;
    }
    return status;
}

int main(int argc, char **argv)
{
    struct mptcpl_config defaults;
    struct choice c = {.o = {.jobs = 1, .phases = 3}, .table = "grid"};

    mptcpl_config_init(&defaults);
    c.o.standard = defaults.scheduler;
    c.o.cc = defaults.cc;
    if (!parse(argc, argv, &c)) {
        return 2;
    }
    if (c.help) {
        usage();
        return 0;
    }
    if (c.pairs) {
        print_pairs();
        return 0;
    }
    if (c.file != NULL) {
        c.o.out = fopen(c.file, "w");
        if (c.o.out == NULL) {
            perror(c.file);
            return 2;
        }
        tables_head(c.o.out);
    }
    int status = run(&c);
    if (c.o.out != NULL && fclose(c.o.out) != 0) {
        perror(c.file);
        return 2;
    }
    return status;
}

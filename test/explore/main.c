/*
 * main.c - explores one scope after the other and says what was walked.
 */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct choice {
    const char *only;
    uint64_t states;
    unsigned depth;
    uint32_t start_ssn;
    unsigned faults;
    bool quick;
    bool show;
};

static void usage(void)
{
    puts(
        "explore [--scope NAME] [--quick] [--states N] [--depth N] [--faults N]\n"
         "        [--start-ssn N] [--show] [--list]\n"
        "\n"
        "Walks two connections, their hosts and all that is on the way between them through every\n"
        "order of events, within the limits of each scope. In every state what was delivered is\n"
        "what was written, and from every state an end is reached. If not, the shortest path "
        "there\n"
        "is printed in words, and the exit status is 1.\n"
        "\n"
        "  --scope NAME    this one alone\n"
        "  --quick         only the scopes, and only so many states, of a short run\n"
        "  --states N      at most so many states of each scope\n"
        "  --depth N       no paths longer than so many moves\n"
        "  --start-ssn N   the client has sent octets up to SSN N - 1 when it begins\n"
        "  --show          in words how it begins, and how it ends if nothing goes wrong\n"
        "  --list          the scopes");
}

static void list(void)
{
    for (unsigned i = 0; i < scope_count; i++) {
        printf("%-14s %s\n", scopes[i].name, scopes[i].what);
    }
}

static double seconds(void)
{
    struct timespec t;

    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void show(void)
{
    struct world *w = malloc(world_size);

    talk = true;
    printf("%s: %s\n", scope->name, scope->what);
    world_begin(w);
    puts("  and from here on:");
    fair_init(2);
    fair_ends(w);
    fair_free();
    puts(failure);
    free(w);
    talk = false;
}

static bool explore(const struct scope *s, const struct choice *choice, struct result *sum)
{
    struct scope mine = *s;
    struct result r;
    uint64_t states = choice->quick ? s->quick : s->states;
    double begin = seconds();

    if (choice->start_ssn != 0) {
        mine.start_ssn = choice->start_ssn;
    }
    if (choice->faults != 0) {
        mine.limits[FAULTS] = (uint8_t)choice->faults;
    }
    scope_set(&mine);
    if (choice->show) {
        show();
        return true;
    }
    search(&r, choice->states != 0 ? choice->states : states, choice->depth);
    printf("%-14s %10llu states, depth %3u%s, %11llu moves, %6.1f s, %5llu MB\n", s->name,
           (unsigned long long)r.states, r.depth, r.complete ? " (all)" : "      ",
           (unsigned long long)r.moves, seconds() - begin, (unsigned long long)(r.octets >> 20));
    fflush(stdout);
    sum->states += r.states;
    sum->depth = r.depth > sum->depth ? r.depth : sum->depth;
    failure[0] = 0;
    return !r.failed;
}

static bool read_choice(struct choice *choice, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--quick") == 0) {
            choice->quick = true;
            continue;
        }
        if (strcmp(argv[i], "--show") == 0) {
            choice->show = true;
            continue;
        }
        if (strcmp(argv[i], "--scope") == 0) {
            choice->only = value;
        } else if (strcmp(argv[i], "--states") == 0) {
            choice->states = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--depth") == 0) {
            choice->depth = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--faults") == 0) {
            choice->faults = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--start-ssn") == 0) {
            choice->start_ssn = (uint32_t)strtoul(value, NULL, 10);
        } else {
            return false;
        }
        i++;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct choice choice = {.depth = 1000};
    struct result sum = {0};
    unsigned ran = 0;
    bool right = true;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list();
        return 0;
    }
    if (!read_choice(&choice, argc, argv)) {
        usage();
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    for (unsigned i = 0; i < scope_count; i++) {
        const struct scope *s = &scopes[i];
        bool part = choice.only != NULL ? strcmp(s->name, choice.only) == 0
                                        : (choice.quick ? s->quick : s->states) != 0;
        if (part) {
            right &= explore(s, &choice, &sum);
            ran++;
        }
    }
    if (ran == 0) {
        fprintf(stderr, "explore: no such scope; see --list\n");
        return 2;
    }
    printf("%u scopes, %llu states, depth %u%s\n", ran, (unsigned long long)sum.states, sum.depth,
           right ? "" : ": FAILED");
    return right ? 0 : 1;
}

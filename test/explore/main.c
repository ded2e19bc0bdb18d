/*
 * main.c - explores the scopes, some at a time, and says what was walked.
 */
#define _DEFAULT_SOURCE
#include "explore.h"

#include "mptcp/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCOPES_MAX 64u
#define JOBS_MAX 16u

struct choice {
    const char *only;
    uint64_t states;
    unsigned depth;
    uint32_t start_ssn;
    unsigned faults;
    unsigned jobs;
    bool quick;
    bool show;
    uint8_t scheduler;
};

/* What a process of its own has found, in memory that it shares. */
struct found {
    struct result result;
    pid_t pid;
    FILE *said;
};

static void usage(void)
{
    puts(
        "explore [--scope NAME] [--quick] [--jobs N] [--states N] [--depth N] [--faults N]\n"
        "        [--start-ssn N] [--scheduler S] [--show] [--list]\n"
        "\n"
        "Walks two connections, their hosts and all that is on the way between them through every\n"
        "order of events, within the limits of each scope. In every state what was delivered is\n"
        "what was written, and from every state an end is reached. If not, the shortest path "
        "there\n"
        "is printed in words, and the exit status is 1.\n"
        "\n"
        "  --scope NAME    this one alone\n"
        "  --quick         only the scopes, and only so many states, of a short run\n"
        "  --jobs N        so many scopes at a time\n"
        "  --states N      at most so many states of each scope\n"
        "  --depth N       no paths longer than so many moves\n"
        "  --faults N      no more than so many faults on a path\n"
        "  --start-ssn N   the client has sent octets up to SSN N - 1 when it begins\n"
        "  --scheduler S   gain (default), minrtt, roundrobin, redundant, blest or ecf\n"
        "  --show          in words how it begins, and how it ends if nothing goes wrong\n"
        "  --list          the scopes");
}

static void list(void)
{
    for (unsigned i = 0; scope_at(i) != NULL; i++) {
        printf("%-16s %s\n", scope_at(i)->name, scope_at(i)->what);
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

static void explore(const struct scope *s, const struct choice *choice, struct result *r)
{
    struct scope mine = *s;
    uint64_t states = choice->quick ? s->quick : s->states;
    double begin = seconds();

    if (choice->start_ssn != 0) {
        mine.start_ssn = choice->start_ssn;
    }
    if (choice->faults != 0) {
        mine.limits[FAULTS] = (uint8_t)choice->faults;
    }
    mine.scheduler = choice->scheduler;
    scope_set(&mine);
    if (choice->show) {
        show();
        return;
    }
    search(r, choice->states != 0 ? choice->states : states, choice->depth);
    printf("%-16s %10llu states, depth %3u%s, %11llu moves, %6.1f s, %5llu MB\n", s->name,
           (unsigned long long)r->states, r->depth, r->complete ? " (all)" : "      ",
           (unsigned long long)r->moves, seconds() - begin, (unsigned long long)(r->octets >> 20));
}

static bool scheduler_named(const char *name, uint8_t *number)
{
    for (uint8_t i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(mptcp_schedulers[i]->name, name) == 0) {
            *number = i;
            return true;
        }
    }
    return false;
}

static bool read_choice(struct choice *choice, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        bool alone = true;
        if (strcmp(argv[i], "--quick") == 0) {
            choice->quick = true;
        } else if (strcmp(argv[i], "--show") == 0) {
            choice->show = true;
        } else {
            alone = false;
        }
        if (alone) {
            continue;
        }
        if (strcmp(argv[i], "--scope") == 0) {
            choice->only = value;
        } else if (strcmp(argv[i], "--states") == 0) {
            choice->states = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--depth") == 0) {
            choice->depth = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--start-ssn") == 0) {
            choice->start_ssn = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--faults") == 0) {
            choice->faults = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--scheduler") == 0) {
            if (!scheduler_named(value, &choice->scheduler)) {
                return false;
            }
        } else if (strcmp(argv[i], "--jobs") == 0) {
            choice->jobs = (unsigned)strtoul(value, NULL, 10);
        } else {
            return false;
        }
        i++;
    }
    return choice->jobs > 0 && choice->jobs <= JOBS_MAX;
}

static bool is_chosen(const struct scope *s, const struct choice *choice)
{
    if (choice->only != NULL) {
        return strcmp(s->name, choice->only) == 0;
    }
    return (choice->quick ? s->quick : s->states) != 0;
}

/* A process for a scope: what it says is kept until it has ended. */
static void start(const struct scope *s, const struct choice *choice, struct found *f)
{
    f->said = tmpfile();
    fflush(stdout);
    pid_t pid = fork();
    if (f->said == NULL || pid < 0) {
        perror("explore");
        exit(2);
    }
    if (pid == 0) {
        dup2(fileno(f->said), STDOUT_FILENO);
        explore(s, choice, &f->result);
        fflush(stdout);
        _exit(f->result.failed ? 1 : 0);
    }
    f->pid = pid;
}

/* Waits for one of the first n; false if there was none. */
static bool finish_one(struct found *all, unsigned n, struct result *sum)
{
    int status;
    pid_t pid = wait(&status);

    for (unsigned i = 0; i < n && pid > 0; i++) {
        struct found *f = &all[i];
        if (f->pid != pid) {
            continue;
        }
        rewind(f->said);
        for (int c = getc(f->said); c != EOF; c = getc(f->said)) {
            putchar(c);
        }
        fclose(f->said);
        fflush(stdout);
        sum->states += f->result.states;
        sum->depth = f->result.depth > sum->depth ? f->result.depth : sum->depth;
        sum->failed |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    }
    return pid > 0;
}

int main(int argc, char **argv)
{
    struct choice choice = {.depth = 1000, .jobs = 1};
    struct result sum = {0};
    struct found *all = mmap(NULL, SCOPES_MAX * sizeof *all, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned ran = 0;
    unsigned running = 0;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list();
        return 0;
    }
    if (!read_choice(&choice, argc, argv)) {
        usage();
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    for (unsigned i = 0; scope_at(i) != NULL && ran < SCOPES_MAX && all != MAP_FAILED; i++) {
        if (!is_chosen(scope_at(i), &choice)) {
            continue;
        }
        if (running == choice.jobs) {
            finish_one(all, ran, &sum);
            running--;
        }
        start(scope_at(i), &choice, &all[ran++]);
        running++;
    }
    while (finish_one(all, ran, &sum)) {
    }
    if (ran == 0) {
        fprintf(stderr, "explore: no such scope; see --list\n");
        return 2;
    }
    printf("%u scopes, %llu states, depth %u%s\n", ran, (unsigned long long)sum.states, sum.depth,
           sum.failed ? ": FAILED" : "");
    return sum.failed ? 1 : 0;
}

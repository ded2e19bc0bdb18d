/*
 * measure.c - see measure.h.
 */
#include "measure.h"

#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct measurement {
    struct spec spec;
    struct measured result;
};

static struct {
    struct measurement *all;
    unsigned n;
    unsigned max;
    unsigned known; /* those before are measured */
} book;

unsigned measure_want(const struct spec *spec)
{
    for (unsigned i = 0; i < book.n; i++) {
        if (memcmp(&book.all[i].spec, spec, sizeof *spec) == 0) {
            return i;
        }
    }
    if (book.n == book.max) {
        book.max = 2 * book.max + 64;
        book.all = realloc(book.all, book.max * sizeof *book.all);
        if (book.all == NULL) {
            perror("realloc");
            exit(2);
        }
    }
    book.all[book.n] = (struct measurement){.spec = *spec};
    return book.n++;
}

unsigned measure_count(void)
{
    return book.n;
}

const struct measured *measure_get(unsigned number)
{
    return &book.all[number].result;
}

struct batch {
    unsigned phases;
    struct outcome *outcomes; /* 2 * phases for each that is not known */
};

/* Up and down at each phase. */
static void run_one(void *arg, unsigned i)
{
    const struct batch *b = arg;
    unsigned each = 2 * b->phases;
    const struct spec *spec = &book.all[book.known + i / each].spec;
    unsigned phase = i % each / 2;

    transfer_run(spec, i % 2 != 0, phase * TICKS_US / b->phases, &b->outcomes[i]);
}

static void sum_up(struct measurement *m, const struct outcome *runs, unsigned n)
{
    struct measured *r = &m->result;
    double bits = (double)m->spec.size * 8;

    for (unsigned i = 0; i < n; i++) {
        if (runs[i].us == 0) {
            *r = (struct measured){.failed = true};
            return;
        }
        double mbit = bits / (double)runs[i].us;
        r->mbit += mbit / n;
        r->low = i == 0 || mbit < r->low ? mbit : r->low;
        r->seconds += (double)runs[i].us / SECOND_US / n;
        r->again += (double)runs[i].again / (double)m->spec.size / n;
    }
}

bool measure_all(unsigned phases, unsigned jobs)
{
    unsigned each = 2 * phases;
    unsigned n = (book.n - book.known) * each;
    struct batch b = {.phases = phases, .outcomes = workers_shared(n, sizeof(struct outcome))};

    bool well = workers_run(n, jobs, run_one, &b);
    for (unsigned i = 0; i < n / each; i++) {
        sum_up(&book.all[book.known + i], &b.outcomes[i * each], each);
    }
    workers_unshare(b.outcomes, n, sizeof(struct outcome));
    book.known = book.n;
    return well;
}

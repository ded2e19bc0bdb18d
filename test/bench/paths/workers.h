/*
 * workers.h - tasks with a process each, some at a time; what they find comes back through memory
 * that they share. So no task depends on how many run beside it, or on what ran before.
 */
#ifndef PATHS_WORKERS_H
#define PATHS_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/* n zeroed elements of `size` octets, shared with all processes begun after it. Exits with 2 if
 * there is no memory. */
void *workers_shared(size_t n, size_t size);
void workers_unshare(void *shared, size_t n, size_t size);

/*
 * Calls task(arg, i) for each i below n in a process of its own, at most `jobs` at a time, and says
 * on standard error how far it is. False if one of them ended badly; the others are run all the
 * same.
 */
bool workers_run(unsigned n, unsigned jobs, void (*task)(void *arg, unsigned i), void *arg);

#endif

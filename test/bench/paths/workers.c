/*
 * workers.c - see workers.h.
 */
#define _DEFAULT_SOURCE
#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_up(const char *why)
{
    perror(why);
    exit(2);
}

void *workers_shared(size_t n, size_t size)
{
    void *p = mmap(NULL, n * size + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        give_up("mmap");
    }
    return p;
}

void workers_unshare(void *shared, size_t n, size_t size)
{
    munmap(shared, n * size + 1);
}

static void progress(unsigned done, unsigned n)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%u of %u runs%s", done, n, done == n ? "\r\033[K" : "");
    } else if (n >= 100 && done * 10 / n != (done - 1) * 10 / n) {
        fprintf(stderr, "%u of %u runs\n", done, n);
    }
}

static void begin(void (*task)(void *arg, unsigned i), void *arg, unsigned i)
{
    pid_t pid = fork();
    if (pid < 0) {
        give_up("fork");
    }
    if (pid == 0) {
        task(arg, i);
        fflush(NULL);
        _exit(0);
    }
}

bool workers_run(unsigned n, unsigned jobs, void (*task)(void *arg, unsigned i), void *arg)
{
    unsigned begun = 0;
    bool well = true;

    fflush(NULL);
    for (unsigned done = 0; done < n; done++) {
        while (begun < n && begun - done < jobs) {
            begin(task, arg, begun++);
        }
        int status = 0;
        if (wait(&status) < 0) {
            give_up("wait");
        }
        well &= status == 0;
        progress(done + 1, n);
    }
    return well;
}

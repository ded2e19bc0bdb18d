/*
 * options.c - the command line of the demo.
 */
#define _DEFAULT_SOURCE 1

#include "demo.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

static const char help[] =
    "usage: demo [--seed N] [--size MIB] [--pcapng FILE] [--svg FILE] [--fast]\n"
    "\n"
    "A transfer between two lwIP ends over two emulated paths, in virtual time: 20 Mbit/s\n"
    "with 20 ms RTT and 10 Mbit/s with 80 ms. The first path is cut at a third of the\n"
    "transfer and restored at two thirds. No privilege is needed.\n"
    "\n"
    "  --seed N       another run; the same seed gives the same one (1)\n"
    "  --size MIB     how much is transferred, 1 to 1024 (32)\n"
    "  --pcapng FILE  the capture, as the client sees it (build/demo.pcapng)\n"
    "  --svg FILE     the picture: throughput per path over time (build/demo.svg)\n"
    "  --fast         on a terminal, do not slow down for the eye\n"
    "  --help         this\n"
    "\n"
    "Exit status: 0 every byte arrived, 1 not, 2 usage, or a file that can't be written.\n";

static int usage(const char *option, const char *why)
{
    fprintf(stderr, "demo: %s%s; see demo --help\n", option, why);
    return 2;
}

/* Digits only: no sign, no space, no suffix. */
static bool number(const char *text, uint64_t *value)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == 0;
}

static int refuse(int c, char **argv)
{
    fprintf(stderr, "demo: %s %s; see demo --help\n", argv[optind - 1],
            c == ':' ? "wants a value" : "is not an option");
    return 2;
}

int demo_options(int argc, char **argv, struct demo_options *o)
{
    static const struct option names[] = {{"seed", required_argument, NULL, 's'},
                                          {"size", required_argument, NULL, 'z'},
                                          {"pcapng", required_argument, NULL, 'p'},
                                          {"svg", required_argument, NULL, 'v'},
                                          {"fast", no_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, ":", names, NULL)) != -1) {
        switch (c) {
        case 's':
            if (!number(optarg, &o->seed)) {
                return usage("--seed", " wants a whole number");
            }
            break;
        case 'z':
            if (!number(optarg, &o->size) || o->size == 0 || o->size > DEMO_MIB_MAX) {
                return usage("--size", " wants 1 to 1024 MiB");
            }
            o->size <<= 20;
            break;
        case 'p':
            o->capture = optarg;
            break;
        case 'v':
            o->chart = optarg;
            break;
        case 'f':
            o->fast = true;
            break;
        case 'h':
            fputs(help, stdout);
            return -1;
        default:
            return refuse(c, argv);
        }
    }
    return optind == argc ? 0 : usage(argv[optind], " is one argument too many");
}

/*
 * main.c - starts lwIP and its thread, and runs the tests over it.
 */
#include "threads.h"

#include "lwip/sys.h"
#include "lwip/tcpip.h"

static uint16_t last_port = 5000;

uint16_t port(void)
{
    return last_port;
}

int threads_begin(void **state)
{
    (void)state;
    last_port++;
    for (unsigned i = 0; i < EXAMPLE_PATHS; i++) {
        example_net_cut(i, false);
    }
    return 0;
}

struct mptcpl_stream *serve(uint8_t backlog)
{
    err_t err;
    struct mptcpl_stream *listener =
        mptcpl_stream_listen(NULL, example_server(), port(), backlog, &err);

    assert_int_equal(ERR_OK, err);
    mptcpl_stream_timeout(listener, LIMIT_MS);
    return listener;
}

struct mptcpl_stream *dial(void)
{
    struct mptcpl_stream_options options;
    err_t err;

    mptcpl_stream_options_init(&options);
    options.setup = example_use_paths;
    struct mptcpl_stream *s =
        mptcpl_stream_connect(&options, example_server(), port(), LIMIT_MS, &err);
    assert_int_equal(ERR_OK, err);
    mptcpl_stream_timeout(s, LIMIT_MS);
    return s;
}

void pair_open(struct pair *p)
{
    err_t err;

    p->listener = serve(4);
    p->client = dial();
    p->server = mptcpl_stream_accept(p->listener, &err);
    assert_int_equal(ERR_OK, err);
    mptcpl_stream_timeout(p->server, LIMIT_MS);
}

void pair_close(struct pair *p)
{
    if (p->client != NULL) {
        mptcpl_stream_close(p->client);
    }
    if (p->server != NULL) {
        mptcpl_stream_close(p->server);
    }
    mptcpl_stream_close(p->listener);
}

void fill(uint8_t *to, unsigned which, uint32_t at, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        to[i] = (uint8_t)((at + i) * 2654435761u >> 24) ^ (uint8_t)(which * 37);
    }
}

struct asked {
    struct mptcpl_stream *stream;
    unsigned subflows;
};

static err_t count(void *arg)
{
    struct asked *a = arg;
    struct mptcp_conn_report report;
    struct mptcpl_pcb *pcb = mptcpl_stream_pcb(a->stream);

    if (pcb != NULL) {
        mptcpl_info(pcb, &report);
        a->subflows = report.subflows;
    }
    return ERR_OK;
}

unsigned subflows(struct mptcpl_stream *stream)
{
    struct asked a = {stream, 0};
    assert_int_equal(ERR_OK, mptcpl_call(count, &a));
    return a.subflows;
}

static void on_started(void *arg)
{
    LWIP_ASSERT("no memory", mptcpl_threads_init(&example_port) == ERR_OK);
    example_net_begin(mptcpl_threads_input);
    sys_sem_signal(arg);
}

/* An argument is a pattern of test names: only those are run. */
int main(int argc, char **argv)
{
    sys_sem_t started;
    int failed = 0;

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    if (sys_sem_new(&started, 0) != ERR_OK) {
        return 1;
    }
    tcpip_init(on_started, &started);
    sys_arch_sem_wait(&started, 0);
    failed += test_timer(); /* first: it begins with an lwIP that has nothing to do */
    failed += test_streams();
    failed += test_ends();
    failed += test_beside();
    return failed != 0;
}

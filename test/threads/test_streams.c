/*
 * test_streams.c - threads that talk over MPTCP, several at a time.
 */
#include "threads.h"

#include "lwip/sys.h"

#include <pthread.h>
#include <string.h>

#define TALKERS 6u
#define EACH (512u * 1024)
#define BLOCK 4096u

/* One connection with two threads at each end: what one writes is read by another. */
struct talk {
    struct mptcpl_stream *stream;
    unsigned out; /* which sequence it writes */
    unsigned in;  /* ... and reads */
    uint32_t written;
    uint32_t read;
    bool wrong;
    bool stays; /* both directions remain open behind the last octet */
    pthread_t writer;
    pthread_t reader;
};

/* Threads report by values: CMocka's assertions are for the thread of the test. */
static void *writes(void *arg)
{
    struct talk *t = arg;
    uint8_t block[BLOCK];

    while (t->written < EACH) {
        fill(block, t->out, t->written, BLOCK);
        if (mptcpl_stream_write(t->stream, block, BLOCK) != ERR_OK) {
            return NULL;
        }
        t->written += BLOCK;
    }
    if (!t->stays) {
        mptcpl_stream_shutdown(t->stream);
    }
    return NULL;
}

static void *reads(void *arg)
{
    struct talk *t = arg;
    uint8_t block[BLOCK];
    uint8_t right[BLOCK];
    int32_t n = 0;

    while ((!t->stays || t->read < EACH) && (n = mptcpl_stream_read(t->stream, block, BLOCK)) > 0) {
        fill(right, t->in, t->read, (uint32_t)n);
        t->wrong |= memcmp(block, right, (size_t)n) != 0;
        t->read += (uint32_t)n;
    }
    t->wrong |= n < 0;
    return NULL;
}

static void prepare(struct talk *t, struct mptcpl_stream *stream, unsigned out, unsigned in)
{
    memset(t, 0, sizeof *t);
    t->stream = stream;
    t->out = out;
    t->in = in;
}

static void start(struct talk *t)
{
    assert_int_equal(0, pthread_create(&t->writer, NULL, writes, t));
    assert_int_equal(0, pthread_create(&t->reader, NULL, reads, t));
}

static void begin(struct talk *t, struct mptcpl_stream *stream, unsigned out, unsigned in)
{
    prepare(t, stream, out, in);
    start(t);
}

static void is_good(struct talk *t)
{
    pthread_join(t->writer, NULL);
    pthread_join(t->reader, NULL);
    assert_int_equal(EACH, t->written);
    assert_int_equal(EACH, t->read);
    assert_false(t->wrong);
}

static void given_many_threads_when_all_talk_at_once_then_each_gets_its_own_octets(void **state)
{
    static struct talk client[TALKERS];
    static struct talk server[TALKERS];
    struct mptcpl_stream *listener = serve(TALKERS);
    struct mptcpl_stream *dialled[TALKERS];
    err_t err;

    (void)state;
    for (unsigned i = 0; i < TALKERS; i++) {
        dialled[i] = dial();
        struct mptcpl_stream *accepted = mptcpl_stream_accept(listener, &err);
        assert_int_equal(ERR_OK, err);
        begin(&server[i], accepted, 2 * i, 2 * i + 1);
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        begin(&client[i], dialled[i], 2 * i + 1, 2 * i);
    }
    for (unsigned i = 0; i < TALKERS; i++) {
        is_good(&client[i]);
        is_good(&server[i]);
        mptcpl_stream_close(client[i].stream);
        mptcpl_stream_close(server[i].stream);
    }
    mptcpl_stream_close(listener);
}

static bool has_both(struct mptcpl_stream *s)
{
    for (unsigned i = 0; i < LIMIT_MS / 10 && subflows(s) < 2; i++) {
        sys_msleep(10);
    }
    return subflows(s) == 2;
}

static void given_two_paths_when_one_goes_dark_then_threads_read_on_over_the_other(void **state)
{
    static struct talk client;
    static struct talk server;
    struct pair p;
    uint8_t octet = 1;

    (void)state;
    pair_open(&p);
    assert_int_equal(ERR_OK, mptcpl_stream_write(p.client, &octet, 1));
    assert_int_equal(1, mptcpl_stream_read(p.server, &octet, 1));
    assert_true(has_both(p.client));
    example_net_cut(0, true);
    begin(&server, p.server, 1, 2);
    begin(&client, p.client, 2, 1);
    is_good(&client);
    is_good(&server);
    pair_close(&p);
}

static void
given_a_transfer_when_another_thread_asks_for_statistics_then_they_are_whole(void **state)
{
    static struct talk client;
    static struct talk server;
    struct pair p;

    (void)state;
    pair_open(&p);
    prepare(&server, p.server, 1, 2);
    prepare(&client, p.client, 2, 1);
    server.stays = client.stays = true;
    start(&server);
    start(&client);
    for (unsigned i = 0; i < 200; i++) {
        assert_in_range(subflows(p.client), 1, 2);
    }
    is_good(&client);
    is_good(&server);
    pair_close(&p);
}

/* The reader's window and both buffers are full long before. */
static void given_a_reader_that_is_slow_then_the_writer_waits_and_nothing_is_lost(void **state)
{
    static struct talk client;
    static struct talk server;
    static uint8_t much[4u << 20];
    struct pair p;

    (void)state;
    pair_open(&p);
    mptcpl_stream_timeout(p.client, 300);
    assert_int_equal(ERR_TIMEOUT, mptcpl_stream_write(p.client, much, sizeof much));
    mptcpl_stream_abort(p.client);
    p.client = NULL;
    pair_close(&p);

    threads_begin(NULL);
    pair_open(&p);
    prepare(&client, p.client, 0, 1);
    assert_int_equal(0, pthread_create(&client.writer, NULL, writes, &client));
    sys_msleep(300);
    begin(&server, p.server, 1, 0);
    pthread_join(client.writer, NULL);
    assert_int_equal(EACH, client.written);
    reads(&client);
    is_good(&server);
    assert_int_equal(EACH, client.read);
    assert_false(client.wrong);
    pair_close(&p);
}

int test_streams(void)
{
    const struct CMUnitTest tests[] = {
        threaded(given_many_threads_when_all_talk_at_once_then_each_gets_its_own_octets),
        threaded(given_two_paths_when_one_goes_dark_then_threads_read_on_over_the_other),
        threaded(given_a_transfer_when_another_thread_asks_for_statistics_then_they_are_whole),
        threaded(given_a_reader_that_is_slow_then_the_writer_waits_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

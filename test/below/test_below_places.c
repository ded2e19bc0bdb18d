/*
 * test_below_places.c - how sockets, and streams that are due or touched, are found.
 */
#include "parts_test.h"

/* -------------------------------------------------------------- sockets, and times */

/* checks: none */
static void given_sockets_that_come_and_go_then_each_is_found_and_no_other(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);
    static uint32_t of[2 * STREAMS]; /* by socket / 16; 0: not entered */
    unsigned entered = 0;

    for (unsigned round = 0; round < 50000; round++) {
        uint32_t i = draw(2 * STREAMS);
        below_socket socket = (below_socket)i * 16; /* as addresses are */
        uint32_t what = 0;
        bool found = bl_socket_find(b, socket, &what);
        assert_int_equal(of[i] != 0, found);
        if (found) {
            assert_int_equal(of[i], what);
            bl_socket_forget(b, socket);
            of[i] = 0;
            entered--;
        } else if (entered < 2 * STREAMS - 10) {
            of[i] = round + 1;
            bl_socket_enter(b, socket, of[i]);
            entered++;
        }
    }
    assert_false(bl_socket_find(b, BELOW_NO_SOCKET, &of[0]));
    free(memory);
}

static mptcp_time first_of(const struct below *b)
{
    mptcp_time first = MPTCP_NEVER;

    for (unsigned i = 0; i < STREAMS; i++) {
        first = b->streams[i].due < first ? b->streams[i].due : first;
    }
    return first;
}

/* checks: none */
static void given_streams_that_are_due_then_the_first_one_is_found(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);

    for (unsigned round = 0; round < 20000; round++) {
        struct bl_stream *s = &b->streams[draw(STREAMS)];
        bl_set_due(b, s, draw(3) == 0 ? MPTCP_NEVER : draw(1000));
        const struct bl_stream *first = bl_first_due(b);
        assert_int_equal(first_of(b), first == NULL ? MPTCP_NEVER : first->due);
    }
    free(memory);
}

/* checks: none */
static void given_touched_streams_then_each_is_taken_once_and_no_other(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(STREAMS, &memory);

    assert_null(bl_take_touched(b));
    bl_touch(b, &b->streams[7]);
    bl_touch(b, &b->streams[3]);
    bl_touch(b, &b->streams[7]);
    assert_ptr_equal(&b->streams[7], bl_take_touched(b));
    b->streams[3].busy = 1;
    bl_touch(b, &b->streams[7]);
    assert_ptr_equal(&b->streams[3], bl_take_touched(b));
    bl_touch(b, &b->streams[3]); /* whoever works on it will see */
    assert_int_equal(1, b->streams[3].again);
    assert_ptr_equal(&b->streams[7], bl_take_touched(b));
    assert_null(bl_take_touched(b));
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_sockets_that_come_and_go_then_each_is_found_and_no_other),
        cmocka_unit_test(given_streams_that_are_due_then_the_first_one_is_found),
        cmocka_unit_test(given_touched_streams_then_each_is_taken_once_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

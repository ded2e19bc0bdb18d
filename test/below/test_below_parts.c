/*
 * test_below_parts.c - the parts of the streams that hold octets, each against a simple model
 * of it.
 */
#include "parts_test.h"

/* ------------------------------------------------------------- the receive buffer */

static uint8_t octet_at(uint32_t at)
{
    return (uint8_t)(at * 31u + (at >> 8) * 7u);
}

/* Puts octets from `at` on; those from places that were filled before must not be written again, so
 * these are wrong on purpose. */
static void come(struct below *b, struct bl_stream *s, uint8_t *had, uint32_t base, uint32_t at,
                 uint32_t n)
{
    uint8_t octets[BUFFER];

    for (uint32_t i = 0; i < n; i++) {
        octets[i] = (uint8_t)(octet_at(at + i) ^ (had[(at + i) % (2 * BUFFER)] ? 0xff : 0));
    }
    bl_buffer_put(b, s, at - base, octets, n);
    for (uint32_t i = 0; i < n; i++) {
        had[(at + i) % (2 * BUFFER)] = 1;
    }
}

/* checks: D-6 */
static void given_octets_in_any_order_and_twice_then_the_first_copy_of_each_is_read(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);
    static uint8_t had[2 * BUFFER]; /* by place modulo its size */
    uint8_t out[BUFFER];
    uint32_t delivered = 0;
    uint32_t read = 0;

    s->early = UINT32_MAX; /* so that the connection, which is not open, is not told */
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t room = bl_buffer_room(b, s);
        uint32_t at = draw(4) == 0 ? 0 : draw(room + 1);
        uint32_t n = draw(3) == 0 ? draw(room - at + 1) : draw(40);
        come(b, s, had, delivered, delivered + at, n < room - at ? n : room - at);

        uint32_t front = 0;
        while (front < bl_buffer_room(b, s) && had[(delivered + front) % (2 * BUFFER)]) {
            front++;
        }
        assert_int_equal(front, s->front);
        n = draw(front + 1);
        bl_buffer_deliver(s, n);
        memset(out, 0, sizeof out);
        for (uint32_t i = 0; i < n; i++) {
            had[(delivered + i) % (2 * BUFFER)] = 0;
        }
        delivered += n;
        assert_int_equal(delivered - read, bl_buffer_waiting(s));
        n = bl_buffer_take(b, s, out, draw(BUFFER), 1);
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(octet_at(read + i), out[i]);
        }
        read += n;
    }
    assert_true(read > 100 * BUFFER);
    free(memory);
}

/* checks: none */
static void given_a_gap_then_what_is_asked_for_ends_where_octets_are_there(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);
    uint8_t octets[300] = {0};
    uint32_t n = 1000;

    assert_ptr_equal(s->rcv, bl_buffer_gap(b, s, 0, &n));
    assert_int_equal(1000, n);
    bl_buffer_put(b, s, 100, octets, 200);
    assert_ptr_equal(s->rcv, bl_buffer_gap(b, s, 0, &n));
    assert_int_equal(100, n);
    n = 1000;
    assert_null(bl_buffer_gap(b, s, 150, &n));
    assert_int_equal(150, n);
    n = BUFFER - 300;
    assert_ptr_equal(s->rcv + 300, bl_buffer_gap(b, s, 300, &n));
    assert_int_equal(BUFFER - 300, n);
    bl_buffer_put(b, s, 0, octets, 100);
    assert_int_equal(300, s->front);
    assert_int_equal(0, s->ahead);
    free(memory);
}

/* ------------------------------------------------------------ queues of subflows */

/* Reads n octets of the queue's subflow into it; returns how many fitted. */
static uint32_t fill(struct below *b, struct bl_stream *s, struct bl_queue *q, uint32_t n)
{
    uint32_t done = 0;

    while (done < n) {
        uint32_t space;
        uint8_t *to = bl_queue_end(b, s, q, &space);
        if (to == NULL) {
            break;
        }
        uint32_t part = n - done < space ? n - done : space;
        for (uint32_t i = 0; i < part; i++) {
            to[i] = octet_at(q->base.v + q->length + i);
        }
        bl_queue_added(b, s, q, part);
        done += part;
    }
    return done;
}

static void compare(struct below *b, struct bl_stream *s, const struct bl_queue *q)
{
    uint32_t run;

    for (uint32_t at = 0; at < q->length; at += run) {
        const uint8_t *octets = bl_queue_at(b, s, q, mptcp_ssn_add(q->base, at), &run);
        assert_non_null(octets);
        for (uint32_t i = 0; i < run; i++) {
            assert_int_equal(octet_at(q->base.v + at + i), octets[i]);
        }
    }
    assert_null(bl_queue_at(b, s, q, mptcp_ssn_add(q->base, q->length), &run));
    assert_null(bl_queue_at(b, s, q, mptcp_ssn_of(q->base.v - 1), &run));
}

/* checks: none */
static void
given_queues_that_grow_and_shrink_then_their_octets_stay_and_no_chunk_is_lost(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);

    for (unsigned round = 0; round < 5000; round++) {
        struct bl_queue *q = &s->places[draw(bl_places(b))].queue;
        (void)fill(b, s, q, draw(1500));
        compare(b, s, q);
        bl_queue_drop(b, s, q, mptcp_ssn_add(q->base, draw(1600)));
        compare(b, s, q);
    }
    for (unsigned i = 0; i < bl_places(b); i++) {
        bl_queue_drop_all(b, s, &s->places[i].queue);
        assert_int_equal(0, s->places[i].queue.chunks);
    }
    assert_int_equal(b->chunks, s->free_chunks);
    free(memory);
}

/* checks: none, law 4 */
static void given_one_subflow_that_took_all_it_can_then_another_can_have_a_mapping(void **state)
{
    (void)state;
    void *memory;
    struct below *b = make(1, &memory);
    struct bl_stream *s = bl_stream_take(b);

    uint32_t most = fill(b, s, &s->places[0].queue, UINT32_MAX);
    assert_true(most >= BUFFER);
    for (unsigned i = 1; i < bl_places(b); i++) {
        assert_true(fill(b, s, &s->places[i].queue, UINT32_MAX) >= BUFFER + b->chunk);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_octets_in_any_order_and_twice_then_the_first_copy_of_each_is_read),
        cmocka_unit_test(given_a_gap_then_what_is_asked_for_ends_where_octets_are_there),
        cmocka_unit_test(
            given_queues_that_grow_and_shrink_then_their_octets_stay_and_no_chunk_is_lost),
        cmocka_unit_test(given_one_subflow_that_took_all_it_can_then_another_can_have_a_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * arguments_test.h - calls that a host makes by mistake. Each is one line:
 *
 *   REFUSED(code, function, arguments...)    it returns the code
 *   ANSWERS(value, function, arguments...)   it cannot fail, and returns the value
 *   IGNORED(function, arguments...)          it returns nothing
 *
 * After each the connection's block is octet by octet what it was. test/tools/arguments.sh looks
 * for every function of the public headers in such lines.
 */
#ifndef ARGUMENTS_TEST_H
#define ARGUMENTS_TEST_H

#include "bugs_test.h"

/* A connection, and what it was before the calls. */
struct caller {
    struct mptcp_conn *c;
    size_t size;
    uint8_t before[CORE_BLOCK];
    bool other; /* in a state of its own, which may be the reason as well */
};

static inline void watch(struct caller *w, struct mptcp_conn *c)
{
    w->c = c;
    w->size = CORE_BLOCK;
    w->other = false;
    memcpy(w->before, c, w->size);
}

static inline void unchanged_by(const struct caller *w, const char *call, int line)
{
    if (w->c != NULL && memcmp(w->before, w->c, w->size) != 0) {
        print_error("line %d: %s has changed the block\n", line, call);
        fail();
    }
}

static inline void returned(const struct caller *w, const char *call, int line, int64_t expected,
                            int64_t result)
{
    if (w->other ? result >= 0 : result != expected) {
        print_error("line %d: %s returned %lld and not %lld\n", line, call, (long long)result,
                    (long long)expected);
        fail();
    }
    unchanged_by(w, call, line);
}

#define REFUSED(code, function, ...) \
    returned(w, #function, __LINE__, MPTCP_E_##code, function(__VA_ARGS__))
#define ANSWERS(value, function, ...)                  \
    do {                                               \
        assert_true(function(__VA_ARGS__) == (value)); \
        unchanged_by(w, #function, __LINE__);          \
    } while (0)
#define ANSWERS_DSN(value, function, ...)                \
    do {                                                 \
        assert_true((value) == function(__VA_ARGS__).v); \
        unchanged_by(w, #function, __LINE__);            \
    } while (0)
#define IGNORED(function, ...)                \
    do {                                      \
        function(__VA_ARGS__);                \
        unchanged_by(w, #function, __LINE__); \
    } while (0)

#endif

/*
 * bench_tokens.c - what a look-up of a token costs with a thousand and with a million connections.
 *
 * Two measures. Slots looked at are what the algorithm costs: they are counted by a model that
 * walks the endpoint's own table, and that has to find what the endpoint finds. Nanoseconds are
 * what the machine makes of it: of a table that is larger than its caches every first touch
 * costs a miss, so beside each look-up stands a plain load of a slot of the same table, of its
 * own. Each hit waits for the one before it, so that no misses of the cache
 * overlap; of what finds nothing the processor guesses the end, and they overlap, as the loads
 * beside them do. All sizes take turns, the best round of each counts.
 *
 * Exit status 1 if look-ups look at 1.5 times as many slots in the mean as with the least size, or
 * as they should where a peer has chosen which connections to keep.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mptcp/crypto.h"
#include "mptcp/endpoint.h"
#include "tables/tables.h"

#define ROUNDS 7u
#define QUERIES 0x40000u
#define SIZES 4u
#define MOST 1000000u
#define POOL (2 * MOST)
#define CHURN (3 * MOST)
#define LIMIT 1.5

static const uint32_t sizes[SIZES] = {1000, 10000, 100000, MOST};

/* Tokens of connections, now and later. */
static uint32_t pool[POOL];
static uint32_t absent[QUERIES];
static uint32_t chosen[QUERIES];

enum job { FIND_HIT, FIND_MISS, SYN_HIT, SYN_MISS, CHANGE, JOBS };
static const char *const job_names[JOBS] = {"find, there", "find, not there", "JOIN, there",
                                            "JOIN, not there", "remove and add"};

struct probes {
    double mean;
    uint32_t max;
};

struct host {
    struct mptcp_endpoint *e;
    const struct mptcp_tokens *head; /* with it the endpoint's block begins */
    const struct mptcp_token_slot *table;
    uint32_t *tokens; /* of the pool: n of connections, then those that are free */
    uint32_t *hits;
    uint32_t n;
    uint32_t slots;
    double ns[JOBS];
    double plain[JOBS];
};

static struct host hosts[SIZES];

/* Always 0, which the compiler does not know: makes one look-up wait for the one before. */
static volatile uint32_t nothing;
static volatile uint64_t sink;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench_tokens: %s\n", what);
    exit(1);
}

static void *need(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (p == NULL) {
        fail("no memory");
    }
    return p;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t draw(void)
{
    static uint64_t x = 0x9e3779b97f4a7c15u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)((draw() >> 32) * n >> 32);
}

static struct mptcp_endpoint *endpoint_for(uint32_t n, uint32_t *slots)
{
    for (*slots = 2; *slots < 2 * n; *slots *= 2) {
    }
    size_t size = MPTCP_ENDPOINT_SIZE(*slots);
    struct mptcp_endpoint *e = mptcp_endpoint_init(need(size, 1), size, *slots);
    if (e == NULL || mptcp_endpoint_seed(e, draw()) != MPTCP_OK) {
        fail("no endpoint");
    }
    return e;
}

/* Keys as a host makes them, no two with one token; and tokens that none of them has. */
static void make_tokens(void)
{
    uint32_t slots;
    uint32_t conn;
    struct mptcp_endpoint *all = endpoint_for(POOL, &slots);
    for (uint32_t i = 0; i < POOL;) {
        uint64_t entropy = draw();
        uint64_t key;
        uint8_t octets[8];
        memcpy(octets, &entropy, sizeof octets);
        if (mptcp_endpoint_key(all, octets, &key, &pool[i]) == MPTCP_OK) {
            mptcp_endpoint_add(all, pool[i], i);
            i++;
        }
    }
    for (uint32_t i = 0; i < QUERIES;) {
        absent[i] = (uint32_t)(draw() >> 16);
        i += mptcp_endpoint_find(all, absent[i], &conn) != MPTCP_OK;
    }
    free(all);
}

static void make_empty(struct host *h, uint32_t n)
{
    h->n = n;
    h->e = endpoint_for(n, &h->slots);
    h->head = (const struct mptcp_tokens *)(const void *)h->e;
    h->table = (const struct mptcp_token_slot *)(const void *)((const uint8_t *)(h->e) +
                                                               MPTCP_ENDPOINT_FIXED);
}

static void make_host(struct host *h, uint32_t n)
{
    make_empty(h, n);
    h->tokens = need(POOL, sizeof *h->tokens);
    h->hits = need(QUERIES, sizeof *h->hits);
    memcpy(h->tokens, pool, sizeof pool);
    for (uint32_t i = 0; i < n; i++) {
        if (mptcp_endpoint_add(h->e, h->tokens[i], i) != MPTCP_OK) {
            fail("a token cannot be added");
        }
    }
    for (unsigned j = 0; j < JOBS; j++) {
        h->ns[j] = h->plain[j] = 1e12;
    }
}

/* The model: slots looked at until the token or a free slot is found. */
static uint32_t walk(const struct host *h, uint32_t token, uint32_t *conn)
{
    uint32_t probes = 1;
    uint32_t i = mptcp_token_home(h->head, token);
    while (h->table[i].conn != MPTCP_TOKEN_FREE && h->table[i].token != token) {
        i = (i + 1) & (h->slots - 1);
        probes++;
    }
    *conn = h->table[i].conn;
    return probes;
}

static struct probes count(const struct host *h, const uint32_t *tokens, uint32_t n, bool there)
{
    struct probes p = {0, 0};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t model;
        uint32_t conn = MPTCP_TOKEN_FREE;
        uint32_t probes = walk(h, tokens[i], &model);
        bool found = mptcp_endpoint_find(h->e, tokens[i], &conn) == MPTCP_OK;
        if (found != there || conn != model) {
            fail("the endpoint does not find what its table holds");
        }
        sum += probes;
        p.max = probes > p.max ? probes : p.max;
    }
    p.mean = (double)sum / n;
    return p;
}

/* Of any token that one might ask for: a miss that begins in each of the slots. */
static struct probes count_any(const struct host *h)
{
    struct probes p = {0, 0};
    uint64_t sum = 0;
    uint32_t run = 0;
    /* From behind, twice round: what follows the last slot is the first. */
    for (uint32_t i = 2 * h->slots; i-- > 0;) {
        run = h->table[i & (h->slots - 1)].conn == MPTCP_TOKEN_FREE ? 1 : run + 1;
        if (i < h->slots) {
            sum += run;
            p.max = run > p.max ? run : p.max;
        }
    }
    p.mean = (double)sum / h->slots;
    return p;
}

/* One connection ends, and one with any of `spare` other tokens begins. */
static void change(struct host *h, uint32_t spare, uint32_t times)
{
    for (uint32_t k = 0; k < times; k++) {
        uint32_t i = below(h->n);
        uint32_t j = h->n + below(spare);
        uint32_t gone = h->tokens[i];
        if (mptcp_endpoint_remove(h->e, gone) != MPTCP_OK ||
            mptcp_endpoint_add(h->e, h->tokens[j], i) != MPTCP_OK) {
            fail("a connection cannot be replaced by another");
        }
        h->tokens[i] = h->tokens[j];
        h->tokens[j] = gone;
    }
}

/* The loads of it alone: two tokens, two slots. */
static uint64_t change_plain(const struct host *h, uint32_t times)
{
    uint64_t seen = 0;
    for (uint32_t k = 0; k < times; k++) {
        uint32_t gone = h->tokens[below(h->n)];
        uint32_t next = h->tokens[h->n + below(h->n)];
        seen += h->table[gone & (h->slots - 1)].conn;
        seen += h->table[next & (h->slots - 1)].conn;
    }
    return seen;
}

static uint64_t find(const struct host *h, const uint32_t *tokens)
{
    uint32_t none = nothing;
    uint32_t conn = 0;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < QUERIES; i++) {
        seen += (uint32_t)mptcp_endpoint_find(h->e, tokens[i] + (conn & none), &conn);
        seen += conn;
    }
    return seen;
}

static uint64_t find_plain(const struct host *h, const uint32_t *tokens)
{
    uint32_t none = nothing;
    uint32_t mask = h->slots - 1;
    uint32_t conn = 0;
    uint64_t seen = 0;
    if (tokens == absent) {
        for (uint32_t i = 0; i < QUERIES; i++) {
            seen += h->table[tokens[i] & mask].conn;
        }
        return seen;
    }
    for (uint32_t i = 0; i < QUERIES; i++) {
        conn = h->table[(tokens[i] + (conn & none)) & mask].conn;
        seen += conn;
    }
    return seen;
}

static void put_token(uint8_t *p, uint32_t token)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(token >> (24 - 8 * i));
    }
}

/* An MP_JOIN of a SYN: 12 octets, the token in octets 4 to 7 (s3.2). */
static uint64_t join(const struct host *h, const uint32_t *tokens, bool plain)
{
    struct mptcp_option o = {.subtype = MPTCP_JOIN};
    struct mptcp_segment syn = {.tcp_flags = MPTCP_TCP_SYN};
    struct mptcp_options read;
    struct mptcp_syn out = {0};
    uint8_t octets[MPTCP_OPTION_MAX];
    uint32_t none = nothing;
    uint64_t seen = 0;

    o.u.join.form = MPTCP_JOIN_SYN;
    int len = mptcp_option_write(&o, octets, sizeof octets);
    syn.options = octets;
    syn.options_len = (uint16_t)len;
    for (uint32_t i = 0; i < QUERIES; i++) {
        put_token(octets + 4, tokens[i] + (out.conn & none));
        if (plain) {
            mptcp_options_read(octets, (size_t)len, MPTCP_TCP_SYN, &read, NULL);
            uint32_t conn = h->table[read.join.token & (h->slots - 1)].conn;
            seen += conn;
            if (tokens != absent) {
                out.conn = conn;
            }
        } else {
            mptcp_endpoint_on_syn(h->e, &syn, &out);
        }
        seen += out.conn + out.kind;
    }
    return seen;
}

static double time_job(struct host *h, enum job job, bool plain)
{
    bool miss = job == FIND_MISS || job == SYN_MISS;
    const uint32_t *tokens = miss ? absent : h->hits;
    double start = now_ns();
    if (job == CHANGE && plain) {
        sink += change_plain(h, QUERIES);
    } else if (job == CHANGE) {
        change(h, h->n, QUERIES);
    } else if (job == SYN_HIT || job == SYN_MISS) {
        sink += join(h, tokens, plain);
    } else {
        sink += plain ? find_plain(h, tokens) : find(h, tokens);
    }
    return (now_ns() - start) / QUERIES;
}

static void time_all(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned s = 0; s < SIZES; s++) {
            struct host *h = &hosts[s];
            for (uint32_t i = 0; i < QUERIES; i++) {
                h->hits[i] = h->tokens[below(h->n)];
            }
            for (unsigned j = 0; j < JOBS; j++) {
                double ours = time_job(h, (enum job)j, false);
                double plain = time_job(h, (enum job)j, true);
                h->ns[j] = ours < h->ns[j] ? ours : h->ns[j];
                h->plain[j] = plain < h->plain[j] ? plain : h->plain[j];
            }
        }
    }
}

/* Counts and shows; false if one with more connections looks at too many. */
static bool probes_of_all(const char *when)
{
    static const char *const kinds[3] = {"there", "not there", "from any slot"};
    bool good = true;
    printf("slots looked at, %s\n%-16s %12s %10s %10s %8s %10s\n", when, "", "connections", "slots",
           "mean", "max", "of least");
    for (unsigned kind = 0; kind < 3; kind++) {
        double least = 0;
        for (unsigned s = 0; s < SIZES; s++) {
            const struct host *h = &hosts[s];
            struct probes p = kind == 0   ? count(h, h->tokens, h->n, true)
                              : kind == 1 ? count(h, absent, QUERIES, false)
                                          : count_any(h);
            least = s == 0 ? p.mean : least;
            bool few = p.mean <= LIMIT * least;
            printf("%-16s %12u %10u %10.2f %8u %10.2f%s\n", kinds[kind], h->n, h->slots, p.mean,
                   p.max, p.mean / least, few ? "" : "  TOO MANY");
            good = good && few;
        }
    }
    return good;
}

/*
 * Of two million connections that a peer has had it keeps 16384, whose tokens end alike, so as to
 * fill one part of the table, and asks for tokens that end as those do.
 */
static bool probes_if_chosen(void)
{
    static struct host h;
    const uint32_t least = 0x8000 / 16;
    make_empty(&h, 0x4000);
    for (uint32_t i = 0, n = 0; n < h.n && i < POOL; i++) {
        n += (pool[i] & 0x7fff) < least && mptcp_endpoint_add(h.e, pool[i], i) == MPTCP_OK;
    }
    uint32_t asked = 0;
    for (uint32_t i = 0; i < QUERIES; i++) {
        if ((absent[i] & 0x7fff) < least) {
            chosen[asked++] = absent[i];
        }
    }
    struct probes p = count(&h, chosen, asked, false);
    bool few = p.mean <= LIMIT * 2.5; /* of random tokens in half of the slots */
    printf("slots looked at, tokens chosen by a peer\n%-16s %12u %10u %10.2f %8u%s\n", "not there",
           h.n, h.slots, p.mean, p.max, few ? "" : "  TOO MANY");
    free(h.e);
    return few;
}

static void show_times(void)
{
    printf("time\n%-16s %12s %10s %10s %8s %10s %10s\n", "", "connections", "ns", "plain ns",
           "ratio", "of least", "plain");
    for (unsigned j = 0; j < JOBS; j++) {
        for (unsigned s = 0; s < SIZES; s++) {
            const struct host *h = &hosts[s];
            printf("%-16s %12u %10.1f %10.1f %8.2f %10.2f %10.2f\n", job_names[j], h->n, h->ns[j],
                   h->plain[j], h->ns[j] / h->plain[j], h->ns[j] / hosts[0].ns[j],
                   h->plain[j] / hosts[0].plain[j]);
        }
    }
    printf(
        "\"plain\" loads one slot of the same table (two for remove and add; for a JOIN it reads\n"
        "the options too): what it is slower by with more connections is memory and no search.\n");
}

int main(void)
{
    make_tokens();
    for (unsigned s = 0; s < SIZES; s++) {
        make_host(&hosts[s], sizes[s]);
    }
    bool good = probes_of_all("new tables");
    for (unsigned s = 0; s < SIZES; s++) {
        change(&hosts[s], POOL - sizes[s], CHURN);
    }
    good = probes_of_all("after three million connections more") && good;
    good = probes_if_chosen() && good;
    time_all();
    show_times();
    for (unsigned s = 0; s < SIZES; s++) {
        free(hosts[s].e);
        free(hosts[s].tokens);
        free(hosts[s].hits);
    }
    return good ? 0 : 1;
}

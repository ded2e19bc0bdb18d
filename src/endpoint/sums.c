/*
 * sums.c - a ring of the sums of a subflow's mappings, in the order of SSNs.
 *
 * Mappings follow each other without a gap, so each ends where the next one begins, and the last
 * one at `next`. mptcp_sums_add moves `next` and `count`, mptcp_sums_acked `first` and `count`;
 * `next` as well where octets are acknowledged that were never added.
 */
#include "mptcp/sums.h"

#include "mptcp/option.h"

#define SUMS_MAX 65535u

struct kept {
    mptcp_ssn ssn; /* of the first octet of the mapping */
    uint16_t sum;  /* of all its octets, folded */
    uint16_t zero;
};

struct mptcp_sums {
    mptcp_ssn next;
    uint32_t size;  /* of the ring */
    uint32_t first; /* place of the oldest one */
    uint32_t count;
};

_Static_assert(sizeof(struct mptcp_sums) == MPTCP_SUMS_SIZE(0u), "MPTCP_SUMS_SIZE");
_Static_assert(sizeof(struct kept) == MPTCP_SUMS_SIZE(1u) - MPTCP_SUMS_SIZE(0u), "MPTCP_SUMS_SIZE");

/* Returns the i-th mapping, counted from the oldest one on. */
static struct kept *kept_at(const struct mptcp_sums *t, uint32_t i)
{
    uint32_t place = t->first + i;
    struct kept *ring = (struct kept *)(uintptr_t)(t + 1);

    return ring + (place < t->size ? place : place - t->size);
}

/* Returns the SSN after the i-th mapping. */
static mptcp_ssn end_of(const struct mptcp_sums *t, uint32_t i)
{
    return i + 1 < t->count ? kept_at(t, i + 1)->ssn : t->next;
}

struct mptcp_sums *mptcp_sums_init(void *mem, size_t size, unsigned mappings)
{
    if (mem == NULL || (uintptr_t)mem % _Alignof(struct mptcp_sums) != 0 || mappings == 0 ||
        mappings > SUMS_MAX || size < MPTCP_SUMS_SIZE(mappings)) {
        return NULL;
    }
    struct mptcp_sums *t = mem;
    t->next = mptcp_ssn_of(1);
    t->size = mappings;
    t->first = 0;
    t->count = 0;
    return t;
}

mptcp_ssn mptcp_sums_next(const struct mptcp_sums *t)
{
    return t == NULL ? mptcp_ssn_of(1) : t->next;
}

int mptcp_sums_add(struct mptcp_sums *t, const struct mptcp_tx_map *map, uint32_t sum)
{
    if (t == NULL || map == NULL || mptcp_ssn_before(t->next, map->ssn) ||
        !mptcp_ssn_before(t->next, mptcp_ssn_add(map->ssn, map->len))) {
        return MPTCP_E_ARGUMENT;
    }
    if (t->count == t->size) {
        return MPTCP_E_FULL;
    }
    struct kept *k = kept_at(t, t->count);
    k->ssn = map->ssn;
    k->sum = mptcp_sum_fold(sum);
    k->zero = 0;
    t->count++;
    t->next = mptcp_ssn_add(map->ssn, map->len);
    return MPTCP_OK;
}

int mptcp_sums_find(const struct mptcp_sums *t, mptcp_ssn ssn, uint32_t *sum)
{
    if (sum == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    if (t == NULL || t->count == 0 || mptcp_ssn_before(ssn, kept_at(t, 0)->ssn) ||
        !mptcp_ssn_before(ssn, t->next)) {
        return MPTCP_E_NOT_FOUND;
    }
    uint32_t low = 0; /* begins at or before ssn; `high` after it, or at the end */
    for (uint32_t high = t->count; high - low > 1;) {
        uint32_t middle = low + (high - low) / 2;
        if (mptcp_ssn_before(ssn, kept_at(t, middle)->ssn)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    *sum = kept_at(t, low)->sum;
    return MPTCP_OK;
}

void mptcp_sums_acked(struct mptcp_sums *t, mptcp_ssn una)
{
    if (t == NULL) {
        return;
    }
    while (t->count > 0 && !mptcp_ssn_before(una, end_of(t, 0))) {
        t->first = t->first + 1 < t->size ? t->first + 1 : 0;
        t->count--;
    }
    t->next = mptcp_ssn_max(t->next, una);
}

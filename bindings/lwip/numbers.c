/*
 * numbers.c - connections by number, and the endpoint, which knows a connection by its token and
 * tells its number.
 *
 * A number is a place in a table, and how often the place was given away before: who asks by the
 * number of a connection that is no more finds nothing, though another one has its place. Table and
 * endpoint grow with the connections there are, and never shrink. A handshake has a number, and may
 * have a token, before there is a connection.
 */
#include "binding.h"

#include "lwip/mem.h"

#include <string.h>

#define PLACES_FIRST 8u
#define PLACE_BITS 24u
#define PLACES_MAX (1u << (PLACE_BITS - 1)) /* what an endpoint holds at most */
#define PLACE_MASK ((1u << PLACE_BITS) - 1)

struct mptcpl_place {
    struct mptcpl_pcb *m; /* NULL: the place is free, or its connection is still to come */
    uint32_t number;      /* of who has the place, or has it next */
    uint32_t token;
    uint32_t next_free;
    bool has_token;
};

/* An endpoint with so many slots that has what the present one has; NULL without memory. */
static struct mptcp_endpoint *larger_endpoint(uint32_t slots)
{
    size_t size = MPTCP_ENDPOINT_SIZE(slots);
    void *mem = mem_malloc((mem_size_t)size);

    if (mem == NULL) {
        return NULL;
    }
    struct mptcp_endpoint *e = mptcp_endpoint_init(mem, size, slots);
    mptcp_endpoint_seed(e, mptcpl.endpoint_seed);
    return e;
}

static void copy_tokens(struct mptcp_endpoint *to)
{
    for (uint32_t i = 0; i < mptcpl.places_size; i++) {
        const struct mptcpl_place *p = &mptcpl.places[i];
        if (p->has_token) {
            mptcp_endpoint_add(to, p->token, p->number);
        }
    }
}

/* Twice as many places, and twice as many tokens. */
static bool grow(void)
{
    uint32_t old = mptcpl.places_size;
    uint32_t size = old == 0 ? PLACES_FIRST : 2 * old;
    uint64_t octets = (uint64_t)size * sizeof(struct mptcpl_place);

    if (size > PLACES_MAX || octets > (mem_size_t) ~(mem_size_t)0) {
        return false;
    }
    struct mptcpl_place *places = mem_calloc((mem_size_t)size, sizeof *places);
    struct mptcp_endpoint *e = places == NULL ? NULL : larger_endpoint(2 * size);
    if (e == NULL) {
        if (places != NULL) {
            mem_free(places);
        }
        return false;
    }
    copy_tokens(e);
    if (old > 0) {
        memcpy(places, mptcpl.places, old * sizeof *places);
        mem_free(mptcpl.places);
        mem_free(mptcpl.endpoint);
    }
    for (uint32_t i = size; i-- > old;) {
        places[i].number = i;
        places[i].next_free = mptcpl.free_place;
        mptcpl.free_place = i;
    }
    mptcpl.places = places;
    mptcpl.places_size = size;
    mptcpl.endpoint = e;
    return true;
}

err_t mptcpl_numbers_init(void)
{
    mptcpl.port.entropy(&mptcpl.endpoint_seed, sizeof mptcpl.endpoint_seed);
    mptcpl.free_place = MPTCPL_NO_PLACE;
    return grow() ? ERR_OK : ERR_MEM;
}

static struct mptcpl_place *place_of(uint32_t number)
{
    return &mptcpl.places[number & PLACE_MASK];
}

bool mptcpl_take_number(uint32_t *number)
{
    if (mptcpl.free_place == MPTCPL_NO_PLACE && !grow()) {
        return false;
    }
    struct mptcpl_place *p = place_of(mptcpl.free_place);
    mptcpl.free_place = p->next_free;
    *number = p->number;
    return true;
}

void mptcpl_set_number(struct mptcpl_pcb *m)
{
    place_of(m->number)->m = m;
}

void mptcpl_give_number(uint32_t number)
{
    struct mptcpl_place *p = place_of(number);

    mptcpl_remove_token(number);
    p->m = NULL;
    p->number += 1u << PLACE_BITS;
    p->next_free = mptcpl.free_place;
    mptcpl.free_place = number & PLACE_MASK;
}

struct mptcpl_pcb *mptcpl_find(uint32_t number)
{
    bool known = (number & PLACE_MASK) < mptcpl.places_size;
    return known && place_of(number)->number == number ? place_of(number)->m : NULL;
}

/* There are as many tokens as places: it is never full. */
bool mptcpl_enter_token(uint32_t number, uint32_t token)
{
    struct mptcpl_place *p = place_of(number);

    p->token = token;
    p->has_token = mptcp_endpoint_add(mptcpl.endpoint, token, number) == MPTCP_OK;
    return p->has_token;
}

void mptcpl_remove_token(uint32_t number)
{
    struct mptcpl_place *p = place_of(number);

    if (p->has_token) {
        mptcp_endpoint_remove(mptcpl.endpoint, p->token);
        p->has_token = false;
    }
}

/*
 * endpoint.c - keeps the tokens of a host's connections, and finds the connection of a SYN.
 *
 * The endpoint's block is a struct mptcp_tokens, followed by its slots.
 */
#include "mptcp/endpoint.h"

#include "machines/machines.h"
#include "mptcp/crypto.h"
#include "wire/wire.h"

#define SLOTS_MIN 2u
#define SLOTS_MAX 0x1000000u

struct mptcp_endpoint {
    struct mptcp_tokens tokens;
};

_Static_assert(sizeof(struct mptcp_endpoint) == MPTCP_ENDPOINT_FIXED, "size of an endpoint");
_Static_assert(sizeof(struct mptcp_token_slot) == MPTCP_ENDPOINT_PER_TOKEN, "size of a token slot");

/* Returns the slots, which follow the endpoint in its block. */
static struct mptcp_token_slot *table(const struct mptcp_endpoint *e)
{
    return (struct mptcp_token_slot *)(uintptr_t)(e + 1);
}

struct mptcp_endpoint *mptcp_endpoint_init(void *mem, size_t size, uint32_t slots)
{
    if (mem == NULL || (uintptr_t)mem % _Alignof(uint64_t) != 0 || slots < SLOTS_MIN ||
        slots > SLOTS_MAX || (slots & (slots - 1)) != 0 || size < MPTCP_ENDPOINT_SIZE(slots)) {
        return NULL;
    }
    struct mptcp_endpoint *e = mem;
    e->tokens.n = slots;
    e->tokens.used = 0;
    e->tokens.seed = MPTCP_TOKENS_UNSEEDED;
    for (uint32_t i = 0; i < slots; i++) {
        table(e)[i].token = 0;
        table(e)[i].conn = MPTCP_TOKEN_FREE;
    }
    return e;
}

int mptcp_endpoint_seed(struct mptcp_endpoint *e, uint64_t seed)
{
    if (e == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    if (e->tokens.used != 0) {
        return MPTCP_E_STATE;
    }
    e->tokens.seed = seed | 1;
    return MPTCP_OK;
}

/* Returns the slot of a token, or MPTCP_TOKEN_NONE. */
static uint32_t slot_of_token(const struct mptcp_endpoint *e, uint32_t token)
{
    return mptcp_tokens_find(&e->tokens, table(e), token);
}

int mptcp_endpoint_find(const struct mptcp_endpoint *e, uint32_t token, uint32_t *conn)
{
    if (e == NULL || conn == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    uint32_t i = slot_of_token(e, token);
    if (i == MPTCP_TOKEN_NONE) {
        return MPTCP_E_NOT_FOUND;
    }
    *conn = table(e)[i].conn;
    return MPTCP_OK;
}

int mptcp_endpoint_add(struct mptcp_endpoint *e, uint32_t token, uint32_t conn)
{
    if (e == NULL || conn == MPTCP_TOKEN_FREE) {
        return MPTCP_E_ARGUMENT;
    }
    if (slot_of_token(e, token) != MPTCP_TOKEN_NONE) {
        return MPTCP_E_COLLISION;
    }
    if (e->tokens.used >= e->tokens.n / 2) {
        return MPTCP_E_FULL;
    }
    mptcp_tokens_put(&e->tokens, table(e), token, conn);
    return MPTCP_OK;
}

int mptcp_endpoint_remove(struct mptcp_endpoint *e, uint32_t token)
{
    if (e == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    uint32_t i = slot_of_token(e, token);
    if (i == MPTCP_TOKEN_NONE) {
        return MPTCP_E_NOT_FOUND;
    }
    mptcp_tokens_remove(&e->tokens, table(e), i);
    return MPTCP_OK;
}

int mptcp_endpoint_key_of(const struct mptcp_endpoint *e, unsigned version,
                          const uint8_t entropy[8], uint64_t *key, uint32_t *token)
{
    if (e == NULL || entropy == NULL || key == NULL || token == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    uint64_t k = mptcp_wire_be64(entropy);
    struct mptcp_key_id id = mptcp_key_id_of(version, k);
    /* Token 0 is refused, since mptcp_conn_report reports 0 for a token that is not known. */
    if (id.token == 0 || slot_of_token(e, id.token) != MPTCP_TOKEN_NONE) {
        return MPTCP_E_COLLISION;
    }
    *key = k;
    *token = id.token;
    return MPTCP_OK;
}

int mptcp_endpoint_key(const struct mptcp_endpoint *e, const uint8_t entropy[8], uint64_t *key,
                       uint32_t *token)
{
    return mptcp_endpoint_key_of(e, MPTCP_VERSION_NEWEST, entropy, key, token);
}

/* Fills *out for a SYN with MP_JOIN: its connection, or a reset if no connection has the token. */
static int on_join(const struct mptcp_endpoint *e, const struct mptcp_options *o,
                   struct mptcp_syn *out)
{
    if (mptcp_endpoint_find(e, o->join.token, &out->conn) != MPTCP_OK) {
        out->kind = MPTCP_SYN_RESET;
        out->code = MPTCP_E_JOIN_TOKEN;
        return MPTCP_OK;
    }
    out->kind = MPTCP_SYN_JOIN;
    return MPTCP_OK;
}

int mptcp_endpoint_on_syn(const struct mptcp_endpoint *e, const struct mptcp_segment *syn,
                          struct mptcp_syn *out)
{
    struct mptcp_options o;
    struct mptcp_syn none = {0};

    if (e == NULL || out == NULL || !segment_possible(syn) ||
        (syn->tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_ACK)) != MPTCP_TCP_SYN) {
        return MPTCP_E_ARGUMENT;
    }
    *out = none;
    out->code = mptcp_options_read(syn->options, syn->options_len, syn->tcp_flags, &o, NULL);
    if ((o.present & MPTCP_HAS(MPTCP_JOIN)) != 0) {
        return on_join(e, &o, out);
    }
    unsigned version;
    int why = mptcp_capable_judge_syn(&o, &version);
    out->version = (uint8_t)version;
    if (why == MPTCP_E_JOIN_MISSING) {
        out->kind = MPTCP_SYN_RESET;
        out->code = why;
        return MPTCP_OK;
    }
    out->kind = why == MPTCP_OK ? MPTCP_SYN_CAPABLE : MPTCP_SYN_PLAIN;
    if (why == MPTCP_OK) {
        out->code = MPTCP_OK;
    } else if (out->code == MPTCP_OK && why != MPTCP_E_NO_MPTCP) {
        out->code = why;
    }
    return MPTCP_OK;
}

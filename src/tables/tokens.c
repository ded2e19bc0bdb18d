/*
 * tokens.c - a hash table that finds the connection of a token in expected constant time.
 *
 * A search begins at the home slot, which token and seed decide, and goes on slot by slot up to a
 * free one (linear probing). Removing an entry moves later entries of the same cluster back. So no
 * deleted entries remain, and a search for an unknown token ends with the cluster.
 */
#include "tables/tables.h"

/* Returns the slot after slot i; after the last one, slot 0. */
static uint32_t next(const struct mptcp_tokens *t, uint32_t i)
{
    return (i + 1) & (t->n - 1);
}

uint32_t mptcp_tokens_find(const struct mptcp_tokens *t, const struct mptcp_token_slot *s,
                           uint32_t token)
{
    for (uint32_t i = mptcp_token_home(t, token); s[i].conn != MPTCP_TOKEN_FREE; i = next(t, i)) {
        if (s[i].token == token) {
            return i;
        }
    }
    return MPTCP_TOKEN_NONE;
}

void mptcp_tokens_put(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t token,
                      uint32_t conn)
{
    uint32_t i = mptcp_token_home(t, token);
    while (s[i].conn != MPTCP_TOKEN_FREE) {
        i = next(t, i);
    }
    s[i].token = token;
    s[i].conn = conn;
    t->used++;
}

void mptcp_tokens_remove(struct mptcp_tokens *t, struct mptcp_token_slot *s, uint32_t slot)
{
    uint32_t mask = t->n - 1;
    uint32_t hole = slot;
    for (uint32_t i = next(t, slot); s[i].conn != MPTCP_TOKEN_FREE; i = next(t, i)) {
        uint32_t home = mptcp_token_home(t, s[i].token);
        /* Entry i may move to the hole unless its home slot lies after the hole. */
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            s[hole] = s[i];
            hole = i;
        }
    }
    s[hole].token = 0;
    s[hole].conn = MPTCP_TOKEN_FREE;
    t->used--;
}

/*
 * tokens.c - token to connection, in expected constant time.
 *
 * Linear probing from the token's own low bits. Taking an entry moves later
 * ones of the same cluster back, so no tombstones gather and look-ups of
 * tokens that nobody has stay as short as the clusters are.
 */
#include "tables/tables.h"

uint32_t mptcp_tokens_find(const struct mptcp_token_slot *s, uint32_t n, uint32_t token)
{
    for (uint32_t i = token & (n - 1); s[i].conn != MPTCP_TOKEN_FREE; i = (i + 1) & (n - 1)) {
        if (s[i].token == token) {
            return i;
        }
    }
    return MPTCP_TOKEN_NONE;
}

void mptcp_tokens_put(struct mptcp_token_slot *s, uint32_t n, uint32_t token, uint32_t conn)
{
    uint32_t i = token & (n - 1);
    while (s[i].conn != MPTCP_TOKEN_FREE) {
        i = (i + 1) & (n - 1);
    }
    s[i].token = token;
    s[i].conn = conn;
}

void mptcp_tokens_take(struct mptcp_token_slot *s, uint32_t n, uint32_t slot)
{
    uint32_t hole = slot;
    for (uint32_t i = (slot + 1) & (n - 1); s[i].conn != MPTCP_TOKEN_FREE; i = (i + 1) & (n - 1)) {
        uint32_t home = s[i].token & (n - 1);
        /* It may move back if its home is not between the hole and itself. */
        if (((i - home) & (n - 1)) >= ((i - hole) & (n - 1))) {
            s[hole] = s[i];
            hole = i;
        }
    }
    s[hole].token = 0;
    s[hole].conn = MPTCP_TOKEN_FREE;
}

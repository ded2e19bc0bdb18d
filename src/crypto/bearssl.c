/*
 * bearssl.c - SHA-256 and HMAC-SHA256 over BearSSL, the library's default. Alone in
 * its object file, so that a program's own two functions take its place.
 * The contexts hold what the secrets became and are wiped.
 */
#include <bearssl.h>

#include "mptcp/crypto.h"

void mptcp_crypto_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *data, size_t n)
{
    br_sha256_context context;
    br_sha256_init(&context);
    br_sha256_update(&context, data, n);
    br_sha256_out(&context, out);
    mptcp_wipe(&context, sizeof context);
}

void mptcp_crypto_hmac_sha256(uint8_t out[MPTCP_SHA256_SIZE], const void *key, size_t key_len,
                              const void *msg, size_t msg_len)
{
    br_hmac_key_context keyed;
    br_hmac_context context;
    br_hmac_key_init(&keyed, &br_sha256_vtable, key, key_len);
    br_hmac_init(&context, &keyed, 0);
    br_hmac_update(&context, msg, msg_len);
    br_hmac_out(&context, out);
    mptcp_wipe(&keyed, sizeof keyed);
    mptcp_wipe(&context, sizeof context);
}

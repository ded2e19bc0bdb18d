/*
 * duo_own.h - between duo.c (shims and packets) and duo_conn.c (connections over them).
 */
#ifndef TEST_BELOW_DUO_OWN_H
#define TEST_BELOW_DUO_OWN_H

#include "duo.h"

struct mptcp_conn *duo_make_conn(struct duo_end *e, uint64_t key, const struct mptcp_config *cfg);

#endif

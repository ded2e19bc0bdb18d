/*
 * page_test.h - the stack of the page in a world (stack.c).
 */
#ifndef TEST_BELOW_PAGE_TEST_H
#define TEST_BELOW_PAGE_TEST_H

#include "stack.h"
#include "world.h"

/* Begins a stack on this side, before world_new; its driver is for world_config. */
const struct driver *stack_begin(enum side side, const struct toy_config *cfg);
void stack_joins(struct world *w);
void stack_end(void);

#endif

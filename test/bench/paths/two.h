/*
 * two.h - what a second path of about the same RTT gives, how long a transfer is silent when one
 * of two paths goes dark, and how soon a path carries data again that has come back.
 */
#ifndef PATHS_TWO_H
#define PATHS_TWO_H

#include "tables.h"

/* Under each scheduler. 0: all limits are met by the standard one; 1: not all; 2: a transfer
 * failed. */
int two_run(const struct options *o);

#endif

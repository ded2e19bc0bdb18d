/*
 * dark.h - one of two paths swallows everything for a time.
 */
#ifndef PATHS_DARK_H
#define PATHS_DARK_H

#include "transfer.h"

struct darkness {
    double silence;  /* seconds, the longest time without a new octet once a path was dark */
    double answered; /* seconds from the path's return to the first segment at the data's sender */
    double carries;  /* ... and from then until octets arrive on it that were never sent on it */
    bool failed;     /* the transfer did not end, or the path never carried anything again */
    bool done;
};

/* Path 0 or 1 goes dark for good `after` microseconds. */
void dark_silence(const struct spec *spec, unsigned path, bool download, mptcp_time after,
                  struct darkness *out);

/* ... and is back after `night` microseconds. */
void dark_back(const struct spec *spec, unsigned path, bool download, mptcp_time after,
               mptcp_time night, struct darkness *out);

#endif

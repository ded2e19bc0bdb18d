/*
 * tcp_option.h - the options of TCP itself that the shim reads or changes: MSS, window scale,
 * timestamps, SACK blocks, Fast Open.
 */
#ifndef BELOW_TCP_OPTION_H
#define BELOW_TCP_OPTION_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TCP_OPTION_MSS = 2,
    TCP_OPTION_WINDOW_SCALE = 3,
    TCP_OPTION_SACK = 5,
    TCP_OPTION_TIMESTAMPS = 8
};

/* The offset of the first option of this kind, which is at least `size` octets long; UINT32_MAX:
 * there is none, or what is before it is malformed. */
uint32_t tcp_option_find(const uint8_t *area, uint32_t length, uint8_t kind, uint8_t size);

/* Makes room behind the last option: from an end-of-options mark on there are NOPs, and none that
 * are not needed. Returns the new length, a multiple of 4. */
uint32_t tcp_option_open(uint8_t *area, uint32_t length);

/* Takes the oldest SACK block out of the options and returns their new length, a multiple of 4; or
 * `length` if there is none. */
uint32_t tcp_option_less_sack(uint8_t *area, uint32_t length);

#endif

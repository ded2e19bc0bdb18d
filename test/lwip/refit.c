/*
 * refit.c - checksums of a packet that a box in the middle has changed.
 */
#include "world.h"

#define PROTOCOL_TCP 6u

static uint32_t add(uint32_t sum, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum += (i & 1) != 0 ? p[i] : (uint32_t)p[i] << 8;
    }
    return sum;
}

static void store(uint8_t *at, uint32_t sum)
{
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    at[0] = (uint8_t)(~sum >> 8);
    at[1] = (uint8_t)~sum;
}

static void refit_tcp(uint8_t *tcp, size_t len, uint32_t pseudo)
{
    tcp[16] = tcp[17] = 0;
    store(tcp + 16, add(pseudo + PROTOCOL_TCP + (uint32_t)len, tcp, len));
}

void world_refit(uint8_t *data, size_t len)
{
    if (data[0] >> 4 == 6) {
        data[4] = (uint8_t)((len - 40) >> 8);
        data[5] = (uint8_t)(len - 40);
        refit_tcp(data + 40, len - 40, add(0, data + 8, 32));
        return;
    }
    size_t header = (size_t)(data[0] & 15) * 4;
    data[2] = (uint8_t)(len >> 8);
    data[3] = (uint8_t)len;
    data[10] = data[11] = 0;
    store(data + 10, add(0, data, header));
    refit_tcp(data + header, len - header, add(0, data + 12, 8));
}

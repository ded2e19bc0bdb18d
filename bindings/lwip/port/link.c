/*
 * link.c - see link.h.
 */
#include "link.h"

#include <stdlib.h>
#include <string.h>

#define BITS_US 8000000ull /* what an octet takes at 1 bit/s, in microseconds */
#define NUMBER_MAX 31u

static uint32_t next_random(struct mptcpl_link *link)
{
    link->seed = link->seed * 1664525u + 1013904223u;
    uint32_t x = link->seed;
    x ^= x >> 16;
    return x * 2654435769u;
}

mptcp_time mptcpl_link_push(struct mptcpl_link *link, uint32_t len, mptcp_time now)
{
    mptcp_time start = link->idle_at > now ? link->idle_at : now;

    link->packets++;
    if (link->loss != 0 && next_random(link) < link->loss) {
        link->dropped++;
        return MPTCP_NEVER;
    }
    if (link->rate == 0) {
        return now + link->delay_us;
    }
    uint64_t waiting = (start - now) * link->rate / BITS_US;
    if (link->queue != 0 && waiting + len > link->queue) {
        link->dropped++;
        return MPTCP_NEVER;
    }
    uint64_t work = len * BITS_US + (link->idle_at >= now ? link->fraction : 0);
    link->idle_at = start + work / link->rate;
    link->fraction = work % link->rate;
    return link->idle_at + link->delay_us;
}

#define TCP 6

/* Where TCP's header begins; 0: this is none. */
static size_t tcp_at(const uint8_t *p, size_t len)
{
    if (len >= 20 && p[0] >> 4 == 4 && p[9] == TCP) {
        return (size_t)(p[0] & 15) * 4;
    }
    return len >= 40 && p[0] >> 4 == 6 && p[6] == TCP ? 40 : 0;
}

void mptcpl_link_spoil(struct mptcpl_link *link, uint8_t *packet, size_t len)
{
    size_t tcp = link->corrupt == 0 ? 0 : tcp_at(packet, len);

    if (tcp == 0 || len < tcp + 20) {
        return;
    }
    size_t payload = tcp + (size_t)(packet[tcp + 12] >> 4) * 4;
    if (payload + 2 > len || ++link->data % link->corrupt != 0) {
        return;
    }
    /* The high octet of a 16-bit word of TCP's: its sum changes by 256 times the difference. */
    uint8_t *octet = packet + payload + ((payload - tcp) & 1);
    uint32_t before = (uint32_t)*octet << 8;
    *octet ^= 0x20;
    uint32_t sum = (uint32_t)(packet[tcp + 16] << 8 | packet[tcp + 17]);
    sum = (~sum & 0xffff) + (~before & 0xffff) + ((uint32_t)*octet << 8);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    packet[tcp + 16] = (uint8_t)(sum >> 8);
    packet[tcp + 17] = (uint8_t)sum;
}

struct unit {
    const char *name;
    double factor;
};

/* A plain decimal number with one of the units; negative if it is neither. */
static double number(const char *text, size_t len, const struct unit *units)
{
    char buf[NUMBER_MAX + 1];
    size_t digits = 0;

    while (digits < len && strchr("0123456789.", text[digits]) != NULL) {
        digits++;
    }
    if (digits == 0 || digits > NUMBER_MAX) {
        return -1;
    }
    memcpy(buf, text, digits);
    buf[digits] = 0;
    char *end;
    double v = strtod(buf, &end);
    if (end == buf || *end != 0) {
        return -1;
    }
    for (; units->name != NULL; units++) {
        size_t n = strlen(units->name);
        if (n == len - digits && memcmp(text + digits, units->name, n) == 0) {
            return v * units->factor;
        }
    }
    return -1;
}

static const struct unit rates[] = {
    {"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1}, {NULL, 0}};
static const struct unit times[] = {{"s", 1e6}, {"ms", 1e3}, {"us", 1}, {NULL, 0}};
static const struct unit parts[] = {{"%", 0.01}, {"", 1}, {NULL, 0}};
static const struct unit sizes[] = {{"m", 1048576}, {"k", 1024}, {"", 1}, {NULL, 0}};

/* Each takes its value, or returns what is wrong with it. */
static const char *take_rate(const char *text, size_t len, struct mptcpl_link *link)
{
    double v = number(text, len, rates);

    if (v < 1 || v > 1e11) {
        return "rate wants a number with bit, kbit, mbit or gbit, from 1bit to 100gbit";
    }
    link->rate = (uint64_t)v;
    return NULL;
}

static const char *take_delay(const char *text, size_t len, struct mptcpl_link *link)
{
    double v = number(text, len, times);

    if (v < 0 || v > 6e7) {
        return "delay wants a number with us, ms or s, at most 60s";
    }
    link->delay_us = (uint32_t)v;
    return NULL;
}

static const char *take_loss(const char *text, size_t len, struct mptcpl_link *link)
{
    double v = number(text, len, parts);

    if (v < 0 || v > 1) {
        return "loss wants a share from 0% to 100%";
    }
    link->loss = v >= 1 ? UINT32_MAX : (uint32_t)(v * 4294967296.0);
    return NULL;
}

static const char *take_queue(const char *text, size_t len, struct mptcpl_link *link)
{
    double v = number(text, len, sizes);

    if (v < 1 || v > 4e9) {
        return "queue wants a number of octets, with k or m, from 1 to 4000000000";
    }
    link->queue = (uint32_t)v;
    return NULL;
}

static const char *take_corrupt(const char *text, size_t len, struct mptcpl_link *link)
{
    double v = number(text, len, sizes);

    if (v < 1 || v > 4e9) {
        return "corrupt wants a number: one of so many data segments";
    }
    link->corrupt = (uint32_t)v;
    return NULL;
}

static const char *part(const char *key, size_t key_len, const char *text, size_t len,
                        struct mptcpl_link *link)
{
    static const struct {
        const char *name;
        const char *(*take)(const char *text, size_t len, struct mptcpl_link *link);
    } known[] = {{"rate", take_rate},
                 {"delay", take_delay},
                 {"loss", take_loss},
                 {"queue", take_queue},
                 {"corrupt", take_corrupt}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (key_len == strlen(known[i].name) && memcmp(key, known[i].name, key_len) == 0) {
            return known[i].take(text, len, link);
        }
    }
    return "only rate, delay, loss, queue and corrupt can be emulated";
}

const char *mptcpl_link_parse(const char *text, struct mptcpl_link *link)
{
    struct mptcpl_link read = *link;

    for (;;) {
        size_t len = strcspn(text, ",");
        const char *colon = memchr(text, ':', len);
        if (colon == NULL) {
            return "each part is NAME:VALUE, such as rate:20mbit";
        }
        size_t key = (size_t)(colon - text);
        const char *why = part(text, key, colon + 1, len - key - 1, &read);
        if (why != NULL) {
            return why;
        }
        if (text[len] == 0) {
            *link = read;
            return NULL;
        }
        text += len + 1;
    }
}

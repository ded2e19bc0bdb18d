/*
 * link.c - see link.h.
 */
#include "link.h"

#include <stdlib.h>
#include <string.h>

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
    uint64_t waiting = (start - now) * link->rate / 8000000;
    if (link->queue != 0 && waiting + len > link->queue) {
        link->dropped++;
        return MPTCP_NEVER;
    }
    link->idle_at = start + (uint64_t)len * 8000000 / link->rate;
    return link->idle_at + link->delay_us;
}

struct unit {
    const char *name;
    double factor;
};

/* A number with one of the units; negative if it is neither. */
static double number(const char *text, size_t len, const struct unit *units)
{
    char buf[32];
    char *end;

    if (len == 0 || len >= sizeof buf) {
        return -1;
    }
    memcpy(buf, text, len);
    buf[len] = 0;
    double v = strtod(buf, &end);
    if (end == buf || v < 0) {
        return -1;
    }
    for (; units->name != NULL; units++) {
        if (strcmp(end, units->name) == 0) {
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

static const char *part(const char *key, size_t key_len, const char *text, size_t len,
                        struct mptcpl_link *link)
{
    if (key_len == 4 && memcmp(key, "rate", 4) == 0) {
        double v = number(text, len, rates);
        link->rate = (uint64_t)v;
        return v < 1 ? "rate wants a number with bit, kbit, mbit or gbit, at least 1bit" : NULL;
    }
    if (key_len == 5 && memcmp(key, "delay", 5) == 0) {
        double v = number(text, len, times);
        link->delay_us = (uint32_t)v;
        return v < 0 || v > 6e7 ? "delay wants a number with us, ms or s, at most 60s" : NULL;
    }
    if (key_len == 4 && memcmp(key, "loss", 4) == 0) {
        double v = number(text, len, parts);
        link->loss = v >= 1 ? UINT32_MAX : (uint32_t)(v * 4294967296.0);
        return v < 0 || v > 1 ? "loss wants a share from 0% to 100%" : NULL;
    }
    if (key_len == 5 && memcmp(key, "queue", 5) == 0) {
        double v = number(text, len, sizes);
        link->queue = (uint32_t)v;
        return v < 1 || v > 4e9 ? "queue wants a number of octets, with k or m" : NULL;
    }
    return "only rate, delay, loss and queue can be emulated";
}

const char *mptcpl_link_parse(const char *text, struct mptcpl_link *link)
{
    while (*text != 0) {
        size_t len = strcspn(text, ",");
        const char *colon = memchr(text, ':', len);
        if (colon == NULL) {
            return "each part is NAME:VALUE, such as rate:20mbit";
        }
        size_t key = (size_t)(colon - text);
        const char *why = part(text, key, colon + 1, len - key - 1, link);
        if (why != NULL) {
            return why;
        }
        text += len;
        text += *text == ',';
    }
    return NULL;
}

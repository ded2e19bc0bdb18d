/*
 * app.c - applications that write a pattern and compare what they read with the other side's.
 */
#include "world_own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITE 16384u

uint8_t world_pattern(enum side side, uint64_t at)
{
    uint64_t x = (at + 1) * 0x9e3779b97f4a7c15u + (side == CLIENT ? 0u : 77u);

    return (uint8_t)((x ^ x >> 29) >> 32);
}

struct app *app_new(struct world *w, enum side side, uint32_t handle)
{
    struct app *a = calloc(1, sizeof *a);

    assert_non_null(a);
    assert_true(w->apps[side] < APPS);
    if (side == SERVER) {
        *a = w->like;
    }
    a->w = w;
    a->side = side;
    a->plain = w->host[side].plain;
    a->handle = handle;
    a->dirty = true;
    w->app[side][w->apps[side]++] = a;
    return a;
}

struct app *app_of(struct world *w, enum side side, uint32_t handle)
{
    for (unsigned i = 0; i < w->apps[side]; i++) {
        if (w->app[side][i]->handle == handle) {
            return w->app[side][i];
        }
    }
    return NULL;
}

struct app *world_app(struct world *w, enum side side, unsigned i)
{
    return i < w->apps[side] ? w->app[side][i] : NULL;
}

struct app *world_connect(struct world *w, unsigned from, unsigned to, unsigned family,
                          uint64_t out)
{
    struct host *h = &w->host[CLIENT];
    struct mptcp_addr local = world_address(CLIENT, from, family);
    struct mptcp_addr remote = world_address(SERVER, to, family);
    uint32_t handle;

    remote.port = PORT;
    if (h->plain) {
        handle = toy_connect(h->toy, &local, &remote, w->now);
        assert_int_not_equal(0, handle);
    } else {
        assert_int_equal(0, below_connect(h->below, &local, &remote, &handle, w->now));
    }
    struct app *a = app_new(w, CLIENT, handle);
    a->out = out;
    h->touched = true;
    return a;
}

void world_serve(struct world *w, const struct app *like)
{
    struct host *h = &w->host[SERVER];
    struct mptcp_addr any = {.family = 0, .port = PORT};

    if (like != NULL) {
        w->like = *like;
    }
    if (h->plain) {
        h->toy_listener = toy_listen(h->toy, &any);
        assert_int_not_equal(0, h->toy_listener);
    } else {
        assert_int_equal(0, below_listen(h->below, &any, &h->listener, w->now));
    }
}

/* ----------------------------------------------------- what both sorts have */

static int32_t app_read(struct app *a, uint8_t *octets, uint32_t len)
{
    struct host *h = &a->w->host[a->side];

    if (!a->plain) {
        return below_read(h->below, a->handle, octets, len, a->w->now);
    }
    int32_t n = toy_read(h->toy, a->handle, octets, len, a->w->now);
    return n >= 0           ? n
           : n == TOY_AGAIN ? MPTCP_E_AGAIN
           : n == TOY_RESET ? MPTCP_E_PEER_RESET
                            : MPTCP_E_SUBFLOW_FAILED;
}

static int32_t app_write(struct app *a, const uint8_t *octets, uint32_t len)
{
    struct host *h = &a->w->host[a->side];

    if (!a->plain) {
        return below_write(h->below, a->handle, octets, len, a->w->now);
    }
    int32_t n = toy_write(h->toy, a->handle, octets, len, a->w->now);
    return n > 0 ? n : n == 0 ? MPTCP_E_AGAIN : MPTCP_E_SUBFLOW_FAILED;
}

static void app_shut(struct app *a)
{
    struct host *h = &a->w->host[a->side];

    a->shut = true;
    if (a->plain) {
        toy_shutdown(h->toy, a->handle, a->w->now);
    } else if (a->closes) {
        below_close(h->below, a->handle, a->w->now);
        a->ended = true;
    } else {
        (void)below_shutdown(h->below, a->handle, a->w->now);
    }
    h->touched = true;
}

/* ------------------------------------------------------------------ steps */

static bool reads(struct app *a)
{
    static uint8_t octets[BITE];

    if (a->deaf || a->eof || a->ended) {
        return false;
    }
    int32_t n = app_read(a, octets, BITE);
    for (int32_t i = 0; i < n; i++) {
        a->bad += octets[i] != world_pattern(a->side == CLIENT ? SERVER : CLIENT, a->got++);
    }
    if (a->bad != 0) {
        world_wrong(a->w, "an octet of a stream is wrong");
    }
    a->eof = n == 0;
    if (n < 0 && n != MPTCP_E_AGAIN) {
        a->ended = true;
        a->code = n;
    }
    return n > 0;
}

static bool writes(struct app *a)
{
    static uint8_t octets[BITE];
    uint32_t n = a->chunk != 0 ? a->chunk : BITE;

    if (a->shut || a->ended || (a->waits_eof && !a->eof) || !a->open) {
        return false;
    }
    n = a->out - a->written < n ? (uint32_t)(a->out - a->written) : n;
    for (uint32_t i = 0; i < n; i++) {
        octets[i] = world_pattern(a->side, a->written + i);
    }
    int32_t taken = n != 0 ? app_write(a, octets, n) : 0;
    a->written += taken > 0 ? (uint32_t)taken : 0u;
    if (a->written == a->out && !a->stays) {
        app_shut(a);
    }
    return taken > 0;
}

static void looks(struct app *a)
{
    struct host *h = &a->w->host[a->side];
    struct toy_path path;

    if (a->plain) {
        bool there = toy_path_of(h->toy, a->handle, &path);
        a->open |= there && path.state >= TOY_ESTABLISHED;
        a->ended |= !there || (a->eof && a->shut &&
                               (path.state == TOY_CLOSED || path.state == TOY_TIME_WAIT));
        return;
    }
    unsigned ready = below_ready(h->below, a->handle);
    a->open |= (ready & BELOW_OPEN) != 0;
    if ((ready & BELOW_ENDED) != 0 && !a->ended) {
        a->ended = a->eof || a->deaf || below_code(h->below, a->handle) != MPTCP_E_CLOSED;
        a->code = below_code(h->below, a->handle);
    }
}

bool app_step(struct app *a)
{
    bool any;

    looks(a);
    any = reads(a);
    any |= writes(a);
    a->w->host[a->side].touched |= any;
    a->dirty = any;
    return any;
}

bool apps_step(struct world *w, enum side side)
{
    bool any = false;

    for (unsigned i = 0; i < w->apps[side]; i++) {
        any |= w->app[side][i]->dirty && app_step(w->app[side][i]);
    }
    return any;
}

bool world_all_done(struct world *w, void *arg)
{
    (void)arg;
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = 0; i < w->apps[side]; i++) {
            looks(w->app[side][i]);
            if (!w->app[side][i]->ended) {
                return false;
            }
        }
    }
    return w->apps[CLIENT] != 0 && w->apps[SERVER] >= w->apps[CLIENT];
}

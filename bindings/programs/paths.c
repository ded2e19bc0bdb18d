/*
 * paths.c - --path, and what other options say of a path: that is kept until all paths are known.
 */
#include "programs.h"

#include <string.h>

static bool is_any(const struct mptcp_addr *addr)
{
    static const uint8_t zero[16] = {0};
    return memcmp(addr->ip, zero, sizeof zero) == 0;
}

/* TUN=ADDR/PREFIX */
static bool read_path(struct prog_path *path, const char *text)
{
    char address[64];
    uint64_t prefix;
    const char *rest = prog_split_tun(text, path->tun);
    const char *slash = rest == NULL ? NULL : strchr(rest, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - rest);

    if (n == 0 || n >= sizeof address) {
        return false;
    }
    memcpy(address, rest, n);
    address[n] = '\0';
    if (!prog_literal(address, &path->addr) || is_any(&path->addr) ||
        !prog_number(slash + 1, 0, path->addr.family == 6 ? 128 : 32, &prefix)) {
        return false;
    }
    path->prefix = (uint8_t)prefix;
    return true;
}

bool prog_path_option(struct prog_paths *p, const char *text)
{
    if (p->n == PROG_PATHS) {
        prog_complain("--path %s: at most %d", text, PROG_PATHS);
        return false;
    }
    struct prog_path *path = &p->path[p->n];
    if (!read_path(path, text)) {
        return prog_wrong("--path", text, "TUN=ADDR/PREFIX");
    }
    for (unsigned i = 0; i < p->n; i++) {
        if (mptcp_addr_same_ip(&p->path[i].addr, &path->addr)) {
            prog_complain("--path %s: that address has been given already", text);
            return false;
        }
    }
    p->n++;
    return true;
}

static const char *const mark_names[] = {"--backup", "--metered", "--cost"};

bool prog_mark_option(struct prog_paths *p, enum prog_mark_what what, const char *text)
{
    uint64_t cost = 0;

    if (p->marks == PROG_MARKS) {
        prog_complain("%s: too many of them", mark_names[what]);
        return false;
    }
    struct prog_mark *mark = &p->mark[p->marks];
    if (what == PROG_COST) {
        const char *rest = prog_split_tun(text, mark->tun);
        if (rest == NULL || !prog_number(rest, 0, UINT8_MAX, &cost)) {
            return prog_wrong(mark_names[what], text, "TUN=0 to TUN=255");
        }
    } else if (strlen(text) >= IFNAMSIZ) {
        return prog_wrong(mark_names[what], text, "a device");
    } else {
        snprintf(mark->tun, sizeof mark->tun, "%s", text);
    }
    mark->what = what;
    mark->cost = (uint8_t)cost;
    p->marks++;
    return true;
}

bool prog_path_known(const struct prog_paths *p, const char *option, const char *tun)
{
    for (unsigned i = 0; i < p->n; i++) {
        if (strcmp(p->path[i].tun, tun) == 0) {
            return true;
        }
    }
    prog_complain("%s: no --path has the device %s", option, tun);
    return false;
}

/* Several paths may have the device. */
static void mark_paths(struct prog_paths *p, const struct prog_mark *mark)
{
    for (unsigned i = 0; i < p->n; i++) {
        struct prog_path *path = &p->path[i];
        if (strcmp(path->tun, mark->tun) == 0) {
            path->backup |= mark->what == PROG_BACKUP;
            path->metered |= mark->what == PROG_METERED;
            path->cost = mark->what == PROG_COST ? mark->cost : path->cost;
        }
    }
}

bool prog_paths_end(struct prog_paths *p)
{
    if (p->n == 0) {
        prog_complain("at least one --path is needed");
        return false;
    }
    for (unsigned i = 0; i < p->marks; i++) {
        if (!prog_path_known(p, mark_names[p->mark[i].what], p->mark[i].tun)) {
            return false;
        }
        mark_paths(p, &p->mark[i]);
    }
    return true;
}

/*
 * paths.c - which of the paths the connection has. --at says whether one is wanted, and tun.c
 * whether its device is there:
 *
 *   not known -> known, when it is wanted and its device is there: subflows are opened from it
 *   known     -> not known, when --at removes it or its device is deleted: its address is removed,
 *                and the peer hears of it
 *
 * A connection begins with all paths but those that an --at adds.
 */
#include "nc.h"

unsigned nc_path_flags(const struct nc_options *o, const struct nc_path *path)
{
    return (o->common.announce ? MPTCP_ADDR_ANNOUNCE : MPTCP_ADDR_JOIN) |
           (path->backup ? MPTCP_ADDR_BACKUP : 0) | (path->metered ? MPTCP_ADDR_METERED : 0);
}

void nc_paths_begin(struct nc_options *o)
{
    for (unsigned i = 0; i < o->paths; i++) {
        o->path[i].known = o->path[i].wanted;
    }
}

void nc_path_follow(struct nc_session *s, struct nc_path *path)
{
    bool usable = path->wanted && !path->gone;

    if (s->pcb == NULL || s->opened == 0 || usable == path->known) {
        return;
    }
    path->known = usable;
    if (usable) {
        mptcpl_new_path(s->pcb, &path->addr, &path->netif, nc_path_flags(s->o, path));
    } else {
        mptcpl_remove_path(s->pcb, &path->addr);
    }
    mptcpl_work();
}

void nc_paths_follow(struct nc_session *s)
{
    for (unsigned i = 0; i < s->o->paths; i++) {
        nc_path_follow(s, &s->o->path[i]);
    }
}

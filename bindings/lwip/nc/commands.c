/*
 * commands.c - what is to happen at some time after the connection was opened: --at
 * SECONDS:VERB:TUN. For tests, and for showing what paths that come and go do.
 */
#include "nc.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum nc_verb verb;
    bool needs_tun;
} verbs[] = {
    {"remove", NC_REMOVE, true}, {"add", NC_ADD, true},   {"backup", NC_BACKUP, true},
    {"use", NC_USE, true},       {"join", NC_JOIN, true}, {"announce", NC_ANNOUNCE, true},
    {"abort", NC_ABORT, false},
};

bool nc_command_option(struct nc_options *o, const char *text)
{
    struct nc_command *command = &o->command[o->commands];
    char *rest;
    double seconds = strtod(text, &rest);

    if (o->commands == NC_COMMANDS) {
        prog_complain("--at: at most %u", NC_COMMANDS);
        return false;
    }
    for (unsigned i = 0; rest != text && *rest == ':' && i < sizeof verbs / sizeof verbs[0]; i++) {
        size_t n = strlen(verbs[i].name);
        const char *tun = rest + 1 + n;
        if (strncmp(rest + 1, verbs[i].name, n) != 0 ||
            (verbs[i].needs_tun ? *tun != ':' : *tun != 0)) {
            continue;
        }
        *command = (struct nc_command){.at = (uint64_t)(seconds * 1e6),
                                       .verb = verbs[i].verb,
                                       .tun = verbs[i].needs_tun ? tun + 1 : NULL};
        o->commands++;
        return seconds >= 0;
    }
    prog_complain("--at %s: expected SECONDS:VERB:TUN, VERB one of remove, add, backup, use, join, "
                  "announce; or SECONDS:abort",
                  text);
    return false;
}

/* All subflows from this address. */
static void set_backup(const struct nc_session *s, const ip_addr_t *addr, bool backup)
{
    struct mptcpl_subflow_stats st;
    for (unsigned i = 0; mptcpl_subflow_stats(s->pcb, i, &st); i++) {
        if (st.alive && ip_addr_eq(&st.local, addr)) {
            mptcpl_set_backup(s->pcb, st.sf, backup);
        }
    }
}

static void do_path(struct nc_session *s, const struct nc_command *command, struct nc_path *path)
{
    switch (command->verb) {
    case NC_REMOVE:
    case NC_ADD:
        path->wanted = command->verb == NC_ADD;
        nc_path_follow(s, path);
        break;
    case NC_JOIN:
        mptcpl_join(s->pcb, &path->addr, NULL);
        break;
    case NC_ANNOUNCE:
        mptcpl_refresh_path(s->pcb, &path->addr);
        break;
    default:
        set_backup(s, &path->addr, command->verb == NC_BACKUP);
        break;
    }
}

static void execute(struct nc_session *s, const struct nc_command *command)
{
    for (unsigned i = 0; i < s->o->paths; i++) {
        if (s->pcb != NULL && strcmp(s->o->path[i].tun, command->tun) == 0) {
            do_path(s, command, &s->o->path[i]);
        }
    }
}

bool nc_commands(struct nc_session *s)
{
    for (unsigned i = 0; i < s->o->commands && s->pcb != NULL && s->opened != 0; i++) {
        struct nc_command *command = &s->o->command[i];
        if (command->done || nc_now() < s->opened + command->at) {
            continue;
        }
        command->done = true;
        if (command->verb == NC_ABORT) {
            prog_complain("aborted, as --at says");
            return false;
        }
        execute(s, command);
        mptcpl_work();
    }
    return true;
}

uint64_t nc_commands_deadline(const struct nc_session *s)
{
    uint64_t at = UINT64_MAX;
    for (unsigned i = 0; i < s->o->commands && s->opened != 0; i++) {
        const struct nc_command *command = &s->o->command[i];
        at = command->done ? at : LWIP_MIN(at, s->opened + command->at);
    }
    return at;
}

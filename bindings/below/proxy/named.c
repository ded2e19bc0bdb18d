/*
 * named.c - options whose value is a name: of something in a table of the library, of a number, or
 * of something of the kernel's.
 */
#include "proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "mptcp/scheduler.h"

#define NAMES 128 /* octets of a list of names */

/* Appends the name of entry i of n to a list of them: "a, b or c". */
static void list_name(char list[NAMES], unsigned i, unsigned n, const char *name)
{
    const char *before = i == 0 ? "" : i + 1 == n ? " or " : ", ";
    size_t used = strlen(list);
    snprintf(list + used, NAMES - used, "%s%s", before, name);
}

bool px_scheduler_option(struct px_options *o, const char *text)
{
    char known[NAMES] = "";

    for (unsigned i = 0; i < mptcp_schedulers_count; i++) {
        if (strcmp(text, mptcp_schedulers[i]->name) == 0) {
            o->config.conn.scheduler = (uint8_t)i;
            return true;
        }
        list_name(known, i, mptcp_schedulers_count, mptcp_schedulers[i]->name);
    }
    return px_wrong("--scheduler", text, known);
}

bool px_policy_option(struct px_options *o, const char *text)
{
    /* enum mptcp_policy; none but these open subflows by themselves */
    static const struct {
        const char *name;
        uint8_t policy;
    } known[] = {{"addresses", MPTCP_POLICY_ADDRESSES},
                 {"fullmesh", MPTCP_POLICY_FULLMESH},
                 {"ports", MPTCP_POLICY_PORTS},
                 {"backup", MPTCP_POLICY_BACKUP}};

    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, text) == 0) {
            o->config.conn.policy = known[i].policy;
            return true;
        }
    }
    return px_wrong("--policy", text, "addresses, fullmesh, ports or backup");
}

/* The kernel is asked whether it has that. */
bool px_congestion_option(struct px_options *o, const char *text)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    bool ok =
        fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, (socklen_t)strlen(text)) == 0;

    if (fd >= 0) {
        close(fd);
    }
    o->congestion = text;
    return ok || px_wrong("--cc", text,
                          "one that this kernel has (sysctl "
                          "net.ipv4.tcp_available_congestion_control)");
}

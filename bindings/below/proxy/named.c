/*
 * named.c - options whose value is a name: of a number, or of something of the kernel's.
 */
#include "proxy.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

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
    return prog_wrong("--policy", text, "addresses, fullmesh, ports or backup");
}

bool px_version_option(struct px_options *o, const char *text)
{
    static const struct {
        const char *name;
        uint8_t offered;
        uint8_t one_then_zero;
        uint8_t served;
    } known[] = {{"any", 1, 0, SHIM_VERSION_0 | SHIM_VERSION_1},
                 {"1", 1, 0, SHIM_VERSION_1},
                 {"0", 0, 0, SHIM_VERSION_0},
                 {"auto", 1, 1, SHIM_VERSION_0 | SHIM_VERSION_1}};

    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, text) == 0) {
            o->config.conn.version = known[i].offered;
            o->config.one_then_zero = known[i].one_then_zero;
            o->config.shim.versions = known[i].served;
            return true;
        }
    }
    return prog_wrong("--mptcp-version", text, "any, 1, 0 or auto");
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
    return ok || prog_wrong("--cc", text,
                            "one that this kernel has (sysctl "
                            "net.ipv4.tcp_available_congestion_control)");
}

/*
 * main.c - mptcp-below: a proxy that makes MPTCP connections of plain ones, and plain ones of MPTCP
 * connections, with the kernel's own TCP under each subflow. Here it is set up, in this order: the
 * options, descriptors, threads that ask for names, the subflows' namespace, the links, below, and
 * where connections come in.
 */
#include "proxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

#define OTHER_FDS 128u

const char prog_name[] = "mptcp-below";
struct below *px_below;
struct px_options *px_o;

static void entropy(void *context, void *out, size_t n)
{
    (void)context;
    if (getrandom(out, n, 0) != (ssize_t)n) {
        prog_complain("no randomness: %s", strerror(errno));
        exit(PX_LOST);
    }
}

static void changed(void *context, below_stream stream, below_listener listener)
{
    (void)context;
    if (stream != BELOW_NONE) {
        px_relay_changed(stream);
    } else {
        px_doors_changed(listener);
    }
}

/* One for each plain connection, and one for each subflow. Returns how many there may be; 0: too
 * few. */
static uint32_t raise_descriptors(const struct px_options *o)
{
    uint64_t need = (uint64_t)o->connections + OTHER_FDS +
                    (uint64_t)o->config.streams * o->config.conn.subflows;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return 0;
    }
    rlim_t had = limit.rlim_max;
    if (limit.rlim_cur < need) {
        limit.rlim_cur = need;
        limit.rlim_max = limit.rlim_max < need ? need : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
            prog_complain(
                "%u connections and their subflows may need %llu descriptors, of which "
                "this process may have %llu: raise that (ulimit -n, LimitNOFILE=), or see "
                "--connections, --max-subflows",
                o->connections, (unsigned long long)need, (unsigned long long)had);
            return 0;
        }
    }
    return limit.rlim_cur > INT32_MAX ? INT32_MAX : (uint32_t)limit.rlim_cur;
}

/* The packets of all links are measured with the largest. */
static void set_mtus(struct below_config *cfg)
{
    cfg->shim.mtu = 576;
    for (unsigned i = 0; i < px_tun_links(); i++) {
        unsigned mtu = px_tun_mtu(i);
        if (mtu > cfg->shim.mtu) {
            cfg->shim.mtu = mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)mtu;
        }
    }
}

/* Its memory is taken when it is written: a connection that moves few octets needs few pages. */
static bool begin_below(struct below_config *cfg)
{
    static const struct below_host host = {.transmit = px_tun_transmit,
                                           .random = entropy,
                                           .changed = changed,
                                           .path = px_sockets_path,
                                           .event = px_news};
    struct below_host h = host;

    h.sockets = px_sockets;
    set_mtus(cfg);
    size_t size = below_size(cfg);
    if (size == 0) {
        prog_complain("the buffers and counts asked for are out of range");
        return false;
    }
    void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    px_below = mem == MAP_FAILED ? NULL : below_init(mem, size, cfg, &h, px_now());
    if (px_below == NULL) {
        prog_complain("no %zu MiB of memory (see --connections, --snd-buf, --rcv-buf)", size >> 20);
        return false;
    }
    for (unsigned i = 0; i < px_tun_links(); i++) {
        below_set_mtu(px_below, i, (uint16_t)px_tun_mtu(i));
    }
    return true;
}

/* What takes no packet yet. */
static bool prepare_process(const struct px_options *o)
{
    uint32_t descriptors = raise_descriptors(o);

    return descriptors != 0 && px_sockets_open(descriptors) && px_events_open() && px_loop_open() &&
           px_resolve_open();
}

static bool prepare_links(struct px_options *o)
{
    return px_space_make() && px_tun_open(o) && px_paths_check() && begin_below(&o->config) &&
           px_relays_open() && px_links_add() && px_tun_watch();
}

static bool open_files(const struct prog_options *o)
{
    return (o->pcap == NULL || px_capture_open(o->pcap)) &&
           (o->stats == NULL || px_stats_open(o->stats));
}

int main(int argc, char **argv)
{
    static struct px_options o;
    int status;

    px_o = &o;
    if (!px_options(&o, argc, argv, &status)) {
        return status;
    }
    if (!prepare_process(&o) || !prepare_links(&o) || !open_files(&o.common)) {
        return PX_USAGE;
    }
    if (!px_doors_open()) {
        return PX_NOT_LISTENING;
    }
    prog_say("ready");
    status = px_loop_run();
    px_tun_close();
    bool written = prog_capture_close();
    written &= px_stats_close();
    return status == PX_OK && !written ? PX_USAGE : status;
}

/*
 * dark.c - see dark.h. That a path carries data again is seen on the path itself: a segment arrives
 * at the data's receiver with sequence numbers above all that were sent on it before its return. A
 * retransmission, or a probe that repeats an octet, is none.
 */
#include "dark.h"

#include "lwip/prot/tcp.h"

#define WAIT_US (60u * (mptcp_time)SECOND_US)

struct watch {
    unsigned path;
    enum world_side sender;
    bool returned;
    bool any;      /* data were seen */
    uint32_t edge; /* sequence number after the highest octet sent before the return */
    mptcp_time at; /* of the return */
    mptcp_time answered;
    mptcp_time carries;
};

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Sequence number after the segment's last octet; false: it has no payload. A new subflow on the
 * path counts from anew. */
static bool payload_end(struct watch *w, const uint8_t *p, size_t len, uint32_t *end)
{
    const uint8_t *tcp = p + (size_t)(p[0] & 15) * 4;
    size_t payload = len - (size_t)(tcp - p) - (size_t)(tcp[12] >> 4) * 4;

    w->any &= (tcp[13] & TCP_SYN) == 0;
    *end = read32(tcp + 4) + (uint32_t)payload;
    return payload != 0;
}

static void look(void *arg, const struct world_packet *packet)
{
    struct watch *w = arg;
    uint32_t end;

    if (packet->path != w->path) {
        return;
    }
    if (packet->from != w->sender) {
        if (w->returned && packet->fate == WORLD_DELIVERED && w->answered == 0) {
            w->answered = packet->at;
        }
        return;
    }
    if (!payload_end(w, packet->data, packet->len, &end)) {
        return;
    }
    bool above = !w->any || (int32_t)(end - w->edge) > 0;
    if (!w->returned && packet->fate == WORLD_SENT && above) {
        w->edge = end;
        w->any = true;
    }
    if (w->returned && packet->fate == WORLD_DELIVERED && above && w->carries == 0) {
        w->carries = packet->at;
    }
}

static double seconds(mptcp_time from, mptcp_time to)
{
    return to > from ? (double)(to - from) / SECOND_US : 0;
}

static bool carries(void *arg)
{
    const struct watch *w = arg;
    return w->carries != 0 && w->answered != 0;
}

void dark_silence(const struct spec *spec, unsigned path, bool download, mptcp_time after,
                  struct darkness *out)
{
    struct transfer t = {.spec = spec, .download = download};

    transfer_begin(&t, 0);
    world_run_for(after);
    world_cut(path, true);
    t.silence = 0;
    out->failed = !transfer_finish(&t);
    out->silence = (double)t.silence / SECOND_US;
    out->done = true;
}

void dark_back(const struct spec *spec, unsigned path, bool download, mptcp_time after,
               mptcp_time night, struct darkness *out)
{
    struct transfer t = {.spec = spec, .download = download};
    struct watch w = {.path = path, .sender = download ? WORLD_SERVER : WORLD_CLIENT};

    transfer_begin(&t, 0);
    world_observe(look, &w);
    world_run_for(after);
    world_cut(path, true);
    world_run_for(night);
    world_cut(path, false);
    w.returned = true;
    w.at = world_now();
    out->failed = !world_run_until(carries, &w, WAIT_US) || t.failed;
    out->answered = seconds(w.at, w.answered);
    out->carries = seconds(w.answered, w.carries);
    out->done = true;
}

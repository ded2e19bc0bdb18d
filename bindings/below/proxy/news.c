/*
 * news.c - what is told of a connection's protocol and subflows: by -v, and to the report.
 */
#include "proxy.h"

#include <string.h>

const char *px_news_protocol(below_stream stream, char text[PX_PROTOCOL])
{
    struct mptcp_conn_report info;

    mptcp_conn_info(below_conn(px_below, stream), &info);
    if (info.version == 255 || info.fallback != 0) {
        snprintf(text, PX_PROTOCOL, "plain TCP: %s", mptcp_error_text(info.fallback));
    } else {
        snprintf(text, PX_PROTOCOL, "MPTCP version %u", info.version);
    }
    return text;
}

/* Its link, and its addresses as far as the connection still knows them. */
static void say_subflow(const struct px_relay *r, const struct mptcp_conn *c, mptcp_sf sf,
                        const char *what, const char *why)
{
    struct mptcp_subflow_report s;
    struct mptcp_addr local = {0};
    struct mptcp_addr remote = {0};
    char from[PX_ADDRESS];
    char to[PX_ADDRESS];

    if (mptcp_subflow_info(c, sf, &s) != 0) {
        return;
    }
    mptcp_address(c, false, s.local_id, &local);
    mptcp_address(c, true, s.remote_id, &remote);
    remote.port = s.remote_port;
    const struct px_path *p = px_links_at(&local);
    prog_say("%u: %s over %s, %s and %s%s%s", r->number, what, p == NULL ? "a link" : p->tun,
             px_print_ip(&local, from), px_print(&remote, to), why == NULL ? "" : ": ",
             why == NULL ? "" : why);
}

/* The initial subflow's beginning is that of the connection. */
static bool is_initial(const struct mptcp_conn *c, mptcp_sf sf)
{
    struct mptcp_subflow_report s;

    return mptcp_subflow_info(c, sf, &s) == 0 && s.initial;
}

static void gone(const struct px_relay *r, const struct mptcp_conn *c,
                 const struct mptcp_action *event)
{
    px_stats_subflow_gone(r, event->sf, event->code);
    if (event->code == MPTCP_E_CLOSED) {
        return; /* both ends have closed it */
    }
    say_subflow(r, c, event->sf, "a subflow has ended", mptcp_error_text(event->code));
}

void px_news(void *context, below_stream stream, const struct mptcp_action *event)
{
    const struct px_relay *r = px_relay_of(stream);
    const struct mptcp_conn *c = r == NULL ? NULL : below_conn(px_below, stream);

    (void)context;
    if (c == NULL || r->stage != PX_TALKING) {
        return;
    }
    switch (event->event) {
    case MPTCP_EV_SUBFLOW:
        if (!is_initial(c, event->sf)) {
            say_subflow(r, c, event->sf, "another subflow", NULL);
        }
        break;
    case MPTCP_EV_SUBFLOW_GONE:
        gone(r, c, event);
        break;
    case MPTCP_EV_FALLBACK:
        prog_say("%u: goes on by plain TCP: %s", r->number, mptcp_error_text(event->code));
        break;
    default:
        break;
    }
}

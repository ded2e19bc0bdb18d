#include "mptcp/conn.h"
#include "tcp.h" /* your TCP, your buffers, your application */

/* Your TCP calls this for every segment received; true: forget it. */
bool segment_in(struct host *h, mptcp_sf sf, const struct mptcp_segment *seg)
{
    struct mptcp_verdict v = {0};
    return mptcp_on_segment(h->conn, sf, seg, &v, clock_us()) < 0 || v.drop;
}
/* ... for every segment it sends; options go to p, octets to advertise to *window. */
int segment_out(struct host *h, mptcp_sf sf, const struct mptcp_txseg *seg, uint8_t *p, uint32_t *window)
{
    struct mptcp_receipt r;
    int n = mptcp_tx_options(h->conn, sf, seg, p, OPTION_ROOM, &r);
    *window = r.window;
    return n < 0 ? n : (mptcp_sent(h->conn, sf, &r, clock_us()), n);
}
/* ... and this after whatever happened: does what is due, and sets the one timer. */
void work(struct host *h)
{
    struct mptcp_action a;
    while (mptcp_poll(h->conn, &a)) {
        uint32_t n = a.len;
        switch (a.type) {
        case MPTCP_SEND:          n = tcp_write(h, a.sf, a.dsn, a.len); break;
        case MPTCP_DELIVER:       n = app_take(h, a.sf, a.ssn, a.len); break;
        case MPTCP_RELEASE:       queue_drop(h, a.sf, a.keep); break;
        case MPTCP_FREE:          buffer_drop(h, a.dsn); break;
        case MPTCP_SEND_ACK:      tcp_ack(h, a.sf); break;
        case MPTCP_PROBE:         tcp_keepalive(h, a.sf); break;
        case MPTCP_CLOSE_SUBFLOW: tcp_fin(h, a.sf); break;
        case MPTCP_RESET_SUBFLOW: tcp_reset(h, a.sf); break;
        case MPTCP_EVENT:         app_event(h, &a); break;
        }
        mptcp_done(h->conn, &a, n, tcp_can(h, &a) ? MPTCP_DONE : MPTCP_FAILED, clock_us());
        tcp_output(h, &a); /* what was written, or the SYN of a new subflow */
    }
    timer_at(h, mptcp_deadline(h->conn)); /* then mptcp_on_timeout, and work again */
}

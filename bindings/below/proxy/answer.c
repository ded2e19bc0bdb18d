/*
 * answer.c - what a program is told that asks by SOCKS5: that it is connected, or why it is not.
 */
#include "proxy.h"

void px_answer(const struct px_relay *r, const uint8_t *octets, uint32_t n)
{
    if (send(r->app, octets, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        return; /* its end is seen soon */
    }
}

void px_answer_opened(struct px_relay *r)
{
    uint8_t answer[32];

    if (r->asked) {
        px_answer(r, answer, px_socks_answer(answer, 0));
        r->asked = false;
    }
    r->up.total = r->up.to - r->up.from;
}

void px_answer_refused(struct px_relay *r, int code)
{
    uint8_t answer[32];
    unsigned why = PX_SOCKS_GENERAL;

    if (!r->asked || r->answered) {
        return;
    }
    if (code == MPTCP_E_PEER_RESET) {
        why = PX_SOCKS_REFUSED;
    } else if (code == MPTCP_E_TIMED_OUT || code == MPTCP_E_NOT_FOUND) {
        why = PX_SOCKS_HOST;
    } else if (code == MPTCP_E_PAIR) {
        why = PX_SOCKS_FAMILY;
    } else if (code == MPTCP_E_SUBFLOW_FAILED || code == MPTCP_E_ADDRESS_GONE) {
        why = PX_SOCKS_NET;
    }
    px_answer(r, answer, px_socks_answer(answer, why));
}

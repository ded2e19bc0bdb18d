/*
 * print.c - describes a connection in words. It calls public functions only, so it prints nothing
 * that a host could not find out by itself.
 */
#include "mptcp/print.h"

#include "mptcp/error.h"
#include "wire/inline.h"

/* ------------------------------------------------------------------------- text */

struct text {
    char *p;
    size_t size;
    size_t length; /* characters put so far, those for which there was no room included */
};

/* Appends a character, if there is room for it and for the final NUL. */
static void put_char(struct text *t, char c)
{
    if (t->length + 1 < t->size) {
        t->p[t->length] = c;
    }
    t->length++;
}

static void put(struct text *t, const char *s)
{
    while (*s != '\0') {
        put_char(t, *s++);
    }
}

static void put_number(struct text *t, uint64_t v, unsigned base)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    while (n > 0) {
        put_char(t, digits[--n]);
    }
}

/* Puts " NAME 123". */
static void put_value(struct text *t, const char *name, uint64_t v)
{
    put_char(t, ' ');
    put(t, name);
    put_char(t, ' ');
    put_number(t, v, 10);
}

/* Puts " NAME" if `there`. */
static void put_flag(struct text *t, const char *name, bool there)
{
    if (there) {
        put_char(t, ' ');
        put(t, name);
    }
}

static void put_ip(struct text *t, const struct mptcp_addr *a)
{
    if (a->family == 4) {
        for (unsigned i = 0; i < 4; i++) {
            put(t, i > 0 ? "." : "");
            put_number(t, a->ip[i], 10);
        }
        return;
    }
    put_char(t, '[');
    for (unsigned i = 0; i < 16; i += 2) {
        put(t, i > 0 ? ":" : "");
        put_number(t, (uint64_t)a->ip[i] << 8 | a->ip[i + 1], 16);
    }
    put_char(t, ']');
}

/* ------------------------------------------------------------------- connection */

/* Octets from a to b; 0 if a is after b, as SND.UNA is when the DATA_FIN is acknowledged. */
static uint64_t octets(mptcp_dsn a, mptcp_dsn b)
{
    return mptcp_dsn_before(a, b) ? (uint64_t)mptcp_dsn_diff(b, a) : 0;
}

/* In a build for size a function of its own, as put_subflow is: put_due, which needs most of the
 * stack, then does not have the reports beside it. */
static MPTCP_INLINE void put_connection(struct text *t, const struct mptcp_conn *c)
{
    struct mptcp_conn_report report;
    const struct mptcp_conn_report *i = &report;

    mptcp_conn_info(c, &report);
    put(t, mptcp_state_name(i->state));
    put(t, i->client != 0 ? " client," : " server,");
    if (i->version == 255) {
        put(t, " plain TCP");
    } else {
        put(t, " MPTCP version ");
        put_number(t, i->version, 10);
    }
    put_flag(t, "checksums", i->checksum != 0);
    put_flag(t, "fully established", i->fully_established != 0);
    if (i->fallback != 0) {
        put(t, ", fallback: ");
        put(t, mptcp_error_text(i->fallback));
    }
    if (i->error != 0) {
        put(t, ", error: ");
        put(t, mptcp_error_text(i->error));
    }
    put(t, "; sending:");
    put_value(t, "written", octets(i->snd_una, i->snd_end));
    put_value(t, "not yet DATA_ACKed, of those sent", octets(i->snd_una, i->snd_nxt));
    put_value(t, "window", i->snd_window);
    put(t, "; receiving:");
    put_value(t, "waiting for the application", octets(i->delivered, i->rcv_nxt));
    put_value(t, "window", i->rcv_window);
    put_char(t, '\n');
}

static void put_due(struct text *t, const struct mptcp_conn *c, mptcp_time now)
{
    unsigned want = mptcp_want(c);
    mptcp_time deadline = mptcp_deadline(c);

    put(t, "  due:");
    put_flag(t, "nothing", want == 0);
    for (unsigned type = MPTCP_RESET_SUBFLOW; type <= MPTCP_EVENT; type++) {
        put_flag(t, mptcp_action_name(type), (want & MPTCP_WANT(type)) != 0);
    }
    if (deadline == MPTCP_NEVER) {
        put(t, "; no timer");
    } else {
        put_value(t, "; next timer in us:", deadline > now ? deadline - now : 0);
    }
    put_char(t, '\n');
}

static MPTCP_INLINE void put_subflow(struct text *t, const struct mptcp_conn *c, mptcp_sf sf)
{
    struct mptcp_subflow_report i;

    if (mptcp_subflow_info(c, sf, &i) != MPTCP_OK) {
        return;
    }
    put_value(t, " subflow", sf & 0xffu);
    put_value(t, "address ids", i.local_id);
    put(t, " to ");
    put_number(t, i.remote_id, 10);
    put_flag(t, "initial", i.initial != 0);
    put_flag(t, i.established != 0 ? "established" : "opening", true);
    put_flag(t, "silent", i.silent != 0);
    put_flag(t, "window closed", i.window_closed != 0);
    put_flag(t, "backup", i.backup != 0);
    put_flag(t, "backup for the peer", i.peer_backup != 0);
    put_flag(t, "closing", i.closing != 0);
    put_value(t, "in flight", (uint32_t)mptcp_ssn_diff(i.snd_nxt, i.snd_una));
    put_value(t, "SND.NXT", i.snd_nxt.v);
    put_value(t, "RCV.NXT", i.rcv_nxt.v);
    put_value(t, "runs sent", i.tx_runs);
    put_value(t, "received", i.rx_runs);
    put_value(t, "RTT in us", i.srtt_us);
    put_value(t, "cost", i.cost);
    put_char(t, '\n');
}

static void put_addresses(struct text *t, const struct mptcp_conn *c, bool remote)
{
    struct mptcp_addr a;

    for (unsigned id = 0; id <= UINT8_MAX; id++) {
        if (mptcp_address(c, remote, (uint8_t)id, &a) != MPTCP_OK) {
            continue;
        }
        put(t, remote ? "  the peer's address" : "  our address");
        put_value(t, "id", id);
        put(t, ": ");
        put_ip(t, &a);
        put_value(t, "port", a.port);
        put_char(t, '\n');
    }
}

size_t mptcp_conn_print(const struct mptcp_conn *c, char *text, size_t size, mptcp_time now)
{
    struct text t;
    t.p = text;
    t.size = text != NULL ? size : 0;
    t.length = 0;
    if (c == NULL) {
        return 0;
    }
    put_connection(&t, c);
    put_due(&t, c, now);
    for (unsigned i = 0; mptcp_subflow_at(c, i) != MPTCP_SF_NONE; i++) {
        put_subflow(&t, c, mptcp_subflow_at(c, i));
    }
    put_addresses(&t, c, false);
    put_addresses(&t, c, true);
    if (t.size > 0) {
        t.p[t.length < t.size ? t.length : t.size - 1] = '\0';
    }
    return t.length;
}

/*
 * words.c - what happens, in words: for the trace of a path that went wrong.
 */
#include "explore.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

char failure[300];
bool talk;

void fail(const char *format, ...)
{
    va_list args;

    if (failure[0] != 0) {
        return;
    }
    va_start(args, format);
    vsnprintf(failure, sizeof failure, format, args);
    va_end(args);
}

void say(const char *format, ...)
{
    va_list args;

    if (!talk) {
        return;
    }
    va_start(args, format);
    printf("        ");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* An octet's number in the stream of an end, counted from 1; the DATA_FIN follows the last one. */
static long long number(int from, uint64_t dsn, bool wide)
{
    uint64_t first = first_dsn[from];
    uint64_t n = wide ? dsn - first : (uint32_t)(dsn - first);

    return (long long)(wide ? (int64_t)n : (int64_t)(int32_t)n) + 1;
}

static void words_dss(int from, const struct mptcp_dss *d)
{
    printf(" DSS(");
    if ((d->flags & MPTCP_DSS_ACK) != 0) {
        printf(" DATA_ACK %lld", number(!from, d->data_ack, (d->flags & MPTCP_DSS_ACK64) != 0));
    }
    if ((d->flags & MPTCP_DSS_MAP) != 0) {
        printf(" octet %lld length %u at SSN %u",
               number(from, d->dsn, (d->flags & MPTCP_DSS_DSN64) != 0), d->dll, d->ssn);
    }
    printf("%s )", (d->flags & MPTCP_DSS_FIN) != 0 ? " DATA_FIN" : "");
}

static void words_options(int from, const struct segment *p)
{
    static const char *const names[16] = {[MPTCP_CAPABLE] = "MP_CAPABLE",
                                          [MPTCP_JOIN] = "MP_JOIN",
                                          [MPTCP_ADD_ADDR] = "ADD_ADDR",
                                          [MPTCP_REMOVE_ADDR] = "REMOVE_ADDR",
                                          [MPTCP_PRIO] = "MP_PRIO",
                                          [MPTCP_FAIL] = "MP_FAIL",
                                          [MPTCP_FASTCLOSE] = "MP_FASTCLOSE",
                                          [MPTCP_TCPRST] = "MP_TCPRST",
                                          [MPTCP_EXPERIMENTAL] = "MP_EXPERIMENTAL"};
    struct mptcp_options o;

    mptcp_options_read_of(version_of(), p->options, p->options_len, p->flags, &o, NULL);
    if ((o.present & MPTCP_HAS(MPTCP_DSS)) != 0) {
        words_dss(from, &o.dss);
    }
    for (unsigned i = 0; i < 16; i++) {
        if ((o.present & MPTCP_HAS(i)) != 0 && names[i] != NULL) {
            bool echo = i == MPTCP_ADD_ADDR && o.add_addr.echo;
            printf(" %s%s", names[i], echo ? " echo" : "");
        }
        if ((o.present & MPTCP_HAS(i)) != 0 && i == MPTCP_FAIL) {
            printf("(octet %lld)", number(!from, o.fail.dsn, true));
        }
        if ((o.refused & MPTCP_HAS(i)) != 0) {
            printf(" [refused: %u]", i);
        }
    }
    printf("%s", o.present == 0 && o.refused == 0 ? " no MPTCP option" : "");
}

void words_segment(int from, unsigned sf, const struct segment *p, const char *what)
{
    if (!talk) {
        return;
    }
    bool data = p->len > 0;
    printf("        %c %s %s%s%s%s", 'A' + from, what,
           (p->flags & MPTCP_TCP_SYN) != 0 ? "SYN " : "",
           (p->flags & MPTCP_TCP_RST) != 0 ? "RST " : "",
           (p->flags & MPTCP_TCP_FIN) != 0 ? "FIN " : "",
           !data && (p->flags & (MPTCP_TCP_ACK | MPTCP_TCP_RST)) == MPTCP_TCP_ACK ? "ACK " : "");
    printf("SSN %u", p->ssn);
    if (data) {
        printf(" octets");
        for (unsigned i = 0; i < p->len; i++) {
            printf(" %u%s", p->payload[i] & 0x3fu,
                   (p->payload[i] & EDITED) != 0 ? "(changed)" : "");
        }
    }
    printf(", acknowledges SSN below %u, window %u,", p->ack, p->window);
    words_options(from, p);
    printf("%s%s", scope->subflows > 1 ? " [subflow " : "",
           scope->subflows > 1 ? (sf == 0 ? "1]" : "2]") : "");
    putchar('\n');
}

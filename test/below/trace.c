/*
 * trace.c - with BELOW_TRACE=1 in the environment every packet that leaves a host of the world is
 * told on stderr, a line each.
 */
#include "world_own.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const subtypes[9] = {"MP_CAPABLE", "MP_JOIN",      "DSS",
                                        "ADD_ADDR",   "REMOVE_ADDR",  "MP_PRIO",
                                        "MP_FAIL",    "MP_FASTCLOSE", "MP_TCPRST"};

static void say_dss(const struct seg *s)
{
    struct dss d;

    if (!seg_dss(s, &d)) {
        return;
    }
    fprintf(stderr, " DSS");
    if (d.has_ack) {
        fprintf(stderr, " ack %08x", (unsigned)d.data_ack);
    }
    if (d.has_map) {
        fprintf(stderr, " %u+%u at %08x", d.ssn, d.len, (unsigned)d.dsn);
    }
    fprintf(stderr, "%s", d.fin ? " DATA_FIN" : "");
}

void trace(const struct world *w, enum side from, unsigned link, const uint8_t *packet, size_t len)
{
    static int asked = -1;
    struct seg s;

    if (asked < 0) {
        asked = getenv("BELOW_TRACE") != NULL;
    }
    if (asked == 0 || !seg_read(packet, len, &s)) {
        return;
    }
    fprintf(stderr, "%9.6f %c%u %u>%u %s%s%s%s%s seq %08x ack %08x win %u len %u",
            (double)w->now / 1e6, from == CLIENT ? 'C' : 'S', link, s.from.port, s.to.port,
            (s.flags & SYN) != 0 ? "S" : "", (s.flags & FIN) != 0 ? "F" : "",
            (s.flags & RST) != 0 ? "R" : "", (s.flags & PSH) != 0 ? "P" : "",
            (s.flags & ACK) != 0 ? "." : "", s.seq, s.ack, s.window, s.len);
    say_dss(&s);
    const uint8_t *keys = seg_mptcp(&s, SUB_CAPABLE);
    if (keys != NULL && keys[1] >= 22) {
        fprintf(stderr, " of %u", get16(keys + 20));
    }
    for (unsigned i = 0; i < 9; i++) {
        if (i != SUB_DSS && seg_mptcp(&s, i) != NULL) {
            fprintf(stderr, " %s", subtypes[i]);
        }
    }
    fprintf(stderr, "\n");
}

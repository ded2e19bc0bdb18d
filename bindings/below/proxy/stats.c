/*
 * stats.c - the report: a line of JSON for each connection in which octets have moved since the
 * last second, and one at its end; and a line for the joins that were refused, each second in which
 * there are more of them.
 *
 * The library counts SSNs, which wrap; here they are added up each second, and when a subflow ends.
 * One that has ended is in the lines of its connection to the end, with why it has.
 */
#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "mptcp/why.h"

#define SUBFLOWS 16

struct subflow {
    mptcp_sf sf;
    struct mptcp_addr local;
    struct mptcp_addr remote;
    mptcp_ssn sent_to;
    mptcp_ssn received_to;
    uint64_t sent; /* octets that the peer has acknowledged */
    uint64_t received;
    uint32_t srtt_us;
    int code; /* why it has ended; 0: it has not */
    bool backup;
    bool there;
};

/* Of a relay. */
struct record {
    uint32_t number;
    uint64_t up;
    uint64_t down;
    unsigned subflows;
    struct subflow subflow[SUBFLOWS];
};

static FILE *file;
static const char *file_name;
static struct record *records;
static mptcp_time began;
static uint32_t refused; /* joins, as the last line about them says */

bool px_stats_open(const char *name)
{
    size_t size = px_o->connections * sizeof *records;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    file_name = name;
    began = px_now();
    file = p == MAP_FAILED ? NULL : fopen(name, "we");
    if (file == NULL) {
        prog_complain("%s: %s", name, strerror(errno));
        return false;
    }
    records = p;
    return true;
}

/* ----------------------------------------------------------------- looking at it */

/* The place of a subflow; that of one which has ended if all are taken; NULL: there is none. */
static struct subflow *place_of(struct record *rec, mptcp_sf sf)
{
    struct subflow *ended = NULL;

    for (unsigned i = 0; i < rec->subflows; i++) {
        struct subflow *s = &rec->subflow[i];
        if (s->sf == sf) {
            return s;
        }
        ended = s->there ? ended : s;
    }
    if (rec->subflows < SUBFLOWS) {
        ended = &rec->subflow[rec->subflows++];
    }
    if (ended != NULL) {
        *ended = (struct subflow){.sf = sf, .sent_to.v = 1, .received_to.v = 1};
    }
    return ended;
}

static void look_at_subflow(struct record *rec, const struct mptcp_conn *c, mptcp_sf sf)
{
    struct mptcp_subflow_report report;
    struct subflow *s = place_of(rec, sf);

    if (s == NULL || mptcp_subflow_info(c, sf, &report) != 0) {
        return;
    }
    s->there = true;
    s->backup = report.backup || report.peer_backup;
    s->srtt_us = report.srtt_us;
    mptcp_address(c, false, report.local_id, &s->local);
    mptcp_address(c, true, report.remote_id, &s->remote);
    s->local.port = report.local_port;
    s->remote.port = report.remote_port;
    if (mptcp_ssn_before(s->sent_to, report.snd_una)) {
        s->sent += report.snd_una.v - s->sent_to.v;
        s->sent_to = report.snd_una;
    }
    if (mptcp_ssn_before(s->received_to, report.rcv_nxt)) {
        s->received += report.rcv_nxt.v - s->received_to.v;
        s->received_to = report.rcv_nxt;
    }
}

static struct record *record_of(const struct px_relay *r)
{
    struct record *rec = &records[r->place];

    if (rec->number != r->number) {
        memset(rec, 0, sizeof *rec);
        rec->number = r->number;
    }
    return rec;
}

static struct record *look(const struct px_relay *r)
{
    struct record *rec = record_of(r);
    const struct mptcp_conn *c = r->stream != BELOW_NONE ? below_conn(px_below, r->stream) : NULL;
    mptcp_sf sf;

    for (unsigned i = 0; i < rec->subflows; i++) {
        rec->subflow[i].there = false;
    }
    for (unsigned i = 0; c != NULL && (sf = mptcp_subflow_at(c, i)) != MPTCP_SF_NONE; i++) {
        look_at_subflow(rec, c, sf);
    }
    return rec;
}

/* Octets that came since the last second count, too. */
void px_stats_subflow_gone(const struct px_relay *r, mptcp_sf sf, int code)
{
    if (file == NULL) {
        return;
    }
    struct record *rec = record_of(r);
    look_at_subflow(rec, below_conn(px_below, r->stream), sf);
    for (unsigned i = 0; i < rec->subflows; i++) {
        if (rec->subflow[i].sf == sf) {
            rec->subflow[i].there = false;
            rec->subflow[i].code = code;
        }
    }
}

/* --------------------------------------------------------------------- a line */

/* A text, or null, and what follows it. */
static void print_text(const char *name, const char *text, const char *behind)
{
    if (text == NULL) {
        fprintf(file, "\"%s\": null%s", name, behind);
    } else {
        fprintf(file, "\"%s\": \"%s\"%s", name, text, behind);
    }
}

static void print_subflow(const struct subflow *s)
{
    char local[PX_ADDRESS];
    char remote[PX_ADDRESS];

    fprintf(file,
            "{\"local\": \"%s\", \"remote\": \"%s\", \"bytes_sent\": %llu, \"bytes_received\": "
            "%llu, \"srtt_us\": %u, \"backup\": %s, \"open\": %s, ",
            px_print(&s->local, local), px_print(&s->remote, remote), (unsigned long long)s->sent,
            (unsigned long long)s->received, s->srtt_us, s->backup ? "true" : "false",
            s->there ? "true" : "false");
    print_text("ended", s->code == 0 ? NULL : mptcp_error_text(s->code), "}");
}

static void print_protocol(const struct px_relay *r)
{
    struct mptcp_conn_report info;
    const struct mptcp_conn *c = r->stream != BELOW_NONE ? below_conn(px_below, r->stream) : NULL;

    mptcp_conn_info(c, &info);
    if (c == NULL || info.version == 255) {
        fprintf(file, "\"version\": null, ");
    } else {
        fprintf(file, "\"version\": %u, ", info.version);
    }
    bool plain = c != NULL && info.fallback != 0;
    print_text("plain_tcp", plain ? mptcp_error_text(info.fallback) : NULL, ", ");
    fprintf(file, "\"sends_not\": \"%s\", ",
            c == NULL ? "" : mptcp_error_text(mptcp_why_not_sending(c, MPTCP_SF_NONE, NULL)));
}

/* code 0: it lives. Texts are the program's own: none has a quotation mark. */
static const char *why_ended(const struct px_relay *r, int code)
{
    return code == 0 ? NULL : r->why[0] != '\0' ? r->why : mptcp_error_text(code);
}

/* code 0: it lives. */
static void print(const struct px_relay *r, const struct record *rec, int code)
{
    char target[PX_ADDRESS] = "";
    char from[PX_ADDRESS] = "";

    if (r->from.family != 0) {
        px_print(&r->from, from);
    }
    if (r->targets != 0) {
        px_print(&r->target[r->target_at < r->targets ? r->target_at : 0], target);
    }
    fprintf(file, "{\"time_s\": %.3f, \"connection\": %u, \"from\": \"%s\", \"to\": \"%s\", ",
            (double)(px_now() - began) / 1e6, r->number, from, target);
    print_protocol(r);
    fprintf(file, "\"age_s\": %.3f, \"bytes_up\": %llu, \"bytes_down\": %llu, ",
            (double)(px_now() - r->began) / 1e6, (unsigned long long)r->up.total,
            (unsigned long long)r->down.total);
    print_text("ended", why_ended(r, code), ", ");
    fprintf(file, "\"subflows\": [");
    for (unsigned i = 0; i < rec->subflows; i++) {
        fprintf(file, i == 0 ? "" : ", ");
        print_subflow(&rec->subflow[i]);
    }
    fprintf(file, "]}\n");
}

static uint32_t refused_with(int code)
{
    return below_joins_refused(px_below, code);
}

/* How many joins were refused by now, by why. */
static void print_refused(void)
{
    uint32_t all = refused_with(0);

    if (all != refused) {
        refused = all;
        fprintf(file, "{\"time_s\": %.3f, \"joins_refused\": ", (double)(px_now() - began) / 1e6);
        prog_report_refused(file, refused_with);
        fprintf(file, "}\n");
    }
}

bool px_stats_wanted(void)
{
    return file != NULL;
}

void px_stats_of(const struct px_relay *r)
{
    struct record *rec = look(r);

    if (rec->up != r->up.total || rec->down != r->down.total) {
        print(r, rec, 0);
    }
    rec->up = r->up.total;
    rec->down = r->down.total;
}

void px_stats_second(void)
{
    if (file != NULL) {
        print_refused();
        fflush(file);
    }
}

void px_stats_end(const struct px_relay *r, int code)
{
    if (file != NULL) {
        print(r, look(r), code);
    }
}

bool px_stats_close(void)
{
    if (file == NULL) {
        return true;
    }
    if (ferror(file) != 0 || fclose(file) != 0) {
        prog_complain("%s: %s", file_name, strerror(errno));
        return false;
    }
    return true;
}

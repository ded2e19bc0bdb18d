/*
 * stats.c - what happened, as JSON. The figures are taken when the connection
 * ends, while its subflows are still known; written when the program ends.
 */
#include "nc.h"

#include <errno.h>
#include <string.h>

static struct mptcpl_subflow_stats subflow[MPTCPL_HISTORY];
static unsigned subflows;
static struct mptcp_conn_report info;
static uint64_t ended;
static bool known;

void nc_stats_keep(const struct nc_session *s)
{
    ended = nc_now();
    if (s->pcb == NULL) {
        return;
    }
    known = s->opened != 0;
    mptcpl_info(s->pcb, &info);
    subflows = 0;
    while (subflows < MPTCPL_HISTORY &&
           mptcpl_subflow_stats(s->pcb, subflows, &subflow[subflows])) {
        subflows++;
    }
}

static void print_text(FILE *f, const char *name, int code)
{
    if (code == 0) {
        fprintf(f, "\"%s\": null", name);
    } else {
        fprintf(f, "\"%s\": \"%s\"", name, mptcp_error_text(code));
    }
}

static void print_address(FILE *f, const char *name, const ip_addr_t *a, uint16_t port)
{
    char text[NC_ADDRESS];
    fprintf(f, "\"%s\": \"%s\", ", name, nc_print(a, port, text));
}

static void print_subflow(FILE *f, const struct mptcpl_subflow_stats *s)
{
    fprintf(f, "    {");
    print_address(f, "local", &s->local, s->local_port);
    print_address(f, "remote", &s->remote, s->remote_port);
    fprintf(f, "\"local_id\": %u, \"remote_id\": %u, \"backup\": %s,\n     ", s->local_id,
            s->remote_id, s->backup ? "true" : "false");
    fprintf(f, "\"bytes_sent\": %llu, \"bytes_received\": %llu, \"bytes_reinjected\": %llu, ",
            (unsigned long long)s->bytes_sent, (unsigned long long)s->bytes_received,
            (unsigned long long)s->bytes_reinjected);
    fprintf(f, "\"srtt_us\": %u, ", s->srtt_us);
    print_text(f, "closed", s->closed);
    fprintf(f, "}");
}

static void print_connection(FILE *f, const struct nc_session *s)
{
    uint64_t from = s->opened != 0 ? s->opened : s->started;
    bool mptcp = known && info.fallback == 0 && info.version != 255;

    fprintf(f, mptcp ? "\"version\": %u,\n  " : "\"version\": null,\n  ", (unsigned)info.version);
    print_text(f, "fallback", known ? info.fallback : 0);
    fprintf(f, ",\n  \"bytes_sent\": %llu,\n  \"bytes_received\": %llu,\n  \"duration_s\": %.6f,\n",
            (unsigned long long)s->stream->read, (unsigned long long)s->stream->head,
            (double)(ended - from) / 1e6);
}

static void print_subflows(FILE *f)
{
    fprintf(f, "  \"subflows\": [");
    for (unsigned i = 0; i < subflows; i++) {
        fprintf(f, i == 0 ? "\n" : ",\n");
        print_subflow(f, &subflow[i]);
    }
    fprintf(f, subflows == 0 ? "]" : "\n  ]");
}

bool nc_stats_write(const struct nc_session *s, const char *file)
{
    FILE *f = fopen(file, "w");

    if (f == NULL) {
        prog_complain("%s: %s", file, strerror(errno));
        return false;
    }
    if (ended == 0) {
        ended = nc_now();
    }
    fprintf(f, "{\n  ");
    print_connection(f, s);
    print_subflows(f);
    fprintf(f, ",\n  \"joins_refused\": ");
    prog_report_refused(f, mptcpl_joins_refused);
    fprintf(f, "\n}\n");
    if (ferror(f) != 0 || fclose(f) != 0) {
        prog_complain("%s: %s", file, strerror(errno));
        return false;
    }
    return true;
}

/*
 * main.c - plays the hijack (hijack.h) against version 0 of MPTCP, version 0 with ADD_ADDR2, and
 * version 1, step by step in words, with a capture of each. No privilege needed.
 */
#include "hijack.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mptcp/crypto.h"
#include "mptcp_lwip.h"
#include "port/pcapng.h"

#define SECOND 1000000u
#define LINES_MS 20u /* V writes a line so often */

static const char usage[] =
    "usage: hijack [--help] [FOLDER]\n"
    "\n"
    "Plays how a connection of MPTCP version 0 is hijacked by a forged ADD_ADDR, and how "
    "ADD_ADDR2\n"
    "and version 1 prevent it. Writes a capture of each to FOLDER (default: build), as\n"
    "hijack-*.pcapng for Wireshark. Exit status: 0 if each ended as it must, 1 if not, 2 if a\n"
    "capture cannot be written.\n";

/* An announcement of the attacker's address with id 3, as C forges it. */
struct forgery {
    const char *what;
    uint8_t n;
    uint8_t octets[16];
};

static const struct act {
    const char *title;
    const char *file;
    uint8_t version; /* enum mptcpl_version */
    uint8_t add_addr2;
    bool hijacked; /* how it must end */
    struct forgery forged[2];
} acts[] = {
    {"Version 0 (RFC 6824)",
     "hijack-version0.pcapng",
     MPTCPL_VERSION_0,
     MPTCP_ADD_ADDR2_OFF,
     true,
     {{"ADD_ADDR", 8, {0x1e, 8, 0x34, 3, 10, 9, 9, 9}}}},
    {"Version 0 with ADD_ADDR2 at both ends",
     "hijack-add-addr2.pcapng",
     MPTCPL_VERSION_0,
     MPTCP_ADD_ADDR2_SENDER_KEY,
     false,
     {{"ADD_ADDR without an HMAC", 8, {0x1e, 8, 0x34, 3, 10, 9, 9, 9}},
      {"ADD_ADDR2 with a guessed HMAC", 16, {0x1e, 16, 0x84, 3, 10, 9, 9, 9}}}},
    {"Version 1 (RFC 8684)",
     "hijack-version1.pcapng",
     MPTCPL_VERSION_1,
     MPTCP_ADD_ADDR2_OFF,
     false,
     {{"ADD_ADDR with a guessed HMAC", 16, {0x1e, 16, 0x30, 3, 10, 9, 9, 9}}}},
};

/* One performance. */
static struct {
    struct mptcpl_pcb *listener;
    struct mptcpl_pcb *victim;
    struct mptcpl_pcb *server;
    struct attacker attacker;
    uint64_t received; /* octets that S has got */
    FILE *capture;
    bool broken;
} stage;

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* -------------------------------------------------------------- the two ends */

static err_t on_recv(void *arg, struct mptcpl_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p != NULL) {
        stage.received += p->tot_len;
        mptcpl_recved(pcb, p->tot_len);
        pbuf_free(p);
    }
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    struct mptcpl_pcb **gone = arg;
    (void)err;
    *gone = NULL;
}

static void adopt(struct mptcpl_pcb **whose, struct mptcpl_pcb *pcb)
{
    *whose = pcb;
    mptcpl_arg(pcb, whose);
    mptcpl_recv(pcb, on_recv);
    mptcpl_err(pcb, on_err);
}

static err_t on_accept(void *arg, struct mptcpl_pcb *pcb, err_t err)
{
    (void)arg;
    adopt(&stage.server, pcb);
    return err;
}

static bool begins(const struct act *act)
{
    struct mptcpl_config cfg;

    mptcpl_config_init(&cfg);
    cfg.version = act->version;
    cfg.add_addr2 = act->add_addr2;
    stage.listener = mptcpl_new(&cfg);
    stage.victim = mptcpl_new(&cfg);
    if (stage.listener == NULL || stage.victim == NULL) {
        return false;
    }
    mptcpl_accept(stage.listener, on_accept);
    mptcpl_bind(stage.listener, world_address(0, WORLD_SERVER), SERVER_PORT);
    mptcpl_listen(stage.listener, 1);
    adopt(&stage.victim, stage.victim);
    mptcpl_bind(stage.victim, world_address(0, WORLD_CLIENT), 0);
    mptcpl_bind_netif(stage.victim, world_netif(0, WORLD_CLIENT));
    return mptcpl_connect(stage.victim, world_address(0, WORLD_SERVER), SERVER_PORT, NULL) ==
           ERR_OK;
}

/* V writes a line now and then, for so long. */
static void talks(unsigned ms)
{
    static unsigned number;
    char line[64];

    for (unsigned at = 0; at < ms && stage.victim != NULL; at += LINES_MS) {
        int n = snprintf(line, sizeof line, "secret number %u\n", number++);
        mptcpl_write(stage.victim, line, (uint32_t)n);
        world_run_for(LINES_MS * 1000u);
    }
}

/* ------------------------------------------------------------------ the world */

void record(const uint8_t *packet, size_t len)
{
    stage.broken |= !mptcpl_pcapng_packet(stage.capture, 0, world_now(), packet, (uint32_t)len);
}

static void observe(void *arg, const struct world_packet *p)
{
    (void)arg;
    if (p->fate == WORLD_SENT) {
        record(p->data, p->len);
    }
    if (p->fate == WORLD_DELIVERED) {
        attacker_learns(&stage.attacker, p->data, p->len);
    }
}

static void stranger(void *arg, const uint8_t *data, size_t len)
{
    (void)arg;
    attacker_forwards(&stage.attacker, data, len);
}

static bool opens(const char *folder, const char *file)
{
    char name[512];

    snprintf(name, sizeof name, "%s/%s", folder, file);
    stage.capture = fopen(name, "w");
    if (stage.capture == NULL || !mptcpl_pcapng_begin(stage.capture) ||
        !mptcpl_pcapng_interface(stage.capture, "between V and S, and C")) {
        fprintf(stderr, "hijack: %s: %s\n", name, strerror(errno));
        return false;
    }
    return true;
}

static unsigned ignored(void)
{
    struct mptcp_conn_report info = {0};
    if (stage.victim != NULL) {
        mptcpl_info(stage.victim, &info);
    }
    return info.announcements_ignored;
}

/* -------------------------------------------------------------------- the play */

static void forges(const struct act *act)
{
    for (unsigned i = 0; i < 2 && act->forged[i].n != 0; i++) {
        say("  1. C sends V, as if from S, an ACK with %s: \"I am %s as well\"",
            act->forged[i].what, ATTACKER);
        attacker_forges(&stage.attacker, act->forged[i].octets, act->forged[i].n);
        talks(500);
        if (!stage.attacker.asked) {
            say("     V ignores it (%u ignored so far), and opens no subflow", ignored());
        }
    }
}

/* How the play ended: true if C had the connection's data. */
static bool ends(void)
{
    uint64_t before = stage.received;

    if (stage.attacker.joined) {
        say("  8. C resets the subflow between V and S, at both ends");
        attacker_resets(&stage.attacker);
    }
    uint32_t read = stage.attacker.read[0];
    talks(2000);
    read = stage.attacker.read[0] - read;
    uint64_t sent = stage.received - before;
    if (read > 0) {
        say("  => All of the %u octets that V has sent since went through C. The last line that "
            "he has read:\n     \"%s\"",
            read, stage.attacker.last);
    } else {
        say("  => C has read nothing. S has received %u octets meanwhile: the connection is "
            "unharmed.",
            (unsigned)sent);
    }
    return read > 0;
}

static void cleans(void)
{
    if (stage.victim != NULL) {
        mptcpl_abort(stage.victim);
    }
    world_run_for(SECOND);
    if (stage.server != NULL) {
        mptcpl_abort(stage.server);
    }
    mptcpl_close(stage.listener);
    world_run_for(SECOND);
    world_stranger_is(NULL, NULL);
    world_observe(NULL, NULL);
    world_end();
}

/* 0: it ended as it must; 1: it did not; 2: its capture could not be written. */
static int plays(const struct act *act, const char *folder)
{
    static const struct world_link link = {.rate = 10000000, .delay_us = 10000, .queue = 65536};

    memset(&stage, 0, sizeof stage);
    if (!opens(folder, act->file)) {
        return 2;
    }
    world_begin(1);
    world_path(VICTIM, SERVER, &link);
    world_observe(observe, NULL);
    world_stranger_is(stranger, NULL);
    say("%s", act->title);
    bool begun = begins(act);
    talks(1000);
    begun = begun && stage.server != NULL && stage.received > 0;
    say("  0. V (%s) and S (%s) have a connection", VICTIM, SERVER);
    forges(act);
    uint64_t before = stage.received;
    bool hijacked = ends();
    bool alive = stage.received > before;
    cleans();
    bool closed = fclose(stage.capture) == 0;
    if (!closed || stage.broken) {
        fprintf(stderr, "hijack: %s/%s: could not be written\n", folder, act->file);
        return 2;
    }
    say("     capture: %s/%s\n", folder, act->file);
    return begun && alive && hijacked == act->hijacked ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "build";
    int worst = 0;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc > 2 || folder[0] == '-') {
        fprintf(stderr, "hijack: at most one folder (see --help)\n");
        return 2;
    }
    for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++) {
        int status = plays(&acts[i], folder);
        if (status == 1) {
            fprintf(stderr, "hijack: %s: it did not end as it must\n", acts[i].title);
        }
        worst = status > worst ? status : worst;
    }
    return worst;
}

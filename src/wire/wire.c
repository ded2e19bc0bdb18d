/*
 * wire.c - the one external copy of each inline function in wire.h, for builds
 * that call them instead of inlining.
 */
#include "wire.h"

extern inline bool mptcp_wire_skip(struct wire_in *c, size_t n);
extern inline uint16_t mptcp_wire_be16(const uint8_t *p);
extern inline uint32_t mptcp_wire_be32(const uint8_t *p);
extern inline uint64_t mptcp_wire_be64(const uint8_t *p);
extern inline uint8_t mptcp_wire_get8(struct wire_in *c);
extern inline uint16_t mptcp_wire_get16(struct wire_in *c);
extern inline uint32_t mptcp_wire_get32(struct wire_in *c);
extern inline uint64_t mptcp_wire_get_number(struct wire_in *c, bool wide);
extern inline void mptcp_wire_get(struct wire_in *c, void *to, size_t n);
extern inline uint8_t *mptcp_wire_claim(struct wire_out *c, size_t n);
extern inline void mptcp_wire_put(struct wire_out *c, const void *from, size_t n);
extern inline void mptcp_wire_put8(struct wire_out *c, unsigned v);
extern inline void mptcp_wire_put16(struct wire_out *c, uint16_t v);
extern inline void mptcp_wire_put32(struct wire_out *c, uint32_t v);
extern inline void mptcp_wire_put64(struct wire_out *c, uint64_t v);
extern inline int mptcp_wire_refuse(int code, unsigned octet);

int mptcp_wire_note(struct mptcp_refusal *why, int refused)
{
    /* mptcp_wire_refuse has put the octet above the low 8 bits, which hold the code. */
    unsigned v = (unsigned)-refused;
    why->octet = (uint8_t)(v >> 8);
    why->code = -(int)(v & 0xffu);
    return why->code;
}

/*
 * option.c - reads and writes one MPTCP option: kind, length and subtype here,
 * the rest by the reader and writer in the file of that option.
 */
#include "wire.h"

/* Octets before the rest: kind, length, and subtype with the nibble that is the option's. */
#define HEAD 3u

/* The array members for contents of variable length hold the longest option. */
_Static_assert(sizeof(((struct mptcp_remove_addr *)NULL)->ids) == MPTCP_OPTION_MAX - HEAD &&
                   sizeof(((struct mptcp_experimental *)NULL)->data) == MPTCP_OPTION_MAX - HEAD + 1,
               "what fits an option fits the struct");

/* The reader of the DSS takes the option as a whole. */
int mptcp_wire_dss_read_rest(struct wire_in *in, unsigned nibble, struct mptcp_option *out)
{
    (void)nibble;
    struct wire_in whole = {in->p - HEAD, in->n + HEAD};
    return mptcp_wire_dss_read(whole, &out->u.dss);
}

const struct mptcp_codec mptcp_codecs_1[] = {
    [MPTCP_CAPABLE] = {mptcp_wire_capable_read, mptcp_wire_capable_write},
    [MPTCP_JOIN] = {mptcp_wire_join_read, mptcp_wire_join_write},
    [MPTCP_DSS] = {mptcp_wire_dss_read_rest, NULL},
    [MPTCP_ADD_ADDR] = {mptcp_wire_add_addr_read, mptcp_wire_add_addr_write},
    [MPTCP_REMOVE_ADDR] = {mptcp_wire_remove_addr_read, mptcp_wire_remove_addr_write},
    [MPTCP_PRIO] = {mptcp_wire_prio_read, mptcp_wire_prio_write},
    [MPTCP_FAIL] = {mptcp_wire_fail_read, mptcp_wire_fail_write},
    [MPTCP_FASTCLOSE] = {mptcp_wire_fastclose_read, mptcp_wire_fastclose_write},
    [MPTCP_TCPRST] = {mptcp_wire_tcprst_read, mptcp_wire_tcprst_write},
};
static const struct mptcp_codec experimental = {mptcp_wire_experimental_read,
                                                mptcp_wire_experimental_write};

/* Returns reader and writer of a subtype; NULL if the subtype is not assigned. */
static const struct mptcp_codec *codec_of(unsigned version, unsigned subtype)
{
    if (subtype == MPTCP_EXPERIMENTAL) {
        return &experimental;
    }
    return subtype <= MPTCP_TCPRST ? &mptcp_profile(version)->codecs[subtype] : NULL;
}

/* Checks kind and length, and sets why->subtype. Returns the option's length, or a refusal. */
static int read_head(struct wire_in in, struct mptcp_refusal *why)
{
    if (in.n < 1) {
        return mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 0);
    }
    if (in.p[0] != MPTCP_OPTION_KIND) {
        return mptcp_wire_refuse(MPTCP_E_OPT_KIND, 0);
    }
    if (in.n < 2) {
        return mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 1);
    }
    unsigned len = in.p[1];
    if (len < 3 || len > MPTCP_OPTION_MAX) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    if (in.n >= 3) {
        why->subtype = in.p[2] >> 4;
    }
    return len > in.n ? mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 1) : (int)len;
}

/* Reads one option. Returns its length, or a refusal. Reads into a copy first, since *out must stay
 * untouched if the option is refused. */
static int read_whole(unsigned version, struct wire_in in, struct mptcp_option *out,
                      struct mptcp_refusal *why)
{
    int len = read_head(in, why);
    if (len < 0) {
        return len;
    }
    const struct mptcp_codec *codec = codec_of(version, why->subtype);
    if (codec == NULL) {
        return mptcp_wire_refuse(MPTCP_E_OPT_SUBTYPE, 2);
    }
    if (why->subtype != MPTCP_CAPABLE && mptcp_form_on(version, why->subtype, (size_t)len) == 0) {
        return mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1);
    }
    struct mptcp_option read;
    memset(&read, 0, sizeof read);
    read.subtype = why->subtype;
    read.version0 = mptcp_profile(version)->version == 0;
    struct wire_in rest = {in.p + HEAD, (size_t)len - HEAD};
    int refused = codec->read(&rest, in.p[2] & 0x0fu, &read);
    if (refused != MPTCP_OK) {
        return refused;
    }
    *out = read;
    return len;
}

int mptcp_wire_read_one(unsigned version, struct wire_in in, struct mptcp_option *out,
                        struct mptcp_refusal *why)
{
    struct mptcp_refusal here = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
    int len = in.p == NULL || out == NULL ? MPTCP_E_ARGUMENT : read_whole(version, in, out, &here);
    if (len < 0) {
        len = mptcp_wire_note(&here, len);
    }
    if (why != NULL) {
        *why = here;
    }
    return len;
}

int mptcp_option_read_of(unsigned version, const uint8_t *p, size_t n, struct mptcp_option *out,
                         struct mptcp_refusal *why)
{
    struct wire_in in = {p, n};
    return mptcp_wire_read_one(version, in, out, why);
}

/* Writes the option into the buffer `whole`. Returns its length, or an error code. */
static int write_aside(const struct mptcp_option *opt, uint8_t whole[MPTCP_OPTION_MAX])
{
    const struct mptcp_codec *codec = codec_of(opt->version0 != 0 ? 0 : 1, opt->subtype);
    if (codec == NULL) {
        return MPTCP_E_OPT_SUBTYPE;
    }
    struct wire_out rest = {whole + HEAD, MPTCP_OPTION_MAX - HEAD};
    int nibble = codec->write(opt, &rest);
    if (nibble < 0) {
        return nibble;
    }
    whole[0] = MPTCP_OPTION_KIND;
    whole[1] = (uint8_t)(rest.p - whole);
    whole[2] = (uint8_t)((opt->subtype << 4) | nibble);
    return whole[1];
}

int mptcp_option_write(const struct mptcp_option *opt, uint8_t *p, size_t room)
{
    if (opt == NULL || p == NULL) {
        return MPTCP_E_ARGUMENT;
    }
    if (opt->subtype == MPTCP_DSS) {
        struct wire_out out = {p, room};
        return mptcp_wire_dss_write(&opt->u.dss, out);
    }
    uint8_t whole[MPTCP_OPTION_MAX];
    int len = write_aside(opt, whole);
    if (len > 0 && (size_t)len > room) {
        return MPTCP_E_ROOM;
    }
    if (len > 0) {
        memcpy(p, whole, (size_t)len);
    }
    return len;
}

int mptcp_option_length(const struct mptcp_option *opt)
{
    /* Writes the option to a buffer that is not used: so only the writers know the lengths. */
    uint8_t scratch[MPTCP_OPTION_MAX];
    return mptcp_option_write(opt, scratch, sizeof scratch);
}

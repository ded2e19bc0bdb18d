/*
 * walk.c - walks the TCP options of one segment, option by option, and keeps the MPTCP options
 * that may stand on such a segment and beside each other.
 *
 * Three rules beyond those of a single option decide what is kept:
 *   - an option must be allowed on the segment: SYN, SYN/ACK, ACK or RST (forms.c);
 *   - of two options with the same subtype the first is kept;
 *   - of two subtypes that exclude each other the stronger is kept, whatever their order. Pairs
 *     that senders avoid but that make sense together (DSS with MP_FASTCLOSE, say) are kept. So
 *     are MP_CAPABLE or MP_JOIN with a DSS: which of them counts depends on the state of the
 *     handshake, which is not known here.
 */
#include "wire.h"

/* Returns the kind of a segment with these TCP flags as an ON_ bit; 0 if TCP has no such segment.
 */
static unsigned segment_of(unsigned tcp_flags)
{
    switch (tcp_flags & (MPTCP_TCP_SYN | MPTCP_TCP_RST | MPTCP_TCP_ACK)) {
    case MPTCP_TCP_SYN:
        return ON_SYN;
    case MPTCP_TCP_SYN | MPTCP_TCP_ACK:
        return ON_SYNACK;
    case MPTCP_TCP_ACK:
        return ON_ACK;
    case MPTCP_TCP_RST:
    case MPTCP_TCP_RST | MPTCP_TCP_ACK:
        return ON_RST;
    default:
        return 0; /* no such segment in TCP: nothing may stand on it */
    }
}

#define PLACE(member)                                 \
    (uint8_t) offsetof(struct mptcp_options, member), \
        (uint8_t)sizeof(((struct mptcp_options *)NULL)->member)
#define SIGNALS                                                                     \
    (MPTCP_HAS(MPTCP_CAPABLE) | MPTCP_HAS(MPTCP_JOIN) | MPTCP_HAS(MPTCP_ADD_ADDR) | \
     MPTCP_HAS(MPTCP_REMOVE_ADDR) | MPTCP_HAS(MPTCP_PRIO))
#define ENDS (MPTCP_HAS(MPTCP_FAIL) | MPTCP_HAS(MPTCP_FASTCLOSE))

_Static_assert(sizeof(struct mptcp_options) <= UINT8_MAX, "offsets below are octets");

/*
 * By subtype: where its member stands in struct mptcp_options, and which other
 * subtypes exclude it. None excludes MP_TCPRST: options that contradict it may
 * not stand on a RST.
 */
static const struct rule {
    uint8_t at;
    uint8_t size;
    uint8_t excluded_by;
} rules[] = {
    [MPTCP_CAPABLE] = {PLACE(capable), MPTCP_HAS(MPTCP_JOIN) | MPTCP_HAS(MPTCP_ADD_ADDR) |
                                           MPTCP_HAS(MPTCP_PRIO) | ENDS},
    [MPTCP_JOIN] = {PLACE(join), MPTCP_HAS(MPTCP_CAPABLE) | MPTCP_HAS(MPTCP_ADD_ADDR) | ENDS},
    [MPTCP_DSS] = {PLACE(dss), 0},
    [MPTCP_ADD_ADDR] = {PLACE(add_addr), MPTCP_HAS(MPTCP_CAPABLE) | MPTCP_HAS(MPTCP_JOIN) | ENDS},
    [MPTCP_REMOVE_ADDR] = {PLACE(remove_addr), ENDS},
    [MPTCP_PRIO] = {PLACE(prio), MPTCP_HAS(MPTCP_CAPABLE) | ENDS},
    [MPTCP_FAIL] = {PLACE(fail), SIGNALS | MPTCP_HAS(MPTCP_FASTCLOSE)},
    [MPTCP_FASTCLOSE] = {PLACE(fastclose), SIGNALS | MPTCP_HAS(MPTCP_FAIL)},
    [MPTCP_TCPRST] = {PLACE(tcprst), 0},
    [MPTCP_EXPERIMENTAL] = {PLACE(experimental), 0},
};

/* ADD_ADDR2 has the number of MP_TCPRST, which stands on no ACK, and the place of ADD_ADDR. */
static const struct rule *rule_of(unsigned segment, unsigned subtype)
{
    return &rules[subtype == MPTCP_ADD_ADDR2 && segment == ON_ACK ? MPTCP_ADD_ADDR : subtype];
}

/* Which of two subtypes that exclude each other is kept: the one that stands first here. Options
 * that prove a key come first, then options that end something. */
static const uint8_t strongest_first[] = {
    MPTCP_FASTCLOSE, MPTCP_CAPABLE,     MPTCP_JOIN, MPTCP_FAIL,   MPTCP_DSS,
    MPTCP_ADD_ADDR,  MPTCP_REMOVE_ADDR, MPTCP_PRIO, MPTCP_TCPRST, MPTCP_EXPERIMENTAL};

/* The state of walking one area. */
struct walk {
    unsigned version; /* of the connection */
    unsigned segment;
    uint8_t at[16];             /* by subtype: offset in the area of the option that is kept */
    struct mptcp_refusal first; /* the refusal at the lowest octet */
};

/*
 * Returns the ON_ bits of the segments on which this option, of len octets, may stand. MP_CAPABLE
 * goes by its own version. On a SYN its length tells that: a key on it is version 0's, also with
 * the number 1, which out-of-tree Linux kernels offered with version 0's format.
 */
static unsigned places_of(const struct mptcp_option *opt, unsigned len, const struct walk *w)
{
    unsigned version = w->version;
    if (opt->subtype == MPTCP_CAPABLE) {
        bool keyed_syn = w->segment == ON_SYN && len == MPTCP_CAPABLE_SYNACK;
        version = keyed_syn ? MPTCP_VERSION_OLDEST : opt->u.capable.version;
    }
    return mptcp_form_on(version, opt->subtype, len);
}

/* True if a segment may carry several options of this subtype. */
static bool may_repeat(unsigned version, unsigned subtype)
{
    return mptcp_profile(version)->add_addr_several &&
           (subtype == MPTCP_ADD_ADDR || subtype == MPTCP_ADD_ADDR2);
}

/* Returns MPTCP_OK if a well-formed option may stand on this segment (`places`: ON_ bits where it
 * may) and is the first of its subtype; else the code to refuse it with. */
static int judge(const struct mptcp_option *opt, unsigned places, const struct walk *w,
                 unsigned present)
{
    if ((places & w->segment) == 0) {
        if (opt->subtype == MPTCP_CAPABLE) {
            /* An unknown version may have other forms: OPT_VERSION then, not OPT_SEGMENT. */
            return mptcp_wire_capable_unknown(opt->u.capable.version, opt->u.capable.flags,
                                              MPTCP_E_OPT_SEGMENT);
        }
        return MPTCP_E_OPT_SEGMENT;
    }
    bool again = (present & MPTCP_HAS(opt->subtype)) != 0;
    return again && !may_repeat(w->version, opt->subtype) ? MPTCP_E_OPT_DUPLICATE : MPTCP_OK;
}

/* Keeps *why in w->first if it is the refusal at the lowest octet so far. */
static void note(struct walk *w, const struct mptcp_refusal *why)
{
    if (w->first.code == MPTCP_OK || why->octet < w->first.octet) {
        w->first = *why;
    }
}

/* Reads the MPTCP option at in.p, `at` octets into the area: stores it in *out, or refuses it and
 * fills *why. */
static void take(struct wire_in in, unsigned at, struct walk *w, struct mptcp_options *out,
                 struct mptcp_refusal *why)
{
    struct mptcp_option opt;
    int len = mptcp_wire_read_one(w->version, in, &opt, why);
    if (len > 0) {
        unsigned places = places_of(&opt, (unsigned)len, w);
        mptcp_wire_note(why, mptcp_wire_refuse(judge(&opt, places, w, out->present), 2));
    }
    if (why->code == MPTCP_OK) {
        const struct rule *rule = rule_of(w->segment, opt.subtype);
        memcpy((uint8_t *)out + rule->at, &opt.u, rule->size);
        out->present = (uint16_t)(out->present | MPTCP_HAS(opt.subtype));
        w->at[opt.subtype] = (uint8_t)at;
        if (opt.subtype == MPTCP_EXPERIMENTAL) {
            out->experimental_at = (uint8_t)at;
        }
        return;
    }
    if (why->subtype != MPTCP_WIRE_NO_SUBTYPE) {
        out->refused = (uint16_t)(out->refused | MPTCP_HAS(why->subtype));
    }
    if (why->subtype == MPTCP_CAPABLE) {
        out->checksum_unclear |= why->code == MPTCP_E_OPT_CHECKSUM;
        out->doubled |= why->code == MPTCP_E_OPT_DUPLICATE;
    }
}

/* Drops the options that a stronger one excludes, and notes their refusal. */
static void leave_stronger(struct walk *w, struct mptcp_options *out)
{
    unsigned kept = 0;

    if ((out->present & (out->present - 1u)) == 0) {
        return; /* there is at most one option */
    }
    for (size_t i = 0; i < sizeof strongest_first; i++) {
        unsigned subtype = strongest_first[i];
        unsigned bit = MPTCP_HAS(subtype) & out->present;
        if (bit == 0 || (kept & rule_of(w->segment, subtype)->excluded_by) == 0) {
            kept |= bit;
            continue;
        }
        struct mptcp_refusal why = {MPTCP_E_OPT_CONFLICT, (uint8_t)(w->at[subtype] + 2),
                                    (uint8_t)subtype, 0};
        note(w, &why);
        out->refused = (uint16_t)(out->refused | bit);
    }
    out->present = (uint16_t)kept;
}

/* Returns the octets to the next option; 0, with *why filled, if this one's length is impossible.
 */
static size_t step_of(struct wire_in in, struct mptcp_refusal *why)
{
    if (in.p[0] == KIND_NOP) {
        return 1;
    }
    if (in.n < 2 || in.p[1] > in.n) {
        mptcp_wire_note(why, mptcp_wire_refuse(MPTCP_E_OPT_TRUNCATED, 1));
        return 0;
    }
    if (in.p[1] < 2) {
        mptcp_wire_note(why, mptcp_wire_refuse(MPTCP_E_OPT_LENGTH, 1));
        return 0;
    }
    return in.p[1];
}

/* Reads the options of the area from in.p on up to EOL, or to an impossible length. */
static void walk(struct wire_in in, struct walk *w, struct mptcp_options *out)
{
    const uint8_t *area = in.p;
    while (in.n > 0 && in.p[0] != KIND_EOL) {
        struct mptcp_refusal why = {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0};
        size_t step = step_of(in, &why);
        if (in.p[0] == MPTCP_OPTION_KIND) {
            take(in, (unsigned)(in.p - area), w, out, &why);
        }
        if (why.code != MPTCP_OK) {
            why.octet = (uint8_t)(why.octet + (in.p - area));
            note(w, &why);
        }
        if (step == 0) {
            break;
        }
        mptcp_wire_skip(&in, step);
    }
    leave_stronger(w, out);
}

bool mptcp_options_next(unsigned version, const uint8_t *area, size_t n, size_t *at,
                        struct mptcp_option *out)
{
    if (area == NULL || at == NULL || out == NULL || n > MPTCP_OPTION_MAX || *at > n) {
        return false;
    }
    struct wire_in in = {area + *at, n - *at};
    while (in.n > 0 && in.p[0] != KIND_EOL) {
        struct mptcp_refusal why;
        size_t step = step_of(in, &why);
        if (step == 0) {
            break;
        }
        bool found =
            in.p[0] == MPTCP_OPTION_KIND && mptcp_wire_read_one(version, in, out, &why) > 0;
        mptcp_wire_skip(&in, step);
        if (found) {
            *at = n - in.n;
            return true;
        }
    }
    return false;
}

int mptcp_wire_walk(const uint8_t *area, size_t n, unsigned tcp_flags, struct mptcp_options *out,
                    struct mptcp_refusal *why, unsigned version)
{
    struct wire_in in = {area, n};
    struct walk w = {version, segment_of(tcp_flags), {0}, {MPTCP_OK, 0, MPTCP_WIRE_NO_SUBTYPE, 0}};
    bool readable = in.n <= MPTCP_OPTION_MAX && (in.p != NULL || in.n == 0);

    if (readable) {
        walk(in, &w, out);
    } else {
        mptcp_wire_note(&w.first, mptcp_wire_refuse(MPTCP_E_ARGUMENT, 0));
    }
    if (why != NULL) {
        *why = w.first;
    }
    return w.first.code;
}

/*
 * names.h - names of the numbers that a host meets, for its logs.
 *
 * Each function returns the name of a number of an enumeration as it stands in the headers, without
 * the prefix MPTCP_ and the enumeration's own: "ESTABLISHED", "SEND", "ADDRESS_GONE", "LATER",
 * "RESOURCES"; "UNKNOWN" for any other number. The strings have static storage. Cost: a walk along
 * the names of the enumeration.
 *
 * These functions are in an object file of their own, which a program that names none of them does
 * not link. Codes have their names in mptcp/error.h.
 */
#ifndef MPTCP_NAMES_H
#define MPTCP_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

const char *mptcp_state_name(unsigned state);     /* enum mptcp_state, mptcp_conn_report.state */
const char *mptcp_action_name(unsigned type);     /* enum mptcp_action_type, mptcp_action.type */
const char *mptcp_event_name(unsigned event);     /* enum mptcp_event, mptcp_action.event */
const char *mptcp_result_name(unsigned result);   /* enum mptcp_result, of mptcp_done */
const char *mptcp_syn_kind_name(unsigned kind);   /* enum mptcp_syn_kind, mptcp_syn.kind */
const char *mptcp_policy_name(unsigned policy);   /* enum mptcp_policy, mptcp_config.policy */
const char *mptcp_sched_what_name(unsigned what); /* enum mptcp_sched_what, of a scheduler */
const char *mptcp_subtype_name(unsigned subtype); /* enum mptcp_subtype; 8: "TCPRST" */

/* enum mptcp_reset_reason, mptcp_action.reason; "NO_REASON" for MPTCP_NO_REASON. */
const char *mptcp_reset_reason_name(unsigned reason);
/* What RFC 8684 s3.6 calls the reason, a few words; "" for any other number. */
const char *mptcp_reset_reason_text(unsigned reason);

#ifdef __cplusplus
}
#endif

#endif

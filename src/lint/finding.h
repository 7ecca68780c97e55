/* finding.h - what is reported of a record: a code, where it stands, and a number.
 *
 * The names of the codes are stable: translators, pages and the API hang on them.  The words for people are made from
 * them above the library. */
#ifndef ZG_LINT_FINDING_H
#define ZG_LINT_FINDING_H

#include <zegel/arena.h>
#include <zegel/slice.h>

enum zg_severity { ZG_NOTICE, ZG_WARNING, ZG_ERROR };

/* Code, severity. */
#define ZG_LINT_CODES(X) \
	X(spf_missing, ZG_ERROR) X(spf_multiple, ZG_ERROR) X(spf_name_doubled, ZG_ERROR) X(spf_name_www, ZG_ERROR) \
	X(spf_name_own_label, ZG_ERROR) X(spf_version_malformed, ZG_ERROR) X(spf_text_before_version, ZG_ERROR) \
	X(spf_quotes, ZG_ERROR) X(spf_escaped, ZG_ERROR) X(spf_separator, ZG_ERROR) X(spf_whitespace, ZG_ERROR) \
	X(spf_non_ascii, ZG_ERROR) X(spf_dash, ZG_ERROR) X(spf_include_space, ZG_ERROR) X(spf_mechanism_space, ZG_ERROR) \
	X(spf_include_equals, ZG_ERROR) X(spf_redirect_colon, ZG_ERROR) X(spf_ip_name, ZG_ERROR) \
	X(spf_ip_invalid, ZG_ERROR) X(spf_bare_domain, ZG_ERROR) X(spf_a_with_ip, ZG_WARNING) \
	X(spf_target_invalid, ZG_ERROR) X(spf_macro_invalid, ZG_ERROR) X(spf_unknown_mechanism, ZG_ERROR) \
	X(spf_glued_terms, ZG_ERROR) X(spf_redirect_multiple, ZG_ERROR) X(spf_redirect_ignored, ZG_WARNING) \
	X(spf_relay_missing, ZG_ERROR) X(spf_relay_misspelt, ZG_ERROR) X(spf_include_underscore, ZG_ERROR) \
	X(spf_include_dot, ZG_ERROR) X(spf_relay_qualifier, ZG_ERROR) X(spf_terms_after_all, ZG_WARNING) \
	X(spf_provider_misspelt, ZG_WARNING) X(spf_duplicate_term, ZG_WARNING) X(spf_all_missing, ZG_WARNING) \
	X(spf_all_pass, ZG_ERROR) X(spf_all_neutral, ZG_WARNING) X(spf_all_multiple, ZG_NOTICE) X(spf_ptr, ZG_WARNING) \
	X(spf_parked_sender, ZG_WARNING) X(spf_range_everything, ZG_ERROR) \
	X(dkim_missing, ZG_ERROR) X(dkim_name_doubled, ZG_ERROR) X(dkim_name_no_domainkey, ZG_ERROR) \
	X(dkim_name_apex, ZG_ERROR) X(dkim_name_typo, ZG_ERROR) X(dkim_multiple, ZG_ERROR) X(dkim_not_a_key, ZG_ERROR) \
	X(dkim_mismatch, ZG_ERROR) X(dkim_truncated, ZG_ERROR) X(dkim_truncated_255, ZG_ERROR) X(dkim_p_missing, ZG_ERROR) \
	X(dkim_revoked, ZG_ERROR) X(dkim_p_not_base64, ZG_ERROR) X(dkim_p_pem_header, ZG_ERROR) \
	X(dkim_p_newline_text, ZG_ERROR) X(dkim_private_key_published, ZG_ERROR) \
	X(dkim_certificate_published, ZG_ERROR) X(dkim_version_bad, ZG_ERROR) X(dkim_version_not_first, ZG_ERROR) \
	X(dkim_k_mismatch, ZG_ERROR) X(dkim_h_no_sha256, ZG_ERROR) X(dkim_s_not_email, ZG_ERROR) \
	X(dkim_t_testing, ZG_WARNING) X(dkim_tag_duplicate, ZG_ERROR) X(dkim_quotes, ZG_ERROR) \
	X(dkim_semicolon_escaped, ZG_ERROR) X(dkim_semicolon_missing, ZG_ERROR) X(dkim_zone_line_pasted, ZG_ERROR) \
	X(dmarc_missing, ZG_ERROR) X(dmarc_multiple, ZG_ERROR) X(dmarc_name_doubled, ZG_ERROR) X(dmarc_name_typo, ZG_ERROR) \
	X(dmarc_version_bad, ZG_ERROR) X(dmarc_version_not_first, ZG_ERROR) X(dmarc_quotes, ZG_ERROR) \
	X(dmarc_escaped, ZG_ERROR) X(dmarc_separator, ZG_ERROR) X(dmarc_not_a_record, ZG_ERROR) \
	X(dmarc_p_missing, ZG_ERROR) X(dmarc_p_invalid, ZG_ERROR) X(dmarc_pct, ZG_WARNING) X(dmarc_rf, ZG_NOTICE) \
	X(dmarc_ri, ZG_NOTICE) X(dmarc_rua_missing, ZG_WARNING) X(dmarc_tag_duplicate, ZG_ERROR) \
	X(deleg_cname_beside, ZG_ERROR)
#define ZG_LINT_ENUM(name, severity) ZG_LINT_##name,
enum zg_lint { ZG_LINT_CODES(ZG_LINT_ENUM) ZG_LINT_COUNT };

/* Octets from..from+n-1 of a text. */
struct zg_span { size_t from, n; };
/* In order, without overlap. */
struct zg_spans { struct zg_span *v; size_t count; };

#define ZG_VALUE_NONE ((size_t)-1)

struct zg_finding {
	enum zg_lint code;
	enum zg_severity severity;
	size_t value;		/* index of the TXT value it stands in; ZG_VALUE_NONE: of no single one */
	struct zg_span at;	/* in that value */
	size_t number;		/* dkim_truncated*: characters of p= that are missing; *_multiple: records; else 0 */
};

/* A list that grows; the memory comes from the arena. */
struct zg_findings {
	struct zg_finding *v;
	size_t count;
};

/* Appends one.  0, or -1 where a is full. */
int zg_findings_add(struct zg_findings *f, struct zg_arena *a, enum zg_lint code, size_t value, struct zg_span at);

/* "spf_include_space"; a literal. */
struct zg_slice zg_lint_name(enum zg_lint code);
enum zg_severity zg_lint_severity(enum zg_lint code);

#endif

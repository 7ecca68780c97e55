/* cmd.h - what every verb of the command line sees: what was asked, and how it speaks.
 *
 * A verb is a row of the table in verbs.c and a function in cmd_<verb>.c that returns an exit status.  Text for people
 * goes through words of lang/; results go to standard output, errors to standard error as
 * "zegel: WHERE: WHAT; HOW TO MEND IT". */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdint.h>
#include <zegel/arena.h>
#include <zegel/slice.h>
#include "lang/lang.h"

enum cmd_status {
	CMD_GOOD,	/* done, and the verdict is good */
	CMD_BAD,	/* done, and the verdict is bad */
	CMD_USAGE,	/* wrong use */
	CMD_UNDECIDED,	/* could not be decided now */
	CMD_UNUSABLE	/* the input or the configuration cannot be used */
};

enum cmd_opt {
	CMD_OPT_ALGORITHM, CMD_OPT_AUTHSERV_ID, CMD_OPT_BASE_URL, CMD_OPT_BITS, CMD_OPT_CANON, CMD_OPT_COMPANY, CMD_OPT_CONFIG,
	CMD_OPT_DEV, CMD_OPT_DOMAIN, CMD_OPT_EXPIRE, CMD_OPT_FILE, CMD_OPT_FORMAT, CMD_OPT_HEADERS, CMD_OPT_HELP, CMD_OPT_INCLUDE,
	CMD_OPT_JSON, CMD_OPT_KEY, CMD_OPT_LANG, CMD_OPT_MAX, CMD_OPT_NAME, CMD_OPT_NOW, CMD_OPT_ONLY, CMD_OPT_OUT,
	CMD_OPT_PASSPHRASE_FILE, CMD_OPT_PASSWORD_FILE, CMD_OPT_RAW,
	CMD_OPT_RESOLVER, CMD_OPT_ROLE, CMD_OPT_SELECTOR, CMD_OPT_STATE, CMD_OPT_TARGET, CMD_OPT_TYPE, CMD_OPT_VERSION, CMD_OPT_ZONE,
	CMD_OPT_COUNT
};
#define CMD_BIT(opt) (UINT64_C(1) << CMD_OPT_##opt)

struct cmd;
struct cmd_verb {
	const char *name, *sub;		/* "key", "add"; sub is NULL where the verb is one word */
	int (*run)(struct cmd *c);
	enum lang_word what;		/* one line for `zegel help` */
	enum lang_word more;		/* further lines for `zegel help VERB`, or WORD_COUNT */
	const char *args;		/* as the usage shows them, "DOMAIN [FILE]" */
	unsigned char args_min, args_max;
	uint64_t options, needed;	/* bits of enum cmd_opt */
};
extern const struct cmd_verb cmd_verbs[];
extern const size_t cmd_verbs_count;

struct cmd {
	const struct cmd_verb *verb;
	enum lang lang;
	bool is_color;				/* standard output is a terminal that may be coloured */
	struct zg_arena arena;			/* for the whole run */
	const char *options[CMD_OPT_COUNT];	/* as given, "" for a flag; NULL: not given */
	const char **args;			/* what is no option, behind the verb */
	size_t args_count;
	/* Where errors go; NULL: standard error.  serve puts them into its log. */
	void (*report)(struct cmd *c, struct zg_slice where, struct zg_slice text);
	void *report_ctx;			/* report's own */
};

/* options.c */
bool cmd_has(const struct cmd *c, enum cmd_opt o);
/* The option's value, or the empty slice. */
struct zg_slice cmd_value(const struct cmd *c, enum cmd_opt o);
/* Argument i, or the empty slice. */
struct zg_slice cmd_arg(const struct cmd *c, size_t i);
/* The option's value as a number from min to max; `none` where it is not given.  CMD_GOOD, or the exit status after
 * saying what may stand there. */
int cmd_number(struct cmd *c, enum cmd_opt o, uint64_t min, uint64_t max, uint64_t none, uint64_t *ret);
/* The clock, or --now; the same. */
int cmd_now(struct cmd *c, int64_t *ret);

/* speech.c.  Controls in arguments, and what is no UTF-8, become \xHH: no terminal obeys them. */
#define CMD_NOTHING ((struct zg_slice){ NULL, 0 })
/* Tells an error and answers status; a and b fill {0} and {1}. */
int cmd_fail(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w, struct zg_slice a,
	struct zg_slice b);
int cmd_fail_args(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w,
	const struct zg_slice *args, size_t count);
/* The same for a system call that failed with `error` (an errno): {0} is the system's word for it, {1} is a. */
int cmd_fail_errno(struct cmd *c, enum cmd_status status, struct zg_slice where, enum lang_word w, int error,
	struct zg_slice a);
/* What a system call failed with, in c's language. */
struct zg_slice cmd_errno_text(struct cmd *c, int error);
/* The text of a word in c's arena, its places filled. */
struct zg_slice cmd_text(struct cmd *c, enum lang_word w, struct zg_slice a, struct zg_slice b);
/* Text for people on standard output, a line. */
void cmd_say(struct cmd *c, enum lang_word w, struct zg_slice a, struct zg_slice b);
/* The same beside a result that is not for people, on standard error. */
void cmd_tell(struct cmd *c, enum lang_word w, const struct zg_slice *args, size_t count);
/* What a stranger wrote, to be told again: the same, and after max octets "...". */
struct zg_slice cmd_shown(struct cmd *c, struct zg_slice s, size_t max);
/* Octets on standard output as they are; and with controls and what is no UTF-8 as \xHH. */
void cmd_put(struct zg_slice s);
/* Everything put so far is with its reader: 0; or -1 with errno, what was not written is dropped, and the caller tells. */
int cmd_flush(void);
void cmd_put_safe(struct cmd *c, struct zg_slice s);
/* The same padded with blanks to `width` characters; and in bold where colour is on. */
void cmd_put_wide(struct cmd *c, struct zg_slice s, size_t width);
void cmd_put_bold(struct cmd *c, struct zg_slice s);
/* In c's arena: octets as a C string ("" without room), pieces joined, a number in decimal, a time as RFC 3339 has
 * it. */
const char *cmd_cstr(struct cmd *c, struct zg_slice s);
struct zg_slice cmd_join(struct cmd *c, const struct zg_slice *pieces, size_t count);
struct zg_slice cmd_num(struct cmd *c, uint64_t v);
struct zg_slice cmd_time(struct cmd *c, int64_t t);

/* The verbs' functions. */
int cmd_company_add(struct cmd *c);
int cmd_company_list(struct cmd *c);
int cmd_company_remove(struct cmd *c);
int cmd_company_show(struct cmd *c);
int cmd_config_check(struct cmd *c);
int cmd_config_default(struct cmd *c);
int cmd_config_show(struct cmd *c);
int cmd_credential_add(struct cmd *c);
int cmd_credential_list(struct cmd *c);
int cmd_credential_remove(struct cmd *c);
int cmd_credential_show(struct cmd *c);
int cmd_doctor(struct cmd *c);
int cmd_domain_add(struct cmd *c);
int cmd_domain_list(struct cmd *c);
int cmd_domain_remove(struct cmd *c);
int cmd_domain_show(struct cmd *c);
int cmd_help(struct cmd *c);
int cmd_key_add(struct cmd *c);
int cmd_key_list(struct cmd *c);
int cmd_key_remove(struct cmd *c);
int cmd_key_show(struct cmd *c);
int cmd_keygen(struct cmd *c);
int cmd_queue_delete(struct cmd *c);
int cmd_queue_hold(struct cmd *c);
int cmd_queue_list(struct cmd *c);
int cmd_queue_release(struct cmd *c);
int cmd_queue_retry(struct cmd *c);
int cmd_queue_show(struct cmd *c);
int cmd_record(struct cmd *c);
int cmd_serve(struct cmd *c);
int cmd_sign(struct cmd *c);
int cmd_user_add(struct cmd *c);
int cmd_user_list(struct cmd *c);
int cmd_user_remove(struct cmd *c);
int cmd_user_set(struct cmd *c);
int cmd_user_show(struct cmd *c);
int cmd_verify(struct cmd *c);

#endif

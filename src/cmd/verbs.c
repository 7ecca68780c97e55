/* verbs.c - the table of verbs: name, function, words, and the options each takes. */
#include "cmd/cmd.h"

#define B(opt) CMD_BIT(opt)
#define WHERE (B(CONFIG) | B(STATE) | B(DEV))		/* whose database */
#define DNS (B(ZONE) | B(RESOLVER) | B(NOW))		/* whom to ask */
#define PLAIN WORD_COUNT				/* no further lines of help */

const struct cmd_verb cmd_verbs[] = {
	{ "serve", NULL, cmd_serve, WORD_VERB_SERVE, WORD_MORE_SERVE, NULL, 0, 0, WHERE, 0 },
	{ "keygen", NULL, cmd_keygen, WORD_VERB_KEYGEN, WORD_MORE_KEYGEN, NULL, 0, 0,
		B(TYPE) | B(BITS) | B(SELECTOR) | B(OUT) | B(FORMAT) | B(TARGET) | B(NOW) | B(JSON), B(DOMAIN) },
	{ "record", NULL, cmd_record, WORD_VERB_RECORD, WORD_MORE_RECORD, "DOMAIN", 1, 1,
		WHERE | B(SELECTOR) | B(KEY) | B(PASSPHRASE_FILE) | B(INCLUDE) | B(FORMAT) | B(TARGET) | B(JSON), 0 },
	{ "sign", NULL, cmd_sign, WORD_VERB_SIGN, WORD_MORE_SIGN, "[FILE]", 0, 1,
		B(HEADERS) | B(CANON) | B(ALGORITHM) | B(EXPIRE) | B(PASSPHRASE_FILE) | B(NOW), B(KEY) | B(SELECTOR) | B(DOMAIN) },
	{ "verify", NULL, cmd_verify, WORD_VERB_VERIFY, WORD_MORE_VERIFY, "[FILE]", 0, 1, DNS | B(AUTHSERV_ID) | B(JSON), 0 },
	{ "company", "list", cmd_company_list, WORD_VERB_COMPANY_LIST, PLAIN, NULL, 0, 0, WHERE | B(JSON), 0 },
	{ "company", "add", cmd_company_add, WORD_VERB_COMPANY_ADD, WORD_MORE_COMPANY_ADD, "SLUG", 1, 1,
	  WHERE | B(NAME) | B(JSON), 0 },
	{ "company", "show", cmd_company_show, WORD_VERB_COMPANY_SHOW, PLAIN, "SLUG", 1, 1, WHERE | B(JSON), 0 },
	{ "company", "remove", cmd_company_remove, WORD_VERB_COMPANY_REMOVE, PLAIN, "SLUG", 1, 1, WHERE | B(JSON), 0 },
	{ "domain", "list", cmd_domain_list, WORD_VERB_DOMAIN_LIST, PLAIN, NULL, 0, 0, WHERE | B(COMPANY) | B(JSON), 0 },
	{ "domain", "add", cmd_domain_add, WORD_VERB_DOMAIN_ADD, PLAIN, "DOMAIN", 1, 1, WHERE | B(JSON), B(COMPANY) },
	{ "domain", "show", cmd_domain_show, WORD_VERB_DOMAIN_SHOW, PLAIN, "DOMAIN", 1, 1, WHERE | B(JSON), 0 },
	{ "domain", "remove", cmd_domain_remove, WORD_VERB_DOMAIN_REMOVE, PLAIN, "DOMAIN", 1, 1, WHERE | B(JSON), 0 },
	{ "key", "list", cmd_key_list, WORD_VERB_KEY_LIST, PLAIN, NULL, 0, 0, WHERE | B(DOMAIN) | B(JSON), 0 },
	{ "key", "add", cmd_key_add, WORD_VERB_KEY_ADD, WORD_MORE_KEY_ADD, NULL, 0, 0,
		WHERE | B(SELECTOR) | B(TYPE) | B(BITS) | B(FILE) | B(PASSPHRASE_FILE) | B(FORMAT) | B(TARGET) | B(JSON), B(DOMAIN) },
	{ "key", "show", cmd_key_show, WORD_VERB_KEY_SHOW, PLAIN, NULL, 0, 0, WHERE | B(FORMAT) | B(TARGET) | B(JSON),
		B(DOMAIN) | B(SELECTOR) },
	{ "key", "remove", cmd_key_remove, WORD_VERB_KEY_REMOVE, PLAIN, NULL, 0, 0, WHERE | B(JSON), B(DOMAIN) | B(SELECTOR) },
	{ "credential", "list", cmd_credential_list, WORD_VERB_CREDENTIAL_LIST, PLAIN, NULL, 0, 0,
	  WHERE | B(COMPANY) | B(JSON), 0 },
	{ "credential", "add", cmd_credential_add, WORD_VERB_CREDENTIAL_ADD, WORD_MORE_CREDENTIAL_ADD, NULL, 0, 0,
		WHERE | B(NAME) | B(JSON), B(COMPANY) },
	{ "credential", "show", cmd_credential_show, WORD_VERB_CREDENTIAL_SHOW, PLAIN, "USER", 1, 1, WHERE | B(JSON), 0 },
	{ "credential", "remove", cmd_credential_remove, WORD_VERB_CREDENTIAL_REMOVE, PLAIN, "USER", 1, 1, WHERE | B(JSON),
	  0 },
	{ "user", "list", cmd_user_list, WORD_VERB_USER_LIST, PLAIN, NULL, 0, 0, WHERE | B(COMPANY) | B(JSON), 0 },
	{ "user", "add", cmd_user_add, WORD_VERB_USER_ADD, PLAIN, "ADDRESS", 1, 1,
		WHERE | B(COMPANY) | B(NAME) | B(PASSWORD_FILE) | B(BASE_URL) | B(JSON), B(ROLE) },
	{ "user", "show", cmd_user_show, WORD_VERB_USER_SHOW, PLAIN, "ADDRESS", 1, 1, WHERE | B(JSON), 0 },
	{ "user", "set", cmd_user_set, WORD_VERB_USER_SET, PLAIN, "ADDRESS", 1, 1,
		WHERE | B(ROLE) | B(NAME) | B(PASSWORD_FILE) | B(JSON), 0 },
	{ "user", "remove", cmd_user_remove, WORD_VERB_USER_REMOVE, PLAIN, "ADDRESS", 1, 1, WHERE | B(JSON), 0 },
	{ "queue", "list", cmd_queue_list, WORD_VERB_QUEUE_LIST, WORD_MORE_QUEUE_LIST, NULL, 0, 0,
	  WHERE | B(ONLY) | B(MAX) | B(JSON), 0 },
	{ "queue", "show", cmd_queue_show, WORD_VERB_QUEUE_SHOW, WORD_MORE_QUEUE_SHOW, "ID", 1, 1, WHERE | B(RAW) | B(JSON),
	  0 },
	{ "queue", "retry", cmd_queue_retry, WORD_VERB_QUEUE_RETRY, WORD_MORE_QUEUE_RETRY, "[ID]", 0, 1, WHERE | B(JSON), 0 },
	{ "config", "check", cmd_config_check, WORD_VERB_CONFIG_CHECK, WORD_MORE_CONFIG_CHECK, "[FILE]", 0, 1,
	  WHERE | B(JSON), 0 },
	{ "config", "show", cmd_config_show, WORD_VERB_CONFIG_SHOW, PLAIN, NULL, 0, 0, WHERE, 0 },
	{ "config", "default", cmd_config_default, WORD_VERB_CONFIG_DEFAULT, PLAIN, NULL, 0, 0, 0, 0 },
	{ "doctor", NULL, cmd_doctor, WORD_VERB_DOCTOR, WORD_MORE_DOCTOR, NULL, 0, 0, WHERE | B(NOW) | B(JSON), 0 },
	{ "help", NULL, cmd_help, WORD_VERB_HELP, PLAIN, "[VERB]", 0, 2, 0, 0 },
};
const size_t cmd_verbs_count = sizeof(cmd_verbs) / sizeof(cmd_verbs[0]);

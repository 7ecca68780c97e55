/* keyfile.c - private keys in files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/b64.h"
#include "base/secret.h"
#include "cmd/admin.h"
#include "cmd/keyfile.h"

#define DER_MAX 8192u		/* octets of a PKCS#8 key, zg_key_private_write */
#define PEM_MAX 16384u		/* the same in base64, with line ends */
#define PEM_LINE 64u		/* RFC 7468 2 */
#define SEED_TEXT_MAX 256u	/* octets of a text that may be a seed and nothing else */
#define BITS_MIN 2048u
#define BITS_MAX 4096u
#define BITS_STEP 256u

static int passphrase_read(struct cmd *c, struct input *in, struct zg_slice *ret)
{
	struct zg_slice path = cmd_value(c, CMD_OPT_PASSPHRASE_FILE);
	int status;

	*in = (struct input){ .p = NULL };
	*ret = CMD_NOTHING;
	if (!cmd_has(c, CMD_OPT_PASSPHRASE_FILE))
		return CMD_GOOD;
	status = input_is_standard(path) ? CMD_GOOD : settings_check_secret(c, path);
	return status == CMD_GOOD ? input_line(c, path, in, ret) : status;
}

int keyfile_text(struct cmd *c, enum cmd_opt o, struct input *key, struct input *pass, struct zg_slice *ret_passphrase)
{
	struct zg_slice path = cmd_value(c, o);
	int status;

	*key = *pass = (struct input){ .p = NULL };
	if (input_is_standard(path) && cmd_has(c, CMD_OPT_PASSPHRASE_FILE) &&
	    input_is_standard(cmd_value(c, CMD_OPT_PASSPHRASE_FILE)))
		return cmd_fail(c, CMD_USAGE, ZG_S("--passphrase-file"), WORD_INPUT_TWICE, CMD_NOTHING, CMD_NOTHING);
	status = passphrase_read(c, pass, ret_passphrase);
	if (status == CMD_GOOD)
		status = input_read_told(c, path, INPUT_SECRET_MAX, WORD_KEYTEXT_TOO_LONG, key);
	if (status != CMD_GOOD)
		return status;
	return key->n ? CMD_GOOD : admin_fail_keytext(c, ZG_KEYTEXT_EMPTY, 0, key->where);
}

int keyfile_check_alone(struct cmd *c, enum cmd_opt o, struct zg_slice name)
{
	if (cmd_has(c, o) || !cmd_has(c, CMD_OPT_PASSPHRASE_FILE))
		return CMD_GOOD;
	return cmd_fail(c, CMD_USAGE, ZG_S("--passphrase-file"), WORD_KEYFILE_ALONE, name, CMD_NOTHING);
}

void keyfile_say_seed(struct cmd *c, struct zg_slice where)
{
	const struct zg_slice args[] = {
		lang_text(c->lang, WORD_FLAW_WARNING), lang_text(c->lang, WORD_KEYFILE_SEED),
		lang_text(c->lang, WORD_KEYFILE_SEED_MEND),
	};

	(void)cmd_fail_args(c, CMD_GOOD, where, WORD_FLAW_LINE, args, 3);	/* a finding, and no failure */
}

bool keyfile_is_seed(struct zg_slice text)
{
	struct zg_key k = { .pkey = NULL };
	size_t number = 0;
	bool is_read = text.n <= SEED_TEXT_MAX && zg_keytext_read_told(text, CMD_NOTHING, &k, &number) == ZG_KEYTEXT_OK;

	zg_key_done(&k);
	return is_read && number > 0;
}

int keyfile_read(struct cmd *c, enum cmd_opt o, struct zg_key *ret)
{
	struct input key, pass;
	struct zg_slice passphrase = CMD_NOTHING;
	enum zg_keytext why;
	size_t number;
	int status = keyfile_text(c, o, &key, &pass, &passphrase);

	if (status == CMD_GOOD) {
		why = zg_keytext_read_told(input_text(&key), passphrase, ret, &number);
		if (why != ZG_KEYTEXT_OK)
			status = admin_fail_keytext(c, why, number, key.where);
		else if (number)
			keyfile_say_seed(c, key.where);
	}
	input_done(&key);
	input_done(&pass);
	return status;
}

/* The key's PEM text in mem, RFC 7468 10; 0 octets where it does not fit. */
static size_t make_pem(const struct zg_key *k, char *mem, size_t cap)
{
	unsigned char der_mem[DER_MAX];
	char b64_mem[PEM_MAX];
	struct zg_secret der = { .cap = sizeof(der_mem), .b = der_mem };
	struct zg_buf b64 = zg_buf_of(b64_mem, sizeof(b64_mem)), pem = zg_buf_of(mem, cap);

	if (zg_key_private_write(k, &der) == 0) {
		/* A slice of a secret, once: the file is what was asked for.  All copies are wiped. */
		zg_b64_encode(zg_slice_of(der.b, der.n), &b64);
		zg_buf_put(&pem, ZG_S("-----BEGIN PRIVATE KEY-----\n"));
		for (size_t at = 0; at < b64.n; at += PEM_LINE) {
			zg_buf_put(&pem, zg_slice_sub(zg_buf_slice(&b64), at, PEM_LINE));
			zg_buf_putc(&pem, '\n');
		}
		zg_buf_put(&pem, ZG_S("-----END PRIVATE KEY-----\n"));
	}
	zg_secret_wipe(&der);
	zg_secret_wipe_bytes(b64_mem, sizeof(b64_mem));
	return pem.is_full || b64.is_full ? 0 : pem.n;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return fsync(fd);
}

static int write_file(const char *path, const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR), rc, error;

	if (fd < 0)
		return -1;
	rc = write_all(fd, p, n);
	error = errno;
	if (close(fd) < 0 && rc == 0) {
		rc = -1;
		error = errno;
	}
	if (rc < 0)
		(void)unlink(path);	/* half a key is no key; what failed is told */
	errno = error;
	return rc;
}

int keyfile_write(struct cmd *c, struct zg_slice path, const struct zg_key *k)
{
	char pem[PEM_MAX];
	size_t n = make_pem(k, pem, sizeof(pem));
	int rc = n ? write_file(cmd_cstr(c, path), pem, n) : -1, error = n ? errno : ENOMEM;

	zg_secret_wipe_bytes(pem, sizeof(pem));
	if (rc == 0)
		return CMD_GOOD;
	if (error == EEXIST)
		return cmd_fail(c, CMD_UNUSABLE, path, WORD_KEYFILE_EXISTS, CMD_NOTHING, CMD_NOTHING);
	return cmd_fail_errno(c, CMD_UNUSABLE, path, WORD_KEYFILE_WRITE, error, CMD_NOTHING);
}

int keyfile_kind(struct cmd *c, enum zg_key_type *ret_type, unsigned *ret_bits)
{
	struct zg_slice type = cmd_value(c, CMD_OPT_TYPE);
	bool is_ed25519 = zg_slice_eq(type, ZG_S("ed25519"));
	uint64_t bits;

	if (cmd_has(c, CMD_OPT_TYPE) && !is_ed25519 && !zg_slice_eq(type, ZG_S("rsa")))
		return cmd_fail(c, CMD_USAGE, ZG_S("--type"), WORD_KEYFILE_TYPE, CMD_NOTHING, CMD_NOTHING);
	if (is_ed25519 && cmd_has(c, CMD_OPT_BITS))
		return cmd_fail(c, CMD_USAGE, ZG_S("--bits"), WORD_KEYFILE_ED25519_BITS, CMD_NOTHING, CMD_NOTHING);
	if (cmd_number(c, CMD_OPT_BITS, BITS_MIN, BITS_MAX, BITS_MIN, &bits) != CMD_GOOD)
		return CMD_USAGE;
	if (bits % BITS_STEP)
		return cmd_fail(c, CMD_USAGE, ZG_S("--bits"), WORD_KEYFILE_BITS, cmd_num(c, BITS_STEP), CMD_NOTHING);
	*ret_type = is_ed25519 ? ZG_KEY_ED25519 : ZG_KEY_RSA;
	*ret_bits = (unsigned)bits;
	return CMD_GOOD;
}

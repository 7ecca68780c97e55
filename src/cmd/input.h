/* input.h - what a verb reads: a whole file, or standard input, once and in one piece. */
#ifndef CMD_INPUT_H
#define CMD_INPUT_H

#include "cmd/cmd.h"

#define INPUT_SECRET_MAX (64u * 1024u)
#define INPUT_MESSAGE_MAX (256u * 1024u * 1024u)	/* octets of a message that is signed or verified */

struct input {
	struct zg_slice where;	/* for errors: the file's name, or the word for standard input */
	char *p;
	size_t n, cap;
};

/* Empty, "-" or /dev/stdin. */
bool input_is_standard(struct zg_slice path);
/* The file at path or standard input; a pipe with a name is refused, since nobody may write to it.  CMD_GOOD, or the
 * exit status after saying why; input_done is called in any case. */
int input_read(struct cmd *c, struct zg_slice path, size_t max, struct input *ret);
/* The first line of a file with a password, without its line end: what an editor put behind it is not the password's.
 * It is never empty.  The same. */
int input_line(struct cmd *c, struct zg_slice path, struct input *in, struct zg_slice *ret);
/* The same as input_read, with another word for what is longer than max. */
int input_read_told(struct cmd *c, struct zg_slice path, size_t max, enum lang_word too_long, struct input *ret);
struct zg_slice input_text(const struct input *in);
/* Wipes and frees. */
void input_done(struct input *in);

#endif

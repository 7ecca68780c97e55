/* totp.h - codes by time, RFC 6238 (SHA-1, 30 s, 6 digits), and recovery codes. */
#ifndef SEAL_TOTP_H
#define SEAL_TOTP_H

#include <stdbool.h>
#include <stdint.h>
#include <zegel/slice.h>

#define TOTP_SECRET 20u		/* octets, RFC 4226 4 R6 */
#define TOTP_SECRET_TEXT 32u	/* the same in base32 */
#define TOTP_STEP 30		/* RFC 6238 4 */
#define TOTP_WINDOW 1		/* steps before and behind, RFC 6238 5.2 */
#define TOTP_FAR 20		/* steps within which a wrong clock is told: 10 minutes */
#define TOTP_RECOVERY 10u	/* codes of a set */
#define TOTP_RECOVERY_TEXT 19u	/* "abcd-efgh-2345-wxyz": 80 bits */

enum totp_rc {
	TOTP_RIGHT,
	TOTP_WRONG,
	TOTP_USED,	/* right, but it was used before */
	TOTP_CLOCK	/* it fits another time: a clock is off by ret_off seconds (positive: the device's is fast) */
};

struct totp_try {
	int64_t now;		/* Unix seconds */
	uint64_t last;		/* the last counter that was taken, 0 for none */
};

void totp_secret_make(unsigned char ret[TOTP_SECRET]);
void totp_secret_write(const unsigned char secret[TOTP_SECRET], char ret[TOTP_SECRET_TEXT]);
/* The same back, whatever the case; 0, or -1 where it is none. */
int totp_secret_read(struct zg_slice text, unsigned char ret[TOTP_SECRET]);
/* The code that belongs to a time, as the device shows it; 0 or -1. */
int totp_code(struct zg_slice secret, int64_t now, char ret[6]);
/* Blanks and hyphens in code are passed over.  RIGHT: *ret_counter is to be kept as `last`.  CLOCK: *ret_off is filled. */
enum totp_rc totp_check(struct zg_slice secret, struct zg_slice code, const struct totp_try *t, uint64_t *ret_counter,
			 int *ret_off);

void totp_recovery_make(char ret[TOTP_RECOVERY_TEXT]);
/* The code as it was made, whatever blanks, hyphens and capitals it was typed with; false: it can be none. */
bool totp_recovery_read(struct zg_slice typed, char ret[TOTP_RECOVERY_TEXT]);

#endif

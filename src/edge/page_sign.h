/* page_sign.h - first run, signing in and out, a new password, one's own account. */
#ifndef EDGE_PAGE_SIGN_H
#define EDGE_PAGE_SIGN_H

#include "edge/page.h"

void page_start(struct page *p);	/* "/": to where this person belongs */
void page_setup(struct page *p);
void page_setup_do(struct page *p);
void page_login(struct page *p);
void page_login_do(struct page *p);
/* Instead of a form whose session has ended: sign in, and go on with what was typed, secrets aside. */
void page_login_again(struct page *p);
void page_code(struct page *p);
void page_code_do(struct page *p);
void page_reset(struct page *p);
void page_reset_do(struct page *p);
void page_logout(struct page *p);
void page_help(struct page *p);

/* page_account.c */
void page_account(struct page *p);
void page_account_do(struct page *p);
void page_totp(struct page *p);
void page_totp_do(struct page *p);

#endif
